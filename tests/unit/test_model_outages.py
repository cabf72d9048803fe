"""Stories about what breaks: who is cut off, who comes back when, and what becomes of desktops.

Rules F1 to F9 and F11 of docs/model.md. Unless a story says otherwise `ann` has an AutoStop desktop
with a timeout of 1 h in the only zone, and a refused or interrupted user tries again 2 min later.
"""

from typing import Any

import pytest

from sim.record import Cause, DesktopState
from tests.unit.stories import expect, story

ALWAYS_ON = {"running_mode": "AlwaysOn"}


def at(clock: str) -> str:
    return f"2026-09-01T{clock}Z"


def zone(begin: str, lasts: str, name: str = "a") -> dict[str, Any]:
    return {"zone": {"zone": name, "at": at(begin), "lasts": lasts}}


def streaming(begin: str, lasts: str) -> dict[str, Any]:
    return {"streaming": {"at": at(begin), "lasts": lasts}}


# --- coming back


def test_who_is_cut_off_comes_back_and_works_the_rest() -> None:
    """F2: 09:00 to 11:00 are 2 of 8 h. Back at 11:02, refused until the zone is there at 11:05, so
    connected at 11:06, and 6 h more: 17:06."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        outages=[zone("11:00", "5 min")],
    )
    expect(
        day.sessions,
        "connected  ended  delivered  outcome  cause\n09:00  17:06  8 h  ended  none",
    )
    expect(
        day.interruptions,
        "session  outage  cause        at     back\n0  0  zone-outage  11:00  11:06",
    )
    expect(
        day.logons,
        """
        attempt  arrival  done   outcome    cause
        1        09:00    09:00  connected  none
        2        11:02    11:02  refused    zone-outage
        3        11:04    11:04  refused    zone-outage
        4        11:06    11:06  connected  none
        """,
    )


def test_a_shift_that_ends_on_time_loses_what_the_outage_took() -> None:
    """F2: planned 09:00 to 17:00, cut from 11:00 to 11:06: 7 h 54 min delivered."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        people={"session_end": "fixed_departure"},
        outages=[zone("11:00", "5 min")],
    )
    expect(day.sessions, "ended  delivered      outcome\n17:00  7 h 54 min  ended")


def test_who_loses_patience_is_cut_at_the_interruption() -> None:
    """F2: patience of 5 min counts from 11:00: tries at 11:02 and 11:04; 11:06 is too late."""
    day = story(
        "arrival  connected  ending  patience\n09:00  8 h  logoff  5 min",
        outages=[zone("11:00", "1 h")],
    )
    expect(
        day.sessions,
        """
        ended  disconnected  delivered  ending      outcome  cause
        11:00  11:00         2 h        disconnect  cut      zone-outage
        """,
    )
    expect(day.interruptions, "at     back\n11:00  -")
    assert len(day.logons.table) == 3


def test_who_gives_up_gives_up_at_once() -> None:
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        people={"after_interruption": "give_up"},
        outages=[zone("11:00", "1 h")],
    )
    expect(day.sessions, "ended  delivered  outcome\n11:00  2 h  cut")
    assert len(day.logons.table) == 1


