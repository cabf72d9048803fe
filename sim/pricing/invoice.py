"""The invoice: charges of many desktops as few lines, each rounded to the cent.

An invoice rounds once per line, and its total is the sum of the rounded lines, so that whoever adds
the lines up finds the total. The exact sum stands beside it: rounding moves a line by half a cent
at most, and the difference is for a reader to see, not to be spread over the lines.

Left out: taxes, credits and discounts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from sim.pricing.charges import EXACT, as_decimal, codes
from sim.record import Table
from sim.units import Money, cents

_WHOLE = 10**10


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One charge at one price for one fleet or pool in one month."""

    month: str
    fleet: str
    """Empty for what is shared."""
    charge: str
    item: str
    unit_price: Money
    quantity: Decimal
    unit: str
    amount_cents: int
    """The amount of the line, rounded half-up."""
    unrounded: Money
    """quantity x unit price, exact."""
    currency: str

    @property
    def amount(self) -> Money:
        """The amount of the line, rounded half-up to cents."""
        return Decimal(self.amount_cents).scaleb(-2)


def invoice(charges: Table) -> list[InvoiceLine]:
    """Lines of the invoice by month, fleet, charge and item; what is shared comes first."""
    names = ("month", "fleet", "charge", "item", "unit_price")
    columns = [codes(charges[name]) for name in names]
    shape = [max(1, len(values)) for values, _ in columns]
    group = np.ravel_multi_index([code for _, code in columns], shape)
    order = np.argsort(group, kind="stable")
    _, first = np.unique(group[order], return_index=True)
    quantities = _sums(charges["quantity_e10"][order], first)
    lines = [
        _line(charges, row, quantity)
        for row, quantity in zip(order[first].tolist(), quantities, strict=True)
    ]
    return sorted(lines, key=lambda line: (line.month, line.fleet, line.charge, line.item))


def total(lines: Iterable[InvoiceLine]) -> Money:
    """The sum of the rounded lines: what is to be paid."""
    return Decimal(sum(line.amount_cents for line in lines)).scaleb(-2)


def unrounded_total(lines: Iterable[InvoiceLine]) -> Money:
    """The sum of the exact amounts, to be shown beside the total."""
    whole = Decimal(0)
    for line in lines:
        whole = EXACT.add(whole, line.unrounded)
    return whole


def _sums(quantities_e10: NDArray[np.int64], first: NDArray[np.int64]) -> list[int]:
    """Sums of runs of quantities that begin at `first`, in integers that cannot overflow."""
    if not len(first):
        return []
    whole, rest = np.divmod(quantities_e10, _WHOLE)
    wholes, rests = np.add.reduceat(whole, first), np.add.reduceat(rest, first)
    return [w * _WHOLE + r for w, r in zip(wholes.tolist(), rests.tolist(), strict=True)]


def _line(charges: Table, row: int, quantity_e10: int) -> InvoiceLine:
    quantity = as_decimal(quantity_e10)
    unrounded = EXACT.multiply(quantity, charges["unit_price"][row])
    return InvoiceLine(
        month=charges["month"][row],
        fleet=charges["fleet"][row],
        charge=charges["charge"][row],
        item=charges["item"][row],
        unit_price=charges["unit_price"][row],
        quantity=quantity,
        unit=charges["unit"][row],
        amount_cents=int(cents(unrounded).scaleb(2)),
        unrounded=unrounded,
        currency=charges["currency"][row],
    )
