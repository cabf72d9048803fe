"""A day of a site's link: what its people need together, and what there is.

One line of demand over the time of day, under two levels: what may be used, and the capacity. What
lies above the lower level is not there, and everybody gets less; how long and how much is the dark
surface.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from sim.report.style import (
    BLUE,
    SKY,
    VERMILLION,
    MarginLabel,
    ink,
    margin_labels,
    plain,
    sentence,
)
from sim.report.wording import count, share, waiting

NOBODY = "Nobody streamed through the link."
_HOURS = 24


@dataclass(frozen=True)
class LinkDay:
    """What a link had to carry over a day [Mbit/s]."""

    edges: ArrayLike
    """Where the demand steps [h after midnight], ascending."""
    demand: ArrayLike
    """What is needed between adjacent edges; one less than edges."""
    usable: float
    capacity: float
    short_ms: float
    """How long more is needed than may be used [ms]."""

    def level(self) -> NDArray[np.float64]:
        """The demand as an array."""
        return np.asarray(self.demand, dtype=np.float64)


def link_day(day: LinkDay, ax: Axes, *, date: str, time_zone: str = "UTC") -> Axes:
    """Draw the demand of a day under what there is.

    Args:
        day: the demand.
        ax: where to draw.
        date: which day, `2026-09-07`.
        time_zone: in which the hours count.
    """
    level = day.level()
    if not level.any():
        return sentence(ax, NOBODY)
    edges = np.asarray(day.edges, dtype=np.float64)
    ax.stairs(np.minimum(level, day.usable), edges, fill=True, color=SKY, alpha=0.35, linewidth=0)
    ax.stairs(
        np.maximum(level, day.usable),
        edges,
        baseline=day.usable,
        fill=True,
        color=VERMILLION,
        alpha=0.75,
        linewidth=0,
    )
    ax.step(edges, np.append(level, level[-1:]), where="post", color=BLUE, linewidth=1.6)
    ax.axhline(day.usable, color=ink(ax), linestyle=(0, (4, 1)), linewidth=1.2)
    ax.axhline(day.capacity, color=ink(ax), linestyle=(0, (1, 1.5)), linewidth=1.2)
    plain(ax, x_label=f"{date} [{time_zone}]\n{_said(day)}", y_label="needed [Mbit/s]")
    ax.set_xlim(0, _HOURS)
    ax.set_ylim(0, max(day.capacity, float(level.max())) * 1.1)
    hours = range(0, _HOURS + 1, 3)
    ax.set_xticks(hours, [f"{hour:02d}:00" for hour in hours])
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    margin_labels(
        ax,
        [
            MarginLabel(_HOURS, day.usable, f"usable {count(day.usable)}"),
            MarginLabel(_HOURS, day.capacity, f"capacity {count(day.capacity)}"),
        ],
    )
    return ax


def describe_link_day(day: LinkDay, *, date: str, time_zone: str = "UTC") -> str:
    """The day in words."""
    if not day.level().any():
        return NOBODY
    return (
        f"Demand in steps over {date}, {time_zone}, under {count(day.usable)} Mbit/s that may be "
        f"used of {count(day.capacity)}: {_said(day)}."
    )


def _said(day: LinkDay) -> str:
    most = float(day.level().max())
    said = f"at most {count(most)} Mbit/s needed"
    if most <= day.usable:
        return f"{said}, {share(most / day.usable)} of what may be used"
    least = share(day.usable / most)
    return f"{said}; too little for {waiting(day.short_ms)}, at worst {least} of the need"
