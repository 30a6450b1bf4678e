"""Linear-chain models over the tags of a sentence: constrained Viterbi decoding, and a CRF.

C tags, emissions [B, W, C] in fp32, ``n_words`` [B] words of each sentence; what stands beyond them is never read
into a result. Loops run over words, not over sentences, and nothing waits for a GPU.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from jointre.data.tags import Transitions

FORBIDDEN = -1e4  # exp(-1e4) is 0 in fp32, and sums with it stay finite


class Chain(NamedTuple):
    """Scores of transitions ``between`` [C, C] (from, to), of the ``first`` [C] and of the ``last`` [C] tag."""

    between: Tensor
    first: Tensor
    last: Tensor


class Constraints(nn.Module):
    """Transitions that a tag scheme allows, all with score 0."""

    may_follow: Tensor
    may_begin: Tensor
    may_end: Tensor

    def __init__(self, allowed: Transitions) -> None:
        super().__init__()
        for name, table in zip(("may_follow", "may_begin", "may_end"), allowed, strict=True):
            self.register_buffer(name, torch.from_numpy(table), persistent=False)

    def chain(self, forbidden: float) -> Chain:
        """The scores, with ``forbidden`` for what the scheme does not allow."""
        masks = (self.may_follow, self.may_begin, self.may_end)
        filled = (
            score.masked_fill(~mask, forbidden) for score, mask in zip(self.scores(), masks, strict=True)
        )
        return Chain(*filled)

    def scores(self) -> Chain:
        """The scores of all transitions, allowed or not."""
        masks = (self.may_follow, self.may_begin, self.may_end)
        return Chain(*(torch.zeros_like(mask, dtype=torch.float32) for mask in masks))

    def viterbi(self, emissions: Tensor, n_words: Tensor) -> Tensor:
        """[B, W] the best sequence of tags that the scheme allows; 0 beyond the last word."""
        return viterbi(emissions, self.chain(-torch.inf), n_words)


class LinearChainCRF(Constraints):
    """A linear-chain conditional random field over the sequences that a tag scheme allows.

    The probability of a sequence is proportional to exp of its emissions, transitions, first and last score;
    sequences that the scheme does not allow have probability 0, in training as well as in decoding, so that none is
    spent on what may not be predicted. Transition scores begin at 0.
    """

    def __init__(self, allowed: Transitions) -> None:
        super().__init__(allowed)
        self.between, self.first, self.last = (nn.Parameter(torch.zeros(table.shape)) for table in allowed)

    def scores(self) -> Chain:
        """See `Constraints.scores`."""
        return Chain(self.between, self.first, self.last)

    def conditionals(self, emissions: Tensor, tags: Tensor, n_words: Tensor) -> Tensor:
        """[B, W, C] scores of each tag given the tag before it in ``tags`` [B, W].

        Under a softmax they are ``p(y_t | y_t-1, sentence)``: a CRF is a Markov chain once the sentence is given. So
        the cross-entropy of a sentence's rows with ``tags`` adds up to its exact negative log-likelihood.
        """
        between, first, _ = chain = self.chain(FORBIDDEN)
        before = between.index_select(0, tags[:, :-1].flatten())
        before = before.view(len(tags), -1, len(first))
        start = first.expand(len(tags), 1, -1)
        return torch.cat([start, before], dim=1) + emissions + suffixes(emissions, chain, n_words)

    def log_marginals(self, emissions: Tensor, n_words: Tensor) -> Tensor:
        """[B, W, C] log-probability of each tag of each word; means nothing beyond the last word."""
        chain = self.chain(FORBIDDEN)
        scores = prefixes(emissions, chain) + suffixes(emissions, chain, n_words)
        return scores.log_softmax(dim=2)


def prefixes(emissions: Tensor, chain: Chain) -> Tensor:
    """[B, W, C] log-sum over all sequences up to a word and its tag, both included."""
    sums = [chain.first + emissions[:, 0]]
    for emission in emissions.unbind(1)[1:]:
        sums.append((sums[-1].unsqueeze(2) + chain.between).logsumexp(dim=1) + emission)
    return torch.stack(sums, dim=1)


def suffixes(emissions: Tensor, chain: Chain, n_words: Tensor) -> Tensor:
    """[B, W, C] log-sum over all sequences after a word, given its tag; the emissions of the word left out."""
    last = chain.last.expand(len(emissions), -1)
    sums = [last]
    for place in range(emissions.shape[1] - 2, -1, -1):
        after = (chain.between + (emissions[:, place + 1] + sums[-1]).unsqueeze(1)).logsumexp(dim=2)
        sums.append(torch.where((place < n_words - 1).unsqueeze(1), after, last))
    return torch.stack(sums[::-1], dim=1)


def viterbi(emissions: Tensor, chain: Chain, n_words: Tensor) -> Tensor:
    """[B, W] int64 the sequence with the highest score; 0 beyond the last word."""
    best = chain.first + emissions[:, 0]
    came_from = []
    for place, emission in enumerate(emissions.unbind(1)[1:], start=1):
        score, origin = (best.unsqueeze(2) + chain.between).max(dim=1)
        best = torch.where((place < n_words).unsqueeze(1), score + emission, best)
        came_from.append(origin)
    tag = (best + chain.last).argmax(dim=1)
    path = [tag]
    for place in range(len(came_from), 0, -1):
        before = came_from[place - 1].gather(1, tag.unsqueeze(1)).squeeze(1)
        tag = torch.where(place < n_words, before, tag)
        path.append(tag)
    tags = torch.stack(path[::-1], dim=1)
    return tags.masked_fill(torch.arange(tags.shape[1], device=tags.device) >= n_words.unsqueeze(1), 0)
