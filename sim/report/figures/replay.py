"""The storm minute by minute: where on the way to a desktop people are.

Above the axis stand those who try to get in, one surface for each place on the way: what grows is
what holds them up. Below it stand all who have come so far: connected, given up, and the same
people on their way, to the scale of the whole. Outages and changes of capacity are marked where
they fall.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

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
    MarginLabel,
    ink,
    margin_labels,
    plain,
    sentence,
)
from sim.report.wording import count

NOBODY = "Nobody came."
MINUTES = 60

FILLS = {
    "directory_line": Fill(VERMILLION),
    "directory": Fill(VERMILLION, "//"),
    "checks": Fill("#ffffff", "--"),
    "mfa": Fill(PURPLE),
    "broker": Fill(PURPLE, "\\\\"),
    "desktop_wait": Fill(YELLOW),
    "start_line": Fill(YELLOW, "xx"),
    "start": Fill(ORANGE),
    "logon": Fill(GREEN),
    "retry": Fill(GREY),
}
"""Places on the way, from the axis up in the order of `WORDS`."""
WORDS = {
    "checks": "checks",
    "directory_line": "in line at the directory",
    "directory": "at the directory",
    "mfa": "second factor",
    "broker": "broker",
    "desktop_wait": "waiting for a desktop",
    "start_line": "in line for a start",
    "start": "desktop starting",
    "logon": "streaming, OS logon",
    "retry": "turned away, will retry",
}
"""Places in the order in which people meet them."""
SINCE = {"connected": Fill(BLUE), "left": Fill(SKY, "//"), "gave_up": Fill("#4d4d4d")}
"""Where those are who are not on their way."""
_SINCE_WORDS = {"connected": "connected", "left": "left again", "gave_up": "gave up"}

Point = tuple[float, float]

_TRYING = Fill("#dddddd")
"""All who are on their way, among all who have come."""

_STRIP = 0.5
"""Height of the part below the axis, as a part of what is above it."""
_SHORT = 26.0
"""Minutes from the end in which a mark's name stands to its left."""


@dataclass(frozen=True)
class Event:
    """Something that happened meanwhile."""

    begin: float
    """From [min]; before 0 if it was under way."""
    end: float
    """To [min]; the same for an instant."""
    name: str


