"""The packages: those found in jointre/, and registry_configs/, which is installed as a part of jointre."""

from pathlib import Path

from setuptools import find_packages, setup

FOUND = find_packages(str(Path(__file__).parent), include=["jointre", "jointre.*"])
PACKAGES = [*FOUND, "jointre.registry_configs"]

if __name__ == "__main__":
    setup(packages=PACKAGES)
