"""A connection: what a desktop, or an instance of a pool, sees of a user's session (M7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simpy import Interrupt, Process

from benchmarks.textbook.clock import Phase, Steps, Turn, interrupt
from benchmarks.textbook.facts import Session
from sim.record import Cause, Ending
from sim.scenario.desktops import Fleet
from sim.scenario.pools import Pool
from sim.units import Millis

if TYPE_CHECKING:
    from benchmarks.textbook.world import World


class Connection:
    """One session from connected to disconnected; it may outlive its user.

    Args:
        world: the world.
        session: what the user means to do.
        terms: the fleet or pool, which says how long a lost connection goes unnoticed.
        on_end: called when the connection ends by itself, and not because somebody closed it.
    """

    def __init__(
        self, world: World, session: Session, terms: Fleet | Pool, on_end: Callable[[], None]
    ) -> None:
        self.session = session
        self._world = world
        self._terms = terms
        self._on_end = on_end
        self._lingering: Process | None = None

    def leave(self, ending: Ending) -> None:
        """The user leaves in one of four ways (M7)."""
        match ending:
            case Ending.LOGOFF | Ending.DISCONNECT:
                self._end()
            case Ending.NETWORK_LOSS:
                self._linger(self._terms.network_loss_detection)
            case Ending.LEFT_CONNECTED:
                if self._terms.idle_limit is not None:
                    self._linger(self._terms.idle_limit)

    def _linger(self, duration: Millis) -> None:
        self._lingering = self._world.env.process(self._outliving(duration))

    def _outliving(self, duration: Millis) -> Steps:
        env = self._world.env
        try:
            yield Turn(env, int(env.now) + duration, Phase.LEAVING, self.session.user)
        except Interrupt:
            return
        self._lingering = None
        self._end()

    def _end(self) -> None:
        self.close()
        self._on_end()

    def close(self) -> None:
        """The disconnection, seen now."""
        interrupt(self._lingering)
        self._lingering = None
        self.session.disconnected = int(self._world.env.now)
        self.session.report(self._world.facts, self._world.end)

    def cut(self, cause: Cause) -> bool:
        """End it for this reason; returns whether the user was still there."""
        under_way = self.session.under_way
        if under_way:
            self.session.cut(int(self._world.env.now), cause)
        self.close()
        return under_way

    def finish(self) -> None:
        """The run is over: write the session of a user who has left (M10)."""
        if not self.session.under_way:
            self.session.report(self._world.facts, self._world.end)
