"""Loggers: record how a run goes."""

from jointre.loggers.base import Logger, Run
from jointre.loggers.jsonl import JsonlLogger

__all__ = ["JsonlLogger", "Logger", "Run"]
