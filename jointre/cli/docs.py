"""``jointre docs``: the pages of the documentation, which are installed with jointre."""

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jointre.cli.console import note, print_json, result
from jointre.cli.options import Json, Quiet, Verbose
from jointre.errors import Fault, UsageError
from jointre.markdown import anchors, without_comments
from jointre.nearest import did_you_mean

if TYPE_CHECKING:
    from importlib.abc import Traversable

CLONE = Path(__file__).parents[2]


def page_names(incomplete: str) -> list[str]:
    """Offer the names of the pages."""
    return [name for name in pages() if name.startswith(incomplete)]


def docs_cmd(
    context: typer.Context,
    page: Annotated[
        str | None,
        typer.Argument(
            help="Page to print, as messages cite it; PAGE#HEADING prints one section.",
            autocompletion=page_names,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """List the pages of the documentation, or print one as Markdown.

    Example: jointre docs data-formats
    """
    if page is not None:
        name, _, heading = page.partition("#")
        name = name.removeprefix("docs/").removesuffix(".md")
        text = section(_text(name), heading, name) if heading else _text(name)
        if as_json:
            print_json(context, {"page": name, "text": text})
        else:
            result(text.rstrip())
        return
    titles = {name: file.read_text(encoding="utf8").partition("\n")[0] for name, file in pages().items()}
    if as_json:
        found = [{"name": name, "title": title.removeprefix("# ")} for name, title in titles.items()]
        print_json(context, {"pages": found})
        return
    result("\n".join(f"{name:28} {title.removeprefix('# ')}" for name, title in titles.items()))
    note("next: jointre docs quickstart")


def pages() -> "dict[str, Traversable]":
    """Return the pages by name: those in the installed package, or in a clone those of its folder ``docs``."""
    folder: Traversable = resources.files("jointre").joinpath("docs")
    folder = folder if folder.is_dir() else CLONE / "docs"
    return dict(sorted(_pages(folder, ""))) if folder.is_dir() else {}


def _pages(folder: "Traversable", prefix: str) -> "list[tuple[str, Traversable]]":
    found: list[tuple[str, Traversable]] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _pages(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".md"):
            found.append((prefix + entry.name.removesuffix(".md"), entry))
    return found


def _text(name: str) -> str:
    known = pages()
    if name not in known:
        remedy = did_you_mean(name, known) or "list the pages with: jointre docs"
        raise UsageError("page not found", [Fault("is not a page of the documentation", name, remedy)])
    return without_comments(known[name].read_text(encoding="utf8"))


def section(text: str, anchor: str, name: str) -> str:
    """Return the section of a page whose heading has this anchor, with the sections inside it."""
    found = list(anchors(text))
    for number, (line, level, own) in enumerate(found):
        if own == anchor:
            end = next((later for later, depth, _ in found[number + 1 :] if depth <= level), None)
            return "\n".join(text.splitlines()[line:end])
    remedy = did_you_mean(anchor, [own for _, _, own in found]) or f"print the page with: jointre docs {name}"
    raise UsageError("page not found", [Fault(f"has no heading #{anchor}", name, remedy)])
