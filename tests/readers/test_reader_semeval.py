"""SemEval-2010 Task 8: the organisers' text files."""

from collections import Counter
from pathlib import Path

import pytest
from public_corpora import public, sizes

from jointre.data.doc import Relation
from jointre.errors import DataError
from jointre.readers.semeval import SemEval2010Reader, answer

BLOCKS = """8001\t"The <e1>rain</e1> caused "great" <e2>floods</e2>."
Cause-Effect(e1,e2)
Comment: Not a proof.

8002\t"A pre<e1>fix</e1> of some <e2>old words</e2>."
Component-Whole(e2,e1)
Comment:

8003\t"<e1>Ann</e1> saw <e2>Bob</e2>."
Other
Comment:
"""


def reader(folder: Path, text: str, **options: bool) -> SemEval2010Reader:
    path = folder / "a.txt"
    path.write_bytes(text.encode())
    return SemEval2010Reader(str(path), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("first", ["", "\ufeff"])
def test_direction_and_no_relation(tmp_path: Path, end: str, first: str) -> None:
    docs = list(reader(tmp_path, first + BLOCKS.replace("\n", end)))
    assert [doc.id for doc in docs] == ["8001", "8002", "8003"]
    assert docs[0].text == 'The rain caused "great" floods.'
    assert docs[0].words == ["The", "rain", "caused", '"', "great", '"', "floods", "."]
    surfaces = [[(doc.surface(e), e.label) for e in doc.entities] for doc in docs]
    assert surfaces[:2] == [
        [("rain", "Entity"), ("floods", "Entity")],
        [("fix", "Entity"), ("old words", "Entity")],
    ]
    assert [doc.relations for doc in docs] == [
        [Relation(0, 1, "Cause-Effect")],
        [Relation(1, 0, "Component-Whole")],
        [],
    ]
    assert docs[0].meta == {"number": 8001, "relation": "Cause-Effect(e1,e2)", "comment": "Not a proof."}


AGAIN = """8004\t"<e1>Rain</e1> caused <e2>floods</e2> and fires."
Cause-Effect(e1,e2)
Comment:

8005\t"Rain caused <e1>floods</e1> and <e2>fires</e2>."
Other
Comment:

8006\t"<e1>Rain</e1> caused floods and <e2>fires</e2>."
Cause-Effect(e2,e1)
Comment:
"""


def test_equal_sentences_are_merged_on_request(tmp_path: Path) -> None:
    assert [len(doc.relations) for doc in reader(tmp_path, AGAIN + BLOCKS)] == [1, 0, 1, 1, 1, 0]
    read = reader(tmp_path, AGAIN + BLOCKS, merge=True)
    first, *others = list(read)
    assert [doc.id for doc in (first, *others)] == ["8004", "8001", "8002", "8003"]
    assert [first.surface(entity) for entity in first.entities] == ["Rain", "floods", "fires"]
    assert first.relations == [Relation(0, 1, "Cause-Effect"), Relation(2, 0, "Cause-Effect")]
    assert others == list(reader(tmp_path, BLOCKS))
    assert read.notices[0].startswith("sentences that occur again, merged: 2 (first in ")


def test_the_labels_as_published(tmp_path: Path) -> None:
    docs = list(reader(tmp_path, BLOCKS, directed_labels=True))
    assert [doc.relations for doc in docs] == [
        [Relation(0, 1, "Cause-Effect(e1,e2)")],
        [Relation(0, 1, "Component-Whole(e2,e1)")],
        [Relation(0, 1, "Other")],
    ]
    with pytest.raises(DataError, match="neither Other nor a relation"):
        list(reader(tmp_path, BLOCKS.replace("(e1,e2)", ""), directed_labels=True))


def test_a_mark_inside_a_word_does_not_cut_it(tmp_path: Path) -> None:
    read = reader(tmp_path, BLOCKS)
    doc = list(read)[1]
    assert doc.words[:2] == ["A", "prefix"]
    assert [doc.surface(entity) for entity in doc.entities if entity.chars is not None] == ["fix"]
    assert read.notices == []


def test_the_answer_file(tmp_path: Path) -> None:
    docs = list(reader(tmp_path, BLOCKS))
    assert [answer(doc) for doc in docs] == [
        "8001\tCause-Effect(e1,e2)",
        "8002\tComponent-Whole(e2,e1)",
        "8003\tOther",
    ]
    docs[2].relations = [Relation(0, 1, "R", 0.2), Relation(1, 0, "S", 0.9)]
    assert answer(docs[2]) == "8003\tS(e2,e1)"


def test_a_file_without_labels(tmp_path: Path) -> None:
    read = reader(tmp_path, "".join(line for line in BLOCKS.splitlines(True) if line[0] == "8"))
    assert [(len(doc.entities), doc.relations, doc.meta) for doc in read] == [
        (2, [], {"number": number}) for number in (8001, 8002, 8003)
    ]
    assert read.notices[0].startswith("sentences without a label, read without a relation: 3")


FAULTY = """Other
1\t"<e1>a</e1> and b"
Other
2\t"<e1>a <e2>b</e1> c</e2>"
Other
3\t"<e1></e1> <e2>b</e2>"
Other
4\t<e1>a</e1> <e2>b</e2>
Other
5\t"<e1>a</e1> <e2>b</e2>"
Cause-Effect
6\t"<e1>a</e1> <e2>b</e2>"
Cause-Effect(e1,e1)
Other
7\t"<e1>a</e1> <e2>b</e2>"
8\t"<e2>a</e2> <e1>b</e1>"
Other(e1,e2)
9\t"<e1>a</e1> <e2>b</e2>"
Cause-Effect(e1,e2)
"""
TOLD = [
    (1, "before the first sentence"),
    (2, "the marks are <e1> </e1>, not"),
    (4, "the marks are <e1> <e2> </e1> </e2>, not"),
    (6, "is empty"),
    (8, "double quotes"),
    (11, "'Cause-Effect' is neither Other"),
    (13, "'Cause-Effect(e1,e1)' is neither Other"),
    (14, "a line too many"),
    (15, "has no label"),
    (16, "the marks are <e2> </e2> <e1> </e1>, not"),
    (17, "'Other(e1,e2)' is neither Other"),
]


def test_faults_name_the_line_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, FAULTY))
    faults = sorted((int(f.where.rsplit(":", 1)[1]), f.what) for f in error.value.faults)
    assert [line for line, _ in faults] == [line for line, _ in TOLD]
    for (_, what), (_, part) in zip(faults, TOLD, strict=True):
        assert part in what


