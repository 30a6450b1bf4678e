"""Constructors that fail: refusing an argument is the config's fault, a mistake in the constructor is not."""

import pytest
from config_toys import BASE, POOLER, Toy

from jointre.config import load_config, resolve
from jointre.errors import ConfigError
from jointre.registry import registry


class Failing(Toy):
    """Fails in the way that its argument names."""

    def __init__(self, how: str = "") -> None:
        super().__init__()
        if how == "value":
            raise ValueError("how must be better")
        if how == "type":
            raise TypeError("how must be better")
        if how == "mistake":
            len(3)  # type: ignore[arg-type]
        if how == "attribute":
            _ = how.nothing  # type: ignore[attr-defined]


class Abstract(Toy):
    """Forgets its forward."""

    forward = registry.poolers.get("jointre.max.v1").__mro__[1].forward


@pytest.fixture
def built(config_file, monkeypatch):
    def build(name: str, thing: type, how: str = "") -> object:
        registry.poolers(name)(thing)
        argument = f'how = "{how}"\n' if how else ""
        return resolve(
            load_config(config_file(f'{BASE}[{POOLER}]\n@poolers = "{name}"\n{argument}')), "model"
        )

    return build


@pytest.mark.parametrize("how", ["value", "type"])
def test_a_refused_argument_is_a_fault_with_its_place_and_the_line_that_refused(built, how):
    with pytest.raises(
        ConfigError, match=r"how must be better \(test_config_constructors\.py, line \d+, in __"
    ):
        built("toy.failing.v1", Failing, how)


@pytest.mark.parametrize(("how", "kind"), [("mistake", TypeError), ("attribute", AttributeError)])
def test_a_mistake_in_a_constructor_is_no_fault_of_the_config(built, how, kind):
    with pytest.raises(kind):
        built("toy.failing.v1", Failing, how)


def test_a_component_without_what_its_contract_asks_for_is_refused(built):
    with pytest.raises(
        ConfigError, match=r"abstract class Abstract .*forward.* \(test_config_constructors\)"
    ):
        built("toy.abstract.v1", Abstract)
