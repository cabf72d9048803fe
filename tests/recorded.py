"""Facts written down row by row, for tests that want to know what follows from them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sim.record import NEVER, Schema, Table
from sim.storage import FactStore

_MISSING = {"deleted": NEVER, "joins": NEVER, "leaves": NEVER, "connected": NEVER, "back": NEVER}
"""Instants that a row which leaves them out does not have; anything else it leaves out is 0."""


def rows(schema: Schema, *told: Mapping[str, Any]) -> Table:
    """A table of rows of which only the cells that matter are given."""
    full = [{**_nothing(schema), **row} for row in told]
    return Table.of(schema, **{name: [row[name] for row in full] for name in schema.names})


def _nothing(schema: Schema) -> dict[str, Any]:
    empty: dict[str, Any] = {c.name: "" if c.dtype == object else 0 for c in schema.columns}
    return empty | {name: value for name, value in _MISSING.items() if name in schema.names}


def facts(tables: Mapping[Schema, Sequence[Mapping[str, Any]]]) -> FactStore[Table]:
    """A store of such tables, row after row as a piece of its own, as a long run would write it."""
    store = FactStore[Table]()
    for schema, told in tables.items():
        store.add(Table.empty(schema))
        for row in told:
            store.add(rows(schema, row))
    store.close()
    return store
