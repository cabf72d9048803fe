"""All measures of one run together.

Fact tables are read one at a time and only in the columns that a measure needs, so that a run whose
facts are on disk is measured in little memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import (
    DESKTOP_STATES,
    HOST_LOAD,
    INSTANCES,
    LOGONS,
    OPERATIONS,
    SESSIONS,
    Actor,
    Cause,
    OperationKind,
    Outcome,
    SessionOutcome,
    Table,
)
from sim.scenario import Scenario
from sim.study import measures, optimizer
from sim.study import streaming as distance
from sim.study.concurrency import Peak, Steps, Week
from sim.study.fleets import FleetMeasures, by_fleet
from sim.study.measures import STAGES, Delivered, Facts, Ratio, Times
from sim.study.optimizer import OptimizerMeasures
from sim.study.pools import PoolMeasures, always_on, by_pool
from sim.study.service import Service, service
from sim.study.sites import SiteUse, by_site
from sim.study.slow import Band, bands
from sim.study.storm import Storm, attempt_times, last_tries, start_times, storm
from sim.study.work import Work
from sim.units import Millis

RESOURCES = ("vcpu", "memory_gb", "desktops")
"""What is counted on a host, as `host_load` names it."""


@dataclass(frozen=True)
class Use:
    """How many at once: the most, the mean, and the average week."""

    peak: Peak
    mean: float
    week: Week


@dataclass(frozen=True)
class HostUse:
    """How much of one resource the hosts of a group held."""

    group: str
    hosts: int
    resource: str
    """`vcpu`, `memory_gb` or `desktops`."""
    peak: Peak
    mean: float
    capacity: float | None
    """What the group offers, overcommit included; None for desktops, which no number limits."""


@dataclass(frozen=True)
class Operations:
    """What became of one kind of operation inside the window."""

    kind: str
    accepted: int
    refused: Mapping[str, int]
    """How many were refused, by cause."""
    by: Mapping[str, int]
    """How many were asked for, carried out or not, by whom."""


@dataclass(frozen=True)
class Measures:
    """What one run amounts to, money apart."""

    logon_times: Mapping[str, Times]
    """`total` and each stage, over the attempts that connected."""
    waiting: Times
    """From the first attempt to being connected."""
    logon_success: Ratio
    attempt_success: Ratio
    delivered: Delivered
    refused: Mapping[str, int]
    """Refused attempts by cause."""
    abandoned: Mapping[str, int]
    """Sessions that never started by cause."""
    cut: Mapping[str, int]
    """Sessions that ended before their time by cause."""
    connected: Use
    running: Use
    hosts: list[HostUse]
    operations: list[Operations]
    fleets: list[FleetMeasures]
    """What the people of each fleet and pool met."""
    pools: list[PoolMeasures]
    """The capacity of each pool."""
    service: Service
    """What outages and limits meant to people."""
    logon_bands: list[Band]
    """Fast and slow logons, stage by stage."""
    storm: Storm | None
    """The worst hour."""
    streaming: list[distance.Band]
    """Where people worked, between good and cut off, by protocol."""
    latencies: list[distance.Latency]
    """Round trips by protocol."""
    sites: list[SiteUse]
    """How full the network link of each site was."""
    optimizers: list[OptimizerMeasures]
    """What the Cost Optimizer did, by fleet that it looks after."""


def measure(scenario: Scenario, users: Table, clients: Sequence[str], facts: Facts) -> Measures:
    """Measure a run over `[0, scenario.end)`; sessions name their client by its place among all."""
    work = Work.of(facts, fixed_departure(scenario, users), scenario.end)
    fleets = by_fleet(scenario, users, work, facts)
    return Measures(
        **_of_logons(facts, work, scenario.end),
        **_of_sessions(scenario, work),
        **_of_streaming(scenario, users, clients, facts, work),
        sites=by_site(scenario, users, clients, facts, work),
        service=service(scenario, users, facts, work),
        fleets=fleets,
        pools=by_pool(scenario, users, facts, fleets),
        optimizers=optimizer.by_fleet(scenario, users, facts),
        running=_running(scenario, facts),
        hosts=_hosts(scenario, facts),
        operations=_operations(scenario, facts),
    )


class _Attempts(Mapping[str, NDArray[Any]]):
    """The columns of `logons`; the stages, most of its bytes, are in memory one at a time.

    A stage is read whenever it is asked for, the other columns are kept.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._kept = facts.columns(LOGONS, "arrival", "done", "start_kind", "outcome", "cause")

    def __getitem__(self, name: str) -> NDArray[Any]:
        kept = self._kept.get(name)
        return self._facts.columns(LOGONS, name)[name] if kept is None else kept

    def __iter__(self) -> Iterator[str]:
        yield from (*self._kept, *STAGES)

    def __len__(self) -> int:
        return len(self._kept) + len(STAGES)


