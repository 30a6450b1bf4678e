"""`jointre attention`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jointre.cli.console import note
from jointre.cli.options import Code, Device, ModelFolder, Quiet, Reader, Verbose
from jointre.cli.output_checks import refuse_unwritable
from jointre.errors import INVALID, Fault, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jointre.data.doc import Doc
    from jointre.pipeline import Pipeline

SHORT = 80


def _numbers(option: str) -> "typer.models.OptionInfo":
    what = {"--layers": "layers", "--heads": "heads"}[option]
    return typer.Option(option, help=f"Draw only these {what} of the encoder: 1,2.", metavar="N,N")


def attention_cmd(
    model: ModelFolder,
    source: Annotated[
        str,
        typer.Argument(metavar="TEXT", help="A text in quotes, a file of text, or a corpus; - reads stdin."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: .html, .png, .svg or .pdf.", metavar="FILE")
    ] = Path("attention.html"),
    number: Annotated[
        int, typer.Option("--number", help="Which sentence of TEXT to show, from 1.", metavar="N", min=1)
    ] = 1,
    gold: Annotated[
        bool, typer.Option("--gold", help="Mark the annotation of the corpus, not the predictions.")
    ] = False,
    layers: Annotated[str | None, _numbers("--layers")] = None,
    heads: Annotated[str | None, _numbers("--heads")] = None,
    device: Device = "auto",
    reader: Reader = None,
    code: Code = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show what a model attends to in a sentence, with its entities and relations, as a page or a figure.

    Example: jointre attention runs/first 'Anna Berg leads Talvera Lithium.' -o page.html
    """
    from jointre.data.atomic_write import write_text
    from jointre.experiments.results.plot_style import refuse_plot
    from jointre.inspection.attention import attention_of
    from jointre.pipeline import load
    from jointre.serialize import find_model

    if output.suffix != ".html":
        refuse_plot(output, ".html")
    refuse_unwritable(output, inputs=[source, find_model(model), *(code or ())])
    pipeline = load(model, device)
    segment, total = _segment(pipeline, source, reader, number)
    found = attention_of(pipeline, segment, gold)
    shape = (0, 0) if found.encoder is None else found.encoder.shape[:2]
    chosen = [_chosen(*each) for each in (("--layers", layers, shape[0]), ("--heads", heads, shape[1]))]
    words = " ".join(segment.words)
    title = f"Attention: {words if len(words) <= SHORT else words[:SHORT] + '…'}"
    if output.suffix == ".html":
        from jointre.rendering.attention import attention_page

        write_text(output, attention_page(found, title, pipeline.labels, *chosen))
    else:
        from jointre.rendering.attention_plot import plot_attention

        plot_attention(found, title, output, *chosen)
    if total > 1:
        note(f"showing sentence {number} of {total}; choose another with --number")
    note(f"wrote {output}")


def _segment(pipeline: "Pipeline", source: str, reader: str | None, number: int) -> "tuple[Doc, int]":
    """Return the segment with this number, and the number of segments."""
    from jointre.segmenters import segments_of

    segments, _ = segments_of(_docs(pipeline, source, reader), pipeline.segmenter)
    kept = [segment for segment in segments if segment.words]
    if number > len(kept):
        fault = Fault(f"TEXT has {len(kept)} sentences", "--number", f"choose from 1 to {len(kept)}")
        raise UsageError(INVALID, [fault] if kept else [Fault("it has no words", "TEXT")])
    return kept[number - 1], len(kept)


def _docs(pipeline: "Pipeline", source: str, reader: str | None) -> "Iterable[Doc]":
    from jointre.data.resplit import split_again
    from jointre.readers.open import read_input
    from jointre.readers.text import docs_from_texts

    corpus = source == "-" or source.startswith("sample:") or reader is not None or Path(source).exists()
    if not corpus:
        return docs_from_texts([source], pipeline.splitter)
    docs = read_input(source, reader=reader, splitter=pipeline.splitter)
    return (split_again(doc, pipeline.splitter) for doc in docs)


def _chosen(option: str, given: str | None, most: int) -> list[int] | None:
    """Return the numbers of an option; None if it was not given."""
    if given is None:
        return None
    wrong = [part for part in given.split(",") if not part.strip().isdecimal() or not 1 <= int(part) <= most]
    if wrong:
        remedy = f"choose from 1 to {most}" if most else "the encoder shows no attention"
        raise UsageError(INVALID, [Fault(f"there is no {part!r}", option, remedy) for part in wrong])
    return list(dict.fromkeys(map(int, given.split(","))))
