"""What a run in which nothing breaks pays for the possibility: `python -m benchmarks.overhead`.

The same people go through the model as it is and through the one of `benchmarks.bare`, in turn and
in one process: first the one, then the other, and the other way round the next time, so that a
machine that slows down or is disturbed treats both alike. Each pair gives a ratio of CPU seconds;
the median of the ratios is the answer, and their quartiles say how far to trust it.

Prints one line of JSON.
"""

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from benchmarks.bare import bare_model
from benchmarks.call_centre import call_centre
from benchmarks.job import COMPARED, digest
from benchmarks.office import office
from sim.model import simulate
from sim.record import Table
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.workload import Workload, make_workload

Outcome = dict[str, str]

MODELS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "with": nullcontext,
    "without": bare_model,
}
"""The model as it is, and without the code path."""


def scenario_of(situation: str, users: int) -> Scenario:
    """People with their own desktops and one directory, or one pool."""
    return call_centre(users) if situation == "pool" else office(users, shared=True)


def with_and_without(situation: str, users: int, pairs: int) -> dict[str, Any]:
    """CPU seconds of both models in turn, their ratios, and whether they did the same."""
    scenario = scenario_of(situation, users)
    workload = make_workload(scenario)
    outcomes = {name: _timed(scenario, workload, model())[1] for name, model in MODELS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in MODELS}
    for number in range(pairs):
        for name in list(MODELS)[:: 1 if number % 2 else -1]:
            seconds[name].append(_timed(scenario, workload, MODELS[name]())[0])
    ratios = [a / b for a, b in zip(seconds["with"], seconds["without"], strict=True)]
    lower, middle, upper = statistics.quantiles(ratios, n=4)
    return {
        "seconds": {name: statistics.median(taken) for name, taken in seconds.items()},
        "ratio": middle,
        "quartiles": [lower, upper],
        "ratios": ratios,
        "same": outcomes["with"] == outcomes["without"],
    }


def _timed(
    scenario: Scenario, workload: Workload, model: AbstractContextManager[None]
) -> tuple[float, Outcome]:
    store = FactStore[Table]()
    with model:
        gc.collect()
        gc.disable()
        begin = time.process_time()
        simulate(scenario, workload, store, engine="agenda")
        taken = time.process_time() - begin
        gc.enable()
    return taken, _outcome(store)


def _outcome(store: FactStore[Table]) -> Outcome:
    """Digests of what both write."""
    return {schema.name: digest(store.table(schema), keys) for schema, keys in COMPARED.items()}


def main(arguments: list[str]) -> None:
    """Measure what the command line names: situation, users, pairs."""
    situation, users, pairs = arguments[0], int(arguments[1]), int(arguments[2])
    sys.stdout.write(json.dumps(with_and_without(situation, users, pairs)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
