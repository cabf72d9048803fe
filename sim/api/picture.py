"""A figure that is ready to be drawn: on axes, on a page, or as a file of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.api.errors import ResultError
from sim.storage import replace_file, write_text

if TYPE_CHECKING:
    from sim.report.contents import Drawing, Topic
    from sim.report.picture import Draw, Surface

SUFFIXES = (".svg", ".png")


@dataclass(frozen=True)
class Picture:
    """What is drawn, and what is said of it."""

    title: str
    description: str
    """The same in words."""
    height: float
    """Of a figure of its own [in]."""
    draw: "Draw"

    def on(self, ax: "Surface | None") -> "Surface":
        """On some axes, or on a figure of its own, as which a notebook shows it."""
        from sim.report.picture import on_axes

        return on_axes(self.draw, ax, title=self.title, height=self.height)

    def drawing(self, topic: "Topic") -> "Drawing":
        """For a page."""
        from sim.report.svg import drawing

        return drawing(
            self.draw,
            topic=topic,
            title=self.title,
            description=self.description,
            height=self.height,
        )

    def svg(self) -> str:
        """As markup that stands alone, with its title."""
        from sim.report.picture import as_svg

        return as_svg(self.draw, title=self.title, description=self.description, height=self.height)

    def write(self, path: Path) -> None:
        """Write it as `.svg` or `.png`, whole or not at all.

        Raises:
            ResultError: for another kind of file.
            OSError: as one sentence, when the system refuses.
        """
        from sim.report.picture import save_png

        check_suffix(path)
        if path.suffix == ".svg":
            write_text(path, self.svg() + "\n")
            return
        with replace_file(path) as temporary:
            save_png(temporary, self.draw, title=self.title, height=self.height)


def check_suffix(path: Path) -> None:
    """Whether a picture can be written to a file of that name.

    Raises:
        ResultError: when it can not.
    """
    if path.suffix not in SUFFIXES:
        raise ResultError(f"expected a picture that ends in .svg or .png, got '{path}'")
