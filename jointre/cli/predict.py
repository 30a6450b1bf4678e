"""`jointre predict`."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jointre.cli.completion import form_names
from jointre.cli.console import note, state
from jointre.cli.forms import Form
from jointre.cli.job_options import (
    SHARD_SIZE,
    Devices,
    EngineName,
    ShardSize,
    Workers,
    Workplace,
    refuse_bulk_options,
)
from jointre.cli.options import (
    BatchPieces,
    Code,
    Decoder,
    Device,
    Force,
    ModelFolder,
    Precision,
    Quiet,
    Reader,
    Verbose,
)
from jointre.cli.output_checks import refuse_output
from jointre.cli.predict_job import Settings, is_bulk, predict_in_bulk
from jointre.cli.scoring import use_decoder

if TYPE_CHECKING:
    from jointre.data.doc import Doc
    from jointre.data.report import Report


def predict_cmd(
    model: ModelFolder,
    source: Annotated[
        str,
        typer.Argument(metavar="INPUT", help="Raw text or a corpus; - reads text from stdin."),
    ],
    output: Annotated[
        str | None,
        typer.Argument(
            metavar="OUTPUT",
            help="File to write, packed if it ends in .gz; or a folder, such as found/, to predict in bulk."
            " Default: stdout.",
        ),
    ] = None,
    more: Annotated[
        list[str] | None,
        typer.Argument(metavar="...", help="If there are more names, the last is OUTPUT, all others INPUT."),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="text, html, or a writer such as jsonl or spert. Default: by the ending of OUTPUT;"
            " text in a terminal, else jsonl.",
            metavar="FORMAT",
            autocompletion=form_names,
        ),
    ] = None,
    level: Annotated[
        Literal["document", "sentence"],
        typer.Option(
            "--level",
            help="Write a record for each document, or for each of its sentences.",
        ),
    ] = "document",
    entities: Annotated[
        str | None,
        typer.Option(
            "--entities",
            help="Predict relations between given entities: those of INPUT (gold), or of a JSON Lines FILE.",
            metavar="gold|FILE",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="Relation threshold for this call. Default: the model's.",
            min=0.0,
            max=1.0,
        ),
    ] = None,
    decoder: Decoder = None,
    device: Device = "auto",
    precision: Precision = "fp32",
    batch_pieces: BatchPieces = None,
    reader: Reader = None,
    engine: EngineName = "local",
    workers: Workers = None,
    devices: Devices = None,
    shard_size: ShardSize = SHARD_SIZE,
    code: Code = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Predict entities and relations, or relations between given entities.

    Each line of a raw text is a document. Offsets in the output count its characters, or the words of a corpus that
    gives only words. Several inputs, or an OUTPUT that is a folder, are predicted in bulk, in shards: repeat the
    command to continue a stopped run.

    Example: echo 'Anna Berg leads Talvera Lithium.' | jointre predict runs/first -
    """
    names = [source, *([] if output is None else [output]), *(more or ())]
    sources, target = (names[:-1], names[-1]) if more else ([source], output)
    if is_bulk(sources, target, form, reader):
        settings = Settings(form, level, entities, threshold, decoder, precision, batch_pieces)
        workplace = Workplace(engine, workers, devices, device, shard_size)
        predict_in_bulk(model, sources, target, settings, workplace, reader, code or (), force)
        return
    refuse_bulk_options(engine, workers, devices)
    path = None if output is None else Path(output)
    from jointre import bf16
    from jointre.cli.progress import counted, to_end
    from jointre.counting import each
    from jointre.data.report import Report
    from jointre.pipeline import load
    from jointre.readers.given_entities import GivenDocs
    from jointre.readers.open import count_documents, open_input, read_input
    from jointre.serialize import find_model
    from jointre.system import keep_large_buffers

    inputs = [source, find_model(model), *([entities] if entities else []), *(code or ())]
    written = Form(form, path, level)
    if path is not None:
        refuse_output(path, written.files, force, inputs)
    avoid = [path] if path else ()
    if source != "-":
        open_input(source, avoid, reader)  # refuse an input that cannot be opened before the model is loaded
    keep_large_buffers()
    pipeline = load(model, device)
    use_decoder(pipeline, decoder)
    docs: Iterable[Doc] = read_input(source, avoid, reader, pipeline.splitter)
    predictor = pipeline.predictor(precision, batch_pieces, given=entities is not None, threshold=threshold)
    for notice in bf16.notices(predictor.device, precision):
        note(notice)
    if predictor.given:
        given = entities or "gold"
        docs = GivenDocs(source, given, pipeline.labels, reader=reader, splitter=pipeline.splitter)
    report = Report()
    show = path is not None or not sys.stdout.isatty()
    total = count_documents(source, reader) if show and not state.quiet else None
    with counted("documents", total, show) as advance:
        read = to_end(docs, advance.expect)
        found = each(predictor.stream(read) if source == "-" else predictor(read), advance)
        found = found if level == "document" else _by_sentence(found, report)
        written.write(found, pipeline.labels, report)
    for notice in [*getattr(docs, "notices", []), *predictor.notices(), *report.notices]:
        note(notice)
    if path is not None:
        note(f"wrote {path}")


def _by_sentence(docs: "Iterable[Doc]", report: "Report") -> "Iterator[Doc]":
    """Yield the sentences of documents as records of their own; relations between sentences are counted."""
    from jointre.data.segments import by_sentence, count_cut

    for doc in docs:
        found = by_sentence(doc)
        count_cut(doc, found, "sentences", report)
        yield from found
