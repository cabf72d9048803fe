"""The summary's part about outages: uptime, minutes lost, the service level, each outage.

What is credited stands beside the bill and is in no sum of it.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.api.numbers import (
    delivered_minutes,
    instant,
    minutes,
    money_text,
    ratio,
    rounded,
    seconds,
    spread,
)
from sim.study.credits import Credit, credits_of
from sim.study.losses import Loss
from sim.study.measures import Times
from sim.study.outage_times import regions_of_fleets
from sim.study.outages import OutageMeasures
from sim.study.run import Measures
from sim.study.service import Interrupted, MonthMeasures, Service
from sim.study.storm import Storm
from sim.study.uptime import Uptime, service_levels, service_uptime
from sim.units import Millis, Money

if TYPE_CHECKING:
    from sim.api.results import Run


def service(measures: Measures) -> dict[str, Any]:
    """The fields of `availability` beside successes and causes."""
    found = measures.service
    return {
        "service_uptime": uptime_of(found.uptime),
        "interruptions": _interruptions(found.interrupted),
        "lost_minutes": lost_minutes(found.losses),
        "by_month": [_month(found, month) for month in found.months],
        "by_zone": [_zone(row) for row in found.uptime],
    }


def uptime_of(rows: Iterable[Uptime]) -> dict[str, Any]:
    """`service_uptime` of some fleets, zones and months together."""
    rows = list(rows)
    whole = service_uptime(rows)
    lost: dict[str, Millis] = {}
    for row in rows:
        for cause, time in row.lost.items():
            lost[cause] = lost.get(cause, 0) + time
    ranked = sorted(lost, key=lambda cause: (-lost[cause], cause))
    return {
        "value": whole.value,
        "usable_min": minutes(whole.part),
        "due_min": minutes(whole.whole),
        "lost_min": {cause: minutes(lost[cause]) for cause in ranked},
    }


def lost_minutes(losses: Iterable[Loss]) -> list[dict[str, Any]]:
    """Planned minutes that were not delivered, by what took them and why."""
    return [
        {"way": loss.way, "cause": loss.cause, "lost_min": minutes(loss.time)} for loss in losses
    ]


def _interruptions(found: Interrupted) -> dict[str, Any]:
    return {
        "number": found.number,
        "people": found.people,
        "returned": ratio(found.returned, "returned", "known"),
        "interrupted_min": minutes(found.time),
        "away": spread(found.away),
        "causes": dict(found.causes),
    }


def _month(found: Service, month: MonthMeasures) -> dict[str, Any]:
    return {
        "month": month.month,
        "logon_success": ratio(month.logon_success, "started", "intended"),
        "attempt_success": ratio(month.attempt_success, "connected", "attempts"),
        "delivered_minutes": delivered_minutes(month.delivered),
        "service_uptime": uptime_of(row for row in found.uptime if row.month == month.month),
        "lost_minutes": lost_minutes(month.losses),
    }


def _zone(row: Uptime) -> dict[str, Any]:
    place = {"month": row.month, "region": row.region, "fleet": row.fleet, "zone": row.zone}
    return {**place, **uptime_of([row])}


# --- the service level


def credits_of_run(run: "Run") -> list[Credit]:
    """What the provider's agreement gives back, by month and Region, at the run's prices."""
    regions = regions_of_fleets(run.scenario.spec)
    charges: dict[tuple[str, str], Money] = {}
    for line in run.lines:
        if line.fleet:
            key = line.month, regions[line.fleet]
            charges[key] = charges.get(key, Decimal(0)) + line.amount
    return credits_of(service_levels(run.measures.service.uptime), charges)


def agreement(run: "Run") -> list[dict[str, Any]]:
    """The field `service_level`."""
    return [
        {
            "month": credit.level.month,
            "region": credit.level.region,
            "value": credit.level.uptime.value,
            "available_min": minutes(credit.level.uptime.part),
            "promised_min": minutes(credit.level.uptime.whole),
            "credited_share": float(credit.share),
            "charges": money_text(credit.charges),
            "credit": money_text(credit.amount),
        }
        for credit in credits_of_run(run)
    ]


# --- outages


def outages(run: "Run") -> list[dict[str, Any]]:
    """The field `outages`."""
    return [_outage(run, one) for one in run.measures.service.outages]


def _outage(run: "Run", one: OutageMeasures) -> dict[str, Any]:
    spec, outage = run.scenario.spec, one.outage
    median, most = one.data_lost
    return {
        "kind": outage.kind.label,
        "target": outage.target,
        "hosts": outage.hosts,
        "begin": instant(spec, outage.begin),
        "end": instant(spec, outage.end),
        "duration_s": seconds(outage.end - outage.begin),
        "people": one.people,
        "interrupted": one.interrupted,
        "desktops": one.desktops,
        "lost_min": minutes(one.lost),
        "time_to_recover_s": seconds(one.time_to_recover),
        "not_recovered": one.missing,
        "rebuilt": len(one.data_age) - one.redirected,
        "redirected": one.redirected,
        "data_age_p50_s": seconds(median),
        "data_age_max_s": seconds(most),
    }


def recovery(found: Service) -> dict[str, Any]:
    """The field `recovery`: over all outages together."""
    return {name: _longest(values) for name, values in recovery_times(found).items()}


def recovery_times(found: Service) -> dict[str, Any]:
    """Times to recover, and ages of lost data, over all outages [ms]."""
    nothing = [np.empty(0, dtype=np.int64)]
    return {
        "time_to_recover": np.concatenate(nothing + [one.recovered for one in found.outages]),
        "data_age": np.concatenate(nothing + [one.data_age for one in found.outages]),
    }


def _longest(values: Any) -> dict[str, Any]:
    most = int(values.max()) if len(values) else None
    return {"number": len(values), **spread(Times.of(values)), "max_s": seconds(most)}


# --- the worst hour, and fast and slow logons


def worst_hour(run: "Run") -> dict[str, Any] | None:
    """The field `worst_hour`; None where nobody came."""
    hour = run.measures.storm
    if hour is None:
        return None
    return {
        "begin": instant(run.scenario.spec, hour.begin),
        **{
            name: {"people": int(line.sum()), "per_min_max": int(line.max())}
            for name, line in _lines(hour).items()
        },
        "waiting_mean": rounded(float(hour.waiting.mean())),
        "waiting_max": hour.most,
    }


def _lines(hour: Storm) -> dict[str, Any]:
    return {
        "arriving": hour.arriving,
        "connected": hour.connected,
        "gave_up": hour.gave_up,
        "starting": hour.started,
    }


def bands(measures: Measures) -> list[dict[str, Any]]:
    """The field `logons.bands`."""
    return [
        {
            "band": band.name,
            "logons": band.count,
            "mean_s": seconds(band.total),
            "stages": {stage: seconds(mean) for stage, mean in band.means.items() if mean},
        }
        for band in measures.logon_bands
    ]
