"""Who there is: the users of each population, those who join and those who leave.

A user's number within the population is the user's address in every random stream, and the name says
it: `office-00007` is number 7. People who join take the numbers after those who were there, in the
order in which they join, so a longer horizon adds people and renames nobody.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, USERS, Table
from sim.scenario.schema import Scenario
from sim.scenario.workload import Population
from sim.units import Millis
from sim.workload.calendars import LocalDay, WorkCalendar, local_days, work_calendar
from sim.workload.streams import Stream

_UNNUMBERED = 2**40
"""Where the numbers of users begin whose names hold none: beyond all that are written."""


def user_name(population: str, number: int) -> str:
    """`office-00007`."""
    return f"{population}-{number:05d}"


def user_numbers(users: Table) -> NDArray[np.int64]:
    """The number of each user within the population; shape of `users`.

    Users whose names are not made by `user_name` are numbered in order of appearance, from 2**40.
    """
    numbers = np.empty(len(users), dtype=np.int64)
    unnumbered: dict[str, int] = {}
    for row, (name, population) in enumerate(zip(users["name"], users["population"], strict=True)):
        digits = name[len(population) + 1 :]
        if digits.isdecimal() and len(digits) < 12 and name == user_name(population, int(digits)):
            numbers[row] = int(digits)
        else:
            position = unnumbered.get(population, 0)
            unnumbered[population] = position + 1
            numbers[row] = _UNNUMBERED + position
    return numbers


def named_population(name: str) -> str | None:
    """The population that a user's name speaks of: `office` for `office-00007`."""
    found = re.fullmatch(r"(.+)-([0-9]{5,11})", name)
    return found[1] if found and name == user_name(found[1], int(found[2])) else None


def make_users(scenario: Scenario, replication: int = 0) -> Table:
    """All users of a scenario's populations, as a table `users`.

    Ids count from 0 over the populations in file order; within one, in order of number.
    """
    tables = []
    first = 0
    for name, population in scenario.populations.items():
        joins, leaves = _comings_and_goings(scenario, replication, name, population)
        count = len(joins)
        tables.append(
            Table.of(
                USERS,
                user=np.arange(first, first + count),
                name=_texts([user_name(name, number) for number in range(count)]),
                population=_repeated(name, count),
                fleet=_repeated(population.fleet, count),
                cost_center=_repeated(population.cost_center or name, count),
                time_zone=_repeated(population.time_zone, count),
                joins=joins,
                leaves=leaves,
            )
        )
        first += count
    return Table.concatenate(tables) if tables else Table.empty(USERS)


def _texts(values: list[str]) -> NDArray[np.object_]:
    return np.array(values, dtype=object)


def _repeated(value: str, count: int) -> NDArray[np.object_]:
    return np.full(count, value, dtype=object)


@dataclass(frozen=True, order=True)
class _Change:
    """Somebody joins or leaves; joiners come first where both happen at one instant."""

    at: Millis
    leaves: bool
    choice: float
    """Whom a departure takes: a uniform number."""


def _comings_and_goings(
    scenario: Scenario, replication: int, name: str, population: Population
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Instants of joining and leaving of each user; NEVER for those who were there or stay."""
    joins = [NEVER] * population.users
    leaves = [NEVER] * population.users
    present = list(range(population.users))
    for change in _changes(scenario, replication, name, population):
        if not change.leaves:
            present.append(len(joins))
            joins.append(change.at)
            leaves.append(NEVER)
        elif present:
            user = present.pop(int(change.choice * len(present)))
            leaves[user] = change.at
    return np.array(joins, dtype=np.int64), np.array(leaves, dtype=np.int64)


def _changes(
    scenario: Scenario, replication: int, name: str, population: Population
) -> list[_Change]:
    """All joining and leaving inside the run, in order of time."""
    if not population.joiners_per_month and not population.leavers_per_month:
        return []
    work = work_calendar(scenario, population)
    found: list[_Change] = []
    for purpose, expected in (
        ("joiners", population.joiners_per_month),
        ("leavers", population.leavers_per_month),
    ):
        stream = Stream(scenario.seed, replication, f"{purpose}/{name}")
        for days in _work_days_by_month(scenario, population, work):
            month = days[0].date.replace(day=1).toordinal()
            whole = int(expected)
            count = whole + bool(stream.uniforms(1, day=month)[0] < expected - whole)
            when = stream.uniforms(count, day=month, ordinal=1)
            whom = stream.uniforms(count, day=month, ordinal=2)
            for chance, choice in zip(when.tolist(), whom.tolist(), strict=True):
                at = days[int(chance * len(days))].begin
                found.append(_Change(at, purpose == "leavers", choice))
    return sorted(change for change in found if scenario.begin <= change.at < scenario.end)


def _work_days_by_month(
    scenario: Scenario, population: Population, work: WorkCalendar
) -> list[list[LocalDay]]:
    """The work days of each local calendar month that the run touches, whole months."""
    months: dict[tuple[int, int], list[LocalDay]] = {}
    touched = local_days(scenario.calendar, population.time_zone, scenario.begin, scenario.end)
    for first in sorted({day.date.replace(day=1) for day in touched}):
        for date_ in _dates_of_month(first):
            if work.is_work_day(date_):
                day = LocalDay(date_, touched[0].zone, scenario.calendar)
                months.setdefault((first.year, first.month), []).append(day)
    return list(months.values())


def _dates_of_month(first: date) -> list[date]:
    dates = (first + timedelta(days=n) for n in range(31))
    return [day for day in dates if day.month == first.month]
