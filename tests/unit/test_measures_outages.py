"""What outages mean, on stories small enough to count by hand.

Unless a story says otherwise `ann` has an AutoStop desktop in the only zone, works from 09:00 for
8 h, and tries again 2 min after she was cut off, for 30 min.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from sim.record import NEVER, Cause, OutageKind, SessionOutcome, StartKind
from sim.study.concurrency import Steps
from sim.study.credits import credited_share, credits_of
from sim.study.interruptions import Gaps
from sim.study.measures import Delivered, Ratio, connected_users, minutes
from sim.study.outage_times import Outage, disjoint, without
from sim.study.run import Measures, measure
from sim.study.slow import bands
from sim.study.storm import Storm, start_times, storm
from sim.study.uptime import ServiceLevel, Uptime, service_levels, service_uptime
from sim.units import HOUR, MINUTE
from tests.unit.stories import Facts, story
from tests.unit.test_measures import ABANDONED, array, logons, session, sessions

WORK = "arrival  connected  ending\n09:00  8 h  logoff"
ALWAYS_ON = {"running_mode": "AlwaysOn"}


class Kept:
    """The facts of a story, read as a store reads them."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def columns(self, schema: Any, *names: str) -> dict[str, Any]:
        table = self._facts.recorded(schema)
        return {name: table[name] for name in names or schema.names}


def measured(*args: Any, **settings: Any) -> Measures:
    facts = story(*args, **settings)
    workload = facts.story.workload
    return measure(facts.story.scenario, workload.users, workload.clients, Kept(facts))


def outage(kind: str, begin: str, lasts: str, **more: Any) -> dict[str, Any]:
    return {kind: {"at": f"2026-09-01T{begin}Z", "lasts": lasts, **more}}


def zone(begin: str, lasts: str, name: str = "a") -> dict[str, Any]:
    return outage("zone", begin, lasts, zone=name)


def losses(found: Measures) -> list[tuple[str, str, float]]:
    """Way, cause, and minutes."""
    return [(loss.way, loss.cause, loss.time / MINUTE) for loss in found.service.losses]


def only(found: Measures) -> Uptime:
    (row,) = found.service.uptime
    return row


def hours_lost(row: Uptime) -> dict[str, float]:
    return {cause: time / HOUR for cause, time in row.lost.items()}


# --- minutes


def gaps(*rows: tuple[int, int, int], end: int = 1000) -> Gaps:
    """Of session 0: (at, back, ended of the session)."""
    columns = {
        "session": np.zeros(len(rows), dtype=np.int64),
        "at": np.array([at for at, _, _ in rows]),
        "back": np.array([back for _, back, _ in rows]),
        "cause": np.full(len(rows), Cause.ZONE_OUTAGE),
        "outage": np.arange(len(rows)),
    }
    table = {"session": np.zeros(1, dtype=np.int64), "ended": np.array([rows[0][2]])}
    return Gaps.of(table, columns, end)


def test_a_gap_postpones_the_end_of_work() -> None:
    """Planned 300 from 100, away 200 to 250: delivered 300 by 450."""
    account = minutes(
        sessions(session(100, 100, 450, 300)), 1000, np.array([False]), gaps((200, 250, 450))
    )
    found = Delivered.of(account)
    assert (found.planned, found.delivered) == (300, 300)


def test_a_gap_of_a_shift_is_lost() -> None:
    """Planned 100 to 400, away 200 to 250: 250 of 300."""
    account = minutes(
        sessions(session(100, 100, 400, 300)), 1000, np.array([True]), gaps((200, 250, 400))
    )
    assert (account.planned[0], account.delivered[0], account.interrupted[0]) == (300, 250, 50)


def test_what_a_gap_pushes_beyond_the_end_is_lost() -> None:
    """Planned 600 to 900, away 700 to 850, open at 1000: 100 + 150 of 300, 50 pushed beyond."""
    account = minutes(
        sessions({**session(600, 600, NEVER, 300), "outcome": SessionOutcome.OPEN}),
        1000,
        np.array([False]),
        gaps((700, 850, NEVER)),
    )
    assert (account.planned[0], account.delivered[0]) == (300, 250)
    assert (account.interrupted[0], account.unfinished[0]) == (50, 0)


