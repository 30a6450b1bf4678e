"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from jointre.cli.completion import (
    ConfigCommand,
    config_names,
    corpus_names,
    decoder_names,
    overlay_names,
    reader_names,
)
from jointre.cli.console import state
from jointre.config.schema import DEVICES
from jointre.errors import INVALID, Fault, UsageError

HELP = {"help_option_names": ["-h", "--help"]}
"""For the application; its commands inherit it."""
EXTRA = {"allow_extra_args": True, "ignore_unknown_options": True}
OVERRIDES: dict[str, Any] = {"cls": ConfigCommand, "context_settings": EXTRA}
"""For a command that takes ``--section.key=value``."""
PLAIN: dict[str, Any] = {"no_args_is_help": True, "pretty_exceptions_enable": False, "add_completion": False}
"""For every group of commands."""


def _quiet(value: bool) -> bool:
    state.quiet = state.quiet or value
    return value


def _verbose(value: bool) -> bool:
    state.verbose = state.verbose or value
    return value


def _device(value: str) -> str:
    if DEVICES.fullmatch(value) is None:
        fault = Fault(f"unknown device {value!r}", "--device", "one of: auto, cpu, cuda, cuda:N")
        raise UsageError(INVALID, [fault])
    return value


def _import(context: typer.Context, files: list[Path] | None) -> list[Path] | None:
    """Import the files before the command runs; on completing a command line nothing of the user's runs."""
    from jointre.config import import_code

    for file in () if context.resilient_parsing else files or ():
        import_code(file)
    return files


With = Annotated[
    list[str] | None,
    typer.Option(
        "--with",
        help="Overlay to merge into CONFIG: a file or a built-in overlay. Repeatable.",
        metavar="OVERLAY",
        autocompletion=overlay_names,
    ),
]
ConfigName = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG",
        help="Config file or built-in config, such as spert/conll04.",
        autocompletion=config_names,
    ),
]
Code = Annotated[
    list[Path] | None,
    typer.Option(
        "--code",
        help="Python file with your own components to import first. Repeatable.",
        metavar="FILE",
        callback=_import,
    ),
]
Reader = Annotated[
    str | None,
    typer.Option(
        "--reader",
        help="Reader for the corpora. Default: the one that recognises them.",
        metavar="NAME[:KEY=VALUE,...]",
        autocompletion=reader_names,
    ),
]
Decoder = Annotated[
    str | None,
    typer.Option(
        "--decoder",
        help="What chooses among the entities and relations found, such as jointre.flat.v1. Default: the model's.",
        metavar="NAME",
        autocompletion=decoder_names,
    ),
]
Device = Annotated[
    str, typer.Option("--device", help="auto, cpu, cuda or cuda:N.", metavar="DEVICE", callback=_device)
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing output.")]
Json = Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")]
Precision = Annotated[
    Literal["fp32", "bf16", "fp16", "int8"],
    typer.Option(help="Number format. int8 is fast on a CPU, and changes some predictions."),
]
BatchPieces = Annotated[
    int | None,
    typer.Option(
        "--batch-pieces",
        help="Maximum number of word pieces per batch, padding included. Default: depends on the device.",
        metavar="N",
        min=1,
    ),
]
MaxLoss = Annotated[
    float,
    typer.Option(
        "--max-loss",
        help="Maximum loss of entity or strict F1, in points of F1 x100.",
        metavar="POINTS",
        min=0.0,
    ),
]
TuneThreshold = Annotated[
    str | None,
    typer.Option(
        "--tune-threshold",
        help="Tune the relation threshold on dev for this metric, such as strict_micro_f.",
        metavar="METRIC",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print only results and errors.", callback=_quiet, show_default=False),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Print more, and tracebacks.", callback=_verbose, show_default=False
    ),
]
ModelFolder = Annotated[Path, typer.Argument(metavar="MODEL", help="Model folder or run folder.")]
Data = Annotated[
    str,
    typer.Argument(
        metavar="DATA", help="Annotated corpus: a file, a folder or sample:test.", autocompletion=corpus_names
    ),
]
Without = Annotated[
    str | None,
    typer.Option(
        "--without",
        help="Leave out documents whose words also occur as a document of this corpus, such as the training corpus.",
        metavar="DATA",
        autocompletion=corpus_names,
    ),
]
GivenEntities = Annotated[
    Literal["predicted", "gold"] | None,
    typer.Option("--entities", help="gold: use the annotated entities, predict only relations."),
]
