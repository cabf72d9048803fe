"""Laws of site links, and what a slow sum over all instants makes of the same sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.record import INTERRUPTIONS, LOGONS, NEVER, SESSIONS, USERS, SessionOutcome, Table
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.study.sites import SiteUse, by_site
from sim.study.work import Work
from sim.units import DAY
from tests.recorded import facts, rows

CLIENTS = ("desk", "home", "lab")
NEEDS: dict[str, dict[str, tuple[str | None, int]]] = {
    "sales": {"desk": ("leeds", 300), "home": (None, 300), "lab": ("york", 300)},
    "design": {"desk": ("leeds", 2_000), "home": (None, 2_000), "lab": ("leeds", 2_000)},
}
"""For each population and kind of client the site, and what one of them needs [kbit/s]."""


@dataclass(frozen=True)
class Stay:
    """A session and its gaps, from and to [ms]."""

    user: int
    client: int
    begin: int
    end: int | None
    gaps: tuple[tuple[int, int], ...]

    def streams(self) -> Iterator[tuple[int, int]]:
        """When somebody streams in it."""
        at = self.begin
        for begin, end in self.gaps:
            yield at, begin
            at = end
        yield at, DAY if self.end is None else self.end


@st.composite
def stays(draw: st.DrawFn) -> Stay:
    """A session that may begin before the window and end after it, with up to two gaps."""
    cuts = sorted(draw(st.lists(st.integers(-10, DAY + 10), min_size=2, max_size=6)))
    if len(cuts) % 2:
        cuts.pop()
    is_open = draw(st.booleans())
    begin, *inner, end = cuts
    gaps = tuple(zip(inner[::2], inner[1::2], strict=True))
    return Stay(
        draw(st.integers(0, 3)), draw(st.integers(0, 2)), begin, None if is_open else end, gaps
    )


def scenario(capacity: int) -> Scenario:
    link = {"capacity": f"{capacity} kbit/s", "usable": "80 %"}
    people = {
        name: {
            "fleet": "office",
            "users": 2,
            "shift": {"start": "9:00"},
            "session_length": "8 h",
            "bandwidth": f"{clients['desk'][1]} kbit/s",
            "clients": {
                client: {"share": "50 %" if client != "lab" else "0 %", "site": site}
                for client, (site, _) in clients.items()
            },
        }
        for name, clients in NEEDS.items()
    }
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "links",
            "region": "us-east-1",
            "start": "2026-09-01",
            "horizon": "1 d",
            "prices": {"book": "prices.csv"},
            "fleets": {"office": {"bundle": "standard", "running_mode": "AlwaysOn"}},
            "sites": {"leeds": link, "york": link},
            "populations": people,
        }
    )


def recorded(told: list[Stay]) -> FactStore[Table]:
    sessions = [
        {
            "session": number,
            "user": stay.user,
            "client": stay.client,
            "arrival": stay.begin,
            "connected": stay.begin,
            "ended": NEVER if stay.end is None else stay.end,
            "planned": 1,
            "outcome": SessionOutcome.OPEN if stay.end is None else SessionOutcome.ENDED,
        }
        for number, stay in enumerate(told)
    ]
    interruptions = [
        {"session": number, "user": stay.user, "at": begin, "back": end, "outage": 0}
        for number, stay in enumerate(told)
        for begin, end in stay.gaps
    ]
    return facts({SESSIONS: sessions, INTERRUPTIONS: interruptions, LOGONS: []})


def users() -> Table:
    populations = ("sales", "sales", "design", "design")
    return rows(
        USERS,
        *(
            {"user": user, "population": name, "fleet": "office", "time_zone": "UTC"}
            for user, name in enumerate(populations)
        ),
    )


def measured(told: list[Stay], capacity: int) -> list[SiteUse]:
    spec, store = scenario(capacity), recorded(told)
    work = Work.of(store, np.zeros(4, dtype=np.bool_), spec.end)
    return by_site(spec, users(), CLIENTS, store, work)


def summed(told: list[Stay], site: str, usable: int) -> dict[str, Any]:
    """The same, instant by instant."""
    whose = ("sales", "sales", "design", "design")
    spans = [
        (max(begin, 0), min(end, DAY), whose[stay.user], NEEDS[whose[stay.user]]["desk"][1])
        for stay in told
        if NEEDS[whose[stay.user]][CLIENTS[stay.client]][0] == site
        for begin, end in stay.streams()
        if max(begin, 0) < min(end, DAY)
    ]
    edges = sorted({0, DAY, *(edge for begin, end, *_ in spans for edge in (begin, end))})
    found: dict[str, Any] = {"peak": 0, "area": 0, "saturated": 0}
    found |= {"connected": dict.fromkeys(NEEDS, 0), "short": dict.fromkeys(NEEDS, 0)}
    for at, until in pairwise(edges):
        here = [span for span in spans if span[0] <= at < span[1]]
        demand, length = sum(span[3] for span in here), until - at
        found["peak"] = max(found["peak"], demand)
        found["area"] += demand * length
        found["saturated"] += length if demand > usable else 0
        for _, _, population, _ in here:
            found["connected"][population] += length
            found["short"][population] += length if demand > usable else 0
    return found


@given(st.lists(stays(), max_size=12), st.integers(1, 6_000))
def test_a_link_is_as_full_as_a_slow_sum_says(told: list[Stay], capacity: int) -> None:
    for use in measured(told, capacity):
        slow = summed(told, use.site, use.usable)
        assert use.peak.count == slow["peak"]
        assert use.mean == pytest.approx(slow["area"] / DAY)
        assert use.saturated == slow["saturated"]
        for one in use.people:
            assert one.connected == slow["connected"][one.population]
            assert one.short == slow["short"][one.population]


@given(st.lists(stays(), max_size=12), st.integers(1, 6_000), st.integers(0, 6_000))
def test_a_larger_link_is_never_saturated_for_longer(
    told: list[Stay], capacity: int, more: int
) -> None:
    """Nor is anybody short for longer, nor gets a smaller share; what is needed stays the same."""
    for small, large in zip(measured(told, capacity), measured(told, capacity + more), strict=True):
        assert large.saturated <= small.saturated
        assert large.least >= small.least
        assert (large.peak, large.connected) == (small.peak, small.connected)
        for one, other in zip(large.people, small.people, strict=True):
            assert one.short <= other.short


@given(st.lists(stays(), max_size=12), st.integers(1, 6_000))
def test_time_is_either_good_or_short(told: list[Stay], capacity: int) -> None:
    """No part is below 0; people are short only while the link is saturated, and then all are."""
    for use in measured(told, capacity):
        assert all(0 <= one.short <= one.connected for one in use.people)
        assert (use.short > 0) == (use.saturated > 0) == (use.peak.count > use.usable)
        assert (use.least < 1) == (use.short > 0)
