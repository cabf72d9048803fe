"""What one population intends inside a run: its sessions, breaks taken out, day by day.

All users of a population are drawn at once, one call for each day, purpose and ordinal. A session that
begins before midnight belongs to the local day on which it begins, with that day's breaks.
"""

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Ending, Table
from sim.scenario.schema import Scenario
from sim.scenario.workload import Population
from sim.workload.arrivals import Sessions, hourly_rates, sessions_of_day
from sim.workload.breaks import breaks_of_day, split
from sim.workload.calendars import LocalDay, local_days, work_calendar
from sim.workload.draws import Draws
from sim.workload.overlaps import Intentions
from sim.workload.streams import Numbers


def intended_sessions(
    scenario: Scenario, replication: int, name: str, users: Table
) -> Intentions:
    """The stretches of work of one population, from the beginning of the run to a day after its end.

    `users` are the population's, in order of number. The result is sorted by user id and arrival;
    overlaps are still there.
    """
    population = scenario.populations[name]
    work = work_calendar(scenario, population)
    works = work.is_work_day if population.shift else work.is_open
    rates = hourly_rates(population)
    draws = Draws(scenario, replication, name)
    parts: list[Intentions] = []
    # A night shift begins on the day before, and an early one may be drawn into the day before.
    for day in local_days(
        scenario.calendar, population.time_zone, scenario.begin, scenario.end, margin=1
    ):
        there = _there(users, day)
        if works(day.date) and len(there):
            sessions = sessions_of_day(population, rates, draws, day, there)
            parts.extend(_stretches(population, draws, day, sessions))
    return _assembled(parts, users, scenario.begin)


def _there(users: Table, day: LocalDay) -> Numbers:
    """Who works on a day: not on the day of joining yet, nor on that of leaving any more."""
    leaves = users["leaves"]
    return np.flatnonzero((users["joins"] < day.begin) & ((leaves == NEVER) | (day.begin < leaves)))


def _stretches(
    population: Population, draws: Draws, day: LocalDay, sessions: list[Sessions]
) -> list[Intentions]:
    """The sessions of a day, cut at its breaks; `user` is the number within the population."""
    if not sessions or not len(sessions[0].user):
        return []
    whole = Sessions.concatenate(sessions)
    break_begin, break_end = breaks_of_day(population, draws, day, whole)
    pieces = split(whole.begin, whole.end, break_begin, break_end)
    ending = np.where(
        pieces.last, whole.ending[pieces.session], Ending[population.break_ending.upper()]
    ).astype(np.int8)
    connected = pieces.end - pieces.begin
    return [
        Intentions(
            user=whole.user[pieces.session].astype(np.int32),
            arrival=pieces.begin,
            connected=connected,
            ending=ending,
            idle_from=np.where(ending == Ending.LEFT_CONNECTED, connected, NEVER),
        )
    ]


def _assembled(parts: list[Intentions], users: Table, begin: int) -> Intentions:
    """All days in one, sorted, without what lies before the run or after a user has left."""
    everything = Intentions.concatenate(parts)
    leaves = users["leaves"][everything.user]
    kept = (everything.arrival >= begin) & ((leaves == NEVER) | (everything.arrival < leaves))
    rows = np.flatnonzero(kept)
    order = rows[np.lexsort((everything.arrival[rows], everything.user[rows]))]
    result = everything.take(order)
    result.user[:] = users["user"][result.user]
    return result
