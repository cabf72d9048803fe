"""The users of a replay: from a file, or those whom the recorded sessions name.

What a file leaves out comes from the population of that name, if the scenario describes it, else
from the `replay` section. A user called like one of a described population, `office-00007`, is one
of it.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, USERS, Table
from sim.scenario.errors import shown
from sim.scenario.schema import Scenario
from sim.workload.people import named_population
from sim.workload.problems import setting_error
from sim.workload.recordings import Recording
from sim.workload.streams import Numbers
from sim.workload.tables import InputTable

POPULATION = "replay"
"""Population of users of whom nothing says another one."""


@dataclass(frozen=True)
class Owners:
    """Who is in a file of users."""

    users: Table
    """Table `users` of those who count."""
    others: frozenset[str] = frozenset()
    """Names of those who belong to other populations than the one that is asked for."""


_COLUMNS = ("population", "fleet", "cost_center", "time_zone", "joins", "leaves")


def named_owners(scenario: Scenario, recording: Recording, names: list[str]) -> Table:
    """The table `users` of these names, when there is no file of users.

    Raises:
        ScenarioError: when a user's fleet is nowhere said.
    """
    population = [recording.population or _population(scenario, name, "") for name in names]
    fleet = [_fleet(scenario, recording, group, "") for group in population]
    served_by = scenario.served_by
    unknown = sorted({name for name in fleet if name not in served_by})
    if unknown:
        got = shown(recording.fleet)
        noun = _noun(scenario)
        raise setting_error(f"expected {noun} of the scenario, got {got}", "replay", "fleet")
    never = np.full(len(names), NEVER)
    blank = [""] * len(names)
    return _table(
        scenario,
        names,
        population,
        fleet=fleet,
        cost_center=blank,
        time_zone=blank,
        stay=(never, never),
    )


def recorded_owners(scenario: Scenario, recording: Recording, path: str) -> Owners:
    """The users that a file says; of a recording of one population only that population's.

    The fleet of a population that is asked for is the one that the scenario says, not the file.

    Raises:
        ScenarioError: with everything that is wrong with the file.
    """
    table = InputTable(path, text=("user", *_COLUMNS), required=("user",), optional=_COLUMNS)
    names = table.texts("user")
    table.refuse(~table.given("user"), "user", "the name of a user")
    table.refuse(table.given("user") & _repeated(names), "user", "each user once")
    others = _leave_others(scenario, recording, table)
    names = table.texts("user")
    population = _populations(scenario, table)
    said = table.texts("fleet") if recording.population is None else [""] * len(table)
    fleet = [_fleet(scenario, recording, *pair) for pair in zip(population, said, strict=True)]
    served_by = scenario.served_by
    known = ", ".join(served_by)
    lost = np.array([name not in served_by for name in fleet], dtype=bool)
    table.refuse(lost, "fleet", f"{_noun(scenario)} of the scenario ({known})")
    zone = table.texts("time_zone")
    strange = {name for name in set(zone) if name and not _is_time_zone(name)}
    table.refuse(
        np.array([name in strange for name in zone], dtype=bool),
        "time_zone",
        "an IANA time zone such as 'Europe/London'",
    )
    stay = _stay(scenario, table)
    table.raise_problems()
    users = _table(
        scenario,
        names,
        population,
        fleet=fleet,
        cost_center=table.texts("cost_center"),
        time_zone=zone,
        stay=stay,
    )
    return Owners(users, others)


def _populations(scenario: Scenario, table: InputTable) -> list[str]:
    pairs = zip(table.texts("user"), table.texts("population"), strict=True)
    return [_population(scenario, *pair) for pair in pairs]


def _leave_others(scenario: Scenario, recording: Recording, table: InputTable) -> frozenset[str]:
    """Keep the rows of the population that is asked for; the names in the others."""
    wanted = recording.population
    if wanted is None:
        return frozenset()
    population = _populations(scenario, table)
    mine = np.array([group == wanted for group in population], dtype=bool)
    if not mine.any():
        there = ", ".join(dict.fromkeys(population)) or "nobody"
        table.complain(-1, "population", f"expected users of population '{wanted}', got {there}")
    names = np.array(table.texts("user"), dtype=object)
    others = frozenset(names[~mine].tolist()) - set(names[mine].tolist())
    table.keep(mine | ~table.given("user"))
    return others


def _stay(scenario: Scenario, table: InputTable) -> tuple[Numbers, Numbers]:
    """Joining and leaving [ms]: who joined before the run was there, who leaves after it stays."""
    joins = table.instants("joins", scenario.calendar)
    leaves = table.instants("leaves", scenario.calendar)
    table.refuse(joins >= scenario.end, "joins", "an instant before the end of the run")
    gone = (leaves != NEVER) & ((leaves < scenario.begin) | (leaves <= joins))
    table.refuse(gone, "leaves", "an instant inside the run, after joining")
    return (
        np.where(joins < scenario.begin, NEVER, joins),
        np.where(leaves >= scenario.end, NEVER, leaves),
    )


def _population(scenario: Scenario, name: str, said: str) -> str:
    named = named_population(name)
    if not said and named in scenario.populations:
        return str(named)
    return said or POPULATION


def _fleet(scenario: Scenario, recording: Recording, population: str, said: str) -> str:
    described = scenario.populations.get(population)
    return said or (described.fleet if described else recording.fleet or "")


def _noun(scenario: Scenario) -> str:
    """What serves people in this scenario."""
    return "a fleet or pool" if scenario.pools else "a fleet"


def _table(
    scenario: Scenario,
    names: list[str],
    population: list[str],
    *,
    fleet: list[str],
    cost_center: list[str],
    time_zone: list[str],
    stay: tuple[Numbers, Numbers],
) -> Table:
    """The table `users`, with what its population says where nothing else does."""
    described = [scenario.populations.get(group) for group in population]
    centers = [people.cost_center or "" if people else "" for people in described]
    zones = [people.time_zone if people else "UTC" for people in described]
    return Table.of(
        USERS,
        user=np.arange(len(names)),
        name=_objects(names),
        population=_objects(population),
        fleet=_objects(fleet),
        cost_center=_objects(_first(cost_center, centers, population)),
        time_zone=_objects(_first(time_zone, zones)),
        joins=stay[0],
        leaves=stay[1],
    )


def _first(*columns: list[str]) -> list[str]:
    """In each row the first text that is not empty."""
    return [next(filter(None, texts)) for texts in zip(*columns, strict=True)]


def _objects(texts: list[str]) -> NDArray[np.object_]:
    return np.array(texts, dtype=object)


def _repeated(names: list[str]) -> NDArray[np.bool_]:
    """Whether a name stands further up already."""
    first = {name: row for row, name in reversed(list(enumerate(names)))}
    return np.array([first[name] != row for row, name in enumerate(names)], dtype=bool)


def _is_time_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
