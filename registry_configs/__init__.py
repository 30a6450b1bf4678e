"""Built-in configs: `jointre train spert/conll04` names one of these files."""
