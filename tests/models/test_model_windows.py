"""Documents longer than the encoder takes: states from windows, predictions as for any other document."""

from dataclasses import replace

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jointre.data.batch import collate
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.labels import Labels
from jointre.data.stages import Encoded
from jointre.data.windows import lay_out
from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.encoders.windows import encode_windows
from jointre.predict import Predictor
from jointre.testing import toy_docs
from jointre.tokenizers.hf import HFTokenizer

TEXTS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=15)


def tokenizer_for(folder, **options):
    tokenizer = HFTokenizer(str(folder), **options)
    tokenizer.build(Source())
    return tokenizer


@pytest.fixture(scope="module", params=["bert", "roberta"])
def parts(request, encoder_folder, roberta_folder):
    """An encoder that gives all its layers, and its tokenizer."""
    folder = {"bert": encoder_folder, "roberta": roberta_folder}[request.param]
    encoder = HFEncoder(str(folder), all_layers=True)
    encoder.build(Source())
    return encoder.eval(), tokenizer_for(folder)


@pytest.fixture(scope="module")
def spert_parts(talkative):
    """SpERT with random heads and its tokenizer."""
    return talkative(max_width=1, threshold=0.9)


@pytest.fixture(scope="module")
def refusing(encoder_folder):
    """The tokenizer of `spert_parts` without windows."""
    return tokenizer_for(encoder_folder, overflow="error")


@settings(deadline=None, max_examples=40)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_windows_change_nothing_for_text_that_fits(texts, spert_parts, refusing):
    """Neither what the encoder is given nor what is predicted."""
    model, windowing = spert_parts
    docs = [Doc(words) for words in texts]
    limit = max(len(encoding.ids) for encoding in windowing.encode(docs))
    assume(limit <= model.encoder.max_length)
    with_windows, without = (collate(t.encode(docs, limit), t.pad_id) for t in (windowing, refusing))
    assert with_windows.windows is None
    assert torch.equal(with_windows.ids, without.ids)
    with torch.inference_mode():
        assert model.predict(with_windows) == model.predict(without)


@settings(deadline=None, max_examples=40)
@given(words=TEXTS)
def test_one_window_over_the_whole_document_changes_no_state(words, parts):
    encoder, tokenizer = parts
    (plain,) = tokenizer.encode([Doc(words)])
    assume(len(plain.ids) <= encoder.max_length)
    forced = replace(plain, windows=lay_out(plain.words, len(plain.ids) - 2, 0))
    expected = encoder(collate([plain], tokenizer.pad_id))
    found = encoder(collate([forced], tokenizer.pad_id))
    for one, other in zip(expected.layers, found.layers, strict=True):
        torch.testing.assert_close(one, other)


def long_doc(n_words):
    words = [word for doc in toy_docs() for word in doc.words]
    return Doc([words[i % len(words)] for i in range(n_words)], id="long")


def test_words_have_the_states_of_their_window_read_alone(parts):
    """On every layer."""
    encoder, tokenizer = parts
    (encoding,) = tokenizer.encode([long_doc(300)], encoder.max_length)
    assert encoding.windows is not None
    found = encoder(collate([encoding], tokenizer.pad_id))
    for number, (start, end) in enumerate(encoding.windows.ranges):
        ids = torch.tensor([[encoding.ids[0], *encoding.ids[start:end], encoding.ids[-1]]])
        alone = encoder.network(ids, output_hidden_states=True).hidden_states
        own = torch.from_numpy(encoding.windows.window == number).nonzero().squeeze(1)
        for layer, states in zip(found.layers, alone, strict=True):
            torch.testing.assert_close(layer[0, own + 1], states[0, own + 2 - start], rtol=1e-4, atol=1e-5)


def test_the_classification_token_is_the_mean_and_the_last_piece_that_of_the_last_window():
    words = torch.tensor([[n, n + 1] for n in range(1, 13)]).numpy()
    encoding = collate_one(words)
    output = encode_windows(encoding.windows, numbered)
    n_windows = len(encoding.windows)
    assert n_windows > 2
    assert output.layers[0][0, 0, 0] == sum(range(n_windows)) / n_windows
    assert output.layers[0][0, -1, 0] == n_windows - 1
    assert output.pooled[0, 0] == 10 * sum(range(n_windows)) / n_windows


