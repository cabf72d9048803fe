"""One week of a fleet: a row for each desktop, a column for each quarter of an hour.

What many do at once stands in a column, what one does alone in a row: the morning, the weekend, the
clients that nobody closed, the zone that was lost. The picture is a grid of cells and is kept as
one, so that twenty thousand desktops take no more room on a page than twenty.

Names stand on their colours, or beside them with a line where they are too small.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from sim.report.figures.states import WORDS
from sim.report.style import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    TEXT,
    VERMILLION,
    YELLOW,
    ink,
    sentence,
)
from sim.report.wording import count, share

_LOW = 2.5
"""Height of a figure whose rows are too few for what a row is in one line [in]."""
_LONGEST = 18
"""Characters of the name of a group; of a longer one the beginning."""

NOBODY = "There was no desktop in this week."

COLOURS = {
    "connected": BLUE,
    "left-open": GREEN,
    "disconnected": SKY,
    "idle": "#dddddd",
    "stopped": "#dddddd",
    "starting": ORANGE,
    "stopping": ORANGE,
    "pending": PURPLE,
    "updating": PURPLE,
    "rebooting": PURPLE,
    "rebuilding": PURPLE,
    "restoring": PURPLE,
    "maintenance": YELLOW,
    "unhealthy": VERMILLION,
    "refused": "#a00000",
}
"""A cell has room for no hatch. These are told apart by lightness too, in either theme."""
_NAMES = WORDS | {"refused": "turned away", "disconnected": "nobody connected"}

MATTERS = (
    "unhealthy",
    "refused",
    "maintenance",
    "rebuilding",
    "restoring",
    "rebooting",
    "updating",
)
"""What is drawn wide enough to be seen; the first of these is on top."""

_POINTS = 360
"""Height of the picture of the cells, about."""
_STRIP = 0.07
"""Height of the strip of those turned away from a pool, as a part of the rows."""


@dataclass(frozen=True)
class WeekMap:
    """Cells and what they mean."""

    cells: ArrayLike
    """Positions in `names`; -1 where there was nothing; shape (rows, quarters)."""
    names: Sequence[str]
    """Conditions as in the facts, `left-open`, and `refused`."""
    days: Sequence[int]
    """First quarter of each day, and the end of the last."""
    first_day: date
    time_zone: str
    each: int
    """Desktops that a row stands for."""
    number: int
    """Desktops; of a pool the most instances at once."""
    groups: Sequence[tuple[str, int, int]]
    """Names of rows that belong together, with the first row and the one after the last."""
    time: Mapping[str, float]
    """Share of the time of all desktops in each condition."""
    turned_away: ArrayLike
    """Attempts that were turned away, by quarter."""
    pooled: bool = False
    begins: datetime | None = None
    """When the run began, by the local clock, if in this week."""
    ends: datetime | None = None
    """When it ended, likewise."""

    @property
    def grid(self) -> NDArray[np.int64]:
        """The cells as numbers."""
        return np.asarray(self.cells, dtype=np.int64)

    @property
    def away(self) -> NDArray[np.int64]:
        """Those turned away as numbers."""
        return np.asarray(self.turned_away, dtype=np.int64)


def height_of_week(shown: WeekMap) -> float:
    """Height of a figure [in]: small fleets need less."""
    return float(np.clip(1.3 + len(shown.grid) * 0.045, 2.0, 4.2))


def week_map(shown: WeekMap, ax: Axes) -> Axes:
    """Draw the cells, the days below them, and a name for each colour."""
    grid = shown.grid
    if not (grid >= 0).any():
        return sentence(ax, NOBODY)
    rows, slots = grid.shape
    above = max(2.0, rows * _STRIP) if shown.pooled and shown.away.any() else 0.0
    ax.set_xlim(0, slots)
    ax.set_ylim(rows, -above)
    if above:
        _strip(ax, shown, above)
    _days(ax, shown)
    _rows(ax, shown)
    whole = ax.get_figure(root=True)
    engine = whole.get_layout_engine() if whole else None
    if whole and engine:  # how large a name is on the grid is known once all has its room
        engine.execute(whole)
    ax.imshow(
        _colours(shown),
        interpolation="none",
        aspect="auto",
        extent=(0, slots, rows, 0),
    )
    ax.set_xlim(0, slots)
    ax.set_ylim(rows, -above)
    _Names(ax, grid).write(shown.names)
    return ax


def describe_week(shown: WeekMap) -> str:
    """The same in words: the time in each condition, who was turned away, what rows are."""
    if not (shown.grid >= 0).any():
        return NOBODY
    ranked = sorted(shown.time.items(), key=lambda entry: -entry[1])
    spent = ", ".join(f"{_NAMES.get(name, name)} {share(part)}" for name, part in ranked)
    what = "instances at most" if shown.pooled else "desktops"
    away = int(shown.away.sum())
    groups = ", ".join(f"{name} {count((b - a) * shown.each)}" for name, a, b in shown.groups)
    return (
        f"A week from {shown.first_day} on, {shown.time_zone}, in quarters of an hour; "
        f"{count(shown.number)} {what}, {count(shown.each)} to a row"
        f"{f' ({groups})' if len(shown.groups) > 1 else ''}{_span(shown)}. Time: {spent}. "
        f"Turned away: {count(away)} attempt{'' if away == 1 else 's'}."
    )


def _colours(shown: WeekMap) -> NDArray[np.uint8]:
    """The cells as colours; few rows are several points high, to stay sharp when they grow."""
    known = [to_rgba(COLOURS[name]) for name in shown.names]
    palette = (np.array([*known, (1, 1, 1, 0)]) * 255).astype(np.uint8)
    grid = _widened(shown)
    rows = max(1, round(_POINTS / len(grid)))
    return np.asarray(palette[grid.repeat(rows, axis=0)])


def _widened(shown: WeekMap) -> NDArray[np.int64]:
    """The cells, those that matter at least two columns wide."""
    grid = shown.grid.copy()
    for name in reversed(MATTERS):
        if name in shown.names:
            here = shown.grid == shown.names.index(name)
            alone = here[:, :-1] & ~here[:, 1:]
            grid[:, 1:][alone] = shown.names.index(name)
    return grid


def _strip(ax: Axes, shown: WeekMap, high: float) -> None:
    """Quarters in which people were turned away from a pool, above its rows."""
    slots = np.flatnonzero(shown.away)
    ax.bar(slots + 0.5, high * 0.7, width=1.5, bottom=-high * 0.9, color=ink(ax), linewidth=0)
    ax.annotate(
        f"turned away: {count(int(shown.away.sum()))}",
        (1.0, 1.0),
        (0, 2),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=TEXT,
    )


def _days(ax: Axes, shown: WeekMap) -> None:
    """A line at each midnight, and the day's name in the middle of its columns."""
    middles = [(first + last) / 2 for first, last in pairwise(shown.days)]
    # Long names beside the rows leave little room for the days.
    form = "%a\n%m-%d" if any(len(name) > _LONGEST for name, *_ in shown.groups) else "%a %m-%d"
    names = [f"{shown.first_day + timedelta(days=day):{form}}" for day in range(len(middles))]
    ax.set_xticks(shown.days, ["" for _ in shown.days])
    ax.set_xticks(middles, names, minor=True, fontsize=TEXT)
    ax.tick_params(axis="x", which="minor", length=0)
    ax.grid(visible=True, axis="x", color="#1a1a1a", alpha=0.35, linewidth=0.6)
    year = shown.first_day.year
    label = f"time of {shown.time_zone}, {year}; a column is 15 min{_span(shown)}"
    ax.set_xlabel(label, fontsize=TEXT, parse_math=False)
    ax.spines[["top", "right", "left", "bottom"]].set_visible(False)


