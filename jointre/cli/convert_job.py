"""Bulk `jointre convert`: many documents, in shards, with several workers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from jointre.cli.console import note, print_json
from jointre.cli.job_options import Workplace, end, run_job
from jointre.cli.output_checks import refuse_folder
from jointre.errors import Fault, UsageError

if TYPE_CHECKING:
    from jointre.writers.named import NamedWriter


def named_writer(to: str | None) -> "NamedWriter":
    """Return the writer that the user names; the name of a folder does not say one."""
    from jointre.writers.named import NamedWriter, short_name, writers

    if to is None:
        names = ", ".join(short_name(name) for name, kind in writers() if not kind.files and kind.ending)
        fault = Fault("a folder of shards may have any format", "OUT", f"name it with --to: {names}")
        raise UsageError("the output format is not known", [fault])
    return NamedWriter.parse(to)


def convert_in_bulk(
    context: typer.Context,
    inputs: Sequence[str],
    output: str,
    reader: str | None,
    to: str | None,
    workplace: Workplace,
    strict: bool,
    code: Sequence[Path],
    force: bool,
    as_json: bool,
) -> None:
    """Write files of any size in another format, into a folder of shards."""
    from jointre.cli.progress import counted
    from jointre.jobs.convert import conversion
    from jointre.jobs.inputs import input_files

    named, engine, folder = named_writer(to), workplace.engine(), Path(output)
    refuse_folder(folder, "choose another folder")
    with counted("lines counted") as advance:
        files = input_files(inputs, reader, advance)
    job = conversion(files, folder, named, strict, workplace.shard_size, code)
    facts = run_job(job, engine, folder, force)
    counts = facts["counts"]
    if as_json:
        print_json(context, {"input": inputs[0], "output": output, "writer": named.name, **_sizes(facts)})
    note(
        f"with {counts['entities'] - counts['lost_entities']} of {counts['entities']} entities"
        f" and {counts['relations'] - counts['lost_relations']} of {counts['relations']} relations"
    )
    end(facts)


def _sizes(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `jointre convert --json` says about documents, entities, relations and losses."""
    counts = facts["counts"]
    read = {key: counts[name] for key, name in (("documents", "read"), ("entities",) * 2, ("relations",) * 2)}
    written = {key: counts[key] - counts[f"lost_{key}"] for key in ("entities", "relations")}
    changes = [{key: change[key] for key in ("what", "count", "first")} for change in facts["changes"]]
    lost = [change["lost"] for change in facts["changes"]]
    return {
        "read": read,
        "written": {"documents": counts["documents"], **written},
        "losses": [change for change, is_lost in zip(changes, lost, strict=True) if is_lost],
        "changes": [change for change, is_lost in zip(changes, lost, strict=True) if not is_lost],
    }
