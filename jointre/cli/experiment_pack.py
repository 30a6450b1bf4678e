"""`jointre experiment pack`."""

from pathlib import Path
from typing import Annotated

import typer

from jointre.cli.console import note
from jointre.cli.experiment_results import Name, folder_that_ran, results_of
from jointre.cli.options import Quiet, Verbose
from jointre.cli.output_checks import refuse_unwritable
from jointre.console import number_of


def experiment_pack(
    experiment: Name,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write, such as table3.zip.", metavar="FILE")
    ],
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write the results of the complete runs to one small file, without weights and without the words of the corpus.

    Continue from it anywhere with jointre experiment run EXPERIMENT --packed FILE.

    Example: jointre experiment pack runs/table3 --output table3.zip
    """
    refuse_unwritable(output, inputs=results_of(experiment))
    from jointre.experiments.pack import pack

    done = pack(folder_that_ran(experiment), output)
    note(f"wrote {output}: {number_of(done, 'run')}, {output.stat().st_size // 1024 + 1} kB")
