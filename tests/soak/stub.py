"""``python -m tests.soak.stub TEXT FOLDER``: a bulk job with a stub for the model, which starts quickly."""

import hashlib
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from jointre import signals
from jointre.data.report import Report
from jointre.engines.base import Do, Tick, Work
from jointre.engines.named import NamedEngine
from jointre.errors import JointreError
from jointre.jobs.folder import FORMAT, JobFolder, shard_facts
from jointre.jobs.inputs import input_files
from jointre.jobs.run import Job, Made
from jointre.jobs.source import Task
from jointre.printable import dump_json
from jointre.writers.jsonl import JsonlWriter


class StubWork(Work):
    """Makes a record of each line in ``seconds``, from the line alone."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def begin(self, device: str | None) -> Do:
        """Return the function that makes a shard."""
        return self.shard

    def shard(self, task: Task, tick: Tick) -> Made:
        """Return the records of a shard."""
        lines = [
            (f"{stretch.name}:{number}", line.decode().strip())
            for stretch in task.stretches
            for number, line in enumerate(stretch.lines, stretch.first)
        ]
        data = "".join(map(self._record, lines)).encode()
        counts = {"lines": len(lines), "documents": len(lines)}
        return Made(data, shard_facts(counts, Report(), [], {}))

    def _record(self, line: tuple[str, str]) -> str:
        if self.seconds:
            time.sleep(self.seconds)
        name, text = line
        digest: Any = hashlib.sha256(text.encode()).hexdigest()
        entities = [{"start": 0, "end": 1, "label": digest[:4], "score": int(digest[:8], 16) / 2**32}]
        return f"{dump_json({'id': name, 'text': text, 'entities': entities, 'relations': []})}\n"


def stub(
    text: str,
    folder: Path,
    engine: Annotated[str, typer.Option()] = "local",
    workers: Annotated[int, typer.Option()] = 1,
    shard_size: Annotated[int, typer.Option()] = 500,
    seconds: Annotated[float, typer.Option()] = 0.001,
) -> None:
    """Run the job; exit as `jointre` does."""
    signals.install()
    files = input_files([text])
    wanted = {
        "format": FORMAT,
        "kind": "stub",
        "input": [file.to_json() for file in files],
        "size": shard_size,
    }
    job = Job(JobFolder(folder, "stub", JsonlWriter()), wanted, files, shard_size, StubWork(seconds))
    try:
        job.run(NamedEngine.parse(engine).make(workers))
    except JointreError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    # The classes are pickled by the name of their module, which is not that of a script.
    from tests.soak import stub as module

    typer.run(module.stub)
