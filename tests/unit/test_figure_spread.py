"""The figure of how far runs lie apart: a dot for each, and the estimate below them."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from sim.report.figures import Spread, describe_spread, spread
from sim.report.style import figure


@pytest.fixture
def ax() -> Axes:
    return figure().add_subplot()


def shown(*values: float, low: float | None = 2.0, high: float | None = 4.0) -> Spread:
    return Spread("cost [USD]", values, float(np.mean(values)), low, high, "mean 3 USD")


def dots(ax: Axes) -> list[tuple[float, float]]:
    xs, ys = ax.lines[0].get_data()
    return list(zip(np.asarray(xs), np.asarray(ys), strict=True))


def test_each_run_is_a_dot_near_its_value_and_equal_ones_are_stacked(ax: Axes) -> None:
    assert spread(shown(1, 5, 5, 5), ax) is ax
    found = dots(ax)
    width = (5 - 1) * 1.08 / 72  # of a column: the axis and its margins in 72
    assert [height for _, height in found] == [0, 0, 1, 2]
    assert [place for place, _ in found] == pytest.approx([1, 5, 5, 5], abs=width / 2)


def test_the_interval_and_the_estimate_lie_below_and_are_named(ax: Axes) -> None:
    spread(shown(1, 5, 3, 3), ax)
    interval, middle = ax.lines[1:]
    assert np.array_equal(interval.get_xdata(), [2.0, 4.0])
    assert np.array_equal(middle.get_xdata(), [3.0])
    assert [text.get_text() for text in ax.texts] == ["mean 3 USD"]
    assert ax.get_xlabel() == "cost [USD]; a dot is a run"


def test_without_an_interval_there_is_none(ax: Axes) -> None:
    spread(shown(1, 5, low=None, high=None), ax)
    assert len(ax.lines) == 2


@pytest.mark.parametrize(("low", "high"), [(-40.0, 60.0), (2.0, 4.0)])
def test_all_runs_and_the_whole_interval_are_inside(ax: Axes, low: float, high: float) -> None:
    spread(shown(1, 5, 9, low=low, high=high), ax)
    left, right = ax.get_xlim()
    assert left < min(low, 1)
    assert right > max(high, 9)


def test_of_very_many_runs_a_dot_is_several(ax: Axes) -> None:
    """90 equal runs in columns of at most 9: a dot is 10, and one alone keeps its own."""
    spread(shown(*[1.0] * 90, 5.0), ax)
    assert len(dots(ax)) == 9 + 1
    assert ax.get_xlabel() == "cost [USD]; a dot is up to 10 runs"


def test_runs_that_agree_are_said_in_words(ax: Axes) -> None:
    spread(shown(3, 3), ax)
    assert ax.texts[0].get_text() == "cost [USD]: the same in all 2 runs."
    assert shown(3, 3).is_none


def test_in_words() -> None:
    assert (
        describe_spread(shown(1, 3, 5)) == "cost [USD] of 3 runs from 1 to 5, together mean 3 USD."
    )
