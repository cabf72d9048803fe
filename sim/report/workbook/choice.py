"""The first sheet of a forecast's workbook: choose a cost centre and a year, and read its cost."""

from decimal import Decimal

from sim.report.workbook.budget import NO_BUDGET, Budget
from sim.report.workbook.charts import fan, insert
from sim.report.workbook.futures import Futures
from sim.report.workbook.outlooks import HIGH, LOW, MEAN, P10, P50, P90, Outlooks
from sim.report.workbook.runs import QUANTILES
from sim.report.workbook.sheets import Book, Place, cell
from sim.report.workbook.summary import SUMMARY, write_answer, write_basis
from sim.report.workbook.text import to_places

_WIDTHS = (36, 25, 23, 20, 18, 14, 5)
_BESIDE = 8
"""The column where charts begin."""
_YEAR = 12
"""Months for which a budget is; a part of a year is not held to it."""
_SIMULATED, _REPORTED, _SAID = 1, 2, 3
_INCLUDED = "All included, in "


def write_choice(
    book: Book, futures: Futures, months: Outlooks, years: Outlooks, budget: Budget
) -> Place:
    """Write the sheet; where the result of all checks is to be seen."""
    sheet = book[SUMMARY]
    sheet.widths(*_WIDTHS)
    top = write_answer(book)
    row = _choose(book, top, futures)
    row = _outlook(book, row, futures, years)
    row = _overruns(book, row, futures, budget)
    row = _by_month(book, row, top, futures, months)
    return write_basis(book, row)


def _choose(book: Book, row: int, futures: Futures) -> int:
    """The cells to choose in, and the number of what is chosen; the row below."""
    sheet = book[SUMMARY]
    sheet.text(row, 0, "Choose", "section")
    chosen = {
        "Cost centre": ("chosen_cost_center", "cost_centers", futures.centers[0]),
        "Year": ("chosen_year", "years", next(iter(futures.forecast.spans))),
    }
    for at, (what, (name, listed, first)) in enumerate(chosen.items(), row + 1):
        sheet.text(at, 0, what, "bold")
        sheet.text(at, 1, first, "input_choice")
        book.name(name, sheet.place(at, 1))
        sheet.text(at, 2, "choose from the list in the yellow cell", "after")
        sheet.worksheet.data_validation(
            at,
            1,
            at,
            1,
            {
                "validate": "list",
                "source": f"={listed}",
                "error_title": "Not in the list",
                "error_message": "Choose one from the list of this cell.",
            },
        )
        sheet.text(at, 5, "No.", "key")
        number = f"=SUMPRODUCT(EXACT({listed},{name})*{listed}_no)"
        sheet.formula(at, 6, number, 1, "key")
        book.name(f"{name}_no", sheet.place(at, 6))
    return row + 4


def _outlook(book: Book, row: int, futures: Futures, years: Outlooks) -> int:
    """What the chosen year costs the chosen cost centre; the row below."""
    sheet, currency = book[SUMMARY], book.head.currency
    title = '=chosen_cost_center&", "&chosen_year'
    shown = f"{futures.centers[0]}, {next(iter(futures.forecast.spans))}"
    sheet.formula(row, 0, title, shown, "head")
    sheet.text(row, _SIMULATED, f"At list prices, in {currency}", "head_right")
    words = f'="{_INCLUDED}"&reporting_currency'
    sheet.formula(row, _REPORTED, words, f"{_INCLUDED}{currency}", "head_right")
    sheet.text(row, _SAID, "What it says", "head_after")
    for column in range(_SAID + 1, _BESIDE - 1):
        sheet.blank(row, column, "head")
    year = futures.rows[futures.years]
    expected = futures.forecast.expected[year.period, ""]
    rows: list[tuple[str, int, Decimal | float | None, str]] = [
        ("Mean", MEAN, year.mean, "the mean of all runs"),
        *(
            (f"P{percent}", column, year.quantile(percent), words)
            for column, (percent, words) in zip((P10, P50, P90), QUANTILES.items(), strict=True)
        ),
        ("P90 is known from", LOW, expected.p90_low, "lower end of the interval of the P90"),
        ("P90 is known to", HIGH, expected.p90_high, "upper end of it"),
    ]
    place = f"(chosen_year_no-1)*{len(futures.centers)}+chosen_cost_center_no"
    for at, (what, column, value, meaning) in enumerate(rows, row + 1):
        strong = column == P90
        sheet.text(at, 0, what, "bold" if strong else "text")
        found = f"=INDEX({years.columns[column]},{place})"
        stored = "none" if value is None else value
        style = "plain_bold" if strong else "plain"
        sheet.formula(at, _SIMULATED, found, stored, style)
        source = cell(at, _SIMULATED)
        reported = f'=IF(ISNUMBER({source}),ROUND({source}*adjustment,4),"none")'
        kept = "none" if value is None else to_places(Decimal(value), 4)
        sheet.formula(at, _REPORTED, reported, kept, style)
        sheet.text(at, _SAID, meaning, "after")
    return row + len(rows) + 2


