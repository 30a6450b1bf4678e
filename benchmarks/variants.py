"""Measure how much faster prediction and training are with other number formats and ``torch.compile``."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from benchmarks.exact_encoders import PACKED
from benchmarks.options import Effort
from benchmarks.subject import Subject
from benchmarks.timing import CLOCKS, Clock, Row, Work, measure
from benchmarks.training import Baseline, time_steps
from jointre.data.doc import Doc
from jointre.predict import Predictor

PRECISIONS = ("fp32", "bf16")


def measure_variants(
    subject: Subject, docs: Sequence[Doc], budget: int, effort: Effort, steps: int, batch_size: int = 8
) -> list[dict[str, Any]]:
    """Return, per variant, the throughput of prediction and training as a multiple of fp32 without compiling.

    Compiled variants are measured only if the options request them. Predictions of all variants run in turn. Each
    training step runs in turn with the same fp32 encoder step, and is compared through its ratio to it.
    """
    chosen = [(precision, False) for precision in PRECISIONS]
    if subject.options.compile:
        chosen += [(precision, True) for precision in PRECISIONS]
    networks = _networks(subject)
    works = [_prediction(subject, networks, variant, docs, budget) for variant in chosen]
    [predicted] = measure([works], effort, subject.device)
    trained = [_training(subject, networks, variant, steps, batch_size, effort) for variant in chosen]
    _use(subject, networks, subject.options.compile)
    return [
        {
            "precision": precision,
            "compiled": compiled,
            "prediction": {clock: predicted.ratio(clock, 0, place) for clock in CLOCKS},
            "training": {
                clock: _speed(trained[place], clock) / _speed(trained[0], clock) for clock in CLOCKS
            },
            "range": max(predicted.range, trained[place].range),
            "tries": max(predicted.tries, trained[place].tries),
        }
        for place, (precision, compiled) in enumerate(chosen)
    ]


Variant = tuple[str, bool]


def _networks(subject: Subject) -> dict[bool, Any]:
    """Return the encoder's network uncompiled and, if requested, compiled; both share their weights."""
    encoder = subject.model.encoder
    plain = getattr(encoder.network, "_orig_mod", encoder.network)
    return {False: plain, True: encoder.network if subject.options.compile else plain}


def _use(subject: Subject, networks: dict[bool, Any], compiled: bool) -> None:
    """Compute with one of the networks; whether it can leave out padding is tried again."""
    subject.model.encoder.network = networks[compiled]
    vars(subject.model.encoder).pop("_packs", None)


def _prediction(
    subject: Subject, networks: dict[bool, Any], variant: Variant, docs: Sequence[Doc], budget: int
) -> Work:
    precision, compiled = variant
    predictor = Predictor(subject.model, subject.tokenizer, budget, precision)

    def work() -> None:
        _use(subject, networks, compiled)
        list(predictor(docs))

    return work


def _training(
    subject: Subject, networks: dict[bool, Any], variant: Variant, steps: int, batch_size: int, effort: Effort
) -> Row:
    """Time training and the fp32 encoder step without compiling."""
    precision, compiled = variant
    _use(subject, networks, False)
    baseline = Baseline({PACKED: deepcopy(subject.model.encoder)}, "fp32")
    _use(subject, networks, compiled)
    return time_steps(subject, batch_size, steps, effort, precision, baseline)[0]


def _speed(trained: Row, clock: Clock) -> float:
    """Return the speed of training relative to the encoder step."""
    return trained.ratio(clock, 1, 0)
