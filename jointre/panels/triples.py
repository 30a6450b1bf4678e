"""The panel with the relations between types."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.panels.base import Panel
from jointre.registry import registry

COLUMNS = ("head", "relation", "tail", "number")


@registry.panels("jointre.triples.v1")
class TriplesPanel(Panel):
    """Shows how often each relation type holds between which entity types, the most frequent first."""

    title = "Relations between types"

    def html(self, docs: Sequence[Doc], labels: Labels) -> str:
        """See `Panel.html`."""
        found = Counter(
            (doc.entities[relation.head].label, relation.label, doc.entities[relation.tail].label)
            for doc in docs
            for relation in doc.relations
        )
        if not found:
            return "<p>No relations.</p>\n"
        heads = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        rows = "".join(_row(triple, number) for triple, number in ranked)
        return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table>\n"


def _row(triple: tuple[str, str, str], number: int) -> str:
    cells = "".join(f"<td><bdi>{escape(label)}</bdi></td>" for label in triple)
    return f"<tr>{cells}<td>{number:,}</td></tr>\n"
