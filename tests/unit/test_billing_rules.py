"""Every billing rule of `docs/billing.md` as a story, with the arithmetic written out.

Prices are those of the shipped books: in us-east-1 a Value desktop costs 25 a month on AlwaysOn, or
a base fee of 7.25 and 0.22 an hour on AutoStop. September 2026 has 30 days, 720 hours.
"""

from typing import Any

import pytest

from sim.pricing import MissingPriceError
from sim.record import OperationKind
from tests.billing import HOUR, Office, plain

# ------------------------------------------------------------------------------- AlwaysOn


def test_alwayson_is_a_flat_fee_for_each_utc_calendar_month() -> None:
    """Three months of 30, 31 and 30 days cost the same."""
    office = Office(running_mode="AlwaysOn", horizon={"months": 3})
    office.desktop()
    assert office.bill() == [
        "2026-09 alwayson-month 1 x 25 = 25",
        "2026-10 alwayson-month 1 x 25 = 25",
        "2026-11 alwayson-month 1 x 25 = 25",
    ]


def test_a_month_turns_at_midnight_utc_wherever_the_user_is() -> None:
    """Created at 00:30 on 1 October in Berlin, which is 22:30 UTC on 30 September: September owes
    its last two started hours, 2 / 720."""
    office = Office(running_mode="AlwaysOn", horizon={"months": 2})
    office.desktop(created="09-30 22:30")
    assert office.bill() == [
        "2026-09 alwayson-month 0.0027777778 x 25 = 0.069444445",
        "2026-10 alwayson-month 1 x 25 = 25",
    ]


def test_the_first_month_is_prorated_by_started_hours() -> None:
    """Created on the 16th at 10:30. From 10:00 on, 14 hours of that day and 14 days of 24 hours are
    left: 350 of 720 hours, a quantity of 0.4861111111 to ten decimals."""
    office = Office(running_mode="AlwaysOn")
    office.desktop(created="09-16 10:30")
    assert 14 + 14 * 24 == 350
    assert office.bill() == ["2026-09 alwayson-month 0.4861111111 x 25 = 12.1527777775"]


def test_or_by_started_days() -> None:
    """The same desktop with the grain `days`: the 16th to the 30th are 15 of 30 days."""
    office = Office(running_mode="AlwaysOn", billing={"proration_grain": "days"})
    office.desktop(created="09-16 10:30")
    assert office.bill() == ["2026-09 alwayson-month 0.5 x 25 = 12.5"]


def test_long_hours_and_months_by_days_stand_on_one_bill() -> None:
    """On from the 1st to the 17th: 16 x 24 = 384 hours, and 30 of 30 days."""
    office = Office(running_mode="AutoStop", billing={"proration_grain": "days"})
    office.desktop().on("09-01 00:00", "09-17 00:00")
    assert office.bill() == [
        "2026-09 autostop-base 1 x 7.25 = 7.25",
        "2026-09 autostop-hours 384 x 0.22 = 84.48",
    ]


def test_the_first_month_may_be_due_in_full() -> None:
    office = Office(running_mode="AlwaysOn", billing={"prorate_on_create": False})
    office.desktop(created="09-16 10:30")
    assert office.bill() == ["2026-09 alwayson-month 1 x 25 = 25"]


def test_the_last_month_is_due_in_full() -> None:
    """Deleted on 1 September, one hour into the month."""
    office = Office(running_mode="AlwaysOn", horizon={"months": 2})
    office.desktop().delete("09-01 01:00")
    assert office.bill() == ["2026-09 alwayson-month 1 x 25 = 25"]


def test_or_it_is_prorated() -> None:
    """Deleted at the end of the 9th: 9 of 30 days, 216 of 720 hours."""
    office = Office(running_mode="AlwaysOn", billing={"prorate_on_delete": True})
    office.desktop().delete("09-10 00:00")
    assert office.bill() == ["2026-09 alwayson-month 0.3 x 25 = 7.5"]


def test_deleted_at_the_very_end_of_a_month_owes_nothing_for_the_next() -> None:
    office = Office(running_mode="AlwaysOn", horizon={"months": 2})
    office.desktop().delete("10-01 00:00")
    assert office.bill() == ["2026-09 alwayson-month 1 x 25 = 25"]


def test_created_and_deleted_in_one_month() -> None:
    """From the 11th to the 20th. Prorated on creation only: 20 of 30 days, to the month's end.
    On both: 10 of 30. On neither: the month."""
    for create, delete, quantity in [
        (True, False, "0.6666666667"),
        (True, True, "0.3333333333"),
        (False, False, "1"),
        (False, True, "0.6666666667"),
    ]:
        office = Office(
            running_mode="AlwaysOn",
            billing={"prorate_on_create": create, "prorate_on_delete": delete},
        )
        office.desktop(created="09-11 00:00").delete("09-21 00:00")
        assert [line.split()[2] for line in office.bill()] == [quantity]


