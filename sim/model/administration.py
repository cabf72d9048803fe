"""What happens to desktops by decision: joining and leaving, operations, Sunday's maintenance.

These are the events of the SimPy clock. Each is carried out for each desktop concerned, or
refused with a cause; both are recorded.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.bucket import TokenBucket
from sim.model.crowd import Crowd
from sim.model.decisions import Decision
from sim.model.desktop import Desktop, desktop_row
from sim.model.facts import Facts
from sim.model.owned import Owned
from sim.model.placement import Zones
from sim.model.pooled import Pooled
from sim.model.regions import Region
from sim.model.world import MODES, World
from sim.record import NEVER, Cause, DesktopState, OperationKind, RunningMode
from sim.scenario.desktops import Bundle, Fleet, Operation, Volumes, is_sold
from sim.units import SECOND, Millis
from sim.workload import alwayson_windows, sample, user_numbers

Users = NDArray[np.int64]

_IN_BULK = ("create", "delete", "reboot")
"""Operations of which one call does many."""


class Administration:
    """Carries out decisions on the crowd's desktops."""

    def __init__(
        self, world: World, crowd: Crowd, owned: Owned, zones: Zones, facts: Facts
    ) -> None:
        self.world = world
        self.crowd = crowd
        self.owned = owned
        self.desktops = owned.desktops
        self.zones = zones
        self.facts = facts
        self._desktops: list[Desktop] = []
        self._deleted: dict[int, Millis] = {}
        self._numbers = user_numbers(world.users)
        self._rows: list[list[Any]] = []
        """Rows of `operations`, kept until it is known whether they were finished."""
        self._under_way: dict[int, list[Any]] = {}
        """The last of them for each desktop."""
        self._owned = [0] * len(world.users)
        """Desktops each user has had so far."""
        self.later: Callable[[Decision], None] = lambda _decision: None
        """Where a decision goes that follows from another one."""
        limits = world.scenario.api_limits
        self._limits = limits
        self.api = TokenBucket(limits.calls_per_second, SECOND, limits.burst)
        """The provider's limit on calls."""
        self._call_of_joiners: tuple[Millis, Millis, int] = (NEVER, NEVER, 0)
        """Of the last call for joiners: when they joined, when it was made, and
        for how many more there is room."""
        self._awaited: list[int] = []
        """Users who joined when nothing could be created."""

    # -- the calendar of decisions

    def decisions(self) -> Iterator[Decision]:
        """All decisions; at one instant leavers, joiners, operations, windows."""
        yield from self._leavers()
        yield from self._joiners()
        yield from self._operations()
        yield from self._windows()

    def _leavers(self) -> Iterator[Decision]:
        users = self.world.users
        for user in np.flatnonzero(users["leaves"] != NEVER).tolist():
            if user in self.crowd.people and users["leaves"][user] != users["joins"][user]:
                yield Decision(int(users["leaves"][user]), partial(self._part_with, user))

    def _joiners(self) -> Iterator[Decision]:
        users = self.world.users
        for user in np.flatnonzero(users["joins"] != NEVER).tolist():
            if user in self.crowd.people and self._owns(user):
                at = int(users["joins"][user])
                yield Decision(at, partial(self._join, user))
                if users["leaves"][user] == at:
                    yield Decision(at, partial(self._delete, user))

    def _join(self, user: int, at: Millis) -> None:
        """Somebody joins: a desktop is created, as soon as one can be (F8, O9)."""
        called = self._called(at)
        if called > at:
            self.later(Decision(called, partial(self._create_for, user)))
        else:
            self._create_for(user, at)

    def _called(self, at: Millis) -> Millis:
        """The instant of the call that creates the next desktop of those who join at an instant."""
        if not self._limits.operations:
            return at
        joined, called, room = self._call_of_joiners
        if joined != at or not room:
            called, room = self.api.take(at), self._limits.desktops_per_call
        self._call_of_joiners = (at, called, room - 1)
        return called

    def _create_for(self, user: int, at: Millis) -> None:
        leaves = int(self.world.users["leaves"][user])
        if leaves != NEVER and leaves < at:
            return
        self._create(user, at)
        if self._region(user).control_plane.lost_to != Cause.NONE:
            self._awaited.append(user)

    def create_awaited(self, region: Region, at: Millis) -> None:
        """Create the desktops of those who joined a Region without a control plane and stayed."""
        awaited = [user for user in self._awaited if self._region(user) is region]
        self._awaited = [user for user in self._awaited if self._region(user) is not region]
        for user in awaited:
            leaves = int(self.world.users["leaves"][user])
            if self.desktops.of_user[user] is None and (leaves == NEVER or at < leaves):
                self._create(user, at)

    def _part_with(self, user: int, at: Millis) -> None:
        """Somebody leaves: the desktop is deleted, or the place in a pool given back."""
        supply = self.crowd.people[user].supply
        if isinstance(supply, Pooled):
            supply.dismiss(user, at)
        else:
            self._delete(user, at)

    def _owns(self, user: int) -> bool:
        """Whether a user has a desktop of their own."""
        return int(self.world.user_fleet[user]) < len(self.world.fleets)

    def _operations(self) -> Iterator[Decision]:
        operations = self.world.scenario.operations
        assert isinstance(operations, list)
        for operation in operations:
            at = self.world.scenario.calendar.millis(operation.at)
            yield Decision(at, partial(self._operate, operation))

    def _windows(self) -> Iterator[Decision]:
        length = self.world.scenario.maintenance.alwayson_duration
        if not length:
            return
        zones = self.world.users["time_zone"]
        for time_zone in dict.fromkeys(zones.tolist()):
            users = [
                user
                for user in np.flatnonzero(zones == time_zone).tolist()
                if user in self.crowd.people and self._owns(user)
            ]
            for at in alwayson_windows(self.world.scenario, time_zone).tolist():
                yield Decision(at, partial(self._maintain, users, length))

    def _maintain(self, users: list[int], length: Millis, at: Millis) -> None:
        for user in users:
            self.owned.maintain_running(user, at, length)

    # -- operations

    def _operate(self, operation: Operation, at: Millis) -> None:
        users = self._fleet_users(operation.fleet)
        if operation.user is not None:
            users = users[self.world.users["name"][users] == operation.user]
        else:
            users = self._drawn(operation, users, self.draws(_stream_name(operation), users))
        self._roll_out(operation, users, at)

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
        if not self._limits.operations:
            self.operate_on(operation, users, at)
            return
        size = self._limits.desktops_per_call if operation.operation in _IN_BULK else 1
        for first in range(0, len(users), size):
            part = users[first : first + size]
            self.later(Decision(self.api.take(at), partial(self.operate_on, operation, part)))

    def operate_on(self, operation: Operation, users: Users, at: Millis) -> None:
        """Carry out an operation on the desktops of these users, or refuse it."""
        region = self.desktops.region_of[self.world.fleet_names.index(operation.fleet)]
        lost_to = region.control_plane.lost_to
        if lost_to != Cause.NONE:
            kind = OperationKind[operation.operation.upper().replace("-", "_")]
            for user in users.tolist():
                self._refuse(user, kind, _written(operation), at, lost_to)
            return
        starts = self.draws(f"{_stream_name(operation)}/start", users)
        for user, start in zip(users.tolist(), starts.tolist(), strict=True):
            self._do(operation, user, at, start)

    def _do(self, operation: Operation, user: int, at: Millis, start: float) -> None:
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
            case "reboot":
                self._reboot(user, at)
            case "rebuild":
                self._remake(user, OperationKind.REBUILD, DesktopState.REBUILDING, at)
            case "restore":
                self._remake(user, OperationKind.RESTORE, DesktopState.RESTORING, at)

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

    def draws(self, name: str, users: Users) -> NDArray[np.float64]:
        """A number in (0, 1) for each user, addressed by the population and the number in it."""
        draws = np.empty(len(users))
        populations = self.world.users["population"][users]
        numbers = self._numbers[users]
        for population in dict.fromkeys(populations.tolist()):
            mine = populations == population
            draws[mine] = self.world.stream(f"{name}/{population}").at(numbers[mine])
        return draws

    # -- creation and deletion: rules D1, O1, O2

    def install(self) -> NDArray[np.int64]:
        """Set up the desktops there are before the run begins; return each user's, or -1."""
        for user in np.flatnonzero(self.world.users["joins"] == NEVER).tolist():
            if self._owns(user):
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
        quota = self.world.scenario.quotas.desktops
        if quota is not None and self._existing() >= quota:
            self._refuse(user, OperationKind.CREATE, "", at, Cause.QUOTA)
            return
        lost_to = self._region(user).control_plane.lost_to
        if lost_to != Cause.NONE:
            self._refuse(user, OperationKind.CREATE, "", at, lost_to)
            return
        desktop = self._place(user, at, DesktopState.ABSENT)
        if isinstance(desktop, Cause):
            self._refuse(user, OperationKind.CREATE, "", at, desktop)
            return
        mode = MODES[fleet.running_mode]
        desktop.hold(fleet.bundle, fleet.root_volume, fleet.user_volume, mode, at, created=True)
        length = self._provisioning(user)
        self.desktops.pass_through(desktop, DesktopState.PENDING, at, length, _ready_state(mode))
        done = at + length
        self._accept(user, OperationKind.CREATE, "", at, done=done, number=desktop.id)

    def _existing(self) -> int:
        """Number of desktops there are."""
        return len(self._desktops) - len(self._deleted)

    def _place(self, user: int, at: Millis, state: DesktopState) -> Desktop | Cause:
        """Find a zone with an address and, for AlwaysOn, a slot."""
        zone = self.zones.place(self._fleet_name(user))
        if zone is None:
            return Cause.ZONE_OUTAGE if self.zones.lost else Cause.NO_ADDRESS
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
        region = self.desktops.region_of[fleet]
        desktop = Desktop(
            self.facts, number, user, fleet, zone, region=region, begin=begin, state=state
        )
        desktop.created, desktop.bundle = at, self._fleet(user).bundle
        return desktop

    def _own(self, desktop: Desktop) -> None:
        """Give a desktop to its user."""
        self._owned[desktop.user] += 1
        desktop.ordinal = self._owned[desktop.user]
        self._desktops.append(desktop)
        self.desktops.of_user[desktop.user] = desktop

    def _provisioning(self, user: int) -> Millis:
        """How long it takes to create the desktop that is now the user's."""
        name, fleet = self.world.users["name"][user], self._fleet(user)
        laws = {"provisioning": fleet.provisioning}
        if fleet.encryption is not None:
            laws["encryption"] = fleet.encryption.extra_time
        length = 0
        for purpose, law in laws.items():
            draw = self.world.stream(f"{purpose}/{name}").uniforms(1, day=self._owned[user])
            length += int(sample(law, draw)[0])
        return length

    def _delete(self, user: int, at: Millis) -> None:
        desktop = self.desktops.of_user[user]
        if desktop is None:
            self._refuse(user, OperationKind.DELETE, "", at, Cause.WRONG_STATE)
            return
        self.crowd.take_away(user, at, Cause.OPERATION)
        self._remove(desktop, at)
        self._accept(user, OperationKind.DELETE, "", at, number=desktop.id)

    def _remove(self, desktop: Desktop, at: Millis) -> None:
        under_way = self._under_way.pop(desktop.id, None)
        if under_way is not None and under_way[-1] >= at:
            under_way[-1] = NEVER
        desktop.end_run(at)
        self.desktops.free_slot(desktop, at)
        desktop.enter(DesktopState.TERMINATED, at)
        desktop.close_terms(at, deleted=True)
        self.zones.give_back(desktop.zone)
        self._deleted[desktop.id] = at
        self.desktops.of_user[desktop.user] = None

    def rebuild_elsewhere(self, old: Desktop, at: Millis) -> tuple[Desktop, Millis] | None:
        """Put a new desktop in another zone in the place of a lost one (F9).

        Returns the new desktop and the instant from which it can be used (NEVER: not in the run);
        None when there is no zone for it.
        """
        user = old.user
        zone = self.zones.choose(self._fleet_name(user))
        if zone is None:
            return None
        new = self._desktop(user, zone, at, DesktopState.ABSENT)
        new.mode = old.mode
        if old.mode == RunningMode.ALWAYS_ON and not self.desktops.take_slot(new, at):
            return None
        new.hold(old.bundle, old.root_gb, old.user_gb, old.mode, at, created=True)
        self._remove(old, at)
        self.zones.take(self._fleet_name(user), zone)
        self._own(new)
        length = self._provisioning(user)
        self.desktops.pass_through(new, DesktopState.PENDING, at, length, _ready_state(old.mode))
        return new, self._in_run(at + length)

    def postpone(self, desktop: Desktop, done: Millis) -> None:
        """A change under way is finished at another instant than it seemed."""
        row = self._under_way.get(desktop.id)
        if row is not None:
            row[-1] = self._in_run(done)

    def _in_run(self, at: Millis) -> Millis:
        """An instant as it is recorded: NEVER if the run does not reach it."""
        return NEVER if at >= self.world.end else at

    # -- changes: rules O3 to O6

    def _switch_mode(self, user: int, to: str, at: Millis, draw: float) -> None:
        desktop, mode = self.desktops.of_user[user], MODES[to]
        cause = self._why_not_switch(desktop, mode, at)
        if desktop is None or cause != Cause.NONE:
            self._refuse(user, OperationKind.SWITCH_MODE, to, at, cause)
            return
        done = None
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

    def _to_always_on(self, desktop: Desktop, at: Millis, draw: float) -> Millis | None:
        """Switch; return when a desktop that has to start is ready."""
        desktop.end_run(at)
        desktop.change_terms(at, mode=RunningMode.ALWAYS_ON)
        if desktop.state not in (DesktopState.STOPPED, DesktopState.STOPPING):
            return None
        fleet = self.world.fleets[desktop.fleet]
        length = int(sample(fleet.start_law(desktop.bundle), np.array([draw]))[0])
        self.desktops.start(desktop, at, length)
        self.crowd.reconsider(desktop.user, at)
        return at + length

    def _to_auto_stop(self, desktop: Desktop, at: Millis) -> None:
        desktop.change_terms(at, mode=RunningMode.AUTO_STOP)
        desktop.begin_run(at)
        if not self.crowd.occupied(desktop.user):
            self.desktops.begin_timeout(desktop, at)

    def _resize(self, user: int, to: Volumes, at: Millis) -> None:
        desktop = self.desktops.of_user[user]
        kind, text = OperationKind.RESIZE, _sizes(to)
        idle = (DesktopState.AVAILABLE, DesktopState.STOPPED)
        if desktop is None or desktop.state not in idle or not _grows(desktop, to):
            self._refuse(user, kind, text, at, Cause.WRONG_STATE)
            return
        desktop.change_terms(at, root_gb=to.root, user_gb=to.user)
        done = None
        if desktop.state == DesktopState.STOPPED:
            done = self._update(desktop, at)
        self._accept(user, kind, text, at, done=done, number=desktop.id)

    def _change_compute(self, user: int, to: Bundle | None, at: Millis) -> None:
        desktop, kind = self.desktops.of_user[user], OperationKind.CHANGE_COMPUTE
        cause = self._why_not_out(desktop, user, to, at)
        if desktop is None or cause != Cause.NONE:
            self._refuse(user, kind, to or "", at, cause)
            return
        desktop.end_run(at)
        if desktop.mode == RunningMode.AUTO_STOP:
            self.desktops.free_slot(desktop, at)
        desktop.change_terms(at, bundle=to)
        desktop.signed_in = False
        done = self._update(desktop, at)
        self._accept(user, kind, to or "", at, done=done, number=desktop.id)

    def _migrate(self, user: int, to: Bundle | None, at: Millis) -> None:
        old, kind = self.desktops.of_user[user], OperationKind.MIGRATE
        cause = self._why_not_out(old, user, to, at)
        if old is None or cause != Cause.NONE:
            self._refuse(user, kind, to or "", at, cause)
            return
        new = self._desktop(user, old.zone, at, DesktopState.ABSENT)
        new.hold(to or old.bundle, old.root_gb, old.user_gb, old.mode, at, created=True)
        if old.mode == RunningMode.ALWAYS_ON:
            new.host, old.host = old.host, None
        self._remove(old, at)
        self.zones.take(self._fleet_name(user), old.zone)
        self._own(new)
        done = self._update(new, at)
        self._accept(user, kind, to or "", at, done=done, number=new.id)

    def _reboot(self, user: int, at: Millis) -> None:
        """Off and on again: whoever is connected comes back, the meter runs on (O7)."""
        desktop = self.desktops.of_user[user]
        if desktop is None or desktop.state != DesktopState.AVAILABLE:
            self._refuse(user, OperationKind.REBOOT, "", at, Cause.WRONG_STATE)
            return
        length = self.desktops.fleet(desktop).reboot_time
        desktop.expires, desktop.signed_in = None, False
        self.crowd.interrupt(user, at, Cause.OPERATION, -1)
        state, then = DesktopState.REBOOTING, DesktopState.AVAILABLE
        self.desktops.pass_through(desktop, state, at, length, then)
        self.desktops.begin_timeout(desktop, at + length)
        self._accept(user, OperationKind.REBOOT, "", at, done=at + length, number=desktop.id)

    def _remake(self, user: int, kind: OperationKind, state: DesktopState, at: Millis) -> None:
        """Rebuild or restore from the last snapshot: what was changed since is lost (O8)."""
        desktop = self.desktops.of_user[user]
        if desktop is None or desktop.state not in (DesktopState.AVAILABLE, DesktopState.STOPPED):
            self._refuse(user, kind, "", at, Cause.WRONG_STATE)
            return
        self.crowd.interrupt(user, at, Cause.OPERATION, -1)
        desktop.end_run(at)
        if desktop.mode == RunningMode.AUTO_STOP:
            self.desktops.free_slot(desktop, at)
        desktop.signed_in = False
        length = self.desktops.fleet(desktop).rebuild_time
        self.desktops.pass_through(desktop, state, at, length, _ready_state(desktop.mode))
        done = at + length
        self._accept(user, kind, "", at, done=done, number=desktop.id)
        taken = self.last_snapshot(desktop, at)
        row = (-1, user, desktop.id, desktop.id, at, self._in_run(done), taken, at - taken)
        self.facts.recovery(row)

    def last_snapshot(self, desktop: Desktop, before: Millis) -> Millis:
        """The last snapshot of a desktop before an instant, or its creation (F9)."""
        every = self.desktops.fleet(desktop).recovery.snapshots_every
        user = desktop.user
        population = self.world.users["population"][user]
        chance = self.world.stream(f"snapshots/{population}").at(self._numbers[user : user + 1])
        phase = int(float(chance[0]) * every)
        return max((before - phase) // every * every + phase, desktop.created)

    def _update(self, desktop: Desktop, at: Millis) -> Millis:
        """Be UPDATING for the fleet's time of changes; return its end."""
        length = self.world.fleets[desktop.fleet].change_time
        then = _ready_state(desktop.mode)
        self.desktops.pass_through(desktop, DesktopState.UPDATING, at, length, then)
        return at + length

    def _why_not_out(
        self, desktop: Desktop | None, user: int, to: Bundle | None, at: Millis
    ) -> Cause:
        """Why an operation that needs the user out, and room for a bundle, cannot be done.

        Where it can, an AlwaysOn desktop's slot is already that of the bundle.
        """
        if desktop is None or desktop.state not in (DesktopState.AVAILABLE, DesktopState.STOPPED):
            return Cause.WRONG_STATE
        bundle = to or desktop.bundle
        if not is_sold(bundle, desktop.root_gb, desktop.user_gb):
            return Cause.NOT_SOLD
        if self.crowd.occupied(user):
            return Cause.USER_CONNECTED
        always_on = desktop.mode == RunningMode.ALWAYS_ON
        if always_on and not self.desktops.swap_slot(desktop, bundle, at):
            return Cause.NO_HOST_CAPACITY
        return Cause.NONE

    # -- records

    def _refuse(self, user: int, kind: OperationKind, to: str, at: Millis, cause: Cause) -> None:
        number = self.desktops.number(user)
        self._rows.append([at, number, user, kind, to, False, cause, NEVER])

    def _accept(
        self,
        user: int,
        kind: OperationKind,
        to: str,
        at: Millis,
        *,
        number: int,
        done: Millis | None = None,
    ) -> None:
        """Record what is done at once, or finished at `done` unless a deletion comes first."""
        finished = at if done is None else self._in_run(done)
        row = [at, number, user, kind, to, True, Cause.NONE, finished]
        self._rows.append(row)
        if done is not None:
            self._under_way[number] = row

    def finish(self) -> None:
        """Close the books of every desktop."""
        for row in self._rows:
            self.facts.operation(tuple(row))
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

    def _region(self, user: int) -> Region:
        return self.desktops.region_of[int(self.world.user_fleet[user])]

    def _fleet_name(self, user: int) -> str:
        return self.world.fleet_names[int(self.world.user_fleet[user])]


def _ready_state(mode: RunningMode) -> DesktopState:
    return DesktopState.AVAILABLE if mode == RunningMode.ALWAYS_ON else DesktopState.STOPPED


def _stream_name(operation: Operation) -> str:
    return f"operations/{operation.operation}/{operation.fleet}/{operation.at:%Y-%m-%dT%H:%M:%S}"


def _written(operation: Operation) -> str:
    """The target of an operation as it is recorded."""
    to = operation.to
    return _sizes(to) if isinstance(to, Volumes) else str(to or "")


def _sizes(to: Volumes) -> str:
    return f"{to.root} GB + {to.user} GB"


def _bundle(operation: Operation) -> Bundle | None:
    return operation.to  # type: ignore[return-value]  # the schema allows nothing else here


def _grows(desktop: Desktop, to: Volumes) -> bool:
    """Whether a resize is one of those the provider offers: growth, to volumes that it sells."""
    grown = to.root >= desktop.root_gb and to.user >= desktop.user_gb
    changed = (to.root, to.user) != (desktop.root_gb, desktop.user_gb)
    return grown and changed and is_sold(desktop.bundle, to.root, to.user)