def test_a_second_outage_interrupts_again() -> None:
    """F2: 2 h, back at 11:02, 58 min, back at 12:02, and 5 h 2 min to make 8 h: 17:04."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        outages=[zone("11:00", "1 min"), zone("12:00", "1 min")],
    )
    expect(day.interruptions, "outage  at     back\n0  11:00  11:02\n1  12:00  12:02")
    expect(day.sessions, "connected  ended  delivered\n09:00  17:04  8 h")


def test_an_outage_at_the_end_of_the_run_leaves_the_session_open() -> None:
    """M10: still trying at midnight."""
    day = story(
        "arrival  connected  ending  patience\n20:00  8 h  logoff  9 h",
        outages=[zone("23:00", "2 h")],
    )
    expect(
        day.sessions,
        "connected  ended  delivered  outcome  cause\n20:00  -  3 h  open  horizon",
    )
    expect(day.interruptions, "at     back\n23:00  -")


def test_an_attempt_that_loses_its_desktop_is_refused() -> None:
    """F2: started at 09:00 for 5 min, refused at 09:02; its next tries find the zone lost."""
    day = story(
        "arrival  connected  ending\n09:00  1 h  logoff",
        logon={"resume": "5 min"},
        outages=[zone("09:02", "3 min")],
    )
    expect(
        day.logons,
        """
        arrival  start  done   outcome    cause
        09:00    2 min  09:02  refused    zone-outage
        09:04    0 s    09:04  refused    zone-outage
        09:06    5 min  09:11  connected  none
        """,
    )
    expect(day.sessions, "connected  waited  outcome\n09:11  11 min  ended")
    assert len(day.interruptions.table) == 0


def test_a_connection_that_outlived_its_user_is_no_interruption() -> None:
    day = story(
        "arrival  connected  ending\n09:00  1 h  left-connected",
        outages=[zone("11:00", "1 h")],
    )
    expect(day.sessions, "ended  disconnected  outcome\n10:00  11:00  ended")
    assert len(day.interruptions.table) == 0


# --- desktops of a lost zone


@pytest.mark.parametrize(
    ("plan", "states"),
    [
        ("11:30  1 h", "stopped"),  # stopped before, and after
        ("08:00  8 h", "available"),
        ("09:30  10 min", "available"),  # inside its timeout
    ],
)
def test_an_autostop_desktop_is_stopped_after_the_outage(plan: str, states: str) -> None:
    """F3: UNHEALTHY from 10:00 to 11:00, STOPPED from then on; the run ends at 10:00."""
    day = story(
        f"arrival  connected  patience\n{plan}  0 s",
        outages=[zone("10:00", "1 h")],
    )
    rows = list(zip(*(day.states.table[name].tolist() for name in ("begin", "end")), strict=True))
    hour = 3_600_000
    assert (10 * hour, 11 * hour) in rows
    if states == "available":
        assert day.runs.table["end"][0] == 10 * hour


def test_what_was_stopped_keeps_its_users_session() -> None:
    """F3: disconnected at 10:00, stopped at 11:00, lost from 12:00 to 13:00: no OS logon at 14:00;
    lost while it ran: an OS logon."""
    plan = "arrival  connected  ending\n09:00  1 h  disconnect\n14:00  1 h  logoff"
    logon = {"os_logon": "30 s"}
    day = story(plan, logon=logon, outages=[zone("12:00", "1 h")])
    expect(day.logons, "os_logon\n30 s\n0 s")
    day = story(plan, logon=logon, outages=[zone("10:30", "1 h")])
    expect(day.logons, "os_logon\n30 s\n30 s")


def test_an_alwayson_desktop_starts_after_the_outage() -> None:
    """F3: lost from 11:00 to 11:05, then STARTING for 4 min; ann at 11:06 waits 3 min of it."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        fleet=ALWAYS_ON,
        logon={"resume": "4 min"},
        outages=[zone("11:00", "5 min")],
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  11:00  available
        11:00  11:05  unhealthy
        11:05  11:09  starting
        11:09  24:00  available
        """,
    )
    expect(day.interruptions, "at     back\n11:00  11:09")


def test_two_outages_hold_a_zone_until_both_are_over() -> None:
    """F3: 10:00 to 12:00 and 11:00 to 13:00; refused with the cause of the first."""
    day = story(
        "arrival  connected  patience\n12:30  1 h  0 s",
        outages=[
            zone("10:00", "2 h"),
            {"region": {"at": at("11:00"), "lasts": "2 h"}},
        ],
    )
    expect(
        day.states,
        "begin  end  state\n00:00  10:00  stopped\n10:00  13:00  unhealthy\n13:00  24:00  stopped",
    )
    expect(day.logons, "outcome  cause\nrefused  zone-outage")


def test_a_creation_begins_anew_after_the_outage() -> None:
    """F3: created from 09:00 for 20 min, lost at 09:10 for an hour: PENDING 10:10 to 10:30."""
    day = story(
        users={"ann": {"joins": "09:00"}},
        outages=[zone("09:10", "1 h")],
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  absent
        09:00  09:10  pending
        09:10  10:10  unhealthy
        10:10  10:30  pending
        10:30  24:00  stopped
        """,
    )
    expect(day.operations, "at     operation  done\n09:00  create  10:30")


def test_a_creation_that_does_not_begin_anew_in_the_run_is_never_finished() -> None:
    """F3: created from 09:00 for 20 min, lost from 09:10 on to the end."""
    day = story(users={"ann": {"joins": "09:00"}}, outages=[zone("09:10", "20 h")])
    expect(day.operations, "at     operation  done\n09:00  create  -")


def test_what_was_finished_before_an_outage_stays_finished() -> None:
    """F3: created by 08:20; the start of 1 min after the outage is no part of the creation."""
    day = story(
        users={"ann": {"joins": "08:00"}},
        fleet=ALWAYS_ON,
        logon={"resume": "1 min"},
        outages=[zone("09:10", "1 h")],
    )
    expect(day.states.rows(state=DesktopState.STARTING), "begin  end\n10:10  10:11")
    expect(day.operations, "at     operation  done\n08:00  create  08:20")


def test_a_start_by_an_operation_is_finished_after_the_outage() -> None:
    """O3, F3: a start of 10 min from 09:05 on is lost at 09:10, and made from 10:10 to 10:20."""
    day = story(
        operations="at  operation  to\n09:05  switch-mode  AlwaysOn",
        fleet={"logon": {"resume": "10 min", "cold_start": "10 min"}},
        outages=[zone("09:10", "1 h")],
    )
    expect(day.operations, "at     operation    done\n09:05  switch-mode  10:20")


