"""The registries: every exchangeable part of jointre has a versioned name in one of them.

A registry fills itself when it is first used: from its folder (``jointre/poolers`` for ``registry.poolers``), then from
the entry points ``jointre_<registry>`` of installed packages.
"""

import functools
import importlib
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from inspect import unwrap
from typing import Any, TypeVar

import catalogue

from jointre.errors import Fault, RefusedError, RegistryError, described
from jointre.nearest import nearest_name

NAME = re.compile(r"[a-z0-9_\-]+(\.[a-z0-9_\-]+)+\.v[0-9]+")
_FOREIGN = (
    "install the plugin that adds it (jointre plugins lists the installed ones), or pass its file with --code"
)
T = TypeVar("T")


def group_of(name: str) -> str:
    """Return the group of the entry points that fill a registry: ``jointre_poolers``."""
    return f"jointre_{name}"


def entry_points_of(name: str) -> EntryPoints:
    """Return the entry points of installed packages that fill a registry, or ``"commands"``."""
    return _selection(tuple(sys.path))(group=group_of(name))


@functools.lru_cache(maxsize=1)
def _selection(path: tuple[str, ...]) -> Callable[..., EntryPoints]:
    """Return what selects entry points by their group. To find them, files of all installed packages are read once."""
    return entry_points().select


@dataclass(frozen=True)
class Problem(Fault):
    """The reason why the entry point ``name`` of a plugin is ignored."""

    name: str = ""


class Registry(catalogue.Registry):
    """A catalogue registry with stricter rules.

    A name must have the form ``owner.thing.v1``; a name that is taken is refused; an entry point never replaces an
    existing name; an entry point that cannot be imported affects only itself. `problems` lists what was refused while
    plugins were discovered.
    """

    def __init__(self, name: str) -> None:
        super().__init__(("jointre", name), entry_points=False)
        self.name = name
        self.problems: list[Problem] = []
        self._filled = False
        self._packages: dict[str, str] = {}

    def register(self, name: str, *, func: Any = None) -> Callable[[T], T]:
        """Register a class or function under ``name`` and return it unchanged."""

        def add(obj: T) -> T:
            self._add(name, obj, getattr(obj, "__module__", "?").split(".")[0])
            return obj

        if func is not None:
            add(func)
            return lambda obj: obj
        return add

    def _add(self, name: str, obj: Any, package: str) -> None:
        if not NAME.fullmatch(name):
            raise RegistryError(
                f"{name!r} cannot be registered in {self.name}",
                [Fault("a name has the form owner.thing.v1", remedy="add the owner and the version")],
            )
        taken = catalogue.REGISTRY.get(self._key(name))
        if taken is not None and not _same(taken, obj):
            raise RegistryError(
                f"{name!r} is already registered in {self.name}",
                [Fault(f"it belongs to {taken.__module__}", remedy="choose another name or a new version")],
            )
        catalogue.REGISTRY[self._key(name)] = obj
        self._packages[name] = package

    def _key(self, name: str) -> tuple[str, ...]:
        return (*self.namespace, name)

    def fill(self) -> None:
        """Import the registry's own folder and load the entry points of installed plugins, once."""
        if self._filled:
            return
        importlib.import_module(f"jointre.{self.name}")
        self._filled = True
        for point in entry_points_of(self.name):
            self._load(point)

    def _load(self, point: EntryPoint) -> None:
        """Load an entry point. When it is imported, a module can do anything: raise, exit, recurse, print to stdout."""
        package = package_of(point)
        try:
            with redirect_stdout(sys.stderr):
                thing = point.load()
            if not callable(thing):
                raise TypeError(f"{point.value} is not a class or a function")
            self._add(point.name, thing, point.dist.name if point.dist else point.module)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            what = f"{point.name} of the plugin {package} cannot be loaded: {reason_of(error, point)}"
            self.problems.append(Problem(what, remedy=f"correct or uninstall {package}", name=point.name))

    def get(self, name: str) -> Any:
        """Return the object registered under ``name``; raise a RegistryError with a suggestion if there is none."""
        self.fill()
        obj = catalogue.REGISTRY.get(self._key(name))
        if obj is None:
            raise RegistryError(f"unknown name in {self.name}", [self.unknown(name)])
        return obj

    def unknown(self, name: str) -> Fault:
        """Return a fault for a name that is not registered here, with a broken plugin, other registries, or similar
        names.
        """
        if broken := next((problem for problem in self.problems if problem.name == name), None):
            return broken
        names = self.names()
        near = nearest_name(name, names)
        elsewhere = [other.name for other in registry.all() if other is not self and other.has(name)]
        if elsewhere:
            remedy = f"{name} is one of the {elsewhere[0]}, not of the {self.name}"
        elif self.is_foreign(name):
            remedy = _FOREIGN
        elif near:
            remedy = f"did you mean {near!r}?"
        else:
            remedy = f"known names: {', '.join(names) or 'none'}"
        return Fault(f"{name!r} is not one of the {self.name}", remedy=remedy)

    def is_foreign(self, name: str) -> bool:
        """Return whether ``name`` looks like that of a plugin: in form, but not like a name here or in jointre."""
        if NAME.fullmatch(name) is None or nearest_name(name.partition(".")[0], ["jointre"]):
            return False
        return (
            nearest_name(name, [known for known in self.names() if not known.startswith("jointre.")]) is None
        )

    def has(self, name: str) -> bool:
        """Return whether ``name`` is registered here."""
        self.fill()
        return self._key(name) in catalogue.REGISTRY

    def __contains__(self, name: str) -> bool:
        return self.has(name)

    def names(self) -> list[str]:
        """Return all registered names, sorted."""
        return sorted(self.get_all())

    def get_all(self) -> dict[str, Any]:
        """Return all registered objects by name."""
        self.fill()
        return dict(super().get_all())

    def package(self, name: str) -> str:
        """Return the distribution or top-level module that provided ``name``."""
        self.get(name)
        return self._packages[name]


