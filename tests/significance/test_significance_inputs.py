"""What `jointre compare` reads: which runs belong together, which documents, and what it refuses."""

import json
from dataclasses import replace

import pytest

from jointre.config import load_config
from jointre.data.doc import Doc, Relation
from jointre.data.write import to_line
from jointre.errors import RefusedError
from jointre.metrics import EntityMetric, StrictMetric
from jointre.significance.inputs import Request, choose_metrics, load_inputs
from jointre.significance.prediction_sets import find_set, matched
from jointre.testing import toy_docs

TYPES = {"entities": ["Org", "Person", "Place"], "relations": [{"label": "knows", "symmetric": True}]}
TYPES["relations"] += [{"label": name, "symmetric": False} for name in ("based_in", "leads", "works_for")]
DOCS = toy_docs(12)


def write(path, docs):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{to_line(doc)}\n" for doc in docs), encoding="utf8")
    return str(path)


def run_folder(folder, gold, docs, corpus="dev", whole=True, **overrides):
    """A run as an experiment leaves it, without its model; ``gold`` is a file."""
    write(folder / f"predictions.{corpus}.jsonl", docs)
    readers = {f"corpora.{split}.@readers": "jointre.jsonl.v1" for split in ("train", "dev")}
    paths = {f"paths.{split}": str(gold) for split in ("train", "dev")}
    config = load_config("spert/conll04", overrides={**readers, **paths, **overrides})
    (folder / "config.cfg").write_text(config.text(), encoding="utf8")
    if whole:
        (folder / "result.json").write_text("{}")
    return folder


@pytest.fixture
def gold(tmp_path):
    return write(tmp_path / "gold.jsonl", DOCS)


def refusal(a, b, **more):
    with pytest.raises(RefusedError) as refused:
        load_inputs(Request(str(a), str(b), **more))
    return str(refused.value)


def test_documents_in_the_same_order_need_no_ids():
    bare = [replace(doc, id=f"elsewhere:{number}") for number, doc in enumerate(DOCS)]
    assert matched(DOCS, bare, "a") == (bare, [])


def test_documents_in_another_order_are_found_by_id():
    assert matched(DOCS, DOCS[::-1], "a") == (DOCS, [])


def test_everything_that_does_not_match_is_told_at_once():
    other = replace(DOCS[3], words=["Something", "else"], entities=[], relations=[])
    found, faults = matched(DOCS, [*DOCS[:3], other, *DOCS[5:], DOCS[0], Doc(["new"], id="new")], "a.jsonl")
    told = "\n".join(map(str, faults))
    assert not found
    assert f"a.jsonl: documents that occur more than once: 1 ({DOCS[0].id})" in told
    assert f"documents of gold that are missing: 1 ({DOCS[4].id})" in told
    assert "documents that gold lacks: 1 (new)" in told
    assert "documents whose words differ from gold: 1; the first" in told and "'Something else'" in told


def test_without_common_ids_numbers_and_words_must_be_the_same():
    renamed = [replace(doc, id=f"x{number}") for number, doc in enumerate(DOCS)]
    told = "\n".join(map(str, matched(DOCS, renamed[1:], "a")[1]))
    assert "11 documents, gold has 12" in told and "whose words differ from gold: 11; the first: x1" in told


def test_the_seeds_of_two_rows_are_paired_and_their_folds_put_together(tmp_path):
    for row in ("max", "sum"):
        for seed in (10, 2):
            for fold in (0, 1):
                folder = tmp_path / "runs" / row / f"seed-{seed}" / f"fold-{fold}"
                part = [replace(doc, meta={"seed": seed}) for doc in DOCS[fold::2]]
                run_folder(folder, write(tmp_path / f"gold{fold}.jsonl", DOCS[fold::2]), part)
    inputs = load_inputs(Request(str(tmp_path / "runs" / "max"), str(tmp_path / "runs" / "sum")))
    assert (inputs.seeds, inputs.folds) == ([2, 10], [0, 1])
    assert [doc.id for doc in inputs.gold] == [doc.id for doc in (*DOCS[0::2], *DOCS[1::2])]
    for system in (inputs.a, inputs.b):
        assert [{doc.meta["seed"] for doc in run} for run in system] == [{2}, {10}]
        assert all([doc.id for doc in run] == [doc.id for doc in inputs.gold] for run in system)
    told = refusal(tmp_path / "runs" / "max", tmp_path / "runs" / "sum", gold="sample:test")
    assert "--gold: --gold cannot be used for runs with folds" in told


