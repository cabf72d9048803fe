"""The meter and the price book against closed forms, without any engine between them.

Runs of AutoStop desktops are drawn here from the definition of a renewal process, all at once, so
that there are enough of them to hold the hours and the bill to a standard error of 0.15 %. A
rounding that is wrong for one run in a hundred shows at that precision.

Source: `oracles/README.md`, section 1.5, whose items are quoted as (1) to (10).
"""

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.metering import meter
from sim.pricing import Price, PriceBook, price
from sim.record import (
    DESKTOP_TERMS,
    DESKTOPS,
    INSTANCES,
    NEVER,
    OPERATIONS,
    RUNS,
    USER_SESSIONS,
    USERS,
    RunKind,
    RunningMode,
    Table,
)
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, WEEK, Millis
from tests.analytical.agreement import Estimate, mean, named, oracle, require, values
from tests.analytical.situations import Ints, durations

MONTH = 730 * HOUR
WARM_UP = 2 * WEEK
ROUNDINGS = ("continuous", "per_run", "clock_hour")
BASE = "personal/autostop-base/80-10"
HOURS = "personal/autostop-hours/value/windows/included"
MONTHLY = "personal/alwayson-month/value/windows/included/80-10"


class Habit(NamedTuple):
    """How long people work, how often they come back, and when their desktops stop."""

    law: str
    session_h: float
    rate: float
    """Rate of coming back [per hour]."""
    timeout: Millis


def office(rounding: str, horizon: Millis, warm_up: Millis = WARM_UP, **fleet: Any) -> Scenario:
    """A fleet `office` from 1 October, a month of 744 hours."""
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "theory",
            "region": "us-east-1",
            "start": "2026-10-01",
            "horizon": f"{horizon} ms",
            "warm_up": f"{warm_up} ms",
            "prices": {"book": "none.csv"},
            "fleets": {"office": {"bundle": "value", "running_mode": "AutoStop", **fleet}},
            "billing": {"rounding": rounding},
        }
    )


def usage(world: Scenario, runs: Table, count: int) -> Table:
    """What `count` desktops use that were there before the run and do not change."""
    number = np.arange(count)
    names = np.full(count, "office", object)
    mode = {"AlwaysOn": RunningMode.ALWAYS_ON, "AutoStop": RunningMode.AUTO_STOP}
    desktops = Table.of(
        DESKTOPS,
        desktop=number,
        name=names,
        user=number,
        fleet=names,
        zone=names,
        created=np.full(count, world.begin - 30 * DAY),
        deleted=np.full(count, NEVER),
    )
    terms = Table.of(
        DESKTOP_TERMS,
        desktop=number,
        begin=np.full(count, world.begin),
        end=np.full(count, world.end),
        bundle=np.full(count, "value", object),
        root_gb=np.full(count, 80),
        user_gb=np.full(count, 10),
        running_mode=np.full(count, mode[world.fleets["office"].running_mode]),
        created=np.zeros(count, np.bool_),
        deleted=np.zeros(count, np.bool_),
    )
    return meter(
        world,
        Table.empty(USERS),
        desktops=desktops,
        desktop_terms=terms,
        runs=runs,
        instances=Table.empty(INSTANCES),
        user_sessions=Table.empty(USER_SESSIONS),
        operations=Table.empty(OPERATIONS),
    )


def metered_hours(world: Scenario, runs: Table, count: int) -> Estimate:
    """Mean hours of a desktop in the measured time."""
    used = usage(world, runs, count)
    used = used.take(used["charge"] == "autostop-hours")
    return mean(np.bincount(used["desktop"], used["quantity_e10"] / 1e10, count))


def runs_of(desktop: Ints, begin: Ints, end: Ints, until: Millis) -> Table:
    """Runs as an engine would have recorded them: none after the end, and the open ones cut."""
    seen = begin < until
    return Table.of(
        RUNS,
        desktop=desktop[seen],
        begin=begin[seen],
        end=np.minimum(end[seen], until),
        kind=np.full(int(seen.sum()), RunKind.LOGON),
    )


