"""The output folder of a prediction or a conversion: shards of documents, and a manifest that sums them up."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from jointre.data.atomic_write import file_sha256
from jointre.data.report import CorpusError, Count, Report
from jointre.data.strict_read import JOB, load_json
from jointre.errors import DataError, Fault
from jointre.jobs.ledger import Entry, Ledger, shard_name
from jointre.writers.base import Writer

FORMAT = 1
SHARD_FAULTS = 20  # faulty records of a shard that its entry names
SHOWN_FAULTS = 100  # faulty records that the manifest names
AGAIN = "repeat the command with --force"


@dataclass(frozen=True)
class JobFolder(Ledger):
    """The folder of a job that writes documents.

    Args:
        root: the folder.
        kind: ``prediction`` or ``conversion``.
        writer: the format of its shards.
    """

    kind: str
    writer: Writer

    manifest = JOB
    what = "a job"
    working: ClassVar[str] = "works"
    meanwhile = "the job was done"

    @property
    def ending(self) -> str:
        """The ending of the names of shards."""
        return self.writer.ending

    def load(self) -> dict[str, Any]:
        """Return the contents of ``job.json``."""
        return load_job(self.root)

    def check(self, facts: Mapping[str, Any]) -> None:
        """Raise a DataError if a shard is missing or damaged."""
        faults = list(_damaged(self.root, facts["shards"]))
        if faults:
            raise DataError(f"{self.root} is not as it was written", faults)

    def facts(self, wanted: Mapping[str, Any], entries: Iterable[Entry]) -> dict[str, Any]:
        """Return the contents of ``job.json``."""
        counts, notices, changes = Counter[str](), Counter[str](), dict[str, dict[str, Any]]()
        rows, faults = list[dict[str, Any]](), list[dict[str, Any]]()
        for entry in entries:
            counts.update(entry.facts["counts"])
            notices.update(entry.facts["notices"])
            for change in entry.facts["changes"]:
                known = changes.setdefault(change["what"], {**change, "count": 0})
                known["count"] += change["count"]
            name = shard_name(entry.number, self.ending)
            faults += [{"shard": name, **fault} for fault in entry.facts["faults"]]
            if entry.sha256:
                rows.append({"file": name, "sha256": entry.sha256, **entry.facts["counts"]})
        return {
            "status": "complete",
            **wanted,
            "counts": dict(counts),
            "notices": dict(notices),
            "changes": list(changes.values()),
            "faults": faults[:SHOWN_FAULTS],
            "shards": rows,
        }


def shard_facts(
    counts: Mapping[str, int], report: Report, changes: Iterable[Count], notices: Mapping[str, int]
) -> dict[str, Any]:
    """Return the facts of a shard, as `JobFolder.facts` sums them up.

    Args:
        counts: numbers of lines, documents, and so on.
        report: the faults of its records, which become the count ``bad``.
        changes: what the output does not hold.
        notices: what a user may not expect, with numbers of documents.
    """
    places = {str(fault.place) for fault in report.faults}
    faults = [{"where": f.where, "what": f.what, "remedy": f.remedy} for f in report.faults[:SHARD_FAULTS]]
    return {
        "counts": {**counts, "bad": len(places)},
        "notices": dict(notices),
        "changes": [{**count.to_json(), "lost": count.lost} for count in changes],
        "faults": faults,
    }


def load_job(folder: Path) -> dict[str, Any]:
    """Return the contents of ``job.json``.

    Raises:
        DataError: it does not exist, cannot be read, or has another version of the format.
    """
    facts = load_json(folder / JOB)
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        found = facts.get("format") if isinstance(facts, dict) else None
        what = f"its format is {found!r}; this version of jointre reads {FORMAT}"
        raise DataError(f"{folder} cannot be read", [Fault(what, str(folder / JOB), AGAIN)])
    return facts


def faults_of(facts: Mapping[str, Any]) -> CorpusError | None:
    """Return the error that names the records that could not be used; None if there are none."""
    bad = facts["counts"].get("bad", 0)
    if not bad:
        return None
    faults = [Fault(f["what"], f"{f['shard']}: {f['where']}", f["remedy"]) for f in facts["faults"]]
    return CorpusError(f"{bad} records could not be used; all others were done", faults)


def _damaged(root: Path, rows: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
    for row in rows:
        path = root / str(row["file"])
        if not path.is_file():
            yield Fault("the shard is missing", str(path), AGAIN)
        elif file_sha256(path) != row["sha256"]:
            yield Fault("the shard is not the file that was written", str(path), AGAIN)
