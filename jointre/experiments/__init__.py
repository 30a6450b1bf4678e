"""Experiments: trainings from one file (ablations, seeds, folds), and their tables."""
