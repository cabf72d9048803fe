"""Every billing rule of a pool in `docs/billing.md` as a story, with the arithmetic written out.

Prices are those of ap-southeast-1: an instance of Power costs 0.48 for a running hour and 0.025 for
a stopped one, a user of an included licence 4.19 a month. September 2026 has 30 days, 720 hours.
"""

from typing import Any

import pytest

from sim.metering import meter
from sim.pricing import MissingPriceError
from sim.record import NEVER
from sim.units import HOUR
from tests.billing import Office

NOBODY = -1


def lab(office: dict[str, Any] | None = None, **pool: Any) -> Office:
    """A scenario with a pool of Power, `lab`: AutoStop and with an included licence unless told."""
    told = {"bundle": "power", "running_mode": "AutoStop", "maximum": 40, **pool}
    return Office(region="ap-southeast-1", pools={"lab": told}, **(office or {}))


def hours(office: Office, charge: str = "pool-running-hours") -> list[str]:
    return [f"{quantity.normalize():f}" for quantity in office.quantities(charge)]


# ------------------------------------------------------------------------------- AlwaysOn


def test_an_alwayson_instance_owes_its_life_in_started_hours() -> None:
    """Available at 08:10, terminated at 17:15: 9 h 5 min, 10 hours. That it was requested at 07:55,
    and that somebody had it from 09:00 on, makes no difference, nor whose it was."""
    office = lab(running_mode="AlwaysOn", license="byol")
    office.instance(requested="09-01 07:55", available="09-01 08:10").held(
        "09-01 09:00", "09-01 17:15"
    ).gone("09-01 17:15")
    assert office.bill() == ["2026-09 pool-running-hours 10 x 0.417 = 4.17"]
    assert office.bill(user=NOBODY) == office.bill()


def test_alwayson_instances_are_rounded_one_by_one() -> None:
    """Three instances of 20 minutes are three hours, not one: what replaces an instance starts an
    hour of its own. That is what short sessions cost on instances that are thrown away."""
    office = lab(running_mode="AlwaysOn")
    for minute in ("00", "20", "40"):
        office.instance(available=f"09-01 09:{minute}").gone(f"09-01 09:{int(minute) + 19}")
    assert office.bill() == ["2026-09 pool-running-hours 3 x 0.48 = 1.44"]


def test_an_instance_that_nobody_used_costs_what_a_busy_one_costs() -> None:
    """A whole month: 720 hours x 0.48."""
    office = lab(running_mode="AlwaysOn")
    office.instance()
    assert office.bill() == ["2026-09 pool-running-hours 720 x 0.48 = 345.6"]


# ------------------------------------------------------------------------------- AutoStop


def test_an_autostop_instance_runs_while_it_is_held_and_is_stopped_before() -> None:
    """Available at 07:50, given to a user at 09:00 who disconnects at 17:30; 15 minutes later it is
    terminated. Held for 8 h 45 min: 9 hours x 0.48 of the user's. Stopped for 1 h 10 min, exactly:
    1.1666666667 x 0.025 of nobody's. And the user's fee."""
    office = lab()
    ann = office.user("lab")
    office.instance(available="09-01 07:50").held("09-01 09:00", "09-01 17:45", ann).gone(
        "09-01 17:45"
    )
    assert office.bill(user=ann) == [
        "2026-09 pool-running-hours 9 x 0.48 = 4.32",
        "2026-09 pool-user-month 1 x 4.19 = 4.19",
    ]
    assert office.bill(user=NOBODY) == [
        "2026-09 pool-stopped-hours 1.1666666667 x 0.025 = 0.0291666666675"
    ]


def test_a_month_of_waiting_is_not_free() -> None:
    """720 stopped hours x 0.025 = 18, for an instance that nobody ever had."""
    office = lab()
    office.instance()
    assert office.bill() == ["2026-09 pool-stopped-hours 720 x 0.025 = 18"]


