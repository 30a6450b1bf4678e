"""Write the table of plugins into docs/plugins.md, from their ``setup.cfg``: ``python tools/plugin_index.py``."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "plugins.md"
BEGIN, END = "<!-- begin: python tools/plugin_index.py -->\n", "<!-- end -->"


def table() -> str:
    """Return the table: name, version, what each plugin adds, and its description."""
    rows = ["| plugin | version | adds | |", "|---|---|---|---|"]
    for file in sorted((ROOT / "plugins").glob("*/setup.cfg")):
        setup = ConfigParser(delimiters=("=",))
        setup.read(file, encoding="utf8")
        about = setup["metadata"]
        link = f"[{about['name']}](../plugins/{file.parent.name}/README.md)"
        names = {
            row.partition("=")[0].strip(): None
            for points in setup["options.entry_points"].values()
            for row in points.strip().splitlines()
        }
        adds = ", ".join(f"`{name}`" for name in names)
        rows.append(f"| {link} | {about['version']} | {adds} | {about['description']} |")
    return "".join(f"{row}\n" for row in rows)


def page() -> str:
    """Return the page with the present table."""
    before, _, rest = PAGE.read_text(encoding="utf8").partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf8")
