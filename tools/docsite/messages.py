"""The page of all messages: exceptions, and the texts that the code raises, read from its source.

A text that the code puts together from parts shows the parts that it cannot know as ``…``.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jointre import errors
from jointre.config.docstrings import summary
from jointre.errors import JointreError
from jointre.markdown import escaped

PACKAGE = Path(errors.__file__).parent
TOP = """# Messages

The errors that jointre raises on purpose. A message has a title, then one line per problem with its place, and below it
a remedy. `…` stands for what depends on your input. Search this page for the words of a message; [FAQ](../faq.md)
explains the most common ones.

## Exceptions

In Python, all of them derive from `JointreError`. The command line prints the message and exits with the code.

| exception | exit code | raised for |
|---|---|---|
"""


@dataclass(frozen=True)
class Message:
    """A text that the code raises.

    Args:
        kind: the class of the error, or Fault for one of its problems.
        text: the text, with an ellipsis for what is not known.
        remedy: what to do about it, if the code states it as a text.
    """

    kind: str
    text: str
    remedy: str


def messages_page() -> str:
    """Return the page."""
    rows = [f"| `{cls.__name__}` | {cls.exit_code} | {escaped(summary(cls))} |" for cls in exceptions()]
    lines = [TOP + "\n".join(rows), ""]
    for part, found in messages().items():
        lines += [f"## {part}", ""]
        lines += [entry(message) for message in found]
        lines += [""]
    return "\n".join(lines)


def exceptions() -> list[type[JointreError]]:
    """Return the exceptions that callers can catch, the base first."""
    classes = [cls for cls in vars(errors).values() if isinstance(cls, type)]
    return [cls for cls in classes if issubclass(cls, JointreError) and cls.__module__ == errors.__name__]


def entry(message: Message) -> str:
    """Return the line of a message."""
    remedy = f"  \n  → {escaped(message.remedy)}" if message.remedy else ""
    text = escaped(message.text)
    return f"- {text if message.kind == 'Fault' else f'**{text}**'}{remedy}"


def messages() -> dict[str, list[Message]]:
    """Return the messages of each part of jointre: those of a folder, or of a file outside of the folders."""
    found: dict[str, list[Message]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        part = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        own = dict.fromkeys([*found.get(part, []), *messages_in(ast.parse(file.read_text(encoding="utf8")))])
        if own:
            found[part] = list(own)
    return found


def messages_in(tree: ast.AST) -> Iterator[Message]:
    """Yield the messages of a module."""
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef):
            known = constants(scope)
            for node in ast.walk(scope):
                if isinstance(node, ast.Call) and (message := message_of(node, known)):
                    yield message


def message_of(call: ast.Call, known: dict[str, str]) -> Message | None:
    """Return the message that a call makes, or None if it makes none whose text is known."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    kind = vars(errors).get(name)
    is_error = isinstance(kind, type) and issubclass(kind, JointreError)
    text = text_of(call.args[0], known) if call.args and (name == "Fault" or is_error) else None
    if text is None or not text.strip("… '\""):
        return None
    place = 2 if name == "Fault" else 1
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    node = named.get("remedy") or (call.args[place] if len(call.args) > place else None)
    advice = name in ("Fault", "TrainingError") and node is not None
    return Message(name, text, (text_of(node, known) if advice and node else None) or "")


def constants(scope: ast.FunctionDef) -> dict[str, str]:
    """Return the texts of the names that a function sets once, and to a text."""
    found: dict[str, list[str | None]] = {}
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(text_of(node.value, {}))
    return {name: texts[0] for name, texts in found.items() if len(texts) == 1 and texts[0] is not None}


def text_of(node: ast.expr, known: dict[str, str]) -> str | None:
    """Return the text that an expression makes, or None if none of it is known."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [text_of(side, known) for side in (node.left, node.right)]
        return None if sides == [None, None] else "".join("…" if side is None else side for side in sides)
    return None
