"""The days of a desktop: every band and bar is where it was, and has a name somewhere."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from sim.record import DesktopState
from sim.report.figures import (
    MOST_DAYS,
    Timeline,
    describe_timeline,
    desktop_timeline,
    height_of_timeline,
)
from sim.report.figures.timeline import CONNECTED, FILLS, GONE, LEFT_OPEN, LOGGING_ON
from sim.report.picture import as_svg, drawn
from sim.report.style import figure

MONDAY = date(2026, 9, 7)

Box = tuple[float, float, float, float]
"""Begin and end [h], top and foot [row]."""


def days(
    end: float = 24,
    *,
    states: Sequence[tuple[float, float, str]] = (),
    sessions: Sequence[tuple[float, float, float]] = (),
    logons: Sequence[tuple[float, float]] = (),
    wrong: Sequence[tuple[float, str]] = (),
) -> Timeline:
    return Timeline(MONDAY, 0, end, states, sessions, logons, wrong)


TWO = days(
    48,
    states=[
        (0, 9, "stopped"),
        (9, 9.03, "starting"),
        (9.03, 18, "available"),
        (18, 33, "stopped"),
        (33, 42, "available"),
        (42, 48, "stopped"),
    ],
    sessions=[(9.05, 17, 17), (33, 40, 41)],
    logons=[(8.99, 9.05)],
    wrong=[(34, "interrupted: zone-outage"), (35, "logon refused: zone-outage")],
)
"""A day that went well, and one on which the client stayed open and the zone was lost."""


@pytest.fixture
def ax() -> Axes:
    return figure(height_of_timeline(2)).add_subplot()


def boxes(ax: Axes, colour: str) -> list[Box]:
    """The pieces that are drawn in a colour."""
    found: list[Box] = []
    for drawn_ in ax.collections:
        faces = np.asarray(drawn_.get_facecolor())
        if isinstance(drawn_, PolyCollection) and to_hex(tuple(faces[0])) == to_hex(colour):
            for path in drawn_.get_paths():
                corners = np.asarray(path.vertices)
                (left, top), (right, foot) = corners.min(axis=0), corners.max(axis=0)
                found.append((float(left), float(right), float(top), float(foot)))
    return sorted(found, key=lambda box: (box[2], box[0]))


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_each_day_is_a_row_and_each_state_a_band(ax: Axes) -> None:
    assert desktop_timeline(TWO, ax) is ax

    available = boxes(ax, FILLS["available"].colour)
    assert [(round(left, 2), round(right, 2)) for left, right, _, _ in available] == [
        (9.03, 18),
        (9, 18),
    ]
    assert [int(top) for _, _, top, _ in available] == [0, 1]
    stopped = boxes(ax, FILLS["stopped"].colour)
    # 18:00 to 33:00 is the evening of Monday and the night of Tuesday
    assert [(left, right) for left, right, _, _ in stopped] == [(0, 9), (18, 24), (0, 9), (18, 24)]


def test_a_minute_is_wide_enough_to_be_seen(ax: Axes) -> None:
    desktop_timeline(TWO, ax)

    ((left, right, _, _),) = boxes(ax, FILLS["starting"].colour)
    assert left == 9
    assert right - left > 0.03
    points = (right - left) * ax.get_window_extent().width / ax.figure.dpi * 72 / 24
    assert points >= 1.5


def test_sessions_lie_beneath_and_tell_work_from_an_open_client(ax: Axes) -> None:
    desktop_timeline(TWO, ax)

    worked, open_ = boxes(ax, CONNECTED.colour), boxes(ax, LEFT_OPEN.colour)
    assert [(left, right) for left, right, _, _ in worked] == [(9.05, 17), (9, 16)]
    assert [(left, right) for left, right, _, _ in open_] == [(16, 17)]
    bands = boxes(ax, FILLS["available"].colour)
    for (_, _, _, foot), (_, _, top, _) in zip(bands, worked, strict=True):
        assert foot < top
    assert boxes(ax, LOGGING_ON.colour)


def test_what_went_wrong_is_marked_and_told(ax: Axes) -> None:
    desktop_timeline(TWO, ax)

    marks = [c.get_offsets() for c in ax.collections if isinstance(c, PathCollection)]
    assert len(marks) == 2  # a light cross below a dark one
    for offsets in marks:
        assert np.allclose(np.asarray(offsets)[:, 0], [10, 11])
        assert all(int(y) == 1 for y in np.asarray(offsets)[:, 1])
    assert ax.get_xlabel() == (
        "time of day [UTC]\ncrosses: 1 x interrupted: zone-outage, 1 x logon refused: zone-outage"
    )


def test_everything_that_is_drawn_has_a_name_and_each_row_its_date(ax: Axes) -> None:
    desktop_timeline(TWO, ax)

    assert {"stopped", "starting", "available", "connected", "left open"} <= set(texts(ax))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Mon 09-07", "Tue 09-08"]


SHORT = days(
    states=[
        (0, 13, "available"),
        (13, 13.5, "unhealthy"),
        (13.5, 13.55, "stopped"),
        (13.55, 13.65, "starting"),
        (13.65, 13.7, "rebooting"),
        (13.7, 24, "available"),
    ]
)
"""Four states with no room for their names, all in one row."""


@pytest.mark.parametrize("story", [TWO, SHORT], ids=["two days", "short states"])
def test_names_do_not_lie_on_each_other(story: Timeline) -> None:
    fig = drawn(lambda ax: desktop_timeline(story, ax), title="a", height=height_of_timeline(2))
    fig.draw_without_rendering()
    (ax,) = fig.axes
    # Of the words alone: the line of one may pass behind another.
    extents = [Text.get_window_extent(text) for text in ax.texts if text.get_text()]
    for number, one in enumerate(extents):
        assert not any(one.overlaps(other) for other in extents[number + 1 :])


@pytest.mark.parametrize("state", [s.label for s in DesktopState if s.label not in GONE])
def test_every_state_has_a_look_of_its_own(state: str) -> None:
    assert state in FILLS
    others = [fill for name, fill in FILLS.items() if name not in (state, "instance")]
    assert state == "available" or FILLS[state] not in others


def test_a_state_that_nobody_foresaw_is_drawn_and_named(ax: Axes) -> None:
    desktop_timeline(days(states=[(0, 24, "hovering")]), ax)

    assert "hovering" in texts(ax)


def test_where_there_was_no_desktop_nothing_is_drawn(ax: Axes) -> None:
    desktop_timeline(days(states=[(0, 9, "absent"), (9, 24, "terminated")]), ax)

    assert texts(ax) == ["There was no desktop in this time."]
    assert describe_timeline(days()) == "There was no desktop in this time."


def test_the_edges_of_the_time_cut_what_is_drawn(ax: Axes) -> None:
    """From 06:00 of the first day to 12:00 of the second."""
    story = Timeline(MONDAY, 6, 36, [(-50, 100, "available")], [], [], [(5, "before")])
    desktop_timeline(story, ax)

    bands = boxes(ax, FILLS["available"].colour)
    assert [(left, right) for left, right, _, _ in bands] == [(6, 24), (0, 12)]
    assert not [c for c in ax.collections if isinstance(c, PathCollection)]


@pytest.mark.parametrize("count", [1, 2, 7, 31, 100])
def test_any_number_of_days_up_to_a_hundred_can_be_drawn(count: int) -> None:
    states = [(0.0, 24.0 * count, "available")]
    story = days(24 * count, states=states)
    fig = drawn(lambda ax: desktop_timeline(story, ax), title="x", height=height_of_timeline(count))
    fig.draw_without_rendering()

    (ax,) = fig.axes
    assert len(boxes(ax, FILLS["available"].colour)) == count == story.days
    assert "available" in texts(ax)


def test_more_days_are_refused(ax: Axes) -> None:
    with pytest.raises(ValueError, match="expected at most 100 days, got 101"):
        desktop_timeline(days(24 * (MOST_DAYS + 1), states=[(0, 24, "stopped")]), ax)


def test_in_words_it_says_what_lasted_and_what_went_wrong() -> None:
    said = describe_timeline(TWO)

    # stopped 9 + 15 + 6 h, available 8.97 + 9 h; work 7.95 + 7 h
    assert said.startswith(
        "Rows of 2 days from 2026-09-07 (UTC). stopped 30 h, available 17 h 58 min"
    )
    assert "2 sessions, 14 h 57 min of work." in said
    assert said.endswith(
        "What went wrong: 1 x interrupted: zone-outage, 1 x logon refused: zone-outage."
    )
    assert describe_timeline(days(states=[(0, 24, "available")])).endswith("Nothing went wrong.")


def test_a_name_from_a_scenario_is_no_formula() -> None:
    markup = as_svg(
        lambda ax: desktop_timeline(TWO, ax),
        title="ws-$x$-00001",
        description="words",
        height=height_of_timeline(2),
    )

    assert "ws-$x$-00001" in markup
    assert "words" in markup
