"""What a pool's run answers, on tables small enough to count by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.metering.held import held_spans
from sim.record import (
    INSTANCES,
    LAUNCH_FAILURES,
    LOGONS,
    NEVER,
    POOL_CAPACITY,
    SCALING,
    SESSIONS,
    USER_SESSIONS,
    USERS,
    Cause,
    Outcome,
    ScalingSource,
    Schema,
    SessionOutcome,
    Table,
)
from sim.scenario.schema import Scenario
from sim.study.capacity import Capacity, InstanceTime, instance_time
from sim.study.cloudwatch import METRICS, POOL_SLOT, Periods, pool_metrics
from sim.study.concurrency import Instants, Peak, Steps
from sim.study.days import SLICES, average_day, worst_day
from sim.study.fleets import of_logons, of_sessions
from sim.study.measures import Ratio, running_instances
from sim.study.pools import always_on
from sim.study.run import Measures, measure
from sim.units import DAY, HOUR, MINUTE, Calendar
from tests.offices import people
from tests.offices import scenario as office

END = 1000
MONDAY = datetime(2026, 9, 7, tzinfo=UTC)

ZERO: dict[str, Any] = {"available": 0, "used": NEVER, "terminated": NEVER, "connected": NEVER}
"""What a row leaves out is 0, or an instant that did not come."""


def table(schema: Schema, *rows: Mapping[str, Any]) -> Table:
    """A table of rows of which only the cells that matter are given."""
    full = [dict.fromkeys(schema.names, 0) | _missing(schema) | dict(row) for row in rows]
    return Table.of(schema, **{name: [row[name] for row in full] for name in schema.names})


def _missing(schema: Schema) -> dict[str, Any]:
    return {name: value for name, value in ZERO.items() if name in schema.names}


def levels(*rows: Sequence[int], pool: int = 0) -> Mapping[str, NDArray[Any]]:
    """`pool_capacity`: instant, desired, actual, active, and people in line where there are any."""
    return table(
        POOL_CAPACITY,
        *(
            {
                "pool": pool,
                "at": at,
                "desired": desired,
                "actual": actual,
                "pending": desired - actual,
                "active": active,
                "waiting": waiting[0] if waiting else 0,
            }
            for at, desired, actual, active, *waiting in rows
        ),
    ).columns


def array(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


# --- capacity


def test_levels_hold_until_the_next_row_and_those_of_the_warm_up_until_the_start() -> None:
    """From -500 on 3, from -100 on 4, from 200 on 6; a row at 300 changes nothing."""
    rows = levels((-500, 3, 3, 0), (-100, 4, 4, 1), (200, 6, 4, 2), (300, 6, 4, 2), (1000, 9, 9, 9))
    capacity = Capacity.of(rows, 0, END)

    assert capacity.desired.at.tolist() == [0, 200]
    assert capacity.desired.level.tolist() == [4, 6]
    # (200 x 4 + 800 x 6) / 1000
    assert capacity.desired.mean() == 5.6
    assert capacity.actual.peak() == Peak(4, 0)
    assert capacity.active.peak() == Peak(2, 200)


def test_rows_of_other_pools_are_other_pools() -> None:
    both = {
        name: np.concatenate([one, two])
        for (name, one), two in zip(
            levels((0, 5, 5, 1)).items(), levels((0, 7, 7, 2), pool=1).values(), strict=True
        )
    }
    assert Capacity.of(both, 0, END).actual.peak().count == 5
    assert Capacity.of(both, 1, END).actual.peak().count == 7
    assert Capacity.of(both, 2, END).actual.peak() == Peak(0, None)


def test_utilisation_weighs_capacity_and_not_minutes() -> None:
    """One of one held for 900 ms, none of 9 for 100 ms: 900 / (900 + 900) is one half.

    The mean of the percentages would be (900 x 100 % + 100 x 0 %) / 1000 = 90 %.
    """
    assert Capacity.of(levels((0, 1, 1, 1), (900, 9, 9, 0)), 0, END).utilization() == 0.5
    assert Capacity.of(levels((0, 3, 0, 0)), 0, END).utilization() is None


def test_utilisation_by_hour_is_over_all_weeks() -> None:
    """Two Mondays at 09:00: 6 of 10, then 2 of 30. Together 8 / 40 of the capacity of that hour."""
    week = 7 * DAY
    rows = levels(
        (0, 0, 0, 0),
        (9 * HOUR, 10, 10, 6),
        (10 * HOUR, 0, 0, 0),
        (week + 9 * HOUR, 30, 30, 2),
        (week + 10 * HOUR, 0, 0, 0),
    )
    used = Capacity.of(rows, 0, 2 * week).utilization_by_hour(MONDAY)

    assert len(used) == 168
    assert used[9] == 0.2
    assert used[:9] == [None] * 9
    assert used[10:] == [None] * 158


def test_an_hour_of_the_week_counts_from_monday_whatever_the_start() -> None:
    """From Tuesday 22:30 for an hour: the half before 23:00 all held, the half after not at all."""
    rows = levels((0, 4, 4, 4), (30 * MINUTE, 4, 4, 0))
    used = Capacity.of(rows, 0, HOUR).utilization_by_hour(datetime(2026, 9, 8, 22, 30, tzinfo=UTC))

    assert {hour: share for hour, share in enumerate(used) if share is not None} == {
        24 + 22: 1.0,
        24 + 23: 0.0,
    }


# --- instances


def instances(*rows: Mapping[str, Any]) -> Mapping[str, NDArray[Any]]:
    return table(INSTANCES, *rows).columns


def held(*rows: tuple[int, int, int], pool: int = 0) -> Mapping[str, NDArray[Any]]:
    """`user_sessions`: instance, begin, end."""
    return table(
        USER_SESSIONS,
        *({"pool": pool, "instance": i, "begin": begin, "end": end} for i, begin, end in rows),
    ).columns


def test_an_instance_is_idle_while_nobody_is_on_it() -> None:
    """There for 100 to 700 = 600, held 200 to 450 = 250: 350 idle. Another never got there."""
    there = instances(
        {"instance": 0, "available": 100, "terminated": 700},
        {"instance": 1, "available": NEVER, "terminated": 300},
    )
    assert instance_time(there, held((0, 200, 450)), 0, END) == InstanceTime(600, 350)


def test_users_of_one_instance_hold_it_once() -> None:
    """[100, 300) and [200, 500) overlap, [500, 600) joins on, [800, ...) goes on past the end.

    Held 100 to 600 and 800 to 1000: 700 of 1000.
    """
    there = instances({"instance": 4, "available": -50})
    users = held((4, 200, 500), (4, 100, 300), (4, 500, 600), (4, 800, NEVER))

    assert instance_time(there, users, 0, END) == InstanceTime(1000, 300)


def test_time_is_that_inside_the_window() -> None:
    """There from -400 to 50, held from -100 to 20: 50 inside, of which 30 idle."""
    there = instances({"available": -400, "terminated": 50})
    assert instance_time(there, held((0, -100, 20)), 0, END) == InstanceTime(50, 30)
    assert instance_time(instances(), held(), 0, END) == InstanceTime(0, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, 30))))
def test_spans_laid_together_hold_the_same_instants(rows: list[tuple[int, int, int]]) -> None:
    number = array(*(instance for instance, _, _ in rows))
    begin = array(*(at for _, at, _ in rows))
    end = begin + array(*(length for _, _, length in rows))
    counted = sum(
        len(
            {t for i, b, e in zip(number, begin, end, strict=True) if i == one for t in range(b, e)}
        )
        for one in range(4)
    )

    _, first, last = held_spans(number, begin, end)

    assert (last - first).sum() == counted


def test_alwayson_instances_run_from_available_and_autostop_ones_from_their_first_use() -> None:
    """Pool 0 is AlwaysOn: 100 to 400, though used from 300. Pool 1 AutoStop: 300 to the end."""
    rows = instances(
        {"pool": 0, "available": 100, "used": 300, "terminated": 400},
        {"pool": 1, "available": 100, "used": 300},
        {"pool": 1, "available": 100, "terminated": 900},
        {"pool": 0, "available": NEVER, "terminated": 200},
    )
    steps = running_instances(rows, np.array([True, False]), END)

    assert steps.peak() == Peak(2, 300)
    # 300 + 700
    assert steps.mean() == 1.0


def test_two_step_functions_add_up() -> None:
    both = Steps(array(0, 200), array(1, 5), END) + Steps(array(0, 200, 600), array(2, 0, 7), END)

    assert both.at.tolist() == [0, 200, 600]
    assert both.level.tolist() == [3, 5, 12]


# --- people


def test_refusals_are_shares_of_attempts_and_of_people() -> None:
    """Ann (0) is refused twice and gets in, Bob (1) gets in, Eve (2) is still trying.

    Of 4 attempts that came to an end 2 were refused; of 3 people 1. The refusal before the start
    does not count.
    """
    refused = {"outcome": Outcome.REFUSED, "cause": Cause.NO_POOL_CAPACITY}
    found = of_logons(
        table(
            LOGONS,
            {"user": 1, "arrival": -5, "done": -4, **refused},
            {"user": 0, "arrival": 100, "done": 101, **refused},
            {"user": 0, "arrival": 200, "done": 201, **refused},
            {"user": 0, "arrival": 300, "done": 340, "desktop_wait": 30},
            {"user": 1, "arrival": 100, "done": 110},
            {"user": 2, "arrival": 990, "done": NEVER, "outcome": Outcome.OPEN},
        ).columns,
        END,
    )

    assert found["refused"] == Ratio(2, 4)
    assert found["refused_people"] == Ratio(1, 3)
    assert found["refused_causes"] == {"no-pool-capacity": 2}
    assert found["refused_at"].tolist() == [-4, 101, 201]
    assert (found["in_line"].count, found["in_line"].took) == (2, 1)


def test_who_leaves_the_line_is_turned_away_too() -> None:
    """At 150 patience ends, at 170 the shift. A desktop taken away is another matter."""
    gave_up = {"arrival": 100, "outcome": Outcome.ABANDONED}
    found = of_logons(
        table(
            LOGONS,
            {**gave_up, "done": 170, "desktop_wait": 70, "cause": Cause.DEPARTURE},
            {**gave_up, "done": 150, "desktop_wait": 50, "cause": Cause.PATIENCE},
            {**gave_up, "done": 160, "cause": Cause.OPERATION},
            {
                "arrival": 100,
                "done": 120,
                "outcome": Outcome.REFUSED,
                "cause": Cause.DESKTOP_MISSING,
            },
        ).columns,
        END,
    )
    assert found["turned_away"].tolist() == [150, 170]
    assert found["refused_at"].tolist() == []


def test_who_has_a_place_is_not_turned_away_by_the_end_of_the_shift() -> None:
    """The shift ends at 170. One is in line for the directory, one's instance starts, the settings
    of one are fetched; after 20 in line one's stream connects, and one logs on without a stream."""
    left = {"arrival": 100, "done": 170, "outcome": Outcome.ABANDONED, "cause": Cause.DEPARTURE}
    found = of_logons(
        table(
            LOGONS,
            {**left, "directory_wait": 70},
            {**left, "start": 70},
            {**left, "profile": 70},
            {**left, "desktop_wait": 20, "streaming": 50},
            {**left, "desktop_wait": 20, "os_logon": 50},
        ).columns,
        END,
    )
    assert found["turned_away"].tolist() == []


