"""An instance of a pool: requested, provisioned, started, used and terminated (P2 to P4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy import Event, Interrupt, Process

from benchmarks.textbook.clock import Phase, Steps, Turn, interrupt
from benchmarks.textbook.hosts import Host
from sim.record import NEVER, Cause
from sim.units import Millis

if TYPE_CHECKING:
    from benchmarks.textbook.pool import Pool
    from benchmarks.textbook.user_session import UserSession

_INSTANCES = 1 << 32
"""At an instant launches that are tried again come before what happens to instances."""


class Instance:
    """One machine with places for user sessions."""

    def __init__(self, pool: Pool, number: int, zone: str, host: Host | None) -> None:
        self.pool = pool
        self.env = pool.env
        self.number = number
        self.zone = zone
        self.host = host
        self.requested = self.now
        self.available = NEVER
        self.used = NEVER
        self.sessions: list[UserSession] = []
        self._provisioning: Process | None = None
        self._starting: Process | None = None
        self.started: Event | None = None
        """Happens when the start under way is complete."""

    @property
    def now(self) -> Millis:
        """The present instant."""
        return int(self.env.now)

    @property
    def has_room(self) -> bool:
        """Whether one more user session fits."""
        return len(self.sessions) < self.pool.spec.sessions_per_instance

    def provision(self, duration: Millis) -> None:
        """Become available after this time."""
        self._provisioning = self.env.process(self._being_provisioned(duration))

    def _being_provisioned(self, duration: Millis) -> Steps:
        try:
            yield self.turn(self.now + duration)
        except Interrupt:
            return
        self._provisioning = None
        self.pool.add(self)

    def turn(self, at: Millis) -> Turn:
        """The instance's turn to offer places."""
        return Turn(self.env, at, Phase.CAPACITY, _INSTANCES + self.number)

    def start(self, duration: Millis, user: int) -> None:
        """Start for the first user session."""
        interrupt(self._starting)
        self.started = self.env.event()
        self._starting = self.env.process(self._being_started(duration, user))

    def _being_started(self, duration: Millis, user: int) -> Steps:
        try:
            yield Turn(self.env, self.now + duration, Phase.CONNECTION, user)
        except Interrupt:
            return
        assert self.started is not None
        self.started.succeed()
        self.started = None

    def end(self, cause: Cause) -> None:
        """Be terminated, or cancelled before ever having been available."""
        interrupt(self._provisioning)
        interrupt(self._starting)
        self.report(self.now, cause)

    def report(self, terminated: Millis, cause: Cause) -> None:
        """Write the row."""
        pool = self.pool
        pool.world.facts.add(
            "instances",
            self.number,
            pool.number,
            pool.world.zones.position(self.zone),
            -1 if self.host is None else self.host.number,
            self.requested,
            self.available,
            self.used,
            terminated,
            cause,
        )
