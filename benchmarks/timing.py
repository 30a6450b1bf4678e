"""Times that hold on a machine that is not quiet: what is compared runs in turn."""

import time
from collections.abc import Callable, Sequence
from statistics import median

import torch

Work = Callable[[], object]


def seconds(work: Work, device: torch.device) -> float:
    """Wall time of ``work``, until the device is done with it."""
    wait(device)
    begin = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - begin


def wait(device: torch.device) -> None:
    """Until a GPU has finished what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def in_turn(works: Sequence[Work], rounds: int, device: torch.device) -> list[list[float]]:
    """Wall times of each of ``works`` over ``rounds``, after one that does not count; every other round backwards."""
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for number in range(rounds):
        order = range(len(works)) if number % 2 == 0 else reversed(range(len(works)))
        for place in order:
            times[place].append(seconds(works[place], device))
    return times


def share(part: Sequence[float], whole: Sequence[float]) -> float:
    """Median over the rounds of one time as a share of another."""
    return median(a / b for a, b in zip(part, whole, strict=True))


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Exponent of growth: least squares of log y on log x; not a number where y is not positive."""
    if min(y) <= 0:
        return float("nan")
    a, b = (torch.tensor(values, dtype=torch.float64).log() for values in (x, y))
    a = a - a.mean()
    return float((a * b).sum() / (a * a).sum())
