"""When people come: shifts, and weekly profiles of logons.

A *shift* starts at a time by the clock, with a spread: the logon storm. A *weekly profile* states
logons per user and hour of the local week: a non-homogeneous Poisson process, drawn exactly and without
rejection. The number of a user's logons on a local day comes from the Poisson law by inversion; their
times, given the number, are independent with density proportional to the rate, and come from the
cumulative rate by inversion.

A day's factor, when asked for, multiplies all rates of the population on that day. The variance of an
hour's count then is the mean L plus (L cv)^2: logons of one day are alike, those of other days are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.record import Ending
from sim.scenario.workload import Population, Shift, WeeklyProfile
from sim.storage import read_table
from sim.units import HOUR
from sim.workload.calendars import LocalDay
from sim.workload.distributions import (
    Durations,
    choices,
    poisson_counts,
    sample,
    spread_offsets,
    unit_gamma,
)
from sim.workload.draws import Draws
from sim.workload.streams import Numbers

ENDING_CODES = {label: code for code, label in enumerate(Ending.labels())}


@dataclass(frozen=True)
class Sessions:
    """Sessions of one day, breaks not yet taken out; arrays of one length."""

    user: Numbers
    """Number within the population."""
    begin: Durations
    end: Durations
    ending: NDArray[np.int8]

    @staticmethod
    def concatenate(parts: Sequence["Sessions"]) -> "Sessions":
        """All sessions, in order."""
        return Sessions(
            np.concatenate([part.user for part in parts]),
            np.concatenate([part.begin for part in parts]),
            np.concatenate([part.end for part in parts]),
            np.concatenate([part.ending for part in parts]),
        )


def sessions_of_day(
    population: Population, rates: NDArray[np.float64], draws: Draws, day: LocalDay, users: Numbers
) -> list[Sessions]:
    """The sessions of `users`, sorted, that begin on a local day.

    `rates` are the 168 hourly rates of a weekly profile [logons per user and hour]; of a shift, none.
    """
    if population.attendance < 1:
        comes = draws.of_users("attendance", users, day) < population.attendance
        users = users[comes]
    if population.shift is not None:
        return _of_shift(population, population.shift, draws, day, users)
    assert population.weekly_profile is not None
    return _of_profile(population, population.weekly_profile, rates, draws, day, users)


def _of_shift(
    population: Population, shift: Shift, draws: Draws, day: LocalDay, users: Numbers
) -> list[Sessions]:
    spread = draws.of_users("arrival", users, day)
    begin = day.at(shift.start) + spread_offsets(shift.spread, spread)
    found = []
    for ordinal in range(population.sessions_per_day):
        session = _session(population, draws, day, users, begin, ordinal)
        found.append(session)
        between = draws.of_users("between-sessions", users, day, ordinal)
        begin = session.end + sample(population.between_sessions, between)
    return found


def _of_profile(
    population: Population,
    profile: WeeklyProfile,
    rates: NDArray[np.float64],
    draws: Draws,
    day: LocalDay,
    users: Numbers,
) -> list[Sessions]:
    edges, expected = cumulative_rate(rates, day)
    factor = 1.0
    if profile.day_factor_cv > 0:
        factor = float(unit_gamma(profile.day_factor_cv, draws.of_day("day-factor", day))[0])
    counts = poisson_counts(factor * expected[-1], draws.of_users("logons", users, day))
    found = []
    for ordinal in range(int(counts.max(initial=0))):
        comers = users[counts > ordinal]
        chance = draws.of_users("arrival", comers, day, ordinal)
        begin = np.floor(np.interp(chance * expected[-1], expected, edges)).astype(np.int64)
        found.append(_session(population, draws, day, comers, begin, ordinal))
    return found


def _session(
    population: Population,
    draws: Draws,
    day: LocalDay,
    users: Numbers,
    begin: Durations,
    ordinal: int,
) -> Sessions:
    length = draws.of_users("session-length", users, day, ordinal)
    ending = draws.of_users("ending", users, day, ordinal)
    codes = np.array([ENDING_CODES[label] for label in population.endings], dtype=np.int8)
    return Sessions(
        users,
        begin,
        begin + sample(population.session_length, length),
        codes[choices(list(population.endings.values()), ending)],
    )


def cumulative_rate(
    rates: NDArray[np.float64], day: LocalDay
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Instants of a local day [ms] and the logons per user expected until each of them.

    Piecewise linear in between. An hour that the clock repeats counts twice, one that it skips not.
    """
    spans = day.clock_hours()
    edges = np.array([begin for begin, _, _ in spans] + [day.end])
    hourly = rates[[24 * day.date.weekday() + hour for _, _, hour in spans]]
    return edges, np.concatenate([[0.0], np.cumsum(hourly * np.diff(edges) / HOUR)])


def hourly_rates(population: Population) -> NDArray[np.float64]:
    """The 168 rates of a weekly profile [logons per user and hour]; none for a shift."""
    profile = population.weekly_profile
    if profile is None:
        return np.empty(0)
    if isinstance(profile.hourly, list):
        return np.array(profile.hourly)
    return _rates_in(Path(profile.hourly))


def _rates_in(path: Path) -> NDArray[np.float64]:
    table = read_table(path)
    if list(table.columns) != ["logons_per_user_hour"]:
        raise ValueError(f"{path}: expected one column logons_per_user_hour")
    rates = pd.to_numeric(table["logons_per_user_hour"], errors="coerce")
    wrong = np.flatnonzero(~(rates >= 0))
    if len(wrong):
        raise ValueError(f"{path}:{wrong[0] + 2}: expected a rate of 0 or more")
    if len(rates) != 24 * 7:
        raise ValueError(f"{path}: expected 168 rows, got {len(rates)}")
    return rates.to_numpy(dtype=np.float64)