def package_of(point: EntryPoint) -> str:
    """Return name and version of the distribution of an entry point, for messages."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def reason_of(error: BaseException, point: EntryPoint) -> str:
    """Return what went wrong while an entry point was loaded, with the line in the plugin's module."""
    top = point.value.split(":")[0].split(".")[0]
    frames = traceback.walk_tb(error.__traceback__)
    places = [(frame.f_globals.get("__name__") or "", line) for frame, line in frames]
    inside = [f" ({module}, line {line})" for module, line in places if module.split(".")[0] == top]
    what = described(error)
    if isinstance(error, RefusedError):
        what = "; ".join([error.title, *(fault.what for fault in error.faults)])
    return what + (inside[-1] if inside and not isinstance(error, SyntaxError) else "")


def _same(old: Any, new: Any) -> bool:
    """Return whether two objects are the same definition, as when a module is imported a second time."""
    same_name = (old.__module__, old.__qualname__) == (new.__module__, new.__qualname__)
    return old is new or (same_name and _file(old) == _file(new))


def _file(obj: Any) -> str | None:
    constructor = unwrap(getattr(obj, "__init__", _file))
    code = getattr(obj, "__code__", None) or getattr(constructor, "__code__", None)
    return code.co_filename if code else None


class registry:
    """All registries of jointre, one attribute each. ``@registry.poolers("acme.first.v1")`` registers a component."""

    readers = Registry("readers")
    writers = Registry("writers")
    splitters = Registry("splitters")
    segmenters = Registry("segmenters")
    tokenizers = Registry("tokenizers")
    encoders = Registry("encoders")
    views = Registry("views")
    context_encoders = Registry("context_encoders")
    poolers = Registry("poolers")
    span_extractors = Registry("span_extractors")
    samplers = Registry("samplers")
    entity_heads = Registry("entity_heads")
    rereaders = Registry("rereaders")
    pair_extractors = Registry("pair_extractors")
    relation_heads = Registry("relation_heads")
    decoders = Registry("decoders")
    losses = Registry("losses")
    schedules = Registry("schedules")
    optimizers = Registry("optimizers")
    metrics = Registry("metrics")
    breakdowns = Registry("breakdowns")
    renderers = Registry("renderers")
    panels = Registry("panels")
    loggers = Registry("loggers")
    models = Registry("models")
    objectives = Registry("objectives")
    engines = Registry("engines")
    taggers = Registry("taggers")

    @classmethod
    def all(cls) -> Iterator[Registry]:
        """Return every registry, in the order of the data flow."""
        return (value for value in vars(cls).values() if isinstance(value, Registry))

    @classmethod
    def name_of(cls, obj: Any) -> str | None:
        """Return the name under which a class or function is registered, or None."""
        named = ((name, known) for reg in cls.all() for name, known in reg.get_all().items())
        return next((name for name, known in named if known is obj), None)

    @classmethod
    def known(cls) -> list[tuple[str, Any]]:
        """Return everything that is registered so far, with its name, without importing anything."""
        return [(key[-1], thing) for key, thing in catalogue.REGISTRY.items() if key[0] == "jointre"]

    @classmethod
    def find(cls, name: str) -> Registry | None:
        """Return the registry with that name (``"poolers"``), or None."""
        return next((reg for reg in cls.all() if reg.name == name), None)


def find(at_key: str, name: Any) -> Any:
    """Return the component registered for ``@registry = name``; None if there is none."""
    found = registry.find(at_key.removeprefix("@"))
    if found is None or not isinstance(name, str) or not found.has(name):
        return None
    return found.get(name)