def _overruns(book: Book, row: int, futures: Futures, budget: Budget) -> int:
    """How probable it is that a budget does not last; the row below."""
    sheet, given = book[SUMMARY], futures.forecast.budget
    sheet.text(row, 0, "Budget, all cost centres", "head")
    sheet.text(row, 1, "Budget for twelve months", "head_right")
    sheet.text(row, 2, "Probability of exceeding it", "head_right")
    last = row
    spans = futures.forecast.spans
    whole = [year for at, year in enumerate(budget.over) if not at or len(spans[year]) == _YEAR]
    for last, year in enumerate(whole, row + 1):
        sheet.text(last, 0, year)
        stored = NO_BUDGET if given is None else given
        shown = f'=IF(ISNUMBER(budget),budget,"{NO_BUDGET}")'
        sheet.formula(last, 1, shown, stored, "plain")
        share = NO_BUDGET if given is None else _share(futures, year)
        sheet.formula(last, 2, f"={budget.over[year]}", share, "percent_bold")
    return last + 2


def _share(futures: Futures, year: str) -> float:
    """Of the runs that exceed the budget in a year."""
    budget = futures.forecast.budget
    assert budget is not None
    costs = next(row for row in futures.rows[futures.years :] if row.period == year).costs
    return sum(cost > budget for cost in costs) / len(costs)


def _by_month(book: Book, row: int, top: int, futures: Futures, months: Outlooks) -> int:
    """The months of the chosen cost centre, and their fan; the row below."""
    sheet, currency = book[SUMMARY], book.head.currency
    title = "by month, all included, in "
    shown = f"{futures.centers[0]} {title}{currency}"
    sheet.formula(row, 0, f'=chosen_cost_center&" {title}"&reporting_currency', shown, "section")
    said = [f"P{percent}: {words}" for percent, words in QUANTILES.items()]
    heads = ["Month", "Mean of all runs", *said, "P10 to P90", "No."]
    sheet.row(row + 1, heads, right=1)
    sheet.worksheet.set_row(row + 1, 31)
    n = len(futures.forecast.months)
    first = row + 2
    for number, month in enumerate(futures.forecast.months, 1):
        at, future = row + 1 + number, futures.rows[number - 1]
        sheet.text(at, 0, month)
        sheet.number(at, 6, number, "key")
        place = f"(chosen_cost_center_no-1)*{n}+{cell(at, 6, fixed='column')}"
        values = [future.mean, *(future.quantile(percent) for percent in QUANTILES)]
        for at_column, column, value in zip(
            (1, 2, 3, 4), (MEAN, P10, P50, P90), values, strict=True
        ):
            formula = f"=ROUND(INDEX({months.columns[column]},{place})*adjustment,4)"
            sheet.formula(at, at_column, formula, to_places(value, 4), "plain")
        width = values[3] - values[1]
        sheet.formula(at, 5, f"=ROUND({cell(at, 4)}-{cell(at, 2)},4)", width, "plain")
    across, mean, p10, p90, wide = (
        sheet.place(first, column, rows=n) for column in (0, 1, 2, 4, 5)
    )
    chart = fan(
        book.workbook,
        across,
        (p10, wide, mean, p90),
        title="Cost by month of the chosen cost centre, all included",
    )
    said_of = (
        "A fan over the months: the mean of the chosen cost centre and the band from P10 to P90 of "
        "the runs. The numbers are in the table of months."
    )
    insert(sheet, top, _BESIDE, chart, said_of, rows=24)
    return first + n + 1
