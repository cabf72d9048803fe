"""The workload of a run: who there is and what they intend, generated or replayed.

The plan is exogenous. What the system does to the intentions (waits, refusals, outages) is the
model's business and changes nothing here.
"""

from dataclasses import dataclass

import numpy as np

from sim.record import NEVER, PLAN, Table
from sim.scenario.schema import Scenario
from sim.workload.clients import client_names, draw_clients, draw_round_trips
from sim.workload.fates import draw_fates
from sim.workload.overlaps import Intentions, merged, overlapping
from sim.workload.people import make_users
from sim.workload.sessions import intended_sessions


@dataclass(frozen=True)
class Workload:
    """What the model is given."""

    users: Table
    """Table `users`, in order of id."""
    plan: Table
    """Table `plan`, sorted by user and, within a user, in the order of intent."""
    clients: list[str]
    """Kinds of client, by the codes of the plan."""


def make_workload(scenario: Scenario, replication: int = 0) -> Workload:
    """Generate the workload of a scenario's populations, or replay the plan it names.

    Raises:
        ScenarioError: when a file that the scenario reads is wrong.
    """
    if scenario.replay is not None:
        from sim.workload.replay import replayed

        return replayed(scenario, replication)
    users = make_users(scenario, replication)
    clients = client_names(scenario)
    sessions = Intentions.concatenate(
        [
            _population_sessions(scenario, replication, name, users)
            for name in scenario.populations
        ]
    )
    client = draw_clients(scenario, replication, users, clients)[sessions.user]
    trips = draw_round_trips(
        scenario, replication, users, (sessions.user, sessions.arrival, client), clients
    )
    plan = Table.of(
        PLAN,
        session=np.arange(len(sessions)),
        user=sessions.user,
        arrival=sessions.arrival,
        gap=np.full(len(sessions), NEVER),
        connected=sessions.connected,
        idle_from=sessions.idle_from,
        ending=sessions.ending,
        client=client,
        rtt=trips,
        **draw_fates(scenario, replication, users, sessions.user, sessions.arrival),
    )
    return Workload(users, plan, clients)


def _population_sessions(
    scenario: Scenario, replication: int, name: str, users: Table
) -> Intentions:
    members = users.take(users["population"] == name)
    sessions = intended_sessions(scenario, replication, name, members)
    match scenario.populations[name].overlap:
        case "merge":
            sessions = merged(sessions)
        case "refuse" if overlapping(sessions).any():
            raise ValueError(f"sessions of population {name} overlap")
    return sessions.take(sessions.arrival < scenario.end)
