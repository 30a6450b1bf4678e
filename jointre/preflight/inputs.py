"""Files, folders and pretrained models that a config names and that are not there."""

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from jointre.config.inputs import Input, inputs
from jointre.config.load import Config
from jointre.config.tree import Key
from jointre.data.strict_read import unreadable
from jointre.encoders.locate import missing_model
from jointre.errors import Fault
from jointre.limits import EXISTS, PRETRAINED

RULE = "relative paths count from the working directory"


def missing_inputs(
    config: Config, faulty: Collection[Key], sections: Sequence[str], skip: Sequence[str], offline: bool
) -> Iterator[Fault]:
    """What the sections name and is not there.

    Args:
        config: of the names.
        faulty: keys with a fault that is known already; they are left alone.
        sections, skip: where to look, and where not.
        offline: whether a model of the hub that is not in its cache is missing when the hub may not be asked.
    """
    for item in inputs(config):
        if item.key in faulty or not _below(item.key, sections) or _below(item.key, skip):
            continue
        if EXISTS in item.limits and not Path(item.value).exists():
            yield _missing_file(item)
        if PRETRAINED in item.limits and (fault := missing_model(item.value, offline)):
            yield Fault(fault.what, item.place, fault.remedy)


def _below(key: Key, sections: Sequence[str]) -> bool:
    return any(f"{'.'.join(key)}.".startswith(f"{name}.") for name in sections)


def _missing_file(item: Input) -> Fault:
    path = Path(item.value)
    fault = unreadable(path, FileNotFoundError(), outputs=item.key == ("initialize", "weights"))
    at = "" if path.is_absolute() else f", looked for at {path.absolute()}"
    return Fault(f"{item.value!r}: {fault.what}{at}", item.place, _elsewhere(item) or fault.remedy)


def _elsewhere(item: Input) -> str:
    """Where the file probably is: beside the config, or in the home folder."""
    beside = (item.folder or Path()) / item.value
    if item.folder is not None and beside.exists():
        return f"{RULE}, not from the config; beside it there is {os.path.relpath(beside)!r}"
    home = Path(item.value).expanduser()
    return f"write {str(home)!r}" if item.value.startswith("~") and home.exists() else ""
