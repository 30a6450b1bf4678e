"""Measure times on a busy machine: the things to compare run in turn."""

import time
from collections.abc import Callable, Sequence
from statistics import median

import torch

Work = Callable[[], object]


def seconds(work: Work, device: torch.device) -> float:
    """Return the wall time of ``work``, until the device has finished."""
    wait(device)
    begin = time.perf_counter()
    work()
    wait(device)
    return time.perf_counter() - begin


def wait(device: torch.device) -> None:
    """Wait until the GPU has finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def in_turn(works: Sequence[Work], rounds: int, device: torch.device) -> list[list[float]]:
    """Return the wall times of ``works`` over ``rounds`` after a warm-up round; every other round runs backwards."""
    for work in works:
        work()
    times: list[list[float]] = [[] for _ in works]
    for number in range(rounds):
        order = range(len(works)) if number % 2 == 0 else reversed(range(len(works)))
        for place in order:
            times[place].append(seconds(works[place], device))
    return times


def share(part: Sequence[float], whole: Sequence[float]) -> float:
    """Return the median over the rounds of the ratio of two times."""
    return median(a / b for a, b in zip(part, whole, strict=True))


def slope(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the exponent of growth: least squares of log y on log x; NaN unless all y are positive."""
    if min(y) <= 0:
        return float("nan")
    a, b = (torch.tensor(values, dtype=torch.float64).log() for values in (x, y))
    a = a - a.mean()
    return float((a * b).sum() / (a * a).sum())