def test_a_gap_of_the_warm_up_postpones_what_is_planned_inside() -> None:
    """Planned -300 to 100, away -200 to -150: 150 are left for the window, until 150."""
    account = minutes(
        sessions(session(-300, -300, 150, 400)), 1000, np.array([False]), gaps((-200, -150, 150))
    )
    found = Delivered.of(account)
    assert (found.planned, found.delivered) == (150, 150)


def test_who_is_away_is_not_connected() -> None:
    """One user from 100 to 450, away from 200 to 250."""
    steps = connected_users(sessions(session(100, 100, 450, 300)), 1000, gaps((200, 250, 450)))
    assert steps.at.tolist() == [0, 100, 200, 250, 450]
    assert steps.level.tolist() == [0, 1, 0, 1, 0]


def test_who_does_not_come_back_has_no_gap_and_who_still_tries_has_one_to_the_end() -> None:
    assert len(gaps((200, NEVER, 200)).row) == 0
    assert gaps((200, NEVER, NEVER)).end.tolist() == [1000]


# --- what took the minutes


def test_a_shift_that_is_interrupted_loses_the_gap() -> None:
    """Away from 11:00 to 11:06."""
    found = measured(
        WORK, people={"session_end": "fixed_departure"}, outages=[zone("11:00", "5 min")]
    )
    assert losses(found) == [("interrupted", "zone-outage", 6)]
    assert found.delivered.delivered == 8 * HOUR - 6 * MINUTE
    assert found.service.interrupted.time == 6 * MINUTE
    assert found.service.interrupted.returned == Ratio(1, 1)


def test_who_comes_back_after_work_loses_nothing() -> None:
    found = measured(WORK, outages=[zone("11:00", "5 min")])
    assert losses(found) == []
    assert found.delivered.ratio.value == 1
    assert found.service.interrupted.away.percentiles[50] == 6 * MINUTE


def test_who_gives_up_loses_the_rest() -> None:
    """2 of 8 h delivered; the loss is a session that ended early, and no gap."""
    found = measured(WORK, outages=[zone("11:00", "1 h")])
    assert losses(found) == [("cut", "zone-outage", 360)]
    assert found.service.interrupted.returned == Ratio(0, 1)
    assert found.service.interrupted.time == 0


def test_who_still_tries_at_the_end_is_neither_back_nor_lost() -> None:
    """Cut off at 23:00, patience of 9 h: 1 h of the planned 4 h inside the run is in the gap."""
    found = measured(
        "arrival  connected  ending  patience\n20:00  8 h  logoff  9 h",
        outages=[zone("23:00", "2 h")],
    )
    assert losses(found) == [("interrupted", "zone-outage", 60)]
    assert found.service.interrupted.returned == Ratio(0, 0)
    (one,) = found.service.outages
    assert (one.missing, one.time_to_recover) == (1, None)


def test_a_session_given_up_has_the_cause_of_its_last_refusal() -> None:
    """Zone a is lost all morning: whoever loses patience never got in because of it."""
    found = measured(WORK, outages=[zone("08:00", "4 h")])
    assert losses(found) == [("never-started", "zone-outage", 480)]
    assert found.abandoned == {"patience": 1}
    (one,) = found.service.outages
    assert (one.people, one.interrupted, one.lost) == (1, 0, 8 * HOUR)


def test_waiting_of_a_shift_is_a_loss_of_its_own() -> None:
    found = measured(WORK, people={"session_end": "fixed_departure"}, logon={"resume": "5 min"})
    assert losses(found) == [("waited", "", 5)]


def test_months_are_those_of_arrival() -> None:
    """Ann comes at 20:00 on 30 September and is cut off at 02:00 in October for good."""
    found = measured(
        "arrival  connected  ending\n20:00  8 h  logoff",
        start="2026-09-30",
        horizon="2 d",
        people={"after_interruption": "give_up"},
        outages=[{"zone": {"zone": "a", "at": "2026-10-01T02:00Z", "lasts": "1 h"}}],
    )
    september, october = found.service.months
    assert september.delivered.ratio == Ratio(6 * HOUR, 8 * HOUR)
    assert [loss.time for loss in september.losses] == [2 * HOUR]
    assert october.delivered.planned == 0
    assert [row.month for row in found.service.uptime] == ["2026-09", "2026-10"]
    assert [hours_lost(row) for row in found.service.uptime] == [{}, {"zone-outage": 1}]


