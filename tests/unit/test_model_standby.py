"""Stories about standbys in a second Region: who is led there, what runs where, and the way back.

Rule F10 of docs/model.md. Unless a story says otherwise `ann` has an AutoStop desktop with a
timeout of 1 h in us-east-1, which is lost at 11:00. Half an hour later people are led to us-west-2
in 15 min, and half an hour after its return back in 15 min. Starts take 5 min, cold ones and only
these, and a refused or interrupted user tries again 2 min later.
"""

from typing import Any

import pytest

from tests.unit.stories import Facts, expect, story

REGION, OTHER = "us-east-1", "us-west-2"
ALWAYS_ON = {"running_mode": "AlwaysOn"}
METAL = {"metal": {"zone": "a", "count": 1, "vcpu": 2, "memory": "8 GB"}}


def lost(begin: str, lasts: str, region: str = REGION, kind: str = "region") -> dict[str, Any]:
    return {kind: {"region": region, "at": f"2026-09-01T{begin}Z", "lasts": lasts}}


def standby(**settings: str) -> dict[str, Any]:
    said = {"reaction": "30 min", "redirection": "15 min", "failback": "30 min", **settings}
    return {"recovery": {"standby": {"region": OTHER, "data_age": "18 h", **said}}}


def day_of(
    plan: str, *outages: dict[str, Any], fleet: dict[str, Any] | None = None, **told: Any
) -> Facts:
    logon = {"cold_start": "5 min"}
    fleet = {**standby(), **(fleet or {})}
    return story(plan, fleet=fleet, logon=logon, outages=list(outages), **told)


SHIFT = "arrival  connected  ending  patience\n09:00  8 h  logoff  4 h"


# --- there


def test_who_is_cut_off_works_on_at_the_standby() -> None:
    """09:00 to 11:00 are 2 of 8 h. Led away at 11:45, tried at 11:46, started by 11:51; 6 h more
    end at 17:51, and an hour later the standby stops. The Region is there again at 20:00, people
    are led back at 20:45."""
    day = day_of(SHIFT, lost("11:00", "9 h"))
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  11:00  available
        11:00  11:45  unhealthy
        11:45  11:46  stopped
        11:46  11:51  starting
        11:51  18:51  available
        18:51  24:00  stopped
        """,
    )
    expect(
        day.runs,
        """
        begin  end    kind
        09:00  11:00  logon
        11:46  18:51  standby
        """,
    )
    expect(day.interruptions, "cause          at     back\nregion-outage  11:00  11:51")
    expect(day.sessions, "ended  delivered  outcome\n17:51  8 h  ended")
    expect(
        day.recoveries,
        """
        outage  kind     lost  desktop  at     done   until  snapshot     data_age
        0       standby  0     0        11:45  11:45  20:45  08-31 17:00  18 h
        """,
    )


def test_until_they_are_led_away_people_are_refused() -> None:
    """Every 2 min from 11:40 on: at 11:44 the Region is lost, at 11:46 the standby is there."""
    day = day_of("arrival  connected\n11:40  1 h", lost("11:00", "9 h"))
    expect(
        day.logons,
        """
        attempt  arrival  done   start  start_kind  outcome    cause
        1        11:40    11:40  0 s    none        refused    region-outage
        2        11:42    11:42  0 s    none        refused    region-outage
        3        11:44    11:44  0 s    none        refused    region-outage
        4        11:46    11:51  5 min  cold        connected  none
        """,
    )


def test_an_alwayson_desktop_has_a_standby_that_stops() -> None:
    """The standby is used from 12:00 to 13:00, and stops at 14:00; at home the desktop is there
    from 20:45 on, since it has started meanwhile."""
    day = day_of("arrival  connected\n12:00  1 h", lost("11:00", "9 h"), fleet=ALWAYS_ON)
    expect(
        day.states,
        """
        begin  end    state
        00:00  11:00  available
        11:00  11:45  unhealthy
        11:45  12:00  stopped
        12:00  12:05  starting
        12:05  14:05  available
        14:05  20:45  stopped
        20:45  24:00  available
        """,
    )
    expect(day.runs, "begin  end    kind\n12:00  14:05  standby")


def test_a_short_loss_is_waited_out() -> None:
    """Over at 11:45, when the way to the standby would be open: nobody is led there."""
    day = day_of(SHIFT, lost("11:00", "45 min"))
    assert not len(day.recoveries.table)
    expect(day.interruptions, "at     back\n11:00  11:46")


def test_a_lost_zone_leads_nobody_away() -> None:
    day = day_of(SHIFT, {"zone": {"zone": "a", "at": "2026-09-01T11:00Z", "lasts": "9 h"}})
    assert not len(day.recoveries.table)


def test_a_loss_that_began_before_the_run_has_led_people_away_at_its_beginning() -> None:
    """Lost 2 h before the run: people were led away 1 h 15 min before it."""
    day = day_of(
        "arrival  connected\n00:00  1 h",
        {"region": {"at": "2026-08-31T22:00Z", "lasts": "9 h"}},
    )
    expect(day.recoveries, "at     done   until\n00:00  00:00  07:45")
    expect(day.logons, "done\n00:05")


def test_a_desktop_that_was_never_finished_has_no_standby() -> None:
    """bob's desktop is created from 10:50 on for 20 min: begun anew at 20:00."""
    day = day_of(
        "",
        lost("11:00", "9 h"),
        users={"ann": {}, "bob": {"joins": "10:50"}},
        fleet={"provisioning": "20 min"},
    )
    expect(day.recoveries, "user\nann")
    expect(day.operations, "at     user  done\n10:50  bob   20:20")


