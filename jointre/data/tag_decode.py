"""Decode the spans of a padded batch of tags on their device."""

import torch
from torch import Tensor
from torch.nn.functional import pad

from jointre.data.tags import TagSpace

BEGIN, INSIDE, END = 0, 1, 2


def span_ends(tags: Tensor, n_words: Tensor, space: TagSpace, strict: bool = False) -> Tensor:
    """Return where spans start and end; they are the spans that `TagSpace.decode` finds sentence by sentence.

    Nothing is waited for, and no loop runs over words.

    Args:
        tags: [B, W] int64 tag ids; whatever stands beyond the last word counts for nothing.
        n_words: [B] int64.
        strict: only what the scheme allows, or every tag by seqeval's rule.

    Returns:
        [B, W] int64: the exclusive end of the span that starts at this word, 0 where none starts.
    """
    place = torch.arange(tags.shape[1], device=tags.device)
    tags = tags.masked_fill(place >= n_words.unsqueeze(1), 0)
    kind = torch.where(tags > 0, (tags - 1) % len(space.prefixes), -1)
    label = classes(tags, space)
    before, its_label = pad(kind[:, :-1], (1, 0), value=-1), pad(label[:, :-1], (1, 0))
    opened = (before == BEGIN) | (before == INSIDE)
    goes_on = opened & ((kind == INSIDE) | (kind == END)) & (label == its_label)
    breaks = torch.where(goes_on, tags.shape[1], place)
    ends = pad(breaks[:, 1:], (0, 1), value=tags.shape[1]).flip(1).cummin(dim=1).values.flip(1)
    if not strict:
        return ends.masked_fill((tags == 0) | goes_on, 0)
    starts = (kind == BEGIN) | (kind > END)
    if len(space.prefixes) == 4:
        starts = starts & (kind.gather(1, ends - 1) >= END)
    return ends.masked_fill(~starts, 0)


def classes(tags: Tensor, space: TagSpace) -> Tensor:
    """Return the class of each tag id, from 1; 0 for O."""
    k = len(space.prefixes)
    return torch.div(tags + k - 1, k, rounding_mode="floor")


def flat_spans(ends: Tensor) -> tuple[Tensor, Tensor]:
    """Return the spans of `span_ends` as rows ``doc`` [M] and ``words`` [M, 2]; it waits for a GPU once."""
    doc, start = torch.nonzero(ends, as_tuple=True)
    return doc, torch.stack([start, ends[doc, start]], dim=1)
