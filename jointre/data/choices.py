"""Settings that take one of a few words."""

from collections.abc import Mapping, Sequence

from jointre.errors import ConfigError, Fault


def refuse_unknown(owner: str, given: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    """Refuse settings that are none of their choices.

    Args:
        owner: who has the settings, for the message.
        given: by name the value and the choices.

    Raises:
        ConfigError: with every one that is wrong.
    """
    faults = [
        Fault(f"{name} is {value!r}", remedy=f"use {' or '.join(map(repr, choices))}")
        for name, (value, choices) in given.items()
        if value not in choices
    ]
    if faults:
        raise ConfigError(f"{owner} cannot be made", faults)
