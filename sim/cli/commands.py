"""`desksim` and its commands."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from sim import __version__
from sim.cli.cloudwatch import cloudwatch
from sim.cli.compare import compare
from sim.cli.draw import draw
from sim.cli.errors import told
from sim.cli.explain import explain
from sim.cli.export import export
from sim.cli.files import schema, show_scenario, validate
from sim.cli.forecast import forecast
from sim.cli.plan import plan
from sim.cli.prices import prices
from sim.cli.run import run
from sim.cli.sweep import sweep


@click.group(
    commands=[
        run,
        compare,
        sweep,
        forecast,
        explain,
        draw,
        cloudwatch,
        export,
        validate,
        show_scenario,
        schema,
        plan,
        prices,
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="desksim %(version)s")
@click.option("--debug", is_flag=True, help="Show where an error comes from.")
def desksim(debug: bool) -> None:  # taken out before, wherever it stands
    """Simulate fleets of cloud virtual desktops: what they cost, how long people wait to log in,
    how often they cannot work.

    \b
    desksim run scenarios/remote-office.yaml
    desksim run scenarios/remote-office.yaml --set fleets.part-time.autostop_timeout="4 h"
    """  # noqa: D205, D301 # click folds the text, and \b keeps what follows it as it is


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run a command line, by default that of the process, and exit with its code."""
    sys.exit(told(desksim, args))
