"""What a scenario file says: its schema, its loading, its errors. Knows nothing that runs."""

from sim.scenario.errors import Origin, Problem, ScenarioError
from sim.scenario.loading import Resolved, load_scenario
from sim.scenario.schema import Scenario

__all__ = [
    "Origin",
    "Problem",
    "Resolved",
    "Scenario",
    "ScenarioError",
    "load_scenario",
]
