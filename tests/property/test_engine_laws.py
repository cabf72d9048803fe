"""Laws of a run, whatever happens in it: conservation, order, and accounts that add up.

The worlds are small and unruly: every rule of `docs/model.md` meets every other one. A law is asked
of one engine or the other; that both write the same facts is another test's business.
"""

import heapq
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

import numpy as np
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.record import (
    NEVER,
    Cause,
    DesktopState,
    Ending,
    OperationKind,
    Outcome,
    RunKind,
    RunningMode,
    SessionOutcome,
    StartKind,
    Table,
)
from sim.scenario.bundles import BUNDLE_SIZES
from sim.units import Millis
from tests.property.quiet_worlds import lasting
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.unit.stories import Engine, Facts, Story

STAGES = (
    "directory_wait",
    "directory_service",
    "desktop_wait",
    "start",
    "streaming",
    "os_logon",
)
Spans = list[tuple[Millis, Millis]]
engines: st.SearchStrategy[Engine] = st.sampled_from(["agenda", None])
unruly = settings(max_examples=40)


def facts_of(world: SmallWorld, engine: Engine = None) -> Facts:
    note(f"engine {engine}")
    return Story(world.scenario, world.workload, None).run(engine)


def rows(table: Table) -> Iterable[dict[str, Any]]:
    columns = {name: values.tolist() for name, values in table.columns.items()}
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def union(spans: Spans) -> Spans:
    """The instants of some spans, as spans in order that do not touch."""
    found: Spans = []
    for begin, end in sorted(spans):
        if begin == end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def common(first: Spans, second: Spans) -> Spans:
    """The instants of two lists of spans."""
    return union([(max(a, c), min(b, d)) for a, b in first for c, d in second if a < d and c < b])


def length(spans: Spans) -> Millis:
    return sum(end - begin for begin, end in spans)


def spans_of(table: Table, name: str, *values: int) -> dict[int, Spans]:
    """Spans of each desktop's rows that have one of these values."""
    found: defaultdict[int, Spans] = defaultdict(list)
    for row in rows(table):
        if row[name] in values:
            found[row["desktop"]].append((row["begin"], row["end"]))
    return found


# --- desktops


@unruly
@given(small_worlds(), engines)
def test_states_fill_the_run(world: SmallWorld, engine: Engine) -> None:
    """From its beginning to its end without gap or overlap, each different from its neighbours."""
    facts, scenario = facts_of(world, engine), world.scenario
    states: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(facts.states.table):
        states[row["desktop"]].append(row)
    assert sorted(states) == facts.desktops.table["desktop"].tolist()
    for mine in states.values():
        assert mine[0]["begin"] == scenario.begin
        assert mine[-1]["end"] == scenario.end
        for row, following in itertools.pairwise(mine):
            assert row["end"] == following["begin"]
            assert row["state"] != following["state"]
        assert all(row["begin"] < row["end"] for row in mine)
        assert sum(row["end"] - row["begin"] for row in mine) == scenario.end - scenario.begin


@unruly
@given(small_worlds(), engines)
def test_runs_are_the_time_for_which_an_auto_stop_desktop_is_on(
    world: SmallWorld, engine: Engine
) -> None:
    """STARTING and AVAILABLE make the runs of logons, MAINTENANCE those of maintenance."""
    facts = facts_of(world, engine)
    runs, states = facts.runs.table, facts.states.table
    auto_stop = spans_of(facts.terms.table, "running_mode", RunningMode.AUTO_STOP)
    on = spans_of(states, "state", DesktopState.STARTING, DesktopState.AVAILABLE)
    maintained = spans_of(states, "state", DesktopState.MAINTENANCE)
    for kind, spans in ((RunKind.LOGON, on), (RunKind.MAINTENANCE, maintained)):
        metered = spans_of(runs, "kind", kind)
        for desktop in facts.desktops.table["desktop"].tolist():
            mine = metered[desktop]
            assert union(mine) == common(union(spans[desktop]), union(auto_stop[desktop]))
            assert length(union(mine)) == length(mine), "two runs at once"
            assert all(begin < end for begin, end in mine)


