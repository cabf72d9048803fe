"""Laws of what breaks, whatever else happens: nobody is where nothing is, and minutes add up.

The worlds are those in which every other rule is at work as well. Rules F1 to F10 of docs/model.md.
"""

import itertools
import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.record import (
    NEVER,
    Cause,
    DesktopState,
    OutageKind,
    Outcome,
    RecoveryKind,
    RunKind,
    SessionOutcome,
    Table,
)
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, MINUTE, Millis
from tests.property import test_engine_laws as engine_laws
from tests.property.broken_worlds import ELSEWHERE, broken_worlds, unbroken, written_at
from tests.property.quiet_worlds import quiet_world
from tests.property.small_worlds import SmallWorld
from tests.unit.stories import KEYS, Engine, Facts, Story

unruly = settings(max_examples=40)
engines: st.SearchStrategy[Engine] = st.sampled_from(["agenda", None])
CAUSES = {
    OutageKind.ZONE: Cause.ZONE_OUTAGE,
    OutageKind.REGION: Cause.REGION_OUTAGE,
    OutageKind.HOST: Cause.HOST_FAILURE,
    OutageKind.STREAMING: Cause.STREAMING_OUTAGE,
    OutageKind.CONTROL_PLANE: Cause.CONTROL_PLANE_OUTAGE,
}
Spans = list[tuple[Millis, Millis]]


def facts_of(world: SmallWorld, engine: Engine = None) -> Facts:
    return Story(world.scenario, world.workload, None).run(engine)


def rows(table: Table) -> Iterator[dict[str, Any]]:
    names = table.schema.names
    columns = (table[name].tolist() for name in names)
    return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def working(facts: Facts) -> Iterator[tuple[dict[str, Any], int, Spans]]:
    """Each session that began, the desktop it ended on, and its stretches of work: from each
    connection to the next interruption, or to the end of the session or of the run."""
    end = facts.story.scenario.end
    cuts: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(facts.interruptions.table):
        cuts[row["session"]].append(row)
    for session in rows(facts.sessions.table):
        if session["connected"] == NEVER:
            assert session["session"] not in cuts
            continue
        begin, spans = session["connected"], []
        for cut in cuts[session["session"]]:
            spans.append((begin, cut["at"]))
            begin = cut["back"]
        if begin != NEVER:
            spans.append((begin, end if session["ended"] == NEVER else session["ended"]))
        yield session, session["desktop"], spans


def lost(facts: Facts, *kinds: OutageKind) -> Iterator[dict[str, Any]]:
    """Outages of some kinds."""
    return (row for row in rows(facts.outages.table) if OutageKind(row["kind"]) in kinds)


def zones_lost(facts: Facts) -> dict[str, Spans]:
    """When each zone is lost, with its Region or by itself."""
    scenario, found = facts.story.scenario, defaultdict[str, Spans](list)
    for row in lost(facts, OutageKind.ZONE, OutageKind.REGION):
        for name, zone in scenario.zones.items():
            region = zone.region or scenario.region
            if row["target"] == (name if row["kind"] == OutageKind.ZONE else region):
                found[name].append((row["begin"], row["end"]))
    return dict(found)


def at_standby(facts: Facts) -> dict[int, Spans]:
    """When the standby of each desktop stood for it."""
    found: defaultdict[int, Spans] = defaultdict(list)
    end = facts.story.scenario.end
    for row in rows(facts.recoveries.table):
        if row["kind"] == RecoveryKind.STANDBY:
            until = end if row["until"] == NEVER else row["until"]
            found[row["desktop"]].append((row["at"], until))
    return found


def outside(spans: Spans, others: Spans) -> Spans:
    """What of some stretches of time lies outside others."""
    for begin, end in others:
        spans = meet(spans, [(-(2**60), begin), (end, 2**60)])
    return spans


def meet(first: Spans, second: Spans) -> Spans:
    """Stretches of time that two lists have in common."""
    return [(max(a, c), min(b, d)) for a, b in first for c, d in second if max(a, c) < min(b, d)]


# --- the laws of every run hold in a broken one


@unruly
@given(broken_worlds(pools=False), engines)
def test_states_fill_the_run(world: SmallWorld, engine: Engine) -> None:
    engine_laws.test_states_fill_the_run.hypothesis.inner_test(world, engine)  # type: ignore[attr-defined]


