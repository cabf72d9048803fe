"""One measured job in a process of its own: `python -m benchmarks.job ENGINE SITUATION USERS`.

Prints one line of JSON: seconds of CPU for each step, events on SimPy's list, peak memory, and
digests of the facts, so that whoever compares two engines also knows that they did the same.
"""

import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import simpy

import sim
from benchmarks.call_centre import call_centre
from benchmarks.office import office
from benchmarks.textbook import simulate_textbook
from benchmarks.zone_loss import FILE, settings
from sim.metering import METERED, meter
from sim.model import Engine, simulate
from sim.record import (
    DESKTOP_STATES,
    INSTANCES,
    INTERRUPTIONS,
    LAUNCH_FAILURES,
    LOGONS,
    POOL_CAPACITY,
    RUNS,
    SCALING,
    SESSIONS,
    USAGE,
    USER_SESSIONS,
    Schema,
    Table,
)
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.workload import make_workload

BOOK = Path(__file__).parents[1] / "scenarios" / "prices" / "us-east-1.csv"

COMPARED: dict[Schema, tuple[str, ...]] = {
    LOGONS: ("session", "attempt"),
    SESSIONS: ("session",),
    RUNS: ("desktop", "begin"),
    DESKTOP_STATES: ("desktop", "begin"),
    INSTANCES: ("instance",),
    USER_SESSIONS: ("session",),
    POOL_CAPACITY: ("pool", "at"),
    LAUNCH_FAILURES: ("pool", "at"),
    SCALING: ("pool", "at"),
    INTERRUPTIONS: ("session", "at"),
}
SITUATIONS: dict[str, Callable[[int], Scenario]] = {
    "directory": lambda users: office(users, shared=True),
    "alone": lambda users: office(users, shared=False),
    "pool": call_centre,
    "zone": lambda users: sim.load(FILE, settings(users, lost=True)).spec,
    "calm": lambda users: sim.load(FILE, settings(users, lost=False)).spec,
}
"""Persistent desktops with one directory, or with nothing that anybody shares; one pool; both kinds
in two zones, of which one is lost, or none."""


class CountingEnvironment(simpy.Environment):
    """A clock that counts what is put on its event list."""

    events = 0

    def schedule(self, *args: Any, **kwargs: Any) -> None:
        """Count, and schedule."""
        self.events += 1
        super().schedule(*args, **kwargs)


def peak_mb() -> float:
    """The most memory that this process ever had [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Stopwatch:
    """Seconds of CPU by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        begin = time.process_time()
        yield
        self.seconds[name] = time.process_time() - begin


class Steps:
    """CPU seconds of each step of a run, and the most memory up to its end, from its progress."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.peaks_mb: dict[str, float] = {}
        self._step, self._begin = "loading", time.process_time()

    def __call__(self, step: str, _share: float) -> None:
        """The run is in this step now."""
        if step != self._step:
            now = time.process_time()
            self.seconds[self._step] = now - self._begin
            self.peaks_mb[self._step] = peak_mb()
            self._step, self._begin = step, now


def digest(table: Table, keys: tuple[str, ...]) -> str:
    """A digest of a table's rows, whatever their order."""
    whole = hashlib.blake2b(digest_size=8)
    ordered = table.sorted_by(*keys)
    for column in ordered.schema.columns:
        values = ordered[column.name]
        is_text = column.dtype == np.object_
        whole.update("\n".join(values).encode() if is_text else np.ascontiguousarray(values).data)
    return whole.hexdigest()


def simulation(engine: str, situation: str, users: int) -> dict[str, Any]:
    """Plan, simulate by one of the engines (`model`, `agenda`, `textbook`) and meter, in memory."""
    scenario, watch = SITUATIONS[situation](users), Stopwatch()
    with watch.step("plan"):
        workload = make_workload(scenario)
    clock, store = CountingEnvironment(initial_time=scenario.begin), FactStore[Table]()
    with watch.step("model"):
        if engine == "textbook":
            simulate_textbook(scenario, workload, store, env=clock)
        else:
            chosen: Engine | None = "agenda" if engine == "agenda" else None
            simulate(scenario, workload, store, engine=chosen, environment=clock)
    peak = peak_mb()
    with watch.step("metering"):
        tables = {schema.name: store.table(schema) for schema in METERED}
        usage = meter(scenario, workload.users, **tables)
    return {
        "seconds": watch.seconds,
        "events": clock.events,
        "sessions": len(store.table(SESSIONS)),
        "attempts": len(store.table(LOGONS)),
        "peak_mb": peak,
        "outcome": {
            "usage_rows": len(usage),
            "quantity_e10": int(usage["quantity_e10"].sum()),
            "usage": digest(usage, USAGE.names[:-1]),
            **{s.name: digest(store.table(s), keys) for s, keys in COMPARED.items()},
        },
    }


def whole_run(situation: str, users: int) -> dict[str, Any]:
    """A run as `desksim run` does it: facts streamed to disk, bill, measures, report.

    Pricing and the page are part of `writing`; they are timed once more by themselves at the end.
    """
    from sim.api.page import report

    steps = Steps()
    with tempfile.TemporaryDirectory() as folder:
        file, overrides = written(folder, situation, users)
        run = sim.run(file, overrides=overrides, out=Path(folder, "run"), progress=steps)
        steps("", 1.0)
        peak = steps.peaks_mb["writing"]
        files = [path for path in Path(folder, "run").rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        sessions = len(run.facts.table(SESSIONS)) if run.facts else 0
        alone, again = Stopwatch(), run.reprice(run.scenario.spec.region)
        with alone.step("pricing"):
            charged = len(again.lines)
        with alone.step("report"):
            page = len(report(again))
    return {
        "seconds": steps.seconds,
        "peaks_mb": steps.peaks_mb,
        "within_writing": alone.seconds,
        "sessions": sessions,
        "invoice_lines": charged,
        "page_kb": page / 1024,
        "peak_mb": peak,
        "disk_mb": size / 2**20,
    }


def written(folder: str, situation: str, users: int) -> tuple[Path, list[str]]:
    """The situation as a scenario file, and what is laid over it."""
    if situation in ("zone", "calm"):
        return FILE, settings(users, lost=situation == "zone")
    file = Path(folder, f"{situation}.yaml")
    spec = SITUATIONS[situation](users)
    told = spec.model_dump(mode="json", exclude_unset=True) | {"prices": {"book": str(BOOK)}}
    file.write_text(json.dumps(told), encoding="utf-8")
    return file, []


def main(arguments: list[str]) -> None:
    """Run the job that the command line names."""
    engine, situation, users = arguments[0], arguments[1], int(arguments[2])
    job = whole_run(situation, users) if engine == "run" else simulation(engine, situation, users)
    sys.stdout.write(json.dumps(job) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
