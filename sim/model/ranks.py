"""All users at once, by session rank: the vectorised engine for desktops that share nothing.

A user's k-th session depends on the user's own k-1 earlier ones and on nobody else, as long as no
host, no operation and no refusal comes between. So the first sessions of all users are computed in
one go, then all second ones, and so on: as many array steps as the busiest user has sessions,
whatever the number of users (`sim.model.walk`). A shared directory is the one thing in common that
fits in: its waits are a recursion over all arrivals in order of time (`sim.model.fifo`), and the
arrivals change only where a wait made an earlier session of the same user run over; iterating the
two reaches the one consistent path in a few rounds.

Rule by rule it does what `sim.model.crowd` does; the tests hold the two together fact for fact.
"""

import numpy as np
from numpy.typing import NDArray

from sim.model.facts import Facts
from sim.model.fifo import waits
from sim.model.group import FAR, Times, group
from sim.model.walk import Walk
from sim.model.world import World

ROUNDS = 40
"""Rounds after which an overloaded directory is left to the agenda."""

BLOCK = 16_384
"""Users whose facts are held at once."""


def simulate_by_rank(
    world: World, users: NDArray[np.int64], desktop_of: NDArray[np.int64], facts: Facts
) -> bool:
    """Walk users who share nothing but the directory, and record the facts.

    Returns False, with nothing recorded, when the directory is so overloaded that no consistent
    path was found in `ROUNDS` rounds; the agenda then takes these users.
    """
    line_wait = _directory_waits(world, users, desktop_of)
    if line_wait is None:
        return False
    for at in range(0, len(users), BLOCK):
        block = group(world, users[at : at + BLOCK], desktop_of)
        Walk(world, block, line_wait, facts).go()
    return True


def _directory_waits(
    world: World, users: NDArray[np.int64], desktop_of: NDArray[np.int64]
) -> Times | None:
    """Wait in the directory's line [ms] of each plan row; None: no consistent path was found."""
    plan = world.plan
    line_wait = np.zeros(len(plan), dtype=np.int64)
    passes = np.array([fleet.uses_directory for fleet in world.served])[world.user_fleet]
    queueing = np.zeros(len(world.users), dtype=bool)
    queueing[users] = passes[users]
    if not world.servers or not queueing.any():
        return line_wait
    block = group(world, np.flatnonzero(queueing), desktop_of)
    rows = np.flatnonzero(queueing[plan["user"]])
    arrival = plan["arrival"]
    for _ in range(ROUNDS):
        arrived = rows[arrival[rows] < world.end]
        order = arrived[np.lexsort([arrived, plan["user"][arrived], arrival[arrived]])]
        line_wait[:] = 0
        service = plan["directory_service"][order].astype(np.int64)
        line_wait[order] = waits(arrival[order], service, world.servers)
        found = Walk(world, block, line_wait, None).go()
        if np.array_equal(found[rows], np.minimum(arrival[rows], FAR)):
            return line_wait
        arrival = found
    return None
