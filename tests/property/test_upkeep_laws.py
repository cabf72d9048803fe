"""Laws of what users do to their own desktops, and of volumes that fill (O11 and O12)."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.record import Actor, Cause, OperationKind
from sim.scenario.bundles import LARGEST_GB, is_sold
from sim.scenario.schema import Scenario
from sim.units import HOUR
from sim.workload import Wish, make_growth, make_wishes, make_workload
from tests.property.compared import KEYS
from tests.property.quiet_worlds import with_fleets
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.unit.stories import Facts, Story, story

BUNDLES = {"change_compute": {"to": "power"}}
KINDS = ("reboot", "switch_mode", "resize", "change_compute", "rebuild")

own_operations = st.dictionaries(st.sampled_from(KINDS), st.integers(1, 60), min_size=1).map(
    lambda hours: {
        kind: {"every": {"exponential": f"{every} h"}, **BUNDLES.get(kind, {})}
        for kind, every in hours.items()
    }
)


def run(world: SmallWorld) -> Facts:
    return Story(world.scenario, world.workload, None).run("agenda")


def wishes(world: SmallWorld) -> list[Wish]:
    return make_wishes(world.scenario, world.workload)


def asked(facts: Facts) -> list[tuple[int, int, int]]:
    """Instant, user and kind of what users asked for, in the order of the book."""
    rows = facts.operations.table
    own = rows["by"] == Actor.USER
    columns = (rows[name][own].tolist() for name in ("at", "user", "operation"))
    return list(zip(*columns, strict=True))


# --- nothing, where nobody may and nothing comes


@given(world=small_worlds(), own=own_operations)
@settings(max_examples=60, deadline=None)
def test_wishes_that_nobody_may_have_change_nothing(world: SmallWorld, own: dict[str, Any]) -> None:
    refused = {kind: {**wanted, "allowed": "0 %"} for kind, wanted in own.items()}
    growth = {"used": "0 MB", "per_month": "0 MB"}
    plain, other = run(world), run(with_fleets(world, self_service=refused, volume_growth=growth))
    for schema in KEYS:
        one, two = plain.of(schema).table, other.of(schema).table
        for name in schema.names:
            assert one[name].tolist() == two[name].tolist(), (schema.name, name)


# --- the plan of wishes


@given(world=small_worlds(), own=own_operations)
@settings(max_examples=60, deadline=None)
def test_each_wish_is_asked_for_once_and_recorded(world: SmallWorld, own: dict[str, Any]) -> None:
    """Nothing is lost and nothing is made up, whatever becomes of it."""
    world = with_fleets(world, self_service=own)
    assert asked(run(world)) == [(wish.at, wish.user, wish.kind) for wish in wishes(world)]


@given(world=small_worlds(), own=own_operations)
@settings(max_examples=40, deadline=None)
def test_limits_of_the_api_only_delay(world: SmallWorld, own: dict[str, Any]) -> None:
    world = with_fleets(world, self_service=own)
    limits = {"operations": True, "calls_per_second": 1, "burst": 1}
    slowly = asked(run(replace(world, written=world.written | {"api_limits": limits})))
    assert len({at for at, _, _ in slowly}) == len(slowly)
    latest: dict[tuple[int, int], list[int]] = {}
    for wish in wishes(world):
        latest.setdefault((wish.user, wish.kind), []).append(wish.at)
    for key, instants in latest.items():
        done = [at for at, *rest in slowly if tuple(rest) == key]
        assert all(at >= wanted for at, wanted in zip(done, instants, strict=False))


@given(world=small_worlds(), own=own_operations, more=own_operations)
@settings(max_examples=60, deadline=None)
def test_wishes_of_one_kind_do_not_move_those_of_another(
    world: SmallWorld, own: dict[str, Any], more: dict[str, Any]
) -> None:
    alone = wishes(with_fleets(world, self_service=own))
    both = wishes(with_fleets(world, self_service={**more, **own}))
    kinds = {OperationKind[kind.upper()] for kind in own}
    assert [wish for wish in both if wish.kind in kinds] == alone


@given(world=small_worlds(), own=own_operations)
@settings(max_examples=40, deadline=None)
def test_everybody_acts_on_a_wish_while_they_mean_to_be_at_work(
    world: SmallWorld, own: dict[str, Any]
) -> None:
    plan = world.workload.plan
    gaps = set(plan["user"][plan["gap"] >= 0].tolist())
    for wish in wishes(with_fleets(world, self_service=own)):
        if wish.user not in gaps:
            mine = plan["user"] == wish.user
            arrival, connected = plan["arrival"][mine], plan["connected"][mine]
            assert np.any((arrival <= wish.at) & (wish.at <= arrival + connected))


def office(days: int, users: int, **fleet: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "office",
            "region": "us-east-1",
            "start": "2026-09-01",
            "horizon": f"{days} d",
            "prices": {"book": "prices.csv"},
            "zones": {"a": {}},
            "fleets": {"office": {"bundle": "standard", "running_mode": "AutoStop", **fleet}},
            "populations": {
                "sales": {
                    "users": users,
                    "fleet": "office",
                    "shift": {"start": "09:00"},
                    "session_length": {"exponential": "6 h"},
                }
            },
        }
    )


def wishes_of(scenario: Scenario) -> list[Wish]:
    return make_wishes(scenario, make_workload(scenario))


@given(own=own_operations, allowed=st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_neither_others_nor_a_longer_run_move_a_wish(own: dict[str, Any], allowed: int) -> None:
    service = {kind: {**wanted, "allowed": f"{allowed} %"} for kind, wanted in own.items()}
    scenario = office(10, 4, self_service={"help_desk": {"exponential": "2 h"}, **service})
    few = wishes_of(scenario)
    more = wishes_of(office(10, 9, self_service=scenario.fleets["office"].self_service))
    longer = wishes_of(office(25, 4, self_service=scenario.fleets["office"].self_service))
    assert [wish for wish in more if wish.user < 4] == few
    assert [wish for wish in longer if wish.at < scenario.end] == few


@pytest.mark.parametrize("kind", KINDS)
def test_wishes_come_as_often_as_is_said(kind: str) -> None:
    """Exponential gaps of 2 d over 40 d: 20 for each of 200 users, 4000 +- 3 x 64 in all; those
    of the last hours find no session any more, which are fewer than 2 for each.
    """
    own = {kind: {"every": {"exponential": "2 d"}, **BUNDLES.get(kind, {})}}
    found = wishes_of(office(40, 200, self_service=own))
    assert 4000 - 3 * 64 - 400 < len(found) < 4000 + 3 * 64


# --- volumes


@given(
    used=st.integers(0, 120),
    per_month=st.integers(0, 300),
    threshold=st.integers(1, 100),
    step=st.integers(1, 500),
)
@settings(max_examples=60, deadline=None)
def test_a_volume_grows_when_it_must_and_to_what_is_sold(
    used: int, per_month: int, threshold: int, step: int
) -> None:
    growth = {
        "used": f"{used} GB",
        "per_month": {"lognormal": {"mean": f"{per_month + 1} GB", "cv": 1}},
        "threshold": f"{threshold} %",
    }
    fleet = {"volume_growth": growth, "volume_step": f"{step} GB"}
    days = story(users={"ann": {}}, fleet=fleet, horizon="60 d")
    first, pace = make_growth(days.story.scenario, days.story.workload.users)
    terms = days.terms.table
    sizes = terms["user_gb"].tolist()
    assert sizes == sorted(set(sizes))
    for root, user in zip(terms["root_gb"].tolist(), sizes, strict=True):
        assert is_sold("standard", root, user)
    for at, before in zip(terms["begin"].tolist()[1:], sizes, strict=False):
        on_it = (first[0] + pace[0] * at / (730 * HOUR)) / 1024
        assert on_it >= threshold / 100 * before - 1e-6
    rows = days.operations.table
    largest = rows["cause"] == Cause.NOT_SOLD
    assert not largest.any() or sizes[-1] == LARGEST_GB
    assert np.all(rows["accepted"] | largest | (rows["cause"] == Cause.WRONG_STATE))


@given(
    pace=st.lists(st.integers(0, 400), min_size=2, max_size=2).map(sorted),
    used=st.integers(0, 7),
)
@settings(max_examples=40, deadline=None)
def test_a_volume_that_fills_faster_is_never_smaller(pace: list[int], used: int) -> None:
    """Where nothing is refused: an AlwaysOn desktop is not UPDATING meanwhile, and what is on the
    volume at first leaves room.
    """
    sizes = []
    for per_month in pace:
        growth = {"used": f"{used} GB", "per_month": f"{per_month} GB"}
        fleet = {"running_mode": "AlwaysOn", "volume_growth": growth}
        days = story(users={"ann": {}}, fleet=fleet, horizon="45 d")
        assert days.operations.table["accepted"].all()
        terms = days.terms.table
        at = np.searchsorted(terms["begin"], np.arange(0, 45 * 24) * HOUR, side="right") - 1
        sizes.append(terms["user_gb"][at])
    assert np.all(sizes[0] <= sizes[1])
