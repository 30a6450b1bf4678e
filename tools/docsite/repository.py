"""The pages that people write: those of docs/, and the README files. Links between them become links of the site."""

import os
import re
from pathlib import Path

from jointre.markdown import without_comments

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ELSEWHERE = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "benchmarks/README.md": "benchmarks.md",
    "examples/README.md": "examples.md",
    "registry_configs/README.md": "results.md",
    "jointre/sample/README.md": "sample.md",
}
"""The pages outside of docs/, with their names in the site."""
GENERATED = {
    "jointre/config/default.cfg": "reference/built-in.md#default",
    "jointre/limits.py": "reference/plugin-api.md#limits",
}
"""Where the site shows files that are not pages."""
TARGET = re.compile(
    r'(?P<before>\]\(|(?:src|srcset|href)=")(?P<file>[^)#\s":]+)(?P<anchor>#[^)\s"]+)?(?=[)"])'
)
FENCE = re.compile(r"(^ *```.*?^ *```)", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(
    r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="(?P<dark>[^"]+)">\s*'
    r'<img alt="(?P<alt>[^"]*)" src="(?P<light>[^"]+)">\s*</picture>'
)
BOTH = r'<img alt="\g<alt>" src="\g<light>#only-light">\n<img alt="\g<alt>" src="\g<dark>#only-dark">'
"""Two images that follow the colours chosen on the site; those of a ``picture`` follow the system's."""


def repository_pages() -> dict[str, str]:
    """Return the written pages by their paths in the site."""
    return {
        site_path(path): on_site(path, (ROOT / path).read_text(encoding="utf8")) for path in written_pages()
    }


def written_pages() -> list[str]:
    """Return the paths of the written pages in the repository."""
    inside = sorted(path.relative_to(ROOT).as_posix() for path in DOCS.rglob("*.md"))
    plugins = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("plugins/*/README.md"))
    return [*(path for path in ELSEWHERE if (ROOT / path).exists()), *inside, *plugins]


def images() -> list[str]:
    """Return the paths of the images of the repository that pages show."""
    found = [*DOCS.glob("images/*"), *ROOT.glob("benchmarks/*.svg")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def site_path(path: str) -> str:
    """Return the place of a file of the repository in the site.

    Raises:
        KeyError: the site does not show this file.
    """
    if path.endswith((".png", ".svg")):
        return f"images/{Path(path).name}"
    if path.startswith("plugins/") and path.endswith("/README.md"):
        return path.removesuffix("/README.md") + ".md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith("registry_configs/") and path.endswith(".cfg"):
        name = path.removeprefix("registry_configs/").removesuffix(".cfg")
        return f"reference/built-in.md#{name.replace('/', '-')}"
    return GENERATED[path] if path in GENERATED else ELSEWHERE[path]


def on_site(path: str, text: str) -> str:
    """Return the text of a page with the links of the site instead of those of the repository."""
    here = Path(site_path(path)).parent

    def link(match: re.Match[str]) -> str:
        file = os.path.normpath(ROOT / Path(path).parent / match["file"])
        target = site_path(Path(file).relative_to(ROOT).as_posix())
        return f"{match['before']}{os.path.relpath(target, here)}{match['anchor'] or ''}"

    parts = FENCE.split(PICTURE.sub(BOTH, without_comments(text)))
    return "".join(part if number % 2 else TARGET.sub(link, part) for number, part in enumerate(parts))
