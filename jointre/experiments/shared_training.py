"""Find variants that can share one training run, because they differ only in how the trained model is scored."""

import json
from typing import Any

from jointre.config import Config
from jointre.config.tree import function_of
from jointre.experiments.spec import Variant

SCORING = {
    ("@models", "jointre.joint.v1"): ("decoder", "symmetric_merge"),
    ("@relation_heads", "jointre.linear.v1"): ("threshold",),
    ("@relation_heads", "jointre.biaffine.v1"): ("threshold",),
    ("@relation_heads", "jointre.kernel.v1"): ("threshold",),
    ("@relation_heads", "jointre.kernel.v2"): ("threshold",),
}
"""The arguments of components that training never reads. Those of plugins are unknown, so they count for training."""


def training_identity(variant: Variant) -> str:
    """Return a text that is equal for two variants whose runs, with the same seed, end with the same weights.

    It leaves out ``[evaluation]``, the test corpus, and the arguments in `SCORING`. If scores on dev decide which
    weights are kept, when training stops, or which threshold is stored, nothing is left out.
    """
    start = f"{variant.pretrain}@{variant.update}" if variant.pretrain else ""
    values = variant.config.values
    if not _decided_on_dev(variant.config):
        # The values of [paths] are also where they are used.
        values = _used_in_training({**values, "evaluation": None, "paths": None})
        values["corpora"] = {name: reader for name, reader in values["corpora"].items() if name != "test"}
    return start + json.dumps({**values, "system": {**values["system"], "seed": 0}}, sort_keys=True)


def _decided_on_dev(config: Config) -> bool:
    training = config.values["training"]
    return (
        training["keep"] == "best"
        or training["patience"] is not None
        or training["tune_threshold"] is not None
    )


def _used_in_training(value: Any) -> Any:
    """Return a value of a config without the arguments in `SCORING`."""
    if not isinstance(value, dict):
        return value
    unused = SCORING.get(function_of(value) or ("", ""), ())
    return {name: _used_in_training(child) for name, child in value.items() if name not in unused}
