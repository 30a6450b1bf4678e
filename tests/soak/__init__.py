"""Kill commands at random moments, fill their disk, repeat them, and compare the results.

``python -m tests.soak`` (``make soak``) is a program, not part of the test suite: what it finds depends on chance, and
rare cases need many minutes. It is kept with the tests because it checks the same guarantees; see
``docs/reliability.md``.
"""
