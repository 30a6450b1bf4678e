"""Gold that a model can never predict."""

import os
from pathlib import Path

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.encoders.base import Source
from jointre.errors import DataError
from jointre.inspection.counts import count
from jointre.inspection.pieces import measure, too_long
from jointre.inspection.reach import reach
from jointre.inspection.report import inspect
from jointre.readers.spert_json import SpertJsonReader
from jointre.registry import registry
from jointre.segmenters import Sentences
from jointre.testing import toy_docs, toy_labels

LONG = 40  # pieces


@pytest.fixture(scope="module")
def tokenizer(encoder_folder):
    def make(overflow):
        made = registry.tokenizers.get("jointre.hf.v1")(str(encoder_folder), overflow=overflow)
        made.build(Source(weights=False))
        return made

    return make


def test_wide_entities_and_their_relations_are_out_of_reach(spert):
    found, findings = reach("train", toy_docs(12), spert(max_width=10))
    assert found.entities == {"wider than max_width = 10 words": 1}
    assert found.relations == {"argument wider than max_width = 10 words": 1}
    assert [finding.what for finding in findings] == [
        "1 of 26 entities (3.85 %) can never be predicted: wider than max_width = 10 words",
        "1 of 15 relations (6.67 %) can never be predicted: argument wider than max_width = 10 words",
    ]
    place = findings[0].places[0]
    assert place.where == "toy-9" and place.what == 'Org "Royal Society for the Better ... and Lights"'
    assert reach("train", toy_docs(12), spert(max_width=12))[1] == []


def test_a_span_classifier_finds_one_type_a_span(spert):
    entities = [Entity(0, 1, "Org"), Entity(0, 1, "Place"), Entity(1, 2, "Person")]
    doc = Doc(["a", "b"], entities, [Relation(2, 0, "leads"), Relation(2, 1, "leads")])
    found = spert().unreachable(doc)
    assert found.entities == [None, "a second type on one span", None]
    assert found.relations == [None, "argument a second type on one span"]


def test_pairs_that_are_never_scored_are_out_of_reach(spert):
    class Near(registry.samplers.get("jointre.entity_pairs.v1")):
        def unreachable(self, doc):
            far = [doc.entities[r.tail].start - doc.entities[r.head].end > 1 for r in doc.relations]
            return ["arguments far apart" if one else None for one in far]

    found, _ = reach("train", [toy_docs(1)[0]], spert(pair_sampler=Near()))
    assert found.entities == {} and found.relations == {"arguments far apart": 1}


def test_a_model_that_says_nothing_reaches_everything(spert):
    from jointre.models.base import Model

    (doc,) = toy_docs(1)
    assert Model.unreachable(spert(), doc) == ([None] * 3, [None] * 2)


def test_documents_that_are_skipped_take_their_gold_with_them(spert, tokenizer):
    docs = [*toy_docs(3), _long(toy_docs(1)[0])]
    pieces = measure({"train": docs}, tokenizer("skip"), LONG)
    report = inspect({"train": docs}, toy_labels(), spert(), pieces)
    reason = f"document left out, longer than the encoder's {LONG} pieces"
    assert report.splits["train"].unreachable.entities == {reason: 3}
    assert report.splits["train"].unreachable.relations == {reason: 2}
    skipped = [finding for finding in report.findings if finding.kind == "skipped"]
    assert [(f.count, f.warning, f.places[0].where) for f in skipped] == [(1, True, "long")]
    assert report.splits["train"].sizes.pieces.maximum == pieces.lengths["train"][3] > LONG


def test_documents_that_need_windows_lose_nothing(spert, tokenizer):
    docs = [*toy_docs(3), _long(toy_docs(1)[0])]
    pieces = measure({"train": docs}, tokenizer("window"), LONG)
    report = inspect({"train": docs}, toy_labels(), spert(), pieces)
    assert report.splits["train"].unreachable.entities == {}
    (found,) = too_long("train", docs, pieces)
    assert (found.kind, found.count, found.warning) == ("windows", 1, False)
    assert "1 of 4 documents (25.00 %) longer than the encoder's 40 pieces" in found.what


def test_words_around_a_sentence_need_no_windows(tokenizer):
    sentences = [(start, start + 10) for start in range(0, 100, 10)]
    doc = Doc(["word"] * 100, sentences=sentences)
    (alone,) = measure({"train": [doc]}, tokenizer("window"), LONG).lengths["train"]
    for overflow in ("window", "error"):
        pieces = measure({"train": [doc]}, tokenizer(overflow), 2 * alone, Sentences(context_words=50))
        assert pieces.lengths["train"] == [2 * alone] and pieces.windows["train"] == []


def test_refused_documents_of_all_corpora_are_named(tokenizer):
    docs = [_long(toy_docs(1)[0], "one"), toy_docs(2)[1]]
    with pytest.raises(DataError) as error:
        measure({"train": docs, "dev": [_long(docs[0], "two")]}, tokenizer("error"), LONG)
    assert [fault.where for fault in error.value.faults] == ["one", "two"]


def _long(doc, name="long"):
    return Doc([*doc.words, *["word"] * LONG], doc.entities, doc.relations, id=name)


SHARED = Path(os.environ.get("JOINTRE_SHARED") or Path(__file__).parents[2] / "../shared").resolve()
WIDE = {  # entities wider than ten words, relations with one, entities that overlap another
    "conll04/spert_train": (2, 0, 0),
    "conll04/spert_dev": (0, 0, 0),
    "conll04/spert_test": (0, 0, 0),
    "scierc/spert_train": (13, 12, 114),
    "scierc/spert_dev": (3, 3, 14),
    "scierc/spert_test": (3, 4, 37),
    "ade/ade_full": (5, 7, 240),
}


@pytest.mark.parametrize("name", WIDE)
def test_published_numbers(spert, name):
    path = SHARED / "data" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no public corpora at {SHARED / 'data'} (set JOINTRE_SHARED)")
    reader = SpertJsonReader(str(path), str(path.parent / "types.json"))
    docs, labels = list(reader), reader.labels()
    found, _ = reach("corpus", docs, spert(max_width=10))
    overlapping = count(docs, labels.entities, labels.relations).overlapping
    assert (sum(found.entities.values()), sum(found.relations.values()), overlapping) == WIDE[name]
