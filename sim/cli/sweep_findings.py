"""`desksim sweep frontier` and `sensitivity`: what the points of a sweep say together."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType
from rich.text import Text

from sim.cli.errors import DONE
from sim.cli.precision import measures as known_measures
from sim.cli.terminal import answer, grid, say

if TYPE_CHECKING:
    from sim.api.sweep_effects import Effects, Shown
    from sim.api.sweep_folder import SweepFolder
    from sim.api.sweep_sensitivity import Sensitivities

_FOLDER = click.argument("folder", type=click.Path(path_type=Path))
_MEASURES = click.option(
    "--measure",
    "measures",
    multiple=True,
    callback=known_measures,
    metavar="NAME",
    help="cost, wait_p95_s, delivered_minutes[office], ... May be repeated.",
)


@click.command(short_help="Say which points nothing else beats, and draw them.")
@_FOLDER
@_MEASURES
def frontier(folder: Path, measures: tuple[str, ...]) -> int:
    """Say which points of the sweep in the FOLDER no other point beats.

    By default in cost, P95 wait and delivered minutes at once. Writes frontier.csv and
    frontier.svg.
    """  # fmt: skip
    from sim.api.sweep_folder import SweepFolder
    from sim.api.sweep_frontier import frontier_of

    if len(measures) == 1:
        raise click.UsageError("expected two measures or more, got one")
    found = frontier_of(SweepFolder(folder), measures)
    if found is None:
        say("There is nothing to trade: it takes two points and two measures that differ.")
        return DONE
    for sentence in found.sentences:
        say(sentence)
    _written(folder, found.write(folder))
    return DONE


@click.command(short_help="Say which settings move a measure, and draw it.")
@_FOLDER
@_MEASURES
def sensitivity(folder: Path, measures: tuple[str, ...]) -> int:
    """Say which settings move a measure in the sweep in the FOLDER.

    By default cost, P95 wait and delivered minutes. A sweep whose samples are a design for it has
    Sobol indices (sensitivity.csv); another one tells what single settings do (effects.csv).
    """  # fmt: skip
    from sim.api.sweep_effects import effects_of
    from sim.api.sweep_folder import SweepFolder
    from sim.api.sweep_sensitivity import sensitivity_of

    asked = SweepFolder(folder)
    found = effects_of(asked, measures) if asked.design is None else sensitivity_of(asked, measures)
    if not found.tables:
        say("No setting of it changes alone, so that none can be told from the others.")
        return DONE
    _say(found)
    _written(folder, found.write(folder))
    return DONE


def shares(found: "SweepFolder", *, quiet: bool) -> list[str]:
    """The answer of a sweep whose samples are a design of sensitivity; files that were written."""
    from sim.api.errors import ResultError
    from sim.api.sweep_sensitivity import sensitivity_of

    try:
        said = sensitivity_of(found)
    except ResultError as error:  # of a sweep that is not finished
        if not quiet:
            say(f"No answer yet: {error}.")
        return []
    if not quiet:
        _say(said)
    return said.write(found.folder)


def trade(found: "SweepFolder", *, quiet: bool) -> list[str]:
    """Which points nothing else beats, if there is something to trade; files that were written."""
    from sim.api.sweep_frontier import frontier_of

    said = frontier_of(found)
    if said is None:
        return []
    if not quiet:
        for sentence in said.sentences:
            say(sentence)
    return said.write(found.folder)


def _say(found: "Sensitivities | Effects") -> None:
    for sentence in found.sentences:
        say(sentence)
    say("")
    answer(*map(_table, found.tables))


def _table(shown: "Shown") -> RenderableType:
    table = grid(shown.heads, title=shown.title)
    table.columns[0].overflow = "fold"  # names of settings are long
    for row in shown.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _written(folder: Path, names: list[str]) -> None:
    say(f"\nWritten to {folder}: {', '.join(names)}.")