def test_sessions_of_one_user_are_rounded_apart_and_added_up() -> None:
    """Twice 61 minutes on two instances: 2 + 2 hours in one row, 122 minutes would be 3."""
    office = lab(license="byol")
    ann = office.user("lab")
    for day in ("01", "02"):
        office.instance(available=f"09-{day} 09:00").held(
            f"09-{day} 09:00", f"09-{day} 10:01", ann
        ).gone(f"09-{day} 10:01")
    assert office.bill() == ["2026-09 pool-running-hours 4 x 0.417 = 1.668"]


def test_a_kept_instance_runs_in_each_span_in_which_it_is_held() -> None:
    """Available 08:00 to 13:00, held 09:00-10:30 and 11:00-12:10: 2 + 2 running hours; stopped for
    1 h + 30 min + 50 min. It serves many, so its hours are nobody's."""
    office = lab(after_session="keep", license="byol")
    office.instance(available="09-01 08:00").held("09-01 09:00", "09-01 10:30").held(
        "09-01 11:00", "09-01 12:10"
    ).gone("09-01 13:00")
    assert office.bill(user=NOBODY) == [
        "2026-09 pool-running-hours 4 x 0.417 = 1.668",
        "2026-09 pool-stopped-hours 2.3333333333 x 0.025 = 0.0583333333325",
    ]


def test_sessions_that_overlap_or_touch_are_one_span() -> None:
    """Two places: held 09:00-10:30 and 10:00-11:10, then 11:10-11:20: from 09:00 to 11:20, 3 hours.
    Apart they would be 2 + 2 + 1. After 11:20 somebody comes at 11:21: another hour."""
    office = lab(after_session="keep", sessions_per_instance=2, license="byol")
    instance = office.instance(available="09-01 08:00").gone("09-01 13:00")
    instance.held("09-01 10:00", "09-01 11:10").held("09-01 09:00", "09-01 10:30")
    instance.held("09-01 11:10", "09-01 11:20")
    assert hours(office) == ["3"]
    instance.held("09-01 11:21", "09-01 11:30")
    assert hours(office) == ["4"]


def test_a_long_session_outlasts_those_inside_it() -> None:
    """Held 09:00-15:00, and inside that 10:00-11:00: 6 hours, and not two spans from 11:00 on."""
    office = lab(sessions_per_instance=2, license="byol")
    office.instance(available="09-01 09:00").held("09-01 09:00", "09-01 15:00").held(
        "09-01 10:00", "09-01 11:00"
    ).held("09-01 12:00", "09-01 13:00").gone("09-01 15:00")
    assert hours(office) == ["6"]
    assert hours(office, "pool-stopped-hours") == []


def test_a_shared_instance_is_nobodys() -> None:
    office = lab(sessions_per_instance=2, license="byol")
    office.instance(available="09-01 09:00").held("09-01 09:00", "09-01 10:00").gone("09-01 10:00")
    assert office.bill(user=NOBODY) == ["2026-09 pool-running-hours 1 x 0.417 = 0.417"]


# ------------------------------------------------------------- increments, minimum, edges


@pytest.mark.parametrize(
    ("billing", "quantity"),
    [
        ({}, "1"),
        ({"increment": "second"}, "0.0836111111"),
        ({"increment": "second", "minimum": "15 min"}, "0.25"),
        ({"increment": "hour", "minimum": "15 min"}, "1"),
        ({"increment": "hour", "minimum": "90 min"}, "2"),
    ],
)
@pytest.mark.parametrize("mode", ["AlwaysOn", "AutoStop"])
def test_increments_and_the_least_that_is_billed(
    mode: str, billing: dict[str, Any], quantity: str
) -> None:
    """5 minutes and half a second: an hour; 301 s / 3600; a minimum of 15 min or, in whole hours,
    of 90 min."""
    office = lab(running_mode=mode, billing=billing, license="byol")
    instance = office.instance(available=9 * HOUR)
    instance.held(9 * HOUR, 9 * HOUR + 300_500).gone(9 * HOUR + 300_500)
    assert hours(office) == [quantity]
    assert hours(office, "pool-stopped-hours") == []


