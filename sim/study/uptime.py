"""`service_uptime` and the provider's own measure of it, by place and month.

Both are shares of desktop-time: how much of what should have been usable was. They differ in what
counts against them. `service_uptime` counts everything that kept a desktop from being usable
(`sim.study.downtime`). The service level counts what the provider answers for: a lost zone, Region,
host or streaming gateway, in whole intervals of `billing.sla_interval`, and leaves maintenance out
of both sides. The customer's directory and link, the control plane and what administrators do are
not the service's failure.

Of a pool its *target* should be usable, place by place, and what is there of it is. What is missing
has not been provisioned yet, or was taken by an outage: the places lost, or the smallest number
missing since then where that is less.

Intervals are counted from the beginning of the month. One in which a desktop was unusable for a
part counts as usable.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from sim.metering.held import held_spans
from sim.record import INSTANCES, NEVER, POOL_CAPACITY, Cause
from sim.scenario import Scenario
from sim.study.concurrency import Steps
from sim.study.downtime import Downtime, Ints, Spans
from sim.study.measures import Columns, Facts, Ratio
from sim.study.outage_times import (
    PROVIDER,
    Outage,
    regions_of_fleets,
    shared_losses,
)
from sim.units import Millis

NOT_PROVISIONED = "provisioning"
"""Why places of a pool are not there when nothing was lost."""


@dataclass(frozen=True)
class Uptime:
    """Desktop-time of one fleet in one zone, or of a pool, in one month [desktop-ms]."""

    month: str
    region: str
    fleet: str
    zone: str
    """Empty for a pool, whose instances may be in any of its zones."""
    due: Millis
    """That should have been usable."""
    lost: dict[str, Millis]
    """That was not, by cause."""
    promised: Millis
    """Due, without maintenance."""
    failed: Millis
    """Whole intervals of it lost by the provider's fault."""

    @property
    def usable(self) -> Millis:
        """That was usable."""
        return self.due - sum(self.lost.values())


@dataclass(frozen=True)
class ServiceLevel:
    """What the provider's agreement says of one month in one Region."""

    month: str
    region: str
    uptime: Ratio


def service_uptime(rows: Iterable[Uptime]) -> Ratio:
    """Usable over due of some rows together."""
    rows = list(rows)
    return Ratio(sum(row.usable for row in rows), sum(row.due for row in rows))


def service_levels(rows: Iterable[Uptime]) -> list[ServiceLevel]:
    """By month and Region, in order."""
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        promised, failed = sums.get((row.month, row.region), (0, 0))
        sums[row.month, row.region] = promised + row.promised, failed + row.failed
    return [
        ServiceLevel(month, region, Ratio(promised - failed, promised))
        for (month, region), (promised, failed) in sorted(sums.items())
    ]


@dataclass(frozen=True)
class _Month:
    """The measured part of a calendar month, and the beginning of the whole one [ms]."""

    name: str
    start: Millis
    opens: Millis
    closes: Millis


def uptimes(
    scenario: Scenario, desktops: Columns, facts: Facts, outages: list[Outage], times: Downtime
) -> list[Uptime]:
    """By month, fleet and zone, then by month and pool; where nothing was due there is no row."""
    months = [
        _Month(month.name, month.start, max(0, month.start), min(scenario.end, month.end))
        for month in scenario.calendar.months(0, scenario.end)
    ]
    found = [
        *_of_fleets(scenario, desktops, times, months),
        *_of_pools(scenario, facts, outages, months),
    ]
    return [row for row in found if row.due]


# --- persistent desktops


def _of_fleets(
    scenario: Scenario, desktops: Columns, times: Downtime, months: list[_Month]
) -> Iterator[Uptime]:
    """Each fleet and zone is a group, numbered by pairs."""
    fleets, zones = list(scenario.fleets), list(scenario.zones)
    number = {(f, z): i for i, (f, z) in enumerate((f, z) for f in fleets for z in zones)}
    pairs = zip(desktops["fleet"].tolist(), desktops["zone"].tolist(), strict=True)
    group = np.array([number[pair] for pair in pairs], dtype=np.int64)
    groups = len(number)
    size = np.bincount(group, minlength=groups)
    failing = _united(times.down.take(np.isin(times.down.cause, PROVIDER)))
    interval = scenario.billing.sla_interval
    for month in months:
        absent = _time(group, times.absent, month, groups)
        due = size * (month.closes - month.opens) - absent
        lost = {
            cause.label: _time(group, part, month, groups)
            for cause in Cause
            if len((part := times.down.take(times.down.cause == cause)).desktop)
        }
        failed = _intervals(group, failing, month, interval, groups)
        for (fleet, zone), place in number.items():
            mine = {cause: int(time[place]) for cause, time in lost.items() if time[place]}
            yield Uptime(
                month=month.name,
                region=scenario.region_of(scenario.zones[zone]),
                fleet=fleet,
                zone=zone,
                due=int(due[place]),
                lost=mine,
                promised=int(due[place]) - mine.get(Cause.MAINTENANCE.label, 0),
                failed=int(failed[place]),
            )


def _time(group: Ints, spans: Spans, month: _Month, groups: int) -> Ints:
    """Time of spans inside a month, by group."""
    begin, end = (np.clip(at, month.opens, month.closes) for at in (spans.begin, spans.end))
    # Sums of a float64 bincount are exact below 2**53 ms, which are 285,000 desktop-years.
    return np.bincount(group[spans.desktop], end - begin, groups).astype(np.int64)


