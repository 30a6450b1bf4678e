"""The site shows what the code has: every component, key, command and error; its links lead somewhere."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from jointre.cli.app import app
from jointre.cli.registry_cmd import COMMANDS
from jointre.config.interpolate import interpolate
from jointre.config.resolve import Builder
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.source import parse
from jointre.config.tree import function_of, walk
from jointre.errors import JointreError
from jointre.markdown import anchors
from jointre.registry import registry
from tests.test_public_api import MODULES
from tools.docsite.__main__ import all_pages
from tools.docsite.commands import commands
from tools.docsite.components import anchor
from tools.docsite.messages import exceptions, messages
from tools.docsite.repository import FENCE, ROOT, images, site_path

OWN_ANCHOR = re.compile(r"^#+ .*\{ #(?P<anchor>[^ }]+) \}$", re.MULTILINE)
LINK = re.compile(r"\]\((?P<file>[^)#\s:]*)(?:#(?P<anchor>[^)\s]+))?\)")
REGISTERED = [(part.name, name) for part in registry.all() for name in part.names()]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """The text of every page by its path."""
    return all_pages()


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml without making the objects that it names."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: suffix)


def in_navigation(entries: Any) -> list[str]:
    """Return the pages of a navigation, at any depth."""
    if isinstance(entries, str):
        return [entries]
    values = entries.values() if isinstance(entries, dict) else entries
    return [page for value in values for page in in_navigation(value)]


def test_every_page_is_in_the_navigation_once(pages: dict[str, str]) -> None:
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf8"), Loader)
    written = [name for name in pages if not name.startswith("plugins/")]  # other pages link to those
    assert sorted(in_navigation(config["nav"])) == sorted(written)


def test_every_registry_has_a_page_and_every_component_a_section(pages: dict[str, str]) -> None:
    folder = "reference/components/"
    shown = {
        name.removeprefix(folder).removesuffix(".md"): sections(text)
        for name, text in pages.items()
        if name.startswith(folder) and name != f"{folder}index.md"
    }
    assert shown == {part.name: {anchor(name) for name in part.names()} for part in registry.all()}


def sections(page: str) -> set[str]:
    """Return the anchors that the headings of a page name."""
    return {match["anchor"] for match in OWN_ANCHOR.finditer(FENCE.sub("", page))}


@pytest.mark.parametrize(("part", "name"), REGISTERED, ids=lambda value: value)
def test_the_example_of_a_component_makes_it(part: str, name: str, pages: dict[str, str]) -> None:
    page = pages[f"reference/components/{part}.md"]
    section = page.split(f"{{ #{anchor(name)} }}")[1].split("\n## ")[0]
    if part in COMMANDS:
        assert COMMANDS[part].format(name=name) in section
        return
    block = re.findall(r"```ini\n(.*?)```", section, re.DOTALL)[-1]
    tree = parse(re.sub(r"\$\{[\w.]+\}", '"given"', block), "example").tree
    key, found = next((key, value) for key, value in walk(tree) if function_of(value) == (f"@{part}", name))
    builder = Builder(interpolate(tree, {}).tree, {}, {})
    made = builder.block(key, found)
    if any(fault.remedy.startswith("pip install") for fault in builder.faults):
        pytest.skip(str(builder.faults[0]))
    assert builder.faults == [] and made is not None


def test_pictures_follow_the_colours_of_the_site(pages: dict[str, str]) -> None:
    assert not any("<picture>" in FENCE.sub("", page) for page in pages.values())
    for scheme in ("light", "dark"):
        assert f'src="images/predictions-{scheme}.png#only-{scheme}"' in pages["index.md"]


def test_every_public_module_is_shown(pages: dict[str, str]) -> None:
    shown = {name for page in pages.values() for name in re.findall(r"^::: (\S+)$", page, re.MULTILINE)}
    inside = set(MODULES) - {"jointre", "jointre.testing"}  # their names are entries of their own
    assert inside <= shown


def test_every_key_of_a_config_is_shown(pages: dict[str, str]) -> None:
    page = pages["reference/config.md"]
    assert sections(page) == set(SECTIONS)
    for name, kind in SECTIONS.items():
        text = page.split(f"{{ #{name} }}")[1].split("\n## ")[0]
        shown = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
        assert shown == (set(keys_of(kind)) if isinstance(kind, type) and kind is not Paths else shown)
        assert shown or isinstance(kind, Slot)


def test_every_command_and_option_is_shown(pages: dict[str, str]) -> None:
    page = pages["reference/commands.md"]
    found = dict(commands())
    assert sections(page) == {name.removeprefix("jointre ").replace(" ", "-") for name in found}
    assert set(found) >= {f"jointre {name}" for name in ("train", "init config", "experiment run")}
    for name, command in found.items():
        text = page.split(f"## {name} {{")[1].split("\n## ")[0]
        missing = [option for item in command.params for option in item.opts if option not in text]
        assert [option for option in missing if option.startswith("-")] == []
    assert len(found) == sum(1 for _ in leaves(get_command(app)))


def leaves(group: Any) -> Any:
    """Yield the commands of the application."""
    for inner in group.commands.values():
        yield from leaves(inner) if hasattr(inner, "commands") else [inner]


def test_every_error_is_shown(pages: dict[str, str]) -> None:
    page = pages["reference/messages.md"]
    known = {cls for cls in subclasses(JointreError) if cls.__module__ == "jointre.errors"}
    assert set(exceptions()) == known | {JointreError}
    assert all(f"| `{cls.__name__}` | {cls.exit_code} |" in page for cls in exceptions())
    found = [message for part in messages().values() for message in part]
    assert len(found) > 500 and page.count("\n- ") == len(found)
    assert any(message.text == "page not found" and message.kind == "UsageError" for message in found)


def subclasses(cls: type) -> set[type]:
    """Return all classes that derive from a class."""
    return {sub for direct in cls.__subclasses__() for sub in {direct, *subclasses(direct)}}


def test_links_lead_to_pages_and_anchors(pages: dict[str, str]) -> None:
    anchors_of = {name: {own for _, _, own in anchors(text)} | sections(text) for name, text in pages.items()}
    pictures = {site_path(image) for image in images()}
    dead = []
    for name, text in pages.items():
        for match in LINK.finditer(FENCE.sub("", text)):
            target = os.path.normpath(Path(name).parent / match["file"]) if match["file"] else name
            good = target in pictures or match["anchor"] in (None, *anchors_of.get(target, ()))
            if not good or (target not in pictures and target not in pages):
                dead.append(f"{name}: {match[0]}")
    assert dead == []