def test_a_desktop_that_was_there_before_pays_for_the_part_inside_the_horizon() -> None:
    """From the 21st: 10 of 30 days. Not being created then, it does not ask `prorate_on_create`."""
    office = Office(
        running_mode="AlwaysOn",
        start="2026-09-21",
        horizon="20 d",
        billing={"prorate_on_create": False},
    )
    office.desktop()
    assert office.bill() == [
        "2026-09 alwayson-month 0.3333333333 x 25 = 8.3333333325",
        "2026-10 alwayson-month 0.3225806452 x 25 = 8.06451613",
    ]


def test_the_end_of_the_horizon_is_no_deletion() -> None:
    """15 of 30 days, although the last month of a deleted desktop is due in full."""
    office = Office(running_mode="AlwaysOn", horizon="15 d")
    office.desktop()
    assert office.bill() == ["2026-09 alwayson-month 0.5 x 25 = 12.5"]


def test_due_in_full_means_in_full_inside_the_horizon() -> None:
    """Deleted on the 5th; the horizon ends after the 15th, and what is due later is not seen."""
    office = Office(running_mode="AlwaysOn", horizon="15 d")
    office.desktop().delete("09-05 00:00")
    assert office.bill() == ["2026-09 alwayson-month 0.5 x 25 = 12.5"]


def test_the_warm_up_is_never_billed() -> None:
    """Start on the 11th after ten days of warm-up. One desktop is deleted in the warm-up and owes
    nothing, though its month is due in full; one is created in it and pays from the 11th."""
    office = Office(
        running_mode="AlwaysOn",
        start="2026-09-11",
        horizon="20 d",
        warm_up="10 d",
        billing={"prorate_on_create": False},
    )
    gone = office.desktop()
    gone.delete("09-05 00:00")
    new = office.desktop(created="09-06 00:00")
    assert office.bill(gone) == []
    assert office.bill(new) == ["2026-09 alwayson-month 0.6666666667 x 25 = 16.6666666675"]


# ------------------------------------------------------------------------------- AutoStop


def test_autostop_is_a_base_fee_plus_the_hours_of_each_run() -> None:
    """Nine to half past five, and the timeout hour: 9.5 h from start to stop, so 10 hours a day.
    Two days: 7.25 + 20 x 0.22 = 11.65."""
    office = Office()
    desktop = office.desktop()
    desktop.on("09-01 09:00", "09-01 18:30")
    desktop.on("09-02 09:00", "09-02 18:30")
    assert office.bill() == [
        "2026-09 autostop-base 1 x 7.25 = 7.25",
        "2026-09 autostop-hours 20 x 0.22 = 4.4",
    ]


def test_an_unused_desktop_owes_its_base_fee() -> None:
    office = Office()
    office.desktop()
    assert office.bill() == ["2026-09 autostop-base 1 x 7.25 = 7.25"]


def test_the_base_fee_is_prorated_like_the_alwayson_month() -> None:
    """Created on the 16th: half; deleted on the 16th: whole, or half if deletion prorates."""
    office = Office()
    office.desktop(created="09-16 00:00")
    assert office.bill() == ["2026-09 autostop-base 0.5 x 7.25 = 3.625"]
    for prorate, line in [
        (False, "2026-09 autostop-base 1 x 7.25 = 7.25"),
        (True, "2026-09 autostop-base 0.5 x 7.25 = 3.625"),
    ]:
        office = Office(billing={"prorate_on_delete": prorate})
        office.desktop().delete("09-16 00:00")
        assert office.bill() == [line]


def test_the_least_that_a_connection_costs_is_two_hours() -> None:
    """One minute of work and the timeout of one hour: 61 minutes, 2 started hours."""
    office = Office()
    office.desktop().on("09-01 09:00", "09-01 10:01")
    assert office.bill()[-1] == "2026-09 autostop-hours 2 x 0.22 = 0.44"


def test_a_start_without_a_logon_is_billed_too() -> None:
    """Pre-warmed at 06:00 and stopped by its timeout at 07:00, nobody having come: one hour."""
    office = Office()
    office.desktop().on("09-01 06:00", "09-01 07:00")
    assert office.bill()[-1] == "2026-09 autostop-hours 1 x 0.22 = 0.22"


