"""Options that several commands have, said once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Any], Any]

WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Processes; by default one for each core. They change no result.",
)
QUIET = click.option("-q", "--quiet", is_flag=True, help="Print nothing but problems.")
NO_PROGRESS = click.option("--no-progress", is_flag=True, help="Do not show how far it is.")


def overrides(over: str) -> Decorator:
    """`--set`: a setting laid over something."""
    return click.option(
        "-s",
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help=f"Lay a setting over {over}. May be repeated.",
    )


def replications(words: str) -> Decorator:
    """`--replications`: how many runs of something."""
    return click.option(
        "-n", "--replications", type=click.IntRange(min=1), metavar="NUMBER", help=words
    )


def out(words: str) -> Decorator:
    """`--out`: where results go."""
    return click.option(
        "-o", "--out", type=click.Path(path_type=Path), metavar="FOLDER", help=words
    )
