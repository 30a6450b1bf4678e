"""Compare prediction with the encoder alone on the same batches, and time the stages of prediction."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest.mock import patch

import torch

import jointre.models.joint
import jointre.predict
from benchmarks.gpu import Utilisation
from benchmarks.heads import count
from benchmarks.replay import recording
from benchmarks.subject import Subject
from benchmarks.timing import in_turn, seconds, share, wait
from jointre.data.batch import Batch
from jointre.data.doc import Doc
from jointre.predict import autocast

STAGES = ("tokenise", "collate", "encoder", "spans and entities", "pairs and relations", "documents", "rest")


def encode_alone(subject: Subject, batches: Iterable[Batch]) -> None:
    """Run the encoder over batches as prediction does, but with their padding."""
    with torch.inference_mode(), autocast(subject.device, subject.options.precision):
        for batch in batches:
            subject.padded_encoder(batch)


def measure_prediction(
    subject: Subject, docs: Sequence[Doc], budgets: Sequence[int], rounds: int
) -> list[dict[str, Any]]:
    """Compare, per batch size, prediction from words to documents with the encoder alone; both run in turn."""
    return [_row(subject, docs, budget, rounds) for budget in budgets]


def _row(subject: Subject, docs: Sequence[Doc], budget: int, rounds: int) -> dict[str, Any]:
    predictor = subject.predictor(budget)
    with recording(subject.model.encoder) as batches:
        found = count(list(predictor(docs)))
    works = (lambda: list(predictor(docs)), lambda: encode_alone(subject, batches))
    whole, alone = in_turn(works, rounds, subject.device)
    row: dict[str, Any] = {
        "batch_pieces": budget,
        "batches": len(batches),
        "sentences": len(docs),
        "sentences_per_second": len(docs) / median(whole),
        "encoder_sentences_per_second": len(docs) / median(alone),
        "ratio": share(alone, whole),
        "entities": found.entities,
        "relations": found.relations,
        "pairs": found.pairs,
    }
    if subject.device.type == "cuda":
        with Utilisation(subject.device) as use:
            for _ in range(rounds):
                list(predictor(docs))
        row["gpu_utilisation"] = use.mean
    return row


def measure_stages(subject: Subject, docs: Sequence[Doc], budget: int, rounds: int) -> dict[str, float]:
    """Return the median seconds of each stage of prediction; waiting for a GPU after each stage costs some time."""
    predictor = subject.predictor(budget)
    list(predictor(docs))
    runs = []
    for _ in range(rounds):
        with _clocks(subject) as spent:
            total = seconds(lambda: list(predictor(docs)), subject.device)
        runs.append({**spent, "rest": total - sum(spent.values())})
    return {stage: median(run.get(stage, 0.0) for run in runs) for stage in STAGES}


@contextmanager
def _clocks(subject: Subject) -> Iterator[dict[str, float]]:
    """Measure the seconds of each stage while the context is open."""
    spent: dict[str, float] = defaultdict(float)

    def clock(stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            result = work(*args, **options)
            wait(subject.device)
            spent[stage] += time.perf_counter() - begin
            return result

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
