"""Small scenario files for tests: a text that is right, and what is wrong with others."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args, get_origin

import pytest

from sim.scenario import Resolved, ScenarioError, load_scenario
from sim.scenario.fields import Specification
from sim.scenario.outline import members

OFFICE = """\
version: 1
name: office
region: us-east-1
start: 2026-09-01
horizon: {months: 1}
prices: {book: book.csv}
fleets:
  office:
    bundle: standard
    running_mode: AutoStop
populations:
  sales:
    users: 10
    fleet: office
    shift: {start: 9:00}
    session_length: 8 h
"""
"""The least that makes a scenario; line 8 begins the fleet, line 12 the population."""

LAWS = {"Constant", "Uniform", "Exponential", "Lognormal", "Gamma", "Weibull", "Hyperexponential",
        "Empirical"}  # fmt: skip
"""Distributions, which may stand in any part and are tested for themselves."""


class Folder:
    """A folder of scenario files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("book.csv", "item\n")

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file below the folder."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def load(self, text: str | bytes, overrides: Sequence[str] = ()) -> Resolved:
        """Load a text as `office.yaml`."""
        return load_scenario(self.write("office.yaml", text), overrides)

    def problems(self, text: str | bytes, overrides: Sequence[str] = ()) -> list[str]:
        """Lines of the error that a text makes, without the folder's name."""
        with pytest.raises(ScenarioError) as refused:
            self.load(text, overrides)
        error = refused.value
        assert str(error).splitlines()[:-1] == [str(problem) for problem in error.problems]
        return [str(problem).replace(f"{self.path}/", "") for problem in error.problems]

    def problem(self, text: str | bytes, overrides: Sequence[str] = ()) -> str:
        """The only line of the error that a text makes."""
        (problem,) = self.problems(text, overrides)
        return problem


def changed(old: str, new: str) -> str:
    """`OFFICE` with one passage replaced."""
    assert OFFICE.count(old) == 1
    return OFFICE.replace(old, new)


def parts_below(part: type[Specification]) -> Iterator[type[Specification]]:
    """A part and all that may stand in it."""
    yield part
    for field in part.model_fields.values():
        for below in specifications(field.annotation):
            yield from parts_below(below)


def specifications(annotation: object) -> Iterator[type[Specification]]:
    """The parts of which a field holds one or several."""
    for member in members(annotation):
        if isinstance(member, type) and issubclass(member, Specification):
            yield member
        elif get_origin(member) in (list, dict):
            yield from specifications(get_args(member)[-1])
