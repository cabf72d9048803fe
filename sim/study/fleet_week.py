"""One week of a fleet or pool, desktop by desktop, a quarter of an hour at a time.

A cell is one row in one quarter: the condition that held most of it. What is rare and matters wins
over what is common: a cell in which anything was unhealthy, somebody was turned away, or a desktop
was under maintenance or being made shows that, however short it was.

Rows of a fleet are its desktops, by population, within it by zone where zones met different fates,
and then by how long they were used in the week, the most used first, but those whose client was
left open for more than a day of it last. Rows of a pool are places: an
instance takes the lowest that is free, so that the rows in use are as many as there are instances.
Where there are more than fit, a row stands for several neighbours, which are alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.record import DESKTOPS, INSTANCES, LOGONS, OUTAGES, Outcome, Table
from sim.scenario import Scenario
from sim.study.concurrency import SLOT
from sim.study.conditions import Condition, Ints, Spells
from sim.study.measures import Facts
from sim.study.pools import main_time_zone
from sim.study.states import spells_of
from sim.units import DAY, Millis

MOST_ROWS = 240
"""Rows that a picture of a notebook's height can tell apart."""

REFUSED = len(Condition)
"""Code of a cell in which somebody was turned away."""
NOTHING = -1
"""Code of a cell in which there was no desktop."""

FIRST = (
    Condition.UNHEALTHY,
    REFUSED,
    Condition.MAINTENANCE,
    Condition.REBUILDING,
    Condition.RESTORING,
    Condition.REBOOTING,
    Condition.UPDATING,
)
"""What wins a cell however short it was, the first of these."""


@dataclass(frozen=True)
class FleetWeek:
    """Cells of one week."""

    place: str
    pooled: bool
    first_day: date
    """Monday, by the local clock."""
    time_zone: str
    begin: Millis
    days: Sequence[int]
    """First quarter of each day and the end of the last one; a day of a clock change has 92 or 100.
    """
    cells: NDArray[np.int8]
    """Conditions by code, `REFUSED`, or `NOTHING`; shape (rows, quarters)."""
    each: int
    """Desktops or places that a row stands for; the last one may stand for fewer."""
    number: int
    """Desktops, or most instances at once."""
    groups: Sequence[tuple[str, int, int]]
    """Names of rows that belong together, with the first row and the one after the last."""
    time: Ints
    """Time in each condition over the week, by its code [ms]."""
    turned_away: Ints
    """Attempts that were turned away, by quarter."""

    @property
    def end(self) -> Millis:
        """The end of the last quarter [ms from start]."""
        return self.begin + (self.days[-1] - self.days[0]) * SLOT


