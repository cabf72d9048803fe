"""Stories about the Cost Optimizer at work: when it looks, what it sees, and what comes of it.

Rules C1, C2 and C9 of docs/cost-optimizer.md, and where its hours differ from the meter's. Ann has
a Standard AutoStop desktop with a timeout of 1 h; limits are small where one is to be passed.
"""

from typing import Any

import numpy as np
import pytest

from sim.metering import METERED, meter
from sim.record import OperationKind
from sim.record.cost_optimizer import Change, Termination
from tests.unit.stories import Facts, Shown, expect, story


def optimized(
    plan: str = "", *, limit: int = 85, rule: dict[str, Any] | None = None, **told: Any
) -> Facts:
    """A story of a fleet that the optimizer looks after; of three days unless told otherwise."""
    policy = {"cost-optimizer": {"limits": {"standard": limit}, **(rule or {})}}
    fleet = {"running_mode_policy": policy, **told.pop("fleet", {})}
    return story(plan, fleet=fleet, **{"horizon": "3 d", **told})


def billed(days: Facts, user: int = 0) -> float:
    """Hours that the meter bills for a user's desktops, all months together."""
    told = days.story
    tables = {schema.name: days.recorded(schema) for schema in METERED}
    usage = meter(told.scenario, told.workload.users, **tables)
    hours = np.isin(usage["charge"].astype(str), ("autostop-hours", "autostop-maintenance-hours"))
    mine = usage["quantity_e10"][hours & (usage["user"] == user)]
    return float(mine.sum() / 10**10)


def charges(days: Facts) -> dict[str, list[Any]]:
    """Quantities on the bill by charge, in order of month."""
    told = days.story
    tables = {schema.name: days.recorded(schema) for schema in METERED}
    usage = meter(told.scenario, told.workload.users, **tables)
    found: dict[str, list[Any]] = {}
    for charge, quantity in zip(usage["charge"], usage["quantity_e10"].tolist(), strict=True):
        found.setdefault(charge, []).append(pytest.approx(quantity / 10**10))
    return found


def measured(days: Facts, user: int = 0) -> int:
    """Hours that the optimizer has measured of a user's desktop, in the last report."""
    rows = days.optimizer.table
    return int(rows["hours"][rows["user"] == user][-1])


# --- when it looks: rule C1


def test_it_looks_every_evening_at_23_utc() -> None:
    days = optimized("arrival  connected\n09:00  1 h")
    expect(
        days.optimizer,
        """
        at           desktop  user  since        hours  limit  change
        23:00        0        ann   00:00        2      85     no-change
        09-02 23:00  0        ann   23:00        2      85     no-change
        09-03 23:00  0        ann   09-02 23:00  2      85     no-change
        """,
    )


@pytest.mark.parametrize(
    ("start", "horizon", "looks"),
    [
        ("2026-09-01", "23 h", []),  # nothing happens at the end any more
        ("2026-09-01", "24 h", ["09-01 23:00"]),
        ("2026-09-01T22:59Z", "25 h", ["09-01 23:00", "09-02 23:00"]),
        ("2026-09-01T23:00Z", "24 h", ["09-01 23:00"]),
        ("2026-09-01T23:01Z", "23 h", []),
    ],
)
def test_only_evenings_inside_the_run(start: str, horizon: str, looks: list[str]) -> None:
    days = optimized(start=start, horizon=horizon)
    calendar = days.story.scenario.calendar
    found = [f"{calendar.instant(at):%m-%d %H:%M}" for at in days.optimizer.table["at"].tolist()]
    assert found == looks


def test_each_month_is_begun_anew_on_its_first_day() -> None:
    """40 h of September are no hours of October; what came from 23:00 to midnight is nobody's."""
    days = optimized(
        """
        arrival      connected
        09-30 02:00  20 h
        09-30 23:10  30 min
        10-01 09:00  3 h
        """,
        start="2026-09-30",
        horizon="2 d",
    )
    expect(
        days.optimizer,
        """
        at           since        hours
        23:00        09-01 00:00  21
        10-01 23:00  10-01 00:00  4
        """,
    )


