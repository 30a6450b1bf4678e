"""``jointre convert``: write a corpus in another format."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jointre.cli.completion import corpus_names, reader_names, writer_names
from jointre.cli.console import note, print_json
from jointre.cli.convert_job import convert_in_bulk, named_writer
from jointre.cli.job_options import SHARD_SIZE, EngineName, ShardSize, Workers, Workplace, refuse_bulk_options
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, Force, Json, Quiet, Verbose
from jointre.cli.output_checks import refuse_output
from jointre.console import number_of

if TYPE_CHECKING:
    from jointre.writers.convert import Conversion

From = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="Reader of the input. Default: the one that recognises it.",
        metavar="READER[:KEY=VALUE,...]",
        autocompletion=reader_names,
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        help="Writer of the output, such as brat or conll:scheme=BIOES.",
        metavar="WRITER[:KEY=VALUE,...]",
        autocompletion=writer_names,
    ),
]
Source = Annotated[
    str,
    typer.Argument(
        metavar="IN",
        help="Corpus: a file, a folder, a pattern in quotes or sample:train.",
        autocompletion=corpus_names,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Write nothing if annotation would be lost.")]


def convert_cmd(
    context: typer.Context,
    source: Source,
    target: Annotated[
        str,
        typer.Argument(
            metavar="OUT",
            help="File or folder to write; a file is packed if it ends in .gz. A name that ends in / is a folder of"
            " shards, if the format is one file.",
        ),
    ],
    reader: From = None,
    to: To = None,
    strict: Strict = False,
    engine: EngineName = "local",
    workers: Workers = None,
    shard_size: ShardSize = SHARD_SIZE,
    code: Code = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a corpus in another format, and say what that format cannot hold.

    The ending of OUT says its format if only one format has it; otherwise name it with --to.

    Example: jointre convert sample:train train.json --to spert
    """
    if _is_bulk(target, to):
        workplace = Workplace(engine, workers, None, "cpu", shard_size)
        convert_in_bulk(context, [source], target, reader, to, workplace, strict, code or (), force, as_json)
        return
    refuse_bulk_options(engine, workers, None)
    output = Path(target)
    from jointre.cli.progress import counted
    from jointre.readers.named import NamedReader
    from jointre.readers.open import open_corpora
    from jointre.writers.convert import convert
    from jointre.writers.named import choose_writer

    named = choose_writer(output, to)
    corpus, names = open_corpora(source, NamedReader.parse(reader, "--from") if reader else None)
    writer = named.make()
    refuse_output(output, writer.files, force, [*names, *(code or ())])
    with counted("documents") as advance:
        found = convert(corpus, writer, output, strict, advance)
    for notice in getattr(corpus, "notices", []):
        note(notice)
    if as_json:
        print_json(context, {"input": source, "output": str(output), "writer": named.name, **found.to_json()})
    say(found, output)
    words = ["CONFIG", f"--paths.train={output}"]
    note(f"next: {next_step(context, 'debug data', *words, keep=['code'])}")


def _is_bulk(target: str, to: str | None) -> bool:
    """Return whether the output is a folder of shards, not one of a format of folders."""
    return target.endswith(("/", "\\")) and (to is None or not named_writer(to).kind.files)


def say(found: "Conversion", output: Path) -> None:
    """Print what was lost and changed, and what was written."""
    for count in found.lost:
        note(f"lost: {count}")
    for count in found.changed:
        note(f"changed: {count}")
    read, written = found.read, found.written
    size = f"{number_of(written.documents, 'document')} with {written.entities} of {read.entities} entities"
    note(f"wrote {output}: {size} and {written.relations} of {read.relations} relations")
