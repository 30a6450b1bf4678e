"""Panels: parts of the HTML page of predictions. Importing this package registers those of jointre."""

from jointre.panels.base import Panel
from jointre.panels.triples import TriplesPanel

__all__ = ["Panel", "TriplesPanel"]
