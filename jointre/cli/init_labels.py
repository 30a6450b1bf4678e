"""``jointre init labels``: write a types file with the types that corpora use."""

from pathlib import Path
from typing import Annotated

import typer

from jointre.cli.completion import corpus_names
from jointre.cli.console import note, print_json, result
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, Force, Json, Quiet, Reader, Verbose
from jointre.cli.output_checks import refuse_unwritable
from jointre.errors import Fault, UsageError
from jointre.printable import dump_json


def init_labels(
    context: typer.Context,
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA...", help="Corpora: files, folders, sample:train.", autocompletion=corpus_names
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Types file to write. Default: stdout.", metavar="FILE"),
    ] = None,
    symmetric: Annotated[
        str | None, typer.Option(help="Relation types without a direction.", metavar="NAME,NAME")
    ] = None,
    reader: Reader = None,
    code: Code = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write the entity and relation types of corpora as a types file, for --paths.types.

    Example: jointre init labels sample:train sample:dev --output types.json
    """
    from jointre.data.atomic_write import write_text
    from jointre.data.labels import Labels
    from jointre.data.triples import NO_RELATION, published
    from jointre.readers.open import open_data

    refuse_unwritable(output, force=force, inputs=[*data, *(code or ())])
    undirected = [name.strip() for name in (symmetric or "").split(",") if name.strip()]
    readers = [open_data(corpus, reader=reader) for corpus in data]
    docs = [doc for found in readers for doc in found]
    for notice in (notice for found in readers for notice in getattr(found, "notices", [])):
        note(notice)
    used = Labels.from_docs(docs)
    triples = {triple.label for doc in docs for triple in published(doc) or ()} - set(NO_RELATION)
    relations = tuple(sorted(triples | set(used.relations)))  # some triples have no place in the text
    labels = Labels(used.entities, relations, frozenset(undirected) & set(relations))
    unknown = [name for name in undirected if name not in labels.relations]
    faults = [Fault(f"no corpus has a relation type {name!r}", "--symmetric") for name in unknown]
    if not labels.entities:
        faults.append(Fault("no document has an annotated entity", ", ".join(data)))
    if faults:
        raise UsageError("nothing written", faults)
    text = dump_json(labels.to_json(), indent=1)
    note(f"{len(labels.entities)} entity types, {len(labels.relations)} relation types")
    if output is not None:
        write_text(output, text + "\n")
    if as_json:
        print_json(context, {"output": None if output is None else str(output), "labels": labels.to_json()})
    elif output is None:
        result(text)
    if output is not None:
        note(f"wrote {output}")
        corpus = (
            [] if data[0].startswith("sample:") else [f"--paths.train={data[0]}"]
        )  # a sample is not a path
        words = ["CONFIG", *corpus, f"--paths.types={output}"]
        note(f"next: {next_step(context, 'train', *words, keep=['reader', 'code'])}")
