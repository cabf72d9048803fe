"""What the page shows of a pool in figures: its worst day, its average one, and its week."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim.study.days import AverageDay, WorstDay
from sim.study.pools import PoolMeasures

if TYPE_CHECKING:
    from sim.report.contents import Drawing
    from sim.report.figures import CapacityDay


def pool_drawings(pool: PoolMeasures) -> Iterator["Drawing"]:
    """The drawings of one pool, the one that says why people were turned away first."""
    if pool.worst_day is not None:
        yield _worst(pool, pool.worst_day)
    if pool.average_day is not None:
        yield _average(pool, pool.average_day)
    yield _week(pool)


def _worst(pool: PoolMeasures, day: WorstDay) -> "Drawing":
    from sim.report import figures
    from sim.report.svg import drawing

    lines, away = _lines(day), day.turned_away
    title = f"The worst day of the pool {pool.pool}: when there was no room, and why"
    return drawing(
        lambda ax: figures.worst_day(lines, away, ax, date=day.date, time_zone=pool.time_zone),
        topic="capacity",
        title=title if away.any() else f"The fullest day of the pool {pool.pool}",
        description=figures.describe_worst_day(
            lines, away, date=day.date, time_zone=pool.time_zone
        ),
    )


def _average(pool: PoolMeasures, day: AverageDay) -> "Drawing":
    from sim.report import figures
    from sim.report.svg import drawing

    lines, band = _lines(day), (day.active_low, day.active_high)
    return drawing(
        lambda ax: figures.average_day(lines, band, ax, days=day.days, time_zone=pool.time_zone),
        topic="capacity",
        title=f"The average day of the pool {pool.pool}: what is there, and what is used",
        description=figures.describe_average_day(lines, days=day.days, time_zone=pool.time_zone),
    )


def _week(pool: PoolMeasures) -> "Drawing":
    from sim.report import figures
    from sim.report.svg import drawing

    used = pool.utilization_by_hour
    return drawing(
        lambda ax: figures.utilization_week(used, ax),
        topic="capacity",
        title=f"Utilisation of the pool {pool.pool} by hour of the week",
        description=figures.describe_utilization(used),
    )


def _lines(day: AverageDay | WorstDay) -> "CapacityDay":
    from sim.report.figures import CapacityDay

    desired, actual, active = (
        (line.edges, line.level) for line in (day.desired, day.actual, day.active)
    )
    return CapacityDay(desired=desired, actual=actual, active=active)
