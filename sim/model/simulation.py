"""A run: the SimPy clock, the decisions on it, and the crowd that advances between them.

SimPy owns the clock. What it schedules is what disturbs or decides: joiners and leavers,
operations, the weekly window, the end. Users who share nothing with anybody are walked by the
vectorised engine, all others by the agenda; which one a user meets changes no fact.
"""

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Literal

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.model.administration import Administration
from sim.model.agenda import Agenda, Progress
from sim.model.autoscaler import Autoscaler, full_minute
from sim.model.changes import Changes
from sim.model.crowd import Crowd
from sim.model.decisions import Decision, Decisions
from sim.model.desktops import Desktops
from sim.model.facts import Facts, Store
from sim.model.growth import VolumeGrowth
from sim.model.hosts import Hosts
from sim.model.journal import Journal
from sim.model.operation_log import OperationLog
from sim.model.operations import Operations
from sim.model.optimizer import Optimizer
from sim.model.outages import Outages, affects_directory, affects_everybody
from sim.model.owned import Owned
from sim.model.person import Supply
from sim.model.placement import Zones
from sim.model.pool import Pool
from sim.model.pooled import Pooled
from sim.model.provisioning import Provisioning
from sim.model.ranks import simulate_by_rank
from sim.model.regions import Regions
from sim.model.scaling import scaling_of
from sim.model.stages import logon_row
from sim.model.starts import Starts
from sim.model.world import World, build
from sim.record import NEVER
from sim.scenario.access import Access
from sim.scenario.distributions import Constant, Distribution
from sim.scenario.schema import Scenario
from sim.units import Millis
from sim.workload import Stream, Workload, sample

Engine = Literal["agenda", "ranks"]


def simulate(
    scenario: Scenario,
    workload: Workload,
    store: Store,
    replication: int = 0,
    *,
    engine: Engine | None = None,
    progress: Progress | None = None,
    environment: simpy.Environment | None = None,
) -> None:
    """Run a workload through a scenario and hand the fact tables to a store.

    Args:
        scenario: what the run depends on.
        workload: users, plan and clients, from `sim.workload.make_workload`.
        store: takes the tables; see `sim.record` for their columns.
        replication: number of the replication, for the streams drawn here.
        engine: `agenda` for everybody; by default those who share nothing are vectorised.
        progress: told the simulated instant [ms] now and then.
        environment: a SimPy environment to use, so that its events can be counted.
    """
    world = build(scenario, workload, replication)
    facts, zones = Facts(store, logon_row(world)), Zones(scenario)
    hosts = Hosts.of(scenario, facts, _draws(world.stream("placement")))
    regions = Regions()
    agenda = Agenda(world.end, facts, progress)
    crowd = Crowd(world, agenda, Journal(world, facts))
    starts = Starts(scenario.access.start_rate)
    owned = Owned(crowd, Desktops(world, agenda, hosts, regions), starts)
    log = OperationLog(owned.desktops)
    provisioning = Provisioning(crowd, owned.desktops, zones, log, facts)
    decisions = Decisions(world.begin, world.end)
    operations = Operations(Changes(crowd, owned.desktops, provisioning), decisions)
    provisioning.watch = VolumeGrowth(operations).follow
    administration = Administration(owned, operations)
    optimizer = Optimizer(owned, operations, facts)
    desktop_of = provisioning.install()
    pools = _pools(world, agenda, zones, hosts, regions)
    pooled = [Pooled(crowd, pool, starts) for pool in pools]
    supplies: list[Supply] = [*(owned for _ in world.fleets), *pooled]
    outages = Outages(
        world, owned, pooled, administration, zones=zones, hosts=hosts, regions=regions
    )
    for pool in pools:
        pool.open(world.begin)
    alone = _alone(world, desktop_of) if engine != "agenda" else np.empty(0, dtype=np.int64)
    if len(alone) and simulate_by_rank(world, alone, desktop_of, facts):
        provisioning.release(alone)
        others = np.setdiff1d(np.arange(len(world.users)), alone)
    else:
        others = np.arange(len(world.users))
    for user in others.tolist():
        person = crowd.enlist(user, supplies[world.user_fleet[user]])
        owned.desktops.plan_maintenance(person)
    env = environment or simpy.Environment(initial_time=world.begin)
    decisions.foresee(_decisions(world, outages, administration, optimizer, pools))
    env.process(_clock(env, world, agenda, decisions))
    with _collector_off():
        env.run()
    crowd.finish()
    log.finish(facts)
    provisioning.finish()
    optimizer.finish()
    outages.standbys.finish()
    for supply in pooled:
        supply.finish()
    for pool in pools:
        pool.finish()
        facts.add(pool.log.table(world.begin, world.end, full_minute(world)))
    hosts.finish()
    facts.add(world.outages)
    facts.close()


