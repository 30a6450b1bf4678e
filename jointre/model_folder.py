"""Check a model folder before anything is built from it: regular files, known versions, known components."""

import sys
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from jointre.config.line_scan import shortened
from jointre.config.source import Source
from jointre.config.tree import function_of, walk
from jointre.errors import Fault, UsageError
from jointre.registry import registry
from jointre.versions import install, is_newer, is_version, upgrade, written_by

CONFIG, WEIGHTS, LABELS, META = "config.cfg", "model.safetensors", "labels.json", "meta.json"
ENCODER, TOKENIZER = "encoder/config.json", "tokenizer"
NETWORK = "encoder/model.onnx"
OTHER_ENCODERS = "encoder/*/config.json"
TOKENIZER_JSON, TOKENIZER_SETTINGS = f"{TOKENIZER}/tokenizer.json", f"{TOKENIZER}/tokenizer_config.json"
AGAIN = "copy the folder again"
MEBIBYTE = 2**20
SIZES: Mapping[str, int | None] = {
    CONFIG: 2,
    WEIGHTS: None,
    LABELS: 2,
    META: 16,
    ENCODER: 2,
    NETWORK: 2048,
    TOKENIZER_JSON: 256,
    TOKENIZER_SETTINGS: 16,
}
"""The files that loading reads, and their maximum sizes in mebibytes; None for no limit."""


def odd_files(folder: Path) -> Iterator[Fault]:
    """Report files that are not regular files, or too large for their content.

    Links are accepted if they lead to regular files, because the hub's cache consists of links.
    """
    others = [str(path.relative_to(folder)) for path in folder.glob(OTHER_ENCODERS)]
    for name, most in (*SIZES.items(), *((name, SIZES[ENCODER]) for name in others)):
        path = folder / name
        if not path.exists():
            if path.is_symlink():
                yield Fault(f"{name} is a broken link", remedy=AGAIN)
            continue
        if not path.is_file():
            kind = "a folder" if path.is_dir() else "a pipe or a device"
            yield Fault(f"{name} is {kind}, not a file", remedy=AGAIN)
        elif most is not None and path.stat().st_size > most * MEBIBYTE:
            yield Fault(f"{name} is larger than {most} MiB", remedy=AGAIN)


def meta_faults(meta: Mapping[str, Any]) -> Iterator[Fault]:
    """Report errors in meta.json, and packages in it that are not installed."""
    if "jointre" in meta and not is_version(meta["jointre"]):
        yield Fault("meta.json: 'jointre' is not a version number", remedy=AGAIN)
    for key in ("libraries", "scores"):
        if not isinstance(meta.get(key, {}), dict):
            yield Fault(f"meta.json: {key!r} is not an object", remedy=AGAIN)
    packages = meta.get("packages", {})
    if not isinstance(packages, dict) or not all(isinstance(number, str) for number in packages.values()):
        yield Fault("meta.json: 'packages' is not an object with a version for each package", remedy=AGAIN)
        return
    for package, number in packages.items():
        yield from _package_faults(package, number)


def _package_faults(package: str, number: str) -> Iterator[Fault]:
    """Report a missing package; a package without a version was a ``--code`` file."""
    command = install(package, number)
    if not number and package.isidentifier():
        if package not in sys.modules:
            what = f"the model uses functions of {package}.py, which was given with --code"
            yield Fault(what, remedy=f"pass it again: --code {package}.py")
    elif command is None:
        named = f"{package!r} {number!r}" if len(package) + len(number) < 100 else "something very long"
        yield Fault(f"meta.json: 'packages' names {named}, which is not a package and its version")
    elif not _is_installed(package):
        what = f"the model uses functions of the package {package!r}, which is not installed"
        yield Fault(what, remedy=command)


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def unknown_components(config: Source, sections: Collection[str]) -> Iterator[Fault]:
    """Report registered names in a folder's config that this installation does not have.

    No similar names are suggested, because nobody is editing the config of a model folder.
    """
    for key, value in walk(config.tree):
        function = function_of(value)
        if key[0] not in sections or function is None:
            continue
        kind, name = function[0][1:], function[1]
        known = registry.find(kind)
        if known is not None and isinstance(name, str) and not known.has(name):
            what = f"{shortened(name)!r} is not one of the {kind} of this jointre"
            yield Fault(what, f"{CONFIG} [{'.'.join(key)}]")


def newer(meta: Mapping[str, Any], file: str = META) -> list[Fault]:
    """Return a line that explains the faults of a folder from a later jointre; nothing for an earlier version."""
    writer = meta.get("jointre")
    if not is_version(writer) or not is_newer(writer):
        return []
    return [Fault(written_by(writer), file, upgrade(writer))]


def refuse_output(out: Path, read: Mapping[str, Path], force: bool) -> None:
    """Refuse an output folder that is in use; only a model folder is ever replaced, never an input.

    Args:
        out: the model folder to write.
        read: what the command reads, by what it is, such as "the checkpoint".
        force: whether a model folder may be replaced.

    Raises:
        UsageError: it is in use.
    """
    place = out.resolve()
    another = "choose another folder"
    for what, source in read.items():
        if place == source.resolve() or place in source.resolve().parents:
            raise UsageError("the output cannot be used", [Fault(f"it contains {what}", str(out), another)])
    used = out.is_file() or (out.is_dir() and any(out.iterdir()))
    if used and not force:
        fault = Fault("it is not empty", str(out), f"{another}, or --force to replace a model folder")
        raise UsageError("the output cannot be used", [fault])
    if used and not (out / "meta.json").is_file():
        raise UsageError("the output cannot be used", [Fault("it is not a model folder", str(out), another)])
