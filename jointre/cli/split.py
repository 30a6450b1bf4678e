"""``jointre split``: divide a corpus into train, dev and test."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jointre.cli.console import note, print_json
from jointre.cli.convert import From, Source, To, say
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, Force, Json, Quiet, Verbose
from jointre.cli.output_checks import refuse_folder, refuse_output

if TYPE_CHECKING:
    from jointre.data.folds import Part


def split_cmd(
    context: typer.Context,
    source: Source,
    output: Annotated[Path, typer.Argument(metavar="OUT_FOLDER", help="Folder for train, dev and test.")],
    train: Annotated[
        float | None, typer.Option("--train", help="Share of the training part. Default: the rest.")
    ] = None,
    dev: Annotated[float, typer.Option("--dev", help="Share of the dev part; 0 for none.")] = 0.1,
    test: Annotated[float, typer.Option("--test", help="Share of the test part; 0 for none.")] = 0.1,
    seed: Annotated[int, typer.Option("--seed", help="Random seed.", min=0)] = 0,
    stratify: Annotated[
        bool, typer.Option("--stratify", help="Give each part its share of every type.")
    ] = False,
    group_by: Annotated[
        str | None,
        typer.Option(
            "--group-by", help="Keep documents with the same value of a key in one part.", metavar="KEY"
        ),
    ] = None,
    reader: From = None,
    to: To = None,
    code: Code = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Divide a corpus into train, dev and test, in its own format or another one.

    Documents with the same words are always in one part.

    Example: jointre split sample:train parts --dev 0.2 --stratify
    """
    from jointre.experiments.split import check_shares, split
    from jointre.readers.named import NamedReader
    from jointre.readers.open import open_corpora
    from jointre.writers.convert import convert
    from jointre.writers.named import NamedWriter, writer_like

    rest = round(1 - dev - test, 9)
    shares: dict[Part, float] = {"train": rest if train is None else train, "dev": dev, "test": test}
    check_shares(shares)
    named = NamedWriter.parse(to) if to is not None else None
    corpus, names = open_corpora(source, NamedReader.parse(reader, "--from") if reader else None)
    writer = named.make() if named is not None else writer_like(corpus, source)
    paths = {part: output / f"{part}{writer.ending}" for part in shares}
    refuse_folder(output, "choose another name")
    for path in paths.values() if output.is_dir() else ():
        refuse_output(path, writer.files, force, [*names, *(code or ())])
    docs = list(corpus)
    for notice in getattr(corpus, "notices", []):
        note(notice)
    parts = split(docs, shares, "stratified" if stratify else "plain", seed, group_by)
    output.mkdir(parents=True, exist_ok=True)
    facts: dict[str, Any] = {}
    for part, inside in parts.items():
        found = convert(inside, writer, paths[part])
        say(found, paths[part])
        facts[part] = {"output": str(paths[part]), **found.to_json()}
    if as_json:
        print_json(context, {"input": source, "output": str(output), "seed": seed, "parts": facts})
    words = [f"--paths.{part}={paths[part]}" for part in parts if part != "test"]
    note(f"next: {next_step(context, 'debug data', 'CONFIG', *words, keep=['code'])}")
