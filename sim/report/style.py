"""How every figure looks, on a light page, a dark page and paper.

Nothing is told apart by colour alone: each kind of thing has a colour from a palette that
colour-blind readers can tell apart, and a hatch or a line style of its own. Whatever carries
meaning as ink - text, axes, lines of reference - is drawn in the colour of the axis labels, black
by default, which `sim.report.svg` leaves to the page: one drawing serves light and dark.

Palette: Okabe and Ito, "Color Universal Design", 2008.

No state of pyplot is read or changed. Text from outside is never taken as mathematics: a fleet may
be called `$x$`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#999999"

WIDTH = 6.8
"""Width of a figure [in]: that of a notebook's column and of the text on A4 or Letter."""
TEXT = 9.0
"""Size of all text [pt]."""

_ON_COLOUR = "#1a1a1a"


@dataclass(frozen=True)
class Fill:
    """A surface that is told apart in print and by everyone."""

    colour: str
    hatch: str = ""


FILLS = {
    "alwayson-month": Fill(BLUE),
    "autostop-base": Fill(SKY, "//"),
    "autostop-hours": Fill(ORANGE, "\\\\"),
    "autostop-maintenance-hours": Fill(YELLOW, "xx"),
    "standby-month": Fill(PURPLE, "//|"),
    "standby-hours": Fill(PURPLE, "\\\\|"),
    "volume-root-gb": Fill(GREEN, "||"),
    "volume-user-gb": Fill(GREEN, "--"),
    "application": Fill(PURPLE, "++"),
    "directory": Fill(VERMILLION, "/|"),
    "pool-running-hours": Fill(BLUE, "/"),
    "pool-stopped-hours": Fill(SKY, "x-"),
    "pool-user-month": Fill(YELLOW, "/+"),
    "pool-storage": Fill(GREEN, "\\+"),
}
"""A charge looks the same in every figure; shared services take what follows. Hatches are made of
lines, since one of dots or rings takes a hundred times the bytes in SVG."""
OTHER_FILLS = (Fill(GREY, "\\|"), Fill(SKY, "/-"), Fill(ORANGE, "\\-"), Fill(PURPLE, "x|"))
HATCH_WIDTH = 0.6
"""Of the lines of a hatch [pt]: visible in print, and quieter than the edge of a bar."""


def fills(charges: Sequence[str]) -> dict[str, Fill]:
    """A fill for each charge: its own, or the next free one."""
    spare = iter(OTHER_FILLS)
    return {charge: FILLS.get(charge) or next(spare, Fill(GREY)) for charge in charges}


def in_stacking_order(charges: Iterable[str]) -> list[str]:
    """Charges from the foot of a bar up: those with a fill of their own, then the rest by name."""
    order = {charge: place for place, charge in enumerate(FILLS)}
    return sorted(charges, key=lambda charge: (order.get(charge, len(order)), charge))


def paint(patch: Patch, fill: Fill, edge: str) -> None:
    """Give a surface its colour and hatch, and an edge that shows it on any ground."""
    patch.set(facecolor=fill.colour, hatch=fill.hatch, edgecolor=edge, linewidth=0.5)
    patch.set_hatch_linewidth(HATCH_WIDTH)


def ink(ax: Axes) -> str:
    """The colour in which these axes write: dark on light, or as the reader's style has it."""
    return str(ax.xaxis.label.get_color())


def plain(ax: Axes, *, x_label: str, y_label: str) -> None:
    """Label the axes, and leave of the frame only what is read."""
    ax.set_xlabel(x_label, fontsize=TEXT)
    ax.set_ylabel(y_label, fontsize=TEXT)
    ax.tick_params(labelsize=TEXT)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(visible=True, axis="y", color=ink(ax), alpha=0.15, linewidth=0.6)
    ax.set_axisbelow(True)


