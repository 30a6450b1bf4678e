"""Run something in several processes that train together, as a launcher would start them, and without dropout."""

import json
import os
import shutil
import socket
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from accelerate import PartialState

from jointre.config import Config
from jointre.config.load import with_values
from jointre.config.tree import Origin


def told_to(count: int) -> list[dict[str, str]]:
    """What a launcher tells each of so many processes of a run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [{**told, "RANK": str(n), "LOCAL_RANK": str(n)} for n in range(count)]


def together(work: Callable[[], Any], count: int = 2, seconds: float = 120.0) -> list[int]:
    """Exit codes of processes that work together; negative for the signal that killed one, 130 if interrupted."""
    children = [_start(work, told) for told in told_to(count)]
    codes: dict[int, int] = {}
    end = time.monotonic() + seconds
    while len(codes) < count:
        for child in set(children) - codes.keys():
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                codes[child] = os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            for child in set(children) - codes.keys():
                os.kill(child, 9)
            raise TimeoutError("the processes did not end")
        time.sleep(0.01)
    return [codes[child] for child in children]


def _start(work: Callable[[], Any], told: dict[str, str]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.environ.update(told)
        PartialState._shared_state.clear()  # an earlier test may have used accelerate
        done = work()
        code = 130 if getattr(done, "status", "") == "interrupted" else 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def without_dropout(encoder: Path, folder: Path) -> Path:
    """A copy of an encoder without dropout."""
    shutil.copytree(encoder, folder)
    config = json.loads((folder / "config.json").read_text("utf8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf8")
    return folder


def no_dropout(config: Config) -> Config:
    """The config without dropout outside its encoder."""
    keys: list[tuple[str, ...]] = []

    def look(tree: dict[str, Any], place: tuple[str, ...]) -> None:
        for key, value in tree.items():
            if isinstance(value, dict):
                look(value, (*place, key))
            elif key == "dropout":
                keys.append((*place, key))

    look(config.values, ())
    return with_values(config, dict.fromkeys(keys, 0.0), Origin("override", "test"))


def lines(folder: Path, but: Sequence[str] = ("seconds", "documents_per_second")) -> list[dict[str, Any]]:
    """The lines of a log, without those that time changes."""
    read = map(json.loads, (folder / "log.jsonl").read_text("utf8").splitlines())
    return [{key: value for key, value in line.items() if key not in but} for line in read]
