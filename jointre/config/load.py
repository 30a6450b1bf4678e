"""Load a config (read, merge, fill, check, override, check again) and resolve its sections."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from typing import Any

from jointre.config.check import check
from jointre.config.faults import in_order
from jointre.config.interpolate import interpolate
from jointre.config.merge import Draft
from jointre.config.override import apply
from jointre.config.resolve import Builder, kind_of
from jointre.config.source import Source, default_source, is_experiment, read
from jointre.config.text import write
from jointre.config.tree import Key, Origin, Origins, Tree, function_of, lookup, origin_of, walk
from jointre.errors import ConfigError, Fault
from jointre.place import Place
from jointre.registry import registry


@dataclass(frozen=True)
class Config:
    """A config that has been filled and checked.

    Args:
        name: the file or built-in name it was loaded from.
        tree: the values as nested dictionaries, with variables as they are written.
        values: the same with variables replaced.
        origins: the place that each key comes from; a missing key is a default of its function's signature.
        unset: the keys that are null because an entry of [paths] is.
        notices: messages for the user about loading, for instance about dropped arguments.
    """

    name: str
    tree: Tree
    values: Tree
    origins: Origins = field(repr=False)
    unset: Mapping[Key, str] = field(repr=False)
    notices: list[str]

    def text(self) -> str:
        """Return the config as text; loading the text gives the same config."""
        return write(self.tree)

    def __getitem__(self, key: str) -> Any:
        """Return the value at a full key, for instance ``config["training.epochs"]``."""
        return lookup(self.values, tuple(key.split(".")))

    def origin(self, key: str) -> Origin:
        """Return the origin of the value at a full key."""
        path = tuple(key.split("."))
        if path in self.origins:
            return self.origins[path]
        for length in range(len(path) - 1, 0, -1):
            function = function_of(lookup(self.tree, path[:length]))
            if function is not None:
                return Origin("default", str(function[1]))
        return origin_of(self.origins, path) or Origin("default", "")

    def packages(self, sections: Collection[str]) -> dict[str, str]:
        """Return the distributions, except jointre, that provide functions of these sections, with their versions."""
        functions = filter(None, (function_of(v) for key, v in walk(self.tree) if key[0] in sections))
        modules = {getattr(registry, at_key[1:]).package(name) for at_key, name in functions} - {"jointre"}
        known = packages_distributions() if modules else {}  # reads all that is installed
        names = sorted({known.get(module, [module])[0] for module in modules} - {"jointre"})
        return {name: _version(name) for name in names}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def load_config(
    source: str | Path | Source,
    overlays: Sequence[str | Path | Source] = (),
    overrides: Mapping[str, Any] | None = None,
    *,
    sections: Collection[str] | None = None,
    places: Mapping[str, str] | None = None,
) -> Config:
    """Load, fill and check a config.

    Args:
        source: a file, the name of a built-in config (``"spert/conll04"``), or a text that `parse` has read.
        overlays: files, built-in names or such texts, merged over it in order.
        overrides: values by full key (``{"training.epochs": 3}``), set in the filled config.
        sections: check these only, for uses that need no others (a model folder: model and tokenizer).
        places: where each override was set, for messages; by default it is an option of the command line.

    Raises:
        ConfigError: with all faults.
    """
    examined = examine(source, overlays, overrides, sections, places)
    if examined.faults:
        raise ConfigError(f"config {examined.config.name} is invalid", examined.faults)
    return examined.config


@dataclass(frozen=True)
class Examined:
    """A config that may be invalid, its faults, and the keys that have one."""

    config: Config
    faults: list[Fault]
    keys: Collection[Key]


def examine(
    source: str | Path | Source,
    overlays: Sequence[str | Path | Source] = (),
    overrides: Mapping[str, Any] | None = None,
    sections: Collection[str] | None = None,
    places: Mapping[str, str] | None = None,
) -> Examined:
    """Load, fill and check a config as `load_config` does, and return it even if it is invalid.

    Raises:
        ConfigError: a source cannot be read.
    """
    name = source.name if isinstance(source, Source) else str(source)
    draft = Draft()
    for kind, text in _sources(source, overlays):
        draft.lay_over(text, kind)
    draft.fill()
    checked = [check(draft.tree, draft.origins, sections)]
    misplaced = apply(draft, overrides or {}, places or {})
    if overrides:
        checked.append(check(draft.tree, draft.origins, sections))
    faults = in_order(dict.fromkeys(fault for part in checked for fault in part.found))
    keys = set[Key]().union(*(part.keys for part in checked))
    interpolated = interpolate(draft.tree, draft.origins)
    config = Config(name, draft.tree, interpolated.tree, draft.origins, interpolated.unset, draft.notices)
    return Examined(config, [*faults, *misplaced], keys)


def _sources(
    source: str | Path | Source, overlays: Sequence[str | Path | Source]
) -> list[tuple[Any, Source]]:
    """Read default.cfg, the config and the overlays; report the faults of all of them together."""
    found: list[tuple[Any, Source]] = [("default", default_source())]
    faults: list[Fault] = []
    titles: list[str] = []
    for kind, item in [("config", source), *(("overlay", overlay) for overlay in overlays)]:
        try:
            text = item if isinstance(item, Source) else read(item)
        except ConfigError as error:
            titles.append(error.title)
            faults += error.faults
            continue
        found.append((kind, text))
        if is_experiment(text):
            titles.append("not a config")
            remedy = f"run it with: jointre experiment run {text.name.removesuffix('.cfg')}"
            faults.append(Fault("is an experiment file, not a config", text.place(("experiment",)), remedy))
    if faults:
        raise ConfigError(titles[0] if len(titles) == 1 else "configs cannot be read", faults)
    return found


def resolve(config: Config, section: str) -> Any:
    """Build one section, and nothing else.

    Args:
        config: a loaded config.
        section: ``"model"``, ``"tokenizer"``, ``"corpora"`` (readers by name), ``"training"``,
            ``"evaluation"`` and ``"system"`` (settings), ``"paths"``, or a part: ``"training.optimizer"``.

    Raises:
        ConfigError: no such section, a path it needs is not set, or a constructor refused its arguments.
    """
    key = tuple(section.split("."))
    try:
        value = lookup(config.values, key)
    except KeyError:
        raise ConfigError(f"config {config.name} has no [{section}]") from None
    builder = Builder(config.values, config.origins, config.unset)
    kind = kind_of(key)
    if kind is None and function_of(value) is None:
        raise ConfigError(f"[{section}] of config {config.name} cannot be built")
    result = builder.section(key, value, kind) if kind is not None else builder.block(key, value)
    if builder.faults:
        raise ConfigError(f"config {config.name} is invalid", builder.faults)
    return result


def with_values(config: Config, values: dict[Key, Any], origin: Origin) -> Config:
    """Return a config with other values, which must be valid."""
    tree: Tree = config.tree
    for key, value in values.items():
        tree = _put(tree, key, value)
    origins = {
        key: place
        for key, place in config.origins.items()
        if not any(key[: len(changed)] == changed for changed in values)
    }
    origins.update(dict.fromkeys(values, origin))
    done = interpolate(tree, origins)
    return Config(config.name, tree, done.tree, origins, done.unset, config.notices)


def _put(tree: Tree, key: Key, value: Any) -> Tree:
    inner = _put(tree.get(key[0], {}), key[1:], value) if len(key) > 1 else value
    return {**tree, key[0]: inner}


def config_to_json(config: Config) -> dict[str, object]:
    """Return all of a config as JSON, so that another process need not read its sources."""
    return {
        "name": config.name,
        "tree": config.tree,
        "values": config.values,
        "origins": [[key, asdict(origin)] for key, origin in config.origins.items()],
        "unset": [[key, name] for key, name in config.unset.items()],
        "notices": config.notices,
    }


def _origin(facts: dict[str, Any]) -> Origin:
    place = {**facts["place"], "section": tuple(facts["place"]["section"])}
    return Origin(facts["kind"], Place(**place))


def config_from_json(facts: dict[str, object]) -> Config:
    """Return the config that `config_to_json` wrote."""
    given: dict[str, object] = {
        **facts,
        "origins": {tuple(key): _origin(origin) for key, origin in facts["origins"]},  # type: ignore[attr-defined]
        "unset": {tuple(key): name for key, name in facts["unset"]},  # type: ignore[attr-defined]
    }
    return Config(**given)  # type: ignore[arg-type]
