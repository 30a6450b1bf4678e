"""Files of later versions of jointre say so."""

import json

import pytest

from jointre.about import __version__
from jointre.errors import UsageError
from jointre.training.run import train
from jointre.versions import install, is_newer, is_version


@pytest.mark.parametrize("text", ["1.2.0", "0.1.0rc1", "2.13.0+cpu", "1.0.dev3", "3"])
def test_versions(text):
    assert is_version(text)


@pytest.mark.parametrize("text", ["", "x", "1.0 --index-url evil", "1.0;", "1.0\n", None, 3, "1" * 200])
def test_what_is_not_a_version(text):
    assert not is_version(text)


def test_which_version_is_newer():
    assert is_newer("9.9.9") and is_newer(f"{__version__}.1")
    assert not is_newer(__version__) and not is_newer("0.0.9") and not is_newer(f"{__version__}.0")


def test_advice_on_packages():
    assert install("acme-poolers", "1.2") == "pip install acme-poolers==1.2"
    for package, number in [
        ("-r", "1"),
        ("a b", "1"),
        ("acme", ""),
        ("acme[x]", "1"),
        ("acme", "1 2"),
        ("é", "1"),
    ]:
        assert install(package, number) is None


def test_run_that_a_later_version_began_is_not_continued(small, tmp_path):
    record = {"status": "interrupted", "jointre": "9.9.9"}
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf8")
    (tmp_path / "checkpoint.safetensors").touch()
    with pytest.raises(UsageError, match=rf"made with jointre 9\.9\.9; this is {__version__}"):
        train(small(), tmp_path, resume=True, quiet=True)