def renewals(random: np.random.Generator, habit: Habit, count: int) -> Table:
    """Runs of `count` desktops over the warm-up and the month, all stopped at its beginning.

    A session that begins less than the timeout after the last one ended continues the run; the
    others begin one, which lasts until the timeout after the last session before the next run.
    """
    length = WARM_UP + MONTH
    expected = length / HOUR / (habit.session_h + 1 / habit.rate)
    shape = count, int(expected + 10 * math.sqrt(expected) + 20)
    gap = durations(random, "exp", 1 / habit.rate, shape[0] * shape[1]).reshape(shape)
    work = durations(random, habit.law, habit.session_h, shape[0] * shape[1]).reshape(shape)
    left = np.cumsum(gap + work, axis=1) - WARM_UP
    assert (left[:, -1] > MONTH).all(), "somebody's sessions do not reach the end"
    starts = gap >= habit.timeout
    starts[:, 0] = True
    ends = np.roll(starts, -1, axis=1)
    ends[:, -1] = True
    desktop = np.broadcast_to(np.arange(count)[:, None], shape)
    return runs_of(desktop[starts], (left - work)[starts], left[ends] + habit.timeout, MONTH)


@pytest.mark.parametrize("row", oracle("autostop_alternating"), ids=named)
def test_hours_of_a_month_in_three_readings(row: dict[str, str]) -> None:
    """Sessions S and exponential gaps of rate a, in steady state; p = exp(-a T).

    (3) 730 (1 - p / (1 + a E[S])) hours in time, (4) started hours by the transform of a run, (5)
    730 (1 - exp(-a (T + 1)) / (1 + a E[S])) hours of the clock. To 0.15 %.
    """
    session, rate = float(row["mean_session_h"]), float(row["reconnect_rate_per_h"])
    habit = Habit(row["session_dist"], session, rate, int(row["T_h"]) * HOUR)
    desktops = round(1_200_000 / (30 + float(row["sessions_per_730h"])))

    def experiment(random: np.random.Generator, longer: int) -> Mapping[str, Estimate]:
        runs = renewals(random, habit, desktops * longer)
        continuous, per_run, clock = (
            metered_hours(office(rounding, MONTH), runs, desktops * longer)
            for rounding in ROUNDINGS
        )
        return {
            "hours_continuous_730": continuous,
            "hours_ceil_per_period_730": per_run,
            "hours_distinct_clock_730": clock,
        }

    names = ["hours_continuous_730", "hours_ceil_per_period_730", "hours_distinct_clock_730"]
    require(experiment, values(row, *names), precision=0.0015)


@pytest.mark.parametrize("row", oracle("autostop_one_session_per_day"), ids=named)
def test_one_session_a_day(row: dict[str, str]) -> None:
    """(10) Each of n days costs T + sum over k >= 0 of P(S > k) started hours, E[S] + T in time
    and, beginning at any minute, E[S] + T + 1 by the clock; the days lie a week apart. To 0.15 %.
    """
    timeout, days = int(row["T_h"]) * HOUR, int(row["days"])
    law, session = row["session_dist"], float(row["mean_session_h"])

    def experiment(random: np.random.Generator, longer: int) -> Mapping[str, Estimate]:
        count = 20_000 * longer
        shape = count, days
        begin = np.arange(days) * WEEK + random.integers(0, HOUR, shape)
        end = begin + durations(random, law, session, count * days).reshape(shape) + timeout
        desktop = np.broadcast_to(np.arange(count)[:, None], shape)
        runs = runs_of(desktop.ravel(), begin.ravel(), end.ravel(), days * WEEK)
        continuous, per_run, clock = (
            metered_hours(office(rounding, days * WEEK, 0), runs, count) for rounding in ROUNDINGS
        )
        return {
            "billed_h_month_ceil": per_run,
            "hours_month_continuous": continuous,
            "hours_month_clock_uniform_phase": clock,
        }

    names = ["billed_h_month_ceil", "hours_month_continuous", "hours_month_clock_uniform_phase"]
    require(experiment, values(row, *names), precision=0.0015)


# -------------------------------------------------------------------------------- break-even