def _span(shown: WeekMap) -> str:
    """What of the week was not run, so that nobody takes it for a time without desktops."""
    told = {"from": shown.begins, "to": shown.ends}
    return "".join(f"; run {word} {at:%m-%d %H:%M}" for word, at in told.items() if at)


def _rows(ax: Axes, shown: WeekMap) -> None:
    """What a row is, and which rows belong together."""
    rows = len(shown.grid)
    what, one = ("instances", "an instance") if shown.pooled else ("desktops", "a desktop")
    row = f"{count(shown.each)} {what}" if shown.each > 1 else one
    apart = " " if ax.figure.bbox.height / ax.figure.dpi > _LOW else "\n"
    ax.set_ylabel(f"{count(shown.number)} {what};{apart}a row is {row}", fontsize=TEXT)
    named = [(name, (a + b) / 2) for name, a, b in shown.groups if b - a > rows * 0.05 and rows > 1]
    if len(shown.groups) > 1:
        labels = [",\n".join(map(_start, name.split(", "))) for name, _ in named]
        ax.set_yticks([at for _, at in named], labels, fontsize=TEXT, parse_math=False)
        for _, first, _ in shown.groups[1:]:
            ax.axhline(first, color="#1a1a1a", linewidth=0.8)
    else:
        ax.set_yticks([])
    ax.tick_params(axis="y", length=0)


