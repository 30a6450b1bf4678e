"""Checkpoints in the layout of the published SpERT implementation, and toy sentences to try them on."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from naive_spert import Found, NaiveSpert, Sentence, encode
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoTokenizer, BertConfig

from jointre.data.doc import Doc, Entity, Relation

ENTITIES, RELATIONS, SYMMETRIC = ("Peop", "Org", "Loc"), ("Work_For", "Near", "Same"), ("Near", "Same")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
PIECES = (
    *("Ann", "Bob", "##s", "##by", "works", "for", "Acme", "Corp", "in", "Rome"),
    *("-", "'", ".", "a", "##nn"),
)
WORDS = (
    *("Ann", "Bob", "Bobby", "works", "for", "Acme", "Corp", "in", "Rome", ".", "Anns", "Acmes", "ann"),
    *("Ann-Bob", "Zürich", "\u200b", "Rome's", "Bobbybybybys"),
)
TINY: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 160,
    "vocab_size": len(SPECIAL) + len(PIECES),
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
    "initializer_range": 0.3,
}


def tiny(seed: int, none_bias: float = 1.0, **options: Any) -> NaiveSpert:
    """A random small model of which many, but not all, spans and pairs fire."""
    torch.manual_seed(seed)
    options = {"entities": ENTITIES, "relations": RELATIONS, "symmetric": SYMMETRIC, "width": 5, **options}
    return excite(NaiveSpert(BertConfig(**TINY), **options).eval(), none_bias)


@torch.no_grad()
def excite(model: NaiveSpert, none_bias: float) -> NaiveSpert:
    """Random heads with logits of a few units, so that predictions differ from sentence to sentence."""
    for head in (model.entity_classifier, model.rel_classifier):
        head.weight.normal_(std=2.0 * head.in_features**-0.5)
        head.bias.normal_(std=0.3)
    model.entity_classifier.bias[0] += none_bias
    model.size_embeddings.weight.normal_()
    return model


def write_vocabulary(folder: Path, lowercase: bool | None = False) -> None:
    """``vocab.txt``, and ``tokenizer_config.json`` unless ``lowercase`` is None."""
    (folder / "vocab.txt").write_text("\n".join([*SPECIAL, *PIECES]) + "\n", encoding="utf8")
    if lowercase is not None:
        settings = {"do_lower_case": lowercase, "tokenizer_class": "BertTokenizer"}
        (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf8")


def write_types(path: Path, model: NaiveSpert) -> Path:
    """The types file of a model, in the published form."""
    entities = {name: {"short": name, "verbose": name} for name in model.entities}
    relations = {
        name: {"short": name, "verbose": name, "symmetric": name in model.symmetric}
        for name in model.relations
    }
    path.write_text(json.dumps({"entities": entities, "relations": relations}), encoding="utf8")
    return path


def write_weights(folder: Path, tensors: Mapping[str, Tensor], kind: str = "safetensors") -> None:
    """``model.safetensors`` or ``pytorch_model.bin``."""
    if kind == "safetensors":
        whole = {name: tensor.contiguous() for name, tensor in tensors.items()}
        save_file(whole, folder / "model.safetensors")
    else:
        torch.save(dict(tensors), folder / "pytorch_model.bin")


def write_checkpoint(folder: Path, model: NaiveSpert, kind: str = "safetensors", **options: Any) -> Path:
    """A whole checkpoint with a tiny vocabulary; ``options`` go to `write_vocabulary`."""
    folder.mkdir(parents=True, exist_ok=True)
    model.bert.config.save_pretrained(folder)
    write_vocabulary(folder, **options)
    write_weights(folder, model.state_dict(), kind)
    write_types(folder / "types.json", model)
    return folder


def naive_sentences(folder: Path, docs: Sequence[Doc], lowercase: bool = False) -> list[Sentence]:
    """The documents as the oracle sees them: each word through the checkpoint's tokenizer on its own."""
    tokenizer = AutoTokenizer.from_pretrained(str(folder), do_lower_case=lowercase)

    def split(word: str) -> list[int]:
        return list(tokenizer(word, add_special_tokens=False)["input_ids"])

    special = (tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.unk_token_id)
    return [encode(doc.words, split, *special) for doc in docs]


def found_in(doc: Doc) -> Found:
    """A predicted document in the oracle's form; nothing may stand in it twice."""
    spans = [(e.start, e.end, e.label) for e in doc.entities]
    relations = [(spans[r.head], spans[r.tail], r.label) for r in doc.relations]
    assert len(set(spans)) == len(spans) and len(set(relations)) == len(relations)
    return Found(
        {span: e.score or 0.0 for span, e in zip(spans, doc.entities, strict=True)},
        {relation: r.score or 0.0 for relation, r in zip(relations, doc.relations, strict=True)},
    )


def assert_same(mine: Found, truth: Found, tolerance: float = 1e-5) -> None:
    """The same entities and relations, with the same scores."""
    for ours, theirs in ((mine.entities, truth.entities), (mine.relations, truth.relations)):
        assert ours.keys() == theirs.keys()
        worst = max((abs(ours[key] - theirs[key]) for key in ours), default=0.0)
        assert worst < tolerance


def toy_docs(seed: int, lengths: Sequence[int]) -> list[Doc]:
    """Random documents with nested, adjacent and wide entities, and several relations on a pair."""
    rng = random.Random(seed)
    return [_toy_doc(rng, length, number) for number, length in enumerate(lengths)]


def _toy_doc(rng: random.Random, length: int, number: int) -> Doc:
    words = [rng.choice(WORDS) for _ in range(length)]
    spans = {(0, 1), (0, length), (length - 1, length)}
    for _ in range(rng.randint(0, 4)):
        start = rng.randrange(length)
        spans.add((start, rng.randint(start + 1, min(length, start + 12))))
    entities = [Entity(*span, rng.choice(ENTITIES)) for span in sorted(spans, key=lambda _: rng.random())]
    if length > 2 and rng.random() < 0.2:
        entities = []
    pairs = [(h, t) for h in range(len(entities)) for t in range(len(entities)) if h != t]
    chosen = rng.sample(pairs, min(len(pairs), rng.randint(0, 4)))
    relations = {(h, t, label) for h, t in chosen for label in rng.choices(RELATIONS, k=2)}
    return Doc(words, entities, [Relation(*r) for r in sorted(relations)], id=f"toy:{number}")
