"""A workbook as another program has it: what is stored in it, and what its formulas come to.

The library `formulas` computes every formula anew from the file, and knows nothing of desksim.
"""

import logging
import warnings
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import openpyxl

Cell = tuple[str, str]
"""A sheet and a cell of it: `("Summary", "B12")`."""
Value = float | str | bool | None


class Spreadsheet:
    """A file of Excel."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def _formulas(self) -> Any:
        return openpyxl.load_workbook(self.file)

    @cached_property
    def _values(self) -> Any:
        return openpyxl.load_workbook(self.file, data_only=True)

    @property
    def sheets(self) -> list[str]:
        """Names of the sheets in their order."""
        return list(self._formulas.sheetnames)

    @property
    def names(self) -> dict[str, str]:
        """Defined names with what they stand for: `'Assumptions'!$D$6`."""
        found = self._formulas.defined_names
        return {name: found[name].attr_text for name in found if not name.startswith("_xlnm")}

    def sheet(self, name: str) -> Any:
        """A sheet as openpyxl has it, with its stored values."""
        return self._values[name]

    def formulas(self) -> dict[Cell, str]:
        """Every formula."""
        return {
            (sheet.title, cell.coordinate): cell.value
            for sheet in self._formulas
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        }

    def texts(self) -> list[str]:
        """Every text that is none."""
        return [
            cell.value
            for sheet in self._formulas
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "s"
        ]

    def stored(self, sheet: str, cell: str) -> Value:
        """What a program shows that computes nothing."""
        value: Value = self._values[sheet][cell].value
        return value

    def where(self, name: str) -> Cell:
        """The cell that has a defined name."""
        sheet, cell = self.names[name].rsplit("!", 1)
        return sheet.strip("'"), cell.replace("$", "")

    def named(self, name: str) -> Value:
        """What is stored in the cell that has a defined name."""
        return self.stored(*self.where(name))

    def column(self, sheet: str, title: str, head: int) -> list[Value]:
        """Values below a title in the row `head`, from 1."""
        at = next(cell.column for cell in self._values[sheet][head] if cell.value == title)
        rows = self._values[sheet].iter_rows(min_row=head + 1, min_col=at, max_col=at)
        return [cell.value for (cell,) in rows]

    def computed(self, changes: Mapping[str, float | str] | None = None) -> dict[Cell, Value]:
        """Every formula's value, computed anew; `changes` are put into cells by their names."""
        inputs = {self._key(*self.where(name)): value for name, value in (changes or {}).items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            solution = self._model.calculate(inputs=inputs or None)
        return {cell: _plain(solution[self._key(*cell)]) for cell in self.formulas()}

    @cached_property
    def _model(self) -> Any:
        """The formulas, translated; that takes longer than to compute them."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import formulas

            logging.getLogger("formulas").setLevel(logging.ERROR)
            return formulas.ExcelModel().loads(str(self.file)).finish()

    def _key(self, sheet: str, cell: str) -> str:
        return f"'[{self.file.name}]{sheet.upper()}'!{cell}"


def _plain(found: Any) -> Value:
    """The value of a range of one cell; an error is its text."""
    value = found.value[0, 0]
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def differences(
    book: Spreadsheet, computed: Mapping[Cell, Value], allowed: float = 1e-6
) -> list[tuple[Cell, str, Value, Value]]:
    """Formulas whose stored value is not what they come to."""
    found = []
    for cell, formula in book.formulas().items():
        stored, value = book.stored(*cell), computed[cell]
        if isinstance(stored, int | float) and isinstance(value, int | float):
            same = abs(stored - value) <= allowed
        else:
            same = stored == value
        if not same:
            found.append((cell, formula, stored, value))
    return found
