"""Linear-chain models over the tags of a sentence: constrained Viterbi decoding, and a CRF.

There are C tags, emissions [B, W, C] in fp32, and ``n_words`` [B] int64 words per sentence. Values beyond the last word
never influence a result. Loops run over words, not over sentences, and nothing waits for a GPU.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from jointre.data.tags import Transitions

FORBIDDEN = -1e4  # exp(-1e4) is 0 in fp32, and sums with it stay finite


class Chain(NamedTuple):
    """Scores of the transitions ``between`` [C, C] (from, to), of the ``first`` [C] and of the ``last`` [C] tag."""

    between: Tensor
    first: Tensor
    last: Tensor


class Constraints(nn.Module):
    """The transitions that a tag scheme allows, all with score 0."""

    may_follow: Tensor
    may_begin: Tensor
    may_end: Tensor

    def __init__(self, allowed: Transitions) -> None:
        super().__init__()
        for name, table in zip(("may_follow", "may_begin", "may_end"), allowed, strict=True):
            self.register_buffer(name, torch.from_numpy(table), persistent=False)

    def chain(self, forbidden: float) -> Chain:
        """Return the scores, with ``forbidden`` for transitions that the scheme does not allow."""
        masks = (self.may_follow, self.may_begin, self.may_end)
        filled = (
            score.masked_fill(~mask, forbidden) for score, mask in zip(self.scores(), masks, strict=True)
        )
        return Chain(*filled)

    def scores(self) -> Chain:
        """Return the scores of all transitions, allowed or not."""
        masks = (self.may_follow, self.may_begin, self.may_end)
        return Chain(*(torch.zeros_like(mask, dtype=torch.float32) for mask in masks))

    def viterbi(self, emissions: Tensor, n_words: Tensor) -> Tensor:
        """Return [B, W] int64, the best sequence of tags that the scheme allows; 0 beyond the last word."""
        return viterbi(emissions, self.chain(-torch.inf), n_words)


class LinearChainCRF(Constraints):
    """A linear-chain conditional random field over the sequences that a tag scheme allows.

    The probability of a sequence is proportional to exp of the sum of its emissions, transitions, first and last score.
    Sequences that the scheme does not allow have probability 0, in training as well as in decoding, so that no
    probability is spent on what cannot be predicted. Transition scores start at 0.
    """

    def __init__(self, allowed: Transitions) -> None:
        super().__init__(allowed)
        self.between, self.first, self.last = (nn.Parameter(torch.zeros(table.shape)) for table in allowed)

    def scores(self) -> Chain:
        """See `Constraints.scores`."""
        return Chain(self.between, self.first, self.last)

    def conditionals(self, emissions: Tensor, tags: Tensor, n_words: Tensor) -> Tensor:
        """Return [B, W, C], the scores of each tag given the tag before it in ``tags`` [B, W].

        Under a softmax they are ``p(y_t | y_t-1, sentence)``: given the sentence, a CRF is a Markov chain. So the
        cross-entropies of a sentence's rows with ``tags`` add up to its exact negative log-likelihood.
        """
        between, first, _ = chain = self.chain(FORBIDDEN)
        before = between.index_select(0, tags[:, :-1].flatten())
        before = before.view(len(tags), -1, len(first))
        start = first.expand(len(tags), 1, -1)
        return torch.cat([start, before], dim=1) + emissions + suffixes(emissions, chain, n_words)

    def log_marginals(self, emissions: Tensor, n_words: Tensor) -> Tensor:
        """Return [B, W, C], the log-probability of each tag of each word; meaningless beyond the last word."""
        chain = self.chain(FORBIDDEN)
        scores = prefixes(emissions, chain) + suffixes(emissions, chain, n_words)
        return scores.log_softmax(dim=2)


def prefixes(emissions: Tensor, chain: Chain) -> Tensor:
    """Return [B, W, C], the log-sum over all sequences up to and including a word and its tag."""
    sums = [chain.first + emissions[:, 0]]
    for emission in emissions.unbind(1)[1:]:
        sums.append((sums[-1].unsqueeze(2) + chain.between).logsumexp(dim=1) + emission)
    return torch.stack(sums, dim=1)


def suffixes(emissions: Tensor, chain: Chain, n_words: Tensor) -> Tensor:
    """Return [B, W, C], the log-sum over all sequences after a word, given its tag, without the emissions of
    the word.
    """
    last = chain.last.expand(len(emissions), -1)
    sums = [last]
    for place in range(emissions.shape[1] - 2, -1, -1):
        after = (chain.between + (emissions[:, place + 1] + sums[-1]).unsqueeze(1)).logsumexp(dim=2)
        sums.append(torch.where((place < n_words - 1).unsqueeze(1), after, last))
    return torch.stack(sums[::-1], dim=1)


def viterbi(emissions: Tensor, chain: Chain, n_words: Tensor) -> Tensor:
    """Return [B, W] int64, the sequence with the highest score; 0 beyond the last word."""
    # forward: the best score of each tag, and the tag before it
    best = chain.first + emissions[:, 0]
    came_from = []
    for place, emission in enumerate(emissions.unbind(1)[1:], start=1):
        score, origin = (best.unsqueeze(2) + chain.between).max(dim=1)
        best = torch.where((place < n_words).unsqueeze(1), score + emission, best)
        came_from.append(origin)
    # backward: follow the tags from the last word of each sentence
    tag = (best + chain.last).argmax(dim=1)
    path = [tag]
    for place in range(len(came_from), 0, -1):
        before = came_from[place - 1].gather(1, tag.unsqueeze(1)).squeeze(1)
        tag = torch.where(place < n_words, before, tag)
        path.append(tag)
    tags = torch.stack(path[::-1], dim=1)
    return tags.masked_fill(torch.arange(tags.shape[1], device=tags.device) >= n_words.unsqueeze(1), 0)
