"""The code blocks of the documentation, and what is done with each of them.

A block of ``text`` is output or a drawing. Any other block runs, or has a line ``<!-- not run: REASON -->`` above it.
Below ``<!-- refused -->``, the command must fail and print the block of text that follows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "registry_configs/*.md", "benchmarks/*.md", "examples/*.md")
    for path in ROOT.glob(pattern)
)
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)$")
REASON = re.compile(r"^ *<!-- not run: (?P<reason>.+) -->$")
REFUSED = re.compile(r"^ *<!-- refused -->$")


@dataclass(frozen=True)
class Block:
    """A code block.

    Args:
        page: the file, from the root of the repository.
        line: the line of its first fence.
        language: the word after the fence.
        text: what is in it.
        reason: why it is not run, if a comment says so.
        refused: whether a comment says that the command fails.
    """

    page: str
    line: int
    language: str
    text: str
    reason: str
    refused: bool

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.page}:{self.line}"


def blocks(page: str) -> Iterator[Block]:
    """Yield the code blocks of a page."""
    lines = (ROOT / page).read_text(encoding="utf8").splitlines()
    start: int | None = None
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if fence is None:
            continue
        if start is None:
            start = number
            continue
        opening = FENCE.match(lines[start])
        assert opening is not None
        before = lines[start - 1] if start else ""
        above = REASON.match(before)
        inside = [text.removeprefix(opening["indent"]) for text in lines[start + 1 : number]]
        text = "".join(f"{text}\n" for text in inside)
        reason, refused = above["reason"] if above else "", REFUSED.match(before) is not None
        yield Block(page, start + 1, opening["language"], text, reason, refused)
        start = None


def command_lines(block: Block) -> Iterator[str]:
    """Yield the commands of a block; comments are left out and continued lines joined."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if words := re.sub(r"(^|\s)#\s.*", "", line).strip():
            yield words
