"""Where the planned working time went: a waterfall from planned down to delivered.

Each bar hangs where the one above it ended, so what is lost to one thing can be read off against
what is lost to another, and all of them end at what people got. Where little is lost the axis
begins near what was delivered: bars from 0 would all look full, and the losses like lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.style import (
    BLUE,
    ORANGE,
    PURPLE,
    SKY,
    TEXT,
    VERMILLION,
    YELLOW,
    Fill,
    broken,
    ink,
    paint,
    plain,
    sentence,
)
from sim.report.wording import lost_words, share

NOTHING_PLANNED = "Nobody had planned any work."
NOTHING_LOST = "Everything that was planned was delivered."
MOST_LOSSES = 8
"""Losses drawn one by one; of more than these the smallest are drawn together."""

_FILLS = {
    "planned": Fill(SKY),
    "never-started": Fill(ORANGE, "\\\\"),
    "waited": Fill(YELLOW, "xx"),
    "interrupted": Fill(VERMILLION, "//"),
    "cut": Fill(PURPLE, "++"),
    "other": Fill("#999999", "||"),
    "delivered": Fill(BLUE),
}
_BAR = 0.68
_FULL = 0.35
"""Share lost from which on the axis begins at 0."""


@dataclass(frozen=True)
class LostTime:
    """Planned time that was not delivered, of one kind and cause."""

    way: str
    """`never-started`, `waited`, `interrupted`, `cut`."""
    cause: str
    """`zone-outage`; empty where there is none."""
    hours: float

    @property
    def words(self) -> str:
        """`interrupted: zone-outage`."""
        return lost_words(self.way, self.cause)


def lost_time(planned: float, losses: Sequence[LostTime], ax: Axes) -> Axes:
    """Draw what became of the planned time.

    Args:
        planned: working time planned [h].
        losses: what was not delivered, in the order in which it is drawn.
        ax: where to draw.
    """
    if not planned:
        return sentence(ax, NOTHING_PLANNED)
    shown = _largest(losses)
    if not shown:
        return sentence(ax, NOTHING_LOST)
    lost = sum(loss.hours for loss in shown)
    left = 0.0 if lost >= _FULL * planned else planned - lost / _FULL
    names = ["planned", *(loss.words for loss in shown), "delivered"]
    _bar(ax, 0, (left, planned), "planned", _hours(planned))
    at = planned
    for row, loss in enumerate(shown, start=1):
        said = f"\N{MINUS SIGN}{_hours(loss.hours)}, {share(loss.hours / planned)}"
        _bar(ax, row, (at - loss.hours, at), loss.way, said)
        ax.vlines(at, row - 1 + _BAR / 2, row - _BAR / 2, color=ink(ax), linewidth=0.6)
        at -= loss.hours
    ax.vlines(at, len(shown) + _BAR / 2, len(shown) + 1 - _BAR / 2, color=ink(ax), linewidth=0.6)
    percent = share(at / planned)
    _bar(ax, len(shown) + 1, (left, at), "delivered", f"{_hours(at)}, {percent}")
    begins = f"; the axis begins at {left:,.0f}" if left else ""
    plain(ax, x_label=f"working time of all people [h]{begins}", y_label="")
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=ink(ax), alpha=0.15, linewidth=0.6)
    ax.set_yticks(range(len(names)), names, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(left, planned + (planned - left) * 0.3)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    ax.set_xticks([tick for tick in ax.get_xticks() if left <= tick <= planned])
    if left:
        broken(ax, left, (0, len(names) - 1), _BAR)
    return ax


def describe_lost_time(planned: float, losses: Sequence[LostTime]) -> str:
    """The waterfall in words: planned, each loss with its share, delivered."""
    if not planned:
        return NOTHING_PLANNED
    if not _largest(losses):
        return NOTHING_LOST
    said = [
        f"{loss.words} {_hours(loss.hours)} ({share(loss.hours / planned)})"
        for loss in _largest(losses)
    ]
    got = planned - sum(loss.hours for loss in losses)
    return (
        f"Waterfall. Planned {_hours(planned)}; lost: {', '.join(said)}; delivered {_hours(got)} "
        f"({share(got / planned)})."
    )


def height_of_lost_time(losses: Sequence[LostTime]) -> float:
    """Height that its bars need [in]."""
    return 1.0 + 0.32 * (len(_largest(losses)) + 2)


def _largest(losses: Sequence[LostTime]) -> list[LostTime]:
    """Losses above zero in their order; of many, the smallest as one."""
    real = [loss for loss in losses if loss.hours > 0]
    if len(real) <= MOST_LOSSES:
        return real
    ranked = sorted(range(len(real)), key=lambda row: (-real[row].hours, row))
    kept = sorted(ranked[: MOST_LOSSES - 1])
    rest = ranked[MOST_LOSSES - 1 :]
    together = sum(real[row].hours for row in rest)
    return [*(real[row] for row in kept), LostTime("other", f"{len(rest)} smaller", together)]


def _bar(ax: Axes, row: int, span: tuple[float, float], look: str, said: str) -> None:
    low, high = span
    for bar in ax.barh([row], [high - low], left=[low], height=_BAR):
        paint(bar, _FILLS[look], ink(ax))
    ax.annotate(said, (high, row), (5, 0), textcoords="offset points", va="center", fontsize=TEXT)


def _hours(hours: float) -> str:
    return f"{hours:,.0f} h" if hours >= 100 else f"{hours:,.1f} h"
