"""AutoStop as a renewal process: the engines' facts, and what the meter makes of them.

Somebody works for a time S, is away for an exponential time of rate a, and works again. The
desktop stops T after a disconnection unless the person is back. This is an alternating renewal
process whose hours, resumes and sessions per run have closed forms, and the three readings of
"per hour" differ by a quarter on it. Every test first holds an engine against the twenty lines of
`recursions.autostop`, to the millisecond, and then the statistic against the closed form.

Source: `oracles/README.md`, section 1.5, whose items are quoted as (1) to (9).
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pytest

from sim.record import LOGONS, RUNS
from sim.scenario.schema import Scenario
from sim.units import HOUR, Millis
from tests.analytical import recursions
from tests.analytical.agreement import (
    SEEDS,
    Estimate,
    mean,
    named,
    oracle,
    ratio,
    require,
    values,
)
from tests.analytical.autostop import (
    Paths,
    assert_same,
    billed,
    logons_and_resumes,
    office,
    simulated,
)
from tests.analytical.situations import Ints, durations, hours


class Habit(NamedTuple):
    """How the people of a row of the oracles behave, and when their desktops stop."""

    law: str
    session_h: float
    rate: float
    timeout: Millis

    @classmethod
    def of(cls, row: Mapping[str, str]) -> "Habit":
        session, rate = float(row["mean_session_h"]), float(row["reconnect_rate_per_h"])
        return cls(row["session_dist"], session, rate, int(row["T_h"]) * HOUR)


def renewals(
    random: np.random.Generator, habit: Habit, world: Scenario, count: int, boot: Millis = 0
) -> tuple[Ints, Paths]:
    """Gaps before the visits of some people, all in one row, and what comes of them."""
    length = world.end - world.begin
    expected = length / HOUR / (habit.session_h + 1 / habit.rate)
    shape = count, int(expected + 10 * expected**0.5 + 20)
    gaps = durations(random, "exp", 1 / habit.rate, shape[0] * shape[1]).reshape(shape)
    works = durations(random, habit.law, habit.session_h, shape[0] * shape[1]).reshape(shape)
    within = np.cumsum(gaps + works, axis=1) - works < length
    assert not within[:, -1].any(), "somebody's visits do not reach the end"
    visits, spans = [], []
    for mine, away, working in zip(within, gaps, works, strict=True):
        pairs = zip(away[mine].tolist(), working[mine].tolist(), strict=True)
        path = recursions.autostop(pairs, habit.timeout, boot=boot, by_gap=True, begin=world.begin)
        visits.append(path[0])
        spans.append(path[1])
    return gaps[within], Paths(visits, spans)


@pytest.mark.parametrize("boot", [0, 90_000])
@pytest.mark.parametrize("row", oracle("autostop_alternating"), ids=named)
def test_agenda_makes_each_visit_from_its_gap(row: dict[str, str], boot: Millis) -> None:
    """The system: 12 desktops for 730 h after two weeks; visits come a gap after one another.

    Expected: the recursion, to the millisecond, with and without a resume that takes time.
    """
    habit = Habit.of(row)
    world = office(timeout=habit.timeout)
    gap, paths = renewals(np.random.default_rng(SEEDS[0]), habit, world, 12, boot)
    assert_same(world, simulated(world, paths, engine="agenda", gap=gap, boot=boot), paths)


@pytest.mark.parametrize("row", oracle("autostop_alternating"), ids=named)
def test_hours_and_resumes_under_each_reading_of_an_hour(row: dict[str, str]) -> None:
    """The system: alternating sessions S and exponential gaps of rate a; 730 h in steady state.

    With p = exp(-a T):
    (1) a login finds the desktop stopped with probability p, and 1/p sessions share a run;
    (3) 730 (1 - p / (1 + a E[S])) running hours, 730 p / (E[S] + 1/a) resumes;
    (4) started hours per run through the transform of a run, in the table to 12 digits;
    (5) 730 (1 - exp(-a (T + 1)) / (1 + a E[S])) distinct clock hours.
    Proved to a standard error of 0.4 % of each. Source: `autostop_alternating.csv`.
    """
    habit = Habit.of(row)
    world = office(timeout=habit.timeout)
    desktops = round(800 + 50_000 / float(row["sessions_per_730h"]))

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        _, paths = renewals(random, habit, world, desktops * longer)
        store = simulated(world, paths)
        assert_same(world, store, paths)
        logons, resumes = logons_and_resumes(store, desktops * longer)
        return {
            "sessions_per_730h": mean(logons),
            "resumes_per_730h": mean(resumes),
            "p_login_finds_stopped": ratio(resumes, logons),
            "E_sessions_per_period": ratio(logons, resumes),
            "hours_continuous_730": mean(billed(world, store, paths, "continuous") / HOUR),
            "hours_ceil_per_period_730": mean(billed(world, store, paths, "per_run") / HOUR),
            "hours_distinct_clock_730": mean(billed(world, store, paths, "clock_hour") / HOUR),
        }

    names = ["sessions_per_730h", "resumes_per_730h", "p_login_finds_stopped"]
    names += ["E_sessions_per_period", "hours_continuous_730"]
    names += ["hours_ceil_per_period_730", "hours_distinct_clock_730"]
    require(experiment, values(row, *names))


@pytest.mark.parametrize("row", oracle("autostop_boot_delay"), ids=named)
def test_resume_time_is_on_the_bill(row: dict[str, str]) -> None:
    """The system: as before, and a resume takes a fixed time d, metered from the start command.

    (8) d comes on top of each run and each cycle; a login waits for d exp(-a T) on average.
    Proved to 0.4 % of each. Source: `autostop_boot_delay.csv`.
    """
    habit, boot = Habit.of(row), int(hours(float(row["boot_delay_h"])))
    world = office(timeout=habit.timeout)

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        _, paths = renewals(random, habit, world, 1_600 * longer, boot)
        store = simulated(world, paths, boot=boot)
        assert_same(world, store, paths)
        logons, resumes = logons_and_resumes(store, 1_600 * longer)
        table = store.table(LOGONS)
        table = table.take(table["arrival"] >= 0)
        waited = np.bincount(table["desktop"], table["start"], 1_600 * longer)
        return {
            "hours_continuous_730": mean(billed(world, store, paths, "continuous") / HOUR),
            "resumes_730": mean(resumes),
            "p_login_finds_stopped": ratio(resumes, logons),
            "mean_resume_wait_per_login_h": ratio(waited / HOUR, logons),
        }

    names = ["hours_continuous_730", "resumes_730", "p_login_finds_stopped"]
    require(experiment, values(row, *names, "mean_resume_wait_per_login_h"))


@pytest.mark.parametrize("row", oracle("autostop_finite_month"), ids=named)
def test_month_that_begins_with_all_desktops_stopped(row: dict[str, str]) -> None:
    """The system: a first month of H hours, every desktop stopped at its beginning.

    (9) (H - 1/a) / E[C] + E[C^2] / (2 E[C]^2) runs begin in it, each billed in full, also where
    it reaches beyond the month. Proved to 0.4 % of each. Source: `autostop_finite_month.csv`.
    """
    habit, month = Habit.of(row), int(row["H"]) * HOUR
    world = office(timeout=habit.timeout, horizon=month + 200 * HOUR, warm_up=0)

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        _, paths = renewals(random, habit, world, 2_500 * longer)
        store = simulated(world, paths)
        assert_same(world, store, paths)
        runs = store.table(RUNS)
        runs = runs.take(runs["begin"] < month)
        assert runs["end"].max() < world.end, "a run reaches beyond the time that was simulated"
        lasted = runs["end"] - runs["begin"]

        def per_desktop(weights: Ints) -> Estimate:
            return mean(np.bincount(runs["desktop"], weights, 2_500 * longer))

        return {
            "E_periods_begun_in_H": per_desktop(np.ones_like(lasted)),
            "E_billed_ceil_h_periods_begun_in_H": per_desktop(-(-lasted // HOUR)),
            "E_running_h_periods_begun_in_H": per_desktop(lasted) * (1 / HOUR),
        }

    names = [name for name in row if name.startswith("E_") and name.endswith("_begun_in_H")]
    require(experiment, values(row, *names))
