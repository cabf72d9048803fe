"""The workbook: a result as a finance team works with it, in Excel.

A spreadsheet is the one form in which finance can follow a number to where it comes from, and ask
what if. So nothing that can be computed is pasted: sums, quantiles and probabilities are formulas
over the rows beside them, unit prices and budgets are cells with names, and a sheet of checks holds
what the formulas say against what the simulator said. The computed value is stored with each
formula, for programs that show a workbook and compute nothing.

A spreadsheet counts in binary with fifteen digits. Lines are rounded to the cent, as on an invoice,
and costs of runs to four places; exact amounts are in the CSV files and in FOCUS.

- `sim.report.workbook.run`: of one run, or of several
- `sim.report.workbook.forecast`: of a forecast

The same result gives the same bytes. There is no macro and no link to another file, and text from a
scenario is text, whatever it begins with.
"""

from sim.report.workbook.contents import (
    Charged,
    Expected,
    ForecastBook,
    Head,
    PriceChange,
    RunBook,
    StudyBook,
)

__all__ = [
    "Charged",
    "Expected",
    "ForecastBook",
    "Head",
    "PriceChange",
    "RunBook",
    "StudyBook",
]
