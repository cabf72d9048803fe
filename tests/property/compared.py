"""Facts of two models of the same rules, row by row."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    INSTANCES,
    LAUNCH_FAILURES,
    LOGONS,
    NEVER,
    OPERATIONS,
    POOL_CAPACITY,
    RUNS,
    SCALING,
    SESSIONS,
    USER_SESSIONS,
    Schema,
    Table,
)
from sim.storage import FactStore

KEYS = {
    DESKTOPS: ("desktop",),
    DESKTOP_TERMS: ("desktop", "begin"),
    LOGONS: ("session", "attempt"),
    SESSIONS: ("session",),
    DESKTOP_STATES: ("desktop", "begin"),
    RUNS: ("desktop", "begin"),
    OPERATIONS: (),
    HOST_LOAD: ("host", "at"),
    INSTANCES: ("instance",),
    USER_SESSIONS: ("session",),
    POOL_CAPACITY: ("pool", "at"),
    LAUNCH_FAILURES: ("pool", "at"),
    SCALING: ("pool", "at"),
}
"""What identifies a row of each table. Operations stand in the order in which they were done."""


def described(table: Table, row: int) -> dict[str, Any]:
    """One row as a reader of a failure wants it."""
    words = {}
    for column in table.schema.columns:
        value = table[column.name][row]
        words[column.name] = (
            column.codes(value).name
            if column.codes
            else "never"
            if isinstance(value, np.integer) and value == NEVER
            else value
        )
    return words


def differences(schema: Schema, ours: Table, twins: Table) -> Iterator[str]:
    """The rows that only one of the two has, ours first."""
    rows = [
        {tuple(described(table, row).items()): None for row in range(len(table))}
        for table in (ours, twins)
    ]
    for name, mine, other in (("model", *rows), ("twin ", *reversed(rows))):
        for row in mine:
            if row not in other:
                yield f"{name} {schema.name}: " + ", ".join(f"{k}={v}" for k, v in row)


def rows_of(store: FactStore[Table], schema: Schema) -> Table:
    """A table in the order of its keys."""
    table, keys = store.table(schema), KEYS[schema]
    return table.sorted_by(*keys) if keys else table


def compare(ours: FactStore[Table], twins: FactStore[Table]) -> None:
    """Fail unless all tables have the same rows."""
    found: list[str] = []
    for schema in KEYS:
        mine, other = rows_of(ours, schema), rows_of(twins, schema)
        if any(mine[name].tolist() != other[name].tolist() for name in schema.names):
            found += list(differences(schema, mine, other)) or [f"{schema.name}: other order"]
    assert not found, "\n".join(found)
