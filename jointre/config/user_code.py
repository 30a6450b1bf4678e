"""Import a user's file (``--code FILE.py``), so that a config can name the functions that it registers."""

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from jointre.attribution import CODE_FILES
from jointre.errors import ConfigError, Fault, RefusedError, described
from jointre.place import Place

_IMPORTED: dict[Path, ModuleType] = {}


def import_code(path: str | Path) -> ModuleType:
    """Import a Python file once; a second call for the same file returns the same module.

    Raises:
        ConfigError: the file does not exist or cannot be imported; with the line.
    """
    file = Path(path).resolve()
    if file in _IMPORTED:
        return _IMPORTED[file]
    try:
        what = "" if file.is_file() and file.suffix == ".py" else "is not a Python file"
        what = what if file.exists() else "does not exist"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    if what:
        raise ConfigError("code cannot be imported", [Fault(what, str(path), "pass a file NAME.py")])
    name = _free_name(file.stem)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    CODE_FILES[file] = str(path)
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a file can do anything when it is imported, for instance exit
        del sys.modules[name]
        raise ConfigError("code cannot be imported", _faults(error, path, file)) from error
    _IMPORTED[file] = module
    return module


def _free_name(stem: str) -> str:
    """Return the name of the file, with a number if it would hide a module."""
    name = stem if stem.isidentifier() else "user_code"
    number = 0
    while name in sys.modules or importlib.util.find_spec(name) is not None:
        number += 1
        name = f"{stem if stem.isidentifier() else 'user_code'}_{number}"
    return name


def _faults(error: BaseException, path: str | Path, file: Path) -> list[Fault]:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        return [Fault(f"syntax error: {error.msg}", Place(str(path), error.lineno))]
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)
    ]
    place = Place(str(path), lines[-1] if lines else None)
    if isinstance(error, RefusedError):
        return [Fault(f"{error.title}: {fault.what}", place, fault.remedy) for fault in error.faults]
    return [Fault(described(error), place)]
