"""jointre: joint entity and relation extraction, assembled from config files.

Names are imported when they are first used: ``import jointre`` loads neither torch nor transformers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from jointre.about import __version__

if TYPE_CHECKING:
    from jointre.config import load_config, resolve
    from jointre.data.doc import Doc, Entity, Relation
    from jointre.data.labels import Labels
    from jointre.pipeline import Pipeline, load
    from jointre.registry import registry
    from jointre.training.run import train

_HOME = {
    "Doc": "jointre.data.doc",
    "Entity": "jointre.data.doc",
    "Labels": "jointre.data.labels",
    "Pipeline": "jointre.pipeline",
    "Relation": "jointre.data.doc",
    "load": "jointre.pipeline",
    "load_config": "jointre.config",
    "registry": "jointre.registry",
    "resolve": "jointre.config",
    "train": "jointre.training.run",
}

__all__ = [
    "Doc",
    "Entity",
    "Labels",
    "Pipeline",
    "Relation",
    "__version__",
    "load",
    "load_config",
    "registry",
    "resolve",
    "train",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'jointre' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
