"""Differences of several measures around zero: a dot and its interval, filled where it is sure.

Dollars, seconds and shares have no common axis: each measure has a scale of its own, and the values
stand beside it. What the eye compares is where zero lies: outside an interval, or in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from sim.report.figures.bridge import shortened
from sim.report.style import BLUE, TEXT, VERMILLION, ink
from sim.report.style import sentence as say

NOTHING = "The scenarios have no measure in common."

_HALF = 1.0
"""Width of each side of zero; the labels begin behind it."""


@dataclass(frozen=True)
class DifferenceRow:
    """The difference of one scenario in one measure."""

    scenario: str
    """Shown where there are several."""
    value: float
    low: float | None
    high: float | None
    established: bool
    said: str
    """Value and interval in words."""


@dataclass(frozen=True)
class MeasureDifferences:
    """One measure with the differences of each scenario, on a scale of its own."""

    words: str
    rows: Sequence[DifferenceRow]


def measure_differences(measures: Sequence[MeasureDifferences], ax: Axes) -> Axes:
    """Draw the differences, measure below measure.

    Args:
        measures: each with at least one row.
        ax: where to draw.
    """
    if not measures:
        return say(ax, NOTHING)
    at = 0.0
    names: list[tuple[float, str]] = []
    heads: list[int] = []
    for measure in measures:
        alone = len(measure.rows) == 1
        if not alone:
            heads.append(len(names))
            names.append((at, measure.words))
            at += 1
        scale = _scale(measure.rows)
        for row in measure.rows:
            names.append((at, measure.words if alone else shortened(row.scenario, 28)))
            _row(ax, at, row, scale)
            at += 1
        at += 0.0 if alone else 0.35
    ax.axvline(0, color=ink(ax), linewidth=0.8)
    ax.spines[["top", "right", "left", "bottom"]].set_visible(False)
    ax.set_yticks([place for place, _ in names], [name for _, name in names], parse_math=False)
    for place in heads:
        ax.get_yticklabels()[place].set_fontweight("bold")
    ax.tick_params(axis="y", length=0, labelsize=TEXT)
    ax.set_ylim(at - 0.3, -0.7)
    ax.set_xlim(-_HALF * 1.05, _HALF * 4.9)
    ax.set_xticks([-_HALF / 2, 0, _HALF / 2], ["less", "0", "more"])
    ax.tick_params(axis="x", length=0, labelsize=TEXT)
    key = "filled: established; hollow: not. Each measure has a scale of its own"
    ax.set_xlabel(key, fontsize=TEXT, loc="left")
    return ax


def describe_measure_differences(measures: Sequence[MeasureDifferences]) -> str:
    """The plot in words: each difference, and whether it is established."""
    if not measures:
        return NOTHING
    said = []
    for measure in measures:
        for row in measure.rows:
            of = "" if len(measure.rows) == 1 else f" of {row.scenario}"
            sure = "" if row.established else ", not established"
            said.append(f"{measure.words}{of} {row.said}{sure}")
    return f"Differences around zero: {'; '.join(said)}."


def height_of_measure_differences(measures: Sequence[MeasureDifferences]) -> float:
    """Height that its rows need [in]."""
    rows = sum(len(one.rows) + (1.35 if len(one.rows) > 1 else 0) for one in measures)
    return 1.0 + 0.27 * rows


def _scale(rows: Sequence[DifferenceRow]) -> float:
    """What fills one side of zero."""
    ends = [abs(end) for row in rows for end in (row.value, row.low, row.high) if end is not None]
    return max(ends) or 1.0


def _row(ax: Axes, at: float, row: DifferenceRow, scale: float) -> None:
    colour = ink(ax) if not row.established else VERMILLION if row.value > 0 else BLUE
    if row.low is not None and row.high is not None:
        low, high = row.low / scale * _HALF, row.high / scale * _HALF
        ax.hlines(at, low, high, color=colour, linewidth=2.0 if row.established else 1.0)
        ax.vlines((low, high), at - 0.16, at + 0.16, color=colour, linewidth=1.0)
    x = row.value / scale * _HALF
    ground = colour if row.established else "none"
    ax.plot([x], [at], marker="o", markersize=6, color=colour, markerfacecolor=ground, linestyle="")
    said = ax.annotate(row.said, (_HALF * 1.12, at), va="center", fontsize=TEXT)
    said.set_in_layout(False)  # there is room for it in the axes, which it must not push together
