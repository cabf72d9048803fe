"""From a scenario to a result: people, model, meter, prices, measures, in that order."""

import gc
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from sim.api.folder import FACTS, fill, is_result
from sim.api.frames import Names
from sim.api.loading import Scenario, load, placed
from sim.api.results import Run
from sim.metering import METERED, meter
from sim.model import simulate
from sim.record import (
    DESKTOPS,
    HOST_LOAD,
    INSTANCES,
    INTERRUPTIONS,
    LAUNCH_FAILURES,
    OPERATIONS,
    OUTAGES,
    POOL_CAPACITY,
    RECOVERIES,
    SCALING,
    USER_SESSIONS,
    Table,
)
from sim.record.cost_optimizer import COST_OPTIMIZER
from sim.scenario import ScenarioError
from sim.storage import FactStore, replace_folder
from sim.study.execution import Executor, refuse_to_begin_again
from sim.study.run import measure

OF_POOLS = (INSTANCES, USER_SESSIONS, POOL_CAPACITY, SCALING, LAUNCH_FAILURES)
"""Tables that only a run with pools has."""
OF_OUTAGES = (OUTAGES, INTERRUPTIONS, RECOVERIES)
"""Tables that only a run with outages has."""

Progress = Callable[[str, float], None]
"""Told what is being done and what share of it is done."""


def run(
    scenario: Scenario | str | PathLike[str],
    *,
    overrides: Sequence[str] = (),
    replication: int = 0,
    facts: bool = True,
    out: str | PathLike[str] | None = None,
    plan: str | PathLike[str] | None = None,
    users: str | PathLike[str] | None = None,
    swings: bool = False,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a scenario once.

    Args:
        scenario: a loaded scenario, or the path of a scenario file.
        overrides: settings laid over it, such as `fleets.office.autostop_timeout=2 h`.
        replication: which independent run of the scenario, from 0; its draws depend on nothing but
            the seed and this number.
        facts: keep the fact tables; without them only the bill and the summary remain.
        out: write the result to this folder, streaming the facts to disk while the model runs, so
            that memory does not grow with the length of the run.
        plan: replay this plan (`plan.csv` or `.parquet`) in place of the scenario's populations.
        users: the users of that plan.
        swings: also run it with each assumption lower and higher, as `Run.swings`.
        executor: where the runs for the swings are done; by default on all cores of this machine.
        progress: told what is being done and how far it is.

    Raises:
        ScenarioError: with everything that is wrong with the files and overrides.
        FileExistsError: when `out` holds something that no run has written.
        OSError: as one sentence, when the system refuses to write.
    """
    chosen = to_be_run(scenario, (*overrides, *replayed(plan, users)))
    tell = progress or (lambda _what, _share: None)
    if swings:
        refuse_to_begin_again()
    with running(chosen, replication, facts=facts, out=out, tell=tell) as (run, _):
        if swings:
            from sim.api.observing import observations
            from sim.api.swings import swung

            base = {replication: observations(run)}
            run.swings = swung(chosen, base, executor=executor, tell=tell)
        return run


@contextmanager
def running(
    scenario: Scenario,
    replication: int,
    *,
    facts: bool,
    out: str | PathLike[str] | None,
    tell: Progress,
) -> Iterator[tuple[Run, Path | None]]:
    """A run, and the folder of its result until the block ends and all of it appears in `out`.

    What is done in the block thus belongs to the result: should it fail, nothing was written.
    """
    if out is None:
        run = _simulated(scenario, replication, FactStore(replication=replication), tell)
        yield run, None
        if not facts:
            run.facts = None
        return
    with replace_folder(Path(out), is_result) as folder:
        with FactStore[Table](folder / FACTS, replication=replication) as store:
            run = _simulated(scenario, replication, store, tell)
        yield run, folder
        tell("writing", 0)
        fill(folder, run, minutes=facts)
        if not facts:
            run.facts = None
            shutil.rmtree(folder / FACTS)
    if facts:
        store.moved(Path(out) / FACTS)
    tell("writing", 1)


def to_be_run(scenario: Scenario | str | PathLike[str], overrides: Sequence[str] = ()) -> Scenario:
    """A scenario, loaded if it was not, with settings laid over it."""
    if not isinstance(scenario, Scenario):
        return load(scenario, overrides)
    return scenario.with_overrides(*overrides) if overrides else scenario


def replayed(plan: str | PathLike[str] | None, users: str | PathLike[str] | None) -> list[str]:
    """The settings that replay a plan in place of the scenario's populations."""
    if plan is None:
        if users is not None:
            raise ValueError("expected a plan with the users, got users alone")
        return []
    # JSON text is YAML text, whatever the path holds.
    settings = [f"replay.sessions={json.dumps(str(plan), ensure_ascii=False)}"]
    if users is not None:
        settings.append(f"replay.users={json.dumps(str(users), ensure_ascii=False)}")
    return settings


def _simulated(
    scenario: Scenario, replication: int, facts: FactStore[Table], tell: Progress
) -> Run:
    spec = scenario.spec
    tell("drawing the people", 0)
    workload = scenario.workload(replication)
    facts.add(workload.users)
    facts.add(workload.plan)
    optimized = any(fleet.optimizer for fleet in spec.fleets.values())
    seldom = (
        *(OF_POOLS if spec.pools else ()),
        *(OF_OUTAGES if spec.outages else ()),
        *((COST_OPTIMIZER,) if optimized else ()),
    )
    for schema in (HOST_LOAD, OPERATIONS, *seldom):
        facts.add(Table.empty(schema))
    tell("simulating", 0)
    span = spec.end - spec.begin
    try:
        simulate(
            spec,
            workload,
            facts,
            replication,
            progress=lambda at: tell("simulating", (at - spec.begin) / span),
        )
    except ScenarioError as error:  # a function of the user's own went wrong
        raise ScenarioError(placed(scenario.resolved, error.problems)) from error
    tell("simulating", 1)
    users, clients = workload.users, workload.clients
    del workload
    # What the model was made of refers to itself: it stays until somebody searches for cycles.
    gc.collect()
    desktops = facts.table(DESKTOPS)
    tell("metering", 0)
    usage = meter(spec, users, **{schema.name: facts.table(schema) for schema in METERED})
    tell("measuring", 0)
    return Run(
        scenario,
        replication=replication,
        names=Names(
            users, desktops, clients, _host_groups(scenario), list(spec.pools), list(spec.zones)
        ),
        facts=facts,
        usage=usage,
        measures=measure(spec, users, clients, facts),
    )


def _host_groups(scenario: Scenario) -> list[str]:
    """Group of each host, by number."""
    groups = scenario.spec.host_groups.items()
    return [name for name, group in groups for _ in range(group.count)]
