"""Columns of every table, with units and meaning."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.record.codes import (
    Cause,
    Code,
    DesktopState,
    Ending,
    OperationKind,
    Outcome,
    RunKind,
    RunningMode,
    SessionOutcome,
    StartKind,
)

NEVER = int(np.iinfo(np.int64).min)
"""The instant, or duration, that does not exist."""


@dataclass(frozen=True)
class Column:
    """One column: its type and what it means; `codes` when the numbers stand for words."""

    name: str
    dtype: np.dtype[Any]
    meaning: str
    codes: type[Code] | None = None


@dataclass(frozen=True)
class Schema:
    """A table's name and columns, in order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name (KeyError when there is none)."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _time(name: str, meaning: str) -> Column:
    return Column(name, np.dtype(np.int64), meaning + " [ms from start, UTC]")


def _span(name: str, meaning: str) -> Column:
    return Column(name, np.dtype(np.int32), meaning + " [ms]")


def _long_span(name: str, meaning: str) -> Column:
    return Column(name, np.dtype(np.int64), meaning + " [ms]")


def _id(name: str, meaning: str) -> Column:
    return Column(name, np.dtype(np.int32), meaning)


def _code(name: str, codes: type[Code], meaning: str) -> Column:
    return Column(name, np.dtype(np.int8), meaning, codes)


def _text(name: str, meaning: str) -> Column:
    return Column(name, np.dtype(object), meaning)


_DESKTOP = _id("desktop", "desktop, code into `desktops`")
_USER = _id("user", "user, code into `users`")
_SESSION = _id("session", "intended session, row number of the plan")

USERS = Schema(
    "users",
    (
        _USER,
        _text("name", "name, `population-00007`"),
        _text("population", "population"),
        _text("fleet", "fleet whose desktop the user owns"),
        _text("cost_center", "where the cost is booked"),
        _text("time_zone", "IANA time zone"),
        _time(
            "joins",
            "instant of joining; the desktop is created then. NEVER: was there before the run",
        ),
        _time("leaves", "instant of leaving; the desktop is deleted then. NEVER: stays"),
    ),
)

PLAN = Schema(
    "plan",
    (
        _SESSION,
        _USER,
        _time("arrival", "intended arrival; NEVER when `gap` says it"),
        _long_span(
            "gap",
            "time after the user's previous session ended or was refused; NEVER when"
            " `arrival` says it",
        ),
        _long_span("connected", "time the user intends to be connected and working"),
        _long_span(
            "idle_from",
            "time after connecting from which keyboard and mouse rest; NEVER: active to the end",
        ),
        _code("ending", Ending, "how the user means to leave"),
        Column("client", np.dtype(np.int16), "client kind, code into the run's list of clients"),
        _span("rtt", "round-trip time between client and desktop"),
        _span("directory_service", "time the directory needs for this logon once it is its turn"),
        _span("resume", "time a hibernated desktop needs to resume for this logon"),
        _span("cold_start", "time a desktop that cannot hibernate needs to start for this logon"),
        _span("streaming", "time to connect the stream for this logon"),
        _span("os_logon", "time of the operating-system logon, when there is one"),
        _span("retry_after", "back-off before a refused user tries again"),
    ),
)
"""The exogenous plan, sorted by user and, within a user, in the order of intent. The last six
columns are the fate of the logon, drawn with the plan; `plan.csv` leaves them out, and replay
draws the same again."""

DESKTOPS = Schema(
    "desktops",
    (
        _DESKTOP,
        _text("name", "name, `ws-office-00007`"),
        _USER,
        _text("fleet", "fleet"),
        _text("zone", "Availability Zone it lives in for ever"),
        _time("created", "instant of creation; before the run for those that exist at the start"),
        _time("deleted", "instant of deletion; NEVER: still there"),
    ),
)

DESKTOP_TERMS = Schema(
    "desktop_terms",
    (
        _DESKTOP,
        _time("begin", "from"),
        _time("end", "to; the end of the run for terms still in force"),
        _text("bundle", "compute type"),
        _id("root_gb", "root volume [GB]"),
        _id("user_gb", "user volume [GB]"),
        _code(
            "running_mode",
            RunningMode,
            "how the desktop behaves (the bill follows its own clock)",
        ),
        Column(
            "created",
            np.dtype(np.bool_),
            "whether these terms begin with the desktop's creation inside the run",
        ),
        Column("deleted", np.dtype(np.bool_), "whether these terms end with its deletion"),
    ),
)
"""What holds of a desktop from when to when: one row per desktop and change, clipped to the run."""

