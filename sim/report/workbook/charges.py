"""The sheet of charges: a row for what each cost centre used of each line of the invoice."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from sim.report.workbook.contents import Charged, RunBook
from sim.report.workbook.prices import PriceKey
from sim.report.workbook.sheets import MOST_ROWS, Book, cell
from sim.report.workbook.text import labels, rounded

CHARGES = "Charges"
ROUNDING = "(rounding)"
"""The cost centre of what the parts of a line leave of its rounding."""
AMOUNTS = "charges_amount"
"""Defined name of the column of amounts."""

MONTH, CENTER, FLEET, CHARGE, ITEM, QUANTITY, UNIT, PRICE, AMOUNT, KEYS = range(10)
"""Columns of the sheet. The last, and those after it, number what stands in the first four, for
sums that no name can mislead: a criterion of SUMIFS takes `>5` and `A*` for something else."""

LINES = "charges_line_no"
"""Defined name of the column with the number of the line of the invoice."""

_HEAD = 3
_COLUMNS = ("Month", "Cost centre", "Fleet", "Charge", "Item", "Quantity", "Unit", "Unit price")
_KEYS = ("Month no.", "Centre no.", "Fleet no.", "Charge no.", "Line no.")
_WIDTHS = (9, 20, 20, 27, 54, 13, 18, 12, 14, 11, 11, 11, 11, 11)
_NOTE = (
    "What each cost centre used of each line of the invoice. Unit prices are those of the sheet "
    "Assumptions; an amount is rounded to the cent, as an invoice rounds. Where several cost "
    "centres share a line, (rounding) is what their rounding leaves of that of the line. The "
    "exact amounts are in charges.csv and in FOCUS."
)
MOST_CHARGES = MOST_ROWS - _HEAD - 1
"""How many rows the sheet has room for."""


class Row(NamedTuple):
    """A row of the sheet."""

    charged: Charged
    amount: Decimal
    rest_of: int
    """How many rows above it share the line of which it is the rest of the rounding; else 0."""


def rows_of(charges: Sequence[Charged]) -> list[Row]:
    """Each charge, and after those that share a line the rest of its rounding."""
    return [row for _, line in groupby(charges, lambda one: one.line) for row in _line(list(line))]


def _line(parts: Sequence[Charged]) -> Iterator[Row]:
    amounts = [_amount(part.quantity, part.unit_price) for part in parts]
    yield from (Row(part, amount, 0) for part, amount in zip(parts, amounts, strict=True))
    if len(parts) > 1:
        whole = _amount(sum((part.quantity for part in parts), Decimal(0)), parts[0].unit_price)
        yield Row(parts[0], whole - sum(amounts, Decimal(0)), len(parts))


def _amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """As a spreadsheet has it."""
    return rounded(float(quantity) * float(unit_price), 2)


@dataclass
class Sorted:
    """The rows by month, cost centre, fleet or kind of charge."""

    title: str
    key: str
    """Defined name of the column with their numbers, from 1."""
    shown: list[str]
    """Their labels, in order."""
    number: dict[str, int]
    """From 1, by what a charge says."""
    amounts: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """What each comes to, by its number."""
    rows: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def _sorted(title: str, key: str, words: set[str]) -> Sorted:
    found = sorted(words)
    numbers = {word: number for number, word in enumerate(found, 1)}
    return Sorted(title, key, labels(found, ROUNDING), numbers)


class Charges:
    """What stands on the sheet.

    Raises:
        ValueError: when it has not so many rows.
    """

    def __init__(self, run: RunBook) -> None:
        self.rows = rows_of(run.charges)
        if len(self.rows) > MOST_CHARGES:
            raise ValueError(
                f"{run.head.name}: expected at most {MOST_CHARGES:,} rows of charges, all that a "
                f"sheet of Excel holds, got {len(self.rows):,}; charges.csv and FOCUS have no limit"
            )
        said: list[tuple[str, str, Callable[[Charged], str]]] = [
            ("Month", "charges_month_no", lambda one: one.month),
            ("Cost centre", "charges_cost_center_no", lambda one: one.cost_center),
            ("Fleet", "charges_fleet_no", lambda one: one.fleet),
            ("Charge", "charges_charge_no", lambda one: one.charge),
        ]
        self._words = [word for _, _, word in said]
        self.ways = [_sorted(t, key, {word(c) for c in run.charges}) for t, key, word in said]
        self.months, self.centers, self.fleets, self.kinds = self.ways
        if any(row.rest_of for row in self.rows):
            self.centers.shown.append(ROUNDING)
        self.total = sum((row.amount for row in self.rows), Decimal(0))
        self.crossed: dict[str, dict[tuple[int, int], Decimal]] = {
            way.title: defaultdict(Decimal) for way in self.ways
        }
        """What each comes to in a month, by title and the numbers of both."""
        for row in self.rows:
            numbers = self.numbers(row)
            for way, number in zip(self.ways, numbers, strict=True):
                way.amounts[number] += row.amount
                way.rows[number] += 1
                self.crossed[way.title][numbers[MONTH], number] += row.amount
        amounts: dict[tuple[str, str, str, str, Decimal], Decimal] = defaultdict(Decimal)
        for row in self.rows:
            amounts[row.charged.line] += row.amount
        self.lines = len(amounts)
        self.otherwise = sum(amounts[line] != billed for line, billed in run.invoice.items())
        """Lines so near to half a cent that fifteen digits round them to the other side."""

    def numbers(self, row: Row) -> list[int]:
        """Month, cost centre, fleet and charge of a row."""
        found = [
            w.number[word(row.charged)] for w, word in zip(self.ways, self._words, strict=True)
        ]
        if row.rest_of:
            found[CENTER] = len(self.centers.shown)
        return found


def write_charges(book: Book, charges: Charges, prices: Mapping[PriceKey, str]) -> None:
    """Write the sheet and give its columns names."""
    sheet = book[CHARGES]
    sheet.widths(*_WIDTHS)
    sheet.title("Charges")
    sheet.paragraph(1, _NOTE, "note", last=AMOUNT, width=sum(_WIDTHS[: AMOUNT + 1]))
    amount = f"Amount [{book.head.currency}]"
    sheet.row(_HEAD, [*_COLUMNS, amount, *_KEYS], right=PRICE)
    for column in (QUANTITY, UNIT):
        style = "head_right" if column == QUANTITY else "head_after"
        sheet.text(_HEAD, column, _COLUMNS[column], style)
    sheet.worksheet.print_area(0, 0, _HEAD + max(1, len(charges.rows)), AMOUNT)
    sheet.table(_HEAD, len(charges.rows), KEYS + len(_KEYS), keep=CENTER + 1)
    line = 0
    for at, row in enumerate(charges.rows, _HEAD + 1):
        line += at == _HEAD + 1 or row.charged.line != charges.rows[at - _HEAD - 2].charged.line
        sheet.number(at, KEYS + len(charges.ways), line, "key")
        numbers = charges.numbers(row)
        for column, (way, number) in enumerate(zip(charges.ways, numbers, strict=True)):
            sheet.text(at, column, way.shown[number - 1])
            sheet.number(at, KEYS + column, number, "key")
        sheet.text(at, ITEM, row.charged.item)
        price = prices[row.charged.item, row.charged.unit_price]
        if row.rest_of:
            first = at - row.rest_of
            quantities, amounts = (
                f"SUM({cell(first, column)}:{cell(at - 1, column)})"
                for column in (QUANTITY, AMOUNT)
            )
            formula = f"=ROUND(ROUND({quantities}*{price},2)-{amounts},2)"
        else:
            quantity = row.charged.quantity
            whole = quantity == quantity.to_integral_value()
            sheet.number(at, QUANTITY, quantity, "count" if whole else "quantity")
            sheet.text(at, UNIT, row.charged.unit, "after")
            sheet.formula(at, PRICE, f"={price}", row.charged.unit_price, "price")
            formula = f"=ROUND({cell(at, QUANTITY)}*{cell(at, PRICE)},2)"
        sheet.formula(at, AMOUNT, formula, row.amount, "plain")
    keys = (*(way.key for way in charges.ways), LINES)
    for column, name in [(AMOUNT, AMOUNTS), *enumerate(keys, KEYS)]:
        book.name(name, sheet.place(_HEAD + 1, column, rows=len(charges.rows)))
