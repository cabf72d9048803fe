"""How a column of numbers is shown: its name with the unit, codes as words, nothing as nothing.

Inside desksim a time is an int64 in milliseconds, a vocabulary an int8, and the smallest int64 is
the instant that does not exist (NumPy's own convention for NaT). Outside, a column `begin` that
counts milliseconds is called `begin_ms`, a code is its word, and what does not exist is null. The
translation loses nothing: `from_arrow` undoes `to_arrow`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

NOTHING = np.iinfo(np.int64).min
"""The int64 that stands for an instant that does not exist."""

_MILLISECONDS = re.compile(r"\[ms\b[^\]]*\]$")


class LabelsLike(Protocol):
    """A closed vocabulary whose codes count from 0."""

    @classmethod
    def labels(cls) -> list[str]:
        """Words in the order of their codes."""
        ...


class ColumnLike(Protocol):
    """One column of a schema."""

    @property
    def name(self) -> str:
        """Name inside desksim, without unit."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the array."""
        ...

    @property
    def meaning(self) -> str:
        """What it means, the unit in brackets at the end."""
        ...

    @property
    def codes(self) -> type[LabelsLike] | None:
        """The vocabulary, when the numbers stand for words."""
        ...


class SchemaLike(Protocol):
    """Name and columns of a table."""

    @property
    def name(self) -> str:
        """Name of the table, and of its file."""
        ...

    @property
    def columns(self) -> Sequence[ColumnLike]:
        """Columns in order."""
        ...


class TableLike(Protocol):
    """Arrays of equal length under a schema."""

    @property
    def schema(self) -> SchemaLike:
        """What the columns are."""
        ...

    @property
    def columns(self) -> Mapping[str, NDArray[Any]]:
        """One array per column of the schema."""
        ...


def column_name(column: ColumnLike) -> str:
    """Name of a column outside desksim: `begin_ms` for `begin` in milliseconds."""
    return column.name + "_ms" if _MILLISECONDS.search(column.meaning) else column.name


def rows(table: TableLike) -> int:
    """Number of rows."""
    return len(next(iter(table.columns.values())))


def to_arrow(table: TableLike, replication: int) -> pa.Table:
    """A table as Arrow columns, `replication` first, all under their outside names."""
    arrays = {"replication": pa.array(np.full(rows(table), replication, dtype=np.int32))}
    for column in table.schema.columns:
        arrays[column_name(column)] = _to_arrow(column, table.columns[column.name])
    return pa.table(arrays)


def _to_arrow(column: ColumnLike, values: NDArray[Any]) -> pa.Array:
    if column.codes is not None:
        return pa.DictionaryArray.from_arrays(pa.array(values), pa.array(column.codes.labels()))
    if column.dtype == np.int64:
        return pa.array(values, mask=values == NOTHING)
    return pa.array(values, type=pa.string() if column.dtype == object else None)


def from_arrow(column: ColumnLike, values: pa.ChunkedArray) -> NDArray[Any]:
    """The array that `to_arrow` was given."""
    if column.codes is not None:
        return _codes(column.codes.labels(), values).astype(column.dtype)
    if column.dtype == np.int64:
        values = values.fill_null(NOTHING)
    return np.asarray(values.to_numpy()).astype(column.dtype, copy=False)


def _codes(labels: list[str], values: pa.ChunkedArray) -> NDArray[Any]:
    """Codes of words; a reader of Parquet may number the words of each chunk as it meets them."""
    number = {label: code for code, label in enumerate(labels)}
    parts = [np.empty(0, dtype=np.int8)]
    for chunk in values.chunks:
        words = chunk if isinstance(chunk, pa.DictionaryArray) else chunk.dictionary_encode()
        codes = np.array([number[word] for word in words.dictionary.to_pylist()], dtype=np.int8)
        parts.append(codes[words.indices.to_numpy()])
    return np.concatenate(parts)
