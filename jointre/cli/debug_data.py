"""`jointre debug data`."""

import shlex

import typer

from jointre.cli.console import note, out, result, state
from jointre.cli.options import Code, ConfigName, Json, Quiet, Reader, Verbose, With


def debug_data(
    context: typer.Context,
    config: ConfigName,
    overlays: With = None,
    reader: Reader = None,
    code: Code = None,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show what is in the corpora of a config: counts, sizes, repeats, gold that the model can never predict.

    Every warning names file and record; --verbose and --json show all of them. No weights are loaded.

    Example: jointre debug data quickstart
    """
    from jointre.cli.config_argument import config_from

    loaded = config_from(context, config, overlays, use="debug", reader=reader)
    from jointre.inspection.corpora import report_on

    report = report_on(loaded)
    if as_json:
        import srsly

        result(str(srsly.json_dumps(report.to_json())))
        return
    from jointre.rendering.data_report import show_data

    show_data(report, out(), all_places=state.verbose)
    files = [part for file in code or () for part in ("--code", str(file))]
    laid_over = [part for overlay in overlays or () for part in ("--with", overlay)]
    named = ["--reader", reader] if reader else []
    note(f"next: {shlex.join(['jointre', 'train', config, *laid_over, *named, *files, *context.args])}")
