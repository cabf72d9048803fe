"""How long logons take, from arrival to a usable desktop.

A mean would hide the two kinds of logon that there are: to a running desktop, and to one that must
resume. The histogram shows both, and three lines say what half of the users, all but one in twenty
and all but one in a hundred put up with.
"""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from sim.report.style import BLUE, SKY, TEXT, ink, plain, sentence
from sim.report.wording import count, waiting

NO_LOGONS = "Nobody logged on."
PERCENTILES = (50, 95, 99)

_ROOM = 1.35
"""How far an axis goes beyond the 99th percentile, so that its label fits."""
_LINES = {50: "-", 95: "--", 99: ":"}


def logon_time(
    total_ms: ArrayLike, ax: Axes, *, percentiles: Mapping[int, float] | None = None
) -> Axes:
    """Draw how logon times are spread, and mark the times that 50, 95 and 99 % of them keep.

    Args:
        total_ms: time from arrival to a usable desktop of each logon that connected [ms].
        ax: where to draw.
        percentiles: those measured elsewhere [ms], by percent; else the smallest observed time that
            the percentage keeps.
    """
    seconds = np.asarray(total_ms, dtype=float) / 1000
    if not len(seconds):
        return sentence(ax, NO_LOGONS)
    marks = _percentiles(seconds, percentiles)
    unit, name = (60.0, "min") if marks[99] > 600 else (1.0, "s")
    times = seconds / unit
    edges = _edges(times, marks[99] / unit)
    shares = np.histogram(times, edges)[0] / len(times) * 100
    ax.stairs(shares, edges, fill=True, facecolor=SKY, edgecolor=BLUE, linewidth=0.8)
    beyond = int((times > edges[-1]).sum())
    note = f", {count(beyond)} longer, up to {waiting(seconds.max() * 1000)}" if beyond else ""
    x_label = f"logon time [{name}] of {_number(len(times))}{note}"
    plain(ax, x_label=x_label, y_label="share of logons [%]")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 3, 6, 10]))
    ax.set_xlim(0, max(edges[-1], _ROOM * marks[99] / unit))
    ax.set_ylim(0, shares.max() * 1.45)
    ax.set_yticks([tick for tick in ax.get_yticks() if tick <= min(100, shares.max() * 1.2)])
    for row, (percent, mark) in enumerate(marks.items()):
        _mark_percentile(ax, percent, mark / unit, waiting(mark * 1000), row)
    return ax


def describe_logons(total_ms: ArrayLike, *, percentiles: Mapping[int, float] | None = None) -> str:
    """The figure of logon times in words: their number, the marked times, shortest and longest."""
    seconds = np.asarray(total_ms, dtype=float) / 1000
    if not len(seconds):
        return NO_LOGONS
    marks = _percentiles(seconds, percentiles)
    said = ", ".join(f"p{percent} {waiting(mark * 1000)}" for percent, mark in marks.items())
    span = f"from {waiting(seconds.min() * 1000)} to {waiting(seconds.max() * 1000)}"
    return f"Histogram of the logon times of {_number(len(seconds))}, {span}: {said}."


def _number(logons: int) -> str:
    return f"{logons:,} logon" + ("" if logons == 1 else "s")


def _percentiles(
    seconds: NDArray[np.float64], measured: Mapping[int, float] | None
) -> dict[int, float]:
    if measured is not None:
        return {percent: measured[percent] / 1000 for percent in PERCENTILES}
    found = np.percentile(seconds, PERCENTILES, method="inverted_cdf")
    return dict(zip(PERCENTILES, found.tolist(), strict=True))


def _edges(times: NDArray[np.float64], p99: float) -> NDArray[np.float64]:
    """Bins of a round width from 0 to the longest time, or to where `p99` still has its room."""
    longest = float(times.max())
    end = (longest if longest <= 2 * p99 else _ROOM * p99) or 1.0
    rough = end / 120
    power = 10.0 ** math.floor(math.log10(rough))
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    return np.linspace(0, (bins := int(end / width) + 1) * width, bins + 1)


def _mark_percentile(ax: Axes, percent: int, at: float, words: str, row: int) -> None:
    """A line from the axis to a label whose height is its own."""
    height = ax.get_ylim()[1] * (0.98 - 0.09 * row)
    ax.vlines(at, 0, height, color=ink(ax), linestyle=_LINES[percent], linewidth=1.3)
    ax.annotate(
        f"p{percent}  {words}",
        (at, height),
        (4, 0),
        textcoords="offset points",
        va="top",
        fontsize=TEXT,
    )
