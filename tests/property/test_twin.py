"""Two models written apart from the same rules must write the same facts, to the millisecond.

The twin in `benchmarks.textbook` is what a SimPy tutorial would make of `docs/model.md`;
`sim.model` is what is fast. Where they differ, one of them is wrong or the rules are.
"""

from pathlib import Path

import pytest
from hypothesis import given, settings

from benchmarks.office import office
from benchmarks.textbook import simulate_textbook
from sim.model import Engine, simulate
from sim.record import SESSIONS, Table
from sim.scenario import load_scenario
from sim.storage import FactStore
from sim.workload import make_workload
from tests.property.compared import compare
from tests.property.small_worlds import SmallWorld, small_worlds

SCENARIOS = Path(__file__).parents[2] / "scenarios"


def facts_of(world: SmallWorld, engine: str) -> FactStore[Table]:
    store = FactStore[Table]()
    if engine == "twin":
        simulate_textbook(world.scenario, world.workload, store)
    else:
        chosen: Engine | None = "agenda" if engine == "agenda" else None
        simulate(world.scenario, world.workload, store, engine=chosen)
    return store


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
