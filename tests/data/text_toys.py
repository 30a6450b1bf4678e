"""Random texts of mixed scripts, with combining marks, joiners, blanks of many kinds, and several sentences."""

import random
from functools import cache

ALPHABETS = [
    "abcXYZ019_",
    "éüß" + "e\u0301o\u0308",
    "\u0915\u094d\u0937\u093f\u0902",  # Devanagari with virama and vowel signs
    "東京市在北京𠮷",
    "ひらカナーｶﾞ々",
    "ไทยนี้กำ",
    "ລາວເປັນ",
    "ខ្មែរ",
    "မြန်မာ",
    "العربيةשלום\u064b",
    "\uff21\uff22\uff11\uff12\uff0c\u3002\uff01",
    "👩\u200d👩\u200d👧🇩🇪👍🏽",
    "\u00ad\u200b\u200e\ufeff",
    ".,;:!?'\u2019\"()-/",
    " \t\u3000\xa0\u2028",
]
CLITICS = ["don't", "John's", "we\u2019ll", "U.S.", "10mg"]
ENDS = [". ", "! ", "?", "\u3002", "\uff01", "\u0964 ", " "]


def texts(count: int) -> list[str]:
    """Return the same random texts every time, most of them without an end of a sentence."""
    chance = random.Random(7)
    return [_text(chance) for _ in range(count)]


@cache
def paragraphs(count: int) -> list[str]:
    """Return the same random texts every time, of one to four sentences."""
    chance = random.Random(11)
    return [_paragraph(chance) for _ in range(count)]


def _paragraph(chance: random.Random) -> str:
    return "".join(_text(chance) + chance.choice(ENDS) for _ in range(chance.randint(1, 4)))


def _text(chance: random.Random) -> str:
    return "".join(_part(chance) for _ in range(chance.randint(1, 8)))


def _part(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return chance.choice(CLITICS)
    return "".join(chance.choices(chance.choice(ALPHABETS), k=chance.randint(1, 4)))
