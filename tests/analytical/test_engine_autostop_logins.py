"""AutoStop with logins from outside: several devices, hours of the week, one session a day.

Logins that come as a Poisson process, whether or not an earlier one still works, make a desktop
the busy server of an M/G/infinity queue: it is on while any login was at most S + T ago. The
plan holds the union of what overlaps, which is all a desktop can see.

Source: `oracles/README.md`, section 1.5, whose items are quoted as (6), (7) and (10).
"""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.record import RUNS, Table
from sim.units import DAY, HOUR, WEEK, Millis
from tests.analytical import recursions
from tests.analytical.agreement import Estimate, mean, named, oracle, ratio, require, values
from tests.analytical.autostop import (
    MONTH,
    Paths,
    assert_same,
    billed,
    logons_and_resumes,
    office,
    simulated,
)
from tests.analytical.recursions import Visit
from tests.analytical.situations import Ints, durations

HOURS_OF_WEEK = 168


def overlapped(owner: Ints, login: Ints, work: Ints, count: int, timeout: Millis) -> Paths:
    """Unions of the work and of what keeps the desktop on, from logins sorted by owner and time."""
    bounds = np.searchsorted(owner, np.arange(count + 1)).tolist()
    begins, ends = login.tolist(), (login + work).tolist()
    visits, spans = [], []
    for first, last in pairwise(bounds):
        pairs = list(zip(begins[first:last], ends[first:last], strict=True))
        spans.append(recursions.union((on, off + timeout) for on, off in pairs))
        resumes = {on for on, _ in spans[-1]}
        joined = recursions.union(pairs)
        visits.append([Visit(on, on, off, on in resumes) for on, off in joined])
    return Paths(visits, spans)


def in_order(owner: Ints, login: Ints) -> tuple[Ints, Ints]:
    order = np.lexsort([login, owner])
    return owner[order], login[order]


@pytest.mark.parametrize("row", oracle("autostop_overlapping_mginf"), ids=named)
def test_logins_of_several_devices(row: dict[str, str]) -> None:
    """The system: logins at rate a, each of which works for S; 730 h in steady state.

    (6) 730 (1 - exp(-a (E[S] + T))) running hours, 730 a exp(-a (E[S] + T)) resumes, started hours
    by the Takacs transform; clock hours with T + 1 for T. A Poisson login sees what time sees:
    the part of logins that resume the desktop is the part of time for which it is stopped.
    Proved to 0.4 % of each. Source: `autostop_overlapping_mginf.csv`.
    """
    rate, timeout = float(row["login_rate_per_h"]), int(row["T_h"]) * HOUR
    world = office(timeout=timeout)

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        count = 1_500 * longer
        logins = random.poisson(rate * (world.end - world.begin) / HOUR, count)
        at = random.integers(world.begin, world.end, logins.sum())
        owner, login = in_order(np.repeat(np.arange(count), logins), at)
        work = durations(random, row["session_dist"], float(row["mean_session_h"]), len(at))
        paths = overlapped(owner, login, work, count, timeout)
        store = simulated(world, paths)
        assert_same(world, store, paths)
        _, resumes = logons_and_resumes(store, count)
        measured = np.bincount(owner[login >= 0], minlength=count)
        continuous = billed(world, store, paths, "continuous") / HOUR
        return {
            "hours_continuous_730": mean(continuous),
            "hours_ceil_730": mean(billed(world, store, paths, "per_run") / HOUR),
            "hours_distinct_clock_730": mean(billed(world, store, paths, "clock_hour") / HOUR),
            "resumes_730": mean(resumes),
            "E_logins_per_period": ratio(measured, resumes),
            "stopped at login": ratio(resumes, measured),
        }

    theory = values(row, "hours_continuous_730", "hours_ceil_730", "hours_distinct_clock_730")
    theory |= values(row, "resumes_730", "E_logins_per_period")
    stopped = 1 - float(row["hours_continuous_730"]) * HOUR / MONTH
    require(experiment, theory | {"stopped at login": stopped})


WEEKLY = oracle("autostop_nhpp_weekly_clock_hours")[:HOURS_OF_WEEK]
OFFICE_HOURS = [24 * day + hour for day in range(5) for hour in range(9, 17)]
RUSH_HOURS = [24 * day + hour for day in range(5) for hour in (9, 13)]


