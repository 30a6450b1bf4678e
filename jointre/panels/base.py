"""Panel: the contract of the parts of an HTML page that stand above its documents."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.limits import Limited


class Panel(Limited, ABC):
    """Makes a part of the page of `jointre predict --format html:panels=NAME`, above the documents.

    The page loads nothing and runs no scripts. Its colours are the CSS variables ``--ink`` (text), ``--soft`` (muted
    text), ``--line`` (lines), ``--card`` and ``--page`` (behind the text), for light and dark pages.

    Attributes:
        title: heading of the panel, as plain text.
    """

    title: ClassVar[str]

    @abstractmethod
    def html(self, docs: Sequence[Doc], labels: Labels) -> str:
        """Return what is shown below the heading, as HTML in which every text is escaped (`html.escape`).

        Args:
            docs: all documents of the page, with entities and relations; perhaps none.
            labels: the types of the model.
        """
