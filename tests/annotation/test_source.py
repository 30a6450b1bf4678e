"""The text is looked at whole before work begins, and cut into shards of as many lines each."""

import gzip
from pathlib import Path

import pytest

from jointre.annotation.source import tasks, text_files
from jointre.errors import DataError


def cut(path: Path, size: int, done: set[int] = frozenset()) -> list[list[tuple[str, int, list[bytes]]]]:  # type: ignore[assignment]
    return [
        [(part.name, part.first, [line.strip() for line in part.lines]) for part in task.stretches]
        for task in tasks(text_files(str(path)), size, done)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of three and four lines, one of them packed; and one that is no text."""
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(b"4\n5\n6\n7"))
    (tmp_path / "a.txt").write_bytes(b"1\n2\n3\n")
    (tmp_path / "notes.md").write_bytes(b"\xff")
    return tmp_path


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
def test_shards_have_all_lines_in_order_whatever_the_files(folder: Path, size: int) -> None:
    shards = [[line for *_, lines in task for line in lines] for task in cut(folder, size)]
    assert [line for shard in shards for line in shard] == [b"1", b"2", b"3", b"4", b"5", b"6", b"7"]
    assert {len(shard) for shard in shards[:-1]} <= {size} and len(shards[-1]) <= size


def test_a_shard_knows_file_and_number_of_its_lines(folder: Path) -> None:
    assert cut(folder, 4)[0] == [("a.txt", 1, [b"1", b"2", b"3"]), ("b.txt.gz", 1, [b"4"])]
    assert cut(folder, 4)[1] == [("b.txt.gz", 2, [b"5", b"6", b"7"])]


def test_shards_that_are_there_are_left_out(folder: Path) -> None:
    assert cut(folder, 2, {0, 2}) == [cut(folder, 2)[1], cut(folder, 2)[3]]


@pytest.mark.parametrize("reader", [None, "jointre.jsonl.v1"])
def test_the_documents_of_a_corpus_are_lines(tmp_path: Path, reader: str | None) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "Ann\\nsings."}\n{"tokens": ["Bob", "too"]}\n{"text": "C"}\n', encoding="utf8")
    (text,) = text_files(str(file), reader=reader)
    assert (text.lines, len(text.sha256)) == (3, 64)
    shards = [[(part.first, part.lines) for part in task.stretches] for task in tasks([text], 2)]
    assert shards == [[(1, (b"Ann sings.\n", b"Bob too\n"))], [(3, (b"C\n",))]]
    (of_folder,) = text_files(str(tmp_path))
    assert (of_folder.lines, of_folder.sha256) == (3, text.sha256)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"fine\n\xff\n", "text.txt:2: byte 1 of the line (0xff) is not UTF-8"),
        (b"", "it contains no text"),
        (b'{"name": "a"}\n', "its records have the keys 'name'"),
        (b"a\0b\n", "text.txt:1: byte 2 of the line is NUL"),
        (gzip.compress(b"a\n", mtime=0), "is packed with gzip"),
    ],
)
def test_what_is_no_raw_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "text.txt").write_bytes(content)
    with pytest.raises(DataError) as error:
        text_files(str(tmp_path / "text.txt"))
    assert said in str(error.value)


def test_all_faulty_files_are_told_at_once(folder: Path) -> None:
    (folder / "b.txt.gz").write_bytes(gzip.compress(b"4\n5\n")[:-9])
    (folder / "c.txt").write_bytes(b"\xfe\n")
    with pytest.raises(DataError) as error:
        text_files(str(folder))
    assert "b.txt.gz: is not a whole gzip file" in str(error.value) and "c.txt" in str(error.value)


@pytest.mark.parametrize(
    ("name", "said"), [("-", "it can be read only once"), ("nowhere.txt", "no such file")]
)
def test_a_text_that_cannot_be_read_again_is_refused(name: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        text_files(name)


def test_a_folder_without_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"contains no \*\.txt"):
        text_files(str(tmp_path))
