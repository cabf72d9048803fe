"""The points of a large fleet are never held: memory follows the slots, time follows the facts.

20,000 AutoStop desktops for 30 days are 172.8 million points of 5 minutes for each metric. What is
measured is how many of them a megabyte stands for, and how often as long as reading the facts it
takes; neither is a matter of the machine.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.record import (
    DESKTOP_STATES,
    DESKTOPS,
    LOGONS,
    SESSIONS,
    USERS,
    DesktopState,
    Ending,
    Outcome,
    Table,
)
from sim.storage import FactStore
from sim.units import DAY, HOUR, MINUTE, SECOND

FLEET, DAYS = 20_000, 30
METRICS = 12
POINTS = FLEET * DAYS * (DAY // (5 * MINUTE))


def write_facts(folder: Path) -> None:
    """A session on each day of each desktop, in order of time as a run writes them."""
    random = np.random.default_rng(1)
    number = np.arange(FLEET)
    stopped = np.zeros(FLEET, dtype=np.int64)
    with FactStore[Table](folder) as store:
        store.add(Table.empty(DESKTOPS))
        words = np.full(FLEET, "office", dtype=object)
        given = {"user": number, "population": words, "fleet": words}
        nothing = {c.name: words if c.dtype == object else 0 * number for c in USERS.columns}
        store.add(Table.of(USERS, **{**nothing, **given}))
        for day in range(DAYS):
            arrival = day * DAY + 9 * HOUR + random.integers(0, HOUR, FLEET)
            ready = arrival + 90 * SECOND
            connected = ready + 30 * SECOND
            ended = connected + random.integers(HOUR, 9 * HOUR, FLEET)
            states = ((stopped, arrival, "STOPPED"), (arrival, ready, "STARTING"))
            for begin, end, state in (*states, (ready, ended + HOUR, "AVAILABLE")):
                store.add(
                    Table.of(
                        DESKTOP_STATES,
                        desktop=number,
                        begin=begin,
                        end=end,
                        state=np.full(FLEET, DesktopState[state]),
                    )
                )
            stopped = ended + HOUR
            keys = {"session": number + day * FLEET, "user": number, "desktop": number}
            given = {
                **keys,
                "arrival": arrival,
                "start": np.full(FLEET, 90 * SECOND),
                "os_logon": np.full(FLEET, 30 * SECOND),
                "done": connected,
                "outcome": np.full(FLEET, Outcome.CONNECTED),
            }
            store.add(Table.of(LOGONS, **{c: given.get(c, 0 * number) for c in LOGONS.names}))
            given = {
                **keys,
                "arrival": arrival,
                "connected": connected,
                "ended": ended,
                "disconnected": ended,
                "ending": np.full(FLEET, Ending.LOGOFF),
                "rtt": random.integers(10, 90, FLEET),
            }
            store.add(Table.of(SESSIONS, **{c: given.get(c, 0 * number) for c in SESSIONS.names}))


ASKED = """
import pathlib, resource, sys, time
from datetime import UTC, datetime
from sim.api.cloudwatch import Query, series
from sim.record import DESKTOP_STATES, LOGONS, SESSIONS, USERS, Table
from sim.storage import FactFiles
from sim.study.cloudwatch import (
    DESKTOP_SLOT,
    OF_DESKTOPS,
    Periods,
    Scope,
    desktop_metrics,
    streaming_by,
)
from sim.units import DAY, MINUTE, Calendar
from sim.workload import Protocols

facts = FactFiles(sys.argv[1], Table)
fleet, days, dimension = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
protocols = Protocols({"office": "dcv"}, {}, facts.table(USERS), ["client"])

def peak():
    # Of this program alone: what getrusage says begins with that of the process it came from.
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

began = time.process_time()
for schema in (DESKTOP_STATES, LOGONS, SESSIONS):
    for batch in facts.batches(schema):
        pass
reading, before = time.process_time() - began, peak()
began = time.process_time()
scope = Scope()
if dimension == "Protocol":
    scope = streaming_by(facts, "dcv", protocols, facts.table(USERS)["user"])
periods = Periods.of(
    Calendar(datetime(2026, 9, 1, tzinfo=UTC)), 0, days * DAY, 5 * MINUTE, DESKTOP_SLOT
)
found = desktop_metrics(
    facts,
    periods,
    tuple(OF_DESKTOPS),
    scope=scope,
    protocols=protocols,
    desktops=fleet,
    end=days * DAY,
)
samples = sum(int(tally.samples.sum()) for tally in found.values())
print(time.process_time() - began, reading, peak() - before, peak(), samples)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fleet")
    write_facts(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("dimension", ["DirectoryId", "Protocol"])
def test_the_points_of_a_large_fleet_are_never_held(folder: Path, dimension: str) -> None:
    """Of the 2.1 billion points of twelve metrics, more than ten million to each megabyte.

    A megabyte beyond what reading the facts takes, row group by row group, is meant; and against
    all that the process ever held, libraries included, more than two million.
    """
    command = [sys.executable, "-c", ASKED, str(folder), str(FLEET), str(DAYS), dimension]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    took, reading, grew, peak, samples = map(float, done.stdout.split())

    assert POINTS == 172_800_000
    # Five metrics have a sample of each desktop in (nearly) each slot, or while it runs.
    assert samples > 4 * POINTS
    assert METRICS * POINTS / max(grew, 1) > 10e6
    assert METRICS * POINTS / peak > 2e6
    assert took < 8 * reading
