"""What slow logons wait for: the mean of each stage, over fast logons and over slow ones.

A column for all logons, and one for each band of them from the fastest half to the slowest in
twenty, the stages stacked in the order in which a user meets them. Stages that grow from one column
to the next are what makes a logon slow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    TEXT,
    VERMILLION,
    YELLOW,
    Fill,
    MarginLabel,
    height_of,
    ink,
    margin_labels,
    on_colour,
    paint,
    plain,
    sentence,
)
from sim.report.wording import count, waiting

NO_LOGONS = "Nobody logged on."

GROUPS = {
    "checks": ("network_check", "trusted_device", "ip_access"),
    "directory": ("directory_wait", "directory_service", "directory_link"),
    "second factor": ("mfa_wait", "mfa"),
    "broker": ("broker_wait", "broker"),
    "desktop not ready": ("desktop_wait",),
    "start: in line": ("start_wait",),
    "start": ("start",),
    "settings": ("profile",),
    "streaming": ("streaming",),
    "OS logon": ("os_logon",),
}
"""Stages that are drawn as one, in the order in which a user meets them."""

_FILLS = {
    "checks": Fill(GREY, "\\|"),
    "directory": Fill(VERMILLION, "/|"),
    "second factor": Fill(PURPLE, "++"),
    "broker": Fill(YELLOW, "xx"),
    "desktop not ready": Fill(ORANGE, "\\\\"),
    "start: in line": Fill(YELLOW, "--"),
    "start": Fill(BLUE),
    "settings": Fill(PURPLE, "x|"),
    "streaming": Fill(GREEN, "||"),
    "OS logon": Fill(SKY, "//"),
}
_BAR = 0.62


@dataclass(frozen=True)
class Logons:
    """Logons of like length."""

    name: str
    """`slowest 5 %`."""
    count: int
    means: Mapping[str, float]
    """Mean of each stage [s]."""

    def groups(self) -> dict[str, float]:
        """Mean of each group of stages [s]."""
        return {
            name: sum(self.means.get(stage, 0.0) for stage in stages)
            for name, stages in GROUPS.items()
        }


def logon_stages(bands: Sequence[Logons], ax: Axes) -> Axes:
    """Draw the stages of each band of logons on top of each other.

    Args:
        bands: with at least one logon each.
        ax: where to draw.
    """
    columns = [band.groups() for band in bands]
    totals = [sum(groups.values()) for groups in columns]
    if not any(totals):
        return sentence(ax, NO_LOGONS)
    unit, name = (60.0, "min") if max(totals) > 600 else (1.0, "s")
    ax.set_ylim(0, max(totals) / unit * 1.05)
    ax.set_xlim(-0.6, len(bands) - 1 + 0.45)
    logons = count(max(band.count for band in bands))
    plain(ax, x_label=f"{logons} logons, by how long they took", y_label=f"mean time [{name}]")
    foot = [0.0] * len(bands)
    labels = []
    for group, look in _FILLS.items():
        heights = [groups[group] / unit for groups in columns]
        if not any(heights):
            continue
        for bar in ax.bar(range(len(bands)), heights, width=_BAR, bottom=foot):
            paint(bar, look, ink(ax))
        middle = foot[-1] + heights[-1] / 2
        labels.append(MarginLabel(len(bands) - 1 + _BAR / 2, middle, group, look))
        _write(ax, foot, heights, unit)
        foot = [low + high for low, high in zip(foot, heights, strict=True)]
    names = [
        f"{band.name}\n{waiting(total * 1000)}" for band, total in zip(bands, totals, strict=True)
    ]
    ax.set_xticks(range(len(bands)), names)
    ax.tick_params(axis="x", length=0)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.12g}"))
    margin_labels(ax, labels)
    return ax


def describe_logon_stages(bands: Sequence[Logons]) -> str:
    """The columns in words: how long each band takes, and the three longest stages of it."""
    said = []
    for band in bands:
        groups = band.groups()
        ranked = sorted(groups, key=lambda name: -groups[name])[:3]
        parts = ", ".join(f"{name} {waiting(groups[name] * 1000)}" for name in ranked)
        said.append(f"{band.name} {waiting(sum(groups.values()) * 1000)} ({parts})")
    if not said:
        return NO_LOGONS
    return f"Stacked columns of the mean stages of logons: {'; '.join(said)}."


def _write(ax: Axes, foot: Sequence[float], heights: Sequence[float], unit: float) -> None:
    """Write times into the parts that have room for them."""
    room = height_of(ax, TEXT * 1.5)
    for x, (low, high) in enumerate(zip(foot, heights, strict=True)):
        if high >= room:
            on_colour(ax, x, low + high / 2, waiting(high * unit * 1000))
