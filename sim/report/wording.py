"""How numbers are written, and the answer in sentences.

Whoever opens a report wants one sentence that can be said in a meeting. It names the period, the
cost, the waiting and the availability, and says at once what the numbers cannot tell: a single run
has no interval. The command line and a notebook show the same words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from sim.report.contents import FleetUse, Part, ReportData
from sim.units import cents

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
    """Write a share in percent, digits enough not to look perfect when it is not: `99.96 %`."""
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


def uptime(value: float | None) -> str:
    """Write an uptime to a thousandth of a percent, rounded down: steps are at 99.9 %."""
    if value is None:
        return "none due"
    percent = Decimal(repr(float(value))) * 100
    return f"{percent.quantize(Decimal('0.001'), rounding=ROUND_FLOOR)} %"


def one_in(part: int, whole: int) -> str:
    """Write a share as people say it: `1 in 12`; in percent where that would be coarse."""
    if not part or part * 3 > whole or part * 1000 < whole:
        return share(part / whole if whole else None)
    return f"1 in {round(whole / part)}"


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


LOST = {
    "never-started": "never got in",
    "waited": "waiting",
    "interrupted": "interrupted",
    "cut": "ended early",
}
"""What takes work from people."""


def lost_words(way: str, cause: str) -> str:
    """Write what took planned time and why: `interrupted: zone-outage`."""
    said = LOST.get(way, way)
    return f"{said}: {cause}" if cause else said


@dataclass(frozen=True)
class Headline:
    """One number that is read before all others."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Each:
    """What one of those who share the cost comes to in one month."""

    amount: Decimal
    """Shared services included [currency]."""
    what: str
    """`desktop`; with pools, which have none of their own, `user`."""


def each_month(report: ReportData) -> Each | None:
    """Cost of one desktop, or user, in one month; None when months or desktops are not whole."""
    what = "user" if report.pools else "desktop"
    number = report.user_months if report.pools else report.desktop_months
    if not (report.whole_months and number):
        return None
    return Each(report.total / number, what)


def headlines(report: ReportData) -> list[Headline]:
    """The numbers for the head of a page, in the order in which they are asked for."""
    return list(_headlines(report))


def _headlines(report: ReportData) -> Iterator[Headline]:
    each = each_month(report)
    note = f"{money(each.amount, report.currency)} per {each.what} and month" if each else ""
    yield Headline("Cost", money(report.total, report.currency), note)
    if report.logon_total:
        times = report.logon_total
        note = f"half within {waiting(times.p50_ms)}, 99 % within {waiting(times.p99_ms)}"
        yield Headline(f"95 % of {_logons_timed(report)} within", waiting(times.p95_ms), note)
    refused = _together([pool.refused for pool in report.pools])
    if refused.part:
        people = _together([pool.refused_people for pool in report.pools])
        note = f"{share(people.value)} of people at least once"
        yield Headline("Logons refused by pools", share(refused.value), note)
    started = report.measure("logon_success")
    if started:
        note = f"{count(started.part)} of {count(started.whole)} intended"
        yield Headline("Sessions that started", share(started.value), note)
    connected, running = report.peak("connected"), report.peak("running")
    if connected:
        note = f"at most {count(running.desktops)} running" if running else ""
        yield Headline("Most connected at once", count(connected.desktops), note)


def answer(report: ReportData) -> str:
    """The answer in plain words, ending in what it rests on."""
    return " ".join(paragraphs(report))


def paragraphs(report: ReportData) -> list[str]:
    """The same parted: cost, waiting, work, and how many at once from how many runs."""
    parts = (
        (_cost(report), *_kinds(report)),
        (_logons(report), *_refusals(report)),
        _work(report),
        (*_at_once(report), f"The numbers come from {report.basis}."),
    )
    return [said for said in map(" ".join, parts) if said]


def _work(report: ReportData) -> Iterator[str]:
    started, delivered = report.measure("logon_success"), report.measure("delivered_minutes")
    if started and started.value is not None:
        some = share(started.value) if started.value < 1 else "All"
        yield f"{some} of {count(started.whole)} intended sessions started."
    if delivered and delivered.value is not None:
        yield f"Users got {share(delivered.value)} of the connected time they had planned."
    yield from _outages(report)


