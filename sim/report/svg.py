"""A figure as one `<svg>` element to put into a page.

Text stays text: it can be searched, and read aloud. The ground is transparent and black becomes
`currentColor`, so the page decides what ink is, and one drawing is right in light, in dark and on
paper. Every id begins with a hash of the picture, so that several figures live on one page. The
same figure gives the same bytes.

Left out: interaction. What a pointer would reveal stands in the tables.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2s
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.style  # a submodule that `import matplotlib` does not load
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report.contents import Drawing, Topic
from sim.report.style import figure

FONTS = "'DejaVu Sans', Verdana, sans-serif"
"""The first is what the layout was measured with; the second has the same widths."""

_NAMESPACE = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_BLACK = re.compile(r"\b(fill|stroke): #000000")
_FAMILY = re.compile(r"font-family: [^;]*(; |$)")
_PIXELS = re.compile(r"image-rendering: ?[^;]*(;|$)")
_LONG = re.compile(r"\d+\.\d{3,}")
_REFERENCE = re.compile(r"url\(#([^)]*)\)")


def drawing(
    draw: Callable[[Axes], Axes], *, topic: Topic, title: str, description: str, height: float = 3.0
) -> Drawing:
    """Draw for a page [height in inches], in the same look whatever style a session has set."""
    with mpl.style.context("default"), _any_letter():
        fig = figure(height)
        draw(fig.add_subplot())
        markup = svg(fig, title, description)
    return Drawing(topic=topic, title=title, description=description, svg=markup)


def svg(fig: Figure, title: str, description: str) -> str:
    """The figure as markup, with what a screen reader says: its title and what it shows."""
    written = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "desksim"}), _any_letter():
        fig.savefig(written, format="svg", transparent=True, metadata=nothing)
    picture = written.getvalue()
    prefix = "f" + blake2s((title + picture).encode(), digest_size=5).hexdigest()
    root = ET.fromstring(picture)
    referred = _references(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_NAMESPACE}}}")
        _rewrite(element.attrib, prefix, referred)
    _head(root, prefix, title, description)
    ET.indent(root, space="")
    return ET.tostring(root, encoding="unicode")


@contextmanager
def _any_letter() -> Iterator[None]:
    """Letters that the font lacks are only measured with it; the reader's browser has others."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def _references(root: ET.Element) -> set[str]:
    """Ids that something refers to; the others are dropped."""
    found = {link.removeprefix("#") for e in root.iter() if (link := e.get(_LINK))}
    for element in root.iter():
        for value in element.attrib.values():
            found.update(_REFERENCE.findall(value))
    return found


def _rewrite(attributes: dict[str, str], prefix: str, referred: set[str]) -> None:
    """Prefix ids and references to them, turn black into ink, shorten what nobody sees."""
    own = attributes.pop("id", None)
    link = attributes.pop(_LINK, None)
    for name, value in attributes.items():
        renamed = _REFERENCE.sub(rf"url(#{prefix}-\1)", value)
        short = " ".join(renamed.split())
        # A matrix holds scales, of which a hundredth is much.
        matrix = short.startswith("matrix")
        attributes[name] = short if matrix else _LONG.sub(_hundredths, short)
    if "style" in attributes:
        # Cells that are made smaller are to be mixed, not left out.
        attributes["style"] = _PIXELS.sub("", attributes["style"])
        inked = _BLACK.sub(r"\1: currentColor", attributes["style"])
        attributes["style"] = _FAMILY.sub("", inked)
    if own in referred:
        attributes["id"] = f"{prefix}-{own}"
    if link:
        inside = link.startswith("#")
        # A picture of cells stands in the markup itself, as data.
        attributes["href"] = f"#{prefix}-{link[1:]}" if inside else "".join(link.split())


def _hundredths(number: re.Match[str]) -> str:
    """Hundredths of a point are finer than any screen, and half the bytes."""
    return f"{float(number[0]):.2f}"


def _head(root: ET.Element, prefix: str, title: str, description: str) -> None:
    """Give the root its role and names, and what the dropped `<style>` said of every element.

    Inside a page a `<style>` would rule the whole page; attributes of the root rule the figure.
    """
    for parent in root.iter("defs"):
        for style in parent.findall("style"):
            parent.remove(style)
    view = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib |= {
        "xmlns": _NAMESPACE,
        "viewBox": view,
        "role": "img",
        "aria-labelledby": f"{prefix}-title {prefix}-desc",
        "fill": "currentColor",
        "font-family": FONTS,
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }
    for index, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(tag, {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(index, element)
