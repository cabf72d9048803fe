"""How many desktops run, and how many are connected, over an average week.

The gap between the two lines is what is paid for and not used: the timeout hours of AutoStop, and
the nights of AlwaysOn. The peak of the whole time is what hosts and limits must carry; the average
week alone would hide it.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
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

NO_DESKTOPS = "No desktop was running in the measured time."
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_HOURS = 168
_PEAKS = {"running": (BLUE, ":"), "connected": (VERMILLION, (0, (1, 3)))}


def concurrency_week(
    hours: ArrayLike,
    running: ArrayLike,
    connected: ArrayLike,
    ax: Axes,
    *,
    peak_running: float | None = None,
    peak_connected: float | None = None,
    time_zone: str = "UTC",
) -> Axes:
    """Draw how many desktops run, and how many are connected, over an average week.

    Args:
        hours: ascending beginnings of the intervals [h since Monday 00:00], each lasting to the
            next one, and the last to the end of the week, 168.
        running: mean number of running desktops in each interval [desktops]; NaN where nothing was
            measured, for both lines alike.
        connected: the same of connected ones.
        ax: where to draw.
        peak_running: most running at one instant of the whole time, drawn as a line of reference.
        peak_connected: the same of connected ones.
        time_zone: in which the hours count.
    """
    at = np.append(np.asarray(hours, dtype=float), _HOURS)
    up, used = (_closed(values) for values in (running, connected))
    if not (np.nansum(up) or np.nansum(used)):
        return sentence(ax, NO_DESKTOPS)
    edge = ink(ax)
    ax.fill_between(at, up, step="post", color=SKY, alpha=0.35, linewidth=0)
    ax.step(at, up, where="post", color=BLUE, linewidth=1.6, label="running")
    ax.step(
        at, used, where="post", color=VERMILLION, linewidth=1.6, linestyle="--", label="connected"
    )
    plain(ax, x_label=f"average week [weekday, {time_zone}]", y_label="desktops")
    ax.set_xlim(0, _HOURS)
    ax.set_ylim(
        0, max(np.nanmax(up), np.nanmax(used), peak_running or 0, peak_connected or 0) * 1.2
    )
    ax.axvspan(5 * 24, _HOURS, color=edge, alpha=0.05, linewidth=0)
    ax.set_xticks(range(0, _HOURS + 1, 24), [""] * 8)
    ax.set_xticks(range(12, _HOURS, 24), WEEKDAYS, minor=True)
    ax.tick_params(axis="x", which="minor", length=0, labelsize=TEXT)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    margin_labels(ax, _ends(at, {"running": up, "connected": used}))
    _mark_peaks(ax, {"running": peak_running, "connected": peak_connected})
    return ax


def describe_concurrency(
    hours: ArrayLike,
    running: ArrayLike,
    connected: ArrayLike,
    *,
    peak_running: float | None = None,
    peak_connected: float | None = None,
    time_zone: str = "UTC",
) -> str:
    """The figure of the week in words: when each line is highest, and how high."""
    at = np.append(np.asarray(hours, dtype=float), _HOURS)
    up, used = (_closed(values) for values in (running, connected))
    if not (np.nansum(up) or np.nansum(used)):
        return NO_DESKTOPS
    said = ["Two lines over an average week."]
    for name, line, peak in (("Running", up, peak_running), ("Connected", used, peak_connected)):
        top = int(np.nanargmax(line[:-1]))
        day, hour = divmod(float(at[top]), 24)
        when = f"{WEEKDAYS[int(day)]} {int(hour):02d}:{round(hour % 1 * 60):02d} {time_zone}"
        whole = f", peak of the whole time {count(peak)}" if peak is not None else ""
        said.append(f"{name} desktops are highest on {when}: {line[top]:,.1f} on average{whole}.")
    return " ".join(said)


def _closed(values: ArrayLike) -> NDArray[np.float64]:
    """The values with the last one repeated, so that the last step is drawn to the end."""
    given = np.asarray(values, dtype=float)
    return np.append(given, given[-1:])


def _ends(at: NDArray[np.float64], lines: Mapping[str, NDArray[np.float64]]) -> list[MarginLabel]:
    """The last point of each line, where its name is tied to it."""
    ends = []
    for name, line in lines.items():
        last = int(np.flatnonzero(~np.isnan(line))[-1])
        ends.append(MarginLabel(float(at[min(last + 1, len(at) - 1)]), float(line[last]), name))
    return ends


def _mark_peaks(ax: Axes, peaks: Mapping[str, float | None]) -> None:
    """Lines across the axes, named above the higher one and below the lower one."""
    known = sorted((peak, name) for name, peak in peaks.items() if peak is not None)
    for place, (peak, name) in enumerate(known):
        below = place == 0 and len(known) > 1
        colour, line = _PEAKS[name]
        ax.axhline(peak, color=colour, linestyle=line, linewidth=1.2)
        ax.annotate(
            f"peak {name} {count(peak)}",
            (_HOURS - 1, peak),
            (0, -3 if below else 2),
            textcoords="offset points",
            ha="right",
            va="top" if below else "bottom",
            fontsize=TEXT,
        )
