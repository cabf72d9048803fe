"""The engine that walks all users at once writes what the readable agenda writes, fact for fact.

Worlds in which it does most of the work, worlds in which it does part of it, and worlds in which it
gives up: a directory so overloaded that every session pushes the next ones along.
"""

from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import pytest
from hypothesis import event, example, given, settings
from numpy.typing import NDArray

from sim.model import ranks, simulation
from sim.model.world import World
from sim.scenario.schema import Scenario
from sim.units import HOUR, MINUTE
from sim.workload import make_workload
from tests.property.quiet_worlds import crowds, lasting, quiet_world
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.unit.stories import Facts, Story, assert_same_facts, tell


class Told(NamedTuple):
    """One story by both."""

    agenda: Facts
    shared: Facts
    """By the walk for those whom it takes, by the agenda for the others."""
    walked: int
    """How many it took."""
    gave_up: bool


def both(world: SmallWorld) -> Told:
    return told(Story(world.scenario, world.workload, None))


def told(story: Story) -> Told:
    tried: list[tuple[int, bool]] = []

    def watched(world: World, users: NDArray[np.int64], *others: Any) -> bool:
        tried.append((len(users), ranks.simulate_by_rank(world, users, *others)))
        return tried[-1][1]

    with mock.patch.object(simulation, "simulate_by_rank", watched):
        shared = story.run(None)
    walked = sum(users for users, done in tried if done)
    return Told(story.run("agenda"), shared, walked, gave_up=bool(tried) and not tried[0][1])


PLAN = """
    user  arrival  connected
    ann   09:00    1 h
    bob   09:00    1 h
    cal   09:00    1 h
"""
LAB = {
    "fleets": {"office": {}, "lab": {}},
    "users": {"ann": {}, "bob": {}, "cal": {"fleet": "lab"}},
}
GAPS = """
    user  arrival  gap  connected
    ann   09:00    -    1 h
    ann   -        1 h  1 h
    bob   09:00    -    1 h
"""
DIRECTORY = {"directory": {"servers": 1}}


RACK = {"rack": {"zone": "a", "count": 1, "vcpu": 2, "memory": "4 GB"}}
HOSTED = {"hosts": ["rack"]}
ALWAYS_ON = {"running_mode": "AlwaysOn"}
SUNDAYS = {"autostop": False, "alwayson_duration": "2 h"}
DELETED = {"at": "2026-09-01T12:00Z", "fleet": "lab", "user": "cal", "operation": "delete"}
PASSING = {"office": {}, "lab": {"uses_directory": False}}
"""The lab, which is operated on, does not stand in line."""


@pytest.mark.parametrize(
    ("plan", "differs", "walked"),
    [
        (PLAN, {}, 3),
        (PLAN, DIRECTORY, 3),
        (PLAN, {"users": {"ann": {"joins": "08:00"}, "bob": {}, "cal": {}}}, 2),
        (PLAN, {"users": {"ann": {}, "bob": {"leaves": "20:00"}, "cal": {}}}, 2),
        (PLAN, {"zones": {"a": {"ip_addresses": 2}}}, 2),
        (GAPS, {}, 1),
        (PLAN, LAB | {"operations": [DELETED]}, 2),
        (PLAN, LAB | {"host_groups": RACK, "fleets": {"office": HOSTED, "lab": {}}}, 1),
        (PLAN, LAB | {"maintenance": SUNDAYS, "fleets": {"office": {}, "lab": ALWAYS_ON}}, 2),
        (PLAN, LAB | {"fleets": {"office": {}, "lab": ALWAYS_ON}}, 3),
        (PLAN, LAB | DIRECTORY | {"operations": [DELETED]}, 0),
        (PLAN, LAB | DIRECTORY | {"operations": [DELETED], "fleets": PASSING}, 2),
    ],
)
def test_the_walk_takes_whom_it_can(plan: str, differs: dict[str, Any], walked: int) -> None:
    """Those whom no joining, leaving, missing desktop, gap, operation, host or Sunday concerns. One
    line before the directory takes all or none of those who stand in it."""
    found = told(tell(plan, **differs))
    assert (found.walked, found.gave_up) == (walked, False)
    assert_same_facts(found.agenda, found.shared)


def overloaded(users: int, sessions: int) -> SmallWorld:
    """Every user means to come every 10 min for 9 min; each logon takes the directory 5 min."""
    rows = [(9 * HOUR + n * 10 * MINUTE, 9 * MINUTE) for n in range(sessions)]
    world = quiet_world([rows] * users, directory={"servers": 1})
    for row in world.sessions:
        row["directory_service"] = 5 * MINUTE
    return world


def test_the_walk_leaves_an_overloaded_directory_to_the_agenda() -> None:
    """12 logons an hour can be served, and 60 are asked for: each wait moves all later ones."""
    told = both(overloaded(users=10, sessions=60))
    assert (told.walked, told.gave_up) == (0, True)
    assert_same_facts(told.agenda, told.shared)


@settings(max_examples=80)
@given(crowds())
@example(overloaded(users=2, sessions=4))
def test_engines_agree_on_crowds(world: SmallWorld) -> None:
    """Up to 15 users before 1, 2, 3 servers or none, loaded to a twentieth or threefold."""
    told = both(world)
    event("gave up" if told.gave_up else "walked")
    assert told.gave_up or told.walked == len(world.users)
    assert_same_facts(told.agenda, told.shared)


@settings(max_examples=60)
@given(small_worlds() | small_worlds(quiet=True))
def test_engines_agree_where_only_some_share(world: SmallWorld) -> None:
    told = both(lasting(world))
    event(f"walked some: {told.walked > 0}")
    assert_same_facts(told.agenda, told.shared)


def test_engines_agree_on_a_month_of_an_office() -> None:
    """120 users who come at nine, all kinds of endings, breaks, two servers, maintenance."""
    scenario = Scenario.model_validate(OFFICE)
    office = told(Story(scenario, make_workload(scenario), None))
    assert office.walked == 120
    assert len(office.agenda.sessions.table) > 4_000
    assert office.agenda.logons.table["directory_wait"].max() > MINUTE
    assert_same_facts(office.agenda, office.shared)


OFFICE: dict[str, Any] = {
    "version": 1,
    "name": "office",
    "region": "us-east-1",
    "start": "2026-09-01",
    "horizon": {"months": 1},
    "warm_up": "2 d",
    "prices": {"book": "prices.csv"},
    "directory": {"servers": 2, "service_time": {"exponential": "20 s"}},
    "fleets": {
        "desk": {"bundle": "standard", "running_mode": "AutoStop", "stop_delay": "3 min"},
        "lab": {
            "bundle": "power",
            "running_mode": "AutoStop",
            "autostop_timeout": "2 h",
            "hibernates": False,
            "idle_disconnect_timeout": "1 h",
        },
        "front": {"bundle": "value", "running_mode": "AlwaysOn"},
    },
    "populations": {
        name: {
            "users": 40,
            "fleet": fleet,
            "session_end": session_end,
            "shift": {"start": "09:00", "spread": {"normal": "10 min"}},
            "session_length": {"lognormal": {"mean": "7 h", "cv": 0.5}},
            "breaks": {"lunch": {"at": "12:00", "length": {"exponential": "50 min"}}},
            "endings": {
                "logoff": "40 %",
                "disconnect": "30 %",
                "network-loss": "15 %",
                "left-connected": "15 %",
            },
        }
        for name, fleet, session_end in (
            ("clerks", "desk", "after_work"),
            ("makers", "lab", "fixed_departure"),
            ("hosts", "front", "after_work"),
        )
    },
}
