"""`desksim export`: a written result in the forms of other programs."""

from pathlib import Path

import click

from sim.cli.terminal import say


@click.group(short_help="Write a result for other programs: FOCUS, Excel.")
def export() -> None:
    """Write a result in the forms of other programs."""


@export.command(short_help="The bill as FOCUS 1.2, Parquet or CSV.")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where it goes, .parquet or .csv; by default RUN/focus.parquet.",
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
def focus(*, run: Path, out: Path | None, version: str, account: str) -> None:
    """Write the bill of the result in the folder RUN in the columns of FOCUS.

    One row for each charge, and one for what the invoice rounds off each of its lines, so that the
    sum of BilledCost is the total of the invoice. docs/focus.md tells what each column says.
    """  # fmt: skip
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise click.BadParameter(
            f"expected a file that ends in .parquet or .csv, got '{out}'", param_hint="--out"
        )
    from sim.api.focus import bill_in, write_focus
    from sim.api.folder import FOCUS

    file = run / FOCUS if out is None else out
    rows = write_focus(bill_in(run), file, version=version, account=account)
    total = " ".join([*rows["BillingCurrency"].cat.categories, f"{sum(rows['BilledCost']):,.2f}"])
    say(f"{len(rows):,} rows of FOCUS {version}, {total} in all: {file}")


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
