"""The public names are those that are recorded (docs/api-stability.md), and so are their arguments."""

import ast
import inspect
import json
from importlib import import_module
from pathlib import Path

from jointre.registry import registry

RECORD = Path(__file__).with_name("public_names.json")
ROOT = Path(__file__).parents[1]
DATA = (
    *("doc", "labels", "stages", "batch", "encoding", "segments", "relation_classes", "progress"),
    *("report", "write", "atomic_write"),
)
MODULES = (
    "jointre",
    "jointre.testing",
    *(f"jointre.{part.name}.base" for part in registry.all()),
    *(f"jointre.data.{name}" for name in DATA),
    *(f"jointre.{name}" for name in ("errors", "limits", "place", "registry", "nn.columns", "nn.markers")),
    *("jointre.readers.head", "jointre.writers.fit", "jointre.relation_heads.decision"),
    "jointre.loggers.values",
)


def public() -> dict[str, list[str]]:
    """Return the public names of each module, with the names of their arguments and methods."""
    return {module: sorted(_lines(module)) for module in MODULES}


def _lines(name: str) -> list[str]:
    module = import_module(name)
    names = list(getattr(module, "__all__", ())) or _defined(module)
    lines = []
    for each in names:
        value = getattr(module, each)
        lines.append(f"{each}{_arguments(value)}")
        if isinstance(value, type):
            methods = {key: item for key, item in vars(value).items() if not key.startswith("_")}
            lines += [f"{each}.{key}{_arguments(item)}" for key, item in methods.items() if callable(item)]
    return lines


def _defined(module: object) -> list[str]:
    """Return the names that a module defines itself, in contrast to those that it imports."""
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
    found = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in dict.fromkeys(found) if not name.startswith("_")]


def _arguments(value: object) -> str:
    if not inspect.isfunction(value) and not (
        isinstance(value, type) and value.__module__.startswith("jointre")
    ):
        return ""
    try:
        return f"({', '.join(inspect.signature(value).parameters)})"
    except (TypeError, ValueError):
        return ""


def test_public_names_are_those_that_are_recorded() -> None:
    recorded = json.loads(RECORD.read_text(encoding="utf8"))
    found = public()
    update = f"python {Path(__file__).relative_to(ROOT)}, and mention it in CHANGELOG.md"
    assert list(found) == list(recorded), f"other public modules; if that is meant: {update}"
    for module, names in recorded.items():
        gone, new = set(names) - set(found[module]), set(found[module]) - set(names)
        assert not gone, f"{module}: public names are gone or changed: {sorted(gone)}; deprecate them first"
        assert not new, f"{module}: new public names: {sorted(new)}; if that is meant: {update}"


def test_the_page_lists_the_public_modules() -> None:
    page = (ROOT / "docs" / "api-stability.md").read_text(encoding="utf8")
    for module in MODULES:
        last = module.removeprefix("jointre.data.")
        assert f"`{last}`" in page or f"`{module}`" in page or module.endswith(".base"), module


def test_the_table_of_plugins_is_up_to_date() -> None:
    names: dict[str, object] = {
        "__file__": str(ROOT / "tools" / "plugin_index.py"),
        "__name__": "plugin_index",
    }
    exec((ROOT / "tools" / "plugin_index.py").read_text(encoding="utf8"), names)
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf8")
    assert names["page"]() == page, "run: python tools/plugin_index.py"  # type: ignore[operator]


if __name__ == "__main__":
    RECORD.write_text(json.dumps(public(), indent=1) + "\n", encoding="utf8")
