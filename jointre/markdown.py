"""Text in Markdown documents."""

from jointre.printable import clean


def escaped(text: str) -> str:
    """Return one line that Markdown shows unchanged, without any markup or HTML."""
    for sign in "\\`*_|<[&~$":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(clean(text).split())
