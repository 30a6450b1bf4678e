"""Write Label Studio's JSON: tasks with annotations."""

from collections.abc import Iterable, Iterator
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.registry import registry
from jointre.writers.base import JsonListWriter
from jointre.writers.fit import as_text, only, own_id, without_keys


@registry.writers("jointre.label_studio.v1")
class LabelStudioWriter(JsonListWriter):
    """Writes a list of tasks, which a Label Studio project imports with their annotation.

    Args:
        from_name: the name of the ``Labels`` tag in the project's labelling interface.
        to_name: the name of its ``Text`` tag.
    """

    reader = "jointre.label_studio.v1"

    def __init__(self, from_name: str = "label", to_name: str = "text") -> None:
        self.from_name = from_name
        self.to_name = to_name

    def fit(self, docs: Iterable[Doc], report: Report) -> Iterator[Doc]:
        """Yield documents with a text."""
        for doc in docs:
            yield without_keys(only(as_text(doc, report), report, "id", "meta"), ("text",), report)

    def records(self, doc: Doc) -> Iterable[Any]:
        """Return the task of a document."""
        regions = [self._region(doc, row) for row in range(len(doc.entities))]
        relations = [
            {
                "type": "relation",
                "from_id": f"e{r.head}",
                "to_id": f"e{r.tail}",
                "direction": "right",
                "labels": [r.label],
            }
            for r in doc.relations
        ]
        named = {"id": own_id(doc)} if own_id(doc) else {}
        data = {"text": doc.text, **doc.meta}
        yield {**named, "data": data, "annotations": [{"result": [*regions, *relations]}]}

    def _region(self, doc: Doc, row: int) -> dict[str, Any]:
        entity = doc.entities[row]
        start, end = doc.characters(entity) or entity.extent
        value = {"start": start, "end": end, "text": doc.surface(entity), "labels": [entity.label]}
        names = {"from_name": self.from_name, "to_name": self.to_name}
        return {"id": f"e{row}", "type": "labels", **names, "value": value}
