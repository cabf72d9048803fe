"""What CloudWatch would have shown of a run: metrics of desktops and pools, as it names them.

A question has the shape of the service's own: which metrics, of which dimension, in periods of how
many seconds, which statistics. The answer comes metric by metric; `sim.api.datapoints` writes it,
in the form of the service's own answers too, so that what was made for the real fleet reads the
simulated one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from sim.api.datapoints import Series
from sim.api.dimensions import FIELDS, dimension
from sim.api.errors import ResultError
from sim.api.metrics import pool_codes
from sim.api.recorded import Recorded, unknown
from sim.record import POOL_CAPACITY
from sim.study.cloudwatch import (
    ABSENT,
    DESKTOP_SLOT,
    OF_DESKTOPS,
    OF_DIRECTORY,
    OF_POOLS,
    POOL_SLOT,
    STATISTICS,
    Metric,
    Periods,
    Points,
    desktop_metrics,
    device_metrics,
    pool_tallies,
    refusals,
)
from sim.units import MINUTE, SECOND, Millis

_METRICS = {**OF_DESKTOPS, **OF_DIRECTORY, **OF_POOLS}


@dataclass(frozen=True)
class Query:
    """What is asked; by default all metrics of all desktops together, and of each pool."""

    metrics: tuple[str, ...] = ()
    """Names, as CloudWatch spells them; all when empty."""
    desktop: str | None = None
    """One desktop, by its name or its user's."""
    user: str | None = None
    """All desktops that a user has had."""
    running_mode: str | None = None
    """Desktops while they are `AlwaysOn` or `AutoStop`."""
    compute_type: str | None = None
    """Desktops while they have a bundle, `POWER`."""
    protocol: str | None = None
    """Desktops while they stream by a protocol, `WSP` (DCV) or `PCOIP`."""
    pool: str | None = None
    """One pool."""
    period_s: int = 300
    """Length of a period [s], a multiple of 60."""
    statistics: tuple[str, ...] = ()
    """Those wanted; all that CloudWatch offers for the metric when empty."""
    begin: datetime | None = None
    """Of the measured time when absent."""
    end: datetime | None = None

    def given(self) -> dict[str, str]:
        """The fields that name some of the desktops, and are there."""
        fields = {name: getattr(self, name) for name in FIELDS}
        return {name: value for name, value in fields.items() if value}


def series(recorded: Recorded, query: Query) -> Iterator[Series]:
    """Answer a question, one metric after another.

    Everything that is wrong with the question is told before anything is computed.

    Raises:
        ResultError: for a metric that is not known or not determined, a statistic that it does not
            have, a desktop or a pool that is not there, a period that CloudWatch does not offer.
    """
    return _Answer(recorded, query).series()


class _Answer:
    """A question that makes sense for a run."""

    def __init__(self, recorded: Recorded, query: Query) -> None:
        self._recorded, self._query = recorded, query
        self._length = _period(query.period_s)
        self._window = recorded.window(query.begin, query.end)
        self._metrics = _wanted(recorded, query)
        self._dimension = dimension(recorded, query.given())
        names = recorded.names.pools
        self._pools = [recorded.pool(query.pool)] if query.pool else list(range(len(names)))

    def series(self) -> Iterator[Series]:
        yield from self._desktops()
        yield from self._directory()
        yield from self._each_pool()

    def _desktops(self) -> Iterator[Series]:
        wanted, recorded = self._of(OF_DESKTOPS), self._recorded
        if not wanted:
            return
        periods = self._periods(DESKTOP_SLOT)
        tallies = desktop_metrics(
            recorded.facts,
            periods,
            wanted,
            scope=self._dimension.scope,
            protocols=recorded.protocols,
            desktops=len(recorded.names.desktops),
            end=recorded.end,
        )
        for name in wanted:
            points = tallies[name].points(periods)
            yield self._one(OF_DESKTOPS[name], self._dimension.name, self._dimension.value, points)

    def _directory(self) -> Iterator[Series]:
        wanted = self._of(OF_DIRECTORY)
        if not wanted:
            return
        periods = self._periods(DESKTOP_SLOT)
        tallies = device_metrics(self._recorded.facts, periods, self._recorded.end)
        for name in wanted:
            points = tallies[name].points(periods)
            yield self._one(OF_DIRECTORY[name], self._dimension.name, self._dimension.value, points)

    def _each_pool(self) -> Iterator[Series]:
        wanted, recorded = self._of(OF_POOLS), self._recorded
        if not wanted:
            return
        names, periods = list(recorded.names.pools), self._periods(POOL_SLOT)
        rows = recorded.facts.columns(POOL_CAPACITY, "pool", "at", "desired", "actual", "active")
        refused = refusals(recorded.facts, pool_codes(recorded.names.users, names))
        for pool in self._pools:
            none = np.empty(0, dtype=np.int64)
            tallies = pool_tallies(rows, pool, refused.get(pool, none), periods, recorded.end)
            for name in wanted:
                points = tallies[name].points(periods)
                yield self._one(OF_POOLS[name], "Pool", names[pool], points)

    def _of(self, group: Mapping[str, Metric]) -> list[str]:
        """Names of the wanted metrics of a group."""
        return [name for name in self._metrics if name in group]

    def _periods(self, slot: Millis) -> Periods:
        return Periods.of(self._recorded.calendar, *self._window, self._length, slot)

    def _one(self, metric: Metric, dimension: str, resource: str, points: Points) -> Series:
        statistics = self._metrics[metric.name]
        return Series(metric, dimension, resource, self._query.period_s, statistics, points)


