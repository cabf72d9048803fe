"""Tornados and trades draw every value they are given, and their names do not overlap."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report.figures.frontier import (
    MOST_NAMES,
    Ends,
    TradePoint,
    describe_frontier,
    frontier,
    height_of_frontier,
)
from sim.report.figures.tornado import (
    SettingEffect,
    SettingShares,
    Share,
    describe_effects_tornado,
    describe_shares_tornado,
    effects_tornado,
    shares_tornado,
)
from sim.report.style import BLUE, GREY, figure

MEASURES = ("cost [USD]", "P95 wait [s]", "delivered minutes [%]")


@pytest.fixture
def ax() -> Axes:
    return figure().add_subplot()


def point(name: str, *values: float, beaten: bool = False, half: float | None = None) -> TradePoint:
    ends = [Ends(v) if half is None else Ends(v, v - half, v + half) for v in values]
    return TradePoint([name], ends, beaten)


THREE = [
    point("timeout 1 h", 100, 60, half=2),
    point("timeout 4 h", 120, 20),
    point("timeout 8 h", 140, 40, beaten=True, half=5),
]


def names(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def dots(ax: Axes) -> set[tuple[float, float, str]]:
    """Where each dot is, and its colour."""
    found = [line for line in ax.lines if line.get_marker() == "o"]
    places = [np.asarray(line.get_xydata())[0] for line in found]
    return {
        (float(x), float(y), to_hex(str(line.get_color())))
        for (x, y), line in zip(places, found, strict=True)
    }


def bars(ax: Axes) -> list[tuple[float, float]]:
    """Left end and width of each bar, from top to bottom."""
    found = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return [(bar.get_x(), bar.get_width()) for bar in sorted(found, key=Rectangle.get_y)]


class TestFrontier:
    def test_every_point_is_drawn_and_what_is_beaten_is_grey(self, ax: Axes) -> None:
        assert frontier(THREE, ax, measures=MEASURES[:2]) is ax
        assert dots(ax) == {
            (100, 60, BLUE.lower()),
            (120, 20, BLUE.lower()),
            (140, 40, GREY.lower()),
        }

    def test_only_what_nothing_beats_is_named(self, ax: Axes) -> None:
        frontier(THREE, ax, measures=MEASURES[:2])
        assert sorted(names(ax)) == ["timeout 1 h", "timeout 4 h"]

    def test_bars_of_error_stand_where_there_are_intervals(self, ax: Axes) -> None:
        frontier(THREE, ax, measures=MEASURES[:2])
        drawn = {
            tuple((float(x), float(y)) for x, y in np.asarray(path.vertices))
            for lines in ax.collections
            for path in lines.get_paths()
        }
        assert drawn == {
            ((98, 60), (102, 60)), ((100, 58), (100, 62)),
            ((135, 40), (145, 40)), ((140, 35), (140, 45)),
        }  # fmt: skip

    def test_each_further_measure_has_a_panel_below(self, ax: Axes) -> None:
        points = [point("a", 1, 60, 99), point("b", 2, 20, 98)]
        frontier(points, ax, measures=MEASURES)
        fig = ax.figure
        assert isinstance(fig, Figure)
        assert [panel.get_ylabel() for panel in fig.axes] == list(MEASURES[1:])
        assert [panel.get_xlabel() for panel in fig.axes] == ["", MEASURES[0]]
        assert {dot[:2] for dot in dots(fig.axes[1])} == {(1, 99), (2, 98)}

    def test_a_share_has_no_tick_above_all_of_it(self, ax: Axes) -> None:
        frontier([point("a", 1, 99.9), point("b", 2, 100)], ax, measures=MEASURES[::2])
        assert max(ax.get_yticks()) <= 100

    @pytest.mark.parametrize("number", [2, 7, MOST_NAMES, 40])
    @pytest.mark.parametrize("measures", [MEASURES[:2], MEASURES])
    def test_names_do_not_overlap(self, number: int, measures: tuple[str, ...]) -> None:
        """All points in one corner, with names of two lines."""
        settings = ["fleets.office.bundle performance", "autostop_timeout 12 h"]
        points = [
            TradePoint(settings, [Ends(100 + row, None, None), Ends(1 / row), Ends(99)], False)
            for row in range(1, number + 1)
        ]
        fig = figure(height_of_frontier(points, measures=measures))
        frontier(points, fig.add_subplot(), measures=measures)
        fig.draw_without_rendering()
        written = [
            text.get_window_extent()
            for panel in fig.axes
            for text in panel.texts
            if text.get_text()
        ]
        assert len(written) == min(number, MOST_NAMES) * (len(measures) - 1)
        for one, other in combinations(written, 2):
            assert not one.overlaps(other)
        width, height = fig.get_size_inches() * fig.dpi
        for box in written:
            assert box.x0 >= 0
            assert box.x1 <= width
            assert box.y0 >= 0
            assert box.y1 <= height

    def test_of_too_many_points_the_ends_are_named(self, ax: Axes) -> None:
        points = [point(f"number {row}", row, -row) for row in range(100)]
        frontier(points, ax, measures=MEASURES[:2])
        assert len(names(ax)) == MOST_NAMES
        assert {"number 0", "number 99"} <= set(names(ax))

    def test_in_words(self) -> None:
        assert describe_frontier(THREE, measures=MEASURES[:2]) == (
            "3 points; nothing beats 2 of them: timeout 1 h: cost [USD] 100, P95 wait [s] 60; "
            "timeout 4 h: cost [USD] 120, P95 wait [s] 20."
        )

    def test_one_point_is_no_trade(self, ax: Axes) -> None:
        frontier(THREE[:1], ax, measures=MEASURES[:2])
        assert names(ax) == ["There are no two points to trade."]
        assert describe_frontier(THREE[:1], measures=MEASURES[:2]) == names(ax)[0]


SHARES = [
    SettingShares("staff.users", Share(0.61, 0.5, 0.7), Share(0.63, 0.52, 0.72)),
    SettingShares("office.bundle", Share(-0.004, None, None), Share(0.02, 0.01, 0.03)),
]

EFFECTS = [
    SettingEffect("staff.users", 30_000, 36_000, "100", "$120$", "6,000 USD (5,800 to 6,200)"),
    SettingEffect("office.timeout", 32_000, 34_000, "1 h", "8 h", "2,000 USD (1,800 to 2,200)"),
]


class TestTornado:
    def test_long_values_at_the_ends_stay_beside_the_names(self, ax: Axes) -> None:
        long = SettingEffect("x", 10, 20, "fixed_departure", "reset-at-midnight-of-each-month", "")
        effects_tornado([long], ax, measure="s", middle=10)
        ax.figure.draw_without_rendering()  # type: ignore[union-attr] # a figure of its own
        within = ax.get_window_extent()
        for text in ax.texts:
            box = text.get_window_extent()
            assert within.x0 <= box.x0
            assert box.x1 <= within.x1

    def test_each_setting_has_a_bar_alone_and_one_in_all(self, ax: Axes) -> None:
        """In percent; that of -0.4 % goes to the left."""
        assert shares_tornado(SHARES, ax, measure="cost") is ax
        assert bars(ax) == [(0, 61), (0, 63), (0, -0.4), (0, 2)]
        assert names(ax) == ["61 % alone", "63 % in all", "0 % alone", "2 % in all"]
        assert [label.get_text() for label in ax.get_yticklabels()] == [
            "staff.users", "office.bundle",
        ]  # fmt: skip
        assert ax.get_xlabel() == "share of the variance of cost [%]"

    def test_shares_in_words(self) -> None:
        assert describe_shares_tornado(SHARES, measure="cost") == (
            "Bars of shares of the variance of cost: staff.users 61 % alone, 63 % in all; "
            "office.bundle 0 % alone, 2 % in all."
        )

    def test_effects_go_from_least_to_most_with_their_values_at_the_ends(self, ax: Axes) -> None:
        effects_tornado(EFFECTS, ax, measure="cost [USD]", middle=33_000)
        assert bars(ax) == [(30_000, 6_000), (32_000, 2_000)]
        assert names(ax) == ["100", "$120$", "1 h", "8 h"]
        low, high = ax.get_xlim()
        assert low < 30_000
        assert high > 36_000

    def test_the_difference_stands_below_the_name(self, ax: Axes) -> None:
        effects_tornado(EFFECTS, ax, measure="cost [USD]", middle=33_000)
        assert ax.get_yticklabels()[1].get_text() == "office.timeout\n2,000 USD (1,800 to 2,200)"

    def test_effects_in_words(self) -> None:
        assert describe_effects_tornado(EFFECTS[1:], measure="cost") == (
            "Bars of what settings do to cost, from least to most: office.timeout from 1 h to 8 h, "
            "2,000 USD (1,800 to 2,200)."
        )

    def test_nothing_is_said(self, ax: Axes) -> None:
        shares_tornado([], ax, measure="cost")
        assert names(ax) == ["None of the settings moves it."]
        assert describe_effects_tornado([], measure="cost") == names(ax)[0]
