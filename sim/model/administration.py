"""The calendar of what is decided about desktops: who joins and leaves, operations, maintenance.

These are the events of the SimPy clock. Each is carried out for each desktop concerned, or
refused with a cause; both are recorded.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from sim.model.decisions import Decision
from sim.model.operation_log import Order
from sim.model.operations import Operations
from sim.model.owned import Owned
from sim.model.pooled import Pooled
from sim.model.self_service import SelfService
from sim.record import NEVER, Cause, OperationKind
from sim.units import Millis
from sim.workload import alwayson_windows

OUTAGES = (Cause.CONTROL_PLANE_OUTAGE, Cause.REGION_OUTAGE, Cause.ZONE_OUTAGE)
"""Why a creation is made up for later."""


class Administration:
    """Says when something is done about the crowd's desktops."""

    def __init__(self, owned: Owned, operations: Operations) -> None:
        self.owned = owned
        self.operations = operations
        self.world = operations.world
        self.crowd = owned.crowd
        self.desktops = owned.desktops
        self.provisioning = operations.provisioning
        self._self_service = SelfService(operations)
        self._call_of_joiners: tuple[Millis, Millis, int] = (NEVER, NEVER, 0)
        """Of the last call for joiners: when they joined, when it was made, and
        for how many more there is room."""
        self._awaited: list[int] = []
        """Users who joined when an outage left nothing to create a desktop in or with."""

    def decisions(self) -> Iterator[Decision]:
        """All decisions; at one instant leavers, joiners, operations, wishes, windows."""
        yield from self._leavers()
        yield from self._joiners()
        yield from self.operations.decisions()
        yield from self._self_service.decisions()
        yield from self._windows()

    # -- joining and leaving

    def _leavers(self) -> Iterator[Decision]:
        users = self.world.users
        for user in np.flatnonzero(users["leaves"] != NEVER).tolist():
            if user in self.crowd.people and users["leaves"][user] != users["joins"][user]:
                yield Decision(int(users["leaves"][user]), partial(self._part_with, user))

    def _part_with(self, user: int, at: Millis) -> None:
        """Somebody leaves: the desktop is deleted, or the place in a pool given back."""
        supply = self.crowd.people[user].supply
        if isinstance(supply, Pooled):
            supply.dismiss(user, at)
        else:
            self.provisioning.delete(Order(user, OperationKind.DELETE), at)

    def _joiners(self) -> Iterator[Decision]:
        users = self.world.users
        for user in np.flatnonzero(users["joins"] != NEVER).tolist():
            if user in self.crowd.people and self.provisioning.owns(user):
                at = int(users["joins"][user])
                yield Decision(at, partial(self._join, user))
                if users["leaves"][user] == at:
                    yield Decision(at, partial(self._part_with, user))

    def _join(self, user: int, at: Millis) -> None:
        """Somebody joins: a desktop is created, as soon as one can be (F8, O9)."""
        called = self._called(at)
        if called > at:
            self.operations.later(Decision(called, partial(self._create_for, user)))
        else:
            self._create_for(user, at)

    def _called(self, at: Millis) -> Millis:
        """The instant of the call that creates the next desktop of those who join at an instant."""
        limits = self.operations.limits
        if not limits.operations:
            return at
        joined, called, room = self._call_of_joiners
        if joined != at or not room:
            called, room = self.operations.api.take(at), limits.desktops_per_call
        self._call_of_joiners = (at, called, room - 1)
        return called

    def _create_for(self, user: int, at: Millis) -> None:
        leaves = int(self.world.users["leaves"][user])
        if leaves != NEVER and leaves < at:
            return
        if self.provisioning.create(Order(user, OperationKind.CREATE), at) in OUTAGES:
            self._awaited.append(user)

    def create_awaited(self, at: Millis) -> None:
        """Create the desktops of those who joined during an outage, and stayed, if there can be."""
        waiting, self._awaited = self._awaited, []
        for user in waiting:
            leaves = int(self.world.users["leaves"][user])
            if self.provisioning.hindrance(user) != Cause.NONE:
                self._awaited.append(user)
            elif self.desktops.of_user[user] is None and (leaves == NEVER or at < leaves):
                self._create_for(user, at)

    # -- Sunday's maintenance

    def _windows(self) -> Iterator[Decision]:
        length = self.world.scenario.maintenance.alwayson_duration
        if not length:
            return
        zones = self.world.users["time_zone"]
        for time_zone in dict.fromkeys(zones.tolist()):
            users = [
                user
                for user in np.flatnonzero(zones == time_zone).tolist()
                if user in self.crowd.people and self.provisioning.owns(user)
            ]
            for at in alwayson_windows(self.world.scenario, time_zone).tolist():
                yield Decision(at, partial(self._maintain, users, length))

    def _maintain(self, users: list[int], length: Millis, at: Millis) -> None:
        for user in users:
            self.owned.maintain_running(user, at, length)
