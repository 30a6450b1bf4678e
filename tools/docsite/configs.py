"""The page of all sections and keys of a config, from the schema."""

import inspect

from jointre.config.docstrings import arguments
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.source import default_source
from jointre.config.text import write_value
from jointre.config.tree import Tree
from jointre.config.values import describe
from jointre.markdown import escaped

TOP = """# Config reference

Every section and plain key of a config, with its type, limits and default. [Configs](../config.md) explains how a
config is written and loaded; [built-in configs](built-in.md) shows all that are installed with jointre.
"""
NAMES = "\n[paths] has any keys. These have a default:\n"


def config_page() -> str:
    """Return the page."""
    defaults = default_source().tree
    lines = [TOP]
    for name, kind in SECTIONS.items():
        lines += [f"## [{name}] {{ #{name} }}", "", about(name, kind), "", *table(name, kind, defaults), ""]
    return "\n".join(lines)


def about(name: str, kind: type | Slot) -> str:
    """Return what a section is for."""
    if isinstance(kind, Slot):
        link = f"[{kind.registry}](components/{kind.registry}.md)"
        return f"Any number of named blocks of the {link}." if kind.many else f"One block of the {link}."
    text = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    text = text.removeprefix(f"[{name}]: ")
    return text[0].upper() + text[1:]


def table(name: str, kind: type | Slot, defaults: Tree) -> list[str]:
    """Return the table of the keys of a section."""
    if kind is Paths:
        rows = [(key, "text or null", value, "") for key, value in defaults[name].items()]
    elif isinstance(kind, Slot):
        return []
    else:
        told = arguments(kind)
        rows = [(key, _type(item), defaults[name].get(key), told[key]) for key, item in keys_of(kind).items()]
    head = ["| key | type | default | |", "|---|---|---|---|"]
    return [
        *head,
        *(f"| `{key}` | {kind} | {_value(value)} | {escaped(text)} |" for key, kind, value, text in rows),
    ]


def _type(item: object) -> str:
    if isinstance(item, Slot):
        link = f"[{item.registry}](components/{item.registry}.md)"
        return f"named blocks of the {link}" if item.many else f"a block of the {link}"
    return escaped(describe(item.type))


def _value(value: object) -> str:
    return "" if isinstance(value, dict) else f"`{write_value(value)}`"
