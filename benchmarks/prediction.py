"""Compare prediction with the encoder alone on the same batches, and time the stages of prediction."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import torch

import jointre.models.joint
import jointre.predict
from benchmarks.gpu import Utilisation
from benchmarks.heads import count
from benchmarks.options import Effort
from benchmarks.replay import recording
from benchmarks.subject import Subject
from benchmarks.timing import Pass, Row, measure, run
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.encoders.base import Encoder
from jointre.predict import autocast

STAGES = ("tokenise", "collate", "encoder", "spans and entities", "pairs and relations", "documents", "rest")


def encode_alone(
    encoder: Encoder, batches: Iterable[Batch], device: torch.device, precision: str = "fp32"
) -> None:
    """Run an encoder over batches as prediction does."""
    with torch.inference_mode(), autocast(device, precision):
        for batch in batches:
            encoder(batch)


def measure_prediction(
    subject: Subject, docs: Sequence[Doc], budgets: Sequence[int], effort: Effort
) -> list[dict[str, Any]]:
    """Compare, per batch size, prediction from words to documents with the encoder alone; all run in turn."""
    return [_row(subject, docs, budget, effort) for budget in budgets]


def _row(subject: Subject, docs: Sequence[Doc], budget: int, effort: Effort) -> dict[str, Any]:
    predictor = subject.predictor(budget)
    with recording(subject.model.encoder) as batches:
        found = count(list(predictor(docs)))
    encoders = subject.exact_encoders.by_name
    how = subject.device, subject.options.precision
    works = [partial(encode_alone, encoder, batches, *how) for encoder in encoders.values()]
    [row] = measure([[lambda: _exhaust(predictor(docs)), *works]], effort, subject.device)
    result: dict[str, Any] = {
        "batch_pieces": budget,
        "batches": len(batches),
        "documents": len(docs),
        "entities": found.entities,
        "relations": found.relations,
        "pairs": found.pairs,
        **row.compared(["jointre", *encoders]),
    }
    if subject.device.type == "cuda":
        with Utilisation(subject.device) as use:
            for _ in range(effort.rounds):
                _exhaust(predictor(docs))
        result["gpu_utilisation"] = use.mean
    return result


def measure_stages(subject: Subject, docs: Sequence[Doc], budget: int, effort: Effort) -> dict[str, Any]:
    """Return the times of each stage of prediction; waiting for a GPU after each stage costs some time.

    It is measured again as long as the range of the whole prediction is too large.
    """
    predictor = subject.predictor(budget)

    def predict() -> dict[str, Pass]:
        with _clocks(subject) as spent:
            _exhaust(predictor(docs))
        return spent

    [row] = measure([[predict]], effort, subject.device)
    passes = [[one.result[stage] for one in row.passes[0]] for stage in STAGES[:-1]]
    rest = [
        Pass(whole.wall - sum(part.wall for part in parts), whole.cpu - sum(part.cpu for part in parts))
        for whole, *parts in zip(row.passes[0], *passes, strict=True)
    ]
    stages = Row([*passes, rest])
    return {"tries": row.tries, "stages": {stage: stages.times(at) for at, stage in enumerate(STAGES)}}


@contextmanager
def _clocks(subject: Subject) -> Iterator[dict[str, Pass]]:
    """Measure the seconds of each stage while the context is open."""
    spent: dict[str, Pass] = defaultdict(lambda: Pass(0.0, 0.0))

    def clock(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            found = run(partial(work, *args, **options), subject.device)
            spent[stage] = Pass(spent[stage].wall + found.wall, spent[stage].cpu + found.cpu)
            return found.result

        return timed

    model = subject.model
    places = [
        ("tokenise", subject.tokenizer, "encode"),
        ("collate", jointre.predict, "collate"),
        ("encoder", model.encoder, "forward"),
        ("spans and entities", model.entity_head, "forward"),
        ("pairs and relations", model, "find"),
        ("documents", jointre.models.joint, "decode"),
    ]
    with ExitStack() as stack:
        for stage, owner, name in places:
            stack.enter_context(patch.object(owner, name, clock(stage, getattr(owner, name))))
        yield spent


def _exhaust(docs: Iterable[Doc]) -> None:
    """Predict all documents and keep none."""
    deque(docs, maxlen=0)
