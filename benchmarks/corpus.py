"""What is measured on: sentences of a corpus, and documents of any length joined from them."""

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
        """``n`` sentences from all over the corpus, repeated where it has fewer."""
        step = max(len(self.docs) / n, 1.0)
        chosen = [self.docs[int(i * step)] for i in range(min(n, len(self.docs)))]
        return list(islice(cycle(chosen), n))

    def joined(self, n_words: int) -> Doc:
        """A document of exactly ``n_words`` words: sentences behind each other, the last one cut."""
        words = chain.from_iterable(doc.words for doc in cycle(self.docs))
        return Doc(list(islice(words, n_words)), id=f"{n_words} words")


def read_corpus(data: str, types: str | None) -> Corpus:
    """The documents with words of a corpus, arguments of symmetric relations in order."""
    reader = open_data(data, types)
    docs = [replace(doc, meta={}) for doc in reader if doc.words]
    labels = reader.labels() or Labels.from_docs(docs)
    return Corpus([labels.canonical(doc) for doc in docs], labels)
