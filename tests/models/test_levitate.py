"""Levitated markers: the states of a reading in which markers follow the text and a mask hides them from it."""

import pytest
import torch

from jointre.data.batch import Batch, bare_batch
from jointre.encoders.base import Source
from jointre.encoders.hf import HFEncoder
from jointre.testing import tiny_encoder_folder

TEXT, T = torch.arange(40, 48).unsqueeze(0), 8
A, B = (1, 1), (3, 4)  # first and last piece of two spans


def built(folder):
    encoder = HFEncoder(str(folder))
    encoder.build(Source(), inner_layers=True)
    return encoder.eval()


@pytest.fixture(scope="module", params=["bert", "roberta"])
def encoder(request, encoder_folder, roberta_folder):
    return built({"bert": encoder_folder, "roberta": roberta_folder}[request.param])


def read_at_once(encoder, text, ids, at):
    """The definition: text and markers in one sequence, with positions and a mask (PURE, Section 3.4)."""
    n_groups, size = ids.shape
    length = text.shape[1]
    shift = getattr(encoder.network.embeddings.position_embeddings, "padding_idx", None)
    shift = 0 if shift is None else shift + 1
    positions = torch.cat([torch.arange(length), at.flatten()]).unsqueeze(0) + shift
    group = torch.arange(n_groups).repeat_interleave(size)
    mask = torch.zeros(length + n_groups * size, length + n_groups * size, dtype=torch.bool)
    mask[:, :length] = True
    mask[length:, length:] = group.unsqueeze(1) == group
    whole = torch.cat([text, ids.reshape(1, -1)], dim=1)
    bias = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
    output = encoder.network(input_ids=whole, position_ids=positions, attention_mask=bias[None, None])
    return output.last_hidden_state[0, length:].view(n_groups, size, -1), mask


def levitated(encoder, text, ids, at, pieces=8192):
    batch = bare_batch(text, torch.ones_like(text, dtype=torch.bool))
    doc = torch.zeros(len(ids), dtype=torch.int64)
    return encoder.levitate(encoder(batch), batch, ids, at, doc, pieces)


def test_two_pairs_behind_one_text(encoder):
    """The example of PURE's approximation: 16 positions, 160 of 256 entries of the mask."""
    at = torch.tensor([[*A, *B], [*B, *A]])
    ids = torch.arange(20, 28).view(2, 4)
    expected, mask = read_at_once(encoder, TEXT, ids, at)
    assert mask.sum() == 160 and at.flatten().tolist() == [1, 1, 3, 4, 3, 4, 1, 1]
    found = levitated(encoder, TEXT, ids, at)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    alone = [levitated(encoder, TEXT, ids[i : i + 1], at[i : i + 1]) for i in range(2)]
    torch.testing.assert_close(torch.cat(alone), found, atol=1e-5, rtol=1e-5)


def test_all_spans_of_a_sentence(encoder):
    """The example of PL-Marker's first group: 8 spans, 224 of 576 entries of the mask."""
    spans = [(first, last) for first in range(1, 7) for last in range(first, 7)]
    at = torch.tensor(spans)
    ids = torch.tensor([[21, 22]]).expand(len(spans), 2)
    expected, mask = read_at_once(encoder, TEXT, ids[:8], at[:8])
    assert mask.sum() == 224 and mask.numel() == 576
    found = levitated(encoder, TEXT, ids, at)
    torch.testing.assert_close(found[:8], expected, atol=1e-5, rtol=1e-5)
    for pieces in (1, 16):
        torch.testing.assert_close(levitated(encoder, TEXT, ids, at, pieces), found, atol=1e-5, rtol=1e-5)


def test_texts_of_other_lengths_and_groups_in_any_order(encoder):
    """Padding is not seen, and a group keeps its row."""
    short = TEXT[:, :5]
    ids = torch.cat([TEXT, torch.cat([short, torch.zeros(1, 3, dtype=torch.int64)], dim=1)])
    batch = bare_batch(ids, torch.tensor([[True] * 8, [True] * 5 + [False] * 3]))
    doc = torch.tensor([1, 0, 1, *[0] * 130])
    at = torch.stack([torch.arange(len(doc)) % 4, torch.arange(len(doc)) % 4 + 1], dim=1)
    markers = (30 + torch.arange(len(doc)) % 7).unsqueeze(1).expand(-1, 2)
    found = encoder.levitate(encoder(batch), batch, markers, at, doc, 8192)
    for text, number in ((TEXT, 0), (short, 1)):
        own = doc == number
        expected = levitated(encoder, text, markers[own], at[own])
        torch.testing.assert_close(found[own], expected, atol=1e-5, rtol=1e-5)
    none = encoder.levitate(encoder(batch), batch, markers[:0], at[:0], doc[:0], 8192)
    assert none.shape == (0, 2, found.shape[2])


def test_gradients_reach_the_text_and_the_markers(encoder):
    """Also if the markers are read in parts, and again in the backward pass."""
    at, ids = torch.tensor([[*A], [*B]]), torch.tensor([[21, 22], [21, 22]])
    grads = []
    for pieces in (8192, 2):
        encoder.zero_grad()
        levitated(encoder, TEXT, ids, at, pieces).square().sum().backward()
        grads.append(encoder.network.embeddings.word_embeddings.weight.grad.clone())
    rows = grads[0].abs().sum(1).nonzero().flatten().tolist()
    assert rows == [21, 22, *range(40, 48)]
    torch.testing.assert_close(grads[1], grads[0], rtol=1e-4, atol=1e-5)


def test_an_electra_with_narrow_embeddings(tmp_path):
    from transformers import AutoConfig, AutoModel

    folder = tiny_encoder_folder(tmp_path / "electra")
    config = AutoConfig.for_model(
        "electra", vocab_size=64, embedding_size=8, hidden_size=16, num_hidden_layers=2
    )
    config.num_attention_heads, config.intermediate_size = 2, 32
    torch.manual_seed(0)
    AutoModel.from_config(config).save_pretrained(folder)
    made = built(folder)
    at, ids = torch.tensor([[*A], [*B]]), torch.tensor([[21, 22], [23, 24]])
    expected, _ = read_at_once(made, TEXT, ids, at)
    torch.testing.assert_close(levitated(made, TEXT, ids, at), expected, atol=1e-5, rtol=1e-5)


def test_a_document_read_in_windows(encoder_folder):
    """Markers see the whole document and have positions within a window."""
    from jointre.data.batch import collate
    from jointre.data.doc import Doc
    from jointre.tokenizers.hf import HFTokenizer

    encoder, tokenizer = built(encoder_folder), HFTokenizer(str(encoder_folder))
    tokenizer.build(Source())
    batch: Batch = collate(tokenizer.encode([Doc(["a"] * 300)], encoder.max_length), tokenizer.pad_id)
    assert batch.windows is not None
    at, doc = torch.tensor([[1, 1], [290, 299]]), torch.zeros(2, dtype=torch.int64)
    ids = torch.full((2, 2), 21)
    found = encoder.levitate(encoder(batch), batch, ids, at, doc, 8192)
    assert found.shape == (2, 2, 16) and found.isfinite().all()