def test_people_who_give_up_are_counted_once() -> None:
    """Ann (0) gives up twice and gets in once, Bob (1) gets in: 2 of 4 sessions, 1 of 2 people."""
    gave_up = {"outcome": SessionOutcome.ABANDONED, "cause": Cause.PATIENCE, "ended": NEVER}
    found = of_sessions(
        table(
            SESSIONS,
            {"user": 0, "arrival": 10, **gave_up},
            {"user": 0, "arrival": 20, **gave_up},
            {"user": 0, "arrival": 30, "connected": 90, "ended": 200},
            {"user": 1, "arrival": 30, "connected": 70, "ended": 200},
            {"user": 1, "arrival": 999, "outcome": SessionOutcome.OPEN, "ended": NEVER},
        ).columns,
        END,
    )

    assert found["abandoned"] == Ratio(2, 4)
    assert found["gave_up"] == Ratio(1, 2)
    assert found["wait"].percentiles == {50: 40, 95: 60, 99: 60}


# --- days


def singapore(**settings: Any) -> Scenario:
    return office(pools={"desk": POOL}, **settings)


POOL: dict[str, Any] = {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 10}


def test_the_average_day_is_by_the_clock_of_the_people() -> None:
    """2026-09-01 to 05 UTC is from 08:00 to 08:00 in Singapore: three whole days there.

    From 09:00 to 10:00 local time 1, 2 and 3 users are active. The busiest day has 3 user-hours,
    and two days have 1.5 at least: a mean of 2.5, from 2 to 3.
    """
    nine = 25 * HOUR  # 09:00 in Singapore on the 2nd is 01:00 UTC
    rows = [(0, 5, 5, 0)]
    for day in range(3):
        rows += [(nine + day * DAY, 5, 4, day + 1), (nine + HOUR + day * DAY, 5, 5, 0)]
    capacity = Capacity.of(levels(*rows), 0, 4 * DAY)

    found = average_day(singapore(horizon="4 d"), capacity, "Asia/Singapore")

    assert found is not None
    assert (found.days, found.of) == (2, 3)
    begins = found.active.edges[:-1]
    nine_to_ten = (begins >= 9) & (begins < 10)
    assert nine_to_ten.sum() == 12
    assert set(found.active.level[nine_to_ten]) == {2.5}
    assert set(found.active_low[nine_to_ten]) == {2.0}
    assert set(found.active_high[nine_to_ten]) == {3.0}
    assert set(found.actual.level[nine_to_ten]) == {4.0}
    assert not found.active.level[~nine_to_ten].any()
    assert set(found.desired.level) == {5.0}


