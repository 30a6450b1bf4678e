"""The job of the process of one run, as one line of JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jointre.config.load import config_from_json, config_to_json
from jointre.experiments.spec import Run


@dataclass(frozen=True)
class Job:
    """One run to train and score.

    Args:
        run: the run.
        score: corpora to score.
        by: breakdowns to compute.
        cost: whether to measure the cost of the model.
        code: files with components to import first.
        overwrite: whether to discard the content of the run's folder.
    """

    run: Run
    score: Sequence[str]
    by: Sequence[str]
    cost: bool = False
    code: Sequence[str] = ()
    overwrite: bool = False

    def line(self) -> str:
        """Return the job as one line of JSON, which `from_line` reads."""
        run = self.run
        facts = {
            "run": {"variant": run.variant, "seed": run.seed, "fold": run.fold, "folder": str(run.folder)},
            "trained_in": run.trained_in and str(run.trained_in),
            "config": config_to_json(run.config),
            "score": list(self.score),
            "by": list(self.by),
            "cost": self.cost,
            "code": list(self.code),
            "overwrite": self.overwrite,
        }
        return json.dumps(facts)

    @classmethod
    def from_line(cls, line: str | bytes) -> "Job":
        """Return the job in one line of JSON."""
        facts = json.loads(line)
        config = config_from_json(facts["config"])
        place = {**facts["run"], "folder": Path(facts["run"]["folder"])}
        source = facts["trained_in"] and Path(facts["trained_in"])
        settings = {name: facts[name] for name in ("score", "by", "cost", "code", "overwrite")}
        return cls(Run(**place, config=config, trained_in=source), **settings)
