"""Experiments: train the variants of one file with several seeds and folds, and tabulate their results."""