def test_it_looks_in_the_warm_up_too() -> None:
    days = optimized("arrival  connected\n08-31 09:00  1 h", warm_up="1 d", horizon="1 d")
    expect(
        days.optimizer,
        """
        at           since        hours
        08-31 23:00  08-01 00:00  2
        23:00        00:00        0
        """,
    )


def test_what_an_administrator_does_at_23_comes_first() -> None:
    """The desktop of ann is gone, and bob's is AlwaysOn already."""
    days = optimized(
        users={"ann": {}, "bob": {}},
        operations="""
        at     user  operation    to
        23:00  ann   delete       -
        23:00  bob   switch-mode  AlwaysOn
        """,
        horizon="1 d",
    )
    expect(days.optimizer, "user  initial_mode  new_mode\nbob  AlwaysOn  AlwaysOn")


def test_only_fleets_whose_policy_it_is_are_looked_at() -> None:
    policy = {"running_mode_policy": "cost-optimizer"}
    days = story(
        fleets={"office": policy, "lab": {}, "annex": {**policy, "running_mode": "AlwaysOn"}},
        users={
            "ann": {"fleet": "lab"},
            "bob": {"fleet": "annex"},
            "cy": {"fleet": "office"},
        },
    )
    expect(days.optimizer, "user  initial_mode\nbob  AlwaysOn\ncy  AutoStop")


# --- what it sees: rule C2


