"""Attention of a model over the words of a text: layers and heads of the encoder, and SINET's cross-task attention."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from jointre.context_encoders.base import SentenceContext
from jointre.data.batch import collate
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.segments import by_sentence
from jointre.data.stages import Level
from jointre.errors import Fault, UsageError
from jointre.pipeline import Pipeline

START, END, AROUND, OWN = "⟨start⟩", "⟨end⟩", "…", "⟨own⟩"
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Units:
    """What attention is shown over: the words of a text, and the pieces around them.

    Args:
        names: the words, and names for the special pieces and for pieces of text around the words.
        first: the place of the first word in ``names``.
        words: number of words.
        pieces: the pieces ``[start, end)`` of each unit.
    """

    names: tuple[str, ...]
    first: int
    words: int
    pieces: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, encoding: Encoding) -> "Units":
        """Return the units of a tokenised document."""
        words = [(int(start), int(end)) for start, end in encoding.words]
        left, right = encoding.around
        total, head = len(encoding.ids), encoding.head
        before = [(START, 0, head), (AROUND, head, head + left)]
        after = [(AROUND, words[-1][1], words[-1][1] + right), (END, words[-1][1] + right, total)]
        named = [(word, *place) for word, place in zip(encoding.doc.words, words, strict=True)]
        kept = [unit for unit in (*before, *named, *after) if unit[1] < unit[2]]
        first = sum(start < end for _, start, end in before)
        return cls(
            tuple(name for name, _, _ in kept),
            first,
            len(words),
            tuple((start, end) for _, start, end in kept),
        )

    def to(self, weights: Floats) -> Floats:
        """Add up weights [..., T] over the pieces of each unit that is attended to."""
        return np.stack([weights[..., start:end].sum(-1) for start, end in self.pieces], -1)

    def between(self, weights: Floats) -> Floats:
        """Add up weights [..., T, T] over the pieces attended to, and average them over the pieces that attend."""
        summed = self.to(weights)
        return np.stack([summed[..., start:end, :].mean(-2) for start, end in self.pieces], -2)


@dataclass(frozen=True)
class TaskAttention:
    """Attention of the sentence vector of a view over the words of another one.

    Args:
        view: name of the view whose sentence vector attends.
        other: name of the view that is attended to.
        weights: [layers, heads, 1 + units], the weight of the sentence vector itself first.
        names: name of each unit, that of the sentence vector first.
        first: the place of the first word.
    """

    view: str
    other: str
    weights: Floats
    names: tuple[str, ...]
    first: int


@dataclass(frozen=True)
class Attention:
    """The attention of a model over a text.

    Args:
        doc: the text with the entities and relations to mark.
        units: what the encoder attends to.
        encoder: [layers, heads, units, units], from each unit to each unit; None if the encoder shows none.
        tasks: attention of sentence vectors; empty for models without it.
    """

    doc: Doc
    units: Units
    encoder: Floats | None
    tasks: tuple[TaskAttention, ...] = field(default=())

    def words_only(self) -> Floats | None:
        """Return the attention of the encoder from words to words, [layers, heads, words, words]."""
        words = slice(self.units.first, self.units.first + self.units.words)
        return None if self.encoder is None else self.encoder[:, :, words, words]


def attention_of(pipeline: Pipeline, segment: Doc, gold: bool = False) -> Attention:
    """Return the attention of a model over a segment.

    Args:
        pipeline: the model.
        segment: one of the segments that the model reads at once.
        gold: whether to mark the annotation of the segment, not what the model predicts.

    Raises:
        UsageError: the encoder does not accept the segment as a whole, or the model shows no attention.
    """
    model, tokenizer = pipeline.model, pipeline.tokenizer
    encodings = tokenizer.encode([segment], model.encoder.max_length) if segment.words else []
    if not encodings or encodings[0].windows is not None:
        what = "it is longer than the encoder accepts" if segment.words else "it has no words"
        raise UsageError("the attention cannot be shown", [Fault(what, "TEXT", "pass another text")])
    device = next(model.parameters()).device
    batch = collate(encodings, tokenizer.pad_id).to(device)
    units = Units.of(encodings[0])
    model.eval()
    with torch.inference_mode(), _contexts(pipeline) as tasks:
        (predicted,) = model.predict(batch)
        weights = model.encoder.attention(batch)
    encoder = None if weights is None else units.between(weights[:, 0].float().cpu().numpy())
    found = tuple(_task(units, view, *of) for view, of in tasks.items())
    if encoder is None and not found:
        what = f"{type(model.encoder).__name__} shows no attention, and no sentence vector attends"
        raise UsageError("the attention cannot be shown", [Fault(what, "MODEL")])
    doc = segment if gold else predicted
    (doc,) = by_sentence(replace(doc, sentences=[(0, len(doc.words))]))  # without the text around the segment
    return Attention(doc, units, encoder, found)


Attended = tuple[str, Level, torch.Tensor]


@contextmanager
def _contexts(pipeline: Pipeline) -> Any:
    """Yield a dictionary that collects, by view, the attention of the sentence contexts that are called."""
    found: dict[str, Attended] = {}

    def collect(context: torch.nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        assert isinstance(context, SentenceContext)
        views = inputs[0]
        for name, (other, weights) in context.attention(*inputs).items():
            found[name] = (other, views[other].level, weights)

    contexts = [module for module in pipeline.model.modules() if isinstance(module, SentenceContext)]
    handles = [context.register_forward_hook(collect) for context in contexts]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def _task(units: Units, view: str, other: str, level: Level, weights: torch.Tensor) -> TaskAttention:
    """Return the attention of a sentence vector, [layers, 1, heads, 1 + S], over units."""
    values = weights[:, 0].float().cpu().numpy()
    own, states = values[..., :1], values[..., 1:]
    if level == "word":
        words = units.names[units.first : units.first + units.words]
        return TaskAttention(view, other, values[..., : 1 + len(words)], (OWN, *words), 1)
    start = (
        1 if units.names[0] == START else 0
    )  # the classification token of the other view is not attended to
    shown = np.concatenate([own, units.to(states)[..., start:]], -1)
    return TaskAttention(view, other, shown, (OWN, *units.names[start:]), 1 + units.first - start)


@dataclass(frozen=True)
class Pattern:
    """The head whose words attend most to a certain word: its layer and number from 1, and the mean weight."""

    name: str
    layer: int
    head: int
    weight: float


def patterns(weights: Floats) -> list[Pattern]:
    """Return the head that follows each pattern most: next word, previous word, the word itself, and the last word
    (Giorgi et al., Figure 2).

    Args:
        weights: [layers, heads, words, words], from words to words.
    """
    n = weights.shape[-1]
    rows = np.arange(n)
    places: Mapping[str, tuple[Any, Any]] = {
        "the next word": (rows[:-1], rows[1:]),
        "the previous word": (rows[1:], rows[:-1]),
        "the word itself": (rows, rows),
        "the last word": (rows, np.full(n, n - 1)),
    }
    found = []
    for name, (start, end) in places.items():
        if len(start):
            means = weights[:, :, start, end].mean(-1)
            layer, head = np.unravel_index(int(means.argmax()), means.shape)
            found.append(Pattern(name, int(layer) + 1, int(head) + 1, float(means[layer, head])))
    return found
