"""Contexts pooled from a range of the sentence: between the pair, or the whole sentence."""

from collections.abc import Sequence

from torch import Tensor

from jointre.context_encoders.agents import word_range
from jointre.context_encoders.pooled_ranges import RangeContext, between
from jointre.data.batch import Batch
from jointre.data.stages import Pairs, Spans, View
from jointre.registry import registry


@registry.context_encoders("jointre.localized.v1")
class LocalizedContext(RangeContext):
    """SpERT's localized context (SpERT, Section 3): the units between the two spans.

    It is zero for adjacent, overlapping and nested pairs.
    """

    def ranges(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Tensor]:
        """Return the range from the end of the earlier span to the start of the later one."""
        return [between(spans, pairs, view.level)]


@registry.context_encoders("jointre.full.v1")
class FullContext(RangeContext):
    """SpERT's ablation "full" (SpERT, Figure 3): all words of the sentence, the same for all its pairs.

    Special tokens are left out.
    """

    one_per = "document"

    def ranges(self, view: View, spans: Spans, pairs: Pairs, batch: Batch) -> Sequence[Tensor]:
        """Return the range from the first word to the last."""
        return [word_range(batch, view.level)[pairs.doc]]
