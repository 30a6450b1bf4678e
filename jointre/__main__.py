"""The command ``jointre``, also as ``python -m jointre``. Its imports take a while, so Ctrl-C is handled first."""

import sys

from jointre import signals


def main() -> None:
    """Import the commands, and run one; see `jointre.cli.app.main`."""
    signals.install()
    try:
        from jointre.cli.app import main as run
    except BaseException:
        if not signals.received:  # libraries turn an interruption into their own errors
            raise
        signals.uninstall()
        print(signals.INTERRUPTED, file=sys.stderr)
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
