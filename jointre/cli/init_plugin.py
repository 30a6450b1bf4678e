"""``jointre init plugin``: the start of a plugin, as a distribution that works."""

from pathlib import Path
from typing import Annotated

import typer

from jointre.cli.completion import plugin_kinds
from jointre.cli.console import note, print_json, result
from jointre.cli.options import Force, Json, Quiet, Verbose
from jointre.errors import Fault, UsageError
from jointre.plugin.kinds import kinds


def init_plugin(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the distribution, such as jointre-acme.")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            help=f"What it adds, one of: {', '.join(kinds())}.",
            metavar="KIND",
            autocompletion=plugin_kinds,
        ),
    ] = "poolers",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to make. Default: NAME.", metavar="DIR")
    ] = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a plugin that can be installed, tested and trained with at once.

    Example: jointre init plugin jointre-acme --kind poolers
    """
    from jointre.data.atomic_write import write_text
    from jointre.plugin.new_plugin import NewPlugin

    files = NewPlugin(name, kind).files()
    folder = Path(name) if output is None else output
    if folder.exists() and not folder.is_dir():
        raise UsageError(
            "nothing written", [Fault("it is not a folder", str(folder), "name another --output")]
        )
    if not force and (there := [str(folder / path) for path in files if (folder / path).exists()]):
        remedy = "choose another --output, or overwrite with --force"
        raise UsageError("nothing written", [Fault("it exists already", path, remedy) for path in there])
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_text(folder / path, text)
    if as_json:
        print_json(context, {"output": str(folder), "kind": kind, "files": sorted(files)})
    else:
        result("\n".join(str(folder / path) for path in sorted(files)))
    place = folder if folder.is_absolute() else f"./{folder}"  # pip looks up a bare name in its index
    note(f"next: pip install {place} && jointre plugins {name} --check")
