"""Files that are written whole or not at all, under names that nobody can guess."""

import os
import stat
from pathlib import Path

import pytest

from jointre.data.atomic_write import private_folder, remove_parts, replacing, write_text
from jointre.errors import TrainingError


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_appears_whole_when_the_block_ends(tmp_path):
    with replacing(tmp_path / "a.txt") as file:
        file.write("whole")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text("utf8") == "whole"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_was_there_stays_if_the_block_fails(tmp_path, error):
    (tmp_path / "a.txt").write_text("before", encoding="utf8")
    with pytest.raises(error), replacing(tmp_path / "a.txt", "wb") as file:
        file.write(b"half")
        raise error
    assert (tmp_path / "a.txt").read_text("utf8") == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_names_cannot_be_guessed_and_lie_in_the_same_folder(tmp_path):
    seen = set()
    for _ in range(3):
        with replacing(tmp_path / "a.txt"):
            seen |= {path.name for path in tmp_path.glob(".*")}
    assert len(seen) == 3 and all(name.startswith(".a.txt.") and name.endswith(".part") for name in seen)


def test_link_that_lies_in_wait_is_not_followed(tmp_path, monkeypatch):
    """Also where somebody does know the name."""
    monkeypatch.setattr("secrets.token_hex", lambda size: "0" * 16)
    (tmp_path / "precious").write_text("mine", encoding="utf8")
    (tmp_path / f".a.txt.{'0' * 16}.part").symlink_to(tmp_path / "precious")
    with pytest.raises(FileExistsError), replacing(tmp_path / "a.txt") as file:
        file.write("yours")
    assert (tmp_path / "precious").read_text("utf8") == "mine"


def test_link_stays_and_its_target_is_replaced(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.txt").write_text("before", encoding="utf8")
    (tmp_path / "a.txt").symlink_to(tmp_path / "elsewhere" / "b.txt")
    (tmp_path / "new.txt").symlink_to(tmp_path / "elsewhere" / "new.txt")
    for name in ("a.txt", "new.txt"):
        write_text(tmp_path / name, "after")
        assert (tmp_path / name).is_symlink()
    assert {path.name: path.read_text("utf8") for path in (tmp_path / "elsewhere").iterdir()} == {
        "b.txt": "after",
        "new.txt": "after",
    }


@pytest.mark.skipif(os.name == "nt", reason="permissions are POSIX")
def test_permissions_are_those_of_the_file_before_or_of_a_new_one(tmp_path):
    old = os.umask(0o027)
    try:
        write_text(tmp_path / "new.txt", "")
        for mode in (0o600, 0o666):
            write_text(tmp_path / "old.txt", "")
            (tmp_path / "old.txt").chmod(mode)
            write_text(tmp_path / "old.txt", "again")
            assert mode_of(tmp_path / "old.txt") == mode
    finally:
        os.umask(old)
    assert mode_of(tmp_path / "new.txt") == 0o640


def test_private_folder_is_private_and_goes(tmp_path):
    with private_folder(tmp_path / "model") as folder:
        assert folder.parent == tmp_path and (os.name == "nt" or mode_of(folder) == 0o700)
        (folder / "model").mkdir()
        (folder / "model").rename(tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_name_of_any_length_can_be_written(tmp_path):
    name = "ä" * 120 + ".txt"
    write_text(tmp_path / name, "whole")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_left_over_parts_are_removed_and_nothing_else(tmp_path):
    with replacing(tmp_path / "a.txt"):
        (left,) = tmp_path.iterdir()
        (tmp_path / "copy").write_bytes(left.read_bytes())
    (tmp_path / "copy").rename(left)
    (tmp_path / ".b.0123456789abcdef.part").mkdir()
    (tmp_path / ".download.part").touch()
    remove_parts(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a.txt", ".download.part"}


def test_parts_that_vanish_while_others_are_removed_are_no_error(tmp_path, monkeypatch):
    left = [tmp_path / f".{name}.0123456789abcdef.part" for name in "abc"]
    for part in (left[0], left[2]):
        part.touch()
    monkeypatch.setattr(Path, "glob", lambda *_: iter(left))
    remove_parts(tmp_path)
    assert not list(tmp_path.iterdir())


def test_refusal_of_the_disk_names_file_and_reason(tmp_path):
    with pytest.raises(TrainingError, match=r"a\.txt cannot be written: No such file or directory"):
        write_text(tmp_path / "gone" / "a.txt", "")
