"""Loggers: record the progress of a run."""

from jointre.loggers.base import Logger, Run
from jointre.loggers.jsonl import JsonlLogger

__all__ = ["JsonlLogger", "Logger", "Run"]
