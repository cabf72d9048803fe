"""`desksim plan`: the people of a scenario as files, to look at, edit and replay."""

from pathlib import Path

import click

from sim.cli.terminal import say


@click.command(short_help="Write what the people of a scenario intend.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="Where the files go, by default here.",
)
@click.option(
    "--format",
    "suffix",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="What kind of files.",
)
@click.option(
    "-s",
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Lay a setting over the file. May be repeated.",
)
@click.option(
    "--replication",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="Which independent run of the scenario.",
)
def plan(file: Path, out: Path, suffix: str, overrides: tuple[str, ...], replication: int) -> None:
    """Write what the people of the scenario FILE intend: plan and users.

    `desksim run FILE --plan plan.csv --users users.csv` runs exactly that plan.
    """  # fmt: skip
    from sim import api
    from sim.api.plans import write_plan

    scenario = api.read(file, overrides)
    written = write_plan(scenario, out, suffix=suffix, replication=replication)
    for path, rows in written.items():
        say(f"{path}: {rows:,} rows")