def _at_once(report: ReportData) -> Iterator[str]:
    connected, running = report.peak("connected"), report.peak("running")
    if connected and running:
        users = "users" if report.pools else "desktops"
        yield (
            f"At most {count(connected.desktops)} {users} were connected at once, and "
            f"{count(running.desktops)} {'desktops ' if report.pools else ''}running."
        )


def _cost(report: ReportData) -> str:
    months, each = len(report.months), each_month(report)
    if not months:
        return f"Nothing was charged over {report.period}."
    cost = f"{report.title} costs {money(report.total, report.currency)} over {report.period}"
    if each is None:
        return f"{cost}."
    amount = money(each.amount, report.currency)
    each_words = f"{amount} per {each.what} and month, shared services included."
    if months == 1:
        return f"{cost}: {each_words}"
    return f"{cost}: {money(report.total / months, report.currency)} a month, {each_words}"


def _kinds(report: ReportData) -> Iterator[str]:
    """What each fleet and pool costs and lets people wait, where both kinds stand side by side."""
    if 0 < len(report.pools) < len(report.fleets):
        yield f"Side by side: {'; '.join(_side(report, fleet) for fleet in report.fleets)}."


def _side(report: ReportData, fleet: FleetUse) -> str:
    if fleet.per_user is None:
        return f"{fleet.fleet} has no users"
    each = "user and month" if report.whole_months else "user"
    cost = f"{fleet.fleet} costs {money(fleet.per_user, report.currency)} per {each}"
    if fleet.wait_p95_ms is None:
        return f"{cost}, and nobody got in"
    return f"{cost}, and 95 % of who got in did within {waiting(fleet.wait_p95_ms)}"


def _refusals(report: ReportData) -> Iterator[str]:
    """How many found no place in each pool, and that nobody did where that is so."""
    for pool in report.pools:
        given_up = f"{_some(pool.abandoned, 'intended sessions')} given up"
        if pool.refused.part:
            people = _some(pool.refused_people, "people").rpartition(" ")[0]
            yield (
                f"In the pool {pool.pool} {_some(pool.refused, 'logons')} refused: {people} met "
                f"that at least once, and {given_up if pool.abandoned.part else 'nobody gave up'}."
            )
        elif pool.abandoned.part:
            yield f"The pool {pool.pool} refused nobody, but {given_up}."
        if pool.wait and (pool.refused.part or pool.abandoned.part):
            within = waiting(pool.wait.p95_ms)
            yield f"Of those who got in, 95 % did within {within} of their first attempt."
    if report.pools and not any(pool.refused.part or pool.abandoned.part for pool in report.pools):
        yield "Nobody was refused for want of a pool's capacity."


def _outages(report: ReportData) -> Iterator[str]:
    """What broke, and what it took; and what the provider gives back, where that is anything."""
    if not report.outages:
        return
    worst = max(report.outages, key=lambda outage: outage.lost_hours)
    hours = sum(outage.lost_hours for outage in report.outages)
    number = len(report.outages)
    which = f"{number} outages, the worst of" if number > 1 else "One outage, of"
    yield (
        f"{which} {worst.what} with {_people(worst.people)} hit, took {hours:,.1f} h of planned "
        "work."
    )
    credited = sum((row.credit for row in report.credits), Decimal(0))
    if credited:
        amount = money(credited, report.currency)
        yield f"The provider's agreement credits {amount} against future bills."


def _people(number: int) -> str:
    return f"{number:,} people" if number != 1 else "1 person"


def _some(part: Part, nouns: str) -> str:
    """`1 in 12 logons was`, `71.2 % of logons were`, `all logons were`."""
    if part.part == part.whole:
        return f"all {nouns} were"
    words = one_in(part.part, part.whole)
    return f"{words} {nouns} was" if words.startswith("1 in ") else f"{words} of {nouns} were"


def _together(parts: Sequence[Part]) -> Part:
    return Part(part=sum(p.part for p in parts), whole=sum(p.whole for p in parts))


def _logons(report: ReportData) -> str:
    if not report.logon_total:
        return "Nobody logged on."
    times = report.logon_total
    half, most, nearly_all = map(waiting, (times.p50_ms, times.p95_ms, times.p99_ms))
    return (
        f"Of {count(report.logons)} {_logons_timed(report)} half took {half} or less, 95 % took "
        f"{most} or less, and 99 % took {nearly_all} or less."
    )


def _logons_timed(report: ReportData) -> str:
    """Over which logons times are taken: a pool turns many away, who have none."""
    return "logons that connected" if report.pools else "logons"
