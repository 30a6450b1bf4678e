"""Every code block of the documentation runs on toy data, or says why not.

Commands that train or run experiments would take hours: the config or experiment that they name is loaded and checked
with all their options. Commands with placeholders (``…``, ``$CONLL04``, ``EXPERIMENT``) are parsed. ``pip`` is not run.
"""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator
from configparser import ConfigParser
from importlib.util import find_spec
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.main import get_command

from jointre.cli.app import app
from jointre.cli.config_argument import overrides_left
from jointre.config import import_code, load_config
from jointre.config.source import parse
from jointre.errors import ConfigError, FaultList
from jointre.experiments.experiment_file import read_file
from jointre.registry import registry
from jointre.testing import toy_docs
from tests.docs.page_blocks import PAGES, ROOT, Block, blocks, command_lines

COVERED = {
    ("docs/data-formats.md", language): "tests/readers/test_reader_docs.py"
    for language in ("json", "jsonl", "conll", "csv", "brat", "python")
}
"""Blocks that a test of their own runs."""
BASES = ("spert/conll04", "jointre/base", "giorgi/conll04", "sinet/scierc", "redn/semeval", "enpar/pretrain")
"""Configs that an overlay of a page may be laid over."""
EXPERIMENT = '[experiment]\nconfig = "spert/conll04"\nseeds = [0]\n'
"""What a page leaves out that shows only the section of a variant."""
PATHS = {"train": "corpus.jsonl", "dev": "other.jsonl", "types": "types.json"}
"""The corpora of a config that a page takes for granted."""
PLACEHOLDER = re.compile(r"…|\.\.\.|\$|\b(EXPERIMENT|EXP|LOSSES|MODEL|INPUT|OUTPUT)\b")
SPACY = re.compile(r"spacy:\w+|--workers \d+")
FASTER = {"s": "gazetteer:names.tsv", "-": "--workers 1"}
"""What takes long to start, and what runs instead."""
LONG = ("train", "pretrain", "experiment run")
STORED = ("experiment table", "experiment plot", "experiment pack")
"""Commands that need the results of an experiment."""
WRITTEN = ("output", "out", "predictions")
"""Parameters that name what a command writes; all others may name what it reads."""
RUN_FOLDER = re.compile(r"\b(?:(?:runs|models)/[\w-]+|quickstart/run)(?![\w/.-])")
ALL = [block for page in PAGES for block in blocks(page)]
ROOT_COMMAND = get_command(app)


def test_every_block_names_its_language_and_what_is_not_run_says_why() -> None:
    assert [block.place for block in ALL if not block.language] == []
    unknown = {block.language for block in ALL} - {*RUNNERS, "text"} - {language for _, language in COVERED}
    assert not unknown
    assert [block.place for block in ALL if block.reason and block.language == "text"] == []
    assert len(ALL) > 150 and sum(bool(block.reason) for block in ALL) < 25


@pytest.mark.parametrize("page", [page for page in PAGES if any(block.page == page for block in ALL)])
def test_blocks_run(page: str, place: "Place") -> None:
    found = list(blocks(page))
    for block, following in zip(found, [*found[1:], None], strict=True):
        if block.refused:
            assert following is not None
            run_refused(place, block, following.text)
            continue
        if block.language == "text" or block.reason or (page, block.language) in COVERED:
            place.save(block)
            continue
        try:
            RUNNERS[block.language](place, block)
        except BaseException as error:
            raise AssertionError(f"{block.place}: {error}") from error


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path) -> Path:
    """A folder with the run of a tiny model on a part of the bundled corpus, and files for the commands."""
    from jointre.cli.app import run

    folder = tmp_path_factory.mktemp("docs")
    shutil.copytree(encoder_folder, folder / "encoder")
    sample = ROOT / "jointre" / "sample"
    lines = (sample / "train.jsonl").read_text(encoding="utf8").splitlines(keepends=True)
    (folder / "corpus.jsonl").write_text("".join(lines[:24]), encoding="utf8")
    (folder / "other.jsonl").write_text("".join(lines[24:48]), encoding="utf8")
    shutil.copy(sample / "types.json", folder / "types.json")
    options = [
        f"--paths.train={folder / 'corpus.jsonl'}",
        f"--paths.types={folder / 'types.json'}",
        f"--model.encoder.name={folder / 'encoder'}",
        "--model.entity_head.sampler.max_width=2",
        "--model.pair_sampler.max_spans=6",  # a model that has learnt nothing finds entities everywhere
        "--training.epochs=1",
        "--system.device=cpu",
    ]
    assert run(["train", "spert/conll04", *options, "-o", str(folder / "run"), "-q"]) == 0
    return folder


