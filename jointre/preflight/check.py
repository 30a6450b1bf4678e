"""The preflight of a config for a use: all its faults at once, including those of `load_config`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from jointre.config.faults import in_order
from jointre.config.load import Config, Examined, examine
from jointre.config.resolve import Builder
from jointre.config.schema import SystemSettings, keys_of
from jointre.config.source import Source
from jointre.config.tree import Key, where
from jointre.config.trial import Trial
from jointre.errors import ConfigError, Fault, UsageError
from jointre.preflight.inputs import missing_inputs
from jointre.preflight.metrics import wrong_metrics
from jointre.preflight.names import unknown_names, unused_names
from jointre.system import usable_device

Use = Literal["debug", "train", "pretrain"]
READ: Mapping[Use, Sequence[str]] = {
    "debug": ["corpora", "tokenizer", "model", "initialize", "pretraining"],
    "train": ["corpora", "tokenizer", "model", "initialize"],
    "pretrain": ["pretraining", "tokenizer", "model"],
}
"""The sections whose files and pretrained models must exist, by use.

"debug" examines everything that is named, and does not require anything else.
"""


def load_checked(
    source: str | Path | Source,
    overlays: Sequence[str | Path | Source] = (),
    overrides: Mapping[str, Any] | None = None,
    *,
    use: Use,
) -> Config:
    """Load a config as `load_config` does and check it for a use; names without effect become notices.

    Raises:
        ConfigError: with all faults.
    """
    examined = examine(source, overlays, overrides)
    config = examined.config
    _raise(config, [*examined.faults, *_faults(examined, use)])
    config.notices.extend(unused_names(config))
    return config


def refuse(config: Config, use: Use, skip: Sequence[str] = ()) -> None:
    """Check a loaded config for a use that does not need the sections ``skip`` after all.

    Raises:
        ConfigError: with all faults.
    """
    _raise(config, _faults(Examined(config, [], ()), use, skip))


def _raise(config: Config, found: Iterable[Fault]) -> None:
    faults = in_order(dict.fromkeys(found))
    if faults:
        raise ConfigError(f"config {config.name} is invalid", faults)


def _faults(examined: Examined, use: Use, skip: Sequence[str] = ()) -> Iterator[Fault]:
    """Return the faults beyond those that are already known."""
    config, known = examined.config, examined.keys
    builder = Builder(config.values, config.origins, config.unset)
    waiting = {key: name for key, name in config.unset.items() if builder.needed(key)}
    trial = Trial(config.values, config.origins, waiting, known)
    other = list(_other_faults(examined, use, skip, builder, trial))
    if len(trial.bugs) == len(trial.faults) == 1 and not other and not examined.faults:
        raise trial.bugs[0]  # alone, it is reported with its traceback
    yield from trial.faults
    yield from other


def _other_faults(
    examined: Examined, use: Use, skip: Sequence[str], builder: Builder, trial: Trial
) -> Iterator[Fault]:
    config, known = examined.config, examined.keys
    yield from unknown_names(config, trial, "initialize" not in skip)
    if use != "pretrain":
        dev_may_come = "corpora.dev" in skip or (use == "debug" and bool(builder.waiting(("corpora", "dev"))))
        has_dev = dev_may_come or _is_there(builder, ("corpora", "dev"))
        yield from wrong_metrics(config, trial, known, has_dev)
    if use == "train" and not _is_there(builder, ("corpora", "train")):
        missing = Fault("the training corpus is missing", "[corpora.train]", "add a reader")
        yield from builder.waiting(("corpora", "train")) or [missing]
    pretraining = config.values.get("pretraining")
    if use == "pretrain" and isinstance(pretraining, dict) and pretraining.get("shards") is None:
        yield Fault("shards is not set", "[pretraining] shards", "--paths.train FOLDER")
    if use != "debug":
        yield from _no_device(config, known)
    yield from missing_inputs(config, known, READ[use], skip, offline=use != "debug")


def _is_there(builder: Builder, corpus: Key) -> bool:
    """Return whether a corpus has a reader, and everything that the reader needs from [paths] is set."""
    corpora = builder.values.get("corpora")
    given = corpora.get(corpus[-1]) if isinstance(corpora, dict) else None
    return given is not None and not builder.waiting(corpus)


def _no_device(config: Config, faulty: Collection[Key]) -> Iterator[Fault]:
    """Report why this machine cannot do what [system] requests; faulty keys count as their defaults."""
    section, names = config.values.get("system"), keys_of(SystemSettings)
    given = section if isinstance(section, dict) else {}
    sound = {name: value for name, value in given.items() if name in names and ("system", name) not in faulty}
    try:
        usable_device(SystemSettings(**sound))
    except UsageError as error:
        for fault in error.faults:
            place = where(config.origins, ("system",), fault.where.removeprefix("system.") or "device")
            yield Fault(f"{error.title}: {fault.what}", place, fault.remedy)
