"""Usage x price book to charges; price books and where each price comes from. Pure, Decimal.

Prices are data with a source and a date, read once; usage arrives as a `sim.record` table. Nothing
here knows how usage came about, so a run can be priced again without being simulated again.
"""

from sim.pricing.book import (
    MissingPriceError,
    Price,
    PriceBook,
    PriceBookError,
    PriceChange,
    diff,
)
from sim.pricing.book_file import (
    COLUMNS,
    parse_price_book,
    read_price_book,
    scenario_book,
    shipped_books,
)
from sim.pricing.charges import charges_columns, price
from sim.pricing.invoice import InvoiceLine, invoice, total, unrounded_total
from sim.pricing.moves import PriceMove, price_moves
from sim.pricing.scheduled import ScheduledChange, price_in

__all__ = [
    "COLUMNS",
    "InvoiceLine",
    "MissingPriceError",
    "Price",
    "PriceBook",
    "PriceBookError",
    "PriceChange",
    "PriceMove",
    "ScheduledChange",
    "charges_columns",
    "diff",
    "invoice",
    "parse_price_book",
    "price",
    "price_in",
    "price_moves",
    "read_price_book",
    "scenario_book",
    "shipped_books",
    "total",
    "unrounded_total",
]
