"""What a sweep takes beyond its runs, and what a second core gains: `python -m benchmarks.sweeps`.

The same runs are done by themselves, one after another in this process; as a sweep with one worker;
and as a sweep with two. Rounds repeat this in turn, so that a machine that slows down treats all of
them alike. A sweep's time is that of the whole command but its own start: planning, starting the
workers and what they import, every result flushed to the disk, the table. Seconds are of the clock,
since it is waiting that is measured: a machine that does other things tells nothing.

Prints one line of JSON.
"""

import json
import resource
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from sim.api.sweep_plan import SweepPlan, measured, plan_sweep
from sim.api.sweeping import run_sweep
from sim.study.execution import Done, Processes, Task

FILE = Path(__file__).parents[1] / "scenarios" / "remote-office.yaml"
TIMEOUT = "fleets.part-time.autostop_timeout"

Argument = tuple[bytes, int, str]


def planned(users: int, runs: int) -> SweepPlan:
    """Runs of one point and the other in which so many people have desktops of their own."""
    return plan_sweep(
        FILE,
        [(TIMEOUT, ["1 h", "2 h"])],
        overrides=[f"populations.part-time.users={users}", "zones.use1-az2.ip_addresses=60000"],
        replications=runs // 2,
    )


def with_peak(argument: Argument) -> float:
    """Do a task; the most memory that its worker ever had [MB]."""
    measured(argument)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def by_themselves(tasks: list[Task]) -> float:
    """Seconds of the runs alone, one after another."""
    begin = perf_counter()
    for task in tasks:
        measured(task.argument)
    return perf_counter() - begin


def as_a_sweep(users: int, runs: int, workers: int) -> float:
    """Seconds of the sweep from reading the file to writing the table."""
    with tempfile.TemporaryDirectory() as folder:
        begin = perf_counter()
        found = run_sweep(planned(users, runs), folder, executor=Processes(workers))
        seconds = perf_counter() - begin
    assert found.done == runs
    return seconds


def sweeps(users: int, runs: int, rounds: int) -> dict[str, Any]:
    """Seconds of each way, their ratios, and the memory of a worker."""
    tasks = planned(users, runs).tasks()
    by_themselves(tasks[:1])  # what a first run imports is no part of the others
    found = [
        (by_themselves(tasks), as_a_sweep(users, runs, 1), as_a_sweep(users, runs, 2))
        for _ in range(rounds)
    ]
    outcomes = Processes(2).outcomes(with_peak, tasks[:4])
    peaks = [outcome.result for outcome in outcomes if isinstance(outcome, Done)]
    alone, one, two = (statistics.median(times) for times in zip(*found, strict=True))
    return {
        "seconds": {"alone": alone, "one worker": one, "two workers": two},
        "seconds_per_run": alone / runs,
        "runs": runs,
        "overhead": statistics.median(first / runs_ for runs_, first, _ in found),
        "speed_up": statistics.median(first / second for _, first, second in found),
        "rounds": found,
        "worker_peak_mb": max(peaks),
    }


def main(arguments: list[str]) -> None:
    """Measure what the command line names: part-timers, runs, rounds."""
    users, runs, rounds = map(int, arguments)
    sys.stdout.write(json.dumps(sweeps(users, runs, rounds)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