# --- service_uptime


@pytest.mark.parametrize(
    ("outages", "fleet", "lost"),
    [
        ([zone("11:00", "1 h")], {}, {"zone-outage": 1}),
        # An AlwaysOn desktop starts again after the outage, for 30 min.
        ([zone("11:00", "1 h")], ALWAYS_ON, {"zone-outage": 1.5}),
        ([outage("streaming", "11:00", "1 h")], ALWAYS_ON, {"streaming-outage": 1}),
        ([outage("region", "11:00", "1 h")], {}, {"region-outage": 1}),
        # Both at once: each hour belongs to one of them.
        (
            [outage("streaming", "10:00", "2 h"), zone("11:00", "2 h")],
            {},
            {"zone-outage": 2, "streaming-outage": 1},
        ),
        # A running desktop is usable without a control plane; from 18:30, stopped, it is not.
        ([outage("control_plane", "10:00", "10 h")], {}, {"control-plane-outage": 1.5}),
    ],
    ids=["zone", "restart", "streaming", "region", "two", "control-plane"],
)
def test_what_keeps_a_desktop_from_being_used(
    outages: list[Any], fleet: dict[str, Any], lost: dict[str, float]
) -> None:
    logon = {"resume": "30 min"}
    found = measured(WORK, outages=outages, fleet=fleet, logon=logon)
    row = only(found)
    assert hours_lost(row) == lost
    assert row.due == 24 * HOUR


def test_a_directory_does_not_count() -> None:
    found = measured(WORK, directory={"servers": 1}, outages=[outage("directory", "08:00", "3 h")])
    assert only(found).lost == {}
    assert service_uptime(found.service.uptime).value == 1


def test_a_desktop_is_due_from_the_end_of_its_creation_to_its_deletion() -> None:
    """Created from 09:00 for 20 min, deleted at 18:20: 9 of 24 h."""
    found = measured(users={"ann": {"joins": "09:00", "leaves": "18:20"}})
    assert only(found).due == 9 * HOUR


def test_operations_and_maintenance_count_but_are_not_the_providers_fault() -> None:
    """AlwaysOn: 2 h of maintenance on Sunday, and a migration of 3 h."""
    found = measured(
        fleet={**ALWAYS_ON, "change_time": "3 h"},
        start="2026-09-06",
        maintenance={"alwayson_duration": "2 h"},
        operations=[
            {"at": "2026-09-06T10:00Z", "fleet": "office", "share": "100 %", "operation": "migrate"}
        ],
    )
    row = only(found)
    assert hours_lost(row) == {"operation": 3, "maintenance": 2}
    assert (row.due, row.promised, row.failed) == (24 * HOUR, 22 * HOUR, 0)


def test_a_desktop_is_not_usable_while_an_administrator_makes_it_anew() -> None:
    """AlwaysOn: rebooted for 5 min, rebuilt and restored for 40 min each."""
    operations = [
        {"at": f"2026-09-06T{hour}:00Z", "fleet": "office", "share": "100 %", "operation": kind}
        for hour, kind in [("10", "reboot"), ("12", "rebuild"), ("14", "restore")]
    ]
    times = {"reboot_time": "5 min", "rebuild_time": "40 min"}
    row = only(measured(fleet={**ALWAYS_ON, **times}, start="2026-09-06", operations=operations))
    assert row.lost == {"operation": 85 * MINUTE}
    assert row.due - row.usable == 85 * MINUTE


def test_a_desktop_being_rebuilt_is_not_usable_yet() -> None:
    """Lost at 10:00, rebuilt in b from 10:30 to 10:50: 50 min, of two desktops in turn."""
    found = measured(
        zones={"a": {}, "b": {}},
        fleet={"recovery": {"rebuild": {"reaction": "30 min"}}},
        outages=[zone("10:00", "5 h")],
    )
    lost = sum(row.lost.get("zone-outage", 0) for row in found.service.uptime)
    assert lost == 50 * MINUTE
    assert sum(row.due for row in found.service.uptime) == 24 * HOUR
    (one,) = found.service.outages
    assert one.time_to_recover == 50 * MINUTE
    assert one.desktops == 1
    assert len(one.data_age) == 1


