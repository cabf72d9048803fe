"""Laws of the measures of outages: every minute is somewhere, once, whatever breaks."""

from typing import Any

import numpy as np
from hypothesis import given, settings

from sim.record import INTERRUPTIONS, NEVER, SESSIONS, Cause
from sim.scenario.schema import Scenario
from sim.study.losses import INTERRUPTED, WAITED, WAYS, Loss
from sim.study.measures import connected_users
from sim.study.outage_times import PROVIDER
from sim.study.run import Measures, fixed_departure, measure
from sim.study.service import Service
from sim.study.uptime import service_uptime
from sim.study.work import Work
from tests.property.broken_worlds import broken_worlds
from tests.property.quiet_worlds import undisturbed
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.unit.stories import Facts, Story

unruly = settings(max_examples=30)


class Kept:
    """The facts of a story, read as a store reads them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def columns(self, schema: Any, *names: str) -> dict[str, Any]:
        table = self._facts.recorded(schema)
        return {name: table[name] for name in names or schema.names}


def told(world: SmallWorld) -> tuple[Scenario, Facts]:
    story = Story(world.scenario, world.workload, None)
    return story.scenario, story.run(None)


def measured(world: SmallWorld) -> tuple[Measures, Facts]:
    scenario, facts = told(world)
    workload = facts.story.workload
    return measure(scenario, workload.users, workload.clients, Kept(facts)), facts


def worked(facts: Facts, end: int) -> int:
    """Time at work inside the run's measured part, from connection to interruption, one by one."""
    cuts: dict[int, list[tuple[int, int]]] = {}
    table = facts.recorded(INTERRUPTIONS)
    for session, at, back in zip(
        *(table[n].tolist() for n in ("session", "at", "back")), strict=True
    ):
        cuts.setdefault(session, []).append((at, back))
    whole = 0
    sessions = facts.recorded(SESSIONS)
    columns = (sessions[name].tolist() for name in ("session", "connected", "ended"))
    for session, connected, ended in zip(*columns, strict=True):
        if connected == NEVER:
            continue
        at, last = connected, end if ended == NEVER else ended
        for cut, back in sorted(cuts.get(session, [])):
            whole += max(0, min(cut, end) - max(at, 0))
            at = last if back == NEVER else back
        whole += max(0, min(last, end) - max(at, 0))
    return whole


# --- minutes


@unruly
@given(broken_worlds())
def test_every_planned_minute_is_delivered_or_lost_to_something(world: SmallWorld) -> None:
    """after_work: planned = delivered + lost; fixed_departure: planned = delivered + waited + lost;
    session by session, to the millisecond, and no part of it below 0."""
    scenario, facts = told(world)
    users = facts.story.workload.users
    work = Work.of(Kept(facts), fixed_departure(scenario, users), scenario.end)
    account = work.minutes
    parts = account.delivered + account.interrupted + account.unfinished
    assert (account.planned == parts + np.where(work.departs, account.waited, 0)).all()
    for part in (account.planned, account.delivered, account.interrupted, account.unfinished):
        assert (part >= 0).all()
    assert int(account.delivered.sum()) == worked(facts, scenario.end)
    in_gaps = np.bincount(work.gaps.row, work.in_gaps, len(account.planned))
    assert (in_gaps == account.interrupted).all()


@unruly
@given(broken_worlds())
def test_losses_by_cause_add_up_to_what_was_lost(world: SmallWorld) -> None:
    """Over all people, over the fleets together, and over the months together."""
    found, _ = measured(world)
    lost = found.delivered.planned - found.delivered.delivered
    assert sum(loss.time for loss in found.service.losses) == lost
    assert all(loss.time > 0 for loss in found.service.losses)
    assert _together([fleet.losses for fleet in found.fleets]) == found.service.losses
    assert _together([month.losses for month in found.service.months]) == found.service.losses
    assert sum(f.delivered.planned for f in found.fleets) == found.delivered.planned
    assert sum(m.delivered.planned for m in found.service.months) == found.delivered.planned


