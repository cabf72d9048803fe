"""What a scenario file says: its schema, its loading, its errors. Knows nothing that runs."""

from sim.scenario.assumptions import Assumption, assumptions
from sim.scenario.errors import Origin, Problem, ScenarioError
from sim.scenario.json_schema import json_schema
from sim.scenario.loading import Resolved, load_scenario
from sim.scenario.resolved import resolved_yaml, scenario_hash
from sim.scenario.schema import Scenario

__all__ = [
    "Assumption",
    "Origin",
    "Problem",
    "Resolved",
    "Scenario",
    "ScenarioError",
    "assumptions",
    "json_schema",
    "load_scenario",
    "resolved_yaml",
    "scenario_hash",
]
