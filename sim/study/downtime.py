"""When each desktop could not be used, and why.

A desktop *should be usable* from the end of its creation to its deletion, and *is* where a user
whose logon has been authenticated could be connected to it, by starting it if it is stopped:

| state | counted | usable |
|---|---|---|
| AVAILABLE, STOPPED, STARTING, STOPPING | yes | yes, but for what stands below |
| UNHEALTHY | yes | no: its zone, Region or host was lost |
| MAINTENANCE | yes | no |
| UPDATING, REBOOTING, REBUILDING, RESTORING | yes | no: an administrator is changing it |
| PENDING | only of a desktop rebuilt after an outage | no |
| ABSENT, TERMINATED | no | |

Besides, nothing is usable while streaming of its Region is lost, no STOPPED desktop while the
control plane is,
and an AlwaysOn desktop that has to start again after an outage not before it has. While its standby
stands for a desktop, the Region meant is that of the standby. Directories, links and the second
factor do not count: who is connected works on, and who is not is missing in `logon_success`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    NEVER,
    RECOVERIES,
    Cause,
    DesktopState,
    OutageKind,
    RecoveryKind,
    RunningMode,
)
from sim.scenario import Scenario
from sim.study.interruptions import rows_of
from sim.study.measures import Columns, Facts
from sim.study.outage_times import (
    Outage,
    Span,
    regions_of_fleets,
    shared_losses,
)

_ABSENT = (DesktopState.ABSENT, DesktopState.TERMINATED, DesktopState.PENDING)
_DOWN = {
    DesktopState.MAINTENANCE: Cause.MAINTENANCE,
    DesktopState.UPDATING: Cause.OPERATION,
    DesktopState.REBOOTING: Cause.OPERATION,
    DesktopState.REBUILDING: Cause.OPERATION,
    DesktopState.RESTORING: Cause.OPERATION,
}
_UP = (
    DesktopState.AVAILABLE,
    DesktopState.STOPPED,
    DesktopState.STARTING,
    DesktopState.STOPPING,
)

NOBODYS = -1
"""Stands for an outage where there is none."""

Ints = NDArray[np.int64]

_LAST = np.iinfo(np.int64).max
_LONG_AFTER = 2**41 - 1
"""After all instants of a run; the greatest that a key of desktop and instant holds [ms]."""


@dataclass(frozen=True)
class Spans:
    """Times of desktops, each with a cause; those of one desktop do not overlap."""

    desktop: Ints
    begin: Ints
    end: Ints
    cause: Ints
    outage: Ints
    """Number of the outage; NOBODYS where there is none."""

    @classmethod
    def of(
        cls, desktop: Ints, begin: Ints, end: Ints, cause: Cause, outage: int = NOBODYS
    ) -> "Spans":
        """With one cause."""
        alike = (np.full(len(desktop), cause), np.full(len(desktop), outage))
        columns = (desktop, begin, end, *alike)
        return cls(*(np.asarray(column, dtype=np.int64) for column in columns))

    @classmethod
    def together(cls, parts: Iterable["Spans"]) -> "Spans":
        """All spans of several parts."""
        columns = zip(*((p.desktop, p.begin, p.end, p.cause, p.outage) for p in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def take(self, rows: NDArray[Any]) -> "Spans":
        """Some of them."""
        return Spans(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Downtime:
    """What desktops should not have been, and what they should and were not."""

    absent: Spans
    """Not there, or not created yet."""
    down: Spans
    """There, and not to be used."""
    standbys: "StandbyUses"


@dataclass(frozen=True)
class StandbyUses:
    """Times in which standbys stood for desktops, sorted by desktop and begin."""

    desktop: Ints
    begin: Ints
    end: Ints
    outage: Ints
    """The loss because of which people were led there."""

    @classmethod
    def of(cls, recoveries: Columns) -> "StandbyUses":
        """From rows of `recoveries`; whoever was not led back was there to the end."""
        order = np.lexsort((recoveries["at"], recoveries["desktop"]))
        desktop, begin, until = (recoveries[name][order] for name in ("desktop", "at", "until"))
        end = np.where(until == NEVER, _LONG_AFTER, until)
        outage = recoveries["outage"][order].astype(np.int64)
        return cls(desktop.astype(np.int64), begin.astype(np.int64), end, outage)

    def at(self, desktop: NDArray[Any], at: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether a standby stood for each of some desktops at an instant of each."""
        if not len(self.desktop):
            return np.zeros(len(desktop), dtype=np.bool_)
        keys = _keys(self.desktop, self.begin)
        last = np.searchsorted(keys, _keys(desktop, at), side="right") - 1
        same = (last >= 0) & (self.desktop[last] == desktop)
        return np.asarray(same & (at < self.end[last]), dtype=np.bool_)

    def left(self, desktop: Ints, at: Ints) -> Ints:
        """The loss behind the use that was over for each of some desktops at an instant of each."""
        if not len(self.desktop):
            return np.full(len(desktop), NOBODYS, dtype=np.int64)
        over, wanted = _keys(self.desktop, self.end), _keys(desktop, at)
        place = np.minimum(np.searchsorted(over, wanted), len(over) - 1)
        return np.where(over[place] == wanted, self.outage[place], NOBODYS)

    def cut(self, rows: Columns) -> Columns:
        """States cut where a standby began or ceased to stand for the desktop."""
        if not len(self.desktop):
            return rows
        edges = np.unique(_keys(np.tile(self.desktop, 2), np.append(self.begin, self.end)))
        order = np.lexsort((rows["begin"], rows["desktop"]))
        rows = {name: column[order] for name, column in rows.items()}
        begin, end = (_keys(rows["desktop"], rows[name]) for name in ("begin", "end"))
        row = np.searchsorted(begin, edges, side="right") - 1
        inside = (row >= 0) & (begin[row] < edges) & (edges < end[row])
        starts = np.append(begin, edges[inside])
        source = np.append(np.arange(len(begin)), row[inside])
        order = np.argsort(starts, kind="stable")
        starts, source = starts[order], source[order]
        ends = np.minimum(np.append(starts[1:], _LAST), end[source])
        zero = _keys(rows["desktop"][source], np.zeros(1, dtype=np.int64))
        return {
            "desktop": rows["desktop"][source],
            "begin": starts - zero,
            "end": ends - zero,
            "state": rows["state"][source],
        }

    def regions(
        self,
        scenario: Scenario,
        fleets: Iterable[str],
        *,
        owner: NDArray[Any],
        desktop: NDArray[Any],
        at: NDArray[Any],
    ) -> NDArray[Any]:
        """The Region whose services each of some desktops needs at an instant of each.

        Args:
            scenario: what says where fleets and their standbys are.
            fleets: fleets or pools of some people or desktops.
            owner: of which of them each is.
            desktop: the desktops; -1 where there is none.
            at: the instants.
        """
        fleets, home = list(fleets), regions_of_fleets(scenario)
        region: NDArray[Any] = np.array([home[fleet] for fleet in fleets], dtype=object)[owner]
        away = self.at(desktop, at)
        if away.any():
            plans = {name: fleet.recovery.standby for name, fleet in scenario.fleets.items()}
            there = {name: plan.region for name, plan in plans.items() if plan is not None}
            elsewhere = np.array([there.get(fleet, "") for fleet in fleets], dtype=object)
            region[away] = elsewhere[owner[away]]
        return region


