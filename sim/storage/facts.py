"""The facts of one run, in memory or streamed to disk in row groups.

The model hands over tables in chunks. Without a folder they are kept as they come. With one, each
schema has a Parquet file: as soon as `spill_rows` rows of it have gathered, exactly that many leave
memory as one row group. So peak memory depends on the number of schemas and not on the length of
the run, and the bytes depend on the rows and not on the chunks they came in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.storage.atomic import temporary_name, told
from sim.storage.columns import SchemaLike, TableLike, rows, to_arrow
from sim.storage.files import PARQUET_OPTIONS
from sim.storage.reading import Arrays, Where, chosen, matching, read_batches, read_columns

SPILL_ROWS = 1 << 18
"""Rows of one row group: about 15 MB of logons in memory."""

T = TypeVar("T", bound=TableLike)


class FactStore(Generic[T]):
    """Takes the chunks of a run and gives back whole tables, or only some of their columns.

    `FactStore[Table]()` keeps everything in memory; `FactStore[Table](folder)` writes
    `folder/<schema>.parquet`, one file for each schema of which anything, be it no rows, was
    added. A store is first filled, then read: closing, or the first reading, ends the filling. As a
    context manager it closes on success and leaves no file behind on failure.

    Raises:
        ValueError: when a closed store is added to.
        OSError: as one sentence, when the system refuses to write.
    """

    def __init__(
        self, folder: Path | str | None = None, spill_rows: int = SPILL_ROWS, replication: int = 0
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        """Where the files are."""
        self._identity: tuple[int, int] | None = None
        self.replication = replication
        self._spill_rows = spill_rows
        self._schemas: dict[str, SchemaLike] = {}
        self._chunks: defaultdict[str, list[Mapping[str, NDArray[Any]]]] = defaultdict(list)
        self._buffered: defaultdict[str, int] = defaultdict(int)
        self._files: dict[str, _RowGroups] = {}
        self._kind: Callable[..., T] | None = None
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def add(self, table: T) -> None:
        """Append the rows of a table to what there is under its schema."""
        if self._closed:
            raise ValueError(f"the store is closed, {table.schema.name} came too late")
        name = table.schema.name
        self._kind = type(table)
        self._schemas.setdefault(name, table.schema)
        self._chunks[name].append(table.columns)
        self._buffered[name] += rows(table)
        if self.folder is not None and self._buffered[name] >= self._spill_rows:
            self._spill(name)

    def close(self) -> None:
        """End the filling: write what is buffered and give the files their names."""
        if self._closed:
            return
        if self.folder is not None:
            for name in self._schemas:
                self._spill(name, last=True)
            for file in self._files.values():
                file.close()
        self._closed = True

    def discard(self) -> None:
        """End the filling and remove what was written."""
        self._closed = True
        self._chunks.clear()
        for file in self._files.values():
            file.discard()

    def moved(self, folder: Path) -> None:
        """Say where the files are now; another folder that takes that place is not read."""
        self.folder, self._identity = folder, _identity(folder)

    def schemas(self) -> list[SchemaLike]:
        """Schemas under which anything was added, in the order of their first table."""
        return list(self._schemas.values())

    def table(self, schema: SchemaLike) -> T:
        """All rows of a schema in the order in which they were added; none when none were.

        Raises:
            LookupError: when nothing at all was added, so that the store has seen no table; or when
                other files have taken the place of these.
        """
        if self._kind is None:
            raise LookupError("nothing was added to this store")
        return self._kind(schema, self.columns(schema))

    def columns(self, schema: SchemaLike, *names: str) -> Arrays:
        """Arrays of some columns of a schema, by default of all; nothing else is read."""
        self.close()
        wanted = chosen(schema, names)
        if schema.name not in self._schemas:
            return {c.name: np.empty(0, dtype=c.dtype) for c in wanted}
        if self.folder is None:
            whole = self._gather(schema.name)
            return {c.name: whole[c.name] for c in wanted}
        return read_columns(self._file(schema.name), wanted)

    def batches(
        self, schema: SchemaLike, *names: str, where: Where | None = None
    ) -> Iterator[Arrays]:
        """The same piece by piece, in order: all rows, or those with a number in a column."""
        self.close()
        wanted = chosen(schema, names)
        if schema.name not in self._schemas:
            return
        if self.folder is not None:
            yield from read_batches(self._file(schema.name), schema, wanted, where)
            return
        for chunk in self._chunks[schema.name]:
            yield matching(chunk, wanted, where)

    def _file(self, name: str) -> Path:
        """The Parquet file of a schema, if it still is the one that was written."""
        assert self.folder is not None
        if self._identity not in (None, _identity(self.folder)):
            raise LookupError(f"another result has taken the place of these facts in {self.folder}")
        return self.folder / f"{name}.parquet"

    def _gather(self, name: str) -> Mapping[str, NDArray[Any]]:
        """All buffered chunks as one, which takes their place."""
        chunks = self._chunks[name]
        if len(chunks) > 1:
            columns = self._schemas[name].columns
            whole = {c.name: np.concatenate([chunk[c.name] for chunk in chunks]) for c in columns}
            chunks[:] = [whole]
        return chunks[0]

    def _spill(self, name: str, *, last: bool = False) -> None:
        assert self.folder is not None
        schema, whole, count = self._schemas[name], self._gather(name), self._buffered[name]
        if name not in self._files:
            path = self.folder / f"{name}.parquet"
            self._files[name] = _RowGroups(path, schema, self.replication)
        done = 0
        while count - done >= self._spill_rows or (last and done < count):
            upto = min(done + self._spill_rows, count)
            self._files[name].write({n: array[done:upto] for n, array in whole.items()})
            done = upto
        # A copy, because a view would keep the spilled rows in memory.
        self._chunks[name][:] = [{n: array[done:].copy() for n, array in whole.items()}]
        self._buffered[name] = count - done


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from a later one of the same name; None when there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


class _Chunk:
    """Arrays under a schema: what a row group is made of."""

    def __init__(self, schema: SchemaLike, columns: Mapping[str, NDArray[Any]]) -> None:
        self.schema = schema
        self.columns = columns


class _RowGroups:
    """A Parquet file that grows by row groups under a temporary name until it is closed."""

    def __init__(self, path: Path, schema: SchemaLike, replication: int) -> None:
        self._path, self._schema, self._replication = path, schema, replication
        self._temporary = temporary_name(path)
        none = {c.name: np.empty(0, dtype=c.dtype) for c in schema.columns}
        with told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            arrow = to_arrow(_Chunk(schema, none), replication)
            self._writer = pq.ParquetWriter(self._temporary, arrow.schema, **PARQUET_OPTIONS)

    def write(self, columns: Mapping[str, NDArray[Any]]) -> None:
        with told(self._path):
            self._writer.write_table(to_arrow(_Chunk(self._schema, columns), self._replication))

    def close(self) -> None:
        with told(self._path):
            self._writer.close()
            self._temporary.replace(self._path)

    def discard(self) -> None:
        with suppress(OSError):  # a full disk refuses the footer too, and the file goes anyway
            self._writer.close()
        self._temporary.unlink(missing_ok=True)
