"""Laws of pools, whatever happens in them: conservation, counts that add up, order, and limits.

The worlds are small and unruly: every rule of P1 to P13 in `docs/model.md` meets every other one.
What a table says is counted again here from other tables, by brute force.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from numpy.typing import NDArray

from sim.record import (
    LOGONS,
    NEVER,
    POOL_CAPACITY,
    Cause,
    Outcome,
    SessionOutcome,
    StartKind,
    Table,
)
from sim.scenario.bundles import BUNDLE_SIZES
from sim.scenario.pools import Pool
from sim.units import MINUTE, Millis
from sim.workload import capacity_changes
from tests.property.small_pools import small_pools
from tests.property.small_worlds import SmallWorld
from tests.unit.stories import Facts, Story

_NAMES = LOGONS.names
STAGES = _NAMES[_NAMES.index("arrival") + 1 : _NAMES.index("done")]
"""Stages of an attempt in order."""
BEFORE_REQUEST = STAGES[: STAGES.index("desktop_wait")]
Ints = NDArray[np.int64]
Row = dict[str, Any]
Spans = list[tuple[Millis, Millis]]
unruly = settings(max_examples=60)
worlds = small_pools() | small_pools(crowded=True)


def rows(table: Table) -> Iterator[Row]:
    names = table.schema.names
    for row in zip(*(table[name].tolist() for name in names), strict=True):
        yield dict(zip(names, row, strict=True))


def present(spans: Spans, at: Ints) -> Ints:
    """How many spans each instant lies in, their begins included and their ends not."""
    times = np.sort(np.array(spans, dtype=np.int64).reshape(-1, 2), axis=0)
    begun, ended = (np.searchsorted(times[:, side], at, side="right") for side in (0, 1))
    return np.asarray(begun - ended, dtype=np.int64)


@dataclass(frozen=True)
class Seen:
    """The facts of one pool of a run."""

    world: SmallWorld
    facts: Facts
    number: int
    name: str
    spec: Pool

    @property
    def begin(self) -> Millis:
        return self.facts.story.scenario.begin

    @property
    def end(self) -> Millis:
        return self.facts.story.scenario.end

    @property
    def size(self) -> int:
        return self.spec.sessions_per_instance

    def _mine(self, table: Table) -> list[Row]:
        return list(rows(table.take(table["pool"] == self.number)))

    def until(self, at: Millis) -> Millis:
        """An instant, or the end of the run where it did not come."""
        return self.end if at == NEVER else at

    @cached_property
    def instances(self) -> list[Row]:
        return self._mine(self.facts.instances.table)

    @cached_property
    def held(self) -> list[Row]:
        """Rows of `user_sessions`."""
        return self._mine(self.facts.user_sessions.table)

    @cached_property
    def capacity(self) -> dict[str, Ints]:
        table = self.facts.of(POOL_CAPACITY).table
        mine = table.take(table["pool"] == self.number)
        return {name: mine[name].astype(np.int64) for name in mine.schema.names}

    @cached_property
    def failures(self) -> list[Row]:
        return self._mine(self.facts.launch_failures.table)

    @cached_property
    def users(self) -> set[int]:
        return {user["user"] for user in self.world.users if user["fleet"] == self.name}

    @cached_property
    def logons(self) -> list[Row]:
        return [row for row in rows(self.facts.logons.table) if row["user"] in self.users]

    @cached_property
    def sessions(self) -> list[Row]:
        return [row for row in rows(self.facts.sessions.table) if row["user"] in self.users]

    # -- counted again

    @cached_property
    def on(self) -> dict[int, Spans]:
        """User sessions of each instance."""
        found: defaultdict[int, Spans] = defaultdict(list)
        for row in self.held:
            found[row["instance"]].append((row["begin"], self.until(row["end"])))
        return found

    @cached_property
    def line(self) -> list[tuple[Millis, Millis]]:
        """Who was in line from when to when, those included who did not have to wait."""
        begun = {row["session"]: row["begin"] for row in self.held}
        last = {row["session"]: row for row in self.logons}
        spans = []
        for row in self.logons:
            asked = requested(row)
            if row is last[row["session"]] and row["session"] in begun:
                spans.append((asked, begun[row["session"]]))
            elif not self.holds(row["user"], asked):
                spans.append((asked, asked + row["desktop_wait"]))
        return spans

    def holds(self, user: int, at: Millis) -> bool:
        """Whether a user has a place already that an earlier session began."""
        return any(begin < at < end for begin, end in self.places[user])

    @cached_property
    def places(self) -> dict[int, Spans]:
        """User sessions of each user, in order."""
        found: defaultdict[int, Spans] = defaultdict(list)
        for row in self.held:
            found[row["user"]].append((row["begin"], self.until(row["end"])))
        for spans in found.values():
            spans.sort()
        return found

    def levels(self, at: Ints) -> dict[str, Ints]:
        """Counts at some instants, from `instances`, `user_sessions` and `logons`."""
        pending, there = [], []
        for row in self.instances:
            over = self.until(row["terminated"])
            available = over if row["available"] == NEVER else row["available"]
            pending.append((row["requested"], available))
            there.append((available, over))
        held = [span for spans in self.on.values() for span in spans]
        found = {
            "pending": self.size * present(pending, at),
            "actual": self.size * present(there, at),
            "active": present(held, at),
            "waiting": present(self.line, at),
        }
        return found | {"desired": found["pending"] + found["actual"]}

    def idle(self, at: Ints) -> Ints:
        """Available instances that nobody is on."""
        used = np.zeros(len(at), dtype=np.int64)
        for spans in self.on.values():
            used += present(spans, at) > 0
        return self.levels(at)["actual"] // self.size - used

    def bounds(self, at: Ints) -> tuple[Ints, Ints]:
        """Least and greatest capacity in force at some instants, by P9."""
        least, most = self.spec.minimum, self.spec.maximum
        since, found = [self.begin], [(least, most)]
        for change in capacity_changes(self.facts.story.scenario, self.name):
            if change.minimum is not None:
                least = change.minimum
                most = max(least, most)
            if change.maximum is not None:
                most = change.maximum
                least = min(least, most)
            since.append(change.at)
            found.append((least, most))
        which = np.searchsorted(np.array(since), at, side="right") - 1
        lows, highs = np.array(found)[which].T
        return lows, highs

    def would_try_again(self, refused: Row) -> bool:
        """Whether whoever was refused would come again, after the end of the run (M5)."""
        plan = self.world.sessions[refused["session"]]
        first = min(row["arrival"] for row in self.logons if row["session"] == refused["session"])
        again = refused["done"] + max(1, plan["retry_after"])
        population = self.world.users[refused["user"]]["population"]
        departs = population.endswith("fixed_departure") and again >= first + plan["connected"]
        return again - first <= plan["patience"] and not departs


def requested(row: Row) -> Millis:
    """When an attempt reached the broker, if it did."""
    return int(row["arrival"] + sum(row[name] for name in BEFORE_REQUEST))


def pools_of(world: SmallWorld) -> Iterable[Seen]:
    scenario = world.scenario
    facts = Story(scenario, world.workload, None).run("agenda")
    for number, (name, spec) in enumerate(scenario.pools.items()):
        yield Seen(world, facts, number, name, spec)


# --- counts


@unruly
@given(worlds)
def test_capacity_is_what_instances_and_people_add_up_to(world: SmallWorld) -> None:
    """Each row of `pool_capacity`, counted again. There is one at the beginning, at each full
    minute and where something has changed, and no other."""
    for seen in pools_of(world):
        found, at = seen.capacity, seen.capacity["at"]
        for name, level in seen.levels(at).items():
            assert (found[name] == level).all(), name
        assert (np.diff(at) > 0).all()
        minutes = set(range(-(-seen.begin // MINUTE) * MINUTE, seen.end, MINUTE))
        names = ("target", "desired", "actual", "pending", "active", "waiting")
        values = list(zip(*(found[name].tolist() for name in names), strict=True))
        if world.scenario.start.second == world.scenario.start.microsecond == 0:
            assert minutes | {seen.begin} <= set(at.tolist())
            for instant, before, now in zip(at.tolist()[1:], values, values[1:], strict=False):
                assert instant in minutes or before != now
        ends = [row["requested"] for row in seen.instances]
        ends += [row[name] for row in seen.instances for name in ("available", "terminated")]
        ends += [row[name] for row in seen.held for name in ("begin", "end")]
        ends += [instant for span in seen.line for instant in span]
        moments = np.unique([instant for instant in ends if seen.begin <= instant < seen.end])
        which = np.searchsorted(at, moments, side="right") - 1
        for name, level in seen.levels(moments.astype(np.int64)).items():
            assert (found[name][which] == level).all(), f"{name} changed unnoticed"


@unruly
@given(worlds)
def test_little_s_law_on_the_path(world: SmallWorld) -> None:
    """Places held over time are the sum of the user sessions; people in line over time the sum of
    their waits; attempts under way over time the sum of their stages. Open ones count to the end.
    """
    for seen in pools_of(world):
        held = [span for spans in seen.on.values() for span in spans]
        assert over_time(seen, "active") == sum(end - begin for begin, end in held)
        assert over_time(seen, "waiting") == sum(end - begin for begin, end in seen.line)
        for row in seen.logons:
            assert sum(row[name] for name in STAGES) == seen.until(row["done"]) - row["arrival"]
            assert min(row[name] for name in STAGES) >= 0
        there = [
            seen.until(row["terminated"]) - row["available"]
            for row in seen.instances
            if row["available"] != NEVER
        ]
        assert over_time(seen, "actual") == seen.size * sum(there)


def over_time(seen: Seen, name: str) -> int:
    """A count of `pool_capacity`, integrated over the run."""
    lengths = np.diff(seen.capacity["at"], append=seen.end)
    return int(lengths @ seen.capacity[name])


@unruly
@given(worlds)
def test_no_more_people_than_places_and_no_more_places_than_asked_for(world: SmallWorld) -> None:
    """The target lies within the bounds in force. What is too much for it has people on it, and
    beyond the maximum it never grows; what is missing could not be launched, a moment ago."""
    for seen in pools_of(world):
        found, at = seen.capacity, seen.capacity["at"]
        least, most = seen.bounds(at)
        idle = seen.idle(at)
        assert (found["active"] <= found["actual"]).all()
        assert (found["target"] % seen.size == 0).all()
        assert ((least <= found["target"]) & (found["target"] <= most)).all()
        excess = found["desired"] > found["target"]
        assert not idle[excess].any()
        assert not found["pending"][excess].any()
        above = found["actual"] > most
        assert not idle[above].any()
        assert not above[0]
        assert (np.diff(found["actual"])[above[1:]] <= 0).all()
        failed = np.array([row["at"] for row in seen.failures], dtype=np.int64)
        for instant in at[found["desired"] < found["target"]].tolist():
            ago = instant - failed
            assert ((ago >= 0) & (ago < seen.spec.launch_retry)).any()


@unruly
@given(worlds)
def test_the_target_moves_where_it_is_said_to(world: SmallWorld) -> None:
    """Rows of `scaling` make a chain from the first target to the last; with places kept spare the
    target moves with people too."""
    for seen in pools_of(world):
        scaling = seen.facts.scaling.table
        mine = list(rows(scaling.take(scaling["pool"] == seen.number)))
        assert all(row["before"] != row["after"] for row in mine)
        if any("spare" in policy for policy in world.written["pools"][seen.name]["scaling"]):
            continue
        target = seen.capacity["target"].tolist()
        for before, after in pairwise(mine):
            assert after["before"] == before["after"]
        assert not mine or target[-1] == mine[-1]["after"]
        moved = {row["at"] for row in mine}
        at = seen.capacity["at"].tolist()
        assert {t for t, a, b in zip(at[1:], target, target[1:], strict=False) if a != b} <= moved


# --- people


@unruly
@given(worlds)
def test_every_request_ends_in_one_way(world: SmallWorld) -> None:
    """Each session has attempts 1, 2, ...: all but the last were refused; the last was served,
    refused, given up, or is open; and so with the session. Whoever was served had a place."""
    for seen in pools_of(world):
        attempts: defaultdict[int, list[Row]] = defaultdict(list)
        for row in seen.logons:
            attempts[row["session"]].append(row)
        assert sorted(attempts) == sorted(row["session"] for row in seen.sessions)
        assert len(seen.sessions) == len(attempts)
        for session in seen.sessions:
            *before, last = attempts[session["session"]]
            assert all(row["outcome"] == Outcome.REFUSED for row in before)
            assert [row["attempt"] for row in (*before, last)] == [*range(1, len(before) + 2)]
            back_off = max(1, world.sessions[session["session"]]["retry_after"])
            for row, following in pairwise((*before, last)):
                assert following["arrival"] == row["done"] + back_off
            served = session["connected"] != NEVER
            assert served == (last["outcome"] == Outcome.CONNECTED)
            if not served:
                assert (session["outcome"] == SessionOutcome.OPEN) == (
                    last["outcome"] == Outcome.OPEN
                    or (last["outcome"] == Outcome.REFUSED and seen.would_try_again(last))
                )
        outcomes = Counter(SessionOutcome(row["outcome"]) for row in seen.sessions)
        assert sum(outcomes.values()) == len(attempts)


@unruly
@given(worlds)
def test_people_work_where_they_have_a_place(world: SmallWorld) -> None:
    """From connecting to what the desktop sees of leaving, in one user session each; a user has one
    place at a time, on an instance that is there, with no more people on it than it is for."""
    for seen in pools_of(world):
        for places in seen.places.values():
            assert all(one[1] <= other[0] for one, other in pairwise(places))
        for session in seen.sessions:
            if session["connected"] != NEVER:
                gone = seen.until(session["disconnected"])
                mine = seen.places[session["user"]]
                assert any(a <= session["connected"] and gone <= b for a, b in mine)
        for row in seen.instances:
            spans = seen.on[row["instance"]]
            begins = [begin for begin, _ in spans]
            assert row["used"] == min(begins, default=NEVER)
            assert all(row["available"] != NEVER and row["available"] <= begin for begin in begins)
            assert all(end <= seen.until(row["terminated"]) for _, end in spans)
            assert not spans or present(spans, np.array(begins)).max() <= seen.size


@unruly
@given(worlds)
def test_instances_end_with_their_people_or_without_any(world: SmallWorld) -> None:
    """Nobody is turned out: SCALE_IN takes those that nobody is on, which have never been used
    where used ones are replaced; SESSION_OVER ends one when its last user is gone."""
    for seen in pools_of(world):
        replaced = seen.spec.after_session == "replace"
        for row in seen.instances:
            ends = [end for _, end in seen.on[row["instance"]]]
            match Cause(row["cause"]):
                case Cause.SCALE_IN:
                    assert not ends or not replaced
                    assert max(ends, default=row["requested"]) <= row["terminated"]
                case Cause.SESSION_OVER:
                    assert replaced
                    assert row["terminated"] == max(ends)
                case cause:
                    assert cause == Cause.NONE
                    assert row["terminated"] == NEVER
                    assert not replaced or not ends or max(ends) == seen.end


@unruly
@given(worlds)
def test_who_comes_first_is_served_first(world: SmallWorld) -> None:
    """Whoever asks later does not get a place earlier; and nobody waits beside a free place, nor is
    refused while there is one."""
    for seen in pools_of(world):
        begun = {row["session"]: row["begin"] for row in seen.held}
        last = {row["session"]: row for row in seen.logons}
        served = [(requested(last[session]), begin) for session, begin in begun.items()]
        for (asked, begin), (later, after) in pairwise(sorted(served)):
            assert asked == later or begin <= after
        found = seen.capacity
        assert (found["active"] == found["actual"])[found["waiting"] > 0].all()
        if seen.spec.admission == "refuse":
            assert not found["waiting"].any()
        if seen.spec.queue_limit is not None:
            assert found["waiting"].max() <= seen.spec.queue_limit
        changed = {row["end"] for row in seen.held}
        changed |= {row["available"] for row in seen.instances}
        for row in seen.logons:
            if row["cause"] != Cause.NO_POOL_CAPACITY or row["done"] in changed:
                continue
            [level] = np.searchsorted(found["at"], [row["done"]], side="right") - 1
            assert found["active"][level] == found["actual"][level]


@unruly
@given(worlds)
def test_user_sessions_keep_their_limits(world: SmallWorld) -> None:
    """None lasts longer than the maximum duration, and those that it ends last exactly that; one
    whose disconnect timeout expires has been disconnected for that long."""
    for seen in pools_of(world):
        gone: defaultdict[int, list[Millis]] = defaultdict(list)
        for session in seen.sessions:
            gone[session["user"]].append(session["disconnected"])
        abandoned = {row["done"] for row in seen.logons if row["outcome"] == Outcome.ABANDONED}
        for row in seen.held:
            if row["connected"] != NEVER:
                lasted = seen.until(row["end"]) - row["connected"]
                assert 0 <= lasted <= seen.spec.maximum_duration
                if row["cause"] == Cause.SESSION_LIMIT:
                    assert lasted == seen.spec.maximum_duration
            if row["cause"] == Cause.DISCONNECT_TIMEOUT:
                since = row["end"] - seen.spec.disconnect_timeout
                assert since in gone[row["user"]] or since in abandoned
            assert (row["cause"] == Cause.HORIZON) == (row["end"] == NEVER)


@unruly
@given(worlds)
def test_stopped_instances_are_started_for_whoever_is_first(world: SmallWorld) -> None:
    """With AutoStop each time an instance has its first user again; with AlwaysOn never."""
    for seen in pools_of(world):
        kinds = Counter(row["start_kind"] for row in seen.logons)
        assert not kinds[StartKind.RESUME]
        alone = 0
        for spans in seen.on.values():
            until = seen.begin - 1
            for begin, end in sorted(spans):
                alone += begin >= until
                until = max(until, end)
        if seen.spec.running_mode == "AlwaysOn":
            assert not kinds[StartKind.COLD]
        elif seen.size == 1:
            assert kinds[StartKind.COLD] == alone


# --- what instances take


@unruly
@given(worlds)
def test_addresses_and_slots_are_given_out_once(world: SmallWorld) -> None:
    """Instances and desktops of a zone are never more than its addresses; the desktops on a host
    at an instant are the instances that have a slot there then, and owned ones."""
    seen_pools = list(pools_of(world))
    facts, scenario = seen_pools[0].facts, world.scenario
    zones = list(scenario.zones)
    taken: defaultdict[str, Spans] = defaultdict(list)
    on_hosts: defaultdict[int, Spans] = defaultdict(list)
    for seen in seen_pools:
        for row in seen.instances:
            span = (row["requested"], seen.until(row["terminated"]))
            taken[zones[row["zone"]]].append(span)
            assert (row["host"] >= 0) == bool(seen.spec.hosts)
            if row["host"] >= 0:
                on_hosts[row["host"]].append(span)
    for row in rows(facts.desktops.table):
        end = scenario.end if row["deleted"] == NEVER else row["deleted"]
        taken[row["zone"]].append((row["created"], end))
    for zone, spans in taken.items():
        limit = scenario.zones[zone].ip_addresses
        if limit is not None:
            assert present(spans, np.array([begin for begin, _ in spans])).max() <= limit
    offered = [group for group in scenario.host_groups.values() for _ in range(group.count)]
    load = facts.host_load.table
    shared = any(fleet.hosts for fleet in scenario.fleets.values())
    for host, spans in on_hosts.items():
        mine = load.take(load["host"] == host).sorted_by("at")
        held = present(spans, mine["at"])
        assert (mine["desktops"] >= held).all() if shared else (mine["desktops"] == held).all()
        assert mine["vcpu"].max() <= offered[host].vcpu * offered[host].overcommit.vcpu
        assert (mine["vcpu"] >= held * min(BUNDLE_SIZES[b][0] for b in ("standard", "power"))).all()
