"""Read the corpora of a run: documents, labels and notices."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from jointre.config import Config, resolve
from jointre.counting import Counting, each
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.report import CorpusError, Report
from jointre.data.resplit import Edges, fitted, split_again, wordless
from jointre.data.validate import check_labels
from jointre.errors import DataError, Fault
from jointre.place import Place
from jointre.readers.base import Reader
from jointre.splitters.base import Splitter


@dataclass(frozen=True)
class Corpora:
    """The documents with symmetric relations in canonical order, the model's labels, and the notices of the readers."""

    train: Sequence[Doc]
    dev: Sequence[Doc]
    labels: Labels
    notices: list[str]


Facts = Mapping[str, Any]


class Keep(Protocol):
    """Keeps the documents that a step of reading a corpus yields, in memory or elsewhere."""

    def __call__(
        self, corpus: str, step: str, docs: Iterable[Doc], facts: Callable[[], Facts]
    ) -> tuple[Sequence[Doc], Facts]:
        """Return the documents, and JSON-ready facts about them.

        Args:
            corpus: name of the corpus.
            step: name of the step; the steps of a corpus have different names.
            docs: yields them; not asked for any if the result of the step is already known.
            facts: returns the facts, when all documents have been yielded.
        """


def in_memory(
    corpus: str, step: str, docs: Iterable[Doc], facts: Callable[[], Facts]
) -> tuple[Sequence[Doc], Facts]:
    """Keep documents as a list; see `Keep`."""
    return list(docs), facts()


STEPS = {"read": "reading", "prepared": "preparing", "segments": "segmenting"}


def counting_keep(keep: Keep, counting: Counting) -> Keep:
    """Return a `Keep` that keeps documents as ``keep`` does, and counts those of each step."""

    def kept(
        corpus: str, step: str, docs: Iterable[Doc], facts: Callable[[], Facts]
    ) -> tuple[Sequence[Doc], Facts]:
        with counting(f"{STEPS.get(step, step)} {corpus}") as advance:
            return keep(corpus, step, each(docs, advance), facts)

    return kept


def load_corpora(config: Config, keep: Keep = in_memory) -> Corpora:
    """Read train and dev and determine the labels.

    ``keep`` decides where the documents are kept.

    Raises:
        CorpusError: the corpora cannot be used for training, with all faults of both.
    """
    every: Mapping[str, Reader] = resolve(config, "corpora")
    readers = {name: every[name] for name in ("train", "dev") if name == "train" or name in every}
    return read_corpora(readers, resolve(config, "splitter"), config["training.edges_inside_words"], keep)


def read_corpora(
    readers: Mapping[str, Reader], splitter: Splitter, edges: Edges, keep: Keep = in_memory
) -> Corpora:
    """Return the corpora of the readers ``train`` and, if present, ``dev``, with the errors of `load_corpora`.

    Args:
        readers: by name.
        splitter: makes the words and sentences of documents for which the corpus gives none.
        edges: what happens in ``train`` to an entity that begins or ends inside a word; see `fitted`.
        keep: decides where the documents are kept.
    """
    docs, labels, notices = _read_all(readers, splitter, keep)
    canonical = dict(docs)
    facts = dict[str, Facts]()
    for name, part in docs.items():
        canonical[name], facts[name] = _prepared(name, part, labels, edges, keep)
        notices += facts[name]["notices"]
    notices += wordless(docs.get("dev", ()))
    notices += [notice for name, part in canonical.items() for notice in unannotated(name, part, labels)]
    for name in docs:
        if twice := facts[name]["twice"]:
            notices.append(f"{name}: {twice} symmetric relations in both directions, kept once")
    return Corpora(canonical["train"], canonical.get("dev", []), labels, notices)


def _prepared(
    name: str, docs: Sequence[Doc], labels: Labels, edges: Edges, keep: Keep
) -> tuple[Sequence[Doc], Facts]:
    """Return a corpus with whole words as entities (train) and symmetric relations in canonical order.

    The facts are ``notices``, and how many symmetric relations were given in both directions (``twice``).
    """
    report, twice = Report(), 0
    inside = name == "train" and any(entity.chars is not None for doc in docs for entity in doc.entities)
    if not (inside or labels.symmetric):
        return docs, {"notices": [], "twice": 0}

    def changed() -> Iterator[Doc]:
        nonlocal twice
        for doc in fitted(docs, edges, report) if inside else docs:
            canonical = labels.canonical(doc)
            twice += len(doc.relations) - len(canonical.relations)
            yield canonical
        report.raise_faults("the corpora cannot be used for training")

    return keep(name, "prepared", changed(), lambda: {"notices": report.notices, "twice": twice})


def read_all(
    readers: Mapping[str, Reader], splitter: Splitter, keep: Keep = in_memory
) -> tuple[dict[str, Sequence[Doc]], Labels]:
    """Return the documents of every corpus, without those that have no words, and the labels.

    Words and sentences that a corpus does not give are made by ``splitter``; ``keep`` decides where documents are kept.

    The labels come from the types file of the training corpus or, without one, from its documents.

    Raises:
        CorpusError: with the faults of all corpora.
    """
    docs, labels, _ = _read_all(readers, splitter, keep)
    return docs, labels


