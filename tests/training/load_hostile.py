"""Load every hostile folder in a process that is watched: ``python load_hostile.py SOUND PLACE``.

Prints one JSON line before each folder and one after it, so that whoever reads them knows what a process that
hangs or dies was doing.
"""

import json
import resource
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import torch
from hostile_folders import IGNORED, REFUSED

from jointre.data.write import to_line
from jointre.errors import ModelFolderError
from jointre.pipeline import load
from jointre.testing import toy_docs

REACHES_OUT = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "urllib.Request",
)
RUNS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.spawn", "ctypes.dlopen")


def predictions(folder: Path) -> list[str]:
    """What the model of a folder finds in two documents."""
    return [to_line(doc) for doc in load(folder, "cpu").predict(toy_docs(2))]


def outcome(folder: Path, sound: list[str]) -> dict[str, Any]:
    """How loading ends."""
    try:
        found = predictions(folder)
    except ModelFolderError as error:
        return {"outcome": "refused", "message": str(error), "faults": len(error.faults)}
    except BaseException as error:
        return {"outcome": "fault", "message": f"{type(error).__name__}: {error}"}
    return {"outcome": "loads", "same": found == sound}


def main(sound: Path, place: Path) -> None:
    """Load the sound folder, then all others."""
    torch.set_num_threads(1)
    expected = predictions(sound)
    modules, events = set(sys.modules), []
    sys.addaudithook(lambda event, args: events.append(event) if event in (*REACHES_OUT, *RUNS) else None)
    for name, change in (REFUSED | IGNORED).items():
        folder = place / "model"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(sound, folder)
        change(folder)
        print(json.dumps({"name": name, "outcome": "never ends"}), flush=True)
        events.clear()
        start = time.perf_counter()
        facts = outcome(folder, expected)
        facts |= {"name": name, "seconds": time.perf_counter() - start, "events": list(events)}
        facts["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        facts["modules"] = [
            (module, getattr(sys.modules[module], "__file__", None) or "")
            for module in set(sys.modules) - modules
        ]
        print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
