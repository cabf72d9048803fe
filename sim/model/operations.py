"""Operations of the scenario: whom they concern, in which waves and calls, and what is done.

The rules are O9 of `docs/model.md` and what it says before O1; each operation itself is carried out
by `sim.model.provisioning` or `sim.model.changes`.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.model.bucket import TokenBucket
from sim.model.changes import Changes
from sim.model.decisions import Decision, Decisions
from sim.model.operation_log import Order
from sim.record import Actor, Cause, OperationKind
from sim.scenario.desktops import Operation
from sim.units import SECOND, Millis

Users = NDArray[np.int64]

_IN_BULK = ("create", "delete", "reboot")
"""Operations of which one call does many."""


class Operations:
    """Carries out operations on the desktops of many users."""

    def __init__(self, changes: Changes, decisions: Decisions) -> None:
        self.world = changes.world
        self.crowd = changes.crowd
        self.desktops = changes.desktops
        self.provisioning = changes.provisioning
        self.changes = changes
        self.later = decisions.add
        """Where a decision goes that follows from another one."""
        limits = self.world.scenario.api_limits
        self.limits = limits
        self.api = TokenBucket(limits.calls_per_second, SECOND, limits.burst)
        """The provider's limit on calls."""

    def decisions(self) -> Iterator[Decision]:
        """The operations of the scenario, in the order of the file."""
        operations = self.world.scenario.operations
        assert isinstance(operations, list)
        for operation in operations:
            at = self.world.scenario.calendar.millis(operation.at)
            yield Decision(at, partial(self._operate, operation))

    # -- whom an operation concerns

    def _operate(self, operation: Operation, at: Millis) -> None:
        users = self._fleet_users(operation.fleet)
        if operation.user is not None:
            users = users[self.world.users["name"][users] == operation.user]
        else:
            users = self._drawn(operation, users, self.world.draws(_stream_name(operation), users))
        self._roll_out(operation, users, at)

    def _fleet_users(self, fleet: str) -> Users:
        users = np.flatnonzero(self.world.users["fleet"] == fleet)
        walked = np.array([user in self.crowd.people for user in users.tolist()], dtype=bool)
        here: Users = users[walked]
        return here

    def _drawn(self, operation: Operation, users: Users, draws: NDArray[np.float64]) -> Users:
        """A share of those whom the operation can concern, at random, in order of user."""
        wanted = operation.operation == "create"
        able = [(self.desktops.of_user[user] is None) == wanted for user in users.tolist()]
        users, draws = users[able], draws[able]
        assert operation.share is not None
        return np.sort(
            users[np.argsort(draws, kind="stable")[: round(operation.share * len(users))]]
        )

    # -- waves and calls

    def _roll_out(self, operation: Operation, users: Users, at: Millis) -> None:
        """Operate on users in waves, and in calls where these are limited."""
        waves = operation.waves
        parts = np.array_split(users, waves.count) if waves else [users]
        for number, part in enumerate(parts):
            when = at + number * waves.every if waves else at
            if number == 0:
                self._call(operation, part, at)
            else:
                self.later(Decision(when, partial(self._call, operation, part)))

    def _call(self, operation: Operation, users: Users, at: Millis) -> None:
        if not self.limits.operations:
            self.operate_on(operation, users, at)
            return
        size = self.limits.desktops_per_call if operation.operation in _IN_BULK else 1
        for first in range(0, len(users), size):
            part = users[first : first + size]
            self.later(Decision(self.api.take(at), partial(self.operate_on, operation, part)))

    # -- what is done

    def operate_on(
        self, operation: Operation, users: Users, at: Millis, by: Actor = Actor.ADMINISTRATOR
    ) -> None:
        """Carry out an operation on the desktops of these users, or refuse it."""
        kind = OperationKind[operation.operation.upper().replace("-", "_")]
        starts = self.world.draws(f"{_stream_name(operation)}/start", users)
        for user, start in zip(users.tolist(), starts.tolist(), strict=True):
            self.carry_out(Order(user, kind, operation.to, by), at, start)

    def ask(self, order: Order, at: Millis, start: float = 0.5) -> Millis:
        """Make a call of its own for one operation, as soon as the limit lets it be made (O9).

        Returns the instant of the call.
        """
        if not self.limits.operations:
            self.carry_out(order, at, start)
            return at
        called = self.api.take(at)
        self.later(Decision(called, partial(self.carry_out, order, start=start)))
        return called

    def carry_out(self, order: Order, at: Millis, start: float) -> None:
        """Carry out one operation, or refuse it; `start` is the draw of a start it may need."""
        lost_to = self.provisioning.region(order.user).control_plane.lost_to
        if lost_to != Cause.NONE:
            self.changes.log.refuse(order, at, lost_to)
            return
        match order.kind:
            case OperationKind.CREATE:
                self.provisioning.create(order, at)
            case OperationKind.DELETE:
                self.provisioning.delete(order, at)
            case OperationKind.SWITCH_MODE:
                self.changes.switch_mode(order, at, start)
            case OperationKind.RESIZE:
                self.changes.resize(order, at)
            case OperationKind.CHANGE_COMPUTE:
                self.changes.change_compute(order, at)
            case OperationKind.MIGRATE:
                self.changes.migrate(order, at)
            case OperationKind.REBOOT:
                self.changes.reboot(order, at)
            case OperationKind.REBUILD | OperationKind.RESTORE:
                self.changes.remake(order, at)


def _stream_name(operation: Operation) -> str:
    return f"operations/{operation.operation}/{operation.fleet}/{operation.at:%Y-%m-%dT%H:%M:%S}"
