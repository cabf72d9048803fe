"""Sweeps: the same question at many points, each answered once and kept.

    found = sim.sweep("scenarios/studies/autostop-timeout.yaml")
    found                  # the answer, and a row for each point
    found.table            # a row for each measure of each run

What is kept in the folder is not done again, so a sweep can be interrupted at any moment, run in
parts on several machines, and enlarged.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from sim.api.errors import ResultError
from sim.api.running import Progress
from sim.api.sweep_folder import SweepFolder, prepare
from sim.api.sweep_plan import SweepPlan, measured, plan_sweep
from sim.scenario.changes import as_overrides
from sim.study.execution import Done, Executor, Processes, refuse_to_begin_again, share_of
from sim.study.task_store import TaskStore

__all__ = [
    "Standing",
    "SweepFolder",
    "missing_of",
    "plan_again",
    "plan_sweep",
    "run_sweep",
    "seconds_of_a_task",
    "sweep",
]


@dataclass
class Standing:
    """How far a sweep is."""

    tasks: int
    """Those of this sweep, or of this shard of it."""
    kept: int
    """Of which so many had a result, or had failed, before."""
    done: int = 0
    """Finished since."""
    failed: int = 0
    """Failed, now or before."""


def run_sweep(
    plan: SweepPlan,
    out: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    shard: tuple[int, int] = (1, 1),
    again: bool = False,
    progress: Callable[[Standing], None] | None = None,
) -> SweepFolder:
    """Do what is missing of a sweep, and keep it in a folder.

    Args:
        plan: what there is to do.
        out: the folder; what it has of this sweep is not done again.
        executor: where to do it, by default on all cores of this machine.
        shard: which part of so many; a part writes no table, which is collected from all of them.
        again: whether to try anew what has failed.
        progress: told how far it is, at the beginning and after each task.

    Raises:
        FileExistsError: when the folder holds something else.
        OSError: as one sentence, when the system refuses.
    """
    out, tell = Path(out), progress or (lambda _: None)
    prepare(plan, out)
    tasks, store = share_of(plan.tasks(), *shard), TaskStore(out)
    finished = {key for key, _ in store.results(task.key for task in tasks)}
    failed = store.failures(task.key for task in tasks if task.key not in finished)
    if again:
        store.forgive(failed)
        failed = {}
    missing = [task for task in tasks if task.key not in finished and task.key not in failed]
    standing = Standing(len(tasks), len(tasks) - len(missing), failed=len(failed))
    tell(standing)
    if missing:
        with closing((executor or Processes()).outcomes(measured, missing)) as outcomes:
            for outcome in outcomes:
                store.keep(outcome)
                if isinstance(outcome, Done):
                    standing.done += 1
                else:
                    standing.failed += 1
                tell(standing)
    folder = SweepFolder(out)
    if shard[1] == 1:
        folder.compact()
    return folder


def sweep(
    path: str | os.PathLike[str],
    parameters: Mapping[str, Sequence[object]] | None = None,
    *,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    out: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> SweepFolder:
    """Run a scenario at many points, and keep what each run says.

    Args:
        path: a sweep file, or a scenario file with `parameters`.
        parameters: settings with the values to try: `{"fleets.office.autostop_timeout": ["1 h",
            "2 h"]}`; every combination of several is a point.
        overrides: settings laid over the scenario at each point.
        replications: runs of each point, in place of the file's.
        out: the folder, by default `reports/NAME`; what it has of this sweep is not done again.
        executor: where to do it, by default on all cores of this machine.
        progress: told what is being done and how far it is.

    Raises:
        ScenarioError: with everything that is wrong at any point, and which point that is.
        FileExistsError: when the folder holds something else.
        OSError: as one sentence, when the system refuses.
    """
    refuse_to_begin_again()
    tried = [
        (setting, [as_overrides({setting: value})[0].partition("=")[2] for value in values])
        for setting, values in (parameters or {}).items()
    ]
    plan = plan_sweep(
        path, tried, overrides=overrides, replications=replications, progress=progress
    )
    tell = progress or (lambda _what, _share: None)

    def told(standing: Standing) -> None:
        over = standing.kept + standing.done + standing.failed
        tell("sweeping", over / standing.tasks if standing.tasks else 1.0)

    folder = Path("reports") / plan.sweep.spec.name if out is None else Path(out)
    return run_sweep(plan, folder, executor=executor, progress=told)


def plan_again(folder: SweepFolder) -> SweepPlan:
    """The plan of a sweep whose folder is there, from the files that it was made of.

    Raises:
        ScenarioError: with everything that is wrong with them now.
        ResultError: when they say something else than before.
    """
    asked = folder.asked
    plan = plan_sweep(
        asked["file"],
        [(key, values) for key, values in asked["parameters"]],
        overrides=asked["overrides"],
        replications=asked["replications"],
    )
    if [task.key for task in plan.tasks()] != folder.keys:
        raise ResultError(f"{asked['file']} has changed since; run the sweep again")
    return plan


def missing_of(plan: SweepPlan, folder: Path) -> list[str]:
    """Keys of the tasks that a folder has no result of."""
    keys = [task.key for task in plan.tasks()]
    finished = {key for key, _ in TaskStore(folder).results(keys)}
    return [key for key in keys if key not in finished]


def seconds_of_a_task(plan: SweepPlan) -> float:
    """What the first run of the first point takes here [s]."""
    begin = perf_counter()
    measured(plan.tasks()[0].argument)
    return perf_counter() - begin
