"""Convert models of other programs into jointre model folders."""

from jointre.importing.convert import Imported
from jointre.importing.sinet import import_sinet
from jointre.importing.spert import import_spert

__all__ = ["Imported", "import_sinet", "import_spert"]
