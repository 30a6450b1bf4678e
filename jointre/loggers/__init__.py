"""Loggers: record the progress of a run."""

from jointre.loggers.base import Logger, Run
from jointre.loggers.jsonl import JsonlLogger
from jointre.loggers.tensorboard import TensorBoardLogger

__all__ = ["JsonlLogger", "Logger", "Run", "TensorBoardLogger"]
