"""Find whose code raised an exception: a plugin's, a ``--code`` file's, or jointre's own.

The traceback is read outwards from where the exception was raised. The first frame that belongs to jointre or to one of
its extensions decides, so an error inside a library is attributed to the code that called the library.
"""

import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, packages_distributions
from importlib.util import find_spec
from opcode import opmap
from pathlib import Path
from types import FrameType
from typing import Any

from jointre.about import __version__
from jointre.errors import JointreError, advised, described
from jointre.registry import entry_points_of, registry

CODE_FILES: dict[Path, str] = {}
"""The files imported with ``--code``, each with its path as the user wrote it."""

REPORT = "with the command, its config, and the traceback that --verbose prints"

_BUILT: dict[str, Any] = {}


@dataclass(frozen=True)
class Owner:
    """The author of a piece of code.

    Args:
        name: its name in messages: ``the plugin acme 0.3``, the path of a file, or ``jointre``.
        root: its file, or the folder of its package.
        remedy: what to do when its code fails.
    """

    name: str
    root: Path
    remedy: str = "correct the file"

    def has(self, file: Path) -> bool:
        """Return whether a source file belongs to this owner."""
        return file == self.root or self.root in file.parents

    def place(self, file: Path, line: int, function: str) -> str:
        """Return a line of one of the owner's files, for messages."""
        shown = CODE_FILES.get(file) or file.relative_to(self.root.parent).as_posix()
        return f"{shown}, line {line}, in {function}"


JOINTRE = Owner("jointre", Path(__file__).parent)


@dataclass(frozen=True)
class Failure:
    """An unexpected exception, and whose code raised it; as text, the message for the user.

    Args:
        error: the exception.
        owner: the owner of the code that failed.
        place: file, line and function, and the place in an extension that called it, if there is one.
        component: registered name of the component that was running, if known.
    """

    error: BaseException
    owner: Owner = JOINTRE
    place: str = ""
    component: str = ""

    def __str__(self) -> str:
        who = f"{self.component} of {self.owner.name}" if self.component else self.owner.name
        where = f" ({self.place})" if self.place else ""
        what = described(self.error).replace("\n", "\n  ")
        remedy = our_remedy() if self.owner == JOINTRE else self.owner.remedy
        return advised(f"{who} failed{where}:\n  {what}", remedy)


class ExplainedError(JointreError):
    """A failure with the message of `Failure`, which was made where the traceback was available."""


class ContractError(JointreError):
    """A component returned something that its contract does not allow."""


def is_ours(thing: Any) -> bool:
    """Return whether a class or function is part of jointre."""
    return _module(thing).split(".")[0] == "jointre"


def _is_library(cls: type) -> bool:
    """Return whether a base class is jointre's, torch's or Python's own, rather than that of an extension."""
    return _module(cls).split(".")[0] in ("jointre", "torch", "abc", "builtins")


def note_built(name: str, thing: Any) -> None:
    """Record that this process has built a component that is not part of jointre."""
    if not is_ours(thing):
        _BUILT[name] = thing


def broken_contract(cls: type, what: str) -> ContractError:
    """Return the error for a component that returned the wrong thing, with its registered name and its owner."""
    file = Path(getattr(sys.modules.get(cls.__module__), "__file__", None) or "")
    owner = next(
        (owner for owner in (JOINTRE, *_extensions()) if owner.has(file)), Owner(cls.__module__, file)
    )
    name = _component_of(cls) or cls.__name__
    remedy = our_remedy() if owner == JOINTRE else owner.remedy
    return ContractError(advised(f"{name} of {owner.name} does not keep its contract:\n  {what}", remedy))


def failure_of(error: BaseException) -> Failure:
    """Find whose code raised an exception."""
    owners = [JOINTRE, *_extensions()]
    frames = [(frame, line, _owner(frame, owners)) for frame, line in traceback.walk_tb(error.__traceback__)]
    known = [(frame, line, owner) for frame, line, owner in reversed(frames) if owner is not None]
    if not known:
        return Failure(error)
    owner = known[0][2]
    outside = [(frame, line, other) for frame, line, other in known if other != JOINTRE]
    places = [
        _place(*known[0]),
        *(f"called from {_place(*found)}" for found in outside[:1] if owner == JOINTRE),
    ]
    own = [frame for frame, _, other in known if other == owner]
    component = "" if owner == JOINTRE else _component(own)
    return Failure(error, owner, "; ".join(places), component)


