"""Try the installed package apart from the repository: ``ENVIRONMENT/bin/python tools/check_wheel.py``."""

import os
import subprocess
import sys
from importlib.metadata import distribution, version
from pathlib import Path
from tempfile import TemporaryDirectory

COMMANDS = (
    ("--version",),
    ("docs",),
    ("docs", "docs/data-formats.md#columns"),
    ("config", "list"),
    ("registry", "poolers"),
    ("debug", "config", "spert/conll04"),
    ("convert", "sample:dev", "dev.json", "--to", "spert"),
    ("init", "labels", "dev.json"),
)


def main() -> int:
    """Run commands that need neither a network nor weights; return 1 if one of them fails."""
    program = Path(sys.executable).with_name("jointre")
    with TemporaryDirectory() as folder:
        for words in COMMANDS:
            done = subprocess.run(
                [program, *words], cwd=folder, env=environment(), capture_output=True, text=True
            )
            if done.returncode != 0:
                print(f"jointre {' '.join(words)} failed:\n{done.stderr}")
                return 1
    package = distribution("jointre").locate_file("jointre")
    print(f"jointre {version('jointre')} in {package}: {len(COMMANDS)} commands work")
    return 0


def environment() -> dict[str, str]:
    """Return the environment without what would lead Python to the repository."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


if __name__ == "__main__":
    sys.exit(main())
