"""The scenario as the engines need it: fleets with their durations, people with their habits.

Everything here is fixed before the run begins. What changes during a run lives in the engines.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, RunningMode, Table
from sim.scenario.desktops import Fleet
from sim.scenario.pools import Pool
from sim.scenario.schema import Scenario
from sim.units import HOUR, Millis
from sim.workload import (
    Stream,
    Workload,
    autostop_maintenance,
    beyond_reach,
    make_outages,
    user_numbers,
)

MODES = {"AlwaysOn": RunningMode.ALWAYS_ON, "AutoStop": RunningMode.AUTO_STOP}


@dataclass(frozen=True)
class Habits:
    """How the users of one population (or of a replay) take a wait."""

    fixed_departure: bool
    returns: bool
    """Whether somebody whom an outage cut off tries again."""


@dataclass(frozen=True)
class World:
    """A scenario and its workload, ready to be simulated."""

    scenario: Scenario
    workload: Workload
    replication: int
    begin: Millis
    end: Millis
    fleets: list[Fleet]
    pools: list[Pool]
    fleet_names: list[str]
    """Names of the fleets, then of the pools."""
    user_fleet: NDArray[np.int32]
    """Fleet or pool of each user, an index into `served`."""
    user_numbers: NDArray[np.int64]
    """Number of each user in the population, which addresses what is drawn for them."""
    habits: list[Habits]
    user_habits: NDArray[np.int32]
    """Habits of each user, an index into `habits`."""
    first_row: NDArray[np.int64]
    """First row of each user in the plan, and one past the last user's last row."""
    maintenance: NDArray[np.int64]
    """Instants of monthly maintenance, users x months, ascending; NEVER where there is none."""
    maintenance_length: Millis
    outages: Table
    """The table `outages`."""
    too_far: NDArray[np.bool_]
    """Whether the client of a plan row is beyond the reach of its streaming protocol."""

    @property
    def users(self) -> Table:
        """The table `users`."""
        return self.workload.users

    @property
    def plan(self) -> Table:
        """The table `plan`."""
        return self.workload.plan

    @property
    def served(self) -> list[Fleet | Pool]:
        """Fleets, then pools."""
        return [*self.fleets, *self.pools]

    def stream(self, name: str) -> Stream:
        """Random numbers of this replication under a name."""
        return Stream(self.scenario.seed, self.replication, name)

    def draws(self, name: str, users: NDArray[np.int64], ordinal: int = 0) -> NDArray[np.float64]:
        """A number in (0, 1) for each user, addressed by the population and the number in it."""
        draws = np.empty(len(users))
        populations, numbers = self.users["population"][users], self.user_numbers[users]
        for population in dict.fromkeys(populations.tolist()):
            mine = populations == population
            stream = self.stream(f"{name}/{population}")
            draws[mine] = stream.at(numbers[mine], ordinal=ordinal)
        return draws

    def draw(self, name: str, user: int, ordinal: int = 0) -> float:
        """The number of one user."""
        return float(self.draws(name, np.array([user]), ordinal)[0])

    def recorded(self, at: Millis) -> Millis:
        """An instant as it is recorded: NEVER if the run does not reach it."""
        return NEVER if at >= self.end else at

    @property
    def servers(self) -> int:
        """Directory servers; 0 when authentication takes no time."""
        return self.scenario.directory.servers if self.scenario.directory else 0


def build(scenario: Scenario, workload: Workload, replication: int) -> World:
    """Resolve names to indices, once."""
    names = list(scenario.served_by)
    users = workload.users
    habits, user_habits = _habits(scenario, users)
    counts = np.bincount(workload.plan["user"], minlength=len(users))
    maintenance = autostop_maintenance(scenario, users, replication)
    return World(
        scenario=scenario,
        workload=workload,
        replication=replication,
        begin=scenario.begin,
        end=scenario.end,
        fleets=list(scenario.fleets.values()),
        pools=list(scenario.pools.values()),
        fleet_names=names,
        user_fleet=_codes(users["fleet"], names),
        user_numbers=user_numbers(users),
        habits=habits,
        user_habits=user_habits,
        first_row=np.concatenate([[0], np.cumsum(counts)]),
        maintenance=maintenance,
        maintenance_length=scenario.billing.maintenance_billed_hours * HOUR,
        outages=make_outages(scenario, replication),
        too_far=beyond_reach(scenario, workload),
    )


def _codes(values: NDArray[Any], names: list[str]) -> NDArray[np.int32]:
    index = {name: code for code, name in enumerate(names)}
    return np.array([index[value] for value in values], dtype=np.int32)


def _habits(scenario: Scenario, users: Table) -> tuple[list[Habits], NDArray[np.int32]]:
    names = list(dict.fromkeys(users["population"].tolist()))
    sources = [scenario.behaviour(name) for name in names]
    habits = [
        Habits(source.session_end == "fixed_departure", source.after_interruption == "return")
        for source in sources
    ]
    return habits, _codes(users["population"], names)
