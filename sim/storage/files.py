"""Tables as files: Parquet or CSV by the suffix of the path.

Left out on purpose: indexes (a table is tidy and flat), pandas' own metadata about who wrote the
file when, and every other format.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.storage.atomic import replace_file
from sim.storage.columns import NOTHING, ColumnLike, TableLike, column_name, rows

PARQUET_OPTIONS: Final[dict[str, Any]] = {
    "compression": "zstd",
    "compression_level": 3,
    "store_schema": True,
    "write_statistics": True,
}
"""Fixed, so that the same rows give the same bytes."""


_NOT_CSV = (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError)


def table_to_frame(table: TableLike, replication: int | None = None) -> pd.DataFrame:
    """A table as a DataFrame: codes as categories, times as `<name>_ms`, what is not there as NA.

    Instants and long durations are `Int64`, the integers that can be missing, whether any is
    missing or not: a column's type does not depend on its values. `replication` becomes the first
    column.
    """
    frame = pd.DataFrame(
        {column_name(c): _series(c, table.columns[c.name]) for c in table.schema.columns}
    )
    if replication is not None:
        frame.insert(0, "replication", np.full(rows(table), replication, dtype=np.int32))
    return frame


def _series(column: ColumnLike, values: NDArray[Any]) -> Any:
    if column.codes is not None:
        return pd.Categorical.from_codes(values, categories=pd.Index(column.codes.labels()))
    if column.dtype == np.int64:
        return pd.arrays.IntegerArray(values.copy(), values == NOTHING)
    if column.dtype == object and (len(values) == 0 or isinstance(values[0], str)):
        return pd.array(values, dtype="str")
    return values


def write_table(path: Path | str, table: pd.DataFrame | TableLike) -> None:
    """Write a frame or a table as `.parquet` or `.csv`, atomically, equal rows as equal bytes.

    Raises:
        ValueError: for another suffix.
        OSError: as one sentence, when the system refuses; the old file stands then.
    """
    path = Path(path)
    frame = table if isinstance(table, pd.DataFrame) else table_to_frame(table)
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"expected a path that ends in .csv or .parquet, got {path.name!r}")
    with replace_file(path) as temporary:
        if path.suffix == ".csv":
            frame.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")
        else:
            arrow = pa.Table.from_pandas(frame, preserve_index=False)
            pq.write_table(arrow.replace_schema_metadata(None), temporary, **PARQUET_OPTIONS)


def read_table(path: Path | str, *, text: Iterable[str] = ()) -> pd.DataFrame:
    """Read a `.parquet` or `.csv` file; words are categories where they were written so.

    In a CSV file an empty cell is missing; nothing else is (`NA`, `null` and `None` are words).
    The columns `text` are text even if they look like numbers: `007` is somebody's name.

    Raises:
        ValueError: for another suffix, or a file that is not what its suffix says.
        OSError: when the file cannot be read.
    """
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"expected a path that ends in .csv or .parquet, got {path.name!r}")
    try:
        if path.suffix == ".parquet":
            nullable = {pa.int64(): pd.Int64Dtype()}
            frame: pd.DataFrame = pq.read_table(path).to_pandas(types_mapper=nullable.get)
            return frame
        types: Any = dict.fromkeys(text, "str")
        return pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=types)
    except (pa.ArrowInvalid, *_NOT_CSV) as error:
        raise ValueError(f"{path}: expected a {path.suffix[1:].upper()} file: {error}") from None
