"""The contract checks catch what they are there for: one faulty component for each clause."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import jointre.testing
from jointre.config.signature import home
from jointre.context_encoders.cls import ClsContext
from jointre.context_encoders.localized import LocalizedContext
from jointre.data.stages import PairDims, RelationOutput, SpanDims, ViewDims
from jointre.data.write import to_jsonl
from jointre.decoders import IndependentDecoder
from jointre.encoders.hf import HFEncoder
from jointre.entity_heads.span_classifier import SpanClassifier
from jointre.errors import DataError
from jointre.losses.entropy import CrossEntropy
from jointre.metrics.entities import EntityMetric
from jointre.optimizers.adamw import BertAdamWSpec
from jointre.pair_extractors import SpanPairs
from jointre.poolers.base import Pooler
from jointre.poolers.reduce import MaxPooler
from jointre.registry import registry
from jointre.relation_heads.linear import LinearRelationHead
from jointre.rereaders import TypedLayers
from jointre.samplers.pairs import EntityPairs
from jointre.samplers.spans import AllSpans
from jointre.schedules.base import Schedule
from jointre.schedules.warmup import WarmupLinear
from jointre.span_extractors.pooled import PooledSpanExtractor
from jointre.testing import check_component
from jointre.testing.contracts import CONTRACTS
from jointre.tokenizers.hf import HFTokenizer
from jointre.views.identity import IdentityViews
from jointre.writers.base import JsonLinesWriter
from jointre.writers.fit import as_words, only


def test_a_component_that_reads_no_widths_is_not_asked_for_them(encoder_folder):
    with pytest.raises(AssertionError, match="cannot be built for the toy data") as caught:
        check_component(HFTokenizer(str(encoder_folder), overlap=100))
    assert "dims" not in str(caught.value)


def test_windows_may_overlap_by_a_fixed_number_of_pieces(encoder_folder):
    check_component(HFTokenizer(str(encoder_folder), overlap=4))


class FirstPooler(Pooler):
    """The pooler of the README: state of the first unit; zeros for an empty range."""

    def forward(self, view, doc, ranges):
        start = ranges[:, 0].clamp(max=view.states.shape[1] - 1)
        return view.states[doc, start] * (ranges[:, 1] > ranges[:, 0]).unsqueeze(-1)


class ForgetsEmpty(FirstPooler):
    def forward(self, view, doc, ranges):
        return view.states[doc, ranges[:, 0].clamp(max=view.states.shape[1] - 1)]


class LooksAtThePadding(FirstPooler):
    def forward(self, view, doc, ranges):
        return super().forward(view, doc, ranges) * view.states.shape[1]


class LooksAtNeighbours(FirstPooler):
    def forward(self, view, doc, ranges):
        return super().forward(view, doc, ranges) * (1 + doc[:1].sum())


class WrongWidth(FirstPooler):
    def build(self, width):
        return width + 1


class UnusedParameter(FirstPooler):
    def build(self, width):
        self.spare = nn.Linear(width, width)
        return width


class Cut(FirstPooler):
    def forward(self, view, doc, ranges):
        return super().forward(view, doc, ranges).detach()


class NotFinite(FirstPooler):
    def forward(self, view, doc, ranges):
        return super().forward(view, doc, ranges) / (ranges[:, 1] != ranges[:, 0] + 3).unsqueeze(-1)


class DropsWidth(PooledSpanExtractor):
    def forward(self, views, spans):
        return replace(super().forward(views, spans), width=None)


class LimitsGold(AllSpans):
    def sample(self, batch, training):
        spans = super().sample(batch, training)
        return spans[spans.words[:, 1] - spans.words[:, 0] <= 10]


class KeepsQuiet(AllSpans):
    def unreachable(self, doc):
        return [None] * len(doc.entities)


class PeeksAtGold(AllSpans):
    def sample(self, batch, training):
        return super().sample(batch, training or batch.gold is not None)


class OwnRandomness(AllSpans):
    def sample(self, batch, training):
        spans = super().sample(batch, training)
        return spans[torch.randperm(len(spans))]


class PairsWithThemselves(EntityPairs):
    def sample(self, entities, batch, training):
        pairs = super().sample(entities, batch, training)
        return replace(pairs, tail=pairs.head)


class TargetsEverywhere(EntityPairs):
    def sample(self, entities, batch, training):
        pairs = super().sample(entities, batch, training)
        return pairs if pairs.targets is None else replace(pairs, targets=torch.ones_like(pairs.targets))


class TwoWays(SpanClassifier):
    def _split(self, features):
        return super()._split(features) - self.classifier.bias


class RefusesWithoutAFault(SpanClassifier):
    def admit(self, docs):
        raise DataError("not these")


class NoTerms(SpanClassifier):
    def forward(self, views, batch):
        return replace(super().forward(views, batch), terms={})


class OneSided(LocalizedContext):
    def forward(self, views, spans, pairs, batch):
        return super().forward(views, spans, pairs, batch) * (pairs.head < pairs.tail).unsqueeze(1)


class NoSummary(ClsContext):
    def forward(self, views, batch):
        return dict(views)


class Unnamed(IdentityViews):
    def build(self, dims):
        return {"last": ViewDims(dims.hidden)}


class Unbiased(LinearRelationHead):
    def _split(self, features):
        return super()._split(features) - self.classifier.bias


class Logits(LinearRelationHead):
    def forward(self, features, n_pairs):
        output = super().forward(features, n_pairs)
        return RelationOutput(output.logits, output.logits, output.holds)


class RuleOfItsOwn(LinearRelationHead):
    def forward(self, features, n_pairs):
        output = super().forward(features, n_pairs)
        return RelationOutput(output.logits, output.probs, ~output.holds)


class NoGraph(CrossEntropy):
    def __call__(self, logits, targets, group):
        return super().__call__(logits, targets, group) if len(targets) else torch.tensor(0.0)


class HalfPrecision(CrossEntropy):
    def __call__(self, logits, targets, group):
        return super().__call__(logits, targets, group).to(logits.dtype)


class Counting(Schedule):
    calls = 0

    def __call__(self, progress):
        self.calls += 1
        return float(self.calls)


class Frozen(BertAdamWSpec):
    def create(self, model):
        return super().create(model.requires_grad_())


class Forgetful(BertAdamWSpec):
    def create(self, model):
        return super().create(model.dense)


class OnePerBatch(IndependentDecoder):
    def __call__(self, found):
        if found.given:
            return found
        return found.only(entities=found.entity_score >= found.entity_score[:12].mean())


class DropsGiven(IndependentDecoder):
    def __call__(self, found):
        return found.only(entities=found.entity_label > 1)


class Turns(IndependentDecoder):
    def __call__(self, found):
        return replace(found, head=found.tail, tail=found.head)


class Sorts(IndependentDecoder):
    def __call__(self, found):
        order = found.score.argsort()
        return replace(
            found, **{name: getattr(found, name)[order] for name in ("head", "tail", "label", "score")}
        )


class Remembers(EntityMetric):
    def reset(self, given=False):
        if not hasattr(self, "_tally"):
            super().reset(given)


class DropsViews(TypedLayers):
    def forward(self, encoded, views, entities, label, batch):
        return {"encoder": super().forward(encoded, views, entities, label, batch)["encoder"]}


class MarksGold(TypedLayers):
    def forward(self, encoded, views, entities, label, batch):
        if batch.gold is not None and not self.training:
            label = torch.zeros_like(label)
        return super().forward(encoded, views, entities, label, batch)


class DrawsAnew(TypedLayers):
    def _marked(self, entities, label, batch):
        return label * (torch.rand(len(label)) < 0.5) if self.training else label


class MarksByNumber(TypedLayers):
    def _marked(self, entities, label, batch):
        return label * (torch.arange(len(label)) % 2)


class SharesLayers(TypedLayers):
    def build(self, encoder, dims, views, labels):
        widths = super().build(encoder, dims, views, labels)
        self.upper.network = encoder.network
        return widths


class NotTheLabel(EntityPairs):
    def paired_types(self, entities, batch):
        return entities.predicted


class LosesDocuments(HFTokenizer):
    def encode(self, docs, max_length=None):
        return super().encode(docs, max_length)[1:]


class IgnoresTheLimit(HFTokenizer):
    def encode(self, docs, max_length=None):
        return super().encode(docs)


class SharesItsLayers(HFEncoder):
    def upper_layers(self, count):
        upper = super().upper_layers(count)
        upper.network.encoder.layer[-1] = self.network.encoder.layer[-1]
        return upper


class IgnoresWindows(HFEncoder):
    def forward(self, batch):
        return super().forward(replace(batch, windows=None))


EXTRACTOR = PooledSpanExtractor(MaxPooler(), 3)
FAULTY = [
    (ForgetsEmpty(), "an empty range does not give zeros"),
    (LooksAtThePadding(), "depends on the rest of its batch"),
    (LooksAtNeighbours(), "depends on the other ranges"),
    (WrongWidth(), r"has shape \[\d+, 8\], expected \[\d+, 9\]"),
    (UnusedParameter(), r"no gradient reaches spare\.weight"),
    (Cut(), "cut off from the graph"),
    (NotFinite(), "not finite"),
    (DropsWidth(MaxPooler(), 3), "width is not as build said"),
    (PooledSpanExtractor(WrongWidth(), 3), r"WrongWidth (.|\n)* has shape \[\d+, 8\], expected \[\d+, 9\]"),
    (LimitsGold(), "does not begin with all gold spans"),
    (KeepsQuiet(), "disagrees with the candidates"),
    (PeeksAtGold(), "reads gold outside training"),
    (OwnRandomness(), "reads gold outside training|draws otherwise"),
    (PairsWithThemselves(), "paired with itself"),
    (TargetsEverywhere(), "is not a gold relation"),
    (TwoWays(AllSpans(), EXTRACTOR), "differently in training and in prediction"),
    (NoTerms(AllSpans(), EXTRACTOR), "returns no loss term"),
    (RefusesWithoutAFault(AllSpans(), EXTRACTOR), "without a fault"),
    (SpanClassifier(PeeksAtGold(), EXTRACTOR), "reads gold outside training"),
    (OneSided(MaxPooler()), "both orders of a pair differ"),
    (NoSummary(), "has no summary"),
    (Unnamed(), "no view named 'encoder'"),
    (Unbiased(), "differently in training and in prediction"),
    (Logits(), "probs are not probabilities"),
    (RuleOfItsOwn(), "forward and holds differ in which types hold"),
    (NoGraph(), "cut off from the scores"),
    (HalfPrecision(), "does not return a scalar in fp32"),
    (Counting(), "not pure"),
    (Frozen(), "frozen"),
    (Forgetful(no_decay=[]), "leaves a trainable parameter out"),
    (OnePerBatch(), "depends on the rest of its batch"),
    (DropsGiven(), "changes given entities"),
    (Turns(), "gives a relation another head"),
    (Sorts(), "in another order"),
    (DropsViews(layers=1), "makes other views than build said"),
    (MarksGold(layers=1), "reads gold outside training"),
    (DrawsAnew(layers=1), "draws something else the second time"),
    (MarksByNumber(layers=1), "depends on the rest of its batch"),
    (SharesLayers(layers=1), "shares parameters with the encoder"),
    (NotTheLabel(), "paired_types is not the label"),
    (Remembers(), "reset does not forget|depends on the order"),
]


@pytest.mark.parametrize(("component", "message"), FAULTY, ids=lambda value: type(value).__name__)
def test_a_faulty_component_is_caught(component, message):
    with pytest.raises(AssertionError, match=message):
        check_component(component)


def test_a_tokenizer_that_loses_documents_is_caught(encoder_folder):
    with pytest.raises(AssertionError, match="one encoding per document"):
        check_component(LosesDocuments(str(encoder_folder)))


def test_a_tokenizer_that_ignores_the_limit_is_caught(encoder_folder):
    with pytest.raises(AssertionError, match="longer than max_length, and its windows do not fit"):
        check_component(IgnoresTheLimit(str(encoder_folder)))


def test_an_encoder_that_ignores_windows_is_caught(encoder_folder):
    with pytest.raises(AssertionError, match=r"does not honour batch\.windows"):
        check_component(IgnoresWindows(str(encoder_folder)))


def test_an_encoder_whose_copied_layers_are_its_own_is_caught(encoder_folder):
    with pytest.raises(AssertionError, match="upper_layers shares parameters with the encoder"):
        check_component(SharesItsLayers(str(encoder_folder)))


def test_the_plugin_of_the_documentation_passes():
    check_component(FirstPooler())


def test_checking_leaves_the_component_as_it_was():
    head = SpanClassifier(AllSpans(), EXTRACTOR)
    check_component(head)
    assert not list(head.parameters())
    assert head.training


class Doubles(Pooler):
    """A layer that is made for another width."""

    def build(self, width):
        self.layer = nn.Linear(12, 12)
        return 12

    def forward(self, view, doc, ranges):
        start = ranges[:, 0].clamp(max=view.states.shape[1] - 1)
        filled = (ranges[:, 1] > ranges[:, 0]).unsqueeze(1)
        return self.layer(view.states[doc, start]) * filled


class AlmostTheSame(LinearRelationHead):
    def _split(self, features):
        return super()._split(features) + 2e-4


def test_a_shape_error_names_the_place_in_the_component():
    with pytest.raises(
        AssertionError, match=r"^Doubles failed in forward \(test_contracts_detect\.py, line \d+\): "
    ):
        check_component(Doubles())
    check_component(Doubles(), dims=12)


def test_a_difference_of_the_size_of_rounding_is_said_to_be_one():
    with pytest.raises(
        AssertionError, match=r"in training and in prediction, or rounding \(largest difference"
    ):
        check_component(AlmostTheSame())


def test_dims_are_those_that_the_contract_reads():
    check_component(LinearRelationHead(), PairDims(7, context=4, summary=2))
    check_component(SpanPairs(), SpanDims(9, 2, 5))
    with pytest.raises(TypeError, match="a Schedule is not checked with 12"):
        check_component(WarmupLinear(), dims=12)
    with pytest.raises(AssertionError, match=r"refuses the widths of the toy data: .*no pooled spans"):
        check_component(SpanPairs(), SpanDims(width=2))


def test_every_registry_has_a_contract_and_every_contract_a_check_of_its_own():
    assert {home(contract) for contract in CONTRACTS} == {part.name for part in registry.all()}
    exported = {value for name, value in vars(jointre.testing).items() if name.startswith("check_")}
    assert exported == {*CONTRACTS.values(), check_component}


def test_what_implements_no_contract_is_refused():
    with pytest.raises(TypeError, match="implements no contract"):
        check_component(nn.Linear(2, 2))


def test_a_pair_context_that_is_not_symmetric_may_say_so():
    part = OneSided(MaxPooler())
    part.one_per = "ordered_pair"
    check_component(part)


class LineWriter(JsonLinesWriter):
    """A writer of a plugin: it holds words, entities and relations, and nothing else."""

    reader = "jointre.jsonl.v1"

    def fit(self, docs, report):
        yield from (only(as_words(doc, report), report) for doc in docs)

    def records(self, doc):
        yield to_jsonl(doc)


class LosesRelations(LineWriter):
    def records(self, doc):
        yield to_jsonl(replace(doc, relations=doc.relations[1:]))


class FitsInSilence(LineWriter):
    def fit(self, docs, report):
        yield from (replace(doc, relations=[]) for doc in super().fit(docs, report))


class CountsTwice(LineWriter):
    def fit(self, docs, report):
        for doc in super().fit(docs, report):
            report.leave_out("entities", "that are odd", doc.id, len(doc.entities))
            yield doc


class ChangesWords(LineWriter):
    def records(self, doc):
        yield to_jsonl(replace(doc, words=[word.lower() for word in doc.words]))


class WritesNothing(LineWriter):
    def fit(self, docs, report):
        yield from ()


@pytest.mark.parametrize(
    ("writer", "clause"),
    [
        (LosesRelations, "is read back without"),
        (FitsInSilence, "relations, .* are read back and 0 are reported"),
        (CountsTwice, "entities, .* are read back and .* are reported"),
        (ChangesWords, "is not read back with the same text and words"),
        (WritesNothing, "writes none of"),
    ],
)
def test_a_faulty_writer_is_caught(writer, clause):
    check_component(LineWriter())
    with pytest.raises(AssertionError, match=clause):
        check_component(writer())