@pytest.mark.parametrize(
    ("arrival", "connected", "samples"),
    [
        ("09:00", "60 min", 12),
        ("09:00", "60 min 1 ms", 13),  # one instant of a slot is enough
        ("09:02", "59 min", 13),  # 09:02 to 10:01
        ("09:04:59.999", "2 ms", 2),
        ("09:01", "3 min", 1),
        ("22:55", "3 h", 1),  # the slot from 23:00 is tomorrow's
        ("23:00", "3 h", 0),
    ],
)
def test_a_slot_counts_if_somebody_was_connected_at_any_instant(
    arrival: str, connected: str, samples: int
) -> None:
    """Told by a timeout of an hour: n samples are ceil(n / 12) + 1 hours, and none are none."""
    day = optimized(f"arrival  connected\n{arrival}  {connected}", horizon="1 d")
    assert measured(day) == (-(-samples // 12) + 1 if samples else 0)


@pytest.mark.parametrize(
    ("ending", "fleet", "hours"),
    [
        ("disconnect", {}, 1),
        ("logoff", {}, 1),
        ("network-loss", {}, 2),  # noticed 20 min later: 09:00 to 10:15
        ("left-connected", {}, 14),  # to 23:00
        ("left-connected", {"idle_disconnect_timeout": "2 h"}, 3),  # to 11:55
    ],
)
def test_a_connection_lasts_as_long_as_the_desktop_sees_it(
    ending: str, fleet: dict[str, Any], hours: int
) -> None:
    """Its user leaves at 09:55."""
    day = optimized(
        f"arrival  connected  ending\n09:00  55 min  {ending}", fleet=fleet, horizon="1 d"
    )
    assert measured(day) == hours + 1


def test_a_desktop_left_connected_overnight_is_one_session_a_window() -> None:
    """09:00 to 23:00 are 14 + 1; 23:00 to 17:00 the next day, with a logon at 09:00, 18 + 1."""
    days = optimized(
        """
        arrival      connected  ending
        09:00        8 h        left-connected
        09-02 09:00  8 h        disconnect
        """,
        horizon="2 d",
    )
    expect(days.optimizer, "hours\n15\n34")


@pytest.mark.parametrize("stage", ["resume", "streaming"])
def test_a_logon_that_never_connected_is_not_seen(stage: str) -> None:
    """Given up at 09:05, with the desktop starting or running."""
    day = optimized(
        "arrival  connected\n09:00  5 min",
        people={"session_end": "fixed_departure"},
        logon={stage: "10 min"},
        horizon="1 d",
    )
    expect(day.sessions, "outcome\nabandoned")
    assert measured(day) == 0


def test_a_session_without_length_is_not_seen() -> None:
    """There was no instant at which anybody was connected; the later hour is one."""
    day = optimized("arrival  connected\n09:00  0\n14:00  1 h", horizon="1 d")
    assert measured(day) == 2


def test_a_connection_ends_with_the_desktop() -> None:
    """Deleted at 11:00 after 2 h, created again, connected from 14:00 to 15:00: another desktop."""
    day = optimized(
        "arrival  connected\n09:00  8 h\n14:00  1 h",
        operations="at  operation\n11:00  delete\n12:00  create",
        horizon="1 d",
    )
    expect(day.optimizer, "desktop  hours\n1  2")


def test_a_connection_that_an_outage_cut_is_two() -> None:
    """09:00 to 11:00, and the rest from 15:00 to 21:00: 2 + 1 and 6 + 1, not 12 + 1 for one.

    That is, if zeros came between them. A desktop that is down sends none: one session of 2 + 6.
    """
    for samples, hours in (("zero", 10), ("absent", 9)):
        day = optimized(
            "arrival  connected\n09:00  8 h",
            logon={"retry_after": "2 min", "patience": "8 h"},
            outages=[{"zone": {"zone": "a", "at": "2026-09-01T11:00Z", "lasts": "4 h"}}],
            rule={"samples_when_stopped": samples},
            horizon="1 d",
        )
        expect(day.interruptions, "at  back\n11:00  15:00")
        assert measured(day) == hours


def test_a_lost_stream_is_a_disconnection() -> None:
    """09:00 to 11:00; the desktop stays on until 12:00: 12 zeros. Back from 15:00 to 21:00."""
    day = optimized(
        "arrival  connected\n09:00  8 h",
        logon={"retry_after": "1 min", "patience": "8 h"},
        outages=[{"streaming": {"at": "2026-09-01T11:00Z", "lasts": "4 h"}}],
        horizon="1 d",
    )
    assert measured(day) == 2 + 1 + 6 + 1


# --- where its hours differ from the meter's


def test_the_same_where_sessions_fill_their_hours() -> None:
    """09:00 to 12:00 and an hour of timeout."""
    day = optimized("arrival  connected\n09:00  3 h", horizon="1 d")
    assert (measured(day), billed(day)) == (4, 4)


def test_over_where_a_session_only_touches_its_slots() -> None:
    """09:02 to 10:01 are 13 samples, 2 + 1; the run from 09:02 to 11:01 is 2 started hours."""
    day = optimized("arrival  connected\n09:02  59 min", horizon="1 d")
    assert (measured(day), billed(day)) == (3, 2)


def test_over_where_a_session_crosses_23_utc() -> None:
    """22:00 to 24:00: 1 + 1 today and 1 + 1 tomorrow; the run to 01:00 is 3 h."""
    days = optimized("arrival  connected\n22:00  2 h", horizon="2 d")
    expect(days.optimizer, "hours\n2\n4")
    assert billed(days) == 3


def test_over_where_the_next_logon_comes_after_23_inside_the_timeout() -> None:
    """22:00 to 22:50 and 23:20 to 24:00 are one run to 01:00, 3 h; seen 1 + 1 and 1 + 1."""
    days = optimized("arrival  connected\n22:00  50 min\n23:20  40 min", horizon="2 d")
    assert (measured(days), billed(days)) == (4, 3)


def test_under_where_sessions_are_glued() -> None:
    """Disconnected 10:32, stopped 11:32, back 11:33: 11 zeros, so one session of 48 samples, 4 + 1.

    The runs are 09:00 to 11:32 and 11:33 to 13:57, 3 h each.
    """
    day = optimized("arrival  connected\n09:00  92 min\n11:33  84 min", horizon="1 d")
    assert (measured(day), billed(day)) == (5, 6)


def test_over_where_sessions_are_glued() -> None:
    """09:04 to 09:56 and 13:04 to 14:01, 12 and 13 samples; a change at 10:00 closed the first run.

    No zeros were sent between them: 25 samples, 3 + 1. The runs are 1 h and, to 15:01, 2 h.
    """
    plan = "arrival  connected\n09:04  52 min\n13:04  57 min"
    change = "at  operation  to\n10:00  change-compute  performance"
    day = optimized(plan, operations=change, horizon="1 d")
    assert (measured(day), billed(day)) == (4, 3)
    # With zeros from stopped desktops there are two sessions, 1 + 1 and 2 + 1.
    zeros = {"samples_when_stopped": "zero"}
    assert measured(optimized(plan, operations=change, rule=zeros, horizon="1 d")) == 5


def test_under_where_an_alwayson_desktop_has_a_long_timeout() -> None:
    """Seen 1 + 1 and 1 + 1 with the hour it assumes; after a conversion the timeout would be 4 h.

    Bob does the same on AutoStop: one run from 09:00 to 17:00.
    """
    days = story(
        """
        user  arrival  connected
        ann   09:00    1 h
        ann   12:00    1 h
        bob   09:00    1 h
        bob   12:00    1 h
        """,
        fleets={
            "on": {
                "running_mode": "AlwaysOn",
                "autostop_timeout": "4 h",
                "running_mode_policy": "cost-optimizer",
            },
            "stop": {"autostop_timeout": "4 h"},
        },
        users={"ann": {"fleet": "on"}, "bob": {"fleet": "stop"}},
    )
    assert (measured(days, user=0), billed(days, user=1)) == (4, 8)


def test_under_in_the_last_hour_of_the_month() -> None:
    """23:00 to 24:00 on the 30th: an hour of September and the timeout in October, seen in none."""
    days = optimized("arrival  connected\n09-30 23:00  1 h", start="2026-09-30", horizon="2 d")
    expect(days.optimizer, "hours\n0\n0")
    assert billed(days) == 2


def test_a_client_that_drops_every_five_minutes_is_one_run_and_one_session() -> None:
    """Ten hours of 3 minutes in, 2 minutes out: on to 19:58, 11 h; 120 samples of 1, 10 + 1.

    Release 2.3 counted each as a session of its own, with an hour of timeout: 120 x 2.
    """
    drops = [f"{9 + minute // 60:02}:{minute % 60:02}  3 min" for minute in range(0, 600, 5)]
    day = optimized("\n".join(["arrival  connected", *drops]), horizon="1 d")
    expect(day.runs, "begin  end\n09:00  19:58")
    assert (measured(day), billed(day)) == (11, 11)


def test_gaps_shorter_than_the_timeout_are_one_run_and_one_session() -> None:
    """5 minutes in, 50 out, ten times: 09:00 to 17:20, on to 18:20, 10 h; 100 samples, 9 + 1."""
    drops = [f"{9 + minute // 60:02}:{minute % 60:02}  5 min" for minute in range(0, 550, 55)]
    day = optimized("\n".join(["arrival  connected", *drops]), horizon="1 d")
    expect(day.runs, "begin  end\n09:00  18:20")
    assert (measured(day), billed(day)) == (10, 10)


def test_the_hour_of_maintenance_is_added_whenever_it_was() -> None:
    """One session, 1 + 1 hours, and maintenance: 3 h on both sides on the 30th, 2 h before."""
    days = optimized(
        "arrival  connected\n09:00  1 h",
        maintained={"ann": "09-23 02:00"},
        maintenance={"autostop": True},
        horizon="30 d",
    )
    hours = days.optimizer.table["hours"].tolist()
    assert (hours[-2:], billed(days)) == ([2, 3], 3)


# --- what comes of it: rule C9

MONTH: dict[str, Any] = {"start": "2026-09-01", "horizon": {"months": 1}}
SHORT_DAYS = """
    arrival      connected
    09-02 09:00  50 min
    09-03 09:00  50 min
    10-05 09:00  50 min
"""


def test_a_desktop_over_its_limit_is_alwayson_from_that_evening() -> None:
    """Limit 3: 2 hours on the 2nd, 4 on the 3rd. The stopped desktop starts at 23:00.

    It stays over its limit in September. October has 2 hours, and on its last evening it goes back.
    """
    days = optimized(SHORT_DAYS, limit=3, logon={"resume": "1 min"}, horizon={"months": 3})
    table = days.optimizer.table
    changed = table.take(table["change"] != 0)
    assert [code.label for code in map(Change, changed["change"].tolist())] == [
        "to-monthly",
        "to-hourly",
    ]
    assert changed["hours"].tolist() == [4, 2]
    expect(
        days.operations,
        """
        at           desktop  user  operation    to        accepted  cause  done
        09-03 23:00  0        ann   switch-mode  AlwaysOn  yes       none   09-03 23:01
        10-31 23:00  0        ann   switch-mode  AutoStop  yes       none   10-31 23:00
        """,
    )
    expect(
        days.terms,
        """
        begin        end          running_mode
        00:00        09-03 23:00  AutoStop
        09-03 23:00  10-31 23:00  AlwaysOn
        10-31 23:00  12-01 00:00  AutoStop
        """,
    )
    # 720 h of September less 71; the run of the 3rd was over long before.
    assert charges(days) == {
        "autostop-base": [1, 1],  # September and November
        "autostop-hours": [4],
        "alwayson-month": [649 / 720, 1],
    }


def test_a_desktop_at_its_limit_is_left_on_autostop_and_put_there() -> None:
    """Limit 2, and 2 hours: ann stays AutoStop, bob becomes it, on the last evening only."""
    days = story(
        "user  arrival  connected\nann  09:00  1 h\nbob  09:00  1 h",
        fleets={
            mode: {
                "running_mode": mode,
                "running_mode_policy": {"cost-optimizer": {"limits": {"standard": 2}}},
            }
            for mode in ("AutoStop", "AlwaysOn")
        },
        users={"ann": {"fleet": "AutoStop"}, "bob": {"fleet": "AlwaysOn"}},
        **MONTH,
    )
    expect(days.operations, "at  user  to\n09-30 23:00  bob  AutoStop")


def test_somebody_at_work_notices_nothing_of_a_conversion() -> None:
    """22:00 to 02:00, limit 1: the run is closed at 23:00, the session goes on, nothing stops."""
    days = optimized("arrival  connected\n22:00  4 h", limit=1, horizon="2 d")
    expect(days.sessions, "connected  ended  outcome\n22:00  09-02 02:00  ended")
    expect(days.runs, "begin  end\n22:00  23:00")
    expect(days.operations, "at  to  done  by\n23:00  AlwaysOn  23:00  rule")


def test_every_day_may_be_taken_for_the_last() -> None:
    """An AlwaysOn desktop goes to AutoStop on the first evening, and back when it is over 3 h."""
    days = optimized(
        SHORT_DAYS,
        limit=3,
        fleet={"running_mode": "AlwaysOn"},
        rule={"test_end_of_month": True},
        horizon="3 d",
    )
    expect(
        days.operations,
        "at  to\n23:00  AutoStop\n09-03 23:00  AlwaysOn",
    )


def test_a_month_that_began_before_the_run_has_no_last_evening() -> None:
    """Nobody knows what the desktop was used before; over its limit it may be found to be."""
    idle = optimized(fleet={"running_mode": "AlwaysOn"}, start="2026-09-02", horizon="30 d")
    assert idle.optimizer.table["change"].tolist() == [Change.NO_CHANGE] * 30
    used = optimized("arrival  connected\n09-05 09:00  1 h", limit=1, **{**MONTH, "warm_up": "1 d"})
    expect(used.operations, "at  to\n09-05 23:00  AlwaysOn")


def test_a_dry_run_reports_and_changes_nothing() -> None:
    """Over the limit from the 3rd on, and reported every evening from then on."""
    days = optimized(SHORT_DAYS, limit=3, rule={"dry_run": True}, horizon="5 d")
    expect(
        days.optimizer,
        """
        at           hours  initial_mode  new_mode  change
        23:00        0      AutoStop      AutoStop  no-change
        09-02 23:00  2      AutoStop      AutoStop  no-change
        09-03 23:00  4      AutoStop      AlwaysOn  to-monthly
        09-04 23:00  4      AutoStop      AlwaysOn  to-monthly
        09-05 23:00  4      AutoStop      AlwaysOn  to-monthly
        """,
    )
    assert len(days.operations.table) == 0


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (
            "control-plane-outage",
            {"outages": [{"control_plane": {"at": "2026-09-01T22:00Z", "lasts": "2 h"}}]},
        ),
        ("wrong-state", {"operations": "at  operation  to\n22:30  resize  80 GB + 50 GB"}),
        (
            "no-host-capacity",
            {
                "host_groups": {"rack": {"zone": "a", "count": 1, "vcpu": 2, "memory": "4 GB"}},
                "fleet": {"hosts": ["rack"]},
                "users": {"ann": {}, "bob": {}},
                "rule": {"skip": ["bob"]},
            },
        ),
    ],
)
def test_what_the_provider_refuses_is_reported_as_failed(why: str, told: dict[str, Any]) -> None:
    """The mode stays, and the next evening it is asked again."""
    rows = "user  arrival  connected\nann  09:00  1 h"
    if "users" in told:
        rows += "\nbob  20:00  8 h"  # has the only slot at 23:00, and no longer on the 2nd
    days = optimized(rows, limit=1, horizon="2 d", **told)
    ann = days.optimizer.rows(user=0)
    expect(
        ann,
        """
        at           hours  initial_mode  new_mode  change
        23:00        2      AutoStop      AutoStop  failed
        09-02 23:00  2      AutoStop      AlwaysOn  to-monthly
        """,
    )
    switches = days.operations.rows(operation=OperationKind.SWITCH_MODE).rows(user=0)
    expect(switches, f"at  accepted  cause\n23:00  no  {why}\n09-02 23:00  yes  none")


