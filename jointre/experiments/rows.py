"""From an experiment file to the whole config of every row: layered, loaded, and compared with the base."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jointre.config import Config, load_config
from jointre.config.diff import differences, named
from jointre.config.faults import Faults
from jointre.config.source import is_experiment, read
from jointre.config.tree import where
from jointre.errors import ConfigError, Fault
from jointre.experiments.experiment_file import ExperimentFile, Row
from jointre.experiments.spec import Variant

SEED = "system.seed"
SEED_REMEDY = "seeds are listed in [experiment] seeds, or with --seeds"


@dataclass(frozen=True)
class Call:
    """What the command line adds to an experiment file.

    Args:
        overlays: laid over every row, after those of ``[experiment]``.
        overrides: by full key, for every row; they win over ``[experiment] set``, and a row's own over them.
        seeds: in place of those of the file.
        fold_file: in place of ``file`` in ``[folds]``.
        folds: those to do now, of all that there are; none for all.
        rows: names of those to do now; none for all.
    """

    overlays: Sequence[str] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    seeds: Sequence[int] = ()
    fold_file: str | None = None
    folds: Sequence[int] = ()
    rows: Sequence[str] = ()


@dataclass(frozen=True)
class Rows:
    """The rows with their configs, and the config they are compared with."""

    base: Config
    variants: tuple[Variant, ...]
    notices: tuple[str, ...]


def load_rows(file: ExperimentFile, call: Call) -> Rows:
    """Load and compare the configs of all rows.

    Raises:
        ConfigError: with all faults of all rows.
    """
    return _Loader(file, call).rows()


def same_values(config: Config) -> str:
    """A text that two configs share if they train the same, whatever their seeds."""
    return json.dumps({**config.values, "system": {**config.values["system"], "seed": 0}}, sort_keys=True)


class _Loader:
    def __init__(self, file: ExperimentFile, call: Call) -> None:
        self.file, self.call = file, call
        self.faults: Faults = file.faults()
        self.found: list[Fault] = []  # faults of the configs, which have their own places
        self.notices: dict[str, None] = {}

    def rows(self) -> Rows:
        self._refuse_seed()
        config = self._there(self.file.config, ("experiment", "config"))
        common = [self._there(name, ("experiment", "with")) for name in self.file.overlays]
        common += [self._there(name, None) for name in self.call.overlays]
        own = {
            row.name: [self._there(name, ("variants", row.name, "with")) for name in row.overlays]
            for row in self.file.rows
        }
        self._raise()
        base = self._load(config, common, Row("", "", "", (), {}, None))
        configs = {
            row.name: base if row.is_base else self._load(config, [*common, *own[row.name]], row)
            for row in self.file.rows
        }
        self._raise()
        assert base is not None
        loaded = {name: found for name, found in configs.items() if found is not None}
        variants = tuple(self._variant(row, base, loaded[row.name]) for row in self.file.rows)
        self._refuse_twins(variants)
        self._raise()
        return Rows(base, variants, tuple(self.notices))

    def _refuse_seed(self) -> None:
        for key in [("experiment",), *(("variants", row.name) for row in self.file.rows)]:
            given = self.file.overrides if len(key) == 1 else self._row(key[1]).overrides
            if SEED in given:
                self.faults.add(f"sets {SEED}", key, "set", SEED_REMEDY)
        if SEED in self.call.overrides:
            self.found.append(Fault("cannot be set for an experiment", f"--{SEED}", SEED_REMEDY))

    def _row(self, name: str) -> Row:
        return next(row for row in self.file.rows if row.name == name)

    def _there(self, name: str, key: tuple[str, ...] | None) -> str:
        """The config or overlay ``name``: as it stands, else beside the experiment file; a fault if it is nowhere."""
        beside = Path(self.file.given).parent / name
        if not Path(name).is_file() and Path(self.file.given).is_file() and beside.is_file():
            name = str(beside)
        place = "--with" if key is None else where(self.faults.origins, key[:-1], key[-1])
        try:
            if is_experiment(read(name)):
                self.found.append(
                    Fault(f"{name} is an experiment itself", place, "name a config or an overlay")
                )
        except ConfigError as error:
            self.found += [
                Fault(f"{name}: {fault.what}", place, fault.remedy) if fault.where == name else fault
                for fault in error.faults
            ]
        return name

    def _load(self, config: str, overlays: list[str], row: Row) -> Config | None:
        overrides = {**self.file.overrides, **self.call.overrides, **row.overrides}
        try:
            loaded = load_config(config, overlays, overrides)
        except ConfigError as error:
            self.found += [self._placed(fault, row) for fault in error.faults]
            return None
        self.notices.update(dict.fromkeys(loaded.notices))
        return loaded

    def _placed(self, fault: Fault, row: Row) -> Fault:
        """The fault with the line of ``set`` in place of the option that the key would be on the command line."""
        for key in sorted({*self.file.overrides, *row.overrides}, key=len, reverse=True):
            if fault.where != f"--{key}" and not fault.where.startswith(f"--{key} "):
                continue
            if key not in row.overrides and key in self.call.overrides:
                return fault
            section = ("variants", row.name) if key in row.overrides else ("experiment",)
            place = f"{where(self.faults.origins, section, 'set')}: {key}"
            return replace(fault.at(place), remedy=fault.remedy.replace("--", ""))
        return fault

    def _variant(self, row: Row, base: Config, config: Config) -> Variant:
        key = ("variants", row.name)
        changes = named(differences(base, config))
        if not changes and not row.is_base:
            remedy = "take the row out, or correct it; a row without 'with' and 'set' is the base itself"
            self.faults.add("changes nothing: its config is that of the base", key, remedy=remedy)
        if SEED in changes:
            self.faults.add(f"an overlay sets {SEED}", key, "with", SEED_REMEDY)
        if row.claim is not None and set(row.claim) != set(changes):
            self._deny(row, changes)
        return Variant(row.name, row.title, row.group, config, changes)

    def _deny(self, row: Row, changes: tuple[str, ...]) -> None:
        claim = row.claim or ()
        also = [name for name in changes if name not in claim]
        wrong = [name for name in claim if name not in changes]
        what = [f"it also differs from the base in {', '.join(also)}"] if also else []
        what += [f"it does not differ from the base in {', '.join(wrong)}"] if wrong else []
        remedy = f"what it changes is {json.dumps(list(changes))}"
        self.faults.add("; ".join(what), ("variants", row.name), "changes", remedy)

    def _refuse_twins(self, variants: tuple[Variant, ...]) -> None:
        first: dict[str, Variant] = {}
        for variant in variants:
            other = first.setdefault(same_values(variant.config), variant)
            if other is not variant and variant.changes:
                remedy = "keep one of the two; only the base itself may stand in several rows"
                self.faults.add(
                    f"has the same config as {other.name!r}", ("variants", variant.name), remedy=remedy
                )

    def _raise(self) -> None:
        found = [*dict.fromkeys([*self.faults.found, *self.found])]
        if found:
            raise ConfigError(f"experiment {self.file.given} is refused", found)
