"""Each fault of a plugin is reported in one clear sentence that names the plugin, its file and line, and the remedy."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from jointre.data.write import to_line
from jointre.testing import toy_docs
from tests.plugins.conftest import Install

POOLER = '''
from jointre.poolers.base import Pooler


class Thing(Pooler):
    """A pooler."""

    {body}
'''
HEAD = '''
from jointre.relation_heads.linear import LinearRelationHead


class Thing(LinearRelationHead):
    """A relation head."""

    {body}
'''
POOLERS = {"jointre_poolers": {"acme.thing.v1": "acme:Thing"}}
HEADS = {"jointre_relation_heads": {"acme.thing.v1": "acme:Thing"}}
GOOD = POOLER.format(
    body="def forward(self, view, doc, ranges):\n        return view.states[doc, ranges[:, 0]]"
)
LISTED = ("plugins",)
POOLED = ("--model.entity_head.extractor.pooler.@poolers=acme.thing.v1",)
SCORED = ("--model.relation_head.@relation_heads=acme.thing.v1",)
PLUGIN = "the plugin acme-pack 1.0"


def pooler(body: str) -> str:
    return POOLER.format(body=body.replace("\n", "\n    "))


def head(body: str) -> str:
    return HEAD.format(body=body.replace("\n", "\n    "))


ABSTRACT = (
    "without an implementation for abstract method 'forward'"
    if sys.version_info >= (3, 12)
    else "with abstract method forward"
)
FAULTS = {
    "a module that is missing": (
        {"jointre_poolers": {"acme.thing.v1": "acme_nowhere:Thing"}},
        "",
        LISTED,
        f"acme.thing.v1 of {PLUGIN} cannot be loaded: ModuleNotFoundError: No module named 'acme_nowhere'",
        "correct or uninstall acme-pack 1.0",
    ),
    "a module that exits when it is imported": (
        POOLERS,
        "\nraise SystemExit(3)\n",
        LISTED,
        f"acme.thing.v1 of {PLUGIN} cannot be loaded: SystemExit: 3 (acme, line 2)",
        "correct or uninstall acme-pack 1.0",
    ),
    "something that is neither a class nor a function": (
        POOLERS,
        "Thing = 3\n",
        LISTED,
        "acme:Thing is not a class or a function",
        "correct or uninstall acme-pack 1.0",
    ),
    "a name without an owner or a version": (
        {"jointre_poolers": {"thing": "acme:Thing"}},
        GOOD,
        LISTED,
        "'thing' cannot be registered in poolers; a name has the form owner.thing.v1",
        "correct or uninstall acme-pack 1.0",
    ),
    "a name that is taken": (
        {"jointre_poolers": {"jointre.max.v1": "acme:Thing"}},
        GOOD,
        LISTED,
        "'jointre.max.v1' is already registered in poolers; it belongs to jointre.poolers.reduce",
        "correct or uninstall acme-pack 1.0",
    ),
    "a misspelt group": (
        {"jointre_poolerz": {"acme.thing.v1": "acme:Thing"}},
        GOOD,
        LISTED,
        "acme.thing.v1 is in the entry-point group 'jointre_poolerz', which jointre does not read",
        "did you mean 'jointre_poolers'?",
    ),
    "a class in the group of another registry": (
        {"jointre_span_extractors": {"acme.thing.v1": "acme:Thing"}},
        GOOD,
        LISTED,
        "acme.thing.v1: Thing is a Pooler, which belongs to the poolers",
        "use the entry-point group 'jointre_poolers'",
    ),
    "a command of jointre": (
        {"jointre_commands": {"train": "acme:train"}},
        "def train():\n    pass\n",
        LISTED,
        "the command train is one of jointre already",
        "choose another name",
    ),
    "a command that cannot be imported": (
        {"jointre_commands": {"acme": "acme:run"}},
        "import acme_nowhere\n",
        ("acme",),
        f"the command acme of {PLUGIN} cannot be loaded: ModuleNotFoundError: No module named 'acme_nowhere'"
        " (acme, line 1)",
        "correct or uninstall acme-pack 1.0",
    ),
    "a command that fails": (
        {"jointre_commands": {"acme": "acme:run"}},
        "def run():\n    1 / 0\n",
        ("acme",),
        f"{PLUGIN} failed (acme.py, line 2, in run):\n  ZeroDivisionError: division by zero",
        "report it to the author of acme-pack",
    ),
    "another width than build promised": (
        POOLERS,
        pooler(
            "def build(self, width):\n    return width + 1\n\n"
            "def forward(self, view, doc, ranges):\n    return view.states[doc, ranges[:, 0]]"
        ),
        POOLED,
        f"acme.thing.v1 of {PLUGIN} does not keep its contract:\n  its result has shape ",
        "report it to the author of acme-pack",
    ),
    "another type than the contract says": (
        POOLERS,
        pooler("def forward(self, view, doc, ranges):\n    return None"),
        POOLED,
        "forward returned a NoneType, but a Tensor is expected",
        "report it to the author of acme-pack",
    ),
    "a method that does not take the arguments": (
        POOLERS,
        pooler("def forward(self, view):\n    return view"),
        POOLED,
        f"acme.thing.v1 of {PLUGIN} does not keep its contract:\n  forward does not take the arguments",
        "report it to the author of acme-pack",
    ),
    "probabilities of fewer types": (
        HEADS,
        head(
            "def forward(self, features, n_pairs):\n"
            "    output = super().forward(features, n_pairs)\n"
            "    return type(output)(output.logits, output.probs[:, 1:], output.holds)"
        ),
        SCORED,
        f"acme.thing.v1 of {PLUGIN} does not keep its contract:\n  probs has shape ",
        "report it to the author of acme-pack",
    ),
    "a bug in build": (
        POOLERS,
        pooler(
            "def build(self, width):\n    return self.nothing\n\ndef forward(self, view, doc, ranges):\n    return 1"
        ),
        POOLED,
        f"acme.thing.v1 of {PLUGIN} failed (acme.py, line 9, in build):\n  AttributeError",
        "report it to the author of acme-pack",
    ),
    "a class that lacks a method": (
        POOLERS,
        POOLER.format(body="pass"),
        POOLED,
        f"Can't instantiate abstract class Thing {ABSTRACT}",
        "",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_in_one_clear_sentence(
    name: str, install: Install, call: Callable[..., SimpleNamespace], encoder_folder: Path, tmp_path: Path
) -> None:
    points, source, words, sentence, remedy = FAULTS[name]
    install("acme-pack", points, {"acme.py": source})
    if words[0].startswith("--"):
        (tmp_path / "toy.jsonl").write_text(
            "".join(f"{to_line(doc)}\n" for doc in toy_docs(3)), encoding="utf8"
        )
        data = ["--paths.train=toy.jsonl", "--paths.dev=toy.jsonl", f"--model.encoder.name={encoder_folder}"]
        words = ("train", "spert/conll04", *data, *words, "--training.epochs=1", "--device", "cpu")
    done = call(*words)
    assert done.code in (1, 2)
    shown = done.out + done.err
    assert sentence in shown and (not remedy or f"-> {remedy}" in shown), shown
    assert "bug in jointre" not in shown and "Traceback" not in shown, shown


def test_a_plugin_for_another_version_of_jointre_is_named(
    install: Install, call: Callable[..., SimpleNamespace]
) -> None:
    install("acme-pack", POOLERS, {"acme.py": GOOD}, needs="jointre>=99")
    done = call("plugins")
    assert done.code == 1 and "problem: it needs jointre>=99, but jointre 0.1.0 is installed" in done.out


def test_a_broken_command_leaves_all_others_as_they_are(
    install: Install, call: Callable[..., SimpleNamespace]
) -> None:
    install("acme-pack", {"jointre_commands": {"acme": "acme_nowhere:run"}}, {})
    listed = call("--help")
    assert listed.code == 0 and "A test. (acme-pack 1.0)." in listed.out
    assert call("config", "list").code == 0