@unruly
@given(small_worlds(), engines)
def test_people_work_on_desktops_that_are_available(world: SmallWorld, engine: Engine) -> None:
    """One at a time; so nobody is connected to a desktop that is off, changed or deleted."""
    facts = facts_of(world, engine)
    available = spans_of(facts.states.table, "state", DesktopState.AVAILABLE)
    at_work: defaultdict[int, Spans] = defaultdict(list)
    for row in rows(facts.sessions.table):
        if row["connected"] != NEVER:
            end = world.scenario.end if row["ended"] == NEVER else row["ended"]
            at_work[row["desktop"]].append((row["connected"], end))
    for desktop, spans in at_work.items():
        assert common(union(spans), union(available[desktop])) == union(spans)
        assert length(union(spans)) == length(spans), "two sessions at once"


@unruly
@given(small_worlds(), engines)
def test_every_run_was_begun_by_somebody(world: SmallWorld, engine: Engine) -> None:
    """By a logon's start command or by a switch to AutoStop."""
    facts = facts_of(world, engine)
    runs = Counter(facts.runs.rows(kind=RunKind.LOGON).table["desktop"].tolist())
    started = facts.logons.table["start_kind"] != StartKind.NONE
    begun = Counter(facts.logons.table["desktop"][started].tolist())
    for row in rows(facts.operations.table):
        if row["accepted"] and row["operation"] == OperationKind.SWITCH_MODE:
            begun[row["desktop"]] += row["to"] == "AutoStop"
    if world.written["operations"]:
        assert all(count <= begun[desktop] for desktop, count in runs.items())
    elif not any(user["leaves"] != NEVER for user in world.users):
        assert runs == begun


# --- hosts


@unruly
@given(small_worlds(), engines)
def test_hosts_hold_what_runs_and_no_more_than_they_offer(
    world: SmallWorld, engine: Engine
) -> None:
    """A slot for each run of AutoStop, one for life of AlwaysOn; together what the hosts hold."""
    facts, scenario = facts_of(world, engine), world.scenario
    offered = [group for group in scenario.host_groups.values() for _ in range(group.count)]
    level: dict[int, tuple[int, int, int]] = {}
    held: dict[Millis, list[int]] = {}
    for row in rows(facts.host_load.table.sorted_by("at")):
        group = offered[row["host"]]
        assert 0 <= row["vcpu"] <= group.vcpu * group.overcommit.vcpu
        assert 0 <= row["memory_gb"] <= group.memory * group.overcommit.memory
        level[row["host"]] = (row["desktops"], row["vcpu"], row["memory_gb"])
        held[row["at"]] = [sum(part) for part in zip(*level.values(), strict=True)]
    changes: Counter[tuple[Millis, int]] = Counter()
    for begin, end, bundle in slots(facts):
        for part, size in enumerate((1, *BUNDLE_SIZES[bundle][:2])):
            changes[begin, part] += size
            changes[end, part] -= size
    for at, found in held.items():
        needed = [
            sum(n for (t, p), n in changes.items() if p == part and t <= at) for part in range(3)
        ]
        assert found == needed
    moments = {at for (at, _), change in changes.items() if change and at < scenario.end}
    assert moments <= set(held), "a change that no host has noticed"


def slots(facts: Facts) -> list[tuple[Millis, Millis, str]]:
    """Spans for which desktops hold a slot, and of what size."""
    scenario = facts.story.scenario
    fleet = dict(enumerate(facts.desktops.table["fleet"].tolist()))
    runs = spans_of(facts.runs.table, "kind", *RunKind)
    found = []
    for row in rows(facts.terms.table):
        if not scenario.fleets[fleet[row["desktop"]]].hosts:
            continue
        mine = [(row["begin"], row["end"])]
        if row["running_mode"] == RunningMode.AUTO_STOP:
            mine = common(runs[row["desktop"]], mine)
        found += [(begin, end, str(row["bundle"])) for begin, end in mine]
    return found


