"""Compare speed and memory of jointre with its encoder alone: ``python -m benchmarks --help``."""