def _start(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


# --- names

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, right, top and foot [cells]."""
_TRIES = 12
"""Cells from which a line is tried."""
_FAR = 2
"""Names that may lie between a cell and its own."""


class _Names:
    """A name for each colour, on a place that is mostly its own, or beside one."""

    def __init__(self, ax: Axes, grid: NDArray[np.int64]) -> None:
        self.ax, self.grid = ax, grid
        area = ax.get_window_extent()
        points = 72 / ax.figure.dpi
        self.cell = (
            area.width * points / grid.shape[1],
            area.height * points / abs(ax.get_ylim()[0] - ax.get_ylim()[1]),
        )
        """Width and height of a cell on paper [pt]."""
        self.taken: list[Box] = []
        self.lines: list[NDArray[np.float64]] = []
        """Points of the lines from names to cells."""

    def write(self, names: Sequence[str]) -> None:
        """Write them, those with the most cells first; what looks alike has its names together."""
        by_colour: dict[str, list[int]] = {}
        for code, name in enumerate(names):
            if (self.grid == code).any():
                by_colour.setdefault(COLOURS[name], []).append(code)
        masks = [
            (" / ".join(_NAMES.get(names[c], names[c]) for c in codes), np.isin(self.grid, codes))
            for codes in by_colour.values()
        ]
        for name, mask in sorted(masks, key=lambda entry: -int(entry[1].sum())):
            self._name(name, mask)

    def _name(self, name: str, mask: NDArray[np.bool_]) -> None:
        wide = (len(name) * TEXT * 0.6 + 5) / self.cell[0]
        tall = TEXT * 1.5 / self.cell[1]
        found = self._inside(mask, wide, tall)
        if found is not None:
            self._write(name, found, (found[0] + wide / 2, found[2] + tall / 2), None)
            return
        at, box = self._beside(mask, wide, tall)
        self._write(name, box, ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2), at)

    def _inside(self, mask: NDArray[np.bool_], wide: float, tall: float) -> Box | None:
        """Where a name covers hardly anything but its own colour."""
        w, h = int(np.ceil(wide)), int(np.ceil(tall))
        if w >= mask.shape[1] or h > mask.shape[0]:
            return None
        part = _windows(mask, w, h) / (w * h)
        for place in np.argsort(-part, axis=None, kind="stable")[:2000].tolist():
            y, x = divmod(place, part.shape[1])
            box = (x, x + w, y, y + h)
            if part[y, x] < 0.9:
                return None
            if not self._met(box):
                return box
        return None

    def _beside(self, mask: NDArray[np.bool_], wide: float, tall: float) -> tuple[Point, Box]:
        """A cell that is under no name, and a place beside it to which a line can be drawn.

        Where there is none the name stands on others, by the cell with most of its kind around it.
        """
        bare = mask.copy()
        for left, right, top, foot in self.taken:
            bare[int(max(top, 0)) : int(foot) + 1, int(max(left, 0)) : int(right) + 1] = False
        for _ in range(_TRIES):
            if not bare.any():
                break
            x, y = _densest(bare)
            box = self._near(x, y, wide, tall, most=_FAR)
            if box is not None:
                return (x, y), box
            bare[max(int(y) - 5, 0) : int(y) + 6, max(int(x) - 20, 0) : int(x) + 21] = False
        x, y = _densest(mask)
        if box := self._near(x, y, wide, tall, most=len(mask) / tall):
            return (x, y), box
        gap = 14 / self.cell[0]
        return (x, y), (max(x - gap - wide, 0), max(x - gap, wide), y - tall / 2, y + tall / 2)

    def _near(self, x: float, y: float, wide: float, tall: float, *, most: float) -> Box | None:
        """The nearest place to the right or the left of a cell that is free, as its line is."""
        rows, slots = self.grid.shape
        gap = 14 / self.cell[0]
        for lower in _steps(most):
            top = min(max(y - tall / 2 + lower * tall * 1.15, 0), max(rows - tall, 0))
            for left in (x + gap, x - gap - wide):
                box = (left, left + wide, top, top + tall)
                if left < 0 or left + wide > slots or self._met(box):
                    continue
                if not self._crossed(_line((x, y), box)):
                    return box
        return None

    def _met(self, box: Box) -> bool:
        """Whether another name or a line to one is there."""
        left, right, top, foot = box
        return any(
            left < r and li < right and top < f and t < foot for li, r, t, f in self.taken
        ) or any(_within(line, box) for line in self.lines)

    def _crossed(self, line: NDArray[np.float64]) -> bool:
        return any(_within(line, box) for box in self.taken)

    def _write(self, name: str, box: Box, middle: Point, to: Point | None) -> None:
        self.taken.append(box)
        if to:
            self.lines.append(_line(to, box))
        halo = [withStroke(linewidth=3, foreground="#ffffff")]
        line = {"arrowstyle": "-", "linewidth": 1.0, "color": "#1a1a1a", "shrinkB": 0}
        self.ax.annotate(
            name,
            to or middle,
            middle,
            ha="center",
            va="center",
            fontsize=TEXT - 0.5,
            color="#1a1a1a",
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "#ffffff", "edgecolor": "none"},
            arrowprops=line | {"path_effects": halo} if to else None,
            zorder=5,
        ).set_in_layout(False)


def _line(at: Point, box: Box) -> NDArray[np.float64]:
    """Points of a line from a cell to the middle of a name, shape (points, 2)."""
    middle = (box[0] + box[1]) / 2, (box[2] + box[3]) / 2
    return np.linspace(at, middle, 40)


def _within(line: NDArray[np.float64], box: Box) -> bool:
    """Whether any of the points lies in a box."""
    x, y = line[:, 0], line[:, 1]
    return bool(((box[0] < x) & (x < box[1]) & (box[2] < y) & (y < box[3])).any())


def _windows(mask: NDArray[np.bool_], wide: int, tall: int) -> NDArray[np.int64]:
    """How many cells of a mask each window of that size holds, by its upper left cell."""
    sums = np.zeros((mask.shape[0] + 1, mask.shape[1] + 1), dtype=np.int64)
    sums[1:, 1:] = mask.cumsum(axis=0).cumsum(axis=1)
    whole = sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
    return np.asarray(whole)


def _densest(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """The middle of the window that holds most cells of a mask, and a cell of it."""
    h, w = min(5, mask.shape[0]), min(9, mask.shape[1])
    held = _windows(mask, w, h)
    top, left = divmod(int(held.argmax()), held.shape[1])
    rows, columns = np.nonzero(mask[top : top + h, left : left + w])
    middle = len(rows) // 2
    return left + float(columns[middle]) + 0.5, top + float(rows[middle]) + 0.5


def _steps(most: float) -> Iterator[int]:
    """0, 1, -1, 2, -2, ..."""
    yield 0
    for step in range(1, int(most) + 2):
        yield step
        yield -step
