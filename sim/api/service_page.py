"""What the page shows of outages and lost work: tables and figures."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sim.api.service import credits_of_run, recovery_times
from sim.record import OutageKind
from sim.report.contents import Lost, OutageUse, PlaceUptime, ServiceCredit
from sim.report.wording import waiting
from sim.study.outages import OutageMeasures
from sim.units import HOUR, Millis

if TYPE_CHECKING:
    from sim.api.results import Run
    from sim.report.contents import Drawing
    from sim.report.figures import LostTime

MOST_OUTAGES = 50
"""Outages listed; of more the ones that took most time from people."""

_OF_A_REGION = (OutageKind.STREAMING.label, OutageKind.CONTROL_PLANE.label)


# --- tables


def lost(run: "Run") -> list[Lost]:
    """What took planned time from people."""
    planned = run.measures.delivered.planned / HOUR
    return [
        Lost(what=loss.words, hours=loss.hours, share=loss.hours / planned if planned else None)
        for loss in _losses(run)
    ]


def places(run: "Run") -> list[PlaceUptime]:
    """Places in which something was not usable."""
    return [
        PlaceUptime(
            month=row.month,
            place=f"{row.fleet}, zone {row.zone}" if row.zone else row.fleet,
            due_hours=row.due / HOUR,
            usable=row.usable / row.due,
            lost=_by_cause(row.lost),
        )
        for row in run.measures.service.uptime
        if row.lost
    ]


def service_credits(run: "Run") -> list[ServiceCredit]:
    """Months and Regions in which the provider's service failed."""
    return [
        ServiceCredit(
            month=credit.level.month,
            region=credit.level.region,
            uptime=credit.level.uptime.value,
            share=float(credit.share),
            charges=credit.charges,
            credit=credit.amount,
        )
        for credit in credits_of_run(run)
        if credit.level.uptime.part < credit.level.uptime.whole
    ]


def outages(run: "Run") -> list[OutageUse]:
    """What broke, in order of time; of very many those that took most."""
    found = run.measures.service.outages
    ranked = sorted(range(len(found)), key=lambda row: (-found[row].lost, row))
    return [_outage(run, found[row]) for row in sorted(ranked[:MOST_OUTAGES])]


def _outage(run: "Run", one: OutageMeasures) -> OutageUse:
    outage, (median, most) = one.outage, one.data_lost
    data = "" if median is None or most is None else f"{waiting(median)}, {waiting(most)}"
    return OutageUse(
        what=named(outage.kind.label, outage.target, outage.hosts),
        begin=run.scenario.spec.calendar.isoformat(outage.begin),
        lasts_ms=outage.end - outage.begin,
        people=one.people,
        lost_hours=one.lost / HOUR,
        recovered=recovered(one.time_to_recover, one.missing),
        data_lost=data,
    )


def named(kind: str, target: str, hosts: int) -> str:
    """`zone a`, `3 hosts of rack`, `streaming of us-east-1`."""
    if hosts:
        return f"{hosts} hosts of {target}" if hosts > 1 else f"a host of {target}"
    of = "of " if kind in _OF_A_REGION else ""
    return f"{kind} {of}{target}".strip()


def recovered(time: Millis | None, missing: int) -> str:
    """`2 h`; how many are not back at the end of the run, or that nobody was hit."""
    if missing:
        return f"{missing:,} not back"
    return "nobody hit" if time is None else waiting(time)


def _by_cause(lost: Mapping[str, Millis]) -> str:
    ranked = sorted(lost, key=lambda cause: (-lost[cause], cause))
    return ", ".join(f"{cause} {lost[cause] / HOUR:,.1f}" for cause in ranked)


# --- figures


def service_drawings(run: "Run") -> Iterator["Drawing"]:
    """Fast and slow logons, the time that was lost, and recovery."""
    yield from _bands(run)
    if _losses(run):
        yield _lost_time(run)
    if any(len(one.recovered) for one in run.measures.service.outages):
        yield _recovery(run)


def _losses(run: "Run") -> list["LostTime"]:
    from sim.report.figures import LostTime

    return [
        LostTime(loss.way, loss.cause, loss.time / HOUR) for loss in run.measures.service.losses
    ]


def _lost_time(run: "Run") -> "Drawing":
    from sim.report import figures
    from sim.report.svg import drawing

    planned, losses = run.measures.delivered.planned / HOUR, _losses(run)
    return drawing(
        lambda ax: figures.lost_time(planned, losses, ax),
        topic="availability",
        title="What became of the planned working time",
        description=figures.describe_lost_time(planned, losses),
        height=figures.height_of_lost_time(losses),
    )


def _bands(run: "Run") -> Iterator["Drawing"]:
    from sim.report import figures
    from sim.report.svg import drawing

    bands = [
        figures.Logons(band.name, band.count, {s: mean / 1000 for s, mean in band.means.items()})
        for band in run.measures.logon_bands
    ]
    if bands:
        yield drawing(
            lambda ax: figures.logon_stages(bands, ax),
            topic="waiting",
            title="What slow logons wait for",
            description=figures.describe_logon_stages(bands),
            height=3.4,
        )


def _recovery(run: "Run") -> "Drawing":
    from sim.report import figures
    from sim.report.svg import drawing

    found = recovery_times(run.measures.service)
    times = {
        "back at work (RTO)": found["time_to_recover"],
        "data lost (RPO)": found["data_age"],
    }
    return drawing(
        lambda ax: figures.recovery(times, ax),
        topic="outages",
        title="How soon people could work again, and how much data was gone",
        description=figures.describe_recovery(times),
    )
