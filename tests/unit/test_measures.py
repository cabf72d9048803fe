"""Every measure on tables small enough to count by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.pricing import InvoiceLine
from sim.record import (
    CHARGES,
    HOST_LOAD,
    LOGONS,
    NEVER,
    OPERATIONS,
    SESSIONS,
    USERS,
    Actor,
    Cause,
    Ending,
    OperationKind,
    Outcome,
    Schema,
    SessionOutcome,
    StartKind,
    Table,
)
from sim.record import DesktopState as State
from sim.study.concurrency import SLOT, SLOTS, Peak, concurrency
from sim.study.costs import (
    by_charge,
    by_fleet_and_month,
    by_month,
    desktops_charged,
    per_connected_hour,
    quotient,
)
from sim.study.measures import (
    STAGES,
    Delivered,
    Ratio,
    Times,
    attempt_success,
    causes,
    connected_users,
    host_load,
    logon_success,
    logon_times,
    logon_totals,
    minutes,
    nearest_rank,
    running_desktops,
    waiting_times,
)
from sim.study.run import measure
from sim.units import DAY, HOUR, MINUTE, WEEK
from tests.offices import people as office_people
from tests.offices import scenario

END = 1000

LOGON = {
    "session": 0,
    "attempt": 1,
    "user": 0,
    "desktop": 0,
    "arrival": 0,
    **dict.fromkeys(STAGES, 0),
    "done": 0,
    "start_kind": StartKind.NONE,
    "outcome": Outcome.CONNECTED,
    "cause": Cause.NONE,
}
SESSION = {
    "session": 0,
    "user": 0,
    "desktop": 0,
    "arrival": 0,
    "connected": 0,
    "ended": 0,
    "disconnected": 0,
    "planned": 0,
    "delivered": 0,
    "waited": 0,
    "ending": Ending.LOGOFF,
    "outcome": SessionOutcome.ENDED,
    "cause": Cause.NONE,
    "client": 0,
    "rtt": 40,
}


def logons(*rows: Mapping[str, int]) -> Mapping[str, NDArray[Any]]:
    """A table of logons; what a row leaves out is as in a logon that took no time."""
    full = [{**LOGON, **row} for row in rows]
    return Table.of(LOGONS, **{name: [row[name] for row in full] for name in LOGONS.names}).columns


def sessions(*rows: Mapping[str, int]) -> Mapping[str, NDArray[Any]]:
    full = [{**SESSION, **row} for row in rows]
    columns = {name: [row[name] for row in full] for name in SESSIONS.names}
    return Table.of(SESSIONS, **columns).columns


def session(arrival: int, connected: int, ended: int, planned: int) -> dict[str, int]:
    return {"arrival": arrival, "connected": connected, "ended": ended, "planned": planned}


def array(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


NOT_STARTED = {"connected": NEVER, "ended": NEVER, "disconnected": NEVER}
ABANDONED = {**NOT_STARTED, "outcome": SessionOutcome.ABANDONED, "cause": Cause.PATIENCE}
LOGGING_ON = {**NOT_STARTED, "outcome": SessionOutcome.OPEN, "cause": Cause.HORIZON}
STILL_CONNECTED = {"ended": NEVER, "outcome": SessionOutcome.OPEN, "cause": Cause.HORIZON}


# --- percentiles


def test_a_percentile_is_the_value_of_rank_ceil_pn_over_100() -> None:
    """Of 10, 20, ..., 200 (n = 20): ranks ceil(10), ceil(19), ceil(19.8) = 10, 19, 20."""
    values = np.random.default_rng(0).permutation(np.arange(10, 201, 10))

    assert nearest_rank(values, 50) == 100
    assert nearest_rank(values, 95) == 190
    assert nearest_rank(values, 99) == 200
    assert nearest_rank(values, 0) == 10
    assert nearest_rank(values, 100) == 200


def test_of_one_value_every_percentile_is_it_and_of_none_there_is_none() -> None:
    assert nearest_rank(array(7), 1) == nearest_rank(array(7), 99) == 7
    assert nearest_rank(array(), 50) is None


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(1, 100))
def test_it_is_the_smallest_value_that_so_many_do_not_exceed(values: list[int], p: int) -> None:
    found = nearest_rank(np.array(values), p)

    assert found in values
    enough = [v for v in values if 100 * sum(w <= v for w in values) >= p * len(values)]
    assert found == min(enough)


# --- logon times


def test_logon_times_are_of_connected_attempts_of_the_window() -> None:
    """Arrivals at -1 (warm-up) and 1000 (the end) are outside, one at 0 is inside."""
    table = logons(
        {"arrival": -1, "done": 500, "start": 501},
        {"arrival": 0, "done": 30, "start": 25, "streaming": 5},
        {"arrival": 10, "done": 15, "streaming": 5},
        {"arrival": 20, "done": 90, "directory_wait": 70, "outcome": Outcome.REFUSED},
        {"arrival": 999, "done": NEVER, "start": 1, "outcome": Outcome.OPEN},
        {"arrival": 1000, "done": 1005, "streaming": 5},
    )

    times = logon_times(table, END)

    assert logon_totals(table, END).tolist() == [30, 5]
    assert list(times) == ["total", *STAGES]
    assert times["total"] == Times(2, (30 + 5) / 2, {50: 5, 95: 30, 99: 30}, took=2)
    # One of the two waited for a start: half of the starts took no time.
    assert times["start"] == Times(2, 12.5, {50: 0, 95: 25, 99: 25}, took=1)
    assert times["directory_wait"] == Times(2, 0.0, {50: 0, 95: 0, 99: 0}, took=0)


def test_means_of_stages_add_up_to_the_mean_of_the_total() -> None:
    random = np.random.default_rng(1)
    rows = []
    for _ in range(50):
        stages = dict(zip(STAGES, map(int, random.integers(0, 90, len(STAGES))), strict=True))
        rows.append({**stages, "arrival": 5, "done": 5 + sum(stages.values())})

    times = logon_times(logons(*rows), END)

    mean = sum(times[stage].mean or 0 for stage in STAGES)
    assert times["total"].mean == pytest.approx(mean)


def test_without_a_logon_there_is_no_percentile() -> None:
    total = logon_times(logons(), END)["total"]

    assert total == Times(0, None, {50: None, 95: None, 99: None}, took=0)


def test_waiting_counts_from_the_first_attempt_on() -> None:
    table = sessions(
        session(100, 400, 900, 500),
        session(-5, 10, 500, 490),
        {"arrival": 100, **ABANDONED},
    )

    assert waiting_times(table, END) == Times(1, 300.0, {50: 300, 95: 300, 99: 300}, took=1)


# --- success


def test_attempts_succeed_or_not_and_open_ones_are_unknown() -> None:
    table = logons(
        {"arrival": 0},
        {"arrival": 1, "outcome": Outcome.REFUSED, "cause": Cause.NO_HOST_CAPACITY},
        {"arrival": 2, "outcome": Outcome.REFUSED, "cause": Cause.DESKTOP_BUSY},
        {"arrival": 3, "outcome": Outcome.REFUSED, "cause": Cause.DESKTOP_BUSY},
        {"arrival": 4, "outcome": Outcome.ABANDONED, "cause": Cause.DEPARTURE},
        {"arrival": 5, "outcome": Outcome.OPEN, "done": NEVER, "cause": Cause.HORIZON},
        {"arrival": -5, "outcome": Outcome.REFUSED, "cause": Cause.DESKTOP_BUSY},
    )

    assert attempt_success(table, END) == Ratio(1, 5)
    assert causes(table, END, Outcome.REFUSED) == {"desktop-busy": 2, "no-host-capacity": 1}
    assert causes(table, END, Outcome.ABANDONED) == {"departure": 1}


def test_a_session_that_is_still_logging_on_counts_on_neither_side() -> None:
    table = sessions(
        session(0, 5, 500, 495),
        {**session(10, 15, NEVER, 5000), **STILL_CONNECTED},
        {"arrival": 990, **LOGGING_ON},
        {"arrival": 20, **ABANDONED},
        {"arrival": -20, **ABANDONED},
        {**session(30, 35, 40, 100), "outcome": SessionOutcome.CUT, "cause": Cause.OPERATION},
    )

    # Started: the ended, the connected and the cut one; not started: one of the window.
    assert logon_success(table, END) == Ratio(3, 4)
    assert logon_success(table, END).value == 0.75
    assert causes(table, END, SessionOutcome.ABANDONED) == {"patience": 1}
    assert causes(table, END, SessionOutcome.CUT) == {"operation": 1}


def test_a_share_of_nothing_is_no_number() -> None:
    assert logon_success(sessions(), END).value is None


# --- delivered minutes


def account(*rows: dict[str, int], fixed: Sequence[bool] = ()) -> tuple[int, int, int]:
    departs = np.array(fixed or [False] * len(rows))
    found = Delivered.of(minutes(sessions(*rows), END, departs))
    return found.planned, found.delivered, found.waited


def test_work_after_a_wait_is_delivered_in_full() -> None:
    """after_work: arrived at 100, waited 50, worked the planned 300."""
    assert account(session(100, 150, 450, 300)) == (300, 300, 50)


def test_a_fixed_departure_turns_waiting_into_lost_work() -> None:
    """Arrived at 100 for 300: leaves at 400. Waited 50, so 250 are delivered: 300 = 250 + 50."""
    assert account(session(100, 150, 400, 300), fixed=[True]) == (300, 250, 50)


def test_a_session_that_was_cut_lost_the_rest() -> None:
    """Connected at 100 for 300, cut at 180: delivered 80, lost 220."""
    cut = {"outcome": SessionOutcome.CUT, "cause": Cause.MAINTENANCE}
    assert account({**session(100, 100, 180, 300), **cut}) == (300, 80, 0)


def test_a_session_that_never_started_lost_everything() -> None:
    assert account({"arrival": 100, "planned": 300, **ABANDONED}) == (300, 0, 0)


def test_the_end_of_the_run_takes_nothing_from_anybody() -> None:
    """Connected at 900 for 500: 100 of it lie inside, planned as well as delivered."""
    still_there = {**session(890, 900, NEVER, 500), **STILL_CONNECTED}
    assert account(still_there) == (100, 100, 10)
    assert account({"arrival": 900, "planned": 500, **ABANDONED}) == (100, 0, 0)
    assert account({"arrival": 990, "planned": 500, **LOGGING_ON}) == (0, 0, 0)


def test_a_session_of_the_warm_up_counts_from_the_beginning_of_the_window() -> None:
    """Connected at -50 for 300: 250 of it after 0. One that ended before 0 is not there at all."""
    assert account(session(-60, -50, 250, 300), session(-90, -80, -10, 70)) == (250, 250, 0)
    # Arrived in the warm-up, connected inside: its wait counts from 0.
    assert account(session(-40, 20, 120, 100)) == (100, 100, 20)


def test_without_trouble_every_measure_is_exactly_one() -> None:
    table = sessions(*(session(at, at, at + 70, 70) for at in range(0, 900, 30)))

    assert Delivered.of(minutes(table, END, np.zeros(30, dtype=bool))).ratio.value == 1
    assert logon_success(table, END).value == 1


@given(
    st.lists(
        st.tuples(st.integers(-300, 900), st.integers(0, 99), st.integers(1, 400), st.booleans()),
        max_size=20,
    )
)
def test_planned_is_delivered_and_lost(rows: list[tuple[int, int, int, bool]]) -> None:
    """Nobody gets more than planned, and with a fixed departure waiting is part of the plan."""
    table, fixed = [], []
    for arrival, wait, work, departs in rows:
        connected, length = arrival + wait, work + wait
        ended = arrival + length if departs else connected + length
        table.append(session(arrival, connected, ended if ended < END else NEVER, length))
        fixed.append(departs)

    found = Delivered.of(minutes(sessions(*table), END, np.array(fixed, dtype=bool)))
    waited = Delivered.of(minutes(sessions(*table), END, np.ones(len(fixed), dtype=bool))).waited
    by_departure = [row for row, departs in zip(table, fixed, strict=True) if departs]
    lost = Delivered.of(
        minutes(sessions(*by_departure), END, np.ones(len(by_departure), dtype=bool))
    )

    assert found.waited == waited
    assert found.planned - found.delivered == lost.planned - lost.delivered == lost.waited


# --- how many at once


def test_one_leaves_and_another_comes_at_one_instant() -> None:
    steps = concurrency(array(0, 500), array(500, 800), END)

    assert steps.peak() == Peak(1, 0)
    assert steps.mean() == 800 / 1000


def test_the_peak_is_told_with_its_first_instant() -> None:
    """[100, 400), [200, 500), [300, 350) and later [600, 900) three times."""
    begin, end = array(100, 200, 300, 600, 600, 600), array(400, 500, 350, 900, 900, 900)
    steps = concurrency(begin, end, END)

    assert steps.peak() == Peak(3, 300)
    # 300 + 300 + 50 + 3 * 300 = 1550
    assert steps.mean() == 1.55


def test_intervals_are_clipped_to_the_window_and_empty_ones_are_none() -> None:
    steps = concurrency(array(-500, -20, 900, 40), array(100, -10, 5000, 40), END)

    assert steps.peak() == Peak(1, 0)
    assert steps.mean() == (100 + 100) / 1000
    assert concurrency(array(), array(), END).peak() == Peak(0, None)


@given(
    st.lists(st.tuples(st.integers(-50, 250), st.integers(0, 100)), max_size=12),
    st.lists(st.integers(0, 200), min_size=2, max_size=6, unique=True),
)
def test_steps_agree_with_counting_every_instant(
    intervals: list[tuple[int, int]], cuts: list[int]
) -> None:
    begin = array(*(at for at, _ in intervals))
    end = begin + array(*(length for _, length in intervals))
    counted = [int(((begin <= t) & (t < end)).sum()) for t in range(200)]
    edges = array(*sorted(cuts))
    pieces = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))

    steps = concurrency(begin, end, 200)

    assert steps.mean() == pytest.approx(sum(counted) / 200)
    assert steps.peak().count == max(counted)
    if max(counted):
        assert steps.peak().at == counted.index(max(counted))
    assert steps.integral(edges).tolist() == [sum(counted[a:b]) for a, b in pieces]
    assert steps.most(edges).tolist() == [max(counted[a:b]) for a, b in pieces]


TUESDAY = datetime(2026, 9, 1, tzinfo=UTC)
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)


def test_the_average_week_is_a_mean_over_the_weeks() -> None:
    """Two weeks from a Monday: in the first, 2 on Monday 09:00-10:00; in the second, 1."""
    begin = array(9 * HOUR, 9 * HOUR, WEEK + 9 * HOUR)
    week = concurrency(begin, begin + HOUR, 2 * WEEK).average_week(MONDAY)

    nine = 9 * 4
    assert week.hours[nine] == 9.0
    assert week.mean[nine : nine + 4].tolist() == [1.5] * 4
    assert week.most[nine : nine + 4].tolist() == [2.0] * 4
    assert week.mean.sum() == 6.0
    assert len(week.hours) == SLOTS == 672


def test_the_week_begins_on_monday_whatever_the_day_of_the_start() -> None:
    """From a Tuesday 00:00 for one day: only Tuesday's slots hold a number."""
    steps = concurrency(array(SLOT // 3), array(SLOT), DAY)
    week = steps.average_week(TUESDAY)

    measured = ~np.isnan(week.mean)
    assert np.flatnonzero(measured).tolist() == list(range(96, 192))
    assert week.mean[96] == pytest.approx(2 / 3)
    assert week.most[96:98].tolist() == [1.0, 0.0]
    assert np.array_equal(measured, ~np.isnan(week.most))


def test_a_window_may_begin_and_end_inside_a_slot() -> None:
    """Begins at 00:05 and lasts 20 min: 10 min of the first slot and 10 min of the second."""
    steps = concurrency(array(5 * MINUTE), array(12 * MINUTE), 20 * MINUTE)
    week = steps.average_week(MONDAY.replace(minute=5))

    assert week.mean[:2].tolist() == [pytest.approx(0.5), pytest.approx(0.2)]
    assert np.isnan(week.mean[2:]).all()


@given(
    st.lists(st.tuples(st.integers(0, 30 * 24 * 60), st.integers(1, 3000)), max_size=10),
    st.integers(0, 10_000),
)
def test_the_week_holds_all_the_time_there_is(rows: list[tuple[int, int]], offset: int) -> None:
    """Mean of a slot times its measured time, summed up, is the whole integral."""
    begin = array(*(at * MINUTE for at, _ in rows))
    end = begin + array(*(length * MINUTE for _, length in rows))
    start = datetime.fromtimestamp(MONDAY.timestamp() + 60 * offset, tz=UTC)
    steps = concurrency(begin, end, 4 * WEEK)

    week = steps.average_week(start)

    assert week.mean.sum() * 4 * SLOT == pytest.approx(steps.mean() * 4 * WEEK)
    assert np.nanmax(week.most) == steps.peak().count


def test_users_are_connected_until_they_leave_or_the_run_ends() -> None:
    table = sessions(
        session(0, 100, 300, 200),
        {**session(200, 250, NEVER, 5000), **STILL_CONNECTED},
        {"arrival": 0, **ABANDONED},
    )

    steps = connected_users(table, END)

    assert steps.peak() == Peak(2, 250)
    assert steps.mean() == (200 + 750) / 1000


def test_desktops_run_while_starting_available_or_maintained() -> None:
    states = {
        "state": np.array([State.STOPPED, State.STARTING, State.AVAILABLE, State.STOPPING]),
        "begin": array(0, 100, 150, 600),
        "end": array(100, 150, 600, 1000),
    }
    assert running_desktops(states, END).mean() == (50 + 450) / 1000

    for state in State:
        alone = {"state": np.array([state]), "begin": array(0), "end": array(END)}
        on = state in (State.STARTING, State.AVAILABLE, State.MAINTENANCE)
        assert running_desktops(alone, END).mean() == float(on)


# --- hosts


def loads(*rows: tuple[int, int, int, int, int]) -> Mapping[str, NDArray[Any]]:
    columns = zip(*rows, strict=True)
    return Table.of(HOST_LOAD, **dict(zip(HOST_LOAD.names, columns, strict=True))).columns


def test_the_load_of_a_group_is_that_of_its_hosts_together() -> None:
    """Hosts 0 and 1 are one group, host 2 another."""
    table = loads(
        (0, 100, 1, 4, 16),
        (1, 200, 1, 4, 16),
        (0, 300, 2, 8, 32),
        (2, 300, 5, 20, 80),
        (0, 400, 0, 0, 0),
        (1, 600, 0, 0, 0),
    )

    desktops = host_load(table, range(2), "desktops", END)
    assert (desktops.at.tolist(), desktops.level.tolist()) == (
        [0, 100, 200, 300, 400, 600],
        [0, 1, 2, 3, 1, 0],
    )
    assert desktops.peak() == Peak(3, 300)
    # 1 * 100 + 2 * 100 + 3 * 100 + 1 * 200
    assert desktops.mean() == 800 / 1000
    assert host_load(table, range(2), "vcpu", END).peak().count == 12
    assert host_load(table, range(2, 3), "memory_gb", END).peak() == Peak(80, 300)


def test_a_load_from_the_warm_up_holds_on() -> None:
    table = loads((0, -500, 3, 12, 48), (0, -100, 2, 8, 32), (0, 250, 0, 0, 0))

    desktops = host_load(table, range(1), "desktops", END)
    assert desktops.peak() == Peak(2, 0)
    assert desktops.mean() == 2 * 250 / 1000


def test_hosts_without_a_desktop_have_no_peak() -> None:
    empty = Table.empty(HOST_LOAD).columns

    steps = host_load(empty, range(3), "desktops", END)
    assert (steps.peak(), steps.mean()) == (Peak(0, None), 0.0)


# --- money


def line(month: str, fleet: str, charge: str, amount_cents: int) -> InvoiceLine:
    return InvoiceLine(
        month=month,
        fleet=fleet,
        charge=charge,
        item=f"personal/{charge}",
        unit_price=Decimal(1),
        quantity=Decimal(1),
        unit="hour",
        amount_cents=amount_cents,
        unrounded=Decimal(amount_cents) / 100,
        currency="USD",
    )


BILL = [
    line("2026-09", "", "nat", 3210),
    line("2026-09", "office", "autostop-base", 1950),
    line("2026-09", "office", "autostop-hours", 4004),
    line("2026-09", "zebra", "alwayson-month", 12400),
    line("2026-10", "office", "autostop-base", 1300),
]


def test_whatever_is_added_up_ends_at_the_total() -> None:
    """32.10 + 19.50 + 40.04 + 124.00 + 13.00 = 228.64."""
    months, charges = by_month(BILL), by_charge(BILL)
    fleets = by_fleet_and_month(BILL, [("office", "2026-09", 2), ("zebra", "2026-09", 1)])

    assert months == {"2026-09": Decimal("215.64"), "2026-10": Decimal("13.00")}
    assert list(charges.items()) == [
        ("alwayson-month", Decimal("124.00")),
        ("autostop-hours", Decimal("40.04")),
        ("autostop-base", Decimal("32.50")),
        ("nat", Decimal("32.10")),
    ]
    for sums in (months.values(), charges.values(), [row.amount for row in fleets]):
        assert sum(sums) == Decimal("228.64")


def test_fleets_are_listed_by_name_and_month_and_what_is_shared_last() -> None:
    rows = by_fleet_and_month(BILL, [("office", "2026-09", 2), ("zebra", "2026-09", 1)])

    assert [(row.fleet, row.month, row.desktops) for row in rows] == [
        ("office", "2026-09", 2),
        ("office", "2026-10", 0),
        ("zebra", "2026-09", 1),
        ("", "2026-09", 0),
    ]
    # 59.54 for two desktops.
    assert rows[0].per_desktop == Decimal("29.77")
    assert rows[-1].per_desktop is None


def charges(*rows: tuple[int, str, str]) -> Table:
    desktop, fleet, month = zip(*rows, strict=True) if rows else ((), (), ())
    known = {"desktop": desktop, "fleet": fleet, "month": month}
    same = dict.fromkeys(set(CHARGES.names) - set(known), ["1"] * len(rows))
    return Table.of(CHARGES, **known, **same)


def test_a_desktop_counts_once_in_each_month_in_which_it_is_charged() -> None:
    rows = [
        (0, "office", "2026-09"),
        (0, "office", "2026-09"),
        (0, "office", "2026-10"),
        (1, "office", "2026-09"),
        (3, "zebra", "2026-10"),
        (-1, "pool", "2026-10"),
        (-1, "", "2026-10"),
    ]

    assert desktops_charged(charges(*rows)) == [
        ("office", "2026-09", 2),
        ("office", "2026-10", 1),
        ("zebra", "2026-10", 1),
    ]
    assert desktops_charged(charges()) == []
    assert desktops_charged(charges((-1, "", "2026-09"))) == []


def test_the_cost_of_an_hour_of_work() -> None:
    """45 USD for 2.5 connected hours are 18 USD an hour."""
    assert per_connected_hour(Decimal("45.00"), 2 * HOUR + 30 * MINUTE) == Decimal(18)
    assert per_connected_hour(Decimal("45.00"), 0) is None
    assert quotient(Decimal(1), 0) is None


# --- a run as a whole


class Kept:
    """Facts in memory, read as a store reads them; a table that is not there has no rows."""

    def __init__(self, *tables: Table) -> None:
        self.tables = {table.schema.name: table for table in tables}

    def columns(self, schema: Schema, *names: str) -> Mapping[str, NDArray[Any]]:
        table = self.tables.get(schema.name, Table.empty(schema))
        return {name: table[name] for name in names or schema.names}


HOSTS = {
    "small": {"zone": "a", "count": 2, "vcpu": 8, "memory": "32 GB"},
    "large": {
        "zone": "b",
        "count": 1,
        "vcpu": 64,
        "memory": "256 GB",
        "overcommit": {"vcpu": 1.5},
    },
}


def people(**populations: str) -> Table:
    names = list(populations)
    return Table.of(
        USERS,
        user=range(len(names)),
        name=names,
        population=list(populations.values()),
        fleet=["desks"] * len(names),
        cost_center=["x"] * len(names),
        time_zone=["UTC"] * len(names),
        joins=[NEVER] * len(names),
        leaves=[NEVER] * len(names),
    )


def test_hosts_are_numbered_over_the_groups_in_the_order_of_the_file() -> None:
    """Hosts 0 and 1 are the small group, host 2 the large one; 64 vCPU at 1.5 are 96."""
    load = Table.of(
        HOST_LOAD, host=[1, 2], at=[0, 10], desktops=[1, 4], vcpu=[4, 80], memory_gb=[16, 64]
    )
    found = measure(scenario(host_groups=HOSTS), people(), ["windows"], Kept(load)).hosts

    assert [(u.group, u.hosts, u.resource, u.peak.count, u.capacity) for u in found] == [
        ("small", 2, "vcpu", 4, 16),
        ("small", 2, "memory_gb", 16, 64),
        ("small", 2, "desktops", 1, None),
        ("large", 1, "vcpu", 80, 96),
        ("large", 1, "memory_gb", 64, 256),
        ("large", 1, "desktops", 4, None),
    ]


def test_compute_without_hosts_has_no_use_of_hosts() -> None:
    assert measure(scenario(), people(), ["windows"], Kept()).hosts == []


def test_each_population_leaves_by_its_own_rule() -> None:
    """Ann may stay longer after a wait of 50, Bob leaves on time: of 300 he gets 250."""
    populations = {
        "flexible": office_people(),
        "punctual": office_people(session_end="fixed_departure"),
    }
    rows = sessions(
        {"user": 0, **session(100, 150, 450, 300)},
        {"user": 1, **session(100, 150, 400, 300)},
    )

    found = measure(
        scenario(populations),
        people(ann="flexible", bob="punctual"),
        ["windows"],
        Kept(Table(SESSIONS, rows)),
    ).delivered

    assert (found.planned, found.delivered, found.waited) == (600, 550, 100)


def test_operations_count_inside_the_window_by_what_became_of_them() -> None:
    rows = Table.of(
        OPERATIONS,
        at=[-5, 0, 10, 20, 30],
        desktop=[0] * 5,
        user=[0] * 5,
        operation=[OperationKind.RESIZE, *[OperationKind.SWITCH_MODE] * 3, OperationKind.DELETE],
        to=[""] * 5,
        accepted=[True, True, False, False, True],
        cause=[Cause.NONE, Cause.NONE, Cause.WRONG_STATE, Cause.WRONG_STATE, Cause.NONE],
        done=[NEVER] * 5,
        by=[Actor.RULE, Actor.USER, Actor.ADMINISTRATOR, Actor.USER, Actor.RULE],
    )

    found = measure(scenario(), people(), ["windows"], Kept(rows)).operations

    assert [(done.kind, done.accepted, done.refused, done.by) for done in found] == [
        ("delete", 1, {}, {"rule": 1}),
        ("switch-mode", 1, {"wrong-state": 2}, {"administrator": 1, "user": 2}),
    ]


def test_a_run_in_which_nothing_happened_has_measures() -> None:
    found = measure(scenario(), people(), ["windows"], Kept())

    assert found.logon_success.value is None
    assert found.logon_times["total"].count == 0
    assert found.connected.peak == Peak(0, None)
    assert found.running.mean == np.nanmax(found.running.week.mean) == 0
