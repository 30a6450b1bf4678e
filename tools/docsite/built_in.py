"""The page of the configs, overlays and experiments that are installed with jointre."""

from importlib import resources

from jointre.config.built_in import built_in_configs, experiments
from jointre.config.source import whole_names

TOP = """# Built-in configs

The text of every config, overlay and experiment that is installed with jointre; `jointre config list` prints their
names. [Results](../results.md) compares what was measured with them. A config states what differs from its base and
from [the defaults](#default).
"""


def built_in_page() -> str:
    """Return the page."""
    files = built_in_configs()
    groups = {
        "Configs": {name: files[name] for name in whole_names()},
        "Overlays": {name: files[name] for name in whole_names(False)},
        "Experiments": experiments(),
    }
    default = resources.files("jointre.config").joinpath("default.cfg").read_text(encoding="utf8")
    lines = [TOP]
    for title, found in groups.items():
        lines += [f"## {title}", ""]
        for name, file in found.items():
            lines += [*entry(name, name.replace("/", "-"), file.read_text(encoding="utf8")), ""]
    return "\n".join([*lines, *entry("The defaults", "default", default), ""])


def entry(title: str, anchor: str, text: str) -> list[str]:
    """Return the lines of one config."""
    return [f"### {title} {{ #{anchor} }}", "", "```ini", text.strip(), "```"]