def _wanted(recorded: Recorded, query: Query) -> dict[str, tuple[str, ...]]:
    """The wanted statistics of each wanted metric, by its name.

    Raises:
        ResultError: for a metric, or a statistic of it, that there is not.
    """
    groups = _groups(recorded, query)
    names = query.metrics or [name for group in groups for name in group]
    for name in names:
        _check_metric(name)
        if not any(name in group for group in groups):
            raise ResultError(_elsewhere(name, recorded))
    metrics = {name: _METRICS[name] for name in names}
    chosen = {name: _statistics(metric, query) for name, metric in metrics.items()}
    return {name: statistics for name, statistics in chosen.items() if statistics}


def _groups(recorded: Recorded, query: Query) -> list[Mapping[str, Metric]]:
    """The groups of metrics that there are in the dimension that is asked for.

    Raises:
        ResultError: when several dimensions are.
    """
    given = query.given() | ({"pool": query.pool} if query.pool else {})
    if len(given) > 1:
        several = " and ".join(name.replace("_", " ") for name in given)
        raise ResultError(f"expected one dimension, got several of them: {several}")
    if query.given():
        return [OF_DESKTOPS]
    pools = [OF_POOLS] if recorded.names.pools else []
    if query.pool:
        recorded.pool(query.pool)
        return pools
    if query.metrics or len(recorded.names.desktops):
        return [OF_DESKTOPS, OF_DIRECTORY, *pools]
    return pools


def _elsewhere(name: str, recorded: Recorded) -> str:
    """Why a metric is not there in the dimension that was asked for."""
    if name in OF_POOLS and not recorded.names.pools:
        return f"{name} is a metric of pools, and this run has none"
    kind = "pools" if name in OF_POOLS else "the whole directory"
    if name in OF_DESKTOPS:
        kind = "desktops"
    return f"{name} is a metric of {kind}, not of what was asked for"


def _period(seconds: int) -> int:
    """A period [ms].

    Raises:
        ResultError: when it is no multiple of a minute. Source: CloudWatch API reference,
            MetricStat.
    """
    if seconds <= 0 or seconds * SECOND % MINUTE:
        raise ResultError(f"expected a period of 60 s or a multiple of it, got {seconds}")
    return seconds * SECOND


def _check_metric(name: str) -> None:
    """Refuse a metric that CloudWatch does not have, and one that a run cannot tell."""
    if name in ABSENT:
        raise ResultError(
            f"{name} is not determined by a run: {ABSENT[name]}; "
            "`desksim cloudwatch --list` names all that are"
        )
    if name not in _METRICS:
        raise unknown("metric", name, [*_METRICS, *ABSENT])


def _statistics(metric: Metric, query: Query) -> tuple[str, ...]:
    """Those of a metric that are wanted.

    Raises:
        ResultError: for one that CloudWatch does not have, or not of this metric.
    """
    if not query.statistics:
        return metric.statistics
    for name in query.statistics:
        if name not in STATISTICS:
            raise unknown("statistic", name, STATISTICS)
        if query.metrics and name not in metric.statistics:
            offered = ", ".join(metric.statistics)
            raise ResultError(f"CloudWatch has no {name} of {metric.name}; it has {offered}")
    return tuple(name for name in dict.fromkeys(query.statistics) if name in metric.statistics)
