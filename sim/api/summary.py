"""The summary of a run: every number of the answer, as a document that outlives the program.

`summary.json`, `--json` and what is printed are the same document. Names carry their unit; times
are seconds, shares run from 0 to 1, amounts are text so that nobody's parser rounds them. What does
not exist (the p95 of no logons) is null. `docs/results.md` explains each field.

It identifies the result by what it depends on (scenario hash, seed, replication, price book and
version), and by nothing else: no clock, host or path.
"""

from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.api import optimizer
from sim.pricing import total, unrounded_total
from sim.scenario import Scenario
from sim.study import costs
from sim.study.fleets import FleetMeasures
from sim.study.measures import PERCENTILES, STAGES, Delivered, Ratio, Times
from sim.study.pools import Level, PoolMeasures
from sim.study.run import HostUse, Measures, Use
from sim.units import HOUR, Money, cents

if TYPE_CHECKING:
    from sim.api.results import Run

SCHEMA = "desksim/run/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""

INTERVAL = "one run, no interval"
"""What the numbers cannot tell."""


def basis(replications: int) -> str:
    """What the numbers of one run rest on, where a scenario asks for so many of them."""
    if replications == 1:
        return INTERVAL
    return f"one run of the {replications} that the scenario asks for, no interval"


def summary(run: "Run") -> dict[str, Any]:
    """The document, ready for `json.dumps`."""
    spec, measures = run.scenario.spec, run.measures
    return {
        "schema": SCHEMA,
        "scenario": _scenario(run),
        "provenance": _provenance(run),
        "basis": basis(spec.replications),
        "size": {
            "users": len(run.names.users),
            "desktops": len(run.names.desktops),
            "clients": list(run.names.clients),
        },
        "cost": _cost(run),
        "fleets": [_fleet(run, fleet) for fleet in measures.fleets],
        "logons": _logons(measures),
        "availability": _availability(measures),
        "concurrency": {
            "connected": _use(spec, measures.connected),
            "running": _use(spec, measures.running),
        },
        "pools": [_pool(run, pool) for pool in measures.pools],
        "hosts": [_hosts(spec, use) for use in measures.hosts],
        "operations": [
            {"operation": done.kind, "accepted": done.accepted, "refused": dict(done.refused)}
            for done in measures.operations
        ],
        "cost_optimizer": optimizer.summary(run),
        "assumptions": [dict(row) for row in run.assumption_rows],
    }


def _scenario(run: "Run") -> dict[str, Any]:
    spec = run.scenario.spec
    return {
        "name": spec.name,
        "description": spec.description,
        "hash": run.scenario.hash,
        "region": spec.region,
        "start": spec.calendar.isoformat(0),
        "end": spec.calendar.isoformat(spec.end),
        "warm_up_s": _seconds(spec.warm_up),
    }


def _provenance(run: "Run") -> dict[str, Any]:
    return {
        "desksim": __version__,
        "seed": run.scenario.spec.seed,
        "replication": run.replication,
        "prices": {
            "book": run.prices.name,
            "as_of": run.prices.as_of,
            "supplied": sorted(run.scenario.spec.prices.add),
        },
    }


def _cost(run: "Run") -> dict[str, Any]:
    lines, whole = run.lines, total(run.lines)
    charged = run.desktops_charged
    pairs = sum(count for _, _, count in charged)
    months = whole_months(run.scenario.spec)
    delivered = run.measures.delivered.delivered
    user_months = sum(fleet.user_months for fleet in run.measures.fleets)
    # What pools cost has no desktop to be divided by, so where there are any nothing is.
    owned = not run.scenario.spec.pools
    return {
        "currency": run.prices.currency,
        "total": _money(whole),
        "total_unrounded": format(unrounded_total(lines), "f"),
        "whole_months": months,
        "desktop_months": pairs,
        "user_months": user_months,
        "per_desktop_month": _money(costs.quotient(whole, pairs) if months and owned else None),
        "per_desktop": _money(costs.quotient(whole, len(run.names.desktops)) if owned else None),
        "per_user_month": _money(costs.quotient(whole, user_months) if months else None),
        "per_user": _money(costs.quotient(whole, len(run.names.users))),
        "per_connected_hour": _money(costs.per_connected_hour(whole, delivered)),
        "by_month": [
            {
                "month": month,
                "amount": _money(amount),
                "desktops": sum(count for _, charged_in, count in charged if charged_in == month),
            }
            for month, amount in costs.by_month(lines).items()
        ],
        "by_fleet_and_month": [
            {
                "fleet": row.fleet,
                "month": row.month,
                "amount": _money(row.amount),
                "desktops": row.desktops,
                "per_desktop": _money(row.per_desktop),
            }
            for row in costs.by_fleet_and_month(lines, charged)
        ],
        "by_charge": [
            {"charge": charge, "amount": _money(amount)}
            for charge, amount in costs.by_charge(lines).items()
        ],
    }