def test_more_than_the_minimum_is_not_rounded_to_it() -> None:
    """16 minutes by the second with a minimum of 15: 960 / 3600 h."""
    office = lab(billing={"increment": "second", "minimum": "15 min"}, license="byol")
    office.instance(available="09-01 09:00").held("09-01 09:00", "09-01 09:16").gone("09-01 09:16")
    assert hours(office) == ["0.2666666667"]


@pytest.mark.parametrize("mode", ["AlwaysOn", "AutoStop"])
def test_an_hour_belongs_to_the_month_in_which_it_begins(mode: str) -> None:
    """From 22:30 on 30 September to 01:40: hours from 22:30, 23:30, 00:30 and 01:30."""
    office = lab({"horizon": {"months": 2}}, running_mode=mode, license="byol")
    office.instance(available="09-30 22:30").held("09-30 22:30", "10-01 01:40").gone("10-01 01:40")
    assert office.bill() == [
        "2026-09 pool-running-hours 2 x 0.417 = 0.834",
        "2026-10 pool-running-hours 2 x 0.417 = 0.834",
    ]


def test_stopped_time_is_cut_at_midnight() -> None:
    """Waiting from 23:40 to 00:30: 20 minutes and 30."""
    office = lab({"horizon": {"months": 2}})
    office.instance(available="09-30 23:40").gone("10-01 00:30")
    assert hours(office, "pool-stopped-hours") == ["0.3333333333", "0.5"]


def test_the_warm_up_is_not_billed_and_its_instances_keep_their_hours() -> None:
    """Available at 22:30 on 31 August, a day of warm-up before the measured time, until 02:00: its
    hours begin at 22:30, 23:30, 00:30, 01:30, of which two are measured."""
    office = lab({"warm_up": "1 d"}, running_mode="AlwaysOn")
    office.instance(available="08-31 22:30").gone("09-01 02:00")
    office.instance(available="08-31 09:00").gone("08-31 10:00")
    assert hours(office) == ["2"]


def test_what_is_still_there_at_the_end_owes_its_started_hours() -> None:
    """24 hours of horizon. Available at 20:30 and held since 22:15: AlwaysOn 4 started hours
    (20:30 to 23:30); AutoStop 2 (22:15, 23:15), and 1 h 45 min stopped."""
    for mode, running, stopped in [("AlwaysOn", "4", []), ("AutoStop", "2", ["1.75"])]:
        office = lab({"horizon": "24 h"}, running_mode=mode, license="byol")
        office.instance(available="09-01 20:30").held("09-01 22:15")
        assert hours(office) == [running]
        assert hours(office, "pool-stopped-hours") == stopped


def test_increments_that_begin_after_the_end_are_not_billed() -> None:
    """A minimum of 3 hours, 90 minutes before the end: 2 hours begin in time."""
    office = lab({"horizon": "24 h"}, billing={"minimum": "3 h"}, license="byol")
    office.instance(available="09-01 22:30").held("09-01 22:30", "09-01 22:40").gone("09-01 22:40")
    assert hours(office) == ["2"]


@pytest.mark.parametrize(("mode", "charge"), [("AlwaysOn", "running"), ("AutoStop", "stopped")])
def test_provisioning_is_free_unless_the_scenario_bills_it(mode: str, charge: str) -> None:
    """Requested at 08:00, available at 08:15, terminated at 10:00; and one that was requested at
    08:00 and cancelled at 08:10. From `available` 1 h 45 min; from the requests 2 h and 10 min: as
    running hours 2, or 2 + 1; as stopped ones 1.75, or 2.1666666667."""
    for billed, quantity in [
        (False, {"running": "2", "stopped": "1.75"}),
        (True, {"running": "3", "stopped": "2.1666666667"}),
    ]:
        office = lab(running_mode=mode, billing={"provisioning": billed})
        office.instance(requested="09-01 08:00", available="09-01 08:15").gone("09-01 10:00")
        office.instance(requested="09-01 08:00", available=NEVER).gone("09-01 08:10")
        assert hours(office, f"pool-{charge}-hours") == [quantity[charge]]


