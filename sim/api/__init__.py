"""The public face: load a scenario, run it, look at what came out.

    scenario = sim.load("scenarios/remote-office.yaml")
    run = sim.run(scenario)
    other = sim.run(scenario.with_overrides("fleets.part-time.autostop_timeout=4 h"))

A `Scenario` is a file that was read and found right, prices included; a `Run` is what happened when
it was simulated: tables as pandas DataFrames, a summary, a bill that can be priced again.

The model and pandas are loaded with the first run: checking a file does without them.
"""

from typing import TYPE_CHECKING, Any

from sim.api.loading import Scenario, check, load, read
from sim.scenario import ScenarioError

if TYPE_CHECKING:
    from sim.api.results import Run
    from sim.api.running import run

__all__ = ["Run", "Scenario", "ScenarioError", "check", "load", "read", "run"]


def __getattr__(name: str) -> Any:
    if name == "Run":
        from sim.api.results import Run

        return Run
    if name == "run":
        from sim.api.running import run

        return run
    raise AttributeError(f"module 'sim.api' has no attribute {name!r}")
