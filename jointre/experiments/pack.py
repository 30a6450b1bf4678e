"""Pack the results of an experiment, without weights and words, into one small file, and restore them from it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from jointre.config.load import load_config
from jointre.data.atomic_write import replacing, write_text
from jointre.data.doc import Doc
from jointre.data.strict_read import load_json, unreadable
from jointre.data.write import to_jsonl
from jointre.errors import DataError, Fault
from jointre.experiments.results.read import RECORD, RESULT, load_results
from jointre.experiments.run import Prepared, write_record
from jointre.experiments.spec import Run
from jointre.printable import dump_json
from jointre.training.run_folder import RunFolder

CONFIG, META = "config.cfg", "model/meta.json"
KEPT = ("id", "entities", "relations")
"""What is kept of a predicted document: no words, and no text of an entity."""
OURS = "it was not written by jointre experiment pack"


def pack(folder: Path, file: Path) -> int:
    """Write the results of the complete runs of an experiment to a file, and return how many there are.

    Kept are scores, counts, configs without the paths of corpora, and predictions as offsets and types: enough for
    tables, plots and significance tests. Weights, logs and words are left out.

    Args:
        folder: of the experiment.
        file: a zip file; the same results give the same bytes.

    Raises:
        DataError: if a result is damaged.
    """
    _, results = load_results(folder)
    runs = sorted({result.folder for result in results})
    with replacing(file, "wb") as raw, ZipFile(raw, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        _add(packed, RECORD, dump_json(_without_paths(load_json(folder / RECORD))))
        for run in runs:
            inside = run.relative_to(folder).as_posix()
            for name, text in _contents(run):
                _add(packed, f"{inside}/{name}", text)
    return len(runs)


def _add(packed: ZipFile, name: str, text: str) -> None:
    """Add a file without the time, so that the same contents give the same bytes."""
    packed.writestr(ZipInfo(name), text, ZIP_DEFLATED)


def _contents(run: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of each file that is kept of a run."""
    folder = RunFolder(run)
    record = load_json(folder.record)
    changed = [item for item in record["changed"] if not _is_path(item["key"])]
    yield CONFIG, load_config(folder.config, overrides=dict.fromkeys(_paths(folder.config))).text()
    yield folder.record.name, dump_json({**record, "changed": changed})
    yield META, (folder.root / META).read_text(encoding="utf8")
    yield RESULT, (run / RESULT).read_text(encoding="utf8")
    for predictions in sorted(run.glob("predictions.*.jsonl")):
        with open(predictions, encoding="utf8") as lines:
            yield predictions.name, "".join(f"{dump_json(_bare(json.loads(line)))}\n" for line in lines)


def _bare(record: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key: record[key] for key in KEPT if key in record}
    entities = [{k: v for k, v in entity.items() if k != "text"} for entity in record["entities"]]
    return {**bare, "entities": entities}


def _paths(config: Path) -> list[str]:
    return [f"paths.{name}" for name in load_config(config, sections=("paths",)).values["paths"]]


def _is_path(key: str) -> bool:
    return key.startswith(("paths.", "corpora."))


def _without_paths(record: Any) -> dict[str, Any]:
    called = record["called"]
    kept = {key: value for key, value in called["set"].items() if not _is_path(key)}
    return {**record, "called": {**called, "set": kept}}


def restore(prepared: Prepared, file: Path) -> list[Run]:
    """Restore the packed runs that an experiment folder lacks, and return them.

    A restored run counts as complete and has predictions, but no weights. If its config or documents are not those of
    the experiment, the folder is refused as if the run had been trained there.

    Args:
        prepared: the experiment.
        file: from `pack`.

    Raises:
        DataError: if the file cannot be read, or a run has predictions for other documents.
    """
    try:
        with ZipFile(file) as packed:
            names = packed.namelist()
            if RECORD not in names:
                raise DataError(f"{file} cannot be read", [Fault(f"{RECORD} is missing", str(file), OURS)])
            lacking = [run for run, state in prepared.states if state.status == "to do"]
            found = [run for run in lacking if f"{_inside(prepared, run)}/{RESULT}" in names]
            prepared.folder.mkdir(parents=True, exist_ok=True)
            write_record(prepared)
            for run in found:
                _restore(prepared, run, packed)
    except BadZipFile as error:
        raise DataError(f"{file} cannot be read", [Fault(str(error), str(file), OURS)]) from None
    except OSError as error:
        raise DataError("the results cannot be read", [unreadable(file, error)]) from None
    return found


def _inside(prepared: Prepared, run: Run) -> str:
    return run.folder.relative_to(prepared.folder).as_posix()


def _restore(prepared: Prepared, run: Run, packed: ZipFile) -> None:
    """Write the files of a run, its result last, and then the paths of this experiment into its config."""
    inside = _inside(prepared, run)
    names = sorted(name for name in packed.namelist() if name.startswith(f"{inside}/"))
    docs = prepared.loaded.corpora.data(run.config, run.fold).scored
    for name in sorted(names, key=lambda name: name.endswith(RESULT)):
        text = packed.read(name).decode("utf8")
        short = PurePosixPath(name).relative_to(inside)
        if short.name.startswith("predictions."):
            text = _with_words(text, docs.get(short.suffixes[0][1:], ()), f"{file_of(packed)}: {name}")
        target = run.folder / short
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, text)
    if not prepared.look(run).faults:
        write_text(RunFolder(run.folder).config, run.config.text())


def file_of(packed: ZipFile) -> str:
    """Return the name of an open file, for messages."""
    return str(packed.filename)


def _with_words(text: str, docs: Sequence[Doc], place: str) -> str:
    """Return predictions with the words of the documents that they were made for."""
    lines = text.splitlines()
    if len(lines) != len(docs):
        what = f"{len(lines)} predicted documents, the corpus has {len(docs)}"
        raise DataError("packed predictions do not fit the corpus", [Fault(what, place)])
    merged = ({**to_jsonl(doc), **json.loads(line)} for doc, line in zip(docs, lines, strict=True))
    return "".join(f"{dump_json(record)}\n" for record in merged)
