"""The page of all commands, from the application itself."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from jointre.cli.app import app
from jointre.markdown import escaped

TOP = """# Commands

Every command with its arguments and options. [The command line](../command-line.md) explains what they have in common:
output, exit codes, JSON.
"""


def commands(group: Any = None, before: str = "jointre") -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name."""
    for name, inner in (group or get_command(app)).commands.items():
        if hasattr(inner, "commands"):
            yield from commands(inner, f"{before} {name}")
        else:
            yield f"{before} {name}", inner


def commands_page() -> str:
    """Return the page."""
    lines = [TOP]
    for name, command in commands():
        lines += [*section(name, command), ""]
    return "\n".join(lines)


def section(name: str, command: Any) -> list[str]:
    """Return the lines of a command."""
    context = command.make_context(name, [], resilient_parsing=True)
    text, _, example = command.help.strip().rpartition("\n\nExample: ")
    usage = " ".join(
        [name, *(piece.replace("{", "").replace("}", "") for piece in command.collect_usage_pieces(context))]
    )
    anchor = name.removeprefix("jointre ").replace(" ", "-")
    lines = [f"## {name} {{ #{anchor} }}", "", escaped_paragraphs(text), "", "```text", usage, "```", ""]
    records = [record for parameter in command.params if (record := parameter.get_help_record(context))]
    if records:
        lines += ["| argument or option | |", "|---|---|"]
        lines += [f"| `{names.replace('|', chr(92) + '|')}` | {escaped(about)} |" for names, about in records]
    return [*lines, "", "Example:", "", "```bash", " ".join(example.split()), "```"]


def escaped_paragraphs(text: str) -> str:
    """Return help text as Markdown that shows it unchanged, paragraph by paragraph."""
    return "\n\n".join(escaped(part) for part in text.split("\n\n"))
