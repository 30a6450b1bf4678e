"""Measure the utilisation of a GPU."""

import threading
from statistics import fmean

import torch

EVERY = 0.02


class Utilisation:
    """Sample the utilisation of a GPU while the context is open; ``mean`` is in percent, or None if unknown.

    This needs the package nvidia-ml-py.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.samples: list[int] = []
        self._stop = threading.Event()

    def __enter__(self) -> "Utilisation":
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def mean(self) -> float | None:
        """Percentage of the time in which a kernel ran."""
        return fmean(self.samples) if self.samples else None

    def _sample(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                self.samples.append(torch.cuda.utilization(self.device))
            except (RuntimeError, ImportError, AssertionError):
                return
