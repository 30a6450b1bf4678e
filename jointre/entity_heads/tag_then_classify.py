"""Find spans by tags without types, then classify each span."""

from collections.abc import Mapping

from torch import nn

from jointre.data.batch import Batch
from jointre.data.labels import Labels
from jointre.data.overlaps import Overlap
from jointre.data.stages import EntityOutput, SpanDims, SpanRows, Spans
from jointre.data.tags import Scheme
from jointre.entity_heads.types import predicted_types, trained_types
from jointre.entity_heads.word_tagger import Decode, WordTagger
from jointre.limits import ProperFraction
from jointre.losses.base import Targets
from jointre.nn.init import init_normal
from jointre.nn.words import Take
from jointre.registry import registry
from jointre.samplers.base import TAGS, taught
from jointre.schedules.base import Schedule
from jointre.span_extractors.base import Extracted, SpanExtractor
from jointre.views.base import Views, ViewWidths


@registry.entity_heads("jointre.tag_then_classify.v1")
class TagThenClassify(WordTagger):
    """ENPAR's entity head (ENPAR, Section 2.4): tags without types, then types of their spans.

    The classifier, ``y = A x + a``, reads the features of a span and has a class for "no entity". There are two loss
    terms: ``tag`` with one row per word, and ``entity`` with one row per candidate. In training the candidates are all
    gold entities and the decoded spans. The score of a span is the probability of its class.

    Args:
        extractor: makes the span features that are classified and passed on.
        teacher: share of the sentences whose gold tags are decoded in training, drawn for each sentence; they have only
            gold candidates. Null for none.
    """

    targets: Mapping[str, Targets] = {"tag": "classes", "entity": "classes"}

    def __init__(
        self,
        extractor: SpanExtractor,
        teacher: Schedule | None = None,
        scheme: Scheme = "BIEOU",
        decode: Decode = "lenient",
        crf: bool = False,
        view: str = "encoder",
        word: Take = "first",
        dropout: ProperFraction = 0.1,
        overlap: Overlap = "refuse",
    ) -> None:
        super().__init__(scheme, decode, crf, view, word, dropout, overlap)
        self.extractor = extractor
        self.teacher = teacher

    def build(self, views: ViewWidths, labels: Labels) -> SpanDims:
        """Make the tagger, see `WordTagger.build_tags`, and ``types`` [E, width of the features] ~ N(0, 0.02)."""
        self.build_tags(views, None)
        dims = self.extractor.build(views)
        self.types = nn.Linear(dims.total, len(labels.entities) + 1)
        init_normal(self.types)
        return dims

    def forward(self, views: Views, batch: Batch) -> EntityOutput:
        """See `EntityHead.forward`. Outside training the candidates are the decoded spans."""
        reading = self.read(views, batch)
        if self.training:
            taught_docs = taught(self.teacher, batch, TAGS).unsqueeze(1)
            spans, _ = self.gold_and_found(batch, reading.ends.masked_fill(taught_docs, 0))
        else:
            spans = self.found(batch, reading.ends)
        features = self.extractor(views, spans)
        logits = self.types(features.concatenated())
        if not self.training:
            return predicted_types(spans, features, logits)
        return trained_types(spans, features, logits, batch, {"tag": self.tag_term(batch, reading.logits)})

    def features(self, views: Views, spans: Spans) -> SpanRows:
        """See `EntityHead.features`."""
        return Extracted(self.extractor, views, spans)
