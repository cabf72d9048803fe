"""What each pool amounts to: its capacity, how it was used, and what moved it.

What its people met, refusals among it, stands with everybody's in `sim.study.fleets`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import (
    INSTANCES,
    LAUNCH_FAILURES,
    POOL_CAPACITY,
    SCALING,
    USER_SESSIONS,
    Cause,
    ScalingSource,
    Table,
)
from sim.record.codes import Code
from sim.scenario import Scenario
from sim.study.capacity import Capacity, InstanceTime, instance_time
from sim.study.concurrency import Peak, Steps
from sim.study.days import AverageDay, WorstDay, average_day, worst_day
from sim.study.fleets import FleetMeasures
from sim.study.measures import Columns, Facts, counted, inside
from sim.units import Millis


@dataclass(frozen=True)
class Level:
    """How high a level was."""

    peak: Peak
    mean: float


@dataclass(frozen=True)
class PoolMeasures:
    """The capacity of one pool over the window; all levels in user sessions."""

    pool: str
    queues: bool
    """Whether who finds no capacity waits in line."""
    desired: Level
    actual: Level
    active: Level
    waiting: Level
    """People in line."""
    utilization: float | None
    """Active over actual, both integrated over the window."""
    utilization_by_hour: list[float | None]
    """The same in each hour of the week from Monday 00:00 UTC; 168 values."""
    instances: InstanceTime
    user_sessions: int
    """User sessions that began in the window; a reconnection begins none."""
    launch_failures: Mapping[str, int]
    """How often instances could not be launched, by cause."""
    scaling: Mapping[str, int]
    """Changes of the target, by who asked for them."""
    time_zone: str
    """That of most of its people: the days below are by its clock."""
    average_day: AverageDay | None
    worst_day: WorstDay | None


def by_pool(
    scenario: Scenario, users: Table, facts: Facts, fleets: list[FleetMeasures]
) -> list[PoolMeasures]:
    """A row for each pool in the order of the file."""
    if not scenario.pools:
        return []
    levels = facts.columns(POOL_CAPACITY, "pool", "at", "desired", "actual", "active", "waiting")
    instances = facts.columns(INSTANCES, "pool", "available", "terminated")
    sessions = facts.columns(USER_SESSIONS, "pool", "instance", "begin", "end")
    failures = facts.columns(LAUNCH_FAILURES, "pool", "at", "cause")
    scaling = facts.columns(SCALING, "pool", "at", "source")
    turned_away = {fleet.fleet: fleet.turned_away for fleet in fleets}
    found = []
    for number, (name, pool) in enumerate(scenario.pools.items()):
        capacity = Capacity.of(levels, number, scenario.end)
        zone = main_time_zone(users["time_zone"][users["fleet"] == name])
        begun = (sessions["pool"] == number) & inside(sessions["begin"], scenario.end)
        found.append(
            PoolMeasures(
                pool=name,
                queues=pool.admission == "queue",
                desired=_level(capacity.desired),
                actual=_level(capacity.actual),
                active=_level(capacity.active),
                waiting=_level(capacity.waiting),
                utilization=capacity.utilization(),
                utilization_by_hour=capacity.utilization_by_hour(scenario.start),
                instances=instance_time(instances, sessions, number, scenario.end),
                user_sessions=int(begun.sum()),
                launch_failures=counts(failures, number, "cause", Cause, scenario.end),
                scaling=counts(scaling, number, "source", ScalingSource, scenario.end),
                time_zone=zone,
                average_day=average_day(scenario, capacity, zone),
                worst_day=worst_day(scenario, capacity, turned_away[name], zone),
            )
        )
    return found


def always_on(scenario: Scenario) -> NDArray[np.bool_]:
    """For each pool, by its number, whether its instances run while they wait."""
    modes = [pool.running_mode == "AlwaysOn" for pool in scenario.pools.values()]
    return np.array(modes, dtype=np.bool_)


def main_time_zone(zones: NDArray[Any]) -> str:
    """Time zone of most people, the first of those that tie; UTC without people.

    Args:
        zones: of each of them.
    """
    names, number = np.unique(zones.astype(str), return_counts=True)
    return str(names[number.argmax()]) if len(names) else "UTC"


def counts(rows: Columns, pool: int, name: str, codes: type[Code], end: Millis) -> dict[str, int]:
    """How many rows of the pool in the window have each code, those without any left out."""
    here = (rows["pool"] == pool) & inside(rows["at"], end)
    return counted(rows[name][here], codes)


def _level(steps: Steps) -> Level:
    return Level(steps.peak(), steps.mean())
