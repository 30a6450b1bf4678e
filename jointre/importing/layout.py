"""The tensors of a published implementation: names, shapes and order of columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from jointre.data.labels import Labels
from jointre.errors import Fault
from jointre.importing.tensors import Shape, compare
from jointre.models.base import Model

ENCODER = ("bert.", "encoder.network.")
HEADS = {
    "entity_classifier.weight": "entity_head.classifier.weight",
    "entity_classifier.bias": "entity_head.classifier.bias",
    "rel_classifier.weight": "relation_head.classifier.weight",
    "rel_classifier.bias": "relation_head.classifier.bias",
    "size_embeddings.weight": "entity_head.extractor.widths.weight",
}
UNUSED = ("bert.pooler.dense.weight", "bert.pooler.dense.bias", "bert.embeddings.position_ids")
WIDTHS, WORDS = "size_embeddings.weight", "bert.embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class Layout:
    """How SpERT's published code, or code based on it, stores a model.

    Args:
        model: name of the model.
        command: the command of ``jointre import`` that reads it.
        base: the built-in config of the model.
        relation_vectors: number of vectors of the encoder's width among the columns of the relation head.
        squares: jointre's name of each further square matrix of the encoder's width, by its published name.
        vectors: the same for vectors of the encoder's width; shape (1, d) is accepted, too.
    """

    model: str
    command: str
    base: str
    relation_vectors: int
    squares: Mapping[str, str] = field(default_factory=dict)
    vectors: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> dict[str, str]:
        """The tensors that SpERT does not have."""
        return {**self.squares, **self.vectors}


@dataclass(frozen=True)
class Table:
    """The width table, ``rows`` and ``dim``; the published size if the checkpoint has no usable one."""

    rows: int = 100
    dim: int = 25

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> "Table":
        """Return the width table of a checkpoint."""
        shape = tuple(state[WIDTHS].shape) if WIDTHS in state else ()
        return cls(*shape) if len(shape) == 2 and shape[0] > 1 and shape[1] > 0 else cls()


@dataclass(frozen=True)
class Request:
    """What the checkpoint must fit: the ``labels`` in the file ``types``, ``max_width``, and the size of the
    ``vocabulary``.
    """

    labels: Labels
    types: Path
    max_width: int
    vocabulary: int


def flat(layout: Layout, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors, with vectors of shape (1, d) as (d,)."""

    def as_vector(name: str, tensor: Tensor) -> Tensor:
        lies = name in layout.vectors and tensor.dim() == 2 and tensor.shape[0] == 1
        return tensor[0] if lies else tensor

    return {name: as_vector(name, tensor) for name, tensor in state.items()}


def check(
    layout: Layout, model: Model, state: Mapping[str, Tensor], table: Table, request: Request
) -> list[Fault]:
    """Return everything about the tensors that does not fit; ``model`` is the jointre model that will receive them."""
    faults = compare(expected(layout, model, table, request), state, layout.model)
    return [*faults, *_widths(table, request), *_vocabulary(state, request)]


def expected(layout: Layout, model: Model, table: Table, request: Request) -> dict[str, Shape]:
    """Return the tensors of such a checkpoint by their published names, each with its shape and the reason for it."""
    shapes = {
        name.replace(ENCODER[1], ENCODER[0], 1): Shape(tuple(tensor.shape), "so config.json")
        for name, tensor in model.state_dict().items()
        if name.startswith(ENCODER[1])
    }
    hidden = shapes[WORDS].size[1]
    wide = f"config.json says hidden_size {hidden}"
    entities, relations = len(request.labels.entities), len(request.labels.relations)
    entity = f"{request.types} names {entities} entity types, and None counts as one more"
    relation = f"{request.types} names {relations} relation types"
    features = f"{wide}, and {WIDTHS} has {table.dim} columns"
    pair = layout.relation_vectors * hidden + 2 * table.dim
    return {
        **shapes,
        **{name: Shape((hidden, hidden), wide) for name in layout.squares},
        **{name: Shape((hidden,), wide) for name in layout.vectors},
        WIDTHS: Shape((table.rows, table.dim), "one row per width"),
        "entity_classifier.weight": Shape((entities + 1, 2 * hidden + table.dim), f"{entity}; {features}"),
        "entity_classifier.bias": Shape((entities + 1,), entity),
        "rel_classifier.weight": Shape((relations, pair), f"{relation}; {features}"),
        "rel_classifier.bias": Shape((relations,), relation),
    }


def _widths(table: Table, request: Request) -> Iterator[Fault]:
    if request.max_width >= table.rows:
        what = (
            f"has {table.rows} rows, and an entity of {request.max_width} words reads row {request.max_width}"
        )
        yield Fault(what, WIDTHS, f"--max-width {table.rows - 1} at most")


def _vocabulary(state: Mapping[str, Tensor], request: Request) -> Iterator[Fault]:
    if WORDS in state and request.vocabulary > state[WORDS].shape[0]:
        what = f"has {state[WORDS].shape[0]} rows, but the tokenizer has {request.vocabulary} pieces"
        yield Fault(what, WORDS, "use the tokenizer's files of this checkpoint")


def to_jointre(layout: Layout, state: Mapping[str, Tensor], table: Table) -> dict[str, Tensor]:
    """Return the tensors by jointre's names, as fp32, each with its own memory."""
    names = {**HEADS, **layout.own}
    result = {names.get(name, name.replace(*ENCODER, 1)): state[name].float().clone() for name in state}
    relation = HEADS["rel_classifier.weight"]
    hidden = (result[relation].shape[1] - 2 * table.dim) // layout.relation_vectors
    result[relation] = reorder(result[relation], hidden, table.dim)
    return result


def reorder(weight: Tensor, hidden: int, dim: int) -> Tensor:
    """Turn [...; head; tail; head width; tail width] into jointre's order of columns, with each width after
    its span.
    """
    before = weight.shape[1] - 2 * (hidden + dim)
    sizes = [before, hidden, hidden, dim, dim]
    others, head, tail, head_width, tail_width = weight.split(sizes, dim=1)
    return torch.cat([others, head, head_width, tail, tail_width], dim=1)
