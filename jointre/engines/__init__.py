"""Engines: where the tasks of a job are done: in processes of this machine, on a Ray cluster, or in batch jobs."""

from jointre.engines.base import Engine, Pool, Work
from jointre.engines.local import LocalEngine
from jointre.engines.ray import RayEngine
from jointre.engines.submitit import SubmititEngine

__all__ = ["Engine", "LocalEngine", "Pool", "RayEngine", "SubmititEngine", "Work"]
