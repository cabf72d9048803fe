"""The page of a run: its numbers, figures and assumptions in the form that `sim.report` writes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim import __version__
from sim.api.loading import period
from sim.api.summary import whole_months
from sim.pricing import InvoiceLine as Line
from sim.pricing import unrounded_total
from sim.report.contents import (
    Assumption,
    Drawing,
    HostUse,
    InvoiceLine,
    Measure,
    OperationCount,
    Peak,
    PriceUsed,
    ReportData,
    StageTime,
)
from sim.study.measures import PERCENTILES, STAGES, Ratio, Times, logon_totals
from sim.study.run import Use

if TYPE_CHECKING:
    from sim.api.results import Run

MEANINGS = {
    "total": "from the attempt to a usable desktop",
    "directory_wait": "in line at the directory",
    "directory_service": "authentication",
    "desktop_wait": "until the desktop could be started: stopping, starting or under maintenance",
    "start": "resume or cold start of the desktop",
    "streaming": "connection of the stream",
    "os_logon": "logon to the operating system",
    "logon_success": "intended sessions that started",
    "attempt_success": "logon attempts that connected",
    "delivered_minutes": "connected working time, of what was planned",
}
"""What each stage and measure is, in a few words."""

RESOURCES = {"vcpu": "vCPU", "memory_gb": "memory [GB]", "desktops": "desktops"}


def report(run: "Run") -> str:
    """The page as HTML."""
    from sim.report.html import html_report

    return html_report(contents(run))


def contents(run: "Run") -> ReportData:
    """Everything that the page says."""
    spec, measures = run.scenario.spec, run.measures
    times = {stage: _stage(stage, spent) for stage, spent in measures.logon_times.items()}
    return ReportData(
        title=spec.name,
        description=spec.description,
        period=f"{period(spec)} (UTC)",
        provenance=provenance(run),
        currency=run.prices.currency,
        desktop_months=sum(count for _, _, count in run.desktops_charged),
        whole_months=whole_months(spec),
        invoice=[_line(line) for line in run.lines],
        unrounded_total=unrounded_total(run.lines),
        logons=measures.logon_times["total"].count,
        logon_total=times["total"],
        logon_stages=[stage for name in STAGES if (stage := times[name])],
        service=_service(run),
        peaks=[_peak(run, what, getattr(measures, what)) for what in ("connected", "running")],
        hosts=_hosts(run),
        operations=[
            OperationCount(
                operation=done.kind,
                accepted=done.accepted,
                refused=sum(done.refused.values()),
                causes=counted(done.refused),
            )
            for done in measures.operations
        ],
        assumptions=[Assumption(**row) for row in run.assumption_rows],
        prices=_prices(run),
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


def _stage(name: str, times: Times) -> StageTime | None:
    ranked: dict[str, Any] = {f"p{p}_ms": times.percentiles[p] for p in PERCENTILES}
    if not times.count:
        return None
    return StageTime(
        stage=name, mean_ms=times.mean, took=times.took, meaning=MEANINGS[name], **ranked
    )


def _service(run: "Run") -> list[Measure]:
    measures = run.measures
    spent = measures.delivered
    minutes = Ratio(round(spent.delivered / 60_000), round(spent.planned / 60_000))
    found = {
        "logon_success": (measures.logon_success, measures.logon_success, "sessions"),
        "attempt_success": (measures.attempt_success, measures.attempt_success, "attempts"),
        "delivered_minutes": (spent.ratio, minutes, "min"),
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


def _peak(run: "Run", what: str, use: Use) -> Peak:
    calendar = run.scenario.spec.calendar
    at = "" if use.peak.at is None else calendar.isoformat(use.peak.at)
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


def _prices(run: "Run") -> list[PriceUsed]:
    used = (run.prices[item] for item in sorted({line.item for line in run.lines}))
    return [
        PriceUsed(
            item=price.item,
            unit=price.unit,
            unit_price=price.unit_price,
            source=price.source,
            as_of=price.as_of,
        )
        for price in used
    ]


def _drawings(run: "Run") -> list[Drawing]:
    from sim.record import LOGONS
    from sim.report import figures
    from sim.report.svg import drawing

    drawn = [_cost_drawing(run), _week_drawing(run)]
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
    return drawn


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
