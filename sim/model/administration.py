"""What happens to desktops by decision: joining and leaving, operations, Sunday's maintenance.

These are the events of the SimPy clock. Each is carried out for each desktop concerned, or
refused with a cause; both are recorded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.model.crowd import Crowd
from sim.model.desktop import Desktop, desktop_row
from sim.model.facts import Facts
from sim.model.placement import Zones
from sim.model.world import MODES, World
from sim.record import NEVER, Cause, DesktopState, OperationKind, RunningMode
from sim.scenario.desktops import VOLUME_PAIRS, Bundle, Fleet, Operation, Volumes
from sim.scenario.distributions import Distribution
from sim.units import HOUR, Millis
from sim.workload import Stream, alwayson_windows, sample

CHANGE_TIME: Millis = HOUR
"""Time a resize of a stopped desktop, a compute change or a migration takes [ms]. Source: "up to 1
h", AWS admin guide, "Modify a WorkSpace" and "Migrate a WorkSpace" (a volume change may take 2
h)."""


@dataclass(frozen=True)
class Decision:
    """Something to carry out at an instant."""

    at: Millis
    carry_out: Callable[[Millis], None]


class Administration:
    """Carries out decisions on the crowd's desktops."""

    def __init__(self, world: World, crowd: Crowd, zones: Zones, facts: Facts) -> None:
        self.world = world
        self.crowd = crowd
        self.desktops = crowd.desktops
        self.zones = zones
        self.facts = facts
        self._desktops: list[Desktop] = []
        self._deleted: dict[int, Millis] = {}
        self._owned = [0] * len(world.users)
        """Desktops each user has had so far."""

    # -- the calendar of decisions

    def decisions(self) -> list[Decision]:
        """All decisions in time order; at one instant leavers, joiners, operations, windows."""
        found = [*self._leavers(), *self._joiners(), *self._operations(), *self._windows()]
        return sorted(found, key=lambda decision: decision.at)

    def _leavers(self) -> Iterator[Decision]:
        leaves = self.world.users["leaves"]
        for user in np.flatnonzero(leaves != NEVER).tolist():
            if user in self.crowd.people:
                yield Decision(int(leaves[user]), partial(self._delete, user))

    def _joiners(self) -> Iterator[Decision]:
        joins = self.world.users["joins"]
        for user in np.flatnonzero(joins != NEVER).tolist():
            if user in self.crowd.people:
                yield Decision(int(joins[user]), partial(self._create, user))

    def _operations(self) -> Iterator[Decision]:
        operations = self.world.scenario.operations
        assert isinstance(operations, list)
        for number, operation in enumerate(operations):
            at = self.world.scenario.calendar.millis(operation.at)
            yield Decision(at, partial(self._operate, number, operation))

    def _windows(self) -> Iterator[Decision]:
        length = self.world.scenario.maintenance.alwayson_duration
        if not length:
            return
        zones = self.world.users["time_zone"]
        for time_zone in dict.fromkeys(zones.tolist()):
            users = [
                user
                for user in np.flatnonzero(zones == time_zone).tolist()
                if user in self.crowd.people
            ]
            for at in alwayson_windows(self.world.scenario, time_zone).tolist():
                yield Decision(at, partial(self._maintain, users, length))

    def _maintain(self, users: list[int], length: Millis, at: Millis) -> None:
        for user in users:
            self.crowd.maintain_running(user, at, length)

    # -- operations

    def _operate(self, number: int, operation: Operation, at: Millis) -> None:
        users = self._fleet_users(operation.fleet)
        if operation.user is not None:
            names = self.world.users["name"]
            chosen = [user for user in users if names[user] == operation.user]
        else:
            chosen = self._drawn(number, operation, users)
        for user in chosen:
            start = self._start_draw(number, users.index(user))
            match operation.operation:
                case "create":
                    self._create(user, at)
                case "delete":
                    self._delete(user, at)
                case "switch-mode":
                    self._switch_mode(user, str(operation.to), at, start)
                case "resize":
                    assert isinstance(operation.to, Volumes)
                    self._resize(user, operation.to, at)
                case "change-compute":
                    self._change_compute(user, _bundle(operation), at)
                case "migrate":
                    self._migrate(user, _bundle(operation), at)

    def _fleet_users(self, fleet: str) -> list[int]:
        users = np.flatnonzero(self.world.users["fleet"] == fleet).tolist()
        return [user for user in users if user in self.crowd.people]

    def _drawn(self, number: int, operation: Operation, users: list[int]) -> list[int]:
        """A share of those whom the operation can concern, at random, in order of user."""
        wanted = operation.operation == "create"
        able = [user for user in users if (self.desktops.of_user[user] is None) == wanted]
        assert operation.share is not None
        draws = self._stream(f"operations/{number}").uniforms(len(users))
        order = sorted(able, key=lambda user: draws[users.index(user)])
        return sorted(order[: round(operation.share * len(able))])

    def _start_draw(self, number: int, position: int) -> float:
        return float(self._stream(f"operations/{number}/start").uniforms(1, first=position)[0])

    def _stream(self, name: str) -> Stream:
        return Stream(self.world.scenario.seed, self.world.replication, name)

    # -- creation and deletion: rules D1, O1, O2

    def install(self) -> NDArray[np.int64]:
        """Set up the desktops there are before the run begins; return each user's, or -1."""
        for user in np.flatnonzero(self.world.users["joins"] == NEVER).tolist():
            self._install(user)
        return np.array([-1 if d is None else d.id for d in self.desktops.of_user], dtype=np.int64)

    def _install(self, user: int) -> None:
        begin, fleet = self.world.begin, self._fleet(user)
        mode = MODES[fleet.running_mode]
        desktop = self._place(user, begin, _ready_state(mode))
        if isinstance(desktop, Cause):
            self._refuse(user, OperationKind.CREATE, "", begin, desktop)
            return
        desktop.created = begin - fleet.initial_age
        desktop.hold(fleet.bundle, fleet.root_volume, fleet.user_volume, mode, begin)

    def release(self, users: NDArray[np.int64]) -> None:
        """Leave the states and runs of these users' desktops to the engine that walked them."""
        for user in users.tolist():
            desktop = self.desktops.of_user[user]
            assert desktop is not None
            desktop.walked_elsewhere = True

    def _create(self, user: int, at: Millis) -> None:
        fleet = self._fleet(user)
        if self.desktops.of_user[user] is not None:
            self._refuse(user, OperationKind.CREATE, "", at, Cause.WRONG_STATE)
            return
        desktop = self._place(user, at, DesktopState.ABSENT)
        if isinstance(desktop, Cause):
            self._refuse(user, OperationKind.CREATE, "", at, desktop)
            return
        mode = MODES[fleet.running_mode]
        desktop.hold(fleet.bundle, fleet.root_volume, fleet.user_volume, mode, at, created=True)
        length = self._provisioning(user, fleet.provisioning)
        self.desktops.pass_through(desktop, DesktopState.PENDING, at, length, _ready_state(mode))
        done = at + length
        self._accept(user, OperationKind.CREATE, "", at, done=done, number=desktop.id)

    def _place(self, user: int, at: Millis, state: DesktopState) -> Desktop | Cause:
        """Find a zone with an address and, for AlwaysOn, a slot."""
        zone = self.zones.place(self._fleet_name(user))
        if zone is None:
            return Cause.NO_ADDRESS
        desktop = self._desktop(user, zone, at, state)
        if self._fleet(user).running_mode == "AlwaysOn" and not self.desktops.take_slot(
            desktop, at
        ):
            self.zones.give_back(zone)
            return Cause.NO_HOST_CAPACITY
        self._own(desktop)
        return desktop

    def _desktop(self, user: int, zone: str, at: Millis, state: DesktopState) -> Desktop:
        """A desktop with the next number, not yet anybody's."""
        fleet, begin = int(self.world.user_fleet[user]), self.world.begin
        number = len(self._desktops)
        desktop = Desktop(self.facts, number, user, fleet, zone, begin=begin, state=state)
        desktop.created, desktop.bundle = at, self._fleet(user).bundle
        return desktop

    def _own(self, desktop: Desktop) -> None:
        """Give a desktop to its user."""
        self._owned[desktop.user] += 1
        desktop.ordinal = self._owned[desktop.user]
        self._desktops.append(desktop)
        self.desktops.of_user[desktop.user] = desktop

    def _provisioning(self, user: int, spec: Distribution) -> Millis:
        name = self.world.users["name"][user]
        draw = self._stream(f"provisioning/{name}").uniforms(1, day=self._owned[user])
        return int(sample(spec, draw)[0])

    def _delete(self, user: int, at: Millis) -> None:
        desktop = self.desktops.of_user[user]
        if desktop is None:
            self._refuse(user, OperationKind.DELETE, "", at, Cause.WRONG_STATE)
            return
        self.crowd.take_away(user, at, Cause.OPERATION)
        self._remove(desktop, at)
        self._accept(user, OperationKind.DELETE, "", at, done=at, number=desktop.id)

    def _remove(self, desktop: Desktop, at: Millis) -> None:
        desktop.end_run(at)
        self.desktops.free_slot(desktop, at)
        desktop.enter(DesktopState.TERMINATED, at)
        desktop.close_terms(at, deleted=True)
        self.zones.give_back(desktop.zone)
        self._deleted[desktop.id] = at
        self.desktops.of_user[desktop.user] = None

    # -- changes: rules O3 to O6

    def _switch_mode(self, user: int, to: str, at: Millis, draw: float) -> None:
        desktop, mode = self.desktops.of_user[user], MODES[to]
        cause = self._why_not_switch(desktop, mode, at)
        if desktop is None or cause != Cause.NONE:
            self._refuse(user, OperationKind.SWITCH_MODE, to, at, cause)
            return
        done = at
        if mode == RunningMode.ALWAYS_ON:
            done = self._to_always_on(desktop, at, draw)
        else:
            self._to_auto_stop(desktop, at)
        self._accept(user, OperationKind.SWITCH_MODE, to, at, done=done, number=desktop.id)

    def _why_not_switch(self, desktop: Desktop | None, mode: RunningMode, at: Millis) -> Cause:
        allowed = (
            DesktopState.AVAILABLE,
            DesktopState.STOPPED,
            DesktopState.STARTING,
            DesktopState.STOPPING,
        )
        if desktop is None or desktop.state not in allowed or desktop.mode == mode:
            return Cause.WRONG_STATE
        if mode == RunningMode.ALWAYS_ON and not self.desktops.take_slot(desktop, at):
            return Cause.NO_HOST_CAPACITY
        return Cause.NONE

    def _to_always_on(self, desktop: Desktop, at: Millis, draw: float) -> Millis:
        desktop.end_run(at)
        desktop.change_terms(at, mode=RunningMode.ALWAYS_ON)
        if desktop.state not in (DesktopState.STOPPED, DesktopState.STOPPING):
            return at
        fleet = self.world.fleets[desktop.fleet]
        spec = fleet.logon.cold_start if fleet.cold else fleet.logon.resume
        length = int(sample(spec, np.array([draw]))[0])
        self.desktops.start(desktop, at, length)
        return at + length

    def _to_auto_stop(self, desktop: Desktop, at: Millis) -> None:
        desktop.change_terms(at, mode=RunningMode.AUTO_STOP)
        desktop.begin_run(at)
        if not self.crowd.occupied(desktop.user):
            self.desktops.begin_timeout(desktop, at)

    def _resize(self, user: int, to: Volumes, at: Millis) -> None:
        desktop = self.desktops.of_user[user]
        kind, text = OperationKind.RESIZE, f"{to.root} GB + {to.user} GB"
        idle = (DesktopState.AVAILABLE, DesktopState.STOPPED)
        if desktop is None or desktop.state not in idle or not _grows(desktop, to):
            self._refuse(user, kind, text, at, Cause.WRONG_STATE)
            return
        desktop.change_terms(at, root_gb=to.root, user_gb=to.user)
        done = at
        if desktop.state == DesktopState.STOPPED:
            done = at + CHANGE_TIME
            stopped = DesktopState.STOPPED
            self.desktops.pass_through(desktop, DesktopState.UPDATING, at, CHANGE_TIME, stopped)
        self._accept(user, kind, text, at, done=done, number=desktop.id)

    def _change_compute(self, user: int, to: Bundle | None, at: Millis) -> None:
        desktop, kind = self.desktops.of_user[user], OperationKind.CHANGE_COMPUTE
        cause = self._why_not_out(desktop, user)
        if desktop is None or cause != Cause.NONE:
            self._refuse(user, kind, to or "", at, cause)
            return
        slot = desktop.host is not None
        desktop.end_run(at)
        self.desktops.free_slot(desktop, at)
        desktop.change_terms(at, bundle=to)
        if slot and desktop.mode == RunningMode.ALWAYS_ON:
            self.desktops.take_slot(desktop, at)
        desktop.signed_in = False
        then = _ready_state(desktop.mode)
        self.desktops.pass_through(desktop, DesktopState.UPDATING, at, CHANGE_TIME, then)
        done = at + CHANGE_TIME
        self._accept(user, kind, to or "", at, done=done, number=desktop.id)

    def _migrate(self, user: int, to: Bundle | None, at: Millis) -> None:
        old, kind = self.desktops.of_user[user], OperationKind.MIGRATE
        cause = self._why_not_out(old, user)
        if old is None or cause != Cause.NONE:
            self._refuse(user, kind, to or "", at, cause)
            return
        self._remove(old, at)
        new = self._desktop(user, old.zone, at, DesktopState.ABSENT)
        new.hold(to or old.bundle, old.root_gb, old.user_gb, old.mode, at, created=True)
        self.zones.take(self._fleet_name(user), old.zone)
        self._own(new)
        if new.mode == RunningMode.ALWAYS_ON:
            self.desktops.take_slot(new, at)
        then = _ready_state(new.mode)
        self.desktops.pass_through(new, DesktopState.UPDATING, at, CHANGE_TIME, then)
        done = at + CHANGE_TIME
        self._accept(user, kind, to or "", at, done=done, number=new.id)

    def _why_not_out(self, desktop: Desktop | None, user: int) -> Cause:
        """Why an operation that needs the user out cannot be done."""
        if desktop is None or desktop.state not in (DesktopState.AVAILABLE, DesktopState.STOPPED):
            return Cause.WRONG_STATE
        return Cause.USER_CONNECTED if self.crowd.occupied(user) else Cause.NONE

    # -- records

    def _refuse(self, user: int, kind: OperationKind, to: str, at: Millis, cause: Cause) -> None:
        number = self.desktops.number(user)
        self.facts.operation((at, number, user, kind, to, False, cause, NEVER))

    def _accept(
        self, user: int, kind: OperationKind, to: str, at: Millis, *, done: Millis, number: int
    ) -> None:
        finished = NEVER if done >= self.world.end else done
        row = (at, number, user, kind, to, True, Cause.NONE, finished)
        self.facts.operation(row)

    def finish(self) -> None:
        """Close the books of every desktop."""
        for desktop in self._desktops:
            desktop.finish(self.world.end)
            names = (self._fleet_name(desktop.user), self._desktop_name(desktop))
            deleted = self._deleted.get(desktop.id)
            self.facts.desktop(desktop_row(desktop, names, deleted))

    def _desktop_name(self, desktop: Desktop) -> str:
        """`ws-` and the user's name; the user's later desktops are numbered."""
        name = f"ws-{self.world.users['name'][desktop.user]}"
        return name if desktop.ordinal == 1 else f"{name}-{desktop.ordinal}"

    def _fleet(self, user: int) -> Fleet:
        return self.world.fleets[int(self.world.user_fleet[user])]

    def _fleet_name(self, user: int) -> str:
        return self.world.fleet_names[int(self.world.user_fleet[user])]


def _ready_state(mode: RunningMode) -> DesktopState:
    return DesktopState.AVAILABLE if mode == RunningMode.ALWAYS_ON else DesktopState.STOPPED


def _bundle(operation: Operation) -> Bundle | None:
    return operation.to  # type: ignore[return-value]  # the schema allows nothing else here


def _grows(desktop: Desktop, to: Volumes) -> bool:
    """Whether a resize is one of those the provider offers: growth, to a pair that exists."""
    grown = to.root >= desktop.root_gb and to.user >= desktop.user_gb
    changed = (to.root, to.user) != (desktop.root_gb, desktop.user_gb)
    large = 175 <= to.root <= 2000 and 100 <= to.user <= 2000
    return grown and changed and ((to.root, to.user) in VOLUME_PAIRS or large)
