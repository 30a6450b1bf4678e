"""The preflight: find everything that is wrong with a config before data and weights are read, in one report."""

from jointre.preflight.check import Use, load_checked, refuse

__all__ = ["Use", "load_checked", "refuse"]
