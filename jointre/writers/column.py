"""Write the column format of Giorgi et al."""

from collections.abc import Iterable, Iterator

from jointre.data.doc import Doc
from jointre.data.tags import Scheme
from jointre.registry import registry
from jointre.writers.base_tagged import TaggedWriter
from jointre.writers.fit import Level, own_id


@registry.writers("jointre.column.v1")
class ColumnWriter(TaggedWriter):
    """Writes nine columns per word, then three per relation (docs/data-formats.md#columns).

    The first column is the id of the document, or the number of the sentence.

    Args:
        scheme: "BIOES", "BIO", "BILOU" or "BIEOU".
        level: "sentence" writes a block per sentence; "document" writes one per document.
    """

    reader = "jointre.column.v1"
    ending = ".tsv"

    def __init__(self, scheme: Scheme = "BIOES", level: Level = "sentence") -> None:
        super().__init__(scheme, level)
        self.reader = f"{self.reader}:scheme={scheme}"

    def pieces(self, docs: Iterable[Doc]) -> Iterator[str]:
        """Yield the lines of each sentence."""
        for number, doc in enumerate(docs):
            name = own_id(doc) or str(number)
            rows = enumerate(zip(doc.words, self.tags(doc), strict=True))
            yield "".join(f"{name}\t{tag}\t{index}\tO\tO\t{word}\tO\tO\tO\n" for index, (word, tag) in rows)
            last = [entity.end - 1 for entity in doc.entities]
            links = (f"{last[r.head]}\t{last[r.tail]}\t{r.label}\n" for r in doc.relations)
            yield "\n" + "".join(links) + "\n"
