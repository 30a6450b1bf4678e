"""Everything in registry_configs checks, fills and builds, without a network."""

from importlib import resources
from pathlib import Path

import pytest
from built_in_configs import base_of

from jointre.config import load_config
from jointre.errors import DataError
from jointre.inspection.model import parts_of

FOLDER = Path(str(resources.files("jointre.registry_configs")))
ALL = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.cfg"))
EXPERIMENTS = [
    name for name in ALL if "\n[experiment]\n" in (FOLDER / f"{name}.cfg").read_text(encoding="utf8")
]
OVERLAYS = [name for name in ALL if name.startswith(("encoders/", "ablations/")) and name not in EXPERIMENTS]
CONFIGS = [name for name in ALL if name not in OVERLAYS and name not in EXPERIMENTS]


@pytest.mark.parametrize("name", CONFIGS)
def test_config_builds_without_weights(name):
    parts, _ = parts_of(load_config(name))
    assert parts[0].parameters > 20_000_000


@pytest.mark.parametrize("name", OVERLAYS)
def test_overlay_changes_what_is_built(name):
    plain, changed = load_config(base_of(name)), load_config(base_of(name), [name])
    assert plain.text() != changed.text()
    assert parts_of(changed)[0][0].parameters > 20_000_000


def test_names_agree_with_the_readme():
    readme = (FOLDER / "README.md").read_text(encoding="utf8")
    assert all(f"`{name}`" in readme for name in CONFIGS)
    short = (name.split("/")[-1] if name.startswith("ablations/") else name for name in OVERLAYS)
    assert [name for name in short if f"`{name}`" not in readme] == []
    assert [name for name in EXPERIMENTS if f"`{name}`" not in readme] == []


def test_faulty_corpus_is_not_hidden_by_stand_ins(tmp_path):
    (tmp_path / "bad.json").write_text("[{", encoding="utf8")
    with pytest.raises(DataError, match=r"bad\.json"):
        parts_of(load_config("spert/conll04", overrides={"paths.train": str(tmp_path / "bad.json")}))
