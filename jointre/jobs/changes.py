"""What changed between the job that a folder was written by and the one that is to continue it."""

import re
from collections.abc import Iterator
from typing import Any

from jointre.data.report import first_few

HASH = re.compile("[0-9a-f]{64}")


def changes(key: str, there: Any, now: Any) -> Iterator[str]:
    """Yield a clause for each place at which two JSON values differ; files are named, and hashes are not shown."""
    if _are_files(there) and _are_files(now):
        there, now = ({file["file"]: file for file in files} for files in (there, now))
        gone, new = [name for name in there if name not in now], [name for name in now if name not in there]
        if gone:
            yield f"{key} no longer contains {first_few(gone)}"
        if new:
            yield f"{key} now contains {first_few(new)}"
        if gone or new:
            return
        if list(there) != list(now):
            yield f"the files of {key} have another order"
    for place, before, after in differences(key, there, now):
        if _is_hash(before) and _is_hash(after):
            yield f"{place.removesuffix('.sha256')} has changed"
        else:
            yield f"{place} was {before!r}, and is {after!r} now"


def differences(key: str, there: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield the places at which two JSON values differ, with both values."""
    if isinstance(there, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*there, *now]):
            yield from differences(f"{key}.{name}", there.get(name), now.get(name))
    elif isinstance(there, list) and isinstance(now, list) and len(there) == len(now):
        for index, (one, other) in enumerate(zip(there, now, strict=True)):
            yield from differences(f"{key}[{index}]", one, other)
    elif there != now:
        yield key, there, now


def _are_files(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) and "file" in item for item in value)


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and HASH.fullmatch(value) is not None
