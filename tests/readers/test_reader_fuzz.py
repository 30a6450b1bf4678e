"""Whatever is in a file, a reader yields valid documents, or a DataError that names the place."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoiling import VALUES, spoiled
from test_reader_brat import KIEL, LEFT, MIA
from test_reader_brat import TEXT as BRAT
from test_reader_conll import TASK
from test_reader_doccano import RECORD as DOCCANO
from test_reader_dygie import RECORD as DYGIE
from test_reader_label_studio import LEFT as LINK
from test_reader_label_studio import REGIONS, task
from test_reader_prodigy import BY_TOKEN
from test_reader_prodigy import RECORD as PRODIGY

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.labels import Labels, load_types
from jointre.data.validate import check_doc
from jointre.data.write import to_line, to_spert
from jointre.errors import DataError
from jointre.readers.base import Reader
from jointre.readers.bilou_json import BilouJsonReader
from jointre.readers.brat import BratReader
from jointre.readers.column import ColumnReader
from jointre.readers.conll import ConllReader
from jointre.readers.doccano import DoccanoReader
from jointre.readers.dygie import DygieReader
from jointre.readers.enpar_json import EnparJsonReader
from jointre.readers.i2b2 import I2b2Reader
from jointre.readers.jsonl import JsonlReader
from jointre.readers.label_studio import LabelStudioReader
from jointre.readers.multihead import MultiheadReader
from jointre.readers.name_search import fold
from jointre.readers.open import open_data, read_input
from jointre.readers.opennre import OpenNREReader
from jointre.readers.prodigy import ProdigyReader
from jointre.readers.semeval import SemEval2010Reader, answer
from jointre.readers.spert_json import SpertJsonReader
from jointre.readers.tacred import TacredReader
from jointre.readers.text import TextReader
from jointre.readers.triples import TriplesReader

FUZZ = settings(max_examples=120, deadline=None)
TEXT: dict[str, Any] = {
    "id": "n1",
    "text": "Ann lives in Rome.",
    "words": [[0, 3], [4, 9], [10, 12], [13, 17], [17, 18]],
    "entities": [
        {"start": 0, "end": 3, "label": "Peop"},
        {"start": 13, "end": 17, "label": "Loc", "score": 0.5},
    ],
    "relations": [{"head": 0, "tail": 1, "label": "Live_In"}],
    "source": {"page": [3, None]},
}
WORDS: dict[str, Any] = {
    "tokens": ["Ann", "lives", "in", "Rome"],
    "entities": [{"start": 0, "end": 1, "type": "Peop"}, {"start": 3, "end": 4, "type": "Loc"}],
    "relations": [{"head": 0, "tail": 1, "type": "Live_In"}],
    "orig_id": 7,
}
TYPES = {
    "entities": {"Peop": {"short": "P"}, "Loc": {"short": "L"}},
    "relations": {"Live_In": {"short": "L", "symmetric": False}, "Near": {"symmetric": True}},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "a.jsonl"


def valid_or_refused(reader: Reader, file: Path) -> list[Doc]:
    """The documents, checked and written; none if the reader refuses them in the way it must."""
    try:
        docs = list(reader)
    except DataError as error:
        assert error.faults and all(
            fault.what and fault.where.startswith(str(file)) for fault in error.faults
        )
        str(error).encode("utf-8", "backslashreplace")
        return []
    for doc in docs:
        assert check_doc(doc, "here") == []
        to_line(doc).encode("utf-8")
        json.dumps(to_spert(doc))
    return docs


@given(records=st.lists(spoiled(TEXT) | spoiled(WORDS) | VALUES, min_size=1, max_size=3), whole=st.booleans())
@settings(FUZZ, max_examples=400)
def test_spoiled_records(file: Path, records: list[Any], whole: bool) -> None:
    text = json.dumps(records) if whole else "".join(f"{json.dumps(record)}\n" for record in records)
    file.write_text(text, encoding="utf-8")
    without = SpertJsonReader(str(file), overlapping="drop_contained", repeated="drop")
    for reader in (JsonlReader(str(file)), SpertJsonReader(str(file)), without):
        docs = valid_or_refused(reader, file)
        again = file.with_name("again.jsonl")
        again.write_text("".join(f"{to_line(doc)}\n" for doc in docs), encoding="utf-8", newline="\n")
        assert not docs or list(JsonlReader(str(again))) == docs, "what was read goes round"


@given(
    data=st.binary()
    | st.text().map(str.encode)
    | st.text(alphabet='{}[]",:\\ \n\r\t0123456789eE.-truefalsn\ufeff\0').map(str.encode),
)
@FUZZ
def test_any_bytes(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    for kind in (JsonlReader, SpertJsonReader, TextReader, ColumnReader, MultiheadReader, BilouJsonReader):
        valid_or_refused(kind(str(file)), file)
    for other in (SemEval2010Reader, OpenNREReader, TacredReader, TriplesReader, EnparJsonReader):
        valid_or_refused(other(str(file)), file)


@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 6), st.binary(max_size=4)), min_size=1, max_size=4
    )
)
@FUZZ
def test_slips_of_the_hand(file: Path, edits: list[tuple[float, int, bytes]]) -> None:
    data = f"{json.dumps(TEXT)}\n{json.dumps(WORDS)}\n".encode()
    for place, cut, typed in edits:
        at = int(place * len(data))
        data = data[:at] + typed + data[at + cut :]
    for name in ("a.jsonl", "a.txt"):
        path = file.with_name(name)
        path.write_bytes(data)
        valid_or_refused(JsonlReader(str(path)), path)
        valid_or_refused(TextReader(str(path)), path)
        for opened in (open_data, read_input):
            try:
                docs = list(opened(str(path)))
            except DataError as error:
                assert error.faults
            else:
                assert all(check_doc(doc, "here") == [] for doc in docs)


COLUMN = (
    "0\tB-X\t0\tO\tO\tAnn\tO\tO\tO\n0\tE-X\t1\tO\tO\tLee\tO\tO\tO\n0\tS-Y\t2\tO\tO\tRome\tO\tO\tO\n\n"
    "1\t2\tR\n\n1\tO\t0\tO\tO\tRain\tO\tO\tO\n\n"
)
MULTIHEAD = (
    "#doc 1\n0\tAnn\tB-X\t['N']\t[0]\n1\tLee\tI-X\t['R', 'S']\t[2, 2]\n2\tRome\tB-Y\t['N']\t[2]\n"
    "#doc 2\n0\tRain\tO\t['N']\t[0]\n"
)
NOTE = {
    "n.txt": "Ann  took Aspirin .\n\nFor headache .\n",
    "concept/n.con": 'c="aspirin" 1:2 1:2||t="X"\nc="ann" 1:0 1:0||t="Y"\nc="headache" 3:1 3:1||t="X"\n',
    "rel/n.rel": 'c="ann" 1:0 1:0||r="R"||c="aspirin" 1:2 1:2\n',
}
SLIPS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 6),
        st.binary(max_size=2)
        | st.sampled_from([b"\t", b"\n", b"-", b"2", b"I-X", b'"', b"'N'", b":", b"||"]),
    ),
    min_size=1,
    max_size=4,
)


def slipped(text: str, edits: list[tuple[float, int, bytes]]) -> bytes:
    """A text with some places overwritten."""
    data = text.encode()
    for place, cut, typed in edits:
        at = int(place * len(data))
        data = data[:at] + typed + data[at + cut :]
    return data


@given(edits=SLIPS, repair=st.booleans())
@FUZZ
def test_slips_in_files_of_one_word_per_line(
    file: Path, edits: list[tuple[float, int, bytes]], repair: bool
) -> None:
    for text, kind in ((COLUMN, ColumnReader), (MULTIHEAD, MultiheadReader)):
        file.write_bytes(slipped(text, edits))
        reader = kind(str(file), repair=repair)
        valid_or_refused(reader, file)
        assert all(told.where.startswith(f"{file}:") for told in reader.repairs)


@given(edits=SLIPS, name=st.sampled_from(sorted(NOTE)), repair=st.booleans())
@FUZZ
def test_slips_in_notes(file: Path, edits: list[tuple[float, int, bytes]], name: str, repair: bool) -> None:
    folder = file.with_name("notes")
    for part, text in NOTE.items():
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (folder / part).write_bytes(slipped(text, edits if part == name else []))
    valid_or_refused(I2b2Reader(str(folder), repair=repair), folder)


TAGGED = {
    "tokens": ["Ann", "Lee", "left", "Rome"],
    "tags": ["B-Peop", "L-Peop", "O", "U-Loc"],
    "relations": [{"head": 0, "tail": 1, "type": "Live_In"}],
}


@given(records=st.lists(spoiled(TAGGED) | VALUES, min_size=1, max_size=3), repair=st.booleans())
@FUZZ
def test_spoiled_records_with_tags(file: Path, records: list[Any], repair: bool) -> None:
    file.write_text(json.dumps(records), encoding="utf-8")
    valid_or_refused(BilouJsonReader(str(file), repair=repair), file)


SEMEVAL = (
    '1\t"<e1>Ann</e1> saw Bob in <e2>Rome</e2>."\nSeen-In(e1,e2)\nComment: no\n\n'
    '2\t"A pre<e1>fix</e1> of <e2>it</e2>"\nOther\nComment:\n'
)
ENDS = {"h": {"pos": [0, 2], "name": "Ann Lee", "id": "m1"}, "t": {"pos": [3, 4]}}
OPENNRE = {"token": ["Ann", "Lee", "left", "Rome"], **ENDS, "relation": "R", "page": [1]}
OPENNRE_TEXT = {"text": "Ann Lee left", "h": {"pos": [0, 7]}, "t": {"pos": [8, 12]}, "relation": "NA"}
TACRED = {
    "id": "a",
    "token": ["Ann", "saw", "Bob"],
    "relation": "R",
    "subj_type": "X",
    "obj_type": "Y",
    "subj_start": 0,
    "subj_end": 0,
    "obj_start": 1,
    "obj_end": 2,
    "stanford_head": [2, 0, 2],
}
SPO = {
    "tokens": ["Ann", "Lee", "saw", "Lee"],
    "spo_list": [["Ann Lee", "saw", "Lee"], ["Ann Lee", "R", "saw"]],
    "spo_details": [[0, 2, "X", "saw", 1, 2, "X"], [0, 2, "X", "R", 2, 3, "X"]],
}
LISTED = {"text": "Ann saw Cancun and Bob .", "triple_list": [["Ann", "saw", "Cancún"], ["Bob", "R", "Bob"]]}
MENTIONS = {
    "sentText": "Ann saw Rome .\r\n",
    "relationMentions": [{"em1Text": "Ann", "em2Text": "Rome", "label": "saw"}],
}


@given(edits=SLIPS, repair=st.booleans())
@FUZZ
def test_slips_in_marked_sentences(file: Path, edits: list[tuple[float, int, bytes]], repair: bool) -> None:
    file.write_bytes(slipped(SEMEVAL, edits))
    for doc in valid_or_refused(SemEval2010Reader(str(file), repair=repair), file):
        assert len(doc.entities) == 2
        assert answer(doc).split("\t")[1] == doc.meta.get("relation", "Other")


@given(
    records=st.lists(
        spoiled(OPENNRE) | spoiled(OPENNRE_TEXT) | spoiled(TACRED) | VALUES, min_size=1, max_size=3
    ),
    merge=st.booleans(),
    repair=st.booleans(),
)
@FUZZ
def test_spoiled_records_with_a_pair(file: Path, records: list[Any], merge: bool, repair: bool) -> None:
    file.write_text(json.dumps(records), encoding="utf-8")
    for kind in (OpenNREReader, TacredReader):
        valid_or_refused(kind(str(file), merge=merge, repair=repair), file)


@given(
    records=st.lists(spoiled(SPO) | spoiled(LISTED) | spoiled(MENTIONS) | VALUES, min_size=1, max_size=3),
    occurrence=st.sampled_from(["first", "apart"]),
    repair=st.booleans(),
)
@FUZZ
def test_spoiled_records_with_triples(file: Path, records: list[Any], occurrence: Any, repair: bool) -> None:
    file.write_text(json.dumps(records), encoding="utf-8")
    valid_or_refused(TriplesReader(str(file), occurrence=occurrence, repair=repair), file)


@given(
    text=st.text(alphabet="aB\u0301.,-' \t_\u4e00", max_size=12),
    cuts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=2),
    occurrence=st.sampled_from(["first", "apart"]),
)
@FUZZ
def test_names_cut_from_a_text(file: Path, text: str, cuts: list[tuple[int, int]], occurrence: Any) -> None:
    """A name that is found reads as it is written, blanks, accents and letter case aside."""
    names = [text[start:end] for start, end in cuts]
    records = [{"text": text, "triple_list": [[names[0], "R", names[1]]]}]
    file.write_text(json.dumps(records), encoding="utf-8")
    for doc in valid_or_refused(TriplesReader(str(file), occurrence=occurrence), file):
        found = {plain(doc.surface(entity)) for entity in doc.entities}
        assert found == {plain(name) for name in names}
        assert "".join("".join(doc.words).split()) == "".join(text.split())


def plain(text: str) -> str:
    return "".join(fold(text).split())


ENPAR = {
    "articleId": "a",
    "sentId": 2,
    "sentText": "Ann saw Rome .",
    "entityMentions": [
        {"emId": "E1", "text": "Ann", "offset": [0, 1], "label": "X"},
        {"emId": 2, "offset": [2, 3], "label": "Y"},
    ],
    "relationMentions": [{"em1Id": "E1", "em2Id": 2, "label": "saw"}],
    "wordpieceTokensIndex": [[1, 2], [2, 3], [3, 4], [4, 5]],
}


@given(records=st.lists(spoiled(ENPAR) | VALUES, min_size=1, max_size=3))
@FUZZ
def test_spoiled_records_with_mentions(file: Path, records: list[Any]) -> None:
    file.write_text(json.dumps(records), encoding="utf-8")
    valid_or_refused(EnparJsonReader(str(file)), file)


@given(data=spoiled(TYPES) | spoiled(Labels.from_json(TYPES).to_json()) | VALUES)
@FUZZ
def test_spoiled_types_files(file: Path, data: Any) -> None:
    file.write_text(json.dumps(data), encoding="utf-8")
    try:
        labels = load_types(file)
    except DataError as error:
        assert error.faults and all(fault.where.startswith(str(file)) for fault in error.faults)
        return
    assert labels.entities and labels.symmetric <= set(labels.relations)
    assert Labels.from_json(json.loads(json.dumps(labels.to_json()))) == labels


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5).filter(str.strip)


@st.composite
def annotated(draw: st.DrawFn) -> Doc:
    """A document over given words, with nested entities, several relations on a pair, and odd names."""
    words = draw(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1, max_size=6)
    )
    cuts = st.tuples(st.integers(0, len(words) - 1), st.integers(1, len(words))).filter(
        lambda cut: cut[0] < cut[1]
    )
    spans = draw(st.lists(st.tuples(cuts, NAMES), max_size=4, unique=True))
    pairs = [(a, b) for a in range(len(spans)) for b in range(len(spans)) if a != b]
    linked = (
        st.lists(st.tuples(st.sampled_from(pairs), NAMES), max_size=4, unique=True) if pairs else st.just([])
    )
    relations = [Relation(*pair, label) for pair, label in draw(linked)]
    return Doc(words, [Entity(*span, label) for span, label in spans], relations, id=draw(NAMES))


@given(docs=st.lists(annotated(), min_size=1, max_size=3))
@FUZZ
def test_documents_round_trip_through_both_forms(file: Path, docs: list[Doc]) -> None:
    file.write_text("".join(f"{to_line(doc)}\n" for doc in docs), encoding="utf-8", newline="\n")
    assert list(JsonlReader(str(file))) == docs
    sentences = [to_spert(doc) for doc in docs]
    file.write_text(json.dumps(sentences), encoding="utf-8")
    assert [to_spert(doc) for doc in SpertJsonReader(str(file))] == sentences


TASKED = task(*REGIONS, LINK)
BY_TOKENS = {**PRODIGY, "relations": [BY_TOKEN]}


@given(
    records=st.lists(
        spoiled(DOCCANO) | spoiled(PRODIGY) | spoiled(BY_TOKENS) | spoiled(TASKED) | spoiled(DYGIE) | VALUES,
        min_size=1,
        max_size=3,
    ),
    repair=st.booleans(),
)
@settings(FUZZ, max_examples=300)
def test_spoiled_records_of_annotation_tools(file: Path, records: list[Any], repair: bool) -> None:
    file.write_text(json.dumps(records), encoding="utf-8")
    valid_or_refused(DoccanoReader(str(file)), file)
    for kind in (ProdigyReader, LabelStudioReader, DygieReader):
        valid_or_refused(kind(str(file), repair=repair), file)


@given(
    record=spoiled(DOCCANO) | spoiled(PRODIGY) | spoiled(BY_TOKENS) | spoiled(TASKED) | spoiled(DYGIE),
)
@FUZZ
def test_spoiled_records_have_one_reader_at_most(file: Path, record: Any) -> None:
    file.write_text(json.dumps([record]), encoding="utf-8")
    try:
        open_data(str(file))
    except DataError as error:
        assert "several readers" not in str(error)


@given(edits=SLIPS, scheme=st.sampled_from(["BIO", "IOB1", "BIOES"]), repair=st.booleans())
@FUZZ
def test_slips_in_the_columns_of_conll(
    file: Path, edits: list[tuple[float, int, bytes]], scheme: Any, repair: bool
) -> None:
    file.write_bytes(slipped(TASK, edits))
    valid_or_refused(ConllReader(str(file), scheme=scheme, repair=repair), file)


@given(edits=SLIPS, of_text=st.booleans(), discontinuous=st.sampled_from(["refuse", "split", "cover"]))
@FUZZ
def test_slips_in_the_files_of_brat(
    tmp_path_factory: pytest.TempPathFactory,
    edits: list[tuple[float, int, bytes]],
    of_text: bool,
    discontinuous: Any,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "brat"
    folder.mkdir(exist_ok=True)
    notes = MIA + KIEL + LEFT
    (folder / "a.txt").write_bytes(slipped(BRAT, edits) if of_text else BRAT.encode())
    (folder / "a.ann").write_bytes(notes.encode() if of_text else slipped(notes, edits))
    valid_or_refused(BratReader(str(folder), discontinuous=discontinuous), folder)
