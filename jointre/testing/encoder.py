"""A real transformers folder, small enough to write in a test: config, tokenizer, random weights."""

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import torch
from safetensors.torch import save_file

from jointre.encoders.base import EncoderAccess, Source
from jointre.encoders.hf import HFEncoder
from jointre.testing.toy import toy_docs, toy_labels

Kind = Literal["bert", "roberta"]
BERT = ("pad", "unk", "cls", "sep", "mask")
WORDS = "the of in for and works knows leads ##s ##ing ##er ##son ##berg ##ka acme oslo new york"


def tiny_encoder_folder(
    path: str | Path,
    kind: Kind = "bert",
    *,
    max_position: int = 128,
    seed: int = 0,
    std: float = 0.5,
    width: int = 16,
    dropout: float = 0.1,
    characters: str = "",
) -> Path:
    """Write an encoder of 2 layers and 2 heads with a fast tokenizer to ``path``; return the folder.

    Args:
        path: the folder to make.
        kind: ``bert`` has a lower-casing WordPiece tokenizer; ``roberta`` has a byte-level BPE trained on the toy
            documents, and positions that start behind the padding index.
        max_position: rows of the position table.
        seed: random seed of the weights.
        std: standard deviation of the weights, large enough for predictions to differ.
        width: size of the states.
        dropout: of the states and of the attention.
        characters: characters other than ASCII that the WordPiece tokenizer has pieces for; the byte-level one
            needs none.
    """
    from transformers import AutoConfig, AutoModel

    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    size = _wordpiece(folder, characters) if kind == "bert" else _byte_level(folder)
    special = (
        {"pad_token_id": 0} if kind == "bert" else {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    )
    config = AutoConfig.for_model(
        kind,
        vocab_size=size,
        hidden_size=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * width,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        max_position_embeddings=max_position,
        type_vocab_size=2,
        **special,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = AutoModel.from_config(config)
        _randomize(network, std)
    config.save_pretrained(folder)
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@cache
def toy_access() -> EncoderAccess:
    """Return access to a tiny encoder, as a model gives it to a component that is laid out without a tokenizer."""
    with TemporaryDirectory() as folder:
        encoder = HFEncoder(str(tiny_encoder_folder(Path(folder) / "encoder")))
        dims = encoder.build(Source(), inner_layers=True)
    return EncoderAccess(encoder.eval(), dims, Source(), toy_labels())


def _randomize(network: torch.nn.Module, std: float) -> None:
    for part in network.modules():
        if isinstance(part, torch.nn.Linear | torch.nn.Embedding):
            torch.nn.init.normal_(part.weight, std=std)
        if isinstance(part, torch.nn.Linear) and part.bias is not None:
            torch.nn.init.normal_(part.bias, std=std)


def _wordpiece(folder: Path, characters: str) -> int:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    letters += sorted(set(characters) - set(map(chr, range(127))))
    pieces = [*special, *letters, *(f"##{letter}" for letter in letters), *WORDS.split()]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    made = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])],
    )
    made.decoder = decoders.WordPiece()
    made.add_special_tokens(special)
    made.save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").write_text("\n".join(vocab) + "\n", encoding="utf8")
    _write(folder, "BertTokenizer", dict(zip(BERT, special, strict=True)), do_lower_case=True)
    return len(vocab)


def _byte_level(folder: Path) -> int:
    from tokenizers import ByteLevelBPETokenizer, processors

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made = ByteLevelBPETokenizer(add_prefix_space=True)
    texts = (" ".join(doc.words) for doc in toy_docs())
    made.train_from_iterator(texts, vocab_size=320, special_tokens=special, show_progress=False)
    made._tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), add_prefix_space=True
    )
    made.save(str(folder / "tokenizer.json"))
    made.save_model(str(folder))
    names = {
        "bos": "<s>",
        "eos": "</s>",
        "sep": "</s>",
        "cls": "<s>",
        "unk": "<unk>",
        "pad": "<pad>",
        "mask": "<mask>",
    }
    _write(folder, "RobertaTokenizer", names, add_prefix_space=True)
    return int(made.get_vocab_size())


def _write(folder: Path, kind: str, names: dict[str, str], **options: Any) -> None:
    config = {"tokenizer_class": kind, **{f"{name}_token": piece for name, piece in names.items()}, **options}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf8")
