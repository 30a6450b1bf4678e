"""The [folds] section: plans that are made or read, and what is refused."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from jointre.config import load_config
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.fold_checks import check_tests
from jointre.errors import ConfigError, DataError
from jointre.experiments.folds import FoldPlan, load_folds, read_corpus
from jointre.readers.spert_json import SpertJsonReader

PLACE = "exp.cfg:9 [folds]"


def corpus(n=20):
    """Sentences of two words, all different."""
    return [Doc(["Sentence", str(number)], id=f"doc-{number}") for number in range(n)]


def save(path, value):
    path.write_text(json.dumps(value), encoding="utf8")
    return str(path)


def faults_of(block, docs):
    with pytest.raises(DataError) as error:
        load_folds(block, docs, PLACE)
    return [str(fault) for fault in error.value.faults]


@pytest.mark.parametrize("kind", ["plain", "stratified"])
@pytest.mark.parametrize("k", [2, 3, 7, 20])
def test_each_document_is_tested_once_and_stands_in_one_part_of_each_fold(kind, k):
    plan = load_folds({"k": k, "kind": kind}, corpus(), PLACE)
    assert plan.k == k
    assert sorted(number for fold in plan.folds for number in fold.test) == list(range(20))
    for fold in plan.folds:
        assert sorted(fold.train + fold.dev + fold.test) == list(range(20))
        assert len(fold.test) - 20 // k in (0, 1)
        assert fold.dev


def test_the_dev_share_is_the_same_in_every_fold():
    plan = load_folds({"k": 10, "dev_share": 0.15}, corpus(200), PLACE)
    assert [len(fold.dev) for fold in plan.folds] == [27] * 10  # 0.15 * 180
    assert [len(fold.train) for fold in plan.folds] == [153] * 10
    halves_up = load_folds({"k": 2, "dev_share": 0.25}, corpus(20), PLACE)
    assert {len(fold.dev) for fold in halves_up.folds} == {3}  # 2.5
    assert all(fold.dev == () for fold in load_folds({"k": 10, "dev_share": 0}, corpus(), PLACE).folds)


def test_the_seed_decides_and_nothing_else():
    docs, again = corpus(50), corpus(50)
    first = load_folds({"k": 5, "seed": 3}, docs, PLACE)
    assert load_folds({"k": 5, "seed": 3, "file": None}, again, PLACE) == first
    assert load_folds({"k": 5, "seed": 4}, docs, PLACE).folds != first.folds
    assert first.folds[0].dev != first.folds[1].dev


def test_a_plan_is_written_and_read_back(tmp_path):
    docs = [*corpus(), Doc(["Sentence", "3"])]
    plan = load_folds({"k": 7, "dev_share": 0.2}, docs, PLACE)
    assert plan.notices
    plan.write(tmp_path / "folds.json")
    assert FoldPlan.read(tmp_path / "folds.json") == plan
    assert load_folds({"file": str(tmp_path / "folds.json")}, docs, PLACE) == plan
    assert [path.name for path in tmp_path.iterdir()] == ["folds.json"]


def test_test_lists_keep_their_order_and_train_is_the_others_in_fold_order(tmp_path):
    lists = [[4, 0], [1, 5], [3, 2]]
    for value in (lists, {"full": "corpus.json", "test": lists}):
        file = save(tmp_path / "lists.json", value)
        plan = load_folds({"file": file, "dev_share": 0}, corpus(6), PLACE)
        assert [fold.test for fold in plan.folds] == [(4, 0), (1, 5), (3, 2)]
        assert [fold.train for fold in plan.folds] == [(1, 5, 3, 2), (4, 0, 3, 2), (4, 0, 1, 5)]
    held = load_folds({"file": file, "dev_share": 0.5}, corpus(6), PLACE).folds[0]
    assert [n for n in (1, 5, 3, 2) if n in held.dev] == list(held.dev)
    assert [n for n in (1, 5, 3, 2) if n not in held.dev] == list(held.train)


def test_all_faults_of_test_lists_are_reported_together(tmp_path):
    lists = [[0, 1, 1], [1, 2, 99, -1], [], "all", [True, "3", 4.0]]
    reported = faults_of({"file": save(tmp_path / "bad.json", lists)}, corpus(6))
    file = str(tmp_path / "bad.json")
    expected = [
        (f"{file} fold 0, test", "document 1 (doc-1) is there more than once"),
        (f"{file} fold 1, test", "out of range: 99, -1"),
        (f"{file} fold 1, test", "document 1 (doc-1) (fold 0) is in the test part of an earlier fold"),
        (f"{file} fold 2, test", "it has no document"),
        (f"{file} fold 3, test", "not a list of document numbers"),
        (f"{file} fold 4, test", 'not a document number: true, "3", 4.0'),
        (file, "3 documents (3 (doc-3), 4 (doc-4), 5 (doc-5)) are in the test part of no fold"),
    ]
    assert len(reported) == len(expected)
    for fault, (where, what) in zip(reported, expected, strict=True):
        assert fault.startswith(f"{where}: {what}")


def test_many_documents_are_counted_and_the_first_named():
    (fault,) = check_tests([[0], [1]], 100, "f.json")
    assert fault.what == "98 documents (2, 3, 4, 5, 6 and 93 more) are in the test part of no fold"


def test_a_whole_plan_with_a_document_in_two_parts_is_refused(tmp_path):
    path = tmp_path / "folds.json"
    load_folds({"k": 2, "dev_share": 0.5}, corpus(4), PLACE).write(path)
    data = json.loads(path.read_text(encoding="utf8"))
    leaked, lost = data["folds"][0]["test"][0], data["folds"][0]["train"][0]
    data["folds"][0]["train"] = [leaked]
    reported = faults_of({"file": save(path, data)}, corpus(4))
    assert any(
        f"fold 0, test: document {leaked} (doc-{leaked}) (train) is in another part, too" in f
        for f in reported
    )
    assert any(f"fold 0: document {lost} (doc-{lost}) is in no part" in fault for fault in reported)
    assert len(reported) == 2
    del data["folds"][1]["dev"]
    assert "'train', 'dev' and 'test'" in faults_of({"file": save(path, data)}, corpus(4))[0]


@pytest.mark.parametrize(
    ("docs", "what"),
    [(corpus(5), "has 5"), ([*corpus(5), Doc(["Other", "words"])], "with other words")],
)
def test_the_plan_of_another_corpus_is_refused(tmp_path, docs, what):
    load_folds({"k": 2}, corpus(6), PLACE).write(tmp_path / "folds.json")
    (reported,) = faults_of({"file": str(tmp_path / "folds.json")}, docs)
    assert what in reported


def test_a_corrected_annotation_leaves_the_plan_as_it_is(tmp_path):
    docs = corpus(6)
    load_folds({"k": 2}, docs, PLACE).write(tmp_path / "folds.json")
    docs[0] = Doc(docs[0].words, [Entity(0, 1, "X")])
    assert load_folds({"file": str(tmp_path / "folds.json")}, docs, PLACE).k == 2


@pytest.mark.parametrize("value", [{"tests": []}, {"test": {}}, 7, {"folds": {}}, {"folds": []}])
def test_a_file_without_folds_is_refused(tmp_path, value):
    assert faults_of({"file": save(tmp_path / "f.json", value)}, corpus(4))


@pytest.mark.parametrize(
    ("block", "reported"),
    [
        ({}, ["give either 'file' or 'k'"]),
        ({"k": 2, "file": "f.json"}, ["give either 'file' or 'k'"]),
        ({"k": 1}, ["must be 2 or more, not 1"]),
        ({"k": True}, ["expected an integer or null, not true"]),
        ({"k": 21}, ["there are only 20 documents"]),
        ({"k": 2, "kinds": "plain"}, ["did you mean 'kind'?"]),
        (
            {"k": 2, "kind": "random", "seed": -1, "dev_share": 1.0, "group_duplicates": 1},
            [
                '"plain", "stratified", not the text \'random\'',
                "0 or more",
                "below 1, not 1.0",
                "true or false, not 1",
            ],
        ),
        ({"k": 2, "dev_share": float("nan")}, ["expected a number, not nan"]),
        ({"k": ["2"], "kind": ["plain"], "seed": 0.5}, ["not ['2']", "not ['plain']", "not 0.5"]),
        ({"k": 10, "dev_share": 0.99}, ["fold 0: dev_share = 0.99 of 18 documents"]),
    ],
)
def test_all_faults_of_a_section_are_reported(block, reported):
    found = faults_of(block, corpus())
    assert len(found) == (10 if block.get("dev_share") == 0.99 else len(reported))
    for text, fault in zip(reported, found, strict=False):
        assert fault.startswith("exp.cfg:9 [folds]")
        assert text in fault


def test_keys_that_a_whole_plan_cannot_follow_are_refused(tmp_path):
    load_folds({"k": 2}, corpus(), PLACE).write(tmp_path / "folds.json")
    reported = faults_of({"file": str(tmp_path / "folds.json"), "dev_share": 0.1, "seed": 1}, corpus())
    assert [fault.split(": ")[0] for fault in reported] == [f"{PLACE} dev_share", f"{PLACE} seed"]


def test_equal_sentences_across_parts_are_reported_or_kept_together():
    docs = corpus(12)
    docs[7] = Doc(docs[2].words, id="twin")
    lists = {"k": 6, "dev_share": 0.2}
    (notice,) = [n for n in load_folds(lists, docs, PLACE).notices if " test " in n]
    assert notice.startswith(
        "folds: 2 test documents with the same words as a dev or train document (first: "
    )
    assert "2 (doc-2)" in notice
    assert "7 (twin)" in notice
    for seed in range(5):
        plan = load_folds({**lists, "group_duplicates": True, "seed": seed}, docs, PLACE)
        assert plan.notices == ()
        sizes = [len(fold.test) for fold in plan.folds]
        assert max(sizes) - min(sizes) <= 2


def test_folds_that_equal_sentences_cannot_fill_are_refused():
    docs = [Doc(["Same"]) for _ in range(6)]
    (reported,) = faults_of({"k": 3, "group_duplicates": True}, docs)
    assert "group_duplicates = false" in reported
    assert faults_of({"k": 2}, []) == [f"{PLACE}: the corpus has no documents"]


@pytest.fixture
def base(tmp_path):
    """SpERT's config for ADE with a corpus of ten sentences."""
    file = save(
        tmp_path / "full.json",
        [{"tokens": ["S", str(n)], "entities": [], "relations": []} for n in range(10)],
    )
    return load_config("spert/ade", overrides={"paths.train": file, "corpora.train.types": None})


