"""CloudWatch's samples, counted one by one, are what is added up without ever writing them down.

Of small worlds in which everything happens that can happen to desktops and their users.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    INTERRUPTIONS,
    LOGONS,
    NEVER,
    SESSIONS,
    DesktopState,
    Outcome,
    RunningMode,
    Table,
)
from sim.storage import FactStore
from sim.study.cloudwatch import (
    DESKTOP_SLOT,
    OF_DESKTOPS,
    OneDesktop,
    OneUser,
    Periods,
    Scope,
    Tally,
    While,
    desktop_metrics,
    streaming_by,
)
from sim.study.cloudwatch.tallies import Extremes, Touched
from sim.units import DAY, HOUR, MINUTE, SECOND, Calendar, Millis
from sim.workload import Protocols
from tests.property.broken_worlds import broken_worlds
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.unit.stories import Story

READ = (DESKTOP_STATES, DESKTOP_TERMS, DESKTOPS, INTERRUPTIONS, LOGONS, SESSIONS)
PERIODS = (MINUTE, 5 * MINUTE, 7 * MINUTE, HOUR, DAY)


COMPUTE_TYPES = ("standard", "power", "generalpurpose.4xlarge")
FLEETS = {"north": "dcv", "south": "pcoip"}
"""Protocols of fleets. People come to every other session with a client that streams by PCoIP."""


class Recorded:
    """What a world's run wrote down, and CloudWatch's view of it."""

    def __init__(self, world: SmallWorld, engine: Any, period: Millis) -> None:
        scenario = world.scenario
        self.end = scenario.end
        told = Story(scenario, world.workload, None).run(engine)
        self.store = FactStore[Table]()
        for schema in READ:
            table = told.recorded(schema)
            if schema is SESSIONS:
                table = Table.of(SESSIONS, **{**table.columns, "client": table["session"] % 2})
            self.store.add(table)
        users = world.workload.users
        far = {(population, "far"): "pcoip" for population in users["population"]}
        self.fleets = users["fleet"]
        self.protocols = Protocols(FLEETS, far, users, ["near", "far"])
        self.desktops = self.store.table(DESKTOPS)
        self.periods = Periods.of(scenario.calendar, 0, self.end, period, DESKTOP_SLOT)

    def tallies(self, scope: Scope | None = None) -> dict[str, Tally]:
        return desktop_metrics(
            self.store,
            self.periods,
            tuple(OF_DESKTOPS),
            scope=scope or Scope(),
            protocols=self.protocols,
            desktops=len(self.desktops),
            end=self.end,
        )

    def connections(self) -> Iterator[tuple[int, Millis, Millis]]:
        """Desktop, begin and end of each connection to a desktop, one session after another."""
        return ((desktop, begin, end) for _, desktop, begin, end in self.sessions())

    def protocol(self, user: int, session: int | None) -> str:
        """By what somebody streams who comes to a session; None: to none."""
        return "pcoip" if session is not None and session % 2 else FLEETS[self.fleets[user]]

    def sessions(self) -> Iterator[tuple[str, int, Millis, Millis]]:
        """The same with the protocol before them."""
        sessions, cuts = self.store.table(SESSIONS), self.store.table(INTERRUPTIONS)
        for row in np.flatnonzero(sessions["connected"] != NEVER).tolist():
            begin = int(sessions["connected"][row])
            by = self.protocol(sessions["user"][row], int(sessions["session"][row]))
            mine = cuts.take(cuts["session"] == sessions["session"][row]).sorted_by("at")
            for desktop, at, back in zip(mine["desktop"], mine["at"], mine["back"], strict=True):
                yield by, int(desktop), begin, int(at)
                begin = int(back)
            end = int(sessions["disconnected"][row])
            if begin != NEVER and sessions["desktop"][row] >= 0:
                yield by, int(sessions["desktop"][row]), begin, self.end if end == NEVER else end

    def each(self) -> Iterable[Scope]:
        rows = zip(self.desktops["desktop"], self.desktops["user"], strict=True)
        return [OneDesktop(int(desktop), int(user)) for desktop, user in rows]


recorded = st.builds(
    Recorded,
    small_worlds() | broken_worlds(pools=False),
    st.sampled_from(["agenda", None]),
    st.sampled_from(PERIODS),
)
slow = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)


@slow
@given(recorded)
def test_the_samples_of_all_are_those_of_each(run: Recorded) -> None:
    """Samples and sums add up over desktops; extremes are those of all together."""
    whole = run.tallies()
    parts = [run.tallies(scope) for scope in run.each()]
    if not parts:
        assert not any(tally.samples.any() for tally in whole.values())
        return

    for name, tally in whole.items():
        some = tally.samples > 0
        assert (tally.samples == sum(part[name].samples for part in parts)).all(), name
        total = np.sum([part[name].total for part in parts], axis=0)
        assert np.allclose(tally.total, total), name
        for of, extreme in ((np.min, "least"), (np.max, "most")):
            nothing = np.inf if extreme == "least" else -np.inf
            each = [
                np.where(part[name].samples > 0, getattr(part[name], extreme), nothing)
                for part in parts
            ]
            assert (of(each, axis=0)[some] == getattr(tally, extreme)[some]).all(), (name, extreme)


def modes(run: Recorded) -> list[Scope]:
    return [While.term(run.store, "running_mode", mode) for mode in RunningMode]


def compute_types(run: Recorded) -> list[Scope]:
    return [While.term(run.store, "bundle", bundle) for bundle in COMPUTE_TYPES]


def by_protocol(run: Recorded) -> list[Scope]:
    owner = run.desktops["user"]
    return [streaming_by(run.store, name, run.protocols, owner) for name in ("dcv", "pcoip")]


def each_user(run: Recorded) -> list[Scope]:
    owner = run.desktops["user"]
    users = range(len(run.fleets))
    return [OneUser(user, run.desktops["desktop"][owner == user]) for user in users]


@pytest.mark.parametrize("dimension", [modes, compute_types, by_protocol, each_user])
@slow
@given(recorded)
def test_a_dimension_shares_the_samples_among_its_values(
    dimension: Callable[[Recorded], list[Scope]], run: Recorded
) -> None:
    """Each desktop has one at a time. A slot in which that changes has a touch of both."""
    whole = run.tallies()
    parts = [run.tallies(scope) for scope in dimension(run)]
    if not parts:
        return

    for name in OF_DESKTOPS:
        counted = np.sum([part[name].samples for part in parts], axis=0)
        if name in ("UserConnected", "InSessionLatency"):
            assert (counted >= whole[name].samples).all()
        else:
            assert (counted == whole[name].samples).all(), name
            assert np.allclose(
                whole[name].total, np.sum([part[name].total for part in parts], axis=0)
            )


@slow
@given(recorded)
def test_a_desktop_streams_as_the_client_that_its_owner_came_with_last(run: Recorded) -> None:
    """Before the first time, as at it; as the fleet says, of an owner who never comes."""
    sessions = run.store.table(SESSIONS)
    desktops, owner = run.desktops["desktop"], run.desktops["user"]
    scopes = dict(zip(("dcv", "pcoip"), by_protocol(run), strict=True))
    for at in np.unique([0, run.end - 1, *sessions["arrival"], *(sessions["arrival"] - 1)]):
        for desktop, user in zip(desktops, owner, strict=True):
            mine = sessions.take(sessions["user"] == user).sorted_by("arrival")
            came = mine["session"][mine["arrival"] <= at].tolist()
            session = came[-1] if came else next(iter(mine["session"].tolist()), None)
            told = [
                name
                for name, scope in scopes.items()
                if scope.holds(np.array([desktop]), np.array([at]))
            ]
            assert told == [run.protocol(user, session)]


@slow
@given(recorded)
def test_durations_are_the_ages_of_connections_by_dcv(run: Recorded) -> None:
    """At the end of each slot, of each that is open just before it, counted one by one [s]."""
    tally = run.tallies()["ConnectionDuration"]
    ages: defaultdict[int, list[float]] = defaultdict(list)
    for by, _, begin, end in run.sessions():
        for slot in range(run.periods.count) if by == "dcv" else ():
            over = run.periods.first + (slot + 1) * run.periods.slot
            if begin < over <= end:
                ages[slot].append((over - begin) / SECOND)

    assert tally.samples.tolist() == [len(ages[slot]) for slot in range(run.periods.count)]
    for slot, told in ages.items():
        if told:
            assert tally.total[slot] == pytest.approx(sum(told))
            assert (tally.least[slot], tally.most[slot]) == (min(told), max(told))


@slow
@given(recorded)
def test_every_desktop_has_one_status_in_every_slot(run: Recorded) -> None:
    """Available + unhealthy + stopped + under maintenance + in between = all that there are."""
    tallies = run.tallies()
    states = run.store.table(DESKTOP_STATES)
    last = run.periods.first + (np.arange(run.periods.count) + 1) * run.periods.slot - 1
    seen = [
        Counter(
            DesktopState(state).name
            for state in states["state"][(states["begin"] <= at) & (at < states["end"])].tolist()
        )
        for at in last[:400].tolist()
    ]
    four = {
        "Available": "AVAILABLE",
        "Unhealthy": "UNHEALTHY",
        "Stopped": "STOPPED",
        "Maintenance": "MAINTENANCE",
    }

    for slot, counts in enumerate(seen):
        there = sum(counts.values()) - sum(
            counts[name] for name in ("ABSENT", "PENDING", "TERMINATED")
        )
        between = there - sum(counts[name] for name in four.values())
        assert sum(tallies[metric].total[slot] for metric in four) + between == there
        for metric, name in four.items():
            assert tallies[metric].total[slot] == counts[name]
            assert tallies[metric].samples[slot] == there


@slow
@given(recorded)
def test_connected_slots_are_those_that_sessions_touch(run: Recorded) -> None:
    """Counted as a set of pairs of a desktop and a slot, one session after another."""
    tally = run.tallies()["UserConnected"]
    touched = set()
    for desktop, begin, end in run.connections():
        first, last = ((at - run.periods.first) // run.periods.slot for at in (begin, end - 1))
        slots = range(max(first, 0), min(last, run.periods.count - 1) + 1)
        touched |= {(desktop, slot) for slot in slots if begin < end}
    counts = Counter(slot for _, slot in touched)

    assert tally.total.tolist() == [counts[slot] for slot in range(run.periods.count)]
    assert (tally.total <= tally.samples).all()


@slow
@given(recorded)
def test_attempts_are_won_lost_or_open(run: Recorded) -> None:
    """At the end of the run, over all of it: nobody is lost between the tables.

    Attempts = successes + failures + those under way. Who connected connects to a session.
    """
    begin = -10 * DAY
    whole = Periods.of(Calendar(datetime(2026, 9, 1, tzinfo=UTC)), begin, run.end, 10 * DAY, MINUTE)
    found = desktop_metrics(
        run.store,
        whole,
        tuple(OF_DESKTOPS),
        scope=Scope(),
        protocols=run.protocols,
        desktops=len(run.desktops),
        end=run.end,
    )
    sums = {name: round(tally.total.sum()) for name, tally in found.items()}
    logons = run.store.table(LOGONS)
    owned = logons["desktop"] >= 0
    connected = owned & (logons["outcome"] == Outcome.CONNECTED)
    left_late = owned & ~connected & (logons["os_logon"] > 0)
    under_way = int((owned & (logons["outcome"] == Outcome.OPEN)).sum())

    assert sums["ConnectionSuccess"] == (connected | left_late).sum()
    decided = sums["ConnectionSuccess"] + sums["ConnectionFailure"]
    assert 0 <= sums["ConnectionAttempt"] - decided <= under_way
    assert found["SessionLaunchTime"].samples.sum() == sums["ConnectionSuccess"]
    connections = list(run.connections())
    assert connected.sum() == len(connections)
    gone = left_late & (logons["outcome"] != Outcome.OPEN)
    closed = [end for _, _, end in connections if end < run.end]
    assert sums["SessionDisconnect"] == len(closed) + gone.sum()


spans = st.lists(
    st.tuples(st.integers(0, 30), st.integers(1, 31), st.integers(-5, 5)).filter(
        lambda span: span[0] < span[1]
    ),
    max_size=12,
)


@given(spans)
def test_extremes_are_those_of_the_intervals_that_hold_a_slot(
    told: list[tuple[int, int, int]],
) -> None:
    extremes = Extremes(31)
    for part in (told[::2], told[1::2]):
        first, upto, value = (np.array([span[n] for span in part], dtype=int) for n in range(3))
        extremes.add(first, upto, value)
    least, most = extremes.least_and_most()

    for slot in range(31):
        here = [value for first, upto, value in told if first <= slot < upto]
        assert least[slot] == min(here, default=np.inf)
        assert most[slot] == max(here, default=-np.inf)


@given(
    st.integers(-3 * DAY, 3 * DAY),
    st.integers(1, 300 * MINUTE),
    st.sampled_from([MINUTE, 5 * MINUTE, 7 * MINUTE, 10 * MINUTE, HOUR]),
    st.integers(0, DAY),
)
def test_periods_cover_whole_slots_and_are_aligned(
    begin: Millis, length: Millis, period: Millis, offset: Millis
) -> None:
    start = datetime(2026, 9, 1, 0, 0, 0, 123_000, tzinfo=UTC)
    calendar = Calendar(start.replace(minute=offset % 60, hour=offset % 24))
    periods = Periods.of(calendar, begin, begin + length, period, DESKTOP_SLOT)
    epoch = Calendar(datetime(1970, 1, 1, tzinfo=UTC)).millis(calendar.start)

    assert begin <= periods.first < begin + periods.slot
    assert not periods.count or periods.first + periods.count * periods.slot <= begin + length
    assert begin + length < periods.first + (periods.count + 1) * periods.slot
    assert all((at + epoch) % period == 0 for at in periods.starts.tolist())
    for slot in range(periods.count):
        at = periods.first + slot * periods.slot
        holds = [s for s in periods.starts.tolist() if s <= at < s + period]
        assert len(holds) == 1
        position = periods.starts.tolist().index(holds[0])
        assert periods.edges[position] <= slot
        assert position + 1 == len(periods.edges) or slot < periods.edges[position + 1]


def test_spans_out_of_order_are_noticed() -> None:
    """The facts keep the order of time for each desktop; another order would be counted wrongly."""
    calendar = Calendar(datetime(2026, 9, 1, tzinfo=UTC))
    touched = Touched(Periods.of(calendar, 0, DAY, HOUR, DESKTOP_SLOT), 1)
    zero, hour = np.zeros(1, dtype=np.int64), np.full(1, HOUR)
    touched.add(zero, 2 * hour, 3 * hour)
    with pytest.raises(AssertionError, match="not in order of time"):
        touched.add(zero, zero, hour)
