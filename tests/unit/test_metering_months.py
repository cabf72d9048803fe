"""Parts of calendar months, and quantities with ten decimals."""

from fractions import Fraction

import numpy as np
import pytest

from sim.metering.months import E10, BilledMonths, Ints, e10
from sim.units import DAY, HOUR, MINUTE
from tests.billing import Office


def months(start: str, horizon: str, grain: str = "hours") -> BilledMonths:
    office = Office(start=start, horizon=horizon, billing={"proration_grain": grain})
    return BilledMonths.of(office.scenario)


def ints(*values: int) -> Ints:
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("start", "hours"),
    [("2026-02-01", 672), ("2028-02-01", 696), ("2026-09-01", 720), ("2026-10-01", 744)],
)
def test_a_month_has_672_to_744_hours(start: str, hours: int) -> None:
    """28 days, 29 in a leap year, 30 and 31; in October the clocks of Europe go back and UTC does
    not notice."""
    billed = months(start, "1 h")
    assert billed.whole.tolist() == [hours]
    assert months(start, "1 h", "days").whole.tolist() == [hours // 24]


def test_the_horizon_cuts_the_first_month_and_the_last() -> None:
    """From 20 September for 45 days: 11 days, the 31 of October and 3."""
    billed = months("2026-09-20", "45 d", "days")
    assert billed.names == ("2026-09", "2026-10", "2026-11")
    assert billed.measured.tolist() == [11, 31, 3]
    assert (billed.closes - billed.opens).tolist() == [11 * DAY, 31 * DAY, 3 * DAY]


def test_a_started_hour_has_begun_and_is_not_over() -> None:
    """Of a month that starts at 0: at 2 h, two have begun and are over; a millisecond later a third
    has begun, and a millisecond earlier the second is not over."""
    billed = months("2026-09-01", "30 d")
    at = ints(2 * HOUR - 1, 2 * HOUR, 2 * HOUR + 1)
    month = ints(0, 0, 0)
    assert billed.begun(month, at).tolist() == [2, 2, 3]
    assert billed.over(month, at).tolist() == [1, 2, 2]


def test_hours_are_those_of_utc_whatever_the_start() -> None:
    """A scenario from 09:30 for 60 minutes touches the hours of 9 and of 10 o'clock."""
    assert months("2026-09-01T09:30Z", "1 h").measured.tolist() == [2]
    assert months("2026-09-01T09:30Z", "30 min").measured.tolist() == [1]
    billed = months("2026-09-01T09:30Z", "1 h")
    assert billed.begun(ints(0), ints(31 * MINUTE)).tolist() == [11]


def test_quantities_are_rounded_half_to_even_at_the_tenth_decimal() -> None:
    """1/720 = 0.00138888888|8 rounds up. In eighths of 1e-10 ties can be seen: 1/8 of 4, 12, 20."""
    assert e10(ints(1), 720).tolist() == [13_888_889]
    assert e10(ints(1, 2), 3).tolist() == [3_333_333_333, 6_666_666_667]
    ties = 2 * E10
    assert e10(ints(1, 3, 5, 7), ties).tolist() == [0, 2, 2, 4]


def test_each_quantity_may_have_a_divisor_of_its_own() -> None:
    assert e10(ints(360, 372), ints(720, 744)).tolist() == [E10 // 2, E10 // 2]


def test_quantities_are_exact_up_to_the_longest_month_in_milliseconds() -> None:
    parts = ints(31 * DAY, 31 * DAY - 1, 1)
    expected = [round(Fraction(int(part), HOUR) * E10) for part in parts]
    assert e10(parts, HOUR).tolist() == expected


def test_a_quantity_too_large_for_its_column_is_an_error() -> None:
    with pytest.raises(OverflowError, match="does not fit"):
        e10(ints(10**9), 1)
