"""Look at the output folder of a job."""

from pathlib import Path


def shards(folder: Path) -> dict[str, bytes]:
    """Return the shards and the manifest of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != ".lock"}
