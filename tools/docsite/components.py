"""One page per registry: its contract, and every component with its arguments and an example."""

import json
import re
from typing import Any

from jointre.cli.registry_cmd import COMMANDS, facts
from jointre.config.docstrings import summary
from jointre.config.example_block import example_text
from jointre.config.signature import signature_of
from jointre.markdown import escaped
from jointre.registry import Registry, registry
from tools.docsite.python_api import names_of

CODE = re.compile(r"(``[^`]+``|`[^`]+`)")
PAGE = re.compile(r"(?:\[(?P<text>[^]]+)\]\()?docs/(?P<page>[\w/-]+\.md)(?P<anchor>#[\w-]+)?\)?")


def component_pages() -> dict[str, str]:
    """Return the page of every registry, and a list of all registries."""
    pages = {f"reference/components/{part.name}.md": registry_page(part) for part in registry.all()}
    return {"reference/components/index.md": index_page(), **pages}


def index_page() -> str:
    """Return the list of the registries, in the order of the data flow."""
    rows = [
        f"| [`{part.name}`]({part.name}.md) | {len(part.names())} | {escaped(first_line(part))} |"
        for part in registry.all()
    ]
    return "\n".join(
        [
            "# Components",
            "",
            "Every exchangeable part has a versioned name in a registry. A config names it with the `@` key of that",
            "registry; [data flow](../../dataflow.md) shows how the parts work together.",
            "",
            "| registry | components | contract |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def registry_page(part: Registry) -> str:
    """Return the page of a registry."""
    found = [facts(part, name) for name in part.names()]
    rows = [f"| [`{item['name']}`](#{anchor(item['name'])}) | {escaped(item['summary'])} |" for item in found]
    used = f"A config names one with `@{part.name}`."
    if part.name in COMMANDS:
        used = f"A command names one: `{COMMANDS[part.name].format(name='COMPONENT')}`."
    lines = [f"# {part.name}", "", used, "", "| component | purpose |", "|---|---|", *rows, ""]
    for item in found:
        lines += [component(item), ""]
    classes = " or ".join(f"`{cls.__name__}`" for cls in contracts(part))
    lines += ["## Contract", ""]
    lines += [
        f"To write one of your own, run `jointre init plugin NAME --kind {part.name}`, or derive a class from"
    ]
    lines += [f"{classes}. [Names for plugins](../plugin-api.md) explains what they receive and return.", ""]
    return "\n".join([*lines, names_of(f"jointre.{part.name}.base")])


def component(item: dict[str, Any]) -> str:
    """Return the section of a component."""
    thing = registry.find(item["registry"]).get(item["name"])
    lines = [f"## {item['name']} {{ #{anchor(item['name'])} }}", "", prose(item["doc"]), ""]
    if item["parameters"]:
        lines += ["| argument | type | default | |", "|---|---|---|---|"]
        lines += [row(parameter) for parameter in item["parameters"]]
        lines += [""]
    lines += [f"In Python: `{thing.__module__}.{thing.__name__}`", "", example(item)]
    return "\n".join(lines)


def row(parameter: dict[str, Any]) -> str:
    """Return the line of an argument."""
    name = "any names" if parameter["name"] == "*" else f"`{parameter['name']}`"
    default = f"`{json.dumps(parameter['default'])}`" if "default" in parameter else ""
    default = "*required*" if parameter["required"] else default
    return f"| {name} | {escaped(parameter['type'])} | {default} | {escaped(parameter['about'])} |"


def example(item: dict[str, Any]) -> str:
    """Return the example of a component: a block of a config, or a command."""
    if item["registry"] in COMMANDS:
        return f"```bash\n{COMMANDS[item['registry']].format(name=item['name'])}\n```"
    config, block = example_text(item["registry"], item["name"])
    heading = f"Example, from `{config}`:" if config else "Example, with made-up values:"
    return f"{heading}\n\n```ini\n{block.strip()}\n```"


def anchor(name: str) -> str:
    """Return the anchor of a component: ``max-v1`` for jointre.max.v1."""
    return name.removeprefix("jointre.").replace(".", "-").replace("_", "-")


def prose(text: str) -> str:
    """Return the text of a docstring as Markdown, in which only code and the pages that it cites are markup."""
    parts = CODE.split(text)
    return "".join(part if number % 2 else _linked(part) for number, part in enumerate(parts))


def _linked(text: str) -> str:
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace("*", "\\*")
    return PAGE.sub(lambda m: f"[{m['text'] or m['page']}](../../{m['page']}{m['anchor'] or ''})", plain)


def contracts(part: Registry) -> list[type]:
    """Return the base classes of a registry's components, as its ``base.py`` defines them."""
    found: dict[type, None] = {}
    for name in part.names():
        made = signature_of(part.get(name)).returns
        bases = made.__mro__ if isinstance(made, type) else ()
        found.update({base: None for base in bases if base.__module__ == f"jointre.{part.name}.base"})
    return [cls for cls in found if not any(issubclass(cls, other) for other in found if other is not cls)]


def first_line(part: Registry) -> str:
    """Return what the contracts of a registry do."""
    return " ".join(summary(cls) for cls in contracts(part))