def test_repair_leaves_out_invalid_records(tmp_path: Path) -> None:
    lines = FAULTY.splitlines(True)
    read = reader(tmp_path, "".join([*lines[1:13], *lines[14:]]), repair=True)
    assert [doc.id for doc in read] == ["9"]
    assert len(read.repairs) == 9
    assert all("left out" in str(repair) for repair in read.repairs)
    with pytest.raises(DataError, match="no sentences"):
        list(reader(tmp_path, "\n", repair=True))


NAMES = [
    "Cause-Effect",
    "Component-Whole",
    "Entity-Destination",
    "Product-Producer",
    "Entity-Origin",
    "Member-Collection",
    "Message-Topic",
    "Content-Container",
    "Instrument-Agency",
]
COUNTS = {  # sentences, relations by name in the order of the data page, words that one of the entities is inside of
    "TRAIN_FILE.TXT": (8000, [1003, 941, 845, 717, 716, 690, 634, 540, 504], 5),
    "TEST_FILE_FULL.TXT": (2717, [328, 312, 292, 231, 258, 233, 261, 192, 156], 2),
}


@pytest.mark.parametrize("name", COUNTS)
def test_published_counts(name: str) -> None:
    path = public(f"semeval2010_task8/{name}")
    read = SemEval2010Reader(path)
    docs = list(read)
    size, relations, cut = COUNTS[name]
    assert (sizes(docs)[0], sizes(docs)[2], sizes(docs)[3]) == (size, 2 * size, sum(relations))
    count = Counter(r.label for doc in docs for r in doc.relations)
    assert [count[name] for name in NAMES] == relations
    assert sum(any(entity.chars is not None for entity in doc.entities) for doc in docs) == cut
    assert [answer(doc) for doc in docs] == [f"{doc.id}\t{doc.meta['relation']}" for doc in docs]


@pytest.mark.parametrize("name, again", [("TRAIN_FILE.TXT", 25), ("TEST_FILE_FULL.TXT", 3)])
def test_published_sentences_that_occur_twice(name: str, again: int) -> None:
    read = SemEval2010Reader(public(f"semeval2010_task8/{name}"), merge=True, directed_labels=True)
    docs = list(read)
    assert len(docs) == COUNTS[name][0] - again
    assert sum(len(doc.relations) for doc in docs) == COUNTS[name][0]
    assert len({r.label for doc in docs for r in doc.relations}) == 19


def test_the_answers_agree_with_the_key() -> None:
    docs = SemEval2010Reader(public("semeval2010_task8/TEST_FILE_FULL.TXT"))
    key = Path(public("semeval2010_task8/TEST_FILE_KEY.TXT")).read_text(encoding="utf-8").splitlines()
    assert [answer(doc).split("(")[0] for doc in docs] == key
    clean = list(SemEval2010Reader(public("semeval2010_task8/TEST_FILE_CLEAN.TXT")))
    assert [(d.words, d.entities) for d in clean] == [(d.words, d.entities) for d in docs]
