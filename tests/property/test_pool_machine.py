"""A pool under random operation, beside a model of it that fits on two pages.

The machine lets people ask for a place, work, lose their connection and come back; it changes the
bounds, takes addresses and slots away, lets time pass, and ends people's sessions by hand. The
model knows the rules P1 to P8 of `docs/model.md` for one AlwaysOn pool, written from the text, in
whole minutes and plain lists; it shares no code with the engine. After each step both must be in
the same state, and the laws of a pool must hold.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sim.model.agenda import ARRIVAL, Agenda
from sim.model.crowd import Crowd
from sim.model.facts import Facts
from sim.model.hosts import Host, Hosts
from sim.model.journal import Journal
from sim.model.placement import Zones
from sim.model.pool import Pool
from sim.model.pooled import Pooled
from sim.model.scaling import scaling_of
from sim.model.world import build
from sim.record import (
    INSTANCES,
    LAUNCH_FAILURES,
    LOGONS,
    NEVER,
    PLAN,
    SESSIONS,
    USER_SESSIONS,
    USERS,
    Cause,
    Ending,
    Outcome,
    ScalingSource,
    Schema,
    SessionOutcome,
    Table,
)
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.units import DAY, MINUTE
from sim.workload import Workload

PEOPLE = 6
VISITS = 40
"""Visits that each of them can make."""
DETECTION = 2
TIMEOUT = 3
LIMIT = 10
"""Network-loss detection, disconnect timeout and maximum duration [min]."""
EVER = 10**6


# -- the model, in minutes


@dataclass
class Someone:
    """A user: at home, at work, in line, about to try again; with a place or without."""

    instance: int | None = None
    """Where the user has a place."""
    since: int = 0
    """Begin of the user session."""
    works_until: int | None = None
    lingers_until: int | None = None
    """Until when the desktop takes a user who has left for present."""
    expires: int | None = None
    """End of the disconnect timeout."""
    again: int | None = None
    """When a refused user tries again."""
    arrival: int = 0
    length: int = 0
    ending: Ending = Ending.LOGOFF
    patience: int = 0
    back_off: int = 1


@dataclass
class Model:
    """What a pool and its people do, minute by minute."""

    size: int
    keep: bool
    queue: bool
    breadth: bool
    queue_limit: int | None
    spare: int | None
    launch_retry: int
    minimum: int
    asked: int
    """What edits have asked for."""
    maximum: int
    boots: Callable[[], int]
    addresses: int
    slots: int
    now: int = 0
    target: int = 0
    pending: dict[int, int] = field(default_factory=dict)
    """Instances being provisioned, and when they are there."""
    idle: list[tuple[int, int]] = field(default_factory=list)
    """Since when, and which."""
    in_use: dict[int, set[int]] = field(default_factory=dict)
    line: list[int] = field(default_factory=list)
    people: list[Someone] = field(default_factory=lambda: [Someone() for _ in range(PEOPLE)])
    retry: int | None = None
    offers: set[int] = field(default_factory=set)
    asking: set[int] = field(default_factory=set)
    """Who asks for a place in the minute that has begun."""
    launched: int = 0
    fates: Counter[str] = field(default_factory=Counter)
    cut: int = 0
    """Sessions that the maximum duration ended."""

    # counts

    @property
    def actual(self) -> int:
        return self.size * (len(self.idle) + len(self.in_use))

    @property
    def desired(self) -> int:
        return self.actual + self.size * len(self.pending)

    @property
    def active(self) -> int:
        return sum(len(users) for users in self.in_use.values())

    # capacity

    def open(self) -> None:
        self.target = self.wanted()
        while self.desired < self.target and (number := self.launch()) is not None:
            self.idle.append((0, number))
        self.reconcile()

    def wanted(self) -> int:
        asked = self.asked
        if self.spare is not None:
            asked = self.active + len(self.line) + self.spare
        whole = -(-asked // self.size) * self.size
        return max(self.minimum, min(whole, self.maximum))

    def retarget(self) -> None:
        if self.wanted() != self.target:
            self.target = self.wanted()
            self.reconcile()

    def demand_changed(self) -> None:
        if self.spare is not None:
            self.retarget()

    def bounds(self, least: int | None, asked: int | None, most: int | None) -> None:
        if least is not None:
            self.minimum, self.maximum = least, max(least, self.maximum)
        if most is not None:
            self.minimum, self.maximum = min(self.minimum, most), most
        asked = self.asked if asked is None else asked
        self.asked = max(self.minimum, min(asked, self.maximum))
        self.retarget()

    def reconcile(self) -> None:
        while self.desired - self.size >= self.target and (self.pending or self.idle):
            if self.pending:
                self.pending.popitem()
            else:
                self.idle.pop()
            self.free_a_slot(1)
        while self.desired < self.target:
            number = self.launch()
            if number is None:
                self.retry = self.now + self.launch_retry if self.retry is None else self.retry
                return
            self.pending[number] = self.now + self.boots()

    def launch(self) -> int | None:
        if not self.addresses or not self.slots:
            return None
        self.free_a_slot(-1)
        self.launched += 1
        return self.launched - 1

    def free_a_slot(self, change: int) -> None:
        self.addresses += change
        self.slots += change

    # places

    def take(self, user: int) -> bool:
        number = self.choice()
        if number is None:
            return False
        self.idle = [one for one in self.idle if one[1] != number]
        self.in_use.setdefault(number, set()).add(user)
        someone = self.people[user]
        someone.instance, someone.since = number, self.now
        self.connect(someone)
        return True

    def choice(self) -> int | None:
        """On the one idle longest, unless people are put together."""
        room = [
            (len(users), number) for number, users in self.in_use.items() if len(users) < self.size
        ]
        longest_idle = self.idle[0][1] if self.idle else None
        if self.breadth:
            return min(room)[1] if longest_idle is None and room else longest_idle
        return min((-users, number) for users, number in room)[1] if room else longest_idle

    def connect(self, someone: Someone) -> None:
        self.fates["served"] += 1
        someone.expires = None
        someone.works_until = self.now + someone.length

    def end(self, user: int) -> None:
        someone = self.people[user]
        number = someone.instance
        assert number is not None
        someone.instance = someone.works_until = someone.lingers_until = someone.expires = None
        self.in_use[number].remove(user)
        empty = not self.in_use[number]
        there = True
        if empty:
            del self.in_use[number]
            if self.keep:
                self.idle = sorted([*self.idle, (self.now, number)])
            else:
                self.free_a_slot(1)
                there = False
        self.demand_changed()
        if empty:
            self.reconcile()
            there = there and any(number == one for _, one in self.idle)
        if there:
            self.offers.add(number)

    def serve(self) -> None:
        while self.line and self.take(self.line[0]):
            del self.line[0]

    # time

    def minute(self) -> None:
        """All that happens at this minute, in the order of P8."""
        for user, someone in enumerate(self.people):
            over = someone.instance is not None and self.now == someone.since + LIMIT
            if over or someone.expires == self.now:
                self.cut += someone.works_until is not None
                self.end(user)
        for user, someone in enumerate(self.people):
            if someone.works_until == self.now:
                self.leave(user)
            elif someone.lingers_until == self.now:
                self.disconnect(someone)
        self.capacity()
        for user, someone in enumerate(self.people):
            if user in self.line and self.now == someone.arrival + someone.patience:
                self.give_up(user)
                self.capacity()
        for user, someone in enumerate(self.people):
            if user in self.asking or someone.again == self.now:
                self.asking.discard(user)
                someone.again = None
                self.request(user)
                self.capacity()
        self.now += 1

    def leave(self, user: int) -> None:
        someone = self.people[user]
        someone.works_until = None
        match someone.ending:
            case Ending.LOGOFF:
                self.end(user)
            case Ending.DISCONNECT:
                self.disconnect(someone)
            case Ending.NETWORK_LOSS:
                someone.lingers_until = self.now + DETECTION
            case Ending.LEFT_CONNECTED:
                someone.lingers_until = EVER

    def disconnect(self, someone: Someone) -> None:
        someone.lingers_until = None
        someone.expires = self.now + TIMEOUT

    def capacity(self) -> None:
        """Retries, then instance by instance those that are there now or have free places."""
        while True:
            due = {number for number, at in self.pending.items() if at == self.now} | self.offers
            if self.retry == self.now:
                self.retry = None
                self.reconcile()
            elif due:
                number = min(due)
                self.offers.discard(number)
                if self.pending.pop(number, None) is not None:
                    self.idle = sorted([*self.idle, (self.now, number)])
                self.serve()
            else:
                return

    def give_up(self, user: int) -> None:
        self.line.remove(user)
        self.fates["abandoned"] += 1
        self.demand_changed()

    def request(self, user: int) -> None:
        someone = self.people[user]
        if someone.lingers_until is not None:
            self.disconnect(someone)
        if someone.instance is not None:
            self.connect(someone)
        elif self.take(user):
            self.demand_changed()
        elif self.queue and (self.queue_limit is None or len(self.line) < self.queue_limit):
            if someone.patience <= self.now - someone.arrival:
                self.fates["abandoned"] += 1
                return
            self.line.append(user)
            self.demand_changed()
        else:
            self.fates["refused"] += 1
            again = self.now + someone.back_off
            if again - someone.arrival <= someone.patience:
                someone.again = again

    def comes_back(self) -> list[int]:
        """Who is at home and has a place."""
        return [user for user in range(PEOPLE) if self.has_place(user) and self.at_home(user)]

    def has_place(self, user: int) -> bool:
        return self.people[user].instance is not None

    def at_home(self, user: int) -> bool:
        someone = self.people[user]
        busy = someone.works_until is not None or someone.again is not None
        return not busy and user not in self.line and user not in self.asking


# -- the machine


class PoolMachine(RuleBasedStateMachine):
    """The engine's pool and its people, and the model of them, step by step."""

    @initialize(
        size=st.integers(1, 3),
        keep=st.booleans(),
        admission=st.sampled_from([None, EVER, EVER, 2, 1]),
        breadth=st.booleans(),
        spare=st.none() | st.none() | st.integers(0, 3),
        bounds=st.tuples(*[st.integers(0, 4)] * 3).map(sorted),
        scarce=st.tuples(st.sampled_from([EVER, 4, 2, 1]), st.sampled_from([EVER, 3])),
        boots=st.lists(st.integers(0, 5), min_size=1, max_size=5),
        launch_retry=st.integers(1, 4),
    )
    def stand_up(
        self,
        *,
        size: int,
        keep: bool,
        admission: int | None,
        breadth: bool,
        spare: int | None,
        bounds: list[int],
        scarce: tuple[int, int],
        boots: list[int],
        launch_retry: int,
    ) -> None:
        least, first, most = (instances * size for instances in bounds)
        most = max(most, size)
        limit = admission if admission != EVER else None
        self.others: list[Host | None] = []
        """Slots and addresses that others have taken."""
        taken = (boots[number % len(boots)] for number in count())
        self.model = Model(
            size=size,
            keep=keep,
            queue=admission is not None,
            breadth=breadth,
            queue_limit=limit,
            spare=spare,
            launch_retry=launch_retry,
            minimum=least,
            asked=first,
            maximum=most,
            boots=lambda: next(taken),
            addresses=scarce[0],
            slots=scarce[1],
        )
        self.limited = scarce[1] < EVER
        pool = {
            "bundle": "power",
            "running_mode": "AlwaysOn",
            "minimum": least,
            "desired": first,
            "maximum": most,
            "sessions_per_instance": size,
            "load_balancing": "breadth-first" if breadth else "depth-first",
            "after_session": "keep" if keep else "replace",
            "admission": "refuse" if admission is None else "queue",
            "queue_limit": limit,
            "launch_retry": f"{launch_retry} min",
            "maximum_duration": f"{LIMIT} min",
            "disconnect_timeout": f"{TIMEOUT} min",
            "network_loss_detection": f"{DETECTION} min",
            "hosts": ["rack"] if self.limited else [],
            "scaling": [] if spare is None else [{"spare": spare}],
        }
        self._stand_up_engine(pool, boots, scarce)
        self.model.open()
        self.pool.open(0)

    def _stand_up_engine(
        self, pool: dict[str, Any], boots: list[int], scarce: tuple[int, int]
    ) -> None:
        addresses, slots = scarce
        scenario = Scenario.model_validate(
            {
                "version": 1,
                "name": "machine",
                "region": "ap-southeast-1",
                "start": "2026-09-01",
                "horizon": "1 d",
                "prices": {"book": "none.csv"},
                "zones": {"a": {"ip_addresses": None if addresses == EVER else addresses}},
                "host_groups": {
                    "rack": {"zone": "a", "count": 1, "vcpu": 4 * slots, "memory": "512 GB"}
                }
                if self.limited
                else {},
                "pools": {"desk": pool},
                "populations": {
                    "people": {
                        "users": PEOPLE,
                        "fleet": "desk",
                        "shift": {"start": "09:00"},
                        "session_length": "1 h",
                    }
                },
                "maintenance": {"autostop": False},
            }
        )
        self.store = FactStore[Table]()
        world = build(scenario, Workload(_users(), _plan(), ["client"]), 0)
        self.plan = world.plan
        facts = Facts(self.store)
        self.facts = facts
        self.zones = Zones(scenario)
        self.hosts = Hosts.of(scenario, facts, lambda: 0.5)
        self.agenda = Agenda(world.end, facts, None)
        self.crowd = Crowd(world, self.agenda, Journal(world, facts))
        self.pool = Pool(
            0,
            "desk",
            scenario.pools["desk"],
            scaling_of(scenario, world.workload, "desk"),
            agenda=self.agenda,
            zones=self.zones,
            hosts=self.hosts,
            provisioning=(boots[number % len(boots)] * MINUTE for number in count()),
            numbers=count(),
        )
        self.pooled = Pooled(self.crowd, self.pool)
        for user in range(PEOPLE):
            self.crowd.enlist(user, self.pooled)

    @property
    def now(self) -> int:
        return self.model.now * MINUTE

    # -- what happens

    @rule(
        users=st.sets(st.integers(0, PEOPLE - 1), min_size=1),
        length=st.integers(1, 8) | st.just(LIMIT),
        ending=st.sampled_from(Ending),
        patience=st.integers(0, 6),
        back_off=st.integers(1, 3),
    )
    def ask(self, users: set[int], **plans: Any) -> None:
        """People want to work, those of them who are at home."""
        for user in sorted(users):
            if self.model.at_home(user):
                self.ask_for(user, **plans)

    @precondition(lambda self: self.model.comes_back())
    @rule(length=st.integers(3, 8), ending=st.sampled_from(Ending))
    def come_back(self, length: int, ending: Ending) -> None:
        """Somebody comes back to a place that is still theirs."""
        user = self.model.comes_back()[0]
        self.ask_for(user, length=length, ending=ending, patience=0, back_off=1)

    def ask_for(
        self, user: int, *, length: int, ending: Ending, patience: int, back_off: int
    ) -> None:
        person = self.crowd.people[user]
        if person.next_row >= person.rows_end:
            return
        told = {
            "connected": length * MINUTE,
            "ending": ending,
            "patience": patience * MINUTE,
            "retry_after": back_off * MINUTE,
        }
        for name, value in told.items():
            self.plan[name][person.next_row] = value
        self.agenda.put(self.now, ARRIVAL, self.crowd._arrive, person, person.token)
        someone = self.model.people[user]
        someone.arrival, someone.length, someone.ending = self.model.now, length, ending
        someone.patience, someone.back_off = patience, back_off
        self.model.asking.add(user)

    @rule(minutes=st.integers(1, 4))
    def wait(self, minutes: int) -> None:
        """Time passes: sessions, timeouts, patience end; instances arrive; launches are retried."""
        for _ in range(minutes):
            self.model.minute()
            self.agenda.advance(self.now)
            self.nobody_waits_beside_a_place()

    def nobody_waits_beside_a_place(self) -> None:
        assert not self.pool.waiting or self.pool.active == self.pool.actual

    @rule(
        sizes=st.tuples(*[st.integers(0, 5)] * 3).map(sorted),
        which=st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1)]),
    )
    def edit(self, sizes: list[int], which: tuple[int, int, int]) -> None:
        """The bounds, or the target, or all of them are changed."""
        sizes[2] = max(sizes[2], 1)
        least, asked, most = (
            instances * self.model.size if given else None
            for instances, given in zip(sizes, which, strict=True)
        )
        self.model.bounds(least, asked, most)
        self.pool.scaling.bounds(
            minimum=least, maximum=most, desired=asked, source=ScalingSource.EDIT
        )
        self.pool.retarget(self.now)

    @rule()
    def others_take_room(self) -> None:
        """Somebody else takes an address, and a slot where there are hosts: launches may fail."""
        if not self.model.addresses or not self.model.slots:
            return
        host = self.hosts.place(["rack"], "a", "power", self.now) if self.limited else None
        self.zones.take("desk", "a")
        self.others.append(host)
        self.model.free_a_slot(-1)

    @precondition(lambda self: self.others)
    @rule()
    def others_make_room(self) -> None:
        """And gives it back; the pool finds out when it next tries."""
        host = self.others.pop()
        self.zones.give_back("a")
        if host is not None:
            self.hosts.release(host, "power", self.now)
        self.model.free_a_slot(1)

    @rule(user=st.integers(0, PEOPLE - 1))
    def dismiss(self, user: int) -> None:
        """All that somebody has under way is ended; who is about to try again still will."""
        someone = self.model.people[user]
        if user in self.model.line:
            self.model.give_up(user)
        if someone.instance is not None:
            self.model.end(user)
        self.pooled.dismiss(user, self.now)

    # -- what must be true

    @invariant()
    def both_are_in_the_same_state(self) -> None:
        if not hasattr(self, "pool"):
            return
        pool, model = self.pool, self.model
        assert pool.target == model.target
        assert list(pool.pending) == list(model.pending)
        assert [one.number for one in pool.idle] == [number for _, number in model.idle]
        assert {number: one.sessions for number, one in pool.in_use.items()} == {
            number: len(users) for number, users in model.in_use.items()
        }
        assert list(self.pooled.line) == model.line
        for user, someone in enumerate(model.people):
            held = self.crowd.people[user].held
            assert (None if held is None else held.instance.number) == someone.instance
        for number, instance in pool.in_use.items():
            assert instance.sessions == sum(one.instance == number for one in model.people)

    @invariant()
    def counts_add_up(self) -> None:
        if not hasattr(self, "pool"):
            return
        pool, size = self.pool, self.model.size
        assert pool.desired == pool.actual + size * len(pool.pending) == self.model.desired
        assert pool.active == self.model.active <= pool.actual
        assert pool.waiting == len(self.pooled.line)
        assert pool.target % size == 0
        assert pool.scaling.minimum <= pool.target <= pool.scaling.maximum

    @invariant()
    def there_is_more_than_the_maximum_only_where_people_are(self) -> None:
        """And it never grows while it is so."""
        if not hasattr(self, "pool"):
            return
        pool = self.pool
        before, self.actual_before = getattr(self, "actual_before", 0), pool.actual
        if pool.actual > pool.scaling.maximum:
            assert not pool.idle
            assert not pool.pending
            assert pool.actual <= before
        if pool.desired > pool.target:
            assert not pool.idle
            assert not pool.pending
        if pool.desired < pool.target:
            assert self.model.retry is not None, "it does not try again"

    @invariant()
    def nobody_has_a_place_that_is_gone(self) -> None:
        if not hasattr(self, "pool"):
            return
        for person in self.crowd.people.values():
            if person.held is not None:
                assert person.held.instance.terminated is None
                assert not person.held.ended

    def teardown(self) -> None:
        """At the end each request was served, refused, given up, or still waits: one of them."""
        if not hasattr(self, "pool"):
            return
        self.crowd.finish()
        self.pooled.finish()
        self.pool.finish()
        self.facts.close()
        logons, instances = self.recorded(LOGONS), self.recorded(INSTANCES)
        found = Counter(Outcome(outcome) for outcome in logons["outcome"].tolist())
        fates, waiting = self.model.fates, len(self.model.line)
        assert found[Outcome.CONNECTED] == fates["served"]
        assert found[Outcome.REFUSED] == fates["refused"]
        assert found[Outcome.ABANDONED] == fates["abandoned"]
        assert found[Outcome.OPEN] == waiting
        sessions = self.recorded(SESSIONS)
        assert len(sessions) == np.count_nonzero(logons["attempt"] == 1)
        limited = sessions["cause"] == Cause.SESSION_LIMIT
        assert (sessions["outcome"][limited] == SessionOutcome.CUT).all()
        assert limited.sum() == self.model.cut
        assert sorted(instances["instance"].tolist()) == list(range(self.model.launched))
        self.no_scale_in_under_people(instances)
        assert (self.recorded(LAUNCH_FAILURES)["instances"] > 0).all()

    def no_scale_in_under_people(self, instances: Table) -> None:
        held = self.recorded(USER_SESSIONS)
        gone = {
            number: at
            for number, at, cause in zip(
                *(instances[n].tolist() for n in ("instance", "terminated", "cause")), strict=True
            )
            if cause == Cause.SCALE_IN
        }
        for number, end in zip(held["instance"].tolist(), held["end"].tolist(), strict=True):
            assert number not in gone or NEVER != end <= gone[number]

    def recorded(self, schema: Schema) -> Table:
        return self.store.table(schema)


