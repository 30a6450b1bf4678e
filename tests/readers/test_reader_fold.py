"""jointre.fold.v1: one part of one fold of a corpus."""

import json
from dataclasses import asdict

import pytest

from jointre.data.folds import Fold, Folds, digest
from jointre.data.labels import Labels
from jointre.errors import DataError
from jointre.readers.fold import FoldReader
from jointre.readers.spert_json import SpertJsonReader

FOLDS = (Fold((3, 0), (1,), (2,)), Fold((2,), (), (3, 1, 0)))


@pytest.fixture
def inner(tmp_path):
    """Four sentences, each with an entity of a type of its own; a reader without types file."""
    rows = [
        {"tokens": ["S", str(n)], "entities": [{"type": f"T{n}", "start": 0, "end": 1}], "relations": []}
        for n in range(4)
    ]
    (tmp_path / "full.json").write_text(json.dumps(rows), encoding="utf8")
    return SpertJsonReader(str(tmp_path / "full.json"))


@pytest.fixture
def plan(inner, tmp_path):
    """Writes a plan for the corpus of `inner`; returns its path."""

    def write(folds=FOLDS, **changes):
        facts = {**asdict(Folds(4, digest(inner), folds)), **changes}
        (tmp_path / "folds.json").write_text(json.dumps(facts), encoding="utf8")
        return str(tmp_path / "folds.json")

    return write


def test_a_part_has_its_documents_in_the_order_of_the_plan_every_time(inner, plan):
    path = plan()
    for part, numbers in (("train", "30"), ("dev", "1"), ("test", "2")):
        reader = FoldReader(inner, path, 0, part)
        for _ in range(2):
            assert [doc.words[1] for doc in reader] == list(numbers)
    assert list(FoldReader(inner, path, 1, "dev")) == []
    whole = list(inner)
    assert next(iter(FoldReader(inner, path, 1, "test"))) == whole[3]


def test_types_are_those_of_the_whole_corpus_in_all_parts(inner, plan, tmp_path):
    path = plan()
    for fold, part in ((0, "train"), (0, "dev"), (1, "test")):
        assert FoldReader(inner, path, fold, part).labels() == Labels(("T0", "T1", "T2", "T3"))
    declared = Labels(("Z", "T3", "T2", "T1", "T0"))
    (tmp_path / "types.json").write_text(json.dumps(declared.to_json()), encoding="utf8")
    inner.types = str(tmp_path / "types.json")
    assert FoldReader(inner, path, 0, "train").labels() == declared


def test_notices_pass_through(inner, plan):
    reader = FoldReader(inner, plan(), 0, "train")
    list(reader)
    inner.notices = ["something odd: 1 (first in full.json[2])"]
    assert reader.notices == inner.notices


def test_another_corpus_and_a_fold_out_of_range_are_refused_at_once(inner, plan):
    with pytest.raises(DataError) as error:
        list(FoldReader(inner, plan(sha256="0" * 64), 2, "train"))
    assert [fault.what for fault in error.value.faults] == [
        "there is no fold 2",
        "the folds are of a corpus with other words",
    ]
    assert "the folds 0 to 1" in error.value.faults[0].remedy


def test_a_corpus_of_another_size_is_refused(inner, plan):
    path = plan((Fold((1,), (), (0,)), Fold((0,), (), (1,))), documents=2)
    with pytest.raises(DataError, match="2 documents, this one has 4"):
        list(FoldReader(inner, path, 0, "train"))


def test_a_plan_with_a_document_in_two_parts_is_refused(inner, plan):
    with pytest.raises(DataError, match=r"fold 0, test: document 2 \(train\) is in another part, too"):
        list(FoldReader(inner, plan((Fold((2, 3, 0), (1,), (2,)), FOLDS[1])), 0, "train"))


def test_files_are_opened_when_documents_are_asked_for(inner):
    reader = FoldReader(inner, "missing.json", 0, "train")
    with pytest.raises(DataError, match=r"missing\.json"):
        list(reader)


@pytest.mark.parametrize(
    ("fold", "part", "what"), [(-1, "train", "fold must be 0 or more"), (0, "all", "train, dev, test")]
)
def test_a_wrong_fold_or_part_is_refused_by_the_constructor(inner, fold, part, what):
    with pytest.raises(ValueError, match=what):
        FoldReader(inner, "folds.json", fold, part)
