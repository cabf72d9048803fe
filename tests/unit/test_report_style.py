"""Looks that do not depend on colour, labels that keep apart, and SVG for any page."""

import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes

from sim.report.figures import cost_by_month, logon_time
from sim.report.style import FILLS, OTHER_FILLS, apart, figure, fills, in_stacking_order
from sim.report.svg import drawing, svg


def test_no_two_charges_share_a_hatch_so_colour_never_stands_alone() -> None:
    hatches = [fill.hatch for fill in [*FILLS.values(), *OTHER_FILLS]]
    assert len(set(hatches)) == len(hatches) == 18


def test_a_charge_keeps_its_fill_whatever_else_is_drawn() -> None:
    alone = fills(["autostop-hours"])
    among = fills(["nat", "alwayson-month", "autostop-hours", "transfer"])
    assert alone["autostop-hours"] == among["autostop-hours"] == FILLS["autostop-hours"]
    assert (among["nat"], among["transfer"]) == OTHER_FILLS[:2]


def test_known_charges_lie_below_shared_services() -> None:
    charges = ["transfer", "directory", "nat", "alwayson-month"]
    assert in_stacking_order(charges) == ["alwayson-month", "directory", "nat", "transfer"]


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([1.0, 5.0, 9.0], [1.0, 5.0, 9.0]),  # far enough apart: nothing moves
        ([1.0, 1.5, 9.0], [1.0, 3.0, 9.0]),  # 1.5 gives way to 1 + 2
        ([8.5, 9.0, 9.5], [6.0, 8.0, 10.0]),  # pushed against the ceiling, from above: 10, 8, 6
        ([-3.0, 4.0], [0.0, 4.0]),  # never under the floor
        ([], []),
    ],
)
def test_labels_move_just_apart(wanted: list[float], placed: list[float]) -> None:
    assert apart(wanted, 2.0, 0.0, 10.0) == placed


def test_labels_that_cannot_fit_still_keep_their_distance() -> None:
    placed = apart([5.0] * 8, 2.0, 0.0, 10.0)  # 8 labels need 14
    assert all(b - a == 2.0 for a, b in pairwise(placed))
    assert placed[-1] == 10.0


def bars(ax: Axes) -> Axes:
    import pandas as pd

    rows = [("2026-09", "alwayson-month", 100.0), ("2026-09", "<b>&\"'$x$", 50.0)]
    return cost_by_month(pd.DataFrame(rows, columns=["month", "charge", "amount"]), ax)


def times(ax: Axes) -> Axes:
    return logon_time(np.array([5_000, 6_000, 70_000]), ax)


def picture(title: str = "Costs") -> ET.Element:
    return ET.fromstring(drawing(bars, topic="cost", title=title, description="150 <USD>").svg)


def named(root: ET.Element, tag: str) -> list[ET.Element]:
    return root.findall(f".//{{http://www.w3.org/2000/svg}}{tag}")


def test_a_drawing_says_what_it_is_to_those_who_do_not_see_it() -> None:
    root = picture()
    title, description = named(root, "title")[0], named(root, "desc")[0]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (title.text, description.text) == ("Costs", "150 <USD>")


def test_text_stays_text_and_is_never_mathematics() -> None:
    words = [element.text for element in named(picture(), "text")]
    assert "<b>&\"'$x$" in words
    assert "alwayson-month" in words
    assert "cost [USD per month]" in words


def test_ink_is_the_page_s_and_the_ground_is_transparent() -> None:
    root = picture()
    painted = [e.get("style", "") for e in root.iter()]
    assert root.get("fill") == "currentColor"
    assert not [style for style in painted if "#000000" in style]
    assert any("stroke: currentColor" in style for style in painted)
    ground = named(root, "path")[0].get("style", "")
    assert ground == "fill: none"


def test_ids_of_two_drawings_on_one_page_do_not_meet() -> None:
    ids = [{e.get("id") for e in picture(title).iter() if e.get("id")} for title in ("A", "B")]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_every_reference_finds_its_id_and_every_id_is_there_once() -> None:
    root = picture()
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(set(ids)) == len(ids)
    referred = {e.get("href", "#").removeprefix("#") for e in named(root, "use")}
    for element in root.iter():
        for value in element.attrib.values():
            if "url(#" in value:
                referred.add(value.split("url(#")[1].split(")")[0])
    assert len(referred) > 3  # ticks, clip path, hatches
    assert referred <= set(ids)


def test_nothing_in_a_drawing_reaches_out_or_rules_the_page() -> None:
    markup = drawing(bars, topic="cost", title="Costs", description="d").svg
    assert markup.count("http") == 1  # the name of the SVG namespace
    assert "<style" not in markup
    assert "<!DOCTYPE" not in markup
    assert "<metadata" not in markup


def test_the_look_does_not_depend_on_the_session_s_style() -> None:
    calm = drawing(times, topic="waiting", title="t", description="d")
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "text.color": "white"}):
        loud = drawing(times, topic="waiting", title="t", description="d")
    assert calm == loud


def test_drawing_leaves_the_session_s_settings_alone() -> None:
    before = dict(mpl.rcParams)
    drawing(times, topic="waiting", title="t", description="d")
    assert dict(mpl.rcParams) == before


def test_svg_of_one_figure_is_the_same_twice() -> None:
    fig = figure()
    times(fig.add_subplot())
    assert svg(fig, "t", "d") == svg(fig, "t", "d")


_PROGRAM = """
import sys
import numpy as np
from sim.report.figures import logon_time
from sim.report.svg import drawing
draw = lambda ax: logon_time(np.array([5_000, 6_000, 70_000]), ax)
sys.stdout.write(drawing(draw, topic="waiting", title="t", description="d").svg)
sys.stderr.write(str("matplotlib.pyplot" in sys.modules))
"""


def test_another_process_draws_the_same_bytes_and_never_loads_pyplot() -> None:
    ran = [
        subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        )
        for seed in ("1", "2")
    ]
    here = drawing(times, topic="waiting", title="t", description="d").svg
    assert ran[0].stdout == ran[1].stdout == here
    assert ran[0].stderr == ran[1].stderr == "False"


def test_a_notebook_shows_a_picture_without_pyplot() -> None:
    """As a PNG of its size: 6.8 in at 144 dots."""
    picture = figure(height=2.0)
    picture.add_subplot()
    shown = picture._repr_png_()
    assert shown.startswith(b"\x89PNG")
    width, height = (int.from_bytes(shown[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (round(6.8 * 144), 2 * 144)
