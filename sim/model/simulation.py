"""A run: the SimPy clock, the decisions on it, and the crowd that advances between them.

SimPy owns the clock. What it schedules is what disturbs or decides: joiners and leavers,
operations, the weekly window, the end. Users who share nothing with anybody are walked by the
vectorised engine, all others by the agenda; which one a user meets changes no fact.
"""

from collections.abc import Callable, Generator
from typing import Literal

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.model.administration import Administration, Decision
from sim.model.agenda import Agenda, Progress
from sim.model.crowd import Crowd
from sim.model.desktops import Desktops
from sim.model.facts import Facts, Store
from sim.model.hosts import Hosts
from sim.model.journal import Journal
from sim.model.placement import Zones
from sim.model.ranks import simulate_by_rank
from sim.model.world import World, build
from sim.record import NEVER
from sim.scenario.schema import Scenario
from sim.workload import Stream, Workload

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
    facts = Facts(store)
    hosts = Hosts.of(scenario, facts, _draws(Stream(scenario.seed, replication, "placement")))
    agenda = Agenda(world.end, facts, progress)
    desktops = Desktops(world, agenda, hosts)
    crowd = Crowd(world, agenda, desktops, Journal(world, facts, desktops))
    administration = Administration(world, crowd, Zones(scenario), facts)
    desktop_of = administration.install()
    alone = _alone(world, desktop_of) if engine != "agenda" else np.empty(0, dtype=np.int64)
    if len(alone) and simulate_by_rank(world, alone, desktop_of, facts):
        administration.release(alone)
        others = np.setdiff1d(np.arange(len(world.users)), alone)
    else:
        others = np.arange(len(world.users))
    for user in others.tolist():
        crowd.enlist(user)
    env = environment or simpy.Environment(initial_time=world.begin)
    env.process(_clock(env, world, agenda, administration.decisions()))
    env.run()
    crowd.finish()
    administration.finish()
    hosts.finish()
    facts.close()


def _clock(
    env: simpy.Environment, world: World, agenda: Agenda, decisions: list[Decision]
) -> Generator[simpy.Event, None, None]:
    """Advance the agenda to each decision, carry it out, and so on to the end."""
    for decision in decisions:
        if world.begin <= decision.at < world.end:
            yield env.timeout(decision.at - env.now)
            agenda.advance(decision.at)
            decision.carry_out(decision.at)
    yield env.timeout(world.end - env.now)
    agenda.advance(world.end)


def _draws(stream: Stream) -> Callable[[], float]:
    """A stream's numbers one after another."""

    def numbers() -> Generator[float, None, None]:
        block = 0
        while True:
            yield from stream.uniforms(1024, day=block).tolist()
            block += 1

    source = numbers()
    return lambda: next(source)


def _alone(world: World, desktop_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Users whom nothing but a directory of their like connects with anything else."""
    operations = world.scenario.operations
    assert isinstance(operations, list)
    operated = {operation.fleet for operation in operations}
    windows = bool(world.scenario.maintenance.alwayson_duration)
    free = [
        not fleet.hosts
        and name not in operated
        and not (windows and fleet.running_mode == "AlwaysOn")
        for name, fleet in zip(world.fleet_names, world.fleets, strict=True)
    ]
    users = world.users
    alone = np.array(free, dtype=bool)[world.user_fleet]
    alone &= (users["joins"] == NEVER) & (users["leaves"] == NEVER) & (desktop_of >= 0)
    by_gap = world.plan["arrival"] == NEVER
    alone[world.plan["user"][by_gap]] = False
    if world.servers:
        queue = np.array([fleet.uses_directory for fleet in world.fleets])[world.user_fleet]
        if not alone[queue].all():
            alone &= ~queue
    return np.flatnonzero(alone)
