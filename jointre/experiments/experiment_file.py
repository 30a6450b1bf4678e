"""Read an experiment file and check its sections and keys; no config is loaded yet."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from jointre.config.faults import Faults, in_order
from jointre.config.source import Source, is_experiment, read
from jointre.config.tree import Origin, Origins, Tree
from jointre.errors import ConfigError
from jointre.nearest import did_you_mean

SECTIONS = ("experiment", "pretrain", "variants", "folds", "search")
SCORED = Literal["dev", "test"]
EXPERIMENT: dict[str, Any] = {
    "title": str,
    "config": str,
    "with": list[str],
    "set": dict[str, Any],
    "seeds": list[int],
    "score": list[SCORED],
    "metrics": list[str],
    "by": list[str],
    "cost": bool,
    "reference": str | None,
}
VARIANT: dict[str, Any] = {
    "title": str,
    "group": str,
    "config": str | None,
    "with": list[str],
    "set": dict[str, Any],
    "changes": list[str],
    "pretrain": str | None,
    "update": int | None,
}
PRETRAIN: dict[str, Any] = {"config": str, "with": list[str], "set": dict[str, Any]}
SEARCH: dict[str, Any] = {
    "trials": int,
    "metric": str,
    "ranges": dict[str, Any],
    "variant": str | None,
    "sampler": Literal["tpe", "random"],
    "seed": int,
}
REQUIRED = {"config": "the base config of all variants", "seeds": "one run each, such as [0, 1, 2]"}
TRIAL = "trial-"
"""The beginning of the names of the variants that a search makes."""
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+=-]*")


@dataclass(frozen=True)
class VariantSection:
    """One ``[variants.NAME]`` section of an experiment file.

    Args:
        config: the config that it starts from; None for the base config of the experiment.
        claim: its ``changes``; None if there are none.
        pretrain: the ``[pretrain.NAME]`` section whose result initializes it; None for none.
        update: the update of that pre-training whose model is used; None for the last one.
    """

    name: str
    title: str
    group: str
    config: str | None
    overlays: tuple[str, ...]
    overrides: Mapping[str, Any]
    claim: tuple[str, ...] | None
    pretrain: str | None = None
    update: int | None = None

    @property
    def is_base(self) -> bool:
        """Whether the section has no ``config``, ``with`` or ``set``: the variant has the base config."""
        return self.config is None and not self.overlays and not self.overrides


@dataclass(frozen=True)
class SearchSection:
    """The ``[search]`` section of an experiment file: trials, each a variant whose values are chosen from ranges.

    Args:
        trials: the number of trials.
        metric: the dev metric to maximize, the mean over seeds and folds.
        ranges: by full key, a list of values, or ``low`` and ``high`` with perhaps ``log`` or ``step``.
        variant: the variant that the trials start from; None for the base config.
        sampler: how values are chosen: ``tpe`` or ``random``.
        seed: of the sampler.
    """

    trials: int
    metric: str
    ranges: Mapping[str, Any]
    variant: str | None = None
    sampler: Literal["tpe", "random"] = "tpe"
    seed: int = 0


@dataclass(frozen=True)
class ExperimentFile:
    """An experiment file that has been read; its keys are described in docs/experiments.md.

    Args:
        name: name of the file, without folder and extension.
        given: what the user asked for: a file or a built-in name.
        place: line of each key, for messages.
    """

    name: str
    given: str
    place: Origins = field(repr=False)
    title: str
    config: str
    overlays: tuple[str, ...]
    overrides: Mapping[str, Any]
    seeds: tuple[int, ...]
    score: tuple[SCORED, ...]
    metrics: tuple[str, ...]
    by: tuple[str, ...]
    cost: bool
    reference: str
    variants: tuple[VariantSection, ...]
    folds: Mapping[str, Any] | None
    pretrain: tuple[VariantSection, ...] = ()
    search: SearchSection | None = None

    def faults(self) -> Faults:
        """Return an empty list of faults that knows the line of each key."""
        return Faults(self.place, {})


def read_file(given: str | Path) -> ExperimentFile:
    """Read an experiment file.

    Args:
        given: a file, or the name of a built-in experiment (``"ablations/spert/table3"``).

    Raises:
        ConfigError: with all faults.
    """
    source = read(given)
    origins: Origins = {key: Origin("config", source.place(key)) for key in source.lines}
    faults = Faults(origins, {})
    if not is_experiment(source):
        remedy = (
            f"to train a config, use: jointre train {given}"
            if "model" in source.tree
            else "see: jointre docs experiments"
        )
        faults.add("this section is missing", ("experiment",), remedy=remedy)
        raise ConfigError(f"{source.name} is not an experiment", faults.found)
    for name in source.tree:
        if name not in SECTIONS:
            faults.add("an experiment has no such section", (name,), remedy=did_you_mean(name, SECTIONS))
    settings = _keys(faults, ("experiment",), source.tree["experiment"], EXPERIMENT)
    variants = _variants(faults, source.tree.get("variants"))
    pretrain = _pretrain(faults, source.tree.get("pretrain", {}), variants)
    _check_settings(faults, settings, source.tree["experiment"], [variant.name for variant in variants])
    search = _search(faults, source.tree.get("search"), [variant.name for variant in variants])
    folds = source.tree.get("folds")
    if folds is not None and not isinstance(folds, dict):
        faults.add("must be a section, not a key", ("folds",))
    if faults.found:
        raise ConfigError(f"invalid experiment {source.name}", in_order(faults.found))
    return _file(source, str(given), origins, settings, variants, folds, pretrain, search)


def _file(
    source: Source,
    given: str,
    origins: Origins,
    settings: Tree,
    variants: list[VariantSection],
    folds: Tree | None,
    pretrain: list[VariantSection],
    search: SearchSection | None,
) -> ExperimentFile:
    name = Path(source.name).stem
    return ExperimentFile(
        name=name,
        given=given,
        place=origins,
        title=settings.get("title") or name,
        config=settings["config"],
        overlays=tuple(settings.get("with", ())),
        overrides=settings.get("set", {}),
        seeds=tuple(settings["seeds"]),
        score=tuple(settings.get("score", ("dev",))),
        metrics=tuple(settings.get("metrics", ())),
        by=tuple(settings.get("by", ())),
        cost=settings.get("cost", False),
        reference=settings.get("reference") or variants[0].name,
        variants=tuple(variants),
        folds=folds,
        pretrain=tuple(pretrain),
        search=search,
    )


def _search(faults: Faults, section: Any, variants: list[str]) -> SearchSection | None:
    """Return the ``[search]`` section; note what is missing or is not a range."""
    if section is None:
        return None
    key, kept = ("search",), _keys(faults, ("search",), section, SEARCH)
    for name, example in (("trials", "20"), ("metric", '"strict_micro_f"'), ("ranges", "{...}")):
        if not isinstance(section, dict) or name not in section:
            faults.add(f"{name!r} is missing", key, remedy=f"add {name} = {example}")
    if kept.get("trials", 1) < 1:
        faults.add("must be 1 or more", key, "trials")
    if kept.get("ranges") == {}:
        faults.add("is empty", key, "ranges", "give the range of at least one key")
    for name, value in kept.get("ranges", {}).items():
        if not is_range(value):
            remedy = 'write a list of values, or {"low": 1e-5, "high": 1e-3, "log": true}'
            faults.add(f"{value!r} is not a range for {name}", key, "ranges", remedy)
    variant = kept.get("variant")
    if variant is not None and variant not in variants:
        faults.add(f"unknown variant {variant!r}", key, "variant", _choose(variant, variants))
    if any(variant.startswith(TRIAL) for variant in variants):
        faults.add(f"variants of a file with [search] have no names that begin with {TRIAL}", ("variants",))
    needed = ("trials", "metric", "ranges")
    return SearchSection(**kept) if all(name in kept for name in needed) else None


def is_range(value: Any) -> bool:
    """Return whether a value is a list of values, or an interval of numbers."""
    if isinstance(value, list):
        return bool(value)
    if not isinstance(value, dict) or not {"low", "high"} <= value.keys() <= {"low", "high", "log", "step"}:
        return False
    low, high, step = value["low"], value["high"], value.get("step", 1)
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in (low, high, step)):
        return False
    log = value.get("log", False)
    return low < high and step > 0 and isinstance(log, bool) and not (log and (low <= 0 or "step" in value))


def _pretrain(faults: Faults, section: Any, variants: list[VariantSection]) -> list[VariantSection]:
    """Return the ``[pretrain.NAME]`` sections; note those that a variant names and that do not exist."""
    found = []
    for name, value in section.items() if isinstance(section, dict) else ():
        key = ("pretrain", name)
        if not isinstance(value, dict) or not NAME.fullmatch(name):
            faults.add("a pre-training must be a section", ("pretrain",), name, "write [pretrain.NAME]")
            continue
        kept = _keys(faults, key, value, PRETRAIN)
        if "config" not in value:
            faults.add("'config' is missing", key, remedy='add config = "enpar/pretrain"')
        overlays = tuple(kept.get("with", ()))
        found.append(VariantSection(name, name, "", kept.get("config"), overlays, kept.get("set", {}), None))
    known = [section.name for section in found]
    for variant in variants:
        if variant.pretrain is not None and variant.pretrain not in known:
            remedy = _choose(variant.pretrain, known) if known else "add a section [pretrain.NAME]"
            key = ("variants", variant.name)
            faults.add(f"unknown pre-training {variant.pretrain!r}", key, "pretrain", remedy)
        if variant.update is not None and variant.pretrain is None:
            faults.add("'update' needs 'pretrain'", ("variants", variant.name), "update")
    return found


def _variants(faults: Faults, section: Any) -> list[VariantSection]:
    variants = []
    if not isinstance(section, dict) or not section:
        faults.add("there are no variants", ("variants",), remedy="add a section [variants.NAME] for each")
        return []
    for name, value in section.items():
        key = ("variants", name)
        if not isinstance(value, dict) or key not in faults.origins:
            faults.add("a variant must be a section", ("variants",), name, f"write [variants.{name}]")
            continue
        if not NAME.fullmatch(name):
            what = "the name of a variant is also the name of a folder"
            faults.add(what, key, "", "use only letters, digits, _ - + =")
        kept = _keys(faults, key, value, VARIANT)
        variants.append(
            VariantSection(
                name,
                kept.get("title") or name,
                kept.get("group", ""),
                kept.get("config"),
                tuple(kept.get("with", ())),
                kept.get("set", {}),
                tuple(kept["changes"]) if "changes" in kept else None,
                kept.get("pretrain"),
                kept.get("update"),
            )
        )
    _refuse_same_folder(faults, [variant.name for variant in variants])
    return variants


def _refuse_same_folder(faults: Faults, names: list[str]) -> None:
    """Note names that differ only in case, which some file systems do not tell apart."""
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(name.lower(), name)
        if other != name:
            faults.add(f"differs from {other!r} only in case", ("variants", name), remedy="rename one")


def _keys(faults: Faults, key: tuple[str, ...], section: Any, known: Mapping[str, Any]) -> Tree:
    """Return the valid values of a section; the others become faults."""
    right: Tree = {}
    for name, value in section.items() if isinstance(section, dict) else ():
        if name not in known:
            faults.add("unknown key", key, name, _choose(name, known))
        elif _fits(faults, value, known[name], (*key, name)):
            right[name] = value
    return right


def _choose(name: str, known: Iterable[str]) -> str:
    return did_you_mean(name, known) or f"choose from: {', '.join(known)}"


def _fits(faults: Faults, value: Any, annotation: Any, key: tuple[str, ...]) -> bool:
    """Check a value; check a list item by item."""
    if get_origin(annotation) is list and isinstance(value, list):
        right = [_fits(faults, item, get_args(annotation)[0], key) for item in value]
        return all(right)
    return faults.value(value, annotation, key)


def _check_settings(faults: Faults, right: Tree, section: Any, variants: list[str]) -> None:
    key = ("experiment",)
    for name, meaning in REQUIRED.items():
        if name not in section:
            faults.add(f"{name!r} is missing", key, remedy=f"add {name} = ... ({meaning})")
    for name in ("seeds", "score"):
        if right.get(name) == []:
            faults.add("is empty", key, name, "give at least one")
    for name in ("seeds", "score", "metrics", "by", "with"):
        values = right.get(name, [])
        for value in dict.fromkeys(value for value in values if values.count(value) > 1):
            faults.add(f"{value!r} is listed twice", key, name)
    if any(seed < 0 for seed in right.get("seeds", [])):
        faults.add("seeds must be 0 or more", key, "seeds")
    reference = right.get("reference")
    if reference is not None and variants and reference not in variants:
        faults.add(f"unknown variant {reference!r}", key, "reference", _choose(reference, variants))