def test_the_tag_leaves_a_desktop_as_it_is() -> None:
    rows = "user  arrival  connected\nann  09:00  1 h\nbob  09:00  1 h"
    days = optimized(rows, limit=1, rule={"skip": ["ann"]}, horizon="1 d")
    expect(
        days.optimizer,
        "user  hours  change  tagged\nann  2  skipped  yes\nbob  2  to-monthly  no",
    )


def test_a_share_of_the_desktops_has_the_tag() -> None:
    """Each by a draw of its own, so that nobody is tagged for another's sake."""
    users: dict[str, Any] = {f"people-{number:05}": {} for number in range(200)}
    half = optimized(users=users, rule={"skip": "50 %"}, horizon="1 d").optimizer.table
    assert 70 < half["tagged"].sum() < 130
    fewer = dict(list(users.items())[50:])
    again = optimized(users=fewer, rule={"skip": "50 %"}, horizon="1 d").optimizer.table
    assert again["tagged"].tolist() == half["tagged"].tolist()[50:]
    none = optimized(users=users, rule={"skip": "0 %"}, horizon="1 d").optimizer.table
    assert not none["tagged"].any()


def test_a_bundle_without_a_limit_is_skipped() -> None:
    large = {"bundle": "generalpurpose.4xlarge", "root_volume": "175 GB", "user_volume": "100 GB"}
    told: dict[str, Any] = {"fleet": large, "horizon": "1 d"}
    rows = "arrival  connected\n09:00  1 h"
    expect(
        optimized(rows, **told).optimizer,
        "hours  limit  bundle  change\n2  -  GENERALPURPOSE_4XLARGE  skipped",
    )
    guide = {"limits": "guide"}
    expect(optimized(rows, rule=guide, **told).optimizer, "limit  change\n121  no-change")


