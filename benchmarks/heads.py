"""Fit heads that predict as many entities and relations as a trained model, without training.

Random heads keep nearly every span, or a hundred spans of one sentence and none of the next, so the time after the
encoder would be meaningless. Therefore both linear maps are fitted to the annotation by ridge regression, and their
biases are set so that they predict the requested numbers of entities and relations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.replay import remembering
from benchmarks.subject import Subject
from jointre.data.batch import collate
from jointre.data.batching import by_length
from jointre.data.doc import Doc
from jointre.data.stages import EntityOutput
from jointre.predict import Predictor, autocast

FAR = 20.0
RIDGE = 1e-3
PIECES = 1024


@dataclass(frozen=True)
class Found:
    """The number of items that a model predicts in documents."""

    docs: int
    entities: int
    relations: int
    pairs: int


def count(docs: Sequence[Doc]) -> Found:
    """Count the entities, relations and ordered pairs of entities of documents."""
    n_entities = [len(doc.entities) for doc in docs]
    n_relations = sum(len(doc.relations) for doc in docs)
    return Found(len(docs), sum(n_entities), n_relations, sum(n * (n - 1) for n in n_entities))


def fit_heads(subject: Subject, docs: Sequence[Doc]) -> None:
    """Fit both heads to the annotation of ``docs``, so that they predict as many items as are annotated."""
    with remembering(subject.model.encoder):
        _fit(subject, docs)
        gold = count(docs)
        set_counts(subject, docs, gold.entities, gold.relations)


def _fit(subject: Subject, docs: Sequence[Doc]) -> None:
    model = subject.model
    entity, relation = subject.entity_head.classifier, subject.relation_head.classifier
    terms: dict[str, list[Tensor]] = {"entity": [], "relation": []}
    encodings = subject.tokenizer.encode(docs, model.encoder.max_length)
    precise = autocast(subject.device, subject.options.precision)
    with _inputs(entity) as spans, _inputs(relation) as pairs, torch.no_grad(), precise:
        model.train()
        model.encoder.eval()
        for number, batch in enumerate(by_length(encodings, PIECES)):
            seeds = [(0, number, row) for row in range(len(batch))]
            inputs = collate(batch, subject.tokenizer.pad_id, subject.corpus.labels, seeds)
            for name, term in model(inputs.to(subject.device)).items():
                terms[name].append(term.targets)
        model.eval()
    classes = len(subject.corpus.labels.entities) + 1
    _ridge(entity, spans.rows, nn.functional.one_hot(torch.cat(terms["entity"]), classes))
    if subject.corpus.labels.relations:
        _ridge(relation, pairs.rows, torch.cat(terms["relation"]))


def set_counts(
    subject: Subject, docs: Sequence[Doc], entities: int, relations: int, batch_pieces: int = PIECES
) -> None:
    """Set the biases so that ``entities`` spans and ``relations`` relations are predicted in ``docs`` in total.

    With batches other than those of ``batch_pieces``, rounding may give one more or less.
    """
    head = subject.entity_head
    with torch.no_grad(), remembering(subject.model.encoder):
        head.classifier.bias[0] += (
            FAR  # so far that nothing is predicted: log(best) is then the gap to "none"
        )
        gaps = _gather(subject.predictor(batch_pieces), docs, head, _gap)
        head.classifier.bias[0] += _cut(gaps, entities)
        if not subject.corpus.labels.relations:
            return
        relation_head = subject.relation_head
        logits = _gather(
            subject.predictor(batch_pieces), docs, relation_head, lambda out: out.logits.flatten().float()
        )
        threshold = relation_head.decision.threshold
        at = log(threshold / (1 - threshold))
        relation_head.classifier.bias += at - _cut(logits, relations)


def _gap(output: EntityOutput) -> Tensor:
    """Return the logit of the best type minus the logit of "none", [N]."""
    score = output.typed[1]
    return torch.log(score) - torch.log1p(-score.clamp(max=0.5))


def _cut(values: Tensor, n: int) -> float:
    """Return a number below exactly ``n`` of the values, if all are different."""
    ordered = values.sort(descending=True).values
    n = min(n, len(ordered))
    above = ordered[n - 1] if n else ordered[0] + 1 if len(ordered) else torch.tensor(0.0)
    below = ordered[n] if n < len(ordered) else above - 1
    return float(above + below) / 2


def _gather(
    predictor: Predictor, docs: Sequence[Doc], module: nn.Module, of: Callable[[Any], Tensor]
) -> Tensor:
    """Return the outputs of a module during a prediction of ``docs``."""
    kept: list[Tensor] = []
    hook = module.register_forward_hook(lambda _, __, output: kept.append(of(output)))
    try:
        list(predictor(docs))
    finally:
        hook.remove()
    return torch.cat(kept) if kept else torch.zeros(0)


class _inputs:
    """Collect the inputs of a module while the context is open."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.kept: list[Tensor] = []

    def __enter__(self) -> "_inputs":
        self.hook = self.module.register_forward_pre_hook(lambda _, args: self.kept.append(args[0]))
        return self

    def __exit__(self, *_: object) -> None:
        self.hook.remove()

    @property
    def rows(self) -> Tensor:
        return torch.cat(self.kept)


@torch.no_grad()
def _ridge(linear: nn.Linear, rows: Tensor, targets: Tensor) -> None:
    """Set a linear map to the ridge regression of targets on inputs, in fp64."""
    rows = nn.functional.pad(rows.double(), (0, 1), value=1.0)
    square = rows.T @ rows
    square += RIDGE * square.diagonal().mean() * torch.eye(len(square), device=rows.device)
    weight = torch.linalg.solve(square, rows.T @ targets.double())
    linear.weight.copy_(weight[:-1].T)
    linear.bias.copy_(weight[-1])
