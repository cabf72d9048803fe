"""Tables that people give: cells to exact numbers, with every bad cell by its row.

Nothing is dropped and nothing is guessed: a cell that does not say what its column holds is a
problem, and all problems of a file are reported at once. Times come out in whole milliseconds. A
decimal of seconds is read to the nearest millisecond, which recovers exactly what was written with
up to three decimals: a float holds seconds of a thousand years to better than a microsecond.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.record import NEVER
from sim.scenario.errors import Origin, Problem, ScenarioError, did_you_mean, shown
from sim.storage import read_table
from sim.units import SECOND, Calendar
from sim.workload.streams import Numbers

Mask = NDArray[np.bool_]

_MOST = 1_000
"""Problems listed for one column; how many more there are is said."""
_OFFSET = r"[T ].*(?:Z|[+-]\d\d(?::?\d\d)?)$"


class InputTable:
    """A CSV or Parquet file, column by column, with all that is wrong with it.

    Args:
        path: the file.
        text: columns that hold names and words, even if they look like numbers.
        required: columns that must be there.
        optional: columns that may be there; others are refused. None: any others may.

    Raises:
        ScenarioError: when the file cannot be read, or its columns are wrong.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        text: Iterable[str] = (),
        required: Collection[str] = (),
        optional: Collection[str] | None = None,
    ) -> None:
        self.path = Path(path)
        self.problems: list[Problem] = []
        self._refused: dict[str, Mask] = {}
        self._rows: Numbers | None = None
        try:
            self._frame = read_table(self.path, text=text)
        except (OSError, ValueError) as error:
            raise ScenarioError([self._problem(1, "", str(error))]) from None
        for column in required:
            if column not in self._frame.columns:
                self._add(1, column, "required column, and missing")
        known = [*required, *(optional or ())]
        for column in self._frame.columns if optional is not None else ():
            if column not in known:
                self._add(1, str(column), f"unknown column{did_you_mean(column, known)}")
        self.raise_problems()

    def __len__(self) -> int:
        return len(self._frame)

    def __contains__(self, column: str) -> bool:
        return column in self._frame.columns

    def keep(self, wanted: Mask) -> None:
        """Forget all rows but those of a mask; these keep their lines, and problems stay noted."""
        if wanted.all():
            return
        rows = np.arange(len(self)) if self._rows is None else self._rows
        self._rows = rows[wanted]
        self._frame = self._frame[wanted].reset_index(drop=True)
        self._refused = {column: refused[wanted] for column, refused in self._refused.items()}

    def given(self, column: str) -> Mask:
        """Whether the cells of a column say anything; a column that is not there does not."""
        if column not in self:
            return np.zeros(len(self), dtype=bool)
        return self._frame[column].notna().to_numpy(dtype=bool)

    def words(self, column: str) -> tuple[Numbers, list[str]]:
        """Each row's code, -1 for an empty cell, and the words in order of appearance."""
        if column not in self:
            return np.full(len(self), -1), []
        codes, words = pd.factorize(self._frame[column])
        return np.asarray(codes, dtype=np.int64), [str(word) for word in words]

    def texts(self, column: str) -> list[str]:
        """The words of a column by row, "" where a cell is empty."""
        codes, words = self.words(column)
        return [words[code] if code >= 0 else "" for code in codes.tolist()]

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column of numbers, NaN where a cell is empty or, with a problem, no finite number."""
        if column not in self:
            return np.full(len(self), np.nan)
        cells = self._frame[column]
        if pd.api.types.is_bool_dtype(cells):
            numbers = np.full(len(self), np.nan)
        elif pd.api.types.is_numeric_dtype(cells):
            numbers = np.array(cells.to_numpy(dtype=np.float64, na_value=np.nan))
        else:
            numbers = np.array(pd.to_numeric(cells.astype(object), errors="coerce"), np.float64)
        self.refuse(self.given(column) & ~np.isfinite(numbers), column, "a finite number")
        numbers[~np.isfinite(numbers)] = np.nan
        return numbers

    def seconds(self, column: str, *, least: int = 0) -> Numbers:
        """A column of seconds as milliseconds, NEVER where a cell is empty.

        Noted as problems: less than `least` milliseconds, and more than 1000 years.
        """
        seconds = self.numbers(column)
        there = ~np.isnan(seconds)
        wrong = there & ~(seconds < 1e3 * 366 * 86_400)
        millis = np.full(len(self), NEVER)
        fits = there & ~wrong & (seconds > -1e12)
        millis[fits] = np.rint(seconds[fits] * SECOND).astype(np.int64)
        wrong |= there & (millis < least)
        millis[wrong] = NEVER
        expected = "more than 0 s" if least > 0 else "0 s or more"
        self.refuse(wrong, column, f"{expected} and less than 1000 years")
        return millis

    def instants(self, column: str, calendar: Calendar) -> Numbers:
        """A column of instants as milliseconds from the start, NEVER where a cell is empty.

        Noted as problems: what is no ISO-8601 instant with an offset.
        """
        if column not in self:
            return np.full(len(self), NEVER)
        cells = self._frame[column]
        there = cells.notna().to_numpy()
        times = _utc(cells)
        known = times.notna().to_numpy()
        self.refuse(
            there & ~known, column, "an instant with an offset such as 2026-09-01T09:00:00+02:00"
        )
        micros = times.dt.as_unit("us").to_numpy(dtype="datetime64[us]").astype(np.int64)
        zero = calendar.millis(pd.Timestamp(0, tz="UTC").to_pydatetime())
        millis = np.full(len(self), NEVER)
        millis[known] = (micros[known] + 500) // 1_000 + zero
        return millis

    def refuse(self, wrong: Mask, column: str, expected: str) -> None:
        """Note a problem for each row of a mask: what was expected, and what the cell says.

        Of a cell with which something is wrong already, nothing more is said.
        """
        refused = self._refused.setdefault(column, np.zeros(len(self), dtype=bool))
        rows = np.flatnonzero(wrong & ~refused)
        refused |= wrong
        for row in rows[:_MOST].tolist():
            cell = self._frame[column].iloc[row] if column in self else None
            text = f"{cell:.15g}" if isinstance(cell, float) else str(cell)
            got = shown(None if pd.isna(cell) else text)
            self._add(self.line(row), column, f"expected {expected}, got {got}")
        if len(rows) > _MOST:
            self._add(self.line(int(rows[_MOST])), column, f"and {len(rows) - _MOST} more rows")

    def complain(self, row: int, column: str, message: str) -> None:
        """Note a problem of one row in words."""
        self._add(self.line(row), column, message)

    def line(self, row: int) -> int:
        """Line of a CSV file (below the header), or row of a Parquet file, from 1."""
        if self._rows is not None and row >= 0:
            row = int(self._rows[row])
        return row + 1 + (self.path.suffix == ".csv")

    def raise_problems(self) -> None:
        """Raise what has been found wrong so far, if anything.

        Raises:
            ScenarioError: with every problem, in order of row.
        """
        if self.problems:
            raise ScenarioError(self.in_order())

    def in_order(self) -> list[Problem]:
        """What is wrong so far, in order of row."""
        return sorted(self.problems, key=lambda problem: problem.line)

    def _add(self, line: int, column: str, message: str) -> None:
        self.problems.append(self._problem(line, column, message))

    def _problem(self, line: int, column: str, message: str) -> Problem:
        folder = Path.cwd()
        near = self.path.is_relative_to(folder)
        name = str(self.path.relative_to(folder) if near else self.path)
        return Problem.at(Origin(name, line, 1), (column,) if column else (), message)


def _utc(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return pd.Series(cells.dt.tz_convert("UTC"))
    text = cells.astype("str")
    text = text.where(text.str.contains(_OFFSET, na=False))
    return pd.Series(pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce"))
