"""default.cfg against the schema, and the manners of registered signatures."""

from dataclasses import MISSING, fields, is_dataclass

import pytest
from config_toys import TOYS

from jointre.config.blocks import check_block
from jointre.config.docstrings import arguments
from jointre.config.example_block import example_tree
from jointre.config.faults import Faults
from jointre.config.schema import SECTIONS, Paths, Slot, keys_of
from jointre.config.signature import REQUIRED, default_json, signature_of
from jointre.config.source import default_source
from jointre.registry import registry

SETTINGS = {name: kind for name, kind in SECTIONS.items() if isinstance(kind, type) and is_dataclass(kind)}
REGISTERED = [(part.name, name) for part in registry.all() for name in part.names() if name not in TOYS]
WIDTHS = {"input_dim", "in_features", "out_features", "n_labels", "num_labels", "vocab_size", "hidden_size"}


@pytest.mark.parametrize("name", SETTINGS)
def test_default_cfg_has_the_defaults_of_the_schema(name):
    """A variable stands for an entry of [paths], and these are null."""
    section = default_source().tree[name]
    section = {key: None if str(value).startswith("${paths.") else value for key, value in section.items()}
    plain = {item.name: item.default for item in fields(SETTINGS[name]) if item.default is not MISSING}
    made = {item.name: item.default_factory for item in fields(SETTINGS[name])}
    plain |= {key: make() for key, make in made.items() if make is not MISSING}
    slots = {key for key, kind in keys_of(SETTINGS[name]).items() if isinstance(kind, Slot)}
    assert {key: value for key, value in section.items() if key not in slots} == plain
    assert list(plain) == [key for key in section if key not in slots]
    assert slots <= set(section)


def test_default_cfg_has_every_section_but_the_model():
    source = default_source()
    assert set(source.tree) == set(SECTIONS) - {"model"}
    assert SECTIONS["paths"] is Paths
    assert source.tree["paths"] == {"train": None, "dev": None, "test": None, "types": None}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_key_is_explained(name):
    assert set(arguments(SETTINGS[name])) == set(keys_of(SETTINGS[name]))


def test_every_key_of_default_cfg_has_a_comment():
    from importlib import resources

    lines = resources.files("jointre.config").joinpath("default.cfg").read_text().split("\n")
    for kind in SETTINGS.values():
        for item in fields(kind):
            if item.default is not MISSING:
                at = next(n for n, line in enumerate(lines) if line.startswith(f"{item.name} = "))
                assert lines[at - 1].startswith("# "), item.name


@pytest.mark.parametrize(("part", "name"), REGISTERED)
def test_registered_signatures(part, name):
    """No width twice, every parameter annotated, every default JSON, no ``**kwargs``."""
    signature = signature_of(registry.find(part).get(name))
    assert not WIDTHS & set(signature.parameters)
    assert signature.extra is None
    for parameter in signature.parameters.values():
        assert parameter.required or default_json(parameter) is not REQUIRED


@pytest.mark.parametrize(("part", "name"), [item for item in REGISTERED if item[0] != "taggers"])
def test_example_blocks_are_right(part, name):
    """A tagger is made from a command line, and no config can name one."""
    faults = Faults({}, {})
    check_block(faults, ("NAME",), example_tree(part, name), ())
    assert not faults.found
