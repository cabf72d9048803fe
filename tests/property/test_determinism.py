"""One scenario and one seed make one run: to the last byte, in any process, whoever else is there.

A run of which each table is hashed is made here and in processes of their own. (That whole results
on disk are the same bytes is proved with the command line.)
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.record import NEVER, Outcome
from sim.scenario.schema import Scenario
from sim.workload import make_workload
from tests.property.busy_office import BUSY, busy_office
from tests.unit.stories import KEYS, Engine, Facts, Story

ROOT = Path(sim.__file__).parents[1]
DIGEST = "from tests.property.test_determinism import *; print(digest(facts_of(busy_office())))"


def facts_of(scenario: Scenario, replication: int = 0, engine: Engine = None) -> Facts:
    return Story(scenario, make_workload(scenario, replication), None).run(engine, replication)


def digest(facts: Facts) -> str:
    """A hash of all facts, in the order in which they were recorded."""
    found = hashlib.sha256()
    for schema in KEYS:
        for name, values in facts.recorded(schema).columns.items():
            texts = values.dtype == object
            found.update(name.encode())
            found.update("\0".join(values).encode() if texts else values.tobytes())
    return found.hexdigest()


def test_everything_happens_in_the_busy_office() -> None:
    """Or the tests here would prove little."""
    facts = facts_of(busy_office())
    assert {"REFUSED", "ABANDONED", "CONNECTED"} <= {
        Outcome(code).name for code in facts.logons.table["outcome"].tolist()
    }
    assert all(len(facts.recorded(schema)) > 5 for schema in KEYS)
    assert facts.operations.table["accepted"].any()
    assert not facts.operations.table["accepted"].all()
    assert (facts.desktops.table["deleted"] != NEVER).any()
    assert facts.logons.table["directory_wait"].max() > 0


def test_the_same_facts_in_processes_that_hash_otherwise() -> None:
    """Python orders sets of names by a hash that differs from process to process."""
    here = digest(facts_of(busy_office()))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DIGEST],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "4242")
    ]
    found = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert found == [here, here]


def test_the_same_facts_twice_in_one_process() -> None:
    scenario = busy_office()
    workload = make_workload(scenario)
    once, again = (Story(scenario, workload, None).run() for _ in range(2))
    assert digest(once) == digest(again)


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 2**30 + 1)])
def test_another_seed_is_another_run(first: int, second: int) -> None:
    """Also one that differs in a high bit only."""
    assert digest(facts_of(busy_office(seed=first))) != digest(facts_of(busy_office(seed=second)))


def test_every_replication_is_another_run() -> None:
    scenario = busy_office()
    found = {digest(facts_of(scenario, replication)) for replication in range(4)}
    assert len(found) == 4


def of_population(facts: Facts, name: str) -> dict[str, list[tuple[Any, ...]]]:
    """Sessions and runs of a population's people, with names for numbers."""
    users = facts.story.workload.users
    mine = users["name"][users["population"] == name].tolist()
    names, desktops = users["name"], facts.desktops.table
    owner = names[desktops["user"]]
    found = {}
    for table in (facts.sessions.table, facts.logons.table):
        whose = names[table["user"]]
        rows = np.isin(whose.astype(str), mine)
        kept = [
            column for column in table.schema.names if column not in ("session", "user", "desktop")
        ]
        columns = [whose[rows].tolist(), *(table[column][rows].tolist() for column in kept)]
        found[table.schema.name] = list(zip(*columns, strict=True))
    runs = facts.runs.table
    whose = owner[runs["desktop"]]
    rows = np.isin(whose.astype(str), mine)
    columns = [whose[rows].tolist(), *(runs[c][rows].tolist() for c in ("begin", "end", "kind"))]
    found["runs"] = sorted(zip(*columns, strict=True))
    return found


def test_people_who_share_nothing_with_others_do_not_notice_them() -> None:
    """Without the directory the makers share nothing. Fewer clerks, no hosts, a new fleet: the
    makers' draws, waits, runs are the same."""
    alone: dict[str, Any] = {"directory": None, "operations": [], "outages": []}
    whole = busy_office(**alone)
    clerks = BUSY["populations"]["clerks"]
    other = busy_office(
        **alone,
        pools={"booths": {**BUSY["pools"]["kiosks"], "hosts": []}},
        populations={"clerks": {**clerks, "users": 3}, "guests": {**clerks, "fleet": "kiosk"}},
        fleets={"kiosk": {"bundle": "value", "running_mode": "AutoStop"}},
    )
    makers = of_population(facts_of(whole), "makers")
    assert min(len(rows) for rows in makers.values()) > 50
    assert of_population(facts_of(other), "makers") == makers


@pytest.mark.parametrize("colleagues", [1, 4])
def test_how_long_an_operation_takes_does_not_depend_on_others(colleagues: int) -> None:
    """One desktop is switched to AlwaysOn; its cold start is the same whoever else has one."""

    def start_of(users: int) -> list[int]:
        written = {
            **BUSY,
            "host_groups": {},
            "pools": {},
            "outages": [],
            "fleets": {"lab": {"bundle": "power", "running_mode": "AutoStop", "hibernates": False}},
            "populations": {
                name: {"users": count, "fleet": "lab", "shift": {"start": "09:00"},
                       "session_length": "1 h"}
                for name, count in (("clerks", users), ("makers", 1))
            },
            "operations": [
                {"at": "2026-09-19T12:00Z", "fleet": "lab", "user": "makers-00000",
                 "operation": "switch-mode", "to": "AlwaysOn"}
            ],
        }  # fmt: skip
        done: list[int] = (
            facts_of(Scenario.model_validate(written)).operations.table["done"].tolist()
        )
        return done

    assert start_of(1 + colleagues) == start_of(1)


def test_another_policy_faces_the_same_people() -> None:
    """A longer timeout changes what happens, not what was intended nor how long a stage takes."""
    longer = {name: {**fleet, "autostop_timeout": "4 h"} for name, fleet in BUSY["fleets"].items()}
    first, second = busy_office(), busy_office(fleets=longer)
    one, other = make_workload(first), make_workload(second)
    for name, values in one.plan.columns.items():
        assert np.array_equal(values, other.plan[name]), name
    assert digest(facts_of(first)) != digest(facts_of(second))
