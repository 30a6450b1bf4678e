"""The command line as a user types it: real processes, real files, exit codes, stdout and stderr apart."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from command_process import completed, start

from jointre.cli.app import SPINNING, main, run
from jointre.data.write import to_line
from jointre.testing import tiny_encoder_folder, toy_docs

ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "COLUMNS": "100"}


def jointre(*arguments, stdin=""):
    return completed([str(argument) for argument in arguments], ENVIRONMENT, stdin)


@pytest.fixture
def here(capsys, monkeypatch):
    """As `jointre`, in this process: seconds less, where a process of its own is not what is tested."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")

    def command(*arguments):
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=written.out, stderr=written.err)

    return command


def train_arguments(place: Path, epochs: int = 1):
    readers = [f"--corpora.{split}.@readers=jointre.jsonl.v1" for split in ("train", "dev")]
    paths = [f"--paths.{split}={place / 'toy.jsonl'}" for split in ("train", "dev")]
    encoder = f"--model.encoder.name={place / 'encoder'}"
    return [
        "train",
        "spert/conll04",
        encoder,
        *readers,
        *paths,
        f"--training.epochs={epochs}",
        "--model.entity_head.sampler.max_width=2",  # an untrained model sees relations between all spans
        "--device",
        "cpu",
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a tiny encoder, a toy corpus and a trained run."""
    folder = tmp_path_factory.mktemp("place")
    tiny_encoder_folder(folder / "encoder")
    lines = "".join(f"{to_line(doc)}\n" for doc in toy_docs(12))
    (folder / "toy.jsonl").write_text(lines, encoding="utf8")
    done = jointre(*train_arguments(folder), "-o", folder / "run")
    assert done.returncode == 0, done.stderr
    (folder / "train.out").write_text(done.stdout, encoding="utf8")
    (folder / "train.err").write_text(done.stderr, encoding="utf8")
    return folder


@pytest.mark.parametrize(("given", "expected"), [({}, "passive"), ({"GOMP_SPINCOUNT": "100"}, None)])
def test_threads_wait_without_spinning_unless_told_otherwise(monkeypatch, given, expected, capsys):
    for name in SPINNING:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["jointre", "--version"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0 and os.environ.get("OMP_WAIT_POLICY") == expected


def test_help_is_light_and_names_every_command():
    program = (
        "import sys; from jointre.cli.app import run; code = run(['--help']);"
        "heavy = {'torch', 'transformers', 'accelerate', 'numpy'} & set(sys.modules); sys.exit(len(heavy) or code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf8", env=ENVIRONMENT
    )
    assert done.returncode == 0
    for command in (
        "train",
        "evaluate",
        "predict",
        "annotate",
        "compare",
        "init",
        "debug",
        "registry",
        "import",
    ):
        assert command in done.stdout


def test_no_help_text_loses_words_in_brackets():
    """The help is shown as markup, in which [default: ...] is a style and vanishes."""
    from typer.main import get_command

    from jointre.cli.app import app

    def texts(command):
        yield command.help or ""
        for parameter in command.params:
            yield getattr(parameter, "help", None) or ""
        for inner in getattr(command, "commands", {}).values():
            yield from texts(inner)

    found = list(texts(get_command(app)))
    assert len(found) > 100
    assert [text for text in found if "[" in text] == []


def test_training_shows_scores_with_protocol_and_what_to_type_next(place):
    out, err = (place / "train.out").read_text("utf8"), (place / "train.err").read_text("utf8")
    assert "strict (Rel+)" in out and "boundaries (Rel)" in out and "macro" in out
    assert "epoch 1/1" in err and "next: jointre evaluate" in err
    assert "epoch 1/1" not in out


def test_evaluate_as_tables_json_and_files(place, tmp_path):
    data = place / "toy.jsonl"
    done = jointre(
        "evaluate", place / "run", data, "-o", tmp_path / "s.json", "--predictions", tmp_path / "p.jsonl"
    )
    assert done.returncode == 0 and "strict (Rel+)" in done.stdout
    facts = json.loads((tmp_path / "s.json").read_text("utf8"))
    assert facts["scores"]["strict"]["protocol"].startswith("strict")
    assert len((tmp_path / "p.jsonl").read_text("utf8").splitlines()) == facts["documents"] == 12
    again = jointre("evaluate", place / "run", data, "--json")
    assert json.loads(again.stdout)["scores"] == facts["scores"]


def test_predict_from_stdin_pipes_jsonl(place):
    done = jointre("predict", place / "run", "-", stdin="Anna Berg met Otto. Then it rained.\n\nThe end.\n")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [(row["id"], row["text"]) for row in rows] == [
        ("stdin:1", "Anna Berg met Otto. Then it rained."),
        ("stdin:3", "The end."),
    ]
    assert rows[0]["sentences"] == [[0, 19], [20, 35]]
    for row in rows:
        assert all(row["text"][e["start"] : e["end"]] == e["text"] for e in row["entities"])
        assert all(relation["evidence"] in row["sentences"] for relation in row["relations"])


def test_predict_a_record_for_each_sentence(place):
    text = "Anna Berg met Otto. Then it rained.\n\nThe end.\n"
    done = jointre("predict", place / "run", "-", "--level", "sentence", stdin=text)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["id"], row["text"], row["line"], row["start"]) for row in rows] == [
        ("stdin:1", "Anna Berg met Otto.", 1, 0),
        ("stdin:1", "Then it rained.", 1, 20),
        ("stdin:3", "The end.", 3, 0),
    ]
    for row in rows:
        assert all(row["text"][e["start"] : e["end"]] == e["text"] for e in row["entities"])


@pytest.mark.parametrize("form", ["text", "jsonl", "spert", "html"])
def test_predict_in_every_form(place, tmp_path, form, here):
    target, source = tmp_path / "out", place / "toy.jsonl"
    if form == "text":  # a line for each of the thousands of relations that a model of one epoch sees
        source = tmp_path / "two.jsonl"
        lines = (place / "toy.jsonl").read_text("utf8").splitlines(keepends=True)
        source.write_text("".join(lines[:2]), "utf8")
    done = here("predict", place / "run", source, target, "--format", form)
    assert done.returncode == 0, done.stderr
    text = target.read_text("utf8")
    if form == "text":
        assert "──" in text
    if form == "spert":
        assert [set(row) for row in json.loads(text)] == [{"id", "tokens", "entities", "relations"}] * 12
    if form == "html":
        assert text.lower().startswith("<!doctype html>") and "://" not in text
    assert done.stdout == "" and str(target) in done.stderr


def test_predict_relations_between_given_entities(place, tmp_path, here):
    text, given = tmp_path / "in.txt", tmp_path / "entities.jsonl"
    text.write_text("Ada leads Lumitex.\n\nIt rains.\n", encoding="utf8")
    spans = [{"start": 0, "end": 3, "label": "Person"}, {"start": 10, "end": 17, "label": "Person"}]
    given.write_text(json.dumps({"entities": spans}) + '\n{"entities": []}\n', encoding="utf8")
    done = here("predict", place / "run", text, "--entities", given)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[e["text"] for e in doc["entities"]] for doc in found] == [["Ada", "Lumitex"], []]
    assert "1 document without entities" in done.stderr
    done = here("predict", place / "run", text, "--entities", "gold")
    assert done.returncode == 2 and "is raw text" in done.stderr


def test_predict_never_overwrites_without_force(place, tmp_path, here):
    (tmp_path / "out.jsonl").write_text("mine", encoding="utf8")
    done = here("predict", place / "run", place / "toy.jsonl", tmp_path / "out.jsonl")
    assert done.returncode == 2 and "--force" in done.stderr
    assert (tmp_path / "out.jsonl").read_text("utf8") == "mine"


def test_faulty_input_is_refused_with_its_line(place, tmp_path, here):
    (tmp_path / "bad.jsonl").write_text('{"text": "fine"}\n{"text": \n', encoding="utf8")
    done = here("predict", place / "run", tmp_path / "bad.jsonl")
    assert done.returncode == 2 and "bad.jsonl:2" in done.stderr and "Traceback" not in done.stderr


def test_several_faults_of_a_config_at_once(tmp_path, here):
    (tmp_path / "m.cfg").write_text(
        '[trainin]\nepochs = 3\n\n[model]\n@models = "jointre.joint.v2"\n', encoding="utf8"
    )
    done = here("train", tmp_path / "m.cfg")
    assert done.returncode == 2
    assert "did you mean" in done.stderr and "trainin" in done.stderr and "jointre.joint.v2" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["trian"], "train"),
        (["train", "quickstart", "--outptu=x"], "--output"),
        (["train", "quickstart", "--training.epohcs=3"], "--training.epochs"),
        (["train", "spert/conll4"], "spert/conll04"),
        (["train", "spert/conll04"], "paths.train"),
        (["evaluate", "nowhere", "sample:test"], "the folder does not exist"),
    ],
)
def test_wrong_requests_are_refused_with_a_suggestion(arguments, expected, tmp_path, here, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = here(*arguments)
    assert done.returncode == 2
    assert expected in done.stderr and done.stdout == "" and "Traceback" not in done.stderr


def test_ctrl_c_leaves_a_model_that_predicts(place, tmp_path):
    command = [*train_arguments(place, epochs=5000), "-o", tmp_path / "run"]
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        process = start([str(argument) for argument in command], ENVIRONMENT, out, out, err)
        log = tmp_path / "run" / "log.jsonl"
        for _ in range(600):
            if log.exists() and log.read_text("utf8").count("\n") > 2:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        code = process.wait()
    told = (tmp_path / "err").read_text("utf8")
    assert code == 130, told
    assert "interrupted" in told and "next: jointre evaluate" in told
    assert jointre("predict", tmp_path / "run", "-", stdin="Anna met Otto.").returncode == 0


def test_code_of_ones_own_trains_and_loads(place, tmp_path):
    (tmp_path / "first.py").write_text(
        "from jointre.poolers import Pooler\n"
        "from jointre.registry import registry\n\n"
        "@registry.poolers('acme.first.v1')\n"
        "class FirstPooler(Pooler):\n"
        "    def forward(self, view, doc, ranges):\n"
        "        start = ranges[:, 0].clamp(max=view.states.shape[1] - 1)\n"
        "        return view.states[doc, start] * (ranges[:, 1] > ranges[:, 0]).unsqueeze(-1)\n",
        encoding="utf8",
    )
    code = ["--code", tmp_path / "first.py"]
    pooler = "--model.entity_head.extractor.pooler.@poolers=acme.first.v1"
    done = jointre(*train_arguments(place), pooler, *code, "-o", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    without = jointre("predict", tmp_path / "run", "-", stdin="Anna met Otto.")
    assert without.returncode == 2 and "--code first.py" in without.stderr
    assert jointre("predict", tmp_path / "run", "-", *code, stdin="Anna met Otto.").returncode == 0


def test_overlay_of_two_lines_swaps_the_pooler(place, tmp_path, here):
    (tmp_path / "mean.cfg").write_text(
        '[model.entity_head.extractor.pooler]\n@poolers = "jointre.mean.v1"\n', encoding="utf8"
    )
    done = here(*train_arguments(place), "--with", tmp_path / "mean.cfg", "-o", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "jointre.mean.v1" in (tmp_path / "run" / "model" / "config.cfg").read_text("utf8")


def test_init_labels_writes_a_types_file_that_training_takes(place, tmp_path, here):
    types = tmp_path / "types.json"
    done = here("init", "labels", place / "toy.jsonl", "-o", types, "--symmetric", "knows")
    assert done.returncode == 0, done.stderr
    labels = json.loads(types.read_text(encoding="utf8"))
    assert {"label": "knows", "symmetric": True} in labels["relations"]
    done = here(*train_arguments(place), "--paths.types", types, "-o", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    done = here("init", "labels", place / "toy.jsonl", "--symmetric", "knew")
    assert done.returncode == 2 and "no corpus has a relation type 'knew'" in done.stderr


def test_types_that_only_dev_has_are_refused_with_the_way_out(place, tmp_path, here):
    dev = tmp_path / "dev.jsonl"
    text = (place / "toy.jsonl").read_text(encoding="utf8")
    dev.write_text(text.replace('"label": "leads"', '"label": "led"'), encoding="utf8")
    arguments = [f"--paths.dev={dev}" if a.startswith("--paths.dev") else a for a in train_arguments(place)]
    done = here(*arguments, "-o", tmp_path / "run")
    assert done.returncode == 2 and "jointre init labels TRAIN DEV" in done.stderr


def test_debug_model_counts_parameters_without_weights(place, here):
    done = here("debug", "model", "spert/conll04", f"--model.encoder.name={place / 'encoder'}", "--json")
    parts = json.loads(done.stdout)["components"]
    whole = next(part for part in parts if part["depth"] == 0)
    encoder = next(part for part in parts if part["name"] == "encoder")
    assert whole["parameters"] > encoder["parameters"] > 0
