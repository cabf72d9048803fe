"""The worst hour: how many people come each minute, and how many get in.

While more come than get in, the line of those who come lies above that of those who are connected,
and the people between them wait: they stand in the strip below the axis. What holds them up shows
in the third line: starts that stay level under a growing crowd are a limit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from sim.report.style import (
    BLUE,
    SKY,
    TEXT,
    VERMILLION,
    MarginLabel,
    ink,
    margin_labels,
    plain,
    sentence,
)
from sim.report.wording import count

NOBODY = "Nobody came."
MINUTES = 60
_CROWD = 4.0
"""How many times higher than all else the line of those who come is drawn."""
_STRIP = 0.42
"""Height of the strip below the axis, as a part of what is above it."""


@dataclass(frozen=True)
class WorstHour:
    """Sixty minutes; people per minute."""

    arriving: ArrayLike
    connected: ArrayLike
    gave_up: ArrayLike
    started: ArrayLike
    """Desktops or instances that begin to start for somebody."""
    waiting: ArrayLike
    """People on their way, on average over the minute."""
    most: int
    """Most people on their way at one instant."""
    outages: Sequence[tuple[float, float, str]] = ()
    """What was lost meanwhile: from and to [min], and its name."""

    def lines(self) -> dict[str, NDArray[np.float64]]:
        """The lines by name; that of starts only where there are any."""
        named = {
            "arriving": self.arriving,
            "connected": self.connected,
            "giving up": self.gave_up,
            "starting": self.started,
        }
        lines = {name: np.asarray(line, dtype=np.float64) for name, line in named.items()}
        return {name: line for name, line in lines.items() if line.any() or name in _ALWAYS}


_ALWAYS = ("arriving", "connected")


def worst_hour(hour: WorstHour, ax: Axes, *, date: str, begin: int, time_zone: str = "UTC") -> Axes:
    """Draw the hour minute by minute.

    Args:
        hour: what happened in each minute.
        ax: where to draw.
        date: its day, `2026-09-07`.
        begin: when it begins [min after midnight].
        time_zone: in which that counts.
    """
    lines = hour.lines()
    if not any(line.any() for line in lines.values()):
        return sentence(ax, NOBODY)
    edges = np.arange(MINUTES + 1)
    looks: dict[str, dict[str, Any]] = {
        "arriving": {"color": BLUE, "linestyle": "-", "linewidth": 1.6},
        "connected": {"color": VERMILLION, "linestyle": (0, (4, 1)), "linewidth": 1.6},
        "giving up": {"color": ink(ax), "linestyle": (0, (6, 1, 1, 1)), "linewidth": 1.2},
        "starting": {"color": ink(ax), "linestyle": (0, (1, 1.5)), "linewidth": 1.4},
    }
    ax.stairs(lines["arriving"], edges, fill=True, color=SKY, alpha=0.35, linewidth=0)
    for name, line in lines.items():
        ax.step(edges, np.append(line, line[-1]), where="post", **looks[name])
    top = _top(lines)
    plain(ax, x_label=f"{date} [{time_zone}]", y_label="people per minute")
    ax.set_xlim(0, MINUTES)
    ax.set_ylim(0, top * 1.1)
    ax.set_xticks(range(0, MINUTES + 1, 10), [_clock(begin + at) for at in range(0, 61, 10)])
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    _above(ax, lines["arriving"], top)
    _strip(ax, hour)
    _mark_outages(ax, hour)
    margin_labels(ax, [_name(name, line, top) for name, line in lines.items()])
    return ax


def describe_worst_hour(hour: WorstHour, *, date: str, begin: int, time_zone: str = "UTC") -> str:
    """The hour in words: how many come and get in at most, and how many wait when."""
    lines = hour.lines()
    if not any(line.any() for line in lines.values()):
        return NOBODY
    tops = [
        f"{name} {count(line.sum())}, at most {count(line.max())} a minute"
        for name, line in lines.items()
    ]
    waiting = np.asarray(hour.waiting, dtype=np.float64)
    when = _clock(begin + int(waiting.argmax()))
    lost = "".join(
        f" Lost from {_clock(begin + round(first))} to {_clock(begin + round(last))}: {name}."
        for first, last, name in hour.outages
    )
    return (
        f"Lines over the hour from {_clock(begin)} on {date}, {time_zone}, in people: "
        f"{'; '.join(tops)}. At most {count(hour.most)} wait at once, most about {when}.{lost}"
    )


def _name(name: str, line: NDArray[np.float64], top: float) -> MarginLabel:
    """A name tied to where its line last was half as high as it gets."""
    last = int(np.flatnonzero(line * 2 >= line.max())[-1])
    return MarginLabel(last + 1, min(top, float(line[last])), name)


def _top(lines: Mapping[str, NDArray[np.float64]]) -> float:
    """How far up the axis goes: not to a crowd that would make all other lines flat."""
    arriving = float(lines["arriving"].max())
    others = max(float(line.max()) for name, line in lines.items() if name != "arriving")
    usual = float(np.sort(lines["arriving"])[-3])
    return min(arriving, _CROWD * max(others, usual)) if others or usual else arriving


def _above(ax: Axes, arriving: NDArray[np.float64], top: float) -> None:
    """Say how many come in minutes that go beyond the axis."""
    for minute in np.flatnonzero(arriving > top).tolist():
        ax.annotate(
            f"\N{UPWARDS ARROW} {count(arriving[minute])} in 1 min",
            (minute + 1, ax.get_ylim()[1]),
            (5, -3),
            textcoords="offset points",
            va="top",
            fontsize=TEXT,
        )


def _mark_outages(ax: Axes, hour: WorstHour) -> None:
    """A light band for the time in which something was lost, named inside."""
    top = ax.get_ylim()[1]
    for begin, end, name in hour.outages:
        first, last = max(begin, 0), min(end, MINUTES)
        ax.axvspan(first, last, color=ink(ax), alpha=0.12, linewidth=0, zorder=0)
        late = first > MINUTES / 2
        ax.annotate(
            f"{name} lost",
            (last if late else first, top),
            (-6 if late else 10, -18),
            textcoords="offset points",
            ha="right" if late else "left",
            va="top",
            fontsize=TEXT,
            parse_math=False,
        )


def _strip(ax: Axes, hour: WorstHour) -> None:
    """The people who wait, below the axis."""
    edge, top = ink(ax), ax.get_ylim()[1]
    waiting = np.asarray(hour.waiting, dtype=np.float64)
    deep = top * _STRIP
    ticks = [tick for tick in ax.get_yticks() if 0 <= tick <= top]
    most = max(float(waiting.max()), 1.0)
    heights = waiting / most * deep * 0.85 - deep
    ax.stairs(heights, np.arange(MINUTES + 1), baseline=-deep, fill=True, color=edge, alpha=0.55)
    ax.axhline(0, color=edge, linewidth=0.8)
    ax.set_ylim(-deep, top)
    ax.set_yticks([*ticks, -deep * 0.55], [*(f"{tick:,.0f}" for tick in ticks), "people\nwaiting"])
    ax.yaxis.get_major_ticks()[-1].tick1line.set_visible(False)
    ax.yaxis.get_major_ticks()[-1].gridline.set_visible(False)
    ax.set_xlabel(f"{ax.get_xlabel()}; at most {count(hour.most)} wait at once", fontsize=TEXT)


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
