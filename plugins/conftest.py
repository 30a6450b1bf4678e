"""Plugins are tested from their source folders."""

import sys
from pathlib import Path

for folder in Path(__file__).parent.iterdir():
    if (folder / "setup.cfg").is_file():
        sys.path.insert(0, str(folder))
