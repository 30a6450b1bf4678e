"""Shell completion: built-in configs, registered names, and config keys for ``--section.key`` overrides.

Nothing here imports torch, runs user code or reports errors: if nothing is known, nothing is offered.
"""

from copy import deepcopy
from dataclasses import dataclass, is_dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import typer
from typer.core import TyperCommand

from jointre.cli.source_index import arguments, names
from jointre.config.built_in import experiments
from jointre.config.schema import SECTIONS, Slot, keys_of
from jointre.config.source import default_source, read, whole_names
from jointre.config.text import rows
from jointre.config.tree import Tree, function_of, walk
from jointre.errors import ConfigError
from jointre.named import short_name


@dataclass(frozen=True)
class Offer:
    """One word to offer, with a description for shells that show it."""

    value: str
    help: str | None = None
    type: str = "plain"


def config_names(incomplete: str) -> list[str]:
    """Offer built-in configs, and the config files of the working directory."""
    return _beginning([*whole_names(), *_files()], incomplete)


def overlay_names(incomplete: str) -> list[str]:
    """Offer built-in overlays, and the config files of the working directory."""
    return _beginning([*whole_names(False), *_files()], incomplete)


def experiment_names(incomplete: str) -> list[str]:
    """Offer built-in experiments, and the config files of the working directory."""
    return _beginning([*experiments(), *_files()], incomplete)


def registered_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer registries and registered names; after a registry, the names in it."""
    known = names(ctx.params.get("code") or ())
    inside = known.get(str(ctx.params.get("name")))
    every = [*known, *(name for found in known.values() for name in found)]
    return _beginning(every if inside is None else inside, incomplete)


def corpus_names(incomplete: str) -> list[str]:
    """Offer the splits of the bundled corpus."""
    return _beginning([f"sample:{split}" for split in ("train", "dev", "test")], incomplete)


def reader_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the registered readers."""
    return _beginning(names(ctx.params.get("code") or ()).get("readers", []), incomplete)


def writer_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the registered writers by their short names."""
    return _short_names("writers", ctx, incomplete)


def form_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the formats of predictions."""
    return [*_short_names("renderers", ctx, incomplete), *writer_names(ctx, incomplete)]


def decoder_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the registered decoders."""
    return _beginning(names(ctx.params.get("code") or ()).get("decoders", []), incomplete)


def plugin_kinds(incomplete: str) -> list[str]:
    """Offer the kinds of plugins."""
    from jointre.plugin.kinds import kinds

    return _beginning(kinds(), incomplete)


def tagger_names(incomplete: str) -> list[str]:
    """Offer the kinds of taggers; for spaCy, the models that are installed as packages."""
    models = [f"spacy:{model.name}" for model in entry_points(group="spacy_models")]
    kinds = [f"{short_name(name)}:" for name in names().get("taggers", [])]
    return _beginning(models + [kind for kind in kinds if kind != "spacy:" or not models], incomplete)


def _short_names(part: str, ctx: typer.Context, incomplete: str) -> list[str]:
    found = names(ctx.params.get("code") or ()).get(part, [])
    return _beginning([short_name(name) for name in found], incomplete)


def breakdown_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the breakdowns of the model, else the default ones; after a comma, those that are not yet named."""
    *named, last = incomplete.split(",")
    known = dict.fromkeys(default_source().tree["evaluation"]["breakdowns"])
    model = Path(str(ctx.params.get("model") or next(iter(ctx.args), "")))
    for file in (model / "config.cfg", model / "model" / "config.cfg"):
        try:
            known |= read(file).tree["evaluation"]["breakdowns"]
        except (ConfigError, OSError, KeyError, TypeError, ValueError):
            continue
    left = [name for name in known if name not in named]
    return [",".join([*named, name]) for name in _beginning(left, last)]


class ConfigCommand(TyperCommand):
    """A command that takes ``--section.key=value`` in addition to its own options."""

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Offer the command's options and the keys of the config; after a key, the values that it can have."""
        offers: list[Any] = list(super().shell_complete(ctx, incomplete))
        *before, word = _words([*ctx.args, incomplete])
        cut = word.removesuffix(incomplete.removeprefix("@"))  # what bash has removed from the front
        key = before[-1].removeprefix("--") if before and before[-1].startswith("--") else ""
        if word[:2] == "--" and len(word) > 2:
            offers += [
                Offer(f"--{k}", line) for k, line in keys(ctx.params).items() if f"--{k}".startswith(word)
            ]
        elif "." in key:
            offers += [Offer(value) for value in values(key, ctx.params) if value.startswith(word)]
        return [Offer(item.value.removeprefix(cut), item.help) for item in offers] if "@" in cut else offers


def keys(params: dict[str, Any]) -> dict[str, str]:
    """Return the full keys of the config on the command line, as far as known from text, each with its line."""
    tree: Tree = {}
    for source in (None, *_sources(params), *(params.get("overlays") or ())):
        try:
            for part in (read(source) if source else default_source()).chain():
                _merge(tree, deepcopy(part.tree))  # the trees of built-in configs are shared
        except (ConfigError, OSError):
            continue
    functions = {key: function_of(value) for key, value in walk(tree)}
    wanted = {(found[0][1:], str(found[1])) for found in functions.values() if found}
    known = arguments(wanted, params.get("code") or ())
    result = {".".join(key): line for key, line in rows(tree) if key and not line.startswith("[")}
    for key, found in functions.items():
        for name in known.get((found[0][1:], str(found[1])), ()) if found else ():
            if (*key, name) not in functions:
                result.setdefault(".".join((*key, name)), "default")
    return result


def values(key: str, params: dict[str, Any]) -> list[str]:
    """Return the values that a key can have, if they are few: registered names, fixed choices."""
    section, _, last = key.rpartition(".")
    if last.startswith("@"):
        return names(params.get("code") or ()).get(last[1:], [])
    kind = SECTIONS.get(section)
    item = keys_of(kind).get(last) if isinstance(kind, type) and is_dataclass(kind) else None
    if item is None or isinstance(item, Slot):
        return []
    choices = get_args(item.type) if get_origin(item.type) is Literal else ()
    return ["true", "false"] if item.type is bool else [str(choice) for choice in choices]


def _sources(params: dict[str, Any]) -> list[str]:
    """Return the config on the command line; for an experiment, its config and overlays."""
    if "name" not in params:
        return [params.get("config") or params.get("new") or ""]
    try:
        given = read(str(params["name"])).tree["experiment"]
        return [given["config"], *given.get("with", ())]
    except (ConfigError, OSError, KeyError, TypeError):
        return []


def _words(pieces: list[str]) -> list[str]:
    """Return the words as they were typed: bash passes ``--a.@b=c`` as ``--a. @ b = c``."""
    result: list[str] = []
    for piece in pieces:
        if result and (piece[:1] == "@" or result[-1][-1:] == "@") and result[-1].startswith("--"):
            result[-1] += piece
        elif piece != "=":
            result.append(piece)
    return result or [""]


def _merge(old: Tree, new: Tree) -> None:
    """Merge ``new`` into ``old``; a block of another function replaces the old block."""
    for name, value in new.items():
        present = old.get(name)
        both = isinstance(value, dict) and isinstance(present, dict)
        if both and function_of(value) in (None, function_of(present)):
            _merge(old[name], value)
        else:
            old[name] = value


def _beginning(words: list[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _files() -> list[str]:
    try:
        return sorted({path.name for path in Path().glob("*.cfg")} - {"setup.cfg"})
    except OSError:
        return []