@dataclass(frozen=True)
class ReplayHour:
    """Sixty minutes; people as they are at the end of each."""

    people: Mapping[str, ArrayLike]
    """How many are in each place: those of `WORDS` and of `SINCE`."""
    most: int
    """Most people on their way at one instant."""
    events: Sequence[Event] = ()

    def lines(self, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """The lines of some places in their order, those where nobody ever is left out."""
        found = {n: np.asarray(self.people.get(n, ()), dtype=np.float64) for n in names}
        return {name: line for name, line in found.items() if line.any()}

    @property
    def on_the_way(self) -> NDArray[np.float64]:
        """All who try."""
        return _sum(self.lines(tuple(WORDS)))

    @property
    def came(self) -> NDArray[np.float64]:
        """All who have come so far."""
        return self.on_the_way + _sum(self.lines(tuple(SINCE)))


def _sum(lines: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    whole = np.zeros(MINUTES)
    for line in lines.values():
        whole += line
    return whole


def replay_hour(
    hour: ReplayHour, ax: Axes, *, date: str, begin: int, time_zone: str = "UTC"
) -> Axes:
    """Draw the hour.

    Args:
        hour: who is where.
        ax: where to draw.
        date: its day, `2026-09-07`.
        begin: when it begins [min after midnight].
        time_zone: in which that counts.
    """
    if not hour.came.any():
        return sentence(ax, NOBODY)
    # Names of events have room above what they are names of.
    top = max(1.0, float(hour.on_the_way.max())) * (1.08 + 0.1 * len(hour.events))
    deep = top * _STRIP
    plain(ax, x_label=f"{date}, time of {time_zone}", y_label="people")
    ax.set_xlim(0, MINUTES)
    foot = -deep * 1.25
    ax.set_ylim(foot - deep * 0.02, top)
    ax.set_xticks(range(0, MINUTES + 1, 10), [_clock(begin + at) for at in range(0, 61, 10)])
    surfaces = _surface(ax, hour.lines(tuple(WORDS)), 1.0, 0.0, FILLS)
    above = {name: thick for name, (thick, _) in surfaces.items()}
    scale = deep / float(hour.came.max())
    since = hour.lines(tuple(SINCE))
    trying = {"trying": hour.on_the_way} if hour.on_the_way.any() else {}
    drawn = _surface(ax, since | trying, scale, foot, SINCE | {"trying": _TRYING})
    below = {name: ends for name, (_, ends) in drawn.items()}
    _ticks(ax, hour, top, scale, foot)
    _events(ax, hour.events)
    ax.axhline(0, color=ink(ax), linewidth=0.8)
    names = [(name, WORDS[name], FILLS[name]) for name in above]
    names += [(name, _since(name, line), SINCE[name]) for name, line in since.items()]
    if hour.on_the_way[-1]:
        names.append(("trying", f"on their way: {count(hour.on_the_way[-1])}", _TRYING))
    places = above | below
    margin_labels(ax, [MarginLabel(*places[name], text, fill) for name, text, fill in names])
    return ax


def describe_replay_hour(hour: ReplayHour, *, date: str, begin: int, time_zone: str = "UTC") -> str:
    """The hour in words: when most are on their way and where, and what became of all."""
    if not hour.came.any():
        return NOBODY
    trying = hour.on_the_way
    worst = int(trying.argmax())
    there = {
        WORDS[name]: int(line[worst])
        for name, line in hour.lines(tuple(WORDS)).items()
        if line[worst]
    }
    ranked = sorted(there.items(), key=lambda entry: -entry[1])
    where = ", ".join(f"{name} {count(number)}" for name, number in ranked)
    ends = ", ".join(
        f"{_SINCE_WORDS[name]} {count(line[-1])}" for name, line in hour.lines(tuple(SINCE)).items()
    )
    events = "".join(
        f" From {_clock(begin + round(event.begin))}: {event.name}." for event in hour.events
    )
    return (
        f"People on their way over the hour from {_clock(begin)} on {date}, {time_zone}: at most "
        f"{count(hour.most)} at once; at {_clock(begin + worst + 1)} {where or 'nobody'}. At the "
        f"end {count(hour.came[-1])} have come: {ends or 'nobody in'}, "
        f"on their way {count(trying[-1])}.{events}"
    )


def _since(name: str, line: NDArray[np.float64]) -> str:
    return f"{_SINCE_WORDS[name]}: {count(line[-1])}"


def _surface(
    ax: Axes,
    lines: Mapping[str, NDArray[np.float64]],
    scale: float,
    foot: float,
    fills: Mapping[str, Fill],
) -> dict[str, tuple[Point, Point]]:
    """Stack surfaces with a step for each minute; where each is thick last, and where it ends."""
    edges = np.repeat(np.arange(MINUTES + 1), 2)[1:-1]
    low = np.full(MINUTES, foot)
    found: dict[str, tuple[Point, Point]] = {}
    for name, line in lines.items():
        high = low + line * scale
        upper, lower = np.repeat(high, 2), np.repeat(low, 2)
        corners = np.concatenate(
            [np.stack([edges, upper], axis=1), np.stack([edges, lower], axis=1)[::-1]]
        )
        fill = fills[name]
        surface = PolyCollection(
            [corners],
            facecolor=fill.colour,
            hatch=fill.hatch or None,
            edgecolor=ink(ax),
            linewidth=0.3,
            label=name,
        )
        surface.set_hatch_linewidth(HATCH_WIDTH)
        ax.add_collection(surface, autolim=False)
        last = int(np.flatnonzero(line * 2 >= line.max())[-1])
        middle = (low + high) / 2
        found[name] = (last + 1.0, float(middle[last])), (float(MINUTES), float(middle[-1]))
        low = high
    return found


def _ticks(ax: Axes, hour: ReplayHour, top: float, scale: float, foot: float) -> None:
    """Numbers for both parts: of those on their way above, of all who came below."""
    above = [tick for tick in MaxNLocator(5, integer=True).tick_values(0, top) if 0 <= tick <= top]
    whole = float(hour.came.max())
    ax.set_yticks(
        [*above, foot, foot + whole * scale * 0.5, foot + whole * scale],
        [*(count(tick) for tick in above), "0", "all who\nhave come", count(whole)],
    )
    low = ax.get_ylim()[0]
    ax.set_ylabel("people on their way", fontsize=TEXT)
    ax.yaxis.set_label_coords(-0.135, (top / 2 - low) / (top - low))
    most = f"at most {count(hour.most)} on their way at once"
    ax.set_xlabel(f"{ax.get_xlabel()}; {most}", fontsize=TEXT)


def _events(ax: Axes, events: Sequence[Event]) -> None:
    """Bands for what lasts, lines for instants, each named below the one before."""
    ordered = sorted(events, key=lambda event: (event.begin, event.end))
    for row, event in enumerate(ordered):
        first, last = max(event.begin, 0.0), min(event.end, float(MINUTES))
        if event.end > event.begin:
            ax.axvspan(first, last, color=ink(ax), alpha=0.12, linewidth=0, zorder=0)
        ax.axvline(first, color=ink(ax), linewidth=1.0, linestyle=(0, (3, 2)), zorder=3)
        late = first > MINUTES - _SHORT
        ax.annotate(
            event.name,
            (first, 1.0),
            (-4 if late else 4, -4 - row * TEXT * 1.4),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="right" if late else "left",
            va="top",
            fontsize=TEXT,
            parse_math=False,
            zorder=4,
        )


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
