"""`desksim plan`: the people of a scenario as files, to look at, edit and replay."""

from pathlib import Path

import click

from sim.cli import options
from sim.cli.terminal import say


@click.command(short_help="Write what the people of a scenario intend.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="FILE|FOLDER",
    help="The plan's file, users beside it, or a folder for both; by default here.",
)
@click.option(
    "--format",
    "suffix",
    type=click.Choice(["csv", "parquet"]),
    help="What kind of files, by default as --out ends, else csv.",
)
@options.overrides("the file")
@click.option(
    "--replication",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="NUMBER",
    help="Which independent run of the scenario.",
)
def plan(
    file: Path, out: Path, suffix: str | None, overrides: tuple[str, ...], replication: int
) -> None:
    """Write what the people of the scenario FILE intend: plan and users.

    `desksim run FILE --plan plan.csv --users users.csv` runs exactly that plan.
    """  # fmt: skip
    from sim import api
    from sim.api.plans import plan_files, write_plan

    try:
        plan_files(out, suffix)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--out") from None
    scenario = api.read(file, overrides)
    written = write_plan(scenario, out, suffix=suffix, replication=replication)
    for path, rows in written.items():
        say(f"{path}: {rows:,} rows")
