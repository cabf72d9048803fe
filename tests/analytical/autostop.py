"""One AutoStop fleet, its engines' facts beside those of the recursion, and its metered hours."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.metering import METERED, meter
from sim.record import (
    LOGONS,
    NEVER,
    RUNS,
    SESSIONS,
    StartKind,
    Table,
)
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.units import HOUR, WEEK, Millis
from tests.analytical import recursions
from tests.analytical.recursions import Span, Visit
from tests.analytical.situations import Engine, Ints, facts, plan, scenario, users

MONTH = 730 * HOUR
WARM_UP = 2 * WEEK
ROUNDINGS: Mapping[str, Callable[[Sequence[Span], int], int]] = {
    "continuous": recursions.running_time,
    "per_run": lambda spans, end: recursions.run_hours(spans, end) * HOUR,
    "clock_hour": lambda spans, end: recursions.clock_hours(spans, end) * HOUR,
}
"""Billed time [ms] of one desktop under each reading of "per hour", from its definition."""


class Paths(NamedTuple):
    """What the recursion says of each person and desktop: one list for each."""

    visits: list[list[Visit]]
    spans: list[list[Span]]


def office(*, timeout: Millis, horizon: Millis = MONTH, warm_up: Millis = WARM_UP) -> Scenario:
    """A fleet that stops by itself."""
    fleet = {"running_mode": "AutoStop", "autostop_timeout": f"{timeout} ms"}
    return scenario(horizon=horizon, warm_up=warm_up, fleets={"office": fleet})


def staff(paths: Paths) -> Table:
    """The users of an office."""
    return users(["office"] * len(paths.visits))


def simulated(
    world: Scenario,
    paths: Paths,
    *,
    engine: Engine = "ranks",
    gap: Ints | None = None,
    boot: int = 0,
) -> FactStore[Table]:
    """Run an engine on the visits: each by its gap where gaps are given, else by its arrival."""
    visits = [visit for path in paths.visits for visit in path]
    owner = np.repeat(np.arange(len(paths.visits)), [len(path) for path in paths.visits])
    length = [visit.ended - visit.connected for visit in visits]
    arrival = [visit.arrival for visit in visits] if gap is None else None
    intentions = plan(owner, length, arrival=arrival, gap=gap, resume=boot)
    return facts(world, staff(paths), intentions, engine)


def assert_same(world: Scenario, store: FactStore[Table], paths: Paths) -> None:
    """The facts are those of the recursion: each session, each logon and each run."""
    end = world.end
    expected = [
        (owner, v.arrival, v.connected if v.connected < end else NEVER)
        + ((v.ended, v.ended) if v.ended < end else (NEVER, NEVER))
        for owner, visits in enumerate(paths.visits)
        for v in visits
        if v.arrival < end
    ]
    sessions = store.table(SESSIONS).sorted_by("session")
    names = ("user", "arrival", "connected", "ended", "disconnected")
    assert list(zip(*(sessions[name].tolist() for name in names), strict=True)) == expected

    logons = store.table(LOGONS).sorted_by("session")
    found = (logons["start_kind"] == StartKind.RESUME).tolist()
    assert found == [v.resumed for visits in paths.visits for v in visits if v.arrival < end]

    runs = store.table(RUNS).sorted_by("desktop", "begin")
    assert list(zip(*(runs[name].tolist() for name in RUNS.names[:3]), strict=True)) == [
        (owner, on, off)
        for owner, spans in enumerate(paths.spans)
        for on, off in recursions.within(spans, end)
    ]


def billed(world: Scenario, store: FactStore[Table], paths: Paths, rounding: str) -> Ints:
    """Time billed by the hour of each desktop [ms]: the meter's, which must be the definition's."""
    rule = world.billing.model_copy(update={"rounding": rounding})
    tables = {schema.name: store.table(schema) for schema in METERED}
    usage = meter(world.model_copy(update={"billing": rule}), staff(paths), **tables)
    usage = usage.take(usage["charge"] == "autostop-hours")
    metered = np.rint(usage["quantity_e10"] * (HOUR / 1e10)).astype(np.int64)
    found = np.bincount(usage["desktop"], metered, len(paths.spans)).astype(np.int64)
    assert found.tolist() == [ROUNDINGS[rounding](spans, world.end) for spans in paths.spans]
    return found


def logons_and_resumes(store: FactStore[Table], count: int) -> tuple[Ints, Ints]:
    """Logons and resumes of each desktop in the measured time."""
    logons, runs = store.table(LOGONS), store.table(RUNS)
    return (
        np.bincount(logons["desktop"][logons["arrival"] >= 0], minlength=count),
        np.bincount(runs["desktop"][runs["begin"] >= 0], minlength=count),
    )