def collate_one(words):
    doc = Doc(["w"] * len(words))
    ids = [2, *[7] * len(words), 3]
    return collate([Encoding(doc, ids, words, windows=lay_out(words, 5, 2))], pad_id=0)


def numbered(ids, mask, padded):
    """Every state of window n is n, its pooled output 10 n."""
    number = torch.arange(len(ids), dtype=torch.float32)
    return Encoded((number.view(-1, 1, 1).expand(*ids.shape, 1),), 10 * number.unsqueeze(1))


def test_windows_in_parts_give_the_same_states(parts):
    encoder, tokenizer = parts
    encodings = tokenizer.encode([long_doc(400), *toy_docs(3)], encoder.max_length)
    whole = encoder(collate(encodings, tokenizer.pad_id))
    calls = []
    hook = encoder.network.register_forward_pre_hook(
        lambda _, args, kwargs: calls.append(kwargs["input_ids"].numel()), with_kwargs=True
    )
    try:
        with torch.inference_mode():
            for budget in (1, 300, 10**6):
                calls.clear()
                found = encoder(collate(encodings, tokenizer.pad_id, pieces_at_once=budget))
                assert max(calls) <= max(budget, encoder.max_length)
                for one, other in zip(whole.layers, found.layers, strict=True):
                    torch.testing.assert_close(one.detach(), other, rtol=1e-4, atol=1e-5)
    finally:
        hook.remove()


def test_padding_holds_zeros_and_gradients_reach_the_encoder(parts):
    encoder, tokenizer = parts
    batch = collate(tokenizer.encode([long_doc(200), *toy_docs(2)], encoder.max_length), tokenizer.pad_id)
    states = encoder(batch).layers[-1]
    assert states.shape[:2] == batch.ids.shape
    assert not states[~batch.mask].any()
    encoder.zero_grad()
    states.square().sum().backward()
    missing = [
        name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.isfinite().all()
    ]
    encoder.zero_grad()
    assert not missing


def test_short_documents_beside_a_long_one_are_predicted_as_alone(spert_parts):
    model, tokenizer = spert_parts
    docs = toy_docs()
    limit = model.encoder.max_length
    alone = Predictor(model, tokenizer)(docs)
    with torch.inference_mode():
        encodings = tokenizer.encode([doc.bare() for doc in [*docs, long_doc(150)]], limit)
        together = model.predict(collate(encodings, tokenizer.pad_id))
    assert any(doc.entities for doc in docs)
    for one, other in zip(alone, together[:-1], strict=True):
        assert extents(one) == extents(other)
        scores = [e.score for e in one.entities], [e.score for e in other.entities]
        assert scores[0] == pytest.approx(scores[1], abs=1e-5)
    assert together[-1].entities


def extents(doc):
    entities = [(e.start, e.end, e.label) for e in doc.entities]
    return entities, [(r.head, r.tail, r.label) for r in doc.relations]


def test_long_documents_are_counted_and_repeat(spert_parts):
    predictor = Predictor(*spert_parts)
    docs = [*toy_docs(3), long_doc(200)]
    first = list(predictor(docs))
    assert predictor.windowed == 1 and not predictor.skipped
    assert list(predictor(docs)) == first
    assert first[-1].id == "long" and first[-1].entities[-1].end > 150


def test_five_thousand_words_are_predicted_from_the_first_to_the_last(talkative):
    """Without relation types, for random heads find thousands of entities."""
    model, tokenizer = talkative(Labels(("Org", "Person"), ()), max_width=2)
    predictor = Predictor(model, tokenizer)
    (found,) = predictor([long_doc(5000)])
    assert predictor.windowed == 1 and len(found.words) == 5000
    starts = {entity.start // 100 for entity in found.entities}
    assert starts == set(range(50)), "a stretch of a hundred words without any entity"
