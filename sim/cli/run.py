"""`desksim run`: simulate a scenario once, print the answer, write everything."""

import json
from pathlib import Path

import click

from sim.cli.terminal import answer, progress, say


@click.command(short_help="Simulate a scenario: its bill, waiting, availability.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where results go, by default reports/NAME. An older result there is replaced.",
)
@click.option(
    "-s",
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Lay a setting over the file: fleets.office.bundle=power. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON document.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but problems.")
@click.option(
    "--facts",
    type=click.Choice(["full", "none"]),
    default="full",
    show_default=True,
    help="Keep the fact tables, or only the bill and the summary.",
)
@click.option(
    "--replication",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="Which independent run of the scenario.",
)
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Replay this plan in place of the scenario's populations.",
)
@click.option(
    "--users", type=click.Path(path_type=Path), metavar="FILE", help="The users of that plan."
)
@click.option("--no-progress", is_flag=True, help="Do not show how far it is.")
def run(
    *,
    file: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    facts: str,
    replication: int,
    plan: Path | None,
    users: Path | None,
    no_progress: bool,
) -> None:
    """Simulate the scenario FILE once: its bill, its waiting, its availability.

    Prints one screen and writes the whole result to a folder: summary.json, charges.csv,
    invoice.csv, resolved.yaml, report.html, the facts as Parquet and, of pools, CloudWatch's
    metrics. A result is written whole or not at all.
    """  # fmt: skip
    if users is not None and plan is None:
        raise click.UsageError("--users goes with --plan")
    with progress(shown=not (quiet or no_progress)) as told:
        told("reading", 0)
        from sim import api

        scenario = api.load(file, overrides)
        folder = out or Path("reports") / scenario.name
        result = api.run(
            scenario,
            replication=replication,
            facts=facts == "full",
            out=folder,
            plan=plan,
            users=users,
            progress=told,
        )
    if as_json:
        say(json.dumps(result.summary, indent=2, ensure_ascii=False))
    elif not quiet:
        from sim.cli.screen import screen

        answer(*screen(result.summary))
        say(f"\nWritten to {folder}: report.html is the same with figures, the tables beside it.")
