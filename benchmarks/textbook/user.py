"""A user, who takes one intended session after the other (M1 to M8)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from simpy import Event, Interrupt

from benchmarks.textbook.clock import Phase, Steps, Turn
from benchmarks.textbook.facts import Logon, Session
from sim.record import NEVER, Cause, Ending, Outcome
from sim.units import Millis

if TYPE_CHECKING:
    from benchmarks.textbook.world import World


class Intent(NamedTuple):
    """One row of the plan."""

    session: int
    user: int
    arrival: Millis
    gap: Millis
    connected: Millis
    idle_from: Millis
    ending: int
    client: int
    rtt: Millis
    directory_service: Millis
    resume: Millis
    cold_start: Millis
    profile: Millis
    streaming: Millis
    os_logon: Millis
    retry_after: Millis
    patience: Millis


class Person(NamedTuple):
    """One row of the users."""

    user: int
    name: str
    population: str
    fleet: str
    joins: Millis
    leaves: Millis


class RefusalError(Exception):
    """The desktop cannot be had now."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class AbandonError(Exception):
    """The user has had enough: the fixed departure came first, or patience in line was over."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class User(ABC):
    """One user, with those rows of the plan that are the user's.

    Where the desktop comes from is said by the two kinds: owners of a persistent desktop, and
    guests of a pool.
    """

    def __init__(self, world: World, person: Person, rows: range) -> None:
        self.world = world
        self.env = world.env
        self.number = person.user
        self.name = person.name
        self.fleet = person.fleet
        self.joins = person.joins
        self.leaves = person.leaves
        self._rows = rows
        behaviour = world.scenario.behaviour(person.population)
        self._fixed_departure = behaviour.session_end == "fixed_departure"
        self._served_by = world.scenario.served_by[person.fleet]
        self._departure: Turn | None = None
        self._departs = NEVER
        self._session: Session | None = None
        self._logon: Logon | None = None
        self._thrown_out_by = Cause.NONE
        self._process = self.env.process(self._work())

    @property
    def now(self) -> Millis:
        """The present instant."""
        return int(self.env.now)

    @property
    def is_logging_on(self) -> bool:
        """Whether an attempt is under way, at the directory or past *request*."""
        return self._logon is not None

    # ---------------------------------------------------------------- where desktops come from

    @property
    @abstractmethod
    def desktop_number(self) -> int:
        """The number of the desktop the user has now; -1 for none."""

    @abstractmethod
    def _reach(self, intent: Intent, logon: Logon) -> Steps:
        """The stages of a logon from *request* on (M4, P5)."""

    @abstractmethod
    def _connect(self, session: Session) -> None:
        """The logon under way has succeeded."""

    @abstractmethod
    def _leave_early(self) -> None:
        """The user leaves before being connected (M6)."""

    @abstractmethod
    def _leave(self, ending: Ending) -> None:
        """The user leaves a session (M7)."""

    # ---------------------------------------------------------------- working

    def _work(self) -> Steps:
        over = self.now if self.joins == NEVER else self.joins
        for row in self._rows:
            intent = self.world.intent(row)
            arrival = over + intent.gap if intent.arrival == NEVER else intent.arrival
            yield Turn(self.env, max(arrival, self.now), Phase.ARRIVAL, self.number)
            yield from self._take(intent)
            self._session = None
            over = self.now

    def _take(self, intent: Intent) -> Steps:
        session = self._session = Session(
            intent.session,
            self.number,
            self.desktop_number,
            self.now,
            intent.connected,
            Ending(intent.ending),
            intent.client,
            intent.rtt,
        )
        self._departure = None
        if self._fixed_departure:
            self._departs = self.now + intent.connected
            self._departure = Turn(self.env, self._departs, Phase.LEAVING, self.number)
        yield from self._try(intent, session)
        if session.connected != NEVER:
            yield from self._stay(intent, session)

    # ---------------------------------------------------------------- logging on

    def _try(self, intent: Intent, session: Session) -> Steps:
        for attempt in count(1):
            logon = self._logon = Logon(
                intent.session, attempt, self.number, self.desktop_number, self.now
            )
            try:
                yield from self._pass_directory(intent, logon)
                yield from self._reach(intent, logon)
            except RefusalError as refusal:
                self._end_logon(Outcome.REFUSED, refusal.cause)
                session.desktop = logon.desktop
                cause = self._gives_up(intent, session)
                if cause is None:
                    retry = self.now + max(intent.retry_after, 1)
                    yield Turn(self.env, retry, Phase.ARRIVAL, self.number)
                    continue
            except AbandonError as abandon:
                cause = abandon.cause
                logon.desktop = self.desktop_number
                self._end_logon(Outcome.ABANDONED, cause)
                self._leave_early()
            except Interrupt:
                cause = self._thrown_out_by
                self._end_logon(Outcome.ABANDONED, cause)
            else:
                self._end_logon(Outcome.CONNECTED, Cause.NONE)
                session.desktop = logon.desktop
                session.connect(self.now)
                self._connect(session)
                return
            session.desktop = logon.desktop
            session.abandon(self.now, cause)
            session.report(self.world.facts, self.world.end)
            return

    def _end_logon(self, outcome: Outcome, cause: Cause) -> None:
        assert self._logon is not None
        self._logon.close(self.now, outcome, cause)
        self._logon.report(self.world.facts)
        self._logon = None

    def _gives_up(self, intent: Intent, session: Session) -> Cause | None:
        """Why there is no further attempt; None when there is one (M5)."""
        retry = self.now + max(intent.retry_after, 1)
        if retry - session.arrival > intent.patience:
            return Cause.PATIENCE
        if self._fixed_departure and retry >= self._departs:
            return Cause.DEPARTURE
        return None

    def _pass_directory(self, intent: Intent, logon: Logon) -> Steps:
        logon.enter("directory_wait", self.now)
        if self.world.directory is not None and self._served_by.uses_directory:
            yield from self._until(self.env.process(self._authenticate(intent, logon)))
        yield from self._until(Turn(self.env, self.now, Phase.REQUEST, self.number))

    def _authenticate(self, intent: Intent, logon: Logon) -> Steps:
        """Wait in line and be served, even if the user has left meanwhile (M3)."""
        assert self.world.directory is not None
        with self.world.directory.request() as turn:
            yield turn
            logon.enter("directory_service", self.now)
            served = self.now + intent.directory_service
            yield Turn(self.env, served, Phase.DIRECTORY, self.number)

    def _stage(self, name: str, duration: Millis, logon: Logon) -> Steps:
        logon.enter(name, self.now)
        end = Turn(self.env, self.now + duration, Phase.CONNECTION, self.number)
        yield from self._until(end)

    def _until(self, event: Event) -> Steps:
        """Wait for an event, unless the departure comes first or at that instant (M6)."""
        if self._departure is None:
            yield event
            return
        yield event | self._departure
        if self.now >= self._departs:
            raise AbandonError(Cause.DEPARTURE)

    # ---------------------------------------------------------------- connected

    def _stay(self, intent: Intent, session: Session) -> Steps:
        begin = session.arrival if self._fixed_departure else session.connected
        end = begin + intent.connected
        idle = self._served_by.idle_limit
        idle_end = end
        if idle is not None and intent.idle_from != NEVER:
            idle_end = session.connected + intent.idle_from + idle
        try:
            yield Turn(self.env, min(end, idle_end), Phase.LEAVING, self.number)
        except Interrupt:
            return
        if idle_end < end:
            session.cut(self.now, Cause.IDLE_DISCONNECT)
        else:
            session.leave(self.now)
        self._leave(session.ending)

    def throw_out(self, cause: Cause) -> None:
        """End the attempt or the session under way."""
        if self._logon is not None:
            self._logon.desktop = self.desktop_number
        self._thrown_out_by = cause
        self._process.interrupt(cause)

    def finish(self) -> None:
        """The run is over: write what is open (M10)."""
        if self._logon is not None:
            self._logon.desktop = self.desktop_number
            self._logon.cut(self.world.end)
            self._logon.report(self.world.facts)
        session = self._session
        if session is not None and session.ended == NEVER:
            if self._logon is not None:
                session.desktop = self._logon.desktop
            session.report(self.world.facts, self.world.end)