def _read_all(
    readers: Mapping[str, Reader], splitter: Splitter, keep: Keep
) -> tuple[dict[str, Sequence[Doc]], Labels, list[str]]:
    """Return what `read_all` returns, and the notices of the readers."""
    docs: dict[str, Sequence[Doc]] = {}
    faults: list[Fault] = []
    notices: list[str] = []
    for name, reader in readers.items():
        said = _notices_of(reader)
        try:
            docs[name], facts = keep(name, "read", _with_words(reader, splitter), said)
            notices += facts["notices"]
        except DataError as error:
            faults += _placed(error, name)
    if faults:
        raise CorpusError("the corpora cannot be used", list(dict.fromkeys(faults)))
    labels = readers["train"].labels() or Labels.from_docs(docs["train"])
    remedy = "give a corpus with at least one sentence"
    faults = [Fault("no document has a word", f"corpora.{name}", remedy) for name in docs if not docs[name]]
    if labels.entities:
        faults += [fault for name, part in docs.items() for fault in check_labels(part, labels, name)]
    elif docs["train"]:
        remedy = "annotate it (jointre docs data-formats), or name the types: --paths.types FILE"
        faults.append(Fault("no document has an annotated entity", "corpora.train", remedy))
    if faults:
        raise CorpusError("the corpora cannot be used for training", _with_types(faults, readers))
    return docs, labels, notices


def _notices_of(reader: Reader) -> Callable[[], Facts]:
    return lambda: {"notices": list(getattr(reader, "notices", []))}


def _placed(error: DataError, name: str) -> list[Fault]:
    """Return the faults of a corpus; those without a place of their own get the title of the error and the corpus."""
    place = Place(f"corpora.{name}")
    if not error.faults:
        return [Fault(error.title, place)]
    return [
        fault if fault.place else Fault(f"{error.title}: {fault.what}", place, fault.remedy)
        for fault in error.faults
    ]


def _with_types(faults: list[Fault], readers: Mapping[str, Reader]) -> list[Fault]:
    """Return the faults; if dev has types that train lacks and there is no types file, add how to declare them."""
    if readers["train"].labels() is not None or not any("is not among the labels" in f.what for f in faults):
        return faults
    what = "without a types file the types are those of train"
    remedy = "if these types are right: jointre init labels TRAIN DEV --output types.json, and --paths.types types.json"
    return [*faults, Fault(what, "paths.types", remedy)]


def read_for(labels: Labels, reader: Reader, name: str, splitter: Splitter | None) -> list[Doc]:
    """Return the documents of a corpus to score a model on, with symmetric relations in canonical order.

    ``splitter`` is that of the model; see `read`.

    Raises:
        DataError: the corpus has no document, or has types that the model does not know, with all faults.
    """
    docs = read(reader, splitter)
    faults = check_labels(docs, labels, name)
    if faults:
        remedy = "rename the types in the corpus, or train with them: see jointre init labels --help"
        faults.append(Fault("a model predicts only the types that it was trained with", name, remedy))
    if not docs:
        faults.append(Fault("the corpus has no document", name))
    if faults:
        raise DataError(f"{name} cannot be scored", faults)
    return [labels.canonical(doc) for doc in docs]


def unannotated(name: str, docs: Sequence[Doc], labels: Labels) -> list[str]:
    """Return a notice if no document of a corpus has an entity, or else if none has a relation.

    A corpus other than train needs no relations if ``labels`` have none.
    """
    has_entities = any(doc.entities for doc in docs)
    entities_only = has_entities and name != "train" and not labels.relations
    if not docs or entities_only or any(doc.relations for doc in docs):
        return []
    what = "relation" if has_entities else "entity"
    effect = f"the model learns no {what}" if name == "train" else f"its {what} scores are meaningless"
    remedy = "if it should have some, compare its keys with: jointre docs data-formats"
    return [f"{name}: no document has an annotated {what}, so {effect}; {remedy}"]


def read(reader: Reader, splitter: Splitter | None) -> list[Doc]:
    """Return all documents of a reader that have words.

    ``splitter`` makes the words and sentences that the corpus does not give.
    """
    return list(_with_words(reader, splitter))


def _with_words(reader: Reader, splitter: Splitter | None) -> Iterator[Doc]:
    return (split_again(doc, splitter) for doc in reader if doc.words)


def unseen(docs: Sequence[Doc], other: Reader, name: str, splitter: Splitter | None) -> list[int]:
    """Return the rows of the documents that do not occur in another corpus with the same words.

    Args:
        docs: the documents.
        other: reads the other corpus; its annotation plays no role.
        name: of the other corpus, for messages.
        splitter: see `read`.

    Raises:
        DataError: the other corpus cannot be read, or no document is left.
    """
    seen = {tuple(doc.words) for doc in read(other, splitter)}
    rows = [row for row, doc in enumerate(docs) if tuple(doc.words) not in seen]
    if docs and not rows:
        raise DataError("nothing is left to score", [Fault("it contains every document", name)])
    return rows
