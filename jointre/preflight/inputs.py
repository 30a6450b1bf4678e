"""Find files, folders and pretrained models that a config names but that do not exist."""

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

RULE = "relative paths start from the working directory"


def missing_inputs(
    config: Config, faulty: Collection[Key], sections: Sequence[str], skip: Sequence[str], offline: bool
) -> Iterator[Fault]:
    """Report what the sections name but does not exist.

    Args:
        config: the config.
        faulty: keys with a known fault, which are skipped.
        sections, skip: sections to look in, and sections not to look in.
        offline: whether a hub model that is not in the hub's cache counts as missing if the hub may not be asked.
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
    """Suggest where the file probably is: next to the config, or in the home folder."""
    by_config = (item.folder or Path()) / item.value
    if item.folder is not None and by_config.exists():
        return f"{RULE}, not from the config's folder; did you mean {os.path.relpath(by_config)!r}?"
    home = Path(item.value).expanduser()
    return f"use {str(home)!r}" if item.value.startswith("~") and home.exists() else ""