def test_without_a_whole_day_there_is_no_average_one() -> None:
    capacity = Capacity.of(levels((0, 5, 5, 5)), 0, DAY)
    assert average_day(singapore(horizon="1 d"), capacity, "Asia/Singapore") is None


def test_a_day_on_which_clocks_change_is_no_day() -> None:
    """On 2026-10-25 Berlin has 25 hours: of the 24th to the 26th two are left."""
    scenario = singapore(start="2026-10-23T22:00:00Z", horizon="73 h")
    capacity = Capacity.of(levels((0, 5, 5, 5)), 0, 73 * HOUR)

    found = average_day(scenario, capacity, "Europe/Berlin")

    assert found is not None
    assert (found.days, found.of) == (2, 2)


def test_the_worst_day_is_the_one_with_most_people_turned_away() -> None:
    """One on the 1st, two on the 2nd at 09:02 and 09:04, though the 3rd is fuller."""
    rows = levels(
        (0, 4, 4, 0),
        (DAY + 9 * HOUR, 6, 4, 4),
        (DAY + 9 * HOUR + 15 * MINUTE, 6, 6, 4),
        (2 * DAY, 9, 9, 9),
    )
    turned = array(9 * HOUR, DAY + 9 * HOUR + 2 * MINUTE, DAY + 9 * HOUR + 4 * MINUTE, 3 * DAY + 1)
    found = worst_day(singapore(horizon="3 d"), Capacity.of(rows, 0, 3 * DAY), turned, "UTC")

    assert found is not None
    assert found.date == "2026-09-02"
    assert found.actual.edges.tolist() == [0.0, 9.25, 24.0]
    assert found.actual.level.tolist() == [4, 6]
    assert found.desired.edges.tolist() == [0.0, 9.0, 24.0]
    assert found.turned_away[9 * 12] == found.turned_away.sum() == 2
    assert len(found.turned_away) == SLICES == 288