@unruly
@given(broken_worlds(pools=False), engines)
def test_runs_are_the_time_for_which_an_auto_stop_desktop_is_on(
    world: SmallWorld, engine: Engine
) -> None:
    law = engine_laws.test_runs_are_the_time_for_which_an_auto_stop_desktop_is_on
    law.hypothesis.inner_test(world, engine)  # type: ignore[attr-defined]


@unruly
@given(broken_worlds(), engines)
def test_what_the_model_chooses_changes_nothing(world: SmallWorld, engine: Engine) -> None:
    """Users whom nothing shared can reach may be walked by themselves, whatever breaks."""
    one, other = facts_of(world, "agenda"), facts_of(world, engine)
    for schema in KEYS:
        first, second = one.of(schema).table, other.of(schema).table
        for name in schema.names:
            assert first[name].tolist() == second[name].tolist(), (schema.name, name)


# --- minutes


@unruly
@given(broken_worlds(), engines)
def test_minutes_are_conserved(world: SmallWorld, engine: Engine) -> None:
    """Delivered is the time of all stretches of work. `after_work`: planned = delivered + lost;
    `fixed_departure`: planned = delivered + waited + away + lost, away being the time from each
    interruption until back. Lost is never negative, and nothing of what ended as it was meant to.
    """
    fixed = {user["user"]: user["population"].endswith("fixed_departure") for user in world.users}
    facts = facts_of(world, engine)
    away: Counter[int] = Counter()
    for cut in rows(facts.interruptions.table):
        if cut["back"] != NEVER:
            away[cut["session"]] += cut["back"] - cut["at"]
    for session, _, spans in working(facts):
        assert all(begin <= end for begin, end in spans)
        assert session["delivered"] == sum(end - begin for begin, end in spans)
        eaten = (session["waited"] + away[session["session"]]) * fixed[session["user"]]
        missing = session["planned"] - session["delivered"] - eaten
        assert missing >= 0
        if session["outcome"] == SessionOutcome.ENDED:
            assert missing == 0


@unruly
@given(broken_worlds(), engines)
def test_who_is_interrupted_was_at_work_and_comes_back_after_it(
    world: SmallWorld, engine: Engine
) -> None:
    """Each interruption has its outage, which begins at that instant and says why; the same user
    is not interrupted twice by one outage; and a session that is cut by one was interrupted last.
    """
    facts = facts_of(world, engine)
    outages = {row["outage"]: row for row in rows(facts.outages.table)}
    cuts = list(rows(facts.interruptions.table))
    for cut in cuts:
        outage = outages[cut["outage"]]
        assert cut["at"] == max(outage["begin"], world.scenario.begin)
        assert cut["cause"] == CAUSES[OutageKind(outage["kind"])]
        assert cut["back"] == NEVER or cut["back"] > cut["at"]
    assert len({(cut["user"], cut["outage"]) for cut in cuts}) == len(cuts)
    given_up = {cut["session"]: cut["at"] for cut in cuts if cut["back"] == NEVER}
    for session in rows(facts.sessions.table):
        if session["outcome"] == SessionOutcome.CUT and session["cause"] in CAUSES.values():
            assert session["ended"] == given_up[session["session"]]
    for session, _, spans in working(facts):
        assert all(begin < end for begin, end in spans[:-1]), session


@unruly
@given(broken_worlds(), engines)
def test_nobody_works_in_two_sessions_at_once(world: SmallWorld, engine: Engine) -> None:
    mine: defaultdict[int, Spans] = defaultdict(list)
    for session, _, spans in working(facts_of(world, engine)):
        mine[session["user"]] += spans
    for spans in mine.values():
        ordered = sorted(span for span in spans if span[0] < span[1])
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(ordered))


# --- nobody is where nothing is


