"""The complete report on the corpora of a run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from jointre.console import number_of
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.inspection.counts import Counts, count
from jointre.inspection.findings import Case, Finding, Splits
from jointre.inspection.odd_types import odd_types
from jointre.inspection.pieces import Pieces, too_long
from jointre.inspection.reach import Reach, reach
from jointre.inspection.repeats import repeats
from jointre.inspection.sizes import Sizes, sizes
from jointre.models.base import Model
from jointre.segmenters import SENTENCES, Segmenter


def _plain(value: Any) -> Any:
    """Return a value made of data classes as dictionaries and lists; the place of a case is given as text."""
    if isinstance(value, Case):
        return {"split": value.split, "where": value.where, "id": value.id, "what": value.what}
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class SplitReport:
    """One corpus: its counts, its sizes, and what can never be predicted."""

    counts: Counts
    sizes: Sizes
    unreachable: Reach


@dataclass(frozen=True)
class DataReport:
    """The corpora of a run.

    Args:
        splits: the corpora by name, train first.
        labels: the types of the model.
        findings: anomalies, warnings first.
        notices: what readers corrected or ignored.
        unknowns: what could not be found out, and why.
    """

    splits: dict[str, SplitReport]
    labels: Labels
    findings: list[Finding]
    notices: Sequence[str] = ()
    unknowns: Sequence[str] = ()

    @property
    def warnings(self) -> list[Finding]:
        """The findings that may lower scores."""
        return [finding for finding in self.findings if finding.warning]

    def to_json(self) -> dict[str, Any]:
        """Return everything as dictionaries and lists."""
        return {
            "labels": self.labels.to_json(),
            "splits": {name: _plain(split) for name, split in self.splits.items()},
            "findings": [_plain(finding) for finding in self.findings],
            "notices": list(self.notices),
            "unknowns": list(self.unknowns),
        }


def inspect(
    splits: Splits,
    labels: Labels,
    model: Model,
    pieces: Pieces | None = None,
    findings: Iterable[Finding] = (),
    notices: Sequence[str] = (),
    unknowns: Sequence[str] = (),
    segmenter: Segmenter = SENTENCES,
) -> DataReport:
    """Count, measure and look for anomalies.

    Args:
        splits: documents by corpus, with types among the labels; one corpus is ``train``.
        labels: the types of the model.
        model: the configured model, which need not be built.
        pieces: lengths in word pieces; None without a tokenizer.
        findings, notices, unknowns: what is already known.
        segmenter: decides what the model reads at once.
    """
    pieces = pieces or Pieces()
    found = list(findings)
    reports: dict[str, SplitReport] = {}
    for split, docs in splits.items():
        within, unreachable = reach(split, docs, model, pieces.reasons(split), segmenter)
        found += [*too_long(split, docs, pieces), *unreachable]
        counts = count(docs, labels.entities, labels.relations)
        reports[split] = SplitReport(counts, sizes(split, docs, pieces.lengths.get(split)), within)
    found += odd_types(splits, {split: report.counts for split, report in reports.items()}, labels)
    found += repeats(splits)
    found.sort(key=lambda finding: not finding.warning)
    return DataReport(reports, labels, found, notices, unknowns)


def in_short(
    train: Sequence[Doc], dev: Sequence[Doc], labels: Labels, model: Model, segmenter: Segmenter = SENTENCES
) -> list[str]:
    """Return one line with the counts of each corpus, and one line for each warning, with its first place.

    Word pieces are left out, because training itself reports which documents are longer than the encoder accepts.

    Args:
        train, dev: documents with types among the labels; ``dev`` may be empty.
        labels: the types of the model.
        model: the model to be trained.
        segmenter: decides what it reads at once.
    """
    splits = {"train": train, "dev": dev} if dev else {"train": train}
    report = inspect(splits, labels, model, segmenter=segmenter)
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
