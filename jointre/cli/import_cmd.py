"""``jointre import``: convert a checkpoint of a published implementation into a model folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jointre.cli.console import note, print_json
from jointre.cli.next_step import TEXT, next_step
from jointre.cli.options import Force, Json, Quiet, Verbose

if TYPE_CHECKING:
    from jointre.importing import Imported

Folder = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Folder with weights, config.json and tokenizer files.")
]
Out = Annotated[Path, typer.Argument(metavar="OUT", help="Model folder to write.")]
Types = Annotated[Path, typer.Option("--types", help="Types file of the model.", metavar="FILE")]
MaxWidth = Annotated[int, typer.Option("--max-width", help="Maximum width of an entity in words.", min=1)]
Threshold = Annotated[float, typer.Option("--threshold", help="Relation threshold.", min=0.0, max=1.0)]
Lowercase = Annotated[
    bool | None,
    typer.Option("--lowercase/--cased", help="Default: do_lower_case of tokenizer_config.json."),
]


def import_spert(
    context: typer.Context,
    folder: Folder,
    out: Out,
    types: Types,
    max_width: MaxWidth = 10,
    threshold: Threshold = 0.4,
    lowercase: Lowercase = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Convert a model trained with SpERT's published code; it predicts the same entities and relations.

    Example: jointre import spert save/final_model models/conll04 --types types.json
    """
    from jointre.importing import import_spert as bring

    done = bring(
        folder, out, types, max_width=max_width, threshold=threshold, lowercase=lowercase, force=force
    )
    _report(context, "SpERT", folder, done, as_json)


def import_sinet(
    context: typer.Context,
    folder: Folder,
    out: Out,
    types: Types,
    max_width: MaxWidth = 8,
    heads: Annotated[
        int, typer.Option("--heads", help="Number of heads of the cross-task attention in training.", min=1)
    ] = 4,
    threshold: Threshold = 0.5,
    lowercase: Lowercase = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Convert a model trained with SINET's published code; it predicts the same entities and relations.

    Example: jointre import sinet save/final_model models/scierc --types types.json
    """
    from jointre.importing import import_sinet as bring

    done = bring(
        folder,
        out,
        types,
        max_width=max_width,
        heads=heads,
        threshold=threshold,
        lowercase=lowercase,
        force=force,
    )
    _report(
        context,
        "SINET",
        folder,
        done,
        as_json,
        f"; {heads} heads, a number that the checkpoint does not contain",
    )


def _report(
    context: typer.Context, model: str, folder: Path, done: "Imported", as_json: bool, taken: str = ""
) -> None:
    from jointre.data.report import first_few

    entities, relations = len(done.labels.entities), len(done.labels.relations)
    note(f"read {folder / done.file}: {done.tensors} tensors imported")
    if done.left_out:
        note(f"left out, because {model} does not use them: {first_few(done.left_out)}")
    if done.renamed:
        note(f"tensors renamed: {len(done.renamed)}, the first is {done.renamed[0]}")
    note(f"wrote {done.folder}: {entities} entity types, {relations} relation types{taken}")
    if as_json:
        read = {
            "model": str(done.folder),
            "weights": str(folder / done.file),
            "labels": done.labels.to_json(),
        }
        counts = {"tensors": done.tensors, "left_out_tensors": done.left_out, "renamed_tensors": done.renamed}
        print_json(context, {**read, **counts})
    note(f"next: {TEXT} {next_step(context, 'predict', done.folder, '-')}")
