"""Decoders: which of the found entities and relations the documents get."""

import pytest
import torch

from jointre.config import load_config
from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels
from jointre.data.stages import Prediction
from jointre.decoders import FlatDecoder, IndependentDecoder, TypeTriplesDecoder
from jointre.errors import BuildError, DataError
from jointre.inspection.model import EXAMPLE, parts_of
from jointre.testing import toy_batch, toy_labels

LABELS = Labels(("Org", "Person"), ("leads", "knows"), frozenset({"knows"}))
ORG, PERSON, LEADS, KNOWS = 1, 2, 0, 1
TWO = [Entity(0, 1, "Org"), Entity(2, 3, "Person")]
DOCS = [Doc(["a", "b", "c"], TWO, [Relation(1, 0, "leads")]), Doc(["a"], TWO[:1])]


def prediction(entities, relations, typed=None, given=False):
    """Rows ``(doc, start, end, class, score)`` and ``(head, tail, column)``."""
    e = torch.tensor(entities, dtype=torch.float64).reshape(-1, 5)
    r = torch.tensor(relations, dtype=torch.int64).reshape(-1, 3)
    typed = torch.ones(len(e), dtype=torch.bool) if typed is None else torch.tensor(typed)
    spans = e[:, 0].long(), e[:, 1:3].long(), e[:, 3].long(), e[:, 4]
    return Prediction(*spans, *r.unbind(1), torch.full((len(r),), 0.5), typed, given)


def rows(found):
    """Entities as ``(doc, start, end)``, and relations as the entities and the column."""
    spans = [
        (doc, *words)
        for doc, words in zip(found.entity_doc.tolist(), found.entity_words.tolist(), strict=True)
    ]
    columns = zip(found.head.tolist(), found.tail.tolist(), found.label.tolist(), strict=True)
    return spans, [(spans[head], spans[tail], label) for head, tail, label in columns]


def test_flat_keeps_the_highest_score_first():
    """B (0.9) shuts out A and C, which overlap it; D only overlaps C, which is gone, and stays."""
    a, b, c, d = (0, 0, 2, ORG, 0.8), (0, 1, 4, ORG, 0.9), (0, 3, 6, ORG, 0.85), (0, 5, 7, PERSON, 0.1)
    found = prediction([a, b, c, d], [(0, 3, LEADS), (1, 3, LEADS), (3, 1, LEADS), (2, 1, LEADS)])
    assert rows(FlatDecoder()(found)) == (
        [(0, 1, 4), (0, 5, 7)],
        [((0, 1, 4), (0, 5, 7), LEADS), ((0, 5, 7), (0, 1, 4), LEADS)],
    )


def test_flat_keeps_adjacent_entities_and_the_first_of_equal_scores():
    found = prediction([(0, 0, 2, ORG, 0.5), (0, 2, 3, ORG, 0.5), (0, 1, 3, ORG, 0.5)], [])
    assert rows(FlatDecoder()(found))[0] == [(0, 0, 2), (0, 2, 3)]


def test_of_two_types_on_the_same_words_flat_keeps_one_with_its_own_relations():
    found = prediction(
        [(0, 0, 1, ORG, 0.4), (0, 0, 1, PERSON, 0.6), (0, 2, 3, ORG, 0.9)], [(0, 2, LEADS), (1, 2, KNOWS)]
    )
    chosen = FlatDecoder()(found)
    assert chosen.entity_label.tolist() == [PERSON, ORG]
    assert rows(chosen)[1] == [((0, 0, 1), (0, 2, 3), KNOWS)]


def test_flat_never_mixes_documents():
    found = prediction(
        [(0, 0, 9, ORG, 0.9), (1, 0, 9, ORG, 0.8), (2, 8, 9, ORG, 0.1), (2, 0, 1, ORG, 0.2)], []
    )
    assert len(rows(FlatDecoder()(found))[0]) == 4


def test_flat_keeps_given_entities():
    found = prediction([(0, 0, 2, ORG, 1.0), (0, 0, 2, PERSON, 1.0)], [(0, 1, LEADS)], given=True)
    assert FlatDecoder()(found) is found


def test_spans_without_a_type_go_with_their_last_relation():
    found = prediction(
        [(0, 0, 1, ORG, 0.2), (0, 2, 3, PERSON, 0.9), (0, 2, 4, PERSON, 0.8), (0, 5, 6, ORG, 0.1)],
        [(0, 2, LEADS), (3, 1, LEADS)],
        typed=[False, True, True, False],
    )
    assert rows(FlatDecoder()(found)) == ([(0, 2, 3), (0, 5, 6)], [((0, 5, 6), (0, 2, 3), LEADS)])


def of_types(decoder, labels, *relations):
    decoder.build(labels)
    entities = [(0, 0, 1, ORG, 0.9), (0, 2, 3, PERSON, 0.9), (0, 4, 5, PERSON, 0.9)]
    chosen = decoder(prediction(entities, list(relations)))
    assert len(chosen.entity_doc) == 3
    return list(zip(chosen.head.tolist(), chosen.tail.tolist(), chosen.label.tolist(), strict=True))


