"""Run every notebook of a folder, in a kernel of this Python: ``python tools/run_notebooks.py examples``."""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main(folder: Path) -> None:
    """Run the notebooks; the first cell that fails ends the program with its error. No notebook is changed."""
    for path in sorted(folder.glob("*.ipynb")):
        started = time.monotonic()
        notebook = nbformat.read(path, as_version=4)
        NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
        print(f"{path}: {len(notebook.cells)} cells, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
