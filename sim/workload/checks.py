"""What only the workload can find wrong with a scenario: time zones, holidays, files of numbers.

`make_workload` stops at the first of these; `workload_problems` looks at all of them, and draws
nothing unless there is something to replay.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from sim.scenario.distributions import Empirical
from sim.scenario.errors import Problem, ScenarioError
from sim.scenario.fields import Specification
from sim.scenario.schema import Scenario
from sim.workload.arrivals import hourly_rates
from sim.workload.calendars import WorkCalendar
from sim.workload.distributions import sample
from sim.workload.outages import make_outages
from sim.workload.plans import make_workload
from sim.workload.regions import region_time_zone


def workload_problems(scenario: Scenario) -> list[Problem]:
    """Everything that would stop a workload from being made, each problem once."""
    problems: dict[Problem, None] = {}
    for probe in _probes(scenario):
        try:
            probe()
        except ScenarioError as error:
            problems.update(dict.fromkeys(error.problems))
    return list(problems)


def _probes(scenario: Scenario) -> Iterator[Callable[[], object]]:
    for name, population in scenario.populations.items():
        yield partial(WorkCalendar.of, scenario, name)
        yield partial(hourly_rates, population)
    for law in _measured_laws(scenario):
        yield partial(sample, law, np.empty(0))
    if scenario.maintenance.autostop:
        for fleet in scenario.fleets.values():
            if fleet.running_mode == "AutoStop":
                yield partial(region_time_zone, scenario, fleet.region or scenario.region)
    if any(outage.trace for outage in scenario.outages):
        yield partial(make_outages, scenario)
    replaying = (people.workload for people in scenario.populations.values())
    if scenario.replay is not None or any(replaying):
        yield partial(make_workload, scenario)


def _measured_laws(part: Any) -> Iterator[Empirical]:
    """All laws of a part of a scenario that stand in files."""
    if isinstance(part, Empirical):
        yield part
    elif isinstance(part, Specification):
        yield from _measured_laws([getattr(part, name) for name in type(part).model_fields])
    elif isinstance(part, dict):
        yield from _measured_laws(list(part.values()))
    elif isinstance(part, list):
        for element in part:
            yield from _measured_laws(element)
