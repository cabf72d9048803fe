"""Who there is: the users of each population, those who join and those who leave.

A user's number within the population is the user's address in every random stream, and the name
says it: `office-00007` is number 7. People who join take the numbers after those who were there,
in the order in which they join, so a longer horizon adds people and renames nobody.

The expected n people per month are floor(n), and one more with the chance of the rest; each comes
or goes at the local midnight that begins a random work day of the month. A month is drawn as a
whole, whatever part of it lies inside the run; a month without work days sees nobody come or go.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, USERS, Table
from sim.scenario.schema import Scenario
from sim.units import Millis
from sim.workload.calendars import LocalDay, WorkCalendar
from sim.workload.draws import Streams
from sim.workload.streams import Numbers

_NUMBER = re.compile("[0-9]{5,11}")
_UNNUMBERED = 2**40
"""Where the numbers of users begin whose names hold none: beyond all numbers that names hold."""


def user_name(population: str, number: int) -> str:
    """`office-00007`."""
    return f"{population}-{number:05d}"


def named_population(name: str) -> str | None:
    """The population that a name made by `user_name` speaks of, else None."""
    population, _, digits = name.rpartition("-")
    if _NUMBER.fullmatch(digits) and name == user_name(population, int(digits)):
        return population
    return None


def user_numbers(users: Table) -> Numbers:
    """The number of each user within the population; shape of `users`.

    Users whose names are not made by `user_name` are numbered in order of appearance, from 2**40.
    """
    numbers = np.empty(len(users), dtype=np.int64)
    nameless: dict[str, int] = {}
    for row, (name, population) in enumerate(zip(users["name"], users["population"], strict=True)):
        digits = name[len(population) + 1 :]
        if _NUMBER.fullmatch(digits) and name == user_name(population, int(digits)):
            numbers[row] = int(digits)
        else:
            position = nameless.get(population, 0)
            nameless[population] = position + 1
            numbers[row] = _UNNUMBERED + position
    return numbers


def make_users(scenario: Scenario, replication: int = 0) -> Table:
    """All users of a scenario's populations, as a table `users`.

    Ids count from 0 over the populations in file order and, within one, in order of number.

    Raises:
        ScenarioError: for a time zone or holidays that nobody knows.
    """
    tables = [Table.empty(USERS)]
    first = 0
    for name in scenario.populations:
        tables.append(make_members(scenario, name, replication, first=first))
        first += len(tables[-1])
    return Table.concatenate(tables)


def make_members(scenario: Scenario, name: str, replication: int = 0, *, first: int = 0) -> Table:
    """The users of one generated population, as a table `users`; ids count from `first`.

    Raises:
        ScenarioError: for a time zone or holidays that nobody knows.
    """
    population = scenario.populations[name]
    joins, leaves = _comings_and_goings(scenario, replication, name)
    count = len(joins)
    names = [user_name(name, number) for number in range(count)]
    return Table.of(
        USERS,
        user=np.arange(first, first + count),
        name=np.array(names, dtype=object),
        population=_all(count, name),
        fleet=_all(count, population.fleet),
        cost_center=_all(count, population.cost_center or name),
        time_zone=_all(count, population.time_zone),
        joins=joins,
        leaves=leaves,
    )


def _all(count: int, text: str) -> NDArray[np.object_]:
    return np.full(count, text, dtype=object)


@dataclass(frozen=True, order=True)
class _Change:
    """Somebody joins or leaves; at one instant, those who leave go first."""

    at: Millis
    joins: bool
    chance: float
    """Who leaves: a uniform number."""


def _comings_and_goings(scenario: Scenario, replication: int, name: str) -> tuple[Numbers, Numbers]:
    """Instants of joining and leaving of each user; NEVER for those who were there or stay."""
    count = scenario.populations[name].users
    joins, leaves, present = [NEVER] * count, [NEVER] * count, list(range(count))
    for change in _changes(scenario, Streams(scenario, replication, name), name):
        if change.joins:
            present.append(len(joins))
            joins.append(change.at)
            leaves.append(NEVER)
        elif present:
            leaves[present.pop(int(change.chance * len(present)))] = change.at
    return np.array(joins, dtype=np.int64), np.array(leaves, dtype=np.int64)


def _changes(scenario: Scenario, streams: Streams, name: str) -> list[_Change]:
    """All joining and leaving inside the run, in order of time."""
    population = scenario.populations[name]
    rates = {"joiners": population.joiners_per_month, "leavers": population.leavers_per_month}
    if not any(rates.values()):
        return []
    months = _work_days_by_month(WorkCalendar.of(scenario, name))
    changes = [
        change
        for purpose, expected in rates.items()
        for month, days in months.items()
        for change in _changes_of_month(streams, purpose, float(expected), month, days)
    ]
    return sorted(change for change in changes if scenario.begin <= change.at < scenario.end)


def _changes_of_month(
    streams: Streams, purpose: str, expected: float, month: date, days: list[LocalDay]
) -> list[_Change]:
    stream, key = streams[purpose], month.toordinal()
    count = int(expected) + bool(stream.uniforms(1, day=key)[0] < expected % 1)
    which_day = stream.uniforms(count, day=key, ordinal=1)
    who = stream.uniforms(count, day=key, ordinal=2)
    return [
        _Change(days[int(chance * len(days))].begin, purpose == "joiners", whom)
        for chance, whom in zip(which_day.tolist(), who.tolist(), strict=True)
    ]


def _work_days_by_month(work: WorkCalendar) -> dict[date, list[LocalDay]]:
    """The work days of each local calendar month that the run touches, by its first day."""
    months: dict[date, list[LocalDay]] = {}
    for first in sorted({day.date.replace(day=1) for day in work.days()}):
        for number in range(31):
            day = first + timedelta(days=number)
            if day.month == first.month and work.is_work_day(day):
                local = LocalDay(day, work.zone, work.scenario.calendar)
                months.setdefault(first, []).append(local)
    return months
