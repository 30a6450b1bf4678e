"""`jointre annotate`: results on stdout, all else on stderr, what to type next, what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from jointre.cli.app import run

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def annotate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Exit code, stdout and stderr of the command on a text of three lines with a list of two names."""
    (tmp_path / "text.txt").write_text("Ann met Bob.\n\nIt rained.\n", encoding="utf8")
    (tmp_path / "names.tsv").write_text("Ann\tPER\nBob\tPER\nOslo\tLOC\n", encoding="utf8")

    def call(*options: object, source: str = "text.txt") -> tuple[int, str, str]:
        tagger = [] if "--tagger" in options else ["--tagger", f"gazetteer:{tmp_path / 'names.tsv'}"]
        code = run(["annotate", str(tmp_path / source), str(tmp_path / "out"), *tagger, *map(str, options)])
        return (code, *capsys.readouterr())

    return call


def test_what_was_found_and_what_to_type_next(annotate: Command, tmp_path: Path) -> None:
    code, out, err = annotate()
    assert code == 0
    assert "lines      3, 1 of them empty" in out and "documents  1 of 2 kept" in out
    assert "left out   1: no entities" in out and "2 PER" in out and "0 LOC" in out
    assert f"wrote {tmp_path / 'out'}: 1 shard" in err and "next: jointre pretrain" in err


def test_entities_that_are_not_kept_are_told(annotate: Command) -> None:
    assert "not kept   2 PER" in annotate("--labels", "LOC", "--min-entities", "0")[1]


def test_the_same_facts_for_programs(annotate: Command, tmp_path: Path) -> None:
    code, out, _ = annotate("--json")
    assert code == 0
    stored = json.loads((tmp_path / "out" / "annotation.json").read_text("utf8"))
    stored["inputs"] = stored.pop("input")
    assert json.loads(out).items() >= stored.items()


def test_quiet_says_nothing_but_the_result(annotate: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from jointre.cli.console import state

    monkeypatch.setattr(state, "quiet", False)
    code, out, err = annotate("--quiet")
    assert code == 0 and err == "" and "documents" in out


def test_a_text_without_entities_is_told_as_such(annotate: Command, tmp_path: Path) -> None:
    (tmp_path / "dull.txt").write_text("It rained.\n", encoding="utf8")
    code, _, err = annotate(source="dull.txt")
    assert code == 0 and "no document was kept" in err and "next:" not in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tagger", "spaci:x"], "did you mean 'spacy'"),
        (["--labels", "PRE"], "did you mean 'PER'"),
        (["--tagger", "jointre:nowhere"], "the folder does not exist"),
        (["--shard-size", "0"], "--shard-size"),
        (["--engine", "spark"], "is not one of the engines"),
        (["--devices", "0,0"], "0 is listed twice"),
    ],
)
def test_wrong_requests_are_refused_before_anything_is_written(
    annotate: Command, tmp_path: Path, options: list[str], said: str
) -> None:
    code, out, err = annotate(*options)
    assert code == 2 and said in err and out == "" and not (tmp_path / "out").exists()


def test_lines_that_are_not_utf8_are_all_named(annotate: Command, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"Ann\n\xff\nBob\n\xfe\n")
    code, _, err = annotate(source="bad.txt")
    assert code == 2 and "bad.txt:2" in err and "bad.txt:4" in err and "(2 problems)" in err


def test_an_output_that_is_a_file_is_refused(annotate: Command, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    code, _, err = annotate()
    assert code == 2 and "is a file, not a folder" in err and "choose another folder" in err


def test_other_options_on_the_same_folder_need_force(annotate: Command) -> None:
    annotate()
    code, _, err = annotate("--sentences")
    assert code == 2 and "options.sentences was False, and is True now" in err and "--force" in err
    assert annotate("--sentences", "--force")[0] == 0


CODE = """
from jointre.registry import registry
from jointre.taggers.gazetteer import Gazetteer


@registry.taggers("test.names.v1")
class Names(Gazetteer):
    pass
"""


def test_workers_import_the_code_of_a_tagger_and_write_the_same_bytes(
    annotate: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registered: None
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(CODE, encoding="utf8")
    own = ["--code", "mine.py", "--tagger", "test.names.v1:names.tsv", "--shard-size", "1"]
    written = []
    for options in ([], ["--engine", "local", "--workers", "2"]):
        code, _, err = annotate(*own, "--force", *options)
        assert code == 0, err
        names = ["shard-00000.jsonl.gz", "annotation.json"]
        written.append([(tmp_path / "out" / name).read_bytes() for name in names])
    assert written[0] == written[1]
