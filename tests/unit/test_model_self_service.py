"""Stories about what users do to their own desktops: rule O11 of docs/model.md.

Unless a story says otherwise ann has an AutoStop desktop with a timeout of 1 h and works from 9:00
to 17:00. A wish that comes every 10 h comes at 10:00, when she is at work, and at 20:00, when she
is not and has no other session before the run is over.
"""

from typing import Any

from sim.record import Actor, OperationKind
from sim.workload import Stream, make_wishes
from tests.unit.stories import Facts, expect, story, tell

DAY = "arrival  connected  ending\n09:00  8 h  disconnect"
TEN = {"every": "10 h"}


def own(plan: str = DAY, *, help_desk: Any = None, fleet: Any = None, **told: Any) -> Facts:
    """A story of a fleet with these own operations, which stand among what else is told."""
    kinds = ("reboot", "switch_mode", "resize", "change_compute", "rebuild")
    wanted = {kind: told.pop(kind) for kind in kinds if kind in told}
    service = {"self_service": {"help_desk": help_desk, **wanted}}
    return story(plan, fleet={**service, **(fleet or {})}, **told)


def draw(kind: str, user: int = 0, *, day: int = 0, ordinal: int = 0) -> float:
    """A number that a user has drawn for a kind of operation; names here are no numbers."""
    stream = Stream(1, 0, f"self-service/{kind}/people")
    return float(stream.uniforms(1, day=day, ordinal=ordinal, first=2**40 + user)[0])


# --- what is asked for


def test_a_reboot_interrupts_whoever_asked_for_it() -> None:
    """Off from 10:00 to 10:05; she is back at 10:02 and waits 3 min."""
    day = own(reboot=TEN, fleet={"reboot_time": "5 min"})
    expect(day.operations, "at  operation  accepted  done  by\n10:00  reboot  yes  10:05  user")
    expect(day.interruptions, "outage  cause  at  back\n-  operation  10:00  10:05")


def test_a_switch_goes_to_the_other_mode_each_time() -> None:
    day = own("arrival  connected  ending\n09:00  14 h  disconnect", switch_mode=TEN)
    expect(
        day.operations,
        """
        at     to        accepted  by
        10:00  AlwaysOn  yes       user
        20:00  AutoStop  yes       user
        """,
    )


def test_a_switch_to_the_mode_that_it_has_is_refused() -> None:
    day = own(switch_mode={**TEN, "to": "AutoStop"})
    expect(day.operations, "to  accepted  cause  by\nAutoStop  no  wrong-state  user")


def test_a_switch_of_a_stopped_desktop_starts_it_by_its_own_draw() -> None:
    """Her device is not trusted: she means to be at work at 10:00, and is not connected."""
    start = draw("switch_mode", day=3)
    day = own(
        "arrival  connected  ending  barrier\n09:00  8 h  disconnect  untrusted-device",
        switch_mode=TEN,
        access={"trusted_devices": {"time": "0 s"}},
        fleet={"logon": {"resume": {"uniform": {"low": "0 s", "high": "100 s"}}}},
    )
    assert day.operations.table["done"].tolist() == [36_000_000 + round(start * 100_000)]


def test_volumes_grow_to_the_next_pair() -> None:
    """80 + 10 GB, 80 + 50 GB at 10:00, 80 + 100 GB at 20:00; nobody is interrupted."""
    day = own("arrival  connected  ending\n09:00  14 h  disconnect", resize=TEN)
    expect(
        day.operations,
        """
        at     to              accepted  by
        10:00  80 GB + 50 GB   yes       user
        20:00  80 GB + 100 GB  yes       user
        """,
    )
    expect(day.interruptions, "at")


def test_volumes_beyond_the_pairs_grow_by_steps() -> None:
    """80 + 100 GB: the root volume has to be 175 GB, and the user volume is 40 GB larger."""
    fleet = {"user_volume": "100 GB", "volume_step": "40 GB"}
    day = own("arrival  connected  ending\n09:00  14 h  disconnect", resize=TEN, fleet=fleet)
    expect(day.operations, "at  to\n10:00  175 GB + 140 GB\n20:00  175 GB + 180 GB")


