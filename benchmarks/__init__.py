"""Speed and memory of jointre beside its encoder alone: ``python -m benchmarks --help``."""