def test_the_overlay_puts_a_fold_around_the_training_reader(base, tmp_path):
    from jointre.config import resolve
    from jointre.config.source import parse

    plan = load_folds({"k": 5, "dev_share": 0.25}, read_corpus(base), PLACE)
    plan.write(tmp_path / "folds.json")
    overlay = plan.overlay(base, tmp_path / "folds.json", 2)
    one = load_config(parse(base.text(), base.name), [overlay], {"system.seed": 7})
    assert one.notices == []
    assert one.tree["corpora"]["train"]["reader"] == base.tree["corpora"]["train"]
    again = load_config(parse(one.text(), "config.cfg"))  # a run folder's config repeats the fold by itself
    corpora = resolve(again, "corpora")
    found = {part: tuple(int(doc.words[1]) for doc in corpora[part]) for part in ("train", "dev", "test")}
    fold = plan.folds[2]
    assert found == {"train": fold.train, "dev": fold.dev, "test": fold.test}
    assert corpora["train"].labels() is not None


def test_without_a_dev_part_the_config_has_no_dev_corpus(base, tmp_path):
    from jointre.config import resolve
    from jointre.config.source import parse

    plan = load_folds({"k": 5, "dev_share": 0}, read_corpus(base), PLACE)
    one = load_config(parse(base.text(), base.name), [plan.overlay(base, tmp_path / "folds.json", 0)])
    assert one["corpora.dev"] is None
    assert set(resolve(one, "corpora")) == {"train", "test"}


