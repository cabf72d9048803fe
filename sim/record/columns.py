"""What a table is made of: columns with a type and a meaning, and the schema that holds them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.record.codes import Code

NEVER = int(np.iinfo(np.int64).min)
"""The instant, or duration, that does not exist."""


@dataclass(frozen=True)
class Column:
    """One column: its type and what it means; `codes` when the numbers stand for words."""

    name: str
    dtype: np.dtype[Any]
    meaning: str
    codes: type[Code] | None = None


@dataclass(frozen=True)
class Schema:
    """A table's name and columns, in order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name (KeyError when there is none)."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def instant(name: str, meaning: str) -> Column:
    """An instant on the millisecond axis."""
    return Column(name, np.dtype(np.int64), meaning + " [ms from start, UTC]")


def span(name: str, meaning: str) -> Column:
    """A duration of at most 24 days."""
    return Column(name, np.dtype(np.int32), meaning + " [ms]")


def long_span(name: str, meaning: str) -> Column:
    """A duration of any length."""
    return Column(name, np.dtype(np.int64), meaning + " [ms]")


def number(name: str, meaning: str) -> Column:
    """A count, or a code into a table."""
    return Column(name, np.dtype(np.int32), meaning)


def small_number(name: str, meaning: str) -> Column:
    """A code into a short list."""
    return Column(name, np.dtype(np.int16), meaning)


def code(name: str, codes: type[Code], meaning: str) -> Column:
    """A word of a closed vocabulary."""
    return Column(name, np.dtype(np.int8), meaning, codes)


def text(name: str, meaning: str) -> Column:
    """A name."""
    return Column(name, np.dtype(object), meaning)
