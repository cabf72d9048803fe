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
from sim.api.numbers import (
    delivered_minutes,
    instant,
    money_text,
    ratio,
    rounded,
    seconds,
    share,
    spread,
)
from sim.api.service import (
    agreement,
    bands,
    lost_minutes,
    outages,
    recovery,
    service,
    uptime_of,
    worst_hour,
)
from sim.api.streaming import sites, streaming
from sim.pricing import total, unrounded_total
from sim.report.contents import ONE_RUN
from sim.scenario import Scenario
from sim.study import costs
from sim.study.fleets import FleetMeasures
from sim.study.measures import STAGES
from sim.study.pools import Level, PoolMeasures
from sim.study.run import HostUse, Measures, Use
from sim.units import HOUR, Money

if TYPE_CHECKING:
    from sim.api.results import Run

SCHEMA = "desksim/run/1"
"""Name and version of the document. New fields may join it; a changed one makes a new version."""


def basis(run: "Run") -> str:
    """What the numbers of a run rest on."""
    if run.study is not None:
        return f"the first of {len(run.study.runs):,} runs, which alone has no interval"
    if run.scenario.spec.replications == 1:
        return ONE_RUN
    asked = run.scenario.spec.replications
    return f"one run of the {asked} that the scenario asks for, no interval"


def summary(run: "Run") -> dict[str, Any]:
    """The document, ready for `json.dumps`."""
    spec, measures = run.scenario.spec, run.measures
    return {
        "schema": SCHEMA,
        "scenario": _scenario(run),
        "provenance": _provenance(run),
        "basis": basis(run),
        "size": {
            "users": len(run.names.users),
            "desktops": len(run.names.desktops),
            "clients": list(run.names.clients),
        },
        "cost": _cost(run),
        "fleets": [_fleet(run, fleet) for fleet in measures.fleets],
        "logons": _logons(measures),
        "streaming": streaming(measures),
        "sites": sites(run),
        "availability": _availability(measures),
        "service_level": agreement(run),
        "outages": outages(run),
        "recovery": recovery(measures.service),
        "worst_hour": worst_hour(run),
        "concurrency": {
            "connected": _use(spec, measures.connected),
            "running": _use(spec, measures.running),
        },
        "pools": [_pool(run, pool) for pool in measures.pools],
        "hosts": [_hosts(spec, use) for use in measures.hosts],
        "operations": [
            {
                "operation": done.kind,
                "accepted": done.accepted,
                "refused": dict(done.refused),
                "by": dict(done.by),
            }
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
        "warm_up_s": seconds(spec.warm_up),
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
        "total": money_text(whole),
        "total_unrounded": format(unrounded_total(lines), "f"),
        "whole_months": months,
        "desktop_months": pairs,
        "user_months": user_months,
        "per_desktop_month": money_text(costs.quotient(whole, pairs) if months and owned else None),
        "per_desktop": money_text(
            costs.quotient(whole, len(run.names.desktops)) if owned else None
        ),
        "per_user_month": money_text(costs.quotient(whole, user_months) if months else None),
        "per_user": money_text(costs.quotient(whole, len(run.names.users))),
        "per_connected_hour": money_text(costs.per_connected_hour(whole, delivered)),
        "by_month": [
            {
                "month": month,
                "amount": money_text(amount),
                "desktops": sum(count for _, charged_in, count in charged if charged_in == month),
            }
            for month, amount in costs.by_month(lines).items()
        ],
        "by_fleet_and_month": [
            {
                "fleet": row.fleet,
                "month": row.month,
                "amount": money_text(row.amount),
                "desktops": row.desktops,
                "per_desktop": money_text(row.per_desktop),
            }
            for row in costs.by_fleet_and_month(lines, charged)
        ],
        "by_charge": [
            {"charge": charge, "amount": money_text(amount)}
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
        "cost": money_text(cost),
        "per_user_month": money_text(costs.quotient(cost, months)),
        "per_user": money_text(costs.quotient(cost, fleet.users)),
        "per_connected_hour": money_text(costs.per_connected_hour(cost, fleet.delivered.delivered)),
        "wait": spread(fleet.wait),
        "logon_success": ratio(fleet.logon_success, "started", "intended"),
        "delivered_minutes": delivered_minutes(fleet.delivered),
        "service_uptime": uptime_of(
            row for row in run.measures.service.uptime if row.fleet == fleet.fleet
        ),
        "lost_minutes": lost_minutes(fleet.losses),
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
        "refused_attempts": ratio(people.refused, "refused", "attempts"),
        "refused_causes": people.refused_causes,
        "refused_people": ratio(people.refused_people, "people", "tried"),
        "abandoned_sessions": ratio(people.abandoned, "abandoned", "intended"),
        "people_who_gave_up": ratio(people.gave_up, "people", "tried"),
        "wait": spread(people.wait),
        "in_line": spread(people.in_line) if pool.queues else None,
        "capacity": {name: _level(spec, getattr(pool, name)) for name in levels},
        "utilization": share(pool.utilization),
        "utilization_by_hour": [share(value) for value in pool.utilization_by_hour],
        "user_sessions": pool.user_sessions,
        "instance_hours": {
            "available": rounded(pool.instances.available / HOUR),
            "idle": rounded(pool.instances.idle / HOUR),
            "billed_running": _billed(run, pool.pool, "pool-running-hours"),
            "billed_stopped": _billed(run, pool.pool, "pool-stopped-hours"),
        },
        "launch_failures": dict(pool.launch_failures),
        "scaling": dict(pool.scaling),
    }


def _billed(run: "Run", pool: str, charge: str) -> float:
    lines = (line for line in run.lines if (line.fleet, line.charge) == (pool, charge))
    return rounded(float(sum(line.quantity for line in lines)))


def _level(spec: Scenario, level: Level) -> dict[str, Any]:
    return {
        "peak": level.peak.count,
        "peak_at": instant(spec, level.peak.at),
        "mean": rounded(level.mean),
    }


def _logons(measures: Measures) -> dict[str, Any]:
    times = measures.logon_times
    return {
        "connected": times["total"].count,
        "total": spread(times["total"]),
        "stages": [{"stage": stage, **spread(times[stage])} for stage in STAGES],
        "with_retries": spread(measures.waiting),
        "bands": bands(measures),
    }


def _availability(measures: Measures) -> dict[str, Any]:
    return {
        "logon_success": ratio(measures.logon_success, "started", "intended"),
        "attempt_success": ratio(measures.attempt_success, "connected", "attempts"),
        "delivered_minutes": delivered_minutes(measures.delivered),
        "refused_attempts": dict(measures.refused),
        "abandoned_sessions": dict(measures.abandoned),
        "cut_sessions": dict(measures.cut),
        **service(measures),
    }


def whole_months(spec: Scenario) -> bool:
    """Whether the measured time is made of whole UTC calendar months."""
    calendar = spec.calendar
    return all(calendar.month_at(at).start == at for at in (0, spec.end))


def _use(spec: Scenario, use: Use) -> dict[str, Any]:
    return _level(spec, Level(use.peak, use.mean))


def _hosts(spec: Scenario, use: HostUse) -> dict[str, Any]:
    return {
        "group": use.group,
        "hosts": use.hosts,
        "resource": use.resource,
        "peak": use.peak.count,
        "peak_at": instant(spec, use.peak.at),
        "mean": rounded(use.mean),
        "capacity": use.capacity,
    }