@pytest.mark.parametrize(
    ("rounding", "hours"), [("per_run", "1"), ("clock_hour", "2"), ("continuous", "0.3333333333")]
)
def test_three_readings_of_an_hour(rounding: str, hours: str) -> None:
    """On from 10:50 to 11:10: one started hour, two hours of the clock, 20 of 60 minutes."""
    office = Office(billing={"rounding": rounding})
    office.desktop().on("09-01 10:50", "09-01 11:10")
    assert office.bill()[-1].split()[:3] == ["2026-09", "autostop-hours", hours]


@pytest.mark.parametrize(
    ("rounding", "hours"), [("per_run", "6"), ("clock_hour", "4"), ("continuous", "3.5")]
)
def test_three_readings_of_a_morning(rounding: str, hours: str) -> None:
    """On 09:00-10:10, 10:20-11:30 and 11:40-12:50, 70 minutes each. Per run: 3 x 2 hours. By the
    clock: 9, 10, 11 and 12 o'clock, the hours that two runs share counted once. Exactly: 210
    minutes."""
    office = Office(billing={"rounding": rounding})
    desktop = office.desktop()
    desktop.on("09-01 09:00", "09-01 10:10")
    desktop.on("09-01 10:20", "09-01 11:30")
    desktop.on("09-01 11:40", "09-01 12:50")
    assert office.bill()[-1].split()[2] == hours


@pytest.mark.parametrize(
    ("rounding", "september", "october"),
    [("per_run", "2", "2"), ("clock_hour", "2", "2"), ("continuous", "1.5", "1.6666666667")],
)
def test_an_hour_belongs_to_the_month_in_which_it_starts(
    rounding: str, september: str, october: str
) -> None:
    """On from 22:30 on 30 September to 01:40 on 1 October. Its own hours begin at 22:30, 23:30,
    00:30 and 01:30; those of the clock at 22, 23, 0 and 1. Exactly: 90 and 100 minutes."""
    office = Office(horizon={"months": 2}, billing={"rounding": rounding})
    office.desktop().on("09-30 22:30", "10-01 01:40")
    hours = [line.split() for line in office.bill() if "hours" in line]
    assert [(month, quantity) for month, _, quantity, *_ in hours] == [
        ("2026-09", september),
        ("2026-10", october),
    ]


def test_only_hours_that_start_inside_the_horizon_are_billed() -> None:
    """A run open at the end began at 22:15: it has started hours at 22:15 and 23:15. A run of the
    warm-up, on since 23:40, reaches to 02:10: its hours begin at 23:40, outside, and at 00:40 and
    01:40."""
    office = Office(start="2026-09-02", horizon="1 d", warm_up="1 d")
    desktop = office.desktop()
    desktop.on("09-01 23:40", "09-02 02:10")
    desktop.on("09-02 22:15", "09-03 00:00")
    assert [str(hours) for hours in office.quantities("autostop-hours")] == ["4.0000000000"]


def test_by_the_clock_a_new_desktop_owes_the_hour_in_which_it_was_created() -> None:
    """Created at 10:30 and on from 10:40 to 11:50: 10 and 11 o'clock, though 10:00 came before."""
    office = Office(billing={"rounding": "clock_hour"})
    office.desktop(created="09-16 10:30").on("09-16 10:40", "09-16 11:50")
    assert office.bill()[-1] == "2026-09 autostop-hours 2 x 0.22 = 0.44"


def test_a_day_of_23_or_25_hours_changes_nothing() -> None:
    """On 25 October 2026 the clocks of London go back. A desktop on from 00:30 local summer time to
    03:30 local winter time, 23:30 to 03:30 UTC, is on for four hours, not three."""
    office = Office(start="2026-10-01")
    office.desktop().on("10-24 23:30", "10-25 03:30")
    assert office.bill()[-1] == "2026-10 autostop-hours 4 x 0.22 = 0.88"


# --------------------------------------------------------------------------- maintenance


def test_the_monthly_maintenance_start_is_billed_for_an_unused_desktop() -> None:
    """One hour on a Tuesday night, without a timeout hour."""
    office = Office()
    office.desktop().maintained("09-22 01:20", "09-22 02:20")
    assert office.bill() == [
        "2026-09 autostop-base 1 x 7.25 = 7.25",
        "2026-09 autostop-maintenance-hours 1 x 0.22 = 0.22",
    ]


def test_maintenance_may_be_set_to_any_number_of_hours() -> None:
    """The span that the run records is what is billed: three hours, or none."""
    for hours, billed in [(3, ["3.0000000000"]), (0, [])]:
        office = Office(billing={"maintenance_billed_hours": hours})
        start = office.at("09-22 01:20")
        office.desktop().maintained(start, start + hours * HOUR)
        assert [str(q) for q in office.quantities("autostop-maintenance-hours")] == billed


