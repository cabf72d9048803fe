"""When people come and how long they stay: shifts, and weekly profiles of logons.

A *shift* starts at a time by the clock, with a spread: the logon storm. A *weekly profile* states
logons per user and hour of the local week: a non-homogeneous Poisson process, drawn exactly and
without rejection. The number of a user's logons on a local day comes from the Poisson law by
inversion; their times, given the number, are independent, and come from the cumulative rate by
inversion.

A day's factor, where asked for, multiplies all rates of the population on that day: the variance
of an hour's count is then its mean L plus (L cv)^2. Logons of one day are alike, those of two days
are not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record import Ending
from sim.scenario.workload import Population, Shift, WeeklyProfile
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
from sim.workload.draws import Today
from sim.workload.streams import Numbers

Rates = NDArray[np.float64]
"""Logons per user and hour, for the 168 hours from Monday 00:00 local time."""

HOURS_OF_WEEK = 168
ENDINGS = {label: code for code, label in enumerate(Ending.labels())}
"""Codes of the endings by their names in scenarios and plans."""


@dataclass(frozen=True)
class Sessions:
    """Sessions of one day, breaks still in them; arrays of one length."""

    user: Numbers
    """Number within the population."""
    begin: Durations
    end: Durations
    ending: NDArray[np.int8]

    @staticmethod
    def concatenate(parts: Sequence["Sessions"]) -> "Sessions":
        """All sessions of several parts, in order."""
        return Sessions(
            np.concatenate([part.user for part in parts]),
            np.concatenate([part.begin for part in parts]),
            np.concatenate([part.end for part in parts]),
            np.concatenate([part.ending for part in parts]),
        )


def sessions_of_day(
    population: Population, rates: Rates, today: Today, users: Numbers
) -> Sessions | None:
    """The sessions of `users`, sorted, that begin on a local day; None when there are none.

    `rates` are those of the weekly profile; a shift has none.
    """
    attendance = population.attendance_in(today.day.date.month)
    if attendance < 1:
        users = users[today.of_users("attendance", users) < attendance]
    if population.shift is not None:
        parts = _of_shift(population, population.shift, today, users)
    else:
        assert population.weekly_profile is not None
        parts = _of_profile(population, population.weekly_profile, rates, today, users)
    return Sessions.concatenate(parts) if parts else None


def _of_shift(population: Population, shift: Shift, today: Today, users: Numbers) -> list[Sessions]:
    spread = today.of_users("arrival", users)
    begin = today.day.at(shift.start) + spread_offsets(shift.spread, spread)
    parts: list[Sessions] = []
    for ordinal in range(population.sessions_per_day):
        if parts:
            pause = today.of_users("between-sessions", users, ordinal)
            begin = parts[-1].end + sample(population.between_sessions, pause)
        parts.append(_drawn(population, today, users, begin, ordinal))
    return parts


def _of_profile(
    population: Population, profile: WeeklyProfile, rates: Rates, today: Today, users: Numbers
) -> list[Sessions]:
    edges, expected = cumulative_rate(rates, today.day)
    factor = 1.0
    if profile.day_factor_cv > 0:
        chance = np.array([today.of_all("day-factor")])
        factor = float(unit_gamma(float(profile.day_factor_cv), chance)[0])
    counts = poisson_counts(factor * expected[-1], today.of_users("logons", users))
    parts: list[Sessions] = []
    for ordinal in range(int(counts.max(initial=0))):
        comers = users[counts > ordinal]
        share = today.of_users("arrival", comers, ordinal)
        begin = np.floor(np.interp(share * expected[-1], expected, edges)).astype(np.int64)
        parts.append(_drawn(population, today, comers, begin, ordinal))
    return parts


def _drawn(
    population: Population, today: Today, users: Numbers, begin: Durations, ordinal: int
) -> Sessions:
    """The ordinal-th session of each user, with its length and ending."""
    assert population.session_length is not None, "sessions that are drawn have a law of length"
    length = sample(population.session_length, today.of_users("session-length", users, ordinal))
    codes = np.array([ENDINGS[label] for label in population.endings], dtype=np.int8)
    which = choices(list(population.endings.values()), today.of_users("ending", users, ordinal))
    return Sessions(users, begin, begin + length, codes[which])


def cumulative_rate(rates: Rates, day: LocalDay) -> tuple[Numbers, NDArray[np.float64]]:
    """Instants of a local day [ms] and the logons per user expected until then, linear in between.

    An hour that the clock repeats counts twice; one that it skips does not count.
    """
    spans = day.clock_hours()
    edges = np.array([begin for begin, _, _ in spans] + [day.end])
    hourly = rates[[24 * day.date.weekday() + hour for _, _, hour in spans]]
    return edges, np.concatenate([[0.0], np.cumsum(hourly * np.diff(edges) / HOUR)])


def hourly_rates(population: Population) -> Rates:
    """The rates of a population's weekly profile; none for a shift.

    Raises:
        ScenarioError: when they are in a file, and it does not say 168 rates.
    """
    profile = population.weekly_profile
    if profile is None:
        return np.empty(0)
    if isinstance(profile.hourly, list):
        return np.array(profile.hourly, dtype=np.float64)
    from sim.workload.tables import InputTable

    column = "logons_per_user_hour"
    table = InputTable(profile.hourly, required=[column], optional=[])
    rates = table.numbers(column)
    table.refuse(~(rates >= 0), column, "a rate of 0 or more")
    if len(table) != HOURS_OF_WEEK:
        wanted = f"expected {HOURS_OF_WEEK} rates from Monday 00:00, got {len(table)}"
        table.complain(len(table), column, wanted)
    table.raise_problems()
    return rates
