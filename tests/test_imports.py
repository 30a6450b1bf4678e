"""Who may import whom (docs/design.md, Structure of the tree), and what importing jointre costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "jointre"
ORDER = [
    {"about", "annotations", "counting", "markdown", "nearest", "place", "printable", "signals", "versions"},
    {"console", "errors"},
    {"limits"},
    {"bf16", "data", "weights"},
    {"attribution", "component", "named", "promises", "registry"},
    {"nn"},
    {
        "breakdowns",
        "context_encoders",
        "decoders",
        "encoders",
        "engines",
        "entity_heads",
        "loggers",
        "losses",
        "metrics",
        "optimizers",
        "pair_extractors",
        "poolers",
        "readers",
        "relation_heads",
        "rereaders",
        "samplers",
        "schedules",
        "segmenters",
        "span_extractors",
        "splitters",
        "tokenizers",
        "views",
    },
    {"models", "writers"},
    {"objectives"},
    {"config"},
    {"model_card", "model_folder", "system"},
    {"predict"},
    {"tryout"},
    {"serialize"},
    {"importing", "pipeline"},
    {"taggers"},
    {"corpora", "evaluate"},
    {"exporting"},
    {"preflight"},
    {"jobs"},
    {"annotation", "inspection"},
    {"training"},
    {"pretraining"},
    {"experiments"},
    {"significance"},
    {"rendering"},
    {"panels"},
    {"renderers"},
    {"testing"},
    {"plugin"},
    {"cli", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
ONLY_REGISTRY = {
    "annotations",
    "attribution",
    "component",
    "config",
    "errors",
    "limits",
    "nearest",
    "place",
    "printable",
    "registry",
}


def modules():
    """Every source file with its top-level part: ``poolers`` for ``jointre/poolers/reduce.py``."""
    for file in sorted(PACKAGE.rglob("*.py")):
        part = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if part != "__init__":
            yield file, part


def imports(tree):
    """Modules that a tree imports, wherever the statement stands; those for type checkers left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import of {node.module}"
            yield node.module
            if node.module == "jointre":
                yield from (f"jointre.{alias.name}" for alias in node.names)


def parts_imported(file):
    """Top-level parts of jointre that a file imports."""
    tree = ast.parse(file.read_text(encoding="utf8"))
    return {name.split(".")[1] for name in imports(tree) if name.startswith("jointre.")}


def test_every_part_has_a_place_in_the_order():
    parts = {part for _, part in modules()}
    assert parts - {"sample"} == set(LEVEL), "a new part: give it a place in ORDER"


@pytest.mark.parametrize("part", sorted(LEVEL))
def test_imports_go_down_only(part):
    files = [file for file, name in modules() if name == part]
    allowed = {name for name, level in LEVEL.items() if level <= LEVEL[part]}
    for file in files:
        upwards = parts_imported(file) - allowed
        assert not upwards, f"{file.relative_to(ROOT)} imports {sorted(upwards)}, which stands above {part}"


def imported_files(file):
    """Source files of jointre that a file imports when it is imported itself."""
    tree = ast.parse(file.read_text(encoding="utf8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
            paths = [ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in names]
            yield from (path for path in paths if path.is_file())


def test_no_file_imports_itself_by_way_of_others():
    """Remove files that import none of those left, until none can be removed: what then is left is a circle."""
    left = {file: set(imported_files(file)) for file in PACKAGE.rglob("*.py")}
    while free := [file for file, others in left.items() if not others & left.keys()]:
        for file in free:
            del left[file]
    assert not left, f"these files import each other: {sorted(str(file.relative_to(ROOT)) for file in left)}"


def test_config_depends_on_the_registry_only():
    for file, part in modules():
        if part == "config" and file.name != "schema.py":
            extra = parts_imported(file) - ONLY_REGISTRY
            assert not extra, f"{file.relative_to(ROOT)} imports {sorted(extra)}"


def test_components_meet_in_models_only():
    """A component imports the contracts of others, never their implementations."""
    for file, part in modules():
        if LEVEL.get(part) != LEVEL["poolers"] or file.name == "__init__.py":
            continue
        tree = ast.parse(file.read_text(encoding="utf8"))
        for name in imports(tree):
            bits = name.split(".")
            foreign = (
                bits[0] == "jointre"
                and len(bits) > 1
                and LEVEL.get(bits[1]) == LEVEL["poolers"]
                and bits[1] != part
            )
            if foreign and bits[1:] != ["encoders", "locate"]:
                assert bits[2:] == ["base"], f"{file.relative_to(ROOT)} imports {name}, not its contract"


def test_transformers_is_imported_inside_functions_only():
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf8"))
        top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        heavy = {
            name
            for node in top
            for name in imports(ast.Module([node], []))
            if name.startswith("transformers")
        }
        assert not heavy, f"{file.relative_to(ROOT)} imports transformers at its top"


@pytest.mark.parametrize("module", ["jointre", "jointre.errors"])
def test_importing_jointre_does_not_import_torch(module):
    code = f"import sys, {module}; print(sorted({{'torch', 'transformers', 'rich'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_corpora_are_converted_without_torch(tmp_path):
    code = """if True:
        import sys
        sys.modules.update(dict.fromkeys(["torch", "transformers", "accelerate", "safetensors"]))
        from jointre.cli.app import run
        assert run(["convert", "sample:dev", "dev.json", "--to", "spert"]) == 0
        assert run(["split", "dev.json", "parts", "--dev", "0.2"]) == 0
        assert run(["init", "labels", "parts/dev.json"]) == 0
        assert run(["docs", "data-formats"]) == 0
    """
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)


def test_every_public_name_can_be_imported():
    import jointre

    for name in jointre.__all__:
        assert getattr(jointre, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = jointre.nothing
