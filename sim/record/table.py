"""Columnar tables: arrays under a schema, and a builder that grows them in bulk."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.record.columns import Schema


@dataclass(frozen=True)
class Table:
    """Arrays of equal length under a schema."""

    schema: Schema
    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, schema: Schema, **columns: ArrayLike) -> "Table":
        """Build a table from one array per column, converted to the schema's types.

        Raises:
            ValueError: when a column is missing, unknown, or of another length.
        """
        if set(columns) != set(schema.names):
            wrong = sorted(set(columns) ^ set(schema.names))
            raise ValueError(f"columns of {schema.name}: missing or unknown {wrong}")
        arrays = {c.name: np.asarray(columns[c.name], dtype=c.dtype) for c in schema.columns}
        if len({len(array) for array in arrays.values()}) > 1:
            raise ValueError(f"columns of {schema.name} differ in length")
        return cls(schema, arrays)

    @classmethod
    def empty(cls, schema: Schema) -> "Table":
        """No rows."""
        return cls(schema, {c.name: np.empty(0, dtype=c.dtype) for c in schema.columns})

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def take(self, rows: NDArray[Any]) -> "Table":
        """The rows at these positions, or where a mask is true."""
        return Table(self.schema, {name: array[rows] for name, array in self.columns.items()})

    def sorted_by(self, *names: str) -> "Table":
        """Rows in order of these columns, the first one most significant; stable."""
        return self.take(np.lexsort([self.columns[name] for name in reversed(names)]))

    @staticmethod
    def concatenate(tables: Sequence["Table"]) -> "Table":
        """All rows of tables under one schema, in order."""
        schema = tables[0].schema
        return Table(
            schema,
            {n: np.concatenate([table.columns[n] for table in tables]) for n in schema.names},
        )


class TableBuilder:
    """Grows a table by whole chunks of columns, or by rows.

    Rows of numbers go into one typed array, one row after another, so that a million of them are no
    million objects; rows with text are kept as they are until asked for.

    Args:
        schema: of the table.
        row: names of the columns that a row has, in its order; the others are 0. By default all, in
            the order of the schema.
    """

    def __init__(self, schema: Schema, row: Sequence[str] | None = None) -> None:
        self.schema = schema
        self._row = schema.names if row is None else tuple(row)
        self._chunks: list[Table] = []
        self._numbers = array("q")
        self._rows: list[tuple[Any, ...]] = []
        self._is_numeric = all(column.dtype.kind in "ib" for column in schema.columns)
        self.append: Callable[[tuple[Any, ...]], None] = (
            self._numbers.extend if self._is_numeric else self._rows.append
        )
        """Append one row, a tuple in the order of `row`."""

    def extend(self, **columns: ArrayLike) -> None:
        """Append a chunk of rows, one array per column."""
        self._close_rows()
        self._chunks.append(Table.of(self.schema, **columns))

    def __len__(self) -> int:
        return sum(map(len, self._chunks)) + self._open_rows()

    def _open_rows(self) -> int:
        """Rows that are in no chunk yet."""
        return len(self._numbers) // len(self._row) + len(self._rows)

    def drain(self) -> Table:
        """All rows so far, in order of arrival; the builder is empty afterwards."""
        self._close_rows()
        table = Table.concatenate(self._chunks) if self._chunks else Table.empty(self.schema)
        self._chunks.clear()
        return table

    def _close_rows(self) -> None:
        columns: list[ArrayLike] = []
        nothing = np.zeros(self._open_rows(), dtype=np.int8)
        if self._numbers:
            rows = np.array(self._numbers, dtype=np.int64).reshape(-1, len(self._row))
            # Copies, since a view of one column would keep all of them in memory.
            columns = [column.copy() for column in rows.T]
        elif self._rows:
            columns = list(zip(*self._rows, strict=True))
        if columns:
            named = dict(zip(self._row, columns, strict=True))
            others = dict.fromkeys(set(self.schema.names) - set(named), nothing)
            self._chunks.append(Table.of(self.schema, **named, **others))
            del self._numbers[:]
            self._rows.clear()
