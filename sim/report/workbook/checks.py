"""The sheet of checks: what the formulas say, and what the simulator said."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.report.workbook.sheets import Book, Place, cell

CHECKS = "Checks"
RESULT = "checks_result"
"""Name of the cell with the result of all checks."""

_HEAD = 4
_COLUMNS = ("What", "Of what", "By formulas", "By the simulator", "Difference", "Allowed", "Result")
_WIDTHS = (44, 44, 20, 20, 18, 16, 18)


@dataclass(frozen=True, kw_only=True)
class Check:
    """A number that is computed twice."""

    what: str
    of: str
    formula: str
    value: float
    """Of the formula, as the workbook is written."""
    simulated: float
    allowed: float
    """How far they may lie apart, by rounding alone."""
    style: str = "cost"


def write_checks(
    book: Book, checks: Sequence[Check], notes: str, *, shown: Place, excuse: str = ""
) -> None:
    """Write the sheet, and give its result the name `checks_result`.

    Args:
        book: where.
        checks: at least one.
        notes: how the two are made.
        shown: where else the result of all is to be seen.
        excuse: a cell with a number of changes by the reader that explain a difference, if any.
    """
    sheet = book[CHECKS]
    sheet.widths(*_WIDTHS)
    sheet.title("Checks")
    sheet.paragraph(1, notes, "note", last=6, width=sum(_WIDTHS))
    wrong = f'IF({excuse}>0,"PRICE CHANGED","WRONG")' if excuse else '"WRONG"'
    first = _HEAD + 1
    results = sheet.place(first, 6, rows=len(checks))
    sheet.text(2, 0, f"All {len(checks):,} checks", "bold")
    everything = f'COUNTIF({results.here},"OK")={len(checks)}'
    sheet.formula(2, 2, f'=IF({everything},"OK",{wrong})', _together(checks), "bold")
    whole = sheet.place(2, 2)
    book.name(RESULT, whole)
    book[shown.sheet].formula(shown.row, shown.column, f"={RESULT}", _together(checks), "bold")
    book[shown.sheet].judged(shown)
    sheet.row(_HEAD, list(_COLUMNS), right=2)
    sheet.text(_HEAD, 6, _COLUMNS[6], "head_after")
    for row, check in enumerate(checks, first):
        sheet.text(row, 0, check.what)
        sheet.text(row, 1, check.of)
        sheet.formula(row, 2, check.formula, check.value, check.style)
        sheet.number(row, 3, check.simulated, check.style)
        by_formulas, by_simulator = cell(row, 2), cell(row, 3)
        difference = f"=ROUND({by_formulas}-{by_simulator},6)"
        sheet.formula(row, 4, difference, _difference(check), "number")
        sheet.number(row, 5, check.allowed, "number")
        found = f'=IF(ABS({cell(row, 4)})<={cell(row, 5)},"OK",{wrong})'
        sheet.formula(row, 6, found, "OK" if _holds(check) else "WRONG", "after")
    sheet.table(_HEAD, len(checks), len(_COLUMNS))
    sheet.judged(results)
    sheet.judged(whole)


def _difference(check: Check) -> float:
    return round(check.value - check.simulated, 6)


def _holds(check: Check) -> bool:
    return abs(_difference(check)) <= check.allowed


def _together(checks: Sequence[Check]) -> str:
    return "OK" if all(map(_holds, checks)) else "WRONG"
