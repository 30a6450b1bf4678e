"""Bad input of every kind, as the commands meet it: exit code 2, the place and the remedy, no traceback."""

import gzip
import json
import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from jointre.cli.app import run
from jointre.config import load_config
from jointre.data.write import to_line
from jointre.testing import toy_docs
from jointre.training.run import train

READERS = {f"corpora.{split}.@readers": "jointre.jsonl.v1" for split in ("train", "dev")}
GOOD = [to_line(doc) for doc in toy_docs(12)]


@pytest.fixture(scope="module")
def place(tmp_path_factory, encoder_folder):
    """A folder with a toy corpus and a trained run."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "toy.jsonl").write_text("".join(f"{line}\n" for line in GOOD), encoding="utf8")
    given = {"model.encoder.name": str(encoder_folder), "training.epochs": 1, "system.device": "cpu"}
    paths = {f"paths.{split}": str(folder / "toy.jsonl") for split in ("train", "dev")}
    train(load_config("spert/conll04", overrides={**given, **READERS, **paths}), folder / "run", quiet=True)
    return folder


@pytest.fixture(autouse=True)
def here(place, tmp_path, monkeypatch):
    """The folder with the run; the current folder is another, and empty."""
    monkeypatch.chdir(tmp_path)
    return place


@pytest.fixture
def refused(capsys):
    """What a command that must be refused says on stderr."""

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert code == 2, err
        assert out == "" and "Traceback" not in err and "report it" not in err
        return err

    return call


@pytest.fixture
def training(here, encoder_folder):
    """The arguments of a training on two files."""

    def make(train_file="", dev_file="", *more):
        paths = {"train": train_file or here / "toy.jsonl", "dev": dev_file or here / "toy.jsonl"}
        overrides = {**READERS, "model.encoder.name": encoder_folder, "training.epochs": 1}
        overrides.update({f"paths.{split}": path for split, path in paths.items()})
        given = [f"--{key}={value}" for key, value in overrides.items()]
        return ["train", "spert/conll04", *given, "-o", "new", "--device", "cpu", *more]

    return make


def doc(**changes):
    fields = {"text": "Ann lives in Rome.", "entities": [{"start": 0, "end": 3, "label": "Person"}]}
    return json.dumps({**fields, **changes})


def entity(**changes):
    return doc(entities=[{"start": 0, "end": 3, "label": "Person", **changes}])


COMMA = "Illegal trailing comma" if sys.version_info >= (3, 13) else "Expecting property name"
LINES = {
    "a span beyond the sentence": (entity(end=99), "is outside the 18 characters", "end is exclusive"),
    "a relation to a missing entity": (
        doc(relations=[{"head": 0, "tail": 3, "label": "knows"}]),
        "there is no entity 3",
        "positions in the document's list",
    ),
    "broken JSON": ('{"text": "Ann', "Unterminated string", "close the double quotes"),
    "text behind the value": ('{"text": "Ann"} x', "more text after the end", "one value per line"),
    "a comma too many": ('{"text": "Ann",}', COMMA, "no comma after the last"),
    "single quotes": ("{'text': 'Ann'}", "Expecting property name", "double quotes"),
    "no value": ('{"text": }', "Expecting value", "a value is"),
    "a tab in text": ('{"text": "a\tb"}', "Invalid control character", r"\t for a tab"),
    "wrong encoding": (
        doc(text="Caf\xe9").encode("latin-1").replace(b"\\u00e9", b"\xe9"),
        "is not UTF-8",
        "save",
    ),
    "a NUL byte": (b'{"text": "a\0b"}', "is NUL", "save the file as UTF-8"),
    "half a character": ('{"id": "\\ud800", "text": "a"}', "lone surrogate", "whole character"),
    "a key twice": ('{"text": "a", "text": "b"}', "the key 'text' occurs twice", ""),
    "NaN": ('{"text": "a", "x": NaN}', "NaN is not JSON", ""),
    "a number of 5000 digits": ('{"text": "a", "x": ' + "9" * 5000 + "}", "a number has 5000 digits", ""),
    "lists in lists": ('{"text": "a", "x": ' + "[" * 100000, "nested too deeply", ""),
    "a huge offset": (entity(end=10**30), "is outside", "end is exclusive"),
    "an offset that is no whole number": (entity(start=0.0), "'start' is the number 0.0", ""),
    "null for an offset": (entity(end=None), "'end' is null", ""),
    "null for everything": (doc(text=None, entities=None), "neither 'text' nor 'tokens'", "give text"),
    "no object": ("null", "a document is an object", ""),
}


@pytest.mark.parametrize("command", ["predict", "train"])
@pytest.mark.parametrize("name", LINES)
def test_faulty_lines(here, refused, training, command, name):
    line, what, remedy = LINES[name]
    line = line if isinstance(line, bytes) else line.encode()
    Path("bad.jsonl").write_bytes(GOOD[0].encode() + b"\n" + line + b"\n")
    predicting = [command, here / "run", "bad.jsonl", "new.jsonl"]
    err = refused(*(training("bad.jsonl") if command == "train" else predicting))
    assert "bad.jsonl:2" in err and what in err and remedy in err
    assert not Path("new").exists() and not Path("new.jsonl").exists()


def test_documents_before_a_fault_are_printed(here, capsys):
    """A corpus is read once, so nothing is known of a fault while the documents before it are predicted."""
    Path("bad.jsonl").write_text(f"{GOOD[0]}\n{entity(end=99)}\n{GOOD[0]}\n", encoding="utf8")
    assert run(["predict", str(here / "run"), "bad.jsonl"]) == 2
    out, err = capsys.readouterr()
    assert out.count("\n") == 1 and "bad.jsonl:2" in err


def test_faulty_lines_of_the_dev_corpus_and_of_a_corpus_to_score(here, refused, training):
    Path("bad.jsonl").write_text(f"{GOOD[0]}\n{entity(end=99)}\n{doc(text=3)}\n", encoding="utf8")
    for arguments in (training("", "bad.jsonl"), ["evaluate", here / "run", "bad.jsonl"]):
        err = refused(*arguments)
        assert "(2 problems)" in err and "bad.jsonl:2" in err and "bad.jsonl:3" in err


FILES = {
    "empty": (b"", "the file is empty", "one document per line"),
    "blank": (b"\n \n", "the file is empty", "one document per line"),
    "an empty list": (b"[]", "no documents", ""),
    "UTF-16": (GOOD[0].encode("utf-16"), "is UTF-16", "save the file as UTF-8"),
    "UTF-16 without its mark": (GOOD[0].encode("utf-16-le"), "is NUL", "save the file as UTF-8"),
    "gzip": (gzip.compress(GOOD[0].encode()), "is packed with gzip", "name it NAME.gz"),
    "zip": (b"PK\x03\x04" + bytes(30), "is a zip archive", "unpack it"),
    "binary": (bytes(range(128, 256)), "", ""),
}


@pytest.mark.parametrize("command", ["evaluate", "predict", "train"])
@pytest.mark.parametrize("name", FILES)
def test_faulty_files(here, refused, training, command, name):
    data, what, remedy = FILES[name]
    Path("bad.jsonl").write_bytes(data)
    err = refused(*(training("bad.jsonl") if command == "train" else [command, here / "run", "bad.jsonl"]))
    assert "bad.jsonl" in err and what in err and remedy in err


def test_marks_and_line_ends_of_other_systems_are_no_fault(here, capsys):
    Path("crlf.jsonl").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(GOOD).encode())
    Path("packed.jsonl.gz").write_bytes(gzip.compress("\n".join(GOOD).encode()))
    for name in ("crlf.jsonl", "packed.jsonl.gz"):
        assert run(["evaluate", str(here / "run"), name, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["documents"] == 12


def odd_things():
    os.mkfifo("pipe")
    Path("link").symlink_to("gone.jsonl")
    Path("folder").mkdir()
    Path("test.jsonl").write_text(GOOD[0], encoding="utf8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("pipe", "is a pipe or a device"),
        ("link", "is a link to gone.jsonl, which does not exist"),
        ("folder", "a folder without *.jsonl"),
        ("tests.jsonl", "did you mean 'test.jsonl'?"),
        ("no/where.jsonl", "there is no folder no"),
        ("x" * 300, "File name too long"),
        ("", "name is empty"),
        ("sample:tst", "did you mean 'test'?"),
        ("sample", "sample:test"),
    ],
)
def test_inputs_that_are_no_files(here, refused, name, what):
    odd_things()
    assert what in refused("evaluate", here / "run", name)
    assert what in refused("predict", here / "run", name) or name.startswith("sample:")


def test_unknown_types_of_a_corpus(here, refused):
    Path("bad.jsonl").write_text(entity(label="Persn") + "\n" + entity(label="Company"), encoding="utf8")
    err = refused("evaluate", here / "run", "bad.jsonl")
    assert (
        "(3 problems)" in err
        and "bad.jsonl:1: entity type 'Persn'" in err
        and "did you mean 'Person'?" in err
    )
    assert "bad.jsonl:2: entity type 'Company'" in err
    assert "only the types that it was trained with" in err and "rename the types" in err


def test_corpora_without_a_word_or_without_a_type(refused, training):
    Path("wordless.jsonl").write_text('{"text": " "}\n', encoding="utf8")
    Path("bare.jsonl").write_text('{"text": "Ann sings."}\n', encoding="utf8")
    assert "corpora.dev: no document has a word" in refused(*training("", "wordless.jsonl"))
    assert "(2 problems)" in refused(*training("wordless.jsonl", "wordless.jsonl"))
    err = refused(*training("bare.jsonl"))
    assert "(1 problem)" in err and "no document has an annotated entity" in err and "--paths.types" in err
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"entities": ["Person"]}', "there is no object or list 'relations'"),
        ('{"entities": ["Persn"], "relations": []}', "did you mean 'Persn'?"),
        ('{"entities": {"A": {}, "A": {}}}', "'A' occurs twice"),
        ('{"entities": [\n', "types.json:2:1: broken JSON"),
        ("", "types.json:1:1: broken JSON"),
    ],
)
def test_faulty_types_files(refused, training, text, message):
    Path("types.json").write_text(text, encoding="utf8")
    assert message in refused(*training("", "", "--paths.types=types.json"))


CONFIGS = {
    "a folder": ("folder", "is a folder", "pass a file"),
    "a model folder": ("run", "is a folder", "config.cfg?"),
    "a misspelt name": (
        "spert/conl04",
        "is neither a file nor a built-in config",
        "did you mean 'spert/conll04'",
    ),
    "a broken link": ("link", "is a link to gone.cfg", ""),
    "no name": ("", "is neither a file nor a built-in config", "pass a file"),
    "a long name": ("x" * 300, "cannot be read: File name too long", ""),
    "a corpus": ("corpus.jsonl", "comes before the first section", "move it below a [section]"),
    "bytes": ("bytes.cfg", "bytes.cfg:2: is not UTF-8 text", "save the file as UTF-8"),
    "NUL": ("nul.cfg", "nul.cfg:2: is not UTF-8 text", "save the file as UTF-8"),
    "gzip": ("packed.cfg", "is not UTF-8 text", "unpack it"),
    "empty": ("empty.cfg", "[model]: this section is missing", "jointre init config"),
}


@pytest.mark.parametrize("command", [["train"], ["init", "fill-config"]])
@pytest.mark.parametrize("name", CONFIGS)
def test_things_that_are_no_config(here, refused, command, name):
    source, what, remedy = CONFIGS[name]
    Path("folder").mkdir()
    Path("link").symlink_to("gone.cfg")
    Path("corpus.jsonl").write_text("\n".join(GOOD * 9), encoding="utf8")
    for file, data in {"bytes": b"[model]\na = \xff", "nul": b"[model]\n\0", "empty": b""}.items():
        Path(f"{file}.cfg").write_bytes(data)
    Path("packed.cfg").write_bytes(gzip.compress(b"[model]"))
    err = refused(*command, here / "run" / "model" if source == "run" else source)
    assert what in err and remedy in err and len(err.splitlines()) < 50


def test_several_faults_of_a_config_and_its_overlay_at_once(refused):
    Path("over.cfg").write_text('[training]\nepochs = "7"\nclip = .5\n[trainin]\na = 1\n', encoding="utf8")
    err = refused("train", "quickstart", "--with", "over.cfg")
    assert (
        "(3 problems)" in err and "over.cfg:2 [training] epochs: expected an integer, not the text '7'" in err
    )
    assert "-> write 7" in err and "-> write 0.5" in err and "did you mean 'training'?" in err


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--training.epochs=" + "[" * 100000, "nested too deeply"),
        ("--training.epochs=" + "9" * 5000, "expected an integer"),
        ("--training.epochs=9999999999", "integers go up to 2147483647"),
        ("--training.clip=1e999", "a number is not finite"),
        ('--paths.train="\\ud800"', "is not Unicode text"),
        ("--training.epochs", "write --training.epochs=VALUE"),
        ("--training=3", "name one of its keys: --training.KEY=VALUE"),
        ("--=3", "unknown option"),
        ("--..=3", "there is no such key"),
        ("--device=gpu", "must be auto, cpu, cuda or cuda:N"),
        ("--model.@models=jointre.joint.v2", "(1 problem)"),
        ("--devise=cpu", "did you mean --device?"),
    ],
)
def test_overrides_of_every_bad_kind(refused, option, message):
    assert message in refused("train", "quickstart", option)


@pytest.mark.parametrize("command", ["evaluate", "predict"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--device", "gpu"], "one of: auto, cpu, cuda, cuda:N"),
        (["--devise", "cpu"], "--device"),
        (["--batch-pieces", "0"], "greater than or equal to 1"),
        (["--code", "gone.py"], "gone.py: does not exist"),
        (["--code", "bad.py"], "bad.py:1: ModuleNotFoundError"),
    ],
)
def test_options_of_every_bad_kind(here, refused, command, options, message):
    Path("bad.py").write_text("import not_there_at_all", encoding="utf8")
    assert message in refused(command, here / "run", here / "toy.jsonl", *options)


def outputs(here):
    data = here / "toy.jsonl"
    return {
        "predict": ["predict", here / "run", data],
        "evaluate": ["evaluate", here / "run", data, "--output"],
        "predictions": ["evaluate", here / "run", data, "--predictions"],
        "config": ["init", "config"],
        "filled": ["init", "fill-config", "quickstart"],
        "train": ["train", "quickstart", "--output"],
    }


@pytest.mark.parametrize("command", ["predict", "evaluate", "predictions", "config", "filled", "train"])
def test_outputs_that_cannot_be_written(here, refused, command):
    Path("file").write_text("mine", encoding="utf8")
    Path("folder").mkdir()
    arguments = outputs(here)[command]
    assert "file: is a file, not a folder" in refused(*arguments, "file/out")
    assert "File name too long" in refused(*arguments, "x" * 300)
    if command != "train":
        if command not in ("predict", "predictions"):  # which work in bulk then
            assert "folder: is a folder" in refused(*arguments, "folder")
        assert "no: no such folder" in refused(*arguments, "no/out")
        assert "is not a regular file" in refused(*arguments, os.devnull)
    assert Path("file").read_text("utf8") == "mine" and not list(Path("folder").iterdir())


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("command", ["predict", "evaluate", "predictions", "config", "filled", "train"])
def test_folders_without_permission(here, refused, command):
    Path("closed").mkdir(mode=0o500)
    Path("secret.jsonl").touch(mode=0)
    assert "no permission to write" in refused(*outputs(here)[command], "closed/out")
    assert "Permission denied" in refused("evaluate", here / "run", "secret.jsonl")
    assert "Permission denied" in refused("debug", "config", "secret.jsonl")


@pytest.fixture
def model(here):
    """A copy of the model folder, to spoil."""
    return shutil.copytree(here / "run" / "model", "model")


def change_json(file, **changes):
    file.write_text(json.dumps({**json.loads(file.read_text("utf8")), **changes}), encoding="utf8")


def other_shape(folder):
    from jointre.data.atomic_write import file_sha256

    weights = folder / "model.safetensors"
    state = load_file(weights)
    state["relation_head.classifier.bias"] = state["relation_head.classifier.bias"][:1].clone()
    save_file(state, weights)
    change_json(folder / "meta.json", weights_sha256=file_sha256(weights))


SPOILED = {
    "a missing file": (
        lambda f: (f / "labels.json").unlink(),
        "labels.json is missing",
        "copy the whole folder",
    ),
    "all files missing": (
        lambda f: [shutil.rmtree(f), f.mkdir()],
        "meta.json is missing",
        "written by `jointre train`",
    ),
    "no folder": (shutil.rmtree, "the folder does not exist", "written by `jointre train`"),
    "a file": (
        lambda f: [shutil.rmtree(f), f.touch()],
        "it is a file, not a folder",
        "written by `jointre train`",
    ),
    "altered weights": (
        lambda f: (f / "model.safetensors").write_bytes(b"x"),
        "model.safetensors is not the file that was saved",
        "copy the folder again",
    ),
    "a wrong shape": (
        other_shape,
        "relation_head.classifier.bias has shape [1]",
        "another config.cfg or labels.json",
    ),
    "a plugin that is not there": (
        lambda f: change_json(f / "meta.json", packages={"acme-parts": "1.2"}),
        "uses functions of the package 'acme-parts', which is not installed",
        "pip install acme-parts==1.2",
    ),
    "code that is not given": (
        lambda f: change_json(f / "meta.json", packages={"my_parts": ""}),
        "uses functions of my_parts.py",
        "--code my_parts.py",
    ),
    "packages that are none": (
        lambda f: change_json(f / "meta.json", packages=3),
        "'packages' is not an object",
        "again",
    ),
    "broken meta data": (lambda f: (f / "meta.json").write_text("{"), "meta.json:1:2: broken JSON", "again"),
    "labels that are a list": (
        lambda f: (f / "labels.json").write_text("[]"),
        "is not a JSON object",
        "again",
    ),
    "labels of another kind": (
        lambda f: change_json(f / "labels.json", relations={}, entities={}),
        "there are no entity types",
        "name at least one",
    ),
    "a config that does not check": (
        lambda f: (f / "config.cfg").write_text((f / "config.cfg").read_text().replace("max.v1", "maxx.v1")),
        "'jointre.maxx.v1' is not one of the poolers of this jointre",
        "install the package that provides it",
    ),
    "a folder for a file": (
        lambda f: [(f / "model.safetensors").unlink(), (f / "model.safetensors").mkdir()],
        "model.safetensors is a folder, not a file",
        "",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_spoiled_model_folders(here, model, refused, name):
    spoil, what, remedy = SPOILED[name]
    spoil(Path(model))
    for command in ("evaluate", "predict"):
        err = refused(command, model, here / "toy.jsonl")
        assert what in err and remedy in err


def test_importing_what_is_no_checkpoint(here, refused):
    Path("folder").mkdir()
    Path("types.json").write_text('{"entities": ["A"], "relations": []}', encoding="utf8")
    assert "types.jso: no such file" in refused("import", "spert", "folder", "out", "--types", "types.jso")
    for source in ("folder", "types.json", "nowhere"):
        refused("import", "spert", source, "out", "--types", "types.json")
    assert not Path("out").exists()


@pytest.mark.parametrize("command", [[], ["config"], ["debug"], ["init"], ["import"]])
def test_a_group_without_a_command_shows_its_help(command, capsys):
    code = run(command)
    out, err = capsys.readouterr()
    assert code == 2 and "Commands" in out and "error" not in err


def test_usage_errors_name_the_help_of_their_command(refused):
    assert "jointre evaluate --help" in refused("evaluate")
    assert "Did you mean 'diff'?" in refused("config", "dif")


def test_no_command_replaces_what_it_reads(here, refused, tmp_path):
    corpus = tmp_path / "c.jsonl"
    corpus.write_bytes((here / "toy.jsonl").read_bytes())
    config = tmp_path / "my.cfg"
    config.write_text('[model]\n@models = "jointre.joint.v1"\n', "utf8")
    for arguments in (
        ["evaluate", here / "run", corpus, "--output", corpus],
        ["evaluate", here / "run", corpus, "--predictions", corpus],
        ["init", "labels", corpus, "--output", corpus, "--force"],
        ["init", "config", corpus, "--train", corpus, "--force"],
        ["init", "fill-config", config, config, "--force"],
    ):
        before = arguments, corpus.read_bytes(), config.read_bytes()
        assert "is the same file as" in refused(*arguments)
        assert before == (arguments, corpus.read_bytes(), config.read_bytes())
    err = refused("evaluate", here / "run", corpus, "--output", "a", "--predictions", tmp_path / "a")
    assert "two outputs are the same file" in err


def test_all_faults_of_the_command_line_and_the_config_come_together(refused, tmp_path):
    (tmp_path / "a.cfg").write_text("[trainin]\n", "utf8")
    (tmp_path / "taken").write_text("", "utf8")
    arguments = ["a.cfg", "stray", "--training.epoch=3", "--training", "--resume", "--force", "-o", "taken"]
    err = refused("train", *arguments)
    for part in (
        "invalid command line (7 problems)",
        "'stray': is not expected here",
        "[trainin]: there is no such section",
        "did you mean --training.epochs?",
        "--training: is a section, not a value",
        "--resume continues the run that --force would overwrite",
        "taken: is a file, not a folder",
    ):
        assert part in err, part
    for command in (["pretrain"], ["debug", "config"], ["experiment", "list"]):
        err = refused(*command, "a.cfg", "stray")
        assert "'stray'" in err and "(1 problem)" not in err


@pytest.mark.parametrize("text", ["Ada leads Graz", "It's here.", "\u5979\u5728\u3002"])
def test_a_text_in_place_of_a_file_is_shown_the_way(here, refused, text):
    err = refused("predict", here / "run", text)
    assert f"echo {shlex.quote(text)} | jointre predict MODEL -" in err


def test_a_long_text_in_place_of_a_file(here, refused):
    err = refused("predict", here / "run", "word " * 2000)
    assert 'echo "TEXT" | jointre predict MODEL -' in err and len(err) < 1000


def test_no_output_is_suggested_as_input(here, refused, tmp_path):
    shutil.copytree(here / "run", tmp_path / "note.json")
    for name in ("noted.jsonl", ".note.jsonl.0123456789abcdef.part"):
        (tmp_path / name).write_text("", "utf8")
    found = json.loads(GOOD[0])
    found["entities"] = [{**found["entities"][0], "score": 0.5}]
    (tmp_path / "notes.jsonl").write_text(json.dumps(found) + "\n", "utf8")
    arguments = ["predict", here / "run", "note.jsonl"]
    assert "did you mean 'noted.jsonl'?" in refused(*arguments)
    assert "did you mean" not in refused(*arguments, "noted.jsonl", "--force")
