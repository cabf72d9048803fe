"""Billing by timeline: a second meter that shares no idea with the first, to check it by.

Time is a row of ticks and a desktop is what holds at each of them. An hour, a day or a clock hour
is a slice of ticks, and each rule of `docs/billing.md` is a question to a slice. Slow and obvious.
"""

from collections import defaultdict
from fractions import Fraction

from sim.metering import items
from sim.record import RunKind
from sim.units import DAY, HOUR
from tests.billing import Desktop, Office, Terms

Key = tuple[int, str, str, str]
_HOURLY = {RunKind.LOGON: items.AUTOSTOP_HOURS, RunKind.MAINTENANCE: items.MAINTENANCE_HOURS}


def timeline_usage(office: Office, tick: int) -> dict[Key, Fraction]:
    """Quantities by desktop, month, charge and item, for facts whose every instant is on a tick."""
    usage: defaultdict[Key, Fraction] = defaultdict(Fraction)
    for number, desktop in enumerate(office.desktops):
        for month in office.scenario.calendar.months(0, office.scenario.end):
            seen = _Month(office, desktop, month.start, month.end, tick)
            if any(seen.held.values()):
                for charge, item, quantity in seen.fees() + seen.hours():
                    usage[number, month.name, charge, item] += quantity
    return {key: quantity for key, quantity in usage.items() if quantity}


class _Month:
    """One desktop in one calendar month, tick by tick."""

    def __init__(self, office: Office, desktop: Desktop, start: int, end: int, tick: int) -> None:
        self.billing = office.scenario.billing
        self.spec = office.scenario.fleets[desktop.fleet]
        self.office, self.desktop = office, desktop
        self.start, self.end, self.tick = start, end, tick
        self.measured = range(max(start, 0), min(end, office.scenario.end), tick)
        self.held: dict[int, Terms | None] = {
            t: next((terms for terms in desktop.terms if terms.begin <= t < terms.end), None)
            for t in range(start, end, tick)
        }
        alive = [t for t, terms in self.held.items() if terms]
        if alive:
            self.born, self.died = alive[0], alive[-1] + tick
            self.first, self.last = self.held[alive[0]], self.held[alive[-1]]
            self.alwayson_from = min(
                (t for t in alive if self.terms(t).mode == "AlwaysOn"), default=end
            )

    def terms(self, t: int) -> Terms:
        """What holds at a tick, or nearest to it in the month."""
        found = self.held[t] or (self.first if t < self.born else self.last)
        assert found
        return found

    def billed_alwayson(self, t: int) -> bool:
        return not self.began_autostop or t >= self.alwayson_from

    @property
    def began_autostop(self) -> bool:
        return self.terms(self.born).mode == "AutoStop"

    def owed(self) -> tuple[set[int], set[int]]:
        """Ticks for which month fees are due, and those that a desktop moved from has paid."""
        others = [d for d in self.office.desktops if d.user == self.desktop.user]
        born = self.desktop.created is not None and self.desktop.created == self.born
        died = self.desktop.deleted and self.desktop.terms[-1].end == self.died
        moved_in = born and any(d.deleted and d.terms[-1].end == self.born for d in others)
        moved_out = died and any(d.created == self.died for d in others)
        due = {t for t in self.measured if self.held[t]}
        if born and not moved_in and not self.billing.prorate_on_create:
            due |= {t for t in self.measured if t < self.born}
        kept = died and not moved_out and not self.billing.prorate_on_delete
        if kept and self.died > self.measured.start:
            due |= {t for t in self.measured if t >= self.died}
        if moved_in and self.born > self.measured.start:
            return due, set(range(self.born, self.next_grain(self.born), self.tick))
        return due, set()

    @property
    def grain(self) -> int:
        return {"hours": HOUR, "days": DAY}[self.billing.proration_grain]

    def next_grain(self, t: int) -> int:
        return self.start + -(-(t - self.start) // self.grain) * self.grain

    def fees(self) -> list[tuple[str, str, Fraction]]:
        due, paid = self.owed()
        share = Fraction(self.grain, self.end - self.start)
        found: list[tuple[str, str, Fraction]] = []
        for begin in range(self.start, self.end, self.grain):
            ticks = [t for t in range(begin, begin + self.grain, self.tick) if t in due]
            mine = [t for t in ticks if t not in paid]
            if mine:
                found += self.owned(self.terms(mine[0]), share)
            # A switch begins a month of its own, which nobody can have paid.
            fresh = ticks if self.began_autostop else mine
            alwayson = [self.terms(t) for t in fresh if self.billed_alwayson(t)]
            if alwayson:
                item = items.alwayson_month(self.spec, *alwayson[0][2:5])
                found.append((items.ALWAYSON_MONTH, item, share))
        return found

    def owned(self, terms: Terms, share: Fraction) -> list[tuple[str, str, Fraction]]:
        volumes = terms.bundle, terms.root_gb, terms.user_gb
        base = (items.AUTOSTOP_BASE, items.autostop_base(*volumes), share)
        extra = items.extra_volumes(*volumes).items()
        applications = self.spec.applications
        return [
            *([base] if self.began_autostop else []),
            *((charge, item, size * share) for charge, (item, size) in extra),
            *((items.APPLICATION, items.application(name), share) for name in applications),
        ]

    def hours(self) -> list[tuple[str, str, Fraction]]:
        if self.billing.rounding == "clock_hour":
            steps = self.clock_hours()
        else:
            steps = self.run_steps(HOUR if self.billing.rounding == "per_run" else self.tick)
        length = self.tick if self.billing.rounding == "continuous" else HOUR
        return [
            (
                _HOURLY[kind],
                items.autostop_hours(self.spec, self.terms(t).bundle),
                Fraction(length, HOUR),
            )
            for t, kind in steps
            if t in self.measured and not self.billed_alwayson(t)
        ]

    def run_steps(self, length: int) -> list[tuple[int, RunKind]]:
        return [
            (t, kind) for begin, end, kind in self.desktop.runs for t in range(begin, end, length)
        ]

    def clock_hours(self) -> list[tuple[int, RunKind]]:
        on = {kind: {t for t, k in self.run_steps(self.tick) if k == kind} for kind in RunKind}
        hours = []
        for begin in range(self.start, self.end, HOUR):
            hour = range(begin, begin + HOUR, self.tick)
            for kind in (RunKind.LOGON, RunKind.MAINTENANCE):
                if any(t in on[kind] for t in hour):
                    hours.append((begin, kind))
                    break
        return hours
