"""The files of a new plugin, for each kind of component; the texts are in ``templates/KIND.txt``."""

import re
from dataclasses import dataclass
from importlib import resources
from string import Template

from jointre.about import __version__
from jointre.errors import Fault, UsageError
from jointre.plugin.kinds import COMMANDS, kinds
from jointre.registry import group_of

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
HEADING = re.compile(r"^=== (.*)\n", re.MULTILINE)

SETUP = """\
[metadata]
name = $distribution
version = 0.1.0
description = $summary

[options]
py_modules = $module
python_requires = >=3.10
install_requires =
    jointre>=$version

[options.entry_points]
$group =
    $name = $module:$target
"""
PYPROJECT = """\
[build-system]
requires = ["setuptools>=68"]
build-backend = "setuptools.build_meta"

[tool.ruff]
line-length = 110
target-version = "py310"

[tool.ruff.lint]
select = ["E", "F", "W", "I", "UP", "B"]

[tool.ruff.lint.pycodestyle]
max-line-length = 120

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
"""
README = """\
# $distribution

$summary.

```bash
pip install .
jointre plugins $distribution --check
$use
```

Run the tests with `pip install pytest && pytest`.
"""
TEST = '''\
"""The component keeps the contract of jointre."""

from jointre.testing import check_component

from $module import $Class


def test_contract() -> None:
    check_component($Class())
'''
USES = {
    "writers": "jointre convert sample:test out.jsonl --to $name",
    "engines": "jointre predict MODEL INPUT OUTPUT/ --engine $name",
    "renderers": "jointre predict MODEL INPUT OUTPUT --format $name",
    "panels": "jointre predict MODEL INPUT OUTPUT.html --format html:panels=$name",
    "taggers": "jointre annotate INPUT OUTPUT --tagger $name:NAME",
    "objectives": "jointre annotate TEXT SHARDS --tagger gazetteer:NAMES  # jointre docs pretraining\n"
    "jointre pretrain enpar/pretrain --with example.cfg --paths.train SHARDS",
    COMMANDS: "jointre $name sample:test",
}
"""How to use what is not part of a training config; everything else is trained with."""
TRAIN = "jointre train quickstart --with example.cfg"


@dataclass(frozen=True)
class NewPlugin:
    """The names in a new plugin.

    Args:
        distribution: its name, such as ``jointre-acme`` or ``acme-pooler``.
        kind: the registry that it adds to, or ``commands``.

    Raises:
        UsageError: the name or the kind cannot be used.
    """

    distribution: str
    kind: str

    def __post_init__(self) -> None:
        if NAME.fullmatch(self.distribution) is None or self.distribution in ("jointre", "jointre-"):
            what = f"{self.distribution!r} is not a name for a distribution"
            raise UsageError("nothing written", [Fault(what, "NAME", "use small letters, digits and dashes")])
        if self.kind not in kinds():
            fault = Fault(f"there is no kind {self.kind!r}", "--kind", f"one of: {', '.join(kinds())}")
            raise UsageError("nothing written", [fault])

    def files(self) -> dict[str, str]:
        """Return the contents of the files by their paths."""
        parts = self._parts()
        made = {
            "setup.cfg": SETUP,
            "pyproject.toml": PYPROJECT,
            "README.md": README,
            f"{self.module}.py": parts["module"],
            f"tests/test_{self.module}.py": parts.get("test", TEST),
            **({"example.cfg": parts["config"]} if "config" in parts else {}),
            **{head.removeprefix("file "): text for head, text in parts.items() if head.startswith("file ")},
        }
        return {path: Template(text).substitute(self._values(parts)) for path, text in made.items()}

    @property
    def module(self) -> str:
        """The name of its module."""
        return self.distribution.replace("-", "_")

    def _values(self, parts: dict[str, str]) -> dict[str, str]:
        """Return what stands for each placeholder of the templates."""
        owner, _, thing = self.distribution.removeprefix("jointre-").partition("-")
        thing = thing.replace("-", "_") or parts["thing"]
        name = owner if self.kind == COMMANDS else f"{owner}.{thing}.v1"
        title = "".join(word.capitalize() for word in f"{owner}_{thing}".split("_"))
        function = f"{owner}_{thing}"
        first = parts["module"].split("\n", 1)[0].strip('".')
        values = {
            "distribution": self.distribution,
            "module": self.module,
            "version": __version__,
            "group": group_of(self.kind),
            "name": name,
            "thing": thing,
            "Class": title,
            "function": function,
            "target": function if self.kind == COMMANDS else title,
            "summary": first,
        }
        return {**values, "use": Template(USES.get(self.kind, TRAIN)).substitute(values)}

    def _parts(self) -> dict[str, str]:
        """Return the parts of the template: its usual ``thing``, and texts by their headings."""
        text = (resources.files(__package__) / "templates" / f"{self.kind}.txt").read_text(encoding="utf8")
        _, thing, _, *rest = HEADING.split(text)
        return {"thing": thing, **dict(zip(rest[::2], rest[1::2], strict=True))}
