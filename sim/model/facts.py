"""Where the engines write what happened: one builder per table, emptied into the store in bulk."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    INSTANCES,
    INTERRUPTIONS,
    LAUNCH_FAILURES,
    LOGONS,
    OPERATIONS,
    RECOVERIES,
    RUNS,
    SCALING,
    SESSIONS,
    USER_SESSIONS,
    Table,
    TableBuilder,
)

Row = Callable[[tuple[Any, ...]], None]

ROWS_HELD = 200_000
"""Rows kept as tuples before they become arrays; about 40 MB."""

SELDOM = (INSTANCES, USER_SESSIONS, LAUNCH_FAILURES, SCALING, INTERRUPTIONS, RECOVERIES)
"""Tables that only pools or outages make."""


class Store(Protocol):
    """Whatever takes tables: memory, or files."""

    def add(self, table: Table) -> None:
        """Take more rows of a table."""


class Facts:
    """Row writers of every fact table, and the way out to a store.

    Args:
        store: takes the tables.
        logon_row: columns of `logons` that the rows have, in their order; the others are 0.
    """

    def __init__(self, store: Store, logon_row: Sequence[str]) -> None:
        self._store = store
        self._builders = [
            TableBuilder(schema, logon_row if schema is LOGONS else schema.names)
            for schema in (
                LOGONS,
                SESSIONS,
                DESKTOP_STATES,
                RUNS,
                HOST_LOAD,
                OPERATIONS,
                DESKTOPS,
                DESKTOP_TERMS,
                INSTANCES,
                USER_SESSIONS,
                LAUNCH_FAILURES,
                SCALING,
                INTERRUPTIONS,
                RECOVERIES,
            )
        ]
        writers: list[Row] = [builder.append for builder in self._builders]
        (
            self.logon,
            self.session,
            self.state,
            self.run,
            self.host_load,
            self.operation,
            self.desktop,
            self.terms,
            self.instance,
            self.user_session,
            self.launch_failure,
            self.scaling,
            self.interruption,
            self.recovery,
        ) = writers

    def watch(self, logon: Row, state: Row) -> None:
        """Show the rows of `logons` and of `desktop_states` to somebody else too, as they come."""
        self.logon, self.state = _both(self.logon, logon), _both(self.state, state)

    def add(self, table: Table) -> None:
        """Hand a whole table over, rows of which were computed in bulk."""
        if len(table):
            self._store.add(table)

    def relieve(self) -> None:
        """Empty builders that have grown large."""
        for builder in self._builders:
            if len(builder) >= ROWS_HELD:
                self._store.add(builder.drain())

    def close(self) -> None:
        """Empty all builders; every table is handed over at least once, so that it exists.

        Those of pools and outages are not where they have no rows.
        """
        for builder in self._builders:
            if len(builder) or builder.schema not in SELDOM:
                self._store.add(builder.drain())


def _both(first: Row, second: Row) -> Row:
    def write(row: tuple[Any, ...]) -> None:
        first(row)
        second(row)

    return write
