"""`desksim validate`, `show` and `schema`: scenario files before anything runs."""

from pathlib import Path

import click

from sim.cli import options
from sim.cli.errors import WRONG
from sim.cli.terminal import answer, complain, say


@click.command(short_help="Check scenario files, prices included.")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path)
)
@options.overrides("each file")
def validate(files: tuple[Path, ...], overrides: tuple[str, ...]) -> int:
    """Check each scenario FILE with all that it names.

    Finds everything that is wrong at once, with its file, line and column, missing prices and the
    rows of a replayed plan included.
    """  # fmt: skip
    from sim import api

    wrong = False
    for file in files:
        try:
            scenario = api.check(file, overrides)
        except api.ScenarioError as error:
            complain(str(error), style="red")
            wrong = True
        else:
            say(f"{file}: ok, {scenario!r}")
    return WRONG if wrong else 0


@click.command("show", short_help="Show a scenario, or every setting of it.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--resolved",
    is_flag=True,
    help="Print the whole scenario as YAML, and behind each value where it was written.",
)
@click.option("--no-origin", is_flag=True, help="With --resolved: leave out where.")
@options.overrides("the file")
def show_scenario(file: Path, resolved: bool, no_origin: bool, overrides: tuple[str, ...]) -> None:
    """Show the scenario FILE: its fleets and people, or every setting (--resolved)."""  # fmt: skip
    from sim import api

    if no_origin and not resolved:
        raise click.UsageError("--no-origin goes with --resolved")
    scenario = api.read(file, overrides)
    if resolved:
        from sim.scenario.resolved import resolved_yaml

        say(resolved_yaml(scenario.resolved, origins=not no_origin).rstrip("\n"))
        return
    from sim.cli.screen import situation

    answer(*situation(scenario))


@click.command()
@click.argument("kind", type=click.Choice(["scenario", "sweep", "forecast"]), default="scenario")
def schema(*, kind: str) -> None:
    """Print the JSON Schema of scenario files, or of sweep or forecast files, for editors."""
    from sim.scenario.json_schema import json_schema, study_schema
    from sim.scenario.reference import STUDIES

    studies = {study.__name__.lower(): study for study in STUDIES}
    say((study_schema(studies[kind]) if kind in studies else json_schema()).rstrip("\n"))
