"""Reading an experiment file: its sections and keys, checked; nothing of the configs is loaded yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from jointre.config.faults import Faults, in_order
from jointre.config.source import Source, is_experiment, read
from jointre.config.tree import Origin, Origins, Tree
from jointre.errors import ConfigError
from jointre.nearest import did_you_mean

SECTIONS = ("experiment", "variants", "folds")
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
    "reference": str | None,
}
VARIANT: dict[str, Any] = {
    "title": str,
    "group": str,
    "with": list[str],
    "set": dict[str, Any],
    "changes": list[str],
}
REQUIRED = {"config": "the config that all rows begin with", "seeds": "one training each: [0, 1, 2]"}
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+=-]*")


@dataclass(frozen=True)
class Row:
    """One ``[variants.NAME]`` as it stands there."""

    name: str
    title: str
    group: str
    overlays: tuple[str, ...]
    overrides: Mapping[str, Any]
    claim: tuple[str, ...] | None

    @property
    def is_base(self) -> bool:
        """Whether nothing is laid over the base: the row is the base itself."""
        return not self.overlays and not self.overrides


@dataclass(frozen=True)
class ExperimentFile:
    """A file that is read; keys as in docs/experiments.md.

    Args:
        name: of the file, without folder and ending.
        given: what it was asked for as: a file or a built-in name.
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
    reference: str
    rows: tuple[Row, ...]
    folds: Mapping[str, Any] | None

    def faults(self) -> Faults:
        """An empty list of faults that knows where the keys stand."""
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
            f"train a config with: jointre train {given}"
            if "model" in source.tree
            else "see docs/experiments.md"
        )
        faults.add("there is no such section", ("experiment",), remedy=remedy)
        raise ConfigError(f"{source.name} is no experiment", faults.found)
    for name in source.tree:
        if name not in SECTIONS:
            faults.add(
                "there is no such section in an experiment", (name,), remedy=did_you_mean(name, SECTIONS)
            )
    settings = _keys(faults, ("experiment",), source.tree["experiment"], EXPERIMENT)
    rows = _rows(faults, source.tree.get("variants"))
    _check_settings(faults, settings, source.tree["experiment"], rows)
    folds = source.tree.get("folds")
    if folds is not None and not isinstance(folds, dict):
        faults.add("is a section, not a key", ("folds",))
    if faults.found:
        raise ConfigError(f"experiment {source.name} is refused", in_order(faults.found))
    return _file(source, str(given), origins, settings, rows, folds)


def _file(
    source: Source, given: str, origins: Origins, settings: Tree, rows: list[Row], folds: Tree | None
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
        reference=settings.get("reference") or rows[0].name,
        rows=tuple(rows),
        folds=folds,
    )


def _rows(faults: Faults, section: Any) -> list[Row]:
    rows = []
    if not isinstance(section, dict) or not section:
        faults.add("there are no rows", ("variants",), remedy="add a section [variants.NAME] for each")
        return []
    for name, value in section.items():
        key = ("variants", name)
        if not isinstance(value, dict) or key not in faults.origins:
            faults.add("a row is a section", ("variants",), name, f"write [variants.{name}]")
            continue
        if not NAME.fullmatch(name):
            faults.add(
                "is no name of a row, which is also one of a folder", key, "", "letters, digits, _ - + ="
            )
        kept = _keys(faults, key, value, VARIANT)
        rows.append(
            Row(
                name,
                kept.get("title") or name,
                kept.get("group", ""),
                tuple(kept.get("with", ())),
                kept.get("set", {}),
                tuple(kept["changes"]) if "changes" in kept else None,
            )
        )
    _same_folder(faults, [row.name for row in rows])
    return rows


def _same_folder(faults: Faults, names: list[str]) -> None:
    first: dict[str, str] = {}
    for name in names:
        other = first.setdefault(name.lower(), name)
        if other != name:
            faults.add(f"has the name of {other!r} but for capitals", ("variants", name), remedy="rename one")


def _keys(faults: Faults, key: tuple[str, ...], section: Any, known: Mapping[str, Any]) -> Tree:
    """The values of a section that are right; the others are faults."""
    right: Tree = {}
    for name, value in section.items() if isinstance(section, dict) else ():
        if name not in known:
            remedy = did_you_mean(name, known) or f"there are: {', '.join(known)}"
            faults.add("there is no such key", key, name, remedy)
        elif _fits(faults, value, known[name], (*key, name)):
            right[name] = value
    return right


def _fits(faults: Faults, value: Any, annotation: Any, key: tuple[str, ...]) -> bool:
    """Check a value, a list item by item."""
    if get_origin(annotation) is list and isinstance(value, list):
        right = [_fits(faults, item, get_args(annotation)[0], key) for item in value]
        return all(right)
    return faults.value(value, annotation, key)


def _check_settings(faults: Faults, right: Tree, section: Any, rows: list[Row]) -> None:
    key = ("experiment",)
    for name, meaning in REQUIRED.items():
        if name not in section:
            faults.add(f"{name!r} is missing", key, remedy=f"add {name} = ... ({meaning})")
    for name in ("seeds", "score"):
        if right.get(name) == []:
            faults.add("is empty", key, name, "name one at the least")
    for name in ("seeds", "score", "metrics", "by", "with"):
        values = right.get(name, [])
        for value in dict.fromkeys(value for value in values if values.count(value) > 1):
            faults.add(f"{value!r} stands there twice", key, name)
    if any(seed < 0 for seed in right.get("seeds", [])):
        faults.add("a seed is 0 or more", key, "seeds")
    names = [row.name for row in rows]
    reference = right.get("reference")
    if reference is not None and rows and reference not in names:
        remedy = did_you_mean(reference, names) or f"there are: {', '.join(names)}"
        faults.add(f"there is no row {reference!r}", key, "reference", remedy)
