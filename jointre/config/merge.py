"""Merge sources into one config, and fill in defaults."""

from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from jointre.annotations import fits
from jointre.config.resolve import kind_of
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.signature import (
    REQUIRED,
    Parameter,
    UnreadableSignature,
    contracts,
    default_json,
    makes,
    named_contracts,
    signature_of,
)
from jointre.config.source import Source, default_source
from jointre.config.tree import (
    Key,
    Kind,
    Origin,
    Origins,
    Tree,
    at_keys,
    function_of,
    holds_block,
    lookup,
    origin_of,
    walk,
)
from jointre.registry import find


def fill(node: Any) -> None:
    """Write the signature defaults into every function block of ``node``, in the order of the signature."""
    if not isinstance(node, dict):
        return
    function = function_of(node)
    if function is not None:
        _fill_block(node, find(*function))
    for child in node.values():
        fill(child)


def _fill_block(block: Tree, thing: Any) -> None:
    try:
        parameters = signature_of(thing).parameters if thing is not None else {}
    except UnreadableSignature:
        return
    for name, parameter in parameters.items():
        default = default_json(parameter)
        if default is not REQUIRED:
            block.setdefault(name, default)
    reorder(block, [*at_keys(block), *parameters])


def reorder(section: Tree, order: list[str]) -> None:
    """Sort the keys of a section by ``order``; other keys follow unchanged."""
    items = {name: section[name] for name in order if name in section}
    items.update({name: value for name, value in section.items() if name not in items})
    section.clear()
    section.update(items)


@dataclass
class Draft:
    """A config in the making: its values, their origins, and notices for the user."""

    tree: Tree = field(default_factory=dict)
    origins: Origins = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def lay_over(self, source: Source, kind: Kind) -> None:
        """Merge a source over what is there, its bases first; its values win."""
        for part in source.chain():
            self._merge(
                self.tree, part.tree, (), part, "base" if kind == "config" and part is not source else kind
            )

    def _merge(self, old: Tree, new: Tree, key: Key, source: Source, kind: Kind) -> None:
        for name, value in new.items():
            here, present = (*key, name), old.get(name)
            self.origins[here] = Origin(kind, source.place(here))
            if isinstance(value, dict) and isinstance(present, dict) and here not in source.inline:
                function = function_of(value)
                if function is not None and function_of(present) not in (None, function):
                    old[name] = self.carry(here, present, function, keep_out=set(value))
                self._merge(old[name], value, here, source, kind)
            elif isinstance(value, dict) and here not in source.inline:
                old[name] = {}
                self._merge(old[name], value, here, source, kind)
            elif value is None and kind != "overlay" and self._of_a_base_alone(here, present):
                del old[name]
                self.forget(here, itself=True)
            else:
                self.put(old, here, value, Origin(kind, source.place(here)))

    def _of_a_base_alone(self, key: Key, present: Any) -> bool:
        """Return whether a named block, such as a metric, is in a base and not in default.cfg.

        Null then removes it. For a block of default.cfg null must stay: a filled config is loaded over it again.
        """
        around = kind_of(key[:-1]) if len(key) > 1 else None
        if present is None or not (isinstance(around, Slot) and around.many):
            return False
        try:
            lookup(default_source().tree, key)
        except KeyError:
            return True
        return False

    def put(self, parent: Tree, key: Key, value: Any, origin: Origin) -> None:
        """Set one value and forget the origins of what it replaces."""
        self.forget(key)
        parent[key[-1]] = deepcopy(value)
        self.origins.update({inner: origin for inner, _ in walk(value, key)})
        self.origins[key] = origin

    def carry(self, key: Key, block: Tree, function: tuple[str, Any], keep_out: set[str]) -> Tree:
        """Return a block for another function, with the explicitly set arguments that this function also takes.

        Args:
            key: the place of the block.
            block: the block as it is now.
            function: ``("@poolers", name)``, the new function.
            keep_out: arguments that are about to be set.
        """
        if find(*function) is None:  # the check reports it; nothing else is wrong with the block
            return {function[0]: function[1], **{k: v for k, v in block.items() if not k.startswith("@")}}
        result: Tree = {}
        dropped: list[str] = []
        for name, value in block.items():
            origin = self.origins.get((*key, name))
            by_hand = not name.startswith("@") and origin is not None and origin.kind != "default"
            refers = isinstance(value, str) and value.startswith(
                "${"
            )  # a default of where a value is, not of what
            if (by_hand or refers) and name not in keep_out and takes(function, name, value):
                result[name] = value
                continue
            self.forget((*key, name), itself=name not in keep_out)
            dropped += [name] if by_hand and name not in keep_out else []
        self._note(key, block, function, dropped, list(result))
        return {function[0]: function[1], **result}

    def _note(self, key: Key, block: Tree, new: tuple[str, Any], dropped: list[str], kept: list[str]) -> None:
        origin, old = origin_of(self.origins, key), function_of(block)
        if origin is None or origin.kind in ("base", "config") or old is None:
            return
        changes = f"dropped {', '.join(dropped)}" if dropped else ""
        changes += f"{'; ' if changes and kept else ''}{'kept ' + ', '.join(kept) if kept else ''}"
        if changes:
            self.notices.append(f"{replace(origin.place, section=key)} {old[1]} -> {new[1]}: {changes}")

    def forget(self, key: Key, *, itself: bool = False) -> None:
        """Forget the origins of everything below ``key``, and with ``itself`` that of the key, too."""
        for other in [other for other in self.origins if other[: len(key)] == key]:
            if itself or other != key:
                del self.origins[other]

    def fill(self) -> None:
        """Write out the defaults of all registered functions, and sort sections and keys."""
        fill(self.tree)
        order = {name: self.tree[name] for name in SECTIONS if name in self.tree}
        self.tree = {**order, **self.tree}
        for name, section in SECTIONS.items():
            if isinstance(section, type) and section is not Paths and isinstance(self.tree.get(name), dict):
                reorder(self.tree[name], list(keys_of(section)))


def without_base(source: Source) -> Source:
    """Return a source with the values of its bases in it, without defaults."""
    draft = Draft()
    draft.lay_over(source, "config")
    return Source(source.name, draft.tree, source.lines, source.inline)


def takes(function: tuple[str, Any], name: str, value: Any) -> bool:
    """Return whether a registered function has an argument ``name`` that ``value`` fits, as far as is known."""
    thing = find(*function)
    try:
        parameter = signature_of(thing).parameter(name) if thing is not None else None
    except UnreadableSignature:
        return False
    if parameter is None:
        return False
    if name == "*" or (isinstance(value, str) and "${" in value):
        return True
    return _block_fits(value, parameter) if holds_block(value) else fits(value, parameter.annotation)


def _block_fits(value: Tree, parameter: Parameter) -> bool:
    function = function_of(value)
    if function is None:
        return bool(named_contracts(parameter.annotation))
    thing, wanted = find(*function), contracts(parameter.annotation)
    return thing is not None and bool(wanted) and makes(thing, wanted) is not False