def fleet_week(
    scenario: Scenario, users: Table, place: str, facts: Facts, day: date | None = None
) -> FleetWeek:
    """The week of a fleet or pool that holds a day, from Monday on.

    Args:
        scenario: what was run.
        users: table USERS.
        place: name of the fleet or pool.
        facts: the tables.
        day: by the local clock; by default that of the first outage, or else of the first whole
            week in which there is a desktop, or else the first day.

    Raises:
        ValueError: when nothing of that week was measured.
    """
    mine = users["fleet"] == place
    zone = week_zone(users, place)
    monday = _monday(day or _telling_day(scenario, facts, place, zone))
    edges = _edges(scenario, monday, zone)
    begin, end = max(edges[0], 0), min(edges[-1], scenario.end)
    if begin >= end:
        told = (scenario.calendar.isoformat(at)[:10] for at in (0, scenario.end - 1))
        raise ValueError(f"expected a week of {' to '.join(told)}, got that of {monday}")
    spells = spells_of(scenario, place, facts, begin, end)
    pooled = place in scenario.pools
    rows = _places(spells) if pooled else _by_use(facts, users, place, spells)
    turned = _refusals(facts, rows, users["user"][mine], (begin, end))
    slots = (edges[-1] - edges[0]) // SLOT
    # A row for each, as long as they fit; else every row for as many.
    each = max(1, -(-len(rows.order) // MOST_ROWS))
    cells = _cells(spells, rows, turned, each=each, slots=slots, begin=edges[0])
    return FleetWeek(
        place=place,
        pooled=pooled,
        first_day=monday,
        time_zone=zone.key,
        begin=edges[0],
        days=[(edge - edges[0]) // SLOT for edge in edges],
        cells=cells,
        each=each,
        number=len(rows.order),
        groups=[(name, first // each, -(-last // each)) for name, first, last in rows.groups],
        time=spells.time(),
        turned_away=np.bincount((turned[1] - edges[0]) // SLOT, minlength=slots),
    )


# --- when


def week_zone(users: Table, place: str) -> ZoneInfo:
    """The clock of most people of a fleet or pool."""
    return ZoneInfo(main_time_zone(users["time_zone"][users["fleet"] == place]))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _telling_day(scenario: Scenario, facts: Facts, place: str, zone: ZoneInfo) -> date:
    """A day of the week that shows most: of the first outage, or else of the first whole week."""
    outages = facts.columns(OUTAGES, "begin")["begin"]
    measured = outages[(outages >= 0) & (outages < scenario.end)]
    if len(measured):
        return scenario.calendar.instant(int(measured.min())).astimezone(zone).date()
    first = scenario.calendar.instant(_first(scenario, facts, place)).astimezone(zone)
    behind = first.date() + timedelta(days=-first.weekday() % 7)
    if first.time() != first.time().min and first.weekday() == 0:
        behind += timedelta(days=7)
    end = scenario.calendar.instant(scenario.end).astimezone(zone).date()
    return behind if behind + timedelta(days=7) <= end else first.date()


def _first(scenario: Scenario, facts: Facts, place: str) -> Millis:
    """When the first desktop or instance is there, in the measured time."""
    if place in scenario.pools:
        table = facts.columns(INSTANCES, "pool", "requested")
        at = table["requested"][table["pool"] == list(scenario.pools).index(place)]
    else:
        desktops = facts.columns(DESKTOPS, "fleet", "created")
        at = desktops["created"][desktops["fleet"] == place]
    first = int(at.min()) if len(at) else 0
    return first if 0 <= first < scenario.end else 0


def _edges(scenario: Scenario, monday: date, zone: ZoneInfo) -> list[Millis]:
    """The eight midnights of a week, by the local clock, on full quarters of UTC [ms]."""
    found = []
    for number in range(8):
        day = monday + timedelta(days=number)
        at = scenario.calendar.millis(datetime(day.year, day.month, day.day, tzinfo=zone))
        found.append(at // SLOT * SLOT)
    return found


# --- rows


@dataclass(frozen=True)
class _Rows:
    """Which row is whose."""

    order: NDArray[Any]
    """Row of the picture of each subject, or place, from the top: subject by row."""
    of_spell: Ints
    """Row of each spell, before rows are put together."""
    groups: Sequence[tuple[str, int, int]]
    desktops: bool = True
    """Whether subjects are desktops; else they are places, which are nobody's."""


def _by_use(facts: Facts, users: Table, place: str, spells: Spells) -> _Rows:
    """A row for each desktop that is there: by population, zone, and time at work."""
    desktops = facts.columns(DESKTOPS, "desktop", "user", "fleet", "zone")
    mine = desktops["fleet"] == place
    code, owner, zone = (desktops[name][mine] for name in ("desktop", "user", "zone"))
    seen = np.isin(code, spells.subject)
    code, owner, zone = code[seen], owner[seen], zone[seen]
    population = users["population"][owner].astype(str)
    wide = int(code.max(initial=0)) + 1
    used, open_left = (
        np.bincount(spells.subject[mine], spells.length[mine], wide)[code]
        for mine in (spells.condition == c for c in (Condition.CONNECTED, Condition.LEFT_OPEN))
    )
    forgotten = np.where(open_left > DAY, open_left, 0)
    lost = np.unique(spells.subject[spells.condition == Condition.UNHEALTHY])
    apart = len(lost) > 0
    zone = zone.astype(str) if apart else np.full(len(code), "")
    order = np.lexsort((code, -used, forgotten, zone, population))
    row = np.full(wide, -1)
    row[code[order]] = np.arange(len(order))
    names = np.char.add(population, np.where(zone == "", "", np.char.add(", ", zone)))
    return _Rows(code[order], row[spells.subject], _groups(names[order]))


def _groups(names: NDArray[Any]) -> list[tuple[str, int, int]]:
    """Runs of one name: name, first row, and the one after the last."""
    starts = np.flatnonzero(names[1:] != names[:-1]) + 1
    edges = [0, *starts.tolist(), len(names)] if len(names) else []
    return [(str(names[first]), first, last) for first, last in pairwise(edges)]


def _places(spells: Spells) -> _Rows:
    """A row for each place: an instance takes the lowest that is free when it is asked for."""
    subject, first = np.unique(spells.subject, return_index=True)
    last = np.append(first[1:], len(spells.subject))[: len(first)] - 1
    begin, end = spells.begin[first], spells.end[last]
    row = np.zeros(len(subject), dtype=np.int64)
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    most = 0
    for number in np.lexsort((subject, begin)).tolist():
        while busy and busy[0][0] <= begin[number]:
            heappush(free, heappop(busy)[1])
        if not free:
            heappush(free, most)
            most += 1
        row[number] = heappop(free)
        heappush(busy, (int(end[number]), int(row[number])))
    # The lowest place is the lowest row, so that what is there rises from the foot.
    of_spell = most - 1 - row[np.searchsorted(subject, spells.subject)]
    return _Rows(np.arange(most), of_spell, [], desktops=False)


Turned = tuple[Ints, Ints]
"""Rows and instants [ms] of attempts that were turned away, row -1 where it has none.

A row is that of the desktop which the attempt was for: who got a new one had two.
"""


def _refusals(
    facts: Facts, rows: _Rows, people: NDArray[Any], window: tuple[Millis, Millis]
) -> Turned:
    """Attempts of some people that were turned away in a window."""
    logons = facts.columns(LOGONS, "user", "desktop", "done", "outcome")
    here = (
        (logons["outcome"] == Outcome.REFUSED)
        & (logons["done"] >= window[0])
        & (logons["done"] < window[1])
        & np.isin(logons["user"], people)
    )
    desktop, at = logons["desktop"][here], logons["done"][here]
    if not rows.desktops:
        return np.full(len(at), -1), at
    # The last entry is for code -1, an attempt without a desktop.
    wide = int(max(desktop.max(initial=0), rows.order.max(initial=0))) + 2
    row = np.full(wide, -1)
    row[rows.order] = np.arange(len(rows.order))
    return row[desktop], at


# --- cells


def _cells(
    spells: Spells, rows: _Rows, turned: Turned, *, each: int, slots: int, begin: Millis
) -> NDArray[np.int8]:
    """The code of each cell."""
    count = -(-len(rows.order) // each)
    if not count:
        return np.empty((0, slots), dtype=np.int8)
    row = rows.of_spell // each
    first, last = spells.begin - begin, spells.end - begin
    size = np.bincount(np.arange(len(rows.order)) // each, minlength=count)[:, None]
    whole = size * SLOT
    spent = np.zeros((len(Condition), count, slots), dtype=np.float32)
    for code in np.unique(spells.condition).tolist():
        mine = spells.condition == code
        spent[code] = _time(row[mine], first[mine], last[mine], (count, slots))
    nothing = np.maximum(whole - spent.sum(axis=0), 0)
    most = np.argmax(spent, axis=0)
    held = np.take_along_axis(spent, most[None], axis=0)[0]
    cells = np.where(held >= nothing, most, NOTHING).astype(np.int8)
    where, at = turned
    seen = where >= 0
    away = np.zeros((count, slots), dtype=np.bool_)
    away[where[seen] // each, (at[seen] - begin) // SLOT] = True
    for code in reversed(FIRST):
        cells[away if code == REFUSED else spent[code] > 0] = code
    return cells


def _time(row: Ints, first: Ints, last: Ints, shape: tuple[int, int]) -> NDArray[np.float32]:
    """How long spans last in each cell [ms].

    A span fills the quarters between its first and its last one; only in these two it has a part.
    """
    rows, slots = shape
    begins, ends = first // SLOT, (last - 1) // SLOT
    flat = rows * (slots + 1)
    base = row * (slots + 1)
    steps = np.bincount(base + begins, minlength=flat) - np.bincount(base + ends, minlength=flat)
    filled = steps.reshape(rows, slots + 1).cumsum(axis=1)[:, :slots] * float(SLOT)
    # Counted from the quarter in which it begins to the one before that in which it ends.
    before, upto = first - begins * SLOT, last - ends * SLOT
    filled += np.bincount(base + ends, upto, flat).reshape(rows, slots + 1)[:, :slots]
    filled -= np.bincount(base + begins, before, flat).reshape(rows, slots + 1)[:, :slots]
    return filled.astype(np.float32)
