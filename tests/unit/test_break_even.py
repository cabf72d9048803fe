"""AutoStop months beside the hours at which AlwaysOn costs the same.

Value costs 25 a month on AlwaysOn, and 7.25 + 0.22 an hour on AutoStop: (25 - 7.25) / 0.22 =
80.68 hours. September 2026 has 30 days.
"""

from decimal import Decimal

import pytest

from sim.study.break_even import BreakEven, break_evens
from tests.billing import Office, shipped


def found(office: Office) -> list[BreakEven]:
    return break_evens(office.scenario, office.charges(), shipped("us-east-1"))


def test_months_beyond_the_break_even_and_what_alwayson_had_saved() -> None:
    """Runs of 40, 80, 88 and 100 hours. Beyond it are the last two: 7.25 + 88 x 0.22 = 26.61, and
    7.25 + 100 x 0.22 = 29.25; less 2 x 25 that is 5.86. Within a tenth, 72.6 to 88.7: 80 and 88."""
    office = Office(running_mode="AutoStop")
    for hours in (40, 80, 88, 100):
        office.desktop().on("09-02 00:00", f"09-{2 + hours // 24:02} {hours % 24:02}:00")
    (one,) = found(office)

    assert one.fleet == "office"
    assert float(one.hours) == pytest.approx(17.75 / 0.22)
    assert (one.months, one.beyond, one.near) == (4, 2, 2)
    assert one.saved == Decimal("5.86")


def test_a_desktop_that_was_never_on_is_a_month_below_it() -> None:
    office = Office(running_mode="AutoStop")
    office.desktop()
    (one,) = found(office)
    assert (one.months, one.beyond, one.near, one.saved) == (1, 0, 0, Decimal(0))


def test_maintenance_counts_since_it_is_billed() -> None:
    """80 hours of work and one of maintenance are 81, and beyond it: 7.25 + 81 x 0.22 - 25 =
    0.07."""
    office = Office(running_mode="AutoStop")
    desktop = office.desktop()
    desktop.on("09-02 00:00", "09-05 08:00")
    desktop.maintained("09-21 01:00", "09-21 02:00")
    (one,) = found(office)
    assert (one.beyond, one.saved) == (1, Decimal("0.07"))


def test_part_months_and_months_with_two_bundles_are_left_out() -> None:
    """Neither has a break-even of its own: a desktop of the 16th, and one that changed compute."""
    office = Office(running_mode="AutoStop")
    office.desktop(created="09-16 00:00").on("09-17 00:00", "09-27 00:00")
    changed = office.desktop()
    changed.on("09-02 00:00", "09-12 00:00")
    changed.change_compute("09-20 00:00", "standard")
    changed.on("09-21 00:00", "09-28 00:00")
    assert found(office) == []


def test_alwayson_desktops_have_none() -> None:
    office = Office(running_mode="AlwaysOn")
    office.desktop()
    assert found(office) == []
