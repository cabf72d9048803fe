"""What happened, row by row, as the processes report it."""

from dataclasses import dataclass, field
from typing import Any, Protocol

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
    Actor,
    Cause,
    Ending,
    OperationKind,
    Outcome,
    SessionOutcome,
    StartKind,
    Table,
    TableBuilder,
)
from sim.units import Millis

STAGES = (
    "network_check",
    "trusted_device",
    "ip_access",
    "directory_wait",
    "directory_service",
    "directory_link",
    "mfa_wait",
    "mfa",
    "broker_wait",
    "broker",
    "desktop_wait",
    "start_wait",
    "start",
    "profile",
    "streaming",
    "os_logon",
)
_SCHEMAS = (
    DESKTOPS,
    DESKTOP_TERMS,
    LOGONS,
    SESSIONS,
    DESKTOP_STATES,
    RUNS,
    OPERATIONS,
    HOST_LOAD,
    INSTANCES,
    USER_SESSIONS,
    POOL_CAPACITY,
    LAUNCH_FAILURES,
    SCALING,
)
_CHUNK = 1 << 16


class Store(Protocol):
    """Whatever takes tables."""

    def add(self, table: Table, /) -> None:
        """Take the rows of one table."""


class Facts:
    """The tables of a run while they grow; full chunks go to the store at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._builders = {schema.name: TableBuilder(schema) for schema in _SCHEMAS}

    def add(self, table: str, *row: Any) -> None:
        """Append one row, in the order of the table's columns."""
        builder = self._builders[table]
        builder.append(row)
        if len(builder) >= _CHUNK:
            self._store.add(builder.drain())

    def close(self) -> None:
        """Hand over what is left, empty tables too."""
        for builder in self._builders.values():
            self._store.add(builder.drain())


@dataclass(slots=True)
class Logon:
    """One attempt; knows in which stage it is (M9)."""

    session: int
    attempt: int
    user: int
    desktop: int
    arrival: Millis
    start_kind: StartKind = StartKind.NONE
    done: Millis = NEVER
    outcome: Outcome = Outcome.OPEN
    cause: Cause = Cause.HORIZON
    spent: dict[str, Millis] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    _stage: str = ""
    _since: Millis = 0
    _closed: bool = False

    def enter(self, stage: str, now: Millis) -> None:
        """The stage before ends and this one begins, unless the attempt is over."""
        if self._closed:
            return
        if self._stage:
            self.spent[self._stage] += now - self._since
        self._stage, self._since = stage, now

    def close(self, now: Millis, outcome: Outcome, cause: Cause) -> None:
        """The attempt is over."""
        self.done, self.outcome, self.cause = now, outcome, cause
        self._end(now)

    def cut(self, end: Millis) -> None:
        """The run is over before the attempt is."""
        self._end(end)

    def _end(self, now: Millis) -> None:
        self.enter("", now)
        self._closed = True

    def report(self, facts: Facts) -> None:
        """Write the row."""
        facts.add(
            "logons",
            self.session,
            self.attempt,
            self.user,
            self.desktop,
            self.arrival,
            *self.spent.values(),
            self.done,
            self.start_kind,
            self.outcome,
            self.cause,
        )


@dataclass(slots=True)
class Session:
    """One intended session from its arrival on."""

    number: int
    user: int
    desktop: int
    arrival: Millis
    planned: Millis
    ending: Ending
    client: int
    rtt: Millis
    connected: Millis = NEVER
    ended: Millis = NEVER
    disconnected: Millis = NEVER
    waited: Millis = 0
    outcome: SessionOutcome = SessionOutcome.OPEN
    cause: Cause = Cause.HORIZON

    @property
    def under_way(self) -> bool:
        """Whether the user is connected and has not left."""
        return self.connected != NEVER and self.ended == NEVER

    def connect(self, now: Millis) -> None:
        """The desktop is usable."""
        self.connected, self.waited = now, now - self.arrival

    def abandon(self, now: Millis, cause: Cause) -> None:
        """It will never start."""
        self.waited = now - self.arrival
        self.outcome, self.cause = SessionOutcome.ABANDONED, cause

    def leave(self, now: Millis) -> None:
        """The user leaves as intended."""
        self.ended, self.outcome, self.cause = now, SessionOutcome.ENDED, Cause.NONE

    def cut(self, now: Millis, cause: Cause) -> None:
        """Something else than the user ends it."""
        self.ended, self.outcome, self.cause = now, SessionOutcome.CUT, cause
        self.ending = Ending.DISCONNECT

    def report(self, facts: Facts, end: Millis) -> None:
        """Write the row; what is still open counts to the end of the run (M10)."""
        if self.outcome == SessionOutcome.OPEN and self.connected == NEVER:
            self.waited = end - self.arrival
        until = end if self.ended == NEVER else self.ended
        facts.add(
            "sessions",
            self.number,
            self.user,
            self.desktop,
            self.arrival,
            self.connected,
            self.ended,
            self.disconnected,
            self.planned,
            0 if self.connected == NEVER else until - self.connected,
            self.waited,
            self.ending,
            self.outcome,
            self.cause,
            self.client,
            self.rtt,
        )


@dataclass(slots=True)
class Done:
    """One operation on one desktop, refused until it is carried out."""

    at: Millis
    desktop: int
    user: int
    kind: OperationKind
    to: str
    cause: Cause = Cause.NONE
    done: Millis = NEVER

    def report(self, facts: Facts) -> None:
        """Write the row."""
        facts.add(
            "operations",
            self.at,
            self.desktop,
            self.user,
            self.kind,
            self.to,
            self.cause == Cause.NONE,
            self.cause,
            self.done,
            Actor.ADMINISTRATOR,
        )
