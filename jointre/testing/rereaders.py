"""The contract of rereaders."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

from jointre.data.batch import Batch
from jointre.data.stages import Encoded, EncoderDims, EntityOutput, Level, SpanDims, View, ViewDims
from jointre.encoders.base import Encoder, Source
from jointre.encoders.hf import HFEncoder
from jointre.rereaders.base import Rereader
from jointre.testing.asserts import (
    built,
    expect,
    expect_close,
    expect_gradients,
    expect_no_neighbours,
    expect_shape,
    named,
    seeded,
    varied,
    without_dropout,
)
from jointre.testing.encoder import tiny_encoder_folder
from jointre.testing.spans import LEVELS
from jointre.testing.toy import VIEWS, bare_copy, toy_batch, toy_entities, toy_labels
from jointre.views.identity import IdentityViews

SPANS = SpanDims(6, 3, 5)


def check_rereader(rereader: Rereader) -> None:
    """Check that views keep their names, widths and levels, that gold is read in training only, that draws repeat,
    that no candidates are fine, padding, gradients, and that the encoder stays as it is.
    """
    encoder, dims = _toy_encoder(rereader.inner_layers)
    before = {name: p.detach().clone() for name, p in encoder.named_parameters()}
    widths = dict.fromkeys(VIEWS, ViewDims(dims.hidden, dims.hidden))
    part, after = built(rereader, lambda r: r.build(encoder, dims, widths, toy_labels()))
    what = named(part)
    same = all(torch.equal(p, before[name]) for name, p in encoder.named_parameters())
    expect(same, f"{what} shares parameters with the encoder")
    expect({**after, **widths} == after, f"{what} drops views, or changes their widths")
    _expect_views(part, encoder, after)
    batch = varied()
    outputs = [view.states[view.mask] for view in _views(part, encoder, batch).values()]
    expect_gradients(part, outputs, {})
    seen, peeking = (_by_doc(_views(part, encoder, batch)) for batch in (batch, toy_batch()))
    for one, other in zip(seen, peeking, strict=True):
        expect_close(other, one, f"{what} reads gold outside training")
    _expect_training(part, encoder)


def _expect_views(part: Rereader, encoder: Encoder, widths: Mapping[str, ViewDims]) -> None:
    what, batch = named(part), varied()
    for level in LEVELS:
        given = _given(encoder(batch), batch, level)
        for found in (_views(part, encoder, batch, level), _views(part, encoder, batch, level, found=False)):
            expect(found.keys() == widths.keys(), f"{what} makes other views than build said")
            for name, view in found.items():
                where = f"{what}: view {name!r}"
                expect_shape(view.states, (*view.mask.shape, widths[name].states), f"{where}: states")
                expect((view.summary is None) == (widths[name].summary is None), f"{where}: its summary")
                kept = name not in given or (view.level == level and torch.equal(view.mask, given[name].mask))
                expect(kept, f"{where} has another level or mask")

        def rows(batch: Batch, level: Level = level) -> list[Tensor]:
            return _by_doc(_views(part, encoder, batch, level))

        expect_no_neighbours(part, rows)


def _expect_training(part: Rereader, encoder: Encoder) -> None:
    """Check training without dropout: draws repeat, and a document does not depend on its batch."""
    part = without_dropout(part)

    def rows(batch: Batch) -> list[Tensor]:
        return _by_doc(_views(part, encoder, batch))

    for once, again in zip(rows(toy_batch()), rows(toy_batch()), strict=True):
        expect_close(again, once, f"{named(part)} draws something else the second time")
    expect_no_neighbours(part, rows, gold=True)


def _by_doc(views: Mapping[str, View]) -> list[Tensor]:
    """Return one tensor per document with everything that the views contain, without padding."""
    parts: list[list[Tensor]] = [
        [states[mask].flatten() for states, mask in zip(view.states, view.mask, strict=True)]
        for view in views.values()
    ]
    parts += [list(view.summary) for view in views.values() if view.summary is not None]
    return [torch.cat(part) for part in zip(*parts, strict=True)]


def _toy_encoder(inner_layers: bool) -> tuple[Encoder, EncoderDims]:
    with TemporaryDirectory() as folder:
        encoder = HFEncoder(str(tiny_encoder_folder(Path(folder) / "encoder")))
        with seeded():
            dims = encoder.build(Source(), inner_layers)
    return encoder.eval(), dims


def _given(encoded: Encoded, batch: Batch, level: Level) -> dict[str, View]:
    view = IdentityViews(level)(encoded, batch)["encoder"]
    return dict.fromkeys(VIEWS, replace(view, summary=encoded.layers[-1][:, 0]))


def _views(
    part: Rereader, encoder: Encoder, batch: Batch, level: Level = "piece", found: bool = True
) -> Mapping[str, View]:
    """Return what ``part`` makes of a batch, with entities or without any."""
    encoded = encoder(batch)
    entities = toy_entities(batch if part.training else bare_copy(batch), SPANS)
    label = entities.gold if part.training and entities.gold is not None else entities.predicted
    if not found:
        none = torch.zeros(0, dtype=torch.int64)
        entities = EntityOutput(entities.spans[none], nn.Identity(), none, entities.score[:0])  # type: ignore[arg-type]
        label = none
    views: Mapping[str, View] = part(encoded, _given(encoded, batch, level), entities, label, batch)
    return views
