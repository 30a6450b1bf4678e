"""Every writer on many random documents: what comes back is what went in, minus what was reported."""

from pathlib import Path
from random import Random

import pytest

from jointre.data.doc import Doc, Entity, Relation
from jointre.data.raw_text import doc_from_text
from jointre.registry import registry
from jointre.testing.writers import check_round_trip
from jointre.writers.named import NamedWriter

PIECES = (
    *("Ann", "Lee", "U.S.", "3.5", "post-war", "it's", "\u00e9", "e\u0301", "\u200b", "\u00ad", "\ufeff"),
    *("\u674e", "\u96f7", "\u0e17\u0e35\u0e48", "\U0001f469\u200d\U0001f467", "\u05e9\u05dc", "\\", "\x1f"),
    *("-DOCSTART-", "O", "B-Per", "[", "]", "\u2028", ".", ",", "<e1>", "0", "@value", "\x00", "\x85"),
    *('"', "'", "#doc", "#"),
)
BETWEEN = (" ", " ", " ", "", "\n", "\u3000", "\t", "\r\n", "  ")
ODD_WORDS = ("", " ", "a b", "a\tb", "\n", " x ", "\u00a0", "\t", "a\rb")
LABELS = (
    "Per",
    "Loc",
    "Per son",
    "it's",
    "a\"b'c",
    "a-b",
    "O",
    "N",
    "NA",
    "no_relation",
    "\u4eba",
    "x\ty",
    "Entity",
)


def random_doc(random: Random, number: int) -> Doc:
    """A document with nested, overlapping and equal spans, several relations on a pair, and perhaps sentences."""
    words, size = [], random.choice((0, 1, 3, 6, 12))
    for _ in range(size):
        words.append(random.choice(PIECES))
    entities, relations = [], []
    if random.random() < 0.5:
        text = "".join(word + random.choice(BETWEEN) for word in words)
        visible = [i for i, char in enumerate(text) if not char.isspace()]
        for _ in range(random.randrange(6) if visible else 0):
            start, end = sorted((random.choice(visible), random.choice(visible)))
            entities.append(Entity(start, end + 1, random.choice(LABELS)))
        entities = list(dict.fromkeys(entities))
        given = [(i, i + 1) for i in visible] if random.random() < 0.3 else None
        doc = doc_from_text(text, entities, words=given)
    else:
        words = [random.choice(ODD_WORDS) if random.random() < 0.1 else word for word in words]
        for _ in range(random.randrange(6) if words else 0):
            start = random.randrange(size)
            entities.append(
                Entity(start, random.randint(start + 1, min(size, start + 3)), random.choice(LABELS))
            )
        doc = Doc(words, list(dict.fromkeys(entities)))
    if len(doc.entities) > 1:
        for _ in range(random.randrange(6)):
            head, tail = random.sample(range(len(doc.entities)), 2)
            relations.append(Relation(head, tail, random.choice(LABELS)))
    doc.relations = list(dict.fromkeys(relations))
    doc.id = random.choice((f"doc {number}", f"a/b:{number}", f"{number}\t"))
    if random.random() < 0.3:
        doc.meta = {"source": "web", "n": 3, random.choice(("text", "tokens", "h", "answer", "relations")): 1}
    if random.random() < 0.6 and doc.words:
        cuts = sorted(random.sample(range(1, len(doc.words)), min(2, len(doc.words) - 1)))
        doc.sentences = list(zip([0, *cuts], [*cuts, len(doc.words)], strict=True))
    return doc


def arguments() -> list[str]:
    """Each writer as it is, and with its other arguments."""
    names = [name for name in registry.writers.names() if registry.writers.package(name) == "jointre"]
    more = ["conll:scheme=BIOES", "conll:level=document", "column:scheme=BIO", "bilou_json:scheme=BIEOU"]
    more += ["spert:level=document", "opennre:negatives=true", "tacred:negatives=true,level=document"]
    more += ["triples:form=relation_list", "triples:form=spo_list", "triples_csv:delimiter=;"]
    return [*names, *more]


@pytest.mark.parametrize("name", arguments())
def test_what_comes_back_is_what_went_in_minus_what_was_reported(name: str, tmp_path: Path) -> None:
    random = Random(name)
    for batch in range(3):
        docs = [random_doc(random, number) for number in range(60)]
        writer = NamedWriter.parse(name).make()
        report = check_round_trip(writer, docs, tmp_path / f"{batch}{writer.ending}")
        assert sum(len(doc.entities) for doc in docs) > report.lost["entities"]
