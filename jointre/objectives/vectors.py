"""Vectors of entities and of pairs, computed as in fine-tuning, for objectives."""

import torch
from torch import Tensor

from jointre.data.batch import Batch
from jointre.data.stages import EntityOutput, Pairs
from jointre.models.joint import JointModel
from jointre.samplers.base import make_spans
from jointre.views.base import Views


def entity_vectors(model: JointModel, views: Views, batch: Batch, places: Tensor) -> Tensor:
    """Return [M, H], the features of spans from the entity head's extractor, concatenated.

    ``places`` [M, 3] int64: row of the batch, start and end in words.
    """
    spans = make_spans(batch, places[:, 0], places[:, 1:])
    every = torch.arange(len(spans), device=places.device)
    return model.entity_head.features(views, spans)[every].concatenated()


def pair_vectors(model: JointModel, batch: Batch, places: Tensor) -> Tensor:
    """Return [M, H], the vectors that the relation head scores pairs from.

    ``places`` [M, 5] int64: row of the batch, start and end of the first span, start and end of the second, in words.
    """
    views = model.make_views(batch)
    doc = places[:, 0]
    words = torch.cat([places[:, 1:3], places[:, 3:5]])
    spans = make_spans(batch, torch.cat([doc, doc]), words)
    none = torch.zeros(len(spans), dtype=torch.int64, device=doc.device)
    features = model.entity_head.features(views, spans)
    entities = EntityOutput(spans, features, none, torch.ones(len(spans), device=doc.device))
    head = torch.arange(len(doc), device=doc.device)
    pairs = Pairs(doc, head, head + len(doc), none)
    return model.relation_head.encode(model.pair_extractor(views, entities, pairs, batch))