STANDBY: dict[str, Any] = {
    "recovery": {
        "standby": {
            "region": "us-west-2",
            "reaction": "30 min",
            "redirection": "15 min",
            "failback": "30 min",
            "data_age": "18 h",
        }
    }
}
"""Led there 45 min after the loss, and back 45 min after its end."""


@pytest.mark.parametrize("mode", [{}, ALWAYS_ON], ids=["AutoStop", "AlwaysOn"])
@pytest.mark.parametrize(
    ("outages", "lost"),
    [
        # Lost at 11:00, led there at 11:45; one desktop all the time.
        ([], {"region-outage": 0.75}),
        # What is lost at home meanwhile is none of the standby's business.
        (
            [outage("streaming", "12:00", "8 h"), outage("control_plane", "12:00", "8 h")],
            {"region-outage": 0.75},
        ),
        # Streaming of its own Region from 12:00 for 2 h, and that Region itself for 1 h.
        (
            [outage("streaming", "12:00", "2 h", region="us-west-2")],
            {"region-outage": 0.75, "streaming-outage": 2},
        ),
        ([outage("region", "12:00", "1 h", region="us-west-2")], {"region-outage": 1.75}),
        # Led back at 20:45 to a zone that is lost from 20:30 for 2 h.
        ([zone("20:30", "2 h")], {"region-outage": 0.75, "zone-outage": 1.75}),
    ],
    ids=["region", "home", "streaming", "both", "zone"],
)
def test_a_desktop_is_usable_while_its_standby_is(
    outages: list[Any], lost: dict[str, float], mode: dict[str, Any]
) -> None:
    """Nobody works. An AlwaysOn desktop that comes back from its zone starts in no time."""
    found = measured(
        "user  arrival  connected\nann  23:00  1 h",
        fleet={**STANDBY, **mode},
        outages=[outage("region", "11:00", "9 h"), *outages],
    )
    row = only(found)
    assert hours_lost(row) == lost
    assert row.due == 24 * HOUR
    assert found.service.outages[0].redirected == 1
    assert found.service.outages[0].data_age.tolist() == [18 * HOUR]
    assert found.service.outages[0].time_to_recover == 45 * MINUTE


ZONES: dict[str, Any] = {"a": {}, "b": {}}
TWO = {"minimum": 2, "desired": 2, "maximum": 2}


def test_places_of_a_pool_are_due_as_its_target_says() -> None:
    """Two instances, one in each zone; the one in `a` is lost at 10:00 and replaced in `b` after
    10 min: 10 min of one place of 2 x 24 h."""
    row = only(measured(pool=TWO, zones=ZONES, outages=[zone("10:00", "5 h")]))
    assert (row.fleet, row.zone) == ("office", "")
    assert row.due == 48 * HOUR
    assert row.lost == {"zone-outage": 10 * MINUTE}
    assert (row.promised, row.failed) == (48 * HOUR, 10 * MINUTE)


def test_a_place_that_was_missing_anyway_is_not_lost_to_an_outage() -> None:
    """Ann leaves at 09:55, and her place is being provisioned when the zone is lost at 10:00 with
    it and with the other one. Launches fail then and come again at 10:05, for 10 min: one place is
    lost to the outage for 15 min, the other is missing from 09:55 on, for 20 min."""
    found = measured(
        "arrival  connected  ending\n09:00  55 min  logoff",
        pool=TWO,
        zones={"a": {}},
        outages=[zone("10:00", "1 min")],
    )
    lost = only(found).lost
    assert lost == {"zone-outage": 15 * MINUTE, "provisioning": 20 * MINUTE}


def test_places_that_cannot_be_reached_are_not_usable() -> None:
    row = only(measured(pool=TWO, outages=[outage("streaming", "10:00", "1 h")]))
    assert row.lost == {"streaming-outage": 2 * HOUR}
    assert row.failed == 2 * HOUR


def test_a_region_takes_places_and_keeps_people_from_the_rest() -> None:
    """All places for 1 h, and 10 min to provision them; launches come again every 5 min."""
    row = only(measured(pool=TWO, outages=[outage("region", "10:00", "1 h")]))
    assert row.lost == {"region-outage": 2 * 70 * MINUTE}


def test_a_pool_without_trouble_is_always_usable() -> None:
    found = measured(WORK, pool={**TWO, "provisioning": "0 s"})
    assert only(found).lost == {}
    assert service_uptime(found.service.uptime).value == 1


# --- the service level


