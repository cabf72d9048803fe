"""What the page shows of streams: round trips in their bands, and the links of sites."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sim.report.contents import BandTime, LinkTime, LinkUse, RoundTrip
from sim.study.measures import Ratio
from sim.study.run import Measures
from sim.study.sites import Day, SiteUse
from sim.units import HOUR

if TYPE_CHECKING:
    from sim.api.results import Run
    from sim.report.contents import Drawing

MOST_LINKS = 8
"""Links that are drawn; of more the ones on which people were short for longest."""

KBITS = 1000
"""Kilobits of a megabit."""


def bands(measures: Measures) -> list[BandTime]:
    """The bands of the protocols in use."""
    return [
        BandTime(
            protocol=band.protocol,
            band=band.band,
            below_ms=band.below,
            sessions=band.sessions,
            hours=band.worked / HOUR,
            share=band.share,
        )
        for band in measures.streaming
    ]


def round_trips(measures: Measures) -> list[RoundTrip]:
    """Mean and p95 by protocol."""
    return [
        RoundTrip(protocol=one.protocol, mean_ms=one.mean, p95_ms=one.p95)
        for one in measures.latencies
    ]


def links(run: "Run") -> list[LinkUse]:
    """The link of each site."""
    calendar = run.scenario.spec.calendar
    return [
        LinkUse(
            site=use.site,
            capacity=use.capacity / KBITS,
            usable=use.usable / KBITS,
            peak=use.peak.count / KBITS,
            at="" if use.peak.at is None else calendar.isoformat(use.peak.at),
            mean=use.mean / KBITS,
            saturated_ms=use.saturated,
            least=use.least,
        )
        for use in run.measures.sites
    ]


def link_times(measures: Measures) -> list[LinkTime]:
    """The people of each link."""
    return [
        LinkTime(
            site=use.site,
            population=one.population,
            hours=one.connected / HOUR,
            short=one.short / HOUR,
            share=Ratio(one.short, one.connected).value,
        )
        for use in measures.sites
        for one in use.people
    ]


def link_drawings(sites: Sequence[SiteUse]) -> Iterator["Drawing"]:
    """The fullest day of each link, in order of the file."""
    ranked = sorted(range(len(sites)), key=lambda place: (-sites[place].short, place))
    for place in sorted(ranked[:MOST_LINKS]):
        day = sites[place].day
        if day is not None:
            yield _link_drawing(sites[place], day)


def _link_drawing(use: SiteUse, day: Day) -> "Drawing":
    from sim.report import figures
    from sim.report.svg import drawing

    shown = figures.LinkDay(
        edges=day.demand.edges,
        demand=day.demand.level / KBITS,
        usable=use.usable / KBITS,
        capacity=use.capacity / KBITS,
        short_ms=day.saturated,
    )
    return drawing(
        lambda ax: figures.link_day(shown, ax, date=day.date, time_zone=day.time_zone),
        topic="streaming",
        title=f"The fullest day of the link of {use.site}",
        description=figures.describe_link_day(shown, date=day.date, time_zone=day.time_zone),
    )
