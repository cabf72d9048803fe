"""Two models written apart from the same rules must write the same facts, to the millisecond.

The twin in `benchmarks.textbook` is what a SimPy tutorial would make of `docs/model.md`;
`sim.model` is what is fast. Where they differ, one of them is wrong or the rules are.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note, settings

from benchmarks.office import office
from benchmarks.textbook import simulate_textbook
from sim.model import Engine, simulate
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    HOST_LOAD,
    LOGONS,
    NEVER,
    OPERATIONS,
    RUNS,
    SESSIONS,
    Schema,
    Table,
)
from sim.scenario import load_scenario
from sim.storage import FactStore
from sim.workload import make_workload
from tests.property.small_worlds import SmallWorld, small_worlds

SCENARIOS = Path(__file__).parents[2] / "scenarios"
KEYS = {
    DESKTOPS: ("desktop",),
    DESKTOP_TERMS: ("desktop", "begin"),
    LOGONS: ("session", "attempt"),
    SESSIONS: ("session",),
    DESKTOP_STATES: ("desktop", "begin"),
    RUNS: ("desktop", "begin"),
    OPERATIONS: (),
    HOST_LOAD: ("host", "at"),
}
"""What identifies a row of each table. Operations stand in the order in which they were done."""


def described(table: Table, row: int) -> dict[str, Any]:
    """One row as a reader of a failure wants it."""
    words = {}
    for column in table.schema.columns:
        value = table[column.name][row]
        words[column.name] = (
            column.codes(value).name
            if column.codes
            else "never"
            if isinstance(value, np.integer) and value == NEVER
            else value
        )
    return words


def differences(schema: Schema, ours: Table, twins: Table) -> Iterator[str]:
    """The rows that only one of the two has, ours first."""
    rows = [
        {tuple(described(table, row).items()): None for row in range(len(table))}
        for table in (ours, twins)
    ]
    for name, mine, other in (("model", *rows), ("twin ", *reversed(rows))):
        for row in mine:
            if row not in other:
                yield f"{name} {schema.name}: " + ", ".join(f"{k}={v}" for k, v in row)


def facts_of(world: SmallWorld, engine: str) -> FactStore[Table]:
    store = FactStore[Table]()
    if engine == "twin":
        simulate_textbook(world.scenario, world.workload, store)
    else:
        chosen: Engine | None = "agenda" if engine == "agenda" else None
        simulate(world.scenario, world.workload, store, engine=chosen)
    return store


def rows_of(store: FactStore[Table], schema: Schema) -> Table:
    """A table in the order of its keys."""
    table, keys = store.table(schema), KEYS[schema]
    return table.sorted_by(*keys) if keys else table


def compare(ours: FactStore[Table], twins: FactStore[Table]) -> None:
    found: list[str] = []
    for schema in KEYS:
        mine, other = rows_of(ours, schema), rows_of(twins, schema)
        found += differences(schema, mine, other)
        if not found:
            for name in schema.names:
                assert mine[name].tolist() == other[name].tolist(), (schema.name, name)
    for line in found:
        note(line)
    assert not found


@pytest.mark.parametrize("engine", ["agenda", "ranks"])
@settings(max_examples=100)
@given(world=small_worlds())
def test_model_and_twin_write_the_same_facts(engine: str, world: SmallWorld) -> None:
    compare(facts_of(world, engine), facts_of(world, "twin"))


@settings(max_examples=100)
@given(world=small_worlds(quiet=True))
def test_users_advanced_all_at_once_fare_as_in_the_twin(world: SmallWorld) -> None:
    compare(facts_of(world, "ranks"), facts_of(world, "twin"))


@pytest.mark.parametrize("shared", [True, False], ids=["one directory", "nothing shared"])
def test_model_and_twin_agree_about_the_office_of_the_benchmarks(shared: bool) -> None:
    scenario = office(40, shared=shared)
    workload = make_workload(scenario)
    ours, twins = FactStore[Table](), FactStore[Table]()
    simulate(scenario, workload, ours)
    simulate_textbook(scenario, workload, twins)
    assert len(ours.table(SESSIONS)) > 1_000
    compare(ours, twins)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["remote-office", "contractors", "byol-hosts", "follow-the-sun"])
def test_model_and_twin_agree_about_the_shipped_scenarios(name: str) -> None:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml").scenario
    workload = make_workload(scenario)
    ours, twins = FactStore[Table](), FactStore[Table]()
    simulate(scenario, workload, ours)
    simulate_textbook(scenario, workload, twins)
    compare(ours, twins)