# --- sessions


@unruly
@given(small_worlds(), engines)
def test_every_row_that_arrived_has_one_session(world: SmallWorld, engine: Engine) -> None:
    """M1, from the facts alone: as planned, or when the row before is over; or after a gap."""
    facts, scenario = facts_of(world, engine), world.scenario
    sessions = {row["session"]: row for row in rows(facts.sessions.table)}
    assert len(sessions) == len(facts.sessions.table)
    over: dict[int, Millis | None] = {}
    for plan in rows(world.workload.plan):
        user, number = plan["user"], plan["session"]
        joined = world.users[user]["joins"]
        since = over.get(user, scenario.begin if joined == NEVER else joined)
        due = None
        if since is not None:
            due = since + plan["gap"] if plan["arrival"] == NEVER else plan["arrival"]
            due = max(due, since) if user in over else due
        if due is None or due >= scenario.end:
            assert number not in sessions
            over[user] = None
            continue
        row = sessions.pop(number)
        assert row["arrival"] == due
        assert row["user"] == user
        over[user] = {
            SessionOutcome.ENDED: row["ended"],
            SessionOutcome.CUT: row["ended"],
            SessionOutcome.ABANDONED: due + row["waited"],
            SessionOutcome.OPEN: None,
        }[SessionOutcome(row["outcome"])]
    assert not sessions


@unruly
@given(small_worlds(), engines)
def test_attempts_add_up_to_sessions(world: SmallWorld, engine: Engine) -> None:
    """All but the last are refused; the last one is connected, refused, abandoned or open, and so
    the session started, gave up, gave up or is open. A retry comes `retry_after` the refusal."""
    facts, plan = facts_of(world, engine), world.workload.plan
    attempts: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(facts.logons.table):
        attempts[row["session"]].append(row)
    assert set(attempts) == set(facts.sessions.table["session"].tolist())
    for session in rows(facts.sessions.table):
        mine = attempts[session["session"]]
        assert [row["attempt"] for row in mine] == list(range(1, len(mine) + 1))
        assert mine[0]["arrival"] == session["arrival"]
        for row, following in itertools.pairwise(mine):
            assert row["outcome"] == Outcome.REFUSED
            back_off = max(1, plan["retry_after"][row["session"]])
            assert following["arrival"] == row["done"] + back_off
        last = mine[-1]
        started = session["connected"] != NEVER
        assert started == (last["outcome"] == Outcome.CONNECTED)
        if started:
            assert last["done"] == session["connected"]
            assert session["outcome"] != SessionOutcome.ABANDONED
        elif session["outcome"] == SessionOutcome.ABANDONED:
            assert last["done"] == session["arrival"] + session["waited"]
            given_up = session["cause"] in (Cause.PATIENCE, Cause.DEPARTURE)
            assert last["outcome"] == Outcome.ABANDONED or given_up
        else:
            assert session["outcome"] == SessionOutcome.OPEN
            assert last["outcome"] in (Outcome.OPEN, Outcome.REFUSED)


@unruly
@given(small_worlds(), engines)
def test_stages_add_up_to_the_time_of_an_attempt(world: SmallWorld, engine: Engine) -> None:
    """Whatever ended it; an attempt that is open has lasted until the end of the run."""
    logons = facts_of(world, engine).logons.table
    stages = np.array([logons[name] for name in STAGES])
    assert (stages >= 0).all()
    until = np.where(logons["outcome"] == Outcome.OPEN, world.scenario.end, logons["done"])
    assert ((logons["outcome"] == Outcome.OPEN) == (logons["done"] == NEVER)).all()
    assert (stages.sum(axis=0) == until - logons["arrival"]).all()


