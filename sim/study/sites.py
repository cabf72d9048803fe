"""How full the network link of each site was, and who got less than they needed.

A link is a fluid: everybody connected through it needs a steady rate, what they need together is
the demand, and while that is above the usable capacity the link is *saturated* and everybody on it
gets the same share of their need, usable capacity over demand. Bursts are in the usable share of
the capacity and not in a queue: the traffic of desktops is self-similar, so that a queue with
Poisson input would promise far too little delay.

Left out: what a starved stream does to its user. Nobody leaves for it, and no session is cut.

Source: rates and the usable share, see `sim.scenario.sites` and `Population.bandwidth`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, SESSIONS, Table
from sim.scenario import Scenario
from sim.study.concurrency import Peak, Steps
from sim.study.days import Line, days_of_24_hours, fullest, line_of_day
from sim.study.measures import Facts
from sim.study.pools import main_time_zone
from sim.study.work import Work
from sim.units import Millis

NOWHERE = -1
"""Code of clients that stream through no site's link."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Streams:
    """Times in which somebody streams through one link, from `begin` to before `end`.

    A gap in a session is a time with the factor -1: the same time of its session is taken back.
    """

    begin: Ints
    end: Ints
    factor: Ints
    population: Ints
    """Whose they are, by position in `Scenario.populations`."""


@dataclass(frozen=True)
class Through:
    """The people of one population who stream through a site's link, inside the window."""

    population: str
    connected: Millis
    """Time in which they were connected, added up over people [person-ms]."""
    short: Millis
    """The part of it in which they got less than they needed: the link was saturated."""


@dataclass(frozen=True)
class Day:
    """The day with the highest demand, by the clock of most of the link's people."""

    date: str
    """Local date, `2026-09-07`."""
    time_zone: str
    demand: Line
    """What was needed over the day [kbit/s]."""
    saturated: Millis
    """Time of the day in which that was above the usable capacity."""


@dataclass(frozen=True)
class SiteUse:
    """How full the link of one site was over the window; rates in kbit/s."""

    site: str
    capacity: int
    usable: int
    peak: Peak
    """The highest demand, and when first."""
    mean: float
    """Mean demand."""
    saturated: Millis
    """Time in which the demand was above the usable capacity."""
    people: list[Through]
    """Populations with clients at the site, in order of the file."""
    day: Day | None
    """None where nobody streamed, or no day has 24 hours."""

    @property
    def least(self) -> float:
        """The least share of their need that people got."""
        return self.usable / max(self.usable, self.peak.count)

    @property
    def connected(self) -> Millis:
        """Time of all its people together."""
        return sum(one.connected for one in self.people)

    @property
    def short(self) -> Millis:
        """The part of that in which they got less than they needed."""
        return sum(one.short for one in self.people)


def by_site(
    scenario: Scenario, users: Table, clients: Sequence[str], facts: Facts, work: Work
) -> list[SiteUse]:
    """A row for each site in the order of the file; sessions name their client by its place."""
    if not scenario.sites:
        return []
    columns = facts.columns(SESSIONS, "user", "client")
    population = _population_of(scenario, users)
    site = _places(scenario, clients)[population[columns["user"]], columns["client"]]
    found = []
    for code, name in enumerate(scenario.sites):
        rows = np.flatnonzero(site == code)
        streams = streams_of(work, rows, population[columns["user"][rows]], scenario.end)
        zones = users["time_zone"][np.unique(columns["user"][rows])]
        found.append(site_use(scenario, name, streams, main_time_zone(zones)))
    return found


def streams_of(work: Work, rows: Ints, population: Ints, end: Millis) -> Streams:
    """When people streamed in some sessions, inside `[0, end)`.

    Args:
        work: of all sessions.
        rows: which sessions, ascending.
        population: whose each of them is.
        end: end of the window.
    """
    begin, ended = work.sessions["connected"][rows], work.sessions["ended"][rows]
    started = begin != NEVER
    of_gap = np.searchsorted(rows, work.gaps.row)
    mine = np.append(rows, -1)[of_gap] == work.gaps.row
    return Streams(
        begin=np.concatenate([begin[started], work.gaps.begin[mine]]).clip(0, end),
        end=np.concatenate(
            [np.where(ended == NEVER, end, ended)[started], work.gaps.end[mine]]
        ).clip(0, end),
        factor=np.repeat([1, -1], [int(started.sum()), int(mine.sum())]),
        population=np.concatenate([population[started], population[of_gap[mine]]]),
    )


def site_use(scenario: Scenario, name: str, streams: Streams, time_zone: str) -> SiteUse:
    """How full one link was."""
    site = scenario.sites[name]
    usable = max(1, round(site.capacity * site.usable))
    needs = np.array([people.bandwidth for people in scenario.populations.values()])
    rate = needs[streams.population] * streams.factor
    demand = Steps.of(
        np.concatenate([streams.begin, streams.end]), np.concatenate([rate, -rate]), scenario.end
    )
    above = (demand.level > usable).astype(np.int64)
    saturated = Steps.of_levels(demand.at, above, scenario.end)
    return SiteUse(
        site=name,
        capacity=site.capacity,
        usable=usable,
        peak=demand.peak(),
        mean=float(np.average(demand.level, weights=np.diff(demand.at, append=demand.end))),
        saturated=int((saturated.level * np.diff(saturated.at, append=saturated.end)).sum()),
        people=list(_people(scenario, name, streams, saturated)),
        day=_day(scenario, demand, saturated, time_zone),
    )


def _people(scenario: Scenario, site: str, streams: Streams, saturated: Steps) -> Iterator[Through]:
    connected = (streams.end - streams.begin) * streams.factor
    edges = np.stack([streams.begin, streams.end], axis=-1)
    short = saturated.integral(edges)[:, 0] * streams.factor
    for code, (name, people) in enumerate(scenario.populations.items()):
        if any(client.site == site for client in people.clients.values()):
            mine = streams.population == code
            yield Through(name, int(connected[mine].sum()), int(short[mine].sum()))


def _day(scenario: Scenario, demand: Steps, saturated: Steps, time_zone: str) -> Day | None:
    days = days_of_24_hours(scenario, time_zone)
    if not days or not demand.level.any():
        return None
    day = days[fullest(days, demand)]
    hours = np.clip([day.begin, day.end], 0, scenario.end).astype(np.int64)
    return Day(
        date=day.date.isoformat(),
        time_zone=time_zone,
        demand=line_of_day(demand, day.begin),
        saturated=int(saturated.integral(hours)[0]),
    )


def _population_of(scenario: Scenario, users: Table) -> Ints:
    """For each user, by code, the position of their population; of one unknown, beyond the last."""
    places = {name: place for place, name in enumerate(scenario.populations)}
    return np.array([places.get(name, len(places)) for name in users["population"]], dtype=np.int64)


def _places(scenario: Scenario, clients: Sequence[str]) -> Ints:
    """The site of each population's clients by position; a row of `NOWHERE` for unknown people."""
    codes = {name: code for code, name in enumerate(scenario.sites)}
    table = np.full((len(scenario.populations) + 1, len(clients)), NOWHERE, dtype=np.int64)
    for row, people in enumerate(scenario.populations.values()):
        for column, name in enumerate(clients):
            client = people.clients.get(name)
            if client is not None and client.site is not None:
                table[row, column] = codes[client.site]
    return table
