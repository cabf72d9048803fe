"""Figures draw the values they are given, name them, and say so when there is nothing to draw."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle, StepPatch

from sim.report.figures import (
    CapacityDay,
    average_day,
    concurrency_week,
    cost_by_month,
    describe_average_day,
    describe_concurrency,
    describe_cost,
    describe_logons,
    describe_utilization,
    describe_worst_day,
    logon_time,
    utilization_week,
    worst_day,
)
from sim.report.figures.cost import MOST_CHARGES
from sim.report.style import FILLS, figure


@pytest.fixture
def ax() -> Axes:
    return figure().add_subplot()


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def costs(*rows: tuple[str, str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["month", "charge", "amount"])


TWO_MONTHS = costs(
    ("2026-10", "autostop-hours", Decimal("30.50")),
    ("2026-09", "alwayson-month", Decimal("100.25")),
    ("2026-09", "autostop-hours", Decimal("20.25")),
    ("2026-10", "alwayson-month", Decimal("110.00")),
    ("2026-10", "autostop-hours", Decimal("9.50")),  # a second fleet: 30.50 + 9.50 = 40
)


def stack(ax: Axes, charge: str) -> list[tuple[float, float]]:
    """(foot, height) of a charge in each month."""
    (container,) = [c for c in ax.containers if c.get_label() == charge]
    return [(bar.get_y(), bar.get_height()) for bar in container if isinstance(bar, Rectangle)]


class TestCostByMonth:
    def test_bars_are_the_amounts_stacked_in_order_of_months(self, ax: Axes) -> None:
        assert cost_by_month(TWO_MONTHS, ax) is ax
        assert stack(ax, "alwayson-month") == [(0, 100.25), (0, 110.0)]
        assert stack(ax, "autostop-hours") == [(100.25, 20.25), (110.0, 40.0)]

    def test_totals_stand_on_top(self, ax: Axes) -> None:
        cost_by_month(TWO_MONTHS, ax)
        # 100.25 + 20.25 = 120.50 and 110 + 40 = 150; drawn in whole units, half to even
        tops = {t.xy: t.get_text() for t in ax.texts if hasattr(t, "xy") and "0" in t.get_text()}
        assert tops[0, 120.5] == "120"
        assert tops[1, 150.0] == "150"

    def test_small_amounts_keep_their_cents(self, ax: Axes) -> None:
        cost_by_month(costs(("2026-09", "nat", 3.25)), ax)
        assert "3.25" in texts(ax)

    def test_axes_have_units_and_months_have_names(self, ax: Axes) -> None:
        cost_by_month(TWO_MONTHS, ax, currency="EUR")
        assert ax.get_ylabel() == "cost [EUR per month]"
        assert ax.get_xlabel() == "month (UTC)"
        assert [t.get_text() for t in ax.get_xticklabels()] == ["Sep\n2026", "Oct"]

    def test_the_year_is_said_where_it_changes(self, ax: Axes) -> None:
        months = ("2026-11", "2026-12", "2027-01", "2027-02")
        cost_by_month(costs(*((month, "nat", 5.0) for month in months)), ax)
        names = [t.get_text() for t in ax.get_xticklabels()]
        assert names == ["Nov\n2026", "Dec", "Jan\n2027", "Feb"]

    def test_names_stand_beside_the_bars_in_the_order_of_the_stack(self, ax: Axes) -> None:
        cost_by_month(TWO_MONTHS, ax)
        heights = {t.get_text(): t.xyann[1] for t in ax.texts if hasattr(t, "xyann")}
        assert heights["alwayson-month"] < heights["autostop-hours"]

    def test_each_charge_has_its_own_colour_and_hatch(self, ax: Axes) -> None:
        cost_by_month(TWO_MONTHS, ax)
        for container in ax.containers:
            look = FILLS[str(container.get_label())]
            for bar in container:
                assert isinstance(bar, Rectangle)
                assert to_hex(bar.get_facecolor()).upper() == look.colour
                assert (bar.get_hatch() or "") == look.hatch

    def test_many_charges_are_drawn_without_losing_money(self, ax: Axes) -> None:
        """Twelve services of 1 to 12: the eight largest one by one, 1 + 2 + 3 + 4 together."""
        cost_by_month(costs(*(("2026-09", f"service-{n:02}", float(n)) for n in range(1, 13))), ax)
        assert len(ax.containers) == MOST_CHARGES == 9
        ((_, rest),) = stack(ax, "4 smaller charges")
        assert rest == 1 + 2 + 3 + 4
        drawn = sum(height for c in ax.containers for _, height in stack(ax, str(c.get_label())))
        assert drawn == 12 * 13 / 2

    @pytest.mark.parametrize("months", [1, 8, 12, 36])
    def test_any_number_of_months_can_be_drawn(self, ax: Axes, months: int) -> None:
        spans = [(f"{2026 + n // 12}-{n % 12 + 1:02}", "nat", 1.0 + n) for n in range(months)]
        cost_by_month(costs(*spans), ax)
        assert len(stack(ax, "nat")) == months
        ax.figure.canvas.draw()

    @pytest.mark.parametrize("frame", [costs(), costs(("2026-09", "directory", Decimal(0)))])
    def test_no_cost_is_said_in_words(self, ax: Axes, frame: pd.DataFrame) -> None:
        cost_by_month(frame, ax)
        assert texts(ax) == ["Nothing was charged."] == [describe_cost(frame)]
        assert not ax.axison

    def test_in_words(self) -> None:
        # 210.25 of 270.50 = 77.7 %, 60.25 of 270.50 = 22.3 %
        assert describe_cost(TWO_MONTHS) == (
            "Stacked bars. Cost by month: 2026-09 USD 120.50, 2026-10 USD 150.00. "
            "By charge: alwayson-month 78 %, autostop-hours 22 %."
        )


HOURS = np.arange(0, 168, 6.0)
RUNNING = np.where(HOURS % 24 == 12, 40.0, 10.0)
CONNECTED = np.where(HOURS % 24 == 12, 35.0, 0.0)


class TestConcurrencyWeek:
    def test_lines_are_the_values_to_the_end_of_the_week(self, ax: Axes) -> None:
        assert concurrency_week(HOURS, RUNNING, CONNECTED, ax) is ax
        lines = {str(line.get_label()): line for line in ax.lines}
        for name, values in (("running", RUNNING), ("connected", CONNECTED)):
            x, y = lines[name].get_data()
            np.testing.assert_array_equal(np.asarray(x), [*HOURS, 168])
            np.testing.assert_array_equal(np.asarray(y), [*values, values[-1]])
            assert lines[name].get_drawstyle() == "steps-post"

    def test_lines_differ_in_more_than_colour_and_are_named(self, ax: Axes) -> None:
        concurrency_week(HOURS, RUNNING, CONNECTED, ax)
        styles = {line.get_linestyle() for line in ax.lines}
        assert len(styles) == len(ax.lines) == 2
        assert texts(ax) == ["connected", "running"]

    def test_axes_say_weekday_time_zone_and_unit(self, ax: Axes) -> None:
        concurrency_week(HOURS, RUNNING, CONNECTED, ax)
        assert ax.get_ylabel() == "desktops"
        assert ax.get_xlabel() == "average week [weekday, UTC]"
        assert ax.get_xlim() == (0, 168)
        names = [t.get_text() for t in ax.get_xticklabels(minor=True)]
        assert names == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        assert list(ax.get_xticks(minor=True)) == [12, 36, 60, 84, 108, 132, 156]

    def test_peaks_of_the_whole_time_are_drawn_inside_the_axes(self, ax: Axes) -> None:
        concurrency_week(HOURS, RUNNING, CONNECTED, ax, peak_running=66, peak_connected=60)
        heights = [float(np.asarray(line.get_ydata())[0]) for line in ax.lines[2:]]
        assert sorted(heights) == [60, 66]
        assert {"peak running 66", "peak connected 60"} <= set(texts(ax))
        assert ax.get_ylim()[1] > 66

    def test_names_of_close_peaks_lie_on_either_side_of_both_lines(self, ax: Axes) -> None:
        concurrency_week(HOURS, RUNNING, CONNECTED, ax, peak_running=61, peak_connected=60)
        sides = {
            t.get_text(): (t.xy[1], t.get_verticalalignment()) for t in ax.texts if hasattr(t, "xy")
        }
        assert sides["peak running 61"] == (61, "bottom")
        assert sides["peak connected 60"] == (60, "top")

    def test_hours_that_were_not_measured_stay_empty(self, ax: Axes) -> None:
        """A run of two days knows nothing about the rest of the week."""
        seen = HOURS < 48
        running, connected = np.where(seen, RUNNING, np.nan), np.where(seen, CONNECTED, np.nan)
        concurrency_week(HOURS, running, connected, ax)
        drawn = np.asarray(ax.lines[0].get_ydata(), dtype=float)
        assert np.isnan(drawn[8:]).all()
        ends = [t.xy[0] for t in ax.texts if t.get_text() and hasattr(t, "xy")]
        assert ends == [48, 48]
        assert "Mon 12:00" in describe_concurrency(HOURS, running, connected)

    @pytest.mark.parametrize(
        "values", [np.zeros(len(HOURS)), np.full(len(HOURS), np.nan)], ids=["none", "unmeasured"]
    )
    def test_no_desktop_is_said_in_words(self, ax: Axes, values: np.ndarray) -> None:
        concurrency_week(HOURS, values, values, ax)
        said = describe_concurrency(HOURS, values, values)
        assert texts(ax) == ["No desktop was running in the measured time."] == [said]

    def test_no_hours_are_said_in_words(self, ax: Axes) -> None:
        concurrency_week([], [], [], ax)
        assert texts(ax) == ["No desktop was running in the measured time."]

    def test_in_words(self) -> None:
        said = describe_concurrency(HOURS, RUNNING, CONNECTED, peak_running=66)
        assert said == (
            "Two lines over an average week. "
            "Running desktops are highest on Mon 12:00 UTC: 40.0 on average, "
            "peak of the whole time 66. "
            "Connected desktops are highest on Mon 12:00 UTC: 35.0 on average."
        )


def histogram(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    (steps,) = [patch for patch in ax.patches if isinstance(patch, StepPatch)]
    values, edges, _ = steps.get_data()
    return np.asarray(values), np.asarray(edges)


class TestLogonTime:
    def test_bins_hold_the_shares_of_all_logons(self, ax: Axes) -> None:
        times = [2_000] * 50 + [30_000] * 30 + [75_000] * 20
        assert logon_time(times, ax) is ax
        shares, edges = histogram(ax)
        held = {
            second: float(shares[np.searchsorted(edges, second, side="right") - 1])
            for second in (2, 30, 75)
        }
        assert held == {2: 50.0, 30: 30.0, 75: 20.0}
        assert shares.sum() == pytest.approx(100)

    def test_marks_stand_at_observed_times(self, ax: Axes) -> None:
        """Of 1 to 200 s: half take 100 s or less, 95 % 190 s, 99 % 198 s."""
        logon_time(np.arange(1, 201) * 1000, ax)
        assert texts(ax) == [
            "p50  100 s",
            "p95  3 min 10 s",
            "p99  3 min 18 s",
        ]
        marks = [c.get_segments()[0][0][0] for c in ax.collections]  # type: ignore[attr-defined]
        assert marks == [100, 190, 198]

    def test_marks_measured_elsewhere_are_taken_over(self, ax: Axes) -> None:
        measured = {50: 3_000.0, 95: 4_000.0, 99: 4_500.0}
        logon_time([1_000, 5_000], ax, percentiles=measured)
        assert texts(ax) == ["p50  3.0 s", "p95  4.0 s", "p99  4.5 s"]

    def test_marks_differ_in_line_style(self, ax: Axes) -> None:
        logon_time(np.arange(1, 201) * 1000, ax)
        styles = {str(c.get_linestyle()) for c in ax.collections}
        assert len(styles) == 3

    def test_axes_have_units_and_the_number_of_logons(self, ax: Axes) -> None:
        logon_time([5_000] * 1_234, ax)
        assert ax.get_xlabel() == "logon time [s] of 1,234 logons"
        assert ax.get_ylabel() == "share of logons [%]"
        assert max(ax.get_yticks()) <= 100

    def test_a_few_very_long_ones_are_counted_instead_of_squeezing_the_rest(self, ax: Axes) -> None:
        logon_time([10_000] * 995 + [3_000_000] * 5, ax)
        assert ax.get_xlabel() == "logon time [s] of 1,000 logons, 5 longer, up to 50 min"
        assert histogram(ax)[0].sum() == pytest.approx(99.5)
        assert ax.get_xlim()[1] < 20

    def test_long_times_are_drawn_in_minutes(self, ax: Axes) -> None:
        logon_time([1_200_000] * 10, ax)
        assert ax.get_xlabel() == "logon time [min] of 10 logons"
        shares, edges = histogram(ax)
        at = int(np.flatnonzero(shares)[0])
        assert edges[at] <= 20 < edges[at + 1]

    @pytest.mark.parametrize("times", [[0], [0] * 9, [1], [5_000], [7_199_999, 7_200_000]])
    def test_any_times_can_be_drawn(self, ax: Axes, times: list[int]) -> None:
        logon_time(times, ax)
        assert histogram(ax)[0].sum() == pytest.approx(100)
        ax.figure.canvas.draw()

    def test_no_logon_is_said_in_words(self, ax: Axes) -> None:
        logon_time([], ax)
        assert texts(ax) == ["Nobody logged on."] == [describe_logons([])]

    def test_in_words(self) -> None:
        assert describe_logons(np.arange(1, 201) * 1000) == (
            "Histogram of the logon times of 200 logons, from 1.0 s to 3 min 20 s: "
            "p50 100 s, p95 3 min 10 s, p99 3 min 18 s."
        )


DAY = CapacityDay(
    desired=([0, 8, 24], [4, 10]),
    actual=([0, 8.25, 24], [4, 10]),
    active=([0, 8, 17, 24], [0, 4, 1]),
)
"""Four seats until 08:15, though ten are asked for from 08:00 on, when all four are taken."""
AWAY = np.zeros(288)
AWAY[[96, 98]] = (2, 5)
"""Turned away from 08:00 to 08:05 and from 08:10 to 08:15."""
NOBODY = np.zeros(288)
NO_DAY = CapacityDay(desired=([0, 24], [0]), actual=([0, 24], [0]), active=([0, 24], [0]))


def drawn(ax: Axes) -> dict[str, tuple[list[float], list[float]]]:
    """The lines by name: where they step, and to what."""
    return {
        str(line.get_label()): (
            np.asarray(line.get_xdata()).tolist(),
            np.asarray(line.get_ydata()).tolist(),
        )
        for line in ax.lines
        if not str(line.get_label()).startswith("_")
    }


class TestWorstDay:
    def test_every_step_is_drawn_to_the_end_of_the_day(self, ax: Axes) -> None:
        assert worst_day(DAY, AWAY, ax, date="2026-09-07") is ax
        assert drawn(ax) == {
            "desired": ([0, 8, 24], [4, 10, 10]),
            "actual": ([0, 8.25, 24], [4, 10, 10]),
            "active": ([0, 8, 17, 24], [0, 4, 1, 1]),
        }
        assert {line.get_drawstyle() for line in ax.lines[:3]} == {"steps-post"}

    def test_lines_differ_in_more_than_colour_and_are_named(self, ax: Axes) -> None:
        worst_day(DAY, AWAY, ax, date="2026-09-07")
        # Dashes of any pattern are "--" to Matplotlib; the gaps tell them apart.
        gaps = {str(line._dash_pattern) for line in ax.lines[:3]}  # type: ignore[attr-defined]
        assert len(gaps) == 3
        assert {"desired", "actual", "active"} <= set(texts(ax))

    def test_bars_below_the_axis_say_when_people_were_turned_away(self, ax: Axes) -> None:
        worst_day(DAY, AWAY, ax, date="2026-09-07", time_zone="Asia/Singapore")
        low, _ = ax.get_ylim()
        assert low < 0
        (bars,) = [
            patch
            for patch in ax.patches
            if isinstance(patch, StepPatch) and len(patch.get_data()[0]) == 288
        ]
        heights = np.asarray(bars.get_data()[0]) - low
        assert list(np.flatnonzero(heights > 1e-9)) == [96, 98]
        assert heights[98] / heights[96] == pytest.approx(5 / 2)
        assert ax.get_xlabel() == ("2026-09-07 [Asia/Singapore]; 7 turned away, at most 5 in 5 min")
        assert min(tick for tick in ax.get_yticks() if tick >= 0) == 0

    def test_a_day_without_refusals_has_no_strip(self, ax: Axes) -> None:
        worst_day(DAY, NOBODY, ax, date="2026-09-07")
        assert ax.get_ylim()[0] == 0
        assert ax.get_xlabel() == "2026-09-07 [UTC]"
        assert ax.get_ylabel() == "user sessions"

    def test_a_pool_that_never_had_capacity_can_turn_people_away(self, ax: Axes) -> None:
        worst_day(NO_DAY, AWAY, ax, date="2026-09-07")
        assert "7 turned away" in ax.get_xlabel()
        ax.figure.canvas.draw()

    def test_no_capacity_is_said_in_words(self, ax: Axes) -> None:
        worst_day(NO_DAY, NOBODY, ax, date="2026-09-07")
        assert texts(ax) == ["The pool had no capacity, and nobody asked for any."]

    def test_in_words(self) -> None:
        assert describe_worst_day(DAY, AWAY, date="2026-09-07") == (
            "Steps over 2026-09-07, UTC, in user sessions, at most: desired 10, actual 10, "
            "active 4. 7 attempts were turned away between 08:00 and 08:15, most in the 5 min from "
            "08:10: 5."
        )
        assert describe_worst_day(DAY, NOBODY, date="2026-09-07").endswith(
            "active 4. Nobody was turned away."
        )
        once = np.array(NOBODY)
        once[-1] = 1
        assert "active 4. 1 attempt was turned away between" in describe_worst_day(
            DAY, once, date="2026-09-07"
        )


class TestAverageDay:
    BAND = ([0, 2, 0], [1, 6, 1])

    def test_means_are_lines_and_the_spread_a_band(self, ax: Axes) -> None:
        assert average_day(DAY, self.BAND, ax, days=21, time_zone="Europe/Berlin") is ax
        assert drawn(ax)["active"] == ([0, 8, 17, 24], [0, 4, 1, 1])
        high, edges, low = [p.get_data() for p in ax.patches if isinstance(p, StepPatch)][-1]
        assert (list(low), list(high)) == self.BAND  # type: ignore[call-overload]
        assert list(edges) == [0, 8, 17, 24]
        assert ax.get_xlabel() == (
            "time of day [Europe/Berlin]; means of 21 busy days, band: 5 to 95 % of them"
        )
        assert ax.get_xlim() == (0, 24)

    def test_one_day_is_no_mean(self, ax: Axes) -> None:
        average_day(DAY, self.BAND, ax, days=1)
        assert ax.get_xlabel() == "time of day [UTC]; one day"

    def test_the_band_lies_inside_the_axes(self, ax: Axes) -> None:
        average_day(DAY, ([0, 2, 0], [1, 60, 1]), ax, days=3)
        assert ax.get_ylim()[1] > 60

    def test_no_capacity_is_said_in_words(self, ax: Axes) -> None:
        average_day(NO_DAY, ([0], [0]), ax, days=3)
        said = describe_average_day(NO_DAY, days=3)
        assert texts(ax) == ["The pool had no capacity, and nobody asked for any."] == [said]

    def test_in_words(self) -> None:
        # actual: (8.25 x 4 + 15.75 x 10) / 24 = 7.94; active: (9 x 4 + 7 x 1) / 24 = 1.79
        assert describe_average_day(DAY, days=21) == (
            "Three lines over the time of day, UTC, means of 21 busy days in user sessions: "
            "desired is highest from 08:00, 10.0; actual is highest from 08:15, 10.0; "
            "active is highest from 08:00, 4.0. On average 6.1 of what is there are free."
        )


class TestUtilizationWeek:
    SHARES: list[float | None] = [None] * 168

    def shares(self) -> list[float | None]:
        """Monday 09:00 three quarters, Tuesday 00:00 all, Sunday 23:00 nothing; else unknown."""
        found = list(self.SHARES)
        found[9], found[24], found[167] = 0.75, 1.0, 0.0
        return found

    def test_each_hour_has_its_cell_and_its_number(self, ax: Axes) -> None:
        assert utilization_week(self.shares(), ax) is ax
        cells = {
            (int(p.get_y()), int(p.get_x())): p.get_alpha()
            for p in ax.patches
            if isinstance(p, Rectangle)
        }
        numbers = {
            (int(t.get_position()[1]), int(t.get_position()[0])): t.get_text() for t in ax.texts
        }
        assert numbers == {(0, 9): "75", (1, 0): "100", (6, 23): "0"}
        assert set(cells) == set(numbers)
        assert cells[6, 23] == 0
        assert 0 < cells[0, 9] < cells[1, 0] <= 1  # type: ignore[operator]

    def test_days_run_down_and_hours_across(self, ax: Axes) -> None:
        utilization_week(self.shares(), ax)
        assert [t.get_text() for t in ax.get_yticklabels()][::6] == ["Mon", "Sun"]
        assert [t.get_text() for t in ax.get_xticklabels()][::23] == ["00", "23"]
        assert ax.get_ylim() == (7, 0)
        assert ax.get_xlabel() == "hour of the week [UTC], utilisation [%]"

    def test_no_capacity_is_said_in_words(self, ax: Axes) -> None:
        utilization_week(self.SHARES, ax)
        said = describe_utilization(self.SHARES)
        assert texts(ax) == ["The pool never had any capacity in the measured time."] == [said]

    def test_in_words(self) -> None:
        assert describe_utilization(self.shares()) == (
            "Utilisation by hour of the week, UTC: fullest from Tue 00:00, 100 %, "
            "emptiest from Sun 23:00, 0 %."
        )
