"""The page of a run: its numbers, figures and assumptions in the form that `sim.report` writes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.api import service_page, streaming_page
from sim.api.levers import levers, margins
from sim.api.loading import period
from sim.api.picture_page import picture_drawings
from sim.api.pool_page import pool_drawings
from sim.api.study_page import study_drawings, study_shown
from sim.api.summary import basis, fleet_cost, whole_months
from sim.api.swings_page import swing_drawings, swings_shown
from sim.pricing import InvoiceLine as Line
from sim.pricing import PriceBook, unrounded_total
from sim.report.contents import (
    Assumption,
    Drawing,
    Failure,
    FleetUse,
    HostUse,
    InvoiceLine,
    LevelUse,
    Measure,
    OperationCount,
    Part,
    Peak,
    PoolUse,
    PriceUsed,
    ReportData,
    StageTime,
)
from sim.scenario.assumptions import shared_assumptions
from sim.study import costs
from sim.study.fleets import FleetMeasures
from sim.study.measures import OPTIONAL_STAGES, PERCENTILES, STAGES, Ratio, Times, logon_totals
from sim.study.pools import Level, PoolMeasures
from sim.study.run import Measures, Use
from sim.study.uptime import service_uptime
from sim.units import HOUR

if TYPE_CHECKING:
    from sim.api.results import Run

MEANINGS = {
    "total": "from the attempt to a usable desktop",
    "directory_wait": "in line at the directory",
    "directory_service": "authentication",
    "desktop_wait": "until the desktop could be started: stopping, starting or under maintenance",
    "start": "resume or cold start of the desktop",
    "profile": "fetching the home folder and settings of a pool's user",
    "network_check": "check of the client's network",
    "trusted_device": "check of the device's certificate",
    "ip_access": "check of the client's address",
    "directory_link": "to the domain controllers and back",
    "mfa_wait": "in line for the second factor, or for a server that does not answer",
    "mfa": "second factor",
    "broker_wait": "in line at the broker",
    "broker": "broker",
    "start_wait": "until the limit on starts let the desktop start",
    "streaming": "connection of the stream",
    "os_logon": "logon to the operating system",
    "logon_success": "intended sessions that started",
    "attempt_success": "logon attempts that connected",
    "delivered_minutes": "connected working time, of what was planned",
    "service_uptime": "time in which desktops could be used, whoever wanted to",
}
"""What each stage and measure is, in a few words."""
POOLED = {"desktop_wait": "until there was a desktop: starting, stopping, or, in a pool, in line"}
"""What is more to be said of some where there are pools."""

RESOURCES = {"vcpu": "vCPU", "memory_gb": "memory [GB]", "desktops": "desktops"}


def report(run: "Run") -> str:
    """The page as HTML."""
    from sim.report.html import html_report

    return html_report(contents(run))


def contents(run: "Run") -> ReportData:
    """Everything that the page says."""
    spec, measures = run.scenario.spec, run.measures
    meanings = MEANINGS | (POOLED if spec.pools else {})
    times = {
        stage: _stage(stage, spent, meanings[stage])
        for stage, spent in measures.logon_times.items()
    }
    return ReportData(
        title=spec.name,
        description=spec.description,
        period=f"{period(spec)} (UTC)",
        provenance=provenance(run),
        currency=run.prices.currency,
        basis=basis(run),
        study=study_shown(run.study),
        desktop_months=sum(count for _, _, count in run.desktops_charged),
        user_months=sum(fleet.user_months for fleet in measures.fleets),
        whole_months=whole_months(spec),
        invoice=[_line(line) for line in run.lines],
        unrounded_total=unrounded_total(run.lines),
        logons=measures.logon_times["total"].count,
        logon_total=times["total"],
        logon_stages=[stage for name in shown_stages(measures) if (stage := times[name])],
        bands=streaming_page.bands(measures),
        round_trips=streaming_page.round_trips(measures),
        links=streaming_page.links(run),
        link_times=streaming_page.link_times(measures),
        service=_service(run),
        failures=list(_failures(measures)),
        lost=service_page.lost(run),
        uptime=service_page.places(run),
        credits=service_page.service_credits(run),
        outages=service_page.outages(run),
        peaks=[_peak(run, what, getattr(measures, what)) for what in ("connected", "running")],
        hosts=_hosts(run),
        fleets=[_fleet(run, fleet) for fleet in measures.fleets],
        pools=[_pool(run, pool) for pool in measures.pools],
        operations=[
            OperationCount(
                operation=done.kind,
                accepted=done.accepted,
                refused=sum(done.refused.values()),
                causes=counted(done.refused),
                by=counted(done.by),
            )
            for done in measures.operations
        ],
        levers=levers(run),
        margins=margins(run),
        swings=swings_shown(run.swings),
        assumptions=[
            Assumption(**row._asdict()) for row in shared_assumptions(run.scenario.resolved)
        ],
        prices=prices_used(run.prices, {line.item for line in run.lines}),
        drawings=_drawings(run),
    )


def provenance(run: "Run") -> dict[str, str]:
    """What identifies the result, in the order in which it is shown."""
    supplied = len(run.scenario.spec.prices.add)
    own = f", {supplied} of the scenario's own" if supplied else ""
    return {
        "scenario": f"{run.scenario.name}, hash {run.scenario.hash[:16]}",
        "seed": str(run.scenario.spec.seed),
        "replication": str(run.replication),
        "prices": f"{run.prices.name}, as of {run.prices.as_of}{own}",
        "desksim": __version__,
    }


def counted(causes: Mapping[str, int]) -> str:
    """`no-host-capacity 12, desktop-busy 3`."""
    return ", ".join(f"{cause} {count:,}" for cause, count in causes.items())


def _stage(name: str, times: Times, meaning: str) -> StageTime | None:
    ranked: dict[str, Any] = {f"p{p}_ms": times.percentiles[p] for p in PERCENTILES}
    if not times.count:
        return None
    return StageTime(stage=name, mean_ms=times.mean, took=times.took, meaning=meaning, **ranked)


def _service(run: "Run") -> list[Measure]:
    measures = run.measures
    spent = measures.delivered
    minutes = Ratio(round(spent.delivered / 60_000), round(spent.planned / 60_000))
    uptime = service_uptime(measures.service.uptime)
    hours = Ratio(round(uptime.part / HOUR), round(uptime.whole / HOUR))
    found = {
        "logon_success": (measures.logon_success, measures.logon_success, "sessions"),
        "attempt_success": (measures.attempt_success, measures.attempt_success, "attempts"),
        "delivered_minutes": (spent.ratio, minutes, "min"),
        "service_uptime": (uptime, hours, "desktop-hours"),
    }
    return [
        Measure(
            name=name,
            value=exact.value,
            part=shown.part,
            whole=shown.whole,
            unit=unit,
            meaning=MEANINGS[name],
        )
        for name, (exact, shown, unit) in found.items()
    ]


def _failures(measures: Measures) -> Iterator[Failure]:
    for what, causes in (
        ("attempts refused", measures.refused),
        ("sessions never started", measures.abandoned),
        ("sessions cut short", measures.cut),
        ("people interrupted at work", measures.service.interrupted.causes),
    ):
        for cause, number in causes.items():
            yield Failure(what=what, cause=cause, number=number)


def _peak(run: "Run", what: str, use: Use) -> Peak:
    at = _instant(run, use.peak.at)
    return Peak(what=what, desktops=use.peak.count, at=at, mean=use.mean)


def _hosts(run: "Run") -> list[HostUse]:
    return [
        HostUse(
            group=use.group,
            hosts=use.hosts,
            resource=RESOURCES[use.resource],
            peak=use.peak.count,
            mean=use.mean,
            capacity=use.capacity,
        )
        for use in run.measures.hosts
    ]


def shown_stages(measures: Measures) -> list[str]:
    """All stages; the optional ones only where they took anybody time."""
    return [s for s in STAGES if s not in OPTIONAL_STAGES or measures.logon_times[s].took]


def _fleet(run: "Run", fleet: FleetMeasures) -> FleetUse:
    spec, cost = run.scenario.spec, fleet_cost(run, fleet.fleet)
    heads = fleet.user_months if whole_months(spec) else fleet.users
    kind = "pooled" if fleet.pooled else "persistent"
    return FleetUse(
        fleet=fleet.fleet,
        kind=f"{kind}, {spec.served_by[fleet.fleet].running_mode}",
        users=fleet.users,
        cost=cost,
        per_user=costs.quotient(cost, heads),
        per_connected_hour=costs.per_connected_hour(cost, fleet.delivered.delivered),
        wait_p50_ms=fleet.wait.percentiles[50],
        wait_p95_ms=fleet.wait.percentiles[95],
        started=fleet.logon_success.value,
        delivered=fleet.delivered.ratio.value,
    )


def _pool(run: "Run", pool: PoolMeasures) -> PoolUse:
    people = next(fleet for fleet in run.measures.fleets if fleet.fleet == pool.pool)
    names = ("desired", "actual", "active", *(("waiting",) if pool.queues else ()))
    return PoolUse(
        pool=pool.pool,
        refused=_part(people.refused),
        refused_people=_part(people.refused_people),
        abandoned=_part(people.abandoned),
        gave_up=_part(people.gave_up),
        wait=_stage("wait", people.wait, "first attempt to connected"),
        in_line=_stage("in_line", people.in_line, "in line") if pool.queues else None,
        levels=[_level_use(run, name, getattr(pool, name)) for name in names],
        utilization=pool.utilization,
        available_hours=pool.instances.available / HOUR,
        idle_hours=pool.instances.idle / HOUR,
        launch_failures=counted(pool.launch_failures),
        scaling=counted(pool.scaling),
    )


def _part(ratio: Ratio) -> Part:
    return Part(part=ratio.part, whole=ratio.whole)


def _level_use(run: "Run", what: str, level: Level) -> LevelUse:
    at = _instant(run, level.peak.at)
    return LevelUse(what=what, peak=level.peak.count, mean=level.mean, at=at)


def _instant(run: "Run", at: int | None) -> str:
    return "" if at is None else run.scenario.spec.calendar.isoformat(at)


def _line(line: Line) -> InvoiceLine:
    return InvoiceLine(
        month=line.month,
        fleet=line.fleet,
        charge=line.charge,
        item=line.item,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        amount=line.amount,
    )


def prices_used(book: PriceBook, items: Iterable[str]) -> list[PriceUsed]:
    """The prices of items, in order, with their sources and dates."""
    return [
        PriceUsed(
            item=price.item,
            unit=price.unit,
            unit_price=price.unit_price,
            source=price.source,
            as_of=price.as_of,
        )
        for price in (book[item] for item in sorted(items))
    ]


def _drawings(run: "Run") -> list[Drawing]:
    from sim.record import LOGONS
    from sim.report import figures
    from sim.report.svg import drawing

    drawn = [
        *swing_drawings(run.swings),
        *study_drawings(run.study),
        _cost_drawing(run),
        _week_drawing(run),
    ]
    if run.facts is not None:
        logons = run.facts.columns(LOGONS, "arrival", "done", "outcome")
        totals = logon_totals(logons, run.scenario.spec.end)
        drawn.append(
            drawing(
                lambda ax: figures.logon_time(totals, ax),
                topic="waiting",
                title="How long logons take",
                description=figures.describe_logons(totals),
            )
        )
        drawn.extend(picture_drawings(run))
    drawn.extend(service_page.service_drawings(run))
    drawn.extend(streaming_page.link_drawings(run.measures.sites))
    return [*drawn, *(shown for pool in run.measures.pools for shown in pool_drawings(pool))]


def _cost_drawing(run: "Run") -> Drawing:
    from sim.report import figures
    from sim.report.svg import drawing

    frame, currency = run.invoice, run.prices.currency
    return drawing(
        lambda ax: figures.cost_by_month(frame, ax, currency=currency),
        topic="cost",
        title="Cost by month and charge",
        description=figures.describe_cost(frame, currency=currency),
    )


def _week_drawing(run: "Run") -> Drawing:
    from sim.report import figures
    from sim.report.svg import drawing

    running, connected = run.measures.running, run.measures.connected
    lines = (running.week.hours, running.week.mean, connected.week.mean)
    peaks: dict[str, Any] = {
        "peak_running": running.peak.count,
        "peak_connected": connected.peak.count,
    }
    return drawing(
        lambda ax: figures.concurrency_week(*lines, ax, **peaks),
        topic="capacity",
        title="Desktops running and connected over an average week",
        description=figures.describe_concurrency(*lines, **peaks),
    )
