"""`desksim export`: a written result in the forms of other programs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.terminal import say

if TYPE_CHECKING:
    from sim.report.focus.forecast import Rows


@click.group(short_help="Write a result for other programs: FOCUS, Excel.")
def export() -> None:
    """Write a result in the forms of other programs."""


@export.command(short_help="The bill, or a forecast, as FOCUS 1.2, Parquet or CSV.")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where it goes, .parquet or .csv; by default FOLDER/focus.parquet.",
)
@click.option(
    "--focus-version",
    "version",
    type=click.Choice(["1.2", "1.4"]),
    default="1.2",
    show_default=True,
    help="Version of FOCUS; AWS exports 1.2.",
)
@click.option(
    "--account",
    default="simulated",
    show_default=True,
    metavar="ID",
    help="What BillingAccountId says.",
)
@click.option(
    "--rows",
    type=click.Choice(["mean", "quantiles", "runs"]),
    help="Of a forecast: the mean by month and cost centre, which adds up (by default); P10, P50 "
    "and P90 too, which do not; or every run.",
)
def focus(
    *, folder: Path, out: Path | None, version: str, account: str, rows: "Rows | None"
) -> None:
    """Write the result in FOLDER, of `desksim run` or `desksim forecast`, in the columns of FOCUS.

    Of a run one row for each charge, and one for what the invoice rounds off each of its lines, so
    that the sum of BilledCost is the total of the invoice. Of a forecast one row for each month and
    cost centre. docs/focus.md tells what each column says.
    """  # fmt: skip
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise click.BadParameter(
            f"expected a file that ends in .parquet or .csv, got '{out}'", param_hint="--out"
        )
    from sim.api.focus import bill_in, write_focus
    from sim.api.folder import FOCUS
    from sim.api.forecast_focus import is_forecast_folder, outlooks_in, write_forecast_focus

    file = folder / FOCUS if out is None else out
    if is_forecast_folder(folder):
        found = outlooks_in(folder, rows or "mean")
        written = write_forecast_focus(found, file, version=version, account=account)
    elif rows is not None:
        raise click.UsageError("--rows is for forecasts, and this is the result of a run")
    else:
        written = write_focus(bill_in(folder), file, version=version, account=account)
    many = f"{len(written):,} row{'s' * (len(written) != 1)} of FOCUS {version}"
    if written.empty:
        say(f"{many}, as nothing was charged: {file}")
    elif rows in ("quantiles", "runs"):
        say(f"{many}, which are no parts of one sum: {file}")
    else:
        currency, total = written["BillingCurrency"].iloc[0], sum(written["BilledCost"])
        say(f"{many}, {currency} {total:,.2f} in all: {file}")


@export.command(short_help="A workbook of Excel, with live formulas.")
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE.xlsx",
    help="Where it goes; by default FOLDER/workbook.xlsx.",
)
def excel(*, folder: Path, out: Path | None) -> None:
    """Write the result in FOLDER, of `desksim run` or `desksim forecast`, as a workbook.

    Of a run: what it cost, from unit prices to the total. Of a forecast: what a year costs a cost
    centre, and how surely. All sums are formulas; docs/workbook.md tells what may be changed.
    """
    if out is not None and out.suffix != ".xlsx":
        raise click.BadParameter(
            f"expected a file that ends in .xlsx, got '{out}'", param_hint="--out"
        )
    from sim.api.folder import WORKBOOK
    from sim.api.workbooks import write_workbook

    say(f"{write_workbook(folder, out or folder / WORKBOOK)}")
