"""Columnar tables: arrays under a schema, and a builder that grows them in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.record.schemas import Schema


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
    """Grows a table by whole chunks of columns, or by rows kept in plain lists until asked."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._chunks: list[Table] = []
        self._rows: list[tuple[Any, ...]] = []
        self.append = self._rows.append
        """Append one row, a tuple in the order of the schema."""

    def extend(self, **columns: ArrayLike) -> None:
        """Append a chunk of rows, one array per column."""
        self._close_rows()
        self._chunks.append(Table.of(self.schema, **columns))

    def __len__(self) -> int:
        return sum(map(len, self._chunks)) + len(self._rows)

    def drain(self) -> Table:
        """All rows so far, in order of arrival; the builder is empty afterwards."""
        self._close_rows()
        table = Table.concatenate(self._chunks) if self._chunks else Table.empty(self.schema)
        self._chunks.clear()
        return table

    def _close_rows(self) -> None:
        if self._rows:
            columns = dict(zip(self.schema.names, zip(*self._rows, strict=True), strict=True))
            self._chunks.append(Table.of(self.schema, **columns))
            self._rows.clear()
