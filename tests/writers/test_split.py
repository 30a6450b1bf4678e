"""`jointre split`: sizes, what stays together, the same parts for the same seed, and the format of the output."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from jointre.cli.app import run
from jointre.data.doc import Doc, Entity
from jointre.data.write import to_line
from jointre.errors import DataError, UsageError
from jointre.experiments.split import split
from jointre.readers.open import open_data
from jointre.registry import registry
from jointre.writers.named import writer_like

SHARES = {"train": 0.8, "dev": 0.1, "test": 0.1}
Split = Callable[..., tuple[int, str]]


def corpus(size: int = 100) -> list[Doc]:
    """Documents of which three each have the same words, two each the same article, one in ten a rare type."""
    return [
        Doc(
            [f"word{number // 3 if number < 30 else number}"],
            [Entity(0, 1, "Rare" if number % 10 == 0 else "Usual")],
            id=str(number),
            meta={"article": number // 2},
        )
        for number in range(size)
    ]


def names(parts: dict[str, list[Doc]]) -> dict[str, list[str]]:
    return {part: [doc.id for doc in docs] for part, docs in parts.items()}


def test_each_document_is_in_one_part_in_corpus_order() -> None:
    docs = corpus()
    parts = split(docs, SHARES)
    assert list(parts) == ["train", "dev", "test"]
    assert sorted((doc.id for part in parts.values() for doc in part), key=int) == [doc.id for doc in docs]
    assert all([int(name) for name in part] == sorted(map(int, part)) for part in names(parts).values())
    assert abs(len(parts["train"]) - 80) <= 2


def test_the_seed_decides() -> None:
    docs = corpus()
    assert names(split(docs, SHARES, seed=3)) == names(split(docs, SHARES, seed=3))
    assert names(split(docs, SHARES, seed=3)) != names(split(docs, SHARES, seed=4))


@pytest.mark.parametrize("kind", ["plain", "stratified"])
def test_equal_words_and_articles_stay_together(kind: str) -> None:
    for seed in range(10):
        parts = split(corpus(), SHARES, kind, seed, "article")  # type: ignore[arg-type]
        homes: dict[object, set[str]] = {}
        for part, docs in parts.items():
            for doc in docs:
                homes.setdefault(tuple(doc.words), set()).add(part)
                homes.setdefault(doc.meta["article"], set()).add(part)
        assert {len(home) for home in homes.values()} == {1}


def test_stratified_parts_have_their_share_of_a_rare_type() -> None:
    docs = corpus()[30:]
    for seed in range(10):
        parts = split(docs, {"train": 5 / 7, "dev": 1 / 7, "test": 1 / 7}, "stratified", seed)
        rare = {
            part: Counter(doc.entities[0].label for doc in inside)["Rare"] for part, inside in parts.items()
        }
        assert rare == {"train": 5, "dev": 1, "test": 1}


def test_a_part_without_a_share_is_left_out_and_an_empty_one_is_refused() -> None:
    assert list(split(corpus(), {"train": 0.5, "dev": 0, "test": 0.5})) == ["train", "test"]
    with pytest.raises(DataError, match="leave dev and test empty"):
        split(corpus()[:3], SHARES)
    with pytest.raises(UsageError, match=r"add up to 1\.1, not 1"):
        split(corpus(), {"train": 0.9, "dev": 0.1, "test": 0.1})
    with pytest.raises(DataError, match="the documents have the keys article"):
        split(corpus(), SHARES, group_by="source")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Split:
    """Call the command in a folder with ``a.jsonl``."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text("".join(f"{to_line(doc)}\n" for doc in corpus()), encoding="utf8")

    def call(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = run(["split", *arguments])
        out, err = capsys.readouterr()
        return code, out + err

    return call


def test_the_parts_have_the_format_of_the_input(command: Split) -> None:
    assert run(["convert", "a.jsonl", "a.tsv", "--to", "column:scheme=BIO"]) == 0
    assert command("a.tsv", "parts", "--from", "jointre.column.v1:scheme=BIO")[0] == 0
    read = [open_data(f"parts/{part}.tsv", reader="jointre.column.v1:scheme=BIO") for part in SHARES]
    assert sum(1 for reader in read for _ in reader) == 100


def test_another_format_and_json(command: Split) -> None:
    code, out = command("a.jsonl", "parts", "--to", "brat", "--test", "0", "--json", "--quiet")
    facts = json.loads(out)
    assert code == 0 and list(facts["parts"]) == ["train", "dev"]
    assert facts["parts"]["dev"]["written"]["documents"] == sum(1 for _ in open_data("parts/dev"))


def test_what_is_there_is_not_overwritten(command: Split) -> None:
    assert command("a.jsonl", "parts")[0] == 0
    code, said = command("a.jsonl", "parts", "--seed", "1")
    assert code == 2 and "parts/train.jsonl: already exists" in said
    assert command("a.jsonl", "parts", "--seed", "1", "--force")[0] == 0
    code, said = command("a.jsonl", "parts", "--train", "0.9")
    assert code == 2 and "the shares add up to 1.1" in said


def test_every_writer_is_found_by_its_reader() -> None:
    names = [name for name in registry.writers.names() if name in registry.readers]
    assert len(names) > 15
    for name in names:
        assert type(writer_like(registry.readers.get(name)(None), "a")) is registry.writers.get(name)
    with pytest.raises(UsageError, match=r"no writer writes like jointre.semeval2010.v1"):
        writer_like(registry.readers.get("jointre.semeval2010.v1")(None), "a")
