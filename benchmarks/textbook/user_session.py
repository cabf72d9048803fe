"""A user session: a user's place on an instance, from first to last (P5 to P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy import Interrupt, Process

from benchmarks.textbook.clock import Phase, Steps, Turn, interrupt
from benchmarks.textbook.connection import Connection
from benchmarks.textbook.facts import Session
from benchmarks.textbook.instance import Instance
from sim.record import NEVER, Cause, Ending
from sim.units import Millis

if TYPE_CHECKING:
    from benchmarks.textbook.guest import Guest


class UserSession:
    """A place held while its user logs on, works and is away."""

    def __init__(self, guest: Guest, instance: Instance, session: int, *, starts: bool) -> None:
        self.guest = guest
        self.instance = instance
        self.starts = starts
        """Whether the instance is started for it."""
        self.connected = NEVER
        """Instant of the first connection."""
        self.visited = True
        """Whether its user is logging on, past *request*."""
        self._pool = instance.pool
        self._env = instance.env
        self._session = session
        self._begin = self.now
        self._connection: Connection | None = None
        self._timer: Process | None = None
        self._limit: Process | None = None

    @property
    def now(self) -> Millis:
        """The present instant."""
        return int(self._env.now)

    def come_back(self) -> None:
        """The user's next logon reaches *request* (P5)."""
        self.visited = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        interrupt(self._timer)
        self._timer = None

    def connect(self, session: Session) -> None:
        """The logon under way succeeds; the first one begins the maximum duration."""
        self.visited = False
        self._connection = Connection(
            self._pool.world, session, self._pool.spec, self._disconnected
        )
        if self.connected == NEVER:
            self.connected = self.now
            self._limit = self._env.process(self._lasting())

    def leave(self, ending: Ending) -> None:
        """The user leaves."""
        assert self._connection is not None
        self._connection.leave(ending)

    def leave_early(self) -> None:
        """The user leaves before being connected (P7)."""
        self.visited = False
        if self.connected == NEVER:
            self.end(Cause.DEPARTURE)
        else:
            self._await_return()

    def _disconnected(self) -> None:
        assert self._connection is not None
        ending = self._connection.session.ending
        self._connection = None
        if ending == Ending.LOGOFF:
            self.end(Cause.NONE)
        else:
            self._await_return()

    def _await_return(self) -> None:
        self._timer = self._env.process(self._being_away())

    def _being_away(self) -> Steps:
        over = self.now + self._pool.spec.disconnect_timeout
        try:
            yield Turn(self._env, over, Phase.EXPIRY, self.guest.number, second=True)
        except Interrupt:
            return
        self._timer = None
        self.end(Cause.DISCONNECT_TIMEOUT)

    def _lasting(self) -> Steps:
        over = self.now + self._pool.spec.maximum_duration
        try:
            yield Turn(self._env, over, Phase.EXPIRY, self.guest.number)
        except Interrupt:
            return
        self._limit = None
        self.cut(Cause.SESSION_LIMIT)

    def cut(self, cause: Cause) -> None:
        """End it, whether the user works, is logging on, past *request*, or is away."""
        thrown_out = self.visited
        if self._connection is not None:
            thrown_out = self._connection.cut(cause) or thrown_out
            self._connection = None
        if thrown_out:
            self.guest.throw_out(cause)
        self.end(cause)

    def end(self, cause: Cause) -> None:
        """Give the place back."""
        interrupt(self._timer)
        interrupt(self._limit)
        self.guest.held = None
        self._report(self.now, cause)
        self._pool.take_back(self)

    def finish(self) -> None:
        """The run is over: write what is open (M10)."""
        if self._connection is not None:
            self._connection.finish()
        self._report(NEVER, Cause.HORIZON)

    def _report(self, end: Millis, cause: Cause) -> None:
        self._pool.world.facts.add(
            "user_sessions",
            self.instance.number,
            self._pool.number,
            self.guest.number,
            self._session,
            self._begin,
            self.connected,
            end,
            cause,
        )
