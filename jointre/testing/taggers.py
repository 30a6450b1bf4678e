"""The contract of taggers."""

import json
from dataclasses import replace

from jointre.data.raw_text import doc_from_text
from jointre.taggers.base import Tagger
from jointre.testing.asserts import expect, named

TEXTS = ("Anna Berg works for Acme Corp in Oslo.", "It rains again today.", "Clara knows David.")


def check_tagger(tagger: Tagger) -> None:
    """Check that documents keep their order, text, id and meta, that entities are of the declared types, within the
    words and always the same, and that there are no relations.
    """
    what = named(tagger)
    names = [isinstance(label, str) and bool(label) for label in tagger.labels]
    expect(isinstance(tagger.labels, tuple) and all(names), f"{what}.labels is not a tuple of types")
    expect(json.loads(json.dumps(tagger.identity)) is not None, f"{what}.identity is not JSON")
    docs = [replace(doc_from_text(text, []), id=f"toy-{n}", meta={"n": n}) for n, text in enumerate(TEXTS)]
    found = list(tagger.tag(iter(docs)))
    expect(len(found) == len(docs), f"{what}.tag does not return each document or None, in order")
    expect(list(tagger.tag(iter(docs))) == found, f"{what}.tag returns something else the second time")
    expect(not any(doc.entities for doc in docs), f"{what}.tag changes its documents")
    for given, doc in zip(docs, found, strict=True):
        if doc is None:
            continue
        same = (doc.text, doc.id, doc.meta) == (given.text, given.id, given.meta)
        expect(same, f"{what}.tag changes the text, id or meta of {given.id}")
        expect(not doc.relations, f"{what}.tag returns relations")
        for entity in doc.entities:
            inside = 0 <= entity.start < entity.end <= len(doc.words)
            expect(inside, f"{what}: {entity} is outside the words of {given.id}")
            expect(entity.label in tagger.labels, f"{what}: {entity.label!r} is not in labels")