def test_the_limit_is_that_of_the_bundle_it_has() -> None:
    """Value has 81, Power 92; changed at noon."""
    days = optimized(
        fleet={"bundle": "value"},
        operations="at  operation  to\n09-02 12:00  change-compute  power",
    )
    expect(days.optimizer, "bundle  limit\nVALUE  81\nPOWER  92\nPOWER  92")


def test_a_migrated_desktop_is_another_one() -> None:
    """Its hours begin with its life."""
    days = optimized(
        "arrival  connected\n09:00  5 h\n09-02 13:00  1 h",
        operations="at  operation\n09-02 12:00  migrate",
        horizon="2 d",
    )
    expect(days.optimizer, "at  desktop  hours\n23:00  0  6\n09-02 23:00  1  2")


# --- desktops that nobody used: rule C6

TERMINATE = {"terminate_unused": "yes"}


def test_an_unused_desktop_is_deleted_on_the_last_evening() -> None:
    """Ann did nothing in September, bob had an hour. Ann's logon of 23:30 finds no desktop."""
    days = optimized(
        "user  arrival  connected\nann  09-30 23:30  1 h\nbob  09-05 09:00  1 h",
        rule=TERMINATE,
        people={"patience": "0 s"},
        **MONTH,
    )
    table = days.optimizer.table
    assert table["terminated"].nonzero()[0].tolist() == [58]  # of 60 rows: ann on the 30th
    expect(days.operations, "at  user  operation  accepted\n09-30 23:00  ann  delete  yes")
    expect(days.logons.rows(user=0), "outcome  cause\nrefused  desktop-missing")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ("created on the first day", {"users": {"ann": {"joins": "23:00"}}, **MONTH}),
        ("there on it", MONTH),
    ],
)
def test_only_desktops_of_the_first_day_are_deleted(found: str, told: dict[str, Any]) -> None:
    assert optimized(rule=TERMINATE, **told).operations.table["operation"][-1] == (
        OperationKind.DELETE
    ), found


