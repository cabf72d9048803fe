"""From a scenario to the living policies of one pool: phases, forecasts and functions with them.

The user's own functions run inside the model, and what they do wrong is the user's to put right: an
error of theirs says which pool, which function and which instant, and what was returned.
"""

import sys
import traceback
from numbers import Integral
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.policy import Decide, Forecast, Observation, Scaling
from sim.scenario.errors import Problem, ScenarioError, shown
from sim.scenario.scaling import OwnPolicy, Predictive, RampPlan
from sim.scenario.schema import Scenario
from sim.workload import Workload, expected_demand, phases_of


def scaling_of(
    scenario: Scenario, workload: Workload, pool_name: str, replication: int = 0
) -> Scaling:
    """The policies of a pool, as they are at the beginning of a run.

    Raises:
        ScenarioError: when a function of the user's own cannot be loaded.
    """
    pool = scenario.pools[pool_name]
    phases, expected, functions = {}, {}, {}
    for position, policy in enumerate(pool.scaling):
        match policy:
            case RampPlan():
                phases[position] = phases_of(policy, scenario)
            case Predictive():
                needed = expected_demand(scenario, pool_name, policy, workload, replication)
                expected[position] = Forecast(scenario.begin, needed.tolist())
            case OwnPolicy():
                functions[position] = own_function(scenario, pool_name, position, policy)
    return Scaling(pool, phases=phases, expected=expected, functions=functions)


def own_function(scenario: Scenario, pool_name: str, position: int, policy: OwnPolicy) -> Decide:
    """A user's own function, loaded afresh from its file and watched over.

    Raises:
        ScenarioError: when the file cannot be run, or does not define the function.
    """
    file, _, name = policy.function.rpartition(":")
    path = ("pools", pool_name, "scaling", position, "policy")
    shown_name = f"{Path(file).name}:{name}"
    try:
        function = getattr(_module(file), name)
    except Exception as error:
        message = f"expected to load {shown_name}, got {_told(error, file)}"
        raise ScenarioError([Problem.with_setting(path, message)]) from error

    def decide(observation: Observation) -> int | None:
        at = scenario.calendar.isoformat(observation.at)
        try:
            wanted = function(observation)
        except Exception as error:
            message = f"expected a capacity from {shown_name} at {at}, got {_told(error, file)}"
            raise ScenarioError([Problem.with_setting(path, message)]) from error
        if wanted is None or _is_capacity(wanted):
            return wanted if wanted is None else int(wanted)
        message = (
            f"expected a whole number of user sessions, 0 or more, or None from {shown_name} "
            f"at {at}, got {_value(wanted)}"
        )
        raise ScenarioError([Problem.with_setting(path, message)])

    return decide


def _is_capacity(wanted: Any) -> bool:
    # A NumPy integer is one, True is not.
    return not isinstance(wanted, bool) and isinstance(wanted, Integral) and int(wanted) >= 0


def _module(file: str) -> ModuleType:
    """Run a Python file as a module, afresh: no run of a scenario sees what another one left."""
    module = ModuleType(f"{Path(file).stem} beside the scenario")
    module.__file__ = file
    # Dataclasses look their module up by name while it runs.
    sys.modules[module.__name__] = module
    try:
        exec(compile(Path(file).read_bytes(), file, "exec"), module.__dict__)
    finally:
        del sys.modules[module.__name__]
    return module


def _told(error: Exception, file: str) -> str:
    """An error in words, with the last line of the user's file that led to it."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == file
    ]
    where = f" in line {lines[-1]}" if lines else ""
    return f"{type(error).__name__}: {error}{where}" if str(error) else type(error).__name__ + where


def _value(wanted: object) -> str:
    return shown(wanted) if isinstance(wanted, str | bool | int) else repr(wanted)
