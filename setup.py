"""The packages: those found in jointre/, and registry_configs/ and docs/, which are installed as parts of jointre."""

from pathlib import Path

from setuptools import find_packages, setup

FOUND = find_packages(str(Path(__file__).parent), include=["jointre", "jointre.*"])
PACKAGES = [*FOUND, "jointre.registry_configs", "jointre.docs", "jointre.docs.models"]

if __name__ == "__main__":
    setup(packages=PACKAGES)
