"""Component: the life cycle that every part of a model with parameters follows."""

from torch import nn

from jointre.limits import Limited


class Component(Limited, nn.Module):
    """A part of a model. Three phases, each with one job:

    * ``__init__`` takes hyper-parameters only: no widths, label counts, files or network, so that a whole
      config resolves in milliseconds.
    * ``build`` makes the parameters, once, from widths that the upstream stage returned, and returns its own.
    * ``forward`` only computes.

    A child that cannot use something it is given refuses it in ``build`` with a `jointre.errors.BuildError`.
    """

    def __init__(self) -> None:
        super().__init__()
