"""How many people there are: who joins and who leaves, by rates, by growth and by plan.

By *rates* a number of people join and leave per month; by *growth* a part of those who are there
when the month begins. The expected n people of a month are floor(n), and one more with the chance
of the rest; each comes or goes at the local midnight that begins a random work day of the month. A
month is drawn as a whole, whatever part of it lies inside the run; a month without work days sees
nobody come or go by rates or growth.

A *plan* states the headcount from dates on. At the local midnight that begins the date, or when the
run begins if it does so on that date, as many join or leave as are missing or too many; who leaves
is drawn from those who are there. Whoever would join at that instant anyway is one of those who are
planned.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum

import numpy as np

from sim.record import NEVER
from sim.scenario.schema import Scenario
from sim.units import Millis
from sim.workload.calendars import LocalDay, WorkCalendar
from sim.workload.draws import Streams
from sim.workload.streams import Numbers, Stream


class _Kind(IntEnum):
    """What happens, in the order of one instant."""

    LEAVE = 0
    PLAN = 1
    JOIN = 2


@dataclass(frozen=True, order=True)
class _Change:
    """Somebody joins or leaves, or a headcount is due."""

    at: Millis
    kind: _Kind
    chance: float = 0.0
    """Who leaves: a uniform number."""
    day: int = 0
    """Of a headcount: its date, as the streams count days."""
    headcount: int = 0


@dataclass
class _Staff:
    """Everybody so far, by number: when each joins and leaves, and who is there."""

    joins: list[Millis]
    leaves: list[Millis] = field(init=False)
    present: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.leaves = list(self.joins)
        self.present = list(range(len(self.joins)))

    def join(self, at: Millis) -> None:
        self.present.append(len(self.joins))
        self.joins.append(at)
        self.leaves.append(NEVER)

    def leave(self, at: Millis, chance: float) -> None:
        if self.present:
            self.leaves[self.present.pop(int(chance * len(self.present)))] = at


def comings_and_goings(scenario: Scenario, replication: int, name: str) -> tuple[Numbers, Numbers]:
    """Instants of joining and leaving of each user; NEVER for those who were there or stay."""
    population = scenario.populations[name]
    staff = _Staff([NEVER] * population.users)
    if population.gains_people or population.leavers_per_month or population.growth_per_month:
        streams, work = Streams(scenario, replication, name), WorkCalendar.of(scenario, name)
        for first in _months(work):
            for change in _changes(work, streams, name, first, len(staff.present)):
                _carry_out(change, staff, streams)
    return np.array(staff.joins, dtype=np.int64), np.array(staff.leaves, dtype=np.int64)


def _carry_out(change: _Change, staff: _Staff, streams: Streams) -> None:
    match change.kind:
        case _Kind.JOIN:
            staff.join(change.at)
        case _Kind.LEAVE:
            staff.leave(change.at, change.chance)
        case _Kind.PLAN:
            missing = change.headcount - len(staff.present)
            for _ in range(missing):
                staff.join(change.at)
            for chance in streams["headcount"].uniforms(max(0, -missing), day=change.day).tolist():
                staff.leave(change.at, chance)


def _changes(
    work: WorkCalendar, streams: Streams, name: str, first: date, present: int
) -> list[_Change]:
    """What happens inside the run in the month that begins with a date, in order of time.

    Args:
        work: the population's days.
        streams: its random numbers.
        name: its name.
        first: first of the month.
        present: how many were there before it.
    """
    population = work.scenario.populations[name]
    plans = {change.at: change for change in _plans(work, name, first)}
    due = plans.get(_begin(LocalDay(first, work.zone, work.scenario.calendar), work.scenario))
    growth = float(population.growth_per_month) * (present if due is None else due.headcount)
    expected = (
        ("joiners", _Kind.JOIN, float(population.joiners_per_month)),
        ("leavers", _Kind.LEAVE, float(population.leavers_per_month)),
        ("growth", _Kind.JOIN if growth > 0 else _Kind.LEAVE, abs(growth)),
    )
    days = _work_days(work, first)
    drawn = [
        change
        for purpose, kind, people in expected
        if people and days
        for change in _by_rate(streams[purpose], kind, people, days)
        if _is_inside(work.scenario, change.at) and not (kind is _Kind.JOIN and change.at in plans)
    ]
    return sorted([*drawn, *plans.values()])


def _by_rate(
    stream: Stream, kind: _Kind, expected: float, days: list[LocalDay]
) -> Iterator[_Change]:
    key = days[0].date.replace(day=1).toordinal()
    count = int(expected) + bool(stream.uniforms(1, day=key)[0] < expected % 1)
    which_day = stream.uniforms(count, day=key, ordinal=1)
    who = stream.uniforms(count, day=key, ordinal=2)
    for chance, whom in zip(which_day.tolist(), who.tolist(), strict=True):
        yield _Change(days[int(chance * len(days))].begin, kind, whom)


def _plans(work: WorkCalendar, name: str, first: date) -> Iterator[_Change]:
    """The headcounts that are due inside the run and the month."""
    for day, headcount in work.scenario.populations[name].headcount.items():
        if day.replace(day=1) == first:
            local = LocalDay(day, work.zone, work.scenario.calendar)
            at = _begin(local, work.scenario)
            if at < min(local.end, work.scenario.end):
                yield _Change(at, _Kind.PLAN, day=local.number, headcount=headcount)


def _begin(day: LocalDay, scenario: Scenario) -> Millis:
    """When a date begins in the run: east of UTC, midnight of the first is before the run."""
    return max(day.begin, scenario.begin)


def _is_inside(scenario: Scenario, at: Millis) -> bool:
    return scenario.begin <= at < scenario.end


def _months(work: WorkCalendar) -> list[date]:
    """The first of each local calendar month that the run touches."""
    return sorted({day.date.replace(day=1) for day in work.days()})


def _work_days(work: WorkCalendar, first: date) -> list[LocalDay]:
    dates = (first + timedelta(days=number) for number in range(31))
    return [
        LocalDay(day, work.zone, work.scenario.calendar)
        for day in dates
        if day.month == first.month and work.is_work_day(day)
    ]
