"""Check a whole config against the schema and the signatures: every fault at once, nothing built."""

import json
from collections.abc import Collection
from typing import Any

from jointre.config.blocks import check_block
from jointre.config.faults import Faults, holds_broken
from jointre.config.interpolate import interpolate
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.tree import Key, Origins, Tree, at_keys, walk
from jointre.errors import Fault
from jointre.nearest import did_you_mean


def check(tree: Tree, origins: Origins, sections: Collection[str] | None = None) -> Faults:
    """Find everything that is wrong with a filled config.

    Args:
        tree: the config, with its variables.
        origins: where its keys come from.
        sections: the sections to check; all of them by default.
    """
    chosen = [name for name in SECTIONS if sections is None or name in sections]
    part = {name: tree[name] for name in chosen if name in tree}
    interpolated = interpolate(tree, origins, part)
    missing = [name for name in chosen if name not in tree]
    faults = Faults(origins, interpolated.unset, [f for f in interpolated.faults if not _follows(f, missing)])
    for name in tree if sections is None else ():
        if name not in SECTIONS:
            _unknown_section(faults, name)
    for name in chosen:
        if name in interpolated.tree:
            _check_section(faults, (name,), interpolated.tree[name], SECTIONS[name])
        else:
            remedy = "create a config with: jointre init config" if name == "model" else f"add [{name}]"
            faults.add("this section is missing", (name,), remedy=remedy)
    _check_text(faults, part)
    faults.keys |= {key for key, value in walk(interpolated.tree) if holds_broken(value)}
    return faults


def _follows(fault: Fault, missing: list[str]) -> bool:
    """Return whether a fault only follows from a missing section."""
    return any(fault.what.startswith(f"${{{name}.") for name in missing)


def _unknown_section(faults: Faults, name: str) -> None:
    remedy = did_you_mean(name, SECTIONS) or f"the sections are: {', '.join(SECTIONS)}"
    faults.add("there is no such section", (name,), remedy=remedy)


def _check_section(faults: Faults, key: Key, section: Any, kind: Any) -> None:
    if not isinstance(section, dict):
        faults.add("expected a section", key[:-1] or key, key[-1] if key[:-1] else "")
    elif isinstance(kind, Slot):
        _check_slot(faults, key, section, kind)
    elif kind is Paths:
        for name, value in section.items():
            faults.value(value, str | None, (*key, name))
    else:
        _check_plain(faults, key, section, keys_of(kind))


def _check_slot(faults: Faults, key: Key, section: Tree, slot: Slot) -> None:
    if not slot.many:
        check_block(faults, key, section, (slot.type(),))
        return
    for name in at_keys(section):
        remedy = f"name the block: [{'.'.join(key)}.NAME]"
        faults.add("expected named blocks, not a function", key, name, remedy)
    for name, block in section.items():
        if block is not None and not name.startswith("@"):
            check_block(faults, (*key, name), block, (slot.type(),))


def _check_plain(faults: Faults, key: Key, section: Tree, known: dict[str, Any]) -> None:
    for name, value in section.items():
        here = (*key, name)
        if name not in known:
            remedy = did_you_mean(name, known) or f"the keys are: {', '.join(known)}"
            section_name, entry = (here, "") if isinstance(value, dict) else (key, name)
            faults.add("there is no such key", section_name, entry, remedy)
        elif isinstance(known[name], Slot):
            _check_section(faults, here, value, known[name])
        elif not faults.exempt(here, value):
            faults.value(value, known[name].type, here)


def _check_text(faults: Faults, tree: Tree) -> None:
    """Report text that still has quotes, so was not JSON, and text with half a surrogate pair."""
    for key, value in walk(tree):
        if not isinstance(value, dict) and not _is_unicode([key[-1], value]):
            faults.add("is not Unicode text", key[:-1], key[-1], "remove the unpaired surrogate")
        if isinstance(value, str) and len(value) > 1 and (value[0] == value[-1] == "'" or value[0] == '"'):
            faults.add(f"{value} is not valid JSON", key[:-1], key[-1], 'put text in double quotes: "..."')


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
