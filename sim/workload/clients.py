"""Client devices: which kind each user works with, and how far it is from the desktop.

A user keeps one kind of client. The round-trip time is new for each session: people travel.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.record import Table
from sim.scenario.distributions import Constant
from sim.scenario.schema import Scenario
from sim.scenario.workload import Client
from sim.workload.distributions import choices, sample
from sim.workload.draws import Streams
from sim.workload.fates import LONGEST, Logons
from sim.workload.people import user_numbers

if TYPE_CHECKING:
    from sim.workload.plans import Workload

NOBODY_SAID: Mapping[str, Client] = {"client": Client.model_validate({"share": "100 %"})}
"""The client of people whose scenario says nothing about them."""


def client_names(scenario: Scenario) -> list[str]:
    """The kinds of client of all populations, in file order; a code is a position in this list."""
    names = [name for population in scenario.populations.values() for name in population.clients]
    return list(dict.fromkeys(names))


_WORDS = np.dtype("U5")
"""Room for `dcv` and for `pcoip`."""


class Protocols:
    """The streaming protocol of each user with each kind of client: `dcv` or `pcoip`.

    It is the client's own, or that of the fleet; pools stream by DCV. Source: AWS WorkSpaces
    Administration Guide, "WorkSpaces Pools".

    Args:
        of_fleet: protocol of each fleet.
        of_client: protocol of each kind of client of a population that names one.
        users: table USERS.
        clients: kinds of client, by code.
    """

    def __init__(
        self,
        of_fleet: Mapping[str, str],
        of_client: Mapping[tuple[str, str], str],
        users: Table,
        clients: Sequence[str],
    ) -> None:
        kinds: dict[tuple[str, str], int] = {}
        pairs = zip(users["population"], users["fleet"], strict=True)
        self._kind = np.array([kinds.setdefault(pair, len(kinds)) for pair in pairs], dtype=np.intp)
        fleets = [of_fleet.get(fleet, "dcv") for _, fleet in kinds]
        known = [
            [of_client.get((population, client), fleet) for client in clients]
            for (population, _), fleet in zip(kinds, fleets, strict=True)
        ]
        self._table = np.array(known, dtype=_WORDS).reshape(len(kinds), len(clients))
        self._fleets = np.array(fleets, dtype=_WORDS)

    @classmethod
    def of(cls, scenario: Scenario, users: Table, clients: Sequence[str]) -> "Protocols":
        """As a scenario says."""
        of_client = {
            (population, name): client.protocol
            for population, described in scenario.populations.items()
            for name, client in described.clients.items()
            if client.protocol is not None
        }
        of_fleet = {name: fleet.protocol for name, fleet in scenario.fleets.items()}
        return cls(of_fleet, of_client, users, clients)

    def by_row(self, user: NDArray[Any], client: NDArray[Any]) -> NDArray[np.str_]:
        """Protocol of each row of a plan or of sessions, from the codes of user and client."""
        found: NDArray[np.str_] = self._table[self._kind[user], client]
        return found

    def of_fleets(self) -> NDArray[np.str_]:
        """Protocol of each user's fleet, by code of the user."""
        found: NDArray[np.str_] = self._fleets[self._kind]
        return found


def beyond_reach(scenario: Scenario, workload: "Workload") -> NDArray[np.bool_]:
    """Whether the round trip of each row of a plan is longer than its protocol allows."""
    limits, rtt = scenario.round_trip_limits, workload.plan["rtt"]
    longest = int(rtt.max(initial=0))
    allowed = {
        name: limit for name, limit in (("pcoip", limits.pcoip), ("dcv", limits.dcv)) if limit
    }
    if all(longest <= limit for limit in allowed.values()):
        return np.zeros(len(rtt), dtype=bool)
    plan, users = workload.plan, workload.users
    protocols = Protocols.of(scenario, users, workload.clients)
    by_row = protocols.by_row(plan["user"], plan["client"])
    found = np.zeros(len(rtt), dtype=bool)
    for name, limit in allowed.items():
        found |= (by_row == name) & (rtt > limit)
    return found


def draw_clients(
    scenario: Scenario, replication: int, users: Table, names: list[str]
) -> NDArray[np.int16]:
    """Each user's kind of client, as a position in `names`."""
    codes = np.zeros(len(users), dtype=np.int16)
    numbers = user_numbers(users)
    for population in dict.fromkeys(users["population"]):
        members = np.flatnonzero(users["population"] == population)
        kinds = _kinds(scenario, population)
        stream = Streams(scenario, replication, population)["client"]
        chosen = choices([kind.share for kind in kinds.values()], stream.at(numbers[members]))
        codes[members] = np.array([names.index(name) for name in kinds])[chosen]
    return codes


def draw_round_trips(
    scenario: Scenario,
    replication: int,
    logons: Sequence[Logons],
    client: NDArray[np.int16],
    names: list[str],
) -> NDArray[np.int32]:
    """The round-trip time [ms] of each row of a plan, whose kinds of client are in `client`."""
    trips = np.zeros(len(client), dtype=np.int32)
    for alike in logons:
        kinds = {**NOBODY_SAID, **_kinds(scenario, alike.population)}
        laws = [kinds.get(name, NOBODY_SAID["client"]).round_trip for name in names]
        if all(isinstance(law, Constant) for law in laws):
            of_kind = np.array([sample(law, np.zeros(1))[0] for law in laws])
            trips[alike.rows] = of_kind[client[alike.rows]]
            continue
        stream = Streams(scenario, replication, alike.population)["round-trip"]
        for group in alike.by_address():
            uniforms, code = group.uniforms(stream), client[group.rows]
            for kind in np.unique(code).tolist():
                mine = code == kind
                trip = sample(laws[kind], uniforms[mine])
                trips[group.rows[mine]] = np.minimum(trip, LONGEST)
    return trips


def _kinds(scenario: Scenario, population: str) -> Mapping[str, Client]:
    described = scenario.populations.get(population)
    return described.clients if described else NOBODY_SAID
