"""Tables to and from disk, atomically; the only reader and writer of Parquet and CSV.

A file is either as it was or complete: everything is written under a temporary name in the same
folder and renamed when it is whole. The same rows give the same bytes, so two runs can be compared
with `cmp`.

Storage knows columns, types and labels, not what they mean: any object with a schema and arrays is
a table here (`TableLike`), so it stands beside `sim.record` and not above it.
"""

from sim.storage.atomic import replace_file, replace_folder, write_text
from sim.storage.columns import ColumnLike, SchemaLike, TableLike, column_name
from sim.storage.facts import FactStore
from sim.storage.files import read_table, table_to_frame, write_table
from sim.storage.reading import FactFiles, UnreadableFactsError, Where
from sim.storage.typed import TypedColumn, write_typed

__all__ = [
    "ColumnLike",
    "FactFiles",
    "FactStore",
    "SchemaLike",
    "TableLike",
    "TypedColumn",
    "UnreadableFactsError",
    "Where",
    "column_name",
    "read_table",
    "replace_file",
    "replace_folder",
    "table_to_frame",
    "write_table",
    "write_text",
    "write_typed",
]
