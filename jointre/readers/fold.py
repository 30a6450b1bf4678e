"""FoldReader: one part of one fold of a corpus."""

from collections.abc import Iterator

from jointre.data.doc import Doc
from jointre.data.folds import Folds, Part
from jointre.data.labels import Labels
from jointre.data.report import CorpusError
from jointre.errors import Fault
from jointre.limits import InputPath, NonNegativeInt
from jointre.readers.base import Reader
from jointre.registry import registry


@registry.readers("jointre.fold.v1")
class FoldReader(Reader):
    """Yields the documents of one part of a fold, in the order of the plan.

    The plan and the whole corpus are read before the first document is yielded. A corpus that differs from the plan's
    is refused.

    Args:
        reader: the whole corpus.
        plan: a fold plan, which ``jointre experiment`` writes as ``folds.json``.
        fold: the number of the fold, from 0.
        part: "train", "dev" or "test".
    """

    def __init__(self, reader: Reader, plan: InputPath, fold: NonNegativeInt, part: Part) -> None:
        self.reader = reader
        self.plan = plan
        self.fold = fold
        self.part = part

    @property
    def notices(self) -> list[str]:
        """The notices of the reader of the whole corpus."""
        return list(getattr(self.reader, "notices", []))

    def __iter__(self) -> Iterator[Doc]:
        plan = Folds.read(self.plan)
        faults = []
        if self.fold >= plan.k:
            remedy = f"the plan has the folds 0 to {plan.k - 1}"
            faults.append(Fault(f"there is no fold {self.fold}", self.plan, remedy))
        docs = list(self.reader)
        faults += plan.other_corpus(docs, self.plan)
        if faults:
            raise CorpusError(f"{self.plan} cannot be used for this corpus", faults)
        for number in getattr(plan.folds[self.fold], self.part):
            yield docs[number]

    def labels(self) -> Labels:
        """Return the declared types, or else those of the whole corpus, so that all folds and parts have the same."""
        return self.reader.labels() or Labels.from_docs(self.reader)
