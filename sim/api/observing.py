"""One run of a scenario as observations: what a study keeps of it."""

from collections.abc import Iterator
from decimal import Decimal

from sim.api.loading import Scenario
from sim.api.results import Run
from sim.api.running import run
from sim.api.summary import fleet_cost, whole_months
from sim.pricing import total
from sim.study.fleets import FleetMeasures
from sim.study.measures import Ratio, Times
from sim.study.observations import Observation, Observations, keyed
from sim.study.uptime import service_uptime
from sim.units import HOUR, SECOND, Millis, Money

ONE = Decimal(1)


def observe(scenario: Scenario, replication: int) -> Observations:
    """Simulate one replication and keep what it says about each measure.

    Raises:
        ScenarioError: when a function of the user's own goes wrong.
    """
    return observations(run(scenario, replication=replication, facts=False))


def observations(result: Run) -> dict[str, Observation]:
    """What a run says about each measure, over all and by fleet or pool."""
    rows = list(_overall(result))
    for fleet in result.measures.fleets:
        rows += [(keyed(name, fleet.fleet), parts) for name, parts in _of_fleet(result, fleet)]
    return {name: Observation(*parts) for name, parts in rows if parts[1]}


Rows = Iterator[tuple[str, tuple[Decimal, Decimal]]]
"""Names of measures with numerator and denominator."""


def _overall(result: Run) -> Rows:
    spec, measures = result.scenario.spec, result.measures
    cost, delivered = total(result.lines), measures.delivered.delivered
    yield "cost", (cost, ONE)
    if whole_months(spec):
        months = len(spec.calendar.months(0, spec.end))
        yield "cost_per_month", (cost, Decimal(months))
        users = sum(fleet.user_months for fleet in measures.fleets)
        yield "cost_per_user_month", (cost, Decimal(users))
    yield "cost_per_connected_hour", (cost * HOUR, Decimal(delivered))
    yield from _times("logon", measures.logon_times["total"])
    yield from _times("wait", measures.waiting)
    yield _ratio("logon_success", measures.logon_success)
    yield _ratio("attempt_success", measures.attempt_success)
    yield _ratio("delivered_minutes", measures.delivered.ratio)
    yield _ratio("service_uptime", service_uptime(measures.service.uptime))
    lost = sum(loss.time for loss in measures.service.losses)
    yield "lost_hours", _hours(lost)
    yield "interruptions", (Decimal(measures.service.interrupted.number), ONE)
    yield "connected_hours", _hours(delivered)
    yield "connected_peak", (Decimal(measures.connected.peak.count), ONE)
    yield "running_peak", (Decimal(measures.running.peak.count), ONE)


def _of_fleet(result: Run, fleet: FleetMeasures) -> Rows:
    cost: Money = fleet_cost(result, fleet.fleet)
    yield "cost", (cost, ONE)
    if whole_months(result.scenario.spec):
        yield "cost_per_user_month", (cost, Decimal(fleet.user_months))
    yield "cost_per_connected_hour", (cost * HOUR, Decimal(fleet.delivered.delivered))
    yield from _times("wait", fleet.wait)
    yield _ratio("logon_success", fleet.logon_success)
    yield _ratio("delivered_minutes", fleet.delivered.ratio)
    uptime = [row for row in result.measures.service.uptime if row.fleet == fleet.fleet]
    yield _ratio("service_uptime", service_uptime(uptime))
    yield "lost_hours", _hours(sum(loss.time for loss in fleet.losses))


def _times(name: str, times: Times) -> Rows:
    """Mean and percentiles [s]."""
    if times.mean is None:
        return
    # A sum of milliseconds below 2**53 is what the mean times the count comes back to.
    yield f"{name}_mean_s", (_seconds(round(times.mean * times.count)), Decimal(times.count))
    for percent, value in times.percentiles.items():
        if value is not None:
            yield f"{name}_p{percent}_s", (_seconds(value), ONE)


def _ratio(name: str, ratio: Ratio) -> tuple[str, tuple[Decimal, Decimal]]:
    return name, (Decimal(ratio.part), Decimal(ratio.whole))


def _hours(time: Millis) -> tuple[Decimal, Decimal]:
    return Decimal(time), Decimal(HOUR)


def _seconds(time: Millis) -> Decimal:
    return Decimal(time) / SECOND