def test_by_the_clock_maintenance_pays_only_for_hours_that_no_logon_has_paid() -> None:
    """Maintenance from 02:20 to 03:20 touches 2 and 3 o'clock; a logon at 03:40 has 3 to 5."""
    office = Office(billing={"rounding": "clock_hour"})
    desktop = office.desktop()
    desktop.maintained("09-22 02:20", "09-22 03:20")
    desktop.on("09-22 03:40", "09-22 05:10")
    assert office.bill()[1:] == [
        "2026-09 autostop-hours 3 x 0.22 = 0.66",
        "2026-09 autostop-maintenance-hours 1 x 0.22 = 0.22",
    ]


# ------------------------------------------------------------------------ mode switches


def test_to_alwayson_costs_base_and_hours_so_far_and_the_rest_of_the_month() -> None:
    """Ten hours on AutoStop, then AlwaysOn from the 16th: 7.25 + 2.20 + 25 / 2 = 21.95. What the
    desktop does afterwards is free."""
    office = Office()
    desktop = office.desktop()
    desktop.on("09-03 08:00", "09-03 18:00")
    desktop.switch("09-16 00:00", "AlwaysOn")
    assert office.bill() == [
        "2026-09 alwayson-month 0.5 x 25 = 12.5",
        "2026-09 autostop-base 1 x 7.25 = 7.25",
        "2026-09 autostop-hours 10 x 0.22 = 2.2",
    ]


def test_a_switch_to_alwayson_bills_the_started_hour_and_closes_the_run() -> None:
    """On since 09:00, switched at 11:30, which closes the run: 3 started hours, and from 11:00 of
    the 21st on 13 + 9 x 24 = 229 hours of AlwaysOn."""
    office = Office()
    desktop = office.desktop()
    desktop.on("09-21 09:00", "09-21 11:30")
    desktop.switch("09-21 11:30", "AlwaysOn")
    assert office.quantities("autostop-hours")[0] == 3
    assert office.bill()[0] == "2026-09 alwayson-month 0.3180555556 x 25 = 7.95138889"
    assert round(229 / 720, 10) == 0.3180555556


def test_to_autostop_changes_the_bill_on_the_first_of_the_next_month() -> None:
    """AlwaysOn until the 10th, then AutoStop. September is AlwaysOn to its end and its runs are
    free; October is base and hours, of the run over midnight those that start in October."""
    office = Office(running_mode="AlwaysOn", horizon={"months": 2})
    desktop = office.desktop()
    desktop.switch("09-10 00:00", "AutoStop")
    desktop.on("09-14 08:00", "09-14 18:00")
    desktop.on("09-30 22:30", "10-01 01:40")
    assert office.bill() == [
        "2026-09 alwayson-month 1 x 25 = 25",
        "2026-10 autostop-base 1 x 7.25 = 7.25",
        "2026-10 autostop-hours 2 x 0.22 = 0.44",
    ]


def test_a_switch_at_midnight_on_the_first_belongs_to_the_new_month() -> None:
    office = Office(horizon={"months": 2})
    office.desktop().switch("10-01 00:00", "AlwaysOn")
    other = office.desktop()
    other.change(office.scenario.begin, mode="AlwaysOn")
    other.switch("10-01 00:00", "AutoStop")
    assert office.bill() == [
        "2026-09 autostop-base 1 x 7.25 = 7.25",
        "2026-10 alwayson-month 1 x 25 = 25",
        "2026-09 alwayson-month 1 x 25 = 25",
        "2026-10 autostop-base 1 x 7.25 = 7.25",
    ]


def test_alwayson_to_autostop_and_back_in_one_month_is_one_alwayson_fee() -> None:
    office = Office(running_mode="AlwaysOn")
    desktop = office.desktop()
    desktop.switch("09-10 00:00", "AutoStop")
    desktop.on("09-12 08:00", "09-12 18:00")
    desktop.switch("09-20 00:00", "AlwaysOn")
    assert office.bill() == ["2026-09 alwayson-month 1 x 25 = 25"]


