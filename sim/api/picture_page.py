"""What the page shows of desktops themselves: their states, a week of theirs, the worst hour."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.api.pictures import Pictured
from sim.record import OUTAGES
from sim.units import Money

if TYPE_CHECKING:
    from sim.api.results import Run
    from sim.report.contents import Drawing

MOST_PLACES = 2
"""Fleets and pools whose states are drawn; of more those that cost most."""


def picture_drawings(run: "Run") -> Iterator["Drawing"]:
    """The worst hour, the states of the dearest fleets and pools, and a week of one of them."""
    pictured = Pictured.of(run)
    hour = pictured.replay_picture()
    if hour is not None:
        yield hour.drawing("waiting")
    bills = {place: _bill(run, place) for place in _places(run)}
    dearest = sorted(bills, key=lambda place: -bills[place])[:MOST_PLACES]
    for place in dearest:
        yield pictured.state_picture(place).drawing("cost")
    if dearest:
        broken = len(pictured.facts.columns(OUTAGES, "begin")["begin"]) > 0
        week = pictured.week_picture(_worst_hit(run) or dearest[0])
        yield week.drawing("outages" if broken else "capacity")


def _places(run: "Run") -> list[str]:
    """Fleets and pools that anybody uses."""
    return [fleet.fleet for fleet in run.measures.fleets if fleet.users]


def _bill(run: "Run", place: str) -> Money:
    return sum((line.amount for line in run.lines if line.fleet == place), Money(0))


def _worst_hit(run: "Run") -> str | None:
    """The fleet or pool of which outages took most desktop-time; None where they took none."""
    lost: dict[str, int] = {}
    for row in run.measures.service.uptime:
        taken = sum(time for cause, time in row.lost.items() if cause.endswith(_BROKEN))
        if taken:
            lost[row.fleet] = lost.get(row.fleet, 0) + taken
    return max(lost, key=lambda place: lost[place]) if lost else None


_BROKEN = ("-outage", "host-failure")
"""How causes end that take desktops away."""
