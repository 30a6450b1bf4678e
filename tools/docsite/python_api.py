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
LIMITS = """
## Limits

Annotations for arguments of components: see [limits](../config.md#limits).

::: jointre.limits
    options:
      show_root_heading: false
      show_root_toc_entry: false
"""
TESTS = """# Testing

`jointre.testing` is for tests of your own components: see [how to write a plugin](../write-a-plugin.md).
"""


def python_pages() -> dict[str, str]:
    """Return the pages."""
    return {
        "reference/python.md": TOP + _entries(jointre._HOME) + LIMITS,
        "reference/testing.md": TESTS
        + _entries({name: getattr(testing, name).__module__ for name in testing.__all__}),
    }


def _entries(homes: dict[str, str]) -> str:
    return "".join(f"\n::: {home}.{name}\n" for name, home in sorted(homes.items()))
