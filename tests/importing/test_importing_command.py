"""`jointre import` as a command."""

import subprocess
import sys
from pathlib import Path

import typer
from published import tiny, write_checkpoint
from published_sinet import tiny_sinet
from typer.testing import CliRunner

from jointre.cli.import_cmd import import_sinet, import_spert

app = typer.Typer()
app.command("spert")(import_spert)
app.command("sinet")(import_sinet)


def test_it_says_what_it_wrote_and_what_to_type_next(tmp_path: Path):
    checkpoint = write_checkpoint(tmp_path / "checkpoint", tiny(0), "bin")
    out = tmp_path / "model"
    arguments = [str(checkpoint), str(out), "--types", str(checkpoint / "types.json"), "--max-width", "5"]
    result = CliRunner().invoke(app, ["spert", *arguments])
    assert result.exit_code == 0 and result.stdout == ""
    assert "left out, because SpERT does not use them: bert.pooler.dense.weight" in result.stderr
    assert f"wrote {out}: 3 entity types, 3 relation types" in result.stderr
    assert result.stderr.splitlines()[-1].endswith(f"| jointre predict {out} -")


def test_sinet_says_how_many_heads_it_took(tmp_path: Path):
    checkpoint, out = write_checkpoint(tmp_path / "checkpoint", tiny_sinet(0), "bin"), tmp_path / "model"
    arguments = [str(checkpoint), str(out), "--types", str(checkpoint / "types.json"), "--heads", "2"]
    result = CliRunner().invoke(app, ["sinet", *arguments])
    assert result.exit_code == 0 and result.stdout == ""
    assert "left out, because SINET does not use them" in result.stderr
    assert "2 heads, a number that the checkpoint does not contain" in result.stderr
    assert result.stderr.splitlines()[-1].endswith(f"| jointre predict {out} -")


def test_help_ends_with_an_example():
    for name, options in (("spert", ["--threshold"]), ("sinet", ["--threshold", "--heads"])):
        text = CliRunner().invoke(app, [name, "--help"]).stdout
        assert f"Example: jointre import {name} save/final_model" in text
        assert all(option in text for option in [*options, "--max-width"])


def test_unusual_numbers_are_refused(tmp_path: Path):
    for option in (["--threshold", "1.5"], ["--max-width", "0"]):
        for name in ("spert", "sinet"):
            assert CliRunner().invoke(app, [name, "a", "b", "--types", "t.json", *option]).exit_code == 2
    assert CliRunner().invoke(app, ["sinet", "a", "b", "--types", "t.json", "--heads", "0"]).exit_code == 2


def test_importing_the_command_loads_no_torch():
    code = "import sys, jointre.cli.import_cmd; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
