"""Read registered names and their arguments from source text, because importing the components takes seconds.

Only for shell completion; everything else asks `jointre.registry`.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path

from jointre.registry import entry_points_of, registry

DECORATED = re.compile(r"""^@registry\.(\w+)\(\s*["']([^"']+)["']""", re.MULTILINE)
Definition = ast.ClassDef | ast.FunctionDef


def names(code: Iterable[Path] = ()) -> dict[str, list[str]]:
    """Return the names of each registry: those of jointre, of installed plugins, and of the files ``code``."""
    found: dict[str, set[str]] = {part.name: set() for part in registry.all()}
    for text in (*_own(), *_texts(code)):
        for part, name in DECORATED.findall(text):
            found.setdefault(part, set()).add(name)
    for part in found:
        found[part].update(point.name for point in entry_points_of(part))
    return {part: sorted(values) for part, values in found.items()}


def arguments(
    wanted: Iterable[tuple[str, str]], code: Iterable[Path] = ()
) -> dict[tuple[str, str], list[str]]:
    """Return the arguments of functions by ``(registry, name)``, if they are defined in jointre or in ``code``."""
    left = set(wanted)
    found: dict[tuple[str, str], list[str]] = {}
    for text in (*_own(), *_texts(code)):
        here = left.intersection(DECORATED.findall(text))
        if here:
            found.update((key, args) for key, args in _defined(text) if key in here)
    return found


@cache
def _own() -> tuple[str, ...]:
    folders = [resources.files("jointre") / part.name for part in registry.all()]
    files = [file for folder in folders for file in folder.iterdir() if file.name.endswith(".py")]
    return tuple(file.read_text(encoding="utf-8") for file in files)


def _texts(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        try:
            yield file.read_text(encoding="utf-8")
        except (OSError, ValueError):
            continue


def _defined(text: str) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for node in _body(text):
        for decorator in node.decorator_list if isinstance(node, Definition) else ():
            for key in DECORATED.findall(f"@{ast.unparse(decorator)}"):
                yield key, _arguments(node, text)


def _body(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError):
        return []


def _arguments(node: ast.stmt, text: str) -> list[str]:
    """Return the arguments of a function, or of the constructor of a class or its bases in ``text`` or jointre."""
    if isinstance(node, ast.FunctionDef):
        return [item.arg for item in (*node.args.args, *node.args.kwonlyargs)]
    assert isinstance(node, ast.ClassDef)
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            return _arguments(inner, text)[1:]
    names = [base.id for base in node.bases if isinstance(base, ast.Name)]
    return next((args for args in (_arguments_of(name, text) for name in names) if args), [])


def _arguments_of(name: str, text: str) -> list[str]:
    """Return the arguments of the class of that name in ``text``, or in the first file of jointre that has it."""
    for source in (text, *_own()):
        for node in _body(source) if f"class {name}" in source else ():
            if isinstance(node, ast.ClassDef) and node.name == name:
                return _arguments(node, source)
    return []
