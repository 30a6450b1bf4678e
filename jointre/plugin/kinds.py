"""The kinds of plugins: a component of any registry, or a command."""

from jointre.registry import registry

COMMANDS = "commands"


def kinds() -> list[str]:
    """Return the kinds of plugins; each has a template, ``templates/KIND.txt``."""
    return [*(part.name for part in registry.all()), COMMANDS]