def test_rows_with_other_seeds_are_refused_by_name(tmp_path, gold):
    for row, seeds in (("max", (0, 1)), ("sum", (1, 2, 3))):
        for seed in seeds:
            run_folder(tmp_path / row / f"seed-{seed}", gold, DOCS)
    told = refusal(tmp_path / "max", tmp_path / "sum")
    assert f"{tmp_path / 'max'}: there is no run of seed 2, seed 3, which the other has" in told
    assert f"{tmp_path / 'sum'}: there is no run of seed 0, which the other has" in told


def test_single_runs_of_different_seeds_are_a_pair(tmp_path, gold):
    one = run_folder(tmp_path / "max" / "seed-0", gold, DOCS)
    other = run_folder(tmp_path / "sum" / "seed-7", gold, DOCS)
    inputs = load_inputs(Request(str(one), str(other)))
    assert len(inputs.a) == len(inputs.b) == 1 and inputs.scores.keys() == {
        "entities",
        "boundaries",
        "strict",
    }
    assert load_inputs(Request(str(one), gold)).gold == inputs.gold


def test_runs_that_are_not_complete_are_refused(tmp_path, gold):
    for seed in (0, 1):
        run_folder(tmp_path / "row" / f"seed-{seed}", gold, DOCS, whole=seed == 0)
    with pytest.raises(RefusedError, match="row/seed-1 is not complete"):
        find_set(str(tmp_path / "row"))


def test_a_row_that_shares_its_runs_finds_them(tmp_path, gold):
    run_folder(tmp_path / "runs" / "max" / "seed-0", gold, DOCS)
    rows = [{"name": "max", "runs": "max"}, {"name": "same", "runs": "max"}]
    facts = {"name": "x", "title": "X", "rows": rows, "seeds": [0], "score": ["dev"], "metrics": [], "by": []}
    (tmp_path / "experiment.json").write_text(json.dumps({**facts, "reference": "max", "folds": 0}))
    assert find_set(str(tmp_path / "runs" / "same")).runs.keys() == {(0, None)}
    with pytest.raises(RefusedError, match="choose one of its variants"):
        find_set(str(tmp_path))


def test_the_corpus_is_chosen_where_there_are_two(tmp_path, gold):
    folder = run_folder(tmp_path / "run", gold, DOCS)
    write(folder / "predictions.test.jsonl", DOCS)
    assert "choose one with --corpus" in refusal(folder, folder)
    assert load_inputs(Request(str(folder), str(folder), corpus="dev")).gold_name == f"dev of {folder}"
    (folder / "predictions.test.jsonl").unlink()
    assert "no predictions.test.jsonl" in refusal(folder, folder, corpus="test")


def test_runs_scored_on_other_gold_are_refused(tmp_path, gold):
    changed = [replace(DOCS[0], relations=[]), *DOCS[1:]]
    one = run_folder(tmp_path / "one", gold, DOCS)
    other = run_folder(tmp_path / "other", write(tmp_path / "changed.jsonl", changed), DOCS)
    assert "the gold documents of dev differ from those of the other runs" in refusal(one, other)
    assert load_inputs(Request(str(one), str(other), gold=gold)).gold == DOCS


