"""Splitters that need no model: the default rule for all scripts, and the rule for English."""

from jointre.data.raw_text import Offsets, english_words, split_sentences, split_words
from jointre.registry import registry
from jointre.splitters.base import Splitter


@registry.splitters("jointre.unicode_words.v1")
class UnicodeWords(Splitter):
    """Splits English as `EnglishWords` does, and Han, kana, Thai, Lao, Khmer and Myanmar by character.

    Combining marks belong to the character before them. See `jointre.data.raw_text.split_words`.

    Args:
        language: code of the language whose rules find the ends of sentences, for instance "en" or "zh".
        split_records: false reads each text of an annotated corpus as one sentence.
    """

    def __init__(self, language: str = "en", split_records: bool = True) -> None:
        self.language = language
        self.split_records = split_records

    def words(self, text: str) -> Offsets:
        """See `Splitter.words`."""
        return split_words(text)

    def sentences(self, text: str) -> Offsets:
        """See `Splitter.sentences`."""
        return split_sentences(text, self.language)


@registry.splitters("jointre.english_words.v1")
class EnglishWords(Splitter):
    """Splits at blanks, around every sign, and before English clitics; a run of letters and digits is one word.

    This is the rule of models that were trained before a config had a ``[splitter]``. A Chinese text is one word
    between two signs. See `jointre.data.raw_text.english_words`.

    Args:
        split_records: true splits the texts of an annotated corpus into sentences; these models read each as one.
    """

    def __init__(self, split_records: bool = False) -> None:
        self.split_records = split_records

    def words(self, text: str) -> Offsets:
        """See `Splitter.words`."""
        return english_words(text)

    def sentences(self, text: str) -> Offsets:
        """See `Splitter.sentences`."""
        return split_sentences(text)