def test_an_instance_under_way_at_the_end_was_never_available() -> None:
    """Requested 10 minutes before the end: nothing, or an hour where provisioning is billed."""
    for billed, quantity in [(False, []), (True, ["1"])]:
        office = lab({"horizon": "24 h"}, running_mode="AlwaysOn", billing={"provisioning": billed})
        office.instance(requested="09-01 23:50", available=NEVER)
        assert hours(office) == quantity


# ------------------------------------------------------------------------------- user fee


def test_a_user_owes_one_fee_for_each_month_in_which_a_session_begins() -> None:
    """Three sessions of Ann's in September, the last over midnight: one fee of September and none
    of October. Bob comes in October only, Cem never."""
    office = lab({"horizon": {"months": 2}})
    ann, bob, _ = office.user("lab"), office.user("lab"), office.user("lab")
    for begin, end, user in [
        ("09-02 09:00", "09-02 17:00", ann),
        ("09-03 09:00", "09-03 17:00", ann),
        ("09-30 20:00", "10-01 04:00", ann),
        ("10-31 09:00", "10-31 17:00", bob),
    ]:
        office.instance(available=begin).held(begin, end, user).gone(end)
    fees = [line for line in office.bill() if "user-month" in line]
    assert fees == [
        "2026-09 pool-user-month 1 x 4.19 = 4.19",
        "2026-10 pool-user-month 1 x 4.19 = 4.19",
    ]
    assert [line for line in office.bill(user=bob) if "user" in line] == fees[1:]


def test_a_session_begun_at_midnight_belongs_to_the_new_month() -> None:
    office = lab({"horizon": {"months": 2}}, running_mode="AlwaysOn")
    office.instance(available="10-01 00:00").held("10-01 00:00", "10-01 01:00").gone("10-01 01:00")
    assert office.bill() == [
        "2026-10 pool-running-hours 1 x 0.48 = 0.48",
        "2026-10 pool-user-month 1 x 4.19 = 4.19",
    ]


def test_a_session_begun_in_the_warm_up_owes_no_fee() -> None:
    office = lab({"warm_up": "1 d"})
    ann = office.user("lab")
    office.instance(available="08-31 20:00").held("08-31 20:00", "09-01 02:00", ann).gone(
        "09-01 02:00"
    )
    assert office.bill() == ["2026-09 pool-running-hours 2 x 0.48 = 0.96"]


def test_the_end_of_the_horizon_is_no_part_of_it() -> None:
    """Begun at the last millisecond: a fee and an hour."""
    office = lab({"horizon": "24 h"})
    office.instance(available="09-01 00:00").held(24 * HOUR - 1)
    assert hours(office, "pool-user-month") == ["1"]
    assert hours(office) == ["1"]


@pytest.mark.parametrize(
    ("pool", "fee"),
    [
        ({}, ["1"]),
        ({"license": "byol"}, []),
        ({"billing": {"user_fee": False}}, []),
        ({"bundle": "stream.standard.large", "os": "linux"}, []),
        ({"bundle": "stream.standard.large"}, ["1"]),
    ],
)
def test_the_fee_is_for_an_included_licence(pool: dict[str, Any], fee: list[str]) -> None:
    office = lab(**pool)
    office.instance(available="09-01 09:00").held("09-01 09:00", "09-01 10:00").gone("09-01 10:00")
    assert hours(office, "pool-user-month") == fee


def test_users_of_shared_instances_owe_a_fee_of_another_kind() -> None:
    """WorkSpaces Applications, 4 users to an instance, two of whom come: 6.42 each, and one hour of
    the instance at 0.24."""
    office = lab(
        {"book": "applications-ap-southeast-1"},
        bundle="stream.standard.large",
        sessions_per_instance=4,
    )
    office.instance(available="09-01 09:00").held("09-01 09:00", "09-01 09:50").held(
        "09-01 09:10", "09-01 10:00"
    ).gone("09-01 10:00")
    assert office.bill() == [
        "2026-09 pool-running-hours 1 x 0.24 = 0.24",
        "2026-09 pool-user-month 1 x 6.42 = 6.42",
        "2026-09 pool-user-month 1 x 6.42 = 6.42",
    ]


