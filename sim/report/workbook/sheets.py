"""Sheets and their cells: each style, the print set-up, and references from one to another.

Rows and columns count from 0, as XlsxWriter counts them; references are written as Excel does.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from textwrap import wrap
from typing import Any, Final, NamedTuple

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_range_abs, xl_rowcol_to_cell

from sim.report.style import BLUE, GREEN, VERMILLION
from sim.report.workbook.contents import Head
from sim.report.workbook.text import clean, in_header, looks_like_formula

MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
"""What a sheet of Excel has. Source: Microsoft, Excel specifications and limits."""

CREATED: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""What the file says of its making: never the clock, so that equal results are equal files."""

_A4 = 9
_TOP = {"valign": "top"}
"""Where a cell begins, in a row of several lines."""
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_GREY, _PALE, _INPUT = "#595959", "#EDEDED", "#FFF6D5"


def _styles(currency: str) -> dict[str, dict[str, Any]]:
    unit = currency.replace('"', "")
    money = f'#,##0.00\\ "{unit}"'
    given = {"bg_color": _INPUT, "font_color": BLUE, "border": 1, "border_color": "#BFBFBF"}
    head = {"bold": True, "bg_color": _PALE, "bottom": 1, "text_wrap": True, "valign": "bottom"}
    return {
        "title": {"bold": True, "font_size": 16},
        "section": {"bold": True, "font_size": 12, "valign": "bottom"},
        "note": {"font_color": _GREY, "text_wrap": True},
        "said": {"text_wrap": True},
        "text": {},
        "after": {"align": "left", "indent": 1},
        "wrapped": {"text_wrap": True},
        "right": {"align": "right"},
        "number_of": {"align": "left"},
        "key": {"font_color": _GREY},
        "bold": {"bold": True},
        "head": head,
        "head_right": head | {"align": "right"},
        "head_after": head | {"align": "left", "indent": 1},
        "money": {"num_format": money},
        "money_total": {"num_format": money, "bold": True, "top": 1},
        "text_total": {"bold": True, "top": 1},
        "plain": {"num_format": "#,##0.00", "align": "right"},
        "plain_bold": {"num_format": "#,##0.00", "bold": True, "align": "right"},
        "plain_total": {"num_format": "#,##0.00", "bold": True, "top": 1},
        "cost": {"num_format": "#,##0.0000"},
        "count": {"num_format": "#,##0"},
        "quantity": {"num_format": "#,##0.0000"},
        "number": {"num_format": "#,##0.00######"},
        "price": {"num_format": "#,##0.00########", "align": "right"},
        "percent": {"num_format": "0.0%", "align": "right"},
        "percent_bold": {"num_format": "0.0%", "bold": True, "align": "right"},
        "input_text": given,
        "input_price": given | {"num_format": "#,##0.00########"},
        "input_percent": given | {"num_format": "0.00%"},
        "input_number": given | {"num_format": "#,##0.00######"},
        "input_money": given | {"num_format": "#,##0.00"},
        "input_choice": given | {"bold": True, "font_size": 12},
        "ok": {"font_color": GREEN, "bold": True},
        "wrong": {"font_color": VERMILLION, "bold": True},
    }


class Place(NamedTuple):
    """A cell of a sheet, or a block of cells."""

    sheet: str
    row: int
    column: int
    last_row: int
    last_column: int

    def __str__(self) -> str:
        """As it is written in a formula on any sheet."""
        return f"'{self.sheet}'!{self.here}"

    def nth(self, row: int) -> "Place":
        """One of its rows, from 0."""
        return self._replace(row=self.row + row, last_row=self.row + row)

    @property
    def here(self) -> str:
        """As it is written on its own sheet."""
        if (self.row, self.column) == (self.last_row, self.last_column):
            return str(xl_rowcol_to_cell(self.row, self.column, row_abs=True, col_abs=True))
        return str(xl_range_abs(self.row, self.column, self.last_row, self.last_column))


def cell(row: int, column: int, *, fixed: str = "") -> str:
    """A cell of the same sheet: `B5`; with `fixed="column"` `$B5`."""
    return str(xl_rowcol_to_cell(row, column, col_abs=fixed == "column"))


def column_name(column: int) -> str:
    """`A` for 0."""
    return str(xl_col_to_name(column))


