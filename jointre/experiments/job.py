"""What the process of one run is told, as one line of JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jointre.config.load import config_from_json, config_to_json
from jointre.experiments.spec import Run

SAVE = b"save\n"
"""What follows the job on stdin when a checkpoint is wanted."""


@dataclass(frozen=True)
class Job:
    """A run to do.

    Args:
        run: which.
        score, by: corpora to score on and breakdowns to score by.
        code: files with components, imported first.
        anew: whether what is in the folder is thrown away.
    """

    run: Run
    score: Sequence[str]
    by: Sequence[str]
    code: Sequence[str] = ()
    anew: bool = False

    def line(self) -> str:
        """As JSON; `from_line` makes the same job of it."""
        run = self.run
        facts = {
            "run": {"variant": run.variant, "seed": run.seed, "fold": run.fold, "folder": str(run.folder)},
            "config": config_to_json(run.config),
            "score": list(self.score),
            "by": list(self.by),
            "code": list(self.code),
            "anew": self.anew,
        }
        return json.dumps(facts)

    @classmethod
    def from_line(cls, line: str | bytes) -> "Job":
        """The job of a `line`."""
        facts = json.loads(line)
        config = config_from_json(facts["config"])
        place = {**facts["run"], "folder": Path(facts["run"]["folder"])}
        return cls(Run(**place, config=config), facts["score"], facts["by"], facts["code"], facts["anew"])
