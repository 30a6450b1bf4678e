"""The lines of a text file with their numbers."""

import re
from collections.abc import Iterator
from pathlib import Path

from jointre.data.report import Report
from jointre.data.strict_read import BOM, Malformed, decode, reading
from jointre.errors import Fault


def lines_of(path: Path, report: Report) -> Iterator[tuple[int, str]]:
    """Number (from 1) and text of each line that is UTF-8; the others go to the report."""
    with reading(path) as file:
        for number, raw in enumerate(file, 1):
            raw = raw.removeprefix(BOM) if number == 1 else raw
            try:
                yield number, decode(raw.rstrip(b"\r\n"))
            except Malformed as error:
                report.faults.append(Fault(error.what, f"{path}:{number}", error.remedy))


def whole(text: str) -> int | None:
    """A whole number as it stands in a file, None for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
