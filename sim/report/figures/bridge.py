"""From the cost of one scenario to that of another: a waterfall, one bar for each factor.

Each bar begins where the one above it ended, so the bars between the first and the last add up to
the difference. The line across the end of a bar is its interval. Where all bars would look full the
axis begins near them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.style import BLUE, GREEN, ORANGE, SKY, TEXT, Fill, broken, ink, paint, plain
from sim.report.style import sentence as say

NO_DIFFERENCE = "Both scenarios say the same."

_WHOLE = (Fill(SKY), Fill(BLUE))
_MORE, _LESS = Fill(ORANGE, "\\\\"), Fill(GREEN, "//")
_BAR = 0.62
_FULL = 0.35
"""Part of the larger cost that the bars take up from which on the axis begins at 0."""


@dataclass(frozen=True)
class BridgeStep:
    """What one factor, or several together, change."""

    words: str
    amount: float
    """In the currency; below zero where it gets cheaper."""
    said: str
    """Amount and interval in words."""
    low: float | None = None
    """Ends of the interval of the amount; None where there is none."""
    high: float | None = None


@dataclass(frozen=True)
class CostBridge:
    """The two costs and the way from one to the other."""

    names: tuple[str, str]
    begin: float
    """Cost of the first [USD]."""
    steps: Sequence[BridgeStep]

    @property
    def end(self) -> float:
        """Cost of the second [USD]."""
        return self.begin + sum(step.amount for step in self.steps)


def cost_bridge(bridge: CostBridge, ax: Axes, *, currency: str = "USD") -> Axes:
    """Draw the way from one cost to the other.

    Args:
        bridge: the costs and the steps between them.
        ax: where to draw.
        currency: of all amounts.
    """
    if not bridge.steps:
        return say(ax, NO_DIFFERENCE)
    left, right = _range(bridge)
    last = len(bridge.steps) + 1
    _bar(ax, 0, (left, bridge.begin), _WHOLE[0])
    _say(ax, 0, bridge.begin, f"{bridge.begin:,.0f}")
    at = bridge.begin
    for row, step in enumerate(bridge.steps, start=1):
        _tie(ax, at, row)
        _step(ax, row, at, step)
        at += step.amount
    _tie(ax, at, last)
    _bar(ax, last, (left, at), _WHOLE[1])
    _say(ax, last, at, f"{at:,.0f}")
    begins = f"; the axis begins at {left:,.0f}" if left else ""
    plain(ax, x_label=f"cost of a run [{currency}]{begins}", y_label="")
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=ink(ax), alpha=0.15, linewidth=0.6)
    names = [bridge.names[0], *(step.words for step in bridge.steps), bridge.names[1]]
    ax.set_yticks(range(last + 1), map(shortened, names), parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(last + 0.6, -0.6)
    ax.set_xlim(left, right + (right - left) * 0.55)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    ax.set_xticks([tick for tick in ax.get_xticks() if left <= tick <= right])
    if left:
        broken(ax, left, (0, last), _BAR)
    return ax


def describe_cost_bridge(bridge: CostBridge, *, currency: str = "USD") -> str:
    """The waterfall in words: the first cost, each step, the second cost."""
    if not bridge.steps:
        return NO_DIFFERENCE
    steps = ", ".join(f"{step.words} {step.said}" for step in bridge.steps)
    return (
        f"Waterfall from the cost of {bridge.names[0]}, {bridge.begin:,.0f} {currency} a run, to "
        f"that of {bridge.names[1]}, {bridge.end:,.0f} {currency}: {steps}."
    )


def height_of_cost_bridge(bridge: CostBridge) -> float:
    """Height that its bars need [in]."""
    return 1.0 + 0.32 * (len(bridge.steps) + 2)


def shortened(name: str, most: int = 34) -> str:
    """A name that leaves room for the drawing; of a long one the middle is left out."""
    if len(name) <= most:
        return name
    half = (most - 1) // 2
    return f"{name[:half]}\N{HORIZONTAL ELLIPSIS}{name[-half:]}"


def _range(bridge: CostBridge) -> tuple[float, float]:
    """Where the axis begins, and the largest value in it."""
    at, ends = bridge.begin, [bridge.begin]
    for step in bridge.steps:
        ends += [at + (end if end is not None else step.amount) for end in (step.low, step.high)]
        at += step.amount
        ends.append(at)
    low, high = min(ends), max(ends)
    wide = high - low
    if low <= 0 or wide >= _FULL * high:
        return min(low, 0.0), high
    return max(low - max(wide, high * 0.001) * 0.5, 0.0), high


def _step(ax: Axes, row: int, at: float, step: BridgeStep) -> None:
    after = at + step.amount
    _bar(ax, row, (min(at, after), max(at, after)), _MORE if step.amount > 0 else _LESS)
    edge = max(at, after)
    if step.low is not None and step.high is not None:
        ends = (at + step.low, at + step.high)
        ax.hlines(row, *ends, color=ink(ax), linewidth=1.2)
        ax.vlines(ends, row - 0.13, row + 0.13, color=ink(ax), linewidth=1.2)
        edge = max(edge, ends[1])
    _say(ax, row, edge, step.said)


def _bar(ax: Axes, row: int, span: tuple[float, float], look: Fill) -> None:
    low, high = span
    for bar in ax.barh([row], [high - low], left=[low], height=_BAR):
        paint(bar, look, ink(ax))


def _say(ax: Axes, row: int, edge: float, said: str) -> None:
    place = {"textcoords": "offset points", "va": "center", "fontsize": TEXT}
    ax.annotate(said, (edge, row), (5, 0), **place)  # type: ignore[arg-type] # one style for all


def _tie(ax: Axes, at: float, row: int) -> None:
    """A line from the end of the bar above to the beginning of this one."""
    ax.vlines(at, row - 1 + _BAR / 2, row - _BAR / 2, color=ink(ax), linewidth=0.6)