def test_autostop_to_alwayson_and_back_in_one_month_leaves_the_last_hours_free() -> None:
    """100 hours on AutoStop, AlwaysOn from the 16th, AutoStop again from the 20th with 20 hours
    more: base + 100 h + half an AlwaysOn month, 7.25 + 22 + 12.5 = 41.75."""
    office = Office()
    desktop = office.desktop()
    for day in range(1, 11):
        desktop.on(f"09-{day:02d} 08:00", f"09-{day:02d} 18:00")
    desktop.switch("09-16 00:00", "AlwaysOn")
    desktop.switch("09-20 00:00", "AutoStop")
    desktop.on("09-21 08:00", "09-21 18:00")
    desktop.on("09-22 08:00", "09-22 18:00")
    assert office.bill() == [
        "2026-09 alwayson-month 0.5 x 25 = 12.5",
        "2026-09 autostop-base 1 x 7.25 = 7.25",
        "2026-09 autostop-hours 100 x 0.22 = 22",
    ]


def test_a_month_after_two_switches_is_billed_by_the_mode_it_begins_with() -> None:
    office = Office(horizon={"months": 2})
    desktop = office.desktop()
    desktop.switch("09-16 00:00", "AlwaysOn")
    desktop.switch("09-20 00:00", "AutoStop")
    desktop.on("10-05 08:00", "10-05 18:00")
    assert office.bill()[2:] == [
        "2026-10 autostop-base 1 x 7.25 = 7.25",
        "2026-10 autostop-hours 10 x 0.22 = 2.2",
    ]


def test_a_switch_in_the_warm_up_decides_about_the_month_of_the_start() -> None:
    """AlwaysOn on the 1st, AutoStop from the 5th, measured from the 11th: two thirds of an AlwaysOn
    month, and no hours."""
    office = Office(start="2026-09-11", horizon="20 d", warm_up="10 d", running_mode="AlwaysOn")
    desktop = office.desktop()
    desktop.switch("09-05 00:00", "AutoStop")
    desktop.on("09-14 08:00", "09-14 18:00")
    assert office.bill() == ["2026-09 alwayson-month 0.6666666667 x 25 = 16.6666666675"]


def test_switched_and_then_deleted() -> None:
    """AlwaysOn from the 16th, deleted on the 21st, the last month due in full: half a month of
    AlwaysOn. Prorated: 5 of 30 days, and 20 of 30 of the base fee."""
    for prorate, alwayson, base in [(False, "0.5", "1"), (True, "0.1666666667", "0.6666666667")]:
        office = Office(billing={"prorate_on_delete": prorate})
        desktop = office.desktop()
        desktop.switch("09-16 00:00", "AlwaysOn")
        desktop.delete("09-21 00:00")
        assert [line.split()[2] for line in office.bill()] == [alwayson, base]


# ------------------------------------------------------------- volumes, compute, migration


def test_a_resize_splits_the_month_fee_at_its_moment() -> None:
    """Power at 80 + 10 GB for 70, resized on the 16th to 175 + 100 GB for 78: 35 + 39."""
    office = Office(bundle="power", running_mode="AlwaysOn")
    office.desktop().resize("09-16 00:00", 175, 100)
    assert office.bill() == [
        "2026-09 alwayson-month 0.5 x 78 = 39",
        "2026-09 alwayson-month 0.5 x 70 = 35",
    ]


def test_a_resize_splits_the_base_fee_and_leaves_the_hour_price() -> None:
    """7.25 and 19 by halves; the hours before and after are one item."""
    office = Office(bundle="power")
    desktop = office.desktop()
    desktop.on("09-03 08:00", "09-03 18:00")
    desktop.resize("09-16 00:00", 175, 100)
    desktop.on("09-23 08:00", "09-23 18:00")
    assert office.bill() == [
        "2026-09 autostop-base 0.5 x 19 = 9.5",
        "2026-09 autostop-base 0.5 x 7.25 = 3.625",
        "2026-09 autostop-hours 20 x 0.68 = 13.6",
    ]


def test_what_exceeds_the_largest_pair_is_charged_by_the_gb_month() -> None:
    """Root 500 GB and user 200 GB are the pair 175 + 100 GB, and 325 and 100 GB more; with the
    desktop there from the 16th, 162.5 and 50 GB-months."""
    office = Office(bundle="power", root_volume="500 GB", user_volume="200 GB")
    office.desktop(created="09-16 00:00")
    usage = office.usage()
    assert usage["item"].tolist() == [
        "personal/autostop-base/175-100",
        "personal/volume-gb/root",
        "personal/volume-gb/user",
    ]
    assert [float(q) for q in office.quantities("volume-root-gb")] == [162.5]
    assert [float(q) for q in office.quantities("volume-user-gb")] == [50]


def test_growing_volumes_are_charged_from_the_moment_of_change() -> None:
    """325 GB more from the 25th: 6 of 30 days, 65 GB-months."""
    office = Office(bundle="power", root_volume="175 GB", user_volume="100 GB")
    office.desktop().resize("09-25 00:00", 500, 100)
    assert [float(q) for q in office.quantities("volume-root-gb")] == [65]
    assert office.quantities("autostop-base") == [1]


