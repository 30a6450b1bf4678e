"""The corpora of a training: documents, labels, and what there is to say about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from jointre.config import Config, resolve
from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.data.validate import check_labels
from jointre.errors import DataError, Fault
from jointre.readers.base import Reader


@dataclass(frozen=True)
class Corpora:
    """Documents with canonical symmetric relations, the model's labels, and the readers' notices."""

    train: list[Doc]
    dev: list[Doc]
    labels: Labels
    notices: list[str]


def load_corpora(config: Config) -> Corpora:
    """Read train and dev, settle the labels, and refuse what cannot be trained on, all faults at once.

    Labels come from the training reader's types file; without one they are collected from its documents.
    """
    readers: Mapping[str, Reader] = resolve(config, "corpora")
    docs = {name: read(readers[name]) for name in ("train", "dev") if name in readers}
    labels = readers["train"].labels() or Labels.from_docs(docs["train"])
    faults: list[Fault] = [fault for name, part in docs.items() for fault in check_labels(part, labels, name)]
    if not docs["train"]:
        faults.append(Fault("the training corpus has no document", "corpora.train"))
    if faults:
        raise DataError("the corpora cannot be trained on", faults)
    canonical = {name: [labels.canonical(doc) for doc in part] for name, part in docs.items()}
    notices = [notice for name in docs for notice in getattr(readers[name], "notices", [])]
    return Corpora(canonical["train"], canonical.get("dev", []), labels, notices)


def read_for(labels: Labels, reader: Reader, name: str) -> list[Doc]:
    """The documents of a corpus to score a model on, in the model's canonical form.

    Raises:
        DataError: no document, or types that the model does not know, all at once.
    """
    docs = read(reader)
    faults = check_labels(docs, labels, name)
    if not docs:
        faults.append(Fault("it has no document", name))
    if faults:
        raise DataError(f"{name} cannot be scored", faults)
    return [labels.canonical(doc) for doc in docs]


def read(reader: Reader) -> list[Doc]:
    """All documents of a reader that have words."""
    return [doc for doc in reader if doc.words]
