"""Find names in a sentence: as whole words of the sentence, or else as whole words of the text rule."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from jointre.data.raw_text import split_words

Span = tuple[int, int]
WORD = re.compile("[^ \t\r\n]+")  # doubly encoded texts have other blanks inside words
MOST_PLACES = 100  # of one name in one sentence; further ones are not searched
MOST_CHARACTERS = (
    1_000_000  # of a sentence: its words must not be more than there are code points, see `_Index`
)


class Found(NamedTuple):
    """The character offsets of each place of a name; ``folded`` if accents or letter case differ there."""

    places: list[Span]
    folded: bool = False

    def extended(self, other: "Found") -> "Found":
        """Return these places, followed by those of another search."""
        if not self.places:
            return other
        return Found(list(dict.fromkeys([*self.places, *other.places])), self.folded)


class NameSearch:
    """Searches names in one sentence, whose words are at ``offsets`` of ``text``.

    `by_words` searches a name as a sequence of whole words of the sentence, then without accents and letter case. It
    does not find names next to punctuation ("Norrby, a town"). `by_rule` does: it searches the words that `split_words`
    finds in the text, where punctuation is separate.
    """

    def __init__(self, text: str, offsets: Sequence[Span]) -> None:
        self.text = text
        self.offsets = offsets

    @property
    def words(self) -> Sequence[str]:
        """The words by the rule for raw text."""
        return self._pieces.words

    def as_words(self, name: str) -> list[Span]:
        """Return the places of a name as whole words of the sentence, with the same spelling."""
        return self._words.places(WORD.findall(name))

    def by_words(self, name: str) -> Found:
        """Search a name as whole words of the sentence."""
        if places := self.as_words(name):
            return Found(places)
        return Found(self._folded_words.places(WORD.findall(fold(name))), folded=True)

    def by_rule(self, name: str) -> Found:
        """Search a name as whole words by the rule for raw text, whatever words the sentence has."""
        if places := self._pieces.places(_pieces_of(name)):
            return Found(places)
        pieces = [fold(piece) for piece in _pieces_of(name.replace("_", " "))]
        return Found(self._folded_pieces.places(pieces), folded=True)

    @cached_property
    def _words(self) -> "_Index":
        return _Index([self.text[a:b] for a, b in self.offsets], self.offsets)

    @cached_property
    def _folded_words(self) -> "_Index":
        return _Index([fold(self.text[a:b]) for a, b in self.offsets], self.offsets)

    @cached_property
    def _pieces(self) -> "_Index":
        offsets = split_words(self.text)
        return _Index([self.text[a:b] for a, b in offsets], offsets)

    @cached_property
    def _folded_pieces(self) -> "_Index":
        return _Index([fold(word) for word in self._pieces.words], self._pieces.offsets)


class _Index:
    """Words encoded as one character each, so that `str.find` searches sequences of them in linear time."""

    def __init__(self, words: Sequence[str], offsets: Sequence[Span]) -> None:
        self.words = words
        self.offsets = offsets
        self._codes: dict[str, str] = {}
        self._coded = "".join(self._codes.setdefault(word, chr(len(self._codes))) for word in words)

    def places(self, wanted: Sequence[str]) -> list[Span]:
        """Return the characters of the places of a sequence of words, from left to right."""
        if not wanted or any(word not in self._codes for word in wanted):
            return []
        coded = "".join(self._codes[word] for word in wanted)
        found: list[Span] = []
        first = self._coded.find(coded)
        while first >= 0 and len(found) < MOST_PLACES:
            last = first + len(wanted) - 1
            found.append((self.offsets[first][0], self.offsets[last][1]))
            first = self._coded.find(coded, first + 1)
        return found


def fold(text: str) -> str:
    """Return a string without accents and letter case, with blanks for underscores."""
    parts = unicodedata.normalize("NFKD", text.replace("_", " "))
    return "".join(char for char in parts if not unicodedata.combining(char)).casefold()


def _pieces_of(name: str) -> list[str]:
    return [name[a:b] for a, b in split_words(name)]
