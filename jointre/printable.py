"""Characters that control a terminal or change how text around them is read, and their replacements."""

import json
import re
from typing import Any

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters except the line feed, line separators, direction marks, and surrogates."""
BLANKS = "\t\r\u2028\u2029"


def clean(text: str) -> str:
    """Return one line without unsafe characters: separators become blanks, others a replacement character."""
    return clean_lines(text).replace("\n", " ")


def clean_lines(text: str) -> str:
    """Return lines without unsafe characters: separators become blanks, others a replacement character."""
    return UNSAFE.sub(lambda found: " " if found[0] in BLANKS else "\ufffd", text)


def dump_json(value: Any, indent: int | None = None, allow_nan: bool = True) -> str:
    """Return JSON that keeps other scripts readable and escapes unsafe characters; the value is the same."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=allow_nan)
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
