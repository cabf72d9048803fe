"""A desktop: its states, its metered runs, and the processes that change them (D1 to D6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy import Interrupt, Process

from benchmarks.textbook.books import Books, Terms
from benchmarks.textbook.clock import Phase, Steps, Turn, interrupt
from benchmarks.textbook.connection import Connection
from benchmarks.textbook.facts import Done, Session
from benchmarks.textbook.hosts import Host
from sim.record import NEVER, Cause, DesktopState, Ending, RunKind, RunningMode
from sim.units import DAY, HOUR, Millis

if TYPE_CHECKING:
    from benchmarks.textbook.owner import Owner
    from benchmarks.textbook.world import World


class Desktop:
    """One desktop from before its creation until after its deletion."""

    def __init__(self, world: World, owner: Owner, terms: Terms, zone: str) -> None:
        self.world = world
        self.env = world.env
        self.owner = owner
        self.fleet = world.scenario.fleets[owner.fleet]
        self.number, self.name = world.register(self)
        self.books = Books(world.facts, self.number, terms, world.begin)
        self.zone = zone
        self.host: Host | None = None
        self.created = NEVER
        self.deleted = NEVER
        self.needs_os_logon = True
        self.visitor: Owner | None = None
        """Whoever is logging on, past *request*."""
        self.connection: Connection | None = None
        self.changed = self.env.event()
        """Happens at the next change of state."""
        self._timer: Process | None = None
        self._activity: Process | None = None

    # ---------------------------------------------------------------- what it is

    @property
    def state(self) -> DesktopState:
        """The present state."""
        return self.books.state

    @property
    def terms(self) -> Terms:
        """The present terms."""
        return self.books.terms

    @property
    def exists(self) -> bool:
        """Whether the user has it."""
        return self.state not in (DesktopState.ABSENT, DesktopState.TERMINATED)

    @property
    def autostop(self) -> bool:
        """Whether it stops by itself."""
        return self.terms.mode == RunningMode.AUTO_STOP

    @property
    def cold(self) -> bool:
        """Whether it cannot hibernate."""
        return self.fleet.starts_cold(self.terms.bundle)

    @property
    def in_use(self) -> bool:
        """Whether somebody is connected or logging on."""
        return self.visitor is not None or self.connection is not None

    @property
    def now(self) -> Millis:
        """The present instant."""
        return int(self.env.now)

    def enter(self, state: DesktopState) -> None:
        """Change the state, and tell those who wait for that."""
        self.books.enter(state, self.now)
        if self.changed.callbacks:
            self.changed.succeed()
            self.changed = self.env.event()

    # ---------------------------------------------------------------- its life

    def exist(self, created: Millis) -> None:
        """Be there when the run begins (D1)."""
        self._move_in(created, inside=False)
        self._settle()

    def create(self, provisioning: Millis, record: Done) -> None:
        """Be created now (D1, O1)."""
        self._move_in(self.now, inside=True)
        self.pass_time(DesktopState.PENDING, provisioning, record)

    def replace(self, duration: Millis, record: Done) -> None:
        """Be created now in place of a migrated desktop (O6)."""
        self._move_in(self.now, inside=True)
        self.pass_time(DesktopState.UPDATING, duration, record)

    def _move_in(self, created: Millis, *, inside: bool) -> None:
        self.created = created
        self.world.zones.take_address(self.zone)
        self.books.open_terms(self.now, created=inside)

    def delete(self) -> None:
        """Be deleted now, whatever the state."""
        if self.visitor is None and self.owner.is_logging_on:
            self.owner.throw_out(Cause.OPERATION)
        self.vanish()

    def vanish(self) -> None:
        """Be deleted without a word to an owner who has not reached *request* (O6)."""
        self.cut(Cause.OPERATION)
        for process in (self._timer, self._activity):
            interrupt(process)
        self._timer = self._activity = None
        self.end_run()
        self.free_slot()
        self.books.close_terms(self.now)
        self.deleted = self.now
        self.world.zones.give_address_back(self.zone)
        self.enter(DesktopState.TERMINATED)

    def cut(self, cause: Cause) -> None:
        """Throw out whoever works here or is logging on, past *request*."""
        thrown_out = self.visitor is not None
        self.visitor = None
        if self.connection is not None:
            thrown_out = self.connection.cut(cause) or thrown_out
            self.connection = None
        if thrown_out:
            self.owner.throw_out(cause)

    def pass_time(self, state: DesktopState, duration: Millis, record: Done | None = None) -> None:
        """Be in a state for some time, and settle."""
        self.enter(state)
        self._activity = self.env.process(self._spending(duration, record))

    def _spending(self, duration: Millis, record: Done | None) -> Steps:
        try:
            yield Turn(self.env, self.now + duration, Phase.EXPIRY, self.owner.number)
        except Interrupt:
            return
        if self.state == DesktopState.MAINTENANCE and self.autostop:
            self.end_run()
            self.free_slot()
        if record is not None:
            record.done = self.now
        self._settle()

    def _settle(self) -> None:
        self.enter(DesktopState.STOPPED if self.autostop else DesktopState.AVAILABLE)

    # ---------------------------------------------------------------- running and stopping

    def take_slot(self) -> bool:
        """Take a slot on a host; False when there is none (H1)."""
        if not self.fleet.hosts:
            return True
        host = self.world.hosts.choose(self.fleet, self.zone, self.terms.bundle)
        if host is None:
            return False
        self.occupy(host)
        return True

    def occupy(self, host: Host) -> None:
        """Take a slot on this host."""
        self.host = host
        host.add(self.terms.bundle, 1, self.now)

    def free_slot(self) -> None:
        """Give the slot back, if there is one."""
        if self.host is not None:
            self.host.add(self.terms.bundle, -1, self.now)
            self.host = None

    def begin_run(self, kind: RunKind = RunKind.LOGON) -> None:
        """Metering begins."""
        self.books.begin_run(self.now, kind)

    def end_run(self) -> None:
        """Metering ends, if it was on."""
        self.books.end_run(self.now)

    def start(self, duration: Millis, record: Done | None = None) -> None:
        """Start or resume; from STOPPING too, where an operation wants it (M4, O3)."""
        interrupt(self._activity)
        self.needs_os_logon = self.needs_os_logon or self.cold
        self.enter(DesktopState.STARTING)
        self._activity = self.env.process(self._starting(duration, record))

    def _starting(self, duration: Millis, record: Done | None) -> Steps:
        try:
            yield Turn(self.env, self.now + duration, Phase.EXPIRY, self.owner.number)
        except Interrupt:
            return
        if record is not None:
            record.done = self.now
        self.enter(DesktopState.AVAILABLE)
        self.watch()

    def watch(self) -> None:
        """Start the AutoStop timer if nobody needs the desktop (D2)."""
        if self.autostop and self.state == DesktopState.AVAILABLE and not self.in_use:
            self.set_timer()

    def set_timer(self) -> None:
        """Start the AutoStop timer, unless it runs."""
        if self._timer is None:
            self._timer = self.env.process(self._timing())

    def cancel_timer(self) -> None:
        """Stop the AutoStop timer, if it runs."""
        interrupt(self._timer)
        self._timer = None

    def _timing(self) -> Steps:
        expiry = self.now + self.fleet.autostop_timeout
        try:
            yield Turn(self.env, expiry, Phase.EXPIRY, self.owner.number)
        except Interrupt:
            return
        self._timer = None
        self.end_run()
        self.free_slot()
        self.enter(DesktopState.STOPPING)
        self._activity = self.env.process(self._stopping())

    def _stopping(self) -> Steps:
        stopped = self.now + self.fleet.stop_delay
        try:
            yield Turn(self.env, stopped, Phase.EXPIRY, self.owner.number)
        except Interrupt:
            return
        self.enter(DesktopState.STOPPED)

    # ---------------------------------------------------------------- users

    def reach(self, user: Owner) -> None:
        """A logon reaches *request*: the old connection and the timer end (M4, M7)."""
        self.visitor = user
        self.cancel_timer()
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def release(self) -> None:
        """The logon under way is given up."""
        self.visitor = None
        self.watch()

    def connect(self, session: Session) -> None:
        """The logon under way succeeds."""
        self.visitor = None
        self.connection = Connection(self.world, session, self.fleet, self._disconnected)
        self.needs_os_logon = False

    def leave(self, ending: Ending) -> None:
        """The user leaves."""
        assert self.connection is not None
        self.needs_os_logon = self.needs_os_logon or ending == Ending.LOGOFF
        self.connection.leave(ending)

    def _disconnected(self) -> None:
        self.connection = None
        self.watch()

    # ---------------------------------------------------------------- maintenance

    def maintain_monthly(self) -> None:
        """The monthly maintenance start of an AutoStop desktop (D4)."""
        hours = self.world.scenario.billing.maintenance_billed_hours
        if (
            self.autostop
            and self.state == DesktopState.STOPPED
            and self.now - self.created >= 7 * DAY
            and hours > 0
            and self.take_slot()
        ):
            self.begin_run(RunKind.MAINTENANCE)
            self.pass_time(DesktopState.MAINTENANCE, hours * HOUR)

    def maintain_weekly(self) -> None:
        """The Sunday window of an AlwaysOn desktop (D5)."""
        if not self.autostop and self.state == DesktopState.AVAILABLE:
            self.cut(Cause.MAINTENANCE)
            self.needs_os_logon = True
            duration = self.world.scenario.maintenance.alwayson_duration
            self.pass_time(DesktopState.MAINTENANCE, duration)

    # ---------------------------------------------------------------- the end

    def finish(self) -> None:
        """The run is over: write what is open (M10)."""
        self.books.close(self.world.end)
        if self.connection is not None:
            self.connection.finish()
        self.world.facts.add(
            "desktops",
            self.number,
            self.name,
            self.owner.number,
            self.owner.fleet,
            self.zone,
            self.created,
            self.deleted,
        )
