"""A day of a pool, by the clock of its people: the average one, and the worst one.

A quarter of capacity drawn in one line is a comb. What a pool does shows in a day: capacity that
waits for the morning, people who come faster than instances, the evening in which nobody needs what
is still there. The average day says what is paid for; the worst day says why people were turned
away, with every step of the capacity as it was.

Days are those of one time zone. A day on which clocks change has no 24 hours and is left out. The
average is over the *busy* days: those with at least half as many user-hours as the busiest, so that
weekends and holidays do not thin out the morning of a working day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Scenario
from sim.study.capacity import Capacity
from sim.study.concurrency import Instants, Steps
from sim.study.measures import rank_of
from sim.units import DAY, HOUR, MINUTE, Millis
from sim.workload.calendars import LocalDay, local_days

SLICE: Millis = 5 * MINUTE
"""Grain of a day."""
SLICES = DAY // SLICE

MOST_STEPS = 2 * DAY // MINUTE
"""Steps of one line of a day; of a line with more, the highest level of each minute is kept."""

LEVELS = ("desired", "actual", "active")

_EDGES = np.arange(SLICES + 1) * np.float64(SLICE / HOUR)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A step function over a day, or over the measured part of it."""

    edges: Floats
    """Where it begins, steps and ends [h after local midnight]."""
    level: Floats
    """Between adjacent edges, of a pool [user sessions]; one less than edges."""


@dataclass(frozen=True)
class AverageDay:
    """The mean over the busy days, in 288 slices of 5 minutes."""

    days: int
    """Number of busy days."""
    of: int
    """Number of days that were looked at."""
    desired: Line
    actual: Line
    active: Line
    active_low: Floats
    """What 5 % of the busy days do not exceed in each slice (nearest rank) [user sessions]."""
    active_high: Floats
    """What 95 % of the busy days do not exceed."""


@dataclass(frozen=True)
class WorstDay:
    """The day with most people turned away; where nobody was, the one with most active at once."""

    date: str
    """Local date, `2026-09-07`."""
    desired: Line
    actual: Line
    active: Line
    turned_away: NDArray[np.int64]
    """Attempts that found no capacity, or gave up waiting for it, in each slice of 5 minutes."""


def average_day(scenario: Scenario, capacity: Capacity, zone: str) -> AverageDay | None:
    """The average busy day in an IANA time zone; None when no whole day was measured."""
    days = [
        day
        for day in days_of_24_hours(scenario, zone)
        if day.begin >= 0 and day.end <= scenario.end
    ]
    if not days:
        return None
    midnights = np.array([day.begin for day in days], dtype=np.int64)
    edges = midnights[:, None] + np.arange(SLICES + 1) * SLICE
    levels = {name: getattr(capacity, name).integral(edges) / SLICE for name in LEVELS}
    used = levels["active"].sum(axis=1)
    busy = used * 2 >= used.max()
    active = np.sort(levels["active"][busy], axis=0)
    return AverageDay(
        days=len(active),
        of=len(days),
        **{name: Line(_EDGES, level[busy].mean(axis=0)) for name, level in levels.items()},
        active_low=active[rank_of(5, len(active))],
        active_high=active[rank_of(95, len(active))],
    )


def worst_day(
    scenario: Scenario, capacity: Capacity, turned_away: Instants, zone: str
) -> WorstDay | None:
    """The worst day in an IANA time zone; None when there is none of 24 hours.

    Args:
        scenario: whose time is measured.
        capacity: of the pool.
        turned_away: instants at which somebody found no capacity or gave up waiting [ms].
        zone: IANA time zone.
    """
    days = days_of_24_hours(scenario, zone)
    if not days:
        return None
    midnights = np.array([day.begin for day in days], dtype=np.int64)
    number = np.searchsorted(midnights, turned_away, side="right") - 1
    since = turned_away - midnights[number]
    of_a_day = (number >= 0) & (since < DAY) & (turned_away >= 0) & (turned_away < scenario.end)
    turned = np.bincount(number[of_a_day], minlength=len(days))
    worst = int(turned.argmax()) if turned.any() else fullest(days, capacity.active)
    mine = of_a_day & (number == worst)
    return WorstDay(
        date=days[worst].date.isoformat(),
        **{name: line_of_day(getattr(capacity, name), days[worst].begin) for name in LEVELS},
        turned_away=np.bincount(since[mine] // SLICE, minlength=SLICES),
    )


def days_of_24_hours(scenario: Scenario, zone: str) -> list[LocalDay]:
    """Days of 24 hours that meet the measured time."""
    found = local_days(scenario.calendar, ZoneInfo(zone), 0, scenario.end)
    return [day for day in found if day.end - day.begin == DAY]


def fullest(days: Sequence[LocalDay], steps: Steps) -> int:
    """Position of the day in which a level is highest, the first of those that tie."""
    tops = [
        int(steps.most(np.clip([day.begin, day.end], 0, steps.end).astype(np.int64))[0])
        for day in days
    ]
    return int(np.argmax(tops))


def line_of_day(steps: Steps, midnight: Millis) -> Line:
    """The part of a step function in the day that begins then."""
    begin, end = max(0, midnight), min(steps.end, midnight + DAY)
    first = int(np.searchsorted(steps.at, begin, side="right")) - 1
    upto = int(np.searchsorted(steps.at, end))
    at, level = steps.at[first:upto].copy(), steps.level[first:upto]
    at[0] = begin
    if len(at) > MOST_STEPS:
        edges = np.append(np.arange(begin, end, MINUTE), end)
        at, level = edges[:-1], steps.most(edges)
    return Line((np.append(at, end) - midnight) / HOUR, level.astype(np.float64))