@pytest.mark.parametrize(
    ("begin", "lasts", "counted"),
    [
        ("11:00", "5 min", 5),
        ("11:00:30", "5 min", 4),
        ("11:00:30", "90 s", 1),
        ("11:00:30", "59 s", 0),
    ],
)
def test_unavailable_are_whole_intervals(begin: str, lasts: str, counted: int) -> None:
    """From 11:00:30 for 5 min: the minutes 11:01 to 11:05 are whole, which are 4."""
    assert only(measured(WORK, outages=[zone(begin, lasts)])).failed == counted * MINUTE


def test_the_interval_is_a_setting() -> None:
    """5 of 7 min from 11:03 on are the interval from 11:05."""
    found = measured(WORK, billing={"sla_interval": "5 min"}, outages=[zone("11:03", "7 min")])
    assert only(found).failed == 5 * MINUTE


@pytest.mark.parametrize(
    ("lost", "share"),
    [(0, 0), (1, 0), (2, "0.1"), (10, "0.1"), (11, "0.25"), (50, "0.25"), (51, 1), (1000, 1)],
)
def test_below_each_step_more_is_credited(lost: int, share: str | int) -> None:
    """Of 1000 minutes; at exactly 99.9, 99 and 95 % the step below does not hold yet."""
    assert credited_share(Ratio(1000 - lost, 1000)) == Decimal(share)


def test_a_month_without_desktops_is_not_credited() -> None:
    assert credited_share(Ratio(0, 0)) == 0


def test_a_credit_is_a_share_of_what_the_region_was_charged_above_1_usd() -> None:
    level = ServiceLevel("2026-09", "us-east-1", Ratio(998, 1000))

    def credit(charges: str) -> Decimal:
        (found,) = credits_of([level], {("2026-09", "us-east-1"): Decimal(charges)})
        return found.amount

    assert credit("123.45") == Decimal("12.35")  # 12.345 rounded half up
    assert credit("10.04") == 0  # 1.004 is 1.00
    assert credit("10.05") == Decimal("1.01")


def test_levels_are_by_month_and_region() -> None:
    def row(month: str, region: str, failed: int) -> Uptime:
        return Uptime(month, region, "f", "z", due=100, lost={}, promised=90, failed=failed)

    rows = [row("2026-10", "eu", 0), row("2026-09", "us", 1), row("2026-09", "us", 2)]
    assert service_levels(rows) == [
        ServiceLevel("2026-09", "us", Ratio(177, 180)),
        ServiceLevel("2026-10", "eu", Ratio(90, 90)),
    ]


# --- outages


def test_a_person_is_back_when_connected_again_and_else_when_the_desktop_is_usable() -> None:
    """11:00 to 11:05. Ann is back at 11:06; Bob, who was not there, has his desktop at 11:05."""
    found = measured(
        "user  arrival  connected  ending\nann  09:00  8 h  logoff",
        users={"ann": {}, "bob": {}},
        outages=[zone("11:00", "5 min")],
    )
    (one,) = found.service.outages
    assert (one.people, one.interrupted, one.desktops) == (1, 1, 2)
    assert one.recovered.tolist() == [5 * MINUTE, 6 * MINUTE]
    assert one.time_to_recover == 6 * MINUTE


def test_people_led_back_to_no_slot_wait_because_of_the_loss() -> None:
    """At 11:45 to the standby, at 20:45 back to a host that has
    failed at 20:30 for 2 h: 45 min and 1 h 45 min, all for the loss of the Region."""
    found = measured(
        "arrival  connected\n21:00  1 h",
        fleet={**STANDBY, **ALWAYS_ON, "hosts": ["metal"]},
        host_groups={"metal": {"zone": "a", "count": 1, "vcpu": 2, "memory": "8 GB"}},
        outages=[
            outage("region", "11:00", "9 h"),
            outage("hosts", "20:30", "2 h", group="metal"),
        ],
    )
    assert hours_lost(only(found)) == {"region-outage": 2.5}
    assert [one.people for one in found.service.outages] == [1, 0]
    assert found.service.outages[0].time_to_recover == 11.5 * HOUR


