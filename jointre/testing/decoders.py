"""The contract of decoders."""

from copy import deepcopy
from dataclasses import fields, replace

import torch
from torch import Tensor

from jointre.data.stages import Prediction
from jointre.decoders.base import Decoder
from jointre.testing.asserts import expect, named
from jointre.testing.toy import toy_docs, toy_labels

DOCS, SPANS, RELATIONS, WORDS = 4, 24, 60, 8


def check_decoder(decoder: Decoder) -> None:
    """Check that rows are only left out, that given entities stay, and that documents do not depend on each other."""
    what, part = named(decoder), deepcopy(decoder)
    part.build(toy_labels().with_triples(toy_docs()))
    found = toy_prediction()
    kept = deepcopy(found)
    chosen = part(found)
    expect(isinstance(chosen, Prediction), f"{what} returns a {type(chosen).__name__}, not a Prediction")
    expect(_same(found, kept), f"{what} changes what was found")
    expect(_same(part(found), chosen), f"{what} returns something else the second time")
    _expect_chosen(found, chosen, what)
    nothing = torch.zeros(SPANS, dtype=torch.bool)
    none = part(found.only(entities=nothing))
    expect(
        len(none.entity_doc) == len(none.head) == 0,
        f"{what} makes entities or relations where there are none",
    )
    given = replace(found, typed=torch.ones_like(found.typed), given=True)
    same = torch.equal(part(given).entity_score, given.entity_score)
    same = same and torch.equal(part(given).entity_label, given.entity_label)
    expect(same, f"{what} changes given entities")
    for number in range(DOCS):
        alone = part(found.only(entities=found.entity_doc == number))
        whole = chosen.only(entities=chosen.entity_doc == number)
        expect(_same(alone, whole), f"{what}: the result of a document depends on the rest of its batch")


def toy_prediction() -> Prediction:
    """Return overlapping spans and relations of several documents; every score occurs once."""
    maker = torch.Generator().manual_seed(4)

    def drawn(high: int, size: int) -> Tensor:
        return torch.randint(high, (size,), generator=maker)

    def scores(size: int) -> Tensor:
        return (1 + torch.randperm(size, generator=maker)) / (size + 1)

    labels = toy_labels()
    doc = drawn(DOCS, SPANS).sort().values
    start = drawn(WORDS, SPANS)
    words = torch.stack([start, start + 1 + drawn(3, SPANS)], dim=1)
    head, tail = drawn(SPANS, RELATIONS), drawn(SPANS, RELATIONS)
    within = (doc[head] == doc[tail]) & (head != tail)
    head, tail = head[within], tail[within]
    typed = torch.ones(SPANS, dtype=torch.bool)
    typed[head[:2]] = False
    return Prediction(
        doc,
        words,
        1 + drawn(len(labels.entities), SPANS),
        scores(SPANS),
        head,
        tail,
        drawn(len(labels.relations), len(head)),
        scores(len(head)),
        typed,
    )


def _expect_chosen(found: Prediction, chosen: Prediction, what: str) -> None:
    """Expect that the rows of ``chosen`` are rows of ``found`` in their order; scores say which."""
    entities = _rows(found.entity_score, chosen.entity_score, f"{what}: entities")
    same = torch.equal(found.entity_words[entities], chosen.entity_words)
    same = same and torch.equal(found.entity_doc[entities], chosen.entity_doc)
    expect(same, f"{what} moves entities")
    relations = _rows(found.score, chosen.score, f"{what}: relations")
    for name in ("head", "tail"):
        row: Tensor = getattr(chosen, name)
        inside = ((row >= 0) & (row < len(entities))).all()
        expect(inside, f"{what}: the {name} of a relation is not among the entities")
        expect(
            torch.equal(entities[row], getattr(found, name)[relations]),
            f"{what} gives a relation another {name}",
        )
    labels = toy_labels()
    expect(
        ((chosen.entity_label >= 1) & (chosen.entity_label <= len(labels.entities))).all(),
        f"{what}: no such type",
    )
    expect(
        ((chosen.label >= 0) & (chosen.label < len(labels.relations))).all(), f"{what}: no such relation type"
    )


def _rows(found: Tensor, chosen: Tensor, what: str) -> Tensor:
    """Return the rows of ``found`` with these scores."""
    known = {score: row for row, score in enumerate(found.tolist())}
    rows = [known.get(score, -1) for score in chosen.tolist()]
    expect(-1 not in rows, f"{what} have scores that were not found")
    expect(rows == sorted(set(rows)), f"{what} are in another order, or occur twice")
    return torch.tensor(rows, dtype=torch.int64)


def _same(left: Prediction, right: Prediction) -> bool:
    names = [item.name for item in fields(Prediction) if item.name != "given"]
    return all(torch.equal(getattr(left, name), getattr(right, name)) for name in names)
