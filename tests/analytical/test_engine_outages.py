"""What breaks and is repaired, what that does to sessions and data, and where it can be escaped.

Machines with and without a crew of their own, a pool of slots that break, sessions that are hit,
snapshots that were taken some time ago, and the faults of a drill with their exact outcomes. The
outages that `sim.workload` draws and the desktops, pools and sessions that the engine takes away
are held against recursions, row by row; then the estimates against theory.

Source: `oracles/README.md`, sections 1.1, 1.2 and 5.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from sim.record import (
    DESKTOP_STATES,
    DESKTOPS,
    INTERRUPTIONS,
    LOGONS,
    PLAN,
    RECOVERIES,
    RUNS,
    SESSIONS,
    Cause,
    DesktopState,
    Ending,
    Outcome,
    SessionOutcome,
    Table,
)
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.units import DAY, HOUR, MINUTE, SECOND, Millis
from sim.workload import Stream, make_outages, sample
from sim.workload.fates import LONGEST
from tests.analytical import recursions, repairs
from tests.analytical.agreement import (
    SEEDS,
    Estimate,
    batch_mean,
    mean,
    named,
    oracle,
    ratio,
    require,
    values,
)
from tests.analytical.situations import (
    UNIT,
    Ints,
    durations,
    facts,
    plan,
    poisson_visits,
    scenario,
    users,
)

AVAILABILITY = oracle("availability")
REPAIR = oracle("machine_repair")
UNRELIABLE = oracle("unreliable_pool_loss")
HIT = oracle("session_hit_by_failure")
AGES = oracle("rpo_snapshot_age")
DIGITS = 2e-9
LAST = 2**60
"""An instant after all others."""


def ms(hours: float, unit: Millis = UNIT) -> str:
    """Hours of the tables as a duration of a scenario."""
    return f"{round(hours * unit)} ms"


def group(count: int, zone: str = "a") -> dict[str, Any]:
    """Hosts with room for one desktop each."""
    return {"zone": zone, "count": count, "vcpu": 4, "memory": "16 GB"}


def failing(count: int, up: float, down: float, crews: int | None = None) -> dict[str, Any]:
    """Hosts that break and are repaired, after exponential times of hours of the tables."""
    law = {"every": {"exponential": ms(up)}, "lasts": {"exponential": ms(down)}}
    return {
        "host_groups": {"rack": group(count)},
        "outages": [{"hosts": {"group": "rack", "crews": crews, **law}}],
    }


def broken(world: Scenario) -> list[tuple[int, int, int]]:
    """Host, begin and end of each failure, in order of begin."""
    table = make_outages(world)
    return list(zip(*(table[name].tolist() for name in ("host", "begin", "end")), strict=True))


def drawn(world: Scenario, position: int = 0) -> tuple[repairs.Draw, repairs.Draw]:
    """The times that an entry with `every` takes from its stream: up, and repair."""
    stream, outage = Stream(world.seed, 0, f"outages/{position}"), world.outages[position]

    def take(law: Any, day: int) -> repairs.Draw:
        return lambda machine, ordinal: int(
            sample(law, stream.uniforms(1, day=day, ordinal=ordinal, first=machine))[0]
        )

    return take(outage.every, 0), take(outage.lasts, 1)


# -- the formulas


@pytest.mark.parametrize("row", AVAILABILITY, ids=named)
def test_formulas_of_availability(row: dict[str, str]) -> None:
    up, down = float(row["mtbf_up_h"]), float(row["mttr_h"])
    found = repairs.availability(up, down, int(row["n"]), int(row["k"]))
    for name, value in values(row, *found).items():
        assert found[name] == pytest.approx(value, rel=1e-12), name


@pytest.mark.parametrize("row", REPAIR, ids=named)
def test_chain_of_machine_repair(row: dict[str, str]) -> None:
    rates = values(row, "fail_per_h", "repair_per_h").values()
    found = repairs.machine_repair(int(row["hosts"]), int(row["crews"]), *rates)
    for name, value in values(row, *found).items():
        assert found[name] == pytest.approx(value, rel=DIGITS), name


@pytest.mark.parametrize("row", UNRELIABLE, ids=named)
def test_chain_of_an_unreliable_pool(row: dict[str, str]) -> None:
    names = ("lambda_per_h", "mu_per_h", "slot_fail_per_h", "slot_repair_per_h")
    found = repairs.unreliable_loss(int(row["slots"]), *values(row, *names).values())
    for name, value in values(row, *found).items():
        assert found[name] == pytest.approx(value, rel=DIGITS), name


# -- machines and crews


@pytest.mark.parametrize("row", REPAIR, ids=named)
def test_each_repair_is_that_of_the_recursion(row: dict[str, str]) -> None:
    """The system: each row of the table, until some hundreds of hosts have been repaired.

    Expected: exactly the begin and end of each failure of each host.
    """
    hosts, crews = int(row["hosts"]), int(row["crews"])
    up, down = 1 / float(row["fail_per_h"]), 1 / float(row["repair_per_h"])
    horizon = round(400 / float(row["failures_per_h"])) * UNIT
    world = scenario(horizon=horizon, seed=SEEDS[0], **failing(hosts, up, down, crews))
    expected = repairs.repair_shop(hosts, crews, *drawn(world), begin=0, end=world.end)
    assert broken(world) == expected
    assert len(expected) > 300


def unhealthy(store: FactStore[Table]) -> Table:
    """The intervals in which desktops are lost."""
    states = store.table(DESKTOP_STATES)
    return states.take(states["state"] == DesktopState.UNHEALTHY)


def changes(spans: Sequence[tuple[int, int]], end: Millis) -> dict[int, int]:
    """By how much the number of something changes, at each instant at which it does."""
    found = Counter[int]()
    for begin, over in spans:
        found[begin] += 1
        if over < end:
            found[over] -= 1
    return {at: change for at, change in sorted(found.items()) if change}


@pytest.mark.parametrize("crews", [None, 1])
def test_as_many_desktops_are_lost_as_hosts(crews: int | None) -> None:
    """The system: 20 AlwaysOn desktops on 20 hosts of one each, and nowhere else to go.

    Expected: at each instant exactly as many desktops are lost as hosts are; so availability is
    that of the hosts, and k of n desktops are there when k of n hosts are.
    """
    world = scenario(
        horizon=2_000 * UNIT,
        zones={"a": {}},
        fleets={"office": {"hosts": ["rack"], "bundle": "power", "logon": {"resume": "0 s"}}},
        seed=SEEDS[0],
        **failing(20, 100, 10, crews),
    )
    lost = unhealthy(facts(world, users(["office"] * 20), Table.empty(PLAN)))
    spans = list(zip(lost["begin"].tolist(), lost["end"].tolist(), strict=True))
    hosts = [(begin, end) for _, begin, end in broken(world)]
    assert changes(spans, world.end) == changes(hosts, world.end)
    assert len(hosts) > 200


@pytest.mark.slow
@pytest.mark.parametrize("row", [REPAIR[0], REPAIR[1], REPAIR[2]], ids=named)
def test_machine_repair(row: dict[str, str]) -> None:
    """The system: hosts and crews of the table, so many groups of them that it is narrow.

    Expected: hosts that are down, and how long and how often each is. Proved to 1 %. Ten hosts with
    one crew are 0.995869 there, with ten 0.996016.
    """
    hosts, crews = int(row["hosts"]), int(row["crews"])
    up, down = 1 / float(row["fail_per_h"]), 1 / float(row["repair_per_h"])
    shops = 8 if hosts == 10 else 1

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        law = failing(hosts, up, down, crews)["outages"]
        world = scenario(
            horizon=(800_000 if hosts == 10 else 600_000) * UNIT,
            host_groups={"rack": group(hosts)},
            outages=law * shops * longer,
            seed=int(random.integers(2**31)),
        )
        table = make_outages(world)
        length = table["end"] - table["begin"]
        parts = np.linspace(0, world.end, 41)
        count, _ = np.histogram(table["begin"], parts)
        time, _ = np.histogram(table["begin"], parts, weights=length)
        hours = (parts[1] - parts[0]) / UNIT * shops * longer
        return {
            "mean_down": mean(time / UNIT / hours),
            "failures_per_h": mean(count / hours),
            "mean_downtime_h": ratio(time / UNIT, count),
        }

    known = values(row, "mean_down", "failures_per_h", "mean_downtime_h")
    require(experiment, known, precision=0.01)


def at_once(spans: list[tuple[int, int]], least: int) -> list[tuple[int, int]]:
    """The times in which at least so many of some spans hold."""
    found, begin, count = [], 0, 0
    for at, change in sorted([(b, 1) for b, _ in spans] + [(e, -1) for _, e in spans]):
        if count < least <= count + change:
            begin = at
        elif count + change < least <= count:
            found.append((begin, at))
        count += change
    return [(b, e) for b, e in found if b < e]


@pytest.mark.slow
@pytest.mark.parametrize("row", [AVAILABILITY[0], AVAILABILITY[2]], ids=named)
def test_k_of_n(row: dict[str, str]) -> None:
    """The system: n hosts that break and are repaired alone; out when fewer than k are there.

    Expected: how much a host and how much the group is out, how often and how long. Proved to 3 %.
    """
    count, needed = int(row["n"]), int(row["k"])
    up, down = float(row["mtbf_up_h"]), float(row["mttr_h"])
    groups = {10: 16, 3: 24}[count]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        length = 800_000 * UNIT
        law = failing(count, up, down)
        worlds = [
            scenario(horizon=length, seed=int(seed), **law)
            for seed in random.integers(2**31, size=groups * longer)
        ]
        spans = [[(begin, min(end, length)) for _, begin, end in broken(world)] for world in worlds]
        outs = [at_once(mine, count - needed + 1) for mine in spans]
        hours = length / UNIT
        down_time = [sum(e - b for b, e in mine) / UNIT for mine in spans]
        out_time = [sum(e - b for b, e in mine) / UNIT for mine in outs]
        number = [len(mine) for mine in outs]
        return {
            "U_single": mean(np.array(down_time) / hours / count),
            "unavailable": mean(np.array(out_time) / hours),
            "outages_per_h_k_of_n": mean(np.array(number) / hours),
            "mean_outage_h_k_of_n": ratio(out_time, number),
        }

    known = values(row, "U_single", "outages_per_h_k_of_n", "mean_outage_h_k_of_n")
    require(experiment, known | {"unavailable": 1 - float(row["p_k_of_n"])}, precision=0.03)


@pytest.mark.slow
@pytest.mark.parametrize("row", [AVAILABILITY[2]], ids=named)
def test_availability_soon_after_the_beginning(row: dict[str, str]) -> None:
    """The system: 100,000 hosts that all work when the run begins; mean time up 500 h, down 8 h.

    Expected: the part that is down after 24 h, and that was on average till then: less than in the
    long run, which a host that is new has not seen yet. Proved to 3 %.
    """
    hosts = 100_000

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        law = failing(hosts, float(row["mtbf_up_h"]), float(row["mttr_h"]))
        down, time = [], []
        for _ in range(longer):
            world = scenario(horizon=24 * UNIT + 1, seed=int(random.integers(2**31)), **law)
            table = make_outages(world)
            host, end = table["host"], np.minimum(table["end"], 24 * UNIT)
            length = np.maximum(end - table["begin"], 0) / (24 * UNIT)
            time.append(np.bincount(host, weights=length, minlength=hosts))
            down.append(np.bincount(host[table["end"] > 24 * UNIT], minlength=hosts))
        return {"point": mean(np.concatenate(down)), "interval": mean(np.concatenate(time))}

    known = {
        "point": 1 - float(row["A_point_24h"]),
        "interval": 1 - float(row["A_interval_24h"]),
    }
    require(experiment, known, precision=0.03)


# -- a pool of slots that break


RETRY = UNIT // 120


def unreliable(row: dict[str, str], horizon: Millis, seed: int) -> Scenario:
    """A pool whose instances stand on hosts that fail, each alone."""
    slots = int(row["slots"])
    pool = {
        "minimum": slots,
        "maximum": slots,
        "hosts": ["rack"],
        "after_session": "keep",
        "launch_retry": f"{RETRY} ms",
    }
    up, down = 1 / float(row["slot_fail_per_h"]), 1 / float(row["slot_repair_per_h"])
    world = scenario(
        horizon=horizon,
        zones={"a": {}},
        pools={"desk": pool},
        seed=seed,
        **failing(slots, up, down),
    )
    people = world.populations["people"].model_copy(update={"after_interruption": "give_up"})
    return world.model_copy(update={"populations": {"people": people}})


@pytest.mark.parametrize("row", UNRELIABLE, ids=named)
def test_each_session_that_is_killed_is_that_of_the_recursion(row: dict[str, str]) -> None:
    """The system: c instances on hosts that fail busy or idle, Poisson arrivals; 3,000 people.

    Expected: exactly these are refused, these killed and when, and these leave when they want.
    """
    rate, mu = values(row, "lambda_per_h", "mu_per_h").values()
    visits = poisson_visits(np.random.default_rng(SEEDS[0]), 3_000, rate=rate, mean=1 / mu)
    horizon = int(visits.arrival[-1]) + int(visits.length.max()) + HOUR
    world = unreliable(row, horizon, SEEDS[0])
    store = facts(
        world,
        users(["desk"] * visits.count),
        plan(
            np.arange(visits.count),
            visits.length,
            arrival=visits.arrival,
            ending=Ending.LOGOFF,
            retry_after=LONGEST,
        ),
        "agenda",
    )
    sessions = store.table(SESSIONS).sorted_by("session")
    found = [
        repairs.Customer(outcome == SessionOutcome.ABANDONED, outcome == SessionOutcome.CUT, end)
        for outcome, end in zip(
            sessions["outcome"].tolist(), sessions["ended"].tolist(), strict=True
        )
    ]
    columns = visits.arrival.tolist(), visits.length.tolist(), broken(world)
    expected = repairs.unreliable_pool(*columns, slots=int(row["slots"]), retry=RETRY)
    blocked = [fate.blocked for fate in expected]
    assert [fate.blocked for fate in found] == blocked
    assert [fate for fate in found if not fate.blocked] == [
        fate for fate in expected if not fate.blocked
    ]
    assert sum(fate.killed for fate in expected) == len(store.table(INTERRUPTIONS)) > 2


@pytest.mark.slow
@pytest.mark.parametrize("row", UNRELIABLE[1:2], ids=named)
def test_sessions_killed_in_an_unreliable_pool(row: dict[str, str]) -> None:
    """The system: 10 slots, each breaks every 20 h and is repaired for 2 h; 8 sessions of 1 h an
    hour; the recursion, which the engine equals.

    Expected: 0.1518 of arrivals are blocked, where Erlang has 0.1217 without failures; of those
    who get in exactly 1 / 21 are killed. Proved to 1 %.
    """
    rate, mu = values(row, "lambda_per_h", "mu_per_h").values()

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = poisson_visits(random, 320_000 * longer, rate=rate, mean=1 / mu)
        world = unreliable(row, int(visits.arrival[-1]) + DAY, int(random.integers(2**31)))
        columns = visits.arrival.tolist(), visits.length.tolist(), broken(world)
        fates = repairs.unreliable_pool(*columns, slots=int(row["slots"]), retry=RETRY)
        blocked = np.array([fate.blocked for fate in fates])
        killed = np.array([fate.killed for fate in fates])
        return {
            "p_block": batch_mean(blocked),
            "p_session_killed_exact": batch_mean(killed[~blocked]),
        }

    require(experiment, values(row, "p_block", "p_session_killed_exact"), precision=0.01)


# -- sessions that are hit


def test_a_session_is_hit_by_the_first_failure_inside_it() -> None:
    """The system: 40 AlwaysOn desktops on hosts of their own, sessions of 3 h one after the other.

    Expected: exactly those are interrupted in which the desktop's host fails, and at that instant.
    """
    count, each = 40, 25
    random = np.random.default_rng(SEEDS[0])
    begin = HOUR + np.arange(each) * 20 * HOUR
    length = durations(random, "lognormal:1", 3, count * each).clip(MINUTE, 19 * HOUR)
    racks = {f"rack-{n}": group(1) for n in range(count)}
    world = scenario(
        horizon=each * 20 * HOUR,
        zones={"a": {}},
        fleets={
            f"office-{n}": {"bundle": "power", "hosts": [f"rack-{n}"], "logon": {"resume": "0 s"}}
            for n in range(count)
        },
        host_groups=racks,
        outages=[
            {"hosts": {"group": rack, "every": {"exponential": "50 h"}, "lasts": "1 ms"}}
            for rack in racks
        ],
        seed=SEEDS[0],
    )
    people = world.populations["people"].model_copy(update={"after_interruption": "give_up"})
    world = world.model_copy(update={"populations": {"people": people}})
    owner = np.repeat(np.arange(count), each)
    intentions = plan(owner, length, arrival=np.tile(begin, count))
    store = facts(world, users([f"office-{n}" for n in range(count)]), intentions)
    sessions = store.table(SESSIONS).sorted_by("session")
    cut = sessions["outcome"] == SessionOutcome.CUT
    found = [end if hit else None for end, hit in zip(sessions["ended"].tolist(), cut, strict=True)]
    by_host: dict[int, list[int]] = {n: [] for n in range(count)}
    for host, at, _ in broken(world):
        by_host[host].append(at)
    expected = [
        hit
        for n in range(count)
        for hit in repairs.interrupted(begin.tolist(), length[owner == n].tolist(), by_host[n])
    ]
    assert found == expected
    assert 30 < cut.sum() < 200


@pytest.mark.slow
@pytest.mark.parametrize("row", HIT, ids=named)
def test_sessions_hit_by_failures(row: dict[str, str]) -> None:
    """The system: sessions of three laws one after another on hosts that fail at a rate; by the
    rule that the engine equals.

    Expected: P = 1 - E exp(-rate S) of them are hit, and E served = P / rate. Proved to 1 %.
    """
    rate, length = values(row, "failure_rate_per_h", "mean_session_h").values()

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        hosts, number = 200, {4: 20_000, 8: 12_000, 3: 8_000}[round(length)] * longer
        span = durations(random, row["session_dist"], length, hosts * number).reshape(hosts, -1)
        ends = np.cumsum(span * UNIT // HOUR + 1, axis=1)
        law = {"every": {"exponential": ms(1 / rate)}, "lasts": "1 ms"}
        world = scenario(
            horizon=int(ends[:, -1].max()) + 1,
            host_groups={"rack": group(hosts)},
            outages=[{"hosts": {"group": "rack", **law}}],
            seed=int(random.integers(2**31)),
        )
        table = make_outages(world)
        hit, served = [], []
        for host in range(hosts):
            at = table["begin"][table["host"] == host]
            begins = np.concatenate([[0], ends[host, :-1]])
            first = np.searchsorted(at, begins, side="right")
            when = np.append(at, LAST)[first]
            hit.append((when <= ends[host]).mean())
            served.append((np.minimum(when, ends[host]) - begins).mean() / UNIT)
        return {"p_session_hit": mean(hit), "mean_time_served_before_end_or_hit_h": mean(served)}

    known = values(row, "p_session_hit", "mean_time_served_before_end_or_hit_h")
    require(experiment, known, precision=0.01)


# -- zones


def in_zones(count: int, zones: dict[str, Any], lost: Sequence[str], **more: Any) -> Scenario:
    """A fleet whose zones are lost at 09:00 for 3 h."""
    when = {"at": "2026-09-01T09:00Z", "lasts": "3 h"}
    return scenario(
        horizon=DAY,
        zones=zones,
        outages=[{"zone": {"zone": zone, **when}} for zone in lost],
        **more,
    )


def at_work(count: int) -> Table:
    """Everybody works from 08:00 to 16:00, and tries every 10 min when cut off."""
    return plan(
        np.arange(count),
        8 * HOUR,
        arrival=8 * HOUR,
        patience=12 * HOUR,
        retry_after=10 * MINUTE,
    )


@pytest.mark.parametrize("row", oracle("az_balanced"), ids=named)
def test_a_lost_zone_hits_exactly_those_in_it(row: dict[str, str]) -> None:
    """The system: N desktops, balanced over z zones; one is lost. Expected, exactly: those in it
    are interrupted, at once, and nobody else; so 333 or 334 of 1000, never 335."""
    count, zones = int(row["desktops"]), [f"z{n}" for n in range(int(row["zones"]))]
    hit = []
    for lost in (zones[0], zones[-1]):
        world = in_zones(count, {zone: {} for zone in zones}, [lost])
        store = facts(world, users(["office"] * count), at_work(count))
        interrupted = store.table(INTERRUPTIONS)
        place = store.table(DESKTOPS).sorted_by("desktop")["zone"]
        assert set(interrupted["at"].tolist()) == {9 * HOUR}
        assert sorted(interrupted["desktop"].tolist()) == np.flatnonzero(place == lost).tolist()
        hit.append(len(interrupted))
    most, least = int(row["max_per_zone"]), int(row["min_per_zone"])
    assert hit == [most, least]
    assert count - hit[0] == int(row["survivors_worst"])


@pytest.mark.parametrize(("slots", "unplaced"), [(500, 0), (499, 2), (450, 100), (333, 334)])
def test_a_rebuild_needs_addresses_in_the_zones_that_survive(slots: int, unplaced: int) -> None:
    """The system: 1000 desktops in three zones, 334 + 333 + 333; the first is lost, and each of the
    others has an address for so many desktops.

    Expected: each takes in slots - 333, so 334 - 2 (slots - 333) find no place; all find one with
    500. They are rebuilt at two calls a second after the first five, in order of user.
    """
    fleet = {"recovery": {"rebuild": {"reaction": "0 s"}}, "provisioning": "20 min"}
    zones = {"a": {}, "b": {"ip_addresses": slots}, "c": {"ip_addresses": slots}}
    world = in_zones(1000, zones, ["a"], fleets={"office": fleet})
    store = facts(world, users(["office"] * 1000), Table.empty(PLAN))
    rows = store.table(RECOVERIES).sorted_by("user")
    made = 334 - unplaced
    assert len(rows) == made == min(334, 2 * (slots - 333))
    assert rows["user"].tolist() == [n for n in range(1000) if n % 3 == 0][:made]
    wait = np.maximum(0, np.arange(made) - 4) * SECOND // 2
    assert (rows["at"] == 9 * HOUR + wait).all()
    assert (rows["done"] == rows["at"] + 20 * MINUTE).all()
    place = store.table(DESKTOPS).sorted_by("desktop")["zone"]
    assert Counter(place[rows["desktop"]].tolist()) == Counter(
        {"b": (made + 1) // 2, "c": made // 2}
    ) - Counter({"b": 0, "c": 0})


def test_all_zones_lost_and_the_storm_that_follows() -> None:
    """The system: 100 people at work, both zones lost from 09:00 to 12:00, one directory server of
    10 s. All try every 10 min, at once.

    Expected: nobody succeeds before 12:00. All come at 12:00 (no line before: the directory is
    passed), and the k-th of them (from 0) is connected at 12:00 + 10 s x (k + 1), the try of 12:00.
    """
    count = 100
    world = in_zones(count, {"a": {}, "b": {}}, ["a", "b"], servers=1)
    intentions = at_work(count)
    service = np.full(count, 100)
    intentions = Table.of(PLAN, **{**intentions.columns, "directory_service": service})
    store = facts(world, users(["office"] * count), intentions, "agenda")
    logons = store.table(LOGONS)
    connected = logons.take(
        (logons["outcome"] == Outcome.CONNECTED) & (logons["arrival"] > 9 * HOUR)
    )
    tries = logons.take(logons["outcome"] == Outcome.REFUSED)
    assert set(tries["cause"].tolist()) == {Cause.ZONE_OUTAGE}
    assert (connected["arrival"] >= 11 * HOUR + 50 * MINUTE).all()
    assert (connected["done"] > 12 * HOUR).all()
    assert len(connected) == count
    assert sorted(store.table(INTERRUPTIONS)["back"].tolist()) == sorted(connected["done"].tolist())


# -- snapshots


@pytest.mark.slow
@pytest.mark.parametrize(
    "row",
    [row for row in AGES if row["schedule"] in {f"fixed period {n}h" for n in (4, 12, 24)}],
    ids=lambda row: row["schedule"],
)
def test_age_of_snapshots(row: dict[str, str]) -> None:
    """The system: a zone with 4,000 desktops is lost at a random instant and all are rebuilt from
    snapshots taken every so often, each at a phase of its own.

    Expected: ages uniform from 0 to the period, so their mean is half of it and their 95 % quantile
    19/20. Proved to 1 %. (Snapshots at random would be twice as old.) And each snapshot is the
    newest before the loss: less than a period old.
    """
    period = round(float(row["E_interval"]))
    fleet = {
        "provisioning": "0 s",
        "zones": ["a", "b"],
        "initial_age": "30 d",
        "recovery": {"rebuild": {"reaction": "0 s"}, "snapshots_every": f"{period} h"},
    }
    count = 4_000

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        ages: list[Ints] = []
        for _ in range(longer):
            world = scenario(
                horizon=3 * DAY,
                zones={"a": {"weight": 10**6}, "b": {}},
                fleets={"office": fleet},
                outages=[
                    {"zone": {"zone": "a", "every": {"uniform": {"low": "1 d", "high": "2 d"}},
                              "lasts": "2 d"}}
                ],
                api_limits={"calls_per_second": 1_000, "burst": count},
                seed=int(random.integers(2**31)),
            )  # fmt: skip
            rows = facts(world, users(["office"] * count), Table.empty(PLAN)).table(RECOVERIES)
            lost = make_outages(world)["begin"][0]
            assert len(rows) == count
            assert (rows["snapshot"] + rows["data_age"] == lost).all()
            assert ((rows["data_age"] >= 0) & (rows["data_age"] < period * HOUR)).all()
            ages.append(np.asarray(rows["data_age"]))
        hours = np.concatenate(ages) / HOUR
        old = mean(hours > 0.95 * period)
        return {"mean": mean(hours), "below 95 %": Estimate(1 - old.value, old.error)}

    known = {"mean": float(row["mean_age_at_random_failure_h"]), "below 95 %": 0.95}
    require(experiment, known, precision=0.01)


# -- drills with an exact outcome


def test_a_host_takes_exactly_its_desktops_and_as_long_as_its_repair() -> None:
    """The system: 12 AlwaysOn desktops on 4 hosts of three, full; one fails at 10:00 for 2 h.

    Expected: its 3 desktops are lost for 2 h each, 6 desktop-hours, their users are cut off at
    10:00; everything about the 9 others is what it is without the failure, to the bit.
    """
    hosts = {f"h{n}": {**group(1), "vcpu": 12, "memory": "48 GB"} for n in range(4)}
    fleet = {"bundle": "power", "hosts": list(hosts), "logon": {"resume": "0 s"}}
    outage = [{"hosts": {"group": "h2", "at": "2026-09-01T10:00Z", "lasts": "2 h"}}]
    runs = []
    for outages in ([], outage):
        world = scenario(
            horizon=DAY, zones={"a": {}}, fleets={"office": fleet}, host_groups=hosts,
            outages=outages,
        )  # fmt: skip
        runs.append(facts(world, users(["office"] * 12), at_work(12), "agenda"))
    plain, broke = runs
    lost = unhealthy(broke)
    hit = set(lost["desktop"].tolist())
    assert len(hit) == 3
    assert (lost["end"] - lost["begin"]).sum() == 3 * 2 * HOUR
    interruptions = broke.table(INTERRUPTIONS)
    assert set(interruptions["desktop"].tolist()) == hit
    assert set(interruptions["at"].tolist()) == {10 * HOUR}
    for schema in (SESSIONS, LOGONS, DESKTOP_STATES, RUNS):
        others = [
            table.take(~np.isin(table["desktop"], list(hit))).sorted_by(*schema.names[:3])
            for table in (plain.table(schema), broke.table(schema))
        ]
        assert all(others[0][name].tolist() == others[1][name].tolist() for name in schema.names)


def test_with_room_elsewhere_a_failed_host_costs_a_start() -> None:
    """The system: the same with a spare host, and starts that take 5 min.

    Expected: 3 desktops are not there for 5 min each; whoever tries again 10 min later is back.
    """
    hosts = {f"h{n}": {**group(1), "vcpu": 12, "memory": "48 GB"} for n in range(5)}
    fleet = {"bundle": "power", "hosts": list(hosts), "logon": {"resume": "5 min"}}
    world = scenario(
        horizon=DAY,
        zones={"a": {}},
        fleets={"office": fleet},
        host_groups=hosts,
        outages=[{"hosts": {"group": "h2", "at": "2026-09-01T10:00Z", "lasts": "2 h"}}],
    )
    store = facts(world, users(["office"] * 12), at_work(12), "agenda")
    states = store.table(DESKTOP_STATES)
    starting = states.take(states["state"] == DesktopState.STARTING)
    assert (starting["end"] - starting["begin"]).tolist() == [5 * MINUTE] * 3
    assert len(unhealthy(store)) == 0
    assert store.table(INTERRUPTIONS)["back"].tolist() == [10 * HOUR + 10 * MINUTE] * 3


def test_a_directory_that_is_down_for_ten_minutes_at_nine() -> None:
    """The system: from 09:00 on somebody comes every 2 s; one server, 1 s each; down till 09:10.

    Expected: 300 wait at 09:10. From then on one a second is served while one comes every two, so
    the k-th (from 0) waits 600 - k seconds, until the 600th, at 09:20, waits no more: the backlog
    of rate x 600 s is gone after backlog / (mu - rate) = 300 / (1 - 1/2) = 600 s. And so says the
    recursion of a queue whose server is free at 09:10 only. Who is connected works on.
    """
    count = 900
    arrival = 9 * HOUR + np.arange(count) * 2 * SECOND
    world = scenario(
        horizon=DAY,
        servers=1,
        outages=[{"directory": {"at": "2026-09-01T09:00Z", "lasts": "10 min"}}],
    )
    early = plan(np.arange(count + 1), 8 * HOUR, arrival=np.append(8 * HOUR, arrival),
                 directory_service=SECOND)  # fmt: skip
    for engine in ("agenda", "ranks"):
        store = facts(world, users(["office"] * (count + 1)), early, engine)
        waits = store.table(LOGONS).sorted_by("session")["directory_wait"][1:]
        assert waits.tolist() == [max(0, 600 - k) * SECOND for k in range(count)]
        blocked = [9 * HOUR, *arrival.tolist()], [10 * MINUTE, *[SECOND] * count]
        assert waits.tolist() == list(recursions.lindley(*blocked))[1:]
        assert len(store.table(INTERRUPTIONS)) == 0


def test_one_of_two_controllers_down_is_a_queue_with_one_server() -> None:
    """The system: M/M/2 until 12:00, when one of the servers is lost for good.

    Expected: everybody who comes after 12:00 waits what the recursion says for one server that is
    free when the other is there no longer: while two are there theirs, then the lesser one's.
    """
    random = np.random.default_rng(SEEDS[0])
    arrival = np.unique(np.cumsum(durations(random, "exp", 1 / 600, 6_000)))
    service = durations(random, "exp", 1 / 900, len(arrival)) + 1
    world = scenario(
        horizon=2 * DAY,
        servers=2,
        outages=[{"directory": {"at": "2026-09-01T04:00Z", "lasts": "90 d", "servers": 1}}],
    )
    count = len(arrival)
    intentions = plan(np.arange(count), HOUR, arrival=arrival, directory_service=service)
    free = [0, 0]
    expected = []
    for at, length in zip(arrival.tolist(), service.tolist(), strict=True):
        first, second = (max(at, each) for each in free)
        server = 1 if first >= 4 * HOUR or second < first else 0
        begin = (first, second)[server]
        free[server] = begin + length
        expected.append(begin - at)
    for engine in ("agenda", "ranks"):
        store = facts(world, users(["office"] * count), intentions, engine)
        waits = store.table(LOGONS).sorted_by("session")["directory_wait"]
        assert waits.tolist() == expected
    assert max(expected) > 0


SECONDS = ("08:59:59.999", "09:00", "09:00:00.001")


@pytest.mark.parametrize("at", SECONDS)
def test_a_host_that_fails_as_its_user_leaves(at: str) -> None:
    """The system: a session planned from 08:00 to 09:00. The outage comes before the disconnection
    at one instant (F1), so at 09:00 the session is cut off, and not ended as well; a millisecond
    later nobody is there."""
    store = one_host(at, length=HOUR)
    sessions = store.table(SESSIONS)
    assert len(sessions) == 1
    cut = at < "09:00:00.001"
    assert (sessions["outcome"][0] == SessionOutcome.CUT) == cut
    assert len(store.table(INTERRUPTIONS)) == cut
    assert store.table(RUNS)["end"].tolist() == [9 * HOUR + SECONDS.index(at) - 1]


@pytest.mark.parametrize("at", SECONDS)
def test_a_host_that_fails_as_the_timeout_expires(at: str) -> None:
    """The system: disconnected at 08:00 with a timeout of 1 h, so the run ends at 09:00, or before,
    with the host. At 09:00 both would end it: it ends once, and what was open is lost to the
    outage, which comes first."""
    store = one_host(at, length=HOUR, arrival=7 * HOUR, again=12 * HOUR)
    runs = store.table(RUNS).sorted_by("begin")
    assert runs["end"][0] == min(9 * HOUR, 9 * HOUR + SECONDS.index(at) - 1)
    assert len(runs) == 2
    os_logon = store.table(LOGONS).sorted_by("session")["os_logon"]
    assert os_logon.tolist() == [MINUTE, 0 if at > "09:00" else MINUTE]
    assert len(store.table(INTERRUPTIONS)) == 0


@pytest.mark.parametrize("at", SECONDS)
def test_a_host_that_fails_as_the_start_is_complete(at: str) -> None:
    """The system: started at 08:55 for 5 min, without any further stage: connected at 09:00, unless
    the host fails before, or then. A millisecond later a session has begun and is cut off."""
    store = one_host(at, length=HOUR, arrival=8 * HOUR + 55 * MINUTE, os_logon=0, resume=5 * MINUTE)
    began = at > "09:00"
    logons = store.table(LOGONS)
    assert logons["outcome"].tolist() == [Outcome.CONNECTED if began else Outcome.REFUSED]
    assert len(store.table(INTERRUPTIONS)) == began
    assert store.table(SESSIONS)["outcome"].tolist() == [
        SessionOutcome.CUT if began else SessionOutcome.ABANDONED
    ]


@pytest.mark.parametrize("at", SECONDS)
def test_a_host_that_fails_as_somebody_asks(at: str) -> None:
    """The system: asked for at 09:00. The host is gone before, or then: there is no room. A
    millisecond later it has been given, and is taken away from the attempt."""
    store = one_host(at, length=HOUR, arrival=9 * HOUR, resume=5 * MINUTE, os_logon=0)
    logons = store.table(LOGONS)
    cause = Cause.HOST_FAILURE if at > "09:00" else Cause.NO_HOST_CAPACITY
    assert logons["cause"].tolist() == [cause]
    assert len(store.table(RUNS)) == (at > "09:00")


def one_host(
    at: str,
    *,
    length: Millis,
    arrival: Millis = 8 * HOUR,
    again: Millis | None = None,
    resume: Millis = 0,
    os_logon: Millis = MINUTE,
) -> FactStore[Table]:
    """An AutoStop desktop whose only host fails for an hour; nobody tries again."""
    world = scenario(
        horizon=DAY,
        zones={"a": {}},
        fleets={"office": {"bundle": "power", "running_mode": "AutoStop", "hosts": ["rack"]}},
        host_groups={"rack": group(1)},
        outages=[{"hosts": {"group": "rack", "at": f"2026-09-01T{at}Z", "lasts": "1 h"}}],
    )
    people = world.populations["people"].model_copy(update={"after_interruption": "give_up"})
    world = world.model_copy(update={"populations": {"people": people}})
    arrivals = [arrival - os_logon] + ([] if again is None else [again])
    rows = plan(
        np.zeros(len(arrivals)),
        length,
        arrival=np.array(arrivals),
        resume=resume,
        os_logon=os_logon,
        retry_after=LONGEST,
    )
    return facts(world, users(["office"]), rows, "agenda")


@pytest.mark.slow
def test_hosts_that_fail_together_lose_as_much_and_vary_more() -> None:
    """The system: 4 of 40 hosts fail on each day, together for one exponential time, or each for
    its own. Expected: the same mean of host-hours lost a day, 4 x 1 h; and 4 times the variance, as
    Var(4 L) = 16 Var L and Var(L1 + ... + L4) = 4 Var L. Proved to 3 %.
    """
    law = {"cron": "0 0 * * *", "lasts": {"exponential": "1 h"}}

    def lost(entry: dict[str, Any], times: int, random: np.random.Generator, runs: int) -> Ints:
        days: list[Ints] = []
        for _ in range(runs):
            world = scenario(
                horizon=3_650 * DAY,
                host_groups={"rack": group(40)},
                outages=[{"hosts": {"group": "rack", **law, **entry}}] * times,
                seed=int(random.integers(2**31)),
            )
            table = make_outages(world)
            length = table["end"] - table["begin"]
            days.append(np.bincount(table["begin"] // DAY, weights=length).astype(np.int64))
        return np.concatenate(days)

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        together = lost({"count": 4}, 1, random, 5 * longer) / HOUR
        apart = lost({}, 4, random, 5 * longer) / HOUR
        return {
            "mean together": mean(together),
            "mean apart": mean(apart),
            "variance together": mean((together - together.mean()) ** 2),
            "variance apart": mean((apart - apart.mean()) ** 2),
        }

    known = {
        "mean together": 4.0,
        "mean apart": 4.0,
        "variance together": 16.0,
        "variance apart": 4.0,
    }
    require(experiment, known, precision=0.03)