def test_nobody_is_placed_in_a_lost_zone() -> None:
    """F3: bob joins while zone a is lost and is created in b; eve finds none when both are.

    She is created when the first of them is back; max, who joined with her, left before.
    """
    day = story(
        zones={"a": {}, "b": {}},
        users={
            "ann": {},
            "bob": {"joins": "09:30"},
            "eve": {"joins": "10:30"},
            "max": {"joins": "10:30", "leaves": "10:50"},
        },
        outages=[zone("09:00", "2 h"), zone("10:00", "1 h 30 min", "b")],
    )
    assert day.desktops.table["zone"].tolist() == ["a", "b", "a"]
    expect(
        day.operations,
        """
        at     user  operation  accepted  cause
        09:30  bob   create     yes       none
        10:30  eve   create     no        zone-outage
        10:30  max   create     no        zone-outage
        10:50  max   delete     no        wrong-state
        11:00  eve   create     yes       none
        """,
    )


def test_a_full_zone_is_not_waited_for() -> None:
    """F3: eve is tried again when zone b is back, finds it as full as a, and is given up."""
    day = story(
        zones={"a": {"ip_addresses": 1}, "b": {"ip_addresses": 1}},
        users={"ann": {"leaves": "13:00"}, "bob": {}, "eve": {"joins": "10:30"}},
        outages=[zone("10:00", "1 h", "b"), zone("14:00", "1 h", "b")],
    )
    expect(
        day.operations,
        """
        at     user  operation  accepted  cause
        10:30  eve   create     no        zone-outage
        11:00  eve   create     no        no-address
        13:00  ann   delete     yes       none
        """,
    )


def test_only_the_desktops_of_the_zone_are_hit() -> None:
    """H2: ann in a, bob in b."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    4 h        logoff
        bob   09:00    4 h        logoff
        """,
        zones={"a": {}, "b": {}},
        outages=[zone("10:00", "1 min")],
    )
    expect(day.interruptions, "user  back\nann  10:02")
    expect(day.sessions.rows(user=1), "ended  delivered\n13:00  4 h")


def test_an_outage_before_the_run_is_there_from_its_beginning() -> None:
    day = story(
        "arrival  connected  patience\n00:30  1 h  0 s",
        outages=[{"zone": {"zone": "a", "at": "2026-08-31T23:00Z", "lasts": "2 h"}}],
    )
    expect(day.states, "begin  end  state\n00:00  01:00  unhealthy\n01:00  24:00  stopped")


# --- hosts

METAL = {"metal": {"zone": "a", "count": 2, "vcpu": 2, "memory": "8 GB"}}


def host(begin: str, lasts: str, count: int = 2) -> dict[str, Any]:
    return {"hosts": {"group": "metal", "at": at(begin), "lasts": lasts, "count": count}}


def test_a_creation_begins_anew_however_many_outages_there_were() -> None:
    """F3: made from 09:00 to 09:10, when its host fails until 10:10, its zone from 09:30 to 09:40:
    the 20 min begin anew at 10:10."""
    day = story(
        fleet={**ALWAYS_ON, "hosts": ["metal"], "provisioning": "20 min"},
        users={"ann": {"joins": "09:00"}},
        host_groups={"metal": {**METAL["metal"], "count": 1}},
        outages=[host("09:10", "1 h", count=1), zone("09:30", "10 min")],
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  absent
        09:00  09:10  pending
        09:10  10:10  unhealthy
        10:10  10:30  pending
        10:30  24:00  available
        """,
    )


def test_an_autostop_desktop_of_a_failed_host_is_stopped() -> None:
    """F4: both hosts fail at 11:00, so STOPPED is all it can be, and nobody gets in."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        fleet={"hosts": ["metal"]},
        host_groups=METAL,
        outages=[host("11:00", "12 h")],
    )
    expect(day.interruptions, "cause         at     back\nhost-failure  11:00  -")
    expect(
        day.states.rows(desktop=0),
        "begin  end  state\n00:00  09:00  stopped\n09:00  11:00  available\n11:00  24:00  stopped",
    )
    assert set(day.logons.table["cause"].tolist()) == {0, 1}  # connected; no room on hosts