def test_runs_scored_with_other_metrics_need_a_config(tmp_path, gold):
    one = run_folder(tmp_path / "one", gold, DOCS)
    other = run_folder(tmp_path / "two", gold, DOCS, **{"evaluation.metrics.strict.overlapping": "drop"})
    assert "choose a config whose [evaluation] is used" in refusal(one, other)
    inputs = load_inputs(Request(str(one), str(other), config=str(other / "config.cfg")))
    assert inputs.metrics["strict"].overlapping == "drop"


def test_runs_between_gold_entities_say_so_and_go_with_no_others(tmp_path, gold):
    given, found = (
        run_folder(tmp_path / name, gold, DOCS, **{"evaluation.entities": name})
        for name in ("gold", "predicted")
    )
    assert "the runs were scored with different entities" in refusal(given, found)
    metrics = load_inputs(Request(str(given), str(given))).metrics
    assert metrics["strict"].protocol.endswith("; gold entities")


def test_symmetric_relations_of_gold_are_put_in_order_as_in_evaluation(tmp_path):
    knows = next(doc for doc in DOCS if {r.label for r in doc.relations} == {"knows"})
    turned = replace(knows, relations=[Relation(r.tail, r.head, r.label) for r in knows.relations])
    gold, types = write(tmp_path / "gold.jsonl", [turned]), tmp_path / "types.json"
    types.write_text(json.dumps(TYPES))
    a = write(tmp_path / "a.jsonl", [knows])
    assert load_inputs(Request(a, a, gold=gold, types=str(types))).gold[0].relations == knows.relations
    assert load_inputs(Request(a, a, gold=gold)).gold[0].relations == turned.relations
    run = run_folder(tmp_path / "run", gold, [knows], **{"paths.types": str(types)})
    assert load_inputs(Request(str(run), a)).gold[0].relations == knows.relations
    assert load_inputs(Request(str(run), a, gold=gold)).gold[0].relations == knows.relations


def test_all_faults_are_told_at_once(tmp_path):
    short = write(tmp_path / "short.jsonl", DOCS[:-1])
    told = refusal(tmp_path / "absent.jsonl", short, metrics=["strict_mikro_f"])
    for part in (
        "absent.jsonl: no such file",
        "--gold DATA",
        "unknown metric: 'strict_mikro_f'",
        "(3 problems)",
    ):
        assert part in told
    told = refusal(short, write(tmp_path / "b.jsonl", DOCS[1:]))
    assert "--gold DATA" in told and f"documents of {short} that are missing: 1" in told


def test_options_that_would_do_nothing_are_refused(tmp_path, gold):
    told = refusal(gold, gold, types="types.json", corpus="dev")
    assert "--corpus: --corpus has no effect on files of predictions" in told
    assert "--types: --types is for reading --gold, which is missing" in told
    missing = "--reader: --reader is for reading --gold, which is missing"
    assert missing in refusal(gold, gold, reader="jointre.jsonl.v1")


def test_gold_is_read_with_the_reader_that_is_named(tmp_path, gold):
    predicted = write(tmp_path / "a.jsonl", DOCS)
    request = Request(predicted, predicted, gold=gold, reader="jointre.jsonl.v1")
    assert load_inputs(request).gold == DOCS
    assert "has no 'type'" in refusal(predicted, predicted, gold=gold, reader="jointre.spert_json.v1")
    assert "did you mean 'jointre.jsonl.v1'" in refusal(
        predicted, predicted, gold=gold, reader="jointre.jsnl.v1"
    )


def test_figures_by_their_own_name_or_by_that_of_their_metric():
    metrics = {"entities": EntityMetric(), "strict": StrictMetric()}
    assert choose_metrics(metrics, (), DOCS)[0] == {
        "entities": ["entities_micro_f"],
        "strict": ["strict_micro_f"],
    }
    chosen, faults = choose_metrics(metrics, ("strict_macro_f", "strict", "strict_macro_f"), DOCS)
    assert chosen == {"strict": ["strict_macro_f", "strict_micro_f"]} and not faults
