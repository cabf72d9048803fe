"""Relations between two runs: what must follow when the world is changed in a known way.

Some look obvious and are false; the one about a longer timeout and a larger bill is kept as an
example of it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.metering import METERED, meter
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    LOGONS,
    NEVER,
    OPERATIONS,
    RUNS,
    SESSIONS,
    Cause,
    Outcome,
    RunKind,
    Schema,
    SessionOutcome,
    StartKind,
    Table,
)
from sim.study.measures import Delivered, attempt_success, logon_success, minutes
from sim.units import DAY, HOUR, MINUTE, SECOND, WEEK, Millis
from tests.property.quiet_worlds import (
    TICK,
    Sessions,
    quiet_world,
    undisturbed,
    unshared,
    with_fleets,
    working_times,
)
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.unit.stories import Engine, Facts, Story

STAGES = (
    "directory_wait",
    "directory_service",
    "desktop_wait",
    "start",
    "streaming",
    "os_logon",
)
SCHEMAS = (
    DESKTOPS,
    DESKTOP_TERMS,
    LOGONS,
    SESSIONS,
    DESKTOP_STATES,
    RUNS,
    OPERATIONS,
    HOST_LOAD,
)
Rows = list[tuple[Any, ...]]
engines: st.SearchStrategy[Engine] = st.sampled_from(["agenda", None])
unruly = settings(max_examples=40)


def facts_of(world: SmallWorld, engine: Engine = None) -> Facts:
    return Story(world.scenario, world.workload, None).run(engine)


def as_rows(table: Table, **columns: NDArray[Any]) -> Rows:
    """Rows as tuples, some columns replaced."""
    changed = {**table.columns, **columns}
    return list(zip(*(changed[name].tolist() for name in table.schema.names), strict=True))


def assert_same(first: Facts, second: Facts, *schemas: Schema) -> None:
    for schema in schemas or SCHEMAS:
        assert as_rows(first.of(schema).table) == as_rows(second.of(schema).table), schema.name


# --- a shorter run


@unruly
@given(small_worlds(), st.integers(1, 47), engines)
def test_a_longer_horizon_leaves_the_beginning_as_it_was(
    world: SmallWorld, steps: int, engine: Engine
) -> None:
    """The facts of a run are those of a longer one, cut at its end."""
    end = world.scenario.end * steps // 48
    shorter = replace(world, written=world.written | {"horizon": f"{end} ms"})
    found, whole = facts_of(shorter, engine), facts_of(world, engine)
    for schema in SCHEMAS:
        table, cut = found.of(schema).table, CUT[schema](whole, end)
        assert as_rows(_undecided(table)) == as_rows(_undecided(cut)), schema.name


def _undecided(table: Table) -> Table:
    """Which desktop it is that an attempt waits for is known when the attempt is over."""
    if table.schema not in (LOGONS, SESSIONS):
        return table
    open_ = np.isin(table["outcome"], [Outcome.OPEN, SessionOutcome.OPEN])
    if table.schema is SESSIONS:
        open_ &= table["connected"] == NEVER
    return _with(table, desktop=np.where(open_, -1, table["desktop"]))


def _cut_states(facts: Facts, end: Millis) -> Table:
    created = facts.desktops.table["created"] < end
    states = _spans(facts.states.table, end)
    return states.take(created[states["desktop"]])


def _spans(table: Table, end: Millis) -> Table:
    kept = table.take(table["begin"] < end)
    return _with(kept, end=np.minimum(kept["end"], end))


def _with(table: Table, **columns: NDArray[Any]) -> Table:
    return Table.of(table.schema, **{**table.columns, **columns})


def _before(at: NDArray[np.int64], end: Millis) -> NDArray[np.int64]:
    return np.where(at < end, at, NEVER)


def _cut_terms(facts: Facts, end: Millis) -> Table:
    whole = facts.terms.table
    kept = whole.take(whole["begin"] < end)
    deleted = kept["deleted"] & (kept["end"] < end)
    return _with(kept, deleted=deleted, end=np.minimum(kept["end"], end))


def _cut_desktops(facts: Facts, end: Millis) -> Table:
    whole = facts.desktops.table
    kept = whole.take(whole["created"] < end)
    return _with(kept, deleted=_before(kept["deleted"], end))


def _cut_operations(facts: Facts, end: Millis) -> Table:
    whole = facts.operations.table
    kept = whole.take(whole["at"] < end)
    return _with(kept, done=_before(kept["done"], end))


def _cut_logons(facts: Facts, end: Millis) -> Table:
    whole = facts.logons.table
    kept = whole.take(whole["arrival"] < end)
    going_on = (kept["done"] == NEVER) | (kept["done"] >= end)
    stages = np.array([kept[name] for name in STAGES], dtype=np.int64)
    left = end - kept["arrival"]
    passed = np.minimum(np.cumsum(stages, axis=0), left)
    command = kept["arrival"] + stages[:3].sum(axis=0)
    return _with(
        kept,
        **dict(zip(STAGES, np.diff(passed, axis=0, prepend=0), strict=True)),
        done=np.where(going_on, NEVER, kept["done"]),
        start_kind=np.where(command < end, kept["start_kind"], StartKind.NONE),
        outcome=np.where(going_on, Outcome.OPEN, kept["outcome"]),
        cause=np.where(going_on, Cause.HORIZON, kept["cause"]),
    )


def _cut_sessions(facts: Facts, end: Millis) -> Table:
    whole = facts.sessions.table
    kept = whole.take(whole["arrival"] < end)
    planned_ending = facts.story.workload.plan["ending"][kept["session"]]
    started = (kept["connected"] != NEVER) & (kept["connected"] < end)
    over = np.where(kept["connected"] == NEVER, kept["arrival"] + kept["waited"], kept["ended"])
    over = np.where(kept["outcome"] == SessionOutcome.OPEN, end, over)
    over = np.where((kept["connected"] != NEVER) & (kept["ended"] == NEVER), end, over)
    open_ = over >= end
    begun = np.where(started, kept["connected"], end)
    return _with(
        kept,
        connected=np.where(started, kept["connected"], NEVER),
        ended=_before(kept["ended"], end),
        disconnected=_before(kept["disconnected"], end),
        delivered=np.where(open_, end - begun, kept["delivered"]),
        waited=np.where(open_, begun - kept["arrival"], kept["waited"]),
        ending=np.where(open_, planned_ending, kept["ending"]),
        outcome=np.where(open_, SessionOutcome.OPEN, kept["outcome"]),
        cause=np.where(open_, Cause.HORIZON, kept["cause"]),
    )


CUT: dict[Schema, Callable[[Facts, Millis], Table]] = {
    DESKTOPS: _cut_desktops,
    DESKTOP_TERMS: _cut_terms,
    LOGONS: _cut_logons,
    SESSIONS: _cut_sessions,
    DESKTOP_STATES: _cut_states,
    RUNS: lambda facts, end: _spans(facts.runs.table, end),
    OPERATIONS: _cut_operations,
    HOST_LOAD: lambda facts, end: facts.host_load.table.take(facts.host_load.table["at"] < end),
}
"""The facts of a run as they would be, had it ended at an instant."""


# --- other people, other names, other weeks


def people_only(
    world: SmallWorld, kept: list[int], fleet: Callable[[int], str] | None = None
) -> SmallWorld:
    """Only these users, their sessions and what is done to their desktops, in this order."""
    users: list[dict[str, Any]] = []
    sessions: list[dict[str, Any]] = []
    for user in kept:
        row = world.users[user] | {"user": len(users)}
        users.append(row | {"fleet": fleet(user)} if fleet else row)
        for session in world.sessions:
            if session["user"] == user:
                sessions.append(session | {"user": len(users) - 1, "session": len(sessions)})
    names = {user["name"] for user in users}
    operations = [made for made in world.written["operations"] if made.get("user") in names]
    return SmallWorld(world.written | {"operations": operations}, users, sessions)


def with_named_operations(world: SmallWorld) -> SmallWorld:
    """The same world without operations on a share of a fleet: whom these meet, all decide."""
    operations = [made for made in world.written["operations"] if made.get("user")]
    return replace(world, written=world.written | {"operations": operations})


def renamed(facts: Facts, world: SmallWorld, kept: list[int], schema: Schema) -> Rows:
    """The rows of these users, with the names, not the numbers, of users, desktops and sessions."""
    names = np.array([user["name"] for user in world.users] or [""], dtype=object)
    desktops = np.append(facts.desktops.table["name"], "none")
    table = facts.of(schema).table
    columns: dict[str, NDArray[Any]] = {}
    if "user" in table.columns:
        columns["user"] = names[table["user"]]
    if "desktop" in table.columns:
        columns["desktop"] = desktops[table["desktop"]]
    if "session" in table.columns:
        first: dict[int, int] = {}
        for row in world.sessions:
            first.setdefault(row["user"], row["session"])
        base = np.array([first.get(user, 0) for user in range(len(world.users))] or [0])
        columns["session"] = table["session"] - base[table["user"]]
    mine = {world.users[user]["name"] for user in kept}
    theirs = {
        name
        for name, user in zip(desktops, facts.desktops.table["user"].tolist(), strict=False)
        if names[user] in mine
    }
    owner, owners = ("user", mine) if "user" in columns else ("desktop", theirs)
    of_kept = np.isin(columns[owner].astype(str), list(owners))
    return sorted(
        row for row, keep in zip(as_rows(table, **columns), of_kept.tolist(), strict=True) if keep
    )


@unruly
@given(small_worlds(), st.integers(0, 5), engines)
def test_a_user_who_is_not_there_changes_nothing_for_the_others(
    world: SmallWorld, absent: int, engine: Engine
) -> None:
    """Where nothing is shared. So a bill adds up over any two groups of desktops."""
    world = with_named_operations(unshared(world))
    kept = [user for user in range(len(world.users)) if user != absent % len(world.users)]
    fewer = people_only(world, kept)
    all_, others = facts_of(world, engine), facts_of(fewer, engine)
    for schema in SCHEMAS[:-1]:
        assert renamed(all_, world, kept, schema) == renamed(
            others, fewer, list(range(len(kept))), schema
        ), schema.name


@unruly
@given(small_worlds(), engines)
def test_the_order_of_users_changes_nothing(world: SmallWorld, engine: Engine) -> None:
    world = with_named_operations(unshared(world))
    everybody = list(range(len(world.users)))
    other = people_only(world, everybody[::-1])
    before, after = facts_of(world, engine), facts_of(other, engine)
    for schema in SCHEMAS[:-1]:
        assert renamed(before, world, everybody, schema) == renamed(
            after, other, everybody, schema
        ), schema.name


@unruly
@given(small_worlds(), engines)
def test_a_fleet_split_in_two_alike_does_what_the_one_did(
    world: SmallWorld, engine: Engine
) -> None:
    """Every other user moves to a second fleet with the same settings."""
    world = unshared(world)
    fleets = world.written["fleets"]
    twins = {f"{name}-2": fleet for name, fleet in fleets.items()}
    written = world.written | {"fleets": fleets | twins, "operations": []}
    one = replace(world, written=written)
    everybody = list(range(len(world.users)))
    two = people_only(
        one, everybody, lambda user: world.users[user]["fleet"] + ("-2" if user % 2 else "")
    )
    before, after = facts_of(one, engine), facts_of(two, engine)
    assert_same(before, after, DESKTOP_TERMS, LOGONS, SESSIONS, DESKTOP_STATES, RUNS)


@unruly
@given(small_worlds(), st.sampled_from([-1, 1, 4]), engines)
def test_a_whole_week_later_everything_is_a_week_later(
    world: SmallWorld, weeks: int, engine: Engine
) -> None:
    """Sundays included; not the monthly maintenance, which follows months, nor what an operation
    draws, which has its date for an address."""
    world = with_named_operations(
        with_fleets(world, logon={"resume": "0 s", "cold_start": "9 min"})
    )
    calm = {"maintenance": world.written["maintenance"] | {"autostop": False}}
    users = [user | {"time_zone": "UTC"} for user in world.users]
    world = replace(world, written=world.written | calm, users=users)
    shift = timedelta(milliseconds=weeks * WEEK)
    later = {
        "start": (world.scenario.start + shift).isoformat(),
        "operations": [
            made | {"at": (datetime.fromisoformat(made["at"]) + shift).isoformat()}
            for made in world.written["operations"]
        ],
    }
    moved = replace(world, written=world.written | later)
    assert_same(facts_of(world, engine), facts_of(moved, engine))


# --- nothing in the way


@unruly
@given(small_worlds(), engines)
def test_where_nothing_disturbs_every_measure_is_exactly_1(
    world: SmallWorld, engine: Engine
) -> None:
    """No limit, no delay, no maintenance, no operation: all planned time is delivered."""
    world = undisturbed(world)
    facts, end = facts_of(world, engine), world.scenario.end
    logons, sessions = facts.logons.table, facts.sessions.table
    arrived = int((sessions["arrival"] >= 0).sum())
    started = attempt_success(logons.columns, end), logon_success(sessions.columns, end)
    fixed = np.array([user["population"].endswith("fixed_departure") for user in world.users])
    worked = Delivered.of(minutes(sessions.columns, end, fixed[sessions["user"]]))
    for ratio in started:
        assert ratio.part == ratio.whole == arrived
    assert worked.planned == worked.delivered
    assert worked.waited == 0
    whole = sessions["outcome"] == SessionOutcome.ENDED
    assert (sessions["delivered"] == sessions["planned"])[whole].all()
    assert (sessions["cause"][~whole] == Cause.HORIZON).all()


# --- what it costs


def usage(world: SmallWorld, engine: Engine = None) -> dict[tuple[Any, ...], int]:
    """Quantity of each desktop, month, charge and item."""
    facts = facts_of(world, engine)
    tables = {schema.name: facts.recorded(schema) for schema in METERED}
    table = meter(world.scenario, world.workload.users, **tables)
    return {row[:-1]: row[-1] for row in as_rows(table)}


def hours(world: SmallWorld, charge: str = "autostop-hours") -> float:
    return sum(e10 for key, e10 in usage(world).items() if key[4] == charge) / 1e10


@unruly
@given(small_worlds(), engines)
def test_the_cost_of_always_on_does_not_depend_on_use(world: SmallWorld, engine: Engine) -> None:
    """Nor on timeouts, delays, or whether anybody comes at all."""
    world = with_fleets(unshared(world), running_mode="AlwaysOn")
    world = replace(world, written=world.written | {"operations": []})
    idle = with_fleets(replace(world, sessions=[]), autostop_timeout="48 h", stop_delay="5 min")
    assert usage(world, engine) == usage(idle, engine)


@unruly
@given(small_worlds(), engines)
def test_desktops_that_nobody_uses_cost_fixed_fees_only(world: SmallWorld, engine: Engine) -> None:
    written = world.written | {"operations": []}
    idle = replace(world, written=written, sessions=[])
    assert not {key[4] for key in usage(idle, engine)} & {"autostop-hours"}


# --- the timeout: sessions that begin and end as planned

timeouts = st.integers(1, 4)
one_user = working_times()
offices = st.lists(one_user, min_size=1, max_size=3)
swift = settings(max_examples=60)


def with_timeout(users: list[Sessions], timeout: int, **whole: Any) -> SmallWorld:
    return quiet_world(users, fleet={"autostop_timeout": f"{timeout} h"}, **whole)


def runs_of(world: SmallWorld, engine: Engine = None) -> list[tuple[int, Millis, Millis]]:
    runs = facts_of(world, engine).runs.table
    assert (runs["kind"] == RunKind.LOGON).all()
    return [row[:3] for row in as_rows(runs)]


def running_time(runs: list[tuple[int, Millis, Millis]]) -> Millis:
    return sum(end - begin for _, begin, end in runs)


def clock_hours(runs: list[tuple[int, Millis, Millis]]) -> int:
    """Distinct hours of the clock that a desktop's runs touch, over all desktops."""
    return len(
        {
            (desktop, hour)
            for desktop, begin, end in runs
            for hour in range(begin // HOUR, -(-end // HOUR))
        }
    )


def merged(sessions: Sessions, timeout: Millis, end: Millis) -> list[tuple[Millis, Millis]]:
    """The runs of one desktop, by the rule alone: a run goes on if a logon comes before its end."""
    found: list[tuple[Millis, Millis]] = []
    for at, length in sessions:
        expiry = at + length + timeout
        if found and at < found[-1][1]:
            found[-1] = (found[-1][0], expiry)
        else:
            found.append((at, expiry))
    return [(begin, min(expiry, end)) for begin, expiry in found]


@swift
@given(offices, timeouts, engines)
def test_runs_are_sessions_with_their_timeouts(
    users: list[Sessions], timeout: int, engine: Engine
) -> None:
    world = with_timeout(users, timeout)
    expected = [
        (user, *run)
        for user, sessions in enumerate(users)
        for run in merged(sessions, timeout * HOUR, world.scenario.end)
    ]
    assert runs_of(world, engine) == expected


@swift
@given(offices, st.integers(1, 47), st.integers(1, 47))
def test_a_longer_timeout_never_runs_less_nor_resumes_more(
    users: list[Sessions], timeout: int, more: int
) -> None:
    """Running time and clock hours do not fall, resumes do not rise (relation 17)."""
    shorter, longer = (
        runs_of(with_timeout(users, hours)) for hours in (timeout, min(timeout + more, 48))
    )
    assert running_time(shorter) <= running_time(longer)
    assert clock_hours(shorter) <= clock_hours(longer)
    assert len(shorter) >= len(longer)


def test_a_longer_timeout_can_bill_fewer_hours() -> None:
    """Three logons of 36 s, 1 h 4 s from one's end to the next one's arrival (relation 18).

    T = 1 h: three runs of 1 h 36 s, 2 started hours each: 6 h.
    T = 2 h: one run of 3 x 36 s + 2 x 1 h 4 s + 2 h = 4 h 1 min 56 s: 5 h.
    By the clock: 09 to 12, 4 hours; and 09 to 13, 5 hours. So exactly, the longer one costs more.
    """
    apart = 36 * SECOND + HOUR + 4 * SECOND
    users: list[Sessions] = [[(9 * HOUR + n * apart, 36 * SECOND) for n in range(3)]]
    assert [end - begin for _, begin, end in runs_of(with_timeout(users, 2))] == [
        4 * HOUR + MINUTE + 56 * SECOND
    ]
    billed = {
        rounding: [
            hours(with_timeout(users, timeout, billing={"rounding": rounding}))
            for timeout in (1, 2)
        ]
        for rounding in ("per_run", "clock_hour", "continuous")
    }
    assert billed["per_run"] == [6, 5]
    assert billed["clock_hour"] == [4, 5]
    assert billed["continuous"] == [3.03, pytest.approx(4 + 116 / 3600, abs=1e-9)]


@swift
@given(offices)
def test_an_endless_timeout_makes_one_run_of_each_desktop(users: list[Sessions]) -> None:
    """From the first logon; all gaps are shorter than 48 h (relation 19)."""
    world = with_timeout(users, 48)
    end = world.scenario.end
    assert runs_of(world) == [
        (user, sessions[0][0], min(sum(sessions[-1]) + 48 * HOUR, end))
        for user, sessions in enumerate(users)
    ]


@swift
@given(one_user, timeouts)
def test_sessions_far_apart_make_a_run_each(sessions: Sessions, timeout: int) -> None:
    """With gaps no shorter than the timeout T, runs take the connected time and T more each."""
    spread, at = [], 0
    for gap, (_, length) in enumerate(sessions):
        at += timeout * HOUR + (gap % 2) * TICK
        spread.append((at, length))
        at += length
    found = runs_of(with_timeout([spread], timeout, horizon="9 d"))
    assert len(found) == len(spread)
    connected = sum(length for _, length in spread)
    assert running_time(found) == connected + len(spread) * timeout * HOUR


@swift
@given(one_user, timeouts, st.integers(0, 6))
def test_one_more_session_never_runs_less(sessions: Sessions, timeout: int, which: int) -> None:
    """Relation 20."""
    left_out = which % len(sessions)
    fewer = [session for number, session in enumerate(sessions) if number != left_out]
    some, all_ = (runs_of(with_timeout([mine], timeout)) for mine in (fewer, sessions))
    assert running_time(some) <= running_time(all_)
    assert clock_hours(some) <= clock_hours(all_)


@swift
@given(one_user, timeouts, st.integers(0, 99))
def test_a_session_in_the_midst_of_a_run_changes_no_run(
    sessions: Sessions, timeout: int, share: int
) -> None:
    """Every gap that the timeout bridges gets a session of its own (relation 20)."""
    dense = [sessions[0]]
    for (before, length), (after, connected) in pairwise(sessions):
        gap = after - before - length
        if 2 <= gap < timeout * HOUR:
            begin = before + length + gap * share // 100
            dense.append((begin, max((after - begin) // 2, 1)))
        dense.append((after, connected))
    assert runs_of(with_timeout([dense], timeout)) == runs_of(with_timeout([sessions], timeout))


@swift
@given(one_user, timeouts, st.integers(1, 99), engines)
def test_a_session_cut_in_two_changes_no_run(
    sessions: Sessions, timeout: int, share: int, engine: Engine
) -> None:
    """Disconnected and reconnected at one instant, at no cost (relation 21)."""
    pieces = []
    for at, length in sessions:
        first = length * share // 100
        pieces += [(at, first), (at + first, length - first)]
    whole, parts = (facts_of(with_timeout([mine], timeout), engine) for mine in (sessions, pieces))
    assert_same(whole, parts, RUNS, DESKTOP_STATES)


@swift
@given(offices, timeouts, st.integers(0, 20 * HOUR))
def test_a_later_day_has_the_same_runs_later(
    users: list[Sessions], timeout: int, shift: Millis
) -> None:
    """By any time, so that hours per run are the same; those of the clock may not be (22)."""
    later: list[Sessions] = [[(at + shift, length) for at, length in mine] for mine in users]
    first, second = (with_timeout(mine, timeout, horizon="5 d") for mine in (users, later))
    assert runs_of(second) == [
        (desktop, begin + shift, end + shift) for desktop, begin, end in runs_of(first)
    ]
    assert hours(first) == hours(second)


@swift
@given(offices, timeouts)
def test_billed_hours_are_near_the_hours_run(users: list[Sessions], timeout: int) -> None:
    """Rounded up per run: less than one hour more for each; by the clock: less than two (7)."""
    found = {
        rounding: hours(with_timeout(users, timeout, billing={"rounding": rounding}))
        for rounding in ("per_run", "clock_hour", "continuous")
    }
    runs = runs_of(with_timeout(users, timeout))
    running = running_time(runs) / HOUR
    connected = sum(length for mine in users for _, length in mine) / HOUR
    assert found["continuous"] == pytest.approx(running, abs=1e-9)
    assert running >= connected
    assert len(runs) <= sum(len(mine) for mine in users)
    assert running - 1e-9 <= found["per_run"] < running + len(runs)
    assert running - 1e-9 <= found["clock_hour"] < running + 2 * len(runs)
    assert found["clock_hour"] <= len(users) * 3 * DAY / HOUR
