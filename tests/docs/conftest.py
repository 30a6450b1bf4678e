"""Fixtures shared with the tests of the commands."""

from tests.cli.conftest import registered

__all__ = ["registered"]
