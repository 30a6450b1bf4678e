"""How the figures of an experiment are called and written for readers."""

from collections.abc import Iterable

from jointre.breakdowns.flat import split_name

SHARES = {"p": "P", "r": "R", "f": "F1"}
NOTHING = "-"


def figure_name(figure: str) -> str:
    """``strict_micro_f@length:>50`` is "strict micro F1, length >50"."""
    name, breakdown, bucket = split_name(figure)
    *words, share = name.split("_")
    text = " ".join([*words, SHARES.get(share, share)])
    return f"{text}, {breakdown} {bucket}" if breakdown else text


def kind_of(figures: Iterable[str]) -> str:
    """What a column holds: "F1" if all of them do."""
    f1 = all(split_name(figure)[0].endswith("_f") for figure in figures)
    return "F1" if f1 else "figure"


def percent(share: float | None) -> str:
    """A fraction times 100, two decimals."""
    return NOTHING if share is None else f"{100 * share:.2f}"


def signed(share: float | None) -> str:
    """A difference times 100, two decimals, with its sign unless it is 0."""
    if share is None:
        return NOTHING
    text = f"{100 * share:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text


def spread(mean: float | None, sd: float | None) -> str:
    """``89.12 ± 0.34``, or the mean alone."""
    return percent(mean) if sd is None else f"{percent(mean)} ± {percent(sd)}"


def counted(n: int, what: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
