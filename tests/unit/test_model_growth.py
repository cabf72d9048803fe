"""Stories about user volumes that fill, and grow before they are full: rule O12 of docs/model.md.

Ann has an AutoStop desktop with a user volume of 10 GB. Unless a story says otherwise 4 GB are on
it at first, 40 GB come to it in 730 h, and at 80 %, which is 8 GB, it is made larger: after
4 / 40 x 730 h = 73 h, on the 4th at 1:00.
"""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from sim.metering import METERED, meter
from sim.pricing import price
from sim.record import Table
from sim.scenario.growth import ConstantSize, LognormalSize, UniformSize
from sim.workload import Stream
from sim.workload.growth import sizes
from tests.billing import shipped
from tests.unit.stories import Facts, expect, story

GROWTH = {"used": "4 GB", "per_month": "40 GB"}


def grown(plan: str = "", *, fleet: Any = None, growth: Any = None, **told: Any) -> Facts:
    """A story of a fleet with volumes that fill; of 30 days unless told otherwise."""
    settings = {"volume_growth": {**GROWTH, **(growth or {})}, **(fleet or {})}
    return story(plan, fleet=settings, **{"horizon": "30 d", "users": {"ann": {}}, **told})


# --- when a volume grows, and to what


def test_a_volume_grows_from_pair_to_pair_and_then_by_steps() -> None:
    """80 % of 10, 50, 100 and 200 GB: 8, 40, 80 and 160 GB, which is 4, 36, 76 and 156 GB later:
    after 73 h, 657 h, 1387 h and 2847 h. 240 GB would be reached after 4307 h.
    """
    days = grown(horizon="150 d")
    expect(
        days.operations,
        """
        at           operation  to               accepted  by
        09-04 01:00  resize     80 GB + 50 GB    yes       rule
        09-28 09:00  resize     80 GB + 100 GB   yes       rule
        10-28 19:00  resize     175 GB + 200 GB  yes       rule
        12-28 15:00  resize     175 GB + 300 GB  yes       rule
        """,
    )


def test_a_stopped_desktop_is_updating_meanwhile_and_turns_people_away() -> None:
    """O4: at 1:00 for 1 h; who comes at 1:30 is refused, and connected at 2:00."""
    plan = "arrival  connected  ending\n09-04 01:30  1 h  disconnect"
    days = grown(plan, fleet={"change_time": "1 h"}, horizon="4 d", people={"patience": "1 h"})
    expect(days.operations, "at  accepted  done\n09-04 01:00  yes  09-04 02:00")
    expect(days.logons.rows(attempt=1), "outcome  cause\nrefused  desktop-busy")
    expect(days.sessions, "connected\n09-04 02:00")


def test_whoever_is_connected_to_a_running_desktop_notices_nothing() -> None:
    plan = "arrival  connected  ending\n09-04 00:00  8 h  disconnect"
    days = grown(plan, horizon="4 d")
    expect(days.operations, "at  accepted  done\n09-04 01:00  yes  09-04 01:00")
    expect(days.sessions, "connected  ended\n09-04 00:00  09-04 08:00")


def test_a_volume_that_is_too_small_at_first_grows_at_once() -> None:
    """9 of 10 GB are above 80 %; 40 GB of 50 are reached after 31 / 40 x 730 h = 565 h 45 min."""
    days = grown(growth={"used": "9 GB"})
    expect(days.operations, "at  to\n00:00  80 GB + 50 GB\n09-24 13:45  80 GB + 100 GB")


def test_a_volume_to_which_nothing_comes_stays() -> None:
    assert not len(grown(growth={"per_month": "0 MB"}).operations.table)


def test_the_threshold_says_when() -> None:
    """5 of 10 GB: 1 / 40 x 730 h = 18 h 15 min; 25 of 50 GB: 21 / 40 x 730 h = 383 h 15 min."""
    days = grown(growth={"threshold": "50 %"})
    expect(days.operations, "at  to\n18:15  80 GB + 50 GB\n09-16 23:15  80 GB + 100 GB")


# --- what stands in the way


def test_what_is_refused_is_tried_again() -> None:
    """At 1:00 the desktop is starting; a day later it is at rest, having stopped at 3:02."""
    plan = "arrival  connected  ending\n09-04 00:58  1 h  disconnect"
    days = grown(plan, horizon="5 d", logon={"resume": "4 min"})
    expect(
        days.operations,
        """
        at           accepted  cause
        09-04 01:00  no        wrong-state
        09-05 01:00  yes       none
        """,
    )


def test_retries_come_as_often_as_the_setting_says() -> None:
    lost = [{"control_plane": {"at": "2026-09-04T00:30Z", "lasts": "2 h"}}]
    days = grown(growth={"retry_after": "1 h"}, horizon="4 d", outages=lost)
    expect(
        days.operations,
        """
        at           accepted  cause
        09-04 01:00  no        control-plane-outage
        09-04 02:00  no        control-plane-outage
        09-04 03:00  yes       none
        """,
    )


def test_the_largest_volume_cannot_grow_and_is_not_tried_again() -> None:
    """2000 GB are 80 % full at 1600 GB."""
    fleet = {"root_volume": "175 GB", "user_volume": "2000 GB"}
    days = grown(fleet=fleet, growth={"used": "1600 GB"})
    expect(days.operations, "at  to  accepted  cause\n00:00  -  no  not-sold")


def test_a_volume_at_the_limit_stays() -> None:
    """50 GB of which 40 GB are there on the 28th at 9:00; 100 GB are more than 60."""
    days = grown(fleet={"volume_limit": "60 GB"})
    expect(
        days.operations,
        """
        at           to             accepted  cause
        09-04 01:00  80 GB + 50 GB  yes       none
        09-28 09:00  -              no        not-sold
        """,
    )


