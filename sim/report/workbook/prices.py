"""Unit prices on the sheet of assumptions, each a cell with a name, and the scenario's settings."""

import re
from collections.abc import Sequence
from decimal import Decimal

from sim.report.contents import Assumption
from sim.report.workbook.contents import Charged
from sim.report.workbook.inputs import (
    AS_OF,
    ASSUMPTIONS,
    BEFORE,
    CURRENCY,
    MEANING,
    MEANS,
    NAMED,
    NUMBER,
    UNIT,
    VALUE,
    WHAT,
    section,
)
from sim.report.workbook.sheets import Book
from sim.report.workbook.text import defined_names

CHANGED = "prices_changed"
"""Name of the cell with the number of prices that differ from those of the run."""

UNIT_PRICES = "unit_prices"
"""Name of all their cells together."""

_SOURCE = re.compile(r"(.*) \(([^()]*)\)", re.DOTALL)

PriceKey = tuple[str, Decimal]
"""An item of the price book and its unit price."""


def write_prices(
    book: Book, row: int, charges: Sequence[Charged]
) -> tuple[dict[PriceKey, str], int]:
    """Write each price that was used once; its defined name, and the row below them all."""
    sheet = book[ASSUMPTIONS]
    used = {(one.item, one.unit_price): one for one in charges}
    found = [used[key] for key in sorted(used)]
    names = defined_names("price", [one.item for one in found])
    row = section(sheet, row, "Unit prices")
    for at, (one, name) in enumerate(zip(found, names, strict=True)):
        source, as_of = _dated(one.source)
        sheet.number(row + at, NUMBER, at + 1, "number_of")
        sheet.text(row + at, WHAT, one.item)
        sheet.text(row + at, UNIT, f"per {one.unit}")
        sheet.number(row + at, VALUE, one.unit_price, "input_price")
        sheet.number(row + at, BEFORE, one.unit_price, "price")
        sheet.text(row + at, CURRENCY, book.head.currency, "after")
        sheet.text(row + at, AS_OF, as_of)
        sheet.text(row + at, NAMED, book.name(name, sheet.place(row + at, VALUE)))
        sheet.wrapped(row + at, MEANING, source, MEANS)
        not_negative = {"validate": "decimal", "criteria": ">=", "value": 0}
        sheet.worksheet.data_validation(row + at, VALUE, row + at, VALUE, not_negative)
    now, before = (sheet.place(row, column, rows=len(found)) for column in (VALUE, BEFORE))
    book.name(UNIT_PRICES, now)
    row += max(1, len(found))
    sheet.text(row, WHAT, "Prices that are not those of the run")
    sheet.formula(row, VALUE, f"=SUMPRODUCT(({now.here}<>{before.here})*1)", 0, "count")
    sheet.text(row, NAMED, book.name(CHANGED, sheet.place(row, VALUE)))
    return dict(zip(sorted(used), names, strict=True)), row + 2


def write_settings(book: Book, row: int, settings: Sequence[Assumption]) -> int:
    """Write what the scenario assumes, and whether it says so itself; the row below."""
    sheet = book[ASSUMPTIONS]
    row = section(sheet, row, "Settings of the scenario, to be changed there and simulated anew")
    for one in settings:
        sheet.text(row, WHAT, one.path)
        sheet.text(row, UNIT, "stated" if one.stated else "default")
        sheet.text(row, VALUE, one.value)
        said = f"{one.meaning} Source: {one.source}" if one.source else one.meaning
        sheet.wrapped(row, MEANING, said, MEANS)
        row += 1
    return row + 1


def _dated(source: str) -> tuple[str, str]:
    """A source and its date."""
    found = _SOURCE.fullmatch(source)
    return (found[1], found[2]) if found else (source, "")
