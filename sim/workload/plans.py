"""The workload of a run: who there is and what they intend, generated or replayed.

The plan is exogenous. What the system does to the intentions (waits, refusals, outages) is the
model's business and changes nothing here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.record import NEVER, PLAN, Ending, Table
from sim.scenario.schema import Scenario
from sim.workload.clients import client_names, draw_clients, draw_round_trips
from sim.workload.fates import addressed, draw_fates
from sim.workload.overlaps import Intentions
from sim.workload.people import make_users
from sim.workload.sessions import intended_sessions

BLOCK = 20_000
"""Users drawn together: their draws do not depend on each other, the memory in use does."""


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
    """Generate the workload of a scenario's populations, or replay the plans that it names.

    Raises:
        ScenarioError: when a file or a setting that only the workload looks into is wrong.
    """
    if scenario.replay is not None:
        from sim.workload.recordings import Recording
        from sim.workload.replay import replayed

        return replayed(scenario, Recording.of_everybody(scenario.replay), replication)
    if any(people.workload for people in scenario.populations.values()):
        from sim.workload.mixing import mixed

        return mixed(scenario, replication)
    users = make_users(scenario, replication)
    return Workload(users, make_plan(scenario, users, replication), client_names(scenario))


def make_plan(scenario: Scenario, users: Table, replication: int = 0) -> Table:
    """The plan of the users of a scenario's populations, as `make_users` gives them."""
    sessions = Intentions.concatenate(
        [
            intended_sessions(scenario, replication, name, block)
            for name in scenario.populations
            for block in _blocks(users.take(users["population"] == name))
        ]
    )
    logons = addressed(scenario, users, sessions.user, sessions.arrival)
    names = client_names(scenario)
    client = draw_clients(scenario, replication, users, names)[sessions.user]
    fates = draw_fates(scenario, replication, logons, client, names)
    rtt = draw_round_trips(scenario, replication, logons, client, names)
    # People who leave the desktop connected rest from then on; all others are active to the end.
    left = sessions.ending == Ending.LEFT_CONNECTED
    return Table.of(
        PLAN,
        session=np.arange(len(sessions), dtype=np.int32),
        user=sessions.user,
        arrival=sessions.arrival,
        gap=np.full(len(sessions), NEVER),
        connected=sessions.connected,
        idle_from=np.where(left, sessions.connected, NEVER),
        ending=sessions.ending,
        client=client,
        rtt=rtt,
        **fates,
    )


def _blocks(users: Table) -> Iterator[Table]:
    for first in range(0, len(users), BLOCK):
        yield users.take(np.arange(first, min(first + BLOCK, len(users))))
