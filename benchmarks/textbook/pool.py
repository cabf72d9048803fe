"""A pool: instances, the line before them, and what moves their number (P1 to P4, P8 to P13)."""

from __future__ import annotations

from bisect import insort
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from simpy import Event

from benchmarks.textbook.clock import Phase, Steps, Turn
from benchmarks.textbook.hosts import Host
from benchmarks.textbook.instance import Instance
from benchmarks.textbook.user import Intent, RefusalError
from benchmarks.textbook.user_session import UserSession
from sim.model.scaling import scaling_of
from sim.policy import Datapoint, Observation
from sim.record import NEVER, Cause, ScalingSource
from sim.units import MINUTE, SECOND, Millis
from sim.workload import Workload, sample
from sim.workload.schedules import CapacityChange, capacity_changes

if TYPE_CHECKING:
    from benchmarks.textbook.guest import Guest
    from benchmarks.textbook.world import World


class _Waiting(NamedTuple):
    """Somebody in line."""

    guest: Guest
    intent: Intent
    called: Event
    """Happens when there is a place."""


class Pool:
    """One pool of the scenario; `number` is its position in the file."""

    def __init__(self, world: World, name: str, number: int, workload: Workload) -> None:
        self.world = world
        self.env = world.env
        self.name = name
        self.number = number
        self.spec = world.scenario.pools[name]
        self._size = self.spec.sessions_per_instance
        self._scaling = scaling_of(world.scenario, workload, name, world.replication)
        self._draws = world.stream(f"provisioning/{name}")
        self._requests = 0
        """Requests since the beginning."""
        self._pending: dict[int, Instance] = {}
        """By number, in order of request."""
        self._idle: list[tuple[Millis, int, Instance]] = []
        """Since when, number, instance; in order."""
        self._in_use: dict[int, Instance] = {}
        self._line: list[_Waiting] = []
        self._active = 0
        self._refused = 0
        """Refusals since the last datapoint."""
        self._minutes: deque[Datapoint] = deque(maxlen=self._scaling.memory_minutes)
        self._retrying = False
        self._noting = False
        self._to_record = True
        self._recorded: tuple[int, ...] = ()
        self._is_open = False
        self.target = self._asked_for

    def open(self) -> None:
        """The run begins: the first instances are there at once (P1)."""
        self._reconcile()
        self._is_open = True
        self.env.process(self._keep_time())

    @property
    def now(self) -> Millis:
        """The present instant."""
        return int(self.env.now)

    # ---------------------------------------------------------------- capacity

    @property
    def pending(self) -> int:
        """User sessions of the instances being provisioned."""
        return self._size * len(self._pending)

    @property
    def actual(self) -> int:
        """User sessions that the available instances have room for."""
        return self._size * (len(self._idle) + len(self._in_use))

    @property
    def desired(self) -> int:
        """User sessions there or on their way."""
        return self.actual + self.pending

    def _reconcile(self) -> None:
        """Request or take away instances until there are as many as wanted (P2)."""
        while self.desired < self.target:
            if not self._launch():
                break
        while self.desired - self._size >= self.target:
            if self._pending:
                _, instance = self._pending.popitem()
            elif self._idle:
                *_, instance = self._idle.pop()
            else:
                break
            self._discard(instance, Cause.SCALE_IN)
        self._note()

    def _launch(self) -> bool:
        """Request one instance; whether there was an address and, on hosts, room for it (P3)."""
        cause = Cause.NO_ADDRESS
        for zone in self.world.zones.preference(self.name):
            host = self.world.hosts.choose(self.spec, zone, self.spec.bundle)
            if host is not None or not self.spec.hosts:
                self._request(zone, host)
                return True
            cause = Cause.NO_HOST_CAPACITY
        missing = -((self.desired - self.target) // self._size)
        self.world.facts.add("launch_failures", self.number, self.now, missing, cause)
        if not self._retrying:
            self._retrying = True
            self.env.process(self._retry())
        return False

    def _retry(self) -> Steps:
        again = self.now + self.spec.launch_retry
        yield Turn(self.env, again, Phase.CAPACITY, self.number)
        self._retrying = False
        self._reconcile()

    def _request(self, zone: str, host: Host | None) -> None:
        instance = Instance(self, self.world.register_instance(), zone, host)
        self.world.zones.place(self.name, zone)
        self.world.zones.take_address(zone)
        if host is not None:
            host.add(self.spec.bundle, 1, self.now)
        if self._is_open:
            draw = self._draws.uniforms(1, first=self._requests)
            self._requests += 1
            self._pending[instance.number] = instance
            instance.provision(int(sample(self.spec.provisioning, draw)[0]))
        else:
            self._offer(instance)

    def add(self, instance: Instance) -> None:
        """An instance becomes available, and serves the line."""
        del self._pending[instance.number]
        self._offer(instance)
        self._serve()

    def _offer(self, instance: Instance) -> None:
        instance.available = self.now
        insort(self._idle, (self.now, instance.number, instance))
        self._note()

    def _discard(self, instance: Instance, cause: Cause) -> None:
        """An instance is gone, with its address and its slot."""
        instance.end(cause)
        self.world.zones.give_address_back(instance.zone)
        if instance.host is not None:
            instance.host.add(self.spec.bundle, -1, self.now)

    # ---------------------------------------------------------------- users

    @property
    def has_place(self) -> bool:
        """Whether there is a free place."""
        return self._choose() is not None

    def _choose(self) -> Instance | None:
        """The instance that takes the next user (P5)."""
        longest_idle = self._idle[0][2] if self._idle else None
        with_room: list[Instance] = []
        if self._size > 1:
            with_room = [instance for instance in self._in_use.values() if instance.has_room]
        if not with_room or (longest_idle and self.spec.load_balancing == "breadth-first"):
            return longest_idle
        fullest = self.spec.load_balancing == "depth-first"
        return min(
            with_room,
            key=lambda one: (-len(one.sessions) if fullest else len(one.sessions), one.number),
        )

    def seat(self, guest: Guest, intent: Intent) -> None:
        """Give a user a free place."""
        self._seat(guest, intent)
        self._follow()

    def _seat(self, guest: Guest, intent: Intent) -> None:
        instance = self._choose()
        assert instance is not None
        starts = False
        if not instance.sessions:
            del self._idle[0]
            self._in_use[instance.number] = instance
            starts = self.spec.running_mode == "AutoStop"
            if starts:
                instance.start(intent.cold_start, guest.number)
        if instance.used == NEVER:
            instance.used = self.now
        guest.held = UserSession(guest, instance, intent.session, starts=starts)
        instance.sessions.append(guest.held)
        self._active += 1
        self._note()

    def take_back(self, session: UserSession) -> None:
        """A user session has ended (P4)."""
        instance = session.instance
        instance.sessions.remove(session)
        self._active -= 1
        vacated = not instance.sessions
        if vacated:
            del self._in_use[instance.number]
            if self.spec.after_session == "replace":
                self._discard(instance, Cause.SESSION_OVER)
            else:
                insort(self._idle, (self.now, instance.number, instance))
        if self._line:
            self.env.process(self._offer_places(instance))
        self._note()
        self._follow(vacated=vacated)

    def _offer_places(self, instance: Instance) -> Steps:
        yield instance.turn(self.now)
        self._serve()

    def admit(self) -> None:
        """Refuse a user whom the line cannot take either (P5)."""
        limit = self.spec.queue_limit
        full = limit is not None and len(self._line) >= limit
        if full or self.spec.admission == "refuse":
            self._refused += 1
            raise RefusalError(Cause.NO_POOL_CAPACITY)

    def join_line(self, guest: Guest, intent: Intent) -> Event:
        """A user joins the line at its end; the event happens when there is a place (P6)."""
        called = self.env.event()
        self._line.append(_Waiting(guest, intent, called))
        self._note()
        self._follow()
        return called

    def leave_line(self, guest: Guest) -> None:
        """A user leaves the line, if in it."""
        stay = [waiting for waiting in self._line if waiting.guest is not guest]
        if len(stay) < len(self._line):
            self._line = stay
            self._note()
            self._follow()

    def _serve(self) -> None:
        """Whoever is first in line takes a place, while there is one."""
        while self._line and self.has_place:
            first = self._line.pop(0)
            self._seat(first.guest, first.intent)
            first.called.succeed()

    # ---------------------------------------------------------------- scaling

    @property
    def _asked_for(self) -> int:
        """What the policies ask for at present, within the bounds."""
        return self._scaling.target_with(self._active + len(self._line))

    def _follow(self, *, vacated: bool = False) -> None:
        """Keep sessions spare (P12), and reconcile if there is reason to (P2)."""
        before = self.target
        if self._scaling.spare is not None:
            self.target = self._asked_for
        if vacated or self.target != before:
            self._reconcile()

    def _keep_time(self) -> Steps:
        """The monitor: decide each minute, and when an edit or a scheduled action is due (P9)."""
        changes: dict[Millis, list[CapacityChange]] = {}
        for change in capacity_changes(self.world.scenario, self.name):
            changes.setdefault(change.at, []).append(change)
        minutes = self._full_minutes()
        for at in sorted({*changes, *minutes}):
            is_minute = at in minutes
            if is_minute:
                yield Turn(self.env, at, Phase.OBSERVATION, self.number)
                self._look()
            yield Turn(self.env, at, Phase.SCALING, self.number)
            self._decide(changes.get(at, []), is_minute=is_minute)

    def _full_minutes(self) -> range:
        """The full minutes UTC inside the run, without its beginning."""
        into_the_day = self.world.scenario.calendar.instant(self.world.begin)
        into_the_day_ms = into_the_day.second * SECOND + into_the_day.microsecond // 1000
        return range(self.world.begin - into_the_day_ms + MINUTE, self.world.end, MINUTE)

    def _look(self) -> None:
        """Keep what the minute just past was like (P10)."""
        minute = Datapoint(
            active=self._active,
            actual=self.actual,
            pending=self.pending,
            waiting=len(self._line),
            refused=self._refused,
        )
        self._minutes.append(minute)
        self._refused = 0

    def _decide(self, changes: list[CapacityChange], *, is_minute: bool) -> None:
        """New bounds, then the policies, then one new target (P9)."""
        for change in changes:
            self._scaling.bounds(
                minimum=change.minimum,
                maximum=change.maximum,
                desired=change.desired,
                source=change.source,
            )
        if is_minute:
            self._scaling.minute(self._observation())
            self._to_record = True
            self._note()
        before = self.target
        self.target = self._asked_for
        if self.target != before:
            source = self._scaling.source
            if source != ScalingSource.SPARE:
                row = (self.number, self.now, source, before, self.target)
                self.world.facts.add("scaling", *row)
            self._reconcile()

    def _observation(self) -> Observation:
        return Observation(
            at=self.now,
            instant=self.world.scenario.calendar.instant(self.now),
            minimum=self._scaling.minimum,
            maximum=self._scaling.maximum,
            target=self._asked_for,
            sessions_per_instance=self._size,
            minutes=list(self._minutes),
        )

    # ---------------------------------------------------------------- records

    def _note(self) -> None:
        """Write a row when this instant is over, if anything is then another than before (P13)."""
        if not self._noting:
            self._noting = True
            self.env.process(self._record())

    def _record(self) -> Steps:
        yield Turn(self.env, self.now, Phase.RECORD, self.number)
        self._noting = False
        row = (
            self.target,
            self.desired,
            self.actual,
            self.pending,
            self._active,
            len(self._line),
        )
        if self._to_record or row != self._recorded:
            self.world.facts.add("pool_capacity", self.number, self.now, *row)
        self._to_record, self._recorded = False, row

    def finish(self) -> None:
        """The run is over: write what is open (M10)."""
        there = [*self._pending.values(), *self._in_use.values()]
        for instance in [*there, *(instance for *_, instance in self._idle)]:
            instance.report(NEVER, Cause.NONE)
