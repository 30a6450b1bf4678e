"""The short form that stands before every training."""

from collections.abc import Sequence

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.inspection.findings import number_of
from jointre.inspection.report import inspect
from jointre.models.base import Model


def in_short(train: Sequence[Doc], dev: Sequence[Doc], labels: Labels, model: Model) -> list[str]:
    """A line with the numbers of each corpus, and one for each warning with its first place.

    Word pieces are left out: training tells by itself which documents the encoder does not take whole.

    Args:
        train, dev: documents with types among the labels; ``dev`` may be empty.
        labels: the types of the model.
        model: the model to be trained.
    """
    report = inspect({"train": train, "dev": dev} if dev else {"train": train}, labels, model)
    lines = []
    for split, facts in report.splits.items():
        counts = facts.counts
        numbers = [
            (counts.documents, "document"),
            (counts.entities, "entity"),
            (counts.relations, "relation"),
        ]
        lines.append(f"{split}: {', '.join(number_of(*number) for number in numbers)}")
    lines += [f"warning: {finding}" for finding in report.warnings]
    return [*lines, "jointre debug data CONFIG shows more"] if report.warnings else lines