def test_an_autostop_desktop_of_a_failed_host_starts_elsewhere() -> None:
    """F4: `first-fit` put it on host 0; with 0 lost, it starts on 1 at 11:02."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        fleet={"hosts": ["one", "two"]},
        host_groups={"one": {**METAL["metal"], "count": 1}, "two": {**METAL["metal"], "count": 1}},
        outages=[{"hosts": {"group": "one", "at": at("11:00"), "lasts": "12 h"}}],
    )
    expect(day.interruptions, "cause         at     back\nhost-failure  11:00  11:02")
    expect(
        day.host_load, "host  at     desktops\n0  09:00  1\n0  11:00  0\n1  11:02  1\n1  18:02  0"
    )


def test_an_alwayson_desktop_restarts_on_another_host() -> None:
    """F4: two hosts of one slot each, one desktop; whichever fails, it restarts at 11:00 or never
    notices, and with both failed it waits for the repair at 12:00."""
    both = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        fleet={**ALWAYS_ON, "hosts": ["metal"]},
        host_groups=METAL,
        logon={"resume": "3 min"},
        outages=[host("11:00", "1 h")],
    )
    expect(
        both.states,
        """
        begin  end    state
        00:00  11:00  available
        11:00  12:00  unhealthy
        12:00  12:03  starting
        12:03  24:00  available
        """,
    )
    first = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        fleet={**ALWAYS_ON, "hosts": ["one", "two"]},
        host_groups={"one": {**METAL["metal"], "count": 1}, "two": {**METAL["metal"], "count": 1}},
        logon={"resume": "3 min"},
        outages=[{"hosts": {"group": "one", "at": at("11:00"), "lasts": "1 h"}}],
    )
    expect(
        first.states,
        """
        begin  end    state
        00:00  11:00  available
        11:00  11:03  starting
        11:03  24:00  available
        """,
    )
    expect(first.interruptions, "at     back\n11:00  11:03")


# --- the directory


def test_a_lost_directory_answers_nobody_and_disturbs_nobody() -> None:
    """F6: ann works on; bob and cid queue from 09:05 and 09:06 to 09:10, one server, 10 s each."""
    day = story(
        """
        user  arrival  connected  directory_service
        ann   09:00    1 h        10 s
        bob   09:05    1 h        10 s
        cid   09:06    1 h        10 s
        """,
        directory={"servers": 1},
        outages=[{"directory": {"at": at("09:02"), "lasts": "8 min"}}],
    )
    expect(
        day.logons,
        """
        user  directory_wait  done
        ann   0 s             09:00:10
        bob   5 min           09:10:10
        cid   4 min 10 s      09:10:20
        """,
    )


def test_one_of_two_servers_goes_on() -> None:
    """F6: from 09:02 on one server: cid waits for bob."""
    day = story(
        """
        user  arrival  connected  directory_service
        bob   09:05    1 h        10 s
        cid   09:05    1 h        10 s
        """,
        directory={"servers": 2},
        outages=[{"directory": {"at": at("09:02"), "lasts": "8 min", "servers": 1}}],
    )
    expect(day.logons, "user  directory_wait\nbob  0 s\ncid  10 s")


def test_who_is_being_answered_still_is() -> None:
    """F6: begun at 09:00 for 5 min, lost at 09:02: done at 09:05."""
    day = story(
        "arrival  connected  directory_service\n09:00  1 h  5 min",
        directory={"servers": 1},
        outages=[{"link": {"at": at("09:02"), "lasts": "1 h"}}],
    )
    expect(day.logons, "directory_wait  done\n0 s  09:05")


# --- streaming and the control plane


def test_lost_streaming_disconnects_and_the_desktop_runs_on() -> None:
    """F7: the timeout begins at 11:00; back at 11:06 inside it: no start, no OS logon."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        fleet={"reconnect_window": "0 s"},
        logon={"resume": "1 min", "os_logon": "30 s"},
        outages=[streaming("11:00", "5 min")],
    )
    expect(day.interruptions, "cause             at     back\nstreaming-outage  11:00  11:06")
    expect(day.logons.rows(attempt=4), "start  os_logon  outcome\n0 s  0 s  connected")
    assert len(day.runs.table) == 1


ALL_STAGES = {
    "network_check": "1 s",
    "directory_service": "2 s",
    "mfa": "3 s",
    "broker": "4 s",
    "streaming": "5 s",
    "os_logon": "30 s",
}
PATH: dict[str, Any] = {
    "access": {"network_check": {}, "mfa": {}, "broker": {}},
    "directory": {"service_time": "2 s"},
}


