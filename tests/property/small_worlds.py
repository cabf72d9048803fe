"""Small worlds for two models to disagree about.

A handful of users, some days, and every rule of `docs/model.md` switched on by chance: directory,
hosts, refusals, all endings, maintenance, operations, joiners and leavers. Durations are small
multiples of a grid, often a coarse one, so that things happen at the same instant far more often
than in life.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st

from sim.record import NEVER, PLAN, USERS, Ending, Schema, Table
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, MINUTE, Millis
from sim.workload import Workload, autostop_maintenance

GRIDS = (HOUR, 30 * MINUTE, 10 * MINUTE, 7 * MINUTE + 1)
"""Grids of time [ms], coarse ones for ties; the last one shares no instant with the full hours."""
T = TypeVar("T")
MACHINES = (
    ("standard", "80 GB", "10 GB"),
    ("power", "80 GB", "50 GB"),
    ("power", "80 GB", "100 GB"),
    ("generalpurpose.4xlarge", "175 GB", "100 GB"),
)
BUNDLES = ("standard", "power", "generalpurpose.4xlarge")


@dataclass(frozen=True)
class SmallWorld:
    """A scenario and the people in it; written out in full when a test fails."""

    written: dict[str, Any]
    users: list[dict[str, Any]]
    sessions: list[dict[str, Any]]

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return Scenario.model_validate(self.written)

    @property
    def workload(self) -> Workload:
        """The tables that a workload would be."""
        return Workload(_table(USERS, self.users), _table(PLAN, self.sessions), ["client"])


def _table(schema: Schema, rows: list[dict[str, Any]]) -> Table:
    """A table of rows; a stage that these do not speak of takes no time, and bars nobody."""
    if not rows:
        return Table.empty(schema)
    columns = {
        column.name: np.array([row.get(column.name, 0) for row in rows], dtype=column.dtype)
        for column in schema.columns
    }
    return Table.of(schema, **columns)


def _ms(value: Millis) -> str:
    return f"{value} ms"


def seldom(values: st.SearchStrategy[T], one_in: int = 6) -> st.SearchStrategy[T | None]:
    """Nothing, except once in a while."""
    return st.integers(1, one_in).flatmap(lambda n: values if n == one_in else st.none())


@dataclass(frozen=True)
class Measure:
    """How a world draws its times."""

    grid: Millis
    days: int

    def times(self, least: int, most: int) -> st.SearchStrategy[Millis]:
        """A duration from `least` to `most` steps of the grid."""
        return st.integers(least, most).map(lambda steps: steps * self.grid)

    def brief(self) -> st.SearchStrategy[Millis]:
        """A stage of a logon: nothing, or a part of the grid up to twice its step."""
        return st.integers(0, 4).map(lambda halves: halves * self.grid // 2)

    def instants(self) -> st.SearchStrategy[Millis]:
        """An instant inside the run, in the first hours of a day."""
        steps = min(40, DAY // self.grid)
        return st.integers(0, self.days * steps - 1).map(
            lambda n: n // steps * DAY + n % steps * self.grid
        )


@st.composite
def small_worlds(draw: st.DrawFn, *, quiet: bool = False) -> SmallWorld:
    """Draw a world; in a quiet one users share nothing but the directory, and nobody interferes."""
    measure = Measure(draw(st.sampled_from(GRIDS)), draw(st.sampled_from([1, 2, 3, 7, 17])))
    fleets = {
        name: draw(_fleets(measure, quiet))
        for name in ("north", "south")[: draw(st.integers(1, 2))]
    }
    populations = {
        f"{fleet}-{kind}": {
            "users": 1,
            "fleet": fleet,
            "time_zone": draw(st.sampled_from(["UTC", "Europe/London"])),
            "shift": {"start": "09:00"},
            "session_length": "1 h",
            "session_end": kind,
        }
        for fleet in fleets
        for kind in ("after_work", "fixed_departure")
    }
    users = draw(_people(measure, populations, quiet))
    start = draw(st.sampled_from(["2026-09-19", "2026-09-26", "2026-10-24", "2026-09-01"]))
    written: dict[str, Any] = {
        "version": 1,
        "name": "small-world",
        "region": "us-east-1",
        "start": start,
        "horizon": f"{measure.days} d",
        "warm_up": draw(st.sampled_from(["0 d", "0 d", "1 d"])),
        "seed": draw(st.integers(0, 3)),
        "prices": {"book": "prices.csv"},
        "zones": draw(_zones()),
        "host_groups": draw(host_groups()) if any(f["hosts"] for f in fleets.values()) else {},
        "directory": draw(st.none() | st.builds(lambda n: {"servers": n}, st.integers(1, 3))),
        "fleets": fleets,
        "populations": populations,
        "maintenance": {
            "autostop": draw(st.booleans()),
            "alwayson_duration": "0 min" if quiet else draw(st.sampled_from(["2 h", "0 min"])),
        },
        "billing": {"maintenance_billed_hours": draw(st.sampled_from([1, 1, 0, 2]))},
    }
    written["operations"] = [] if quiet else draw(_operations(measure, start, users))
    scenario = Scenario.model_validate(written)
    maintained = autostop_maintenance(scenario, _table(USERS, users)).ravel()
    sessions = draw(_sessions(measure, users, quiet, maintained[maintained != NEVER].tolist()))
    return SmallWorld(written, users, sessions)


@st.composite
def _fleets(draw: st.DrawFn, measure: Measure, quiet: bool) -> dict[str, Any]:
    always_on = draw(st.integers(1, 3)) == 3
    limited = not quiet and draw(st.booleans())
    bundle, root, user = draw(st.sampled_from(MACHINES))
    return {
        "bundle": bundle,
        "root_volume": root,
        "user_volume": user,
        "running_mode": "AlwaysOn" if always_on else "AutoStop",
        "autostop_timeout": f"{draw(st.integers(1, 3))} h",
        "zones": draw(st.sampled_from([["a"], ["b"], ["a", "b"], None])),
        "hosts": draw(st.sampled_from([["large", "small"], ["small"], ["distant", "small"]]))
        if limited
        else [],
        "uses_directory": draw(st.booleans()),
        "hibernates": draw(st.sampled_from([None, None, False])),
        "logon": {
            "resume": _ms(draw(measure.brief())),
            "cold_start": draw(
                measure.brief().map(_ms) | st.just({"uniform": {"low": "1 s", "high": "1 h"}})
            ),
        },
        "provisioning": draw(measure.times(0, 2).map(_ms) | st.just({"exponential": "1 h"})),
        "initial_age": draw(st.sampled_from(["30 d", "6 d", "0 d"])),
        "network_loss_detection": _ms(draw(measure.times(0, 3))),
        "reconnect_window": _ms(draw(measure.times(0, 3))),
        "idle_disconnect_timeout": draw(st.none() | measure.times(0, 4).map(_ms)),
        "stop_delay": _ms(draw(measure.brief())),
    }


@st.composite
def _zones(draw: st.DrawFn) -> dict[str, Any]:
    return {
        name: {
            "weight": draw(st.sampled_from([1.0, 2.0])),
            "ip_addresses": draw(st.sampled_from([None, None, 12, 2])),
        }
        for name in ("a", "b")
    }


@st.composite
def host_groups(draw: st.DrawFn) -> dict[str, Any]:
    """Room for one to four desktops, and often for fewer than there are users."""
    return {
        name: {
            "zone": zone,
            "count": draw(st.integers(1, 2)),
            "vcpu": draw(st.sampled_from([4, 6, 16])),
            "memory": "64 GB",
            "placement": draw(st.sampled_from(["spread", "pack", "first-fit", "random"])),
            "overcommit": {"vcpu": draw(st.sampled_from([1.0, 1.5]))},
        }
        for name, zone in (("small", "a"), ("large", "a"), ("distant", "b"))
    }


@st.composite
def _people(
    draw: st.DrawFn, measure: Measure, populations: dict[str, Any], quiet: bool
) -> list[dict[str, Any]]:
    """Up to six users in order of population; most stay from beginning to end."""
    chosen = sorted(
        draw(st.lists(st.sampled_from(list(populations)), min_size=1, max_size=6)),
        key=list(populations).index,
    )
    users: list[dict[str, Any]] = []
    for number, population in enumerate(chosen):
        joins = None if quiet else draw(seldom(measure.instants()))
        leaves = None if quiet else draw(seldom(measure.instants()))
        if joins is not None and leaves is not None:
            joins, leaves = min(joins, leaves), max(joins, leaves)
        first = sum(user["population"] == population for user in users)
        users.append(
            {
                "user": number,
                "name": f"{population}-{first:05d}",
                "population": population,
                "fleet": populations[population]["fleet"],
                "cost_center": population,
                "time_zone": populations[population]["time_zone"],
                "joins": NEVER if joins is None else joins,
                "leaves": NEVER if leaves is None else leaves,
            }
        )
    return users


@st.composite
def _sessions(
    draw: st.DrawFn,
    measure: Measure,
    users: list[dict[str, Any]],
    quiet: bool,
    maintained: list[Millis],
) -> list[dict[str, Any]]:
    """Up to twelve rows for each user, by arrival or by gap, some at a maintenance start."""
    arrivals = measure.instants()
    if maintained:
        offset = st.sampled_from([0, 0, -1, HOUR, 2 * HOUR, -measure.grid])
        near = st.builds(lambda at, by: max(at + by, 0), st.sampled_from(maintained), offset)
        arrivals = st.one_of(arrivals, near)
    means = math.prod(_MEANS[:-1] if quiet else _MEANS)
    session = st.tuples(arrivals, st.integers(0, means - 1), st.integers(0, 5**7 - 1))
    rows: list[dict[str, Any]] = []
    for user in users:
        drawn = draw(st.lists(session, min_size=draw(st.integers(0, 8)), max_size=12))
        for begin, means, stages in sorted(drawn):
            row = _session(measure, begin, digits(means, _MEANS), digits(stages, [5] * 7))
            rows.append(row | {"session": len(rows), "user": user["user"]})
    return rows


_MEANS = (11, 8, 4, 21)
"""How many values connected, idle_from, ending and gap take in a session."""


def digits(number: int, bases: Sequence[int]) -> list[int]:
    """One drawn number read as several small ones: much quicker to draw than each of them."""
    digits = []
    for base in bases:
        number, digit = divmod(number, base)
        digits.append(digit)
    return digits


def _session(
    measure: Measure, begin: Millis, means: list[int], stages: list[int]
) -> dict[str, Any]:
    connected, idle_from, ending, gap = means
    service, resume, cold_start, streaming, os_logon, retry, patience = (
        halves * measure.grid // 2 for halves in stages
    )
    return {
        "arrival": NEVER if 0 < gap <= 7 else begin,
        "gap": (gap - 1) * measure.grid if 0 < gap <= 7 else NEVER,
        "connected": connected * measure.grid,
        "idle_from": (idle_from - 1) * measure.grid if idle_from else NEVER,
        "ending": Ending(ending),
        "client": 0,
        "rtt": 40,
        "directory_service": service,
        "resume": resume,
        "cold_start": cold_start,
        "profile": 0,
        "streaming": streaming,
        "os_logon": os_logon,
        # Somebody who retries each millisecond for hours proves nothing and takes for ever.
        "retry_after": retry or measure.grid,
        "patience": 2 * patience,
    }


@st.composite
def _operations(
    draw: st.DrawFn,
    measure: Measure,
    start: str,
    users: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Half of the worlds have none; the others up to eight, on one desktop or half of a fleet."""
    if draw(st.booleans()):
        return []
    zero = datetime.fromisoformat(start).replace(tzinfo=UTC)
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "create": st.none(),
        "delete": st.none(),
        "switch-mode": st.sampled_from(["AlwaysOn", "AutoStop"]),
        "resize": st.sampled_from(
            [("80 GB", "50 GB"), ("80 GB", "100 GB"), ("175 GB", "100 GB"), ("200 GB", "100 GB")]
        ).map(lambda pair: {"root": pair[0], "user": pair[1]}),
        "change-compute": st.sampled_from(BUNDLES),
        "migrate": st.none() | st.sampled_from(BUNDLES),
    }
    operations = []
    for at in draw(st.lists(measure.instants(), max_size=8)):
        user = draw(st.sampled_from(users))
        kind = draw(st.sampled_from([*kinds, "switch-mode", "switch-mode"]))
        to = draw(kinds[kind])
        operations.append(
            {
                "at": (zero + timedelta(milliseconds=at)).isoformat(),
                "fleet": user["fleet"],
                "operation": kind,
                "to": to,
            }
            | draw(st.sampled_from([{"user": user["name"]}] * 3 + [{"share": "50 %"}]))
        )
    return operations