def _together(parts: list[list[Loss]]) -> list[Loss]:
    """Losses of several groups of people as one list, in the order of a list of losses."""
    sums: dict[tuple[str, str], int] = {}
    for loss in (loss for part in parts for loss in part):
        sums[loss.way, loss.cause] = sums.get((loss.way, loss.cause), 0) + loss.time
    order = sorted(sums, key=lambda key: (WAYS.index(key[0]), -sums[key], key[1]))
    return [Loss(way, cause, sums[way, cause]) for way, cause in order]


@unruly
@given(broken_worlds())
def test_what_outages_took_is_among_what_was_lost(world: SmallWorld) -> None:
    """Each loss that has an outage's cause belongs to an outage."""
    found, _ = measured(world)
    causes = {one.outage.cause.label for one in found.service.outages} - {Cause.NONE.label}
    took = sum(one.lost for one in found.service.outages)
    assert took == _with(found.service.losses, causes)


def _with(losses: list[Loss], causes: set[str]) -> int:
    return sum(loss.time for loss in losses if loss.cause in causes)


@unruly
@given(broken_worlds())
def test_people_connected_over_time_are_the_minutes_delivered(world: SmallWorld) -> None:
    """Little's law on the path: who is interrupted is not connected meanwhile."""
    scenario, facts = told(world)
    users = facts.story.workload.users
    work = Work.of(Kept(facts), fixed_departure(scenario, users), scenario.end)
    steps = connected_users(work.sessions, scenario.end, work.gaps)
    assert (steps.level >= 0).all()
    whole = int(steps.integral(np.array([0, scenario.end]))[0])
    assert whole == int(work.minutes.delivered.sum())


@unruly
@given(broken_worlds())
def test_interruptions_end_in_return_in_giving_up_or_with_the_run(world: SmallWorld) -> None:
    found, _ = measured(world)
    mine = found.service.interrupted
    assert mine.number == sum(mine.causes.values())
    assert 0 <= mine.returned.part <= mine.returned.whole <= mine.number
    assert mine.away.count == mine.returned.part
    gaps = sum(loss.time for loss in found.service.losses if loss.way == INTERRUPTED)
    assert gaps <= mine.time


# --- uptime


@unruly
@given(broken_worlds())
def test_time_not_usable_is_part_of_the_time_due(world: SmallWorld) -> None:
    """Causes do not overlap, and whole intervals fit into what the provider's outages took."""
    found, _ = measured(world)
    provider = {cause.label for cause in PROVIDER}
    for row in found.service.uptime:
        assert all(time > 0 for time in row.lost.values())
        assert 0 <= row.usable <= row.due
        assert 0 <= row.failed <= sum(row.lost.get(cause, 0) for cause in provider)
        assert row.failed <= row.promised <= row.due


@unruly
@given(broken_worlds())
def test_who_is_back_is_back_after_the_outage_began(world: SmallWorld) -> None:
    found, _ = measured(world)
    for one in found.service.outages:
        assert (one.recovered >= 0).all()
        assert one.interrupted <= one.people
        assert len(one.recovered) + one.missing >= one.people
        if one.time_to_recover is not None:
            assert one.time_to_recover == one.recovered.max()


# --- exactly 1


@unruly
@given(small_worlds(quiet=True).map(undisturbed))
def test_without_trouble_every_measure_is_exactly_one(world: SmallWorld) -> None:
    """No faults, maintenance, limits, refusals or delays."""
    found, _ = measured(world)
    service: Service = found.service
    for ratio in (
        found.logon_success,
        found.attempt_success,
        found.delivered.ratio,
        service_uptime(service.uptime),
        *(month.delivered.ratio for month in service.months),
    ):
        assert ratio.value in (None, 1)
        assert ratio.part == ratio.whole
    assert service.losses == []
    assert service.outages == []
    assert WAITED not in {loss.way for loss in service.losses}