def broken(ax: Axes, left: float, rows: Sequence[int], bar: float) -> None:
    """Two strokes across the foot of bars that go on to the left of the axis.

    Args:
        ax: where horizontal bars are drawn, its limits set.
        left: where the axis begins [unit of the x axis].
        rows: of the bars.
        bar: their height [rows].
    """
    wide = (ax.get_xlim()[1] - left) * 0.008
    for row in rows:
        for step in (2, 3.4):
            x = left + step * wide
            ax.plot(
                [x - wide * 0.6, x + wide * 0.6],
                [row + bar * 0.62, row - bar * 0.62],
                color=ink(ax),
                linewidth=1.0,
            )


def sentence(ax: Axes, text: str) -> Axes:
    """Say in words that there is nothing to draw."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", fontsize=TEXT + 1, transform=ax.transAxes)
    return ax


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels as little as it takes to keep them `gap` apart, inside [low, high] if they fit.

    `wanted` ascends; so does the result.
    """
    placed: list[float] = []
    for at in wanted:
        placed.append(max(at, low, placed[-1] + gap if placed else low))
    ceiling = high
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed


def height_of(ax: Axes, points: float) -> float:
    """What a height on paper [pt] is in units of the y axis."""
    low, high = ax.get_ylim()
    inches = ax.get_window_extent().height / ax.figure.dpi
    return points / 72 / inches * (high - low)


@dataclass(frozen=True)
class MarginLabel:
    """A name beside the place where its surface or line ends."""

    x: float
    """Where that is [unit of the x axis]."""
    y: float
    """Where that is [unit of the y axis]."""
    text: str
    fill: Fill | None = None
    """Shown as a sample beside the name; None for a line."""


def margin_labels(ax: Axes, labels: Sequence[MarginLabel], *, lines: int = 1) -> None:
    """Write names to the right of the axes, tied to their places by thin lines.

    Args:
        ax: where the places are, its limits set.
        labels: in any order.
        lines: of the longest name.
    """
    low, high = ax.get_ylim()
    ordered = sorted(labels, key=lambda label: label.y)
    gap = height_of(ax, TEXT * 1.35 * lines)
    heights = apart([label.y for label in ordered], gap, low + gap / 2, high - gap / 2)
    across = ax.get_yaxis_transform()
    for label, height in zip(ordered, heights, strict=True):
        ax.annotate(
            label.text,
            (label.x, label.y),
            (1.075 if label.fill else 1.03, height),
            textcoords=across,
            va="center",
            fontsize=TEXT,
            parse_math=False,
            annotation_clip=False,
        )
        ax.annotate(
            "",
            (label.x, label.y),
            (1.025, height),
            textcoords=across,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "linewidth": 0.6,
                "color": ink(ax),
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        if label.fill:
            tall = gap * 0.6
            sample = Rectangle(
                (1.03, height - tall / 2), 0.035, tall, transform=across, clip_on=False
            )
            dense = Fill(
                label.fill.colour, label.fill.hatch * 2
            )  # so little has room for few lines
            paint(sample, dense, ink(ax))
            ax.add_patch(sample)


def on_colour(ax: Axes, x: float, y: float, text: str) -> None:
    """Write on a coloured surface, legibly in either theme: dark on a light ground of its own."""
    ax.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=TEXT - 0.5,
        color=_ON_COLOUR,
        bbox={
            "boxstyle": "round,pad=0.15",
            "facecolor": "#ffffff",
            "edgecolor": "none",
            "alpha": 0.9,
        },
    )


DPI = 144
"""Dots of a PNG per inch: 979 across, sharp on a screen and enough for a slide."""


class Picture(Figure):
    """A figure that nobody else holds, and that a notebook shows whether pyplot is there or not."""

    def _repr_png_(self) -> bytes:
        shown = BytesIO()
        self.savefig(shown, format="png", dpi=DPI, metadata={"Software": None})
        return shown.getvalue()


def figure(height: float = 3.0, width: float = WIDTH) -> Picture:
    """A figure of this size [in], with room made for its labels."""
    return Picture(figsize=(width, height), layout="constrained")
