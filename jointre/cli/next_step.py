"""The command to type next, with the options of this call that it needs as well."""

import shlex
from collections.abc import Iterable, Iterator
from typing import Any

import typer

from jointre.config import Config
from jointre.config.signature import signature_of
from jointre.named import text_of
from jointre.registry import find

TEXT = "echo 'Anna Berg leads Talvera Lithium.' |"
"""Some text for ``jointre predict MODEL -``."""


def next_step(
    context: typer.Context, command: str, *words: object, keep: Iterable[str] = (), overrides: bool = False
) -> str:
    """Return a command line that can be pasted into a shell.

    Args:
        context: the context of the present command.
        command: the next command, such as ``"debug data"``.
        words: its arguments, and options of its own.
        keep: parameters of the present command; those that were given on its command line are repeated.
        overrides: whether to repeat the overrides, ``--section.key=value``.
    """
    line = ["jointre", *command.split(), *map(str, words), *_given(context, set(keep))]
    return shlex.join([*line, *(context.args if overrides else ())])


def _given(context: typer.Context, keep: set[str]) -> Iterator[str]:
    """Yield the options of the command line that are to be repeated."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name not in keep or source is None or source.name != "COMMANDLINE":
            continue
        given = context.params[parameter.name]
        for value in given if isinstance(given, list | tuple) else [given]:
            yield parameter.opts[0]
            yield str(value)


def corpus_words(config: Config, *splits: str) -> list[str] | None:
    """Return the words that name the first corpus of a config that is set; None if none is set.

    Args:
        config: a loaded config.
        splits: names of corpora, the preferred one first.
    """
    corpora = config.values.get("corpora", {})
    for block in (corpora[split] for split in splits if isinstance(corpora.get(split), dict)):
        if block["@readers"] == "jointre.sample.v1":
            return [f"sample:{block['split']}"]
        if isinstance(block.get("path"), str):
            return [block["path"], *_reader_words(block)]
    return None


def _reader_words(block: dict[str, Any]) -> list[str]:
    """Return the option ``--reader`` for a reader, without arguments that have their defaults.

    There is none for the reader that recognises every format, or for one of a plugin that is not installed.
    """
    name = block["@readers"]
    kind = find("@readers", name)
    if name == "jointre.auto.v1" or kind is None:
        return []
    usual = {key: parameter.default for key, parameter in signature_of(kind).parameters.items()}
    rest = {key: value for key, value in block.items() if key not in ("@readers", "path", "types")}
    pairs = ",".join(f"{key}={text_of(value)}" for key, value in rest.items() if value != usual.get(key))
    return ["--reader", f"{name}:{pairs}" if pairs else name]
