"""Resolving builds what is asked for, and nothing else."""

import subprocess
import sys

import pytest
from config_toys import BASE, BUILT, POOLER

from jointre.config import (
    EvaluationSettings,
    SystemSettings,
    TrainingSettings,
    import_code,
    load_config,
    resolve,
)
from jointre.errors import ConfigError
from jointre.metrics.base import Metric
from jointre.models.base import Model
from jointre.preflight import refuse
from jointre.readers.base import Reader
from jointre.registry import registry

DECORATOR_LINE = 2 if sys.version_info >= (3, 11) else 3
"""Python 3.10 takes a decorator of a class to run on the line of the class."""
PLAIN = f'{BASE}[{POOLER}]\n@poolers = "toy.plain.v1"\n'


def test_sections(config_file):
    config = load_config(config_file(PLAIN))
    assert isinstance(resolve(config, "model"), Model)
    assert resolve(config, "system") == SystemSettings()
    training = resolve(config, "training")
    assert isinstance(training, TrainingSettings) and training.epochs == 20
    assert set(training.losses) == set(training.loss_weights) == {"entity", "relation"}
    evaluation = resolve(config, "evaluation")
    assert isinstance(evaluation, EvaluationSettings)
    assert all(isinstance(metric, Metric) for metric in evaluation.metrics.values())
    assert resolve(config, "paths") == dict.fromkeys(("train", "dev", "test", "types"))


def test_only_the_section_is_built(config_file):
    config = load_config(config_file(PLAIN))
    resolve(config, "training")
    resolve(config, "tokenizer")
    assert not BUILT
    resolve(config, POOLER)
    assert BUILT == ["plain"]


@pytest.mark.parametrize("section", ["modle", "model.entity_head.sampler.max_width", "training.epochs"])
def test_what_cannot_be_resolved(config_file, section):
    with pytest.raises(ConfigError):
        resolve(load_config(config_file(PLAIN)), section)


def test_corpora_without_a_path_are_left_out_and_say_why(config_file):
    config = load_config(config_file(PLAIN), overrides={"paths.dev": "dev.jsonl"})
    corpora = resolve(config, "corpora")
    assert list(corpora) == ["dev"] and isinstance(corpora["dev"], Reader)
    with pytest.raises(ConfigError, match=r"paths.train is not set\n      -> --paths.train FILE"):
        corpora["train"]
    with pytest.raises(ConfigError, match=r"paths.train is not set"):
        resolve(config, "corpora.train")
    with pytest.raises(ConfigError, match=r"there is no such corpus"):
        corpora["trial"]


def test_path_made_of_an_unset_one_is_unset(config_file):
    text = PLAIN + "[paths]\nroot = null\ntrain = ${paths.root}/train.jsonl\n"
    with pytest.raises(ConfigError, match=r"paths.root is not set"):
        resolve(load_config(config_file(text)), "corpora")["train"]


def test_null_elsewhere_is_refused(config_file, faults):
    text = PLAIN.replace('"some-encoder"', "null")
    assert any("expected text, not null" in fault for fault in faults(config_file(text)))


def test_refusals_of_constructors_come_together_with_their_place(config_file):
    text = f'{BASE}[{POOLER}]\n@poolers = "toy.refusing.v1"\n[evaluation.breakdowns.length]\nbounds = [9, 3]'
    config = load_config(config_file(text))
    with pytest.raises(ConfigError) as caught:
        resolve(config, "model")
    [fault] = map(str, caught.value.faults)
    assert f"[{POOLER}] width: width must be above 0, not 0" in fault
    with pytest.raises(ConfigError) as caught:
        refuse(config, "debug")
    found = list(map(str, caught.value.faults))
    assert fault in found
    assert any(
        "[evaluation.breakdowns.length] bounds: bounds of Length: 3 must not follow 9" in f for f in found
    )


CODE = """
from jointre.poolers.base import Pooler
from jointre.registry import registry

COUNT = []

@registry.poolers("toy.{name}.v1")
class Own(Pooler):
    '''Own.'''
    def __init__(self, size: int = 3) -> None:
        super().__init__()
        self.size = size
    def forward(self, view, doc, ranges):
        return view
"""


def test_code_of_the_user_is_imported_once(config_file):
    file = config_file(CODE.format(name="imported"), "acme_toy.py")
    assert import_code(file) is import_code(file)
    config = load_config(config_file(f'{BASE}[{POOLER}]\n@poolers = "toy.imported.v1"'))
    assert resolve(config, POOLER).size == 3
    assert config.packages(["model", "training"]) == {"acme_toy": ""}


def test_code_never_hides_a_module(config_file):
    module = import_code(config_file("VALUE = 1", "json.py"))
    assert module.VALUE == 1
    import json

    assert json.dumps(1) == "1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\nimport not_there_at_all", r"bad.py:2: ModuleNotFoundError"),
        ("x = (", r"bad.py:1: syntax error"),
        ("x = 1\n\nraise KeyError('k')", r"bad.py:3: KeyError"),
        (
            "from jointre.registry import registry\n@registry.poolers('nodots')\nclass A: pass",
            rf"bad.py:{DECORATOR_LINE}: 'nodots' cannot be registered",
        ),
    ],
)
def test_code_that_cannot_be_imported(config_file, text, message):
    with pytest.raises(ConfigError, match=message):
        import_code(config_file(text, "bad.py"))


def test_code_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        import_code(tmp_path / "none.py")


def test_annotations_that_cannot_be_read(config_file, faults):
    text = "from __future__ import annotations\nfrom typing import TYPE_CHECKING\n" + CODE.format(
        name="hidden"
    )
    import_code(config_file(text.replace("size: int", "size: Missing"), "hidden_toy.py"))
    assert registry.poolers.has("toy.hidden.v1")
    [fault] = faults(config_file(f'{BASE}[{POOLER}]\n@poolers = "toy.hidden.v1"'))
    assert "the annotations cannot be read" in fault and "Missing" in fault


def test_importing_the_config_module_is_light():
    modules = "jointre.config, jointre.cli.init_config, jointre.cli.debug_config, jointre.cli.registry_cmd"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
