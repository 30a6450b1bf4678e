"""Encoders of several families with the built-in config: trained, saved, loaded, and given text with special tokens."""

import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModel

from jointre.data.doc import Doc
from jointre.pipeline import load
from jointre.training.run import train

sys.path.append(str(Path(__file__).parents[1] / "tokenizers"))
from families import FAMILIES, family_folder

SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
KINDS = {
    "modernbert": {**SMALL, "global_attn_every_n_layers": 2},
    "distilbert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "albert": {**SMALL, "embedding_size": 8},
    "xlm-roberta": {**SMALL, "max_position_embeddings": 130},
    "deberta-v2": SMALL,
}
TEXT = ["Anna", "works", "for", "</s>", "Acme[SEP]Oslo", "<pad>", "[PAD]", "<mask>", "[MASK]"]


def encoder(root, kind):
    """Write a tiny encoder with the tokenizer of its family."""
    folder = family_folder(root, kind)
    names = [*FAMILIES[kind][1].values()]
    config = AutoConfig.for_model(
        kind, vocab_size=800, pad_token_id=names.index(FAMILIES[kind][1]["pad"]), **KINDS[kind]
    )
    for key in ("bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"):
        setattr(config, key, 0)
    torch.manual_seed(0)
    config.save_pretrained(folder)
    state = {key: value.contiguous() for key, value in AutoModel.from_config(config).state_dict().items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_a_family_trains_and_predicts_the_same_after_loading(config, tmp_path, kind):
    folder = encoder(tmp_path, kind)
    done = train(config(model__encoder__name=str(folder), training__epochs=1), tmp_path / "run", quiet=True)
    assert done.status == "complete"
    nlp = load(tmp_path / "run")
    tokenizer = nlp.tokenizer
    (encoding,) = tokenizer.encode([Doc(TEXT)])
    start, end = encoding.words[0, 0], encoding.words[-1, 1]
    special = set(tokenizer.hf.all_special_ids) - {tokenizer.hf.unk_token_id}
    assert not special & set(encoding.ids[start:end])
    (first,), (second,) = (list(loaded.predict([Doc(TEXT)])) for loaded in (nlp, load(tmp_path / "run")))
    assert first == second
