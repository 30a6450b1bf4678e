"""Shards: looked through once, refused with every fault, streamed in an order that any place can be found in."""

import gzip
import json
from collections import Counter
from itertools import islice

import pytest
from pretraining_toys import made_up, write_shard

from jointre.data.doc import Doc
from jointre.errors import DataError
from jointre.pretraining.scan_shards import scan_shards
from jointre.pretraining.setup import PretrainingSetup
from jointre.pretraining.shards import Choice, doc_of, split_off
from jointre.pretraining.stream import Stream
from jointre.readers.records import files_of

ALL = Choice(1.0, 1)


class Names:
    """Makes a batch that is nothing but the names of its documents."""

    def __call__(self, numbered, epoch):
        return [(number, doc.id) for number, doc in numbered], epoch


def stream_of(folder, batch_size=3, buffer=7, seed=0, workers=0, choice=ALL):
    shards = scan_shards(files_of(folder), choice).shards
    return Stream(shards, Names(), batch_size, buffer, seed, workers)


def taken(stream, n, first=0):
    return list(islice(stream.from_batch(first), n))


def test_every_document_comes_once_an_epoch_in_another_order(shards):
    stream = stream_of(shards, batch_size=5, buffer=12)
    assert stream.batches_per_epoch() == 20
    batches = taken(stream, 40)
    first, second = ([name for names, _ in part for name in names] for part in (batches[:20], batches[20:]))
    assert sorted(first) == sorted(second) and len(set(first)) == 100 and first != second
    assert [epoch for _, epoch in batches] == [0] * 20 + [1] * 20
    assert first != sorted(first)


@pytest.mark.parametrize("first", [1, 4, 32, 33, 70])
def test_a_stream_goes_on_from_any_batch(shards, first):
    """Whole shards before, within a buffer, in a later epoch; 100 documents are 33 batches of 3."""
    stream = stream_of(shards)
    assert taken(stream, 3, first) == taken(stream, first + 3)[first:]


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_change_nothing(shards, workers):
    assert taken(stream_of(shards, workers=workers), 40, 2) == taken(stream_of(shards), 40, 2)


def test_the_batches_of_several_processes_are_those_of_one(shards):
    stream = stream_of(shards)
    parts = [list(islice(stream.from_batch(2, 2, offset), 20)) for offset in (0, 1)]
    assert [batch for pair in zip(*parts, strict=True) for batch in pair] == taken(stream, 40, 2)


def test_fewer_documents_than_a_batch_are_one_batch(tmp_path):
    write_shard(tmp_path / "a.jsonl.gz", map(made_up, range(3)))
    assert [len(names) for names, _ in taken(stream_of(tmp_path, 8), 3)] == [3, 3, 3]


def test_a_smaller_share_is_part_of_a_larger_one(shards):
    files = files_of(shards)

    def chosen(share):
        found = scan_shards(files, Choice(share, 1)).shards
        return {number for shard in found for number, _ in shard.lines()}

    quarter, half, whole = chosen(0.25), chosen(0.5), chosen(1.0)
    assert quarter < half < whole and len(whole) == 100
    assert 15 <= len(quarter) <= 35 and 40 <= len(half) <= 60


def test_documents_with_few_entities_are_counted_and_left_out(tmp_path):
    write_shard(tmp_path / "a.jsonl.gz", [made_up(1), Doc(["it", "rains"]), made_up(2)])
    found = scan_shards(files_of(tmp_path), Choice(1.0, 3))
    assert (found.records, found.used, found.few) == (3, 2, 1)
    names = [doc_of(line, number).id for shard in found.shards for number, line in shard.lines()]
    assert names == ["made-up-1", "made-up-2"]
    assert found.types == {"Firm", "Person", "Town"}


def test_mentions_are_drawn_as_often_as_they_occur(shards):
    every = Counter(scan_shards(files_of(shards), ALL, table=10_000).mentions)
    assert sum(every.values()) == 300 and every["a", "b"] + every["c",] == 100
    drawn = scan_shards(files_of(shards), ALL, table=50, seed=1).mentions
    assert len(drawn) == 50 and set(drawn) <= set(every)
    assert scan_shards(files_of(shards), ALL, table=50, seed=1).mentions == drawn


def test_all_faults_of_all_shards_are_told(tmp_path):
    whole = write_shard(tmp_path / "a.jsonl.gz", map(made_up, range(200))).read_bytes()
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with gzip.open(tmp_path / "b.jsonl.gz", "wt") as file:
        file.write('{"tokens": ["a"], "entities": [{"start": 0, "end": 4, "label": "X"}]}\n{"tokens": \n')
    (tmp_path / "c.jsonl").write_text("[]", encoding="utf8")
    with pytest.raises(DataError) as refused:
        scan_shards(files_of(tmp_path), ALL)
    text = str(refused.value)
    assert "a.jsonl.gz: is not a whole gzip file" in text
    assert "b.jsonl.gz:1" in text and "b.jsonl.gz:2" in text
    assert "c.jsonl: is a JSON list, not a shard" in text


def test_types_that_are_not_declared_are_refused(shards, tmp_path):
    (tmp_path / "types.json").write_text(json.dumps({"entities": ["Person", "Town"], "relations": []}))
    with pytest.raises(DataError, match="entity type 'Firm' is not among the labels, used 100 times"):
        scan_shards(files_of(shards), ALL, types=str(tmp_path / "types.json"))


def test_the_last_shard_is_held_out(shards, tmp_path):
    train, held_out = split_off(str(shards), None)
    assert [path.name for path in held_out] == ["shard-00003.jsonl.gz"] and len(train) == 3
    one = write_shard(tmp_path / "a.jsonl.gz", [made_up(1)])
    assert split_off(str(shards), str(one)) == (files_of(shards), [one])
    with pytest.raises(DataError, match="none to hold out"):
        split_off(str(one), None)
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        split_off(str(tmp_path / "nowhere"), None)


def test_faults_of_held_out_documents_are_told_with_the_others(small, tmp_path):
    for name in ("train.jsonl", "dev.jsonl"):
        (tmp_path / name).write_text('{"text"\n', encoding="utf8")
    with pytest.raises(DataError) as refused:
        PretrainingSetup(
            small(paths__train=str(tmp_path / "train.jsonl"), paths__dev=str(tmp_path / "dev.jsonl"))
        )
    assert "train.jsonl:1" in str(refused.value) and "dev.jsonl:1" in str(refused.value)


def test_entities_that_are_widened_are_counted(small, tmp_path):
    entity = {"start": 0, "end": 4, "label": "Town"}
    lines = [json.dumps({"text": text, "entities": [entity]}) for text in ("Oslofjord", "Oslo", "Romeward")]
    for name in ("train.jsonl", "dev.jsonl"):
        (tmp_path / name).write_text("\n".join(lines), encoding="utf8")
    paths = {f"paths__{name}": str(tmp_path / f"{name}.jsonl") for name in ("train", "dev")}
    notices = PretrainingSetup(small(pretraining__min_entities=1, **paths)).notices
    for name in ("train.jsonl", "dev.jsonl"):
        place = f"{tmp_path / name}:1"
        assert f"entities that begin or end inside a word, widened: 2 (first in {place})" in notices
