"""What the process of one run is told, as one line of JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from jointre.config import Config
from jointre.config.tree import Origin
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


def config_to_json(config: Config) -> dict[str, object]:
    """All of a config, so that the process that gets it need not read its sources again."""
    return {
        "name": config.name,
        "tree": config.tree,
        "values": config.values,
        "origins": [[key, asdict(origin)] for key, origin in config.origins.items()],
        "unset": [[key, name] for key, name in config.unset.items()],
        "notices": config.notices,
    }


def config_from_json(facts: dict[str, object]) -> Config:
    """The config of `config_to_json`."""
    given: dict[str, object] = {
        **facts,
        "origins": {tuple(key): Origin(**origin) for key, origin in facts["origins"]},  # type: ignore[attr-defined]
        "unset": {tuple(key): name for key, name in facts["unset"]},  # type: ignore[attr-defined]
    }
    return Config(**given)  # type: ignore[arg-type]
