"""Tables whose types are agreed with whoever reads them: text, instants, exact decimals.

A frame says little about its types: a column without values has none, and the scale of a decimal
is that of the longest one that happens to be there. A file for another program has the types that
were agreed on, whatever is in it, and says which columns are never null.

CSV has no types. Decimals are plain digits, instants ISO-8601 in UTC, nothing is an empty cell, and
text that a spreadsheet would take for a formula begins with an apostrophe: who opens a table of
costs should not run what somebody has written into a name. Parquet has every text as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.storage.atomic import replace_file
from sim.storage.files import PARQUET_OPTIONS

DIGITS = 38
"""Digits of a decimal, the most that 128 bits hold."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How text begins that a spreadsheet may take for a formula."""


@dataclass(frozen=True)
class TypedColumn:
    """Name and type of a column of a file."""

    name: str
    kind: Literal["text", "instant", "integer", "decimal"]
    nullable: bool = False
    """Whether there may be nothing in it."""
    scale: int = 0
    """Places behind the point of a decimal."""


def write_typed(path: Path | str, frame: pd.DataFrame, columns: Sequence[TypedColumn]) -> None:
    """Write a frame as `.parquet` or `.csv`, atomically, with these columns in this order.

    Text may be categories; decimals are `Decimal` or None.

    Raises:
        ValueError: for another suffix, or a value that its column does not admit.
        OSError: as one sentence, when the system refuses; the old file stands then.
    """
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        raise ValueError(f"expected a path that ends in .csv or .parquet, got {path.name!r}")
    table = _arrow(frame, columns)
    with replace_file(path) as temporary:
        if path.suffix == ".parquet":
            pq.write_table(table, temporary, **PARQUET_OPTIONS)
        else:
            texts = pd.DataFrame({c.name: _texts(c, frame[c.name]) for c in columns})
            texts.to_csv(temporary, index=False, lineterminator="\n", encoding="utf-8")


def _arrow(frame: pd.DataFrame, columns: Iterable[TypedColumn]) -> pa.Table:
    """The frame in the agreed types; CSV is made of it too, so that it holds nothing else."""
    fields, arrays = [], []
    for column in columns:
        values = _values(column, frame[column.name])
        if values.null_count and not column.nullable:
            raise ValueError(f"expected a value in every row of {column.name}")
        fields.append(pa.field(column.name, values.type, nullable=column.nullable))
        arrays.append(values)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _values(column: TypedColumn, values: "pd.Series[Any]") -> pa.Array:
    """Categories are translated once each, not row by row."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        words = pa.array([*values.cat.categories, None], _type(column))
        return words.take(pa.array(values.cat.codes.to_numpy(dtype=np.int64) % len(words)))
    return pa.array(values, _type(column), from_pandas=True)


def _type(column: TypedColumn) -> Any:
    match column.kind:
        case "text":
            return pa.string()
        case "instant":
            return pa.timestamp("us", tz="UTC")
        case "integer":
            return pa.int32()
        case "decimal":
            return pa.decimal128(DIGITS, column.scale)


def _texts(column: TypedColumn, values: "pd.Series[Any]") -> pd.Categorical:
    """Each value that there is, written once."""
    codes, known = pd.factorize(values)
    words, word = pd.factorize(np.array([_SHOWN[column.kind](v) for v in known], dtype=object))
    places = np.append(words, -1)[codes]
    return pd.Categorical.from_codes(places, categories=pd.Index(word, dtype="str"))


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(number: Decimal) -> str:
    return format(number, "f")


def _instant(at: pd.Timestamp) -> str:
    return at.tz_convert("UTC").tz_localize(None).isoformat() + "Z"


_SHOWN: dict[str, Callable[[Any], str]] = {
    "text": _guarded,
    "instant": _instant,
    "integer": str,
    "decimal": _plain,
}
