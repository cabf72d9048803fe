"""Users walked together: what does not change during the walk, as one array per property."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.desktops import MAINTENANCE_AGE
from sim.model.world import World
from sim.record import NEVER

Times = NDArray[np.int64]
Mask = NDArray[np.bool_]

FAR = 2**60
"""Later than any run, and small enough to add to."""


@dataclass(frozen=True)
class Group:
    """Users walked together, with what does not change, one element each; most sessions first."""

    user: NDArray[np.int64]
    desktop: NDArray[np.int64]
    first_row: NDArray[np.int64]
    sessions: NDArray[np.int64]
    always_on: Mask
    timeout: Times
    stop_delay: Times
    detection: Times
    idle_limit: Times
    cold: Mask
    fixed_departure: Mask
    passes_directory: Mask
    maintenance: Times
    """Instants at which a stopped desktop would be maintained, users x months, FAR where there is
    none."""


def group(world: World, users: NDArray[np.int64], desktop_of: NDArray[np.int64]) -> Group:
    """Gather what these users and their desktops are like."""
    sessions = world.first_row[users + 1] - world.first_row[users]
    order = np.argsort(-sessions, kind="stable")
    users, sessions = users[order], sessions[order]
    fleets = world.fleets

    def of_fleet(values: list[Any], dtype: type) -> NDArray[Any]:
        return np.array(values, dtype=dtype)[world.user_fleet[users]]

    always_on = of_fleet([fleet.running_mode == "AlwaysOn" for fleet in fleets], bool)
    created = world.begin - of_fleet([fleet.initial_age for fleet in fleets], np.int64)
    due = world.maintenance[users]
    young = due - created[:, None] < MAINTENANCE_AGE
    due = np.where((due == NEVER) | young | always_on[:, None], FAR, due)
    if not world.maintenance_length:
        due = np.full_like(due, FAR)
    fixed = np.array([habits.fixed_departure for habits in world.habits], dtype=bool)
    limits = [fleet.idle_limit for fleet in fleets]
    return Group(
        user=users,
        desktop=desktop_of[users],
        first_row=world.first_row[users],
        sessions=sessions,
        always_on=always_on,
        timeout=np.where(always_on, FAR, of_fleet([f.autostop_timeout for f in fleets], np.int64)),
        stop_delay=of_fleet([fleet.stop_delay for fleet in fleets], np.int64),
        detection=of_fleet([fleet.network_loss_detection for fleet in fleets], np.int64),
        idle_limit=of_fleet([FAR if limit is None else limit for limit in limits], np.int64),
        cold=of_fleet([fleet.cold for fleet in fleets], bool),
        fixed_departure=fixed[world.user_habits[users]],
        passes_directory=of_fleet([f.uses_directory for f in fleets], bool) & bool(world.servers),
        maintenance=np.column_stack([np.sort(due, axis=1), np.full(len(users), FAR)]),
    )
