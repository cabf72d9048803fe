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

__all__ = [
    "COLUMNS",
    "MissingPriceError",
    "Price",
    "PriceBook",
    "PriceBookError",
    "PriceChange",
    "diff",
    "parse_price_book",
    "read_price_book",
    "scenario_book",
    "shipped_books",
]
