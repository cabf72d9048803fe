"""The public face: load a scenario, run it, look at what came out.

    scenario = sim.load("scenarios/remote-office.yaml")
    run = sim.run(scenario)
    other = sim.run(scenario.with_(**{"fleets.part-time.autostop_timeout": "4 h"}))

A `Scenario` is a file that was read and found right, prices included; a `Run` is what happened when
it was simulated: tables as pandas DataFrames, a summary, a bill that can be priced again.

The model and pandas are loaded with the first run: checking a file does without them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sim.api.loading import Scenario, check, load, read
from sim.scenario import ScenarioError

if TYPE_CHECKING:
    from sim.api.comparison import Comparison, compare
    from sim.api.forecasting import Forecast, forecast
    from sim.api.replicating import WATCHED
    from sim.api.results import Run
    from sim.api.running import run
    from sim.api.studies import Study, replicate
    from sim.api.sweeping import SweepFolder, sweep
    from sim.study.execution import Processes

__all__ = [
    "WATCHED",
    "Comparison",
    "Forecast",
    "Processes",
    "Run",
    "Scenario",
    "ScenarioError",
    "Study",
    "SweepFolder",
    "check",
    "compare",
    "forecast",
    "load",
    "read",
    "replicate",
    "run",
    "sweep",
]

_LATE = {
    "Comparison": "sim.api.comparison",
    "compare": "sim.api.comparison",
    "Forecast": "sim.api.forecasting",
    "forecast": "sim.api.forecasting",
    "Run": "sim.api.results",
    "run": "sim.api.running",
    "Study": "sim.api.studies",
    "WATCHED": "sim.api.replicating",
    "replicate": "sim.api.studies",
    "SweepFolder": "sim.api.sweeping",
    "sweep": "sim.api.sweeping",
    "Processes": "sim.study.execution",
}
"""Names that are loaded when they are first asked for, and where they are."""


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    raise AttributeError(f"module 'sim.api' has no attribute {name!r}")