def test_the_data_is_no_older_than_the_desktop() -> None:
    """Created at 06:00 and ready at once, 5 h before the loss."""
    day = day_of(
        "", lost("11:00", "9 h"), users={"ann": {"joins": "06:00"}}, fleet={"provisioning": "0 s"}
    )
    expect(day.recoveries, "snapshot  data_age\n06:00     5 h")


# --- back


@pytest.mark.parametrize(
    ("ending", "gone"), [("logoff", "22:51"), ("disconnect", "22:51"), ("network-loss", "23:11")]
)
def test_who_works_when_people_are_led_back_works_on(ending: str, gone: str) -> None:
    """2 h 55 min before the loss and 11 h from 11:51 on: until 22:51, two hours after people were
    led back. Then the run ends without a timeout; after a lost network when that is noticed."""
    day = day_of(
        f"arrival  connected  ending  patience\n08:05  13 h 55 min  {ending}  4 h",
        lost("11:00", "9 h"),
    )
    expect(day.sessions, f"ended  disconnected\n22:51  {gone}")
    expect(day.recoveries, f"until\n{gone}")
    expect(day.runs.rows(kind=2), f"begin  end\n11:46  {gone}")


def test_a_standby_that_nobody_uses_is_left_at_once() -> None:
    """Used until 20:35, so its timeout would last until 21:35; people are led back at 20:45."""
    day = day_of("arrival  connected\n12:00  8 h 30 min", lost("11:00", "9 h"))
    expect(day.runs, "begin  end    kind\n12:00  20:45  standby")
    expect(day.states.rows(state=3), "begin  end\n00:00  11:00\n11:45  12:00\n20:45  24:00")


def test_who_comes_again_from_a_connection_left_at_the_standby_is_at_home() -> None:
    """Left connected at 13:05; led back at 20:45, which waits for ann; she comes at 22:00, her old
    connection ends, and the desktop at home starts for 5 min."""
    day = day_of(
        "arrival  connected  ending\n12:00  1 h  left-connected\n22:00  1 h  logoff",
        lost("11:00", "9 h"),
    )
    expect(day.recoveries, "until\n22:00")
    expect(
        day.runs,
        """
        begin  end    kind
        12:00  22:00  standby
        22:00  24:00  logon
        """,
    )
    expect(day.logons.rows(session=1), "start  start_kind\n0 s  resume")


