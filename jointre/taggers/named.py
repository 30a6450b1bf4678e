"""From ``KIND:NAME`` on the command line to a tagger."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jointre.attribution import note_built
from jointre.data.report import suggest
from jointre.errors import Fault, UsageError
from jointre.named import full_name, short_name
from jointre.registry import registry
from jointre.taggers.base import Tagger, TaggerSpec


def parse_tagger(
    text: str, ignore_case: bool = False, device: str = "auto", code: Sequence[Path] = ()
) -> TaggerSpec:
    """Parse ``KIND:NAME`` from the command line, without loading the tagger.

    ``gazetteer`` is short for ``jointre.gazetteer.v1``: the middle of a registered name, if only one name has it.

    Raises:
        UsageError: the kind is unknown, the name is missing, or the kind does not support ``ignore_case``.
    """
    kind, colon, name = text.partition(":")
    registered = full_name(registry.taggers, kind)
    if registered is None or not colon or not name:
        raise UsageError("invalid tagger", [_fault(kind, registered)])
    if ignore_case and not _class(registered).ignores_case:
        remedy = "leave --ignore-case out"
        fault = Fault(f"a {kind} tagger handles case by itself", "--ignore-case", remedy)
        raise UsageError("invalid tagger", [fault])
    kind = short_name(registered) if registered.startswith("jointre.") else registered
    return TaggerSpec(kind, name, ignore_case, device, tuple(code))


def load_tagger(spec: TaggerSpec) -> Tagger:
    """Load a tagger.

    Raises:
        RefusedError: it cannot be loaded, or does not find entities.
    """
    name = full_name(registry.taggers, spec.kind) or spec.kind
    kind = _class(name)
    note_built(name, kind)
    return kind(spec)


def _class(name: str) -> type[Tagger]:
    found: type[Tagger] = registry.taggers.get(name)
    return found


def _fault(kind: str, registered: str | None) -> Fault:
    if registered is not None:
        return Fault(f"the name after {kind}: is missing", "--tagger", _forms())
    broken = any(problem.name == kind for problem in registry.taggers.problems)
    if broken or registry.taggers.is_foreign(kind):
        return replace(registry.taggers.unknown(kind), place=Fault("", "--tagger").place)
    near = suggest(kind, [short_name(name) for name in registry.taggers.names()]) if kind else ""
    remedy = f"{near}; " if near.startswith("did") else ""
    return Fault(f"unknown kind of tagger: {kind!r}", "--tagger", remedy + _forms())


def _forms() -> str:
    """Return an example of each kind."""
    known = registry.taggers.get_all()
    return "; ".join(known[name].example or f"{name}:NAME" for name in sorted(known))