def test_a_compute_change_prices_each_hour_at_the_rate_in_force_when_it_starts() -> None:
    """Value until the 16th at 12:00, then Performance: 10 hours at 0.22, 10 at 0.47, one base."""
    office = Office()
    desktop = office.desktop()
    desktop.on("09-03 08:00", "09-03 18:00")
    desktop.change_compute("09-16 12:00", "performance")
    desktop.on("09-23 08:00", "09-23 18:00")
    assert office.bill() == [
        "2026-09 autostop-base 1 x 7.25 = 7.25",
        "2026-09 autostop-hours 10 x 0.47 = 4.7",
        "2026-09 autostop-hours 10 x 0.22 = 2.2",
    ]


def test_an_hour_or_day_in_which_terms_change_stays_with_the_old_ones() -> None:
    """Compute changed on the 16th at 12:30. By hours the 13th hour of that day is still Value's:
    373 and 347 of 720. By days all of the 16th is: 16 and 14 of 30."""
    for grain, new, old in [
        ("hours", "0.4819444444", "0.5180555556"),
        ("days", "0.4666666667", "0.5333333333"),
    ]:
        office = Office(running_mode="AlwaysOn", billing={"proration_grain": grain})
        office.desktop().change_compute("09-16 12:30", "performance")
        assert [line.split()[2:5] for line in office.bill()] == [[new, "x", "45"], [old, "x", "25"]]
    assert 15 * 24 + 13 == 373
    assert round(373 / 720, 10) == 0.5180555556


def test_a_migration_prorates_the_old_desktop_and_the_new_whatever_the_settings() -> None:
    """Value to Performance at noon on the 16th, by days: the old one pays up to and including that
    day, 16 of 30, the new one 14. No month is due in full, on either side."""
    office = Office(
        running_mode="AlwaysOn",
        billing={"proration_grain": "days", "prorate_on_create": False, "prorate_on_delete": False},
    )
    old = office.desktop()
    new = old.migrate("09-16 12:00", "performance")
    assert office.bill(old) == ["2026-09 alwayson-month 0.5333333333 x 25 = 13.3333333325"]
    assert office.bill(new) == ["2026-09 alwayson-month 0.4666666667 x 45 = 21.0000000015"]


def test_deleted_today_and_created_tomorrow_is_no_migration() -> None:
    """The same user's next desktop, a day later: the old month is due in full, the new one from
    the 17th, 14 of 30 days."""
    office = Office(running_mode="AlwaysOn")
    old = office.desktop()
    old.delete("09-16 00:00")
    new = office.desktop(created="09-17 00:00", user=old.user)
    assert office.bill(old) == ["2026-09 alwayson-month 1 x 25 = 25"]
    assert office.bill(new) == ["2026-09 alwayson-month 0.4666666667 x 25 = 11.6666666675"]


# ------------------------------------------------- licences, applications, shared services


def test_a_licence_of_ones_own_lowers_the_month_and_the_hour_but_not_the_base() -> None:
    """Power in ap-southeast-1 at 175 + 100 GB: 124 with Windows, 120 with one's own; 0.99 and 0.95
    an hour; the base fee is 26 for both."""
    bills = {}
    for name in ("included", "byol"):
        for mode in ("AlwaysOn", "AutoStop"):
            office = Office(
                region="ap-southeast-1",
                bundle="power",
                license=name,
                running_mode=mode,
                root_volume="175 GB",
                user_volume="100 GB",
            )
            office.desktop().on("09-01 08:00", "09-01 18:00")
            bills[name, mode] = [line.split(" ", 1)[1] for line in office.bill()]
    assert bills["included", "AlwaysOn"] == ["alwayson-month 1 x 124 = 124"]
    assert bills["byol", "AlwaysOn"] == ["alwayson-month 1 x 120 = 120"]
    assert bills["included", "AutoStop"] == [
        "autostop-base 1 x 26 = 26",
        "autostop-hours 10 x 0.99 = 9.9",
    ]
    assert bills["byol", "AutoStop"] == [
        "autostop-base 1 x 26 = 26",
        "autostop-hours 10 x 0.95 = 9.5",
    ]


