"""The hints ``next: jointre ...``: they keep the options that were given, and run when they are pasted."""

import json
import shlex
from pathlib import Path

import pytest

from jointre.cli.next_step import corpus_words
from jointre.config import load_config
from jointre.readers.named import NamedReader
from tests.cli.conftest import Command

CODE = '''"""A pooler of one's own."""

from jointre.registry import registry

registry.poolers("own.max.v1")(registry.poolers.get("jointre.max.v1"))
'''


def hint(err: str) -> list[str]:
    """Return the words of the last line, as a shell splits them."""
    last = err.splitlines()[-1]
    assert last.startswith("next: "), err
    return shlex.split(last.removeprefix("next: "))


def pasted(command: Command, err: str, *more: object) -> str:
    """Run the command of a hint with ``more`` at its end; return its hint."""
    program, *words = hint(err)
    assert program == "jointre"
    done = command(*words, *more)
    assert done.code == 0, done.err
    return done.err


def test_from_debug_to_train_to_evaluate(command: Command, workplace: Path, tmp_path: Path) -> None:
    code = tmp_path / "my pooler.py"
    code.write_text(CODE.replace("own.max.v1", "own.hint.v1"), encoding="utf8")
    (tmp_path / "two epochs.cfg").write_text("[training]\nepochs = 2\n", encoding="utf8")
    options = ["--with", tmp_path / "two epochs.cfg", "--reader", "jointre.jsonl.v1", "--code", code]
    overrides = ["--model.entity_head.extractor.pooler.@poolers=own.hint.v1", "--training.batch_size", "4"]
    shown = command("debug", "data", "tiny.cfg", *options, *overrides, "-v")
    assert shown.code == 0, shown.err
    told = pasted(command, shown.err, "-o", tmp_path / "a run", "--device", "cpu")
    text = (tmp_path / "a run" / "model" / "config.cfg").read_text("utf8")
    assert "own.hint.v1" in text and "epochs = 2" in text and "batch_size = 4" in text
    assert "jointre.jsonl.v1" in text
    evaluate = hint(told)
    assert evaluate[1:4] == ["evaluate", str(tmp_path / "a run" / "model"), "toy.jsonl"]
    assert evaluate[4:] == ["--reader", "jointre.jsonl.v1", "--code", str(code), "--device", "cpu"]
    told = pasted(command, told)
    assert f"jointre predict '{tmp_path / 'a run' / 'model'}' - --device cpu" in told
    assert f"--code '{code}'" in told


@pytest.mark.parametrize("name", ["config", "data", "model"])
def test_debug_keeps_what_was_given(command: Command, name: str) -> None:
    given = ["--with", "ablations/spert/context_cls", "--training.epochs", "3"]
    done = command("debug", name, "tiny.cfg", *given)
    assert done.code == 0, done.err
    assert hint(done.err) == ["jointre", "train", "tiny.cfg", *given]


def test_tune_leads_to_evaluate(command: Command, trained: Path) -> None:
    done = command("tune", trained, "toy.jsonl", "--device", "cpu", "--entities", "gold")
    assert done.code == 0, done.err
    words = ["evaluate", str(trained), "TEST_DATA", "--entities", "gold", "--device", "cpu"]
    assert hint(done.err) == ["jointre", *words]


def test_annotate_leads_to_pretrain(command: Command, tmp_path: Path) -> None:
    done = command("annotate", "text.txt", tmp_path / "an out", "--tagger", "gazetteer:names.tsv")
    assert hint(done.err) == ["jointre", "pretrain", "enpar/pretrain", f"--paths.train={tmp_path / 'an out'}"]
    shown = command("debug", "config", *hint(done.err)[2:], "--json")
    [train] = [value for value in json.loads(shown.out)["values"] if value["key"] == "paths.train"]
    assert train["value"] == str(tmp_path / "an out")


@pytest.mark.parametrize("words", [["config"], ["fill-config", "tiny.cfg"]])
def test_a_written_config_leads_to_train(command: Command, tmp_path: Path, words: list[str]) -> None:
    code, out = tmp_path / "code.py", tmp_path / "my own.cfg"
    code.write_text("", encoding="utf8")
    done = command("init", *words, out, "--code", code, "--force")
    assert done.code == 0, done.err
    assert hint(done.err) == ["jointre", "train", str(out), "--code", str(code)]
    assert command("debug", "config", *hint(done.err)[2:]).code == 0


def test_a_types_file_leads_to_train(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "types.json"
    done = command("init", "labels", "toy.jsonl", "-o", out, "--reader", "jointre.jsonl.v1")
    words = ["train", "CONFIG", "--paths.train=toy.jsonl", f"--paths.types={out}"]
    assert hint(done.err) == ["jointre", *words, "--reader", "jointre.jsonl.v1"]


def test_a_sample_is_not_a_path(command: Command, tmp_path: Path) -> None:
    done = command("init", "labels", "sample:train", "-o", tmp_path / "types.json")
    assert hint(done.err) == ["jointre", "train", "CONFIG", f"--paths.types={tmp_path / 'types.json'}"]


def test_the_corpus_of_a_config() -> None:
    assert corpus_words(load_config("quickstart"), "test", "dev") == ["sample:test"]
    assert corpus_words(load_config("spert/conll04"), "test", "dev") is None
    reader = {"corpora.dev.@readers": "jointre.column.v1", "corpora.dev.repair": False}
    config = load_config("spert/conll04", overrides={"paths.dev": "dev.conll", **reader})
    name, *option = corpus_words(config, "test", "dev") or []
    assert [name, *option] == ["dev.conll", "--reader", "jointre.column.v1:repair=false"]


@pytest.mark.parametrize("label", ["null", "3", "a,b", "[]", 'a "b"', "x", ""])
def test_arguments_of_a_reader_read_back_as_themselves(label: str) -> None:
    given = {"paths.dev": "a.json", "corpora.dev.@readers": "jointre.opennre.v1"}
    config = load_config("spert/conll04", overrides={**given, "corpora.dev.no_relation": label})
    _, _, written = corpus_words(config, "dev") or []
    named = NamedReader.parse(written)
    assert (named.name, named.arguments) == ("jointre.opennre.v1", {"no_relation": label})


def test_a_reader_that_is_not_installed_is_left_out() -> None:
    config = load_config("spert/conll04", overrides={"paths.dev": "a.json"})
    config.values["corpora"]["dev"]["@readers"] = "gone.reader.v1"
    assert corpus_words(config, "dev") == ["a.json"]
