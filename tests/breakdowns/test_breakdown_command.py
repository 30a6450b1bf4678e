"""`jointre evaluate --by`: tables, JSON, other buckets, what is refused, models from before there were breakdowns."""

import json
from pathlib import Path

import pytest

from jointre.cli.app import run
from jointre.config import load_config
from jointre.data.write import to_line
from jointre.serialize import save_model
from jointre.testing import toy_docs


@pytest.fixture(scope="module")
def place(talkative, encoder_folder, tmp_path_factory):
    """A model that finds many entities and relations, and a toy corpus."""
    folder = tmp_path_factory.mktemp("place")
    name = {"model.encoder.name": str(encoder_folder)}
    model, tokenizer = talkative(max_width=3)
    save_model(folder / "model", model, tokenizer, load_config("spert/conll04", overrides=name))
    lines = "".join(f"{to_line(doc)}\n" for doc in toy_docs(12))
    (folder / "toy.jsonl").write_text(lines, encoding="utf8")
    return folder


@pytest.fixture
def evaluate(place, capsys, monkeypatch):
    """Exit code, stdout and stderr of the command on a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")

    def call(*options: object, model: Path = place / "model"):
        words = ["evaluate", model, place / "toy.jsonl", "--device", "cpu", *options]
        code = run(list(map(str, words)))
        return (code, *capsys.readouterr())

    return call


def test_tables_come_after_the_usual_ones_and_say_what_is_broken_down(evaluate, place):
    code, out, _ = evaluate("--by", "length,distance")
    assert code == 0
    plain, _, broken = out.partition("\nBy length (sentence length in words)\n")
    assert "micro" in plain and "micro" not in broken
    by_length, _, by_distance = broken.partition(
        "\nBy distance (words between the arguments of the relation)\n"
    )
    assert "not for entities" in by_distance and "not for entities" not in by_length
    assert "\n>50             0      0      -      -      -         -\n" in by_length
    assert max(map(len, out.replace(str(place), "place").splitlines())) <= 80


def test_json_and_file_hold_every_bucket_with_its_protocol(evaluate, tmp_path):
    _, out, _ = evaluate(
        "--by", "length,type", "--buckets", "length=5,9", "--json", "-o", tmp_path / "m.json"
    )
    facts = json.loads(out)
    assert facts == json.loads((tmp_path / "m.json").read_text("utf8"))
    length = facts["breakdowns"]["length"]
    assert list(length["buckets"]) == ["<5", "5-8", ">8"]
    scores = [bucket["scores"]["strict"] for bucket in length["buckets"].values()]
    assert {score["protocol"] for score in scores} == {facts["scores"]["strict"]["protocol"]}
    predicted = sum(score["counts"]["predicted"] for score in scores)
    assert predicted == facts["scores"]["strict"]["counts"]["predicted"] > 0
    assert facts["breakdowns"]["type"]["left_out"] == ["entities"]


def test_errors_are_counted_by_class_with_examples(evaluate, place):
    code, out, _ = evaluate("--by", "error")
    assert code == 0
    errors = out.partition("\nBy error (class of the error)\n")[2]
    assert [line.split() for line in errors.splitlines() if line.startswith("class")] == 3 * [
        ["class", "wrong", "%", "of", "predicted", "missed", "%", "of", "gold"]
    ]
    assert "\nexamples\n" in errors
    facts = json.loads(evaluate("--by", "error", "--json")[1])
    classes = facts["breakdowns"]["error"]["buckets"].values()
    for name, score in facts["scores"].items():
        counts = [found["scores"][name]["counts"] for found in classes if name in found["scores"]]
        total = score["counts"]
        assert sum(count.get("wrong", 0) for count in counts) == total["predicted"] - total["correct"] > 0
        assert sum(count.get("missed", 0) for count in counts) == total["gold"] - total["correct"]


def test_without_by_there_are_no_breakdowns(evaluate):
    _, out, _ = evaluate("--json")
    assert "breakdowns" not in json.loads(out)


def test_everything_wrong_with_the_request_is_said_at_once(evaluate):
    buckets = ["length=9,5", "type=3", "distanze=2", "entities=2", "distance", "distance=2,x"]
    options = [word for text in buckets for word in ("--buckets", text)]
    code, out, err = evaluate("--by", "lenght,length,type,distance", *options)
    assert (code, out) == (2, "")
    for said in (
        "(7 problems)",
        "--by: unknown breakdown: 'lenght'",
        "did you mean 'length'?",
        "--buckets length=9,5: bounds of Length: 5 must not follow 9",
        "--buckets type=3: jointre.relation_type.v1 takes no bounds",
        "--buckets distanze=2: unknown breakdown: 'distanze'",
        "--buckets entities=2: entities is not in --by",
        "--buckets distance: expected NAME=N,N,...",
        "--buckets distance=2,x: not whole numbers: 'x'",
    ):
        assert said in err


def without_breakdowns(model: Path) -> str:
    """The config of a model as it was written before there were breakdowns."""
    text = (model / "config.cfg").read_text("utf8")
    head, section, _ = text.partition("[evaluation.breakdowns]")
    assert section, "breakdowns stand last in a config"
    return head


def test_a_model_from_before_there_were_breakdowns_can_be_broken_down(evaluate, place):
    new = evaluate("--by", "length", "--json")
    config = place / "model" / "config.cfg"
    kept = config.read_text("utf8")
    config.write_text(without_breakdowns(place / "model"), encoding="utf8")
    try:
        assert evaluate("--by", "length", "--json") == new
    finally:
        config.write_text(kept, encoding="utf8")


def test_a_breakdown_of_the_config_is_known_by_its_name(evaluate, place):
    own = '\n[evaluation.breakdowns.short]\n@breakdowns = "jointre.length.v1"\nbounds = [4]\n'
    config = place / "model" / "config.cfg"
    kept = config.read_text("utf8")
    config.write_text(kept + own, encoding="utf8")
    try:
        _, out, _ = evaluate("--by", "short", "--json")
        assert list(json.loads(out)["breakdowns"]["short"]["buckets"]) == ["<4", ">3"]
        assert "short" in offered(f"jointre evaluate {place / 'model'} x --by sh")
    finally:
        config.write_text(kept, encoding="utf8")


def offered(line: str) -> list[str]:
    """What bash is offered for a line, the word to complete last."""
    import io
    from contextlib import redirect_stdout

    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as shown:
        patch.setenv("_JOINTRE_COMPLETE", "complete_bash")
        patch.setenv("COMP_WORDS", line)
        patch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        with pytest.raises(SystemExit):
            run([])
    return shown.getvalue().split()


OTHERS = ["length", "entities", "relations", "distance", "overlap", "triples", "error"]


@pytest.mark.parametrize(
    ("word", "offers"),
    [
        ("l", ["length"]),
        ("length,di", ["length,distance"]),
        ("type,", [f"type,{name}" for name in OTHERS]),
        ("x", []),
    ],
)
def test_completion(word, offers):
    assert offered(f"jointre evaluate run data --by {word}") == offers
