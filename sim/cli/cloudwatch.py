"""`desksim cloudwatch`: the metrics that CloudWatch would have shown of a result."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from sim.cli.instants import instant
from sim.cli.terminal import answer, grid, say

FORMATS = ("csv", "json")


@click.command(short_help="Show a result as CloudWatch would: points, CSV or JSON.")
@click.argument("run", required=False, metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "-m",
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="UserConnected, Available, ...; all by default. May be repeated.",
)
@click.option("--desktop", metavar="ID", help="One desktop, by its name or its user's.")
@click.option("--user", metavar="NAME", help="All desktops that a user has had.")
@click.option("--running-mode", metavar="MODE", help="Desktops while AlwaysOn, or while AutoStop.")
@click.option("--compute-type", metavar="TYPE", help="Desktops while they have a bundle: POWER.")
@click.option("--protocol", metavar="NAME", help="Desktops while they stream by WSP, or PCOIP.")
@click.option("--pool", metavar="NAME", help="One pool.")
@click.option(
    "--period",
    type=int,
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Length of a period, a multiple of 60.",
)
@click.option(
    "--statistic",
    "statistics",
    multiple=True,
    metavar="NAME",
    help="Average, Sum, Minimum, Maximum, SampleCount; all by default. May be repeated.",
)
@click.option(
    "--from",
    "begin",
    callback=instant,
    metavar="INSTANT",
    help="Beginning, by default that of the measured time: 2026-09-01, 2026-09-01T09:00Z.",
)
@click.option(
    "--to",
    "end",
    callback=instant,
    metavar="INSTANT",
    help="End, by default that of the measured time.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Rows, or JSON as get-metric-data prints it; by default as --out ends, else csv.",
)
@click.option(
    "--scan-by",
    type=click.Choice(["TimestampDescending", "TimestampAscending"]),
    default="TimestampDescending",
    show_default=True,
    help="Order of the points in JSON.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file."
)
@click.option("--list", "listed", is_flag=True, help="List all metrics, and those not determined.")
def cloudwatch(
    *,
    run: Path | None,
    metrics: tuple[str, ...],
    desktop: str | None,
    user: str | None,
    running_mode: str | None,
    compute_type: str | None,
    protocol: str | None,
    pool: str | None,
    period: int,
    statistics: tuple[str, ...],
    begin: datetime | None,
    end: datetime | None,
    form: str | None,
    scan_by: str,
    out: Path | None,
    listed: bool,
) -> None:
    """Show the result in the folder RUN as CloudWatch would have shown it.

    By default all metrics of all desktops together (DirectoryId), and of each pool. What a sample
    is, and when there is none, says docs/cloudwatch.md.
    """  # fmt: skip
    if listed:
        _list()
        return
    if run is None:
        raise click.UsageError("Missing argument 'RUN'.")
    kind = _format(form, out)
    from sim.api.cloudwatch import Query, series
    from sim.api.datapoints import Order, csv, metric_data
    from sim.api.stored import stored

    query = Query(
        metrics=metrics,
        desktop=desktop,
        user=user,
        running_mode=running_mode,
        compute_type=compute_type,
        protocol=protocol,
        pool=pool,
        period_s=period,
        statistics=statistics,
        begin=begin,
        end=end,
    )
    recorded = stored(run)
    found = series(recorded, query)
    if kind == "json":
        descending = scan_by == "TimestampDescending"
        order: Order = "TimestampDescending" if descending else "TimestampAscending"
        pieces = metric_data(recorded, found, order)
    else:
        pieces = csv(recorded, found)
    _write(pieces, out)


def _format(form: str | None, out: Path | None) -> str:
    """`csv` or `json`, as said, else as the file ends."""
    ends = out.suffix.removeprefix(".") if out else ""
    if form is None:
        form = ends if ends in FORMATS else "csv"
    if out is not None and ends != form:
        raise click.BadParameter(
            f"expected a file that ends in .{form}, got '{out}'", param_hint="--out"
        )
    return form


def _write(pieces: Iterator[str], out: Path | None) -> None:
    """To the file, whole or not at all, or to standard output as it comes."""
    if out is None:
        pour(pieces)
        return
    from sim.storage import replace_file

    # The first piece is made before a file is: a question that makes no sense leaves none.
    first = next(pieces, "")
    with (
        replace_file(out) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.write(first)
        file.writelines(pieces)


def pour(pieces: Iterable[str]) -> None:
    """Write text to standard output; whoever reads it may stop before the end, as `head` does."""
    try:
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes once more when it ends, and must find somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _list() -> None:
    """All metrics, and why some are not among them."""
    from sim.study.cloudwatch import ABSENT, NAMESPACE, OF_DESKTOPS, OF_DIRECTORY, OF_POOLS

    groups = {f"{NAMESPACE}, desktops": OF_DESKTOPS, "Directory": OF_DIRECTORY, "Pools": OF_POOLS}
    for title, metrics in groups.items():
        table = grid([title, "unit", "statistics", ""], words=4)
        table.columns[0].min_width = max(map(len, metrics))
        for metric in metrics.values():
            table.add_row(metric.name, metric.unit, _in_short(metric.statistics), metric.meaning)
        answer(table)
        say("")
    table = grid(["Not determined by a run", "because"], words=2)
    table.columns[0].min_width = max(map(len, ABSENT))
    for name, reason in ABSENT.items():
        table.add_row(name, reason)
    answer(table)


def _in_short(statistics: Sequence[str]) -> str:
    """`all`, `all but Sum`, or those that there are."""
    from sim.study.cloudwatch import STATISTICS

    missing = [name for name in STATISTICS if name not in statistics]
    if len(missing) > 1:
        return ", ".join(statistics)
    return f"all but {missing[0]}" if missing else "all"
