"""Pools of two models written apart from the same rules: the same facts, to the millisecond.

First some stories, reckoned by hand, about instants at which several things happen; then worlds
that nobody has reckoned.
"""

from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings

from benchmarks.call_centre import call_centre
from benchmarks.textbook import simulate_textbook
from sim.model import Engine, simulate
from sim.policy import Observation
from sim.record import LOGONS, Outcome, Table
from sim.storage import FactStore
from sim.workload import make_workload
from tests.property.compared import compare
from tests.property.small_pools import small_pools
from tests.property.small_worlds import SmallWorld
from tests.unit.stories import Facts, Story, expect, tell


def by_twin(world: SmallWorld | Story) -> FactStore[Table]:
    store = FactStore[Table]()
    simulate_textbook(world.scenario, world.workload, store)
    return store


def by_model(world: SmallWorld | Story, engine: Engine | None = "agenda") -> FactStore[Table]:
    store = FactStore[Table]()
    simulate(world.scenario, world.workload, store, engine=engine)
    return store


def by_both(plan: str, **told: Any) -> Facts:
    """What the twin makes of a story, and the model too."""
    story = tell(plan, **told)
    twins = by_twin(story)
    compare(by_model(story), twins)
    return Facts(story, twins)


ONE = {"maximum": 1, "admission": "queue", "after_session": "keep", "disconnect_timeout": "15 min"}
"""One instance that is kept, and a line before it."""


def test_a_place_that_frees_when_patience_ends_is_taken() -> None:
    """Ann logs off at 10:00. Bob came at 09:30 and waits 30 min, to 10:00; Cal 29 min longer."""
    day = by_both(
        """
        user  arrival  connected  ending  patience
        ann   09:00    1 h        logoff  30 min
        bob   09:30    1 h        logoff  30 min
        cal   09:31    1 h        logoff  58 min
        """,
        pool=ONE,
    )
    expect(
        day.logons,
        """
        user  arrival  desktop_wait  done   outcome    cause
        ann   09:00    0 s           09:00  connected  none
        bob   09:30    30 min        10:00  connected  none
        cal   09:31    58 min        10:29  abandoned  patience
        """,
    )


def test_who_departs_when_a_place_frees_is_gone() -> None:
    """Bob's shift of 30 min ends at 10:00, when Ann logs off; Cal, behind him, gets the place."""
    day = by_both(
        """
        user  arrival  connected  ending  patience
        ann   09:00    1 h        logoff  30 min
        bob   09:30    30 min     logoff  30 min
        cal   09:40    1 h        logoff  30 min
        """,
        pool=ONE,
        people={"session_end": "fixed_departure"},
    )
    expect(
        day.logons,
        """
        user  arrival  desktop_wait  done   outcome    cause
        ann   09:00    0 s           09:00  connected  none
        bob   09:30    30 min        10:00  abandoned  departure
        cal   09:40    20 min        10:00  connected  none
        """,
    )


def test_a_request_at_the_disconnect_timeout_comes_too_late() -> None:
    """Both disconnect at 10:00, so their sessions end at 10:15. Ann's request comes a millisecond
    before that, Bob's at it: his instance has been replaced by one that is there at 10:25."""
    day = by_both(
        """
        user  arrival       connected  ending
        ann   09:00         1 h        disconnect
        ann   10:14:59.999  1 h        logoff
        bob   09:00         1 h        disconnect
        bob   10:15         1 h        logoff
        """,
        pool={"minimum": 2, "provisioning": "10 min", "disconnect_timeout": "15 min"},
        people={"patience": "0 s"},
    )
    expect(
        day.user_sessions,
        """
        user  instance  begin  connected  end           cause
        ann   0         09:00  09:00      11:14:59.999  none
        bob   1         09:00  09:00      10:15         disconnect-timeout
        """,
    )
    expect(
        day.instances,
        """
        instance  requested     available     used   terminated    cause
        0         00:00         00:00         09:00  11:14:59.999  session-over
        1         00:00         00:00         09:00  10:15         session-over
        2         10:15         10:25         -      -             none
        3         11:14:59.999  11:24:59.999  -      -             none
        """,
    )


