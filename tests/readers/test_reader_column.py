"""The column format of Giorgi et al., the tags that it shares with other formats, and the ADE file in this format."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from public_corpora import by_characters, public, sizes

from jointre.data.doc import Entity, Relation
from jointre.data.tags import PREFIXES, Scheme, TagSpace
from jointre.errors import DataError
from jointre.readers.base_tagged import breaks, check_tag
from jointre.readers.column import ColumnReader
from jointre.readers.spert_json import SpertJsonReader

WORDS = [("Ann", "B-Peop"), ("Lee", "E-Peop"), ("left", "O"), ("Rome", "S-Loc")]


def block(*words: tuple[str, str], number: int = 0) -> str:
    return "".join(f"{number}\t{tag}\t{i}\tO\tO\t{word}\tO\tO\tO\n" for i, (word, tag) in enumerate(words))


def reader(folder: Path, text: str, **options: object) -> ColumnReader:
    path = folder / "a.tsv"
    path.write_bytes(text.encode())
    return ColumnReader(str(path), **options)  # type: ignore[arg-type]


SENTENCE = block(*WORDS) + "\n1\t3\tLive_In\n\n"


def test_a_sentence(tmp_path: Path) -> None:
    read = reader(tmp_path, SENTENCE)
    (doc,) = read
    assert doc.words == ["Ann", "Lee", "left", "Rome"]
    assert doc.entities == [Entity(0, 2, "Peop"), Entity(3, 4, "Loc")]
    assert doc.relations == [Relation(0, 1, "Live_In")]
    assert (doc.id, str(doc.where)) == ("0", f"{tmp_path / 'a.tsv'}:1")
    assert read.notices == [] and read.labels() is None


BARE = block(("Rain", "O"), number=1) + "\n\n"


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE + BARE,
        (SENTENCE + BARE).rstrip("\n"),
        (SENTENCE + BARE).replace("\n", "\r\n"),
        "\ufeff" + SENTENCE + BARE,
        "\n\n" + SENTENCE + "\n\n\n" + BARE + "\n\n\n",
        SENTENCE.replace("\n\n", "\n") + BARE,
        SENTENCE.replace("Live_In\n\n", "Live_In\n") + BARE,
    ],
)
def test_blank_lines_and_line_ends_do_not_matter(tmp_path: Path, text: str) -> None:
    docs = list(reader(tmp_path, text))
    assert [(doc.id, len(doc.words), len(doc.relations)) for doc in docs] == [("0", 4, 1), ("1", 1, 0)]


def test_tags_that_do_not_fit_are_read_and_reported_by_line(tmp_path: Path) -> None:
    text = block(("a", "B-X"), ("b", "E-Y"), ("c", "O"), ("d", "I-X"), ("e", "B-X")) + "\n0\t1\tR\n"
    read = reader(tmp_path, text)
    (doc,) = read
    assert [(e.start, e.end, e.label) for e in doc.entities] == [
        (0, 1, "X"),
        (1, 2, "Y"),
        (3, 4, "X"),
        (4, 5, "X"),
    ]
    assert doc.relations == [Relation(0, 1, "R")], "the rest of the first entity ends where it is cut"
    (notice,) = read.notices
    assert notice.endswith(f": 4 (in {tmp_path / 'a.tsv'}:2, 4, 5, 5)")
    told = [str(repair).rsplit(": ", 1)[1] for repair in read.repairs]
    assert told == [
        "E-Y follows B-X",
        "I-X follows O",
        "B-X follows I-X",
        "the sentence ends after B-X",
    ]


def test_relations_to_words_that_do_not_end_an_entity(tmp_path: Path) -> None:
    links = ["0\t3\tInside", "2\t3\tLoose", "0\t1\tItself", "1\t3\tInside", "3\t1\tFine"]
    read = reader(tmp_path, block(*WORDS) + "\n" + "\n".join(links))
    (doc,) = read
    assert doc.relations == [Relation(0, 1, "Inside"), Relation(1, 0, "Fine")]
    found = {notice.split(": ")[0]: notice.rsplit(":", 1)[1] for notice in read.notices}
    assert found == {
        "relations to a word inside an entity, moved to the entity": "6, 8)",
        "relations to a word outside all entities, left out": "7)",
        "relations of an entity to itself, left out": "8)",
        "duplicate relations, kept once": "9)",
    }


def test_without_repair_all_is_refused_at_once(tmp_path: Path) -> None:
    text = block(("a", "B-X"), ("b", "E-Y"), ("c", "O")) + "\n2\t1\tR\n\n" + block(("a", "I-X"))
    read = reader(tmp_path, text, repair=False)
    with pytest.raises(DataError) as error:
        list(read)
    assert [fault.where.rsplit(":", 1)[1] for fault in error.value.faults] == ["2", "5", "7", "7"]
    assert all("repair = true" in fault.remedy for fault in error.value.faults)


def test_sentences_with_overwritten_entities_can_be_left_out(tmp_path: Path) -> None:
    cut = block(("a", "B-X"), ("b", "E-Y")) + "\n0\t1\tR\n\n"
    unclosed = block(("a", "B-X"), ("b", "O"), number=1) + "\n\n"
    read = reader(tmp_path, cut + unclosed, overlapping="drop_sentence")
    assert [doc.id for doc in read] == ["1"]
    assert [repair.where.rsplit(":", 1)[1] for repair in read.repairs] == ["1", "7"]
    with pytest.raises(ValueError, match="drop_sentence"):
        reader(tmp_path, cut, overlapping="drop")


def test_faults_name_the_line(tmp_path: Path) -> None:
    lines = [
        "0\t1\tEarly",
        block(("a", "L-X"), ("b", "B-"), ("c", "X")).rstrip("\n"),
        "five\tcolumns\tare\tnot\tright",
        "0\tx\tR",
        "0\t3\tR",
        "0\t1\t",
        "",
        "1\tO\t7\tO\tO\tword\tO\tO\tO",
        "1\tO\t8\tO\tO\tword\tO\tO\tO",
    ]
    with pytest.raises(DataError) as error:
        list(reader(tmp_path, "\n".join(lines)))
    found = {int(fault.where.rsplit(":", 1)[1]): str(fault) for fault in error.value.faults}
    assert sorted(found) == [1, 2, 3, 4, 5, 6, 7, 8, 10]
    assert "before any sentence" in found[1]
    assert "B-TYPE, I-TYPE, E-TYPE, S-TYPE and O" in found[2]
    assert "5 columns" in found[5] and "a relation 3" in found[5]
    assert "word 3, the sentence has 3" in found[7]
    assert "is '7', not 0" in found[10]
    with pytest.raises(DataError, match="no sentences"):
        list(reader(tmp_path, "\n \n"))


def test_unknown_types_are_reported_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "types.json").write_text('{"entities": ["Peop"], "relations": []}', encoding="utf-8")
    read = reader(tmp_path, SENTENCE, types=str(tmp_path / "types.json"))
    with pytest.raises(DataError) as error:
        list(read)
    assert [fault.where.rsplit(":", 1)[1] for fault in error.value.faults] == ["4", "6"]


@given(
    scheme=st.sampled_from(sorted(PREFIXES)),
    runs=st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["P", "P-Q"]), st.booleans()), max_size=6),
)
def test_tags_of_entities_fit_in_every_scheme(scheme: Scheme, runs: list[tuple[int, str, bool]]) -> None:
    space, end, spans = TagSpace(scheme, ("P", "P-Q")), 0, []
    for size, label, gap in runs:
        spans.append((end + gap, end + gap + size, 1 + (label == "P-Q")))
        end += gap + size
    tags = [space.names[tag] for tag in space.encode(spans, end)]
    assert breaks(tags, scheme) == []
    assert [fault for tag in tags for fault in check_tag(tag, scheme, "here")] == []


@given(
    scheme=st.sampled_from(sorted(PREFIXES)),
    ids=st.lists(st.integers(0, 4), min_size=1, max_size=6),
)
def test_a_break_is_what_the_scheme_does_not_allow(scheme: Scheme, ids: list[int]) -> None:
    space = TagSpace(scheme, ("P", "Q"))
    allowed = space.transitions()
    between = sum(not allowed.between[pair] for pair in pairwise(ids))
    outside = int(not allowed.first[ids[0]]) + int(not allowed.last[ids[-1]])
    assert len(breaks([space.names[i] for i in ids], scheme)) == between + outside


def test_the_ade_file() -> None:
    """Counts of the data page; what they leave open: 5 entities without an end, 4 relations that stand twice."""
    read = ColumnReader(public("ade/bioes_full.tsv"))
    docs = list(read)
    assert sizes(docs) == (4215, 91043, 10648 + 5, 6682 - 4)
    assert Counter(e.label for doc in docs for e in doc.entities) == {"AE": 5674, "DRUG": 4974 + 5}
    ends = Counter(
        tuple(doc.entities[end].label for end in (r.head, r.tail)) for doc in docs for r in doc.relations
    )
    assert ends == {("DRUG", "AE"): 6676, ("DRUG", "DRUG"): 2}
    assert max(len(doc.relations) for doc in docs) == 24
    assert max(len(doc.words) for doc in docs) == 97
    broken, twice = read.notices
    assert broken.endswith("bioes_full.tsv:3288, 6408, 76688, 80730, 102343)")
    assert twice.endswith("bioes_full.tsv:32398, 66238, 66411, 85357)")


def test_the_ade_file_without_overwritten_entities() -> None:
    assert sizes(list(ColumnReader(public("ade/bioes_full.tsv"), overlapping="drop_sentence")))[0] == 4210


def test_the_ade_file_is_the_full_corpus_without_contained_arguments() -> None:
    """The same sentences in the same order; entities and relations differ in nine, each with a known reason."""
    full = SpertJsonReader(public("ade/ade_full.json"), overlapping="drop_contained", repeated="drop")
    ours, names = list(full), {"DRUG": "Drug", "AE": "Adverse-Effect"}
    column = list(ColumnReader(public("ade/bioes_full.tsv")))
    assert sizes(ours) == (4215, 89740, 10656, 6681)
    assert ["".join(doc.words).lower() for doc in ours] == ["".join(doc.words).lower() for doc in column]
    differ = []
    for theirs, doc in zip(column, ours, strict=True):
        found, expected = by_characters(theirs, names), by_characters(doc)
        backward = {(tail[:2], head[:2]) for head, tail, _ in expected[1]}
        if found[0] != expected[0] or {(head[:2], tail[:2]) for head, tail, _ in found[1]} != backward:
            differ.append(theirs.id)
    overwritten = ["124", "246", "3031", "3218", "3808", "4074"]
    second_mention_lost = ["1257", "2595", "3406"]
    assert differ == sorted(overwritten + second_mention_lost, key=int)
