"""What a sweep is going to do: a scenario for each point, found right, and a task for each run.

A task is known by a hash of everything its result depends on: the settings of the point, the
contents of the files they name, the replication, and the version of desksim. Two points that come
to the same scenario share their tasks.
"""

import hashlib
import os
import pickle
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sim import __version__
from sim.api.loading import Scenario, checked, known
from sim.api.observing import observe
from sim.scenario import Problem, ScenarioError, load_scenario
from sim.scenario.errors import did_you_mean
from sim.scenario.files import from_here
from sim.scenario.layers import Reader
from sim.scenario.sweeps import Parameters, SweepFile, Target, load_sweep
from sim.study.execution import Task
from sim.study.observations import MEASURES
from sim.study.points import Point, points

RESULT = "desksim/task/1"
"""Name and version of what is kept of a task."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class PlannedPoint:
    """A point and its scenario."""

    point: Point
    hash: str
    """SHA-256 of the scenario."""
    packed: bytes
    """The scenario, small enough for there to be thousands."""

    def key(self, replication: int) -> str:
        """Names the task that runs one replication of it."""
        text = f"{RESULT} {__version__} {self.hash} {replication}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class SweepPlan:
    """The points and tasks of a sweep."""

    sweep: SweepFile
    replications: int
    points: tuple[PlannedPoint, ...]
    parameters: Parameters
    overrides: tuple[str, ...]

    @property
    def settings(self) -> list[str]:
        """The settings that are varied, in the order in which points name them."""
        return list(dict.fromkeys(key for one in self.points for key, _ in one.point.values))

    @property
    def targets(self) -> Mapping[str, Target]:
        """What each measure has to keep to."""
        return self.sweep.spec.targets

    def tasks(self) -> list[Task]:
        """Each run that is needed, once."""
        found = {
            point.key(replication): (point.packed, replication, __version__)
            for point in self.points
            for replication in range(self.replications)
        }
        return [Task(key, argument) for key, argument in found.items()]


class OtherVersionError(RuntimeError):
    """A worker has another desksim than whoever asked."""


def measured(argument: tuple[bytes, int, str]) -> dict[str, Any]:
    """Do a task, wherever this runs: observe one replication of a scenario.

    Raises:
        OtherVersionError: when this is another desksim than the one that planned the task.
        ScenarioError: when a file has changed since, or a function of the user's goes wrong.
    """
    packed, replication, version = argument
    if version != __version__:
        raise OtherVersionError(f"expected desksim {version} here, found {__version__}")
    scenario: Scenario = pickle.loads(zlib.decompress(packed))  # packed by ourselves
    found = observe(scenario, replication)
    return {
        "schema": RESULT,
        "desksim": __version__,
        "scenario": scenario.hash,
        "seed": scenario.spec.seed,
        "replication": replication,
        "measures": {key: [str(one.numerator), str(one.denominator)] for key, one in found.items()},
    }


def plan_sweep(
    path: str | os.PathLike[str],
    parameters: Parameters = (),
    *,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    progress: Progress | None = None,
) -> SweepPlan:
    """Read a sweep or scenario file, and make the scenario of each point.

    Args:
        path: the file.
        parameters: settings with their values, as axes over those of the file.
        overrides: settings laid over the scenario of each point.
        replications: in place of the file's.
        progress: told how far it is.

    Raises:
        ScenarioError: with everything that is wrong at any point, and which point that is.
    """
    sweep = load_sweep(path, parameters, replications)
    found, wrong = points(sweep), defaultdict[Problem, list[Point]](list)
    made, reader, runs, scopes = [], Reader(), sweep.spec.replications, set[str]()
    for number, point in enumerate(found):
        try:
            scenario = _scenario(sweep, point, overrides, reader)
        except ScenarioError as error:
            for problem in dict.fromkeys(error.problems):
                wrong[problem].append(point)
            continue
        runs = runs or scenario.spec.replications
        scopes |= {"", *scenario.spec.fleets, *scenario.spec.pools}
        packed = zlib.compress(pickle.dumps(scenario), 1)
        made.append(PlannedPoint(point, scenario.hash, packed))
        if progress:
            progress("checking the points", (number + 1) / len(found))
    problems = [_with_points(problem, where, len(found)) for problem, where in wrong.items()]
    problems += _targets(sweep, scopes)
    if problems:
        raise ScenarioError(problems)
    return SweepPlan(sweep, runs or 1, tuple(made), tuple(parameters), tuple(overrides))


def _scenario(sweep: SweepFile, point: Point, overrides: Sequence[str], reader: Reader) -> Scenario:
    file = sweep.spec.scenario
    layers = [*sweep.fixed, *point.layers]
    resolved = load_scenario(from_here(file), overrides, layers=layers, reader=reader)
    told = [f"{key}={text}" for key, text in point.written.items()]
    return checked(known(resolved, (*overrides, *told)))


def _with_points(problem: Problem, where: Sequence[Point], points: int) -> Problem:
    """A problem of some points says of which."""
    if len(where) == points:
        return problem
    first, others = where[0], len(where) - 1
    values = ", ".join(f"{key}={text}" for key, text in first.written.items())
    more = f" and at {others} other{'s' * (others > 1)}" if others else ""
    message = f"{problem.message} (at point {first.id}: {values}{more})"
    return problem._replace(message=message)


def _targets(sweep: SweepFile, scopes: Set[str]) -> Iterator[Problem]:
    """Targets of measures, or of fleets and pools, that there are not."""
    for key in sweep.spec.targets:
        name, _, scope = key.removesuffix("]").partition("[")
        message = ""
        if name not in MEASURES:
            message = f"unknown measure '{name}'{did_you_mean(name, MEASURES)}"
        elif scopes and scope not in scopes:
            message = f"unknown fleet or pool '{scope}'{did_you_mean(scope, scopes - {''})}"
        if message:
            yield Problem.at(sweep.place("targets", key), ("targets", key), message)
