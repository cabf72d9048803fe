"""The sheet of a forecast's runs: each column one possible future, each row a cost centre's month.

Months of a cost centre are what was simulated. All else is added up from them, run by run: all cost
centres together, years, and what is spent since the beginning of a year. A year's P90 is thus that
of the years of the same runs.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sim.report.workbook.contents import ForecastBook
from sim.report.workbook.runs import rank
from sim.report.workbook.sheets import MOST_COLUMNS, Book, Place, column_name
from sim.report.workbook.text import labels, to_places

RUNS = "Runs"
TOGETHER = "All cost centres"

KIND, CENTER, PERIOD, CENTER_NO, MONTH_NO, FIRST = range(6)
"""Columns of the sheet; runs begin at the last."""
_HEAD = 4
_NOTE = (
    "Each column is a run: one way in which the months may turn out. Months of a cost centre are "
    "what was simulated, to four places; the exact amounts are in forecast_runs.csv. All other "
    "rows add them up within each run."
)
MOST_RUNS = MOST_COLUMNS - FIRST


class Future(NamedTuple):
    """A row of the sheet: what each run spends on something."""

    kind: str
    """`month`, `year` or `since the year's beginning`."""
    center: int
    """Number of the cost centre; 0 is all together."""
    period: str
    formula: str
    """Of the first run, with `{c}` for its column; empty for what was simulated."""
    costs: Sequence[Decimal]
    month: int
    """Number of the month, from 1; of others 0."""
    terms: int
    """Amounts that are added up in it."""

    @property
    def mean(self) -> Decimal:
        """Mean of the runs."""
        return sum(self.costs, Decimal(0)) / len(self.costs)

    def quantile(self, percent: int) -> Decimal:
        """By nearest rank."""
        return sorted(self.costs)[rank(len(self.costs), percent) - 1]


class Futures:
    """All rows of the sheet, and where they stand.

    Raises:
        ValueError: when a sheet has not so many columns.
    """

    def __init__(self, forecast: ForecastBook) -> None:
        if len(forecast.runs) > MOST_RUNS:
            raise ValueError(
                f"{forecast.head.name}: expected at most {MOST_RUNS:,} runs, all that a sheet of "
                f"Excel has columns for, got {len(forecast.runs):,}; forecast_runs.csv has no limit"
            )
        self.forecast = forecast
        self.centers = [TOGETHER, *labels(forecast.cost_centers, TOGETHER)]
        self.rows: list[Future] = []
        self._months()
        self.years = len(self.rows)
        """Where rows of years begin; each has all cost centres, then each."""
        for name, months in forecast.spans.items():
            for center, _ in enumerate(self.centers):
                self._sum("year", center, name, months)
        self.since = len(self.rows)
        """Where rows of what is spent since the beginning of a year begin, month by month."""
        for months in list(forecast.spans.values())[: forecast.years]:
            for last, month in enumerate(months, 1):
                self._sum("since the year's beginning", 0, month, months[:last])

    def _months(self) -> None:
        months, centers = self.forecast.months, self.forecast.cost_centers
        n, runs = len(months), len(self.forecast.runs)
        costs = {
            key: [to_places(cost, 4) for cost in found]
            for key, found in self.forecast.costs.items()
        }
        nothing = [Decimal(0)] * runs
        first, last = _HEAD + 2 + n, _HEAD + 1 + n * (1 + len(centers))
        for number, month in enumerate(months, 1):
            parts = [costs.get((center, month), nothing) for center in centers]
            whole = [sum(each, Decimal(0)) for each in zip(*parts, strict=True)] or nothing
            block, keys = f"{{c}}${first}:{{c}}${last}", f"$E${first}:$E${last}"
            formula = f"=ROUND(SUMIFS({block},{keys},$E{_HEAD + 1 + number}),4)"
            self.rows.append(Future("month", 0, month, formula, whole, number, len(centers)))
        for center, name in enumerate(centers, 1):
            for number, month in enumerate(months, 1):
                found = costs.get((name, month), nothing)
                self.rows.append(Future("month", center, month, "", found, number, 1))

    def _sum(self, kind: str, center: int, period: str, months: Sequence[str]) -> None:
        """Add a row of what a cost centre spends in some months."""
        first = self.month(center, months[0])
        parts = self.rows[first : first + len(months)]
        costs = [sum(each, Decimal(0)) for each in zip(*(p.costs for p in parts), strict=True)]
        top, foot = _row(first) + 1, _row(first) + len(months)
        formula = f"=ROUND(SUM({{c}}{top}:{{c}}{foot}),4)"
        terms = sum(part.terms for part in parts)
        self.rows.append(Future(kind, center, period, formula, costs, 0, terms))

    def month(self, center: int, month: str) -> int:
        """Which row has a month of a cost centre."""
        return center * len(self.forecast.months) + list(self.forecast.months).index(month)

    def place(self, row: int) -> Place:
        """Where the costs of a row stand."""
        last = FIRST + len(self.forecast.runs) - 1
        return Place(RUNS, _row(row), FIRST, _row(row), last)


def _row(number: int) -> int:
    return _HEAD + 1 + number


def write_futures(book: Book, futures: Futures) -> None:
    """Write the sheet."""
    sheet, runs = book[RUNS], futures.forecast.runs
    sheet.widths(24, 26, 20, 10, 10)
    sheet.worksheet.set_column(FIRST, FIRST + len(runs) - 1, 13)
    sheet.title(f"Runs [{book.head.currency}]")
    sheet.text(1, 0, _NOTE, "key")
    sheet.row(_HEAD, ["Amount of a", "Cost centre", "Period", "Centre no.", "Month no."], right=3)
    for column, (draw, run) in enumerate(runs, FIRST):
        sheet.text(_HEAD - 1, column, f"draw {draw}", "right")
        sheet.text(_HEAD, column, f"run {run}", "head_right")
    sheet.table(_HEAD, len(futures.rows), FIRST + len(runs), keep=FIRST)
    sheet.worksheet.repeat_columns(0, PERIOD)
    sheet.worksheet.fit_to_pages(0, 0)
    sheet.worksheet.set_print_scale(60)
    for number, future in enumerate(futures.rows):
        at = _row(number)
        sheet.text(at, KIND, future.kind)
        sheet.text(at, CENTER, futures.centers[future.center])
        sheet.text(at, PERIOD, future.period)
        sheet.number(at, CENTER_NO, future.center + 1, "key")
        if future.month:
            sheet.number(at, MONTH_NO, future.month, "key")
        for column, cost in enumerate(future.costs, FIRST):
            if future.formula:
                formula = future.formula.format(c=column_name(column))
                sheet.formula(at, column, formula, cost, "plain")
            else:
                sheet.number(at, column, cost, "plain")
