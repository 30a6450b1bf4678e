"""Construct everything in a config once, to find what constructors reject."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from jointre.attribution import failure_of
from jointre.config.resolve import FAILED, Builder
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.signature import Signature, UnreadableSignature, contracts, signature_of
from jointre.config.tree import Key, Origins, Tree, at_keys, function_of, where
from jointre.errors import Fault, described
from jointre.registry import find


class Trial(Builder):
    """The objects of a config that may be invalid, and the errors of their constructors (``faults``).

    An object with invalid arguments is constructed with their defaults, so that the objects around it can be tried as
    well, and can be asked what they expect of each other. Constructing makes no parameters and reads no files.

    Args:
        values, origins, unset: as in `Builder`.
        faulty: the keys whose fault is already known.

    ``bugs`` are the exceptions of constructors that failed by mistake; each of them has a fault, too.
    """

    def __init__(
        self, values: Tree, origins: Origins, unset: Mapping[Key, str], faulty: Collection[Key] = ()
    ) -> None:
        super().__init__(values, origins, {})
        self.bugs: list[Exception] = []
        self.faulty = {*faulty, *unset}
        self.objects = {key: self.block(key, block, (slot.type(),)) for key, block, slot in _blocks(values)}

    def named(self, *section: str) -> dict[str, Any]:
        """Return the objects of a section by name; FAILED for one that could not be constructed."""
        return {key[-1]: made for key, made in self.objects.items() if key[:-1] == section}

    def call(self, key: Key, thing: Any, positional: list[Any], named: dict[str, Any]) -> Any:
        """Call a class or function as `Builder.call` does; keep a bug in it, so that it does not hide other faults."""
        try:
            return super().call(key, thing, positional, named)
        except Exception as error:
            failure = failure_of(error)
            what = f"{failure.owner.name} failed ({failure.place}): {described(error)}"
            self.faults.append(Fault(what, where(self.origins, key), failure.owner.remedy))
            self.bugs.append(error)
            return FAILED

    def block(self, key: Key, block: Any, wanted: tuple[type, ...] = ()) -> Any:
        """Construct the object of a block, if need be with defaults; FAILED if that is impossible."""
        signature = _signature(block)
        values = {
            name: self.argument((*key, name), value, signature.parameter(name) if signature else None)
            for name, value in (block.items() if isinstance(block, dict) else ())
            if not name.startswith("@")
        }
        if signature is None or (*key, at_keys(block)[0]) in self.faulty:
            return FAILED
        named = {
            name: value for name, value in values.items() if self._usable(signature, (*key, name), value)
        }
        complete = named.keys() == values.keys() and key not in self.faulty
        positional = list(named.pop("*", {}).values())
        thing = find(*function_of(block) or ("", ""))
        if complete:
            made = self.call(key, thing, positional, named)
            if made is not FAILED:
                return self.of_kind(key, block, made, wanted)
        return _stand_in(thing, signature, positional, named)

    def _usable(self, signature: Signature, key: Key, value: Any) -> bool:
        parameter = signature.parameter(key[-1])
        children = list(value.values()) if isinstance(value, dict) else [value]
        faulty = key in self.faulty and (
            value is not None or parameter is None or parameter.default is not None
        )
        return parameter is not None and not faulty and not any(child is FAILED for child in children)


def _stand_in(thing: Any, signature: Signature, positional: list[Any], named: Mapping[str, Any]) -> Any:
    """Construct the object with the defaults of all arguments that have one, except for its parts."""
    kept = {
        name: value
        for name, value in named.items()
        if (parameter := signature.parameters.get(name))
        and (parameter.required or contracts(parameter.annotation))
    }
    try:
        return thing(*positional, **kept)
    except Exception:  # a fault is already reported, whatever this is
        return FAILED


def _signature(block: Any) -> Signature | None:
    function = function_of(block)
    thing = find(*function) if function else None
    try:
        return None if thing is None else signature_of(thing)
    except UnreadableSignature:
        return None


def _blocks(values: Tree) -> Iterator[tuple[Key, Any, Slot]]:
    """Yield every block that is in a place for blocks, in the order of the sections."""
    for key, slot in _slots():
        section: Any = values
        for name in key:
            section = section.get(name) if isinstance(section, dict) else None
        if not slot.many:
            yield key, section, slot
        elif isinstance(section, dict):
            yield from (((*key, name), block, slot) for name, block in section.items() if block is not None)


def _slots() -> Iterator[tuple[Key, Slot]]:
    for name, kind in SECTIONS.items():
        if isinstance(kind, Slot):
            yield (name,), kind
        elif kind is not Paths:
            yield from (((name, key), slot) for key, slot in keys_of(kind).items() if isinstance(slot, Slot))
