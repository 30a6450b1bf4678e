"""Tags as they stand in files: what is no tag of the scheme, and which neighbours do not fit together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from jointre.data.tags import PREFIXES, Scheme, split_tag
from jointre.errors import Fault


@dataclass(frozen=True)
class Break:
    """Two neighbours that do not fit: word ``index`` and the one before; ``cut`` if one entity runs into another."""

    index: int
    what: str
    cut: bool


def check_scheme(scheme: str) -> None:
    """Raise ValueError if there is no such tag scheme."""
    if scheme not in get_args(Scheme):
        raise ValueError(f"scheme is {scheme!r}; it is one of {', '.join(get_args(Scheme))}")


def check_tag(tag: str, scheme: Scheme, where: str) -> list[Fault]:
    """A fault if ``tag`` is neither O nor a prefix of the scheme with a type."""
    prefix, _, label = tag.partition("-")
    if tag == "O" or (len(prefix) == 1 and prefix in PREFIXES[scheme] and label.strip()):
        return []
    names = ", ".join(f"{prefix}-TYPE" for prefix in PREFIXES[scheme])
    return [Fault(f"{tag!r} is not a tag of the scheme {scheme}", where, f"its tags are {names} and O")]


def breaks(tags: Sequence[str], scheme: Scheme) -> list[Break]:
    """Where the tags of a sentence are not as the scheme writes entities; none if they are well formed."""
    found, before, has_ends = [], "O", len(PREFIXES[scheme]) == 4
    for index, tag in enumerate([*tags, "O"]):
        (was, held), (kind, label) = split_tag(before), split_tag(tag)
        opened, inner = was in ("B", "I"), kind in ("I", "E")
        joined = opened and inner and held == label
        if inner != joined or (has_ends and opened != joined):
            what = f"{tag} follows {before}" if index < len(tags) else f"the sentence ends after {before}"
            what = what if index else f"{tag} comes first"
            found.append(Break(min(index, len(tags) - 1), what, opened and inner))
        before = tag
    return found