def _intervals(group: Ints, spans: Spans, month: _Month, interval: Millis, groups: int) -> Ints:
    """Time of the whole intervals that lie inside a span, by group."""
    begin, end = (np.clip(at, month.opens, month.closes) for at in (spans.begin, spans.end))
    first, last = -((month.start - begin) // interval), (end - month.start) // interval
    whole = np.maximum(last - first, 0) * interval
    return np.bincount(group[spans.desktop], whole, groups).astype(np.int64)


def _united(spans: Spans) -> Spans:
    """Spans of one desktop that touch each other as one."""
    rows, begin, end = held_spans(spans.desktop, spans.begin, spans.end)
    return Spans.of(spans.desktop[rows], begin, end, Cause.NONE)


# --- pools


@dataclass(frozen=True)
class _Places:
    """The places of a pool over the window [user sessions]."""

    due: Steps
    """The target."""
    missing: Steps
    """What of it is not there."""
    taken: dict[Cause, Steps]
    """The part of what is missing that outages took and that is not replaced yet."""
    withheld: dict[Cause, Steps]
    """What is there and cannot be reached."""

    def lost(self, begin: Millis, end: Millis) -> dict[str, Millis]:
        """Time lost by cause."""
        found: dict[str, Millis] = {}
        for cause, steps in [*self.taken.items(), *self.withheld.items()]:
            found[cause.label] = found.get(cause.label, 0) + _sum(steps, begin, end)
        taken = sum(_sum(steps, begin, end) for steps in self.taken.values())
        found[NOT_PROVISIONED] = _sum(self.missing, begin, end) - taken
        return {cause: time for cause, time in found.items() if time}

    def failed(self, month: _Month, interval: Millis) -> Millis:
        """Time of the whole intervals in which places were lost by the provider's fault.

        As many places as were lost at every instant of the interval.
        """
        down = [*self.taken.values(), *self.withheld.values()]
        if not down:
            return 0
        together = down[0]
        for steps in down[1:]:
            together = together + steps
        first = -((month.start - month.opens) // interval)
        last = (month.closes - month.start) // interval
        if last <= first:
            return 0
        edges = month.start + np.arange(first, last + 1) * interval
        return int(together.least(edges).sum()) * interval


def _of_pools(
    scenario: Scenario, facts: Facts, outages: list[Outage], months: list[_Month]
) -> Iterator[Uptime]:
    if not scenario.pools:
        return
    rows = facts.columns(POOL_CAPACITY, "pool", "at", "target", "actual")
    instances = facts.columns(INSTANCES, "pool", "available", "terminated", "cause")
    regions = regions_of_fleets(scenario)
    for number, (name, pool) in enumerate(scenario.pools.items()):
        mine = instances["pool"] == number
        gone = {column: values[mine] for column, values in instances.items()}
        places = _places(
            rows,
            number,
            gone,
            sessions_per_instance=pool.sessions_per_instance,
            outages=outages,
            region=regions[name],
            end=scenario.end,
        )
        for month in months:
            due = _sum(places.due, month.opens, month.closes)
            yield Uptime(
                month=month.name,
                region=regions[name],
                fleet=name,
                zone="",
                due=due,
                lost=places.lost(month.opens, month.closes),
                promised=due,
                failed=places.failed(month, scenario.billing.sla_interval),
            )


def _places(
    rows: Columns,
    pool: int,
    instances: Columns,
    *,
    sessions_per_instance: int,
    outages: list[Outage],
    region: str,
    end: Millis,
) -> _Places:
    mine = rows["pool"] == pool
    at, target, actual = (rows[column][mine] for column in ("at", "target", "actual"))
    due = Steps.of_levels(at, target, end)
    missing = Steps.of_levels(at, np.maximum(target - actual, 0), end)
    if not outages:
        return _Places(due, missing, {}, {})
    taken = _taken(instances, sessions_per_instance, missing)
    return _Places(due, missing, taken, _withheld(due - missing, outages, region))


def _taken(instances: Columns, places: int, missing: Steps) -> dict[Cause, Steps]:
    """Places that outages took, while they are missing."""
    was_there = (instances["available"] != NEVER) & np.isin(instances["cause"], PROVIDER)
    at, cause = instances["terminated"][was_there], instances["cause"][was_there]
    events, number = np.unique(np.stack([at, cause]), axis=1, return_counts=True)
    left = missing.level.copy()
    levels: dict[Cause, Ints] = {}
    for when, why, count in zip(*events.tolist(), number.tolist(), strict=True):
        first = int(np.searchsorted(missing.at, max(when, 0)))
        gone = np.minimum(np.minimum.accumulate(left[first:]), count * places)
        left[first:] -= gone
        levels.setdefault(Cause(why), np.zeros_like(left))[first:] += gone
    return {why: Steps(missing.at, level, missing.end) for why, level in levels.items()}


def _withheld(there: Steps, outages: list[Outage], region: str) -> dict[Cause, Steps]:
    """Places that are there while streaming is lost."""
    found: dict[Cause, Steps] = {}
    streaming, _ = shared_losses(outages, region)
    for span in streaming:
        begin, end = max(span.begin, 0), min(span.end, there.end)
        if begin < end:
            inside = there.between(begin, end)
            cause = span.outage.cause
            found[cause] = found[cause] + inside if cause in found else inside
    return found


def _sum(steps: Steps, begin: Millis, end: Millis) -> Millis:
    return int(steps.integral(np.array([begin, end], dtype=np.int64))[0])
