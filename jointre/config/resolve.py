"""Build the objects of a section, children first, and report all errors at once."""

import re
from collections.abc import Mapping
from typing import Any

from jointre.attribution import is_bug, note_built, refusal
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.signature import Parameter, contracts, named_contracts, signature_of
from jointre.config.tree import Key, Origins, Tree, function_of, lookup, where
from jointre.config.values import converted
from jointre.errors import ConfigError, Fault, JointreError, RefusedError
from jointre.registry import find

FAILED = object()


class Corpora(dict[str, Any]):
    """The readers by name. One whose path is not set is missing; asking for it says which path to set."""

    def __init__(self, readers: Mapping[str, Any], reasons: Mapping[str, Fault]) -> None:
        super().__init__(readers)
        self.reasons = reasons

    def __missing__(self, name: str) -> Any:
        known = f"there are: {', '.join(self)}" if self else ""
        fault = self.reasons.get(name) or Fault("there is no such corpus", f"[corpora.{name}]", known)
        raise ConfigError(f"this needs the corpus {name!r}", [fault])


class Builder:
    """Builds parts of one checked config.

    Args:
        values: the interpolated config.
        origins: the places that its keys come from.
        unset: the keys that wait for an entry of [paths].
    """

    def __init__(self, values: Tree, origins: Origins, unset: Mapping[Key, str]) -> None:
        self.values, self.origins, self.unset = values, origins, unset
        self.faults: list[Fault] = []

    def section(self, key: Key, value: Any, kind: Any) -> Any:
        """Build a section: settings, one object, or objects by name."""
        if kind == SECTIONS["corpora"]:
            return self.corpora(key, value)
        if isinstance(kind, Slot) and kind.many:
            given = {name: block for name, block in value.items() if block is not None}
            return {name: self.block((*key, name), block, (kind.type(),)) for name, block in given.items()}
        if isinstance(kind, Slot):
            return self.block(key, value, (kind.type(),))
        if kind is Paths:
            return dict(value)
        return self.settings(key, value, kind)

    def settings(self, key: Key, section: Tree, kind: type) -> Any:
        """Build a plain section: its dataclass."""
        known = keys_of(kind)
        values = {
            name: self.section((*key, name), value, known[name])
            if isinstance(known[name], Slot)
            else converted(value, known[name].type)
            for name, value in section.items()
        }
        return FAILED if self.faults else kind(**values)

    def corpora(self, key: Key, section: Tree) -> Corpora:
        """Build the readers whose paths are set."""
        waiting = {name: self.waiting((*key, name)) for name in section}
        ready = {name: block for name, block in section.items() if block is not None and not waiting[name]}
        reasons = {name: faults[0] for name, faults in waiting.items() if faults}
        kind = (SECTIONS["corpora"].type(),)
        return Corpora(
            {name: self.block((*key, name), block, kind) for name, block in ready.items()}, reasons
        )

    def waiting(self, key: Key) -> list[Fault]:
        """Return the paths that must be set before the block at ``key`` can be built."""
        names = [(at, name) for at, name in self.unset.items() if at[: len(key)] == key and self.needed(at)]
        return [
            Fault(f"{name} is not set", where(self.origins, at[:-1], at[-1]), f"--{name} FILE")
            for at, name in names
        ]

    def needed(self, key: Key) -> bool:
        """Return whether the argument at ``key`` must not be null, because null is not its default."""
        function = function_of(lookup(self.values, key[:-1]))
        parameter = signature_of(find(*function)).parameter(key[-1]) if function else None
        return parameter is None or parameter.default is not None

    def block(self, key: Key, block: Tree, wanted: tuple[type, ...] = ()) -> Any:
        """Build a function block; return FAILED, and add the fault, if it or a child cannot be built.

        ``wanted`` are the classes that it may be of; any, if that is empty.
        """
        waiting = self.waiting(key)
        self.faults += [fault for fault in waiting if fault not in self.faults]
        function = function_of(block)
        assert function is not None
        thing = find(*function)
        signature = signature_of(thing)
        values = {
            name: self.argument((*key, name), value, signature.parameter(name))
            for name, value in block.items()
            if not name.startswith("@")
        }
        star = values.pop("*", {})
        if waiting or FAILED in values.values() or FAILED in star.values():
            return FAILED
        note_built(function[1], thing)
        return self.of_kind(key, block, self.call(key, thing, list(star.values()), values), wanted)

    def of_kind(self, key: Key, block: Tree, result: Any, wanted: tuple[type, ...]) -> Any:
        """Return what a block made; if it is none of the ``wanted`` kinds, note the fault and return FAILED."""
        if result is FAILED or not wanted or isinstance(result, wanted):
            return result
        function = function_of(block)
        assert function is not None
        names = " or ".join(cls.__name__ for cls in wanted)
        what = f"{function[1]} made a {type(result).__name__}, not a {names}"
        self.faults.append(Fault(what, where(self.origins, key), "correct the function"))
        return FAILED

    def argument(self, key: Key, value: Any, parameter: Parameter | None) -> Any:
        """Build one argument, with the blocks in it."""
        annotation = parameter.annotation if parameter else Any
        if function_of(value) is not None:
            return self.block(key, value, contracts(annotation) or named_contracts(annotation))
        if isinstance(value, dict) and (key[-1] == "*" or named_contracts(annotation)):
            children = {name: self.argument((*key, name), child, parameter) for name, child in value.items()}
            return FAILED if FAILED in children.values() and key[-1] != "*" else children
        return converted(value, annotation)

    def call(self, key: Key, thing: Any, positional: list[Any], named: dict[str, Any]) -> Any:
        """Call a class or function; an error that it raises on purpose becomes a fault with its place."""
        try:
            return thing(*positional, **named)
        except RefusedError as error:
            place = where(self.origins, key, _blamed(named, str(error)))
            inner = error.faults or (Fault(error.title),)
            self.faults += [
                Fault(f"{error.title}: {f.what}" if error.faults else f.what, place, f.remedy) for f in inner
            ]
        except (ValueError, TypeError, JointreError) as error:
            if is_bug(error):
                raise
            place = where(self.origins, key, _blamed(named, str(error)))
            self.faults.append(Fault(refusal(error, thing), place))
        return FAILED


def _blamed(arguments: Mapping[str, Any], message: str) -> str:
    """Return the argument that an error message names first, "" if it names none."""
    places = {name: re.search(rf"\b{re.escape(name)}\b", message) for name in arguments}
    named = {name: match.start() for name, match in places.items() if match is not None}
    return min(named, key=named.__getitem__, default="")


def kind_of(key: Key) -> Any:
    """Return the kind of a key: a settings class, a `Slot`, or None inside blocks."""
    kind = SECTIONS.get(key[0])
    for _ in key[1:]:
        if isinstance(kind, Slot):
            kind = Slot(kind.registry, kind.contract) if kind.many else None
        elif isinstance(kind, type) and kind is not Paths:
            kind = keys_of(kind).get(key[1])
            kind = kind if isinstance(kind, Slot) else None
        else:
            return None
    return kind
