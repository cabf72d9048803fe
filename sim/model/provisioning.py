"""How desktops come into being and go: those there are at first, creation and deletion.

The rules are D1, O1, O2, O10 and, for those that take a lost one's place, F9 of `docs/model.md`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.model.crowd import Crowd
from sim.model.desktop import Desktop, desktop_row
from sim.model.desktops import Desktops, ready_state
from sim.model.facts import Facts
from sim.model.operation_log import OperationLog, Order
from sim.model.placement import Zones
from sim.model.regions import Region
from sim.model.world import MODES
from sim.record import NEVER, Cause, DesktopState, OperationKind, RunningMode
from sim.scenario.desktops import Fleet
from sim.units import Millis
from sim.workload import sample


class Provisioning:
    """Makes desktops, gives them to their users, and takes them away again."""

    def __init__(
        self, crowd: Crowd, desktops: Desktops, zones: Zones, log: OperationLog, facts: Facts
    ) -> None:
        self.world = desktops.world
        self.crowd = crowd
        self.desktops = desktops
        self.zones = zones
        self.log = log
        self.facts = facts
        self.watch: Callable[[Desktop, Millis], None] = lambda _desktop, _at: None
        """Told of each desktop with volumes of its own, not those of one that it replaces."""
        self._desktops: list[Desktop] = []
        self._deleted: dict[int, Millis] = {}
        self._owned = [0] * len(self.world.users)
        """Desktops each user has had so far."""

    def owns(self, user: int) -> bool:
        """Whether a user has a desktop of their own."""
        return int(self.world.user_fleet[user]) < len(self.world.fleets)

    # -- the desktops there are before the run begins

    def install(self) -> NDArray[np.int64]:
        """Set up the desktops there are before the run begins; return each user's, or -1."""
        for user in np.flatnonzero(self.world.users["joins"] == NEVER).tolist():
            if self.owns(user):
                self._install(user)
        return np.array([-1 if d is None else d.id for d in self.desktops.of_user], dtype=np.int64)

    def _install(self, user: int) -> None:
        begin, fleet = self.world.begin, self._fleet(user)
        mode = MODES[fleet.running_mode]
        desktop = self._place(user, begin, ready_state(mode))
        if isinstance(desktop, Cause):
            self.log.refuse(Order(user, OperationKind.CREATE), begin, desktop)
            return
        desktop.created = begin - fleet.initial_age
        desktop.hold(fleet.bundle, fleet.root_volume, fleet.user_volume, mode, begin)
        self.watch(desktop, begin)

    def release(self, users: NDArray[np.int64]) -> None:
        """Leave the states and runs of these users' desktops to the engine that walked them."""
        for user in users.tolist():
            desktop = self.desktops.of_user[user]
            assert desktop is not None
            desktop.walked_elsewhere = True

    # -- creation

    def create(self, order: Order, at: Millis) -> Cause:
        """Create a user's desktop, or refuse it for the cause that is returned (O1, O10)."""
        desktop = self._created(order.user, at)
        if isinstance(desktop, Cause):
            self.log.refuse(order, at, desktop)
            return desktop
        fleet = self._fleet(order.user)
        mode = MODES[fleet.running_mode]
        desktop.hold(fleet.bundle, fleet.root_volume, fleet.user_volume, mode, at, created=True)
        self.log.accept(order, desktop, at, self._provision(desktop, at))
        self.watch(desktop, at)
        return Cause.NONE

    def hindrance(self, user: int) -> Cause:
        """The outage for which no desktop of a user's can be created now, or NONE."""
        lost_to = self.region(user).control_plane.lost_to
        fleet = self._fleet_name(user)
        if lost_to == Cause.NONE and self.zones.choose(fleet) is None:
            why = self.zones.why_full(fleet)
            return why if why == Cause.ZONE_OUTAGE else Cause.NONE
        return lost_to

    def _created(self, user: int, at: Millis) -> Desktop | Cause:
        """A new desktop in its place, or why there is none."""
        if self.desktops.of_user[user] is not None:
            return Cause.WRONG_STATE
        quota = self.world.scenario.quotas.desktops
        if quota is not None and self._existing() >= quota:
            return Cause.QUOTA
        lost_to = self.region(user).control_plane.lost_to
        if lost_to != Cause.NONE:
            return lost_to
        return self._place(user, at, DesktopState.ABSENT)

    def _existing(self) -> int:
        """Number of desktops there are."""
        return len(self._desktops) - len(self._deleted)

    def _place(self, user: int, at: Millis, state: DesktopState) -> Desktop | Cause:
        """Find a zone with an address and, for AlwaysOn, a slot."""
        zone = self.zones.place(self._fleet_name(user))
        if zone is None:
            return self.zones.why_full(self._fleet_name(user))
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
        region = self.region(user)
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

    def _provision(self, desktop: Desktop, at: Millis) -> Millis:
        """Be PENDING for as long as it takes to create the desktop; return the end of that."""
        user = desktop.user
        name, fleet = self.world.users["name"][user], self._fleet(user)
        laws = {"provisioning": fleet.provisioning}
        if fleet.encryption is not None:
            laws["encryption"] = fleet.encryption.extra_time
        length = 0
        for purpose, law in laws.items():
            draw = self.world.stream(f"{purpose}/{name}").uniforms(1, day=self._owned[user])
            length += int(sample(law, draw)[0])
        then = ready_state(desktop.mode)
        self.desktops.pass_through(desktop, DesktopState.PENDING, at, length, then)
        return at + length

    # -- deletion, and a new desktop in the place of an old one

    def delete(self, order: Order, at: Millis) -> None:
        """Delete a user's desktop, or refuse it (O2)."""
        desktop = self.desktops.of_user[order.user]
        if desktop is None:
            self.log.refuse(order, at, Cause.WRONG_STATE)
            return
        self.crowd.take_away(order.user, at, Cause.OPERATION)
        self._remove(desktop, at)
        self.log.accept(order, desktop, at)

    def _remove(self, desktop: Desktop, at: Millis) -> None:
        self.log.cut_short(desktop, at)
        desktop.end_run(at)
        self.desktops.free_slot(desktop, at)
        desktop.enter(DesktopState.TERMINATED, at)
        desktop.close_terms(at, deleted=True)
        self.zones.give_back(desktop.zone)
        self._deleted[desktop.id] = at
        self.desktops.of_user[desktop.user] = None

    def _succeed(self, old: Desktop, new: Desktop, at: Millis) -> None:
        """Put a new desktop in the place of an old one, which is deleted."""
        self._remove(old, at)
        self.zones.take(self._fleet_name(new.user), new.zone)
        self._own(new)

    def replace(self, old: Desktop, bundle: str, at: Millis) -> Desktop:
        """Put a new desktop in the place, and on the slot, of an old one (O6)."""
        new = self._desktop(old.user, old.zone, at, DesktopState.ABSENT)
        new.hold(bundle, old.root_gb, old.user_gb, old.mode, at, created=True)
        if old.mode == RunningMode.ALWAYS_ON:
            new.host, old.host = old.host, None
        self._succeed(old, new, at)
        return new

    def rebuild_elsewhere(self, old: Desktop, at: Millis) -> tuple[Desktop, Millis] | None:
        """Put a new desktop in another zone in the place of a lost one (F9).

        Returns the new desktop and the instant from which it can be used (NEVER: not in the run);
        None when there is no zone for it.
        """
        zone = self.zones.choose(self._fleet_name(old.user))
        if zone is None:
            return None
        new = self._desktop(old.user, zone, at, DesktopState.ABSENT)
        new.mode = old.mode
        if old.mode == RunningMode.ALWAYS_ON and not self.desktops.take_slot(new, at):
            return None
        new.hold(old.bundle, old.root_gb, old.user_gb, old.mode, at, created=True)
        self._succeed(old, new, at)
        return new, self.world.recorded(self._provision(new, at))

    # -- records

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

    def region(self, user: int) -> Region:
        """The Region in which a user's desktop is, or is to be."""
        return self.desktops.region_of[int(self.world.user_fleet[user])]

    def _fleet(self, user: int) -> Fleet:
        return self.world.fleets[int(self.world.user_fleet[user])]

    def _fleet_name(self, user: int) -> str:
        return self.world.fleet_names[int(self.world.user_fleet[user])]
