"""Text in Markdown documents."""

from jointre.printable import clean


def escaped(text: str) -> str:
    """Return one line that Markdown shows as it stands, with no markup or HTML in it."""
    for sign in "\\`*_|<[&~$":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(clean(text).split())
