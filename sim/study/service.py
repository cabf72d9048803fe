"""What outages and limits meant to people: uptime, interruptions, minutes lost, each outage."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.record import DESKTOPS, LOGONS, NEVER, OUTAGES, Cause, Table
from sim.scenario import Scenario
from sim.study.downtime import downtime
from sim.study.losses import Loss
from sim.study.measures import (
    Columns,
    Delivered,
    Facts,
    Ratio,
    Times,
    attempt_success,
    counted,
    inside,
    logon_success,
    most_first,
)
from sim.study.outage_times import Outage, outages_of
from sim.study.outages import (
    OutageMeasures,
    Sufferers,
    lost_to_outages,
    outage_measures,
    refused_by,
)
from sim.study.uptime import Uptime, uptimes
from sim.study.work import Work
from sim.units import Millis

_ATTEMPTS = (
    "user",
    "desktop",
    "arrival",
    "directory_wait",
    "done",
    "outcome",
    "cause",
)
_OF_SUCCESS = ("arrival", "connected", "outcome")


@dataclass(frozen=True)
class Interrupted:
    """How often people were cut off at work, and for how long, over the window."""

    number: int
    people: int
    """Different users who were cut off."""
    returned: Ratio
    """Interruptions after which the user was connected again, of those of which that is known: not
    of who still tried at the end of the run."""
    time: Millis
    """Time between being cut off and being back, inside the window [person-ms]."""
    away: Times
    """How long those who came back were away."""
    causes: dict[str, int]
    """Interruptions by cause, most first."""


@dataclass(frozen=True)
class MonthMeasures:
    """Sessions and attempts that began in one month."""

    month: str
    logon_success: Ratio
    attempt_success: Ratio
    delivered: Delivered
    losses: list[Loss]


@dataclass(frozen=True)
class Service:
    """What outages and limits meant to people."""

    interrupted: Interrupted
    losses: list[Loss]
    """Planned time that was not delivered, by what took it and why."""
    uptime: list[Uptime]
    """Desktop-time by month, fleet or pool, and zone."""
    months: list[MonthMeasures]
    outages: list[OutageMeasures]
    """Those that reach into the measured time, or took some of it from somebody."""


def service(scenario: Scenario, users: Table, facts: Facts, work: Work) -> Service:
    """Measure it over `[0, scenario.end)`."""
    desktops = facts.columns(DESKTOPS, "user", "fleet", "zone", "deleted")
    outages = outages_of(facts.columns(OUTAGES))
    times = downtime(scenario, desktops, facts, outages)
    attempts = facts.columns(LOGONS, *(_ATTEMPTS if outages else ("arrival", "outcome")))
    found: list[OutageMeasures] = []
    if outages:
        sufferers = Sufferers.of(attempts, work.interruptions)
        refusals = refused_by(
            scenario,
            desktops,
            sufferers.refused,
            outages,
            people=users["fleet"],
            standbys=times.standbys,
        )
        lost = _lost(work, attempts, outages, sufferers, refusals)
        found = outage_measures(
            scenario,
            desktops,
            facts,
            outages,
            times=times,
            sufferers=sufferers,
            refusals=refusals,
            lost=lost,
        )
    return Service(
        interrupted=interrupted(work, scenario.end),
        losses=work.losses(),
        uptime=uptimes(scenario, desktops, facts, outages, times),
        months=_months(scenario, work, attempts),
        outages=[one for one in found if one.outage.end > 0 or one.lost],
    )


def _lost(
    work: Work,
    attempts: Columns,
    outages: list[Outage],
    sufferers: Sufferers,
    refusals: NDArray[np.int64],
) -> dict[int, Millis]:
    """Planned time that each outage took."""
    rows, last = work.refusals
    number = np.full(len(attempts["arrival"]), -1, dtype=np.int64)
    number[sufferers.rows] = refusals
    return lost_to_outages(
        outages,
        work.minutes,
        gaps=(work.gaps, work.in_gaps),
        sessions=work.sessions,
        interruptions=work.interruptions,
        given_up=(rows, number[last]),
    )


def interrupted(work: Work, end: Millis) -> Interrupted:
    """The interruptions that began inside the window; time by the part inside it."""
    rows = work.interruptions
    here = inside(rows["at"], end)
    back = rows["back"][here]
    came = back != NEVER
    # A gap that nobody came back from reaches to the end: its user still tries.
    trying = int(inside(work.gaps.begin, end).sum()) - int(came.sum())
    return Interrupted(
        number=len(back),
        people=len(np.unique(rows["user"][here])),
        returned=Ratio(int(came.sum()), len(back) - trying),
        time=int(work.gaps.lengths(0, end).sum()),
        away=Times.of(back[came] - rows["at"][here][came]),
        causes=most_first(counted(rows["cause"][here], Cause)),
    )


def _months(scenario: Scenario, work: Work, attempts: Columns) -> list[MonthMeasures]:
    months = scenario.calendar.months(0, scenario.end)
    edges = np.array([month.start for month in months[1:]], dtype=np.int64)
    of_session = np.searchsorted(edges, work.sessions["arrival"], side="right")
    of_attempt = np.searchsorted(edges, attempts["arrival"], side="right")
    found = []
    for number, month in enumerate(months):
        here, tried = of_session == number, of_attempt == number
        sessions = {name: work.sessions[name][here] for name in _OF_SUCCESS}
        mine = {name: attempts[name][tried] for name in ("arrival", "outcome")}
        found.append(
            MonthMeasures(
                month=month.name,
                logon_success=logon_success(sessions, scenario.end),
                attempt_success=attempt_success(mine, scenario.end),
                delivered=Delivered.of(work.minutes, here),
                losses=work.losses(here),
            )
        )
    return found