# -------------------------------------------------------------------------------- storage


def test_storage_is_charged_for_members_from_joining_to_leaving() -> None:
    """1.5 GB a user. One is there all the time, one joins on the 16th, one leaves at the end of the
    3rd of October: in September 1 + 0.5 + 1 = 2.5 months of 1.5 GB, in October 1 + 1 + 3/31."""
    office = lab(
        {"horizon": {"months": 2}},
        storage={"item": "fsx-windows/ssd-gb-month", "per_user": "1536 MB"},
    )
    office.user("lab")
    office.user("lab", joins="09-16 00:00")
    office.user("lab", leaves="10-04 00:00")
    assert 1.5 * 2.5 == 3.75
    assert hours(office, "pool-storage") == ["3.75", f"{1.5 * (2 + 3 / 31):.10f}"]
    assert set(office.usage()["user"]) == {NOBODY}
    assert set(office.usage()["item"]) == {"fsx-windows/ssd-gb-month"}


def test_storage_counts_started_hours_or_days_as_services_do() -> None:
    """Joined on the 30th at 22:30: the last two hours of 720, or one day of 30."""
    for grain, quantity in [("hours", "0.0027777778"), ("days", "0.0333333333")]:
        office = lab(
            {"billing": {"proration_grain": grain}},
            storage={"item": "fsx-windows/ssd-gb-month", "per_user": "1 GB"},
        )
        office.user("lab", joins="09-30 22:30")
        office.user("lab", leaves="09-01 00:00")
        assert hours(office, "pool-storage") == [quantity]


# ----------------------------------------------------------------------- several, and none


def test_pools_come_after_desktops_in_the_order_of_the_file_and_services_last() -> None:
    """In each pool what is nobody's comes first, then user by user, each as a bill lists it."""
    power = {"bundle": "power", "running_mode": "AutoStop", "maximum": 4}
    office = Office(
        region="ap-southeast-1",
        fleets={"office": {"bundle": "power", "running_mode": "AlwaysOn"}},
        pools={"zoo": power, "lab": {**power, "running_mode": "AlwaysOn", "license": "byol"}},
        services={"web": {"item": "transfer/internet-gb", "quantity": 3, "per": "month"}},
    )
    office.desktop()
    office.instance("lab").gone("09-01 02:00")
    ann, bob = office.user("zoo"), office.user("zoo")
    for user in (bob, ann):
        office.instance("zoo", available="09-01 08:00").held(
            "09-01 09:00", "09-01 10:00", user
        ).gone("09-01 10:00")
    usage = office.usage()
    rows = list(zip(usage["fleet"], usage["user"], usage["charge"], strict=True))
    assert rows == [
        ("office", 0, "alwayson-month"),
        ("zoo", NOBODY, "pool-stopped-hours"),
        ("zoo", ann, "pool-running-hours"),
        ("zoo", ann, "pool-user-month"),
        ("zoo", bob, "pool-running-hours"),
        ("zoo", bob, "pool-user-month"),
        ("lab", NOBODY, "pool-running-hours"),
        ("", NOBODY, "web"),
    ]
    assert usage["desktop"].tolist() == [0] + [-1] * 7


def test_a_pool_that_had_nothing_owes_nothing() -> None:
    assert lab().bill() == []


def test_sessions_outside_the_life_of_their_instance_are_not_believed() -> None:
    """Held before it was available: the facts contradict themselves, and no bill comes of it."""
    office = lab()
    office.instance(available="09-01 09:00").held("09-01 08:00", "09-01 10:00").gone("09-01 10:00")
    with pytest.raises(AssertionError, match="outside the life"):
        meter(office.scenario, **office.tables())


def test_a_bundle_without_a_price_is_never_free() -> None:
    office = lab(bundle="standard")
    office.instance(available="09-01 09:00").held("09-01 09:00", "09-01 10:00").gone("09-01 10:00")
    with pytest.raises(MissingPriceError, match=r"pool/running-hour/power/included at 0\.48 USD"):
        office.bill()
