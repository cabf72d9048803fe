"""For which stretches of time the hours on a bill were paid, so that one can ask what went on then.

The meter adds hours up; here they keep their place. A stretch begins with the first of its steps
and ends with the last; what was on may have ended before, since a started step is billed in full.
The lengths of all stretches of one month, charge and item are the quantity on the bill.

Left out: fees for a month, which are due whatever goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.metering import items
from sim.metering.hours import Spans, billable_steps, billed_steps
from sim.metering.months import BilledMonths, Ints
from sim.metering.persistent import cut_at_months, hourly_spans, measured_spans
from sim.record import RunKind, Table
from sim.scenario.schema import Scenario
from sim.units import HOUR

CHARGE_OF = {
    RunKind.LOGON: items.AUTOSTOP_HOURS,
    RunKind.MAINTENANCE: items.MAINTENANCE_HOURS,
    RunKind.STANDBY: items.STANDBY_HOURS,
}
"""The charge for hours of a run, by why it was on."""


@dataclass(frozen=True)
class BilledHours:
    """Stretches of time billed under one charge and item."""

    charge: str
    item: str
    subject: Ints
    """Desktop, or instance of a pool."""
    month: NDArray[Any]
    """UTC calendar month, `2026-09`."""
    begin: Ints
    used: Ints
    """Until when what is billed was on; `begin` to here is a part of what is paid for [ms]."""
    end: Ints

    @classmethod
    def of(
        cls,
        charge: str,
        item: str,
        subject: Ints,
        *,
        month: NDArray[Any],
        begin: Ints,
        end: Ints,
        until: Ints,
    ) -> "BilledHours":
        """Those that have any length; `until` is when what is billed ended."""
        real = begin < end
        used = np.clip(until, begin, end)
        return cls(charge, item, *(c[real] for c in (subject, month, begin, used, end)))


def billed_desktops(
    scenario: Scenario, fleet: str, desktops: Table, desktop_terms: Table, runs: Table
) -> Iterator[BilledHours]:
    """The stretches of time for which the desktops of a fleet owe hours.

    With `clock_hour` several runs may share an hour: `used` is the end of the stretch there, and
    what was on in it is for the reader of `runs` to see.
    """
    mine = desktops["desktop"][desktops["fleet"] == fleet]
    terms = desktop_terms.take(np.isin(desktop_terms["desktop"], mine))
    runs = runs.take(np.isin(runs["desktop"], mine))
    months = BilledMonths.of(scenario)
    pieces = cut_at_months(terms, months)
    spans = hourly_spans(pieces, months)
    rounding, clock = scenario.billing.rounding, -scenario.calendar.month_at(0).start % HOUR
    for kind, steps in billable_steps(runs, rounding, clock).items():
        where: Spans = measured_spans(pieces, months) if kind == RunKind.STANDBY else spans
        ends = runs["end"][runs["kind"] == kind]
        for rows, span, first, after in billed_steps(steps, where):
            end = steps.begin[rows] + after * steps.length
            bundle = terms["bundle"][pieces.term[span]]
            for name in np.unique(bundle).tolist():
                some = np.flatnonzero(bundle == name)
                row = rows[some]
                yield BilledHours.of(
                    CHARGE_OF[kind],
                    _item(scenario, fleet, name, kind),
                    steps.owner[row],
                    month=np.array(months.names, object)[pieces.month[span[some]]],
                    begin=steps.begin[row] + first[some] * steps.length,
                    end=end[some],
                    until=end[some] if rounding == "clock_hour" else ends[row],
                )


def _item(scenario: Scenario, fleet: str, bundle: str, kind: RunKind) -> str:
    item = items.standby_hours if kind == RunKind.STANDBY else items.autostop_hours
    return item(scenario.fleets[fleet], bundle)
