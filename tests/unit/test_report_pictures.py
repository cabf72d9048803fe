"""States, a week and an hour as figures: they draw what they are given, and say it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Annotation, Text

from sim.report.figures import (
    Event,
    ReplayHour,
    State,
    StateDiagram,
    WeekMap,
    describe_replay_hour,
    describe_states,
    describe_week,
    height_of_states,
    height_of_week,
    replay_hour,
    state_diagram,
    week_map,
)
from sim.report.figures.replay import FILLS, SINCE, WORDS
from sim.report.figures.states import AVAILABLE, GONE
from sim.report.figures.states import FILLS as STATE_FILLS
from sim.report.figures.week import COLOURS, MATTERS
from sim.report.picture import as_svg
from sim.report.style import figure
from sim.study.conditions import Condition
from sim.study.replay import AFTER, PLACES, RETRY


@pytest.fixture
def ax() -> Axes:
    return figure(4).add_subplot()


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


class TestStates:
    FLEET = StateDiagram(
        pooled=False,
        states=[
            State("connected", 0.25, Decimal("30.00")),
            State("left-open", 0.05, Decimal("6.00")),
            State("disconnected", 0.1, Decimal("12.00")),
            State("stopped", 0.5996, Decimal(0)),
            State("starting", 0.0004, Decimal("0.05")),
        ],
        changes={
            ("stopped", "starting"): 7,
            ("starting", "disconnected"): 7,
            ("disconnected", "connected"): 1200,
            ("connected", "disconnected"): 1100,
            ("connected", "left-open"): 100,
            ("disconnected", "stopped"): 4,
            ("connected", "stopped"): 2,
        },
        unused=Decimal("1.95"),
        fees={"autostop-base": Decimal("50.00")},
    )
    POOL = StateDiagram(
        pooled=True,
        states=[State("idle", 0.5, Decimal("5.00")), State("connected", 0.5, Decimal("5.00"))],
        changes={("idle", GONE): 9, (GONE, "idle"): 11, ("idle", "connected"): 8},
        unused=Decimal(0),
        fees={},
    )

    def test_each_box_says_its_share_of_time_and_bill(self, ax: Axes) -> None:
        """The bill is 30 + 6 + 12 + 0.05 + 1.95 + 50 = 100, so shares are the amounts."""
        assert state_diagram(self.FLEET, ax) is ax
        said = texts(ax)
        at = said.index("at work")
        assert said[at : at + 3] == ["at work", "25.0 % of time", "30.0 % of bill"]
        at = said.index("starting")
        assert said[at : at + 3] == ["starting", "0.04 % of time", "0.05 % of bill"]
        assert "0 % of bill" not in said  # nothing is paid for a stopped desktop by the hour

    def test_what_is_paid_for_no_state_stands_below(self, ax: Axes) -> None:
        """Hours 48.05, unused 1.95, the fee 50.00: together all."""
        state_diagram(self.FLEET, ax)
        below = " ".join(text for text in texts(ax) if "%" in text and "of" not in text[-8:])
        assert "Of the bill of USD 100.00: hours in the boxes 48.0" in below
        assert "rest of started hours, not used 2.0 %" in below
        assert "autostop-base 50.0 %" in below

    def test_arrows_are_numbered_and_gathered_at_the_frame(self, ax: Axes) -> None:
        """4 stop from nobody connected and 2 from being at work: 6 leave the frame; inside it each
        change has its own arrow."""
        state_diagram(self.FLEET, ax)
        arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
        numbers = sorted(
            int(text.replace(",", "")) for text in texts(ax) if re.fullmatch(r"[\d,]+", text)
        )
        assert numbers == [6, 7, 7, 100, 1100, 1200]
        assert len(arrows) == len(numbers)

    def test_states_that_do_not_occur_are_faint_or_absent(self, ax: Axes) -> None:
        state_diagram(self.FLEET, ax)
        faint = {text.get_text() for text in ax.texts if text.get_alpha() == 0.7}
        assert faint == {"maintenance", "unhealthy"}
        assert not {"rebuilding", "pending", "stopping"} & set(texts(ax))

    def test_boxes_do_not_overlap_and_lie_inside(self, ax: Axes) -> None:
        every = [State(c.label, 0.1, Decimal(1)) for c in Condition if c.label != "idle"]
        diagram = StateDiagram(False, every, {}, Decimal(0), {})
        state_diagram(diagram, ax)
        boxes = [
            (p.get_x(), p.get_x() + p.get_width(), p.get_y(), p.get_y() + p.get_height())
            for p in ax.patches
            if isinstance(p, Rectangle) and to_rgb(p.get_facecolor()) == (1, 1, 1) and p.get_fill()
            if p.get_width() > 1
        ]
        assert len(boxes) == len(every)
        for place, (left, right, foot, top) in enumerate(boxes):
            assert left >= 0
            assert right <= 10
            for other, (l2, r2, f2, t2) in enumerate(boxes):
                apart = right <= l2 or r2 <= left or top <= f2 or t2 <= foot
                assert apart or place == other

    def test_a_pool_has_the_order_of_an_instance(self, ax: Axes) -> None:
        """What ends has an arrow; what comes to be is the number of those pending."""
        state_diagram(self.POOL, ax)
        assert {"in use", "idle", "at work", "gone", "9", "8"} <= set(texts(ax))
        assert "11" not in texts(ax)
        assert height_of_states(self.POOL) < height_of_states(self.FLEET)

    def test_numbers_stand_on_no_box(self, ax: Axes) -> None:
        """Instances that are gone before anybody had them pass close by those that are idle."""
        names = ("pending", "idle", "connected", "disconnected")
        changes = {
            ("pending", "idle"): 24_148,
            ("pending", GONE): 13_811,
            ("idle", GONE): 6_065,
            ("idle", "disconnected"): 18_082,
            ("connected", GONE): 18_084,
        }
        pool = StateDiagram(
            True, [State(n, 0.25, Decimal(1)) for n in names], changes, Decimal(0), {}
        )
        state_diagram(pool, ax)
        ax.figure.draw_without_rendering()  # type: ignore[union-attr]
        numbers = [text for text in ax.texts if re.fullmatch(r"[\d,]+", text.get_text())]
        boxes = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_fill()]
        assert len(numbers) == len(changes)
        for number in numbers:
            extent = number.get_window_extent()
            assert not any(extent.overlaps(box.get_window_extent()) for box in boxes)

    def test_boxes_are_light_and_what_is_on_them_dark_in_every_theme(self) -> None:
        """The hatch of a stripe in the ink of a dark theme would be white on white."""
        with mpl.style.context("dark_background"):
            ax = state_diagram(self.FLEET, figure(4).add_subplot())
        stripes = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_width() < 0.2]
        assert len(stripes) == len(self.FLEET.states)
        assert all(max(to_rgb(stripe.get_edgecolor())) < 0.2 for stripe in stripes)

    def test_a_desktop_that_is_available_at_once_passes_by_those_that_start(self, ax: Axes) -> None:
        names = ("pending", "starting", "disconnected")
        changes = {("pending", "disconnected"): 6}
        fleet = StateDiagram(
            False, [State(n, 0.3, Decimal(1)) for n in names], changes, Decimal(0), {}
        )
        state_diagram(fleet, ax)
        [arrow] = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
        at = [text.get_text() for text in ax.texts].index("starting")
        boxes = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_width() > 1]
        x, y = ax.texts[at].get_position()
        [starting] = [box for box in boxes if box.get_fill() and box.get_bbox().contains(x, y)]
        assert np.asarray(arrow.get_path().vertices)[0, 1] > starting.get_bbox().y1

    def test_in_words(self) -> None:
        said = describe_states(self.FLEET)
        assert "Stopped 60.0 % of the time; at work 25.0 % of the time and 30.0 % of the" in said
        assert "nobody connected to at work 1,200" in said
        assert "Changes: new to idle 11, idle to gone 9, idle to at work 8." in describe_states(
            self.POOL
        )

    def test_without_desktops_it_says_so(self, ax: Axes) -> None:
        nothing = StateDiagram(False, [], {}, Decimal(0), {})
        assert texts(state_diagram(nothing, ax)) == [describe_states(nothing)]

    def test_every_condition_has_a_look(self) -> None:
        assert set(Condition.labels()) <= set(STATE_FILLS) & set(COLOURS)
        assert len({STATE_FILLS[name].hatch for name in AVAILABLE}) >= 2


def week(cells: np.ndarray, *names: str, **more: object) -> WeekMap:
    """Seven days of four columns each."""
    fields: dict[str, object] = {
        "cells": cells,
        "names": names,
        "days": range(0, 29, 4),
        "first_day": date(2026, 9, 14),
        "time_zone": "Asia/Singapore",
        "each": 1,
        "number": len(cells),
        "groups": [("staff", 0, len(cells))],
        "time": {names[0]: 0.75, names[1]: 0.25},
        "turned_away": np.zeros(28, dtype=np.int64),
    }
    return WeekMap(**{**fields, **more})  # type: ignore[arg-type]


class TestWeek:
    def cells(self) -> np.ndarray:
        """Forty desktops at work from the second quarter of each day, one broken for a quarter."""
        cells = np.zeros((40, 28), dtype=np.int64)
        cells[:, 1::4] = 1
        cells[7, 14] = 2
        cells[9, :] = -1
        return cells

    def test_every_cell_has_the_colour_of_its_condition(self, ax: Axes) -> None:
        """Rows are drawn nine points high (360 / 40); the broken quarter is two columns wide."""
        shown = week(self.cells(), "stopped", "connected", "unhealthy")
        assert week_map(shown, ax) is ax
        [image] = ax.images
        drawn = np.asarray(image.get_array())
        assert drawn.shape == (40 * 9, 28, 4)
        wanted = self.cells()
        wanted[7, 15] = 2
        for row in (0, 7, 9, 39):
            for column in range(28):
                code = wanted[row, column]
                found = drawn[row * 9 + 4, column] / 255
                if code < 0:
                    assert found[3] == 0
                else:
                    name = shown.names[code]
                    assert found[:3] == pytest.approx(to_rgb(COLOURS[name]), abs=0.003)
                    assert found[3] == 1

    def test_colours_differ_from_the_page_in_either_theme(self) -> None:
        """Where there was no desktop the page shows: black or white."""

        def light(colour: str) -> float:
            linear = [
                c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
            ]
            return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

        for colour in set(COLOURS.values()):
            assert (light(colour) + 0.05) / 0.05 > 1.5
            assert 1.05 / (light(colour) + 0.05) > 1.25

    def test_each_colour_has_a_name_and_days_are_below(self, ax: Axes) -> None:
        week_map(week(self.cells(), "stopped", "connected", "unhealthy"), ax)
        assert sorted(texts(ax)) == ["at work", "stopped", "unhealthy"]
        days = [label.get_text() for label in ax.get_xticklabels(minor=True)]
        assert (days[0], days[-1]) == ("Mon 09-14", "Sun 09-20")
        assert ax.get_xlabel() == "time of Asia/Singapore, 2026; a column is 15 min"
        assert ax.get_ylabel() == "40 desktops; a row is a desktop"

    def test_names_do_not_meet(self, ax: Axes) -> None:
        cells = np.zeros((40, 28), dtype=np.int64)
        for code in range(1, 6):
            cells[3 * code, 5] = code
        names = ("stopped", "connected", "unhealthy", "left-open", "maintenance", "pending")
        week_map(week(cells, *names), ax)
        ax.figure.draw_without_rendering()  # type: ignore[union-attr]
        boxes = [text.get_window_extent() for text in ax.texts]
        assert len(boxes) == 6
        for place, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[place + 1 :])

    def test_no_line_to_a_cell_crosses_another_name(self, ax: Axes) -> None:
        """Of a fleet whose nights are too short for a name both names stand beside their cells."""
        cells = np.zeros((150, 672), dtype=np.int64)
        for day in range(5):
            cells[:, 96 * day + 36 : 96 * day + 70] = 1
        cells[:, 460:] = -1
        cells[40:42, 40] = 2
        days = range(0, 673, 96)
        away = np.zeros(672, dtype=np.int64)
        names = ("disconnected", "connected", "unhealthy")
        week_map(week(cells, *names, days=days, turned_away=away), ax)
        ax.figure.draw_without_rendering()  # type: ignore[union-attr]
        named = [text for text in ax.texts if isinstance(text, Annotation) and text.arrow_patch]
        assert len(named) == 3
        for text in named:
            assert text.arrow_patch is not None
            path = text.arrow_patch.get_path().transformed(text.arrow_patch.get_transform())
            points = np.asarray(path.vertices)
            line = np.linspace(points[0], points[-1], 50)
            for other in ax.texts:
                box = Text.get_window_extent(other)  # without the line of an annotation
                assert other is text or not any(box.contains(x, y) for x, y in line)

    def test_a_week_that_was_not_run_in_full_says_so(self, ax: Axes) -> None:
        """Else what is blank after the end would be taken for a time without desktops."""
        shown = week(
            self.cells(),
            "stopped",
            "connected",
            "unhealthy",
            ends=datetime(2026, 9, 18, 20, tzinfo=UTC),
        )
        week_map(shown, ax)
        assert ax.get_xlabel().endswith("a column is 15 min; run to 09-18 20:00")
        assert "; run to 09-18 20:00. Time:" in describe_week(shown)

    def test_a_row_says_how_many_it_stands_for(self, ax: Axes) -> None:
        shown = week(self.cells(), "stopped", "connected", "unhealthy", each=84, number=3360)
        week_map(shown, ax)
        assert ax.get_ylabel() == "3,360 desktops; a row is 84 desktops"

    def test_groups_are_named_beside_their_rows(self, ax: Axes) -> None:
        groups = [("staff, a", 0, 30), ("staff, b", 30, 40)]
        week_map(week(self.cells(), "stopped", "connected", "unhealthy", groups=groups), ax)
        assert [label.get_text() for label in ax.get_yticklabels()] == ["staff,\na", "staff,\nb"]
        assert ax.get_yticks().tolist() == [15, 35]

    def test_people_turned_away_from_a_pool_stand_above_it(self, ax: Axes) -> None:
        away = np.zeros(28, dtype=np.int64)
        away[[3, 9]] = 4, 1
        shown = week(self.cells(), "idle", "connected", "pending", pooled=True, turned_away=away)
        week_map(shown, ax)
        assert "turned away: 5" in texts(ax)
        bars = [bar.get_x() + bar.get_width() / 2 for bar in ax.containers[0]]
        assert bars == [3.5, 9.5]
        assert ax.get_ylabel() == "40 instances; a row is an instance"

    def test_as_markup_it_is_small_and_needs_nothing(self) -> None:
        """The cells are one picture inside the markup, the same bytes each time."""
        shown = week(self.cells(), "stopped", "connected", "unhealthy")

        def markup() -> str:
            return as_svg(lambda ax: week_map(shown, ax), title="t", description="d", height=3)

        first = markup()
        assert first == markup()
        assert len(first) < 20_000
        [image] = [e for e in ET.fromstring(first).iter() if e.tag.endswith("image")]
        link = image.get("href") or ""
        assert link.startswith("data:image/png;base64,")
        assert " " not in link
        assert (image.get("width"), image.get("height")) == ("28", "360")
        assert "pixelated" not in first

    def test_what_wins_a_cell_is_what_is_drawn_wide(self) -> None:
        from sim.study.fleet_week import FIRST, REFUSED

        names = [*Condition.labels(), "refused"]
        assert tuple(names[code] for code in FIRST) == MATTERS
        assert names[REFUSED] == "refused"

    def test_in_words(self) -> None:
        said = describe_week(week(self.cells(), "stopped", "connected", "unhealthy"))
        assert "A week from 2026-09-14 on, Asia/Singapore" in said
        assert "Time: stopped 75.0 %, at work 25.0 %. Turned away: 0 attempts." in said
        away = np.eye(1, 28, dtype=np.int64)[0]
        said = describe_week(week(self.cells(), "stopped", "connected", turned_away=away))
        assert said.endswith("Turned away: 1 attempt.")

    def test_without_desktops_it_says_so(self, ax: Axes) -> None:
        nothing = week(np.full((0, 28), -1), "stopped", "connected")
        assert texts(week_map(nothing, ax)) == [describe_week(nothing)]
        assert 2 <= height_of_week(nothing) < 3


def hour(**more: object) -> ReplayHour:
    """Ten come at minute 10 and wait in line for 5 minutes; then 2 give up and 8 start for 10."""
    people = {name: np.zeros(60) for name in ("directory_line", "start", "connected", "gave_up")}
    people["directory_line"][10:15] = 10
    people["start"][15:25] = 8
    people["connected"][25:] = 8
    people["gave_up"][15:] = 2
    return ReplayHour(people=people, most=10, **more)  # type: ignore[arg-type]


WHEN = {"date": "2026-09-07", "begin": 9 * 60}


def heights(ax: Axes, name: str) -> np.ndarray:
    """How thick the surface of a place is in each minute."""
    [surface] = [c for c in ax.collections if c.get_label() == name]
    assert isinstance(surface, PolyCollection)
    corners = np.asarray(surface.get_paths()[0].vertices)[:240]
    upper, lower = corners[:120:2, 1], corners[120:240][::-1][::2, 1]
    return np.asarray(upper - lower)


class TestReplay:
    def test_surfaces_are_as_thick_as_people_are_many(self, ax: Axes) -> None:
        shown = hour()
        assert replay_hour(shown, ax, date="2026-09-07", begin=9 * 60) is ax
        for name in ("directory_line", "start"):
            assert heights(ax, name) == pytest.approx(np.asarray(shown.people[name]))

    def test_all_who_came_stand_below_to_a_scale_of_their_own(self, ax: Axes) -> None:
        """Connected and given up in the same scale: 8 to 2."""
        shown = hour()
        replay_hour(shown, ax, date="2026-09-07", begin=9 * 60)
        connected, gave_up = heights(ax, "connected"), heights(ax, "gave_up")
        assert connected[30] == pytest.approx(4 * gave_up[30])
        assert connected[:25].max() == pytest.approx(0)
        labels = [label.get_text() for label in ax.get_yticklabels()]
        assert labels[-2:] == ["all who\nhave come", "10"]
        assert {"connected: 8", "gave up: 2", "desktop starting"} <= set(texts(ax))

    def test_the_clock_and_the_unit_stand_at_the_axes(self, ax: Axes) -> None:
        replay_hour(hour(), ax, date="2026-09-07", begin=23 * 60 + 30, time_zone="Asia/Tokyo")
        ticks = [label.get_text() for label in ax.get_xticklabels()]
        assert ticks == ["23:30", "23:40", "23:50", "00:00", "00:10", "00:20", "00:30"]
        assert ax.get_xlabel() == (
            "2026-09-07, time of Asia/Tokyo; at most 10 on their way at once"
        )
        assert ax.get_ylabel() == "people on their way"

    def test_what_happened_is_marked_where_it_falls(self, ax: Axes) -> None:
        events = [Event(-5, 20, "zone a lost"), Event(50, 50, "lab: 10 to 20 sessions")]
        replay_hour(hour(events=events), ax, date="2026-09-07", begin=9 * 60)
        assert {"zone a lost", "lab: 10 to 20 sessions"} <= set(texts(ax))
        lines = {float(np.asarray(line.get_xdata())[0]) for line in ax.lines}
        assert {0.0, 50.0} <= lines

    def test_in_words(self) -> None:
        said = describe_replay_hour(
            hour(events=[Event(10, 20, "zone a lost")]), date="2026-09-07", begin=9 * 60
        )
        assert "at most 10 at once; at 09:11 in line at the directory 10." in said
        assert "At the end 10 have come: connected 8, gave up 2, on their way 0." in said
        assert said.endswith("From 09:10: zone a lost.")

    def test_without_people_it_says_so(self, ax: Axes) -> None:
        nobody = ReplayHour(people={}, most=0)
        assert texts(replay_hour(nobody, ax, date="2026-09-07", begin=0)) == ["Nobody came."]
        assert describe_replay_hour(nobody, date="2026-09-07", begin=0) == "Nobody came."

    def test_every_place_has_a_name_and_a_look(self) -> None:
        assert set(WORDS) == set(FILLS) == {*PLACES, RETRY}
        assert tuple(SINCE) == AFTER
