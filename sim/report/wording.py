"""How numbers are written, and the answer in a paragraph.

Whoever opens a report wants one sentence that can be said in a meeting. It names the period, the
cost, the waiting and the availability, and says at once what the numbers cannot tell: a single run
has no interval. The command line and a notebook show the same words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sim.report.contents import ReportData
from sim.units import cents

ONE_RUN = "one run, no interval"
SHARED = "shared services"
"""How the empty fleet is shown."""


def money(amount: Decimal | float, currency: str = "") -> str:
    """Write an amount to the cent with its currency in front: `USD 1,234.50`."""
    return f"{currency} {cents(Decimal(str(amount))):,}".strip()


def exact(number: Decimal) -> str:
    """Write a quantity or unit price with all its digits and no padding: `1,488`, `0.22`."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(number: float) -> str:
    """Write a number of things: whole with separators, else to one decimal."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.1f}"


def share(value: float | None) -> str:
    """Write a share in percent, with digits enough not to look perfect when it is not: `99.96 %`."""
    if value is None:
        return "none intended"
    percent = Decimal(repr(float(value))) * 100
    if percent in (0, 100):
        return f"{percent:.0f} %"
    for digits in range(1, 5):
        shown = round(percent, digits)
        if 0 < shown < 100:
            return f"{shown} %"
    return "> 99.9999 %" if percent > 50 else "< 0.0001 %"


def waiting(millis: float) -> str:
    """Write a waiting time as people say it: `0.8 s`, `38 s`, `3 min 20 s`, `1 h 5 min`."""
    seconds = millis / 1000
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, left = divmod(round(seconds / 60), 60)
    return f"{hours} h {left} min" if left else f"{hours} h"


def basis(replications: int) -> str:
    """What the numbers rest on."""
    return ONE_RUN if replications == 1 else f"means of {replications} runs, no interval shown"


@dataclass(frozen=True)
class Headline:
    """One number that is read before all others."""

    label: str
    value: str
    note: str = ""


def per_desktop_month(report: ReportData) -> Decimal | None:
    """Cost of one desktop in one month [currency], shared services included, if there is one."""
    whole = report.whole_months and report.desktop_months > 0
    return report.total / report.desktop_months if whole else None


def headlines(report: ReportData) -> list[Headline]:
    """The numbers for the head of a page, in the order in which they are asked for."""
    return list(_headlines(report))


def _headlines(report: ReportData) -> Iterator[Headline]:
    months = len(report.months)
    yield Headline("Cost", money(report.total, report.currency), _plural(months, "month"))
    each = per_desktop_month(report)
    if each is not None:
        yield Headline(
            "Per desktop and month", money(each, report.currency), "shared services included"
        )
    if report.logon_total:
        times = report.logon_total
        note = f"half within {waiting(times.p50_ms)}, 99 % within {waiting(times.p99_ms)}"
        yield Headline("95 % of logons within", waiting(times.p95_ms), note)
    started = report.measure("logon_success")
    if started:
        note = f"{count(started.part)} of {count(started.whole)} intended"
        yield Headline("Sessions that started", share(started.value), note)
    connected, running = report.peak("connected"), report.peak("running")
    if connected:
        note = f"{count(running.desktops)} running" if running else ""
        yield Headline("Most connected at once", count(connected.desktops), note)


def answer(report: ReportData) -> str:
    """The answer in one paragraph of plain words, ending in what it rests on."""
    return " ".join([*_sentences(report), f"This is {basis(report.replications)}."])


def _sentences(report: ReportData) -> Iterator[str]:
    yield _cost(report)
    if report.logon_total:
        times = report.logon_total
        yield (
            f"Half of the {count(report.logons)} logons took {waiting(times.p50_ms)} or less, 95 % "
            f"{waiting(times.p95_ms)} or less and 99 % {waiting(times.p99_ms)} or less."
        )
    else:
        yield "Nobody logged on."
    started = report.measure("logon_success")
    if started and started.value is not None:
        some = share(started.value) if started.value < 1 else "All"
        yield f"{some} of {count(started.whole)} intended sessions started."
    connected, running = report.peak("connected"), report.peak("running")
    if connected and running:
        yield (
            f"At most {count(connected.desktops)} desktops were connected at once and "
            f"{count(running.desktops)} running."
        )


def _cost(report: ReportData) -> str:
    months = len(report.months)
    if not months:
        return f"Nothing was charged in {report.period}."
    cost = f"{report.title} costs {money(report.total, report.currency)} in {report.period}"
    if months > 1 and report.whole_months:
        cost += f", {money(report.total / months, report.currency)} a month on average"
    each = per_desktop_month(report)
    return cost + (f", {money(each, report.currency)} per desktop and month." if each else ".")


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