def downtime(
    scenario: Scenario, desktops: Columns, facts: Facts, outages: list[Outage]
) -> Downtime:
    """When desktops were not there, and when they could not be used."""
    rows = facts.columns(DESKTOP_STATES, "desktop", "begin", "end", "state")
    recoveries = facts.columns(RECOVERIES, "kind", "desktop", "outage", "at", "until")
    rebuilt = _where(recoveries, recoveries["kind"] == RecoveryKind.REBUILT)
    uses = StandbyUses.of(_where(recoveries, recoveries["kind"] == RecoveryKind.STANDBY))
    rows = uses.cut(rows)
    pending = rows["state"] == DesktopState.PENDING
    again = pending & np.isin(rows["desktop"], rebuilt["desktop"])
    absent = _in_states(rows, np.isin(rows["state"], _ABSENT) & ~again, Cause.NONE)
    parts = [_in_states(rows, rows["state"] == state, cause) for state, cause in _DOWN.items()]
    if outages:
        owner = rows["desktop"]
        regions = uses.regions(
            scenario, desktops["fleet"], owner=owner, desktop=owner, at=rows["begin"]
        )
        unhealthy = _unhealthy(scenario, desktops, rows, outages, uses=uses, regions=regions)
        being_rebuilt = _in_states(rows, again, Cause.ZONE_OUTAGE)
        numbers = rebuilt["outage"][rows_of(rebuilt["desktop"], being_rebuilt.desktop)]
        parts.append(unhealthy)
        parts.append(replace(being_rebuilt, outage=numbers.astype(np.int64)))
        starting = _restarts(facts, rows, uses, unhealthy, outages)
        parts.append(starting)
        parts.extend(_withheld(rows, regions, starting, outages))
    return Downtime(absent, Spans.together(parts), uses)


def _where(columns: Columns, chosen: NDArray[np.bool_]) -> Columns:
    return {name: column[chosen] for name, column in columns.items()}


def _in_states(rows: Columns, chosen: NDArray[np.bool_], cause: Cause) -> Spans:
    return Spans.of(rows["desktop"][chosen], rows["begin"][chosen], rows["end"][chosen], cause)


