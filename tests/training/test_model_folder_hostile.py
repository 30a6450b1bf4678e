"""Model folders of strangers: refused in seconds, or harmless; nothing is fetched, run, or imported from outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_folders import IGNORED, REFUSED

HERE = Path(__file__).parent
SOUND = HERE.parent / "fixtures" / "model-0.1.0"
INSTALLED = [Path(entry).resolve() for entry in sys.path if entry]
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """How loading each folder ended, by name; one process loads them all."""
    place = tmp_path_factory.mktemp("hostile")
    command = [sys.executable, str(HERE / "load_hostile.py"), str(SOUND), str(place)]
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE)])
    with (place / "out.jsonl").open("w") as out:
        subprocess.run(
            command,
            stdout=out,
            stderr=subprocess.DEVNULL,
            timeout=600,
            env={**os.environ, "PYTHONPATH": path},
        )
    found = {}
    for line in (place / "out.jsonl").read_text(encoding="utf8").splitlines():
        facts = json.loads(line)
        found[facts["name"]] = facts
    return found


def test_what_cannot_be_used_is_refused_with_a_reason(outcomes):
    others = {
        name: outcomes.get(name) for name in REFUSED if outcomes.get(name, {}).get("outcome") != "refused"
    }
    assert others == {}
    assert all(outcomes[name]["faults"] > 0 for name in REFUSED)


def test_what_jointre_does_not_read_changes_nothing(outcomes):
    assert [name for name in IGNORED if not outcomes.get(name, {}).get("same")] == []


def test_nothing_is_fetched_and_no_program_is_run(outcomes):
    assert {name: facts["events"] for name, facts in outcomes.items() if facts.get("events")} == {}


def test_only_installed_modules_are_imported(outcomes):
    files = {
        Path(file).resolve() for facts in outcomes.values() for _, file in facts.get("modules", ()) if file
    }
    foreign = [file for file in files if not any(root in file.parents for root in INSTALLED)]
    assert foreign == []


def test_no_folder_takes_long_or_much_memory(outcomes):
    assert max(facts["seconds"] for facts in outcomes.values()) < 30
    assert max(facts["megabytes"] for facts in outcomes.values()) < 3000
