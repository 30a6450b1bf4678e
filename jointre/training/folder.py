"""The run folder of a training: refused if in use, cleared of an earlier run; and what the run ran on."""

import platform
import shutil
from pathlib import Path
from typing import Any

import torch

from jointre.errors import Fault, UsageError


def refuse_used(folder: Path, force: bool) -> None:
    """Refuse a folder that holds something, unless ``force``."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not force):
        fault = Fault("it is not empty", str(folder), "choose another --output, or --force to replace it")
        raise UsageError("the output folder is in use", [fault])


def clear(folder: Path) -> None:
    """Make the run folder and remove what an earlier run left there; nothing else is touched."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "model" / "meta.json").is_file():
        shutil.rmtree(folder / "model")
    (folder / "metrics.json").unlink(missing_ok=True)


def machine(device: torch.device) -> dict[str, Any]:
    """What the run ran on."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor()
    facts = {"device": str(device), "name": name, "threads": torch.get_num_threads()}
    return {**facts, "python": platform.python_version(), "system": platform.system()}
