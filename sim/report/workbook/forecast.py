"""The workbook of a forecast: what the months to come cost, for each cost centre.

The first sheet asks for a cost centre and a year, and says what it costs: mean, P10, P50 and P90,
with what each of them says in words. All are formulas over the runs, which are a sheet of their
own. A quantile is by nearest rank, the value of a run, so it is SMALL and not PERCENTILE.
"""

from sim.report.workbook import inputs
from sim.report.workbook.budget import BUDGET, write_budget
from sim.report.workbook.checks import CHECKS, Check, write_checks
from sim.report.workbook.choice import write_choice
from sim.report.workbook.contents import ForecastBook
from sim.report.workbook.futures import RUNS, Futures, write_futures
from sim.report.workbook.inputs import ASSUMPTIONS, NAMED, NUMBER, UNIT, VALUE, WHAT, section
from sim.report.workbook.outlooks import BY_MONTH, BY_YEAR, write_outlooks
from sim.report.workbook.runs import QUANTILES, rank
from sim.report.workbook.sheets import MOST_ROWS, Book
from sim.report.workbook.summary import SUMMARY

_TOLD = (
    "Cells on a yellow ground may be changed, and everything that is said to be all included "
    "follows. Each has a name that formulas of your own can use. What is drawn, and prices that "
    "change, stand here as they were simulated: another forecast changes them."
)
_NOTES = (
    "What the formulas over the runs say beside what the simulator wrote. A quantile of n runs is "
    "the value of the one of rank ROUNDUP(n x percent / 100), in the workbook as in the simulator; "
    "PERCENTILE.INC and PERCENTILE.EXC interpolate and are not the same. Costs of runs have four "
    "places here and all of theirs there, hence 0.0001 for each amount that is added up."
)


def forecast_workbook(forecast: ForecastBook) -> bytes:
    """The file.

    Raises:
        ValueError: when a sheet has not so many rows or columns.
    """
    futures = Futures(forecast)
    if max(len(futures.rows), len(forecast.drawn)) > MOST_ROWS - 100:
        raise ValueError(
            f"{forecast.head.name}: expected fewer than {MOST_ROWS - 100:,} months of cost "
            "centres, and draws of assumptions, all that a sheet of Excel holds; the CSV files "
            "have no limit"
        )
    sheets = (SUMMARY, BY_MONTH, BY_YEAR, BUDGET, RUNS, ASSUMPTIONS, CHECKS)
    book = Book(forecast.head, *sheets)
    _assumptions(book, futures)
    write_futures(book, futures)
    months = write_outlooks(book, BY_MONTH, futures, 0, futures.years)
    years = write_outlooks(book, BY_YEAR, futures, futures.years, futures.since)
    budget = write_budget(book, futures)
    checked = write_choice(book, futures, months, years, budget)
    n = len(forecast.runs)
    runs = Check(
        what="Runs",
        of="All of them",
        formula="=runs",
        value=n,
        simulated=n,
        allowed=0,
        style="count",
    )
    checks = [runs, *years.checks, *budget.checks, *months.checks]
    write_checks(book, checks, _NOTES, shown=checked)
    return book.bytes()


def _assumptions(book: Book, futures: Futures) -> None:
    forecast = futures.forecast
    sheet = inputs.begin(book, _TOLD)
    asked = [inputs.budget_input(forecast.budget), *inputs.finance_inputs(book.head.currency)]
    row = inputs.write_inputs(book, inputs.FIRST, asked)
    row = _ranks(book, row, futures)
    lists = {
        "Cost centres, to choose from": ("cost_centers", futures.centers),
        "Years, to choose from": ("years", list(forecast.spans)),
    }
    for title, (name, shown) in lists.items():
        row = section(sheet, row, title)
        for at, label in enumerate(shown):
            sheet.number(row + at, NUMBER, at + 1, "number_of")
            sheet.text(row + at, WHAT, label)
        for column, called in ((NUMBER, f"{name}_no"), (WHAT, name)):
            book.name(called, sheet.place(row, column, rows=len(shown)))
        sheet.text(row, NAMED, name)
        row += len(shown) + 1
    row = section(sheet, row, "Prices that change")
    for change in forecast.price_changes:
        sheet.text(row, WHAT, change.what)
        sheet.text(row, UNIT, f"from {change.begins}")
        sheet.text(row, VALUE, change.change, "right")
        row += 1
    if not forecast.price_changes:
        sheet.text(row, WHAT, "none")
        row += 1
    row = section(sheet, row + 1, "What was drawn")
    for draw, assumption, value in sorted(forecast.drawn, key=lambda one: (one[1], one[0])):
        sheet.text(row, WHAT, assumption)
        sheet.text(row, UNIT, f"in draw {draw}")
        sheet.text(row, VALUE, value)
        row += 1
    if not forecast.drawn:
        sheet.text(row, WHAT, "nothing: all runs rest on the same assumptions")


def _ranks(book: Book, row: int, futures: Futures) -> int:
    """How many runs there are, and which of them is a quantile."""
    sheet, n = book[ASSUMPTIONS], len(futures.forecast.runs)
    row = section(sheet, row, "Quantiles by nearest rank")
    sheet.text(row, WHAT, "Runs")
    sheet.formula(row, VALUE, f"=COUNT({futures.place(0)})", n, "count")
    sheet.text(row, NAMED, book.name("runs", sheet.place(row, VALUE)))
    for percent, words in QUANTILES.items():
        row += 1
        sheet.text(row, WHAT, f"P{percent}: {words}")
        sheet.text(row, UNIT, "rank from below")
        formula = f"=MAX(1,ROUNDUP(runs*{percent}/100,0))"
        sheet.formula(row, VALUE, formula, rank(n, percent), "count")
        sheet.text(row, NAMED, book.name(f"rank_p{percent}", sheet.place(row, VALUE)))
    return row + 2
