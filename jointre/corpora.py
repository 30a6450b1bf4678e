"""Read the corpora of a run: documents, labels and notices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jointre.config import Config, resolve
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.report import CorpusError, Report
from jointre.data.resplit import Edges, fit_words, split_again, wordless
from jointre.data.validate import check_labels
from jointre.errors import DataError, Fault
from jointre.place import Place
from jointre.readers.base import Reader
from jointre.splitters.base import Splitter


@dataclass(frozen=True)
class Corpora:
    """The documents with symmetric relations in canonical order, the model's labels, and the notices of the readers."""

    train: list[Doc]
    dev: list[Doc]
    labels: Labels
    notices: list[str]


def load_corpora(config: Config) -> Corpora:
    """Read train and dev and determine the labels.

    Raises:
        CorpusError: the corpora cannot be used for training, with all faults of both.
    """
    every: Mapping[str, Reader] = resolve(config, "corpora")
    readers = {name: every[name] for name in ("train", "dev") if name == "train" or name in every}
    return read_corpora(readers, resolve(config, "splitter"), config["training.edges_inside_words"])


def read_corpora(readers: Mapping[str, Reader], splitter: Splitter, edges: Edges) -> Corpora:
    """Return the corpora of the readers ``train`` and, if present, ``dev``, with the errors of `load_corpora`.

    Args:
        readers: by name.
        splitter: makes the words and sentences of documents for which the corpus gives none.
        edges: what happens in ``train`` to an entity that begins or ends inside a word; see `fit_words`.
    """
    docs, labels = read_all(readers, splitter)
    report = Report()
    docs["train"] = fit_words(docs["train"], edges, report)
    report.raise_faults("the corpora cannot be used for training")
    canonical = {name: [labels.canonical(doc) for doc in part] for name, part in docs.items()}
    notices = [notice for name in docs for notice in getattr(readers[name], "notices", [])]
    notices += [*report.notices, *wordless(docs.get("dev", ()))]
    notices += [notice for name, part in docs.items() for notice in unannotated(name, part, labels)]
    for name, part in docs.items():
        given, kept = (sum(len(doc.relations) for doc in some) for some in (part, canonical[name]))
        if kept < given:
            notices.append(f"{name}: {given - kept} symmetric relations in both directions, kept once")
    return Corpora(canonical["train"], canonical.get("dev", []), labels, notices)


def read_all(readers: Mapping[str, Reader], splitter: Splitter) -> tuple[dict[str, list[Doc]], Labels]:
    """Return the documents of every corpus, without those that have no words, and the labels.

    Words and sentences that a corpus does not give are made by ``splitter``.

    The labels come from the types file of the training corpus or, without one, from its documents.

    Raises:
        CorpusError: with the faults of all corpora.
    """
    docs: dict[str, list[Doc]] = {}
    faults: list[Fault] = []
    for name, reader in readers.items():
        try:
            docs[name] = read(reader, splitter)
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
    return docs, labels


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
    return [split_again(doc, splitter) for doc in reader if doc.words]


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
