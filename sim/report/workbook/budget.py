"""The sheet of the budget: what is spent since a year began, and how often it is too much.

All cost centres together, as a budget is, after discount, contingency, tax and exchange rate.
"""

from decimal import Decimal
from typing import NamedTuple

from sim.report.style import VERMILLION
from sim.report.workbook.charts import fan, insert, line, series
from sim.report.workbook.checks import Check
from sim.report.workbook.futures import TOGETHER, Futures
from sim.report.workbook.runs import QUANTILES
from sim.report.workbook.sheets import Book, Place, cell
from sim.report.workbook.text import to_places

BUDGET = "Budget"
NO_BUDGET = "no budget"
"""What stands where there is none to be exceeded."""

YEAR, MONTH, MEAN, P10, P50, P90, WIDTH, LIMIT, OVER = range(9)
_HEAD = 3
_WIDTHS = (22, 12, 16, 16, 16, 16, 16, 16, 18)
_NOTE = (
    "What all cost centres together have spent by the end of each month since the year began, all "
    "included, in the reporting currency, and in how many of the runs that is more than the "
    "budget for twelve months, which is on the sheet Assumptions."
)


class Budget(NamedTuple):
    """What the sheet has for others."""

    over: dict[str, Place]
    """The share of runs over the budget by the end of each year."""
    checks: list[Check]


def write_budget(book: Book, futures: Futures) -> Budget:
    """Write the sheet."""
    sheet, forecast = book[BUDGET], futures.forecast
    sheet.widths(*_WIDTHS)
    sheet.title(BUDGET)
    sheet.paragraph(1, _NOTE, "note", last=OVER, width=sum(_WIDTHS))
    said = [f"P{percent}: {words}" for percent, words in QUANTILES.items()]
    heads = ["Mean of all runs", *said, "P10 to P90", "Budget", "Share of runs over the budget"]
    sheet.row(_HEAD, ["Year", "By the end of", *heads], right=MEAN)
    sheet.worksheet.set_row(_HEAD, 31)
    sheet.table(_HEAD, len(futures.rows) - futures.since, OVER + 1, keep=MEAN)
    row, number = _HEAD + 1, futures.since
    over, checks = {}, []
    for year, months in list(forecast.spans.items())[: forecast.years]:
        for month in months:
            sheet.text(row, YEAR, year)
            sheet.text(row, MONTH, month)
            checks += _write(book, row, futures, number, year)
            row, number = row + 1, number + 1
        over[year] = sheet.place(row - 1, OVER)
    _chart(book, futures, row + 1)
    return Budget(over, checks)


def _write(book: Book, row: int, futures: Futures, number: int, year: str) -> list[Check]:
    """What is spent by the end of a month."""
    sheet, future, block = book[BUDGET], futures.rows[number], futures.place(number)
    p10, p50, p90 = (future.quantile(percent) for percent in QUANTILES)
    cells = [(MEAN, f"AVERAGE({block})", to_places(future.mean, 4))]
    for column, percent, value in ((P10, 10, p10), (P50, 50, p50), (P90, 90, p90)):
        cells.append((column, f"SMALL({block},rank_p{percent})", value))
    for column, formula, value in cells:
        sheet.formula(row, column, f"=ROUND({formula}*adjustment,4)", value, "plain")
    width = f"=ROUND({cell(row, P90)}-{cell(row, P10)},4)"
    sheet.formula(row, WIDTH, width, p90 - p10, "plain")
    budget = futures.forecast.budget
    shown = "#N/A" if budget is None else budget
    sheet.formula(row, LIMIT, "=IF(ISNUMBER(budget),budget,NA())", shown, "plain")
    runs = len(future.costs)
    many = f"SUMPRODUCT(({block}*adjustment>budget)*1)/runs"
    many = f'=IF(ISNUMBER(budget),{many},"{NO_BUDGET}")'
    if budget is None:
        sheet.formula(row, OVER, many, NO_BUDGET, "percent")
        return []
    share = sum(cost > budget for cost in future.costs) / runs
    sheet.formula(row, OVER, many, share, "percent")
    near = Decimal(future.terms + 1) / 10000
    undecided = sum(abs(cost - budget) <= near for cost in future.costs)
    return [
        Check(
            what=f"Share of runs over the budget by the end of {future.period}",
            of=TOGETHER,
            formula=f"=SUMPRODUCT(({block}>{budget:f})*1)/runs",
            value=share,
            simulated=futures.forecast.exceeded[year][future.period],
            allowed=undecided / runs + 1e-6,
        )
    ]


def _chart(book: Book, futures: Futures, below: int) -> None:
    """The first year, as it adds up."""
    sheet, forecast = book[BUDGET], futures.forecast
    year, months = next(iter(forecast.spans.items()))
    first, n = _HEAD + 1, len(months)
    across, p10, width, mean, p90, limit = (
        sheet.place(first, column, rows=n) for column in (MONTH, P10, WIDTH, MEAN, P90, LIMIT)
    )
    budget = series("Budget", across, limit, line(VERMILLION, dash="dash"))
    chart = fan(
        book.workbook,
        across,
        (p10, width, mean, p90),
        title=f"{year}: spent since it began, all cost centres, all included",
        more=[budget],
    )
    said = (
        f"A fan over the months of {year}: the mean of what is spent since the year began, the "
        "band from P10 to P90 of the runs, and the budget as a level line. The numbers are in the "
        "table above."
    )
    insert(sheet, below, 0, chart, said, rows=22)
