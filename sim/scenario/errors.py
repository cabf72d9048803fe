"""What is wrong with a user's files, and where: all problems at once, each with its place."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

LONGEST = 400
"""Longest message shown [characters]; what a file holds may be long."""

Path = tuple[str | int, ...]
"""Keys and list positions from the root of a scenario down to a value."""


class Origin(NamedTuple):
    """Where something is written; lines and columns count from 1."""

    file: str
    """As a person would name it; `--set[0]` for the first setting of the command line."""
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One thing that is wrong: where, with which setting, what was expected and what was got."""

    file: str
    line: int
    column: int
    path: str
    """`fleets.office.bundle`; empty when it is about the file itself."""
    message: str

    @classmethod
    def at(cls, origin: Origin, path: Path, message: str) -> "Problem":
        """A problem with the setting at `path`, written at `origin`, on one line."""
        return cls(*origin, _one_line(dotted(path)), _one_line(message))

    @classmethod
    def with_setting(cls, path: Path, message: str) -> "Problem":
        """A problem found where only the scenario is known, and not where it is written."""
        return cls.at(Origin("", 0, 0), path, message)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.file else ""
        parts = (place, self.path, self.message)
        return ": ".join(part for part in parts if part)


def _one_line(text: str) -> str:
    """Text that fits on a line of a terminal and does nothing to it."""
    plain = "".join(one if one.isprintable() else repr(one)[1:-1] for one in text[:LONGEST])
    return plain if len(text) <= LONGEST else plain + "…"


class ScenarioError(ValueError):
    """A user's files do not say a scenario; the message has one line per problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        # SimPy and pickle make an exception anew from its arguments, which must be these.
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        lines = [str(problem) for problem in self.problems]
        return "\n".join([*lines, f"{count} problem{'s' * (count != 1)}"])


def dotted(path: Path) -> str:
    """A path as `--set` reads it: `fleets.office.bundle`, names with dots in quotes."""
    return ".".join(f'"{key}"' if "." in str(key) else str(key) for key in path)


def shown(value: Any) -> str:
    """A value as one would write it in a file, short enough for a message."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping" if value else "an empty mapping"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case str():
            return repr(value if len(value) <= 80 else value[:79] + "…")
        case _:
            return str(value)


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """A hint for a word that is not known: the closest known one, or all when they are few."""
    names = sorted(known)
    near = get_close_matches(str(word), names, n=1)
    if near:
        return f"; did you mean '{near[0]}'?"
    return f"; known: {', '.join(names)}" if 0 < len(names) <= 8 else ""
