"""The pages of the Python API; mkdocstrings fills them with signatures and docstrings."""

import jointre
from jointre import testing

TOP = """# Python API

```python
import jointre
```

Everything below is a name of `jointre` itself. `import jointre` loads neither torch nor transformers; they are imported
when a name that needs them is first used.
"""
FOR_PLUGINS = """# Names for plugins

What components receive and return, and what plugins may import ([API stability](../api-stability.md)). The contract of
each kind is on the page of its [registry](components/index.md); [testing](testing.md) has the checks.
"""
MODULES = {
    "What the stages exchange": "jointre.data.stages",
    "Batches": "jointre.data.batch",
    "Documents": "jointre.data.doc",
    "Types": "jointre.data.labels",
    "Columns of a relation head": "jointre.data.relation_classes",
    "Segments": "jointre.data.segments",
    "Pieces of a document": "jointre.data.encoding",
    "Progress": "jointre.data.progress",
    "Reports": "jointre.data.report",
    "Records": "jointre.data.write",
    "Output files": "jointre.data.atomic_write",
    "Errors": "jointre.errors",
    "Places": "jointre.place",
    "Limits": "jointre.limits",
    "Registries": "jointre.registry",
    "The first lines of a corpus": "jointre.readers.head",
    "What a format holds": "jointre.writers.fit",
    "From scores to relations": "jointre.relation_heads.decision",
    "Values of a logger": "jointre.loggers.values",
    "Columns of pairs": "jointre.nn.columns",
    "Markers": "jointre.nn.markers",
}
"""The public modules without a page of their own, by their headings."""
ALL_NAMES = """\
    options:
      show_root_heading: false
      show_root_toc_entry: false
      docstring_options:
        warn_missing_types: false
        warn_unknown_params: false
"""
"""The options of a page. Several tensors may share one line of a docstring, so the checks of arguments are off."""
BARE = "      show_if_no_docstring: true\n"
"""The option for names that say it all, such as limits."""
TESTS = """# Testing

`jointre.testing` is for tests of your own components: see [how to write a plugin](../write-a-plugin.md).
"""


def python_pages() -> dict[str, str]:
    """Return the pages."""
    return {
        "reference/python.md": TOP + _entries(jointre._HOME),
        "reference/plugin-api.md": FOR_PLUGINS + "".join(map(_section, MODULES.items())),
        "reference/testing.md": TESTS
        + _entries({name: getattr(testing, name).__module__ for name in testing.__all__}),
    }


def names_of(module: str) -> str:
    """Return what shows all public names of a module, as headings of the third level."""
    return f"::: {module}\n{ALL_NAMES}"


def _section(item: tuple[str, str]) -> str:
    heading, module = item
    bare = BARE if module == "jointre.limits" else ""
    return f"\n## {heading}\n\n```python\nfrom {module} import ...\n```\n\n{names_of(module)}{bare}"


def _entries(homes: dict[str, str]) -> str:
    return "".join(f"\n::: {home}.{name}\n" for name, home in sorted(homes.items()))