def own_desktops(facts: Facts) -> dict[int, list[int]]:
    """The desktops of each user."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows(facts.desktops.table):
        found[row["user"]].append(row["desktop"])
    return found


@unruly
@given(broken_worlds(pools=False), engines)
def test_a_user_has_one_desktop_at_a_time(world: SmallWorld, engine: Engine) -> None:
    """Also while one is rebuilt elsewhere: the old one is gone from then on."""
    facts = facts_of(world, engine)
    there: defaultdict[int, Spans] = defaultdict(list)
    gone = (DesktopState.ABSENT, DesktopState.TERMINATED)
    for row in rows(facts.states.table):
        if row["state"] not in gone:
            there[row["desktop"]].append((row["begin"], row["end"]))
    for desktops in own_desktops(facts).values():
        for one, other in itertools.combinations(desktops, 2):
            assert not meet(there[one], there[other])


@unruly
@given(broken_worlds(pools=False), engines)
def test_people_work_on_their_desktop_while_it_is_available(
    world: SmallWorld, engine: Engine
) -> None:
    facts = facts_of(world, engine)
    available: defaultdict[int, Spans] = defaultdict(list)
    for row in rows(facts.states.table):
        if row["state"] == DesktopState.AVAILABLE:
            available[row["desktop"]].append((row["begin"], row["end"]))
    mine = own_desktops(facts)
    for session, _, spans in working(facts):
        usable = [span for desktop in mine[session["user"]] for span in available[desktop]]
        inside = sum(end - begin for begin, end in meet(spans, usable))
        assert inside == sum(end - begin for begin, end in spans)


@unruly
@given(broken_worlds(pools=False), engines)
def test_a_lost_zone_has_nothing_but_lost_desktops(world: SmallWorld, engine: Engine) -> None:
    facts = facts_of(world, engine)
    gone = (DesktopState.ABSENT, DesktopState.TERMINATED, DesktopState.UNHEALTHY)
    zone = dict(enumerate(facts.desktops.table["zone"].tolist()))
    lost_in, elsewhere = zones_lost(facts), at_standby(facts)
    for row in rows(facts.states.table):
        there = outside([(row["begin"], row["end"])], elsewhere.get(row["desktop"], []))
        if row["state"] not in gone:
            assert not meet(there, lost_in.get(zone[row["desktop"]], []))


@unruly
@given(broken_worlds(pools=True), engines)
def test_a_lost_zone_or_host_has_no_instance(world: SmallWorld, engine: Engine) -> None:
    facts = facts_of(world, engine)
    scenario, names = world.scenario, list(world.scenario.zones)
    failed: defaultdict[int, Spans] = defaultdict(list)
    for outage in lost(facts, OutageKind.HOST):
        failed[outage["host"]].append((outage["begin"], outage["end"]))
    lost_in = zones_lost(facts)
    for row in rows(facts.instances.table):
        end = scenario.end if row["terminated"] == NEVER else row["terminated"]
        there = [(row["requested"], end)]
        assert not meet(there, lost_in.get(names[row["zone"]], []))
        assert not meet(there, failed[row["host"]])


@unruly
@given(broken_worlds(), engines)
def test_a_failed_host_is_empty_and_no_host_is_overfull(world: SmallWorld, engine: Engine) -> None:
    facts, scenario = facts_of(world, engine), world.scenario
    offered = [group for group in scenario.host_groups.values() for _ in range(group.count)]
    out: defaultdict[int, Spans] = defaultdict(list)
    lost_in = zones_lost(facts)
    for number, group in enumerate(offered):
        out[number] += lost_in.get(group.zone, [])
    for outage in lost(facts, OutageKind.HOST):
        out[outage["host"]].append((outage["begin"], outage["end"]))
    load: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(facts.host_load.table):
        load[row["host"]].append(row)
        group = offered[row["host"]]
        assert 0 <= row["vcpu"] <= group.vcpu * group.overcommit.vcpu
        assert 0 <= row["memory_gb"] <= group.memory * group.overcommit.memory
    for host, mine in load.items():
        until = [row["at"] for row in mine[1:]] + [scenario.end]
        for row, end in zip(mine, until, strict=True):
            if row["desktops"]:
                assert not meet([(row["at"], end)], out[host])


@unruly
@given(broken_worlds(), engines)
def test_without_streaming_nobody_works(world: SmallWorld, engine: Engine) -> None:
    """Of the Region in which they are."""
    facts = facts_of(world, engine)
    out: defaultdict[str, Spans] = defaultdict(list)
    for row in lost(facts, OutageKind.STREAMING, OutageKind.REGION):
        out[row["target"]].append((row["begin"], row["end"]))
    elsewhere, mine = at_standby(facts), own_desktops(facts)
    for session, _, spans in working(facts):
        away = [span for desktop in mine[session["user"]] for span in elsewhere.get(desktop, [])]
        assert not meet(outside(spans, away), out[world.scenario.region])
        assert not meet(meet(spans, away), out[ELSEWHERE])


@unruly
@given(broken_worlds(), engines)
def test_who_is_turned_away_for_an_outage_is_while_it_lasts(
    world: SmallWorld, engine: Engine
) -> None:
    facts = facts_of(world, engine)
    out: defaultdict[int, Spans] = defaultdict(list)
    for row in rows(facts.outages.table):
        if (kind := OutageKind(row["kind"])) in CAUSES:
            out[CAUSES[kind]].append((row["begin"], row["end"]))
    for row in rows(facts.logons.table):
        if row["outcome"] == Outcome.REFUSED and row["cause"] in CAUSES.values():
            assert meet([(row["done"], row["done"] + 1)], out[row["cause"]])
    for row in rows(facts.operations.table):
        if not row["accepted"] and row["cause"] in CAUSES.values():
            causes = CAUSES.values() if row["cause"] == Cause.ZONE_OUTAGE else [row["cause"]]
            assert any(meet([(row["at"], row["at"] + 1)], out[cause]) for cause in causes)


@unruly
@given(broken_worlds(pools=False), engines)
def test_a_rebuilt_desktop_is_elsewhere_and_from_the_newest_snapshot(
    world: SmallWorld, engine: Engine
) -> None:
    """Its zone is there, and another; the snapshot is no newer than the outage, and less than a
    period older, or the desktop was younger; calls keep to the limit."""
    facts, scenario = facts_of(world, engine), world.scenario
    desktops = {row["desktop"]: row for row in rows(facts.desktops.table)}
    outages = {row["outage"]: row for row in rows(facts.outages.table)}
    lost_in, made = zones_lost(facts), list(rows(facts.recoveries.table))
    made = [row for row in made if row["kind"] == RecoveryKind.REBUILT]
    for row in made:
        old, new = desktops[row["lost"]], desktops[row["desktop"]]
        outage = outages[row["outage"]]
        assert old["user"] == new["user"] == row["user"]
        assert old["zone"] == outage["target"] != new["zone"]
        assert not meet([(row["at"], row["at"] + 1)], lost_in.get(new["zone"], []))
        recovery = scenario.fleets[new["fleet"]].recovery
        assert recovery.rebuild is not None
        assert outage["begin"] + recovery.rebuild.reaction <= row["at"] < outage["end"]
        assert row["snapshot"] + row["data_age"] == outage["begin"]
        fresh = row["snapshot"] == old["created"]
        assert row["data_age"] < recovery.snapshots_every or not fresh
    assert len({row["lost"] for row in made}) == len(made)


@unruly
@given(broken_worlds(pools=False), engines)
def test_a_standby_stands_for_what_is_lost_and_only_then(world: SmallWorld, engine: Engine) -> None:
    """People are led there while the Region is lost and the other one is not, no sooner than the
    plan says; the desktop is UNHEALTHY until then. What runs there is of its own kind, and nothing
    else is; and people are led back after the end of a loss, no sooner than the plan says."""
    facts, scenario = facts_of(world, engine), world.scenario
    outages = {row["outage"]: row for row in rows(facts.outages.table)}
    fleets = facts.desktops.table["fleet"].tolist()
    lost_at: defaultdict[str, Spans] = defaultdict(list)
    for row in lost(facts, OutageKind.REGION):
        lost_at[row["target"]].append((row["begin"], row["end"]))
    unhealthy = {
        (row["desktop"], row["end"])
        for row in rows(facts.states.table)
        if row["state"] == DesktopState.UNHEALTHY
    }
    for row in rows(facts.recoveries.table):
        if row["kind"] != RecoveryKind.STANDBY:
            continue
        plan, outage = (
            scenario.fleets[fleets[row["desktop"]]].recovery.standby,
            outages[row["outage"]],
        )
        assert plan is not None
        assert row["lost"] == row["desktop"]
        assert outage["begin"] + plan.reaction <= row["at"] == row["done"] < outage["end"]
        assert not meet([(row["at"], row["at"] + 1)], lost_at[ELSEWHERE])
        at_once = row["at"] == max(outage["begin"], scenario.begin)
        assert at_once or (row["desktop"], row["at"]) in unhealthy
        assert row["snapshot"] + row["data_age"] == outage["begin"]
        if row["until"] != NEVER:
            ends = [end for _, end in lost_at[scenario.region] if end > row["at"]]
            assert any(end + plan.failback <= row["until"] for end in ends)
            assert not meet([(row["until"], row["until"] + 1)], lost_at[scenario.region])
    elsewhere = at_standby(facts)
    for run in rows(facts.runs.table):
        mine = [(run["begin"], run["end"])]
        away = elsewhere.get(run["desktop"], [])
        assert meet(mine, away) == (mine if run["kind"] == RunKind.STANDBY else [])


# --- what an outage does not change


def same(first: Facts, second: Facts) -> None:
    for schema in KEYS:
        if schema.name != "outages":
            one, other = first.of(schema).table, second.of(schema).table
            for name in schema.names:
                assert one[name].tolist() == other[name].tolist(), (schema.name, name)


def later(scenario: Scenario, at: Millis) -> list[dict[str, Any]]:
    """An outage of everything."""
    when = {"at": written_at(scenario, at), "lasts": "5 h"}
    return [{"region": when}, {"zone": {"zone": "a", **when}}, {"control_plane": when}]


@unruly
@given(broken_worlds(), engines)
def test_an_outage_after_the_end_changes_nothing(world: SmallWorld, engine: Engine) -> None:
    quiet = unbroken(world)
    after = later(world.scenario, world.scenario.end)
    same(
        facts_of(quiet, engine),
        facts_of(replace(quiet, written=quiet.written | {"outages": after}), engine),
    )


def before(facts: Facts, at: Millis) -> dict[str, list[tuple[Any, ...]]]:
    """What of a run has been seen before an instant: everything that had begun, and how it began,
    everything that was over, and how it ended. (A desktop that is not there yet is not seen, nor
    whether somebody who was cut off will come back.)"""
    absent = ("desktop_states", DesktopState.ABSENT)
    moments = {
        "desktop_states": (("begin", "desktop", "state"), ("end", "desktop", "state")),
        "runs": (("begin", "desktop", "kind"), ("end", "desktop", "kind")),
        "logons": (
            ("arrival", "session", "attempt"),
            ("done", "session", "attempt", "outcome", "cause"),
        ),
        "sessions": (("connected", "session"), ("disconnected", "session", "outcome", "cause")),
        "instances": (("requested", "instance", "zone"), ("terminated", "instance", "cause")),
        "user_sessions": (("begin", "user", "instance"), ("end", "user", "instance", "cause")),
        "operations": (("at", "user", "operation", "accepted", "cause"),),
        "pool_capacity": (("at", "pool", "target", "actual", "pending", "active", "waiting"),),
        "host_load": (("at", "host", "vcpu"),),
    }
    return {
        f"{schema.name}.{names[0]}": sorted(
            row
            for row in zip(*(facts.of(schema).table[name].tolist() for name in names), strict=True)
            if NEVER != row[0] < at
            and (schema.name, row[-1]) != absent
            and not (schema.name == "sessions" and len(row) == 4 and row[-1] in CAUSES.values())
        )
        for schema in KEYS
        for names in moments.get(schema.name, ())
    }


@unruly
@given(broken_worlds(), engines)
def test_an_outage_changes_nothing_before_it_begins(world: SmallWorld, engine: Engine) -> None:
    """Nor does a later one change what the earlier ones did until then."""
    outages = world.written["outages"]
    fewer = unbroken(world, len(outages) - 1)
    numbers = Counter(rows_of(facts_of(world, engine).outages.table))
    numbers -= Counter(rows_of(facts_of(fewer, engine).outages.table))
    assume(numbers)
    at = min(begin for begin, *_ in numbers)
    assert before(facts_of(world, engine), at) == before(facts_of(fewer, engine), at)


def rows_of(table: Table) -> Iterable[tuple[Any, ...]]:
    names = ("begin", "end", "kind", "target", "host")
    return zip(*(table[name].tolist() for name in names), strict=True)


# --- fewer failures, more spares

_HOURS = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 3)), max_size=6)


@settings(max_examples=40)
@given(
    st.lists(_HOURS, min_size=1, max_size=4),
    st.lists(st.integers(0, 24 * 60 - 1), max_size=5, unique=True),
    st.sampled_from(["return", "give_up"]),
)
def test_one_failure_less_never_interrupts_anybody_more_where_desktops_stay(
    people: list[list[tuple[int, int]]], minutes: list[int], habit: str
) -> None:
    """Everybody in one zone that is lost for a millisecond, half a minute past some minutes: each
    of these interrupts whoever works then, once (who gives up, only in the first of a session)."""
    plans = []
    for hours in people:
        begins = [2 * gap * HOUR for gap, _ in hours]
        plans.append([(at, length * HOUR) for at, (_, length) in zip(begins, hours, strict=True)])
        plans[-1] = [
            (at, length)
            for number, (at, length) in enumerate(sorted(plans[-1]))
            if number == 0 or at >= sum(sorted(plans[-1])[number - 1])
        ]
    quiet = quiet_world(
        plans,
        fleet={"running_mode": "AlwaysOn", "zones": ["a"], "logon": {"resume": "0 s"}},
        people={"after_interruption": habit},
    )
    halves = [at * MINUTE + 30_000 for at in sorted(minutes)]

    def interruptions(instants: list[Millis]) -> Counter[int]:
        outages = [
            {"zone": {"zone": "a", "at": written_at(quiet.scenario, at), "lasts": "1 ms"}}
            for at in instants
        ]
        world = replace(quiet, written=quiet.written | {"outages": outages})
        facts = facts_of(world)
        hits: Counter[int] = Counter(facts.interruptions.table["session"].tolist())
        for session, _, spans in working(facts):
            inside = sum(spans[0][0] < at < spans[-1][1] for at in instants)
            if habit == "return":
                assert hits[session["session"]] == inside
            assert hits[session["session"]] <= 1 or habit == "return"
        return Counter(facts.interruptions.table["user"].tolist())

    more = interruptions(halves)
    for fewer in itertools.combinations(halves, max(0, len(halves) - 1)):
        less = interruptions(list(fewer))
        assert all(less[user] <= more[user] for user in range(len(people)))


# --- spares, on average


DAYS = [(day * DAY + 9 * HOUR, 8 * HOUR) for day in range(5)]
"""A working week: the times at which somebody comes, and stays."""
RUNS = 30
"""Pairs of runs, each pair with random numbers of its own."""


def delivered(facts: Facts) -> float:
    return float(facts.sessions.table["delivered"].sum())


def waited(facts: Facts) -> float:
    return -float(facts.logons.table["directory_wait"].sum())


def interrupted(facts: Facts) -> float:
    return -float(len(facts.interruptions.table))


def with_spare(
    measure: Callable[[Facts], float], plain: dict[str, Any], spare: dict[str, Any], count: int
) -> list[float]:
    """By how much a measure is better with a spare, run by run, for people of a working week."""
    fleet = {
        "bundle": "power",
        "running_mode": "AlwaysOn",
        "hosts": ["rack"] if "host_groups" in plain else [],
    }
    habits = {"session_end": "fixed_departure"}
    gains = []
    for seed in range(RUNS):
        found = []
        for settings_ in (plain, spare):
            week = quiet_world([DAYS] * count, fleet=fleet, people=habits, horizon="5 d",
                               seed=seed, **settings_)  # fmt: skip
            rows_ = [
                row | {"directory_service": 20_000, "patience": 8 * HOUR} for row in week.sessions
            ]
            found.append(measure(facts_of(replace(week, sessions=rows_))))
        gains.append(found[1] - found[0])
    return gains


def better_on_average(gains: list[float]) -> bool:
    """Whether a mean is above 0 by more than three standard errors."""
    return statistics.mean(gains) > 3 * statistics.stdev(gains) / math.sqrt(len(gains))


def test_a_spare_host_delivers_more() -> None:
    """Eight desktops on eight hosts that fail every 40 h for 6 h on average, or on nine."""
    law = {"every": {"exponential": "40 h"}, "lasts": {"exponential": "6 h"}}
    outages = [{"hosts": {"group": "rack", **law}}]

    def hosts(count: int) -> dict[str, Any]:
        group = {"zone": "a", "count": count, "vcpu": 4, "memory": "16 GB"}
        return {"host_groups": {"rack": group}, "outages": outages}

    assert better_on_average(with_spare(delivered, hosts(8), hosts(9), 8))


def test_a_spare_controller_shortens_the_line() -> None:
    """One of two controllers, or of three, is lost every 20 h for 10 h on average."""
    law = {"servers": 1, "every": {"exponential": "20 h"}, "lasts": {"exponential": "10 h"}}

    def directory(servers: int) -> dict[str, Any]:
        return {"directory": {"servers": servers}, "outages": [{"directory": law}]}

    assert better_on_average(with_spare(waited, directory(2), directory(3), 6))


def test_a_spare_zone_spreads_the_loss() -> None:
    """One of two or of three zones with twelve desktops is lost every 30 h for 3 h on average."""
    law = {"zone": "a", "every": {"exponential": "30 h"}, "lasts": {"exponential": "3 h"}}

    def zones(*names: str) -> dict[str, Any]:
        return {"zones": {name: {} for name in names}, "outages": [{"zone": law}]}

    assert better_on_average(with_spare(interrupted, zones("a", "b"), zones("a", "b", "c"), 12))
