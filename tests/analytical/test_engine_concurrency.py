"""How many are connected: the engine's sessions against the Mt/G/infinity queue.

Persistent desktops never make anybody wait for somebody else, so the number connected at hour h
of the week is a Poisson number whose mean is what arrived earlier and still works:
m(t) = integral of a(t - u) P(S > u) du. The time of the peak trails that of the logons by about
the mean residual session, which sizing by logons per hour misses.

Source: `oracles/README.md`, section 1.2 (Eick, Massey and Whitt); `mtginf_weekly_profile.csv`.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.record import SESSIONS
from sim.units import HOUR, WEEK
from tests.analytical.agreement import SEEDS, Estimate, mean, oracle, require
from tests.analytical.situations import (
    Engine,
    Ints,
    durations,
    facts,
    plan,
    scenario,
    shared_out,
    users,
)

PROFILE = oracle("mtginf_weekly_profile")
LAWS = [("exp", 3.0), ("lognormal:0.9", 4.5)]
WORK_DAYS = np.arange(5)[:, None] * 24
WEEKS = 150


def means(law: str, session: float) -> NDArray[np.float64]:
    """Mean number connected at the beginning of each hour of the week."""
    return np.array([float(row[f"m_start_of_hour[{law},{session:g}h]"]) for row in PROFILE])


def connected(
    random: np.random.Generator, law: str, session: float, weeks: int, engine: Engine
) -> Ints:
    """Number connected at the beginning of each hour of the weeks after a first; (weeks, 168).

    Every session is that of somebody whose earlier one is over. The engine must leave it as it was
    intended: connected at its arrival, for as long as it lasts.
    """
    rates = np.array([float(row["lambda_per_h"]) for row in PROFILE])
    logons = random.poisson(np.tile(rates, weeks + 1))
    hour = np.repeat(np.arange(len(logons)) - len(rates), logons)
    arrival = np.sort(hour * HOUR + random.integers(0, HOUR, len(hour)))
    until = arrival + durations(random, law, session, len(arrival))
    owner = shared_out(arrival, until)
    order = np.lexsort([arrival, owner])
    world = scenario(horizon=weeks * WEEK, warm_up=WEEK)
    intentions = plan(owner[order], (until - arrival)[order], arrival=arrival[order])
    people = users(["office"] * (int(owner.max()) + 1))
    sessions = facts(world, people, intentions, engine).table(SESSIONS).sorted_by("session")
    begin, end = sessions["connected"], sessions["connected"] + sessions["delivered"]
    assert (begin == arrival[order]).all()
    assert (end == np.minimum(until[order], world.end)).all()

    instants = np.arange(weeks * len(rates)) * HOUR
    here = np.searchsorted(np.sort(begin), instants, side="right")
    gone = np.searchsorted(np.sort(end), instants, side="right")
    expected = counted(arrival, until, instants[: 2 * len(rates)])
    assert (here - gone)[: 2 * len(rates)].tolist() == expected
    return (here - gone).reshape(weeks, len(rates))


def counted(arrival: Ints, until: Ints, instants: Ints) -> list[int]:
    """How many intervals hold each instant, one instant after another."""
    return [int(((arrival <= at) & (at < until)).sum()) for at in instants]


@pytest.mark.parametrize(("law", "session"), LAWS)
def test_agenda_connects_everybody_as_intended(law: str, session: float) -> None:
    """The system: three weeks of the profile, some 4,600 sessions, by the readable engine."""
    random = np.random.default_rng(SEEDS[0])
    assert connected(random, law, session, 2, "agenda").sum() > 0


@pytest.mark.parametrize(("law", "session"), LAWS)
def test_mean_concurrency_of_each_hour(law: str, session: float) -> None:
    """The system: a profile of 1,540 logons a week, 150 weeks after a first one.

    Expected: m(t) at each hour of the working day, Monday to Friday, and over the week; proved to
    1 %. Source: `mtginf_weekly_profile.csv`.
    """
    theory = means(law, session)
    busy = [hour for hour in range(24) if theory[WORK_DAYS + hour].sum() > 75]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        number = connected(random, law, session, WEEKS * longer, "ranks")
        by_hour = {
            f"{hour:02d}:00": mean(number[:, WORK_DAYS + hour].sum(axis=(1, 2))) for hour in busy
        }
        return by_hour | {"week": mean(number.mean(axis=1))}

    expected = {f"{hour:02d}:00": float(theory[WORK_DAYS + hour].sum()) for hour in busy}
    assert len(expected) >= 12
    require(experiment, expected | {"week": float(theory.mean())}, precision=0.01)
