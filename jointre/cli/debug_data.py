"""`jointre debug data`."""

import typer

from jointre.cli.console import note, out, print_json, state
from jointre.cli.next_step import next_step
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
    """Describe the corpora of a config: counts, lengths, duplicates, gold that the model cannot predict.

    Each warning names file and record; --verbose and --json show all places. No weights are loaded.

    Example: jointre debug data quickstart
    """
    from jointre.cli.config_argument import config_from

    loaded = config_from(context, config, overlays, use="debug", reader=reader)
    from jointre.cli.progress import counted
    from jointre.inspection.corpora import report_on

    report = report_on(loaded, counted)
    if as_json:
        print_json(context, report.to_json())
        return
    from jointre.rendering.data_report import show_data

    show_data(report, out(), all_places=state.verbose)
    kept = ["overlays", "reader", "code"]
    note(f"next: {next_step(context, 'train', config, keep=kept, overrides=True)}")
