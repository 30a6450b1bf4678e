"""Configs: read text, check it, build settings and objects. Importing this package does not import torch."""

from jointre.config.load import Config, load_config, resolve
from jointre.config.schema import EvaluationSettings, SystemSettings, TrainingSettings
from jointre.config.user_code import import_code

__all__ = [
    "Config",
    "EvaluationSettings",
    "SystemSettings",
    "TrainingSettings",
    "import_code",
    "load_config",
    "resolve",
]
