"""`jointre import spert` as a command."""

import subprocess
import sys
from pathlib import Path

import typer
from published import tiny, write_checkpoint
from typer.testing import CliRunner

from jointre.cli.import_cmd import import_spert

app = typer.Typer()
app.command("spert")(import_spert)


def test_it_says_what_it_wrote_and_what_to_type_next(tmp_path: Path):
    checkpoint = write_checkpoint(tmp_path / "checkpoint", tiny(0), "bin")
    out = tmp_path / "model"
    result = CliRunner().invoke(
        app, [str(checkpoint), str(out), "--types", str(checkpoint / "types.json"), "--max-width", "5"]
    )
    assert result.exit_code == 0 and result.stdout == ""
    assert "left out, because SpERT does not use them: bert.pooler.dense.weight" in result.stderr
    assert f"wrote {out}: 3 entity types, 3 relation types" in result.stderr
    assert result.stderr.splitlines()[-1].startswith(f"next: jointre predict {out}")


def test_help_ends_with_an_example():
    text = CliRunner().invoke(app, ["--help"]).stdout
    assert "Example: jointre import spert save/final_model" in text
    assert "--threshold" in text and "--max-width" in text


def test_unusual_numbers_are_refused(tmp_path: Path):
    for option in (["--threshold", "1.5"], ["--max-width", "0"]):
        assert CliRunner().invoke(app, ["a", "b", "--types", "t.json", *option]).exit_code == 2


def test_importing_the_command_loads_no_torch():
    code = "import sys, jointre.cli.import_cmd; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
