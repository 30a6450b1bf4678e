"""Measure how long commands take to start, compared with Python and the required imports."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.options import Effort
from benchmarks.subject import Subject
from benchmarks.timing import measure
from jointre.serialize import save_model

SENTENCE = "Ada Brenner leads the Graz office of Lumitex .\n"
BARE = {
    "python -c pass": ("-c", "pass"),
    "import torch": ("-c", "import torch"),
    "import transformers": ("-c", "import transformers"),
    "import torch and BertModel": ("-c", "import torch; from transformers import BertModel"),
    "import jointre": ("-c", "import jointre"),
    "jointre --help": ("-m", "jointre", "--help"),
    "jointre registry jointre.max.v1": ("-m", "jointre", "registry", "jointre.max.v1"),
}


def measure_startup(subject: Subject, effort: Effort) -> list[dict[str, Any]]:
    """Return the times of each command, from start to exit; the last one loads a model from disk."""
    with tempfile.TemporaryDirectory() as name:
        folder, text = Path(name) / "model", Path(name) / "sentence.txt"
        save_model(folder, subject.model, subject.tokenizer, subject.config)
        text.write_text(SENTENCE, encoding="utf8")
        predict = (
            "-m",
            "jointre",
            "predict",
            str(folder),
            str(text),
            str(Path(name) / "found.jsonl"),
            "--force",
        )
        commands = {**BARE, "jointre predict, one sentence": predict}
        rows = measure([[partial(start, given)] for given in commands.values()], effort, torch.device("cpu"))
    return [
        {"command": command, "tries": row.tries, **row.times()}
        for command, row in zip(commands, rows, strict=True)
    ]


def start(given: Sequence[str]) -> None:
    """Run Python with these arguments in a process of its own, to its end."""
    subprocess.run([sys.executable, *given], check=True, capture_output=True)