class Book:
    """A workbook that is being written."""

    def __init__(self, head: Head, *sheets: str) -> None:
        self.head = head = replace(head, currency=clean(head.currency, 8))
        self._file = BytesIO()
        self.workbook: Any = xlsxwriter.Workbook(self._file, _OPTIONS)
        self.workbook.set_properties(
            {"title": clean(head.name, 200), "author": "desksim", "created": CREATED}
        )
        self._styles = _styles(head.currency)
        self._formats: dict[tuple[str, bool], Any] = {}
        self.sheets = {name: Sheet(self, self.workbook.add_worksheet(name)) for name in sheets}

    def __getitem__(self, name: str) -> "Sheet":
        return self.sheets[name]

    def format(self, style: str, *, quoted: bool = False) -> Any:
        """The format of a style; `quoted` keeps text text when somebody edits the cell."""
        key = (style, quoted)
        if key not in self._formats:
            more = {"quote_prefix": True} if quoted else {}
            self._formats[key] = self.workbook.add_format(_TOP | self._styles[style] | more)
        return self._formats[key]

    def name(self, defined: str, place: Place) -> str:
        """Give a place a name that formulas and people can use."""
        self.workbook.define_name(defined, f"={place}")
        return defined

    def bytes(self) -> bytes:
        """The file."""
        self.workbook.close()
        return self._file.getvalue()


class Sheet:
    """A sheet, printed in landscape on as many pages as it is long."""

    def __init__(self, book: Book, worksheet: Any) -> None:
        self.book = book
        self.worksheet = worksheet
        self.name: str = worksheet.get_name()
        head = book.head
        worksheet.set_landscape()
        worksheet.set_paper(_A4)
        worksheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.75)
        worksheet.hide_gridlines(2)
        worksheet.set_header(f"&L{in_header(head.name)}&R&A")
        worksheet.set_footer(f"&LPrices as of {in_header(head.as_of)}&RPage &P of &N")
        worksheet.fit_to_pages(1, 0)

    def text(self, row: int, column: int, value: str, style: str = "text") -> None:
        """Write text, whatever it looks like."""
        shown = clean(value)
        form = self.book.format(style, quoted=looks_like_formula(shown))
        self.worksheet.write_string(row, column, shown, form)

    def wrapped(self, row: int, column: int, value: str, width: int) -> None:
        """Write text in a column `width` characters wide, its row as high as its lines."""
        self.text(row, column, value, "wrapped")
        self.worksheet.set_row(row, 15 * _lines(value, width))

    def title(self, value: str) -> None:
        """Write the first row."""
        self.text(0, 0, value, "title")
        self.worksheet.set_row(0, 24)

    def number(self, row: int, column: int, value: Decimal | float, style: str) -> None:
        """Write a number."""
        self.worksheet.write_number(row, column, float(value), self.book.format(style))

    def formula(
        self, row: int, column: int, formula: str, value: Decimal | float | str, style: str
    ) -> None:
        """Write a formula with the value that it has."""
        stored = clean(value) if isinstance(value, str) else float(value)
        self.worksheet.write_formula(row, column, formula, self.book.format(style), stored)

    def blank(self, row: int, column: int, style: str) -> None:
        """Leave a cell empty that somebody may fill."""
        self.worksheet.write_blank(row, column, None, self.book.format(style))

    def row(self, row: int, texts: list[str], style: str = "head", *, right: int = 99) -> None:
        """Write texts side by side; from the column `right` on they stand over numbers."""
        for column, value in enumerate(texts):
            over = "_right" if style == "head" and column >= right else ""
            self.text(row, column, value, style + over)

    def paragraph(self, row: int, value: str, style: str, *, last: int, width: int) -> None:
        """Write a sentence across columns, as high as its lines.

        Args:
            row: where.
            value: the sentence.
            style: how.
            last: the column where it ends.
            width: of these columns together [characters].
        """
        self.worksheet.merge_range(row, 0, row, last, "", self.book.format(style))
        self.text(row, 0, value, style)
        self.worksheet.set_row(row, 15.5 * _lines(value, width))

    def place(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> Place:
        """A block of cells; one without rows has an empty one, as a formula needs."""
        return Place(self.name, row, column, row + max(1, rows) - 1, column + max(1, columns) - 1)

    def widths(self, *widths: float) -> None:
        """How wide columns are from the first on [characters]."""
        for column, width in enumerate(widths):
            self.worksheet.set_column(column, column, width)

    def table(self, head: int, rows: int, columns: int, *, keep: int = 0) -> None:
        """Rows under a head that stays in sight, is printed on each page, and filters.

        Args:
            head: its row.
            rows: below it.
            columns: how many.
            keep: columns that stay in sight.
        """
        self.worksheet.freeze_panes(head + 1, keep)
        self.worksheet.repeat_rows(head)
        self.worksheet.autofilter(head, 0, head + max(1, rows), columns - 1)

    def judged(self, place: Place) -> None:
        """Show OK and anything else in different colours, beside the word."""
        for criteria, style in (("==", "ok"), ("!=", "wrong")):
            self.worksheet.conditional_format(
                *place[1:],
                {
                    "type": "cell",
                    "criteria": criteria,
                    "value": '"OK"',
                    "format": self.book.format(style),
                },
            )


def _lines(value: str, width: int) -> int:
    """Lines that text takes, at a guess: spreadsheets break addresses where they have slashes."""
    return max(1, len(wrap(clean(value).replace("/", "/ "), max(1, width))))