def test_a_client_reconnects_by_itself_when_streaming_is_back() -> None:
    """F11: cut off at 11:00, asked for at 11:05, 5 s of streaming and nothing else. It is the
    same session: 8 h from 09:00:45, and 5 min 5 s more."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        logon=ALL_STAGES,
        outages=[streaming("11:00", "5 min")],
        **PATH,
    )
    expect(day.interruptions, "at     back\n11:00  11:05:05")
    expect(
        day.logons,
        """
        arrival  network_check  directory_service  mfa  broker  streaming  os_logon  done
        09:00    1 s            2 s                3 s  4 s     5 s        30 s      09:00:45
        11:05    0 s            0 s                0 s  0 s     5 s        0 s       11:05:05
        """,
    )
    expect(day.sessions, "connected  ended     delivered\n09:00:45   17:05:50  8 h")
    assert len(day.runs.table) == 1


def test_beyond_the_window_people_log_on_anew() -> None:
    """F11: the client gives up at 11:20; tries at 11:22, 11:24, ..., and at 11:30, when patience
    counted from 11:00 is just not over."""
    day = story(
        "arrival  connected\n09:00  8 h",
        logon={"directory_service": "0 s", "streaming": "5 s"},
        outages=[streaming("11:00", "30 min")],
    )
    expect(day.interruptions, "at     back\n11:00  11:30:05")
    expect(
        day.logons,
        """
        attempt  arrival  outcome    cause
        1        09:00    connected  none
        2        11:22    refused    streaming-outage
        3        11:24    refused    streaming-outage
        4        11:26    refused    streaming-outage
        5        11:28    refused    streaming-outage
        6        11:30    connected  none
        """,
    )


@pytest.mark.parametrize(("lasts", "back"), [("20 min", "11:20"), ("1200001 ms", "11:22")])
def test_the_last_instant_of_the_window_is_inside_it(lasts: str, back: str) -> None:
    """F11: reconnected at 11:20; a millisecond later people are on their own, at 11:22."""
    day = story("arrival  connected\n09:00  8 h", outages=[streaming("11:00", lasts)])
    expect(day.interruptions, f"at     back\n11:00  {back}")
    assert len(day.logons.table) == 2


def test_patience_and_the_departure_end_the_wait_for_the_client() -> None:
    """F11: ann's patience is over at 11:10, bob's shift at 11:15; streaming is back at 11:18, in
    time for cid. What was cut ended at 11:00."""
    day = story(
        """
        user  arrival  connected  patience
        ann   09:00    8 h        10 min
        cid   09:00    8 h        30 min
        """,
        outages=[streaming("11:00", "18 min")],
    )
    expect(
        day.sessions,
        """
        user  ended  outcome  cause
        ann   11:00  cut      streaming-outage
        cid   17:18  ended    none
        """,
    )
    expect(day.interruptions, "user  back\nann   -\ncid   11:18")
    shift = story(
        "arrival  connected\n09:00  135 min",
        people={"session_end": "fixed_departure"},
        outages=[streaming("11:00", "18 min")],
    )
    expect(shift.sessions, "ended  outcome  cause\n11:00  cut      streaming-outage")
    assert len(shift.logons.table) == 1


def test_a_departure_at_the_return_of_streaming_comes_first() -> None:
    """F11, M2: patience that ends with the return is no reason to leave, a shift that does is."""
    day = story(
        "arrival  connected  patience\n09:00  8 h  15 min",
        outages=[streaming("11:00", "15 min")],
    )
    expect(day.interruptions, "back\n11:15")
    shift = story(
        "arrival  connected\n09:00  135 min",
        people={"session_end": "fixed_departure"},
        outages=[streaming("11:00", "15 min")],
    )
    expect(shift.interruptions, "back\n-")
    assert len(shift.logons.table) == 1


def test_who_gives_up_when_interrupted_does_not_wait_for_the_client() -> None:
    day = story(
        "arrival  connected\n09:00  8 h",
        people={"after_interruption": "give_up"},
        outages=[streaming("11:00", "5 min")],
    )
    expect(day.sessions, "ended  outcome\n11:00  cut")


def test_a_client_starts_a_desktop_that_stopped_meanwhile() -> None:
    """F11, D2, M4: stopped at 12:00, streaming back at 12:30: 60 s to resume, 5 s of streaming;
    it hibernated, so no OS logon."""
    day = story(
        "arrival  connected  patience\n09:00  8 h  3 h",
        fleet={"reconnect_window": "2 h"},
        logon={"resume": "60 s", "streaming": "5 s", "os_logon": "30 s"},
        outages=[streaming("11:00", "90 min")],
    )
    expect(day.logons.rows(attempt=2), "arrival  start  streaming  os_logon\n12:30  60 s  5 s  0 s")
    expect(day.interruptions, "back\n12:31:05")


def test_a_client_waits_until_the_last_outage_of_streaming_is_over() -> None:
    """F11: 11:00 to 11:10, and 11:05 to 11:15."""
    day = story(
        "arrival  connected\n09:00  8 h",
        outages=[streaming("11:00", "10 min"), streaming("11:05", "10 min")],
    )
    expect(day.interruptions, "outage  at     back\n0       11:00  11:15")


def test_a_reconnection_that_streaming_leaves_again_is_refused() -> None:
    """F11, M5: back at 11:05, lost again within the minute that streaming takes; from then on ann
    tries herself, at 11:07:30."""
    day = story(
        "arrival  connected  streaming\n09:00  8 h  1 min",
        outages=[streaming("11:00", "5 min"), streaming("11:05:30", "1 min")],
    )
    expect(
        day.logons,
        """
        attempt  arrival   done      outcome    cause
        1        09:00     09:01     connected  none
        2        11:05     11:05:30  refused    streaming-outage
        3        11:07:30  11:08:30  connected  none
        """,
    )


def test_a_client_finds_that_the_desktop_was_lost_meanwhile() -> None:
    """F11, F3: streaming is back at 11:10, but the zone was lost at 11:05."""
    day = story(
        "arrival  connected  patience\n09:00  8 h  11 min",
        outages=[streaming("11:00", "10 min"), zone("11:05", "1 h")],
    )
    expect(
        day.logons.rows(attempt=2),
        "arrival  done   outcome  cause\n11:10  11:10  refused  zone-outage",
    )


def test_a_client_that_waits_at_the_end_is_open() -> None:
    """M10: streaming is lost at 23:50 and not back by midnight."""
    day = story(
        "arrival  connected\n22:00  4 h",
        outages=[streaming("23:50", "1 h")],
    )
    expect(day.sessions, "ended  outcome  cause\n-      open     horizon")
    expect(day.interruptions, "at     back\n23:50  -")


@pytest.mark.parametrize(
    ("timeout", "os_logon", "sessions"), [("15 min", "0 s", 1), ("5 min", "30 s", 2)]
)
def test_a_client_of_a_pool_reconnects_to_the_user_session_or_gets_another(
    timeout: str, os_logon: str, sessions: int
) -> None:
    """F11, P5, P7: streaming is back after 10 min; the user session is held for the timeout."""
    day = story(
        "arrival  connected\n09:00  8 h",
        pool={"disconnect_timeout": timeout, "minimum": 2},
        logon={"streaming": "5 s", "os_logon": "30 s"},
        outages=[streaming("11:00", "10 min")],
    )
    expect(day.logons.rows(attempt=2), f"arrival  streaming  os_logon\n11:10  5 s  {os_logon}")
    assert len(day.user_sessions.table) == sessions


def test_streaming_of_another_region_brings_no_client_back() -> None:
    """F7, F11: both Regions lose streaming at 11:00, one for 5 and one for 10 min."""
    day = story(
        "user  arrival  connected\nann  09:00  8 h\ncid  09:00  8 h",
        users={"ann": {}, "cid": {"fleet": "west"}},
        outages=[
            {"streaming": {"at": at("11:00"), "lasts": "5 min"}},
            {"streaming": {"region": "us-west-2", "at": at("11:00"), "lasts": "10 min"}},
        ],
        **TWO_REGIONS,
    )
    expect(day.interruptions, "user  back\nann   11:05\ncid   11:10")


def test_a_long_loss_of_streaming_lets_the_desktop_stop() -> None:
    """F7, D2: disconnected at 11:00, stopped at 12:00."""
    day = story(
        "arrival  connected  ending  patience\n09:00  8 h  logoff  10 min",
        outages=[streaming("11:00", "3 h")],
    )
    expect(day.runs, "begin  end\n09:00  12:00")


def test_without_a_control_plane_nothing_starts_but_what_runs_goes_on() -> None:
    """F8: ann reconnects inside her timeout; bob's stopped desktop cannot be started."""
    day = story(
        """
        user  arrival  connected  ending      patience
        ann   09:00    1 h        disconnect  0 s
        ann   10:30    1 h        logoff      0 s
        bob   10:30    1 h        logoff      0 s
        """,
        outages=[{"control_plane": {"at": at("10:00"), "lasts": "1 h"}}],
    )
    expect(
        day.logons,
        """
        user  outcome    cause
        ann   connected  none
        ann   connected  none
        bob   refused    control-plane-outage
        """,
    )


