"""A small experiment of a tiny model on toy documents, and workers without a process."""

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from jointre.config import load_config
from jointre.data.write import to_line
from jointre.experiments.job import Job
from jointre.experiments.run_one import execute
from jointre.testing import toy_docs

EXPERIMENT = """[experiment]
title = "Toy"
config = "{place}/base.cfg"
seeds = [0, 1]
score = ["dev"]
metrics = ["entities_micro_f", "entities_micro_f@length:<20"]
by = ["length"]
reference = "max"

[variants]

[variants.max]
title = "Max"
group = "spans"

[variants.sum]
title = "Sum"
group = "spans"
with = ["ablations/spert/pooling_sum"]
changes = ["model.entity_head.extractor.pooler.@poolers"]

[variants.again]
group = "context"
"""
POOLER = "model.entity_head.extractor.pooler"
BROKEN = '''
from jointre.poolers.base import Pooler
from jointre.registry import registry

@registry.poolers("toy.broken.v1")
class Broken(Pooler):
    """Fails when it is used."""

    def build(self, width):
        return width

    def forward(self, view, doc, ranges):
        raise ArithmeticError("the pooler is broken")
'''
BAD_VARIANT = f"""
[variants.bad]
set = {{"{POOLER}.@poolers": "toy.broken.v1"}}
"""


def make_place(place: Path, encoder: Path, **overrides: Any) -> Path:
    """Write a base config, its corpora and ``toy.cfg``; return the experiment file."""
    lines = [f"{to_line(doc)}\n" for doc in toy_docs(12)]
    (place / "train.jsonl").write_text("".join(lines), encoding="utf8")
    (place / "dev.jsonl").write_text("".join(lines[:4]), encoding="utf8")
    given = {
        "model.encoder.name": str(encoder),
        **{f"corpora.{split}.@readers": "jointre.jsonl.v1" for split in ("train", "dev", "test")},
        "paths.train": str(place / "train.jsonl"),
        "paths.dev": str(place / "dev.jsonl"),
        "system.device": "cpu",
        "training.epochs": 3,
        "training.batch_size": 4,
        "training.optimizer.lr": 5e-3,
        "training.checkpoint_every": 1e-9,
        "model.entity_head.sampler.max_width": 2,
        "model.relation_head.threshold": 0.99,
    }
    given.update({key.replace("__", "."): value for key, value in overrides.items()})
    (place / "base.cfg").write_text(load_config("spert/conll04", overrides=given).text(), encoding="utf8")
    file = place / "toy.cfg"
    file.write_text(EXPERIMENT.format(place=place), encoding="utf8")
    return file


class Pretended:
    """Replace a worker: end with the exit code in ``codes``, by variant and seed, after ``looks`` polls."""

    codes: dict[tuple[str, int], int] = {}
    looks = 2
    begun: list[tuple[str, int, int]]
    at_once: int
    most: int

    def __init__(self, job: Job, slot: int, threads: int | None) -> None:
        self.job, self.slot, self.threads = job, slot, threads
        self.left, self.stopped = self.looks, False
        self.events: SimpleQueue[dict[str, Any]] = SimpleQueue()
        run = job.run
        type(self).begun.append((run.variant, run.seed, slot))
        type(self).at_once += 1
        type(self).most = max(self.most, self.at_once)

    @classmethod
    def fresh(cls, codes: dict[tuple[str, int], int] | None = None, looks: int = 2) -> type["Pretended"]:
        """Return a class with counters at zero."""
        facts = {"codes": codes or {}, "looks": looks, "begun": [], "at_once": 0, "most": 0}
        return type("Pretended", (cls,), facts)

    def poll(self) -> int | None:
        """Return None a few times, then the exit code."""
        self.left -= 1
        if self.left > 0 and not self.stopped:
            return None
        type(self).at_once -= 1
        return 130 if self.stopped else self.codes.get((self.job.run.variant, self.job.run.seed), 0)

    def stop(self) -> None:
        """End at the next poll."""
        self.stopped = True

    def kill(self) -> None:
        """Do nothing."""

    def failure(self, code: int) -> str:
        """Return the error message."""
        return f"code {code}"


class InThisProcess(Pretended):
    """Do the job at once in this process."""

    looks = 1

    def __init__(self, job: Job, slot: int, threads: int | None) -> None:
        super().__init__(job, slot, threads)
        job = Job.from_line(job.line())
        assert execute(job, lambda **event: self.events.put(event)) == 0


Start = Callable[[Job, int, int | None], Pretended]