def _fleet(run: "Run", fleet: FleetMeasures) -> dict[str, Any]:
    """What fleets and pools are held against each other by."""
    spec = run.scenario.spec
    cost = fleet_cost(run, fleet.fleet)
    months = fleet.user_months if whole_months(spec) else 0
    return {
        "fleet": fleet.fleet,
        "pooled": fleet.pooled,
        "running_mode": spec.served_by[fleet.fleet].running_mode,
        "users": fleet.users,
        "user_months": fleet.user_months,
        "cost": _money(cost),
        "per_user_month": _money(costs.quotient(cost, months)),
        "per_user": _money(costs.quotient(cost, fleet.users)),
        "per_connected_hour": _money(costs.per_connected_hour(cost, fleet.delivered.delivered)),
        "wait": _times(fleet.wait),
        "logon_success": _ratio(fleet.logon_success, "started", "intended"),
        "delivered_minutes": _delivered(fleet.delivered),
    }


def fleet_cost(run: "Run", fleet: str) -> Money:
    """What a fleet or pool costs: its lines of the invoice, without what is shared."""
    return total(line for line in run.lines if line.fleet == fleet)


def _pool(run: "Run", pool: PoolMeasures) -> dict[str, Any]:
    spec = run.scenario.spec
    people = next(fleet for fleet in run.measures.fleets if fleet.fleet == pool.pool)
    levels = ("desired", "actual", "active", "waiting")
    return {
        "pool": pool.pool,
        "refused_attempts": _ratio(people.refused, "refused", "attempts"),
        "refused_causes": people.refused_causes,
        "refused_people": _ratio(people.refused_people, "people", "tried"),
        "abandoned_sessions": _ratio(people.abandoned, "abandoned", "intended"),
        "people_who_gave_up": _ratio(people.gave_up, "people", "tried"),
        "wait": _times(people.wait),
        "in_line": _times(people.in_line) if pool.queues else None,
        "capacity": {name: _level(spec, getattr(pool, name)) for name in levels},
        "utilization": _share(pool.utilization),
        "utilization_by_hour": [_share(value) for value in pool.utilization_by_hour],
        "user_sessions": pool.user_sessions,
        "instance_hours": {
            "available": _rounded(pool.instances.available / HOUR),
            "idle": _rounded(pool.instances.idle / HOUR),
            "billed_running": _billed(run, pool.pool, "pool-running-hours"),
            "billed_stopped": _billed(run, pool.pool, "pool-stopped-hours"),
        },
        "launch_failures": dict(pool.launch_failures),
        "scaling": dict(pool.scaling),
    }


def _billed(run: "Run", pool: str, charge: str) -> float:
    lines = (line for line in run.lines if (line.fleet, line.charge) == (pool, charge))
    return _rounded(float(sum(line.quantity for line in lines)))


def _level(spec: Scenario, level: Level) -> dict[str, Any]:
    return {
        "peak": level.peak.count,
        "peak_at": _instant(spec, level.peak.at),
        "mean": _rounded(level.mean),
    }


def _share(value: float | None) -> float | None:
    return None if value is None else _rounded(value)


def _logons(measures: Measures) -> dict[str, Any]:
    times = measures.logon_times
    return {
        "connected": times["total"].count,
        "total": _times(times["total"]),
        "stages": [{"stage": stage, **_times(times[stage])} for stage in STAGES],
        "with_retries": _times(measures.waiting),
    }


def _availability(measures: Measures) -> dict[str, Any]:
    return {
        "logon_success": _ratio(measures.logon_success, "started", "intended"),
        "attempt_success": _ratio(measures.attempt_success, "connected", "attempts"),
        "delivered_minutes": _delivered(measures.delivered),
        "refused_attempts": dict(measures.refused),
        "abandoned_sessions": dict(measures.abandoned),
        "cut_sessions": dict(measures.cut),
    }


def _delivered(spent: Delivered) -> dict[str, Any]:
    return {
        "value": spent.ratio.value,
        "delivered_min": _rounded(spent.delivered / 60_000),
        "planned_min": _rounded(spent.planned / 60_000),
        "waited_min": _rounded(spent.waited / 60_000),
    }


def whole_months(spec: Scenario) -> bool:
    """Whether the measured time is made of whole UTC calendar months."""
    calendar = spec.calendar
    return all(calendar.month_at(at).start == at for at in (0, spec.end))


def _times(times: Times) -> dict[str, Any]:
    ranked = {f"p{p}_s": _seconds(times.percentiles[p]) for p in PERCENTILES}
    return {"mean_s": _seconds(times.mean), **ranked, "took": times.took}


def _use(spec: Scenario, use: Use) -> dict[str, Any]:
    return _level(spec, Level(use.peak, use.mean))


def _hosts(spec: Scenario, use: HostUse) -> dict[str, Any]:
    return {
        "group": use.group,
        "hosts": use.hosts,
        "resource": use.resource,
        "peak": use.peak.count,
        "peak_at": _instant(spec, use.peak.at),
        "mean": _rounded(use.mean),
        "capacity": use.capacity,
    }


def _ratio(ratio: Ratio, part: str, whole: str) -> dict[str, Any]:
    return {"value": ratio.value, part: ratio.part, whole: ratio.whole}


def _instant(spec: Scenario, at: int | None) -> str | None:
    return None if at is None else spec.calendar.isoformat(at)


def _seconds(millis: float | None) -> float | None:
    return None if millis is None else round(millis / 1000, 3)


def _rounded(number: float) -> float:
    return round(number, 6)


def _money(amount: Money | None) -> str | None:
    return None if amount is None else format(cents(amount), "f")
