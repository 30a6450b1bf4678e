"""Toy functions for the registries, and a config to put them in; annotations postponed on purpose."""

from __future__ import annotations

from typing import Any, Literal

from torch import nn

from jointre.poolers.base import Pooler

BUILT: list[str] = []

BASE = """
[model]
@models = "jointre.joint.v1"

[model.encoder]
@encoders = "jointre.hf.v1"
name = "some-encoder"

[model.views]
@views = "jointre.identity.v1"

[model.entity_head]
@entity_heads = "jointre.span_classifier.v1"

[model.entity_head.sampler]
@samplers = "jointre.all_spans.v1"
max_width = 8

[model.entity_head.extractor]
@span_extractors = "jointre.pooled.v1"

[model.pair_sampler]
@samplers = "jointre.entity_pairs.v1"

[model.pair_extractor]
@pair_extractors = "jointre.span_pairs.v1"

[model.relation_head]
@relation_heads = "jointre.linear.v1"
"""
POOLER = "model.entity_head.extractor.pooler"


class Toy(Pooler):
    """A pooler that is never built."""

    def forward(self, view: Any, doc: Any, ranges: Any) -> Any:
        """Nothing."""


class Plain(Toy):
    """Takes one value of each plain type."""

    def __init__(
        self,
        whole: int = 1,
        part: float = 0.5,
        text: str = "a",
        flag: bool = False,
        choice: Literal["max", "first"] = "max",
        maybe: int | None = None,
        items: list[str] = [],  # noqa: B006
        pair: tuple[int, float] = (1, 2.0),
        table: dict[str, int] = {},  # noqa: B006
    ) -> None:
        super().__init__()
        BUILT.append("plain")
        self.given = {"whole": whole, "part": part, "text": text, "flag": flag, "choice": choice}
        self.given.update(maybe=maybe, items=items, pair=pair, table=table)


class Other(Toy):
    """Shares an argument with Plain."""

    def __init__(self, whole: int = 5, depth: int = 2) -> None:
        super().__init__()
        self.whole, self.depth = whole, depth


class Star(Toy):
    """Takes any number of poolers."""

    def __init__(self, *poolers: Pooler) -> None:
        super().__init__()
        self.poolers = poolers


class Named(Toy):
    """Takes poolers by name."""

    def __init__(self, poolers: dict[str, Pooler]) -> None:
        super().__init__()
        self.poolers = poolers


class Around(Toy):
    """Takes a pooler, or none."""

    def __init__(self, inner: Pooler | None = None) -> None:
        super().__init__()
        self.inner = inner


class Loose(Toy):
    """Takes it knows not what."""

    def __init__(self, inner) -> None:  # type: ignore[no-untyped-def]
        super().__init__()


class Anything(Toy):
    """Takes any object."""

    def __init__(self, inner: Any) -> None:
        super().__init__()


class Refusing(Toy):
    """Refuses its argument."""

    def __init__(self, width: int = 0) -> None:
        super().__init__()
        raise ValueError(f"width must be above 0, not {width}")


class Bare(nn.Module):
    """Inherits the constructor of nn.Module."""


def from_function(whole: int = 3) -> Pooler:
    """A function instead of a class."""
    return Other(whole)


def dishonest() -> Pooler:
    """Says pooler, returns text."""
    return "no pooler"  # type: ignore[return-value]


TOYS = {
    "toy.plain.v1": Plain,
    "toy.other.v1": Other,
    "toy.star.v1": Star,
    "toy.named.v1": Named,
    "toy.around.v1": Around,
    "toy.loose.v1": Loose,
    "toy.anything.v1": Anything,
    "toy.refusing.v1": Refusing,
    "toy.bare.v1": Bare,
    "toy.function.v1": from_function,
    "toy.dishonest.v1": dishonest,
}
