"""Commands that are ended by a signal say so once, without a traceback, and leave nothing half written."""

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jointre import signals
from jointre.cli import app
from jointre.data.atomic_write import replacing

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
HERE = Path(__file__).parents[1]
# A signal that comes while a library is imported, here as soon as one that every command needs is looked for.
EARLY = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            {action}
sys.meta_path.insert(0, Finder())
from jointre.__main__ import main
sys.argv[1:] = {arguments!r}
main()
"""
KILL = "os.kill(os.getpid(), signal.{name})"


def early(module, arguments, action):
    program = EARLY.format(module=module, arguments=arguments, action=action)
    restore = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=HERE, capture_output=True, encoding="utf8", preexec_fn=restore
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(
    ("module", "arguments"), [("typer", ["--version"]), ("torch", ["evaluate", "M", "D"])]
)
def test_a_signal_during_imports_is_told_once(name, module, arguments):
    code, said = early(module, arguments, KILL.format(name=name))
    assert (code, said) == (130, f"{signals.INTERRUPTED}\n")


def test_an_interruption_that_a_library_turns_into_its_own_error_is_one():
    action = "\n            ".join(
        ["try:", f"    {KILL.format(name='SIGINT')}; [None for _ in range(10**6)]",
         "except KeyboardInterrupt: raise ImportError('partially initialized')"]
    )  # fmt: skip
    assert early("typer", ["--version"], action) == (130, f"{signals.INTERRUPTED}\n")
    assert early("torch", ["evaluate", "M", "D"], action) == (130, f"{signals.INTERRUPTED}\n")


def test_an_interruption_that_a_destructor_swallows_comes_again():
    action = "\n            ".join(
        ["class Dying:", f"    def __del__(self): {KILL.format(name='SIGTERM')}; [None for _ in range(10**6)]",
         "Dying()"]
    )  # fmt: skip
    assert early("torch", ["evaluate", "M", "D"], action) == (130, f"{signals.INTERRUPTED}\n")


def test_an_interruption_inside_exec_ends_with_the_usual_exit_code(tmp_path):
    """CPython ends ``python -m`` by SIGINT after that, though the interruption was handled."""
    code = """
import sys
from jointre import signals

signals.install()
try:
    exec("import os, signal; os.kill(os.getpid(), signal.SIGHUP); [None for _ in range(10**6)]")
except KeyboardInterrupt:
    if sys.argv[1] == "uninstall":
        signals.uninstall()
    sys.exit(130)
"""
    (tmp_path / "interrupted.py").write_text(code, encoding="utf8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(HERE)])}

    def ended(how):
        command = [sys.executable, "-m", "interrupted", how]
        return subprocess.run(command, env=environment).returncode

    assert ended("uninstall") == 130
    assert ended("not") in (-signal.SIGINT, 130)  # 130 in a version of CPython that has mended it


def test_sigusr1_ends_nothing():
    code, said = early("typer", ["--version"], KILL.format(name="SIGUSR1"))
    assert (code, said) == (0, "")


@pytest.fixture
def installed(monkeypatch):
    """The handlers of a command, in this process."""
    numbers = (*signals.ENDING, *signals.SAVING)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(sys, "stderr", sys.stderr)
    signals.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    signals.received.clear()


@pytest.mark.parametrize("number", signals.ENDING)
def test_a_signal_to_end_removes_what_is_half_written(installed, tmp_path, monkeypatch, capsys, number):
    def command():
        with replacing(tmp_path / "a.txt") as file:
            file.write("half")
            os.kill(os.getpid(), number)

    monkeypatch.setattr(app.typer.core.TyperCommand, "invoke", lambda self, ctx: command())
    assert app.run(["registry"]) == 130
    assert capsys.readouterr().err == f"{signals.INTERRUPTED}\n"
    assert not list(tmp_path.iterdir())


def test_messages_that_nobody_can_read_end_nothing():
    """As where Ctrl-C has ended ``tee`` in a pipe, or a terminal was closed."""

    class Gone:
        encoding = "utf8"

        def write(self, text):
            raise OSError(errno.EIO, "gone")

        def flush(self):
            raise OSError(errno.EPIPE, "gone")

    lasting = signals.Lasting(Gone())
    assert lasting.write("anyone?") == 7 and lasting.encoding == "utf8"
    lasting.flush()


def test_signals_are_held_back_and_come_later(installed):
    """Also where another thread, which was started before and so has no mask, receives the signal."""
    finished = threading.Event()
    other = threading.Thread(target=finished.wait)
    other.start()
    reached = False
    try:
        with pytest.raises(KeyboardInterrupt):
            with signals.held_back():
                signal.pthread_kill(other.ident, signal.SIGINT)
                for _ in range(10**6):
                    pass
                reached = True
            pytest.fail("it never came")
    finally:
        finished.set()
        other.join()
    assert reached and signals.received == [signal.SIGINT]
