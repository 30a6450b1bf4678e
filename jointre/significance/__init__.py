"""Test whether two systems differ by more than chance: paired tests on any metric, and the changes between them."""