def is_bug(error: Exception) -> bool:
    """Return whether a constructor failed by mistake: an extension caused a TypeError without a ``raise`` statement.

    A constructor that raises TypeError explicitly, or any ValueError, refuses its arguments.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or not isinstance(error, TypeError) or failure_of(error).owner == JOINTRE:
        return False
    return trace.tb_frame.f_code.co_code[trace.tb_lasti] != opmap["RAISE_VARARGS"]


def refusal(error: Exception, thing: Any) -> str:
    """Return why ``thing`` refused its arguments, with the place in its source if it is not part of jointre."""
    failure = failure_of(error)
    place = failure.place if failure.owner != JOINTRE else _module(thing)
    return f"{str(error) or type(error).__name__}{'' if is_ours(thing) else f' ({place})'}"


def place_of(error: BaseException, thing: object) -> str:
    """Return the innermost line in the files of an object's classes that an exception passed, such as ``in forward
    (acme/first.py, line 8)``; empty if there is none outside jointre.
    """
    modules = [sys.modules.get(cls.__module__) for cls in type(thing).__mro__ if not _is_library(cls)]
    files = {Path(module.__file__) for module in modules if getattr(module, "__file__", None)}  # type: ignore[arg-type, union-attr]
    frames = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    inside = [(code, line) for code, line in frames if Path(code.co_filename) in files]
    if not inside:
        return ""
    code, line = inside[-1]
    return f"in {code.co_name} ({Path(code.co_filename).name}, line {line})"


def portable(error: Exception) -> Exception:
    """Return an exception that can be sent to another process: errors of jointre unchanged, others explained."""
    expected = isinstance(error, JointreError) and is_ours(type(error))
    if expected or isinstance(error, MemoryError) or blames_the_system(error):
        return error
    return ExplainedError(str(failure_of(error)))


def blames_the_system(error: BaseException) -> bool:
    """Return whether the system refused something to jointre itself, such as a file, which is no code's fault."""
    return isinstance(error, OSError) and failure_of(error).owner == JOINTRE


def our_remedy() -> str:
    """Return what to do when code of jointre fails, which may be due to a wrong result of another component."""
    fault = f"this is a bug in jointre {__version__}: please report it, {REPORT}"
    if not _BUILT:
        return fault
    used = ", ".join(_BUILT)
    check = f"check {used} with jointre.testing.check_component: a wrong result can cause this error"
    return advised(check, f"otherwise {fault}")


def _owner(frame: FrameType, owners: Sequence[Owner]) -> Owner | None:
    file = Path(frame.f_code.co_filename)
    return next((owner for owner in owners if owner.has(file)), None)


def _place(frame: FrameType, line: int, owner: Owner) -> str:
    return owner.place(Path(frame.f_code.co_filename), line, frame.f_code.co_name)


def _component(frames: Sequence[FrameType]) -> str:
    """Return the registered name of the innermost component whose method or function one of the frames runs."""
    functions = {id(getattr(thing, "__code__", None)): name for name, thing in registry.known()}
    for frame in frames:
        name = functions.get(id(frame.f_code)) or _component_of(type(frame.f_locals.get("self")))
        if name:
            return name
    return ""


def _component_of(cls: type) -> str:
    """Return the registered name of a class, or of its nearest base class that has one."""
    names = {id(thing): name for name, thing in registry.known()}
    return next((names[id(base)] for base in cls.__mro__ if id(base) in names), "")


def _extensions() -> Iterator[Owner]:
    """Yield the ``--code`` files, the installed plugins, and other modules that registered something."""
    yield from (Owner(given, file) for file, given in CODE_FILES.items())
    distributions = packages_distributions()
    for name in [*(part.name for part in registry.all()), "commands"]:
        for point in entry_points_of(name):
            yield from _plugin(point, distributions.get(point.value.split(".")[0].split(":")[0], []))
    for module in {_module(thing) for _, thing in registry.known()}:
        root = None if module.split(".")[0] in distributions else _root(module)
        if root is not None:
            yield Owner(root.name, root)


def _module(thing: Any) -> str:
    return str(getattr(thing, "__module__", ""))


def _plugin(point: EntryPoint, providers: Sequence[str]) -> Iterator[Owner]:
    """Yield the plugin of an entry point, unless the entry point leads into the package of another distribution."""
    root = _root(point.value.split(":")[0].strip())
    if root is None or point.dist is None or (providers and point.dist.name not in providers):
        return
    name = f"{point.dist.name} {point.dist.version}"
    yield Owner(f"the plugin {name}", root, f"report it to the author of {point.dist.name}")


def _root(module: str) -> Path | None:
    """Return the outermost folder or file that belongs only to a module; folders of namespace packages contain others,
    too.
    """
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        spec = _spec(".".join(parts[:count]))
        if spec is None:
            return None
        if spec.origin is not None and spec.has_location:
            return Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)
    return None


def _spec(module: str) -> Any:
    """Return the spec of a module; finding it imports at most namespace packages, which run no code."""
    try:
        return find_spec(module)
    except (ImportError, ValueError, AttributeError):
        return None