def test_relations_of_other_types_are_left_out():
    decoder = TypeTriplesDecoder([("Person", "leads", "Org"), ("Org", "knows", "Person")])
    every = [
        (head, tail, label)
        for label in (LEADS, KNOWS)
        for head in range(3)
        for tail in range(3)
        if head != tail
    ]
    assert of_types(decoder, LABELS, *every) == [
        (1, 0, LEADS),
        (2, 0, LEADS),
        (0, 1, KNOWS),
        (0, 2, KNOWS),
        (1, 0, KNOWS),
        (2, 0, KNOWS),
    ], "leads has a direction, knows has none"


def test_triples_are_learnt_from_the_training_documents():
    labels = LABELS.with_triples(DOCS)
    assert labels.triples == {("Person", "leads", "Org")}
    assert of_types(TypeTriplesDecoder(), labels, (0, 1, LEADS), (1, 0, LEADS), (1, 2, KNOWS)) == [
        (1, 0, LEADS)
    ]
    assert of_types(TypeTriplesDecoder(), LABELS.with_triples([]), (1, 0, LEADS)) == []


def test_a_decoder_may_come_first():
    decoder = TypeTriplesDecoder([("Person", "leads", "Org")], FlatDecoder())
    decoder.build(LABELS)
    found = prediction(
        [(0, 0, 2, ORG, 0.9), (0, 1, 2, ORG, 0.8), (0, 3, 4, PERSON, 0.7)], [(2, 0, 0), (2, 1, 0), (0, 2, 0)]
    )
    assert rows(decoder(found)) == ([(0, 0, 2), (0, 3, 4)], [((0, 3, 4), (0, 0, 2), LEADS)])


def test_unknown_types_are_refused_together():
    with pytest.raises(BuildError) as error:
        TypeTriplesDecoder([("Persn", "leads", "Org"), ("Person", "owner", "Persn")]).build(LABELS)
    text = str(error.value)
    assert "unknown entity type: 'Persn'" in text and "did you mean 'Person'?" in text
    assert "unknown relation type: 'owner'" in text and "known: leads, knows" in text


def test_a_model_without_triples_is_refused():
    with pytest.raises(BuildError, match="the triples of the training corpus are unknown"):
        TypeTriplesDecoder().build(LABELS)


def test_triples_are_stored_with_the_types():
    labels = LABELS.with_triples(DOCS)
    assert Labels.from_json(labels.to_json()) == labels
    assert labels.to_json()["triples"] == [["Person", "leads", "Org"]]
    assert "triples" not in LABELS.to_json() and Labels.from_json(LABELS.to_json()).triples is None


@pytest.mark.parametrize("triple", ["leads", ["Org", "leads"], ["Org", "Org", "Org"], [[], "leads", "Org"]])
def test_triples_of_other_things_are_refused(triple):
    data = {**LABELS.to_json(), "triples": [["Person", "leads", "Org"], triple]}
    with pytest.raises(DataError, match=r"triples\[1\] is not a list of an entity type"):
        Labels.from_json(data)


def test_a_model_predicts_what_its_decoder_keeps(talkative):
    batch = toy_batch()
    free = talkative()[0]
    every = free.predict(batch)
    assert any(a.overlaps(b) for doc in every for a in doc.entities for b in doc.entities if a is not b)
    flat = talkative(decoder=FlatDecoder())[0].predict(batch)
    for doc, all_of_it in zip(flat, every, strict=True):
        assert not any(a.overlaps(b) for a in doc.entities for b in doc.entities if a is not b)
        assert set(doc.entities) <= set(all_of_it.entities)
    assert sum(len(doc.relations) for doc in flat) > 0
    assert free.predict_at(batch, [free.threshold]) == [every]
    free.use_decoder(FlatDecoder())
    assert free.predict(batch) == flat and free.predict_at(batch, [free.threshold]) == [flat]
    free.use_decoder(IndependentDecoder())
    assert free.predict(batch) == every


def test_given_entities_stay_as_they_are(talkative):
    batch = toy_batch()
    model = talkative(decoder=FlatDecoder())[0]
    for gold, doc in zip(batch.docs, model.predict(batch, given=True), strict=True):
        assert sorted(e.extent for e in doc.entities) == sorted(e.extent for e in gold.entities)


def test_a_decoder_that_does_not_fit_leaves_the_model_as_it_is(talkative):
    model = talkative(toy_labels())[0]
    before = model.decoder
    with pytest.raises(BuildError):
        model.use_decoder(TypeTriplesDecoder())
    assert model.decoder is before


def test_a_model_is_described_without_the_types_of_its_decoder(encoder_folder):
    values = {
        "model.encoder.name": str(encoder_folder),
        "model.decoder.@decoders": "jointre.type_triples.v1",
        "model.decoder.triples": [["Person", "leads", "Org"]],
    }
    parts, labels = parts_of(load_config("spert/conll04", overrides=values))
    assert labels is EXAMPLE and parts[0].name == "model"


def test_a_model_that_decodes_by_itself_is_refused(talkative):
    model = talkative()[0]
    model.decoder = None
    with pytest.raises(BuildError, match="JointModel has no decoder"):
        model.use_decoder(FlatDecoder())
