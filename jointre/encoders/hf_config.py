"""Read the config.json of a transformers encoder that is not trusted.

Some keys of such a file make transformers download kernels or backbones, import code, or quantise weights. None of
these keys describes the shape of an encoder. So jointre reads only the keys that do, and decides the rest itself.
"""

import inspect
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jointre.data.strict_read import load_json
from jointre.errors import BuildError, DataError, Fault, first_line

MODEL_TYPES = frozenset(
    [
        *("albert", "bert", "big_bird", "camembert", "convbert", "data2vec-text", "deberta", "deberta-v2"),
        *("distilbert", "electra", "ernie", "esm", "eurobert", "flaubert", "funnel", "gpt2", "gte", "ibert"),
        *("jina_embeddings_v3", "llama", "longformer", "luke", "megatron-bert", "mobilebert", "modernbert"),
        *("mpnet", "nomic_bert", "nystromformer", "qwen2", "qwen3", "rembert", "roberta"),
        *("roberta-prelayernorm", "roformer", "squeezebert", "xlm", "xlm-roberta", "xlm-roberta-xl", "xlnet"),
        "xmod",
    ]
)
"""Text encoders whose code in transformers downloads and compiles nothing when they are built or run."""

COMMON = frozenset(
    [
        *("architectures", "is_decoder", "add_cross_attention", "tie_word_embeddings"),
        *("bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id"),
    ]
)
"""Keys of every config that describe an encoder."""

ROPE = frozenset(
    [
        *("rope_theta", "rope_scaling", "rope_parameters", "partial_rotary_factor"),
        *("global_rope_theta", "local_rope_theta", "global_attn_every_n_layers"),
    ]
)
"""Keys for rotary positions, under old and new names."""

LARGEST = 2**31 - 1
MOST_LAYERS = 1024
MOST_VALUES = 10_000
DEEPEST = 3


def read_config(where: str) -> Any:
    """Return the transformers config in a local folder or on the hub.

    Raises:
        BuildError: the model type is not supported, or a value cannot be used; with all faults.
        OSError, ValueError: the hub and its cache do not have it.
    """
    file = Path(where) / "config.json"
    if not Path(where).is_dir():
        from transformers import PretrainedConfig

        data, _ = PretrainedConfig.get_config_dict(where)
        return checked_config(data, f"{where}/config.json")
    try:
        return checked_config(load_json(file), str(file))
    except DataError as error:
        raise BuildError(error.title, error.faults) from error


def checked_config(data: Any, place: str) -> Any:
    """Return a config made from the keys of ``data`` that describe an encoder; ignore all others."""
    if not isinstance(data, dict):
        raise _refused([Fault("is not a JSON object", place)])
    kind = data.get("model_type")
    made = _class_of(kind, place)
    kept = {key: data[key] for key in data.keys() & (_own_keys(made) | COMMON | ROPE)}
    faults = [fault for key, value in sorted(kept.items()) for fault in _value_faults(key, value, place)]
    if faults:
        raise _refused(faults)
    try:
        config = made(**kept)
    except Exception as error:
        what = f"is not a config of {kind}: {first_line(error)}"
        raise _refused([Fault(what, place)]) from error
    layers = config.num_hidden_layers
    if type(layers) is not int or not 0 < layers <= MOST_LAYERS:
        raise _refused([Fault(f"num_hidden_layers is {layers!r}, not between 1 and {MOST_LAYERS}", place)])
    return config


def _class_of(kind: Any, place: str) -> Any:
    """Return the config class of a model type."""
    from transformers import CONFIG_MAPPING

    if kind is None:
        remedy = 'add "model_type": "bert" if it is a BERT model'
        raise _refused([Fault("has no model_type", place, remedy)])
    if not isinstance(kind, str) or kind not in MODEL_TYPES:
        remedy = f"use one of: {', '.join(sorted(MODEL_TYPES))}"
        raise _refused([Fault(f"model_type {str(kind)[:40]!r} is not supported", place, remedy)])
    if kind not in CONFIG_MAPPING:
        what = f"model_type {kind!r} is not known to the installed transformers"
        raise _refused([Fault(what, place, "pip install --upgrade transformers")])
    return CONFIG_MAPPING[kind]


def _own_keys(made: Any) -> set[str]:
    """Return the keys that a config class adds to those of all configs."""
    from transformers import PretrainedConfig

    arguments = set(inspect.signature(made.__init__).parameters) | set(made.attribute_map)
    common = set(vars(PretrainedConfig())) | set(inspect.signature(PretrainedConfig.__init__).parameters)
    return {key for key in arguments | set(vars(made())) if not key.startswith("_")} - common


def _value_faults(key: str, value: Any, place: str) -> Iterator[Fault]:
    """Report values that are not numbers and texts of a sensible size."""
    values = list(_scalars(value))
    if len(values) > MOST_VALUES or any(isinstance(scalar, dict | list) for scalar in values):
        yield Fault(f"{key} is too long or nested too deeply", place)
        return
    for scalar in values:
        is_number = isinstance(scalar, int | float)
        if is_number and not (math.isfinite(scalar) and abs(scalar) <= LARGEST):
            yield Fault(f"{key} is {str(scalar)[:40]}, which is out of range", place)


def _scalars(value: Any, depth: int = 0) -> Iterator[Any]:
    if isinstance(value, dict | list) and depth < DEEPEST:
        for child in value.values() if isinstance(value, dict) else value:
            yield from _scalars(child, depth + 1)
    else:
        yield value


def _refused(faults: list[Fault]) -> BuildError:
    return BuildError("the encoder's config cannot be used", faults)
