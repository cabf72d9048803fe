"""How far the total moves when a single price does: exact, and without simulating anything again.

What people use does not change with the price here, so each line of the invoice moves by its own
price alone, and is rounded again as an invoice rounds. The largest move is the price to look up, or
to negotiate, first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sim.pricing.charges import EXACT
from sim.pricing.invoice import InvoiceLine
from sim.units import Money, cents

TENTH = Decimal("0.1")


@dataclass(frozen=True, kw_only=True)
class PriceMove:
    """What one price makes of the total."""

    item: str
    charges: tuple[str, ...]
    """Charges that are made with it, the largest first."""
    amount: Money
    """Of its lines, as they are invoiced."""
    moved: Money
    """By how much the total moves."""


def price_moves(lines: Iterable[InvoiceLine], by: Decimal = TENTH) -> list[PriceMove]:
    """What the total moves by if one price rises, for each price, the largest first.

    Args:
        lines: the invoice.
        by: the part by which the price rises.
    """
    lines_of: dict[str, list[InvoiceLine]] = {}
    for line in lines:
        lines_of.setdefault(line.item, []).append(line)
    found = [_move(item, own, by) for item, own in lines_of.items()]
    return sorted(found, key=lambda move: (-move.moved, -move.amount, move.item))


def _move(item: str, lines: list[InvoiceLine], by: Decimal) -> PriceMove:
    factor = 1 + by
    dearer = (cents(EXACT.multiply(line.unrounded, factor)) for line in lines)
    amounts: dict[str, Money] = {}
    for line in lines:
        amounts[line.charge] = amounts.get(line.charge, Decimal(0)) + line.amount
    amount = sum(amounts.values(), Decimal(0))
    return PriceMove(
        item=item,
        charges=tuple(sorted(amounts, key=lambda charge: (-amounts[charge], charge))),
        amount=amount,
        moved=sum(dearer, Decimal(0)) - amount,
    )