def hours_touched(runs: Table, count: int, weeks: int) -> NDArray[np.bool_]:
    """Whether a desktop was on in an hour of the week; shape (desktops, weeks, 168)."""
    changes = np.zeros((count, weeks * HOURS_OF_WEEK + 1), dtype=np.int64)
    runs = runs.take(runs["end"] > 0)
    np.add.at(changes, (runs["desktop"], np.maximum(runs["begin"] // HOUR, 0)), 1)
    np.add.at(changes, (runs["desktop"], -(-runs["end"] // HOUR)), -1)
    touched: NDArray[np.bool_] = np.cumsum(changes, axis=1)[:, :-1] > 0
    return touched.reshape(count, weeks, HOURS_OF_WEEK)


@pytest.mark.parametrize(
    ("law", "session", "timeout"), [("exp", 2, 1), ("lognormal:0.9", 2.5, 1), ("exp", 2, 4)]
)
def test_clock_hours_of_a_week(law: str, session: float, timeout: int) -> None:
    """The system: logins at a rate that follows the hour of the week; two weeks after a first one.

    (7) clock hour k is billed with probability 1 - exp(-(m(k) + A(k))): m(k) is the mean number of
    logins that keep the desktop on at its beginning, A(k) the mean number within it. Proved to
    0.4 % for the whole week, for nine to five, and for the hours from 09 and 13.
    Source: `autostop_nhpp_weekly_clock_hours.csv`.
    """
    world = office(timeout=timeout * HOUR, horizon=2 * WEEK, warm_up=WEEK)
    rates = np.array([float(row["login_rate_per_h"]) for row in WEEKLY])
    likely = np.array(
        [float(row[f"p_hour_billed[{law},{session:g}h,T={timeout}]"]) for row in WEEKLY]
    )

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        count = 6_000 * longer
        logins = random.poisson(np.tile(rates, 3), (count, 3 * HOURS_OF_WEEK))
        hour = np.repeat(np.tile(np.arange(3 * HOURS_OF_WEEK), count), logins.ravel())
        at = world.begin + hour * HOUR + random.integers(0, HOUR, len(hour))
        owner, login = in_order(np.repeat(np.arange(count), logins.sum(axis=1)), at)
        work = durations(random, law, session, len(at))
        paths = overlapped(owner, login, work, count, timeout * HOUR)
        store = simulated(world, paths)
        assert_same(world, store, paths)
        touched = hours_touched(store.table(RUNS), count, 2)
        metered = billed(world, store, paths, "clock_hour")
        assert (touched.sum(axis=(1, 2)) * HOUR == metered).all()
        a_week = touched.mean(axis=1)
        return {
            "week": mean(a_week.sum(axis=1)),
            "nine to five": mean(a_week[:, OFFICE_HOURS].sum(axis=1)),
            "rush": mean(a_week[:, RUSH_HOURS].sum(axis=1)),
        }

    theory = {"week": likely, "nine to five": likely[OFFICE_HOURS], "rush": likely[RUSH_HOURS]}
    require(experiment, {name: float(part.sum()) for name, part in theory.items()})


@pytest.mark.parametrize("row", oracle("autostop_one_session_per_day"), ids=named)
def test_one_session_a_day(row: dict[str, str]) -> None:
    """The system: a session on each working day of a month, begun at any minute of an hour.

    (10) each day costs T hours and E[ceil S] = sum over k >= 0 of P(S > k); by the clock
    E[S] + T + 1, as time E[S] + T. The days lie a week apart here, so that none runs into the next.
    Proved to 0.4 % of each. Source: `autostop_one_session_per_day.csv`.
    """
    timeout, days, session = int(row["T_h"]) * HOUR, int(row["days"]), float(row["mean_session_h"])
    world = office(timeout=timeout, horizon=days * WEEK, warm_up=0)

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        count = 2_000 * longer
        work = durations(random, row["session_dist"], session, count * days).reshape(count, days)
        phase = random.integers(0, HOUR, (count, days))
        login = np.arange(days) * WEEK + 9 * HOUR + phase
        assert (work + timeout < 6 * DAY).all(), "a day runs into the next"
        owner = np.repeat(np.arange(count), days)
        paths = overlapped(owner, login.ravel(), work.ravel(), count, timeout)
        store = simulated(world, paths)
        assert_same(world, store, paths)
        return {
            "billed_h_month_ceil": mean(billed(world, store, paths, "per_run") / HOUR),
            "hours_month_continuous": mean(billed(world, store, paths, "continuous") / HOUR),
            "hours_month_clock_uniform_phase": mean(
                billed(world, store, paths, "clock_hour") / HOUR
            ),
        }

    names = ["billed_h_month_ceil", "hours_month_continuous", "hours_month_clock_uniform_phase"]
    require(experiment, values(row, *names))
