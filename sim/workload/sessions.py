"""What one population intends inside a run: its sessions, breaks taken out, day by day.

All users of a population are drawn at once, one call for each day, purpose and ordinal. A session
that begins before midnight belongs to the local day on which it begins, with that day's breaks.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Table
from sim.scenario.errors import Problem, ScenarioError
from sim.scenario.schema import Scenario
from sim.scenario.workload import Population
from sim.workload.arrivals import ENDINGS, Sessions, hourly_rates, sessions_of_day
from sim.workload.breaks import breaks_of_day, split
from sim.workload.calendars import LocalDay, WorkCalendar
from sim.workload.draws import Streams, Today
from sim.workload.overlaps import Intentions, merged, overlapping, reaching_furthest
from sim.workload.people import user_numbers
from sim.workload.streams import Numbers


def intended_sessions(scenario: Scenario, replication: int, name: str, users: Table) -> Intentions:
    """The stretches of work of users of one population that begin inside the run.

    `users` have consecutive numbers. The result is sorted by user, which is the id, and arrival.

    Overlaps are resolved before the end of the run cuts them: a session that begins inside is the
    same for every horizon, unless it is united with others for more than a day beyond the end.

    Raises:
        ScenarioError: when sessions overlap although the population refuses that, or a file is
        wrong.
    """
    population = scenario.populations[name]
    work = WorkCalendar.of(scenario, name)
    rates = hourly_rates(population)
    streams = Streams(scenario, replication, name)
    numbers = user_numbers(users)
    parts = []
    # A night shift begins the day before, and an arrival may be drawn into the day before its own.
    for day in work.days(margin=1):
        works = work.is_work_day(day.date) if population.shift else day.date not in work.holidays
        there = numbers[_works(users, day)]
        if works and len(there):
            today = Today(day, streams)
            sessions = sessions_of_day(population, rates, today, there)
            if sessions is not None and len(sessions.user):
                parts.append(_stretches(population, today, sessions))
    intended = _assembled(parts, users, numbers, scenario)
    match population.overlap:
        case "merge":
            intended = merged(intended)
        case "refuse":
            _refuse_overlaps(scenario, name, users, intended)
    return intended.take(intended.arrival < scenario.end)


def _works(users: Table, day: LocalDay) -> NDArray[np.bool_]:
    """Who works on a day: not on that of joining yet, nor on that of leaving any more."""
    stays = (users["leaves"] == NEVER) | (day.begin < users["leaves"])
    return np.asarray((users["joins"] < day.begin) & stays)


def _stretches(population: Population, today: Today, sessions: Sessions) -> Intentions:
    """The sessions of a day, cut at its breaks; `user` is the number within the population."""
    pieces = split(sessions.begin, sessions.end, *breaks_of_day(population, today, sessions))
    return Intentions(
        sessions.user[pieces.session].astype(np.int32),
        pieces.begin,
        pieces.end - pieces.begin,
        np.where(
            pieces.last, sessions.ending[pieces.session], np.int8(ENDINGS[population.break_ending])
        ),
    )


def _assembled(
    parts: list[Intentions], users: Table, numbers: Numbers, scenario: Scenario
) -> Intentions:
    """All days in order, without what lies before the run or after the user has left."""
    sessions = Intentions.concatenate(parts)
    row = sessions.user - (numbers[0] if len(numbers) else 0)
    leaves = users["leaves"][row]
    stays = (leaves == NEVER) | (sessions.arrival < leaves)
    sessions = replace(sessions, user=users["user"][row])
    return sessions.take(stays & (sessions.arrival >= scenario.begin)).in_order()


def _refuse_overlaps(scenario: Scenario, name: str, users: Table, sessions: Intentions) -> None:
    furthest = reaching_furthest(sessions)
    problems = []
    for row in np.flatnonzero(overlapping(sessions, furthest)).tolist():
        before = int(furthest[row - 1])
        who = users["name"][sessions.user[row] - users["user"][0]]
        begun, begins = (
            scenario.calendar.isoformat(int(sessions.arrival[at])) for at in (before, row)
        )
        over = scenario.calendar.isoformat(
            int(sessions.arrival[before] + sessions.connected[before])
        )
        message = f"session of {who} at {begins} overlaps that from {begun} to {over}"
        problems.append(Problem.with_setting(("populations", name, "overlap"), message))
    if problems:
        raise ScenarioError(problems)
