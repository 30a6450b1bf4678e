"""A model with random heads that find much, and bulk predictions with it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from jointre.engines.local import LocalEngine
from jointre.jobs.given import hashes, paired
from jointre.jobs.inputs import InputFile, input_files
from jointre.jobs.predict import PredictSettings, PredictWork, prediction
from jointre.jobs.run import Job
from jointre.pipeline import Pipeline, load

TEXTS = ["Anna Berg met Otto in Rome.", "Rome rained.", "", "Otto left Rome.", "Anna slept."]


@pytest.fixture(scope="session")
def pipeline(talkative_folder: Path) -> Pipeline:
    """The loaded model."""
    return load(talkative_folder, "cpu")


@pytest.fixture
def predict(talkative_folder: Path, pipeline: Pipeline, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Predicts files into a folder, in this process unless there are several workers."""

    def call(
        *inputs: Path,
        output: str = "out",
        size: int = 2,
        workers: int = 1,
        force: bool = False,
        **settings: Any,
    ) -> dict[str, Any]:
        return job(*inputs, output=output, size=size, **settings).run(LocalEngine(workers), force)

    def job(*inputs: Path, output: str, size: int, beside: Path | None = None, **given: Any) -> Job:
        files: Sequence[InputFile] = input_files([str(path) for path in inputs])
        if beside is not None:
            files, given = paired(files, beside), {**given, "entities": hashes(beside)}
        settings = PredictSettings(**given)
        work = PredictWork(talkative_folder, "cpu", [file.origin for file in files], settings, (), pipeline)
        return prediction(talkative_folder, files, tmp_path / output, settings, size, work)

    return call


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Five lines of raw text, one of them empty."""
    path = tmp_path / "text.txt"
    path.write_text("".join(f"{line}\n" for line in TEXTS), encoding="utf8")
    return path
