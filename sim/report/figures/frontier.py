"""A trade: what each point costs against what it gives, and which points nothing else beats.

One panel for each measure that is held against the first. Points that something else beats are
grey and hollow; the others are named beside the drawing, by the settings in which they differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.style import BLUE, GREY, TEXT, MarginLabel, ink, margin_labels, plain, sentence
from sim.study.frontier import spread

NOTHING = "There are no two points to trade."

MOST_NAMES = 12
"""Points that are named; of more there is no room, and so many are named from end to end."""
_LINE = 28
"""Characters of a line of a name."""
_PANEL = 2.5
"""Height of a panel, unless its names need more [in]."""


@dataclass(frozen=True)
class Ends:
    """A value with its interval, where it has one [unit of the axis]."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class TradePoint:
    """One point."""

    settings: Sequence[str]
    """What it is named by, `autostop_timeout 2 h`, unless it is beaten."""
    values: Sequence[Ends]
    """Of each measure."""
    beaten: bool


def frontier(points: Sequence[TradePoint], ax: Axes, *, measures: Sequence[str]) -> Axes:
    """Draw every point, and name those that nothing beats.

    Args:
        points: with a value of each measure.
        ax: where to draw; further panels are added below it.
        measures: in words with their units, two or more; the first one goes across.
    """
    if len(points) < 2:
        return sentence(ax, NOTHING)
    panels = _panels(ax, len(measures) - 1)
    for number, panel in enumerate(panels, start=1):
        for beaten in (True, False):
            for point in points:
                if point.beaten == beaten:
                    _dot(panel, point.values[0], point.values[number], beaten=beaten)
        last = number == len(panels)
        plain(panel, x_label=measures[0] if last else "", y_label=measures[number])
        panel.grid(visible=True, axis="x", color=ink(ax), alpha=0.15, linewidth=0.6)
        panel.margins(0.06, 0.12)
        for axis in (panel.xaxis, panel.yaxis):
            axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
        panel.autoscale_view()
        if measures[number].endswith("[%]"):
            low, _ = panel.get_ylim()
            panel.set_yticks([tick for tick in panel.get_yticks() if low <= tick <= 100])
    if isinstance(fig := ax.figure, Figure):
        fig.draw_without_rendering()  # lays it out, and names are set apart by what is left then
    for number, panel in enumerate(panels, start=1):
        names = [
            MarginLabel(point.values[0].value, point.values[number].value, _name(point))
            for point in _named(points)
        ]
        margin_labels(panel, names, lines=_most_lines(points))
    return ax


def describe_frontier(points: Sequence[TradePoint], *, measures: Sequence[str]) -> str:
    """The picture in words: the points that nothing beats."""
    if len(points) < 2:
        return NOTHING
    left = [point for point in points if not point.beaten]
    said = [
        f"{', '.join(point.settings)}: "
        + ", ".join(
            f"{words} {value.value:,.6g}"
            for words, value in zip(measures, point.values, strict=True)
        )
        for point in _named(points)
    ]
    return f"{len(points)} points; nothing beats {len(left)} of them: {'; '.join(said)}."


def height_of_frontier(points: Sequence[TradePoint], *, measures: Sequence[str]) -> float:
    """Height that its panels and names need [in]."""
    names = len(_named(points)) * _most_lines(points) * TEXT * 1.35 / 72
    return 0.7 + (len(measures) - 1) * max(_PANEL, names * 1.1 + 0.4)


def _panels(ax: Axes, number: int) -> list[Axes]:
    """The axes and others below it, which share its x axis."""
    place, fig = ax.get_subplotspec(), ax.figure
    if number == 1 or place is None:
        return [ax]
    assert isinstance(fig, Figure)
    grid = place.subgridspec(number, 1)
    ax.set_subplotspec(grid[0])
    ax.tick_params(labelbottom=False)
    return [ax, *(fig.add_subplot(grid[row], sharex=ax) for row in range(1, number))]


def _dot(ax: Axes, x: Ends, y: Ends, *, beaten: bool) -> None:
    colour = GREY if beaten else ink(ax)
    if x.low is not None and x.high is not None:
        ax.hlines(y.value, x.low, x.high, color=colour, linewidth=1.3)
    if y.low is not None and y.high is not None:
        ax.vlines(x.value, y.low, y.high, color=colour, linewidth=1.3)
    ax.plot(
        [x.value],
        [y.value],
        linestyle="",
        marker="o",
        markersize=4.5 if beaten else 7,
        color=GREY if beaten else BLUE,
        markerfacecolor="none" if beaten else BLUE,
        zorder=2.5 if beaten else 3,
    )


def _named(points: Sequence[TradePoint]) -> list[TradePoint]:
    return spread([point for point in points if not point.beaten], MOST_NAMES)


def _most_lines(points: Sequence[TradePoint]) -> int:
    return max((_name(point).count("\n") + 1 for point in _named(points)), default=1)


def _name(point: TradePoint) -> str:
    """Its settings on as few lines as they fit."""
    lines: list[str] = []
    for setting in point.settings:
        if lines and len(lines[-1]) + 2 + len(setting) <= _LINE:
            lines[-1] += f", {setting}"
        else:
            lines.append(setting)
    return "\n".join(lines)
