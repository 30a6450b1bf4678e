"""The installed distributions that add something to jointre, and what is wrong with them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions

from jointre.about import __version__
from jointre.config.signature import contract_of, home
from jointre.errors import Fault
from jointre.nearest import did_you_mean
from jointre.plugin.commands import GROUP as COMMANDS
from jointre.plugin.commands import load_command, plugin_commands
from jointre.registry import Registry, group_of, package_of, registry

PREFIX = group_of("")


@dataclass(frozen=True)
class Addition:
    """One entry point of a plugin: the registry that it belongs to, or ``commands``, its name, and the object."""

    registry: str
    name: str
    target: str


@dataclass(frozen=True)
class Plugin:
    """An installed distribution with entry points of jointre.

    Args:
        name, version, summary: as its metadata says.
        additions: what it adds, also if that cannot be loaded.
        problems: what is wrong with it.
    """

    name: str
    version: str
    summary: str
    additions: Sequence[Addition]
    problems: Sequence[Fault]


def installed_plugins(taken: Collection[str] = ()) -> list[Plugin]:
    """Return all installed plugins, sorted by name; everything that they add is imported.

    ``taken`` are the names of jointre's own commands.
    """
    found: dict[str, Plugin] = {}
    for distribution in distributions():  # of two with one name, the first is the one that is imported
        points = [point for point in distribution.entry_points if point.group.startswith(PREFIX)]
        if points and distribution.name not in found:
            found[distribution.name] = _plugin(distribution, points, taken)
    return [found[name] for name in sorted(found)]


def _plugin(distribution: Distribution, points: Sequence[EntryPoint], taken: Collection[str]) -> Plugin:
    problems = [*_needs(distribution), *(fault for point in points for fault in _problems(point, taken))]
    additions = [Addition(point.group.removeprefix(PREFIX), point.name, point.value) for point in points]
    summary = str(distribution.metadata.json.get("summary") or "")
    order = sorted(additions, key=lambda one: (one.registry, one.name))
    return Plugin(distribution.name, distribution.version, summary, order, list(dict.fromkeys(problems)))


def _needs(distribution: Distribution) -> Iterator[Fault]:
    """Yield a fault if the plugin needs another version of jointre."""
    from packaging.requirements import InvalidRequirement, Requirement

    for text in distribution.requires or ():
        try:
            need = Requirement(text)
        except InvalidRequirement:
            continue
        if need.name == "jointre" and not need.specifier.contains(__version__, prereleases=True):
            what = f"it needs jointre{need.specifier}, but jointre {__version__} is installed"
            yield Fault(what, remedy=f"install a version of {distribution.name} for this jointre")


def _problems(point: EntryPoint, taken: Collection[str]) -> Iterator[Fault]:
    name = point.group.removeprefix(PREFIX)
    part = registry.find(name)
    if part is not None:
        yield from _of_component(part, point)
    elif point.group == COMMANDS:
        yield from _of_command(point, taken)
    else:
        known = [COMMANDS, *(group_of(each.name) for each in registry.all())]
        remedy = did_you_mean(point.group, known) or f"use one of: {', '.join(known)}"
        what = f"{point.name} is in the entry-point group {point.group!r}, which jointre does not read"
        yield Fault(what, remedy=remedy)


def _of_command(point: EntryPoint, taken: Collection[str]) -> Iterator[Fault]:
    first = plugin_commands().get(point.name, point)
    if point.name in taken or first.value != point.value:
        owner = "jointre" if point.name in taken else package_of(first)
        yield Fault(f"the command {point.name} is one of {owner} already", remedy="choose another name")
    elif fault := load_command(point)[1]:
        yield fault


def _of_component(part: Registry, point: EntryPoint) -> Iterator[Fault]:
    part.fill()
    broken = [problem for problem in part.problems if problem.name == point.name]
    yield from (Fault(problem.what, remedy=problem.remedy) for problem in broken)
    if broken or not part.has(point.name):
        return
    thing = part.get(point.name)
    if not isinstance(thing, type):
        return
    places = [place for base in thing.__mro__ if (place := home(base))]
    if not places:
        what = f"{point.name}: {thing.__name__} is not derived from a contract in jointre.{part.name}"
        yield Fault(what, remedy=f"derive it from a class of jointre.{part.name}.base")
    elif part.name not in places:
        what = f"{point.name}: {thing.__name__} is a {contract_of(thing)}, which belongs to the {places[0]}"
        yield Fault(what, remedy=f"use the entry-point group {group_of(places[0])!r}")