def test_a_volume_made_larger_by_somebody_else_lasts_longer() -> None:
    """50 GB from the 2nd on: 40 GB are there after 36 / 40 x 730 h = 657 h."""
    larger = "at  user  operation  to\n09-02 00:00  ann  resize  80 GB + 50 GB"
    days = grown(operations=larger)
    expect(
        days.operations,
        """
        at           to              by
        09-02 00:00  80 GB + 50 GB   administrator
        09-28 09:00  80 GB + 100 GB  rule
        """,
    )


# --- whose volume it is


def test_a_migrated_desktop_keeps_what_is_on_its_volume() -> None:
    days = grown(operations="at  user  operation\n09-02 00:00  ann  migrate", horizon="4 d")
    expect(days.operations.rows(operation=3), "at  desktop  accepted\n09-04 01:00  1  yes")


def test_a_new_desktop_begins_with_what_is_there_at_first() -> None:
    """Deleted on the 2nd, created on the 3rd: 73 h from then it grows, on the 6th at 1:00."""
    days = grown(
        operations="""
        at           user  operation
        09-02 00:00  ann   delete
        09-03 00:00  ann   create
        """,
        horizon="6 d",
    )
    expect(days.operations.rows(operation=3), "at  desktop  accepted\n09-06 01:00  1  yes")


def test_the_volume_of_a_joiner_fills_from_joining() -> None:
    days = grown(users={"ann": {"joins": "09-10 00:00"}})
    expect(days.operations.rows(operation=3), "at\n09-13 01:00")


def test_a_deleted_desktop_does_not_grow() -> None:
    days = grown(users={"ann": {"leaves": "09-03 00:00"}})
    expect(days.operations, "operation\ndelete")


def test_calls_wait_for_the_limit_of_the_api() -> None:
    """Two volumes are full at one instant, and the limit is a call a second."""
    limits = {"operations": True, "calls_per_second": 1, "burst": 1}
    days = grown(users={"ann": {}, "bob": {}}, api_limits=limits, horizon="4 d")
    expect(days.operations, "at  user\n09-04 01:00  ann\n09-04 01:00:01  bob")


# --- what is drawn


def test_what_waits_for_its_call_is_not_asked_for_again() -> None:
    """Three volumes are full at the beginning, one call comes a second, and what is refused is
    tried again after 1 s: ann's is the first, bob's the second, cid's the third."""
    limits = {"operations": True, "calls_per_second": 1, "burst": 1}
    days = grown(
        users={"ann": {}, "bob": {}, "cid": {}},
        growth={"used": "9 GB", "retry_after": "1 s"},
        api_limits=limits,
        horizon="1 d",
    )
    expect(
        days.operations,
        """
        at        user  to
        00:00     ann   80 GB + 50 GB
        00:00:01  bob   80 GB + 50 GB
        00:00:02  cid   80 GB + 50 GB
        """,
    )


def test_sizes_are_drawn_by_inversion() -> None:
    """Medians: the middle of two bounds; of a lognormal with a cv of 1, its mean / sqrt(2)."""
    half = np.array([0.5])
    assert sizes(ConstantSize.model_validate({"value": "3 GB"}), half) == [3 * 1024]
    uniform = UniformSize.model_validate({"low": "1 GB", "high": "3 GB"})
    assert sizes(uniform, half) == [2 * 1024]
    lognormal = LognormalSize.model_validate({"mean": "1 GB", "cv": 1})
    assert sizes(lognormal, half) == pytest.approx([1024 / 2**0.5])


def test_each_user_has_a_pace_of_their_own() -> None:
    """From 0 to 100 GB in 730 h: 4 GB after 4 / (100 x draw) x 730 h."""
    pace = {"uniform": {"low": "0 MB", "high": "100 GB"}}
    names: dict[str, Any] = {"ann": {}, "bob": {}, "cid": {}}
    days = grown(users=names, growth={"per_month": pace}, horizon="365 d")
    draws = Stream(1, 0, "volume-growth/people").uniforms(3, first=2**40).tolist()
    for user, draw in enumerate(draws):
        (first, *_) = days.operations.rows(user=user).table["at"].tolist()
        assert first == pytest.approx(4 / (100 * draw) * 730 * 3_600_000, abs=1)


# --- what it costs


def metered(days: Facts) -> Table:
    told = days.story
    tables = {schema.name: days.recorded(schema) for schema in METERED}
    return meter(told.scenario, told.workload.users, **tables)


def test_the_bill_follows_the_volume() -> None:
    """September's 720 h: 73 h at 7.25, 584 h at 9.75 and 63 h at 13 USD a month."""
    charges = price(metered(grown()), shipped("us-east-1"))
    assert set(charges["charge"]) == {"autostop-base"}
    amount = sum(map(Decimal, charges["amount"]), Decimal(0))
    exact = (73 * Decimal("7.25") + 584 * Decimal("9.75") + 63 * 13) / 720
    assert abs(amount - exact) < Decimal("1e-8")
    assert amount.quantize(Decimal("0.01")) == Decimal("9.78")


def test_what_grows_beyond_the_pairs_is_charged_by_the_gb_month() -> None:
    """72 of 100 GB, 80 after 8 / 40 x 730 h = 146 h: 100 GB more for 574 of 720 h."""
    fleet = {"root_volume": "175 GB", "user_volume": "100 GB"}
    usage = metered(grown(fleet=fleet, growth={"used": "72 GB"}))
    extra = usage["quantity_e10"][usage["charge"].astype(str) == "volume-user-gb"]
    assert extra.sum() / 10**10 == pytest.approx(100 * 574 / 720)
