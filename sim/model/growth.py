"""User volumes that fill, and grow before they are full (O12).

How fast they fill is the users' doing and known beforehand; so is the instant at which a volume of
a given size has to grow. A look at that instant finds whether it still has that size: an operation
may have made it larger meanwhile, and then the next look comes later.
"""

import math
from functools import partial

from sim.model.decisions import Decision
from sim.model.desktop import Desktop
from sim.model.operation_log import Order
from sim.model.operations import Operations
from sim.record import Actor, OperationKind
from sim.scenario.growth import VolumeGrowth as Growth
from sim.units import HOUR, Millis
from sim.workload import make_growth

MONTH: Millis = 730 * HOUR
"""Time in which the size comes that a scenario states by the month [ms]."""
MEGABYTES = 1024
"""Megabytes of a gigabyte."""


class VolumeGrowth:
    """Looks after the user volumes of desktops, from their creation on."""

    def __init__(self, operations: Operations) -> None:
        self._world = world = operations.world
        self._operations = operations
        self._desktops = operations.desktops
        self._used, self._per_month = make_growth(world.scenario, world.users, world.replication)
        self._since: dict[int, Millis] = {}
        """When the volume of each user's desktop began to fill."""
        self._due: dict[int, Millis] = {}
        """When the volume of each user's desktop is looked at next."""

    def follow(self, desktop: Desktop, at: Millis) -> None:
        """A desktop has been made: its volume fills from now on."""
        if self._world.fleets[desktop.fleet].volume_growth is not None:
            self._since[desktop.user] = at
            self._await(desktop.user, self._full_at(desktop))

    def _await(self, user: int, at: Millis) -> None:
        self._due[user] = at
        self._operations.later(Decision(at, partial(self._look, user)))

    def _full_at(self, desktop: Desktop) -> Millis:
        """The instant at which a volume of the present size has to grow; the end at the latest."""
        user, since = desktop.user, self._since[desktop.user]
        left = self._growth(desktop).threshold * desktop.user_gb * MEGABYTES - self._used[user]
        if left <= 0:
            return since
        lasts = left / self._per_month[user] * MONTH if self._per_month[user] else math.inf
        return self._world.end if lasts > self._world.end - since else since + math.ceil(lasts)

    def _look(self, user: int, at: Millis) -> None:
        """Let the volume grow, if it still has the size of which it is full."""
        desktop = self._desktops.of_user[user]
        if desktop is None or self._due[user] != at:
            return
        if self._full_at(desktop) > at:
            self._await(user, self._full_at(desktop))
            return
        largest = self._operations.changes.larger(desktop) is None
        called = self._operations.ask(Order(user, OperationKind.RESIZE, by=Actor.RULE), at)
        if not largest:
            retry_at = called + self._growth(desktop).retry_after
            full_at = self._full_at(desktop)
            self._await(user, full_at if full_at > at else retry_at)

    def _growth(self, desktop: Desktop) -> Growth:
        growth = self._world.fleets[desktop.fleet].volume_growth
        assert growth is not None
        return growth