LOGONS = Schema(
    "logons",
    (
        _SESSION,
        _id("attempt", "1 for the first attempt of the session"),
        _USER,
        _DESKTOP,
        _time("arrival", "instant of the attempt"),
        _span("directory_wait", "time in line at the directory"),
        _span("directory_service", "time at the directory"),
        _span(
            "desktop_wait",
            "time until the desktop could be started: stopping, or under maintenance",
        ),
        _span("start", "time to start or resume"),
        _span("streaming", "time to connect the stream"),
        _span("os_logon", "time of the operating-system logon"),
        _time(
            "done",
            "instant at which the attempt ended: connected, refused or abandoned; NEVER when open",
        ),
        _code("start_kind", StartKind, "how the desktop came up"),
        _code("outcome", Outcome, "what became of it"),
        _code("cause", Cause, "why, unless connected"),
    ),
)
"""One row per logon attempt; `done - arrival` is the sum of the stages for a connected one."""

SESSIONS = Schema(
    "sessions",
    (
        _SESSION,
        _USER,
        _DESKTOP,
        _time(
            "arrival",
            "instant at which the user first tried; later than planned when an earlier"
            " session ran over",
        ),
        _time(
            "connected",
            "instant at which the desktop was usable; NEVER when the session did not start",
        ),
        _time(
            "ended",
            "instant at which the user left or was cut off; NEVER when open or not started",
        ),
        _time(
            "disconnected",
            "instant at which the desktop sees the disconnection; NEVER when open or not started",
        ),
        _long_span("planned", "connected time intended"),
        _long_span("delivered", "connected working time received inside the run"),
        _long_span("waited", "time from arrival to connected, or to giving up"),
        _code("ending", Ending, "how it ended"),
        _code("outcome", SessionOutcome, "what became of it"),
        _code("cause", Cause, "why, unless it ended as intended"),
        Column("client", np.dtype(np.int16), "client kind"),
        _span("rtt", "round-trip time"),
    ),
)
"""One row per intended session whose arrival came before the end of the run."""

DESKTOP_STATES = Schema(
    "desktop_states",
    (
        _DESKTOP,
        _time("begin", "from"),
        _time("end", "to (half-open)"),
        _code("state", DesktopState, "state"),
    ),
)
"""Half-open intervals that fill the run, warm-up included, for each desktop, without gap or
overlap."""

RUNS = Schema(
    "runs",
    (
        _DESKTOP,
        _time("begin", "start command"),
        _time(
            "end",
            "expiry of the AutoStop timeout, or what closed the run earlier; the end of the"
            " run when open",
        ),
        _code("kind", RunKind, "why it was on"),
    ),
)
"""Metered powered-on spans of AutoStop desktops."""

HOST_LOAD = Schema(
    "host_load",
    (
        _id("host", "host, numbered over all groups in file order"),
        _time("at", "instant of the change"),
        _id("desktops", "desktops on the host from then on"),
        _id("vcpu", "virtual processors in use from then on"),
        _id("memory_gb", "memory in use from then on [GB]"),
    ),
)

OPERATIONS = Schema(
    "operations",
    (
        _time("at", "instant"),
        _DESKTOP,
        _USER,
        _code("operation", OperationKind, "what was done"),
        _text("to", "target, as written"),
        Column("accepted", np.dtype(np.bool_), "whether it was carried out"),
        _code("cause", Cause, "why not"),
        _time("done", "instant at which it was finished; NEVER when refused or still under way"),
    ),
)

USAGE = Schema(
    "usage",
    (
        _DESKTOP,
        _text("month", "UTC calendar month, `2026-09`"),
        _text("charge", "charge name, e.g. `autostop-hours`"),
        _text("item", "item of the price book"),
        Column("quantity_e10", np.dtype(np.int64), "quantity in units of 1e-10"),
    ),
)
"""What is billed, before prices; `desktop` is -1 for shared services, whose `charge` is their name.
"""

CHARGES = Schema(
    "charges",
    (
        *USAGE.columns,
        _text("unit", "unit of the quantity"),
        _text("unit_price", "Decimal, per unit"),
        _text("amount", "Decimal, quantity times unit price, unrounded"),
        _text("currency", "currency"),
        _text("price_source", "where the price comes from and its date"),
    ),
)
