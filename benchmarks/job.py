"""One measured job in a process of its own: `python -m benchmarks.job ENGINE USERS [--shared]`.

Prints one line of JSON: seconds of CPU for each step, events on SimPy's list, peak memory, and
digests of the facts, so that whoever compares two engines also knows that they did the same.
"""

import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import simpy

from benchmarks.office import office
from benchmarks.textbook import simulate_textbook
from sim.metering import METERED, meter
from sim.model import Engine, simulate
from sim.record import (
    DESKTOP_STATES,
    LOGONS,
    RUNS,
    SESSIONS,
    Schema,
    Table,
)
from sim.storage import FactStore
from sim.workload import make_workload

BOOK = Path(__file__).parents[1] / "scenarios" / "prices" / "us-east-1.csv"
COMPARED: dict[Schema, tuple[str, ...]] = {
    LOGONS: ("session", "attempt"),
    SESSIONS: ("session",),
    RUNS: ("desktop", "begin"),
    DESKTOP_STATES: ("desktop", "begin"),
}


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
    for name in ordered.schema.names:
        whole.update(np.ascontiguousarray(ordered[name]).tobytes())
    return whole.hexdigest()


def simulation(engine: str, users: int, *, shared: bool) -> dict[str, Any]:
    """Plan, simulate by one of the engines (`model`, `agenda`, `textbook`) and meter, in memory."""
    scenario, watch = office(users, shared=shared), Stopwatch()
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
        "peak_mb": peak,
        "outcome": {
            "usage_rows": len(usage),
            "quantity_e10": int(usage["quantity_e10"].sum()),
            **{s.name: digest(store.table(s), keys) for s, keys in COMPARED.items()},
        },
    }


def whole_run(users: int, *, shared: bool) -> dict[str, Any]:
    """A run as `desksim run` does it: facts streamed to disk, bill, measures, report.

    Pricing and the page are part of `writing`; they are timed once more by themselves at the end.
    """
    import sim
    from sim.api.page import report

    steps = Steps()
    with tempfile.TemporaryDirectory() as folder:
        run = sim.run(
            written(folder, users, shared=shared), out=Path(folder, "run"), progress=steps
        )
        steps("", 1.0)
        peak = steps.peaks_mb["writing"]
        files = [path for path in Path(folder, "run").rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        sessions = len(run.facts.table(SESSIONS)) if run.facts else 0
        alone, again = Stopwatch(), run.reprice(BOOK)
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


def written(folder: str, users: int, *, shared: bool) -> Path:
    """The office as a scenario file."""
    file = Path(folder, "office.yaml")
    spec = office(users, shared=shared, book=str(BOOK))
    file.write_text(json.dumps(spec.model_dump(mode="json", exclude_unset=True)), encoding="utf-8")
    return file


def main(arguments: list[str]) -> None:
    """Run the job that the command line names."""
    engine, users, shared = arguments[0], int(arguments[1]), "--shared" in arguments
    job = (
        whole_run(users, shared=shared)
        if engine == "run"
        else simulation(engine, users, shared=shared)
    )
    sys.stdout.write(json.dumps(job) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