def test_the_last_step_is_cut_to_the_largest_volume_and_there_is_none_after_it() -> None:
    fleet = {"root_volume": "175 GB", "user_volume": "1950 GB"}
    day = own("arrival  connected  ending\n09:00  14 h  disconnect", resize=TEN, fleet=fleet)
    expect(
        day.operations,
        """
        at     to                accepted  cause
        10:00  175 GB + 2000 GB  yes       none
        20:00  -                 no        not-sold
        """,
    )


def test_a_resize_to_volumes_that_it_has_is_refused() -> None:
    day = own(resize={**TEN, "to": {"root": "80 GB", "user": "50 GB"}}, fleet=FIFTY)
    expect(day.operations, "to  accepted  cause\n80 GB + 50 GB  no  wrong-state")


FIFTY = {"user_volume": "50 GB"}


def test_another_bundle_interrupts_whoever_asked_for_it() -> None:
    """Away from 10:00 to 11:00; she tries every 2 min for 30 min, and gives up."""
    day = own(change_compute={**TEN, "to": "power"}, fleet={"change_time": "1 h"})
    expect(day.operations, "at  to  accepted  done  by\n10:00  power  yes  11:00  user")
    expect(day.sessions, "ended  outcome  cause\n10:00  cut  operation")
    expect(day.runs, "begin  end\n09:00  10:00")
    expect(day.terms, "begin  bundle\n00:00  standard\n10:00  power")


def test_a_bundle_that_it_has_already_is_refused_and_disturbs_nobody() -> None:
    day = own(change_compute={**TEN, "to": "standard"}, fleet={"change_time": "1 h"})
    expect(day.operations, "at  to  accepted  cause\n10:00  standard  no  wrong-state")
    assert not len(day.interruptions.table)


def test_a_rebuild_loses_what_came_after_the_snapshot() -> None:
    day = own(rebuild=TEN, people={"patience": "2 h"}, fleet={"rebuild_time": "1 h"})
    expect(day.operations, "at  operation  accepted  done  by\n10:00  rebuild  yes  11:00  user")
    expect(day.interruptions, "cause  at  back\noperation  10:00  11:00")
    assert day.recoveries.table["at"].tolist() == [36_000_000]


# --- when it is asked for


def test_a_wish_at_another_time_waits_for_a_moment_of_the_next_session() -> None:
    """Those of 20:00 and of 6:00 wait for tomorrow's 8 h; that of 16:00 need not."""
    plan = f"{DAY}\n09-02 09:00  8 h  disconnect"
    day = own(plan, resize=TEN, horizon="2 d")
    moments = [33 + 8 * draw("resize", day=2, ordinal=ordinal) for ordinal in (1, 2)]
    expected = [10.0, *sorted([*moments, 40.0])]
    assert day.operations.table["at"].tolist() == [int(at * 3_600_000) for at in expected]


def test_a_wish_within_a_minute_of_the_last_one_waits_for_that_minute() -> None:
    day = own("arrival  connected  ending\n00:00  3 min  disconnect", reboot={"every": "0 s"})
    expect(
        day.operations,
        """
        at     accepted  cause
        00:01  yes       none
        00:02  no        wrong-state
        """,
    )


def test_whoever_is_still_logging_on_is_refused() -> None:
    """At 10:00 the desktop, asked for at 9:58, is starting until 10:02."""
    plan = "arrival  connected  ending\n09:58  8 h  disconnect"
    day = own(plan, reboot=TEN, logon={"resume": "4 min"})
    expect(day.operations, "at  accepted  cause  by\n10:00  no  wrong-state  user")


def test_the_first_wish_counts_from_joining_and_none_comes_after_leaving() -> None:
    """Ann joins at 1:00 and asks at 11:00, bob leaves at 10:00 and does not ask."""
    day = own(
        """
        user  arrival  connected  ending
        ann   09:00    8 h        disconnect
        bob   09:00    8 h        disconnect
        """,
        users={"ann": {"joins": "01:00"}, "bob": {"leaves": "10:00"}},
        resize=TEN,
    )
    expect(
        day.operations,
        "at  user  operation\n01:00  ann  create\n10:00  bob  delete\n11:00  ann  resize",
    )


def test_nobody_without_sessions_asks() -> None:
    assert not len(own("", reboot=TEN).operations.table)


def test_of_sessions_after_gaps_nothing_is_known_beforehand() -> None:
    """Ann comes 20 h after the beginning, and asks for more room at 10:00 all the same."""
    day = own("gap  connected  ending\n20 h  1 h  disconnect", resize=TEN)
    expect(day.operations, "at  to\n10:00  80 GB + 50 GB\n20:00  80 GB + 100 GB")


