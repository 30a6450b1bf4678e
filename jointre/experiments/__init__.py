"""Experiments: trainings from one file (ablations, seeds, folds), their tables, and what differs significantly."""
