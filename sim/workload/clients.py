"""Client devices: which kind each user works with, and how far it is from the desktop.

A user keeps one kind of client; the round-trip time is new for each session, because people travel.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.record import Table
from sim.scenario.schema import Scenario
from sim.scenario.workload import Client
from sim.workload.distributions import choices, sample
from sim.workload.fates import LONGEST, logons_by_behaviour
from sim.workload.people import user_numbers
from sim.workload.streams import Stream

DEFAULT: Mapping[str, Client] = {"client": Client(share="100 %")}  # type: ignore[arg-type]
"""The client of people of whom nothing is said."""


def client_names(scenario: Scenario) -> list[str]:
    """The kinds of client of all populations, in file order; a code is a position in this list."""
    names = [name for people in scenario.populations.values() for name in people.clients]
    return list(dict.fromkeys(names or DEFAULT))


def kinds(scenario: Scenario, population: str) -> Mapping[str, Client]:
    """The kinds of client of one population."""
    people = scenario.populations.get(population)
    return people.clients if people else DEFAULT


def draw_clients(
    scenario: Scenario, replication: int, users: Table, names: list[str]
) -> NDArray[np.int16]:
    """Each user's kind of client, as a position in `names`."""
    codes = np.zeros(len(users), dtype=np.int16)
    numbers = user_numbers(users)
    for population in dict.fromkeys(users["population"]):
        members = np.flatnonzero(users["population"] == population)
        clients = kinds(scenario, population)
        stream = Stream(scenario.seed, replication, f"client/{population}")
        chosen = choices([c.share for c in clients.values()], stream.at(numbers[members]))
        codes[members] = np.array([names.index(name) for name in clients])[chosen]
    return codes


def draw_round_trips(
    scenario: Scenario,
    replication: int,
    users: Table,
    plan: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int16]],
    names: list[str],
) -> NDArray[np.int32]:
    """The round-trip time [ms] of each session; `plan` holds its user, arrival and client."""
    user, arrival, client = plan
    trips = np.zeros(len(user), dtype=np.int32)
    for logons in logons_by_behaviour(scenario, users, user, arrival):
        stream = Stream(scenario.seed, replication, f"round-trip/{logons.population}")
        uniforms = logons.uniforms(stream)
        for name, kind in kinds(scenario, logons.population).items():
            mine = client[logons.rows] == names.index(name)
            trips[logons.rows[mine]] = np.minimum(sample(kind.round_trip, uniforms[mine]), LONGEST)
    return trips
