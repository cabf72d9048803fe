"""Laws of growth, planned headcounts and seasons: exact on their dates, monotone, and local."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.record import NEVER, Table
from sim.scenario.schema import Scenario
from sim.scenario.workload import MONTHS
from sim.units import DAY
from sim.workload import make_users, make_workload
from tests.offices import people, scenario

START = date(2026, 2, 20)
ZONES = st.sampled_from(["UTC", "Pacific/Auckland", "America/New_York"])
RATES = st.sampled_from([0, 0.7, 5, 30])
GROWTH = st.integers(-400, 400).map(lambda tenths: tenths / 10)
PLANS = st.dictionaries(
    st.integers(0, 110).map(lambda day: START + timedelta(days=day)), st.integers(0, 40), max_size=4
)


def office(days: int = 100, **changes: Any) -> Scenario:
    """People from 20 February 2026 on."""
    return scenario({"office": people(**changes)}, start=f"{START}", horizon=f"{days} d")


def there(users: Table, instants: Any) -> Any:
    """How many are there just after each instant."""
    joins = np.where(users["joins"] == NEVER, -DAY, users["joins"])
    leaves = np.where(users["leaves"] == NEVER, 10_000 * DAY, users["leaves"])
    return [int(((joins <= at) & (leaves > at)).sum()) for at in instants]


@given(PLANS, st.integers(0, 40), st.tuples(RATES, RATES), GROWTH, ZONES)
@settings(max_examples=80)
def test_a_headcount_is_reached_to_the_person(
    plan: dict[date, int], count: int, rates: tuple[float, float], growth: float, zone: str
) -> None:
    spec = office(
        users=count,
        joiners_per_month=rates[0],
        leavers_per_month=rates[1],
        growth_per_month=f"{growth} %",
        headcount={f"{day}": number for day, number in plan.items()},
        time_zone=zone,
    )
    users = make_users(spec)

    for day, number in plan.items():
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        at = spec.calendar.millis(midnight)
        if spec.begin <= at < spec.end:
            assert there(users, [at]) == [number]
    gone = users["leaves"] != NEVER
    assert (users["leaves"][gone] > users["joins"][gone]).all()


@given(st.integers(0, 60), RATES, RATES, GROWTH, st.integers(0, 300))
@settings(max_examples=60)
def test_more_growth_is_never_fewer_people(
    count: int, join: float, leave: float, growth: float, more: int
) -> None:
    days = [day * DAY for day in range(100)]
    less, other = (
        there(
            make_users(
                office(
                    users=count,
                    joiners_per_month=join,
                    leavers_per_month=leave,
                    growth_per_month=f"{rate:.1f} %",
                )
            ),
            days,
        )
        for rate in (growth, min(100, growth + more / 10))
    )
    assert all(one <= two for one, two in zip(less, other, strict=True))


@given(PLANS, RATES, RATES, GROWTH, st.integers(10, 90))
@settings(max_examples=60)
def test_a_longer_horizon_renames_nobody(
    plan: dict[date, int], join: float, leave: float, growth: float, days: int
) -> None:
    changes: dict[str, Any] = {
        "users": 20,
        "joiners_per_month": join,
        "leavers_per_month": leave,
        "growth_per_month": f"{growth} %",
        "headcount": {f"{day}": number for day, number in plan.items()},
    }
    short, long = make_users(office(days, **changes)), make_users(office(**changes))
    end = days * DAY

    assert np.array_equal(long["joins"][: len(short)], short["joins"])
    assert (long["joins"][len(short) :] >= end).all()
    left = long["leaves"][: len(short)]
    assert np.array_equal(np.where(left < end, left, NEVER), short["leaves"])


FACTORS = st.dictionaries(st.sampled_from(MONTHS[1:5]), st.integers(0, 150), max_size=4)


def sessions(attendance: int, factors: dict[str, int], **changes: Any) -> Any:
    """User, arrival and local month of all sessions."""
    spec = office(
        users=5,
        attendance=f"{attendance} %",
        attendance_by_month={month: f"{factor} %" for month, factor in factors.items()},
        overlap="wait",
        **changes,
    )
    plan = make_workload(spec).plan
    zone = ZoneInfo(str(changes.get("time_zone", "UTC")))
    months = [spec.calendar.instant(int(at)).astimezone(zone).month for at in plan["arrival"]]
    return list(zip(plan["user"].tolist(), plan["arrival"].tolist(), months, strict=True))


@given(st.sampled_from([60, 85, 100]), FACTORS, ZONES)
@settings(max_examples=40)
def test_nobody_works_in_a_month_of_nobody_and_other_months_do_not_notice(
    attendance: int, factors: dict[str, int], zone: str
) -> None:
    always = sessions(attendance, {}, time_zone=zone)
    seasonal = sessions(attendance, factors, time_zone=zone)
    numbers = {MONTHS.index(month) + 1: factor for month, factor in factors.items()}

    empty = {month for month, factor in numbers.items() if factor == 0}
    assert not [row for row in seasonal if row[2] in empty]
    same = [row for row in always if numbers.get(row[2], 100) == 100]
    assert same == [row for row in seasonal if numbers.get(row[2], 100) == 100]


@given(st.sampled_from([60, 85, 100]), FACTORS, st.integers(0, 60), st.booleans())
@settings(max_examples=40)
def test_a_higher_factor_takes_no_session_away(
    attendance: int, factors: dict[str, int], more: int, profile: bool
) -> None:
    kind = {"shift": None, "weekly_profile": {"hourly": [0.05] * 168}} if profile else {}
    fewer = sessions(attendance, factors, **kind)
    raised = {month: factor + more for month, factor in factors.items()}

    assert set(fewer) <= set(sessions(attendance, raised, **kind))


@given(st.sampled_from([60, 85, 100]), st.integers(0, 5))
@settings(max_examples=10)
def test_what_says_nothing_changes_nothing(attendance: int, count: int) -> None:
    plain = office(users=count, attendance=f"{attendance} %", joiners_per_month=3)
    silent = office(
        users=count,
        attendance=f"{attendance} %",
        joiners_per_month=3,
        attendance_by_month=dict.fromkeys(MONTHS, "100 %"),
        growth_per_month="0 %",
        headcount={"2020-01-01": 5},
    )
    one, other = make_workload(plain), make_workload(silent)

    for table, same in ((one.users, other.users), (one.plan, other.plan)):
        assert all(np.array_equal(table[name], same[name]) for name in table.schema.names)