def test_at_home_everything_was_closed() -> None:
    """ann disconnected from her desktop, which hibernated; after the standby she logs on anew."""
    day = story(
        "arrival  connected  ending\n08:00  1 h  disconnect\n22:00  1 h  logoff",
        fleet=standby(),
        logon={"os_logon": "30 s"},
        outages=[lost("11:00", "9 h")],
    )
    expect(day.logons.rows(session=1), "os_logon\n30 s")


def test_a_second_loss_keeps_people_where_they_are() -> None:
    """Lost from 11:00 to 13:00 and from 13:30 to 16:00: the way back of 13:45 is not taken, that of
    16:45 is."""
    day = day_of("", lost("11:00", "2 h"), lost("13:30", "2 h 30 min"))
    expect(day.recoveries, "outage  at     until\n0       11:45  16:45")


@pytest.mark.parametrize(
    ("begin", "back"),
    [("13:30", "14:35"), ("13:46", "14:51")],
    ids=["before people are led back", "while somebody is still there"],
)
def test_a_loss_too_short_to_lead_anybody_away_only_postpones_the_way_back(
    begin: str, back: str
) -> None:
    """Lost from 11:00 to 13:00, and 20 min from 13:30 or 13:46 on: the way back of 13:45 is closed,
    or closes while ann is there until 14:05. It opens again 45 min after the second loss."""
    day = day_of(
        "arrival  connected  ending\n13:00  1 h  logoff",
        lost("11:00", "2 h"),
        lost(begin, "20 min"),
    )
    expect(day.recoveries, f"outage  at     until\n0       11:45  {back}")


def test_who_leaves_while_the_standby_stops_is_the_last_one_there() -> None:
    """Used from 12:05 to 12:30, stopping from 13:30 to 14:30; ann comes at 13:40 to wait for that,
    people are led back at 13:45, and she goes at 13:50."""
    day = day_of(
        "arrival  connected\n12:00  30 min\n13:40  10 min",
        lost("11:00", "2 h"),
        fleet={"stop_delay": "1 h"},
        people={"session_end": "fixed_departure"},
    )
    expect(
        day.logons, "done   outcome    cause\n12:05  connected  none\n13:50  abandoned  departure"
    )
    expect(day.recoveries, "until\n13:50")
    expect(day.states.rows(state=3), "begin  end\n00:00  11:00\n11:45  12:00\n13:50  24:00")


@pytest.mark.parametrize("kind", ["streaming", "control_plane"])
def test_who_is_refused_by_a_standby_that_is_needed_no_more_finds_the_desktop_at_home(
    kind: str,
) -> None:
    """Used from 12:05 to 12:35, stopping from 13:35 to 14:05; what ann needs who comes at 13:40 is
    lost there at 13:50: at once she is refused without streaming, at 14:05 without a start. 2 min
    later she comes again, to her desktop."""
    day = day_of(
        "arrival  connected\n12:00  30 min\n13:40  1 h",
        lost("11:00", "2 h"),
        lost("13:50", "1 h", OTHER, kind),
        fleet={"stop_delay": "30 min"},
    )
    until = {"streaming": "13:50", "control_plane": "14:05"}[kind]
    again = {"streaming": "13:52", "control_plane": "14:07"}[kind]
    expect(
        day.logons.rows(session=1),
        f"""
        attempt  done     outcome    start_kind
        1        {until}  refused    none
        2        {again}  connected  resume
        """,
    )
    expect(day.recoveries, f"until\n{until}")


