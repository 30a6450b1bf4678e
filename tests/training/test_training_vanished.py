"""A run of which a part vanishes while it goes on: it fails, or writes again what it knows."""

import json
import shutil

import pytest
from rich.console import Console

from jointre.errors import TrainingError
from jointre.training.run import train
from jointre.training.updater import Updater


@pytest.fixture
def after_update(monkeypatch):
    """Does something after an update of the run, counted from 1."""

    def patch(number, action):
        original = Updater._gradients

        def gradients(self, *args):
            if self.step == number:
                action()
            return original(self, *args)

        monkeypatch.setattr(Updater, "_gradients", gradients)

    return patch


def status(folder):
    return json.loads((folder / "run.json").read_text("utf8"))["status"]


def test_removed_folder_fails_the_run_and_is_not_made_again(small, tmp_path, after_update):
    folder = tmp_path / "run"
    after_update(4, lambda: shutil.rmtree(folder))
    with pytest.raises(TrainingError, match=r"the run folder has vanished.*run\)\n  -> put it back"):
        train(small(training__checkpoint_every=600), folder, quiet=True)
    assert not folder.exists()


def test_moved_folder_can_be_put_back_and_continued(small, tmp_path, after_update, monkeypatch):
    folder, moved = tmp_path / "run", tmp_path / "moved"
    after_update(4, lambda: folder.rename(moved))
    with pytest.raises(TrainingError, match="the run folder has vanished"):
        train(small(), folder, quiet=True)
    monkeypatch.undo()
    moved.rename(folder)
    assert train(small(), folder, quiet=True, resume=True).status == "complete"


def test_run_that_was_begun_in_its_place_is_not_harmed(small, tmp_path, after_update):
    folder = tmp_path / "run"
    other = json.dumps({"status": "running", "parts": [{"started": "2001-01-01T00:00:00+00:00"}]})

    def replace():
        shutil.rmtree(folder)
        folder.mkdir()
        (folder / "run.json").write_text(other, encoding="utf8")

    after_update(4, replace)
    with pytest.raises(TrainingError, match="another run was begun in the run folder"):
        train(small(), folder, quiet=True)
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    assert (folder / "run.json").read_text("utf8") == other


@pytest.mark.parametrize("how", ["removed", "cut"])
def test_log_cannot_be_written_again_so_the_run_fails(
    small, tmp_path, after_update, monkeypatch, capsys, how
):
    folder = tmp_path / "run"
    log = folder / "log.jsonl"
    after_update(8, log.unlink if how == "removed" else lambda: log.write_text("", encoding="utf8"))
    with pytest.raises(TrainingError, match=r"the log has vanished, or lines of it.*log.jsonl\)\n.*--resume"):
        train(small(), folder, quiet=True)
    assert status(folder) == "failed"
    monkeypatch.undo()
    done = train(small(), folder, console=Console(stderr=True, width=300), resume=True)
    assert done.status == status(folder) == "complete"
    first, *rest = [json.loads(line) for line in log.read_text("utf8").splitlines()]
    assert first["from_step"] == 6 and [line.get("step") for line in rest] == [12, 18, 24, None]
    assert ("what it held up to update 6 is lost" in capsys.readouterr().err) == (how == "removed")


def test_log_that_vanishes_at_the_very_end_fails_the_run(small, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    monkeypatch.setattr(
        "jointre.training.finish.write_json", lambda path, facts: (folder / "log.jsonl").unlink()
    )
    with pytest.raises(TrainingError, match="the log has vanished"):
        train(small(training__epochs=1), folder, quiet=True)
    assert status(folder) == "failed"


def test_best_state_cannot_be_written_again_so_the_run_fails(best, tmp_path, after_update):
    folder = tmp_path / "run"
    after_update(8, lambda: shutil.rmtree(folder / "model"))
    with pytest.raises(TrainingError, match=r"the best state so far has vanished.*model\)"):
        train(best(), folder, quiet=True)
    assert status(folder) == "failed"


def test_what_is_known_is_written_again(small, tmp_path, after_update):
    folder, whole = tmp_path / "run", tmp_path / "whole"

    def remove():
        for name in ("run.json", "config.cfg", "checkpoint.safetensors"):
            (folder / name).unlink()

    train(small(), whole, quiet=True)
    after_update(8, remove)
    assert train(small(), folder, quiet=True).status == "complete"
    assert {path.name for path in folder.iterdir()} == {path.name for path in whole.iterdir()}
    for name in ("config.cfg", "model/model.safetensors"):
        assert (folder / name).read_bytes() == (whole / name).read_bytes()
    assert status(folder) == "complete"
