"""What a bill comes to: by month, fleet and charge, per desktop, per hour of use.

Sums of invoice lines, so that whatever is added up ends at the total to the cent. Two quotients
let fleets of different size be compared. *Per desktop and month* divides by the pairs of a desktop
and a month in which it was charged: a desktop that joins in mid-month is one pair with a smaller
amount. *Per connected hour* divides by the hours in which somebody worked; it is what a flat fee
for an idle desktop makes large.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from sim.pricing import InvoiceLine
from sim.pricing.charges import codes
from sim.record import Table
from sim.units import HOUR, Millis, Money


@dataclass(frozen=True)
class FleetMonth:
    """What one fleet or pool cost in one month."""

    month: str
    fleet: str
    """Empty for what is shared."""
    amount: Money
    desktops: int
    """Desktops charged in that month; a pool has none."""

    @property
    def per_desktop(self) -> Money | None:
        """Amount per desktop charged, unrounded; None for pools and for what is shared."""
        return quotient(self.amount, self.desktops)


def by_month(lines: Iterable[InvoiceLine]) -> dict[str, Money]:
    """Amounts by month, in order."""
    return _sums((line.month, line.amount) for line in lines)


def by_charge(lines: Iterable[InvoiceLine]) -> dict[str, Money]:
    """Amounts by charge, largest first."""
    sums = _sums((line.charge, line.amount) for line in lines)
    return dict(sorted(sums.items(), key=lambda entry: (-entry[1], entry[0])))


def by_fleet_and_month(
    lines: Iterable[InvoiceLine], charged: Iterable[tuple[str, str, int]]
) -> list[FleetMonth]:
    """Amounts by fleet and month, what is shared last.

    Args:
        lines: the invoice.
        charged: (fleet, month, number of desktops charged), from `desktops_charged`.
    """
    desktops = {(fleet, month): count for fleet, month, count in charged}
    sums: dict[tuple[str, str], Money] = {}
    for line in lines:
        key = (line.fleet, line.month)
        sums[key] = sums.get(key, Decimal(0)) + line.amount
    order = sorted(sums, key=lambda key: (not key[0], key))
    return [
        FleetMonth(month, fleet, sums[fleet, month], desktops.get((fleet, month), 0))
        for fleet, month in order
    ]


def desktops_charged(charges: Table) -> list[tuple[str, str, int]]:
    """Number of desktops that are on the bill of each fleet and month: (fleet, month, number)."""
    own = charges["desktop"] >= 0
    fleets, fleet = codes(charges["fleet"][own])
    months, month = codes(charges["month"][own])
    count = max(1, len(months))
    _, first = np.unique(
        charges["desktop"][own].astype(np.int64) * count + month, return_index=True
    )
    numbers = np.bincount((fleet * count + month)[first])
    return sorted(
        (fleets[group // count], months[group % count], int(numbers[group]))
        for group in np.flatnonzero(numbers).tolist()
    )


def per_connected_hour(total: Money, delivered: Millis) -> Money | None:
    """Amount per hour in which somebody was connected and working, unrounded; None without any."""
    return quotient(total * HOUR, delivered)


def quotient(amount: Money, count: int) -> Money | None:
    """Amount per one of `count`, to 28 digits; None when there is none."""
    return amount / count if count else None


def _sums(entries: Iterable[tuple[str, Money]]) -> dict[str, Money]:
    sums: dict[str, Money] = {}
    for key, amount in entries:
        sums[key] = sums.get(key, Decimal(0)) + amount
    return dict(sorted(sums.items()))