@pytest.mark.parametrize(
    "told",
    [
        {"users": {"ann": {"joins": "09-02 00:00"}}},
        {"plan": "arrival  connected\n09:00  1 min"},
        {"rule": {"terminate_unused": "no"}},
        {"rule": {**TERMINATE, "dry_run": True}},
        {"rule": {**TERMINATE, "skip": ["ann"]}},
        {"horizon": "29 d"},
        # Begun before the run: what came then counts as use.
        {"rule": {**TERMINATE, "unused_months": 2}, "fleet": {"initial_age": "90 d"}},
        {"start": "2026-09-02", "horizon": "29 d"},
    ],
)
def test_others_stay(told: dict[str, Any]) -> None:
    days = optimized(**{"rule": TERMINATE, **MONTH, **told})
    assert OperationKind.DELETE not in days.operations.table["operation"]


def test_a_check_may_look_back_further_than_the_month() -> None:
    """Used on 5 August: in September within two months, in October no longer."""
    days = optimized(
        "arrival  connected\n08-05 09:00  1 h",
        rule={**TERMINATE, "unused_months": 2},
        start="2026-08-01",
        horizon={"months": 3},
    )
    expect(days.operations, "at  operation\n10-31 23:00  delete")


def test_who_connected_in_the_unseen_hour_has_used_it() -> None:
    """From 23:10 on 31 August no sample is seen, but a last connection is known."""
    told: dict[str, Any] = {"start": "2026-08-01", "horizon": {"months": 3}}
    rule = {**TERMINATE, "unused_months": 2}
    plan = "arrival  connected\n08-31 23:10  30 min"
    assert measured(optimized(plan, rule=rule, **told)) == 0
    expect(optimized(plan, rule=rule, **told).operations, "at  operation\n10-31 23:00  delete")


