"""Text in Markdown documents, and the headings of pages."""

import re
from collections import Counter
from collections.abc import Iterator

from jointre.printable import clean

HEADING = re.compile(r"(?P<signs>#{1,6}) +(?P<title>.+?) *")
COMMENT = re.compile(r"^ *<!--.*?-->\n", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


def escaped(text: str) -> str:
    """Return one line that Markdown shows unchanged, without any markup or HTML."""
    for sign in "\\`*_|<[&~$":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(clean(text).split())


def without_comments(text: str) -> str:
    """Return a page without the comments that stand on lines of their own."""
    return COMMENT.sub("", text)


def anchors(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield line, level and anchor of each heading of a page; anchors are those of GitHub, code blocks have none."""
    before: Counter[str] = Counter()
    fenced = False
    for number, line in enumerate(text.splitlines()):
        fenced ^= line.lstrip().startswith("```")
        if fenced or not (heading := HEADING.fullmatch(line)):
            continue
        title = LINK.sub(r"\1", heading["title"]).lower()
        anchor = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        yield number, len(heading["signs"]), anchor + (f"-{before[anchor]}" if before[anchor] else "")
        before[anchor] += 1
