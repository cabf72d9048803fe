"""What each assumption does to the answer by itself, on the screen."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from sim.cli.terminal import grid

if TYPE_CHECKING:
    from sim.api.swings import Swings

MOST_ROWS = 15
"""Assumptions that are shown; `swings.csv` has all."""
NARROWEST = 18
"""Columns of a setting, however narrow the terminal."""


def swings(found: "Swings") -> Iterator[RenderableType]:
    """The assumptions that move anything, the largest move of the cost first."""
    moving = found.moving
    table = grid(["By itself", "set to", "cost", "P95 wait", "delivered"], words=2)
    table.columns[0].overflow = "fold"
    table.columns[0].min_width = NARROWEST
    for one in moving[:MOST_ROWS]:
        measures = ("cost", "wait_p95_s", "delivered_minutes")
        moves = (one.by(measure, interval=False) for measure in measures)
        table.add_row(one.setting, one.set_to, *moves)
    yield table
    others = len(moving) - MOST_ROWS
    still = len(found.found) - len(moving)
    told = [f"{others} more in swings.csv"] if others > 0 else []
    told += [f"{still} move nothing"] if still else []
    told += [f"{len(found.left)} not varied"] if found.left else []
    if told:
        yield Text(", ".join(told), style="dim")
