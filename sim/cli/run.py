"""`desksim run`: simulate a scenario, once or many times, print the answer, write everything."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli import options
from sim.cli.precision import measures as known_measures
from sim.cli.precision import part
from sim.cli.terminal import answer, progress, say

if TYPE_CHECKING:
    from rich.console import RenderableType

    from sim.api import Run, Study


@click.command(short_help="Simulate a scenario: its bill, waiting, availability.")
@click.argument("file", type=click.Path(path_type=Path))
@options.out("Where results go, by default reports/NAME. An older result there is replaced.")
@options.overrides("the file: fleets.office.bundle=power")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
@options.QUIET
@click.option(
    "--facts",
    type=click.Choice(["full", "none", "all"]),
    default="full",
    show_default=True,
    help="Keep the fact tables, of several runs those of the first; or only the bill and the "
    "summary; or all runs in full, each in a folder of its own.",
)
@click.option(
    "--replication",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    help="Only this one of the independent runs of the scenario, from 0.",
)
@options.replications(
    "So many independent runs, for intervals; by default what the scenario asks for."
)
@click.option(
    "--until",
    callback=part,
    metavar="PERCENT",
    help="Or runs until the half-width of each measure is at most this part of it: 2%.",
)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    callback=known_measures,
    metavar="NAME",
    help="With --until, a measure to be known so well; by default cost, wait_mean_s and "
    "delivered_minutes. May be repeated.",
)
@click.option(
    "--least",
    type=click.IntRange(min=2),
    metavar="NUMBER",
    help="With --until, runs at least; by default 20.",
)
@click.option(
    "--most",
    type=click.IntRange(min=2),
    metavar="NUMBER",
    help="With --until, runs at most; by default 1000.",
)
@click.option(
    "--swings",
    is_flag=True,
    help="Also run it with each assumption lower and higher, and rank them by what they move.",
)
@options.WORKERS
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Replay this plan in place of the scenario's populations.",
)
@click.option(
    "--users", type=click.Path(path_type=Path), metavar="FILE", help="The users of that plan."
)
@options.NO_PROGRESS
def run(
    *,
    file: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    facts: str,
    replication: int | None,
    replications: int | None,
    until: float | None,
    measures: tuple[str, ...],
    least: int | None,
    most: int | None,
    swings: bool,
    workers: int | None,
    plan: Path | None,
    users: Path | None,
    no_progress: bool,
) -> None:
    """Simulate the scenario FILE: its bill, its waiting, its availability.

    Prints one screen and writes the whole result to a folder: summary.json, charges.csv,
    invoice.csv, resolved.yaml, report.html, the facts as Parquet and, of pools, CloudWatch's
    metrics. A result is written whole or not at all.

    With several replications it prints each measure with its interval, and writes them beside
    the first run, which is in full: study.json, estimates.csv, observations.csv.

    --swings runs it again with each assumption of the report lower and higher, all else being
    equal, and writes what each of them moves to swings.csv.
    """  # fmt: skip
    if users is not None and plan is None:
        raise click.UsageError("--users goes with --plan")
    if replications is not None and until is not None:
        raise click.UsageError("--replications or --until, not both")
    if replication is not None and (replications or until) is not None:
        raise click.UsageError("--replication is one run, --replications and --until are many")
    fewest, largest = _bounds(until, measures, least, most)
    with progress(shown=not (quiet or no_progress)) as told:
        told("reading", 0)
        from sim import api

        scenario = api.load(file, overrides)
        folder = out or Path("reports") / scenario.name
        several = until is not None or (replications or scenario.spec.replications) > 1
        if replication is None and several:
            many = api.replicate(
                scenario,
                replications,
                until=until,
                measures=measures or api.WATCHED,
                least=fewest,
                most=largest,
                executor=api.Processes(workers),
                facts="all" if facts == "all" else facts == "full",
                out=folder,
                progress=told,
                plan=plan,
                users=users,
                swings=swings,
            )
            assert many.first is not None  # which was run here, and not read back
            first, document = many.first, many.summary
        else:
            many = None
            first = api.run(
                scenario,
                replication=replication or 0,
                facts=facts != "none",
                out=folder,
                progress=told,
                plan=plan,
                users=users,
                swings=swings,
                executor=api.Processes(workers),
            )
            document = first.summary
    if as_json:
        say(json.dumps(document, indent=2, ensure_ascii=False))
    elif not quiet:
        _show(many, first, document, folder)


def _bounds(
    until: float | None, measures: tuple[str, ...], least: int | None, most: int | None
) -> tuple[int, int]:
    """Runs at least and at most.

    Raises:
        click.UsageError: when they, or measures, are given for nothing, or contradict one another.
    """
    if until is None:
        for given, option in ((measures, "measure"), (least, "least"), (most, "most")):
            if given:
                raise click.UsageError(f"--{option} goes with --until")
    fewest, largest = least or 20, most or 1000
    if largest < fewest:
        raise click.UsageError(f"--most {largest} is less than --least {fewest}")
    return fewest, largest


def _show(many: "Study | None", first: "Run", document: dict[str, Any], folder: Path) -> None:
    """The answer of one run, or of many."""
    moved: tuple[RenderableType, ...] = ()
    if first.swings is not None:
        from sim.cli.swings import swings

        moved = tuple(swings(first.swings))
    if many is None:
        from sim.cli.screen import screen

        answer(*screen(document), *moved)
        weeks = ", weeks.csv an interval for each wait" if (folder / "weeks.csv").exists() else ""
        say(
            f"\nWritten to {folder}: report.html is the same with figures, the tables beside it"
            f"{weeks}."
        )
    else:
        from sim.cli.study import study

        answer(*study(many), *moved)
        say(
            f"\nWritten to {folder}: report.html is the same with figures; estimates.csv and "
            "observations.csv have all runs, the tables beside them the first."
        )
