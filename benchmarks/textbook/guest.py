"""A guest: a user of a pool (P5 to P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.textbook.clock import Phase, Steps, Turn
from benchmarks.textbook.facts import Logon, Session
from benchmarks.textbook.pool import Pool
from benchmarks.textbook.user import AbandonError, Intent, Person, RefusalError, User
from benchmarks.textbook.user_session import UserSession
from sim.record import NEVER, Cause, Ending, StartKind

if TYPE_CHECKING:
    from benchmarks.textbook.world import World


class Guest(User):
    """A user who gets a place on one of a pool's instances, and holds it for a while."""

    def __init__(self, world: World, person: Person, rows: range, pool: Pool) -> None:
        super().__init__(world, person, rows)
        self._pool = pool
        self.held: UserSession | None = None
        if self.leaves != NEVER:
            self.env.process(self._quit())

    @property
    def desktop_number(self) -> int:
        """-1: a pool's desktops are nobody's."""
        return -1

    def _reach(self, intent: Intent, logon: Logon) -> Steps:
        logon.enter("desktop_wait", self.now)
        if self.now < self.joins or NEVER != self.leaves <= self.now:
            raise RefusalError(Cause.DESKTOP_MISSING)
        if self.held is None:
            yield from self._find_place(intent)
        else:
            self.held.come_back()
        held = self.held
        assert held is not None
        is_new = held.connected == NEVER
        if held.starts and is_new:
            logon.start_kind = StartKind.COLD
            logon.enter("start", self.now)
        if held.instance.started is not None:
            yield from self._until(held.instance.started)
        if is_new:
            yield from self._stage("profile", intent.profile, logon)
        yield from self._stage("streaming", intent.streaming, logon)
        if is_new:
            yield from self._stage("os_logon", intent.os_logon, logon)

    def _find_place(self, intent: Intent) -> Steps:
        """Take a place now, or stand in line for one (P5, P6)."""
        if self._pool.has_place:
            self._pool.seat(self, intent)
            return
        self._pool.admit()
        assert self._session is not None
        tired = self._session.arrival + intent.patience
        if tired <= self.now:
            raise AbandonError(Cause.PATIENCE)
        called = self._pool.join_line(self, intent)
        patience = Turn(self.env, tired, Phase.PATIENCE, self.number)
        try:
            yield from self._until(called | patience)
            if self.held is None:
                raise AbandonError(Cause.PATIENCE)
        except AbandonError:
            self._pool.leave_line(self)
            raise

    def _connect(self, session: Session) -> None:
        assert self.held is not None
        self.held.connect(session)

    def _leave_early(self) -> None:
        if self.held is not None and self.held.visited:
            self.held.leave_early()

    def _leave(self, ending: Ending) -> None:
        assert self.held is not None
        self.held.leave(ending)

    def _quit(self) -> Steps:
        """Leave for good: everything ends (P7)."""
        yield Turn(self.env, self.leaves, Phase.OPERATION, self.number)
        self._pool.leave_line(self)
        if self.is_logging_on and not (self.held is not None and self.held.visited):
            self.throw_out(Cause.OPERATION)
        if self.held is not None:
            self.held.cut(Cause.OPERATION)

    def finish(self) -> None:
        """The run is over: write what is open (M10)."""
        super().finish()
        if self.held is not None:
            self.held.finish()
