"""Laws of clients that reconnect by themselves (F11): when they do, and what ends the wait.

In these worlds nothing breaks but streaming.
"""

from collections import defaultdict
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.record import LOGONS, NEVER, Cause, SessionOutcome
from sim.scenario.schema import Scenario
from sim.units import Millis
from tests.property.broken_worlds import outages
from tests.property.small_pools import small_pools
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.property.test_outage_laws import engines, facts_of, rows
from tests.unit.stories import Engine, Facts

unruly = settings(max_examples=60)
BEFORE = LOGONS.names[LOGONS.names.index("network_check") : LOGONS.names.index("desktop_wait")]
"""Stages up to the request, which a client that reconnects does not pass."""
WAITS = st.sampled_from([0, 60_000, 3_600_000])


@st.composite
def silent_worlds(draw: st.DrawFn) -> SmallWorld:
    """A world of desktops or of pools in which streaming is lost."""
    world: SmallWorld = draw(small_pools() | small_worlds())
    patient = [row | {"patience": row["patience"] + draw(WAITS)} for row in world.sessions]
    world = replace(world, sessions=patient)
    happening = draw(st.lists(outages(world, ("streaming",)), min_size=1, max_size=3))
    return replace(world, written=world.written | {"outages": happening})


def returns(facts: Facts, at: Millis) -> Millis:
    """When streaming, lost at an instant, is there again: nothing holds it any more."""
    for row in rows(facts.outages.table):
        if row["begin"] <= at < row["end"]:
            return returns(facts, row["end"])
    return at


def windows(scenario: Scenario, facts: Facts) -> list[Millis]:
    """The reconnect window of each user's fleet or pool."""
    fleets = facts.story.workload.users["fleet"].tolist()
    return [scenario.served_by[name].reconnect_window for name in fleets]


def owns(facts: Facts, user: int, at: Millis) -> bool:
    """Whether a user of a fleet has a desktop just before an instant; a pool's user needs none."""
    scenario, users = facts.story.scenario, facts.story.workload.users
    if users["fleet"][user] in scenario.pools:
        return True
    return any(
        row["created"] < at and (row["deleted"] == NEVER or row["deleted"] >= at)
        for row in rows(facts.desktops.table)
        if row["user"] == user
    )


def departure_of(facts: Facts, session: dict[str, Any]) -> float:
    """The fixed departure of a session; never without one."""
    users, scenario = facts.story.workload.users, facts.story.scenario
    people = scenario.populations[users["population"][session["user"]]]
    fixed = people.session_end == "fixed_departure"
    return session["arrival"] + session["planned"] if fixed else float("inf")


@unruly
@given(silent_worlds(), engines)
def test_a_client_reconnects_at_the_return_of_streaming_or_its_user_is_on_their_own(
    world: SmallWorld, engine: Engine
) -> None:
    """Nothing is asked for while it waits; a request without authentication at the return inside
    the window; else who has neither patience nor time is cut, and all others try again."""
    facts, scenario = facts_of(world, engine), world.scenario
    attempts = defaultdict[int, list[dict[str, Any]]](list)
    for row in rows(facts.logons.table):
        attempts[row["session"]].append(row)
    sessions = {row["session"]: row for row in rows(facts.sessions.table)}
    plan = facts.story.workload.plan
    for cut in rows(facts.interruptions.table):
        window = windows(scenario, facts)[cut["user"]]
        if cut["cause"] != Cause.STREAMING_OUTAGE or not window:
            continue
        if not owns(facts, cut["user"], returns(facts, cut["at"])):
            continue
        session, number = sessions[cut["session"]], cut["session"]
        later = [row for row in attempts[number] if row["arrival"] > cut["at"]]
        patience = cut["at"] + int(plan["patience"][number])
        departure = departure_of(facts, session)
        back, over = returns(facts, cut["at"]), cut["at"] + window
        last = min(over, patience)
        if back <= last and back < departure:
            if back < scenario.end:
                assert later[0]["arrival"] == back
                assert not any(later[0][stage] for stage in BEFORE)
        elif departure <= last or patience < over:
            assert not later
            if min(departure, last) < scenario.end:
                assert (session["outcome"], session["ended"]) == (SessionOutcome.CUT, cut["at"])
        else:
            again = over + max(1, int(plan["retry_after"][number]))
            assert all(row["arrival"] >= again for row in later)


@unruly
@given(silent_worlds(), engines)
def test_without_a_window_everybody_tries_again_as_after_any_interruption(
    world: SmallWorld, engine: Engine
) -> None:
    off = {
        part: {name: spec | {"reconnect_window": "0 s"} for name, spec in served.items()}
        for part, served in world.written.items()
        if part in ("fleets", "pools")
    }
    facts = facts_of(replace(world, written=world.written | off), engine)
    attempts = defaultdict[int, list[Millis]](list)
    for row in rows(facts.logons.table):
        attempts[row["session"]].append(row["arrival"])
    retry = facts.story.workload.plan["retry_after"]
    for cut in rows(facts.interruptions.table):
        later = [at for at in attempts[cut["session"]] if at > cut["at"]]
        assert not later or later[0] == cut["at"] + max(1, int(retry[cut["session"]]))