def _unhealthy(
    scenario: Scenario,
    desktops: Columns,
    rows: Columns,
    outages: list[Outage],
    *,
    uses: StandbyUses,
    regions: NDArray[Any],
) -> Spans:
    """UNHEALTHY times, each with the outage that began with it.

    A desktop to which people are led back may find no slot: that is the doing of the outage because
    of which they had left.
    """
    chosen = rows["state"] == DesktopState.UNHEALTHY
    found = _in_states(rows, chosen, Cause.HOST_FAILURE)
    zones, region = desktops["zone"].astype(str)[found.desktop], regions[chosen]
    zones[uses.at(found.desktop, found.begin)] = ""
    causes, numbers = found.cause.copy(), found.outage.copy()
    # The first of those that began at one instant is the one that took it, so it comes last here.
    for outage in reversed(outages):
        if outage.kind == OutageKind.HOST:
            mine = (numbers == NOBODYS) & (found.begin == max(outage.begin, scenario.begin))
        elif outage.kind in (OutageKind.ZONE, OutageKind.REGION):
            # People may be led back from a standby to a zone that was lost meanwhile.
            mine = (found.begin >= outage.begin) & (found.begin < outage.end)
            is_region = outage.kind == OutageKind.REGION
            mine &= region == outage.target if is_region else zones == outage.target
        else:
            continue
        causes[mine], numbers[mine] = outage.cause, outage.number
    nobodys = np.flatnonzero(numbers == NOBODYS)
    left = uses.left(found.desktop[nobodys], found.begin[nobodys])
    numbers[nobodys], causes[nobodys[left != NOBODYS]] = left, Cause.REGION_OUTAGE
    return replace(found, cause=causes, outage=numbers)


def _restarts(
    facts: Facts, rows: Columns, uses: StandbyUses, unhealthy: Spans, outages: list[Outage]
) -> Spans:
    """STARTING times of AlwaysOn desktops after an outage; a standby starts for a logon."""
    chosen = (rows["state"] == DesktopState.STARTING) & ~uses.at(rows["desktop"], rows["begin"])
    starting = _in_states(rows, chosen, Cause.HOST_FAILURE)
    failures = {o.begin: o.number for o in reversed(outages) if o.kind == OutageKind.HOST}
    after = np.isin(
        _keys(starting.desktop, starting.begin), _keys(unhealthy.desktop, unhealthy.end)
    )
    at_failure = np.isin(starting.begin, list(failures))
    terms = facts.columns(DESKTOP_TERMS, "desktop", "begin", "end", "running_mode")
    starting = starting.take(after | at_failure)
    starting = starting.take(_always_on(terms, starting))
    causes, numbers = starting.cause.copy(), starting.outage.copy()
    for at, number in failures.items():
        numbers[starting.begin == at] = number
    ends = _keys(unhealthy.desktop, unhealthy.end)
    order = np.argsort(ends, kind="stable")
    mine = _keys(starting.desktop, starting.begin)
    place = np.minimum(np.searchsorted(ends, mine, sorter=order), max(0, len(ends) - 1))
    if len(ends):
        source = order[place]
        same = ends[source] == mine
        causes[same], numbers[same] = unhealthy.cause[source][same], unhealthy.outage[source][same]
    return replace(starting, cause=causes, outage=numbers)


def _always_on(terms: Columns, spans: Spans) -> NDArray[np.bool_]:
    """Whether a desktop is AlwaysOn when a span begins."""
    on = terms["running_mode"] == RunningMode.ALWAYS_ON
    keys = _keys(terms["desktop"], terms["begin"])
    order = np.argsort(keys, kind="stable")
    place = np.searchsorted(keys, _keys(spans.desktop, spans.begin), side="right", sorter=order) - 1
    return np.asarray(on[order[place]], dtype=np.bool_)


def _keys(desktop: NDArray[Any], at: NDArray[Any]) -> Ints:
    """Desktop and instant as one number."""
    return np.asarray(desktop.astype(np.int64) * 2**41 + at, dtype=np.int64)


def _withheld(
    rows: Columns, regions: NDArray[Any], starting: Spans, outages: list[Outage]
) -> Iterator[Spans]:
    """Times in which a desktop is there and people are kept from it by what its Region shares."""
    up = np.isin(rows["state"], _UP)
    up &= ~np.isin(_keys(rows["desktop"], rows["begin"]), _keys(starting.desktop, starting.begin))
    stopped = rows["state"] == DesktopState.STOPPED
    for name in dict.fromkeys(outage.target for outage in outages):
        streaming, control = shared_losses(outages, name)
        if streaming or control:
            here = regions == name
            for span in streaming:
                yield _clipped(rows, up & here, span)
            for span in control:
                yield _clipped(rows, stopped & here, span)


def _clipped(rows: Columns, chosen: NDArray[np.bool_], span: Span) -> Spans:
    here = chosen & (rows["begin"] < span.end) & (rows["end"] > span.begin)
    begin, end = (np.clip(rows[name][here], span.begin, span.end) for name in ("begin", "end"))
    outage = span.outage
    return Spans.of(rows["desktop"][here], begin, end, outage.cause, outage.number)
