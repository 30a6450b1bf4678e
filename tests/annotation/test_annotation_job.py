"""An annotation keeps, counts, goes on and is refused as it should."""

import gzip
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jointre.annotation.job import AnnotateWork
from jointre.annotation.settings import Settings
from jointre.annotation.shard_reader import open_annotated
from jointre.annotation.shard_writer import ShardMaker
from jointre.engines.local import LocalEngine
from jointre.engines.named import NamedEngine
from jointre.errors import DataError, TrainingError, UsageError
from jointre.jobs.run import Job
from jointre.readers.jsonl import JsonlReader
from jointre.taggers.base import Tagger, TaggerSpec
from jointre.taggers.named import load_tagger, parse_tagger

Make = Callable[..., Job]


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != ".lock"}


def found(folder: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    docs = [doc for shard in open_annotated(folder).shards for doc in shard]
    return [(doc.id, [(doc.surface(entity), entity.label) for entity in doc.entities]) for doc in docs]


def test_lines_become_documents_that_the_standard_reader_reads(annotation: Make, tmp_path: Path) -> None:
    annotation().run(LocalEngine())
    assert found(tmp_path / "out") == [
        ("text.txt:1", [("Ann", "PER"), ("New York", "LOC")]),
        ("text.txt:4", [("Bob", "PER"), ("Ann", "PER"), ("New York", "LOC")]),
    ]
    opened = open_annotated(tmp_path / "out")
    assert list(JsonlReader(str(tmp_path / "out"))) == [doc for shard in opened.shards for doc in shard]


def test_lines_are_split_into_sentences_if_asked(annotation: Make, tmp_path: Path) -> None:
    annotation(sentences=True).run(LocalEngine())
    assert [name for name, _ in found(tmp_path / "out")] == ["text.txt:1:1", "text.txt:4:1", "text.txt:4:14"]


def test_everything_that_was_read_is_counted(annotation: Make) -> None:
    facts = annotation(sentences=True, min_entities=2, labels="PER,LOC=PLACE", max_words=8).run(LocalEngine())
    assert facts["labels"] == {"PER": 3, "PLACE": 1}
    assert facts["counts"] == {
        "lines": 4, "blank": 1, "texts": 4, "documents": 2, "words": 10, "entities": 4,
        "left_out": {"no entities": 1, "too few entities": 1}, "not_kept": {},
    }  # fmt: skip


def test_entities_that_the_labels_leave_out_are_counted(annotation: Make) -> None:
    facts = annotation(labels="PER").run(LocalEngine())
    assert facts["labels"] == {"PER": 3} and facts["counts"]["not_kept"] == {"LOC": 2}


@pytest.mark.parametrize(("max_words", "kept"), [(5, 0), (6, 1), (10, 2)])
def test_what_is_too_long_is_left_out_and_counted(annotation: Make, max_words: int, kept: int) -> None:
    counts = annotation(max_words=max_words).run(LocalEngine())["counts"]
    assert counts["documents"] == kept and counts["left_out"].get("too long", 0) == 2 - kept


def test_a_line_without_blanks_and_without_end_is_too_long(annotation: Make, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("Ann" + "x" * 5000 + "\n", encoding="utf8")
    counts = annotation(tmp_path / "long.txt", max_words=40, min_entities=0).run(LocalEngine())["counts"]
    assert counts["left_out"] == {"too long": 1}


def test_a_label_that_never_occurs_is_declared(annotation: Make, tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("Ann\n", encoding="utf8")
    assert annotation(tmp_path / "few.txt").run(LocalEngine())["labels"] == {"LOC": 0, "PER": 1}


def test_a_shard_without_documents_has_no_file(annotation: Make, tmp_path: Path) -> None:
    facts = annotation(shard_size=1).run(LocalEngine())
    assert [row["file"] for row in facts["shards"]] == ["shard-00000.jsonl.gz", "shard-00003.jsonl.gz"]
    assert sum(row["documents"] for row in facts["shards"]) == len(found(tmp_path / "out")) == 2


def test_text_without_any_entity_gives_a_folder_that_says_so(annotation: Make, tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_text("It rained.\n", encoding="utf8")
    facts = annotation(tmp_path / "none.txt").run(LocalEngine())
    assert facts["shards"] == [] and facts["counts"]["left_out"] == {"no entities": 1}
    with pytest.raises(DataError, match="no document was kept"):
        open_annotated(tmp_path / "out")


def test_several_processes_write_the_same_bytes(annotation: Make, tmp_path: Path) -> None:
    lines = "".join(f"Ann met Bob {number} times in New York.\n" for number in range(95))
    (tmp_path / "many.txt").write_text(lines, encoding="utf8")
    advanced = list[int]()
    annotation(tmp_path / "many.txt", "one", shard_size=10).run(LocalEngine())
    annotation(tmp_path / "many.txt", "two", shard_size=10).run(LocalEngine(2), advance=advanced.append)
    assert written(tmp_path / "one") == written(tmp_path / "two") and sum(advanced) == 95
    numbers = [int(name.rpartition(":")[2]) for name, _ in found(tmp_path / "two")]
    assert numbers == list(range(1, 96))


@pytest.mark.parametrize("name", ["ray", "submitit"])
def test_other_engines_write_the_same_bytes(
    annotation: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pytest.importorskip(name, reason=f"the engine needs {name}")
    monkeypatch.chdir(tmp_path)
    given = {"ray": "ray", "submitit": f"submitit:cluster=local,folder={tmp_path / 'logs'}"}[name]
    annotation(output="one", shard_size=2).run(LocalEngine())
    annotation(shard_size=2).run(NamedEngine.parse(given).make(2))
    assert written(tmp_path / "out") == written(tmp_path / "one")


def test_a_worker_with_another_tagger_is_refused(names: Path) -> None:
    spec = parse_tagger(f"gazetteer:{names}")
    work = AnnotateWork(spec, load_tagger(spec).identity, Settings())
    names.write_text("Ann\tHUMAN\n", encoding="utf8")
    with pytest.raises(UsageError, match=r"another tagger .*\n.*tagger\.sha256 is '.*' for this command"):
        pickle.loads(pickle.dumps(work)).begin(None)


def test_a_worker_uses_the_device_of_its_engine(monkeypatch: pytest.MonkeyPatch, names: Path) -> None:
    devices = list[str]()

    def load(spec: TaggerSpec) -> Tagger:
        devices.append(spec.device)
        return load_tagger(spec)

    monkeypatch.setattr("jointre.annotation.job.load_tagger", load)
    spec = parse_tagger(f"gazetteer:{names}", device="cpu")
    work = AnnotateWork(spec, load_tagger(spec).identity, Settings())
    work.begin("cuda:1"), work.begin(None)
    assert devices == ["cuda:1", "cpu"]


def broken_off(make: Make, monkeypatch: pytest.MonkeyPatch, after: int, **settings: Any) -> None:
    """Runs until some shards are finished."""
    made = ShardMaker.__call__

    def call(self: ShardMaker, task: Any, advance: Any) -> Any:
        if task.number == after:
            raise KeyboardInterrupt
        return made(self, task, advance)

    with monkeypatch.context() as patch:
        patch.setattr(ShardMaker, "__call__", call)
        with pytest.raises(KeyboardInterrupt):
            make(**settings).run(LocalEngine())


def test_a_run_that_was_broken_off_goes_on_and_repeats_nothing(
    annotation: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotation(output="whole", shard_size=1).run(LocalEngine())
    broken_off(annotation, monkeypatch, 2, shard_size=1)
    resumed, advanced = list[int](), list[int]()
    before = (tmp_path / "out" / "shard-00000.jsonl.gz").stat().st_mtime_ns
    annotation(shard_size=1).run(LocalEngine(), advance=advanced.append, resumed=resumed.append)
    assert resumed == [2] and sum(advanced) == 4
    assert (tmp_path / "out" / "shard-00000.jsonl.gz").stat().st_mtime_ns == before
    assert written(tmp_path / "out") == written(tmp_path / "whole")


def test_a_finished_shard_that_was_damaged_since_is_made_again(
    annotation: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    annotation(output="whole", shard_size=1).run(LocalEngine())
    broken_off(annotation, monkeypatch, 2, shard_size=1)
    (tmp_path / "out" / "shard-00000.jsonl.gz").write_bytes(b"")
    annotation(shard_size=1).run(LocalEngine())
    assert written(tmp_path / "out") == written(tmp_path / "whole")


@pytest.mark.parametrize("what", ["shard-00000.jsonl.gz", ".progress/00000.json"])
def test_a_shard_that_vanishes_meanwhile_is_told_and_made_again(
    annotation: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    annotation(output="whole", shard_size=1).run(LocalEngine())
    made = ShardMaker.__call__

    def call(self: ShardMaker, task: Any, advance: Any) -> Any:
        if task.number == 2:
            (tmp_path / "out" / what).unlink()
        return made(self, task, advance)

    with monkeypatch.context() as patch:
        patch.setattr(ShardMaker, "__call__", call)
        with pytest.raises(TrainingError, match=r"shard-00000.jsonl.gz vanished.*\n.*repeat the command"):
            annotation(shard_size=1).run(LocalEngine())
    annotation(shard_size=1).run(LocalEngine())
    assert written(tmp_path / "out") == written(tmp_path / "whole")


def test_a_folder_that_vanishes_meanwhile_ends_it(
    annotation: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ShardMaker._kept

    def removed(self: ShardMaker, *args: Any) -> Any:
        shutil.rmtree(tmp_path / "out")
        return kept(self, *args)

    monkeypatch.setattr(ShardMaker, "_kept", removed)
    with pytest.raises(TrainingError, match=r"shard-00000\.jsonl\.gz cannot be written: No such file"):
        annotation().run(LocalEngine())
    assert not (tmp_path / "out").exists()


def test_what_a_kill_leaves_at_its_begin_and_end_is_in_nobodys_way(annotation: Make, tmp_path: Path) -> None:
    annotation(output="whole").run(LocalEngine())
    part = tmp_path / "out" / ".annotation.json.0123456789abcdef.part"
    part.parent.mkdir()
    for _ in range(2):
        part.touch()
        annotation().run(LocalEngine())
        assert written(tmp_path / "out") == written(tmp_path / "whole")
        (tmp_path / "out" / ".progress").mkdir()
    annotation().run(LocalEngine())
    assert written(tmp_path / "out") == written(tmp_path / "whole")


def test_a_finished_annotation_is_not_made_again(annotation: Make, tmp_path: Path) -> None:
    facts = annotation().run(LocalEngine())
    before = (tmp_path / "out" / "annotation.json").stat().st_mtime_ns
    assert annotation().run(LocalEngine()) == facts
    assert (tmp_path / "out" / "annotation.json").stat().st_mtime_ns == before


def test_a_finished_annotation_that_was_damaged_is_refused(annotation: Make, tmp_path: Path) -> None:
    annotation().run(LocalEngine())
    (tmp_path / "out" / "shard-00000.jsonl.gz").unlink()
    with pytest.raises(DataError, match="the shard is missing"):
        annotation().run(LocalEngine())


def test_another_annotation_in_the_folder_is_refused_with_all_that_differs(
    annotation: Make, text: Path, names: Path
) -> None:
    annotation().run(LocalEngine())
    text.write_text("Ann\n", encoding="utf8")
    names.write_text("Ann\tHUMAN\n", encoding="utf8")
    with pytest.raises(UsageError) as error:
        annotation(sentences=True).run(LocalEngine())
    said = str(error.value)
    for key in (
        "tagger has changed",
        "input.text.txt has changed",
        "input.text.txt.lines was 4, and is 1 now",
        "options.sentences",
    ):
        assert key in said
    assert "--force" in said


def test_force_replaces_another_annotation_and_nothing_else(annotation: Make, tmp_path: Path) -> None:
    annotation(shard_size=1).run(LocalEngine())
    (tmp_path / "out" / "notes.md").write_text("mine", encoding="utf8")
    annotation().run(LocalEngine(), force=True)
    annotation(output="fresh").run(LocalEngine())
    kept = written(tmp_path / "out")
    assert kept.pop("notes.md") == b"mine" and kept == written(tmp_path / "fresh")


def test_a_folder_with_anything_else_is_refused(annotation: Make, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="does not contain an annotation"):
        annotation().run(LocalEngine())


def test_a_folder_that_another_process_writes_is_refused(
    annotation: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jointre.jobs.ledger.PATIENCE", 0.1)
    (tmp_path / "out").mkdir()
    code = (
        "import sys; from filelock import FileLock; lock = FileLock(sys.argv[1]); lock.acquire();"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "out" / ".lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(UsageError, match="another process annotates there"):
            annotation().run(LocalEngine())
        other.communicate()


def test_what_is_refused_leaves_no_folder(annotation: Make, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        annotation(labels="NONE")
    assert not (tmp_path / "out").exists()


def test_scores_and_records_stand_in_the_shards(annotation: Make, tmp_path: Path) -> None:
    annotation().run(LocalEngine())
    with gzip.open(tmp_path / "out" / "shard-00000.jsonl.gz", "rt", encoding="utf8") as file:
        record = json.loads(file.readline())
    assert record["text"] == "Ann lives in New York." and record["line"] == 1
    assert record["entities"][1] == {"start": 13, "end": 21, "label": "LOC", "text": "New York"}
