"""Read the files that a command writes, without what differs between runs: times and messages."""

import json
from pathlib import Path
from typing import Any

TIMES = {"seconds", "started", "documents_per_second", "parts", "waited"}
MESSAGES = {"output.log", ".lock"}


def artefacts(output: Path) -> dict[str, bytes]:
    """Return the content by name of a file, or of all files of a folder."""
    if output.is_file():
        return {output.name: output.read_bytes()}
    files = sorted(path for path in output.rglob("*") if path.is_file() and not _aside(path.name))
    return {str(path.relative_to(output)): _steady(path) for path in files}


def _aside(name: str) -> bool:
    """Return whether a file is ignored: messages, and parts of experiment.json, which are removed only when old."""
    return name in MESSAGES or (name.startswith(".experiment.json.") and name.endswith(".part"))


def _steady(path: Path) -> bytes:
    if path.suffix == ".json":
        return json.dumps(_timeless(json.loads(path.read_bytes()))).encode()
    if path.suffix == ".jsonl":
        lines = path.read_text(encoding="utf8").splitlines()
        return "\n".join(json.dumps(_timeless(json.loads(line))) for line in lines).encode()
    return path.read_bytes()


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(inner) for key, inner in value.items() if key not in TIMES}
    return [_timeless(inner) for inner in value] if isinstance(value, list) else value


def differences(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Return the names of files that are only on one side or differ."""
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
