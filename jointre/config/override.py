"""Overrides: single values set from the command line or from Python, by the key's full name."""

from collections.abc import Mapping
from typing import Any

from jointre.annotations import FINITE
from jointre.config.merge import Draft
from jointre.config.text import is_subsection
from jointre.config.tree import OUT_OF_RANGE, Key, Origin, function_of, lookup, out_of_range, too_deep, walk
from jointre.errors import Fault
from jointre.nearest import nearest_name

EACH_CORPUS = "corpora.*."
"""The beginning of an override for every reader of a file in ``[corpora]``."""


def split(overrides: Mapping[str, Any]) -> tuple[dict[Key, Any], dict[Key, Any]]:
    """Split overrides into those that name functions, outer ones first, and the others."""
    keyed = {tuple(name.split(".")): value for name, value in overrides.items()}
    functions = {key: keyed[key] for key in sorted(keyed, key=len) if key[-1].startswith("@")}
    return functions, {key: value for key, value in keyed.items() if key not in functions}


def apply(draft: Draft, overrides: Mapping[str, Any], places: Mapping[str, str]) -> list[Fault]:
    """Set the overrides in a filled draft, fill it again, and return the faults of their keys.

    Args:
        draft: changed in place.
        overrides: values by full key.
        places: where the overrides of a file were set; the others are options of the command line.
    """
    overrides, faults = _for_each_corpus(draft, overrides)
    for step in split(overrides):
        for key, value in step.items():
            name = ".".join(key)
            fault = _misplaced(draft, key, value, "" if name in places else "--")
            if fault is None:
                _set(draft, key, value, places.get(name, f"--{name}"))
                draft.fill()
            else:
                faults.append(fault.at(f"{places[name]} {name}") if name in places else fault)
    return faults


def _for_each_corpus(draft: Draft, overrides: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
    """Replace overrides ``corpora.*.KEY`` by one for each reader with a path; later overrides win."""
    found: dict[str, Any] = {}
    faults = []
    readers = [
        ".".join(("corpora", *key))
        for key, value in walk(draft.tree.get("corpora", {}))
        if isinstance(value, dict) and "path" in value and "@readers" in value
    ]
    for name, value in overrides.items():
        if not name.startswith(EACH_CORPUS):
            found[name] = value
        elif readers:
            found.update((f"{reader}.{name.removeprefix(EACH_CORPUS)}", value) for reader in readers)
        elif name == f"{EACH_CORPUS}@readers":
            remedy = "choose a config whose corpora are read from --paths.train and --paths.dev"
            faults.append(Fault("no corpus of the config is read from a file", "--reader", remedy))
    return found, faults


def _misplaced(draft: Draft, key: Key, value: Any, prefix: str) -> Fault | None:
    """Return the fault of a key that cannot be set; ``prefix`` is written before the keys of its remedy."""
    name = ".".join(key)
    if too_deep(value):
        return Fault("nested too deeply", f"--{name}")
    if out_of_range(value):
        return Fault(OUT_OF_RANGE, f"--{name}", FINITE)
    try:
        present = lookup(draft.tree, key)
    except KeyError:
        if _begins_block(draft, key):
            return None
        return Fault("there is no such key in the filled config", f"--{name}", _suggest(draft, key, prefix))
    if is_subsection(key, present) and not (value is None and len(key) > 2):
        first = next((f"{prefix}{name}.{child}=..." for child in present), "an overlay (--with FILE)")
        return Fault("is a section, not a value", f"--{name}", f"set one of its keys: {first}")
    return None


def _begins_block(draft: Draft, key: Key) -> bool:
    """Return whether ``key`` names the function of a block that is null so far."""
    try:
        return key[-1].startswith("@") and lookup(draft.tree, key[:-1]) is None
    except KeyError:
        return False


def _suggest(draft: Draft, key: Key, prefix: str) -> str:
    name = ".".join(key)
    for length in range(len(key) - 1, 0, -1):
        try:
            around = lookup(draft.tree, key[:length])
        except KeyError:
            continue
        if around is None and len(key) - length <= 2:
            null = ".".join(key[:length])
            return f"{null} is null: name its function, too, or add the block in an overlay (--with FILE)"
        break
    leaves = [".".join(path) for path, value in walk(draft.tree) if not is_subsection(path, value)]
    same_end = [leaf for leaf in leaves if leaf.split(".")[-1] == key[-1]]
    near = nearest_name(name, same_end or leaves, cutoff=0.0 if same_end else 0.6)
    if near is not None:
        return f"did you mean {prefix}{near}?"
    return "list the keys with: jointre debug config CONFIG; add new blocks in an overlay (--with FILE)"


def _set(draft: Draft, key: Key, value: Any, place: str) -> None:
    *outer, last = key
    parent = lookup(draft.tree, tuple(outer))
    origin = Origin("override", place)
    if parent is None:
        draft.put(lookup(draft.tree, tuple(outer[:-1])), tuple(outer), {last: value}, origin)
        return
    old = function_of(parent)
    if last.startswith("@") and old not in (None, (last, value)):
        block = tuple(outer)
        before = draft.origins.get(block)
        draft.origins[block] = origin
        new = draft.carry(block, parent, (last, value), keep_out=set())
        draft.origins.update({block: before} if before else {})
        parent.clear()
        parent.update(new)
    draft.put(parent, key, value, origin)