class Place:
    """A folder in which the blocks of a page run, one after the other."""

    def __init__(self, folder: Path, trained: Path, call: Callable[..., SimpleNamespace]) -> None:
        self.folder, self.trained, self.call = folder, trained, call
        gold = toy_docs(4)
        self.names: dict[str, Any] = {"__name__": "page", "gold": gold, "golds": gold, "predicteds": gold}
        self.provide("names.tsv")
        self.names.update(pairs=list(zip(gold, gold, strict=True)), a=gold, b=[doc.bare() for doc in gold])

    def provide(self, name: str) -> None:
        """Make an input that a page takes for granted, unless an earlier block has made it."""
        path = self.folder / name
        if path.exists() or name.startswith("-") or ":" in name:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if RUN_FOLDER.fullmatch(name):
            shutil.copytree(self.trained / "run", path)
        elif path.name == "types.json":
            shutil.copy(self.trained / "types.json", path)
        elif name == "plain.jsonl":
            path.write_text('{"text": "Ann lives in Rome."}\n', encoding="utf8")
        elif name == "entities.jsonl":
            names = {"entities": [{"start": 0, "end": 8, "label": "Person"}]}
            path.write_text(f"{json.dumps(names)}\n" * 2, encoding="utf8")
        elif path.suffix in (".json", ".jsonl"):
            shutil.copy(self.trained / ("corpus.jsonl" if "train" in name else "other.jsonl"), path)
        elif path.suffix == ".txt" or name == "text":
            path.write_text("Ida Holm works for Velden in Oslo.\nMia Berg lives in Rome.\n", encoding="utf8")
        elif name == "brat_folder":
            assert self.call(["convert", str(self.trained / "other.jsonl"), name, "--to", "brat"]).code == 0
        elif path.name == "test.tsv":
            assert (
                self.call(
                    ["convert", str(self.trained / "other.jsonl"), name, "--to", "column:scheme=BIO"]
                ).code
                == 0
            )
        elif path.suffix == ".tsv":
            path.write_text("Velden\tOrganization\nOslo\tLocation\n", encoding="utf8")
        elif path.suffix == ".py":
            path.touch()
        elif path.suffix == ".cfg":
            given = [f'{key} = "{self.trained / file}"' for key, file in PATHS.items()]
            lines = ["[base]", 'config = "jointre/base"', "[paths]", *given, ""]
            path.write_text("\n".join(lines), encoding="utf8")

    def convert(self, name: str, form: str) -> None:
        """Write the corpus in another format."""
        assert self.call(["convert", str(self.trained / "other.jsonl"), name, "--to", form]).code == 0

    def provide_all(self, value: Any) -> None:
        """Make the inputs that a value of a command line names: a text, a path, or several."""
        if isinstance(value, str | Path):
            self.provide(str(value))
        elif isinstance(value, Iterable):
            for item in value:
                self.provide_all(item)

    def save(self, block: Block) -> Path | None:
        """Write a block to the file that its first line names, if any, and return the file."""
        named = re.match(r"# ([\w/-]+\.(?:cfg|py))\b", block.text)
        path = self.folder / named[1] if named else None
        if path:
            path.write_text(block.text, encoding="utf8")
        return path


@pytest.fixture
def place(
    tmp_path: Path, trained: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, registered: None
) -> Iterator[Place]:
    from jointre.cli.app import run

    monkeypatch.chdir(tmp_path)

    def call(words: list[str]) -> SimpleNamespace:
        text = TextIOWrapper(BytesIO(b"Ida Holm works for Velden in Oslo.\n"))
        monkeypatch.setattr("sys.stdin", text)
        code = run(words)
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    yield Place(tmp_path, trained, call)


def run_json(place: Place, block: Block) -> None:
    """Parse JSON, or one record per line."""
    try:
        json.loads(block.text)
    except json.JSONDecodeError:
        for line in block.text.splitlines():
            json.loads(line)


def run_python(place: Place, block: Block) -> None:
    """Run a block with the names of the blocks before it."""
    if path := place.save(block):
        import_code(path)
        return
    for name in RUN_FOLDER.findall(block.text):
        place.provide(name)
    for name in re.findall(r'"([\w/]+\.(?:jsonl?|txt|py))"', block.text):
        place.provide(name)
    exec(compile(block.text, block.place, "exec"), place.names)


