"""The first sheet of a run's workbook: the answer, what it comes to, and where it goes."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sim.report.style import BLUE, Fill, fills, in_stacking_order
from sim.report.workbook.charges import AMOUNTS, Charges, Sorted
from sim.report.workbook.charts import AMOUNT_AXIS, FONT, dress, insert, series, surface
from sim.report.workbook.months import Crossed
from sim.report.workbook.sheets import Book, Place, cell

SUMMARY = "Summary"
TOTAL = "list_cost"
"""Name of the cell with the sum of all charges."""

WHAT, COST, REPORTED, SHARE, KEY = range(5)
_WIDTHS = (42, 20, 22, 9, 6)
_LAST, _WIDTH = 14, 180
"""The column where sentences end, and how many characters fit until there."""
_BESIDE = KEY + 2
"""The column where charts begin."""


class Listed(NamedTuple):
    """A list of amounts, and where it stands."""

    way: Sorted
    labels: Place
    amounts: Place
    below: int


class Summary(NamedTuple):
    """What the sheet has, for the checks."""

    checked: Place
    """Where the result of all checks is to be seen."""
    total: Place
    lists: Mapping[str, Listed]
    """By the title of each."""


def write_answer(book: Book) -> int:
    """Title, description and the answer in sentences; the row below."""
    sheet, head = book[SUMMARY], book.head
    sheet.worksheet.freeze_panes(1, 0)
    sheet.worksheet.repeat_rows(0)
    sheet.title(head.name)
    said = [(head.description, "note"), *((sentence, "said") for sentence in head.answer)]
    row = 1
    for sentence, style in said:
        if sentence:
            sheet.paragraph(row, sentence, style, last=_LAST, width=_WIDTH)
            row += 1
    return row + 1


def write_basis(book: Book, row: int) -> Place:
    """What the numbers rest on; the last row, with the result of all checks."""
    sheet, head = book[SUMMARY], book.head
    said = {
        "Period": head.period,
        "Currency": head.currency,
        "Prices": f"{head.prices}, as of {head.as_of}",
        "Basis": head.basis,
        "Result of": "; ".join(f"{name} {value}" for name, value in head.provenance),
        "All checks": "",
    }
    for at, (name, value) in enumerate(said.items(), row):
        sheet.text(at, 0, name, "bold")
        sheet.text(at, 1, value)
    return sheet.place(row + len(said) - 1, 1)


def write_summary(book: Book, charges: Charges, kinds: Crossed) -> Summary:
    """Write the sheet, and give the total its name.

    Args:
        book: where.
        charges: what it sums up.
        kinds: the table of months by kind of charge, for a chart.
    """
    sheet = book[SUMMARY]
    sheet.widths(*_WIDTHS)
    checked = write_basis(book, write_answer(book))
    top = checked.row + 2
    row = _bridge(book, top, charges.total)
    total = sheet.place(top, COST)
    lists = {}
    for way in (charges.months, charges.centers, charges.fleets, charges.kinds):
        lists[way.title] = _list(book, row, way, charges.total)
        row = lists[way.title].below
    if charges.rows:
        _charts(book, top - 1, lists[charges.centers.title], kinds)
    return Summary(checked, total, lists)


def _bridge(book: Book, row: int, total: Decimal) -> int:
    """From the list cost to that in the reporting currency; the row below."""
    sheet = book[SUMMARY]
    currency = book.head.currency
    book.name(TOTAL, sheet.place(row, COST))
    steps: list[tuple[str, str, Decimal | float]] = [
        ("Cost at the unit prices", f"=ROUND(SUM({AMOUNTS}),2)", total),
        ("less discount", f"=-ROUND({TOTAL}*discount,4)", 0),
        ("plus contingency", f"=ROUND(({TOTAL}+{cell(row + 1, COST)})*contingency,4)", 0),
        ("plus tax", f"=ROUND(SUM({cell(row, COST)}:{cell(row + 2, COST)})*tax_rate,4)", 0),
    ]
    for step, (words, formula, value) in enumerate(steps):
        sheet.text(row + step, WHAT, words, "text" if step else "bold")
        sheet.formula(row + step, COST, formula, value, "money")
    last = row + len(steps)
    sheet.text(last, WHAT, f"All included, in {currency}", "text_total")
    together = f"=ROUND(SUM({cell(row, COST)}:{cell(last - 1, COST)}),4)"
    sheet.formula(last, COST, together, total, "money_total")
    words = "All included, at the exchange rate in "
    sheet.formula(last + 1, WHAT, f'="{words}"&reporting_currency', words + currency, "bold")
    reported = f"=ROUND({cell(last, COST)}*exchange_rate,4)"
    sheet.formula(last + 1, COST, reported, total, "plain_bold")
    return last + 3


def _list(book: Book, row: int, way: Sorted, total: Decimal) -> Listed:
    """What each comes to, with a sum."""
    sheet = book[SUMMARY]
    sheet.row(row, [way.title, f"Cost [{book.head.currency}]"], right=COST)
    title = f"In {book.head.currency}, all included"
    sheet.formula(row, REPORTED, '="In "&reporting_currency&", all included"', title, "head_right")
    for column, words in ((SHARE, "Share"), (KEY, "No.")):
        sheet.text(row, column, words, "head_right")
    first, last = row + 1, row + max(1, len(way.shown))
    for number, label in enumerate(way.shown, 1):
        at = row + number
        amount = way.amounts[number]
        sheet.text(at, WHAT, label)
        sheet.number(at, KEY, number, "key")
        formula = f"=ROUND(SUMIFS({AMOUNTS},{way.key},{cell(at, KEY, fixed='column')}),2)"
        sheet.formula(at, COST, formula, amount, "plain")
        sheet.formula(at, REPORTED, f"=ROUND({cell(at, COST)}*adjustment,4)", amount, "plain")
        share = amount / total if total else 0
        sheet.formula(at, SHARE, f"=IF({TOTAL}=0,0,{cell(at, COST)}/{TOTAL})", share, "percent")
    sheet.text(last + 1, WHAT, "Total", "text_total")
    for column in (COST, REPORTED):
        block = f"{cell(first, column)}:{cell(last, column)}"
        whole = sum(way.amounts.values(), Decimal(0))
        sheet.formula(last + 1, column, f"=ROUND(SUM({block}),4)", whole, "plain_total")
    rows = len(way.shown)
    names, amounts = (sheet.place(first, column, rows=rows) for column in (WHAT, COST))
    return Listed(way, names, amounts, last + 3)


def _charts(book: Book, row: int, centers: Listed, kinds: Crossed) -> None:
    """Where the cost goes, beside the lists."""
    sheet = book[SUMMARY]
    below = insert(
        sheet,
        row,
        _BESIDE,
        _bars(book, centers),
        "Bars: the cost of each cost centre. The numbers are in the list by cost centre.",
        rows=min(30, len(centers.way.shown) + 7),
    )
    insert(
        sheet,
        below,
        _BESIDE,
        _stacked(book, kinds),
        "Stacked columns: the cost of each month by kind of charge. The numbers are on the sheet "
        "By month.",
        rows=20,
    )


def _bars(book: Book, centers: Listed) -> Any:
    """The cost centres, the first on top."""
    chart = book.workbook.add_chart({"type": "bar"})
    look = {**surface(Fill(BLUE)), "gap": 60}
    chart.add_series(series("Cost", centers.labels, centers.amounts, look))
    dress(chart, title="Cost by cost centre", unit="", legend=False)
    chart.set_y_axis({"reverse": True, "num_font": FONT})
    chart.set_x_axis(AMOUNT_AXIS | {"name": book.head.currency, "label_position": "high"})
    return chart


def _stacked(book: Book, kinds: Crossed) -> Any:
    """Each month by kind of charge, in the colours of the report."""
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    order = in_stacking_order(kinds.way.shown)
    looks = fills(order)
    for label in order:
        at = kinds.way.shown.index(label)
        look = {**surface(looks[label]), "gap": 60}
        chart.add_series(series(kinds.labels[at], kinds.months, kinds.amounts[at], look))
    dress(chart, title="Cost by month and kind of charge", unit=book.head.currency)
    return chart
