"""How much of a pool's capacity is held in each hour of the week.

A strip of hours for each day, paler where capacity lies idle and stronger where it is full. The
percentage stands in every cell, so that nobody has to tell shades apart.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sim.report.figures.concurrency import WEEKDAYS
from sim.report.style import BLUE, TEXT, plain, sentence

NO_CAPACITY = "The pool never had any capacity in the measured time."

_HOURS, _DAYS = 24, 7
_FULL = 0.9
"""From here on a share stands out: hardly anybody finds room any more."""
_STRONGEST = 0.75
"""Opacity of a full cell: ink on it has a contrast of 4.5 or more, in light and in dark."""
_CELL_TEXT = TEXT - 1
"""Three digits fit into a cell of a figure of the usual width."""


def utilization_week(
    utilization: Sequence[float | None], ax: Axes, *, time_zone: str = "UTC"
) -> Axes:
    """Draw the share of the capacity that is held in each hour of the week.

    Args:
        utilization: from Monday 00:00 on, 168 shares from 0 to 1; None where there was no capacity.
        ax: where to draw.
        time_zone: in which the hours count.
    """
    shares = _week(utilization)
    if np.isnan(shares).all():
        return sentence(ax, NO_CAPACITY)
    for (day, hour), used in np.ndenumerate(shares):
        if not np.isnan(used):
            _cell(ax, day, hour, float(used))
    plain(ax, x_label=f"hour of the week [{time_zone}], utilisation [%]", y_label="")
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    ax.set_xlim(0, _HOURS)
    ax.set_ylim(_DAYS, 0)
    ax.set_xticks(np.arange(_HOURS) + 0.5, [f"{hour:02d}" for hour in range(_HOURS)])
    ax.set_yticks(np.arange(_DAYS) + 0.5, WEEKDAYS)
    return ax


def describe_utilization(utilization: Sequence[float | None], *, time_zone: str = "UTC") -> str:
    """The strip in words: the fullest and the emptiest hour."""
    shares = _week(utilization)
    if np.isnan(shares).all():
        return NO_CAPACITY
    ends = [
        f"{word} from {_when(int(place))}, {shares.flat[place]:.0%}".replace("%", " %")
        for word, place in (
            ("fullest", np.nanargmax(shares)),
            ("emptiest", np.nanargmin(shares)),
        )
    ]
    return f"Utilisation by hour of the week, {time_zone}: {', '.join(ends)}."


def _week(utilization: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array(utilization, dtype=np.float64).reshape(_DAYS, _HOURS)


def _when(place: int) -> str:
    day, hour = divmod(place, _HOURS)
    return f"{WEEKDAYS[day]} {hour:02d}:00"


def _cell(ax: Axes, day: int, hour: int, used: float) -> None:
    # The ground shows through what is not used, so that pale is pale on a dark page as well.
    ax.add_patch(
        Rectangle(
            (hour + 0.03, day + 0.03),
            0.94,
            0.94,
            facecolor=BLUE,
            alpha=_STRONGEST * used**1.5,
            linewidth=0,
        )
    )
    ax.text(
        hour + 0.5,
        day + 0.5,
        f"{used * 100:.0f}",
        ha="center",
        va="center_baseline",
        fontsize=_CELL_TEXT,
        fontweight="bold" if used >= _FULL else "normal",
    )
