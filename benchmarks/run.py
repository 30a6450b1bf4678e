"""Run all measurements, in an order in which none disturbs another."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.aims import best
from benchmarks.growth import measure_growth
from benchmarks.heads import fit_heads
from benchmarks.machine import facts
from benchmarks.memory import measure_memory
from benchmarks.options import Options, sizes
from benchmarks.prediction import measure_prediction, measure_stages
from benchmarks.startup import measure_startup
from benchmarks.subject import Subject, make_subject
from benchmarks.training import measure_training
from benchmarks.variants import measure_variants


def run(
    everything: Sequence[Options], sections: Collection[str], say: Callable[[str], None]
) -> dict[str, Any]:
    """Measure ``sections`` of each subject; return plain data, as in results.json.

    Training comes last, because its memory settings (`jointre.system.prepare`) persist for the whole process.
    """
    machine = facts(everything[0])
    subjects = {}
    for options in everything:
        say(f"building {options.encoder}")
        subject = subjects[options.encoder] = make_subject(options)
        fit_heads(subject, subject.corpus.spread(sizes(options).docs))
    found: dict[str, dict[str, Any]] = {name: {} for name in subjects}
    results: dict[str, Any] = {"options": asdict(everything[0]), "machine": machine, "encoders": found}
    steps = {"prediction": _prediction, "growth": _growth, "memory": _memory}
    later = {"training": _training, "variants": _variants}
    for step in (steps, later):
        for section in [name for name in step if name in sections]:
            for name, subject in subjects.items():
                say(f"{section}, {name}")
                found[name].update(step[section](subject))
        if step is steps and "startup" in sections:
            say("start-up")
            first = next(iter(subjects.values()))
            results["startup"] = measure_startup(first, sizes(first.options).effort)
    return results


def _prediction(subject: Subject) -> dict[str, Any]:
    size = sizes(subject.options)
    docs = subject.corpus.spread(size.docs)
    rows = measure_prediction(subject, docs, size.budgets, size.effort)
    return {
        "prediction": rows,
        "missing": subject.exact_encoders.missing,
        "breakdown": measure_stages(subject, docs, best(rows)["batch_pieces"], size.effort),
    }


def _growth(subject: Subject) -> dict[str, Any]:
    return {"growth": measure_growth(subject, sizes(subject.options))}


def _memory(subject: Subject) -> dict[str, Any]:
    return {"memory": measure_memory(subject)}


def _training(subject: Subject) -> dict[str, Any]:
    size = sizes(subject.options)
    return {"training": measure_training(subject, size.batch_sizes, size.steps, size.effort)}


def _variants(subject: Subject) -> dict[str, Any]:
    size = sizes(subject.options)
    docs = subject.corpus.spread(size.docs)[: 24 if subject.options.device == "cpu" else None]
    budget = 2048 if subject.options.device == "cpu" else 16384
    return {"variants": measure_variants(subject, docs, budget, size.effort, size.steps[-1])}