def test_operations_and_creations_wait_for_the_control_plane() -> None:
    """F8: the migration is refused; the desktop of bob, who joins at 10:30, is created at 11:00."""
    day = story(
        "user  arrival  connected\nann  20:00  1 h",
        users={"ann": {}, "bob": {"joins": "10:30"}},
        operations="at  user  operation\n10:15  ann  migrate",
        outages=[{"control_plane": {"at": at("10:00"), "lasts": "1 h"}}],
    )
    expect(
        day.operations,
        """
        at     user  operation  accepted  cause
        10:15  ann   migrate    no        control-plane-outage
        10:30  bob   create     no        control-plane-outage
        11:00  bob   create     yes       none
        """,
    )


# --- pools


def test_a_pool_loses_the_instances_of_a_zone_and_launches_elsewhere() -> None:
    """F5: instances 0 (a, ann) and 1 (b); 2 is requested in b at once and there at 11:10, but ann
    is back on instance 1 at 11:02."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        pool={"minimum": 2},
        zones={"a": {}, "b": {}},
        outages=[zone("11:00", "1 h")],
    )
    expect(
        day.instances,
        """
        instance  zone  available  terminated  cause
        0         0     00:00      11:00       zone-outage
        1         1     00:00      17:02       session-over
        2         1     11:10      -           none
        3         0     17:12      -           none
        """,
    )
    expect(
        day.user_sessions,
        """
        instance  begin  end    cause
        0         09:00  11:00  zone-outage
        1         11:02  17:02  none
        """,
    )
    expect(day.interruptions, "at     back\n11:00  11:02")


def test_spare_places_follow_those_whom_an_outage_takes() -> None:
    """F5, P12: one place spare. At 09:30 ann and her instance are gone, and the other one is spare
    enough: nothing is launched before she comes back to it at 09:32, for 30 min more."""
    day = story(
        "arrival  connected  ending\n09:00  1 h  logoff",
        pool={"minimum": 0, "desired": 1, "scaling": [{"spare": 1}]},
        zones={"a": {}, "b": {}},
        outages=[zone("09:30", "12 h")],
    )
    expect(
        day.capacity,
        """
        at     target  desired  actual  pending  active
        00:00  1       1        1       0        0
        09:00  2       2        1       1        1
        09:10  2       2        2       0        1
        09:30  1       1        1       0        0
        09:32  2       2        1       1        1
        09:42  2       2        2       0        1
        10:02  1       1        1       0        0
        """,
    )


def test_a_pool_without_a_zone_to_go_to_fails_its_launches() -> None:
    """F5, P3: tried at 11:00 and every 5 min; there again at 12:00 + 10 min."""
    day = story(
        pool={"minimum": 1, "launch_retry": "30 min"},
        outages=[zone("11:00", "1 h")],
    )
    expect(
        day.launch_failures,
        "at     cause\n11:00  zone-outage\n11:30  zone-outage",
    )
    expect(day.instances, "available  terminated\n00:00  11:00\n12:10  -")


def test_a_disconnected_user_session_is_lost_without_an_interruption() -> None:
    day = story(
        "arrival  connected  ending\n09:00  1 h  disconnect",
        pool={"disconnect_timeout": "2 h"},
        outages=[zone("11:00", "1 h")],
    )
    expect(day.user_sessions, "end    cause\n11:00  zone-outage")
    assert len(day.interruptions.table) == 0


def test_a_pool_in_a_line_waits_through_the_loss_of_its_zone() -> None:
    """F5: bob is in line, not on an instance; he is served by the replacement at 12:10."""
    day = story(
        """
        user  arrival  connected  ending  patience
        ann   09:00    8 h        logoff  0 s
        bob   10:00    1 h        logoff  4 h
        """,
        pool={"admission": "queue", "launch_retry": "1 h"},
        outages=[zone("11:00", "1 h")],
    )
    expect(day.sessions.rows(user=1), "connected  waited\n12:10  2 h 10 min")


# --- rebuilding


def test_desktops_of_a_lost_zone_are_rebuilt_elsewhere_call_by_call() -> None:
    """F9: from 11:30 on; two calls at once (burst 2), then one a second; 20 min each."""
    names = ["ann", "bob", "cid", "dee"]
    day = story(
        zones={"a": {"weight": 1000}, "b": {"weight": 0.001}},
        users={name: {} for name in names},
        fleet={"recovery": {"rebuild": {"reaction": "30 min"}}},
        api_limits={"calls_per_second": 1, "burst": 2},
        outages=[zone("11:00", "6 h")],
    )
    expect(
        day.recoveries,
        """
        user  at        done
        ann   11:30     11:50
        bob   11:30     11:50
        cid   11:30:01  11:50:01
        dee   11:30:02  11:50:02
        """,
    )
    assert day.desktops.table["zone"].tolist() == ["a"] * 4 + ["b"] * 4
    ages = day.recoveries.table["data_age"]
    assert ((ages >= 0) & (ages < 12 * 3_600_000)).all()


def test_a_rebuilt_desktop_serves_its_user_again() -> None:
    """F9: cut at 11:00; the new desktop is there at 11:50, so the try at 11:50 connects."""
    day = story(
        "arrival  connected  ending  patience\n09:00  8 h  logoff  2 h",
        zones={"a": {"weight": 1000}, "b": {"weight": 0.001}},
        fleet={"recovery": {"rebuild": {"reaction": "30 min"}}},
        outages=[zone("11:00", "6 h")],
    )
    expect(day.interruptions, "at     back\n11:00  11:50")
    expect(day.sessions, "delivered  outcome\n8 h  ended")


def test_a_zone_that_is_back_in_time_is_not_rebuilt() -> None:
    day = story(
        zones={"a": {"weight": 1000}, "b": {"weight": 0.001}},
        fleet={"recovery": {"rebuild": {"reaction": "30 min"}}},
        outages=[zone("11:00", "30 min")],
    )
    assert len(day.recoveries.table) == 0


# --- Regions

TWO_REGIONS: dict[str, Any] = {
    "zones": {"a": {}, "w": {"region": "us-west-2"}},
    "fleets": {"office": {"zones": ["a"]}, "west": {"zones": ["w"], "region": "us-west-2"}},
}


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
@pytest.mark.parametrize("kind", ["region", "streaming", "control_plane"])
def test_a_region_loses_what_is_its_own(region: str, kind: str) -> None:
    """F3, F7, F8: from 11:00 for 5 min. ann and bob are in the Region of `office`, cid and dan in
    that of `west`; ann and cid are connected, bob and dan come at 11:01 and try again at 11:03,
    11:05. Nothing happens to those of the other Region."""
    day = story(
        """
        user  arrival  connected
        ann   09:00    8 h
        bob   11:01    1 h
        cid   09:00    8 h
        dan   11:01    1 h
        """,
        users={"ann": {}, "bob": {}, "cid": {"fleet": "west"}, "dan": {"fleet": "west"}},
        outages=[{kind: {"region": region, "at": at("11:00"), "lasts": "5 min"}}],
        **TWO_REGIONS,
    )
    connected, comer = ("ann", "bob") if region == "us-east-1" else ("cid", "dan")
    others = [name for name in ("ann", "bob", "cid", "dan") if name not in {connected, comer}]
    users = day.story.workload.users["name"].tolist()
    cut = [] if kind == "control_plane" else [users.index(connected)]
    assert day.interruptions.table["user"].tolist() == cut
    expect(day.logons.rows(user=users.index(comer)), "done\n11:01\n11:03\n11:05")
    for name in others:
        assert day.logons.rows(user=users.index(name)).table["outcome"].tolist() == [0]


def test_who_joins_another_region_is_created_at_once() -> None:
    """F8: ann joins at 10:30 a Region without a control plane until 11:00, bob another one."""
    day = story(
        users={"ann": {"joins": "10:30"}, "bob": {"joins": "10:30", "fleet": "west"}},
        outages=[{"control_plane": {"at": at("10:00"), "lasts": "1 h"}}],
        **TWO_REGIONS,
    )
    expect(
        day.operations,
        """
        at     user  operation  accepted  cause
        10:30  ann   create     no        control-plane-outage
        10:30  bob   create     yes       none
        11:00  ann   create     yes       none
        """,
    )


def test_who_joins_a_lost_region_is_created_when_it_is_back() -> None:
    """F8: bob joins at 10:30 a Region that is lost from 10:00 to 11:00, and cid after that."""
    day = story(
        users={"bob": {"joins": "10:30"}, "cid": {"joins": "11:00"}},
        outages=[{"region": {"at": at("10:00"), "lasts": "1 h"}}],
    )
    expect(
        day.operations,
        """
        at     user  operation  accepted  cause
        10:30  bob   create     no        region-outage
        11:00  bob   create     yes       none
        11:00  cid   create     yes       none
        """,
    )


def test_launches_fail_with_the_region_from_its_loss_on() -> None:
    """F8: the instance is lost at 10:00 and requested again at once, at 10:20 and at 10:40; the
    launch of 11:00 comes after the end of the loss."""
    day = story(
        pool={"minimum": 1, "launch_retry": "20 min", "provisioning": "10 min"},
        outages=[{"region": {"at": at("10:00"), "lasts": "1 h"}}],
    )
    expect(
        day.launch_failures,
        """
        at     cause
        10:00  region-outage
        10:20  region-outage
        10:40  region-outage
        """,
    )
    expect(day.instances.rows(instance=1), "requested  available\n11:00  11:10")


def test_a_full_zone_is_not_a_lost_one() -> None:
    """cid has the only address in us-west-2: bob and a pool have none, whatever is lost."""
    day = story(
        users={
            "ann": {"joins": "10:30"},
            "bob": {"joins": "10:30", "fleet": "west"},
            "cid": {"fleet": "west"},
        },
        zones={"a": {}, "w": {"region": "us-west-2", "ip_addresses": 1}},
        fleets=TWO_REGIONS["fleets"],
        pools={"both": {"zones": ["w"], "region": "us-west-2"}},
        outages=[zone("10:00", "1 h")],
    )
    expect(day.operations, "user  cause\nann   zone-outage\nbob   no-address\nann   none")
    assert set(day.launch_failures.table["cause"].tolist()) == {Cause.NO_ADDRESS}


def test_a_pool_launches_while_another_region_has_no_control_plane() -> None:
    """F8: one instance each from the beginning, used from 10:30 on and replaced at 11:30, which
    the pool without a control plane can do at 12:00, with its next try after that."""
    pool = {"minimum": 1, "maximum": 1, "launch_retry": "20 min"}
    day = story(
        """
        user  arrival  connected  ending
        ann   10:30    1 h        logoff
        bob   10:30    1 h        logoff
        """,
        zones={"a": {}, "w": {"region": "us-west-2"}},
        pools={"office": {**pool, "zones": ["a"]},
               "west": {**pool, "zones": ["w"], "region": "us-west-2"}},
        users={"ann": {}, "bob": {"fleet": "west"}},
        outages=[{"control_plane": {"at": at("11:00"), "lasts": "1 h"}}],
    )  # fmt: skip
    expect(
        day.instances,
        """
        instance  pool  requested  available
        0         0     00:00      00:00
        1         1     00:00      00:00
        2         1     11:30      11:40
        3         0     12:10      12:20
        """,
    )