# --- who may


def test_of_those_who_may_not_nothing_comes() -> None:
    assert not len(own(reboot={**TEN, "allowed": "0 %"}).operations.table)


def test_administrators_help_those_who_may_not() -> None:
    """Asked for at 10:00; the help desk takes 90 min, and its reboot interrupts as well."""
    day = own(reboot={**TEN, "allowed": "0 %"}, help_desk="90 min")
    expect(day.operations, "at  operation  accepted  by\n11:30  reboot  yes  administrator")
    expect(day.interruptions, "cause  at\noperation  11:30")


def test_administrators_need_the_user_out_for_another_bundle() -> None:
    day = own(change_compute={**TEN, "to": "power", "allowed": "0 %"}, help_desk="90 min")
    expect(day.operations, "accepted  cause  by\nno  user-connected  administrator")


def test_who_may_is_drawn_once_for_each() -> None:
    names = ["ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal"]
    rows = [f"{name}  09:00  14 h  disconnect" for name in names]
    plan = "\n".join(["user  arrival  connected  ending", *rows])
    day = own(plan, resize={**TEN, "allowed": "40 %"})
    may = [user for user in range(8) if draw("resize", user) < 0.4]
    assert 0 < len(may) < 8
    assert day.operations.table["user"].tolist() == may * 2
    assert set(day.operations.table["by"].tolist()) == {Actor.USER}


# --- what stands in the way


def test_without_a_control_plane_nobody_operates_anything() -> None:
    lost = [{"control_plane": {"at": "2026-09-01T09:30Z", "lasts": "1 h"}}]
    day = own(reboot=TEN, outages=lost)
    expect(day.operations, "at  accepted  cause  by\n10:00  no  control-plane-outage  user")


def test_a_deleted_desktop_cannot_be_operated() -> None:
    gone = "at  user  operation\n09:30  ann  delete"
    day = own(reboot=TEN, operations=gone)
    expect(
        day.operations,
        """
        at     operation  accepted  cause        by
        09:30  delete     yes       none         administrator
        10:00  reboot     no        wrong-state  user
        """,
    )


def test_calls_of_users_wait_for_the_limit_of_the_api() -> None:
    """One call a second, without a burst: at 10:00:00, 10:00:01 and 10:00:02."""
    rows = [f"{name}  09:00  8 h  disconnect" for name in ("ann", "bob", "cid")]
    plan = "\n".join(["user  arrival  connected  ending", *rows])
    limits = {"operations": True, "calls_per_second": 1, "burst": 1}
    day = own(plan, resize=TEN, api_limits=limits)
    expect(day.operations, "at  user\n10:00  ann\n10:00:01  bob\n10:00:02  cid")


def test_an_operation_of_the_scenario_comes_first_then_kind_by_kind() -> None:
    """All at 10:00: the administrators' reboot, then her switch, her resize, her rebuild."""
    day = own(
        operations="at  user  operation\n10:00  ann  reboot",
        rebuild=TEN,
        resize=TEN,
        switch_mode=TEN,
    )
    expect(
        day.operations,
        """
        at     operation    accepted  by
        10:00  reboot       yes       administrator
        10:00  switch-mode  no        user
        10:00  resize       no        user
        10:00  rebuild      no        user
        """,
    )


def test_wishes_come_before_the_weekly_window() -> None:
    """Sunday 2026-09-06 0:00: the reboot of an AlwaysOn desktop, then its maintenance."""
    day = own(
        "arrival  connected  ending\n09-05 20:00  8 h  disconnect",
        reboot={"every": "120 h"},
        horizon="6 d",
        maintenance={"autostop": False, "alwayson_duration": "1 h"},
        fleet={"running_mode": "AlwaysOn"},
    )
    expect(day.operations, "at  accepted  by\n09-06 00:00  yes  user")


# --- what is drawn


def test_a_wish_has_a_place_of_its_own_among_the_random_numbers() -> None:
    """Kind by kind and user by user, from `self-service/KIND/POPULATION`."""
    told = tell(DAY, fleet={"self_service": {"resize": TEN}})
    (wish,) = make_wishes(told.scenario, told.workload)
    assert (wish.at, wish.user, wish.kind) == (36_000_000, 0, OperationKind.RESIZE)
    assert wish.start == draw("resize", day=3)
