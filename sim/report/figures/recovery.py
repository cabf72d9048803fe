"""How long it takes to work again after an outage, and how much data is lost.

Two lines that climb: what share of the people hit were back within a time (RTO), and of what share
of the rebuilt desktops no more data was lost than that (RPO). Where a line is steep many come back
together; a long flat end is somebody who waits for the last host.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from sim.report.style import (
    BLUE,
    TEXT,
    VERMILLION,
    ink,
    plain,
    sentence,
)
from sim.report.wording import count, waiting

NOTHING = "Nobody was hit by an outage."
_LOOKS = ((BLUE, "-"), (VERMILLION, (0, (4, 1))))


def recovery(times: Mapping[str, ArrayLike], ax: Axes) -> Axes:
    """Draw what share was within each time.

    Args:
        times: at most two sets of times [ms], by name; empty ones are left out.
        ax: where to draw.
    """
    lines = {name: values for name, given in times.items() if len(values := _sorted(given))}
    if not lines:
        return sentence(ax, NOTHING)
    longest = max(values[-1] for values in lines.values())
    unit, name = (3_600_000, "h") if longest > 2 * 3_600_000 else (60_000, "min")
    end = max(longest / unit, 1e-9) * 1.25
    for row, (label, values) in enumerate(lines.items()):
        colour, line = _LOOKS[row]
        at = np.concatenate([[0], values, [end * unit]]) / unit
        share = np.concatenate([[0], np.arange(1, len(values) + 1) / len(values), [1]]) * 100
        ax.step(at, share, where="post", color=colour, linestyle=line, linewidth=1.8)
        _name(ax, label, (_median(values), float(values[-1])), unit, row)
    plain(ax, x_label=f"within [{name}]", y_label="share [%]")
    ax.set_xlim(0, end)
    ax.set_ylim(0, 104)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 3, 6, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    return ax


def describe_recovery(times: Mapping[str, ArrayLike]) -> str:
    """The lines in words: the number, the median and the longest of each."""
    said = []
    for name, given in times.items():
        values = _sorted(given)
        if len(values):
            half = waiting(_median(values))
            said.append(
                f"{name}: half of {count(len(values))} within {half}, all within "
                f"{waiting(values[-1])}"
            )
    return f"Shares that climb over time. {'; '.join(said)}." if said else NOTHING


def _name(ax: Axes, label: str, times: tuple[float, float], unit: int, row: int) -> None:
    """A dot where a line is half way up, with its name; the first above, the second below it."""
    median, longest = times
    ax.plot([median / unit], [50], marker="o", markersize=5, color=ink(ax))
    ax.annotate(
        f"{label}:\nhalf within {waiting(median)}\nall within {waiting(longest)}",
        (median / unit, 50),
        (14, -2 if row == 0 else -6),
        textcoords="offset points",
        va="bottom" if row == 0 else "top",
        fontsize=TEXT,
    )


def _median(values: NDArray[np.float64]) -> float:
    """The smallest one that half of them do not exceed."""
    return float(values[(len(values) + 1) // 2 - 1])


def _sorted(times: ArrayLike) -> NDArray[np.float64]:
    return np.sort(np.asarray(times, dtype=np.float64))
