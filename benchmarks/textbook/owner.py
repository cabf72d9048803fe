"""An owner: a user with a persistent desktop (M4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.textbook.clock import Phase, Steps, Turn
from benchmarks.textbook.facts import Logon, Session
from benchmarks.textbook.user import Intent, Person, RefusalError, User
from sim.record import Cause, DesktopState, Ending, StartKind

if TYPE_CHECKING:
    from benchmarks.textbook.desktop import Desktop
    from benchmarks.textbook.world import World


class Owner(User):
    """A user of a persistent fleet, with the desktop, and those that were before it."""

    def __init__(self, world: World, person: Person, rows: range) -> None:
        super().__init__(world, person, rows)
        self.desktops: list[Desktop] = []

    @property
    def desktop(self) -> Desktop | None:
        """The desktop the user has now."""
        return self.desktops[-1] if self.desktops and self.desktops[-1].exists else None

    @property
    def desktop_number(self) -> int:
        """The number of the desktop the user has now; -1 for none."""
        return -1 if self.desktop is None else self.desktop.number

    def _reach(self, intent: Intent, logon: Logon) -> Steps:
        desktop = self.desktop
        logon.desktop = self.desktop_number
        if desktop is None:
            raise RefusalError(Cause.DESKTOP_MISSING)
        if desktop.state in (DesktopState.PENDING, DesktopState.UPDATING):
            raise RefusalError(Cause.DESKTOP_BUSY)
        desktop.reach(self)
        yield from self._wait_for(desktop, logon)
        if desktop.state == DesktopState.STOPPED:
            if not desktop.take_slot():
                desktop.release()
                raise RefusalError(Cause.NO_HOST_CAPACITY)
            yield from self._start(desktop, intent, logon)
        yield from self._stage("streaming", intent.streaming, logon)
        if desktop.needs_os_logon:
            yield from self._stage("os_logon", intent.os_logon, logon)

    def _wait_for(self, desktop: Desktop, logon: Logon) -> Steps:
        logon.enter("desktop_wait", self.now)
        while desktop.state in (
            DesktopState.STOPPING,
            DesktopState.STARTING,
            DesktopState.MAINTENANCE,
        ):
            yield from self._until(desktop.changed)
            yield from self._until(Turn(self.env, self.now, Phase.REQUEST, self.number))

    def _start(self, desktop: Desktop, intent: Intent, logon: Logon) -> Steps:
        logon.enter("start", self.now)
        logon.start_kind = StartKind.COLD if desktop.cold else StartKind.RESUME
        desktop.begin_run()
        desktop.start(intent.cold_start if desktop.cold else intent.resume)
        yield from self._until(desktop.changed)

    def _connect(self, session: Session) -> None:
        assert self.desktop is not None
        self.desktop.connect(session)

    def _leave_early(self) -> None:
        if self.desktop is not None and self.desktop.visitor is self:
            self.desktop.release()

    def _leave(self, ending: Ending) -> None:
        assert self.desktop is not None
        self.desktop.leave(ending)
