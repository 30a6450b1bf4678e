"""Updates of only those rows of a vocabulary that have occurred."""

import copy
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from jointre.optimizers import vocabulary_rows
from jointre.optimizers.adamw import AdamSpec, AdamWSpec, BertAdamWSpec
from jointre.optimizers.vocabulary_rows import VocabularyRows, give_row_gradients
from jointre.training.base_updater import clip_
from jointre.training.processes import Processes

SPECS = [
    BertAdamWSpec(lr=1e-2, weight_decay=0.1),
    BertAdamWSpec(lr=1e-2, weight_decay=0.0),
    AdamWSpec(lr=1e-2, weight_decay=0.1),
    AdamSpec(lr=1e-2, weight_decay=0.0),
]
NAMES = ["BERT", "BERT, no decay", "AdamW", "Adam"]


@pytest.fixture(autouse=True)
def small_vocabularies(monkeypatch):
    monkeypatch.setattr(vocabulary_rows, "LARGE", 20)


class Network(nn.Module):
    """A vocabulary of 40 words, of which 30 occur, and a linear map."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.words, self.linear = nn.Embedding(40, 8, padding_idx=0), nn.Linear(8, 3)

    def forward(self, ids):
        return self.linear(self.words(ids)).pow(2).sum()


@dataclass
class Training:
    """A network and its optimizer; both forms of the optimizer get the same batches."""

    network: Network
    optimizer: torch.optim.Optimizer
    updates: int = 0

    def __call__(self, n, largest=None):
        for number in range(self.updates, self.updates + n):
            maker = torch.Generator().manual_seed(number)
            ids = torch.randint(0, 10 + 5 * min(number, 4), (2, 4), generator=maker)
            self.optimizer.param_groups[0]["lr"] = 1e-2 * (1 + number) / 12
            self.network(ids).backward()
            clip_(self.network.parameters(), largest)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        self.updates += n
        return self

    def __eq__(self, other):
        pairs = zip(self.network.parameters(), other.network.parameters(), strict=True)
        return all(torch.equal(one, two) for one, two in pairs)


def by_rows(spec):
    network = Network()
    optimizer = spec.create(network)
    assert isinstance(optimizer, VocabularyRows) and network.words.sparse
    return Training(network, optimizer)


def dense(spec, monkeypatch):
    network = Network()
    with monkeypatch.context() as patch:
        patch.setattr(vocabulary_rows, "LARGE", 41)
        optimizer = spec.create(network)
    assert not isinstance(optimizer, VocabularyRows) and not network.words.sparse
    return Training(network, optimizer)


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
@pytest.mark.parametrize("largest", [None, 0.5])
def test_the_weights_are_those_of_dense_gradients(spec, largest, monkeypatch):
    one, two = by_rows(spec)(12, largest), dense(spec, monkeypatch)(12, largest)
    for mine, theirs in zip(one.network.parameters(), two.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-6 if largest else 1e-7)
    state = one.optimizer.state[one.network.words.weight]
    whole = two.optimizer.state[two.network.words.weight]
    rows = state["rows"]
    assert 20 < len(rows) < 31 and len(set(rows.tolist())) == len(rows) <= len(state["exp_avg"]) < 60
    for name in ("exp_avg", "exp_avg_sq"):
        torch.testing.assert_close(state[name][: len(rows)], whole[name][rows], rtol=1e-5, atol=1e-9)
        assert not state[name][len(rows) :].any()


def test_words_that_do_not_occur_only_decay():
    trained = by_rows(AdamWSpec(lr=1e-2, weight_decay=0.1))
    before = trained.network.words.weight[35:].detach().clone()
    trained(3)
    kept = (1 - 0.1 * 1e-2 * 1 / 12) * (1 - 0.1 * 1e-2 * 2 / 12) * (1 - 0.1 * 1e-2 * 3 / 12)
    torch.testing.assert_close(trained.network.words.weight[35:].detach(), before * kept)


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_a_loaded_state_continues_exactly(spec):
    whole, first = by_rows(spec)(9), by_rows(spec)(4)
    second = by_rows(spec)
    second.network.load_state_dict(first.network.state_dict())
    second.optimizer.load_state_dict(copy.deepcopy(first.optimizer.state_dict()))
    second.updates = 4
    assert second(5) == whole


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_gradients_may_become_dense_and_sparse_again(spec, monkeypatch):
    one, two = by_rows(spec), dense(spec, monkeypatch)
    for sparse in (True, False, True):
        one.network.words.sparse = sparse
        one(4)
    two(12)
    for mine, theirs in zip(one.network.parameters(), two.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-7)
    assert "rows" not in one.optimizer.state[one.network.words.weight]


def test_some_vocabularies_have_dense_gradients():
    tied = Network()
    tied.answer = nn.Linear(8, 40, bias=False)
    tied.answer.weight = tied.words.weight
    frozen, compiled, small = Network(), Network(), Network()
    frozen.words.requires_grad_(False)
    compiled.compile()
    small.words = nn.Embedding(19, 8)
    for network in (tied, frozen, compiled, small, Network().to("meta")):
        assert not give_row_gradients(network) and not network.words.sparse
    decayed = Network()
    AdamSpec(weight_decay=0.1).create(decayed)
    assert not decayed.words.sparse, "the decay is part of the gradient of every row"


def test_sparse_gradients_are_clipped_as_dense_ones(monkeypatch):
    one, two = by_rows(SPECS[0]).network, dense(SPECS[0], monkeypatch).network
    ids = torch.tensor([[3, 3, 0], [5, 3, 1]])
    for network in (one, two):
        network(ids).backward()
    norms = [clip_(network.parameters(), 1e-3) for network in (one, two)]
    torch.testing.assert_close(*norms)
    torch.testing.assert_close(one.words.weight.grad.to_dense(), two.words.weight.grad)
    assert float(clip_(one.parameters(), None)) == pytest.approx(1e-3, rel=1e-3)


def test_several_processes_add_dense_gradients(monkeypatch):
    network = by_rows(SPECS[0]).network
    network(torch.tensor([[3, 3], [5, 1]])).backward()
    expected = 2 * network.words.weight.grad.to_dense()
    processes = Processes(count=2)
    monkeypatch.setattr(Processes, "any", lambda _, *flags: flags)
    monkeypatch.setattr(Processes, "add", lambda _, values: 2 * values)
    processes.add_gradients(network.parameters())
    assert torch.equal(network.words.weight.grad, expected)
