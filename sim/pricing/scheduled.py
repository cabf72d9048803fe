"""Prices that change on the first of a month, for usage that has no bill yet.

A price book says what is charged on its date; a forecast looks beyond. A change holds for the usage
of its month and of all later ones, on top of the changes before it: 5 % more in January and 5 %
more in July make 10.25 % in August. Nothing is rounded, as in any charge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sim.pricing.charges import EXACT
from sim.units import Money


@dataclass(frozen=True)
class ScheduledChange:
    """One change, of an item or of all that begin alike."""

    month: str
    """From which on it holds: `2027-01`."""
    item: str
    """The item, or how the items begin."""
    is_prefix: bool
    factor: Decimal | None = None
    """What the price until then is multiplied by."""
    unit_price: Money | None = None
    """Or what it becomes."""

    def concerns(self, item: str) -> bool:
        """Whether it is about the price of an item."""
        return item.startswith(self.item) if self.is_prefix else item == self.item

    def applied(self, price: Money) -> Money:
        """The price afterwards."""
        if self.unit_price is not None:
            return self.unit_price
        assert self.factor is not None
        return EXACT.multiply(price, self.factor)


def price_in(month: str, item: str, unit_price: Money, changes: Iterable[ScheduledChange]) -> Money:
    """What a unit of an item costs in a month, if nothing had changed `unit_price`."""
    for change in sorted(changes, key=lambda one: one.month):  # as written within a month
        if change.month <= month and change.concerns(item):
            unit_price = change.applied(unit_price)
    return unit_price
