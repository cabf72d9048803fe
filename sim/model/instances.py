"""Instances of a pool, and the user sessions that have a place on one."""

from sim.model.hosts import Host
from sim.record import NEVER, Cause
from sim.units import Millis


class Instance:
    """One machine of a pool, from the request to the end."""

    __slots__ = (
        "available",
        "cause",
        "host",
        "idle_since",
        "number",
        "pool",
        "ready",
        "requested",
        "sessions",
        "terminated",
        "used",
        "zone",
    )

    def __init__(self, number: int, pool: int, zone: int, host: Host | None, at: Millis) -> None:
        self.number = number
        self.pool = pool
        self.zone = zone
        self.host = host
        self.requested = at
        self.available: Millis | None = None
        """Instant from which it could serve; None while it is being provisioned."""
        self.used: Millis | None = None
        """Instant at which it was first given to a user."""
        self.ready: Millis = at
        """Instant from which it runs for those who are on it; it may lie ahead."""
        self.idle_since: Millis = at
        self.sessions = 0
        """User sessions that have a place on it."""
        self.terminated: Millis | None = None
        self.cause = Cause.NONE

    @property
    def user(self) -> int:
        """Ties on the agenda are broken by this number."""
        return self.number

    token = 0
    """An entry of the agenda says itself whether it is stale."""

    def row(self) -> tuple[object, ...]:
        """The instance's row of the table `instances`."""
        host = -1 if self.host is None else self.host.number
        ends = (self.available, self.used, self.terminated)
        instants = [NEVER if at is None else at for at in ends]
        return (self.number, self.pool, self.zone, host, self.requested, *instants, self.cause)


class UserSession:
    """A user's place on an instance, through disconnections and reconnections."""

    __slots__ = ("begin", "connected", "ended", "expires", "instance", "limited", "session", "user")

    def __init__(self, instance: Instance, user: int, session: int, at: Millis) -> None:
        self.instance = instance
        self.user = user
        self.session = session
        """Row of the plan that began it."""
        self.begin = at
        self.connected: Millis | None = None
        """Instant of the first connection, which may still lie ahead; None when there is none."""
        self.expires: Millis | None = None
        """Instant at which the disconnect timeout expires; None while it does not run."""
        self.ended = False
        self.limited = False
        """Whether the end of the maximum duration is on the agenda."""

    token = 0
    """An entry of the agenda says itself whether it is stale."""

    def row(self, end: Millis | None, cause: Cause, *, until: Millis) -> tuple[object, ...]:
        """The row of the table `user_sessions`; `until` is its end, or that of the run."""
        connected = self.connected
        return (
            self.instance.number,
            self.instance.pool,
            self.user,
            self.session,
            self.begin,
            NEVER if connected is None or connected >= until else connected,
            NEVER if end is None else end,
            cause,
        )