@unruly
@given(small_worlds(), engines)
def test_the_directory_serves_in_order_of_arrival(world: SmallWorld, engine: Engine) -> None:
    """A heap of servers serves all attempts in order of time, then user: the waits are the same.

    Who gives up at a refusal, and is back with the next session at once, comes after those who
    arrive at that instant: requests come after arrivals.
    """
    world = lasting(world)
    facts, scenario = facts_of(world, engine), world.scenario
    directory = scenario.directory
    assume(directory)
    assert directory is not None
    attempts = list(rows(facts.logons.table))
    gave_up: dict[tuple[int, Millis], int] = {}
    for row in attempts:
        before = gave_up.get((row["user"], row["arrival"]), row["session"])
        row["back"] = before < row["session"]
        if row["outcome"] == Outcome.REFUSED:
            gave_up.setdefault((row["user"], row["done"]), row["session"])
    free = [scenario.begin] * directory.servers
    for row in sorted(attempts, key=itemgetter("arrival", "back", "user", "session")):
        if not scenario.fleets[world.users[row["user"]]["fleet"]].uses_directory:
            assert row["directory_wait"] == row["directory_service"] == 0
            continue
        service = world.sessions[row["session"]]["directory_service"]
        begin = max(row["arrival"], free[0])
        heapq.heapreplace(free, begin + service)
        until = scenario.end if row["done"] == NEVER else row["done"]
        assert row["directory_wait"] == min(begin, until) - row["arrival"]
        assert row["directory_service"] == min(max(until - begin, 0), service)


@unruly
@given(small_worlds(), engines)
def test_planned_time_is_delivered_waited_for_or_lost(world: SmallWorld, engine: Engine) -> None:
    """Lost is never negative, and nothing is lost of a session that ended as it was meant to."""
    fixed = {user["user"]: user["population"].endswith("fixed_departure") for user in world.users}
    for row in rows(facts_of(world, engine).sessions.table):
        assert row["waited"] >= 0
        assert row["delivered"] >= 0
        lost = row["planned"] - row["delivered"] - row["waited"] * fixed[row["user"]]
        assert lost >= 0
        if row["outcome"] == SessionOutcome.ENDED:
            assert lost == 0
            assert row["ended"] - row["connected"] == row["delivered"]
        if row["outcome"] == SessionOutcome.CUT:
            assert row["ending"] == Ending.DISCONNECT
        else:
            assert row["ending"] == world.sessions[row["session"]]["ending"]
        if row["disconnected"] != NEVER:
            assert row["connected"] <= row["ended"] <= row["disconnected"]


@unruly
@given(small_worlds(), engines)
def test_littles_law_on_the_path(world: SmallWorld, engine: Engine) -> None:
    """Users in a state at each instant, over time, are the sum of their times in it: of working,
    logging on, and having come and not yet working. Pieces cut by the end are counted."""
    facts, end = facts_of(world, engine), world.scenario.end
    sessions, logons = facts.sessions.table, facts.logons.table
    started = sessions["connected"] != NEVER
    gone = np.where(sessions["ended"] == NEVER, end, sessions["ended"])
    assert integral(sessions["connected"][started], gone[started]) == sessions["delivered"].sum()
    done = np.where(logons["done"] == NEVER, end, logons["done"])
    stages = sum(int(logons[name].sum()) for name in STAGES)
    assert integral(logons["arrival"], done) == stages
    last = logons.take(
        np.append(logons["session"][1:] != logons["session"][:-1], True)[: len(logons)]
    )
    refused = last["outcome"] == Outcome.REFUSED
    waiting = refused & (sessions["outcome"] == SessionOutcome.OPEN)
    until = np.where((last["done"] == NEVER) | waiting, end, last["done"])
    assert integral(sessions["arrival"], until) == sessions["waited"].sum()


def integral(begin: NDArray[np.int64], end: NDArray[np.int64]) -> int:
    """Number present over time: at each instant it steps, times the time to the next step."""
    steps = Counter(begin.tolist())
    steps.subtract(end.tolist())
    total, present, before = 0, 0, 0
    for at in sorted(steps):
        total += present * (at - before)
        present, before = present + steps[at], at
    assert present == 0
    return total
