"""Training: the loop, its events, and what `jointre.train` does with them."""
