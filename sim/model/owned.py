"""Desktops that belong to one user each: what becomes of a request for one's own (M4, D2)."""

from collections.abc import Callable

from sim.model.crowd import Crowd
from sim.model.desktop import Desktop
from sim.model.desktops import Desktops
from sim.model.person import Person
from sim.model.regions import Region
from sim.model.stages import START
from sim.model.starts import Starts
from sim.record import Cause, DesktopState, Ending, RunningMode, StartKind
from sim.scenario.desktops import Fleet
from sim.units import Millis


class Owned:
    """The supply of those who own a desktop."""

    def __init__(self, crowd: Crowd, desktops: Desktops, starts: Starts) -> None:
        self.crowd = crowd
        self.starts = starts
        self.desktops = desktops
        self.watch: Callable[[Desktop, Millis], None] | None = None
        """Told when a desktop sees that its user has gone."""
        self.go_home: Callable[[Desktop, Millis], None] = lambda _desktop, _at: None
        """What happens when a user has gone from a standby that is needed no more."""
        plan = crowd.world.plan
        self._resume, self._cold_start = plan["resume"].data, plan["cold_start"].data

    def number(self, user: int, /) -> int:
        """Number of the user's desktop; -1 when there is none."""
        return self.desktops.number(user)

    def region(self, user: int, /) -> Region | None:
        """Where the user's desktop is; None when there is none."""
        desktop = self.desktops.of_user[user]
        return None if desktop is None else desktop.region

    def request(self, person: Person, at: Millis) -> None:
        """Use, start or await the desktop, or be refused (M4)."""
        desktop = self.desktops.of_user[person.user]
        if desktop is None:
            self.crowd.refuse(person, at, Cause.DESKTOP_MISSING)
            return
        if person.connection:
            self.crowd.disconnect(person, at)
        lost_to = desktop.region.streaming.lost_to
        if lost_to != Cause.NONE and desktop.state != DesktopState.UNHEALTHY:
            self._refuse(person, desktop, at, lost_to)
            return
        match desktop.state:
            case DesktopState.AVAILABLE:
                self._log_on(person, desktop, at)
            case DesktopState.STOPPED:
                self._start_for(person, desktop, at)
            case (
                DesktopState.STARTING
                | DesktopState.STOPPING
                | DesktopState.MAINTENANCE
                | DesktopState.REBOOTING
            ):
                self.crowd.ask_again(person, at, desktop.busy_until)
            case DesktopState.UNHEALTHY:
                self.crowd.refuse(person, at, desktop.lost_to)
            case _:
                self.crowd.refuse(person, at, Cause.DESKTOP_BUSY)

    def _refuse(self, person: Person, desktop: Desktop, at: Millis, cause: Cause) -> None:
        """Turn somebody away, from a standby that is needed no more for good."""
        self.crowd.refuse(person, at, cause)
        if desktop.standby is not None and desktop.standby.recalled:
            self.go_home(desktop, at)

    def _start_for(self, person: Person, desktop: Desktop, at: Millis) -> None:
        lost_to = desktop.region.control_plane.lost_to
        if lost_to != Cause.NONE:
            self._refuse(person, desktop, at, lost_to)
            return
        attempt, fleet = person.attempt_in_hand, person.fleet
        assert isinstance(fleet, Fleet)
        if self.starts.limited and not self._may_start(person, at):
            return
        if not self.desktops.take_slot(desktop, at):
            self.crowd.refuse(person, at, Cause.NO_HOST_CAPACITY)
            return
        cold = self.desktops.starts_cold(desktop)
        attempt.start_kind = StartKind.COLD if cold else StartKind.RESUME
        length = (self._cold_start if cold else self._resume)[person.row_in_hand]
        if fleet.logon.slowdown:
            name = self.crowd.world.fleet_names[desktop.fleet]
            length = self.starts.slowed(name, length, fleet.logon.slowdown, at)
        attempt.stages[START] = length
        desktop.begin_run(at)
        self.desktops.start(desktop, at, attempt.stages[START])
        self._log_on(person, desktop, at + attempt.stages[START])

    def _may_start(self, person: Person, at: Millis) -> bool:
        """Ask the limit on starts, once for an attempt, which may have to wait for it (L5)."""
        attempt = person.attempt_in_hand
        if attempt.cleared:
            return True
        attempt.cleared = True
        allowed = self.starts.allowed(at)
        if allowed > at:
            self.crowd.await_start(person, at, allowed)
        return allowed <= at

    def _log_on(self, person: Person, desktop: Desktop, ready: Millis) -> None:
        desktop.expires = None
        self.crowd.connect(person, ready, os_logon=not desktop.signed_in)

    def disconnected(self, person: Person, ending: Ending, at: Millis) -> None:
        """The AutoStop timeout begins (D2)."""
        desktop = self.desktops.of_user[person.user]
        assert desktop is not None
        desktop.signed_in = ending != Ending.LOGOFF
        if self.watch is not None:
            self.watch(desktop, at)
        self._left(desktop, at, at)

    def _left(self, desktop: Desktop, since: Millis | None, at: Millis) -> None:
        """Nobody is on a desktop that has been ready since, or will be at, an instant."""
        if desktop.standby is not None and desktop.standby.recalled:
            self.go_home(desktop, at)
        elif since is not None:
            self.desktops.begin_timeout(desktop, since)

    def departed(self, person: Person, at: Millis) -> None:
        """A run that was begun goes on, and its timeout begins once the start is complete (M6)."""
        ready = person.attempt_in_hand.ready
        desktop = self.desktops.of_user[person.user]
        if desktop is not None:
            self._left(desktop, None if ready is None else max(ready, at), at)

    def maintain_running(self, user: int, at: Millis, length: Millis) -> None:
        """Sunday's window of an AlwaysOn desktop (D5)."""
        desktop = self.desktops.of_user[user]
        if (
            desktop is None
            or desktop.mode != RunningMode.ALWAYS_ON
            or desktop.standby is not None
            or desktop.state != DesktopState.AVAILABLE
        ):
            return
        self.crowd.take_away(user, at, Cause.MAINTENANCE, past_request=True)
        desktop.signed_in = False
        self.desktops.pass_through(
            desktop, DesktopState.MAINTENANCE, at, length, DesktopState.AVAILABLE
        )
