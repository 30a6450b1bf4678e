"""Whatever is in a file of relations, spans, tags or triples, a reader yields valid documents or a DataError."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiling import VALUES, spoiled
from test_reader_docred import RECORD as DOCRED
from test_reader_fewrel import SENTENCE as FEWREL
from test_reader_fuzz import FUZZ, SLIPS, slipped, valid_or_refused
from test_reader_triple_objects import DUIE, LINKER, SLOTS
from test_reader_triples_csv import BARE, TABLE

from jointre.errors import DataError
from jointre.readers.doccano import DoccanoReader
from jointre.readers.docred import DocredReader
from jointre.readers.fewrel import FewRelReader
from jointre.readers.open import open_data
from jointre.readers.spans_json import SpansJsonReader
from jointre.readers.tags_json import TagsJsonReader
from jointre.readers.triples import TriplesReader
from jointre.readers.triples_csv import TriplesCsvReader

SLOTTED = {**DUIE, "spo_list": [SLOTS]}
OLD = {
    "data": "Mia left Kiel.",
    "annotations": [{"label": "PER", "start_offset": 0, "end_offset": 3}],
    "label": [[0, 3, "PER"], [9, 13, "LOC"]],
}
SPANS = {
    "text": "Mia left Kiel.",
    "spans": [{"start": 0, "end": 3, "label": "PER"}, {"begin": 9, "stop": 13, "labels": ["LOC"]}],
    "relations": [{"head": 0, "tail": 1, "type": "left"}],
}
LISTS = {"tokens": ["Mia", "left", "Kiel"], "entities": [[0, 1, "PER"], [2, 3, "LOC"]]}
TAGS = {"words": ["Mia", "left", "Kiel"], "ner_tags": ["B-PER", "O", "B-LOC"], "relations": [{"head": 0}]}
NUMBERS = {"tokens": ["Mia", "left", "Kiel"], "tags": [1, 0, 2]}
KINDS: list[tuple[Any, list[dict[str, Any]]]] = [
    (TriplesReader, [DUIE, SLOTTED, LINKER]),
    (DoccanoReader, [OLD]),
    (SpansJsonReader, [SPANS, LISTS]),
    (FewRelReader, [FEWREL, {"P1": [FEWREL]}]),
    (DocredReader, [DOCRED]),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forms") / "a.json"


@pytest.mark.parametrize(("kind", "sound"), KINDS, ids=lambda item: getattr(item, "__name__", ""))
@given(data=st.data())
@settings(FUZZ, max_examples=80)
def test_spoiled_records(file: Path, kind: Any, sound: list[dict[str, Any]], data: st.DataObject) -> None:
    one = st.one_of(*map(spoiled, sound), VALUES)
    file.write_text(json.dumps(data.draw(st.lists(one, min_size=1, max_size=3))), encoding="utf-8")
    valid_or_refused(kind(str(file)), file)


@given(
    records=st.lists(spoiled(TAGS) | spoiled(NUMBERS) | VALUES, min_size=1, max_size=3), repair=st.booleans()
)
@FUZZ
def test_spoiled_records_with_tags(file: Path, records: list[Any], repair: bool) -> None:
    names = file.with_name("names.json")
    names.write_text('["O", "B-PER", "B-LOC"]', encoding="utf-8")
    file.write_text(json.dumps(records), encoding="utf-8")
    valid_or_refused(TagsJsonReader(str(file), names=str(names), repair=repair), file)


@given(record=st.one_of(*(spoiled(record) for _, sound in KINDS for record in sound), spoiled(TAGS)))
@settings(FUZZ, max_examples=300)
def test_spoiled_records_have_one_reader_at_most(file: Path, record: Any) -> None:
    file.write_text(json.dumps([record]), encoding="utf-8")
    try:
        open_data(str(file))
    except DataError as error:
        assert "several readers" not in str(error)


@given(
    edits=SLIPS,
    text=st.sampled_from([TABLE, BARE]),
    repair=st.booleans(),
    quotes=st.sampled_from([None, False]),
)
@settings(FUZZ, max_examples=200)
def test_slips_in_tables(
    file: Path, edits: list[tuple[float, int, bytes]], text: str, repair: bool, quotes: bool | None
) -> None:
    file.write_bytes(slipped(text, edits))
    valid_or_refused(TriplesCsvReader(str(file), repair=repair, quotes=quotes), file)
