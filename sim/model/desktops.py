"""Desktops and what they do by themselves: start, time out, stop, be maintained (D2 to D5)."""

from collections.abc import Iterator

from sim.model.agenda import EXPIRY, MAINTENANCE, Agenda
from sim.model.desktop import Desktop
from sim.model.hosts import Hosts
from sim.model.person import Person
from sim.model.regions import Regions
from sim.model.world import World
from sim.record import NEVER, Cause, DesktopState, RunKind, RunningMode
from sim.scenario.desktops import Fleet
from sim.units import DAY, Millis

_CHANGES = (
    DesktopState.PENDING,
    DesktopState.UPDATING,
    DesktopState.REBUILDING,
    DesktopState.RESTORING,
)
"""States in which something is made or changed, which begins anew after an outage."""

MAINTENANCE_AGE = 7 * DAY
"""Younger desktops are left out of maintenance.

Source: AWS admin guide, "WorkSpace maintenance".
"""


def ready_state(mode: RunningMode) -> DesktopState:
    """The state of a desktop that is there, and that nobody has asked for."""
    return DesktopState.AVAILABLE if mode == RunningMode.ALWAYS_ON else DesktopState.STOPPED


class Desktops:
    """The desktop of each user, and the rules that need no user."""

    def __init__(self, world: World, agenda: Agenda, hosts: Hosts, regions: Regions) -> None:
        self.world = world
        self.agenda = agenda
        self.hosts = hosts
        self.region_of = [regions[world.scenario.region_of(fleet)] for fleet in world.fleets]
        """The Region of each fleet."""
        self.of_user: list[Desktop | None] = [None] * len(world.users)
        """The desktop of each user; None when there is none."""

    def existing(self) -> Iterator[Desktop]:
        """All desktops, in order of user."""
        return (desktop for desktop in self.of_user if desktop is not None)

    def at_home(self, user: int) -> Desktop | None:
        """A user's desktop; None when there is none, or its standby stands for it."""
        desktop = self.of_user[user]
        return None if desktop is None or desktop.standby is not None else desktop

    def number(self, user: int) -> int:
        """Number of a user's desktop; -1 when there is none."""
        desktop = self.of_user[user]
        return -1 if desktop is None else desktop.id

    def fleet(self, desktop: Desktop) -> Fleet:
        """The fleet that a desktop belongs to."""
        return self.world.fleets[desktop.fleet]

    # -- slots and starts

    def take_slot(self, desktop: Desktop, at: Millis) -> bool:
        """Take a slot on a host, where hosts are limited."""
        groups = self.fleet(desktop).hosts
        if groups and desktop.host is None and desktop.standby is None:
            desktop.host = self.hosts.place(groups, desktop.zone, desktop.bundle, at)
            return desktop.host is not None
        return True

    def free_slot(self, desktop: Desktop, at: Millis) -> None:
        """Give the slot back, if there is one."""
        if desktop.host is not None:
            self.hosts.release(desktop.host, desktop.bundle, at)
            desktop.host = None

    def swap_slot(self, desktop: Desktop, bundle: str, at: Millis) -> bool:
        """Exchange the slot for one of another bundle's size; False, and nothing is changed."""
        groups, host = self.fleet(desktop).hosts, desktop.host
        if host is None:
            return True
        self.free_slot(desktop, at)
        desktop.host = self.hosts.place(groups, desktop.zone, bundle, at)
        if desktop.host is None:
            desktop.host = self.hosts.retake(host, desktop.bundle, at)
            return False
        return True

    def starts_cold(self, desktop: Desktop) -> bool:
        """Whether it cannot hibernate; a standby cannot.

        Source: WorkSpaces Administration Guide, "Manage the running mode".
        """
        return desktop.standby is not None or self.fleet(desktop).starts_cold(desktop.bundle)

    def start(self, desktop: Desktop, at: Millis, length: Millis) -> None:
        """Be STARTING for a time, then AVAILABLE."""
        if self.starts_cold(desktop):
            desktop.signed_in = False
        self.pass_through(desktop, DesktopState.STARTING, at, length, DesktopState.AVAILABLE)

    def pass_through(
        self, desktop: Desktop, state: DesktopState, at: Millis, length: Millis, then: DesktopState
    ) -> None:
        """Be in a state that ends by itself."""
        desktop.enter(state, at)
        desktop.busy_until = at + length
        desktop.change = (state, length, then)

        def end(desktop: Desktop, at: Millis) -> None:
            desktop.enter(then, at)

        self.agenda.put(at + length, EXPIRY, end, desktop, desktop.token)

    def lose(self, desktop: Desktop, at: Millis, cause: Cause) -> None:
        """A desktop is lost with its zone: nothing runs, nothing is kept but what was stopped."""
        if desktop.state not in (*_CHANGES, DesktopState.UNHEALTHY):
            desktop.change = None
        if desktop.state != DesktopState.STOPPED:
            desktop.signed_in = False
        desktop.end_run(at)
        self.free_slot(desktop, at)
        desktop.lost_to = cause
        desktop.enter(DesktopState.UNHEALTHY, at)

    def regain(self, desktop: Desktop, at: Millis, start: Millis) -> bool:
        """A lost desktop is there again; False when there is no slot for one that must run.

        `start` is the time that an AlwaysOn desktop takes to start.
        """
        always_on = desktop.mode == RunningMode.ALWAYS_ON
        if always_on and not self.take_slot(desktop, at):
            return False
        desktop.lost_to = Cause.NONE
        if desktop.change is not None:
            state, length, then = desktop.change
            self.pass_through(desktop, state, at, length, then)
        elif always_on:
            self.start(desktop, at, start)
        else:
            desktop.enter(DesktopState.STOPPED, at)
        return True

    def begin_timeout(self, desktop: Desktop, at: Millis) -> None:
        """Let the AutoStop timeout of a running desktop begin (D2)."""
        stops = desktop.mode == RunningMode.AUTO_STOP or desktop.standby is not None
        if stops and desktop.run_began is not None:
            desktop.expires = at + self.fleet(desktop).autostop_timeout
            self.agenda.put(desktop.expires, EXPIRY, self._expire, desktop, None)

    def _expire(self, desktop: Desktop, at: Millis) -> None:
        if desktop.expires != at:
            return
        desktop.end_run(at)
        self.free_slot(desktop, at)
        delay = self.fleet(desktop).stop_delay
        if delay:
            self.pass_through(desktop, DesktopState.STOPPING, at, delay, DesktopState.STOPPED)
        else:
            desktop.enter(DesktopState.STOPPED, at)

    def last_snapshot(self, desktop: Desktop, before: Millis) -> Millis:
        """The last snapshot of a desktop before an instant, or its creation (F9)."""
        every = self.fleet(desktop).recovery.snapshots_every
        phase = int(self.world.draw("snapshots", desktop.user) * every)
        return max((before - phase) // every * every + phase, desktop.created)

    # -- maintenance

    def plan_maintenance(self, person: Person) -> None:
        """Enter a user's monthly maintenance on the agenda."""
        if self.world.maintenance_length:
            for at in self.world.maintenance[person.user].tolist():
                if at != NEVER:
                    self.agenda.put(at, MAINTENANCE, self._maintain_stopped, person, None)

    def _maintain_stopped(self, person: Person, at: Millis) -> None:
        """Monthly maintenance of a desktop that happens to be stopped (D4)."""
        desktop = self.of_user[person.user]
        if (
            desktop is None
            or desktop.mode != RunningMode.AUTO_STOP
            or desktop.standby is not None
            or desktop.state != DesktopState.STOPPED
            or at - desktop.created < MAINTENANCE_AGE
            or not self.take_slot(desktop, at)
        ):
            return
        desktop.begin_run(at, RunKind.MAINTENANCE)
        desktop.enter(DesktopState.MAINTENANCE, at)
        desktop.busy_until = at + self.world.maintenance_length
        self.agenda.put(desktop.busy_until, EXPIRY, self._end_maintenance, desktop, desktop.token)

    def _end_maintenance(self, desktop: Desktop, at: Millis) -> None:
        desktop.end_run(at)
        self.free_slot(desktop, at)
        desktop.enter(DesktopState.STOPPED, at)