def run_ini(place: Place, block: Block) -> None:
    """Load a config, an overlay or an experiment; check that entry points are those of registries."""
    place.save(block)
    if "[options.entry_points]" in block.text:
        parser = ConfigParser()
        parser.read_string(block.text)
        groups = parser["options.entry_points"]
        assert all(registry.find(name.removeprefix("jointre_")) for name in groups)
        return
    path = place.folder / "block.cfg"
    if re.search(r"^\[(experiment|variants\.|folds|search)", block.text, re.MULTILINE):
        head = "" if "[experiment]" in block.text else EXPERIMENT
        end = "" if "[variants" in block.text else "[variants.max]\n"
        path.write_text(f"{head}{block.text}{end}", encoding="utf8")
        assert read_file(str(path)).variants
        return
    path.write_text(block.text, encoding="utf8")
    if "[base]" in block.text or "@models" in block.text:
        load_config(path)
        return
    problems = []
    for base in BASES:
        try:
            load_config(base, [parse(block.text, "overlay")])
            return
        except ConfigError as error:
            problems.append(str(error))
    raise AssertionError(problems[0])


def run_commands(place: Place, block: Block) -> None:
    """Run or check each command of a block."""
    for line in command_lines(block):
        words = shlex.split(SPACY.sub(lambda found: FASTER[found[0][0]], line))
        if words[0] == "make":
            targets = (ROOT / "Makefile").read_text(encoding="utf8")
            assert f"\n{words[1]}:" in targets, line
        elif words[0] == "pip":
            continue
        elif words[:2] == ["python", "-m"]:
            assert find_spec(words[2]), line
        elif "jointre" in words:
            run_jointre(place, line, words[words.index("jointre") + 1 :])
        else:
            raise AssertionError(f"neither jointre nor make: {line}")


def run_refused(place: Place, block: Block, message: str) -> None:
    """Run the command of a block, which must fail with this message."""
    (line,) = command_lines(block)
    words = shlex.split(line)
    for word in words:
        place.provide(word.rpartition("=")[2])
    done = place.call(words[1:])
    assert done.code == 2 and message.rstrip() in done.err, f"{block.place}: {done.err}"


def run_jointre(place: Place, line: str, words: list[str]) -> None:
    """Run a command of jointre; check it only, if it is a long one or has placeholders."""
    name, command = named(words)
    if command is None or "--help" in words:
        assert place.call(words).code == 0, line
        return
    given = words[len(name.split()) :]
    if PLACEHOLDER.search(line) or "--devices" in words:  # of GPUs
        command.make_context(name, given)
    elif name in LONG:
        for word in given:
            place.provide(word.rpartition("=")[2])
        check_config(name, command, given)
    elif name in STORED or "--pretrain" in line or (name == "compare" and "/runs/" in line):
        command.make_context(name, given)
    else:
        context = command.make_context(name, given)
        for key, value in context.params.items():
            if key not in WRITTEN:
                place.provide_all(value)
        place.provide_all(word.rpartition("=")[2] for word in context.args)
        extra = ["--force"] if "force" in context.params else []
        extra += ["--samples", "200"] if name == "compare" else []
        if name in ("debug data", "debug model", "experiment list"):
            extra.append(f"--model.encoder.name={place.trained / 'encoder'}")
        done = place.call([*words, *extra])
        assert done.code == 0, f"{line}\n{done.err}"


def named(words: list[str]) -> tuple[str, Any]:
    """Return the name of the command that words begin with, and the command; None for options of jointre itself."""
    command: Any = ROOT_COMMAND
    name: list[str] = []
    while hasattr(command, "commands"):
        if len(name) == len(words) or words[len(name)] not in command.commands:
            return "", None
        command = command.commands[words[len(name)]]
        name.append(words[len(name)])
    return " ".join(name), command


def check_config(name: str, command: Any, given: list[str]) -> None:
    """Load the config of a command that trains, with its overlays and overrides."""
    context = command.make_context(name, given)
    faults = FaultList()
    overrides = overrides_left(context, faults)
    faults.raise_all("invalid command line")
    if name == "experiment run":
        assert read_file(context.params["name"]).variants
    else:
        load_config(context.params["config"], context.params["overlays"] or [], overrides)


RUNNERS: dict[str, Callable[[Place, Block], None]] = {
    "bash": run_commands,
    "ini": run_ini,
    "json": run_json,
    "python": run_python,
}
