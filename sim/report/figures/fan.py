"""A fan: what the months to come may cost, P10 to P90, with the mean in it and a budget over it.

The band is of one month at a time. No run follows its edge: that all months are dear at once is
rarer than that one of them is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.report.style import BLUE, TEXT, VERMILLION, MarginLabel, ink, margin_labels, plain

HEIGHT = 3.0
"""Height of the figure [in]."""
_MOST_LABELS = 13


@dataclass(frozen=True)
class Fan:
    """Cost by month over the runs."""

    months: Sequence[str]
    mean: Sequence[float]
    p10: Sequence[float]
    p90: Sequence[float]
    budget: float | None = None
    """Drawn as a line where there is one."""
    words: str = "cost of the month [USD]"


def fan(shown: Fan, ax: Axes) -> Axes:
    """Draw the band from P10 to P90, the mean, and the budget."""
    places = np.arange(len(shown.months))
    ax.fill_between(places, shown.p10, shown.p90, color=BLUE, alpha=0.35, linewidth=0)
    for edge in (shown.p10, shown.p90):
        ax.plot(places, edge, color=BLUE, linewidth=1.0)
    ax.plot(places, shown.mean, color=ink(ax), linewidth=1.6, marker="o", markersize=3)
    plain(ax, x_label="month (UTC)", y_label=shown.words)
    labels = [
        MarginLabel(places[-1], shown.p90[-1], "P90: 9 of 10\nruns at most"),
        MarginLabel(places[-1], shown.mean[-1], "mean"),
        MarginLabel(places[-1], shown.p10[-1], "P10: 1 of 10\nruns at most"),
    ]
    if shown.budget is not None:
        ax.axhline(shown.budget, color=VERMILLION, linestyle="--", linewidth=1.4)
        labels.append(MarginLabel(places[-1], shown.budget, "budget"))
    every = -(-len(shown.months) // _MOST_LABELS)
    ax.set_xticks(places[::every], [_short(month) for month in shown.months[::every]])
    ax.set_xlim(-0.3, len(places) - 0.7)
    ax.set_ylim(*_ends(shown))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    ax.tick_params(axis="x", labelsize=TEXT - 1)
    margin_labels(ax, labels, lines=2)
    return ax


def describe_fan(shown: Fan) -> str:
    """The same in words."""
    told = [
        f"{month} mean {mean:,.0f}, P10 {low:,.0f}, P90 {high:,.0f}"
        for month, mean, low, high in zip(
            shown.months, shown.mean, shown.p10, shown.p90, strict=True
        )
    ]
    budget = "" if shown.budget is None else f" The budget is {shown.budget:,.0f}."
    return f"{shown.words[0].upper()}{shown.words[1:]}: {'; '.join(told)}.{budget}"


def _ends(shown: Fan) -> tuple[float, float]:
    """From zero on where the runs lie far apart, else all that is drawn with a margin."""
    drawn = [*shown.p10, *shown.p90, *shown.mean]
    drawn += [] if shown.budget is None else [shown.budget]
    low, high = min(drawn), max(drawn)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    return (0.0 if low < high / 2 else low - margin), high + margin


def _short(month: str) -> str:
    """`Jan`, and of the first month of a year `Jan 27` below each other."""
    year, number = month.split("-")
    name = (
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    )[int(number) - 1]  # fmt: skip
    return f"{name}\n{year}" if name == "Jan" else name
