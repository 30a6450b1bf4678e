"""Load the config of every variant of an experiment file and compare it with the base config."""

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
from jointre.experiments.experiment_file import ExperimentFile, VariantSection
from jointre.experiments.spec import PRETRAIN, Pretraining, Variant
from jointre.place import Place

SEED = "system.seed"
PREFIX = PRETRAIN.replace("/", ".")
SEED_REMEDY = "list the seeds in [experiment] seeds, or with --seeds"
BASE = VariantSection("", "", "", None, (), {}, None)


@dataclass(frozen=True)
class Request:
    """What the command line adds to an experiment file.

    Args:
        overlays: merged over every variant, after those of ``[experiment]``.
        overrides: values by full key, for every variant; they win over ``[experiment] set``, and a variant's own
            ``set`` wins over them. Keys that begin with ``pretrain.`` are for every pre-training instead.
        seeds: replace the seeds of the file.
        fold_file: replaces ``file`` in ``[folds]``.
        folds: the folds to run now; empty for all.
        variants: names of the variants to run now; empty for all.
        trials: the values of each trial of the search, by the name of its variant.
    """

    overlays: Sequence[str] = ()
    overrides: Mapping[str, Any] = field(default_factory=dict)
    seeds: Sequence[int] = ()
    fold_file: str | None = None
    folds: Sequence[int] = ()
    variants: Sequence[str] = ()
    trials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of_variants(self) -> dict[str, Any]:
        """Return the overrides for every variant."""
        return {key: value for key, value in self.overrides.items() if not key.startswith(PREFIX)}

    def of_pretrainings(self) -> dict[str, Any]:
        """Return the overrides for every pre-training."""
        found = self.overrides.items()
        return {key.removeprefix(PREFIX): value for key, value in found if key.startswith(PREFIX)}


@dataclass(frozen=True)
class Variants:
    """The variants with their configs, the base config that they are compared with, and their pre-trainings."""

    base: Config
    variants: tuple[Variant, ...]
    notices: tuple[str, ...]
    pretrainings: tuple[Pretraining, ...] = ()


def load_variants(file: ExperimentFile, request: Request) -> Variants:
    """Load the configs of all variants and compare them with the base config.

    Raises:
        ConfigError: with the faults of all variants.
    """
    return _Loader(file, request).load()


def same_values(config: Config) -> str:
    """Return a text that is equal for two configs that differ at most in their seeds."""
    return json.dumps({**config.values, "system": {**config.values["system"], "seed": 0}}, sort_keys=True)


def identity(variant: Variant) -> str:
    """Return a text that is equal for two variants that share their runs."""
    start = f"{variant.pretrain}@{variant.update}" if variant.pretrain else ""
    return start + same_values(variant.config)


def trials_of(file: ExperimentFile, request: Request) -> list[VariantSection]:
    """Return the sections of the trials of a search: the variant that they start from, with their values."""
    if file.search is None:
        return []
    bases = {section.name: section for section in file.variants}
    base = bases.get(file.search.variant or "", BASE)
    return [
        replace(
            base, name=name, title=name, group="search", claim=None, overrides={**base.overrides, **values}
        )
        for name, values in request.trials.items()
    ]