def test_linux_has_a_price_of_its_own() -> None:
    """Amazon Linux on Power in ap-southeast-1: 112 a month; 10 and 0.95 an hour on AutoStop."""
    for mode, expected in [
        ("AlwaysOn", ["2026-09 alwayson-month 1 x 112 = 112"]),
        (
            "AutoStop",
            ["2026-09 autostop-base 1 x 10 = 10", "2026-09 autostop-hours 2 x 0.95 = 1.9"],
        ),
    ]:
        office = Office(region="ap-southeast-1", bundle="power", os="linux", running_mode=mode)
        office.desktop().on("09-01 08:00", "09-01 10:00")
        assert office.bill() == expected


def test_applications_are_charged_with_the_desktops_month() -> None:
    """Office at 21.43 and Visual Studio at 48.51, from the 16th: halves of both."""
    office = Office(applications=["office-2021-pro", "visual-studio-2022-pro"])
    office.desktop(created="09-16 00:00")
    assert office.bill() == [
        "2026-09 autostop-base 0.5 x 7.25 = 3.625",
        "2026-09 application 0.5 x 21.43 = 10.715",
        "2026-09 application 0.5 x 48.51 = 24.255",
    ]


@pytest.mark.parametrize(
    ("directory", "line"),
    [
        (
            {"kind": "managed-ad-standard", "servers": 2},
            "2026-09 directory 1440 x 0.06 = 86.4",
        ),
        (
            {"kind": "managed-ad-enterprise", "servers": 3},
            "2026-09 directory 2160 x 0.2 = 432",
        ),
        ({"kind": "ad-connector", "servers": 2}, "2026-09 directory 720 x 0 = 0"),
        ({"kind": "simple-ad"}, "2026-09 directory 720 x 0 = 0"),
    ],
)
def test_a_managed_directory_is_billed_by_controller_and_hour(
    directory: dict[str, Any], line: str
) -> None:
    """Two controllers x 720 hours x 0.06 = 86.40 with nobody working. AD Connector and Simple AD
    are free with WorkSpaces; they are on the bill, at nothing."""
    assert Office(directory=directory).bill() == [line]


def test_a_directory_may_be_on_another_bill() -> None:
    assert Office(directory={"kind": "managed-ad-standard", "billed": False}).bill() == []


def test_each_fleet_of_a_key_of_its_own_is_billed_by_the_month() -> None:
    """In September 2026 from the 16th: half a month, two fleets of three."""
    kind = {"bundle": "value", "running_mode": "AutoStop"}
    office = Office(
        start="2026-09-16",
        horizon="15 d",
        fleets={
            "office": kind | {"encryption": {}},
            "studio": kind | {"encryption": {"volumes": "user"}},
            "loaned": kind | {"encryption": {"key_billed": False}},
        },
    )
    assert office.bill() == ["2026-09 kms-key 1 x 1 = 1"]


def key_asked(**settings: Any) -> Office:
    """Three runs, one of them maintenance, a reboot, a rebuild and a restore of one desktop; a
    second one is created. What was refused, or began before September, asks for nothing."""
    office = Office(warm_up="5 d", billing={"free_key_requests": 10}, encryption=settings)
    first = office.desktop()
    first.on("08-31 23:00", "09-01 02:00")
    first.on("09-01 09:00", "09-01 10:00")
    first.on("09-02 09:00", "09-02 10:00")
    first.maintained("09-21 01:00", "09-21 02:00")
    first.operated("09-03", OperationKind.REBOOT)
    first.operated("09-04", OperationKind.REBUILD)
    first.operated("09-05", OperationKind.RESTORE)
    first.operated("09-06", OperationKind.REBUILD, accepted=False)
    first.operated("09-07", OperationKind.RESIZE)
    office.desktop(created="09-10")
    return office


def key_requests(office: Office) -> list[str]:
    return [line for line in office.bill() if "kms-requests" in line]


def test_requests_to_a_key_are_billed_beyond_the_free_ones() -> None:
    """Per volume 3 for the creation, 3 + 1 starts, 2 times a rebuild: 9, and 18 for both volumes.

    Ten are free: 8 of 10,000 at 0.03.
    """
    assert key_requests(key_asked()) == ["2026-09 kms-requests 0.0008 x 0.03 = 0.000024"]


def test_each_kind_of_request_has_its_number() -> None:
    """5 x 1 + 7 x 4 + 11 x 2 = 55 for the user volume alone, 45 of them beyond the free ones."""
    counts = {"creation": 5, "start": 7, "rebuild": 11}
    office = key_asked(volumes="user", requests=counts)
    assert key_requests(office) == ["2026-09 kms-requests 0.0045 x 0.03 = 0.000135"]


