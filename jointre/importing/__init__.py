"""Models of other programs as jointre model folders."""

from jointre.importing.spert import Imported, import_spert

__all__ = ["Imported", "import_spert"]
