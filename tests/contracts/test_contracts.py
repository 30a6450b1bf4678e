"""One battery over everything that is registered: nothing escapes."""

import inspect
import typing

import pytest
import torch
from contract_examples import Examples

from jointre.errors import BuildError
from jointre.registry import registry
from jointre.testing import check_component

NAMES = [(reg.name, name) for reg in registry.all() for name in reg.names() if reg.package(name) == "jointre"]
CONSEQUENCES = {"input_dim", "in_features", "in_dim", "hidden_size", "n_labels", "num_labels", "vocab_size"}


@pytest.fixture(scope="module")
def examples(tmp_path_factory, encoder_folder, roberta_folder):
    folder = tmp_path_factory.mktemp("examples")
    return Examples(folder, {"bert": encoder_folder, "roberta": roberta_folder})


@pytest.mark.parametrize(("reg", "name"), NAMES)
def test_contract(examples, reg, name):
    made = examples.make(reg, name)
    assert made, f"{name} has no example: add one to contract_examples.py"
    for component in made:
        check_component(component)


@pytest.mark.parametrize(("reg", "name"), NAMES)
def test_every_name_has_an_example(examples, reg, name):
    required = [p.name for p in parameters(reg, name) if p.default is p.empty]
    for arguments in examples.of(reg, name):
        missing = set(required) - arguments.keys()
        assert not missing, f"{name} needs {sorted(missing)}: add an example to contract_examples.py"


def test_every_example_belongs_to_a_name():
    known = {f"{reg}__{name.replace('.', '_').replace('-', '_')}" for reg, name in NAMES}
    written = {name for name in vars(Examples) if "__" in name.strip("_")}
    assert written <= known, f"examples of names that are not registered: {sorted(written - known)}"


@pytest.mark.parametrize(("reg", "name"), NAMES)
def test_a_number_is_a_choice_never_a_consequence(reg, name):
    """Constructors take no widths and no counts (docs/design.md, Principles), and say the type of what they take."""
    hints = typing.get_type_hints(registry.find(reg).get(name).__init__)
    for parameter in parameters(reg, name):
        assert parameter.name not in CONSEQUENCES, f"{name}: {parameter.name} follows from the stage before"
        assert parameter.name in hints, f"{name}: {parameter.name} has no type"
        assert parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.VAR_POSITIONAL), parameter


@pytest.mark.parametrize(("reg", "name"), NAMES)
def test_what_is_registered_explains_itself(reg, name):
    """A docstring of its own, which describes every parameter."""
    found = registry.find(reg).get(name)
    assert found.__doc__ and found.__doc__ is not found.__base__.__doc__, f"{name} has no docstring"
    if "as in ``" not in found.__doc__:
        for parameter in parameters(reg, name):
            described = parameter.name in found.__doc__ or parameter.name in inspect.getdoc(found.__base__)
            assert described, f"{name}: the docstring does not say what {parameter.name} is"


@pytest.mark.parametrize(("reg", "name"), [item for item in NAMES if item[0] != "taggers"])
def test_making_it_draws_nothing_and_makes_no_parameters(examples, reg, name):
    # a tagger is no part of a config: it loads its model when it is made
    before = torch.random.get_rng_state()
    for component in examples.make(reg, name):
        if isinstance(component, torch.nn.Module):
            assert not list(component.parameters()), f"{name} makes parameters before build"
    assert torch.equal(torch.random.get_rng_state(), before), f"{name} draws random numbers before build"


@pytest.mark.parametrize(
    ("reg", "name"), [("span_extractors", "jointre.pooled.v1"), ("context_encoders", "jointre.cls_pair.v1")]
)
def test_a_view_that_is_not_there_is_refused(examples, reg, name):
    arguments = {**examples.of(reg, name)[0], "view": "nowhere"}
    component = registry.find(reg).get(name)(**arguments)
    with pytest.raises(BuildError, match=r"reads view 'nowhere', but the view maker makes \[\]"):
        component.build({})


def parameters(reg, name):
    """The parameters of a registered constructor."""
    return inspect.signature(registry.find(reg).get(name)).parameters.values()