def test_twenty_thousand_requests_of_all_fleets_are_free_each_month() -> None:
    """12,000 of each of two fleets in September, 24,000 - 20,000 paid; 12,000 in October, none."""
    key = {"volumes": "root", "requests": {"start": 12_000}}
    kind = {"bundle": "value", "running_mode": "AutoStop", "encryption": key}
    office = Office(horizon={"months": 2}, fleets={"office": kind, "studio": kind})
    for fleet in ("office", "studio"):
        office.desktop(fleet).on("09-30 23:59", "10-01 02:00")
    office.desktops[0].on("10-02 09:00", "10-02 10:00")
    assert key_requests(office) == ["2026-09 kms-requests 0.4 x 0.03 = 0.012"]


def test_requests_to_a_key_that_is_not_on_the_bill_are_not_either() -> None:
    assert key_requests(key_asked(key_billed=False)) == []


STANDBY: dict[str, Any] = {"recovery": {"standby": {"region": "us-west-2"}}}


def quantities(office: Office) -> list[str]:
    """What is owed, without the prices, which no book has for standbys."""
    usage = office.usage()
    rows = zip(*(usage[name].tolist() for name in ("charge", "item", "quantity_e10")), strict=True)
    return [f"{charge} {item} {plain(quantity)}" for charge, item, quantity in rows]


@pytest.mark.parametrize(
    ("mode", "own"),
    [
        (
            "AutoStop",
            [
                "autostop-base personal/autostop-base/80-10 1",
                "autostop-hours personal/autostop-hours/value/windows/included 2",
            ],
        ),
        ("AlwaysOn", ["alwayson-month personal/alwayson-month/value/windows/included/80-10 1"]),
    ],
)
@pytest.mark.parametrize(
    ("rounding", "hours"), [("per_run", "7"), ("clock_hour", "8"), ("continuous", "6.5")]
)
def test_a_standby_is_billed_beside_its_desktop(
    mode: str, own: list[str], rounding: str, hours: str
) -> None:
    """Two hours at home, then from 11:50 to 18:20 at the standby, also where the desktop owes
    no hours of its own: 6.5 h begin 7 hours, and touch those of the clock from 11 to 18."""
    office = Office(running_mode=mode, billing={"rounding": rounding}, **STANDBY)
    desktop = office.desktop()
    if mode == "AutoStop":
        desktop.on("09-15 08:00", "09-15 10:00")
    desktop.at_standby("09-15 11:50", "09-15 18:20")
    there = "value/windows/included"
    assert quantities(office) == [
        *own,
        f"standby-month personal/standby-month/{there} 1",
        f"standby-hours personal/standby-hours/{there} {hours}",
    ]


def test_services_by_the_hour_the_month_and_the_user() -> None:
    """In the 20 days from 11 September: two NAT gateways for 480 hours each; 300 GB a month, of
    which 20 of 30 days; 1.5 GB for each of three users: those who leave at the beginning or join at
    the end do not count, who leaves on the second day does."""
    office = Office(
        start="2026-09-11",
        horizon="20 d",
        warm_up="5 d",
        services={
            "gateways": {"item": "nat/hour", "quantity": 2, "per": "hour"},
            "updates": {"item": "nat/gb", "quantity": 300, "per": "month"},
            "web": {"item": "transfer/internet-gb", "quantity": 1.5, "per": "user-month"},
        },
    )
    office.user()
    office.user(leaves="09-12 10:00")
    office.user(joins="09-20 00:00")
    office.user(leaves="09-11 00:00")
    office.user(joins="10-01 00:00")
    assert office.bill() == [
        "2026-09 gateways 960 x 0.045 = 43.2",
        "2026-09 updates 200 x 0.045 = 9",
        "2026-09 web 4.5 x 0.09 = 0.405",
    ]


def test_a_service_may_count_the_users_of_one_fleet() -> None:
    office = Office(
        fleets={
            "a": {"bundle": "value", "running_mode": "AutoStop"},
            "b": {"bundle": "value", "running_mode": "AutoStop"},
        },
        services={
            "web": {
                "item": "transfer/internet-gb",
                "quantity": 10,
                "per": "user-month",
                "fleet": "b",
            }
        },
    )
    for fleet in "abb":
        office.user(fleet)
    assert office.bill() == ["2026-09 web 20 x 0.09 = 1.8"]


def test_a_price_that_nobody_knows_is_an_error_and_never_nothing() -> None:
    """Neither the base fee nor the hour of a Graphics.g4dn is known."""
    office = Office(bundle="graphics.g4dn", root_volume="100 GB", user_volume="100 GB")
    office.desktop().on("09-01 08:00", "09-01 18:00")
    with pytest.raises(MissingPriceError, match=r"no price for personal/autostop-base/100-100"):
        office.bill()
