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
from sim.metering import meter
from sim.model import Engine, simulate
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    LOGONS,
    RUNS,
    SESSIONS,
    Schema,
    Table,
)
from sim.storage import FactStore
from sim.workload import make_workload

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
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with watch.step("metering"):
        tables = (store.table(schema) for schema in (DESKTOPS, DESKTOP_TERMS, RUNS))
        usage = meter(scenario, workload.users, *tables)
    return {
        "seconds": watch.seconds,
        "events": clock.events,
        "sessions": len(store.table(SESSIONS)),
        "peak_mb": peak,
        "usage": len(usage),
        "quantity_e10": int(usage["quantity_e10"].sum()),
        "digests": {s.name: digest(store.table(s), keys) for s, keys in COMPARED.items()},
    }


def whole_run(users: int, *, shared: bool) -> dict[str, Any]:
    """A run as `desksim run` does it: facts streamed to disk, bill, measures, report."""
    import sim

    seconds: dict[str, float] = {}
    step, begin = "loading", time.process_time()

    def tell(what: str, _share: float) -> None:
        nonlocal step, begin
        if what != step:
            now = time.process_time()
            seconds[step] = seconds.get(step, 0.0) + now - begin
            step, begin = what, now

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "office.yaml")
        book = Path(__file__).parents[1] / "scenarios" / "prices" / "us-east-1.csv"
        spec = office(users, shared=shared, book=str(book)).model_dump(
            mode="json", exclude_unset=True
        )
        file.write_text(json.dumps(spec), encoding="utf-8")
        run = sim.run(file, out=Path(folder, "result"), progress=tell)
        tell("", 1.0)
        size = sum(
            path.stat().st_size for path in Path(folder, "result").rglob("*") if path.is_file()
        )
        sessions = len(run.facts.table(SESSIONS)) if run.facts else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "sessions": sessions, "peak_mb": peak, "disk_mb": size / 2**20}


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
