"""``jointre import spert``: a checkpoint of the published implementation as a model folder."""

from pathlib import Path
from typing import Annotated

import typer

from jointre.cli.console import note
from jointre.cli.options import Force, Quiet, Verbose


def import_spert(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The checkpoint: weights, config.json, tokenizer files.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The model folder to write.")],
    types: Annotated[
        Path, typer.Option("--types", help="The types file that the model was trained with.", metavar="FILE")
    ],
    max_width: Annotated[int, typer.Option("--max-width", help="Widest entity in words.", min=1)] = 10,
    threshold: Annotated[
        float, typer.Option("--threshold", help="Probability from which a relation holds.", min=0.0, max=1.0)
    ] = 0.4,
    lowercase: Annotated[
        bool | None,
        typer.Option("--lowercase/--cased", help="Default: do_lower_case of tokenizer_config.json."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Bring a model trained with SpERT's published code: the result predicts the same entities and relations.

    Example: jointre import spert save/final_model models/conll04 --types types.json
    """
    from jointre.importing.spert import import_spert as bring

    done = bring(
        folder, out, types, max_width=max_width, threshold=threshold, lowercase=lowercase, force=force
    )
    entities, relations = len(done.labels.entities), len(done.labels.relations)
    note(f"read {folder / done.file}: {done.tensors} tensors taken over")
    if done.left_out:
        note(f"left out, because SpERT does not use them: {', '.join(done.left_out)}")
    if done.renamed:
        note(f"old names made new: {len(done.renamed)}, the first is {done.renamed[0]}")
    note(f"wrote {out}: {entities} entity types, {relations} relation types")
    note(f"next: jointre predict {out} TEXT.txt   or   jointre evaluate {out} DATA")