def test_a_corpus_that_is_not_set_is_asked_for():
    with pytest.raises(ConfigError, match=r"--paths\.train FILE"):
        read_corpus(load_config("spert/ade"))


SHARED = Path(os.environ.get("JOINTRE_SHARED") or Path(__file__).parents[2] / "../shared").resolve()


def test_the_published_folds_of_ade():
    folder = SHARED / "data" / "ade"
    if not folder.exists():
        pytest.skip(f"no public corpora at {SHARED / 'data'} (set JOINTRE_SHARED)")
    docs = list(SpertJsonReader(str(folder / "ade_full.json")))
    plan = load_folds({"file": str(folder / "folds.json"), "dev_share": 0}, docs, PLACE)
    assert sorted(number for fold in plan.folds for number in fold.test) == list(range(4272))
    assert [len(fold.test) for fold in plan.folds] == [427] * 9 + [429]
    counts = [
        Counter(type(x) for n in f.test for x in docs[n].entities + docs[n].relations) for f in plan.folds
    ]
    assert [count[Relation] for count in counts] == [666, 724, 688, 657, 648, 732, 666, 704, 688, 648]
    assert [count[Entity] for count in counts] == [1070, 1126, 1091, 1068, 1054, 1126, 1071, 1085, 1079, 1069]
    (notice,) = plan.notices
    assert notice.startswith("folds: 2 test documents with the same words as a dev or train document")
    assert "2620" in notice
    assert "2683" in notice