def test_a_zone_that_is_lost_when_people_are_led_back_is_lost_to_them() -> None:
    day = day_of(
        "",
        lost("11:00", "2 h"),
        {"zone": {"zone": "a", "at": "2026-09-01T13:30Z", "lasts": "2 h"}},
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  11:00  stopped
        11:00  11:45  unhealthy
        11:45  13:45  stopped
        13:45  15:30  unhealthy
        15:30  24:00  stopped
        """,
    )


def test_an_alwayson_desktop_waits_at_home_for_a_slot() -> None:
    """One slot: ann's desktop has it until the loss, and bob's takes it at 12:00, when the Region
    is there again and both start; people are led back at 12:45."""
    day = day_of(
        "",
        lost("11:00", "1 h"),
        fleet={**ALWAYS_ON, "hosts": ["metal"]},
        host_groups={"metal": {**METAL["metal"], "vcpu": 4}},
        users={"ann": {}, "bob": {}},
    )
    expect(
        day.host_load,
        """
        host  at     desktops
        0     00:00  2
        0     11:00  0
        0     12:45  2
        """,
    )


# --- what may be lost besides


def test_a_standby_needs_the_services_of_its_own_region() -> None:
    """Connected at 11:51; streaming of us-west-2 is lost at 13:00 for 10 min."""
    day = day_of(SHIFT, lost("11:00", "9 h"), lost("13:00", "10 min", OTHER, "streaming"))
    expect(
        day.interruptions,
        """
        cause             at     back
        region-outage     11:00  11:51
        streaming-outage  13:00  13:10
        """,
    )
    none = day_of(SHIFT, lost("11:00", "9 h"), lost("11:30", "1 h", OTHER, "control_plane"))
    expect(none.interruptions, "at     back\n11:00  12:35")


def test_a_standby_is_lost_with_its_region() -> None:
    """Connected at 11:51 and cut off again at 13:00; there again at 14:00, where the next try of
    every 2 min starts it anew. 2 h and 1 h 9 min of 8 h are done, so the rest ends at 18:56."""
    day = day_of(SHIFT, lost("11:00", "9 h"), lost("13:00", "1 h", OTHER))
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  11:00  available
        11:00  11:45  unhealthy
        11:45  11:46  stopped
        11:46  11:51  starting
        11:51  13:00  available
        13:00  14:00  unhealthy
        14:00  14:05  starting
        14:05  19:56  available
        19:56  24:00  stopped
        """,
    )


def test_a_lost_region_is_no_help() -> None:
    """Both are lost at 11:45, so nobody is led anywhere."""
    day = day_of(SHIFT, lost("11:00", "9 h"), lost("11:30", "1 h", OTHER))
    assert not len(day.recoveries.table)


def test_a_client_does_not_follow_the_desktop_to_another_region() -> None:
    """F11: cut off at 11:00 by streaming, which is back at 11:12, when the Region has been lost for
    7 min and people led away for 2: the client waits until 11:20, and ann logs on at 11:22."""
    day = day_of(
        SHIFT,
        lost("11:00", "12 min", kind="streaming"),
        lost("11:05", "9 h"),
        fleet=standby(reaction="0 s", redirection="5 min"),
    )
    expect(day.recoveries, "at\n11:10")
    expect(day.interruptions, "cause  at  back\nstreaming-outage  11:00  11:27")


# --- what administrators do meanwhile


def test_a_standby_cannot_be_changed() -> None:
    """At 13:00 without the control plane of the Region; at 20:15 it is there, ann is not."""
    day = day_of(
        "",
        lost("11:00", "9 h"),
        operations="at  operation\n13:00  reboot\n20:15  restore\n20:15  rebuild\n21:00  restore",
    )
    expect(
        day.operations,
        """
        at     operation  accepted  cause
        13:00  reboot     no        region-outage
        20:15  restore    no        wrong-state
        20:15  rebuild    no        wrong-state
        21:00  restore    yes       none
        """,
    )


def test_who_leaves_leaves_the_standby_too() -> None:
    day = day_of(
        "arrival  connected\n12:00  8 h",
        lost("11:00", "9 h"),
        users={"ann": {"leaves": "14:00"}},
    )
    expect(day.recoveries, "until\n-")
    expect(day.runs, "begin  end    kind\n12:00  14:00  standby")
    expect(day.sessions, "ended  outcome  cause\n14:00  cut  operation")


def test_a_change_under_way_begins_anew_at_home() -> None:
    """A migration of 1 h from 10:30 on: from 20:45 to 21:45."""
    day = day_of(
        "",
        lost("11:00", "9 h"),
        operations="at  operation\n10:30  migrate",
        fleet={"change_time": "1 h"},
    )
    expect(day.operations, "at     operation  done\n10:30  migrate  21:45")
