"""Whether two systems differ by more than chance: paired tests on any metric, and what changed between them."""