def test_a_lost_zone_does_not_take_a_standby() -> None:
    """At the standby from 11:45 on, whose Region is lost from 12:30 to 13:30; the zone at home is
    lost from 12:00 to 14:00, which is no matter to anybody."""
    found = measured(
        WORK,
        fleet=STANDBY,
        outages=[
            outage("region", "11:00", "9 h"),
            zone("12:00", "2 h"),
            outage("region", "12:30", "1 h", region="us-west-2"),
        ],
    )
    assert hours_lost(only(found)) == {"region-outage": 1.75}
    assert [one.desktops for one in found.service.outages] == [1, 0, 1]


@pytest.mark.parametrize("pool", [False, True])
def test_who_is_refused_is_so_by_the_outage_of_their_own_region(pool: bool) -> None:
    """Streaming of both Regions is lost, elsewhere from 10:00 to 10:05, at home from 09:55 on."""
    two = {"region": "us-west-2", "zones": ["w"]}
    kind: dict[str, Any] = (
        {"pools": {"office": {"zones": ["a"]}, "west": two}}
        if pool
        else {"fleets": {"office": {"zones": ["a"], **STANDBY}, "west": two}}
    )
    found = measured(
        "arrival  connected\n10:02  1 h",
        zones={"a": {}, "w": {"region": "us-west-2"}},
        outages=[
            outage("streaming", "09:55", "1 h"),
            outage("streaming", "10:00", "5 min", region="us-west-2"),
        ],
        **kind,
    )
    assert [one.people for one in found.service.outages] == [1, 0]


@pytest.mark.parametrize("short", ["10 min", "1 min"])
def test_of_two_that_hold_a_zone_the_first_turned_people_away(short: str) -> None:
    """Ann comes 30 min before the window, has no patience, and misses half an hour of it. The first
    outage is over before the window or lasts into it."""
    found = measured(
        "arrival  connected  patience\n08-31 23:30  1 h  0 s",
        warm_up="1 d",
        outages=[
            outage_at("08-31T23:25", "10 min" if short == "1 min" else "2 h"),
            outage_at("08-31T23:29", short),
        ],
    )
    assert [(one.outage.number, one.lost) for one in found.service.outages] == [(0, 30 * MINUTE)]


def outage_at(clock: str, lasts: str) -> dict[str, Any]:
    return {"zone": {"at": f"2026-{clock}Z", "lasts": lasts, "zone": "a"}}


def test_hosts_that_fail_together_are_one_outage() -> None:
    found = measured(
        WORK,
        fleet={**ALWAYS_ON, "hosts": ["metal"]},
        host_groups={"metal": {"zone": "a", "count": 2, "vcpu": 2, "memory": "8 GB"}},
        outages=[outage("hosts", "11:00", "1 h", group="metal", count=2)],
    )
    (one,) = found.service.outages
    assert (one.outage.hosts, one.outage.target) == (2, "metal")
    assert one.people == 1
    assert only(found).lost == {"host-failure": HOUR}


def test_who_stands_in_line_for_a_lost_directory_is_hit() -> None:
    found = measured(
        "arrival  connected  ending  directory_service\n09:00  1 h  logoff  1 s",
        directory={"servers": 1},
        outages=[outage("directory", "08:00", "2 h")],
    )
    (one,) = found.service.outages
    assert (one.people, one.interrupted, one.lost) == (1, 0, 0)


def test_each_instant_belongs_to_the_first_outage_that_took_it() -> None:
    """0 to 30, 10 to 20 inside it, 25 to 40 of which 30 to 40 are left."""
    some = [_outage(number, *times) for number, times in enumerate([(0, 30), (10, 20), (25, 40)])]
    found = disjoint(some, (OutageKind.STREAMING,))
    assert [(span.begin, span.end, span.outage.number) for span in found] == [
        (0, 30, 0),
        (30, 40, 2),
    ]
    rest = without(disjoint([_outage(9, 5, 60)], (OutageKind.STREAMING,)), found[1:])
    assert [(span.begin, span.end) for span in rest] == [(5, 30), (40, 60)]


def _outage(number: int, begin: int, end: int) -> Outage:
    return Outage(number, (number,), OutageKind.STREAMING, "", 0, begin, end)


# --- which outage it was


@pytest.mark.parametrize(("first", "second"), [("zone", "region"), ("region", "zone")])
def test_of_two_that_begin_together_the_first_took_it(first: str, second: str) -> None:
    both = {"zone": zone("10:00", "1 h"), "region": outage("region", "10:00", "1 h")}
    found = measured(WORK, fleet=ALWAYS_ON, outages=[both[first], both[second]])
    assert hours_lost(only(found)) == {f"{first}-outage": 1}


