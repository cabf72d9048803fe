"""A bridge hangs from one cost to the other; differences lie around zero, sure or not."""

from itertools import pairwise

import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from sim.report.figures import (
    BridgeStep,
    CostBridge,
    DifferenceRow,
    MeasureDifferences,
    cost_bridge,
    describe_cost_bridge,
    describe_measure_differences,
    height_of_cost_bridge,
    height_of_measure_differences,
    measure_differences,
)
from sim.report.figures.bridge import shortened
from sim.report.style import figure


@pytest.fixture
def ax() -> Axes:
    return figure().add_subplot()


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def names(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_yticklabels()]


def bars(ax: Axes) -> list[tuple[float, float]]:
    """From where to where, row by row."""
    found = [bar for bar in ax.patches if isinstance(bar, Rectangle)]
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in found]


def level_lines(ax: Axes) -> list[tuple[float, float]]:
    """From where to where the horizontal lines go."""
    found = []
    for lines in ax.collections:
        assert isinstance(lines, LineCollection)
        for (left, low), (right, high) in lines.get_segments():
            if low == high:
                found.append((float(left), float(right)))
    return found


UP = BridgeStep("price", 300.0, "+300, 250 to 350", 250.0, 350.0)
DOWN = BridgeStep("running mode", -500.0, "-500, -600 to -400", -600.0, -400.0)
SAME = BridgeStep("headcount", 40.0, "+40.00, the same in all 4 runs")
BRIDGE = CostBridge(("office", "later"), 1000.0, [UP, SAME, DOWN])


class TestBridge:
    def test_each_bar_begins_where_the_last_one_ended(self, ax: Axes) -> None:
        """1000 + 300 = 1300, + 40 = 1340, - 500 = 840."""
        assert cost_bridge(BRIDGE, ax) is ax
        assert bars(ax) == [(0, 1000), (1000, 1300), (1300, 1340), (840, 1340), (0, 840)]
        assert BRIDGE.end == 840

    def test_intervals_are_those_of_the_ends(self, ax: Axes) -> None:
        """1000 + 250 to 1000 + 350, and 1340 - 600 to 1340 - 400; the middle one has none."""
        cost_bridge(BRIDGE, ax)
        assert level_lines(ax) == [(1250, 1350), (740, 940)]

    def test_everything_is_named_beside_it(self, ax: Axes) -> None:
        cost_bridge(BRIDGE, ax, currency="EUR")
        assert names(ax) == ["office", "price", "headcount", "running mode", "later"]
        assert texts(ax) == ["1,000", UP.said, SAME.said, DOWN.said, "840"]
        assert ax.get_xlabel() == "cost of a run [EUR]"

    def test_more_and_less_differ_in_hatch_as_well(self, ax: Axes) -> None:
        cost_bridge(BRIDGE, ax)
        looks = [(bar.get_facecolor(), bar.get_hatch()) for bar in ax.patches]
        _, more, again, less, _ = looks
        assert more == again
        assert more[0] != less[0]
        assert more[1] != less[1]

    def test_where_little_changes_the_axis_begins_near_it(self, ax: Axes) -> None:
        """30 of 30,000 would be a line: the bars begin where half of what changes lies below."""
        step = BridgeStep("price", 100.0, "+100", 80.0, 120.0)
        cost_bridge(CostBridge(("a", "b"), 30_000.0, [step]), ax)
        left, _ = ax.get_xlim()
        assert 29_900 < left < 30_000
        assert ax.get_xlabel() == f"cost of a run [USD]; the axis begins at {left:,.0f}"
        assert [low for low, _ in bars(ax)] == [left, 30_000, left]

    def test_a_cost_may_come_from_nothing(self, ax: Axes) -> None:
        cost_bridge(CostBridge(("a", "b"), 0.0, [BridgeStep("headcount", 5.0, "+5")]), ax)
        assert bars(ax) == [(0, 0), (0, 5), (0, 5)]

    def test_no_step_is_said_in_words(self, ax: Axes) -> None:
        empty = CostBridge(("a", "b"), 5.0, [])
        cost_bridge(empty, ax)
        assert texts(ax) == ["Both scenarios say the same."]
        assert describe_cost_bridge(empty) == "Both scenarios say the same."

    def test_it_has_words(self) -> None:
        assert describe_cost_bridge(BRIDGE) == (
            "Waterfall from the cost of office, 1,000 USD a run, to that of later, 840 USD: price "
            "+300, 250 to 350, headcount +40.00, the same in all 4 runs, running mode -500, -600 "
            "to -400."
        )

    def test_its_height_grows_with_its_steps(self) -> None:
        heights = [
            height_of_cost_bridge(CostBridge(("a", "b"), 1.0, [UP] * n)) for n in range(1, 8)
        ]
        assert all(low < high for low, high in pairwise(heights))

    @pytest.mark.parametrize("size", [1.0, 1e3, 1e6])
    @pytest.mark.parametrize("sign", [1, -1])
    def test_labels_stay_inside_the_figure(self, size: float, sign: int) -> None:
        """As large as a year of a large company; the label of the longest bar is the widest."""
        change = sign * 0.2 * size
        low, high = sorted((change * 0.98, change * 1.02))
        said = f"{change:+,.0f}, {low:,.0f} to {high:,.0f}"
        step = BridgeStep("headcount and capacity", change, said, low, high)
        fig = figure(height_of_cost_bridge(CostBridge(("a", "b"), size, [step])))
        ax = fig.add_subplot()
        cost_bridge(CostBridge(("a", "b"), size, [step] * 3), ax)
        fig.canvas.draw()
        for text in ax.texts:
            assert text.get_window_extent().x1 <= fig.bbox.x1


