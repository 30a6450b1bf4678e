"""Small random SINETs in the layout of the published implementation, and where jointre keeps what ablations add."""

from dataclasses import replace
from typing import Any

import torch
from naive_sinet import NaiveSinet
from published import ENTITIES, RELATIONS, SYMMETRIC, TINY, excite
from transformers import BertConfig

from jointre.importing.layout import Layout
from jointre.importing.layouts import SINET


def tiny_sinet(seed: int, none_bias: float = 1.0, **options: Any) -> NaiveSinet:
    """A random small model of which many, but not all, spans and pairs fire."""
    torch.manual_seed(seed)
    options = {"entities": ENTITIES, "relations": RELATIONS, "symmetric": SYMMETRIC, "width": 5, **options}
    return excite_sinet(NaiveSinet(BertConfig(**TINY), **options).eval(), none_bias)


@torch.no_grad()
def excite_sinet(model: NaiveSinet, none_bias: float) -> NaiveSinet:
    """Attention that prefers some pieces clearly, and nothing left at a value where a mistake could hide."""
    excite(model, none_bias)
    for name, parameter in model.named_parameters():
        if name.startswith("linear_") or ("cross_attention" in name and parameter.shape[0] > 1):
            parameter.normal_(std=1.3 * parameter.shape[-1] ** -0.5)
        elif ".ln.weight" in name:
            parameter.uniform_(0.6, 1.4)
        elif "cross_attention" in name:
            parameter.normal_(std=0.3)
    return model


def layout_of(naive: NaiveSinet) -> Layout:
    """`SINET`, with the parameters that no published checkpoint has: of further layers, and of each direction."""
    squares, vectors = dict(SINET.squares), dict(SINET.vectors)
    keys = {"shared": ""} if naive.how.share else {name: f"_{name}" for name in ("entity", "relation")}
    for layer in range(naive.how.layers):
        for key, suffix in keys.items():
            ours, theirs = (
                f"layer.{layer}.{key}.",
                f"cross_attention{suffix}" + (f"_{layer}." if layer else "."),
            )
            for names, published in ((squares, SINET.squares), (vectors, SINET.vectors)):
                for name, own in published.items():
                    if name.startswith("cross_attention."):
                        names[name.replace("cross_attention.", theirs)] = own.replace("layer.0.shared.", ours)
    return replace(SINET, squares=squares, vectors=vectors)
