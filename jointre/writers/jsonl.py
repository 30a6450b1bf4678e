"""Write jointre's standard form."""

from collections.abc import Iterable
from typing import Any

from jointre.data.doc import Doc
from jointre.data.write import to_jsonl
from jointre.registry import registry
from jointre.writers.base import JsonLinesWriter


@registry.writers("jointre.jsonl.v1")
class JsonlWriter(JsonLinesWriter):
    """Writes the standard form (docs/data-formats.md#the-standard-form), which holds everything."""

    reader = "jointre.jsonl.v1"
    endings = (".jsonl",)

    def __init__(self) -> None:
        pass

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the record of a document."""
        yield to_jsonl(doc)
