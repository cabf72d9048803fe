"""The summary of a run: every number of the answer, as a document that outlives the program.

`summary.json`, `--json` and what is printed are the same document. Names carry their unit; times
are seconds, shares run from 0 to 1, amounts are text so that nobody's parser rounds them. What does
not exist (the p95 of no logons) is null. `docs/results.md` explains each field.

It identifies the result by what it depends on (scenario hash, seed, replication, price book and
version), and by nothing else: no clock, host or path.
"""

from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.pricing import total, unrounded_total
from sim.scenario import Scenario
from sim.study import costs
from sim.study.measures import PERCENTILES, STAGES, Ratio, Times
from sim.study.run import HostUse, Measures, Use
from sim.units import Money, cents

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
        "logons": _logons(measures),
        "availability": _availability(measures),
        "concurrency": {
            "connected": _use(spec, measures.connected),
            "running": _use(spec, measures.running),
        },
        "hosts": [_hosts(spec, use) for use in measures.hosts],
        "operations": [
            {"operation": done.kind, "accepted": done.accepted, "refused": dict(done.refused)}
            for done in measures.operations
        ],
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
    return {
        "currency": run.prices.currency,
        "total": _money(whole),
        "total_unrounded": format(unrounded_total(lines), "f"),
        "whole_months": months,
        "desktop_months": pairs,
        "per_desktop_month": _money(costs.quotient(whole, pairs) if months else None),
        "per_desktop": _money(costs.quotient(whole, len(run.names.desktops))),
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


def _logons(measures: Measures) -> dict[str, Any]:
    times = measures.logon_times
    return {
        "connected": times["total"].count,
        "total": _times(times["total"]),
        "stages": [{"stage": stage, **_times(times[stage])} for stage in STAGES],
        "with_retries": _times(measures.waiting),
    }


def _availability(measures: Measures) -> dict[str, Any]:
    spent = measures.delivered
    return {
        "logon_success": _ratio(measures.logon_success, "started", "intended"),
        "attempt_success": _ratio(measures.attempt_success, "connected", "attempts"),
        "delivered_minutes": {
            "value": spent.ratio.value,
            "delivered_min": _rounded(spent.delivered / 60_000),
            "planned_min": _rounded(spent.planned / 60_000),
            "waited_min": _rounded(spent.waited / 60_000),
        },
        "refused_attempts": dict(measures.refused),
        "abandoned_sessions": dict(measures.abandoned),
        "cut_sessions": dict(measures.cut),
    }


def whole_months(spec: Scenario) -> bool:
    """Whether the measured time is made of whole UTC calendar months."""
    calendar = spec.calendar
    return all(calendar.month_at(at).start == at for at in (0, spec.end))


def _times(times: Times) -> dict[str, Any]:
    ranked = {f"p{p}_s": _seconds(times.percentiles[p]) for p in PERCENTILES}
    return {"mean_s": _seconds(times.mean), **ranked, "took": times.took}


def _use(spec: Scenario, use: Use) -> dict[str, Any]:
    return {
        "peak": use.peak.count,
        "peak_at": _instant(spec, use.peak.at),
        "mean": _rounded(use.mean),
    }


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