class _Loader:
    def __init__(self, file: ExperimentFile, request: Request) -> None:
        self.file, self.request = replace(file, variants=(*file.variants, *trials_of(file, request))), request
        self.faults: Faults = file.faults()
        self.found: list[Fault] = []  # faults of the configs, which name places of their own
        self.notices: dict[str, None] = {}

    def load(self) -> Variants:
        self._refuse_seed()
        self._check_search()
        config = self._find(self.file.config, ("experiment", "config"))
        common = [self._find(name, ("experiment", "with")) for name in self.file.overlays]
        common += [self._find(name, None) for name in self.request.overlays]
        own = {
            section.name: [self._find(name, ("variants", section.name, "with")) for name in section.overlays]
            for section in self.file.variants
        }
        self._raise()
        starts = self._starts(config)
        bases = {name: self._load(name, common, BASE) for name in {config, *starts.values()}}
        configs = {
            section.name: bases[start]
            if not section.overlays and not section.overrides
            else self._load(start, [*common, *own[section.name]], section)
            for section, start in zip(self.file.variants, starts.values(), strict=True)
        }
        self._raise()
        loaded = {name: found for name, found in configs.items() if found is not None}
        started = {name: found for name, found in bases.items() if found is not None}
        variants = tuple(
            self._variant(section, started[starts[section.name]], loaded[section.name])
            for section in self.file.variants
        )
        pretrainings = self._pretrainings(variants)
        self._refuse_twins(variants)
        self._raise()
        return Variants(started[config], variants, tuple(self.notices), pretrainings)

    def _pretrainings(self, variants: tuple[Variant, ...]) -> tuple[Pretraining, ...]:
        """Return the pre-trainings that variants name; note an update that leaves no model."""
        found = {}
        overlays = list(self.request.overlays)
        given = self.request.of_pretrainings()
        if given and not self.file.pretrain:
            self.found.append(Fault("the experiment has no pre-training", f"--{PREFIX}{next(iter(given))}"))
        for section in self.file.pretrain:
            key = ("pretrain", section.name)
            config = self._find(section.config or "", (*key, "config"))
            own = [self._find(name, (*key, "with")) for name in section.overlays]
            overrides = {**section.overrides, **given}
            places = dict.fromkeys(section.overrides, self._place_of_set(key))
            loaded = self._attempt(config, [*own, *overlays], overrides, places)
            if loaded is not None:
                found[section.name] = Pretraining(section.name, loaded)
        for variant in variants:
            pretraining, update = found.get(variant.pretrain or ""), variant.update
            if pretraining is not None and update is not None:
                every = pretraining.config["pretraining.checkpoint_every"]
                if update > pretraining.last or (
                    update != pretraining.last and (not every or update % every)
                ):
                    what = f"{variant.pretrain!r} leaves no model after update {update}"
                    remedy = f"it has {pretraining.last} updates, and a model every {every}"
                    self.faults.add(what, ("variants", variant.name), "update", remedy)
        used = {variant.pretrain for variant in variants}
        return tuple(pretraining for name, pretraining in found.items() if name in used)

    def _starts(self, config: str) -> dict[str, str]:
        """Return the config that each variant starts from: its own, or else the base config."""
        return {
            section.name: config
            if section.config is None
            else self._find(section.config, ("variants", section.name, "config"))
            for section in self.file.variants
        }

    def _check_search(self) -> None:
        """Note ranges of keys that are not in the config, before the first trial."""
        search = self.file.search
        if search is None:
            return
        if SEED in search.ranges:
            self.faults.add(f"searches {SEED}", ("search",), "ranges", SEED_REMEDY)
        bases = {section.name: section for section in self.file.variants}
        base = bases.get(search.variant or "", BASE)
        first = {
            key: value[0] if isinstance(value, list) else value["low"] for key, value in search.ranges.items()
        }
        config = self._find(base.config or self.file.config, ("experiment", "config"))
        overlays = [
            self._find(name, None) for name in (*self.file.overlays, *self.request.overlays, *base.overlays)
        ]
        overrides = {**self.file.overrides, **self.request.of_variants(), **base.overrides, **first}
        places = dict.fromkeys(first, f"{where(self.faults.origins, ('search',), 'ranges')}:")
        self._attempt(config, overlays, overrides, {**self._places(base), **places})

    def _refuse_seed(self) -> None:
        given: dict[tuple[str, ...], Mapping[str, Any]] = {("experiment",): self.file.overrides}
        given.update({("variants", section.name): section.overrides for section in self.file.variants})
        for key, overrides in given.items():
            if SEED in overrides:
                self.faults.add(f"sets {SEED}", key, "set", SEED_REMEDY)
        if SEED in self.request.overrides:
            self.found.append(Fault("cannot be set for an experiment", f"--{SEED}", SEED_REMEDY))

    def _find(self, name: str, key: tuple[str, ...] | None) -> str:
        """Return the path of a config or overlay, looked up next to the experiment file, too; note if there is none.

        Args:
            name: a path or a built-in name.
            key: where the experiment file names it; None for ``--with``.
        """
        sibling = Path(self.file.given).parent / name
        if not Path(name).is_file() and Path(self.file.given).is_file() and sibling.is_file():
            name = str(sibling)
        place = "--with" if key is None else where(self.faults.origins, key[:-1], key[-1])
        try:
            if is_experiment(read(name)):
                self.found.append(Fault(f"{name} is itself an experiment", place, "name a config or overlay"))
        except ConfigError as error:
            self.found += [
                replace(fault, what=f"{name}: {fault.what}", place=Place.of(place))
                if fault.where == name
                else fault
                for fault in error.faults
            ]
        return name

    def _load(self, config: str, overlays: list[str], section: VariantSection) -> Config | None:
        overrides = {**self.file.overrides, **self.request.of_variants(), **section.overrides}
        return self._attempt(config, overlays, overrides, self._places(section))

    def _attempt(
        self, config: str, overlays: list[str], overrides: Mapping[str, Any], places: dict[str, str]
    ) -> Config | None:
        try:
            loaded = load_config(config, overlays, overrides, places=places)
        except ConfigError as error:
            self.found += error.faults
            return None
        self.notices.update(dict.fromkeys(loaded.notices))
        return loaded

    def _places(self, section: VariantSection) -> dict[str, str]:
        """Return the line of ``set`` for each override that comes from the file, not from the command line."""
        common = [key for key in self.file.overrides if key not in self.request.overrides]
        return {
            **dict.fromkeys(common, self._place_of_set(("experiment",))),
            **dict.fromkeys(section.overrides, self._place_of_set(("variants", section.name))),
        }

    def _place_of_set(self, key: tuple[str, ...]) -> str:
        return f"{where(self.faults.origins, key, 'set')}:"

    def _variant(self, section: VariantSection, begin: Config, config: Config) -> Variant:
        key = ("variants", section.name)
        changes = named(differences(begin, config))
        if (
            section.name not in self.request.trials
            and not changes
            and (section.overlays or section.overrides)
        ):
            remedy = "remove or correct it; for the config as it is, leave out both 'with' and 'set'"
            self.faults.add("changes nothing: its config equals the one it starts from", key, remedy=remedy)
        if SEED in changes:
            self.faults.add(f"an overlay sets {SEED}", key, "with", SEED_REMEDY)
        if section.claim is not None and set(section.claim) != set(changes):
            self._deny(section.name, section.claim, changes)
        own = begin.name if section.config is not None else None
        start = section.pretrain, section.update
        return Variant(section.name, section.title, section.group, own, config, changes, *start)

    def _deny(self, name: str, claim: tuple[str, ...], changes: tuple[str, ...]) -> None:
        """Note that the keys that a variant changes are not those that its file claims."""
        also = [key for key in changes if key not in claim]
        wrong = [key for key in claim if key not in changes]
        what = [f"the variant also changes {', '.join(also)}"] if also else []
        what += [f"the variant does not change {', '.join(wrong)}"] if wrong else []
        remedy = f"it changes {json.dumps(list(changes))}"
        self.faults.add("; ".join(what), ("variants", name), "changes", remedy)

    def _refuse_twins(self, variants: tuple[Variant, ...]) -> None:
        first: dict[str, Variant] = {}
        for variant in variants:
            other = first.setdefault(identity(variant), variant)
            if variant.name in self.request.trials:
                continue  # the sampler may choose the same values again
            if other is not variant and (variant.changes or variant.start or variant.pretrain):
                what = f"has the same config as {other.name!r}"
                remedy = "remove one of the two; only the base config may be repeated"
                self.faults.add(what, ("variants", variant.name), remedy=remedy)

    def _raise(self) -> None:
        found = [*dict.fromkeys([*self.faults.found, *self.found])]
        if found:
            raise ConfigError(f"invalid experiment {self.file.given}", found)
