"""The engine that walks all users at once writes what the readable agenda writes, fact for fact.

Worlds in which it does most of the work, worlds in which it does part of it, and worlds in which it
gives up: a directory so overloaded that every session pushes the next ones along.
"""

from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from hypothesis import event, example, given, settings
from numpy.typing import NDArray

from sim.model import ranks, simulation
from sim.model.world import World
from sim.scenario.schema import Scenario
from sim.units import HOUR, MINUTE
from sim.workload import make_workload
from tests.property.quiet_worlds import crowds, quiet_world
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.unit.stories import KEYS, Facts, Story


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


def assert_agree(told: Told) -> None:
    for schema in KEYS:
        first, second = told.agenda.of(schema).table, told.shared.of(schema).table
        for name in schema.names:
            assert first[name].dtype == second[name].dtype
            assert first[name].tolist() == second[name].tolist(), (schema.name, name)


def test_the_walk_takes_everybody_who_shares_nothing_but_the_directory() -> None:
    """Otherwise the other tests here would compare the agenda with itself."""
    world = quiet_world([[(9 * HOUR, HOUR)], [(9 * HOUR, HOUR)]], directory={"servers": 1})
    told = both(world)
    assert (told.walked, told.gave_up) == (2, False)
    assert_agree(told)


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
    assert_agree(told)


@settings(max_examples=80)
@given(crowds())
@example(overloaded(users=2, sessions=4))
def test_engines_agree_on_crowds(world: SmallWorld) -> None:
    """Up to 15 users before 1, 2, 3 servers or none, loaded to a twentieth or threefold."""
    told = both(world)
    event("gave up" if told.gave_up else "walked")
    assert told.gave_up or told.walked == len(world.users)
    assert_agree(told)


@settings(max_examples=60)
@given(small_worlds())
def test_engines_agree_where_only_some_share(world: SmallWorld) -> None:
    told = both(world)
    event(f"walked some: {told.walked > 0}")
    assert_agree(told)


def test_engines_agree_on_a_month_of_an_office() -> None:
    """120 users who come at nine, all kinds of endings, breaks, two servers, maintenance."""
    scenario = Scenario.model_validate(OFFICE)
    office = told(Story(scenario, make_workload(scenario), None))
    assert office.walked == 120
    assert len(office.agenda.sessions.table) > 4_000
    assert office.agenda.logons.table["directory_wait"].max() > MINUTE
    assert_agree(office)


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
