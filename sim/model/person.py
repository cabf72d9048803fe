"""One user: the plan's row in hand, the attempt under way, the connection that may outlive it."""

from typing import NamedTuple, Protocol

from sim.model.instances import UserSession
from sim.model.regions import Region
from sim.model.stages import cut_short
from sim.model.world import Habits
from sim.record import NEVER, Cause, Ending, Outcome, SessionOutcome, StartKind
from sim.scenario.desktops import Fleet
from sim.scenario.pools import Pool
from sim.units import Millis


class Attempt:
    """A logon attempt: its stages one after another from its arrival, as many as it can pass."""

    __slots__ = (
        "arrival",
        "cleared",
        "number",
        "ready",
        "requested",
        "stages",
        "start_kind",
        "waits_since",
    )

    def __init__(self, number: int, arrival: Millis, stages: int) -> None:
        self.number = number
        self.arrival = arrival
        self.stages = [0] * stages
        self.requested: Millis | None = None
        """Instant at which the broker was asked for the desktop; None before."""
        self.ready: Millis | None = None
        """Instant from which the desktop runs for this attempt; None while it has not been given
        one."""
        self.cleared = False
        """Whether the limit on starts has been asked."""
        self.waits_since: Millis | None = None
        """Instant from which it waits for that limit; None when it does not."""
        self.start_kind = StartKind.NONE

    def row(
        self,
        keys: tuple[int, int, int],
        done: Millis | None,
        outcome: Outcome,
        cause: Cause,
        *,
        end: Millis,
    ) -> tuple[object, ...]:
        """The attempt of (session, user, desktop) as a `LOGON_ROW`.

        Stages count for the time that passed in them before `end`.
        """
        session, user, desktop = keys
        left = end - self.arrival
        stages = self.stages
        if sum(stages) > left:
            stages = cut_short(stages, left)
        when = NEVER if done is None else done
        head = (session, self.number, user, desktop, self.arrival)
        return (*head, when, self.start_kind, outcome, cause, *stages)


class Interruption(NamedTuple):
    """What cut a user off who means to come back (F2)."""

    at: Millis
    cause: Cause
    outage: int
    desktop: int


class Connection:
    """A session that the desktop still sees, from connecting to disconnection."""

    __slots__ = (
        "arrival",
        "before",
        "began",
        "cause",
        "connected",
        "ended",
        "ending",
        "lingers_until",
        "outcome",
        "session",
        "until",
    )

    def __init__(self, session: int, arrival: Millis, connected: Millis, ending: Ending) -> None:
        self.session = session
        self.arrival = arrival
        self.connected = connected
        """Instant of connecting; it may still lie ahead."""
        self.began: Millis = connected
        """Instant of the session's first connection, an earlier one after an interruption."""
        self.before: Millis = 0
        """Time worked before this connection."""
        self.until: Millis = connected
        """Instant at which the user means to leave."""
        self.ended: Millis | None = None
        """Instant at which the user left; None while the user is there."""
        self.lingers_until: Millis | None = None
        """Instant at which a connection that outlives its user is noticed; None: not by itself."""
        self.ending = ending
        self.outcome = SessionOutcome.ENDED
        self.cause = Cause.NONE


class Supply(Protocol):
    """Where the desktops of some users come from."""

    def number(self, user: int, /) -> int:
        """Number of the user's own desktop; -1 when there is none."""

    def region(self, user: int, /) -> Region | None:
        """Where the user's desktop is; None when there is none."""

    def request(self, person: "Person", at: Millis) -> None:
        """The broker is asked for a desktop: connect the user, let them wait, or refuse."""

    def disconnected(self, person: "Person", ending: Ending, at: Millis) -> None:
        """The desktop sees that the user has gone."""

    def departed(self, person: "Person", at: Millis) -> None:
        """The user has left an attempt before it connected."""


class Person:
    """A user who walks through the plan."""

    __slots__ = (
        "arrival",
        "attempt",
        "began",
        "connection",
        "delivered",
        "departure",
        "fleet",
        "habits",
        "held",
        "interruption",
        "next_row",
        "over",
        "row",
        "rows_end",
        "since",
        "supply",
        "token",
        "tries",
        "turned_away",
        "user",
    )

    def __init__(
        self, user: int, fleet: Fleet | Pool, habits: Habits, supply: Supply, rows: range
    ) -> None:
        self.user = user
        self.fleet = fleet
        self.habits = habits
        self.supply = supply
        self.held: UserSession | None = None
        """The user's place on an instance of a pool."""
        self.next_row = rows.start
        self.rows_end = rows.stop
        self.over: Millis | None = None
        """Instant at which the previous row was over; None before the first."""
        self.row: int | None = None
        """The row in hand: arrived and not over."""
        self.arrival: Millis = 0
        self.since: Millis = 0
        """Instant from which patience counts: the arrival, or the interruption."""
        self.began: Millis | None = None
        """Instant of the first connection of the row in hand, once it was interrupted."""
        self.delivered: Millis = 0
        """Time worked for the row in hand before the last interruption."""
        self.turned_away = Cause.NONE
        """Why the attempt in hand will be turned away before it reaches the broker."""
        self.interruption: Interruption | None = None
        """What the user has not come back from yet."""
        self.departure: Millis | None = None
        """Fixed departure of the row in hand, if it has one."""
        self.tries = 0
        """Attempts made for the row in hand."""
        self.attempt: Attempt | None = None
        """The attempt under way; None between a refusal and the next try."""
        self.connection: Connection | None = None
        self.token = 0
        """Number of the step in hand; an event made for an earlier one is stale."""

    @property
    def row_in_hand(self) -> int:
        """The row in hand, where there must be one."""
        assert self.row is not None
        return self.row

    @property
    def attempt_in_hand(self) -> Attempt:
        """The attempt under way, where there must be one."""
        assert self.attempt is not None
        return self.attempt
