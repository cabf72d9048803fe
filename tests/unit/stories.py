"""Stories about a desktop and its user, told as tables: what people plan, and what comes of it.

    day = story('''
        arrival  connected  ending
        09:00    8 h        disconnect
    ''', fleet={"autostop_timeout": "2 h"})
    expect(day.runs, '''
        begin  end
        09:00  19:00
    ''')

Cells stand two spaces or more apart. An instant is `09:00`, `09:00:00.001` or, on another day than
the first, `09-02 09:00` (`33:00` is the same instant); `-` is the instant that did not come. Unless
a story says otherwise there is one AutoStop fleet `office` with a timeout of 1 h, one user `ann` in
UTC, the run is the day 2026-09-01, and every stage of a logon takes no time.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.model import simulate
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    INSTANCES,
    INTERRUPTIONS,
    LAUNCH_FAILURES,
    LOGONS,
    NEVER,
    OPERATIONS,
    OUTAGES,
    PLAN,
    POOL_CAPACITY,
    RECOVERIES,
    RUNS,
    SCALING,
    SESSIONS,
    USER_SESSIONS,
    USERS,
    Cause,
    Column,
    Ending,
    Schema,
    Table,
)
from sim.record.cost_optimizer import COST_OPTIMIZER
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.units import HOUR, MINUTE, SECOND, Calendar, Millis, format_duration, parse_duration
from sim.workload import Workload

Engine = Literal["agenda"] | None
both_engines = pytest.mark.parametrize("engine", ["agenda", None], ids=["agenda", "walk"])
"""For stories in which users share nothing but the directory, so that either engine tells all."""

KEYS = {
    DESKTOPS: ("desktop",),
    DESKTOP_TERMS: ("desktop", "begin"),
    LOGONS: ("session", "attempt"),
    SESSIONS: ("session",),
    DESKTOP_STATES: ("desktop", "begin"),
    RUNS: ("desktop", "begin"),
    HOST_LOAD: ("host", "at"),
    OPERATIONS: (),
    INSTANCES: ("instance",),
    USER_SESSIONS: ("begin", "user"),
    POOL_CAPACITY: ("pool", "at"),
    LAUNCH_FAILURES: ("pool", "at"),
    SCALING: ("pool", "at"),
    OUTAGES: ("outage",),
    INTERRUPTIONS: ("at", "user"),
    RECOVERIES: ("outage", "user"),
    COST_OPTIMIZER: ("at", "desktop"),
}
_STAGES = (
    "network_check",
    "trusted_device",
    "ip_access",
    "directory_service",
    "directory_link",
    "mfa",
    "broker",
    "resume",
    "cold_start",
    "profile",
    "streaming",
    "os_logon",
    "retry_after",
    "patience",
)
_CLOCK = re.compile(r"(?:(\d\d)-(\d\d) )?(\d+):(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?")
_FLEET = {"bundle": "standard", "running_mode": "AutoStop", "autostop_timeout": "1 h"}
_POOL = {
    "bundle": "power",
    "running_mode": "AlwaysOn",
    "minimum": 1,
    "maximum": 10,
    "provisioning": "10 min",
}
_PEOPLE = {"users": 1, "fleet": "office", "shift": {"start": "09:00"}, "session_length": "8 h"}


# --- telling


@dataclass(frozen=True)
class Story:
    """A scenario and the people in it."""

    scenario: Scenario
    workload: Workload
    maintained: NDArray[np.int64] | None
    """When each desktop is due for its monthly maintenance; None: as drawn."""

    def run(self, engine: Engine = "agenda", replication: int = 0) -> "Facts":
        """What comes of it."""
        store = FactStore[Table]()
        with ExitStack() as stack:
            if self.maintained is not None:
                due = mock.Mock(return_value=self.maintained)
                stack.enter_context(mock.patch("sim.model.world.autostop_maintenance", due))
            simulate(self.scenario, self.workload, store, replication, engine=engine)
        return Facts(self, store)


class Facts:
    """The tables that a run gave."""

    def __init__(self, story: Story, store: FactStore[Table]) -> None:
        self.story, self._store = story, store

    def recorded(self, schema: Schema) -> Table:
        """A table as the engine wrote it."""
        return self._store.table(schema)

    def of(self, schema: Schema) -> "Shown":
        """A table in the order of its keys."""
        keys, table = KEYS[schema], self.recorded(schema)
        return Shown(self.story, table.sorted_by(*keys) if keys else table)

    @property
    def desktops(self) -> "Shown":
        return self.of(DESKTOPS)

    @property
    def terms(self) -> "Shown":
        return self.of(DESKTOP_TERMS)

    @property
    def logons(self) -> "Shown":
        return self.of(LOGONS)

    @property
    def sessions(self) -> "Shown":
        return self.of(SESSIONS)

    @property
    def states(self) -> "Shown":
        return self.of(DESKTOP_STATES)

    @property
    def runs(self) -> "Shown":
        return self.of(RUNS)

    @property
    def instances(self) -> "Shown":
        return self.of(INSTANCES)

    @property
    def user_sessions(self) -> "Shown":
        return self.of(USER_SESSIONS)

    @property
    def capacity(self) -> "Shown":
        """Rows of `pool_capacity` at which something changed, without those of quiet minutes."""
        table = self.of(POOL_CAPACITY).table
        levels = ("target", "actual", "pending", "active", "waiting")
        changed = np.ones(len(table), dtype=bool)
        for row in range(1, len(table)):
            alike = table["pool"][row] == table["pool"][row - 1]
            changed[row] = not alike or any(table[n][row] != table[n][row - 1] for n in levels)
        return Shown(self.story, table.take(changed))

    @property
    def scaling(self) -> "Shown":
        return self.of(SCALING)

    @property
    def optimizer(self) -> "Shown":
        return self.of(COST_OPTIMIZER)

    @property
    def outages(self) -> "Shown":
        return self.of(OUTAGES)

    @property
    def interruptions(self) -> "Shown":
        return self.of(INTERRUPTIONS)

    @property
    def recoveries(self) -> "Shown":
        return self.of(RECOVERIES)

    @property
    def launch_failures(self) -> "Shown":
        return self.of(LAUNCH_FAILURES)

    @property
    def host_load(self) -> "Shown":
        return self.of(HOST_LOAD)

    @property
    def operations(self) -> "Shown":
        return self.of(OPERATIONS)


@dataclass(frozen=True)
class Shown:
    """A table and the story it belongs to, which knows the calendar and the names of users."""

    story: Story
    table: Table

    def rows(self, **key: int) -> "Shown":
        """Only the rows with one value in a column: `desktop=0`."""
        ((name, value),) = key.items()
        return Shown(self.story, self.table.take(self.table[name] == value))


def story(
    plan: str = "",
    *,
    engine: Engine | Literal["any"] = "any",
    **told: Any,
) -> Facts:
    """Tell a story (see `tell`) and run it.

    `any` is for a story that the agenda must tell, wholly or in part: it leaves the choice to the
    model, and fails when that changes a fact.
    """
    made = tell(plan, **told)
    if engine != "any":
        return made.run(engine)
    facts = made.run("agenda")
    assert_same_facts(facts, made.run(None))
    return facts


def assert_same_facts(first: Facts, second: Facts) -> None:
    """Fail unless all tables have the same rows; their order in the files may differ."""
    for schema in KEYS:
        one, other = first.of(schema).table, second.of(schema).table
        for name in schema.names:
            assert one[name].dtype == other[name].dtype
            assert one[name].tolist() == other[name].tolist(), (schema.name, name)


def tell(
    plan: str = "",
    *,
    fleet: Mapping[str, Any] | None = None,
    fleets: Mapping[str, Mapping[str, Any]] | None = None,
    pool: Mapping[str, Any] | None = None,
    pools: Mapping[str, Mapping[str, Any]] | None = None,
    people: Mapping[str, Any] | None = None,
    users: Mapping[str, Mapping[str, str]] | None = None,
    operations: str | list[dict[str, Any]] = "",
    logon: Mapping[str, str] | None = None,
    maintained: Mapping[str, str] | None = None,
    **whole: Any,
) -> Story:
    """Make a story.

    Args:
        plan: rows of `user`, `arrival` or `gap`, `connected`, `ending`, `idle_from` and stages.
        fleet: settings of the fleet `office`.
        fleets: settings of several fleets by name, in place of `fleet`.
        pool: settings of the pool `office`, in place of the fleet.
        pools: settings of several pools by name.
        people: settings of the population.
        users: by name and in order: `joins`, `leaves`, `fleet`, `time_zone`; by default those
            of the plan.
        operations: rows of `at`, `user`, `operation` and `to`, or what a scenario would say.
        logon: time of each stage in all rows that do not say their own.
        maintained: when the desktops of users are due for their monthly maintenance, which is
            otherwise switched off.
        whole: settings of the scenario.
    """
    rows = _cells(plan)
    named = dict(users or {row.get("user", "ann"): {} for row in rows} or {"ann": {}})
    habits = {"retry_after": "2 min", "patience": dict(people or {}).get("patience", "30 min")}
    stages = dict.fromkeys(_STAGES, "0 s") | habits | dict(logon or {})
    shared = pools or ({"office": pool} if pool is not None else {})
    own = fleets or ({} if shared else {"office": fleet or {}})
    written = {
        "version": 1,
        "name": "story",
        "region": "us-east-1",
        "start": "2026-09-01",
        "horizon": "1 d",
        "prices": {"book": "prices.csv"},
        "zones": {"a": {}},
        "maintenance": {"autostop": False},
        **whole,
        "populations": {"people": _PEOPLE | dict(people or {})},
        "fleets": {
            name: {**_FLEET, "logon": _fleet_logon(stages), **settings}
            for name, settings in own.items()
        },
        "pools": {name: {**_POOL, **settings} for name, settings in shared.items()},
    }
    calendar = Calendar(datetime.fromisoformat(str(written["start"])).replace(tzinfo=UTC))
    if isinstance(operations, str):
        rows_of = _cells(operations)
        operations = [_operation(calendar, row, named[row.get("user", "ann")]) for row in rows_of]
    written["operations"] = operations
    scenario = Scenario.model_validate(written)
    names = list(named)
    sessions = _sessions(calendar, rows, names, stages)
    workload = Workload(_users(calendar, named), sessions, ["client"])
    due = None
    if maintained is not None:
        due = np.array([[_instant(calendar, maintained.get(name, "-"))] for name in names])
    return Story(scenario, workload, due)


def _fleet_logon(stages: Mapping[str, str]) -> dict[str, str]:
    return {stage: stages[stage] for stage in ("resume", "cold_start", "streaming", "os_logon")}


def _users(calendar: Calendar, named: Mapping[str, Mapping[str, str]]) -> Table:
    people = list(named.values())
    return Table.of(
        USERS,
        user=np.arange(len(named)),
        name=list(named),
        population=["people"] * len(named),
        fleet=[person.get("fleet", "office") for person in people],
        cost_center=["people"] * len(named),
        time_zone=[person.get("time_zone", "UTC") for person in people],
        joins=[_instant(calendar, person.get("joins", "-")) for person in people],
        leaves=[_instant(calendar, person.get("leaves", "-")) for person in people],
    )


def _sessions(
    calendar: Calendar, rows: list[dict[str, str]], names: list[str], stages: Mapping[str, str]
) -> Table:
    rows = sorted(rows, key=lambda row: names.index(row.get("user", "ann")))
    if not rows:
        return Table.empty(PLAN)
    return Table.of(
        PLAN,
        session=np.arange(len(rows)),
        user=[names.index(row.get("user", "ann")) for row in rows],
        arrival=[_instant(calendar, row.get("arrival", "-")) for row in rows],
        gap=[_span(row.get("gap", "-")) for row in rows],
        connected=[_span(row["connected"]) for row in rows],
        idle_from=[_span(row.get("idle_from", "-")) for row in rows],
        ending=[_code(row.get("ending", "disconnect"), Ending) for row in rows],
        client=np.zeros(len(rows)),
        rtt=[_span(row.get("rtt", "40 ms")) for row in rows],
        barrier=[_code(row.get("barrier", "none"), Cause) for row in rows],
        **{stage: [_span(row.get(stage, stages[stage])) for row in rows] for stage in _STAGES},
    )


def _operation(
    calendar: Calendar, row: dict[str, str], person: Mapping[str, str]
) -> dict[str, Any]:
    to: object = row.get("to", "-")
    if to == "-":
        to = None
    elif "+" in str(to):
        root, user = str(to).split(" + ")
        to = {"root": root, "user": user}
    return {
        "at": calendar.instant(_instant(calendar, row["at"])),
        "fleet": person.get("fleet", "office"),
        "user": row.get("user", "ann"),
        "operation": row["operation"],
        "to": to,
    }


# --- expecting


def expect(shown: Shown, text: str) -> None:
    """Fail unless a table has exactly these rows, in this order, in the columns named on top."""
    header, *lines = _lines(text)
    schema = shown.table.schema
    columns = [_Cells(shown.story, schema.column(name)) for name in header]
    expected = [
        tuple(column.read(cell) for column, cell in zip(columns, line, strict=True))
        for line in lines
    ]
    found = list(zip(*(shown.table[name].tolist() for name in header), strict=True))
    if found != expected:
        told = [
            [column.write(value) for column, value in zip(columns, row, strict=True)]
            for row in found
        ]
        raise AssertionError(
            f"{schema.name}: expected\n{_drawn([header, *lines])}\ngot\n{_drawn([header, *told])}"
        )


@dataclass(frozen=True)
class _Cells:
    """How the cells of a column are read and written."""

    story: Story
    column: Column

    @property
    def kind(self) -> str:
        column = self.column
        if column.name == "user":
            return "user"
        if column.codes:
            return "code"
        if column.dtype in (np.bool_, object):
            return "flag" if column.dtype == np.bool_ else "text"
        if column.meaning.endswith("[ms]"):
            return "span"
        return "instant" if column.meaning.endswith("UTC]") else "number"

    @property
    def names(self) -> list[str]:
        """Names of the users."""
        names: list[str] = self.story.workload.users["name"].tolist()
        return names

    def read(self, cell: str) -> object:
        readers: dict[str, Callable[[str], object]] = {
            "user": self.names.index,
            "code": lambda cell: _code(cell, self.column.codes),
            "flag": lambda cell: {"yes": True, "no": False}[cell],
            "text": lambda cell: "" if cell == "-" else cell,
            "span": _span,
            "instant": lambda cell: _instant(self.story.scenario.calendar, cell),
            "number": lambda cell: -1 if cell == "-" else int(cell),
        }
        return readers[self.kind](cell)

    def write(self, value: Any) -> str:
        writers: dict[str, Callable[[Any], str]] = {
            "user": lambda value: self.names[value],
            "code": lambda value: list(self.column.codes or ())[value].label,
            "flag": lambda value: "yes" if value else "no",
            "text": lambda value: value or "-",
            "span": lambda value: "-" if value == NEVER else format_duration(value),
            "instant": lambda value: _clock(self.story.scenario.calendar, value),
            "number": lambda value: "-" if value == -1 else str(value),
        }
        return writers[self.kind](value)


def _drawn(rows: list[list[str]]) -> str:
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return "\n".join(
        "    " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


# --- reading


def _lines(text: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]


def _cells(text: str) -> list[dict[str, str]]:
    """Rows of a table as mappings; without any text there are none."""
    header, *rows = _lines(text) or [[""]]
    return [dict(zip(header, row, strict=True)) for row in rows]


def _code(cell: str, codes: Any) -> int:
    return int(next(code for code in codes if code.label == cell))


def _span(cell: str) -> Millis:
    if cell == "-":
        return NEVER
    return 0 if cell == "0" else parse_duration(cell)


def _instant(calendar: Calendar, cell: str) -> Millis:
    if cell == "-":
        return NEVER
    found = _CLOCK.fullmatch(cell)
    assert found, f"expected an instant such as 09:00, 09:00:00.001 or 09-02 09:00, got {cell!r}"
    month, day, hour, minute, second, millis = (int(part or 0) for part in found.groups())
    start = calendar.start
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    if month:
        midnight = midnight.replace(month=month, day=day)
    of_day = hour * HOUR + minute * MINUTE + second * SECOND + millis
    return calendar.millis(midnight) + of_day


def _clock(calendar: Calendar, at: Millis) -> str:
    if at == NEVER:
        return "-"
    instant = calendar.instant(at)
    spec = "milliseconds" if instant.microsecond else "seconds" if instant.second else "minutes"
    clock = instant.time().isoformat(timespec=spec)
    first = instant.date() == calendar.start.date()
    return clock if first else f"{instant:%m-%d} {clock}"
