"""The fate of each logon: how long its stages take, once its turn has come.

A logon's fate is drawn with the plan and not when the model gets there, so it does not depend on who
else logs on, on the policy in force, or on whether the plan was generated or replayed. Its address in
the streams is the user's number, the UTC date of the intended arrival and the position among the
user's sessions of that date. Sessions that follow the one before by a gap have no date: their address
is day 0 and their position in the user's plan.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Table
from sim.scenario.distributions import Constant, Distribution
from sim.scenario.schema import Scenario
from sim.units import DAY
from sim.workload.distributions import Durations, sample
from sim.workload.people import user_numbers
from sim.workload.streams import Stream, Uniforms

Fates = dict[str, NDArray[np.int32]]

STAGES = (
    "directory_service",
    "resume",
    "cold_start",
    "streaming",
    "os_logon",
    "retry_after",
)
"""Columns of a plan that hold the fate of its logons."""

LONGEST = int(np.iinfo(np.int32).max)
"""Stages are stored in 32 bits; a longer one, of 24 days, is cut to this."""


@dataclass(frozen=True)
class Logons:
    """The logons of one population and fleet, and where their draws are to be found."""

    population: str
    fleet: str
    rows: NDArray[np.int64]
    """Positions in the plan, in order of day, ordinal and user."""
    numbers: NDArray[np.int64]
    """Number of the user within the population, for each of `rows`."""
    groups: list[tuple[int, int, int, int]]
    """`(begin, end, day, ordinal)`: the stretches of `rows` that share a day and an ordinal."""

    def uniforms(self, stream: Stream) -> Uniforms:
        """One number for each of `rows`."""
        drawn = np.empty(len(self.rows))
        for begin, end, day, ordinal in self.groups:
            drawn[begin:end] = stream.at(self.numbers[begin:end], day=day, ordinal=ordinal)
        return drawn


def logons_by_behaviour(
    scenario: Scenario, users: Table, user: NDArray[np.int32], arrival: NDArray[np.int64]
) -> Iterator[Logons]:
    """Sort the rows of a plan by population and fleet, and find each logon's address.

    `user` is sorted; `arrival` [ms] is NEVER for rows with a gap.
    """
    day, ordinal = _addresses(scenario, user, arrival)
    numbers = user_numbers(users)
    for population, fleet, of_user in _behaviours(users):
        rows = np.flatnonzero(of_user[user])
        width = int(ordinal[rows].max(initial=0)) + 1
        key = day[rows] * width + ordinal[rows]
        order = np.argsort(key, kind="stable")
        rows, key = rows[order], key[order]
        cuts = np.flatnonzero(np.diff(key, prepend=-1)).tolist()
        groups = [
            (begin, end, *divmod(int(key[begin]), width))
            for begin, end in zip(cuts, [*cuts[1:], len(rows)], strict=True)
        ]
        yield Logons(population, fleet, rows, numbers[user[rows]], groups)


def _behaviours(users: Table) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    kinds: dict[tuple[str, str], int] = {}
    pairs = zip(users["population"], users["fleet"], strict=True)
    codes = np.array([kinds.setdefault(pair, len(kinds)) for pair in pairs], dtype=np.int64)
    for (population, fleet), code in kinds.items():
        yield population, fleet, codes == code


def _addresses(
    scenario: Scenario, user: NDArray[np.int32], arrival: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Day and ordinal of each row."""
    timed = arrival != NEVER
    start = scenario.start
    since_midnight = scenario.calendar.millis(start) - scenario.calendar.millis(
        start.replace(hour=0, minute=0, second=0, microsecond=0)
    )
    day = np.where(timed, 0, 0)
    day[timed] = (arrival[timed] + since_midnight) // DAY + start.date().toordinal()
    ordinal = _positions(user, np.zeros_like(day))
    ordinal[timed] = _positions(user[timed], day[timed])
    return day, ordinal


def _positions(user: NDArray[np.int32], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of each row among its neighbours with the same user and day."""
    row = np.arange(len(user))
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) | (day[1:] != day[:-1])
    return row - np.maximum.accumulate(np.where(begins, row, 0))


def draw(
    logons: Logons,
    distribution: Distribution,
    purpose: str,
    stream_of: Callable[[str], Stream],
) -> Durations:
    """One duration [ms] for each logon, for `purpose` and nothing else."""
    if isinstance(distribution, Constant):
        return np.full(len(logons.rows), min(distribution.value, LONGEST), dtype=np.int64)
    uniforms = logons.uniforms(stream_of(f"{purpose}/{logons.population}"))
    return np.minimum(sample(distribution, uniforms), LONGEST)


def draw_fates(
    scenario: Scenario,
    replication: int,
    users: Table,
    user: NDArray[np.int32],
    arrival: NDArray[np.int64],
) -> Fates:
    """The last six columns of a plan [ms], for rows sorted by user and in the order of intent."""

    def stream_of(name: str) -> Stream:
        return Stream(scenario.seed, replication, name)

    fates: Fates = {stage: np.zeros(len(user), dtype=np.int32) for stage in STAGES}
    for logons in logons_by_behaviour(scenario, users, user, arrival):
        for purpose, distribution in _stages(scenario, logons.population, logons.fleet).items():
            fates[purpose][logons.rows] = draw(logons, distribution, purpose, stream_of)
    return fates


def _stages(scenario: Scenario, population: str, fleet: str) -> dict[str, Distribution]:
    """The law of each stage that takes time."""
    logon = scenario.fleets[fleet].logon
    stages = {
        "resume": logon.resume,
        "cold_start": logon.cold_start,
        "streaming": logon.streaming,
        "os_logon": logon.os_logon,
    }
    if scenario.directory is not None and scenario.fleets[fleet].uses_directory:
        stages["directory_service"] = scenario.directory.service_time
    people = scenario.populations.get(population) or scenario.replay
    assert people is not None, "users come from a population or from a replay"
    stages["retry_after"] = people.retry_after
    return stages
