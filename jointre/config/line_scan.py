"""Scan the lines of a config: note the line of every key, and report what the parser would fail on."""

import re
from dataclasses import dataclass, field

from jointre.config.tree import Key
from jointre.errors import Fault
from jointre.place import Place

HEADER = re.compile(r"\[(?P<name>.+)\]")
MOST = 20  # faults of one file that are shown
LONGEST_KEY = 200  # configparser looks for the end of a key in quadratic time
DEEPEST = 40  # names of a section header
SETTING = re.compile(r"(?P<key>[^=:\[][^=:]*)[=:](?P<value>.*)")


@dataclass
class Scan:
    """The result of a scan.

    Args:
        name: the name that messages use.
        chunks: the lines of each section, by header.
        lines: line of each section header and each key.
        inline: the keys that are set on a line of their own.
    """

    name: str
    chunks: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    inline: set[Key] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    empty: dict[Key, int] = field(default_factory=dict)

    def complete(self) -> str:
        """Return the text with every parent section before its children, as confection needs it."""
        order: dict[str, None] = {}
        for name in self.chunks:
            parts = name.split(".")
            parents = [".".join(parts[:n]) for n in range(1, len(parts)) if parts[n - 1] != "*"]
            order.update(dict.fromkeys([*parents, name]))
        return "\n".join("\n".join([f"[{name}]", *self.chunks.get(name, [])]) for name in order)

    def fault(self, line: int, what: str, remedy: str = "") -> None:
        """Add a fault of a line. If the file is not a config at all, the first lines are enough."""
        if len(self.faults) < MOST:
            self.faults.append(Fault(what, Place(self.name, line), remedy))
        elif len(self.faults) == MOST:
            self.faults.append(Fault("and more lines after these", Place(self.name, line), "is it a config?"))


def shortened(text: str) -> str:
    """Shorten text for a message."""
    return text if len(text) <= 60 else f"{text[:60]}..."


def scan(text: str, name: str) -> Scan:
    """Walk the lines as configparser does: a line indented deeper than its key continues the value."""
    result = Scan(name)
    section: str | None = None
    key: Key | None = None
    indent = 0
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        depth = len(line) - len(line.lstrip())
        if not stripped or stripped[0] in "#;":
            continue
        if key is not None and depth > indent:
            result.empty.pop(key, None)
        elif header := HEADER.fullmatch(stripped):
            section, key = _header(result, header["name"].strip(), number), None
            continue
        else:
            key, indent = _setting(result, section, stripped, number), depth
        if section is not None:
            result.chunks[section].append(line)
    _finish(result)
    return result


def _header(result: Scan, name: str, number: int) -> str:
    key = tuple(name.split("."))
    if len(key) > DEEPEST:
        result.fault(number, f"[{shortened(name)}] is nested too deeply", f"{DEEPEST} names at most")
        name = ".".join(key[:DEEPEST])
    elif name == "DEFAULT":
        result.fault(
            number, "[DEFAULT] is not a section of jointre", "name the section that the keys belong to"
        )
    elif not all(part and part == part.strip() for part in key):
        result.fault(
            number, f"[{name}] is not a section name", "write names with single dots: [model.encoder]"
        )
    elif name in result.chunks:
        result.fault(number, f"[{name}] is repeated", f"merge it with line {result.lines[key]}")
    else:
        result.lines[key] = number
    result.chunks.setdefault(name, [])
    return name


def _setting(result: Scan, section: str | None, line: str, number: int) -> Key | None:
    setting = SETTING.fullmatch(line)
    if setting is None or len(setting["key"]) > LONGEST_KEY:
        remedy = "write [section] or key = value; indent the further lines of a long value"
        result.fault(number, f"{shortened(line)!r} is neither a section nor a key", remedy)
        return None
    name = setting["key"].rstrip()
    if section is None:
        what = f"{shortened(name)!r} comes before the first section"
        result.fault(number, what, "move it below a [section]")
        return (name,)
    key = (*section.split("."), name)
    if key in result.inline:
        result.fault(number, f"[{section}] {key[-1]} is set twice", f"see line {result.lines[key]}")
    elif not setting["value"].strip():
        result.empty[key] = number
    result.lines.setdefault(key, number)
    result.inline.add(key)
    return key


def _finish(result: Scan) -> None:
    for key, number in result.empty.items():
        result.fault(
            number, f"[{'.'.join(key[:-1])}] {key[-1]} has no value", 'write null, or "" for empty text'
        )
    for name in result.chunks:
        key = tuple(name.split("."))
        for length in range(2, len(key) + 1):
            if key[:length] in result.inline:
                line = result.lines[key]
                result.fault(line, f"[{name}]: {key[length - 1]} is also set as a key", "keep one of them")