def _of_logons(facts: Facts, work: Work, end: Millis) -> dict[str, Any]:
    logons = _Attempts(facts)
    last = last_tries(
        work.sessions,
        work.interruptions,
        lambda: attempt_times(facts),
        end,
    )
    return {
        "logon_times": measures.logon_times(logons, end),
        "logon_bands": bands(logons, measures.connected(logons, end)),
        "attempt_success": measures.attempt_success(logons, end),
        "refused": measures.causes(logons, end, Outcome.REFUSED),
        "storm": storm(work.sessions, work.interruptions, start_times(logons), end, last),
    }


def _of_sessions(scenario: Scenario, work: Work) -> dict[str, Any]:
    sessions, end = work.sessions, scenario.end
    return {
        "waiting": measures.waiting_times(sessions, end),
        "logon_success": measures.logon_success(sessions, end),
        "delivered": Delivered.of(work.minutes),
        "abandoned": measures.causes(sessions, end, SessionOutcome.ABANDONED),
        "cut": measures.causes(sessions, end, SessionOutcome.CUT),
        "connected": _use(scenario, measures.connected_users(sessions, end, work.gaps)),
    }


def _of_streaming(
    scenario: Scenario, users: Table, clients: Sequence[str], facts: Facts, work: Work
) -> dict[str, Any]:
    sessions = {
        **facts.columns(SESSIONS, "user", "client", "rtt"),
        "connected": work.sessions["connected"],
        "delivered": work.minutes.delivered,
    }
    streamed = distance.Streamed.of(scenario, users, clients, sessions, scenario.end)
    return {"streaming": distance.bands(streamed), "latencies": distance.latencies(streamed)}


def _running(scenario: Scenario, facts: Facts) -> Use:
    states = facts.columns(DESKTOP_STATES, "begin", "end", "state")
    steps = measures.running_desktops(states, scenario.end)
    if scenario.pools:
        instances = facts.columns(INSTANCES, "pool", "available", "used", "terminated")
        steps += measures.running_instances(instances, always_on(scenario), scenario.end)
    return _use(scenario, steps)


def fixed_departure(scenario: Scenario, users: Table) -> NDArray[np.bool_]:
    """For each user, by code, whether their sessions end at a fixed time."""
    ends = {
        name: scenario.behaviour(name).session_end == "fixed_departure"
        for name in set(users["population"].tolist())
    }
    return np.array([ends[name] for name in users["population"]], dtype=np.bool_)


def _use(scenario: Scenario, steps: Steps) -> Use:
    return Use(steps.peak(), steps.mean(), steps.average_week(scenario.start))


def _hosts(scenario: Scenario, facts: Facts) -> list[HostUse]:
    """Hosts are numbered over all groups in the order of the file."""
    if not scenario.host_groups:
        return []
    load = facts.columns(HOST_LOAD)
    found, first = [], 0
    for name, group in scenario.host_groups.items():
        hosts = range(first, first + group.count)
        first += group.count
        capacity = {
            "vcpu": group.count * group.vcpu * group.overcommit.vcpu,
            "memory_gb": group.count * group.memory * group.overcommit.memory,
        }
        for resource in RESOURCES:
            steps = measures.host_load(load, hosts, resource, scenario.end)
            use = HostUse(
                name, group.count, resource, steps.peak(), steps.mean(), capacity.get(resource)
            )
            found.append(use)
    return found


def _operations(scenario: Scenario, facts: Facts) -> list[Operations]:
    rows = facts.columns(OPERATIONS, "at", "operation", "accepted", "cause", "by")
    here = measures.inside(rows["at"], scenario.end)
    found = []
    for kind in OperationKind:
        mine = here & (rows["operation"] == kind)
        if mine.any():
            refused = measures.counted(rows["cause"][mine & ~rows["accepted"]], Cause)
            by = measures.counted(rows["by"][mine], Actor)
            found.append(Operations(kind.label, int(rows["accepted"][mine].sum()), refused, by))
    return found
