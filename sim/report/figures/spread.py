"""How far runs lie apart: a dot for each run, and below them what all say together.

The dots show what one month may come to, the interval how well their mean is known: it shrinks with
more runs, and the dots do not. Read side by side nobody takes the one for the other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from sim.report.style import BLUE, TEXT, ink, plain, sentence

HEIGHT = 1.8
"""Height of the figure [in]."""
_STACKS = 72
"""Columns of dots across the figure."""
_TALLEST = 9
"""Dots in the tallest column."""
_DOT = 5.2
"""Width of a dot [pt]."""


@dataclass(frozen=True)
class Spread:
    """One measure of each run, and its estimate."""

    words: str
    """With its unit: `cost [USD]`."""
    values: Sequence[float]
    """One for each run."""
    value: float
    """The estimate; of a ratio not the mean of the runs, but that of all runs together."""
    low: float | None
    high: float | None
    """Ends of the interval, None without one."""
    said: str
    """The estimate as it is written: `34,947 USD (95 %: 34,912 to 34,982)`."""

    @property
    def is_none(self) -> bool:
        """Whether all runs agree, so that there is nothing to see."""
        return min(self.values) == max(self.values)


def spread(shown: Spread, ax: Axes) -> Axes:
    """Draw the runs as dots, and the estimate with its interval below them."""
    if shown.is_none:
        return sentence(ax, describe_spread(shown))
    places, dots, runs = _stacked(shown)
    ax.plot(places, dots, "o", color=BLUE, markersize=_DOT, markeredgewidth=0, linestyle="none")
    colour = ink(ax)
    if shown.low is not None and shown.high is not None:
        ax.plot([shown.low, shown.high], [-1, -1], "|-", color=colour, linewidth=2, markersize=9)
    ax.plot([shown.value], [-1], "D", color=colour, markersize=5)
    low, high = _ends(shown)
    left = (shown.value - low) / (high - low)
    ax.annotate(
        shown.said,
        (shown.value, -1),
        (0, -6),
        textcoords="offset points",
        ha="left" if left < 0.25 else "right" if left > 0.75 else "center",
        va="top",
        fontsize=TEXT,
        parse_math=False,
    )
    many = f"a dot is up to {runs} runs" if runs > 1 else "a dot is a run"
    plain(ax, x_label=f"{shown.words}; {many}", y_label="")
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])
    ax.set_xlim(low, high)
    ax.set_ylim(-3.4, max(3.0, dots.max() + 1))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    return ax


def describe_spread(shown: Spread) -> str:
    """The same in words."""
    if shown.is_none:
        return f"{shown.words}: the same in all {len(shown.values):,} runs."
    low, high = min(shown.values), max(shown.values)
    return (
        f"{shown.words} of {len(shown.values):,} runs from {low:,.6g} to {high:,.6g}, together "
        f"{shown.said}."
    )


def _ends(shown: Spread) -> tuple[float, float]:
    """What the axis shows: all runs and the whole interval, with a margin."""
    ends = [end for end in (shown.low, shown.high) if end is not None]
    low, high = min(*shown.values, *ends), max(*shown.values, *ends)
    margin = 0.04 * (high - low)
    return low - margin, high + margin


def _stacked(shown: Spread) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Where dots stand [unit of the measure] and how high, and the runs that each stands for."""
    low, high = _ends(shown)
    counts, edges = np.histogram(shown.values, bins=_STACKS, range=(low, high))
    runs = math.ceil(int(counts.max()) / _TALLEST)
    tall = -(-counts // runs)
    places = np.repeat((edges[:-1] + edges[1:]) / 2, tall)
    dots = np.concatenate([np.arange(number, dtype=np.float64) for number in tall])
    return places, dots, runs
