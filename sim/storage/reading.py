"""Facts read back from Parquet: whole columns, or one row group after another.

A run may have recorded more than fits in memory, or than anybody wants there. Whoever adds
something up takes the rows in batches; whoever asks about one user or desktop names the rows, and
row groups without any are not decoded. How many rows a batch has is not promised.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.storage.columns import ColumnLike, SchemaLike, TableLike, column_name, from_arrow

Arrays = dict[str, NDArray[Any]]
T = TypeVar("T", bound=TableLike)


class UnreadableFactsError(ValueError):
    """A file of facts is damaged, or is not what its name says; the message is a sentence."""


class Where(NamedTuple):
    """Which rows are wanted: those with this number in this column."""

    column: str
    number: int


class FactFiles(Generic[T]):
    """The facts of a result that was written earlier, in `folder/<schema>.parquet`.

    A table without a file has no rows: a run without pools writes none of theirs.

    Args:
        folder: where the files are.
        kind: makes a table of a schema and its arrays.

    Raises:
        UnreadableFactsError: when a file is damaged or lacks a column.
        KeyError: for a column that the schema does not have.
    """

    def __init__(self, folder: Path | str, kind: Callable[..., T]) -> None:
        self.folder = Path(folder)
        self._kind = kind

    def __contains__(self, schema: SchemaLike) -> bool:
        return self._file(schema).is_file()

    def table(self, schema: SchemaLike) -> T:
        """All rows of a schema."""
        return self._kind(schema, self.columns(schema))

    def columns(self, schema: SchemaLike, *names: str) -> Arrays:
        """Arrays of some columns of a schema, by default of all; nothing else is read."""
        wanted = chosen(schema, names)
        if schema not in self:
            return {c.name: np.empty(0, dtype=c.dtype) for c in wanted}
        return read_columns(self._file(schema), wanted)

    def batches(
        self, schema: SchemaLike, *names: str, where: Where | None = None
    ) -> Iterator[Arrays]:
        """The same piece by piece, in order: all rows, or those with a number in a column."""
        wanted = chosen(schema, names)
        if schema in self:
            yield from read_batches(self._file(schema), schema, wanted, where)

    def _file(self, schema: SchemaLike) -> Path:
        return self.folder / f"{schema.name}.parquet"


def chosen(schema: SchemaLike, names: tuple[str, ...]) -> list[ColumnLike]:
    """The columns of these names in the order of the schema; without names all of them.

    Raises:
        KeyError: for a column that the schema does not have.
    """
    wanted = [c for c in schema.columns if not names or c.name in names]
    if unknown := set(names) - {c.name for c in wanted}:
        raise KeyError(f"{schema.name} has no column {', '.join(sorted(unknown))}")
    return wanted


def matching(
    arrays: Mapping[str, NDArray[Any]], columns: list[ColumnLike], where: Where | None
) -> Arrays:
    """Some columns of arrays in memory, with all rows or the wanted ones."""
    if where is None:
        return {c.name: arrays[c.name] for c in columns}
    rows = arrays[where.column] == where.number
    return {c.name: arrays[c.name][rows] for c in columns}


def read_columns(path: Path, columns: list[ColumnLike]) -> Arrays:
    """Arrays of some columns of a Parquet file that a store wrote."""
    with _opened(path, columns) as file:
        return _arrays(file.read(columns=_names(columns)), columns)


def read_batches(
    path: Path, schema: SchemaLike, columns: list[ColumnLike], where: Where | None = None
) -> Iterator[Arrays]:
    """The same, row group by row group; with `where`, those in which there is a wanted row."""
    key = [] if where is None else chosen(schema, (where.column,))
    with _opened(path, [*columns, *key]) as file:
        for group in range(file.num_row_groups):
            if where is None:
                yield _arrays(_group(file, group, columns), columns)
            elif _may_hold(file, group, key[0], where.number):
                there = _arrays(_group(file, group, key), key)[where.column]
                rows = np.flatnonzero(there == where.number)
                if len(rows):
                    wanted = _group(file, group, columns).take(pa.array(rows))
                    yield _arrays(wanted, columns)


def _may_hold(file: pq.ParquetFile, group: int, column: ColumnLike, number: int) -> bool:
    """Whether the bounds that are kept of a row group leave room for a number."""
    place = file.schema_arrow.get_field_index(column_name(column))
    bounds = file.metadata.row_group(group).column(place).statistics
    return bounds is None or not bounds.has_min_max or bounds.min <= number <= bounds.max


def _group(file: pq.ParquetFile, group: int, columns: list[ColumnLike]) -> pa.Table:
    return file.read_row_group(group, columns=_names(columns))


def _names(columns: list[ColumnLike]) -> list[str]:
    return [column_name(column) for column in columns]


def _arrays(found: pa.Table, columns: list[ColumnLike]) -> Arrays:
    return {c.name: from_arrow(c, found.column(column_name(c))) for c in columns}


@contextmanager
def _opened(path: Path, columns: list[ColumnLike]) -> Iterator[pq.ParquetFile]:
    """Open a file that a store wrote, or say in a sentence that it is none."""
    try:
        with pq.ParquetFile(path) as file:
            if missing := set(_names(columns)) - set(file.schema_arrow.names):
                names = ", ".join(sorted(missing))
                reason = f"no column {names}; another version of desksim wrote it"
                raise UnreadableFactsError(f"{path}: {reason}")
            yield file
    except pa.ArrowInvalid as error:
        reason = str(error).partition("\n")[0]
        raise UnreadableFactsError(f"{path}: expected facts as Parquet: {reason}") from None
