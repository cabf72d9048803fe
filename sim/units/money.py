"""Money: `Decimal` through one door, rounded only where an invoice rounds."""

import re
from decimal import ROUND_HALF_UP, Decimal

Money = Decimal

_CENT = Decimal("0.01")
_MONEY = re.compile(r"\$?\s*([0-9]+(?:\.[0-9]+)?)\s*(USD)?")


def cents(amount: Money) -> Money:
    """Round half-up to cents, as an invoice line does."""
    return amount.quantize(_CENT, rounding=ROUND_HALF_UP)


def parse_money(value: object) -> Money:
    """Read US dollars from `4.19`, `'$4.19'` or `'4.19 USD'`.

    A float from a file goes through its shortest text, so `0.22` is exactly 0.22.

    Raises:
        ValueError: for a negative amount, another currency, or anything that is no amount.
    """
    text = repr(value) if isinstance(value, int | float) else str(value).strip()
    found = _MONEY.fullmatch(text)
    if isinstance(value, bool) or not found:
        raise ValueError(f"expected US dollars such as 4.19, '$4.19' or '4.19 USD', got {value!r}")
    return Decimal(found[1])
