"""Doing the runs of a study, wherever they are done: so many, or until an estimate is precise."""

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sim.api.errors import ResultError, StudyError
from sim.api.folder import replication_folder
from sim.api.loading import Scenario
from sim.api.observing import observations, observe
from sim.api.results import Run
from sim.api.running import Progress, run
from sim.scenario.errors import did_you_mean
from sim.study.estimation import estimate
from sim.study.execution import Executor, Failed, Processes, Task
from sim.study.execution.tasks import Work
from sim.study.observations import MEASURES, Observation, Observations, words_of
from sim.study.statistics import Estimate, Stopping

WATCHED = ("cost", "wait_mean_s", "delivered_minutes")
"""Measures that are to be known to the asked precision, unless others are named."""


@dataclass(frozen=True)
class Wanted:
    """How many runs of a scenario: so many, or until an estimate is precise.

    Raises:
        ResultError: when a measure is to be watched that there is not.
    """

    scenario: Scenario
    replications: int
    stopping: Stopping | None
    measures: Sequence[str]
    level: float

    def __post_init__(self) -> None:
        fleets = self.scenario.spec.served_by
        for key in self.measures:
            name, _, fleet = key.partition("[")
            if name not in MEASURES:
                raise ResultError(f"there is no measure '{name}'{did_you_mean(name, MEASURES)}")
            fleet = fleet.removesuffix("]")
            if fleet and fleet not in fleets:
                guess = did_you_mean(fleet, fleets)
                raise ResultError(f"there is no fleet or pool '{fleet}' for '{key}'{guess}")

    def runs(
        self, first: Run, executor: Executor | None, tell: Progress, folder: Path | None = None
    ) -> tuple[list[Observations], str]:
        """Observations of each replication, the first of which is there already; what ended it.

        Args:
            first: replication 0.
            executor: where the others are done.
            tell: told how many of them are.
            folder: where the others are written in full; None if they are not.
        """
        runs: list[Observations] = [observations(first)]
        upto = self.stopping.least if self.stopping else self.replications
        expected = upto
        while True:
            wanted = range(len(runs), upto)
            told = counting(tell, wanted, expected)
            runs += replicated(self.scenario, wanted, executor, told, folder)
            if self.stopping is None:
                return runs, ""
            watched = self._watched(runs)
            if self.stopping.verdict(len(runs), watched.values()) != "go on":
                return runs, self._rule(self.stopping, watched)
            upto = self.stopping.upto(len(runs))
            expected = max(upto, _needed(self.stopping, watched.values()))

    def _watched(self, runs: Sequence[Observations]) -> dict[str, Estimate]:
        return {key: estimate(runs, key, level=self.level) for key in self.measures}

    def _rule(self, stopping: Stopping, watched: dict[str, Estimate]) -> str:
        """What ended it, as a clause."""
        unknown = [words_of(key) for key, found in watched.items() if found.has("nothing")]
        wide = [words_of(key) for key, found in watched.items() if not stopping.narrow(found)]
        known = [words_of(key) for key, found in watched.items() if not found.has("nothing")]
        part = f"{stopping.relative * 100:g} %"
        told = []
        if wide:
            told.append(f"the most runs allowed do not give {_listed(wide)} to {part}")
        elif known:
            told.append(f"runs were added until they gave {_listed(known)} to {part}")
        if unknown:
            told.append(f"no run says anything about {_listed(unknown)}")
        return ", and ".join(told)


def counting(tell: Progress, wanted: range, expected: int) -> Callable[[float], None]:
    """Turns the share of some runs that are done into that of all that are expected."""

    def told(share: float) -> None:
        done = wanted.start + round(share * len(wanted))
        tell(f"{done:,} of {expected:,} runs", done / expected)

    return told


def _needed(stopping: Stopping, watched: Iterable[Estimate]) -> int:
    """About how many runs it takes, since half-widths fall with the root of their number."""
    most = 0.0
    for found in watched:
        relative = found.relative_half_width
        if not stopping.narrow(found) and relative is not None:
            most = max(most, found.n * (relative / stopping.target) ** 2)
    return min(stopping.most, math.ceil(most))


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def replicated(
    scenario: Scenario,
    replications: Sequence[int],
    executor: Executor | None,
    tell: Callable[[float], None],
    folder: Path | None = None,
) -> list[Observations]:
    """Observations of some replications, in their order, wherever they are run.

    Args:
        scenario: what is run.
        replications: which of its runs.
        executor: where; by default on all cores of this machine.
        tell: told what share of them is done.
        folder: where each is written in full, in a folder of its own; None if they are not.

    Raises:
        StudyError: when one of them fails.
    """
    tasks = [Task(f"{number:06d}", (scenario, number, folder)) for number in replications]
    found = worked(observed, tasks, executor, tell)
    return [told(result) for result in found]


def worked(
    work: Work, tasks: Sequence[Task], executor: Executor | None, tell: Callable[[float], None]
) -> list[Any]:
    """The results of runs, in their order, wherever they are done.

    Args:
        work: what is done to each task.
        tasks: each a run, its key the number of the replication.
        executor: where; by default on all cores of this machine.
        tell: told what share of them is done.

    Raises:
        StudyError: when one of them fails.
    """
    found: dict[str, Any] = {}
    where = executor or Processes()
    tell(0)
    with closing(where.outcomes(work, tasks)) as outcomes:  # which ends the workers
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                raise StudyError(f"replication {int(outcome.key)} failed: {outcome.message}")
            found[outcome.key] = outcome.result
            tell(len(found) / len(tasks))
    return [found[task.key] for task in tasks]


def observed(argument: tuple[Scenario, int, Path | None]) -> dict[str, list[str]]:
    """One run in some process, as text: numerator and denominator of each measure."""
    scenario, number, folder = argument
    if folder is None:
        found = observe(scenario, number)
    else:
        out = replication_folder(folder, number)
        found = observations(run(scenario, replication=number, out=out))
    return {key: [str(one.numerator), str(one.denominator)] for key, one in found.items()}


def told(result: dict[str, list[str]]) -> Observations:
    """Observations from their text."""
    return {key: Observation(*map(Decimal, parts)) for key, parts in result.items()}
