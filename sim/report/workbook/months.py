"""The sheet of months: what each costs by cost centre, and by kind of charge."""

from typing import NamedTuple

from sim.report.workbook.charges import AMOUNTS, Charges, Sorted
from sim.report.workbook.sheets import Book, Place, cell, column_name

BY_MONTH = "By month"
_LABEL, _KEY, _FIRST = range(3)


class Crossed(NamedTuple):
    """A table of months and something else, and where it stands."""

    way: Sorted
    months: Place
    """Names of the months."""
    labels: list[Place]
    """Of each row."""
    amounts: list[Place]
    """Of each row, month by month."""


def write_months(book: Book, charges: Charges) -> Crossed:
    """Write the sheet; its table by kind of charge."""
    sheet = book[BY_MONTH]
    months = len(charges.months.shown)
    sheet.widths(34, 6, *[14] * (months + 1))
    sheet.title("By month")
    sheet.worksheet.freeze_panes(1, _FIRST)
    sheet.worksheet.repeat_rows(0)
    row, _ = _write(book, 2, charges, charges.centers)
    _, kinds = _write(book, row, charges, charges.kinds)
    return kinds


def _write(book: Book, row: int, charges: Charges, way: Sorted) -> tuple[int, Crossed]:
    """A table; the row below it."""
    sheet, months = book[BY_MONTH], charges.months
    head, total = row + 2, _FIRST + len(months.shown)
    sheet.text(row, 0, f"{way.title} by month [{book.head.currency}]", "section")
    sheet.text(head - 1, _KEY, "No.", "key")
    sheet.row(head, [way.title, "No.", *months.shown, "Total"], right=_KEY)
    for column, _ in enumerate(months.shown, _FIRST):
        sheet.number(head - 1, column, column - _FIRST + 1, "key")
    for number, label in enumerate(way.shown, 1):
        at = head + number
        sheet.text(at, _LABEL, label)
        sheet.number(at, _KEY, number, "key")
        for month, _ in enumerate(months.shown, 1):
            column = _FIRST + month - 1
            keys = f"{months.key},{column_name(column)}${head},{way.key},$B{at + 1}"
            amount = charges.crossed[way.title][month, number]
            sheet.formula(at, column, f"=ROUND(SUMIFS({AMOUNTS},{keys}),2)", amount, "plain")
        across = f"{cell(at, _FIRST)}:{cell(at, max(_FIRST, total - 1))}"
        sheet.formula(at, total, f"=ROUND(SUM({across}),2)", way.amounts[number], "plain_bold")
    last = head + max(1, len(way.shown)) + 1
    sheet.text(last, _LABEL, "Total", "text_total")
    sheet.blank(last, _KEY, "text_total")
    sums = [*(months.amounts[n] for n, _ in enumerate(months.shown, 1)), charges.total]
    for column, whole in enumerate(sums, _FIRST):
        block = f"{cell(head + 1, column)}:{cell(last - 1, column)}"
        sheet.formula(last, column, f"=ROUND(SUM({block}),2)", whole, "plain_total")
    rows = range(head + 1, head + 1 + len(way.shown))
    crossed = Crossed(
        way,
        sheet.place(head, _FIRST, columns=len(months.shown)),
        [sheet.place(at, _LABEL) for at in rows],
        [sheet.place(at, _FIRST, columns=len(months.shown)) for at in rows],
    )
    return last + 3, crossed
