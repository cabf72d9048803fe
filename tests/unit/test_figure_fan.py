"""The fan draws each month's band and mean, its budget, and says the same in words."""

import pytest
from matplotlib.axes import Axes

from sim.report.figures import Fan, describe_fan, fan
from sim.report.style import VERMILLION, figure

MONTHS = [f"{2027 + at // 12}-{at % 12 + 1:02d}" for at in range(18)]
SHOWN = Fan(
    MONTHS,
    mean=[100.0 + at for at in range(18)],
    p10=[90.0 + at for at in range(18)],
    p90=[120.0 + at for at in range(18)],
)


@pytest.fixture
def ax() -> Axes:
    return figure().add_subplot()


def lines(ax: Axes) -> list[list[float]]:
    return [[float(value) for value in line.get_ydata()] for line in ax.lines]  # type: ignore[arg-type, union-attr]


def test_edges_and_mean_are_those_of_the_runs(ax: Axes) -> None:
    drawn = lines(fan(SHOWN, ax))
    assert drawn == [SHOWN.p10, SHOWN.p90, SHOWN.mean]
    words = {text.get_text() for text in ax.texts} - {""}
    assert words == {"P90: 9 of 10\nruns at most", "mean", "P10: 1 of 10\nruns at most"}


def test_months_are_named_as_far_as_there_is_room_and_years_where_they_begin(ax: Axes) -> None:
    fan(SHOWN, ax)
    assert [label.get_text() for label in ax.get_xticklabels()] == [
        "Jan\n2027", "Mar", "May", "Jul", "Sep", "Nov", "Jan\n2028", "Mar", "May",
    ]  # fmt: skip


def test_a_budget_is_a_line_that_is_always_on_the_picture(ax: Axes) -> None:
    fan(Fan(SHOWN.months, SHOWN.mean, SHOWN.p10, SHOWN.p90, budget=500.0), ax)
    (line,) = [line for line in ax.lines if line.get_color() == VERMILLION]
    assert line.get_linestyle() == "--"
    assert ax.get_ylim()[1] > 500
    assert ax.get_ylim()[0] == 0  # so far above, that only a picture from zero on is honest
    assert "budget" in {text.get_text() for text in ax.texts}


def test_runs_that_are_all_the_same_can_be_drawn(ax: Axes) -> None:
    fan(Fan(["2027-02"], [5.0], [5.0], [5.0]), ax)
    low, high = ax.get_ylim()
    assert low < 5 < high


def test_it_says_the_same_in_words() -> None:
    shown = Fan(["2027-01"], [1000.0], [900.0], [1200.0], budget=2000.0)
    assert describe_fan(shown) == (
        "Cost of the month [USD]: 2027-01 mean 1,000, P10 900, P90 1,200. The budget is 2,000."
    )