def _users() -> Table:
    numbers = np.arange(PEOPLE)
    words = {
        "name": np.array([f"people-{number:05d}" for number in numbers], dtype=object),
        "population": np.full(PEOPLE, "people", dtype=object),
        "fleet": np.full(PEOPLE, "desk", dtype=object),
        "cost_center": np.full(PEOPLE, "people", dtype=object),
        "time_zone": np.full(PEOPLE, "UTC", dtype=object),
    }
    never = np.full(PEOPLE, NEVER)
    return Table.of(USERS, user=numbers, joins=never, leaves=never, **words)


def _plan() -> Table:
    """Rows to be filled in when their time comes; until then they would come after the run."""
    owner = np.repeat(np.arange(PEOPLE), VISITS)
    columns: dict[str, Any] = dict.fromkeys(PLAN.names, 0)
    columns |= {"session": np.arange(len(owner)), "user": owner, "arrival": NEVER, "gap": 2 * DAY}
    columns |= {"idle_from": NEVER}
    filled = {name: np.broadcast_to(column, owner.shape) for name, column in columns.items()}
    return Table.of(PLAN, **{name: column.copy() for name, column in filled.items()})


PoolMachine.TestCase.settings = settings(max_examples=300, stateful_step_count=50)
TestPool = PoolMachine.TestCase