def book(alwayson: str, base: str, hourly: str) -> PriceBook:
    prices = {MONTHLY: alwayson, BASE: base, HOURS: hourly}
    return PriceBook(
        "theory",
        tuple(
            Price(item=item, unit="unit", unit_price=Decimal(value), source="the oracle")
            for item, value in prices.items()
        ),
    )


@pytest.mark.parametrize("row", oracle("breakeven"), ids=named)
def test_break_even_of_one_desktop(row: dict[str, str]) -> None:
    """h* = (M - m) / r: at the last whole hour below it AutoStop is not dearer, one hour on it is.

    The two bills are those of the table to the cent and below.
    """
    prices = row["alwayson_monthly"], row["autostop_base_monthly"], row["autostop_hourly"]
    monthly, base, hourly = map(Fraction, prices)
    exact = (monthly - base) / hourly
    assert float(exact) == pytest.approx(float(row["breakeven_hours"]), rel=1e-11)
    last = int(row["largest_integer_hours_autostop_not_dearer"])
    first = int(row["first_integer_hours_autostop_dearer"])
    assert last <= exact < first == last + 1

    def bill(hours: int, mode: str) -> Decimal:
        world = office("per_run", 31 * DAY, 0, running_mode=mode)
        one = np.array([hours * HOUR], np.int64)
        runs = runs_of(np.zeros(1, np.int64), np.zeros(1, np.int64), one, 31 * DAY)
        amounts = price(usage(world, runs, 1), book(*prices))["amount"]
        return sum(amounts.tolist(), Decimal(0))

    assert bill(last, "AutoStop") == Decimal(row["autostop_cost_at_floor"])
    assert bill(first, "AutoStop") == Decimal(row["autostop_cost_at_next"])
    assert bill(last, "AutoStop") <= bill(last, "AlwaysOn") == monthly < bill(first, "AutoStop")


def started_hours(mean_session: float, rate: float, timeout: int) -> float:
    """Started hours of a desktop in 730 h, for exponential sessions and a timeout in whole hours.

    Source: (4), the case that closes.
    """
    mu, p = 1 / mean_session, math.exp(-rate * timeout)
    root = math.sqrt((rate + mu) ** 2 - 4 * rate * mu * p)
    r1, r2 = (rate + mu + root) / 2, (rate + mu - root) / 2
    share = mu * p * (rate - r1) / (r1 * (r2 - r1))
    cycle = (mean_session + 1 / rate) / p
    fractions = [1 / (1 - math.exp(-r)) - 1 / r for r in (r1, r2)]
    started = cycle - 1 / rate + share * fractions[0] + (1 - share) * fractions[1]
    return 730 * started / cycle


def test_the_closed_form_is_that_of_the_table() -> None:
    for row in oracle("autostop_alternating"):
        if row["session_dist"] == "exp":
            habit = float(row["mean_session_h"]), float(row["reconnect_rate_per_h"])
            expected = float(row["hours_ceil_per_period_730"])
            assert started_hours(*habit, int(row["T_h"])) == pytest.approx(expected, rel=1e-11)


def test_break_even_of_a_habit() -> None:
    """How often must somebody come who works for 2 h for both modes to cost the same?

    The rate at which 730 E[ceil R] / E[C] is h* = (25 - 7.25) / 0.22 = 80.68 hours: then the mean
    of many AutoStop bills is 25, of which a part of 7.25 x 730 / 744 is the base fee of 730 hours,
    and so h* is (25 - that) / 0.22. To 0.15 %.
    """
    base = Fraction("7.25") * Fraction(730, 744)
    wanted = float((25 - base) / Fraction("0.22"))
    low, high = 1e-3, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if started_hours(2, middle, 1) < wanted else (low, middle)
    assert started_hours(2, low, 1) == pytest.approx(wanted, rel=1e-12)
    prices = book("25", "7.25", "0.22")

    def experiment(random: np.random.Generator, longer: int) -> Mapping[str, Estimate]:
        count = 25_000 * longer
        runs = renewals(random, Habit("exp", 2, low, HOUR), count)
        charges = price(usage(office("per_run", MONTH), runs, count), prices)
        amounts = charges["amount"].astype(float)
        return {"bill": mean(np.bincount(charges["desktop"], amounts, count))}

    require(experiment, {"bill": 25.0}, precision=0.0015)