@contextmanager
def _collector_off() -> Iterator[None]:
    """Spare the collector of cycles the search for some: a run makes none.

    Its searches through all that is alive took a fifth of the time of a large run.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _pools(
    world: World, agenda: Agenda, zones: Zones, hosts: Hosts, regions: Regions
) -> list[Pool]:
    """The pools of a scenario, which number their instances together."""
    numbers = count()
    return [
        Pool(
            number,
            name,
            spec,
            scaling_of(world.scenario, world.workload, name, world.replication),
            agenda=agenda,
            zones=zones,
            hosts=hosts,
            region=regions[world.scenario.region_of(spec)],
            provisioning=_durations(world, f"provisioning/{name}", spec.provisioning),
            numbers=numbers,
        )
        for number, (name, spec) in enumerate(world.scenario.pools.items())
    ]


def _decisions(
    world: World,
    outages: Outages,
    administration: Administration,
    optimizer: Optimizer,
    pools: list[Pool],
) -> Iterator[Decision]:
    """All decisions known beforehand.

    At one instant observations, outages, administration, the optimizer, pool by pool (F1, P8, C1).
    """
    scalers = [Autoscaler(world, pool) for pool in pools]
    for scaler in scalers:
        yield from scaler.observations()
    yield from outages.decisions()
    yield from administration.decisions()
    yield from optimizer.decisions()
    for scaler in scalers:
        yield from scaler.decisions()
    yield from outages.redirections()
    yield from outages.rebuilds()


def _clock(
    env: simpy.Environment, world: World, agenda: Agenda, decisions: Decisions
) -> Generator[simpy.Event, None, None]:
    """Advance the agenda to each decision, carry it out, and so on to the end."""
    while (at := decisions.next_at) is not None:
        yield env.timeout(at - env.now)
        agenda.advance(at)
        decisions.carry_out(at)
    yield env.timeout(world.end - env.now)
    agenda.advance(world.end)


def _draws(stream: Stream) -> Callable[[], float]:
    """A stream's numbers one after another."""
    source = _numbers(stream)
    return lambda: next(source)


def _numbers(stream: Stream) -> Iterator[float]:
    for block in count():
        yield from stream.uniforms(1024, day=block).tolist()


def _durations(world: World, name: str, law: Distribution) -> Iterator[Millis]:
    """Durations drawn from a stream, one after another [ms]."""
    stream = world.stream(name)
    for block in count():
        yield from sample(law, stream.uniforms(1024, first=1024 * block)).tolist()


def _has_path(scenario: Scenario) -> bool:
    """Whether logons pass more than the directory's line, or slow each other down."""
    slow = any(fleet.logon.slowdown for fleet in scenario.fleets.values())
    link = scenario.directory.link if scenario.directory else None
    near = link is None or (isinstance(link, Constant) and not link.value)
    return slow or not near or scenario.access != Access()


def _alone(world: World, desktop_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Users whom nothing but a directory of their like connects with anything else."""
    operations = world.scenario.operations
    assert isinstance(operations, list)
    operated = {operation.fleet for operation in operations}
    windows = bool(world.scenario.maintenance.alwayson_duration)
    free = [
        not fleet.hosts
        and name not in operated
        and fleet.optimizer is None
        and fleet.volume_growth is None
        and not any(fleet.self_service.wanted())
        and not (windows and fleet.running_mode == "AlwaysOn")
        for name, fleet in world.scenario.fleets.items()
    ]
    users = world.users
    if affects_everybody(world) or _has_path(world.scenario):
        return np.empty(0, dtype=np.int64)
    alone = np.array(free + [False] * len(world.pools), dtype=bool)[world.user_fleet]
    alone &= (users["joins"] == NEVER) & (users["leaves"] == NEVER) & (desktop_of >= 0)
    elsewhere = (world.plan["arrival"] == NEVER) | world.too_far
    alone[world.plan["user"][elsewhere]] = False
    if world.servers:
        queue = np.array([fleet.uses_directory for fleet in world.served])[world.user_fleet]
        if affects_directory(world) or not alone[queue].all():
            alone &= ~queue
    return np.flatnonzero(alone)
