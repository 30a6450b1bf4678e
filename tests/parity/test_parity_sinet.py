"""SINET: scores of jointre's model against the oracle, for the model itself and for each of its ablations."""

from pathlib import Path
from typing import Any

import pytest
import torch
from compare import assert_all_candidates, assert_same_scores, jointre_model, scores, under_jointre_names
from naive_sinet import NaiveSinet
from published import naive_sentences, tiny, toy_docs, write_checkpoint
from published_sinet import layout_of, tiny_sinet

from jointre.importing.layout import Table, to_jointre
from jointre.importing.layouts import SINET, SPERT
from jointre.models.joint import JointModel

LENGTHS = {1: [7], 2: [1, 20], 3: [4, 12, 2, 1]}

# The switch of the oracle, jointre's overlay for it, and the tolerance: sums and means are differences of prefix sums.
SPANS = ("model.entity_head.extractor.pooler.@poolers", "model.pair_extractor.pooler.@poolers")
CONTEXT = "model.pair_extractor.context.pooler.@poolers"
ABLATIONS: dict[str, tuple[dict[str, Any], dict[str, Any], float]] = {
    "span_sum": ({"pooling": "sum"}, dict.fromkeys(SPANS, "jointre.sum.v1"), 1e-5),
    "span_mean": ({"pooling": "mean"}, dict.fromkeys(SPANS, "jointre.mean.v1"), 5e-6),
    "context_sum": ({"context": "sum"}, {CONTEXT: "jointre.sum.v1"}, 1e-5),
    "context_mean": ({"context": "mean"}, {CONTEXT: "jointre.mean.v1"}, 5e-6),
    "agent_max": ({"agent": "max"}, {"model.context.agent": "max"}, 2e-6),
    "agent_mean": ({"agent": "mean"}, {"model.context.agent": "mean"}, 5e-6),
    "no_layer_norm": ({"layer_norm": False}, {"model.context.layer_norm": False}, 2e-6),
    "paper_output": ({"output_projection": False}, {"model.context.output_projection": False}, 2e-6),
    "tap": ({"ctam": "none"}, {"model.context.directions": "none"}, 2e-6),
    "ner": ({"ctam": "entity"}, {"model.context.directions": "entity"}, 2e-6),
    "re": ({"ctam": "relation"}, {"model.context.directions": "relation"}, 2e-6),
    "heads_1": ({"heads": 1}, {"model.context.heads": 1}, 2e-6),
    "heads_8": ({"heads": 8}, {"model.context.heads": 8}, 2e-6),
    "layers_2": ({"layers": 2}, {"model.context.layers": 2}, 2e-6),
    "layers_5": ({"layers": 5}, {"model.context.layers": 5}, 2e-6),
    "unshared": (
        {"share": False, "layers": 2},
        {"model.context.share": False, "model.context.layers": 2},
        2e-6,
    ),
}
BASE = ["ablations/sinet/base"]


def model_of(folder: Path, naive: NaiveSinet, overlays: list[str], **overrides: Any) -> JointModel:
    return jointre_model(folder, naive, layout_of(naive), overlays, **overrides)


@pytest.mark.parametrize("size", LENGTHS)
def test_span_logits_and_relation_probabilities(tmp_path: Path, size: int):
    naive = tiny_sinet(size)
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(size, LENGTHS[size])
    mine = scores(model_of(folder, naive, []), docs)
    assert_all_candidates(mine, docs, 8)
    assert_same_scores(mine, naive, naive_sentences(folder, docs), 2e-6)


@pytest.mark.parametrize("name", ABLATIONS)
def test_ablations(tmp_path: Path, name: str):
    options, values, tolerance = ABLATIONS[name]
    naive = tiny_sinet(7, **options)
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(7, [1, 9, 4])
    mine = scores(model_of(folder, naive, [], **values), docs)
    assert_same_scores(mine, naive, naive_sentences(folder, docs), tolerance)


def test_base(tmp_path: Path):
    naive = tiny_sinet(7, tap=False, ctam="none")
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(7, [1, 9, 4])
    mine = scores(model_of(folder, naive, BASE), docs)
    assert_same_scores(mine, naive, naive_sentences(folder, docs), 2e-6)


def test_without_the_last_special_piece(tmp_path: Path):
    naive = tiny_sinet(3, include_sep=False)
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(3, [1, 8, 5])
    model = model_of(folder, naive, [], model__context__include_sep=False)
    assert_same_scores(scores(model, docs), naive, naive_sentences(folder, docs), 2e-6)


