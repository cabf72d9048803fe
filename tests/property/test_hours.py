"""Laws of an hour minute by minute: everybody who came is somewhere, once, whatever breaks."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.record import INTERRUPTIONS, LOGONS, NEVER, SESSIONS
from sim.study.replay import PLACES, replay
from sim.units import HOUR, MINUTE
from tests.property.broken_worlds import broken_worlds
from tests.property.small_pools import small_pools
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.property.test_outage_measures import Kept, told, unruly
from tests.unit.stories import Facts

worlds = st.one_of(broken_worlds(), small_worlds(), small_pools(crowded=True))


def hours(facts: Facts, end: int) -> list[int]:
    """Beginnings of some hours in which something happens."""
    busy = {int(at) // HOUR * HOUR for at in facts.recorded(SESSIONS)["arrival"]}
    cuts = {int(at) // HOUR * HOUR - HOUR // 2 for at in facts.recorded(INTERRUPTIONS)["at"]}
    return sorted(at for at in busy | cuts if 0 <= at < end)[:6]


@unruly
@given(worlds)
def test_everybody_who_came_is_in_exactly_one_place(world: SmallWorld) -> None:
    scenario, facts = told(world)
    for begin in hours(facts, scenario.end):
        found = replay(Kept(facts), begin, scenario.end)
        together = np.sum(list(found.people.values()), axis=0)
        assert together.tolist() == found.came.tolist()
        assert min(int(line.min()) for line in found.people.values()) >= 0
        assert (np.diff(found.came) >= 0).all()


@unruly
@given(worlds)
def test_who_comes_and_goes_makes_the_number_on_the_way(world: SmallWorld) -> None:
    """On the way at the end of a minute = at the end of the one before + who came - who got in
    - who gave up."""
    scenario, facts = told(world)
    for begin in hours(facts, scenario.end):
        found = replay(Kept(facts), begin, scenario.end)
        flows = found.flows
        change = (flows.arriving - flows.connected - flows.gave_up)[1:]
        assert np.diff(found.on_the_way).tolist() == change.tolist()


@unruly
@given(worlds)
def test_attempts_are_where_their_stages_say(world: SmallWorld) -> None:
    """Attempt by attempt, stage by stage, at the end of a minute."""
    scenario, facts = told(world)
    table = facts.recorded(LOGONS)
    for begin in hours(facts, scenario.end)[:2]:
        found = replay(Kept(facts), begin, scenario.end)
        for minute in (0, 7, 59):
            at = begin + (minute + 1) * MINUTE - 1
            counts = dict.fromkeys(PLACES, 0)
            for row in range(len(table)):
                reached, done = int(table["arrival"][row]), int(table["done"][row])
                for place, stages in PLACES.items():
                    upto = reached + sum(int(table[stage][row]) for stage in stages)
                    last = upto if done == NEVER else min(upto, done)
                    counts[place] += reached <= at < last
                    reached = upto
            assert counts == {place: int(found.people[place][minute]) for place in PLACES}
