"""A figure that stands alone, as a file: a title over it, and the same look in every session.

The same figure gives the same bytes. As SVG its ground is transparent, as PNG white.
"""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import matplotlib.style  # a submodule that `import matplotlib` does not load
from matplotlib.axes import Axes

from sim.report.style import DPI, TEXT, Picture, figure
from sim.report.svg import svg

Surface = Axes
"""What figures are drawn on; nobody else imports Matplotlib."""
Draw = Callable[[Surface], Surface]


def drawn(draw: Draw, *, title: str, height: float) -> Picture:
    """The figure itself, of that height [in], in the style of the session."""
    fig = figure(height)
    ax = fig.add_subplot(axes_class=ShownAxes)
    ax.set_title(title, fontsize=TEXT + 1, loc="left", parse_math=False)
    draw(ax)
    return fig


class ShownAxes(Axes):
    """Axes of a figure of their own, as which a notebook shows them."""

    def _repr_png_(self) -> bytes:
        whole = self.get_figure(root=True)
        assert isinstance(whole, Picture)
        return whole._repr_png_()


def on_axes(draw: Draw, ax: Axes | None, *, title: str, height: float) -> Axes:
    """Draw on some axes, or, without any, on a figure of that height [in] with its title."""
    if ax is not None:
        return draw(ax)
    return drawn(draw, title=title, height=height).axes[0]


def as_svg(draw: Draw, *, title: str, description: str, height: float) -> str:
    """The figure as one `<svg>` element, with what a screen reader says."""
    with mpl.style.context("default"):
        return svg(drawn(draw, title=title, height=height), title, description)


def save_png(path: Path, draw: Draw, *, title: str, height: float) -> None:
    """Write the figure as PNG, without a word about who made it when."""
    with mpl.style.context("default"):
        fig = drawn(draw, title=title, height=height)
        fig.savefig(path, format="png", dpi=DPI, metadata={"Software": None})
