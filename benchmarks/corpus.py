"""The data of the measurements: sentences of a corpus, and documents of any length joined from them."""

from dataclasses import dataclass, replace
from itertools import chain, cycle, islice

from jointre.data.doc import Doc
from jointre.data.labels import Labels
from jointre.readers.open import open_data


@dataclass(frozen=True)
class Corpus:
    """Annotated sentences and their types."""

    docs: list[Doc]
    labels: Labels

    def spread(self, n: int) -> list[Doc]:
        """Return ``n`` sentences spread over the corpus, repeated if it has fewer."""
        step = max(len(self.docs) / n, 1.0)
        chosen = [self.docs[int(i * step)] for i in range(min(n, len(self.docs)))]
        return list(islice(cycle(chosen), n))

    def joined(self, n_words: int) -> Doc:
        """Return a document of exactly ``n_words`` words: consecutive sentences, the last one truncated."""
        words = chain.from_iterable(doc.words for doc in cycle(self.docs))
        return Doc(list(islice(words, n_words)), id=f"{n_words} words")


def read_corpus(data: str, types: str | None) -> Corpus:
    """Read the documents of a corpus that have words, with the arguments of symmetric relations in order."""
    reader = open_data(data, types)
    docs = [replace(doc, meta={}) for doc in reader if doc.words]
    labels = reader.labels() or Labels.from_docs(docs)
    return Corpus([labels.canonical(doc) for doc in docs], labels)