def test_the_minute_sees_what_was_just_before_it() -> None:
    """Ann and Bob come at 09:05 exactly, so the minute [09:04, 09:05) has nobody active and the one
    after it 2 of 2: 100 % are over the 75 % of one period at 09:06. Needed are 2 / 0.75, so 3."""
    alarm = {"target_tracking": {"utilization": "75 %", "out_periods": 1, "scale_in": False}}
    day = by_both(
        """
        user  arrival  connected  ending
        ann   09:05    1 h        logoff
        bob   09:05    1 h        logoff
        """,
        pool={"minimum": 2, "maximum": 4, "provisioning": "10 min", "scaling": [alarm]},
        horizon="10 h",
    )
    expect(
        day.scaling,
        """
        at     source           before  after
        09:06  target-tracking  2       3
        """,
    )


def test_all_that_is_due_at_an_instant_makes_one_decision() -> None:
    """At 09:00 an edit lowers the maximum to 1 and an action raises the minimum to 2: target 2, as
    before. Nobody is taken away for the first and requested for the second."""
    action = {"schedule": {"at": "2026-09-01T09:00Z", "minimum": 2}}
    day = by_both(
        "",
        pool={
            "minimum": 2,
            "edit_delay": "2 min",
            "edits": [{"at": "2026-09-01T08:58Z", "maximum": 1}],
            "scaling": [action],
        },
    )
    expect(day.scaling, "at  before  after")
    expect(
        day.instances,
        """
        instance  requested  terminated
        0         00:00      -
        1         00:00      -
        """,
    )


def test_the_end_of_a_user_session_is_one_occasion_to_launch() -> None:
    """Three to spare and two addresses: at 00:00 one of 3 is missing, at 09:00, with Ann there, two
    of 4. At 10:00 her instance is replaced, and one of 3 is missing again: it is counted once."""
    day = by_both(
        """
        arrival  connected  ending
        09:00    1 h        logoff
        """,
        pool={
            "minimum": 0,
            "provisioning": "10 min",
            "launch_retry": "1 d",
            "scaling": [{"spare": {"sessions": 3}}],
        },
        zones={"a": {"ip_addresses": 2}},
    )
    expect(
        day.launch_failures,
        """
        at     instances  cause
        00:00  1          no-address
        09:00  2          no-address
        10:00  1          no-address
        """,
    )


@pytest.mark.parametrize("engine", ["agenda", None])
@settings(max_examples=150)
@given(world=small_pools())
def test_model_and_twin_write_the_same_facts(engine: Engine | None, world: SmallWorld) -> None:
    compare(by_model(world, engine), by_twin(world))


@settings(max_examples=40)
@given(world=small_pools(crowded=True))
def test_model_and_twin_agree_about_crowds(world: SmallWorld) -> None:
    compare(by_model(world), by_twin(world))


def test_model_and_twin_agree_about_the_call_centre_of_the_benchmarks() -> None:
    scenario = call_centre(60)
    story = Story(scenario, make_workload(scenario), None)
    twins = by_twin(story)
    assert (twins.table(LOGONS)["outcome"] == Outcome.REFUSED).sum() > 100
    compare(by_model(story), twins)


@settings(max_examples=40)
@given(world=small_pools())
def test_policies_of_both_see_the_same(world: SmallWorld) -> None:
    """A function of the user's own that keeps what it is shown, and asks for now this, now that."""
    spied = {"policy": {"function": "spy:decide", "every": "1 min"}}
    pools = {
        name: pool | {"scaling": [*pool["scaling"], spied]}
        for name, pool in world.written["pools"].items()
    }
    world = replace(world, written=world.written | {"pools": pools})
    shown: list[list[tuple[Any, ...]]] = []
    for simulated in (by_model, by_twin):
        seen: list[tuple[Any, ...]] = []
        shown.append(seen)

        def decide(observation: Observation, seen: list[tuple[Any, ...]] = seen) -> int:
            seen.append(
                (
                    observation.instant,
                    observation.minimum,
                    observation.maximum,
                    observation.target,
                    observation.sessions_per_instance,
                    *observation.minutes,
                )
            )
            return observation.minute_of_day % 7

        with mock.patch("sim.model.scaling.own_function", return_value=decide):
            simulated(world)
    assert shown[0] == shown[1]
    assert shown[0]
