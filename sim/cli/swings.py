"""What each assumption does to the answer by itself, on the screen.

Names are those of the figure, and fold behind a dot. Where a terminal is too narrow a whole column
goes, and is told: half a number would be another one.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.text import Text

from sim.cli.terminal import grid, stdout

if TYPE_CHECKING:
    from sim.api.swings import Swings

MOST_ROWS = 15
"""Assumptions that are shown; `swings.csv` has all."""
GAP = 3
"""Columns between two columns of a table."""
LONGEST = 24
"""Columns that a part of a name has to itself; a longer one is broken."""

NAME, SET_TO = "By itself", "from cheap to dear"
MEASURES = {"cost": "cost", "P95 wait": "wait_p95_s", "delivered": "delivered_minutes"}
"""Columns of numbers, the first the last that goes."""


def swings(found: "Swings") -> Iterator[RenderableType]:
    """The assumptions that move anything, the largest move of the cost first."""
    from sim.api.sweep_effects import headed

    moving = found.moving
    shown = moving[:MOST_ROWS]
    columns = {NAME: headed([one.setting for one in shown]), SET_TO: [o.set_to for o in shown]}
    for head, measure in MEASURES.items():
        columns[head] = [one.by(measure, interval=False) for one in shown]
    heads, wide = _fitting(columns, stdout().width)
    if shown:
        table = grid(heads, words=2 if SET_TO in heads else 1)
        columns[NAME] = ["\n".join(_folded(name, wide)) for name in columns[NAME]]
        for row in range(len(shown)):
            table.add_row(*(columns[head][row] for head in heads))
        yield table
    others = len(moving) - MOST_ROWS
    still = len(found.found) - len(moving)
    gone = [head for head in columns if head not in heads]
    told = [f"{others} more in swings.csv"] if others > 0 else []
    told += [f"{still} move nothing"] if still else []
    told += [f"{len(found.left)} not varied"] if found.left else []
    told += [f"no room for {' and '.join(gone)}, which swings.csv has"] if gone else []
    if told or not shown:
        yield Text(", ".join(told) or "no assumption to vary", style="dim")


def _fitting(columns: dict[str, list[str]], width: int) -> tuple[list[str], int]:
    """The columns for which there is room, and how much of it names have."""
    full = {head: max(map(len, [head, *cells])) for head, cells in columns.items()}
    parts = [len(part) for name in columns[NAME] for part in _parts(name)]
    least = min(max([len(NAME), *parts]), LONGEST)
    words = max(len(word) for cells in [SET_TO, *columns[SET_TO]] for word in cells.split())
    heads, left = list(columns), width
    for gone in (None, SET_TO, *reversed(list(MEASURES)[1:])):
        heads = [head for head in heads if head != gone]
        left = width - sum(full[head] + GAP for head in heads if head in MEASURES)
        if SET_TO not in heads:
            if left >= least:
                break
        elif left - GAP - words >= least:
            # What it is set to is kept in one line if names are not broken for it.
            return heads, min(full[NAME], max(least, left - GAP - full[SET_TO]))
    return heads, min(full[NAME], max(least, left))


def _parts(name: str) -> Sequence[str]:
    """`pools.`, `*.`, `patience`."""
    *above, last = name.split(".")
    return [*(f"{part}." for part in above), last]


def _folded(name: str, wide: int) -> Iterator[str]:
    """Lines that end behind a dot where they can."""
    line = ""
    for part in _parts(name):
        if line and len(line) + len(part) > wide:
            yield line
            line = ""
        line += part
        while len(line) > wide:
            yield line[:wide]
            line = line[wide:]
    yield line
