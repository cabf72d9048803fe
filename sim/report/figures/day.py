"""A day of a pool: what was asked for, what was there, what was held.

Three lines of user sessions over the time of day. Where *active* meets *actual* nothing is free,
and whoever comes is turned away; where *desired* lies above *actual*, capacity is on its way and
not there yet. Between actual and active lies what is paid for and not used. The average day shows
the third, the worst day the first two, with the people turned away below.
"""

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

NO_CAPACITY = "The pool had no capacity, and nobody asked for any."

_HOURS = 24
_STRIP = 0.2
"""Height of the strip below the axis, as a part of what is above it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CapacityDay:
    """The three lines of a day, each as (edges, level).

    Edges ascend [h after midnight]; a level [user sessions] holds between adjacent ones, so there
    is one edge more.
    """

    desired: tuple[ArrayLike, ArrayLike]
    """There or on its way."""
    actual: tuple[ArrayLike, ArrayLike]
    """There."""
    active: tuple[ArrayLike, ArrayLike]
    """Held."""

    def lines(self) -> dict[str, tuple[Floats, Floats]]:
        """The lines by name, in the order in which they are drawn."""
        named = {"desired": self.desired, "actual": self.actual, "active": self.active}
        return {name: (_floats(edges), _floats(level)) for name, (edges, level) in named.items()}

    def top(self) -> float:
        """The highest level of all."""
        return max(float(level.max(initial=0)) for _, level in self.lines().values())


def average_day(
    day: CapacityDay,
    band: tuple[ArrayLike, ArrayLike],
    ax: Axes,
    *,
    days: int,
    time_zone: str = "UTC",
) -> Axes:
    """Draw the mean capacity of a pool by time of day, and how far demand spreads over days.

    Args:
        day: means over days.
        band: what 5 % and what 95 % of the days do not exceed of what is held, between the edges
            of that line.
        ax: where to draw.
        days: how many days the means are over.
        time_zone: in which the hours count.
    """
    top = day.top()
    if not top:
        return sentence(ax, NO_CAPACITY)
    edges = day.lines()["active"][0]
    low, high = (_floats(values) for values in band)
    _draw(ax, day)
    ax.stairs(high, edges, baseline=low, fill=True, color=VERMILLION, alpha=0.3, linewidth=0)
    over = f"means of {days} busy days, band: 5 to 95 % of them" if days > 1 else "one day"
    _frame(ax, f"time of day [{time_zone}]; {over}", max(top, float(high.max())))
    _name_lines(ax, day)
    return ax


def worst_day(
    day: CapacityDay, turned_away: ArrayLike, ax: Axes, *, date: str, time_zone: str = "UTC"
) -> Axes:
    """Draw every step of one day's capacity, and when people were turned away.

    Args:
        day: every step of the day.
        turned_away: attempts that found no capacity, or gave up waiting, in slices of one length
            that fill the 24 hours.
        ax: where to draw.
        date: which day, `2026-09-07`.
        time_zone: in which the hours count.
    """
    top, away = day.top(), _floats(turned_away)
    if not top and not away.any():
        return sentence(ax, NO_CAPACITY)
    _draw(ax, day)
    _frame(ax, f"{date} [{time_zone}]", max(top, 1.0))
    if away.any():
        _strip(ax, away)
    _name_lines(ax, day)
    return ax


def describe_average_day(day: CapacityDay, *, days: int, time_zone: str = "UTC") -> str:
    """The average day in words: when each line is highest, and how much lies idle."""
    if not day.top():
        return NO_CAPACITY
    lines = day.lines()
    tops = [
        f"{name} is highest from {_clock(edges[int(level.argmax())])}, {level.max():,.1f}"
        for name, (edges, level) in lines.items()
    ]
    free = _mean(*lines["actual"]) - _mean(*lines["active"])
    over = f"means of {days} busy days" if days > 1 else "one day"
    return (
        f"Three lines over the time of day, {time_zone}, {over} in user sessions: "
        f"{'; '.join(tops)}. On average {free:,.1f} of what is there are free."
    )


def describe_worst_day(
    day: CapacityDay, turned_away: ArrayLike, *, date: str, time_zone: str = "UTC"
) -> str:
    """The worst day in words: how high each line goes, and when people were turned away."""
    tops = [f"{name} {count(level.max(initial=0))}" for name, (_, level) in day.lines().items()]
    said = f"Steps over {date}, {time_zone}, in user sessions, at most: {', '.join(tops)}."
    away = _floats(turned_away)
    if not away.any():
        return f"{said} Nobody was turned away."
    edges = _slices(away)
    first, last = np.flatnonzero(away)[[0, -1]]
    most = int(away.argmax())
    attempts = "1 attempt was" if away.sum() == 1 else f"{count(away.sum())} attempts were"
    return (
        f"{said} {attempts} turned away between {_clock(edges[first])} and "
        f"{_clock(edges[last + 1])}, most in the {_minutes(edges)} min from {_clock(edges[most])}: "
        f"{count(away[most])}."
    )


def _draw(ax: Axes, day: CapacityDay) -> None:
    """The three lines, with what is there as a surface."""
    lines = day.lines()
    looks: dict[str, dict[str, Any]] = {
        "desired": {"color": ink(ax), "linestyle": (0, (1, 1.5)), "linewidth": 1.4},
        "actual": {"color": BLUE, "linestyle": "-", "linewidth": 1.6},
        "active": {"color": VERMILLION, "linestyle": (0, (4, 1)), "linewidth": 1.6},
    }
    edges, there = lines["actual"]
    ax.stairs(there, edges, fill=True, color=SKY, alpha=0.35, linewidth=0)
    for name, (at, level) in lines.items():
        ax.step(at, np.append(level, level[-1:]), where="post", label=name, **looks[name])


def _frame(ax: Axes, x_label: str, top: float) -> None:
    plain(ax, x_label=x_label, y_label="user sessions")
    ax.set_xlim(0, _HOURS)
    ax.set_ylim(0, top * 1.12)
    hours = range(0, _HOURS + 1, 3)
    ax.set_xticks(hours, [f"{hour:02d}:00" for hour in hours])
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _strip(ax: Axes, away: Floats) -> None:
    """Bars below the axis for the people turned away, and a light band over the lines above."""
    edge, edges, top = ink(ax), _slices(away), ax.get_ylim()[1]
    deep = top * _STRIP
    ticks = [tick for tick in ax.get_yticks() if 0 <= tick <= top]
    for begin, end in _runs(away > 0):
        ax.axvspan(edges[begin], edges[end], color=edge, alpha=0.1, linewidth=0, zorder=0)
    ax.stairs(away / away.max() * deep * 0.8 - deep, edges, baseline=-deep, fill=True, color=edge)
    ax.axhline(0, color=edge, linewidth=0.8)
    ax.set_ylim(-deep, top)
    named = [*(f"{tick:,.0f}" for tick in ticks), "turned\naway"]
    ax.set_yticks([*ticks, -deep * 0.55], named)
    ax.yaxis.get_major_ticks()[-1].tick1line.set_visible(False)
    ax.yaxis.get_major_ticks()[-1].gridline.set_visible(False)
    at_most = f"at most {count(away.max())} in {_minutes(edges)} min"
    ax.set_xlabel(f"{ax.get_xlabel()}; {count(away.sum())} turned away, {at_most}", fontsize=TEXT)


def _minutes(edges: Floats) -> int:
    """Length of the first slice [min]."""
    return round(float(edges[1] - edges[0]) * 60)


def _slices(values: Floats) -> Floats:
    """Edges of slices of one length that fill the day [h]."""
    return np.linspace(0, _HOURS, len(values) + 1)


def _runs(here: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a mask is true without a break: [begin, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], here, [False]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _name_lines(ax: Axes, day: CapacityDay) -> None:
    """Tie the name of each line to its end; of those that end together the higher one on top."""
    ends = [
        MarginLabel(float(edges[-1]), float(level[-1]), name)
        for name, (edges, level) in day.lines().items()
    ]
    margin_labels(ax, ends[::-1])


def _mean(edges: Floats, level: Floats) -> float:
    return float((np.diff(edges) * level).sum() / (edges[-1] - edges[0]))


def _clock(hour: float) -> str:
    minutes = round(hour * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)
