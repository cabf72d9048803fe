"""Who there is: the users of each population, those who join and those who leave.

A user's number within the population is the user's address in every random stream, and the name
says it: `office-00007` is number 7. People who join take the numbers after those who were there,
in the order in which they join, so a longer horizon adds people and renames nobody.

When they come and go is said by `sim.workload.headcount`.
"""

import re

import numpy as np
from numpy.typing import NDArray

from sim.record import USERS, Table
from sim.scenario.schema import Scenario
from sim.workload.headcount import comings_and_goings
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
    joins, leaves = comings_and_goings(scenario, replication, name)
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
