"""Money: `Decimal` through one door, rounded only where an invoice rounds."""

import re
from decimal import ROUND_HALF_UP, Decimal
from math import isfinite

Money = Decimal

_CENT = Decimal("0.01")
_MONEY = re.compile(r"\$?\s*([0-9]{1,15}(?:\.[0-9]{1,10})?)\s*(USD)?")


def cents(amount: Money) -> Money:
    """Round half-up to cents, as an invoice line does."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def parse_money(value: object) -> Money:
    """Read US dollars from `4.19`, `'$4.19'` or `'4.19 USD'`, with at most ten decimals.

    A float from a file goes through its shortest text, so `0.22` is exactly 0.22.

    Raises:
        ValueError: for a negative amount, another currency, or anything that is no amount.
    """
    found = None if isinstance(value, bool) else _MONEY.fullmatch(decimal_text(value))
    if not found:
        raise ValueError(f"expected US dollars such as 4.19, '$4.19' or '4.19 USD', got {value!r}")
    return Decimal(found[1])


def decimal_text(value: object) -> str:
    """A number without exponent, `0.00001` and not `1e-05`; anything else as its text."""
    if isinstance(value, float) and isfinite(value):
        return f"{Decimal(repr(value)):f}"
    return f"{value:f}" if isinstance(value, Decimal) else str(value).strip()
