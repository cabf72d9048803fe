"""Of several runs: the sheet of runs, with what one may cost, and the sheet of measures."""

from decimal import Decimal

from sim.report.workbook.checks import Check
from sim.report.workbook.contents import StudyBook
from sim.report.workbook.sheets import Book
from sim.report.workbook.text import labels, to_places

RUNS, MEASURES = "Runs", "Measures"

QUANTILES = {
    10: "in 1 of 10 runs at most",
    50: "in half of the runs at most",
    90: "in 9 of 10 runs at most",
}
"""What the quantiles of runs say, by percent."""

_TOP, _HEAD = 4, 9
_NOTE = (
    "What each run costs in all, as it was simulated: the unit prices of the sheet Assumptions "
    "move the first run only, which is that of the sheet Charges. P10, P50 and P90 are values of "
    "runs, by nearest rank: P90 is the smallest that at least 90 % of the runs do not exceed. "
    "PERCENTILE.INC would say something else, as it interpolates."
)
_COLUMNS = ("measure", "fleet", "value", "low", "high", "unit", "n", "level", "method", "notes")
_NUMBERS = {**dict.fromkeys(("value", "low", "high"), "quantity"), "n": "count", "level": "percent"}
"""Columns of numbers, and how they are written."""


def rank(n: int, percent: int) -> int:
    """The rank, from 1, of a quantile of n values."""
    return max(1, -(-n * percent // 100))


def nearest_rank(block: str, percent: int) -> str:
    """The same as a formula: the quantile of the numbers of a block."""
    return f"SMALL({block},MAX(1,ROUNDUP(COUNT({block})*{percent}/100,0)))"


def write_runs(book: Book, study: StudyBook) -> list[Check]:
    """Write the sheet; what is to be checked of it."""
    sheet = book[RUNS]
    fleets = list(study.costs)
    n = len(study.costs[""])
    sheet.widths(34, *[20] * len(fleets))
    sheet.title("Runs")
    sheet.paragraph(1, _NOTE, "note", last=5, width=134)
    shown = ["All together", *labels(fleets[1:], "All together")]
    costs = [f"{label} [{book.head.currency}]" for label in shown]
    sheet.row(_TOP - 1, ["Over the runs", *costs], right=1)
    sheet.row(_HEAD, ["Run", *costs], right=1)
    sheet.table(_HEAD, n, len(fleets) + 1, keep=1)
    said = {0: "Mean of all runs"} | {p: f"P{p}: {words}" for p, words in QUANTILES.items()}
    for row, words in enumerate(said.values(), _TOP):
        sheet.text(row, 0, words)
    for run in range(n):
        sheet.number(_HEAD + 1 + run, 0, run, "number_of")
    checks = []
    for column, (fleet, label) in enumerate(zip(fleets, shown, strict=True), 1):
        values = [to_places(cost, 4) for cost in study.costs[fleet]]
        for row, value in enumerate(values, _HEAD + 1):
            sheet.number(row, column, value, "plain")
        block = sheet.place(_HEAD + 1, column, rows=n)
        for row, percent in enumerate(said, _TOP):
            value = (
                sum(values, Decimal(0)) / n if not percent else sorted(values)[rank(n, percent) - 1]
            )
            formula = nearest_rank(block.here, percent) if percent else f"AVERAGE({block.here})"
            sheet.formula(row, column, f"={formula}", value, "money")
            simulated = _said(study, percent, fleet)
            if simulated is not None:
                checks.append(
                    Check(
                        what=f"Cost of a run, P{percent}" if percent else "Cost of a run, mean",
                        of=label,
                        formula=f"={sheet.place(row, column)}",
                        value=float(value),
                        simulated=simulated,
                        allowed=0.0001,
                    )
                )
    return checks


def _said(study: StudyBook, percent: int, fleet: str) -> float | None:
    """What the study says of a quantile, or of the mean."""
    if percent:
        found = study.quantiles.get((percent, fleet))
        return None if found is None else float(found)
    means = (
        row["value"] for row in study.estimates if (row["measure"], row["fleet"]) == ("cost", fleet)
    )
    return next((value for value in means if isinstance(value, float)), None)


def write_measures(book: Book, study: StudyBook) -> None:
    """Write every measure with its interval, or why it has none."""
    sheet = book[MEASURES]
    sheet.widths(28, 24, 16, 16, 16, 8, 8, 8, 18, 90)
    sheet.title("Measures")
    sheet.text(
        1, 0, "What the runs say together; docs/studies.md tells which interval is which.", "key"
    )
    for column, name in enumerate(_COLUMNS):
        over = "right" if name in _NUMBERS else "after"
        sheet.text(3, column, name.capitalize(), f"head_{over}")
    sheet.table(3, len(study.estimates), len(_COLUMNS), keep=2)
    for row, found in enumerate(study.estimates, 4):
        for column, name in enumerate(_COLUMNS):
            value = found.get(name)
            if name in _NUMBERS and isinstance(value, int | float):
                sheet.number(row, column, value, _NUMBERS[name] if abs(value) < 1000 else "plain")
            elif value:
                sheet.text(row, column, str(value), "after")