def row(
    value: float, low: float | None, high: float | None, *, scenario: str = "b"
) -> DifferenceRow:
    sure = low is not None and high is not None and (low > 0 or high < 0)
    return DifferenceRow(scenario, value, low, high, sure, f"{value:+g}, {low} to {high}")


COST = MeasureDifferences("cost per month", [row(-100.0, -200.0, -50.0)])
WAIT = MeasureDifferences("P95 wait", [row(1.0, -3.0, 4.0)])


class TestDifferences:
    def test_each_measure_has_a_scale_of_its_own(self, ax: Axes) -> None:
        """-200 to -50 of 200 are -1 to -0.25; -3 to 4 of 4 are -0.75 to 1."""
        assert measure_differences([COST, WAIT], ax) is ax
        assert level_lines(ax) == [(-1, -0.25), (-0.75, 1)]
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert [line.get_xdata()[0] for line in dots] == [-0.5, 0.25]  # type: ignore[index]

    def test_established_differences_are_filled(self, ax: Axes) -> None:
        measure_differences([COST, WAIT], ax)
        dots = [line for line in ax.lines if line.get_marker() == "o"]
        assert [line.get_markerfacecolor() != "none" for line in dots] == [True, False]

    def test_values_stand_beside_them(self, ax: Axes) -> None:
        measure_differences([COST, WAIT], ax)
        assert names(ax) == ["cost per month", "P95 wait"]
        assert texts(ax) == [COST.rows[0].said, WAIT.rows[0].said]

    def test_several_scenarios_share_the_scale_of_a_measure(self, ax: Axes) -> None:
        both = [row(50.0, 40.0, 60.0, scenario="b"), row(100.0, 80.0, 120.0, scenario="c")]
        measure_differences([MeasureDifferences("cost", both)], ax)
        assert names(ax) == ["cost", "b", "c"]
        assert level_lines(ax) == [
            pytest.approx((40 / 120, 60 / 120)),
            pytest.approx((80 / 120, 1)),
        ]

    def test_no_difference_lies_at_zero_without_an_interval(self, ax: Axes) -> None:
        measure_differences([MeasureDifferences("cost", [row(0.0, None, None)])], ax)
        assert level_lines(ax) == []
        (dot,) = [line for line in ax.lines if line.get_marker() == "o"]
        assert dot.get_xdata()[0] == 0  # type: ignore[index]

    def test_nothing_is_said_in_words(self, ax: Axes) -> None:
        measure_differences([], ax)
        assert texts(ax) == ["The scenarios have no measure in common."]
        assert describe_measure_differences([]) == texts(ax)[0]

    def test_they_have_words(self) -> None:
        assert describe_measure_differences([COST, WAIT]) == (
            "Differences around zero: cost per month -100, -200.0 to -50.0; P95 wait +1, -3.0 to "
            "4.0, not established."
        )

    def test_the_widest_label_stays_inside_the_figure(self) -> None:
        said = "-0.0612 percentage points, -0.0629 to -0.0595"
        rows = [
            DifferenceRow(
                "a-scenario-with-a-very-long-name-2030", -0.06, -0.063, -0.059, True, said
            )
        ] * 2
        measures = [MeasureDifferences("cost per connected hour", rows)]
        fig = figure(height_of_measure_differences(measures))
        ax = fig.add_subplot()
        measure_differences(measures, ax)
        fig.canvas.draw()
        for text in ax.texts:
            assert text.get_window_extent().x1 <= fig.bbox.x1


def test_long_names_lose_their_middle() -> None:
    assert shortened("office") == "office"
    assert shortened("x" * 34) == "x" * 34
    assert shortened("fleets.analysts.autostop_timeout=4 h", 11) == "fleet…t=4 h"
