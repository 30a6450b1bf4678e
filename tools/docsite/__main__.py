"""Write the pages of the site to a folder: ``python -m tools.docsite build/pages``; ``make docs`` then builds it."""

import shutil
import sys
from pathlib import Path

from tools.docsite.built_in import built_in_page
from tools.docsite.commands import commands_page
from tools.docsite.components import component_pages
from tools.docsite.configs import config_page
from tools.docsite.messages import messages_page
from tools.docsite.python_api import python_pages
from tools.docsite.repository import ROOT, images, repository_pages, site_path


def all_pages() -> dict[str, str]:
    """Return the text of every page by its path in the site."""
    return {
        **repository_pages(),
        **component_pages(),
        "reference/config.md": config_page(),
        "reference/built-in.md": built_in_page(),
        "reference/commands.md": commands_page(),
        "reference/messages.md": messages_page(),
        **python_pages(),
    }


def main(folder: Path) -> None:
    """Write all pages and images to ``folder``, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in all_pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    (folder / "images").mkdir()
    for image in images():
        shutil.copy(ROOT / image, folder / site_path(image))
    shutil.copytree(Path(__file__).parent / "assets", folder / "assets")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
