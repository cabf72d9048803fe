"""The public face: load a scenario, run it, look at what came out.

    scenario = sim.load("scenarios/remote-office.yaml")
    run = sim.run(scenario)
    other = sim.run(scenario.with_overrides("fleets.part-time.autostop_timeout=4 h"))

A `Scenario` is a file that was read and found right, prices included; a `Run` is what happened when
it was simulated: tables as pandas DataFrames, a summary, a bill that can be priced again.
"""

from sim.api.loading import Scenario, check, load, read
from sim.api.results import Run
from sim.api.running import run
from sim.scenario import ScenarioError

__all__ = ["Run", "Scenario", "ScenarioError", "check", "load", "read", "run"]
