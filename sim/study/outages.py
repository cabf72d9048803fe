"""What each outage did: whom it hit, what they lost, and when they could work again.

*Hit* is who was cut off or turned away by it. The time to recover (RTO) of a person runs from the
beginning of the outage until they were connected again or, where they did not come back, until
their desktop could be used again; that of an outage is the longest of its people's. Desktops that
nobody was using recover too, and count.

The data lost (RPO) is the age of the snapshot from which a desktop was rebuilt, or of the copy that
its standby has.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import (
    NEVER,
    RECOVERIES,
    Cause,
    OutageKind,
    Outcome,
    RecoveryKind,
    SessionOutcome,
)
from sim.scenario import Scenario
from sim.study.downtime import NOBODYS, Downtime, Ints, StandbyUses
from sim.study.interruptions import Gaps, rows_of
from sim.study.measures import Columns, Facts, Minutes, nearest_rank
from sim.study.outage_times import Outage, region_met
from sim.units import Millis

_LOSE_DESKTOPS = (Cause.ZONE_OUTAGE, Cause.REGION_OUTAGE, Cause.HOST_FAILURE)
_WAITED_FOR = (OutageKind.DIRECTORY, OutageKind.LINK)


@dataclass(frozen=True)
class OutageMeasures:
    """What one outage did inside the run."""

    outage: Outage
    people: int
    """Different users who were cut off by it or turned away by it; of a directory or link, who
    stood in line for it."""
    interrupted: int
    """Of them those who were cut off."""
    desktops: int
    """Desktops that it took."""
    lost: Millis
    """Planned time that it took from people: gaps, sessions that it ended, and sessions that were
    given up because of it [person-ms]."""
    recovered: Ints
    """From its beginning until each person, or desktop, was back, ascending [ms]."""
    missing: int
    """People and desktops that were not back at the end of the run."""
    redirected: int
    """Desktops for which their standby stood in."""
    data_age: Ints
    """What was lost of the data of each desktop that was rebuilt or stood in for, ascending
    [ms]."""

    @property
    def time_to_recover(self) -> Millis | None:
        """Until the last one was back; None while somebody is not, or where nobody was hit."""
        return None if self.missing or not len(self.recovered) else int(self.recovered[-1])

    @property
    def data_lost(self) -> tuple[Millis | None, Millis | None]:
        """Median and greatest age of the data lost; None where nothing was rebuilt."""
        ages = self.data_age
        return nearest_rank(ages, 50), int(ages[-1]) if len(ages) else None


@dataclass(frozen=True)
class Sufferers:
    """Who met an outage, each time: the columns of `interruptions`, and of some `logons`."""

    interruptions: Columns
    refused: Columns
    """Attempts refused: `user`, `desktop`, `done`, `cause`."""
    rows: Ints
    """Where they stand in `logons`."""
    in_line: Columns
    """Attempts that waited for the directory: `user`, `arrival`, `directory_wait`."""

    @classmethod
    def of(cls, logons: Columns, interruptions: Columns) -> "Sufferers":
        """From all attempts."""
        rows = np.flatnonzero(logons["outcome"] == Outcome.REFUSED)
        waiting = logons["directory_wait"] > 0
        return cls(
            interruptions,
            {name: logons[name][rows] for name in ("user", "desktop", "done", "cause")},
            rows,
            {name: logons[name][waiting] for name in ("user", "arrival", "directory_wait")},
        )


def refused_by(
    scenario: Scenario,
    desktops: Columns,
    refused: Columns,
    outages: list[Outage],
    *,
    people: NDArray[Any],
    standbys: StandbyUses,
) -> Ints:
    """Number of the outage that each refusal is due to; NOBODYS where there is none.

    The first one of that cause and place that lasted then, else the last one that was over: an
    AlwaysOn desktop may wait for a host after its zone is back. Who is turned away by a standby
    that is needed no more is at home from that instant on.

    Args:
        scenario: whose outages they are.
        desktops: columns of `desktops`.
        refused: columns of the refusals.
        outages: all of them.
        people: fleet or pool of each user.
        standbys: when standbys stood for desktops.
    """
    found = np.full(len(refused["done"]), NOBODYS, dtype=np.int64)
    zones = desktops["zone"].astype(str)
    zone = np.append(zones, "")[refused["desktop"]]
    regions = [
        standbys.regions(scenario, people, owner=refused["user"], desktop=refused["desktop"], at=at)
        for at in (refused["done"], refused["done"] - 1)
    ]
    for lasting in (False, True):
        for outage in reversed(outages) if lasting else outages:
            mine = (refused["cause"] == outage.cause) & (refused["done"] >= outage.begin)
            if outage.cause == Cause.NONE or not mine.any():
                continue
            if lasting:
                mine &= refused["done"] < outage.end
            met = region_met(scenario, outage)
            if met is not None:
                mine &= np.logical_or(*(region == met for region in regions))
            if outage.kind == OutageKind.ZONE:
                mine &= np.isin(zone, [outage.target, ""])
            found[mine] = outage.number
    return found


def outage_measures(
    scenario: Scenario,
    desktops: Columns,
    facts: Facts,
    outages: list[Outage],
    *,
    times: Downtime,
    sufferers: Sufferers,
    refusals: Ints,
    lost: dict[int, Millis],
) -> list[OutageMeasures]:
    """A row for each outage, in order of begin.

    Args:
        scenario: whose outages they are.
        desktops: columns `user`, `deleted` of `desktops`.
        facts: where `recoveries` are.
        outages: all of them.
        times: when desktops could not be used.
        sufferers: who met them.
        refusals: for each refusal the outage it is due to, `refused_by`.
        lost: planned time that each took, by number.
    """
    recoveries = facts.columns(RECOVERIES)
    cut, down = sufferers.interruptions, times.down
    # The old desktop of a rebuilt one never comes back, and the new one counts in its place.
    replaced = recoveries["lost"][recoveries["kind"] == RecoveryKind.REBUILT]
    stays = ~np.isin(down.desktop, replaced) & np.isin(down.cause, _LOSE_DESKTOPS)
    stays &= desktops["deleted"][down.desktop] != down.end
    down = down.take(stays)
    owner = desktops["user"]
    found = []
    for outage in outages:
        cut_here = np.isin(cut["outage"], outage.numbers)
        hit = _people(outage, sufferers, refusals)
        cut_off = np.unique(cut["user"][cut_here])
        lost_here = down.outage == outage.number
        taken = np.unique(down.desktop[lost_here])
        users = np.unique(np.concatenate([hit, cut_off, owner[taken]])).astype(np.int64)
        back = _back(
            outage,
            users,
            (owner[down.desktop[lost_here]], down.end[lost_here]),
            (cut["user"][cut_here], cut["back"][cut_here]),
        )
        known = back < scenario.end
        recovered = recoveries["outage"] == outage.number
        to_standby = recovered & (recoveries["kind"] == RecoveryKind.STANDBY)
        found.append(
            OutageMeasures(
                outage=outage,
                people=len(np.union1d(hit, cut_off)),
                interrupted=len(cut_off),
                desktops=len(taken),
                lost=lost.get(outage.number, 0),
                recovered=np.sort(back[known] - outage.begin),
                missing=int((~known).sum()),
                redirected=int(to_standby.sum()),
                data_age=np.sort(recoveries["data_age"][recovered]),
            )
        )
    return found


def _people(outage: Outage, sufferers: Sufferers, refusals: Ints) -> NDArray[Any]:
    """Users who were turned away by an outage, or had to stand in line for what it took."""
    if outage.kind not in _WAITED_FOR:
        return np.unique(sufferers.refused["user"][refusals == outage.number])
    rows = sufferers.in_line
    until = rows["arrival"] + rows["directory_wait"]
    here = (rows["arrival"] < outage.end) & (until > outage.begin)
    return np.unique(rows["user"][here])


def _back(
    outage: Outage,
    users: Ints,
    usable: tuple[NDArray[Any], NDArray[Any]],
    returned: tuple[NDArray[Any], NDArray[Any]],
) -> Ints:
    """When each user was back, or their desktop usable again.

    Who has lost no desktop waits for the end of the outage, but for that of a failed host: an
    AutoStop desktop starts elsewhere.
    """
    at_once = outage.kind == OutageKind.HOST
    back = np.full(len(users), outage.begin if at_once else outage.end, dtype=np.int64)
    for who, when in (usable, returned):
        real = when != NEVER
        place = np.searchsorted(users, who[real])
        latest = np.full(len(users), NEVER, dtype=np.int64)
        np.maximum.at(latest, place, when[real])
        back = np.where(latest != NEVER, latest, back)
    return back


def lost_to_outages(
    outages: list[Outage],
    minutes: Minutes,
    *,
    gaps: tuple[Gaps, Ints],
    sessions: Columns,
    interruptions: Columns,
    given_up: tuple[Ints, Ints],
) -> dict[int, Millis]:
    """Planned time that each outage took, by its number.

    Args:
        outages: all of them.
        minutes: the account of each session.
        gaps: gaps of the sessions, and what each took.
        sessions: columns `session`, `outcome`, `ended`.
        interruptions: the table.
        given_up: rows of sessions that were given up, and the outages that turned them away.
    """
    first = {number: outage.number for outage in outages for number in outage.numbers}
    found: dict[int, Millis] = {}
    for numbers, time in (
        (gaps[0].outage, gaps[1]),
        _ended(sessions, interruptions, minutes),
        (given_up[1], minutes.unfinished[given_up[0]]),
    ):
        for number, spent in zip(numbers.tolist(), time.tolist(), strict=True):
            if number != NOBODYS:
                place = first[number]
                found[place] = found.get(place, 0) + spent
    return found


def _ended(
    sessions: Columns, interruptions: Columns, minutes: Minutes
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Outages that ended sessions, and what was left of each."""
    row = rows_of(sessions["session"], interruptions["session"])
    cut = (sessions["outcome"] == SessionOutcome.CUT)[row] & (interruptions["back"] == NEVER)
    return interruptions["outage"][cut], minutes.unfinished[row[cut]]
