"""Which settings move a measure: bars below each other, the longest on top.

Two kinds of bars. *Shares*: what part of a measure's variance each setting accounts for, alone and
together with others, when all of them vary at once. *Effects*: from what to what the measure goes
when one setting changes and nothing else does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.style import BLUE, SKY, TEXT, Fill, ink, paint, plain, sentence

NOTHING = "None of the settings moves it."

_ALONE, _TOTAL = Fill(BLUE), Fill(SKY, "//")
_BAR = 0.36
"""Height of one of the two bars of a setting [rows]."""
_EFFECT = 0.5
_AXIS = 250.0
"""Width of an axis beside the longest names [pt]."""
_NAME = 38
"""Characters of a longer name are left out in front: the end tells settings apart."""


@dataclass(frozen=True)
class Share:
    """A part of the variance [1], with its interval where it has one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class SettingShares:
    """What one setting accounts for."""

    setting: str
    alone: Share
    total: Share


@dataclass(frozen=True)
class SettingEffect:
    """From what to what a measure goes with one setting."""

    setting: str
    low: float
    """The least that the measure is [unit of the axis]."""
    high: float
    """The most."""
    low_at: str
    """The setting's value there."""
    high_at: str
    said: str
    """The difference with its interval, in few words."""


def shares_tornado(rows: Sequence[SettingShares], ax: Axes, *, measure: str) -> Axes:
    """Draw the shares of the settings in the variance of a measure.

    Args:
        rows: from top to bottom.
        ax: where to draw.
        measure: in words.
    """
    if not rows:
        return sentence(ax, NOTHING)
    for row, one in enumerate(rows):
        _share(ax, row - _BAR / 2, one.alone, _ALONE, "alone")
        _share(ax, row + _BAR / 2, one.total, _TOTAL, "in all")
    _rows(ax, [_end(one.setting) for one in rows], f"share of the variance of {measure} [%]")
    ends = [end for one in rows for share in (one.alone, one.total) for end in _ends(share)]
    # Room for what stands behind the longest bar.
    ax.set_xlim(min(0, *ends) * 105, max(*ends, 0.01) * 130)
    ax.set_xticks([tick for tick in ax.get_xticks() if 0 <= tick <= 100])
    return ax


def describe_shares_tornado(rows: Sequence[SettingShares], *, measure: str) -> str:
    """The bars in words."""
    if not rows:
        return NOTHING
    said = [
        f"{one.setting} {_percent(one.alone)} alone, {_percent(one.total)} in all" for one in rows
    ]
    return f"Bars of shares of the variance of {measure}: {'; '.join(said)}."


def effects_tornado(
    rows: Sequence[SettingEffect], ax: Axes, *, measure: str, middle: float
) -> Axes:
    """Draw from what to what a measure goes with each setting.

    Args:
        rows: from top to bottom.
        ax: where to draw.
        measure: in words, with its unit.
        middle: its mean over all points.
    """
    if not rows:
        return sentence(ax, NOTHING)
    for row, one in enumerate(rows):
        for bar in ax.barh([row], [one.high - one.low], left=[one.low], height=_EFFECT):
            paint(bar, _ALONE, ink(ax))
        for end, text, step, side in (
            (one.low, one.low_at, -5, "right"),
            (one.high, one.high_at, 5, "left"),
        ):
            ax.annotate(
                text,
                (end, row),
                (step, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=TEXT,
                parse_math=False,
            )
    ax.axvline(middle, color=ink(ax), linewidth=0.8, linestyle=(0, (4, 2)))
    _rows(ax, [f"{_end(one.setting)}\n{one.said}" for one in rows], measure)
    ax.set_xlim(*_with_labels(rows))
    return ax


def describe_effects_tornado(rows: Sequence[SettingEffect], *, measure: str) -> str:
    """The bars in words."""
    if not rows:
        return NOTHING
    said = [f"{one.setting} from {one.low_at} to {one.high_at}, {one.said}" for one in rows]
    return f"Bars of what settings do to {measure}, from least to most: {'; '.join(said)}."


def _with_labels(rows: Sequence[SettingEffect]) -> tuple[float, float]:
    """Limits of the axis between which each bar has room for what stands at its ends."""
    low, high = min(one.low for one in rows), max(one.high for one in rows)
    if low == high:
        low, high = low - 0.5, high + 0.5
    left, right = low, high
    for _ in range(8):  # more room makes every label narrower in units of the axis
        each = (right - left) * TEXT * 0.62 / _AXIS
        gap = (right - left) * 8 / _AXIS
        left = min(low, *(one.low - gap - each * len(one.low_at) for one in rows))
        right = max(high, *(one.high + gap + each * len(one.high_at) for one in rows))
    return left, right


def height_of_tornado(rows: Sequence[object]) -> float:
    """Height that its bars need [in]."""
    return 0.9 + 0.42 * max(len(rows), 2)


def _rows(ax: Axes, names: Sequence[str], label: str) -> None:
    plain(ax, x_label=label, y_label="")
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=ink(ax), alpha=0.15, linewidth=0.6)
    ax.set_yticks(range(len(names)), names, parse_math=False)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))


def _share(ax: Axes, at: float, share: Share, fill: Fill, word: str) -> None:
    for bar in ax.barh([at], [share.value * 100], height=_BAR):
        paint(bar, fill, ink(ax))
    if share.low is not None and share.high is not None:
        ax.hlines(at, share.low * 100, share.high * 100, color=ink(ax), linewidth=1.0)
        for end in (share.low, share.high):
            ax.vlines(end * 100, at - 0.09, at + 0.09, color=ink(ax), linewidth=1.0)
    ax.annotate(
        f"{_percent(share)} {word}",
        (max(0, *_ends(share)) * 100, at),
        (5, 0),
        textcoords="offset points",
        va="center",
        fontsize=TEXT,
    )


def _ends(share: Share) -> list[float]:
    return [end for end in (share.value, share.low, share.high) if end is not None]


def _percent(share: Share) -> str:
    return f"{round(share.value * 100)} %"


def _end(name: str) -> str:
    return name if len(name) <= _NAME else f"…{name[-_NAME:]}"