def test_where_nobody_is_turned_away_the_worst_day_is_the_fullest() -> None:
    rows = levels((0, 4, 4, 1), (DAY, 4, 4, 3), (2 * DAY, 4, 4, 2))
    found = worst_day(singapore(horizon="3 d"), Capacity.of(rows, 0, 3 * DAY), array(), "UTC")

    assert found is not None
    assert (found.date, found.turned_away.sum()) == ("2026-09-02", 0)


def test_of_a_day_that_is_not_all_measured_the_measured_part_is_drawn() -> None:
    """One day from 00:00 UTC is 08:00 to 24:00 in Singapore, and 00:00 to 08:00 of the next."""
    capacity = Capacity.of(levels((0, 4, 4, 1), (HOUR, 4, 4, 3)), 0, DAY)
    found = worst_day(singapore(horizon="1 d"), capacity, array(), "Asia/Singapore")

    assert found is not None
    assert found.active.edges.tolist() == [8.0, 9.0, 24.0]


def test_of_very_many_steps_the_highest_of_each_minute_is_kept() -> None:
    """A level that goes up and down every 10 s between 0 and 1 is 1 in every minute."""
    rows = levels(*((at, 2, 2, at // 10_000 % 2) for at in range(0, DAY, 10_000)))
    found = worst_day(singapore(horizon="1 d"), Capacity.of(rows, 0, DAY), array(), "UTC")

    assert found is not None
    assert len(found.active.level) == 24 * 60
    assert set(found.active.level) == {1}


# --- CloudWatch


def minutes(start: datetime, end: int) -> Instants:
    return Periods.of(Calendar(start), 0, end, POOL_SLOT, POOL_SLOT).slots


def test_the_value_of_a_minute_is_the_level_just_before_its_end() -> None:
    """At 59.999 s the second is active, at 60 s exactly the third: the first minute has two."""
    rows = levels((0, 4, 4, 1), (59_999, 5, 4, 2), (60_000, 5, 5, 3))
    minute = minutes(MONDAY, 2 * MINUTE)
    found = pool_metrics(rows, 0, array(0, 59_999, 60_000), minute, 2 * MINUTE)

    assert minute.tolist() == [0, 60_000]
    assert {name: values.tolist() for name, values in found.items()} == {
        "ActiveUserSessionCapacity": [2, 3],
        "ActualUserSessionCapacity": [4, 5],
        "AvailableUserSessionCapacity": [2, 2],
        "PendingUserSessionCapacity": [1, 0],
        "DesiredUserSessionCapacity": [5, 5],
        "UserSessionsCapacityUtilization": [50.0, 60.0],
        "InsufficientCapacityError": [2, 1],
    }
    assert tuple(found) == METRICS


def test_without_capacity_there_is_no_utilisation() -> None:
    found = pool_metrics(levels((0, 2, 0, 0)), 0, array(), array(0), MINUTE)
    assert np.isnan(found["UserSessionsCapacityUtilization"]).all()


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (MONDAY, 3 * MINUTE - 1, [0, 60_000]),  # the third minute is not over
        (MONDAY.replace(second=20), 3 * MINUTE, [40_000, 100_000]),  # from 00:01:00 on
        (MONDAY, MINUTE - 1, []),
    ],
)
def test_minutes_are_whole_ones_of_the_clock(
    start: datetime, end: int, expected: list[int]
) -> None:
    assert minutes(start, end).tolist() == expected


# --- a run as a whole


class Kept:
    """Facts in memory, read as a store reads them; a table that is not there has no rows."""

    def __init__(self, *tables: Table) -> None:
        self.tables = {table.schema.name: table for table in tables}

    def columns(self, schema: Schema, *names: str) -> Mapping[str, NDArray[Any]]:
        found = self.tables.get(schema.name, Table.empty(schema))
        return {name: found[name] for name in names or schema.names}


def users(*fleets: str, joins: int = NEVER) -> Table:
    return table(
        USERS,
        *(
            {
                "user": number,
                "name": f"p-{number}",
                "population": "office",
                "fleet": fleet,
                "cost_center": "x",
                "time_zone": "Asia/Singapore" if fleet == "lab" else "UTC",
                "joins": joins,
                "leaves": NEVER,
            }
            for number, fleet in enumerate(fleets)
        ),
    )


TWO_POOLS = {"calls": {**POOL, "running_mode": "AutoStop"}, "lab": {**POOL, "admission": "queue"}}


def measured(*tables: Table) -> Measures:
    """Ann has a desktop of her own, Bob and Cid share `calls`, Eve is in `lab`."""
    scenario = office({"office": people()}, pools=TWO_POOLS, horizon={"months": 2})
    return measure(scenario, users("desks", "calls", "calls", "lab"), ["windows"], Kept(*tables))


def test_fleets_come_before_pools_each_with_its_own_people() -> None:
    found = measured(
        table(
            LOGONS,
            {"user": 1, "outcome": Outcome.REFUSED, "cause": Cause.NO_POOL_CAPACITY},
            {"user": 0},
            {"user": 3},
        )
    ).fleets

    assert [(f.fleet, f.pooled, f.users, f.user_months) for f in found] == [
        ("desks", False, 1, 2),
        ("calls", True, 2, 4),
        ("lab", True, 1, 2),
    ]
    assert [f.refused for f in found] == [Ratio(0, 1), Ratio(1, 1), Ratio(0, 1)]


def test_a_user_counts_in_the_months_in_which_they_are_there() -> None:
    """Who joins on 2026-10-01 00:00 was not there in September."""
    scenario = office({"office": people()}, horizon={"months": 2})
    october = scenario.calendar.month_at(0).end
    found = measure(scenario, users("desks", joins=october), ["windows"], Kept()).fleets

    assert [(f.users, f.user_months) for f in found] == [(1, 1)]


def test_each_pool_has_its_own_capacity_and_the_clock_of_its_people() -> None:
    both = [levels((0, 4, 2, 1)), levels((0, 8, 8, 2, 3), pool=1)]
    capacity = {name: np.concatenate([one[name] for one in both]) for name in both[0]}
    found = measured(
        Table(POOL_CAPACITY, capacity),
        table(
            LAUNCH_FAILURES,
            {"pool": 0, "at": 5, "instances": 3, "cause": Cause.NO_ADDRESS},
            {"pool": 0, "at": -5, "instances": 3, "cause": Cause.NO_ADDRESS},
        ),
        table(
            SCALING,
            {"pool": 1, "at": 5, "source": ScalingSource.STEP},
            {"pool": 1, "at": 6, "source": ScalingSource.STEP},
            {"pool": 0, "at": 7, "source": ScalingSource.EDIT},
        ),
    ).pools

    assert [(p.pool, p.queues, p.time_zone) for p in found] == [
        ("calls", False, "UTC"),
        ("lab", True, "Asia/Singapore"),
    ]
    assert [p.utilization for p in found] == [0.5, 0.25]
    assert [(p.desired.mean, p.waiting.peak.count) for p in found] == [(4.0, 0), (8.0, 3)]
    assert [p.launch_failures for p in found] == [{"no-address": 1}, {}]
    assert [p.scaling for p in found] == [{"edit": 1}, {"step": 2}]


def test_running_counts_instances_beside_desktops() -> None:
    """An AlwaysOn instance is on for all of the time, an AutoStop one is never used."""
    found = measured(
        table(INSTANCES, {"pool": 1, "available": -5}, {"pool": 0, "available": -5})
    ).running

    assert found.peak == Peak(1, 0)
    assert found.mean == 1.0


def test_the_running_mode_of_each_pool_by_its_number() -> None:
    assert always_on(office({"office": people()}, pools=TWO_POOLS)).tolist() == [False, True]
    assert always_on(office()).tolist() == []