def test_the_norm_has_the_eps_of_the_published_code(tmp_path: Path):
    """1e-5, not the encoder's 1e-12: it matters where what is normalised is small."""
    naive = tiny_sinet(5)
    with torch.no_grad():
        for part in (naive.linear_s.weight, naive.linear_r.weight, naive.cross_attention.proj.bias):
            part *= 0.003
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(5, [6])
    assert_same_scores(scores(model_of(folder, naive, []), docs), naive, naive_sentences(folder, docs), 2e-6)


def test_a_sentence_scores_the_same_alone_and_in_a_padded_batch(tmp_path: Path):
    naive = tiny_sinet(1)
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(1, [3, 19, 1, 8])
    model = model_of(folder, naive, [])
    batch, single = scores(model, docs), [scores(model, [doc]) for doc in docs]
    for name in ("entity", "relation"):
        both = getattr(batch, name), torch.cat([getattr(one, name) for one in single])
        torch.testing.assert_close(*both, atol=3e-6, rtol=1e-5)


def test_attended_padding_is_that_of_the_published_code(tmp_path: Path):
    """Equal to the oracle that is told how much padding there is, and so other than the sentence alone."""
    naive = tiny_sinet(2)
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(2, [3, 14])
    values = {"model__context__mask_padding": False, "model__encoder__packed": "never"}
    model = model_of(folder, naive, [], **values)
    short, long = naive_sentences(folder, docs)
    padded = tiny_sinet(2, padding=len(long.ids) - len(short.ids))
    batch, single = scores(model, docs), scores(model, docs[:1])
    assert_same_scores(single, naive, [short], 2e-6)
    assert (batch.entity[: len(single.entity)] - single.entity).abs().max() > 1e-3
    with torch.inference_mode():
        states = [padded.states(short), naive.states(long)]
    assert_same_scores(batch, naive, [short, long], 2e-6, states)


def test_without_interaction_and_sentence_vector_it_is_spert(tmp_path: Path):
    """The weights of a SpERT, with zeros for the relation head's sentence vector."""
    spert = tiny(9)
    folder, docs = write_checkpoint(tmp_path, spert), toy_docs(9, [5, 12, 1])
    model = jointre_model(folder, spert, SPERT, model__entity_head__sampler__max_width=8)
    naive = tiny_sinet(9, tap=False, ctam="none")
    naive.load_state_dict(
        {**spert.state_dict(), "rel_classifier.weight": widened(spert.rel_classifier.weight)}
    )
    mine = scores(model_of(folder, naive, BASE), docs)
    theirs = scores(model, docs)
    assert mine.pairs == theirs.pairs
    torch.testing.assert_close(mine.entity, theirs.entity, atol=0, rtol=0)
    torch.testing.assert_close(mine.relation, theirs.relation, atol=1e-7, rtol=0)
    assert_same_scores(mine, spert, naive_sentences(folder, docs), 1e-6)


def widened(weight: torch.Tensor) -> torch.Tensor:
    """[context; 0; head; tail; widths] from [context; head; tail; widths]."""
    hidden = 16
    zeros = weight.new_zeros(len(weight), hidden)
    return torch.cat([weight[:, :hidden], zeros, weight[:, hidden:]], dim=1).detach()


def test_columns_of_the_relation_head():
    """[context; sentence; head; tail; widths] as published, a width beside its span in jointre."""
    naive = tiny_sinet(0)
    columns = torch.cat(
        [torch.full((16,), float(n)) for n in range(4)] + [torch.full((5,), n) for n in (4.0, 5.0)]
    )
    state = {**naive.state_dict(), "rel_classifier.weight": columns.unsqueeze(0)}
    moved = to_jointre(SINET, state, Table(100, 5))["relation_head.classifier.weight"][0]
    assert [int(value) for value in moved.unique_consecutive()] == [0, 1, 2, 4, 3, 5]


def test_every_parameter_matters(tmp_path: Path):
    """A parameter that the comparison could not tell from another would not be tested by it."""
    naive = tiny_sinet(4)
    folder, docs = write_checkpoint(tmp_path, naive), toy_docs(4, [6])
    model = model_of(folder, naive, [])
    truth = scores(model, docs)
    names = under_jointre_names(
        SINET, naive, {n: naive.state_dict()[n] for n in [*SINET.own, "rel_classifier.weight"]}
    )
    for name in names:
        parameter = model.get_parameter(name)
        kept = parameter.detach().clone()
        with torch.no_grad():
            parameter.copy_(kept.roll(1, dims=-1))
        other = scores(model, docs)
        moved = max((other.entity - truth.entity).abs().max(), (other.relation - truth.relation).abs().max())
        assert moved > 1e-4, name
        with torch.no_grad():
            parameter.copy_(kept)
