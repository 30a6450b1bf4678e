"""Kill commands at random moments, fill their disk, repeat them, and compare the results.

``python -m tests.soak`` (``make soak``) is a program, not part of the suite: what it finds depends on the moment, and
it needs many minutes to hit rare ones. It is kept with the tests because it checks the same promises; see
``docs/reliability.md``.
"""
