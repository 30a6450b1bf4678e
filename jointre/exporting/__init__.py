"""Export a model with its encoder in another form, and compare both."""

from jointre.exporting.differences import Losses, Sameness, compare, losses, watched
from jointre.exporting.export import Exported, prepare

__all__ = ["Exported", "Losses", "Sameness", "compare", "losses", "prepare", "watched"]
