"""The sheets of months and years of a forecast: mean, P10, P50 and P90 over its runs."""

from typing import NamedTuple

from sim.report.workbook.checks import Check
from sim.report.workbook.futures import Futures
from sim.report.workbook.runs import QUANTILES
from sim.report.workbook.sheets import Book, Place, Sheet

BY_MONTH, BY_YEAR = "By month", "By year"

CENTER, PERIOD, MEAN, P10, P50, P90, LOW, HIGH = range(8)
_HEAD = 3
_WIDTHS = (30, 22, 20, 20, 20, 20, 20, 20)
_NOTE = {
    BY_MONTH: "Each month by itself. Means add up; quantiles do not, so a year has its own on the "
    "sheet By year.",
    BY_YEAR: "From the years of the same runs, never from the P90s of months: a run that is dear "
    "in one month is not dear in all.",
}
_NOWHERE = "none"


class Outlooks(NamedTuple):
    """A sheet of outlooks, and where its rows stand."""

    columns: dict[int, Place]
    """By the number of the column."""
    checks: list[Check]


def write_outlooks(book: Book, name: str, futures: Futures, first: int, last: int) -> Outlooks:
    """Write what the rows of runs from `first` to before `last` come to."""
    sheet = book[name]
    sheet.widths(*_WIDTHS)
    sheet.title(name)
    sheet.paragraph(1, _NOTE[name], "note", last=HIGH, width=sum(_WIDTHS))
    currency = book.head.currency
    said = [f"P{percent} [{currency}]: {words}" for percent, words in QUANTILES.items()]
    known = [f"P90 is known from [{currency}]", f"to [{currency}]"]
    heads = ["Cost centre", "Month" if name == BY_MONTH else "Year"]
    sheet.row(_HEAD, [*heads, f"Mean [{currency}]: of all runs", *said, *known], right=MEAN)
    sheet.worksheet.set_row(_HEAD, 31)
    sheet.table(_HEAD, last - first, HIGH + 1, keep=PERIOD + 1)
    checks = []
    for row, number in enumerate(range(first, last), _HEAD + 1):
        checks += _write(sheet, row, futures, number)
    rows = last - first
    columns = {column: sheet.place(_HEAD + 1, column, rows=rows) for column in range(HIGH + 1)}
    return Outlooks(columns, checks)


def _write(sheet: Sheet, row: int, futures: Futures, number: int) -> list[Check]:
    future, block = futures.rows[number], futures.place(number)
    center = futures.centers[future.center]
    sheet.text(row, CENTER, center)
    sheet.text(row, PERIOD, future.period)
    names = futures.forecast.cost_centers
    key = (future.period, names[future.center - 1] if future.center else "")
    expected = futures.forecast.expected[key]
    found = [(MEAN, "Mean", f"AVERAGE({block})", future.mean, expected.mean)]
    for column, percent, simulated in (
        (P10, 10, expected.p10),
        (P50, 50, expected.p50),
        (P90, 90, expected.p90),
    ):
        formula = f"SMALL({block},rank_p{percent})"
        found.append((column, f"P{percent}", formula, future.quantile(percent), simulated))
    checks = []
    for column, what, formula, value, simulated in found:
        sheet.formula(row, column, f"={formula}", value, "plain")
        check = Check(
            what=f"{what} of {future.period}",
            of=center,
            formula=f"={sheet.place(row, column)}",
            value=float(value),
            simulated=simulated,
            allowed=0.0001 * (1 + future.terms),
        )
        checks.append(check)
    for column, end in ((LOW, expected.p90_low), (HIGH, expected.p90_high)):
        if end is None:
            sheet.text(row, column, _NOWHERE, "right")
        else:
            sheet.number(row, column, end, "plain")
    return checks
