"""Contracts of components before the heads: encoders, view makers, sentence contexts."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn

from jointre.context_encoders.base import SentenceContext
from jointre.data.batch import Batch, collate
from jointre.data.doc import Doc
from jointre.data.encoding import Encoding
from jointre.data.stages import Encoded, EncoderDims, Level, View, ViewDims
from jointre.encoders.base import Encoder, Source
from jointre.errors import BuildError
from jointre.testing.asserts import (
    built,
    expect,
    expect_close,
    expect_gradients,
    expect_no_neighbours,
    expect_shape,
    named,
    varied,
)
from jointre.testing.toy import STATES, toy_views
from jointre.testing.windows import expect_windows
from jointre.views.base import ViewMaker

LAYERS = 3


def check_encoder(encoder: Encoder) -> None:
    """Check widths, padding, windows, gradients, copies of layers, attention and levitated markers if there are any,
    and that an encoder rebuilt from its saved configuration is the same.
    """
    part = deepcopy(encoder)
    dims = part.build(Source())
    part.eval()
    batch = varied()
    output = part(batch)
    expect_shape(output.layers[-1], (*batch.ids.shape, dims.hidden), f"{named(part)}: the last layer")
    expect(len(output.layers) in (1, dims.layers + 1), f"{named(part)} returns {len(output.layers)} layers")
    expect((output.pooled is None) == (dims.pooled is None), f"{named(part)}: pooled is not as build said")
    _expect_inner_layers(encoder)
    _expect_upper_layers(encoder)
    _expect_attention(part, batch)
    if part.levitates:
        _expect_levitation(encoder)
    _expect_full_length(part)
    expect_windows(part)

    def rows(batch: Batch) -> list[Tensor]:
        states = part(batch).layers[-1]
        return [state[mask] for state, mask in zip(states, batch.mask, strict=True)]

    expect_no_neighbours(part, rows)
    _expect_connected(part, output.layers[-1])
    with TemporaryDirectory() as folder:
        (Path(folder) / "encoder").mkdir()
        part.save(Path(folder) / "encoder")
        again = deepcopy(encoder)
        expect(
            again.build(Source(Path(folder), False)) == dims,
            f"{named(part)} has other widths after it was saved",
        )
        again.load_state_dict(part.state_dict())
        expect_close(
            again.eval()(batch).layers[-1], output.layers[-1], f"{named(part)} differs after it was saved"
        )


def _expect_attention(part: Encoder, batch: Batch) -> None:
    """Expect weights from each piece to each piece that add up to 1 and are 0 for padding, or None."""
    weights = part.attention(batch)
    if weights is None:
        return
    what, size = f"{named(part)}.attention", batch.ids.shape[1]
    expect_shape(weights, (*weights.shape[:1], len(batch), *weights.shape[2:3], size, size), what)
    sums, one = weights.sum(-1), torch.ones(())
    real = batch.mask[None, :, None].expand_as(sums)
    expect_close(sums[real], one.expand(int(real.sum())), f"{what}: weights do not add up to 1")
    to_padding = weights * ~batch.mask[None, :, None, None]
    expect_close(to_padding, torch.zeros_like(weights), f"{what}: padding is attended to")


def _expect_inner_layers(encoder: Encoder) -> None:
    """Expect that every layer is returned if inner layers are requested, or that ``build`` refuses."""
    part = deepcopy(encoder)
    try:
        dims = part.build(Source(), inner_layers=True)
    except BuildError:
        return
    layers = part.eval()(varied()).layers
    expect(len(layers) == dims.layers + 1, f"{named(part)} does not return the inner layers requested")


def _expect_upper_layers(encoder: Encoder) -> None:
    """Expect that copied layers compute the last states, with trained parameters of their own, or that ``build`` or
    ``upper_layers`` refuses.
    """
    part, batch = deepcopy(encoder), varied()
    try:
        part.build(Source(), inner_layers=True)
        upper = part.upper_layers(1).eval()
    except BuildError:
        return
    what, layers = f"{named(part)}.upper_layers", part.eval()(batch).layers
    states = upper(layers[-2].detach(), batch)
    expect_close(states[batch.mask], layers[-1][batch.mask], f"{what} computes other states than the encoder")
    own = {id(parameter) for parameter in part.parameters()}
    expect(not any(id(p) in own for p in upper.parameters()), f"{what} shares parameters with the encoder")
    expect(all(p.requires_grad for p in upper.parameters()), f"{what} returns frozen parameters")
    _expect_connected(upper, states)


def _expect_levitation(encoder: Encoder) -> None:
    """Expect that a group of markers has the same states alone, with others, and in a batch without padding."""
    part = deepcopy(encoder)
    dims = part.build(Source(), inner_layers=True)
    part.eval()
    batch = varied()
    doc = torch.arange(len(batch)).repeat(2)
    at = torch.ones(len(doc), 2, dtype=torch.int64)
    ids = (5 + torch.arange(len(doc)) % 7).unsqueeze(1).expand(-1, 2)
    encoded = part(batch)
    states = part.levitate(encoded, batch, ids, at, doc, 8)
    expect_shape(states, (len(doc), 2, dims.hidden), f"{named(part)}.levitate")
    for row in (0, len(doc) - 1):
        own = slice(row, row + 1)
        alone = part.levitate(encoded, batch, ids[own], at[own], doc[own], 8192)
        expect_close(alone, states[own], f"{named(part)}: the states of markers depend on other markers")

    def rows(batch: Batch) -> list[Tensor]:
        every = torch.arange(len(batch))
        some = torch.full((len(batch), 2), 7)
        return list(part.levitate(part(batch), batch, some, at[: len(batch)], every, 8192))

    expect_no_neighbours(part, rows)


def _expect_full_length(part: Encoder) -> None:
    """Expect that a document of exactly ``max_length`` pieces can be encoded."""
    if part.max_length is None:
        return
    words = np.array([[1, part.max_length - 1]], dtype=np.int64)
    batch = collate([Encoding(Doc(["long"]), [7] * part.max_length, words)], pad_id=0)
    try:
        states = part(batch).layers[-1]
    except (RuntimeError, IndexError) as error:
        raise AssertionError(
            f"{named(part)} does not accept max_length = {part.max_length} pieces"
        ) from error
    expect(torch.isfinite(states).all(), f"{named(part)}: states of max_length pieces are not finite")


def _expect_connected(part: nn.Module, states: Tensor) -> None:
    leaves = [(name, p) for name, p in part.named_parameters() if p.requires_grad]
    if not leaves:
        return
    grads = torch.autograd.grad(states.sin().sum(), [p for _, p in leaves], allow_unused=True)
    for (name, _), grad in zip(leaves, grads, strict=True):
        expect(grad is not None, f"{named(part)}: no gradient reaches {name}; leave unused parts out")


def toy_encoded(batch: Batch, pooled: int | None = None, states: int = STATES) -> Encoded:
    """Return layers that depend only on the document."""
    view = toy_views(batch, width=states)["encoder"].states.detach()
    layers = tuple((view * (1 + 0.1 * i)).requires_grad_() for i in range(LAYERS + 1))
    return Encoded(layers, None if pooled is None else layers[-1].detach()[:, 0, :pooled])


def check_view_maker(maker: ViewMaker, states: int = STATES) -> None:
    """Check names and widths against ``build``, masks that fit the level, and the presence of the encoder's view.

    ``states`` is the width of the encoder.
    """
    pooled = states if maker.pooled else None
    part, widths = built(maker, lambda m: m.build(EncoderDims(states, LAYERS, pooled)))
    expect("encoder" in widths, f"{named(part)} makes no view named 'encoder'")
    batch = varied()
    encoded = toy_encoded(batch, pooled, states)
    views = part(encoded, batch)
    expect(views.keys() == widths.keys(), f"{named(part)} makes other views than build said")
    for name, view in views.items():
        _expect_view(view, widths[name], batch, f"{named(part)}: view {name!r}")

        def rows(batch: Batch, name: str = name) -> list[Tensor]:
            view = part(toy_encoded(batch, pooled, states), batch)[name]
            return [state[mask] for state, mask in zip(view.states, view.mask, strict=True)]

        expect_no_neighbours(part, rows)
    real = [view.states[view.mask] for view in views.values()]
    expect_gradients(part, real, {} if part.inner_layers else {"the last layer": encoded.layers[-1]})


def _expect_view(view: View, dims: ViewDims, batch: Batch, what: str) -> None:
    units = batch.ids.shape[1] if view.level == "piece" else batch.word_pieces.shape[1]
    expect_shape(view.states, (len(batch), units, dims.states), f"{what}: states")
    expect(view.mask.dtype == torch.bool, f"{what}: the mask is {view.mask.dtype}, not bool")
    counts = batch.mask.sum(1) if view.level == "piece" else batch.n_words
    expect(torch.equal(view.mask.sum(1), counts), f"{what}: the mask does not count the {view.level}s")


def check_sentence_context(context: SentenceContext, states: int = STATES) -> None:
    """Check that every view keeps its states and gets a summary as wide as ``build`` said.

    ``states`` is the width that it reads.
    """
    before = {name: ViewDims(states) for name in toy_views(varied())}
    part, widths = built(context, lambda c: c.build(before))
    expect(widths.keys() == before.keys(), f"{named(part)} drops or adds views")
    levels: tuple[Level, ...] = ("piece", "word")
    for level in levels:
        _check_summaries(part, widths, level, states)


def _check_summaries(part: SentenceContext, widths: dict[str, ViewDims], level: Level, states: int) -> None:
    batch = varied()
    given = _unsummarised(batch, level, states)
    views = part(given, batch)
    expect(views.keys() == given.keys(), f"{named(part)} drops or adds views")
    for name, (other, weights) in part.attention(given, batch).items():
        what = f"{named(part)}.attention of {name!r}"
        expect(name in views and other in views, f"{what} is not from a view to a view")
        size = 1 + given[other].states.shape[1]
        expect_shape(weights, (*weights.shape[:1], len(batch), *weights.shape[2:3], size), what)
        sums = weights.sum(-1)
        expect_close(sums, torch.ones_like(sums), f"{what}: weights do not add up to 1")
    for name, view in views.items():
        expect(view.summary is not None, f"{named(part)}: view {name!r} has no summary")
        assert view.summary is not None
        expect(
            widths[name].summary is not None, f"{named(part)}: build returned no summary width for {name!r}"
        )
        expect_shape(
            view.summary, (len(batch), widths[name].summary or 0), f"{named(part)}: summary {name!r}"
        )
        _expect_view(view, widths[name], batch, f"{named(part)}: view {name!r}")

        def rows(batch: Batch, name: str = name) -> list[Tensor]:
            summary = part(_unsummarised(batch, level, states), batch)[name].summary
            return list(summary)

        expect_no_neighbours(part, rows)
    outputs = [t for view in views.values() for t in (view.states[view.mask], view.summary) if t is not None]
    expect_gradients(part, outputs, {})


def _unsummarised(batch: Batch, level: Level, states: int) -> dict[str, View]:
    """Return views without a sentence context: words carry the classification token as their summary, pieces carry
    none.
    """
    views = toy_views(batch, level, states)
    pieces = toy_views(batch, width=states)
    return {
        name: replace(view, summary=pieces[name].states[:, 0] if level == "word" else None)
        for name, view in views.items()
    }
