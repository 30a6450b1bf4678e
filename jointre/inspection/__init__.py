"""Inspect the corpora of a config: counts, sizes and anomalies, as numbers and places; nothing is printed."""
