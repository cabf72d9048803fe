"""What the files behind a scenario held when it was loaded, so that a change is noticed.

A result names its scenario by a hash of settings and files. Files can be edited while a notebook is
open; what was simulated and what is on the disk are then two scenarios, and a result must never
carry the hash of the one with the numbers of the other.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sim.scenario import Problem
from sim.scenario.errors import Origin
from sim.scenario.loading import input_files
from sim.scenario.schema import Scenario

CHANGED = "changed since it was loaded; load the scenario again"
"""What is said of a file that does not hold what it held."""


def contents(spec: Scenario) -> dict[str, str]:
    """SHA-256 [hex] of each file that a scenario names, by its path."""
    return {file: _digest(file) for file in input_files(spec)}


def changes(held: Mapping[str, str], files: Iterable[str]) -> Iterator[Problem]:
    """A problem for each of the files that no longer holds what it held."""
    for file in files:
        if _digest(file) != held[file]:
            yield Problem.at(Origin(file, 1, 1), (), CHANGED)


def _digest(file: str) -> str:
    """Of a file that is gone: nothing, which equals no digest."""
    try:
        with Path(file).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
