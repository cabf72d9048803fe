"""The model that `benchmarks.bare` leaves of the real one does the same where nothing breaks."""

from unittest import mock

import pytest

from benchmarks.bare import bare_model
from benchmarks.job import COMPARED, digest
from benchmarks.overhead import scenario_of
from sim.model import simulate
from sim.model.crowd import Crowd
from sim.record import LOGONS, Table
from sim.storage import FactStore
from sim.workload import Workload, make_workload


def facts(situation: str, users: int) -> FactStore[Table]:
    scenario, store = scenario_of(situation, users), FactStore[Table]()
    workload: Workload = make_workload(scenario)
    simulate(scenario, workload, store, engine="agenda")
    return store


@pytest.mark.parametrize("situation", ["directory", "pool"])
def test_facts_are_the_same_without_the_code_path(situation: str) -> None:
    """Else the benchmark would compare two models that do different work."""
    with bare_model(), mock.patch.object(Crowd, "_arrive", side_effect=AssertionError):
        bare = facts(situation, 40)
    whole = facts(situation, 40)

    assert len(whole.table(LOGONS)) > 1000
    for schema, keys in COMPARED.items():
        assert digest(bare.table(schema), keys) == digest(whole.table(schema), keys), schema.name