def test_a_host_that_fails_at_the_same_instant_elsewhere_took_nothing() -> None:
    found = measured(
        WORK,
        fleet=ALWAYS_ON,
        host_groups={"metal": {"zone": "a", "count": 1, "vcpu": 8, "memory": "32 GB"}},
        outages=[outage("hosts", "10:00", "1 h", group="metal"), zone("10:00", "1 h")],
    )
    assert hours_lost(only(found)) == {"zone-outage": 1}


def test_an_outage_that_lasts_from_before_the_run_is_the_one_that_took_it() -> None:
    """From 23:00 on the day before to 01:00."""
    before = {"zone": {"zone": "a", "at": "2026-08-31T23:00Z", "lasts": "2 h"}}
    found = measured(WORK, fleet=ALWAYS_ON, outages=[before])
    assert hours_lost(only(found)) == {"zone-outage": 1}


def test_a_restart_on_another_host_is_time_that_the_host_took() -> None:
    """`first-fit` put it on the host of `one`. It fails at 11:00, and the desktop is there again 3
    min later, on that of `two`."""
    group = {"zone": "a", "count": 1, "vcpu": 2, "memory": "8 GB"}
    found = measured(
        WORK,
        fleet={**ALWAYS_ON, "hosts": ["one", "two"]},
        host_groups={"one": group, "two": group},
        logon={"resume": "3 min"},
        outages=[outage("hosts", "11:00", "1 h", group="one")],
    )
    assert only(found).lost == {"host-failure": 3 * MINUTE}


def test_a_start_for_a_user_is_no_part_of_the_outage_before_it() -> None:
    """Ann comes at 11:00, when the zone is back, and waits 5 min for a desktop that starts."""
    found = measured(
        "arrival  connected\n11:00  1 h",
        logon={"resume": "5 min", "cold_start": "5 min"},
        outages=[zone("10:00", "1 h")],
    )
    assert only(found).lost == {"zone-outage": HOUR}


# --- the worst hour


def test_the_worst_hour_is_the_one_whose_comers_wait_longest() -> None:
    """Three people come at 02:20 and get in 10, 20 and 30 min later; one at 09:00 at once. Of the
    hours that begin from 01:30 to 02:15 the last one is it."""
    at = 2 * HOUR + 20 * MINUTE
    rows = sessions(
        *({**session(at, at + k * 10 * MINUTE, 5 * HOUR, HOUR)} for k in (1, 2, 3)),
        session(9 * HOUR, 9 * HOUR, 10 * HOUR, HOUR),
    )
    found = worst(rows, starts=[at + 5 * MINUTE])

    assert found is not None
    assert found.begin == 2 * HOUR + 15 * MINUTE
    assert np.flatnonzero(found.arriving).tolist() == [5]
    assert found.arriving[5] == 3
    assert np.flatnonzero(found.connected).tolist() == [15, 25, 35]
    assert np.flatnonzero(found.started).tolist() == [10]
    assert (found.most, found.waiting[10], found.waiting[20]) == (3, 3, 2)


def test_who_gives_up_has_waited_until_then() -> None:
    """Ann comes at 02:20 and gets in at 02:40; bob comes at 10:20 and gives up at 10:50. Who comes
    at 11:15 comes when the hour from 10:15 is over."""
    gone = {"arrival": 10 * HOUR + 20 * MINUTE, "waited": 30 * MINUTE, **ABANDONED}
    later = 11 * HOUR + 15 * MINUTE
    found = worst(
        sessions(
            session(2 * HOUR + 20 * MINUTE, 2 * HOUR + 40 * MINUTE, 5 * HOUR, HOUR),
            gone,
            session(later, later, 12 * HOUR, HOUR),
        )
    )

    assert found is not None
    assert found.begin == 10 * HOUR + 15 * MINUTE
    assert len(found.arriving) == len(found.connected) == len(found.gave_up) == 60
    assert np.flatnonzero(found.arriving).tolist() == [5]
    assert not found.connected.any()
    assert np.flatnonzero(found.gave_up).tolist() == [35]
    assert np.flatnonzero(found.waiting).tolist() == list(range(5, 35))


