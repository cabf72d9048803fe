"""Relations between two runs of pools: what must follow when capacity or people are changed.

Some are theorems on every path, as are those between pools that differ only in what nobody can
notice. Some look obvious, hold on average, and fail on some paths: they are tested on average.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.record import (
    INSTANCES,
    LAUNCH_FAILURES,
    LOGONS,
    POOL_CAPACITY,
    SCALING,
    SESSIONS,
    USER_SESSIONS,
    Ending,
    Outcome,
    Schema,
    Table,
)
from sim.scenario.schema import Scenario
from sim.units import MINUTE, Millis
from sim.workload import Workload, make_workload
from sim.workload.fates import LONGEST
from tests.analytical import recursions
from tests.property.quiet_worlds import quiet_world
from tests.property.test_replay import replayed
from tests.unit.stories import Facts, Story

Ints = NDArray[np.int64]
Row = dict[str, Any]
related = settings(max_examples=60)


def rows(table: Table) -> Iterator[Row]:
    names = table.schema.names
    for row in zip(*(table[name].tolist() for name in names), strict=True):
        yield dict(zip(names, row, strict=True))


# --- one pool, and people who come once

TICK: Millis = MINUTE
Visits = list[tuple[int, int]]
"""Arrival and connected time of people who come once each [ticks], in order of arrival."""
PATIENT = LONGEST - 1
"""A patience [ms] that outlasts every wait."""


def visits(most: int = 12) -> st.SearchStrategy[Visits]:
    """People who come within half an hour, often together, and stay for up to ten minutes."""
    visit = st.tuples(st.integers(0, 30), st.integers(1, 10))
    return st.lists(visit, min_size=1, max_size=most).map(sorted)


def run_of(people: Visits, *, patience: Any = PATIENT, **pool: Any) -> Facts:
    """Those people at one pool with nothing that takes time; refused ones do not come again.

    `patience` [ms] is one for all, or one for each.
    """
    count = len(people)
    world = quiet_world(
        [[(at * TICK, length * TICK)] for at, length in people],
        people={"fleet": "east"},
        fleets={},
        pools={"east": PLAIN | pool},
        horizon="8 h",
    )
    each = [patience] * count if isinstance(patience, int) else patience
    fate = {"ending": Ending.LOGOFF, "retry_after": LONGEST}
    sessions = [
        row | fate | {"patience": patient}
        for row, patient in zip(world.sessions, each, strict=True)
    ]
    users = [user | {"fleet": "east"} for user in world.users]
    return Story(
        world.scenario, replace(world, users=users, sessions=sessions).workload, None
    ).run()


PLAIN: dict[str, Any] = {
    "bundle": "power",
    "running_mode": "AlwaysOn",
    "minimum": 1,
    "maximum": 1,
    "provisioning": "0 s",
    "after_session": "keep",
}


def capacity(size: int) -> dict[str, int]:
    return {"minimum": size, "maximum": size}


def waits_of(facts: Facts) -> list[int]:
    """Time in line of each, in order of arrival."""
    return [int(wait) for wait in facts.logons.table["desktop_wait"]]


def refusals_of(facts: Facts) -> int:
    return int((facts.logons.table["outcome"] == Outcome.REFUSED).sum())


def of_people(facts: Facts) -> list[list[Row]]:
    """What people notice of a pool: everything but which instance they are on."""
    held = [
        {name: value for name, value in row.items() if name != "instance"}
        for row in rows(facts.user_sessions.table)
    ]
    return [list(rows(facts.logons.table)), list(rows(facts.sessions.table)), held]


@related
@given(visits(), st.integers(1, 4))
def test_one_more_place_lets_nobody_wait_longer(people: Visits, size: int) -> None:
    """First come, first served by the patient: a theorem, on every path."""
    fewer, more = (
        waits_of(run_of(people, admission="queue", **capacity(places)))
        for places in (size, size + 1)
    )
    assert all(after <= before for before, after in zip(fewer, more, strict=True))


@related
@given(visits(20), st.integers(1, 4))
def test_one_more_place_refuses_nobody_who_was_served(people: Visits, size: int) -> None:
    """Nobody comes again: a theorem, on every path, and so fewer are refused. Whoever is in with
    one place less is in with one more too, and at most one other."""
    fewer, more = (
        run_of(people, **capacity(places)).logons.table["outcome"] == Outcome.REFUSED
        for places in (size, size + 1)
    )
    assert not (more & ~fewer).any()


@related
@given(visits(), st.integers(1, 3), st.data())
def test_one_person_less_or_sooner_gone_lets_nobody_else_wait_longer(
    people: Visits, size: int, data: st.DataObject
) -> None:
    """First come, first served by the patient: a theorem, on every path."""
    whole = waits_of(run_of(people, admission="queue", **capacity(size)))
    who = data.draw(st.integers(0, len(people) - 1))
    at, length = people[who]
    shorter = [*people]
    shorter[who] = (at, data.draw(st.integers(1, length)))
    after = waits_of(run_of(shorter, admission="queue", **capacity(size)))
    assert all(now <= before for before, now in zip(whole, after, strict=True))
    if len(people) > 1:
        fewer = people[:who] + people[who + 1 :]
        after = waits_of(run_of(fewer, admission="queue", **capacity(size)))
        before = whole[:who] + whole[who + 1 :]
        assert all(now <= then for then, now in zip(before, after, strict=True))


@related
@given(visits(20), st.integers(1, 4), st.lists(st.integers(0, 8), min_size=20, max_size=20))
def test_who_gives_up_is_who_does_in_the_recursion(
    people: Visits, size: int, patience: list[int]
) -> None:
    """Lines in which much happens at one instant, against the recursion of queueing theory, with
    and without room for all."""
    each = [ticks * TICK for ticks in patience[: len(people)]]
    arrivals, lengths = ([value * TICK for value in part] for part in zip(*people, strict=True))
    for room in (None, 1):
        facts = run_of(
            people, patience=each, admission="queue", queue_limit=room, **capacity(size)
        ).logons.table
        expected = list(recursions.line(arrivals, lengths, size, patience=each, room=room))
        assert facts["desktop_wait"].tolist() == [wait for wait, _ in expected]
        fates = {Outcome.CONNECTED: recursions.SERVED, Outcome.REFUSED: recursions.REFUSED}
        fates[Outcome.ABANDONED] = recursions.ABANDONED
        assert [fates[Outcome(code)] for code in facts["outcome"].tolist()] == [
            fate for _, fate in expected
        ]


@related
@given(
    visits(),
    st.integers(1, 4),
    st.integers(0, 5),
    st.sampled_from(["keep", "replace"]),
    st.sampled_from(["refuse", "queue"]),
)
def test_capacity_that_is_there_at_once_is_as_good_as_fixed_capacity(
    people: Visits, size: int, spare: int, after: str, admission: str
) -> None:
    """Instances that take no time to provision: with as much spare as the maximum it is the same
    pool; with less, people in line cannot tell, and those who are not let wait need one spare, as
    they are not counted before they are refused."""
    spare = size if admission == "refuse" and not spare else spare
    settings = {"admission": admission, "after_session": after, "patience": 3 * TICK}
    fixed = run_of(people, **settings, **capacity(size))
    follows = {"minimum": 0, "maximum": size, "scaling": [{"spare": spare}]}
    assert of_people(run_of(people, **settings, **follows)) == of_people(fixed)
    most = run_of(people, **settings, **follows | {"scaling": [{"spare": size + 1}]})
    assert list(rows(most.capacity.table)) == list(rows(fixed.capacity.table))


@related
@given(visits(), st.integers(1, 4), st.sampled_from(["refuse", "queue"]))
def test_an_instance_that_is_replaced_at_once_is_as_good_as_one_that_is_kept(
    people: Visits, size: int, admission: str
) -> None:
    settings = {"admission": admission, "patience": 3 * TICK, **capacity(size)}
    kept, replaced = (
        run_of(people, after_session=after, **settings) for after in ("keep", "replace")
    )
    assert of_people(kept) == of_people(replaced)
    assert list(rows(kept.capacity.table)) == list(rows(replaced.capacity.table))
    assert len(kept.instances.table) == size


# --- what holds on average, and not on every path


def paired(less: dict[str, Any], more: dict[str, Any], outcome: Outcome, patience: int) -> Ints:
    """How many more people of each of many days meet an outcome in one pool than in the other."""
    dice = np.random.default_rng(20_260_901)
    found = []
    for _ in range(150):
        arrival, length = np.sort(dice.integers(0, 60, 25)), dice.integers(1, 15, 25)
        people = list(zip(arrival.tolist(), length.tolist(), strict=True))
        counts = [
            np.count_nonzero(
                run_of(people, **{"patience": patience} | pool).logons.table["outcome"] == outcome
            )
            for pool in (less, more)
        ]
        found.append(counts[0] - counts[1])
    return np.array(found)


def mostly(differences: Ints, share: float) -> None:
    """Above zero on average, by far; but not always."""
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    assert differences.mean() > 4.5 * error
    assert (differences > 0).mean() > share


def test_a_longer_line_refuses_fewer_people() -> None:
    """Of 25 in an hour, by room for one or for four in line, 3 places."""
    line = {"admission": "queue", **capacity(3)}
    short, long = ({**line, "queue_limit": limit} for limit in (1, 4))
    mostly(paired(short, long, Outcome.REFUSED, PATIENT), 0.5)


def test_more_patience_lets_fewer_give_up() -> None:
    """Of 25 in an hour, with a patience of 3 or of 12 minutes, 3 places."""
    line = {"admission": "queue", **capacity(3)}
    hasty, calm = ({**line, "patience": ticks * TICK} for ticks in (3, 12))
    mostly(paired(hasty, calm, Outcome.ABANDONED, 0), 0.5)


def test_a_longer_line_may_refuse_more_people() -> None:
    """One place. Without a line the second, who would stay for 10, is refused; the others find it
    free, at 2, 4 and 6. With room for one in line the second is in from 2 to 12, the third waits
    all that time, and the last two are refused."""
    people = [(0, 2), (1, 10), (2, 1), (4, 1), (6, 1)]
    short, long = (
        refusals_of(run_of(people, admission="queue", queue_limit=limit)) for limit in (0, 1)
    )
    assert (short, long) == (1, 2)


# --- one scenario and one seed make one run, whoever else is there


def _people(fleet: str, **more: Any) -> dict[str, Any]:
    return {
        "users": 12,
        "fleet": fleet,
        "shift": {"start": "09:00", "spread": {"normal": "10 min"}},
        "session_length": {"lognormal": {"mean": "3 h", "cv": 0.6}},
        "endings": {"logoff": "60 %", "disconnect": "25 %", "network-loss": "15 %"},
        "patience": {"exponential": "20 min"},
        "retry_after": {"exponential": "3 min"},
        **more,
    }


CENTRE: dict[str, Any] = {
    "version": 1,
    "name": "call-centre",
    "region": "ap-southeast-1",
    "start": "2026-09-17",
    "horizon": "3 d",
    "seed": 5,
    "prices": {"book": "none.csv"},
    "zones": {"a": {}, "b": {"weight": 2.0}},
    "pools": {
        "calls": {
            "bundle": "power",
            "running_mode": "AutoStop",
            "minimum": 2,
            "maximum": 9,
            "admission": "queue",
            "scaling": [{"target_tracking": {"utilization": "75 %"}}],
        },
        "lab": {
            "bundle": "standard",
            "running_mode": "AlwaysOn",
            "minimum": 0,
            "maximum": 8,
            "sessions_per_instance": 2,
            "after_session": "keep",
            "scaling": [{"spare": 1}, {"predictive": {"quantile": "90 %"}}],
        },
    },
    "populations": {
        "agents": _people("calls"),
        "students": _people("lab", session_end="fixed_departure"),
    },
    "maintenance": {"autostop": False},
}
TABLES = (LOGONS, SESSIONS, INSTANCES, USER_SESSIONS, POOL_CAPACITY, LAUNCH_FAILURES, SCALING)


def centre(**changes: Any) -> Scenario:
    """The call centre and its lab, with other settings of some parts."""
    return Scenario.model_validate({**CENTRE, **changes})


def run_centre(scenario: Scenario, workload: Workload | None = None) -> Facts:
    return Story(scenario, workload or make_workload(scenario), None).run(None)


def tables(facts: Facts) -> dict[str, list[Row]]:
    return {schema.name: list(rows(facts.recorded(schema))) for schema in TABLES}


def test_one_seed_makes_one_run() -> None:
    """Also of pools; and another seed makes another one, in every table that chance can reach."""
    found, again, other = (
        tables(run_centre(scenario)) for scenario in (centre(), centre(), centre(seed=6))
    )
    assert found == again
    assert found["launch_failures"] == other["launch_failures"] == []
    for name in set(found) - {"launch_failures"}:
        assert found[name], name
        assert found[name] != other[name], name
    outcomes = {row["outcome"] for row in found["logons"]}
    assert {Outcome.CONNECTED, Outcome.REFUSED, Outcome.ABANDONED} <= outcomes


def without(facts: Facts, schema: Schema, *names: str, pool: str) -> list[Row]:
    """Rows of one pool without what numbers it among others; users by name."""
    scenario, people = facts.story.scenario, facts.story.workload.users
    number = list(scenario.pools).index(pool)
    found = []
    for row in rows(facts.of(schema).table):
        if "pool" in row and row["pool"] != number:
            continue
        if "user" in row:
            if people["fleet"][row["user"]] != pool:
                continue
            row["user"] = str(people["name"][row["user"]])
        found.append({key: value for key, value in row.items() if key not in (*names, "pool")})
    return sorted(found, key=repr)


@pytest.mark.parametrize("pool", ["calls", "lab"])
def test_a_pool_does_not_notice_another_one(pool: str) -> None:
    """A new pool before it in the file, new people beside and before its own, and other settings of
    the other one: its people, instances, capacity and decisions are the same."""
    guests = {"guests": {**CENTRE["pools"]["calls"], "provisioning": "1 min"}}
    other = "lab" if pool == "calls" else "calls"
    changed = {other: {**CENTRE["pools"][other], "provisioning": {"exponential": "2 min"}}}
    whole = run_centre(centre())
    more = run_centre(
        centre(
            pools={**guests, **CENTRE["pools"], **changed},
            populations={"guests": _people("guests"), **CENTRE["populations"]},
        )
    )
    for schema in TABLES:
        numbers = [name for name in ("instance", "session") if name in schema.names]
        alone = without(whole, schema, *numbers, pool=pool)
        assert alone or schema in (LAUNCH_FAILURES, SCALING)
        assert without(more, schema, *numbers, pool=pool) == alone, schema.name


def test_another_policy_faces_the_same_people() -> None:
    """What is drawn of people does not depend on what the pool does about them."""
    plan = make_workload(centre()).plan
    fixed = {name: {**pool, "scaling": []} for name, pool in CENTRE["pools"].items()}
    other = make_workload(centre(pools=fixed)).plan
    for name in plan.schema.names:
        assert plan[name].tolist() == other[name].tolist(), name


@settings(max_examples=8)
@given(seed=st.integers(0, 1000), suffix=st.sampled_from(["csv", "parquet"]))
def test_a_plan_that_is_written_and_replayed_gives_identical_facts(seed: int, suffix: str) -> None:
    """Lines, patience, several people on an instance and stages of their logons included; without
    the forecast, which cannot draw other weeks of people who are only known by a record."""
    lab = {**CENTRE["pools"]["lab"], "scaling": [{"spare": 1}]}
    written = {**CENTRE, "seed": seed, "pools": {**CENTRE["pools"], "lab": lab}}
    scenario = Scenario.model_validate(written)
    workload = make_workload(scenario)
    replaying, again = replayed(written, workload, suffix)
    assert tables(run_centre(scenario, workload)) == tables(run_centre(replaying, again))
