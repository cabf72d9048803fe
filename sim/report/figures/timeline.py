"""One desktop's days, one below the other: its states as bands, its user's sessions beneath.

A row is a day of UTC, so what happens every morning stands in a column, and what happened once does
not. The band is what the provider has: the desktop's state, or the instance that a user of a pool
holds. The bar below is what the user has: connected, or gone with the connection left open. A cross
marks what went wrong.

Names stand in or beside a place that is theirs. A state that lasts a minute is drawn wide enough to
be seen, and named by a line.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import FixedLocator

from sim.report.style import (
    BLUE,
    GREEN,
    GREY,
    HATCH_WIDTH,
    ORANGE,
    PURPLE,
    SKY,
    TEXT,
    VERMILLION,
    YELLOW,
    Fill,
    ink,
    on_colour,
    sentence,
)
from sim.report.wording import count, waiting

NOTHING = "There was no desktop in this time."

MOST_DAYS = 100
"""Rows that are still told apart on a sheet of paper."""

FILLS = {
    "available": Fill(SKY),
    "stopped": Fill("#dddddd"),
    "starting": Fill(ORANGE, "//"),
    "stopping": Fill(ORANGE, "\\\\"),
    "maintenance": Fill(YELLOW, "xx"),
    "unhealthy": Fill(VERMILLION, "++"),
    "pending": Fill(PURPLE, "//"),
    "updating": Fill(PURPLE, "--"),
    "rebooting": Fill(PURPLE, "\\\\"),
    "rebuilding": Fill(PURPLE, "++"),
    "restoring": Fill(PURPLE, "xx"),
    "instance": Fill(SKY),
}
"""A state looks the same in every picture; one that is not here is grey."""
GONE = ("absent", "terminated")
"""States in which there is nothing to draw."""

CONNECTED, LEFT_OPEN, LOGGING_ON = Fill(BLUE), Fill("#ffffff", "////"), Fill(GREEN)

_BAND, _BAR = (0.08, 0.56), (0.62, 0.86)
"""Where both lie in a row, from its top."""
_NARROWEST = 2.0
"""Least width of a band [pt]."""
_LETTER = TEXT * 0.62
"""About the width of a letter [pt]."""
_WORTH_A_NAME = 6.0
"""Width of a bar that somebody will ask about [pt]."""

_CROSSES = 2
"""Kinds of trouble that are told below the axis, the most frequent ones."""

Span = tuple[float, float]
Piece = tuple[int, float, float]
"""Row, begin and end [h of the day]."""


@dataclass(frozen=True)
class Timeline:
    """What there is to draw; times are hours since 00:00 UTC of the first day."""

    first_day: date
    begin: float
    end: float
    states: Sequence[tuple[float, float, str]]
    """Begin, end and state."""
    sessions: Sequence[tuple[float, float, float]]
    """Connected, left by the user, disconnected."""
    logons: Sequence[Span]
    """From a user's first attempt to being connected, or giving up."""
    wrong: Sequence[tuple[float, str]]
    """What went wrong, and when."""

    @property
    def days(self) -> int:
        """Number of rows."""
        return max(1, -int(-self.end // 24))


def height_of_timeline(days: int) -> float:
    """Height of a figure with so many rows [in]."""
    each = 1.15 if days == 1 else 0.44 if days <= 7 else 0.26 if days <= 31 else 0.15
    return each * days + 0.85


def desktop_timeline(story: Timeline, ax: Axes) -> Axes:
    """Draw the rows of a story.

    Raises:
        ValueError: when there are more than `MOST_DAYS` of them.
    """
    if story.days > MOST_DAYS:
        raise ValueError(f"expected at most {MOST_DAYS} days, got {story.days}")
    shown = [(b, e, s) for b, e, s in story.states if s not in GONE]
    if not shown and not story.sessions and not story.wrong:
        return sentence(ax, NOTHING)
    _frame(ax, story)
    # How wide an hour is on paper is known once the labels have taken their room.
    whole = ax.get_figure(root=True)
    if whole is not None:
        whole.draw_without_rendering()
    for state in dict.fromkeys(state for _, _, state in shown):
        spans = [(begin, end) for begin, end, one in shown if one == state]
        _fill(ax, list(_pieces(spans, story)), _BAND, FILLS.get(state, Fill(GREY)))
    _sessions(ax, story)
    _crosses(ax, story)
    _name_states(ax, story, shown)
    return ax


def describe_timeline(story: Timeline) -> str:
    """The same in words: how long each state lasted, how long somebody worked, what went wrong."""
    spent: dict[str, float] = {}
    for begin, end, state in story.states:
        inside = min(end, story.end) - max(begin, story.begin)
        if state not in GONE and inside > 0:
            spent[state] = spent.get(state, 0.0) + inside
    if not spent and not story.sessions:
        return NOTHING
    longest = sorted(spent.items(), key=lambda entry: -entry[1])
    states = ", ".join(f"{state} {waiting(hours * 3.6e6)}" for state, hours in longest)
    worked = sum(left - connected for connected, left, _ in story.sessions)
    days = f"{story.days} days" if story.days > 1 else "one day"
    went = Counter(what for _, what in story.wrong)
    trouble = ", ".join(f"{number} x {what}" for what, number in went.most_common())
    return (
        f"Rows of {days} from {story.first_day} (UTC). {states or 'No state'}. "
        f"{count(len(story.sessions))} sessions, {waiting(worked * 3.6e6)} of work. "
        f"{f'What went wrong: {trouble}.' if trouble else 'Nothing went wrong.'}"
    )


# --- rows


def _pieces(spans: Sequence[Span], story: Timeline) -> Iterator[Piece]:
    """Row, begin and end [h of the day] of each day's part of spans."""
    for begin, end in spans:
        for day in range(story.days):
            first = max(begin, story.begin, day * 24)
            last = min(end, story.end, day * 24 + 24)
            if first < last:
                yield day, first - day * 24, last - day * 24


def _frame(ax: Axes, story: Timeline) -> None:
    days = story.days
    ax.set_xlim(0, 24)
    ax.set_ylim(days, 0)
    ax.set_xticks(range(0, 25, 3 if days > 1 else 2))
    ax.set_xticklabels([f"{hour:02d}:00" for hour in ax.get_xticks().astype(int)], fontsize=TEXT)
    ax.set_xlabel(_below(story), fontsize=TEXT)
    named = [row for row in range(days) if days <= 31 or _date(story, row).weekday() == 0]
    ax.yaxis.set_major_locator(FixedLocator([row + sum(_BAND) / 2 for row in named]))
    ax.set_yticklabels([f"{_date(story, row):%a %m-%d}" for row in named], fontsize=TEXT - 0.5)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.grid(visible=True, axis="x", color=ink(ax), alpha=0.15, linewidth=0.6)
    ax.set_axisbelow(True)


def _below(story: Timeline) -> str:
    """What stands below the axis: the unit, and what the crosses are."""
    went = Counter(what for _, what in story.wrong)
    most = [f"{number} x {what}" for what, number in went.most_common(_CROSSES)]
    others = went.total() - sum(number for _, number in went.most_common(_CROSSES))
    told = [*most, f"{others} more"] if others else most
    return "\n".join(["time of day [UTC]", *([f"crosses: {', '.join(told)}"] if told else [])])


def _date(story: Timeline, row: int) -> date:
    return story.first_day + timedelta(days=row)


def _fill(ax: Axes, pieces: Sequence[Piece], lane: Span, fill: Fill, edge: str = "") -> None:
    """Draw pieces, each wide enough to be seen; an edge would hide the colour of a narrow one."""
    least = _NARROWEST / _points(ax)
    narrow = [piece for piece in pieces if piece[2] - piece[1] < 2 * least]
    wide = [piece for piece in pieces if piece[2] - piece[1] >= 2 * least]
    for some, width in ((wide, 0.3), (narrow, 0.0)):
        corners = []
        for row, begin, end in some:
            seen = max(end, begin + least)
            top, foot = row + lane[0], row + lane[1]
            corners.append([(begin, top), (seen, top), (seen, foot), (begin, foot)])
        collection = PolyCollection(
            corners,
            facecolor=fill.colour,
            hatch=fill.hatch if some is wide and fill.hatch else None,
            edgecolor=(edge or ink(ax)) if some is wide else fill.colour,
            linewidth=width,
        )
        collection.set_hatch_linewidth(HATCH_WIDTH)
        ax.add_collection(collection)


def _points(ax: Axes) -> float:
    """Points on paper of one hour."""
    return float(ax.get_window_extent().width / ax.figure.dpi * 72 / 24)


# --- the user


def _sessions(ax: Axes, story: Timeline) -> None:
    """Draw the bars of the user, and name each kind beside one of them."""
    lanes = {
        "logging on": (LOGGING_ON, list(_pieces(story.logons, story))),
        "connected": (CONNECTED, list(_pieces([(a, b) for a, b, _ in story.sessions], story))),
        "left open": (LEFT_OPEN, list(_pieces([(b, c) for _, b, c in story.sessions], story))),
    }
    every = [piece for _, pieces in lanes.values() for piece in pieces]
    taken: set[int] = set()
    for name, (fill, pieces) in lanes.items():
        _fill(ax, pieces, _BAR, fill, BLUE if fill is LEFT_OPEN else "")
        seen = [p for p in pieces if (p[2] - p[1]) * _points(ax) >= _WORTH_A_NAME]
        if seen:
            taken.add(_name_bar(ax, name, seen, every, taken))


def _name_bar(
    ax: Axes, name: str, pieces: Sequence[Piece], every: Sequence[Piece], taken: Collection[int]
) -> int:
    """Write a name where its row is empty: behind a bar, or before it, else on it; the row."""
    room = (len(name) * _LETTER + 6) / _points(ax)
    last = {row: max(end for other, _, end in every if other == row) for row, _, _ in pieces}
    first = {row: min(begin for other, begin, _ in every if other == row) for row, _, _ in pieces}
    behind = [p for p in pieces if p[2] == last[p[0]] and p[2] + room < 24]
    before = [p for p in pieces if p[1] - first[p[0]] < 0.5 and first[p[0]] - room > 0]
    row, begin, end = min(behind or before or pieces, key=lambda p: (p[0] in taken, p[0]))
    middle = row + sum(_BAR) / 2
    if not (behind or before):
        on_colour(ax, (begin + end) / 2, middle, name)
        return row
    ax.annotate(
        name,
        (end if behind else first[row], middle),
        (4 if behind else -4, 0),
        textcoords="offset points",
        ha="left" if behind else "right",
        va="center",
        fontsize=TEXT - 0.5,
    )
    return row


def _crosses(ax: Axes, story: Timeline) -> None:
    """Mark what went wrong, on top of the band."""
    here = [(at, what) for at, what in story.wrong if story.begin <= at < story.end]
    if not here:
        return
    x = [at % 24 for at, _ in here]
    y = [at // 24 + _BAND[0] + 0.24 for at, _ in here]
    ax.scatter(x, y, marker="x", s=46, color="#ffffff", linewidths=3.2, zorder=4)
    ax.scatter(x, y, marker="x", s=34, color="#1a1a1a", linewidths=1.5, zorder=5)


# --- names


_ASIDE = 14
"""Points between a piece and a name beside it, for the line."""


def _name_states(ax: Axes, story: Timeline, states: Sequence[tuple[float, float, str]]) -> None:
    """Write each state's name once: inside one of its pieces, or beside it with a line."""
    bands = {
        state: list(_pieces([(b, e) for b, e, one in states if one == state], story))
        for state in dict.fromkeys(state for _, _, state in states)
    }
    names = _Names(ax, [piece for pieces in bands.values() for piece in pieces])
    rest = [
        (state, band) for state, band in bands.items() if band and not names.inside(state, band)
    ]
    for state, band in rest:
        names.outside(state, band)


class _Names:
    """Names of states, each where no other is."""

    def __init__(self, ax: Axes, every: Sequence[Piece]) -> None:
        self.ax = ax
        self.every = every
        self.places: list[Piece] = []
        """Where names stand."""

    def inside(self, name: str, pieces: Sequence[Piece]) -> bool:
        """Write a name into a piece that has room for it; False when none has."""
        width = self._width(name)
        good = [piece for piece in pieces if piece[2] - piece[1] > width]
        if not good:
            return False
        row, begin, end = self._best(good)
        middle = (begin + end) / 2
        self.places.append((row, middle - width / 2, middle + width / 2))
        on_colour(self.ax, middle, row + sum(_BAND) / 2, name)
        return True

    def outside(self, name: str, pieces: Sequence[Piece]) -> None:
        """Write a name beside one of the longest of its pieces, with a line."""
        longest = max(end - begin for _, begin, end in pieces)
        row, begin, end = self._best([p for p in pieces if p[2] - p[1] > 0.7 * longest])
        # Over the longer neighbour, which has more to show than the name hides.
        here = [(b, e) for r, b, e in self.every if r == row]
        before = max([e - b for b, e in here if abs(e - begin) < 1e-6], default=begin)
        behind = max([e - b for b, e in here if abs(b - end) < 1e-6], default=24 - end)
        edges = ((-1, begin), (1, end)) if before > behind else ((1, end), (-1, begin))
        width = self._width(name)
        ways = [(side, x, self._way(row, x, side, width)) for side, x in edges]
        side, x, way = min(ways, key=lambda found: found[2])
        near = x + side * way
        self.places.append((row, min(near, near + side * width), max(near, near + side * width)))
        at = (x, row + sum(_BAND) / 2)
        _beside(self.ax, name, at, side * way * _points(self.ax), len(self.places))

    def _width(self, name: str) -> float:
        return (len(name) * _LETTER + 8) / _points(self.ax)

    def _best(self, pieces: Sequence[Piece]) -> Piece:
        """The first in a row without a name, if there is one."""
        named = {row for row, _, _ in self.places}
        return min(pieces, key=lambda piece: (piece[0] in named, piece[0]))

    def _way(self, row: int, x: float, side: int, width: float) -> float:
        """How far from an edge a name must stand to meet no other one [h]."""
        least = _ASIDE / _points(self.ax)
        way, others = least, [(b, e) for r, b, e in self.places if r == row]
        while True:
            first, last = sorted((x + side * way, x + side * (way + width)))
            met = [(b, e) for b, e in others if b < last and first < e]
            if not met:
                return way
            way = max(side * ((e if side > 0 else b) - x) for b, e in met) + least / 4


def _beside(ax: Axes, text: str, at: tuple[float, float], away: float, number: int) -> None:
    """Write a name on a light ground of its own, so many points to the right of an edge.

    The line of a later one passes behind the earlier ones.
    """
    ax.annotate(
        text,
        at,
        (away, 0),
        textcoords="offset points",
        ha="left" if away > 0 else "right",
        va="center",
        fontsize=TEXT - 0.5,
        color="#1a1a1a",
        bbox={
            "boxstyle": "round,pad=0.15",
            "facecolor": "#ffffff",
            "edgecolor": "none",
        },
        arrowprops={
            "arrowstyle": "-",
            "linewidth": 1.0,
            "color": "#1a1a1a",
            "shrinkA": 0,
            "shrinkB": 0,
        },
        zorder=6 - 0.1 * number,
    )
