"""The workbook of a run: what it cost, by live formulas from unit prices to the total.

A line of the invoice is rounded to the cent, and a cost centre has a part of it. Each part is
rounded by itself, so that a cost centre's amounts add up to the cent too; where a line has several,
a row below them says what their rounding leaves of that of the line. The sum of the amounts is thus
the total of the invoice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal

from sim.report.workbook import inputs
from sim.report.workbook.charges import CHARGES, LINES, Charges, write_charges
from sim.report.workbook.checks import CHECKS, Check, write_checks
from sim.report.workbook.contents import RunBook
from sim.report.workbook.months import BY_MONTH, write_months
from sim.report.workbook.prices import CHANGED, UNIT_PRICES, write_prices, write_settings
from sim.report.workbook.runs import MEASURES, RUNS, write_measures, write_runs
from sim.report.workbook.sheets import Book
from sim.report.workbook.summary import SUMMARY, Listed, Summary, write_summary

_TOLD = (
    "Cells on a yellow ground may be changed, and everything follows: unit prices move charges and "
    "totals, what finance adds moves the cost in the reporting currency. Each has a name that "
    "formulas of your own can use. Settings of the scenario change what happens, so they need "
    "another simulation."
)
_NOTES = (
    "Sums of the live formulas beside the totals that the simulator wrote. They agree to the cent "
    "as long as nobody has changed a unit price; then the difference is what the change does. "
    "Rows of a cost centre are rounded to the cent each, its exact cost is not, hence half a cent "
    "for each row."
)
_TOGETHER = "All together"
_CENT, _HALF_A_CENT = 0.01, 0.005


def run_workbook(run: RunBook) -> bytes:
    """The file.

    Raises:
        ValueError: when a sheet has not so many rows.
    """
    charges = Charges(run)
    more = () if run.study is None else (RUNS, MEASURES)
    book = Book(run.head, SUMMARY, BY_MONTH, inputs.ASSUMPTIONS, CHARGES, *more, CHECKS)
    inputs.begin(book, _TOLD)
    row = inputs.write_inputs(book, inputs.FIRST, inputs.finance_inputs(run.head.currency))
    prices, row = write_prices(book, row, run.charges)
    write_settings(book, row, run.assumptions)
    write_charges(book, charges, prices)
    kinds = write_months(book, charges)
    summary = write_summary(book, charges, kinds)
    checks = list(_checks(run, charges, summary, len(prices)))
    if run.study is not None:
        checks += write_runs(book, run.study)
        write_measures(book, run.study)
    write_checks(book, checks, _NOTES, shown=summary.checked, excuse=CHANGED)
    return book.bytes()


def _checks(run: RunBook, charges: Charges, summary: Summary, prices: int) -> Iterator[Check]:
    near = _CENT * charges.otherwise
    yield Check(
        what="Cost",
        of=_TOGETHER,
        formula=f"={summary.total}",
        value=float(charges.total),
        simulated=float(run.total),
        allowed=near,
    )
    lines = (f"=MAX({LINES})", charges.lines, len(run.invoice))
    missing = (f"={prices}-COUNT({UNIT_PRICES})", 0, 0)
    numbers = {"Lines of the invoice": lines, "Prices that are missing": missing}
    for what, (formula, value, simulated) in numbers.items():
        yield Check(
            what=what,
            of=_TOGETHER,
            formula=formula,
            value=value,
            simulated=simulated,
            allowed=0,
            style="count",
        )
    for part, way in enumerate((charges.months, charges.fleets, charges.kinds)):
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for line, amount in run.invoice.items():
            expected[str(line[part])] += amount
        allowed = dict.fromkeys(expected, near)
        yield from _each(summary.lists[way.title], expected, allowed)
    centers = charges.centers
    half = {name: _HALF_A_CENT * centers.rows[number] for name, number in centers.number.items()}
    yield from _each(summary.lists[centers.title], run.exact, half)


def _each(
    found: Listed, expected: Mapping[str, Decimal], allowed: Mapping[str, float]
) -> Iterator[Check]:
    """A check of each row of a list."""
    way = found.way
    for name, number in way.number.items():
        yield Check(
            what=way.title,
            of=way.shown[number - 1],
            formula=f"={found.amounts.nth(number - 1)}",
            value=float(way.amounts[number]),
            simulated=float(expected[name]),
            allowed=allowed[name],
        )
