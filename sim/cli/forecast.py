"""`desksim forecast`: what the months to come cost, how surely, and whether the budget holds."""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from sim.cli import options
from sim.cli.terminal import answer, grid, progress, say

if TYPE_CHECKING:
    from sim.api.forecasting import Forecast
    from sim.study.forecasting import Outlook

_NAME = 12
"""Least width of the names of cost centres."""


@click.command(short_help="Say what the months to come cost, and at most, by cost centre.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--months",
    type=click.IntRange(1, 120),
    metavar="NUMBER",
    help="Calendar months to look ahead, by default 12, or what FILE says.",
)
@click.option(
    "--draws", type=click.IntRange(min=1), metavar="NUMBER", help="Draws of the assumptions."
)
@options.replications("Runs of each draw; without assumptions the runs.")
@click.option("--budget", metavar="AMOUNT", help="What twelve months may cost.")
@click.option(
    "--cost-center",
    metavar="NAME",
    help="Print the answer for this cost centre alone; the files have all of them.",
)
@options.overrides("the scenario")
@options.WORKERS
@options.out("Where results go, by default reports/NAME.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@options.QUIET
@options.NO_PROGRESS
def forecast(
    *,
    file: Path,
    months: int | None,
    draws: int | None,
    replications: int | None,
    budget: str | None,
    cost_center: str | None,
    overrides: tuple[str, ...],
    workers: int | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    no_progress: bool,
) -> None:
    """Run a forecast FILE, or a scenario FILE, over the months to come, and say what they cost.

    \b
    desksim forecast scenarios/studies/next-year.yaml
    desksim forecast scenarios/studies/next-year.yaml --cost-center analytics
    desksim forecast scenarios/remote-office.yaml --months 18 --budget 200000
    """  # noqa: D301 # \b keeps the lines as they are
    if as_json and cost_center is not None:
        raise click.UsageError("--json prints all cost centres: leave out --cost-center")
    with progress(shown=not (quiet or no_progress)) as told:
        told("reading", 0)
        from sim import api

        found = api.forecast(
            file,
            months=months,
            draws=draws,
            replications=replications,
            budget=budget,
            cost_center=cost_center,
            overrides=overrides,
            executor=api.Processes(workers),
            out=lambda name: out or Path("reports") / name,
            progress=told,
        )
    if as_json:
        say(json.dumps(found.summary, indent=2, ensure_ascii=False))
    elif not quiet:
        answer(*_screen(found, cost_center or ""))
        folder = out or Path("reports") / found.name
        say(
            f"\nWritten to {folder}: forecast.html is the page to read, forecast.csv has each "
            "month and cost centre, forecast.json everything."
        )


def _screen(found: "Forecast", cost_center: str) -> Iterator[RenderableType]:
    """The answer, the years by cost centre, then month by month; of one cost centre, or of all."""
    spec = found.scenario.spec
    yield Text(found.name, style="bold")
    if cost_center and cost_center not in found.runs.cost_centers:
        yield Text(f"Nothing is charged to {cost_center}.")
        return
    yield Text("\n".join(found.answer(cost_center)))
    yield from _years(found, cost_center)
    yield _months(found, cost_center)
    told = "; ".join(f"{step.what} from {step.month}" for step in found.price_changes)
    changes = f"; prices that change: {told}" if told else ""
    yield Text(
        f"{found.basis}; seed {spec.seed}, scenario {found.scenario.hash[:12]}, prices "
        f"{found.scenario.prices.name} as of {found.scenario.prices.as_of}{changes}",
        style="dim",
    )


def _years(found: "Forecast", cost_center: str) -> Iterator[Table]:
    """A table for each year and for the whole forecast, cost centre by cost centre."""
    from sim.report.forecasts import percent

    for span, rows in groupby(found.by_year, lambda one: one.span):
        table = _table(f"{span.name} [{found.currency}]", "cost centre", "assumptions")
        for one in rows:
            if cost_center in ("", one.cost_center):
                split = found.runs.split(span, one.cost_center)
                share = "-" if split is None else percent(split.share, level=False)
                _row(table, one.cost_center or "all together", one, share)
        yield table


def _months(found: "Forecast", cost_center: str) -> Table:
    """One cost centre, or all together; the files have each of them."""
    title = f"{cost_center or 'All together'}, by month [{found.currency}]"
    table = _table(title, "month", "held")
    for one in found.by_month:
        if one.cost_center == cost_center:
            held = "-" if one.held.value is None else f"{100 * one.held.value:.0f} %"
            _row(table, one.span.name, one, held)
    return table


def _table(title: str, first: str, last: str) -> Table:
    heads = [first, "mean", "P10", "P50", "P90", "P90 is known to", last]
    table = grid(heads, title=f"{title}; P90: 9 of 10 runs cost at most this")
    table.columns[0].min_width = _NAME
    return table


def _row(table: Table, name: str, one: "Outlook", last: str) -> None:
    from sim.report.forecasts import amounts, interval, spread

    # Why there is none is said above, and in the files.
    known = "-" if one.p90.low is None else interval(one.p90, spread(one))
    table.add_row(name, *amounts(one), known, last)
