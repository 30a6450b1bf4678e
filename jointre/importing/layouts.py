"""The layouts that can be imported, and how to recognise them."""

from collections.abc import Collection

from jointre.importing.layout import HEADS, Layout

SPERT = Layout("SpERT", "spert", "spert/conll04", relation_vectors=3)

_CROSS = "context.layer.0.shared."
SINET = Layout(
    "SINET",
    "sinet",
    "sinet/scierc",
    relation_vectors=4,
    squares={
        "linear_s.weight": "views.projections.entity.weight",
        "linear_r.weight": "views.projections.relation.weight",
        "cross_attention.wq.weight": _CROSS + "attention.query.weight",
        "cross_attention.wk.weight": _CROSS + "attention.key.weight",
        "cross_attention.wv.weight": _CROSS + "attention.value.weight",
        "cross_attention.proj.weight": _CROSS + "output.weight",
    },
    vectors={
        "cross_attention.proj.bias": _CROSS + "output.bias",
        "cross_attention.addnorm.ln.weight": _CROSS + "LayerNorm.weight",
        "cross_attention.addnorm.ln.bias": _CROSS + "LayerNorm.bias",
    },
)


def recognised(names: Collection[str]) -> Layout | None:
    """Return the layout of tensors with these names; None if no layout fits."""
    if any(name in names for name in SINET.own):
        return SINET
    return SPERT if any(name in names for name in HEADS) else None