def test_who_was_cut_off_comes_again_if_at_all() -> None:
    """Two come at 09:00 and get in at once. An outage cuts both off at 14:05; one is back at 14:25,
    and the other has gone home."""
    found = worst(
        sessions(*[session(9 * HOUR, 9 * HOUR, 17 * HOUR, 8 * HOUR)] * 2),
        cuts=[(14 * HOUR + 5 * MINUTE, 14 * HOUR + 25 * MINUTE), (14 * HOUR + 5 * MINUTE, NEVER)],
    )

    assert found is not None
    assert found.begin == 14 * HOUR
    assert (found.arriving.sum(), found.arriving[5]) == (1, 1)
    assert (found.connected.sum(), found.connected[25]) == (1, 1)
    assert found.waiting.tolist() == [0] * 5 + [1] * 20 + [0] * 35


def test_only_the_time_in_the_window_makes_an_hour_the_worst() -> None:
    """20 min from 12:00 are more than the 10 min to the end of the day from 23:50, though it takes
    70, and than what those wait who came before the window: 40 min of it, but not by its comers."""
    rows = sessions(
        session(-5 * MINUTE, 40 * MINUTE, 5 * HOUR, HOUR),
        session(12 * HOUR, 12 * HOUR + 20 * MINUTE, 15 * HOUR, HOUR),
        session(23 * HOUR + 50 * MINUTE, 25 * HOUR, 30 * HOUR, HOUR),
    )
    found = worst(rows)

    assert found is not None
    assert found.begin == 12 * HOUR


@pytest.mark.parametrize(("end", "begin"), [(HOUR - 1, None), (HOUR, 0)])
def test_a_window_of_less_than_an_hour_has_no_worst_one(end: int, begin: int | None) -> None:
    found = worst(sessions(session(5 * MINUTE, 10 * MINUTE, 2 * HOUR, HOUR)), end=end)
    assert (None if found is None else found.begin) == begin


def test_without_people_there_is_no_worst_hour() -> None:
    assert worst(sessions()) is None


def test_a_start_begins_after_the_stages_before_it() -> None:
    """09:00 and 1 s of directory, 2 s of broker, 4 s of waiting for a start: 7 s later. What comes
    after does not count, and who finds a desktop that runs starts none."""
    stages = {"directory_service": 1000, "broker": 2000, "start_wait": 4000}
    after = {"start": 60_000, "profile": 5000, "streaming": 5000}
    cold = {"arrival": 9 * HOUR, "start_kind": StartKind.COLD, **stages, **after}
    found = start_times(logons(cold, {"arrival": 8 * HOUR, "start_kind": StartKind.NONE}))
    assert found.tolist() == [9 * HOUR + 7000]


def worst(
    rows: Mapping[str, Any],
    *,
    cuts: Sequence[tuple[int, int]] = (),
    starts: Sequence[int] = (),
    end: int = 24 * HOUR,
) -> Storm | None:
    """The worst hour of some sessions, with interruptions `(at, back)`."""
    columns = {"at": array(*(at for at, _ in cuts)), "back": array(*(back for _, back in cuts))}
    return storm(rows, columns, array(*starts), end)


def test_the_lowest_level_between_edges() -> None:
    steps = Steps(np.array([0, 10, 20]), np.array([3, 1, 2]), 40)
    assert steps.least(np.array([0, 5, 15, 30])).tolist() == [3, 1, 1]
    assert steps.between(5, 15).levels(np.array([0, 5, 12, 15])).tolist() == [0, 3, 1, 0]


def test_bands_are_cut_by_the_whole_time_and_their_means_add_up() -> None:
    """Twenty logons of 1 to 20 s, all of it start, with 1 s of streaming: ten of 1 to 10 s, nine of
    11 to 19 s, one of 20 s."""
    rows = [
        {"start": 1000 * (k - 1), "streaming": 1000, "done": 1000 * k} for k in range(20, 0, -1)
    ]
    table = logons(*rows)
    found = bands(table, np.ones(20, dtype=bool))
    assert [(band.name, band.count, band.total) for band in found] == [
        ("all", 20, 10_500),
        ("fastest half", 10, 5_500),
        ("next 45 %", 9, 15_000),
        ("slowest 5 %", 1, 20_000),
    ]
    assert found[3].means["start"] == 19_000
    assert bands(table, np.zeros(20, dtype=bool)) == []