def test_an_unused_alwayson_desktop_is_deleted_and_not_converted() -> None:
    """The release asks for both; a desktop that is gone has no mode to change."""
    days = optimized(rule=TERMINATE, fleet={"running_mode": "AlwaysOn"}, **MONTH)
    expect(
        Shown(days.story, days.optimizer.table.take(np.array([-1]))),
        "change  initial_mode  new_mode  terminated\nfailed  AlwaysOn  AlwaysOn  yes",
    )
    expect(
        days.operations,
        """
        at           desktop  operation    accepted  cause
        09-30 23:00  0        delete       yes       none
        09-30 23:00  -        switch-mode  no        wrong-state
        """,
    )


def test_a_deletion_that_is_refused_is_not_reported() -> None:
    outage = {"control_plane": {"at": "2026-09-30T22:00Z", "lasts": "90 min"}}
    days = optimized(rule=TERMINATE, outages=[outage], **MONTH)
    assert not days.optimizer.table["terminated"].any()
    expect(days.operations, "operation  accepted  cause\ndelete  no  control-plane-outage")


def test_a_dry_run_of_terminations_reports_them() -> None:
    days = optimized(rule={"terminate_unused": "dry-run"}, **MONTH)
    assert days.optimizer.table["terminated"].tolist() == [0] * 29 + [Termination.DRY_RUN]
    assert len(days.operations.table) == 0
