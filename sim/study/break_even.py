"""AutoStop desktops and their break-even: how many use so much that AlwaysOn would cost less.

A month of AutoStop costs the base fee and the hours, a month of AlwaysOn a fee alone. The hours at
which both cost the same follow from three prices; a desktop-month with more of them would have been
cheaper as AlwaysOn. What is near the line changes sides with a small change of use or price.

Counted are whole months that a desktop was on AutoStop with one bundle and one pair of volumes,
maintenance included. What AlwaysOn desktops would have been billed by the hour nobody has metered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.metering import items
from sim.metering.months import E10
from sim.pricing import PriceBook
from sim.pricing.charges import as_decimal, codes
from sim.record import Table
from sim.scenario import Scenario
from sim.units import Money, cents

NEAR = Decimal("0.1")
"""Part of the break-even within which a desktop-month is near it, on either side."""

_HOURLY = (items.AUTOSTOP_HOURS, items.MAINTENANCE_HOURS)


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """The AutoStop months of desktops of one kind in one fleet."""

    fleet: str
    hours: Decimal
    """Billed hours a month at which both modes cost the same."""
    months: int
    """Desktop-months."""
    beyond: int
    """Those with more hours."""
    near: int
    """Those within `NEAR` of the break-even, on either side."""
    saved: Money
    """What the desktop-months beyond it would have cost less as AlwaysOn."""


def break_evens(scenario: Scenario, charges: Table, book: PriceBook) -> list[BreakEven]:
    """The break-even of each fleet, bundle and pair of volumes that has AutoStop months.

    Where the book has no price of the AlwaysOn month there is none, and so is where it costs no
    more than the base fee.
    """
    wanted = np.isin(charges["charge"].astype(str), (*_HOURLY, items.AUTOSTOP_BASE))
    rows = charges.take(wanted)
    fleets, fleet = codes(rows["fleet"])
    return [
        found
        for number, name in enumerate(fleets)
        if name in scenario.fleets
        for found in _of_fleet(scenario, name, rows.take(fleet == number), book)
    ]


def _of_fleet(scenario: Scenario, name: str, rows: Table, book: PriceBook) -> Iterator[BreakEven]:
    months, month = codes(rows["month"])
    key = rows["desktop"].astype(np.int64) * len(months) + month
    _, place = np.unique(key, return_inverse=True)
    number = int(place.max(initial=-1)) + 1
    based = rows["charge"] == items.AUTOSTOP_BASE
    # Sums of integers below 2**53 are exact as floats.
    quantity = rows["quantity_e10"].astype(np.float64)
    base = np.bincount(place, quantity * based, number)
    hours = np.bincount(place, quantity * ~based, number).astype(np.int64)
    spec = scenario.fleets[name]
    of_base, bases, one_base = _single(rows["item"], place, based, number, "")
    of_hours, rates, one_rate = _single(
        rows["item"], place, ~based, number, items.autostop_hours(spec, spec.bundle)
    )
    whole = (base == E10) & one_base & one_rate
    for pair, base_item in enumerate(bases):
        for rate, hours_item in enumerate(rates):
            own = whole & (of_base == pair) & (of_hours == rate)
            if own.any():
                yield from _found(name, base_item, hours_item, hours[own], book)


def _single(
    item: NDArray[Any], place: NDArray[Any], mine: NDArray[Any], number: int, absent: str
) -> tuple[NDArray[np.int64], list[str], NDArray[np.bool_]]:
    """The item of each desktop-month among some rows, by code; and whether it has but one."""
    names, code = codes([absent, *item[mine]])
    least, most = np.full(number, len(names), np.int64), np.full(number, -1, np.int64)
    np.minimum.at(least, place[mine], code[1:])
    np.maximum.at(most, place[mine], code[1:])
    return np.maximum(most, 0), names, (least == most) | (most < 0)


def _found(
    fleet: str, base_item: str, hours_item: str, hours_e10: NDArray[np.int64], book: PriceBook
) -> Iterator[BreakEven]:
    alwayson = items.alwayson_beside(base_item, hours_item)
    if alwayson not in book:
        return
    month, base, hour = (book[item].unit_price for item in (alwayson, base_item, hours_item))
    if month <= base or not hour:
        return
    line = (month - base) / hour
    used = hours_e10 / E10
    beyond = hours_e10[used > float(line)]
    cost = len(beyond) * (base - month) + as_decimal(int(beyond.sum())) * hour
    yield BreakEven(
        fleet=fleet,
        hours=line,
        months=len(used),
        beyond=len(beyond),
        near=int((np.abs(used - float(line)) <= float(line * NEAR)).sum()),
        saved=cents(cost),
    )
