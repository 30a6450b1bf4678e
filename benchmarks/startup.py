"""Measure how long commands take to start, compared with Python and the required imports."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.subject import Subject
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


def measure_startup(subject: Subject, repeats: int) -> list[dict[str, Any]]:
    """Return the median seconds of each command, from start to exit; the last ones load a model from disk."""
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
        return [
            {"command": command, "seconds": median(_time(given) for _ in range(repeats))}
            for command, given in commands.items()
        ]


def _time(given: Sequence[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *given], check=True, capture_output=True)
    return time.perf_counter() - begin
