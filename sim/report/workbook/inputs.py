"""What may be changed: discount, contingency, tax, an exchange rate, a budget.

A list price is not what a budget carries. What stands between them is different for each company,
so these are cells with names whose defaults change nothing: no discount, no tax, a rate of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sim.report.workbook.sheets import Book, Sheet

ASSUMPTIONS = "Assumptions"
COLUMNS = (
    *("No.", "What", "Unit", "Value", "Before any change", "Currency", "As of"),
    *("Defined name", "Meaning and source"),
)
MEANS = 70
"""Width of the column of meanings [characters]."""
NUMBER, WHAT, UNIT, VALUE, BEFORE, CURRENCY, AS_OF, NAMED, MEANING = range(9)
"""Columns of the sheet, the same for everything that is assumed."""

FIRST = 4
"""The first row below the head."""

_WIDTHS = (5, 54, 17, 16, 16, 10, 12, 58, MEANS)
_FROM_NOTHING = {"validate": "decimal", "criteria": ">=", "value": 0}
_ABOVE_NOTHING = {"validate": "decimal", "criteria": ">", "value": 0}
_A_PART = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}


@dataclass(frozen=True, kw_only=True)
class Input:
    """A cell that somebody may change."""

    what: str
    unit: str
    name: str
    meaning: str
    value: Decimal | str | None
    style: str
    valid: dict[str, Any] | None = None
    """What may be written into it, as XlsxWriter says it."""


def finance_inputs(currency: str) -> list[Input]:
    """What lies between a list price and a budget, with values that change nothing."""
    return [
        Input(
            what="Discount on list prices",
            unit="part of the cost",
            name="discount",
            meaning="Of a private pricing agreement (EDP) or the like. Prices are list prices.",
            value=Decimal(0),
            style="input_percent",
            valid=_A_PART,
        ),
        Input(
            what="Contingency",
            unit="part of the cost",
            name="contingency",
            meaning="Added after the discount, for what nobody has thought of.",
            value=Decimal(0),
            style="input_percent",
            valid=_FROM_NOTHING,
        ),
        Input(
            what="Tax rate",
            unit="part of the cost",
            name="tax_rate",
            meaning="Added after discount and contingency. No price includes tax.",
            value=Decimal(0),
            style="input_percent",
            valid=_FROM_NOTHING,
        ),
        Input(
            what="Exchange rate",
            unit=f"per {currency}",
            name="exchange_rate",
            meaning=f"What one {currency} is in the reporting currency.",
            value=Decimal(1),
            style="input_number",
            valid=_ABOVE_NOTHING,
        ),
        Input(
            what="Reporting currency",
            unit="code",
            name="reporting_currency",
            meaning="Only shown; the exchange rate does the work.",
            value=currency,
            style="input_text",
        ),
    ]


def budget_input(budget: Decimal | None) -> Input:
    """What twelve months may cost."""
    return Input(
        what="Budget for twelve months, all cost centres",
        unit="reporting currency",
        name="budget",
        meaning="Compared with the cost after discount, contingency, tax and exchange rate. "
        "Leave it empty where there is none.",
        value=budget,
        style="input_money",
        valid=_FROM_NOTHING,
    )


def begin(book: Book, told: str) -> Sheet:
    """The sheet with its title, and what may be done on it."""
    sheet = book[ASSUMPTIONS]
    sheet.widths(*_WIDTHS)
    sheet.title("Assumptions")
    sheet.paragraph(1, told, "note", last=MEANING, width=sum(_WIDTHS))
    sheet.worksheet.freeze_panes(4, 0)
    sheet.worksheet.repeat_rows(3)
    sheet.row(3, list(COLUMNS))
    return sheet


def section(sheet: Sheet, row: int, title: str) -> int:
    """A heading; the row below it."""
    sheet.text(row, 0, title, "section")
    return row + 1


def write_inputs(book: Book, row: int, inputs: Sequence[Input]) -> int:
    """Cells with names, then what they come to together; the row below."""
    sheet = book[ASSUMPTIONS]
    row = section(sheet, row, "What finance adds")
    for one in inputs:
        _write(book, row, one)
        row += 1
    sheet.text(row, WHAT, "All of these together")
    sheet.text(row, UNIT, "factor")
    formula = "=ROUND((1-discount)*(1+contingency)*(1+tax_rate)*exchange_rate,12)"
    sheet.formula(row, VALUE, formula, 1, "number")
    sheet.number(row, BEFORE, 1, "number")
    sheet.text(row, NAMED, book.name("adjustment", sheet.place(row, VALUE)))
    sheet.text(row, MEANING, "List cost times this is the cost in the reporting currency.")
    return row + 2


def _write(book: Book, row: int, one: Input) -> None:
    sheet = book[ASSUMPTIONS]
    sheet.text(row, WHAT, one.what)
    sheet.text(row, UNIT, one.unit)
    shown = one.style.removeprefix("input_").replace("money", "plain")
    match one.value:
        case None:
            sheet.blank(row, VALUE, one.style)
            sheet.text(row, BEFORE, "none", "right")
        case str():
            sheet.text(row, VALUE, one.value, one.style)
            sheet.text(row, BEFORE, one.value, "right")
        case _:
            sheet.number(row, VALUE, one.value, one.style)
            sheet.number(row, BEFORE, one.value, shown)
    sheet.text(row, NAMED, book.name(one.name, sheet.place(row, VALUE)))
    sheet.wrapped(row, MEANING, one.meaning, MEANS)
    if one.valid:
        sheet.worksheet.data_validation(row, VALUE, row, VALUE, {**one.valid, "ignore_blank": True})
