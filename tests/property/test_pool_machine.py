"""A pool under random operation, beside a model of it.

The machine lets people ask for a place, work, lose their connection and come back; it changes the
bounds, takes addresses and slots away, lets time pass, and ends people's sessions by hand. After
each step the engine and the model must be in the same state, and the laws of a pool must hold.
"""

from collections import Counter
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
from sim.model.regions import Region
from sim.model.scaling import scaling_of
from sim.model.stages import logon_row
from sim.model.starts import Starts
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
from tests.property.pool_model import DETECTION, EVER, LIMIT, PEOPLE, TIMEOUT, Model

VISITS = 40
"""Visits that each of them can make."""


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
        facts = Facts(self.store, logon_row(world))
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
            region=Region("us-east-1"),
            provisioning=(boots[number % len(boots)] * MINUTE for number in count()),
            numbers=count(),
        )
        self.pooled = Pooled(self.crowd, self.pool, Starts(None))
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
