"""The linear-chain CRF against sums over all sequences of tags."""

from functools import cache
from itertools import pairwise, product

import pytest
import torch

from jointre.data.tags import TagSpace
from jointre.nn.crf import FORBIDDEN, Constraints, LinearChainCRF, suffixes

SPACE = TagSpace("BIOES", ("A",))
LENGTHS = [4, 1, 3, 2]
N_WORDS = torch.tensor(LENGTHS)
SIZE = len(SPACE)


@pytest.fixture
def crf():
    part = LinearChainCRF(SPACE.transitions()).double()
    maker = torch.Generator().manual_seed(0)
    for parameter in part.parameters():
        parameter.data.normal_(generator=maker)
    return part


@pytest.fixture
def emissions():
    maker = torch.Generator().manual_seed(1)
    return torch.randn(
        len(LENGTHS), max(LENGTHS), SIZE, generator=maker, dtype=torch.float64
    ).requires_grad_()


@cache
def legal(length):
    """All sequences of tags that the scheme allows."""
    every = product(range(SIZE), repeat=length)
    return [ids for ids in every if SPACE.encode(SPACE.decode(ids, strict=True), length) == list(ids)]


def score(crf, emissions, ids):
    """The definition: first, emissions and transitions, last."""
    moves = [crf.between[pair] for pair in pairwise(ids)]
    said = [emissions[place, tag] for place, tag in enumerate(ids)]
    return torch.stack([crf.first[ids[0]], *said, *moves, crf.last[ids[-1]]]).sum()


def every_score(crf, emissions, length):
    return torch.stack([score(crf, emissions, ids) for ids in legal(length)])


def gold(maker_seed=3):
    """[B, W] a sequence that the scheme allows for each sentence, and what is beyond it."""
    maker = torch.Generator().manual_seed(maker_seed)
    tags = torch.zeros(len(LENGTHS), max(LENGTHS), dtype=torch.int64)
    for row, length in enumerate(LENGTHS):
        options = legal(length)
        tags[row, :length] = torch.tensor(options[int(torch.randint(len(options), (), generator=maker))])
    return tags


def test_the_partition_function_is_the_sum_over_all_sequences(crf, emissions):
    expected = [every_score(crf, row, n).logsumexp(0) for row, n in zip(emissions, LENGTHS, strict=True)]
    chain = crf.chain(FORBIDDEN)
    found = (chain.first + emissions[:, 0] + suffixes(emissions, chain, N_WORDS)[:, 0]).logsumexp(dim=1)
    torch.testing.assert_close(found, torch.stack(expected))


def likelihoods(crf, emissions, tags):
    """The definition of each sentence's negative log-likelihood."""
    rows = zip(emissions, tags.tolist(), LENGTHS, strict=True)
    return torch.stack(
        [every_score(crf, row, n).logsumexp(0) - score(crf, row, ids[:n]) for row, ids, n in rows]
    )


def cross_entropies(crf, emissions, tags):
    """The sum of the cross-entropies of each sentence's words."""
    logits = crf.conditionals(emissions, tags, N_WORDS)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tags.flatten(), reduction="none")
    real = torch.arange(tags.shape[1]) < N_WORDS.unsqueeze(1)
    return (loss.view_as(tags) * real).sum(dim=1)


@pytest.mark.parametrize("seed", [3, 4])
def test_the_cross_entropy_of_the_words_is_the_likelihood_of_the_sentence(crf, emissions, seed):
    """Value and all gradients."""
    tags = gold(seed)
    leaves = [emissions, *crf.parameters()]
    expected, found = likelihoods(crf, emissions, tags), cross_entropies(crf, emissions, tags)
    torch.testing.assert_close(found, expected)
    for row in range(len(LENGTHS)):
        right, wrong = (torch.autograd.grad(x[row], leaves, retain_graph=True) for x in (expected, found))
        torch.testing.assert_close(wrong, right)


def test_marginals_are_sums_over_the_sequences_through_a_tag(crf, emissions):
    found = crf.log_marginals(emissions, N_WORDS).exp()
    for row, n in enumerate(LENGTHS):
        weights = every_score(crf, emissions[row], n).softmax(0)
        expected = torch.zeros(n, SIZE, dtype=torch.float64)
        for ids, weight in zip(legal(n), weights, strict=True):
            expected[range(n), ids] += weight
        torch.testing.assert_close(found[row, :n], expected)


def test_the_best_sequence_is_the_best_of_all_that_the_scheme_allows(crf, emissions):
    found = crf.viterbi(emissions, N_WORDS)
    for row, n in enumerate(LENGTHS):
        best = legal(n)[int(every_score(crf, emissions[row], n).argmax())]
        assert found[row].tolist() == [*best, *[0] * (max(LENGTHS) - n)]


def test_what_the_scheme_forbids_is_never_decoded():
    """However large its scores are."""
    between, first, last = (torch.from_numpy(table) for table in SPACE.transitions())
    crf = LinearChainCRF(SPACE.transitions())
    for parameter, allowed in zip(crf.parameters(), (between, first, last), strict=True):
        parameter.data = torch.where(allowed, -1e3, 1e3)
    emissions = 100 * torch.randn(30, 7, SIZE, generator=torch.Generator().manual_seed(2))
    n_words = torch.arange(30) % 7 + 1
    for part in (crf, Constraints(SPACE.transitions())):
        for ids, n in zip(part.viterbi(emissions, n_words).tolist(), n_words.tolist(), strict=True):
            assert SPACE.encode(SPACE.decode(ids[:n], strict=True), n) == ids[:n]


def test_without_scores_viterbi_finds_the_most_probable_allowed_sequence(emissions):
    found = Constraints(SPACE.transitions()).viterbi(emissions.float(), N_WORDS)
    for row, n in enumerate(LENGTHS):
        said = emissions[row].tolist()
        sums = {ids: sum(said[t][tag] for t, tag in enumerate(ids)) for ids in legal(n)}
        assert tuple(found[row, :n].tolist()) == max(sums, key=lambda ids: sums[ids])


def test_large_scores_stay_finite_in_single_precision():
    crf = LinearChainCRF(SPACE.transitions())
    emissions = (50 * torch.randn(4, 200, SIZE, generator=torch.Generator().manual_seed(5))).requires_grad_()
    tags = torch.zeros(4, 200, dtype=torch.int64)
    logits = crf.conditionals(emissions, tags, torch.tensor([200, 1, 2, 100]))
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tags.flatten())
    grads = torch.autograd.grad(loss, [emissions, *crf.parameters()])
    assert all(torch.isfinite(value).all() for value in (logits, loss, *grads))


def test_no_step_waits_for_a_gpu():
    """On the meta device whatever reads a value raises."""
    with torch.device("meta"):
        crf = LinearChainCRF(SPACE.transitions()).to("meta")
        emissions, n_words = torch.empty(2, 5, SIZE), torch.empty(2, dtype=torch.int64)
        tags = crf.viterbi(emissions, n_words)
        assert crf.conditionals(emissions, tags, n_words).shape == emissions.shape
        assert crf.log_marginals(emissions, n_words).shape == emissions.shape
