"""``python -m jointre``."""

from jointre.cli.app import main

main()
