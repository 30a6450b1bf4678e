"""Search for values of a config: trials become variants of the experiment, and Optuna chooses their values.

The study is stored in the folder of the experiment, so a stopped search continues where it was.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from statistics import fmean
from typing import Any

from jointre.errors import Fault, UsageError
from jointre.experiments.experiment_file import TRIAL, SearchSection
from jointre.experiments.results.read import load_results
from jointre.experiments.run import Prepared
from jointre.experiments.runner import Outcome

STUDY = "study.db"
DEFINITION = "search"  # the attribute of the study with its ranges


class Study:
    """The study of a search, in the folder of its experiment.

    Args:
        search: the section of the experiment file.
        folder: the folder of the experiment.

    Raises:
        UsageError: Optuna is not installed, or the folder has the study of another search.
    """

    def __init__(self, search: SearchSection, folder: Path) -> None:
        if find_spec("optuna") is None:
            fault = Fault("Optuna is not installed", "[search]", "pip install 'jointre[search]'")
            raise UsageError("the search cannot be run", [fault])
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.search, self.folder = search, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.study = optuna.create_study(
            storage=f"sqlite:///{(folder / STUDY).absolute()}",
            study_name=DEFINITION,
            direction="maximize",
            load_if_exists=True,
        )
        definition = {key: value for key, value in asdict(search).items() if key != "trials"}
        self.study.sampler = self._sampler(len(self.study.get_trials(deepcopy=False)))
        before = self.study.user_attrs.get(DEFINITION)
        if before is None:
            self.study.set_user_attr(DEFINITION, json.dumps(definition, sort_keys=True))
        elif before != json.dumps(definition, sort_keys=True):
            remedy = f"choose another --output, or remove {folder / STUDY} to start the search again"
            raise UsageError(
                "the search has changed", [Fault("other ranges or settings", str(folder), remedy)]
            )

    def trials(self) -> dict[str, dict[str, Any]]:
        """Return the values of all trials, by the names of their variants."""
        return {_name(trial.number): dict(trial.user_attrs["values"]) for trial in self._asked()}

    def open(self) -> list[str]:
        """Return the names of the trials that have no result."""
        from optuna.trial import TrialState

        return [_name(trial.number) for trial in self._asked() if trial.state == TrialState.RUNNING]

    def ask(self, count: int) -> None:
        """Choose the values of more trials, as many as are left up to ``count``."""
        for _ in range(min(count, self.search.trials - len(self._asked()))):
            trial = self.study.ask()
            values = {key: _value(trial, key, given) for key, given in self.search.ranges.items()}
            trial.set_user_attr("values", values)  # last, so that a trial with values is complete

    def tell(self, name: str, score: float | None) -> None:
        """Store the score of a trial; None if it failed."""
        from optuna.trial import TrialState

        number = int(name.removeprefix(TRIAL))
        if score is None or not isfinite(score):
            self.study.tell(number, state=TrialState.FAIL)
        else:
            self.study.tell(number, score)

    def best(self) -> tuple[str, float] | None:
        """Return name and score of the best trial; None if no trial has a score."""
        scored = [(trial.value, -trial.number) for trial in self._asked() if trial.value is not None]
        score, number = max(scored, default=(None, 0))
        return None if score is None else (_name(-number), score)

    def _asked(self) -> list[Any]:
        """Return the trials whose values were chosen; a kill may have left one without."""
        return [trial for trial in self.study.get_trials(deepcopy=False) if "values" in trial.user_attrs]

    def _sampler(self, asked: int) -> Any:
        """Return a sampler; one with the same seed again would repeat the values that it has chosen."""
        import optuna

        seed = self.search.seed + asked
        if self.search.sampler == "random":
            return optuna.samplers.RandomSampler(seed=seed)
        return optuna.samplers.TPESampler(seed=seed, constant_liar=True)


def run_search(
    study: Study,
    prepare: Callable[[Mapping[str, Mapping[str, Any]], list[str]], Prepared],
    run: Callable[[Prepared], Outcome],
    at_once: int,
) -> Outcome:
    """Do the trials that are left, a few at once, and tell the study how they scored.

    Args:
        study: the study.
        prepare: prepares the experiment with the values of all trials, to run the named ones.
        run: does the runs.
        at_once: the number of trials to choose before the results of others are known.
    """
    every = Outcome()
    while not every.interrupted:
        study.ask(at_once - len(study.open()))
        names = study.open()
        if not names:
            break
        done = run(prepare(study.trials(), names))
        every.done += done.done
        every.failed += done.failed
        every.left += done.left
        every.interrupted = done.interrupted
        failed = {found.variant for found, _ in done.failed}
        left = {found.variant for found in done.left}
        scores = _scores(study.folder, study.search.metric)
        for name in names:
            if name in failed:
                study.tell(name, None)
            elif name not in left and name in scores:
                study.tell(name, scores[name])
        if set(study.open()) == set(names):
            break  # nothing went on: another process works on these
    return every


def _scores(folder: Path, metric: str) -> dict[str, float]:
    """Return the mean of a dev metric over the runs of each variant."""
    _, results = load_results(folder)
    found: dict[str, list[float]] = {}
    for result in results:
        found.setdefault(result.variant, []).append(result.metrics["dev"][metric])
    return {name: fmean(values) for name, values in found.items()}


def _name(number: int) -> str:
    return f"{TRIAL}{number:03d}"


def _value(trial: Any, key: str, given: Any) -> Any:
    """Choose a value from a range."""
    if isinstance(given, list):
        # Optuna stores simple values only, and a config has lists, too
        return given[trial.suggest_categorical(key, list(range(len(given))))]
    low, high = given["low"], given["high"]
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(key, low, high, step=given.get("step", 1), log=given.get("log", False))
    return trial.suggest_float(key, low, high, step=given.get("step"), log=given.get("log", False))
