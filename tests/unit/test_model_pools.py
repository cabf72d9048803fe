"""Stories about pools: who gets a place, who is refused or waits, and what becomes of instances.

Rules P1 to P8 of docs/model.md. Unless a story says otherwise the pool `office` has AlwaysOn
instances with one place each, one of them there at the start, 10 at most, 10 minutes to provision
one, and a disconnected session keeps its place for 15 minutes.
"""

from itertools import count
from typing import Any
from unittest.mock import Mock

import pytest

from sim.model.agenda import CAPACITY, Agenda
from sim.model.instances import Instance
from sim.model.pool import Pool
from sim.units import HOUR
from tests.unit.stories import expect, story, tell

REFUSED = {
    "metric": "InsufficientCapacityError",
    "comparison": ">=",
    "threshold": 1,
    "period": "1 min",
}
"""An alarm that goes off at the end of each minute in which somebody is refused."""


def test_an_instance_serves_one_session_and_is_replaced() -> None:
    """P4: gone at the logoff at 10:00, replaced at 10:10, and nobody can come between."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        bob   10:09    1 h        logoff
        cid   10:10    1 h        logoff
        """,
        pool={},
        people={"patience": "0 s"},
    )
    expect(
        day.instances,
        """
        instance  requested  available  used   terminated  cause
        0         00:00      00:00      09:00  10:00       session-over
        1         10:00      10:10      10:10  11:10       session-over
        2         11:10      11:20      -      -           none
        """,
    )
    expect(
        day.sessions,
        """
        user  connected  ended  outcome    cause
        ann   09:00      10:00  ended      none
        bob   -          -      abandoned  patience
        cid   10:10      11:10  ended      none
        """,
    )
    expect(
        day.logons.rows(user=1),
        """
        arrival  done   outcome  cause
        10:09    10:09  refused  no-pool-capacity
        """,
    )


def test_a_place_that_is_kept_serves_the_next_at_once() -> None:
    """P4 with `keep`: at 10:00 ann's logoff comes before bob's request."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        bob   10:00    1 h        logoff
        """,
        pool={"after_session": "keep"},
        people={"patience": "0 s"},
    )
    expect(
        day.instances,
        """
        instance  available  used   terminated
        0         00:00      09:00  -
        """,
    )
    expect(
        day.user_sessions,
        """
        instance  user  begin  connected  end    cause
        0         ann   09:00  09:00      10:00  none
        0         bob   10:00  10:00      11:00  none
        """,
    )


def test_a_replacement_without_delay_serves_at_the_same_instant() -> None:
    """P8: disconnections, then capacity, then requests; so a pool of one is a single server."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        bob   10:00    1 h        logoff
        """,
        pool={"provisioning": "0 s"},
        people={"patience": "0 s"},
    )
    expect(
        day.instances,
        """
        instance  requested  available  used   terminated
        0         00:00      00:00      09:00  10:00
        1         10:00      10:00      10:00  11:00
        2         11:00      11:00      -      -
        """,
    )


def test_a_refused_user_tries_again_until_patience_ends() -> None:
    """P5.5, M5: tries at 09:10, 09:15, 09:20; the next, at 09:25, is past a patience of 12 min."""
    day = story(
        """
        user  arrival  connected  ending  retry_after  patience
        ann   09:00    1 h        logoff  5 min        1 h
        bob   09:10    1 h        logoff  5 min        12 min
        """,
        pool={},
    )
    expect(
        day.logons.rows(user=1),
        """
        attempt  arrival  outcome  cause
        1        09:10    refused  no-pool-capacity
        2        09:15    refused  no-pool-capacity
        3        09:20    refused  no-pool-capacity
        """,
    )
    expect(
        day.sessions.rows(user=1),
        """
        waited  outcome    cause
        10 min  abandoned  patience
        """,
    )


# --- reconnecting


def test_a_disconnected_session_keeps_its_place_for_a_while() -> None:
    """P7: gone at 10:00 for good, the place is held to 10:15 and free for nobody."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        disconnect
        bob   10:14    1 h        logoff
        """,
        pool={},
        people={"patience": "0 s"},
    )
    expect(
        day.user_sessions,
        """
        user  begin  end    cause
        ann   09:00  10:15  disconnect-timeout
        """,
    )
    expect(
        day.capacity,
        """
        at     target  desired  actual  pending  active
        00:00  1       1        1       0        0
        09:00  1       1        1       0        1
        10:15  1       1        0       1        0
        10:25  1       1        1       0        0
        """,
    )


@pytest.mark.parametrize(
    ("back", "places"),
    [
        ("10:14:59.999", [("09:00", "11:14:59.999")]),
        ("10:15", [("09:00", "10:15"), ("10:15", "11:15")]),
    ],
)
def test_who_comes_back_in_time_goes_on_where_they_were(
    back: str, places: list[tuple[str, str]]
) -> None:
    """P5.3, P7: a request before 10:15 reconnects; at that instant the place is given up."""
    day = story(
        f"""
        arrival  connected  ending
        09:00    1 h        disconnect
        {back}   1 h        logoff
        """,
        pool={"minimum": 2},
    )
    rows = "\n".join(f"ann  {begin}  {end}" for begin, end in places)
    expect(day.user_sessions, f"user  begin  end\n{rows}")


def test_a_reconnection_needs_neither_start_nor_profile_nor_os_logon() -> None:
    """P5.3, P5.4: the first logon takes 60 + 10 + 5 + 30 s, the second 5 s."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 h        disconnect
        10:05    1 h        logoff
        """,
        pool={"running_mode": "AutoStop"},
        logon={"cold_start": "60 s", "profile": "10 s", "streaming": "5 s", "os_logon": "30 s"},
    )
    expect(
        day.logons,
        """
        arrival  start  profile  streaming  os_logon  done      start_kind
        09:00    60 s   10 s     5 s        30 s      09:01:45  cold
        10:05    0 s    0 s      5 s        0 s       10:05:05  none
        """,
    )
    expect(
        day.user_sessions,
        """
        session  begin  connected  end
        0        09:00  09:01:45   11:05:05
        """,
    )


def test_a_lost_connection_holds_the_place_until_it_is_noticed_and_times_out() -> None:
    """M7, P7: left 10:00, noticed 10:20, held to 10:35."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 h        network-loss
        """,
        pool={"network_loss_detection": "20 min"},
    )
    expect(day.sessions, "ended  disconnected\n10:00  10:20")
    expect(day.user_sessions, "end    cause\n10:35  disconnect-timeout")


def test_forgotten_sessions_are_ended_by_the_idle_limit() -> None:
    """M7, P7: left connected at 10:00, disconnected at 10:30, held to 10:45."""
    day = story(
        """
        arrival  connected  ending          idle_from
        09:00    1 h        left-connected  1 h
        """,
        pool={"idle_disconnect_timeout": "30 min"},
    )
    expect(day.sessions, "ended  disconnected  outcome\n10:00  10:30  ended")
    expect(day.user_sessions, "end    cause\n10:45  disconnect-timeout")


def test_without_an_idle_limit_a_forgotten_session_lasts_to_the_maximum() -> None:
    """P7: connected at 09:01, a maximum of 12 h ends it at 21:01."""
    day = story(
        """
        arrival  connected  ending          idle_from
        09:00    1 h        left-connected  1 h
        """,
        pool={"maximum_duration": "12 h"},
        logon={"os_logon": "60 s"},
    )
    expect(day.sessions, "ended  disconnected  outcome\n10:01  21:01  ended")
    expect(day.user_sessions, "end    cause\n21:01  session-limit")


def test_the_maximum_cuts_a_session_short() -> None:
    """P7: 4 h from 09:00; of 8 planned hours 4 are delivered, and the user is over at 13:00."""
    day = story(
        """
        arrival  connected  ending
        09:00    8 h        logoff
        """,
        pool={"maximum_duration": "4 h"},
    )
    expect(
        day.sessions,
        """
        ended  delivered  ending      outcome  cause
        13:00  4 h        disconnect  cut      session-limit
        """,
    )
    expect(day.user_sessions, "end    cause\n13:00  session-limit")


def test_the_maximum_counts_from_the_first_connection() -> None:
    """P7: 09:00 to 10:00, back at 10:10, and 2 h after the first connection it is over: 11:00."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 h        disconnect
        10:10    3 h        logoff
        """,
        pool={"maximum_duration": "2 h"},
    )
    expect(day.sessions, "connected  ended  outcome\n09:00  10:00  ended\n10:10  11:00  cut")
    expect(day.user_sessions, "begin  end    cause\n09:00  11:00  session-limit")


def test_the_maximum_meets_a_session_that_is_disconnected() -> None:
    """P7: disconnected at 10:55 with 15 min to come back, but 2 h are over at 11:00."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 h 55 min  disconnect
        """,
        pool={"maximum_duration": "2 h"},
    )
    expect(day.user_sessions, "end    cause\n11:00  session-limit")


def test_the_maximum_meets_somebody_who_is_reconnecting() -> None:
    """P7: past the request at 10:59:58, connected only at 11:00:03: abandoned at 11:00."""
    day = story(
        """
        arrival   connected  ending      streaming
        09:00     1 h 50 min  disconnect  0 s
        10:59:58  1 h        logoff      5 s
        """,
        pool={"maximum_duration": "2 h"},
    )
    expect(
        day.sessions.rows(session=1),
        "waited  outcome    cause\n2 s     abandoned  session-limit",
    )
    expect(day.logons.rows(session=1), "streaming  done   outcome\n2 s  11:00  abandoned")


# --- AutoStop instances and several places


def test_the_maximum_meets_somebody_whose_shift_ends_while_reconnecting() -> None:
    """P7: connected since 09:01:30, so the maximum of 1 h is at 10:01:30. Ann is back at 10:00:50,
    would be connected at 10:01:50, and leaves at 10:01:40: the maximum comes first."""
    day = story(
        """
        user  arrival   connected  ending      streaming  os_logon
        ann   09:00     1 h        disconnect  60 s       30 s
        ann   10:00:50  50 s       disconnect  60 s       30 s
        """,
        pool={"maximum_duration": "60 min", "disconnect_timeout": "60 s"},
        people={"session_end": "fixed_departure"},
    )
    expect(
        day.logons.rows(session=1),
        """
        done      streaming  outcome    cause
        10:01:30  40 s       abandoned  session-limit
        """,
    )
    expect(day.user_sessions, "end       cause\n10:01:30  session-limit")


def test_an_autostop_instance_starts_for_its_first_user_and_others_wait_for_it() -> None:
    """P5.4: ann's start takes 60 s; bob, 20 s later on the same instance, waits 40 s of it."""
    day = story(
        """
        user  arrival   connected  ending
        ann   09:00     1 h        logoff
        bob   09:00:20  1 h        logoff
        cid   09:05     1 h        logoff
        """,
        pool={"running_mode": "AutoStop", "sessions_per_instance": 3, "minimum": 3, "maximum": 6},
        logon={"cold_start": "60 s"},
    )
    expect(
        day.logons,
        """
        user  desktop_wait  start  done   start_kind
        ann   0 s           60 s   09:01  cold
        bob   40 s          0 s    09:01  none
        cid   0 s           0 s    09:05  none
        """,
    )
    expect(day.instances, "used   terminated\n09:00  10:05\n-  -")


def test_a_kept_autostop_instance_starts_again_for_the_next() -> None:
    """P4, P5.4: it stops when its last user is gone."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        bob   11:00    1 h        logoff
        """,
        pool={"running_mode": "AutoStop", "after_session": "keep"},
        logon={"cold_start": "60 s"},
    )
    expect(day.logons, "start  start_kind\n60 s   cold\n60 s   cold")


@pytest.mark.parametrize(
    ("balancing", "taken"), [("depth-first", [0, 0, 1]), ("breadth-first", [0, 1, 0])]
)
def test_which_instance_takes_the_next_user(balancing: str, taken: list[int]) -> None:
    """P5.4: two places on each of two instances."""
    day = story(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:01    1 h
        cid   09:02    1 h
        """,
        pool={
            "sessions_per_instance": 2,
            "minimum": 4,
            "maximum": 4,
            "load_balancing": balancing,
        },
    )
    assert day.user_sessions.table["instance"].tolist() == taken


@pytest.mark.parametrize(
    ("balancing", "taken"), [("depth-first", [0, 0, 0, 1, 0]), ("breadth-first", [0, 1, 0, 1, 1])]
)
def test_the_fullest_or_the_emptiest_of_those_in_use(balancing: str, taken: list[int]) -> None:
    """P5.4: three places on each of two instances; eve comes when bob has gone. Depth-first, 0 has
    ann and cid, 1 has dee: she takes the fullest. Breadth-first, 0 has ann and cid, 1 has dee too,
    but she takes the emptiest."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    2 h        logoff
        bob   09:01    30 min     logoff
        cid   09:02    2 h        logoff
        dee   09:03    2 h        logoff
        eve   10:00    1 h        logoff
        """,
        pool={
            "sessions_per_instance": 3,
            "minimum": 6,
            "maximum": 6,
            "load_balancing": balancing,
        },
    )
    assert day.user_sessions.table["instance"].tolist() == taken


def test_an_instance_ends_with_its_last_user() -> None:
    """P4: bob's place is free at 09:30 and dee takes it; the instance ends at 11:00 with ann."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    2 h        logoff
        bob   09:00    30 min     logoff
        dee   09:30    30 min     logoff
        """,
        pool={"sessions_per_instance": 2, "minimum": 2, "maximum": 2},
        people={"patience": "0 s"},
    )
    expect(day.instances.rows(instance=0), "used   terminated\n09:00  11:00")
    assert day.user_sessions.table["instance"].tolist() == [0, 0, 0]


def test_the_instance_idle_longest_is_taken_first() -> None:
    """P5.4: 0 and 1 idle since the start, 2 since 09:10; so the order is 0 (ann), 1, 2."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 min      logoff
        bob   09:30    1 h        logoff
        cid   09:31    1 h        logoff
        """,
        pool={"minimum": 2, "provisioning": "9 min"},
    )
    assert day.user_sessions.table["instance"].tolist() == [0, 1, 2]


# --- waiting in line


def test_people_in_line_are_served_in_order() -> None:
    """P6: one place; bob and cid wait from 09:10 and 09:20 to 10:00 and 11:00."""
    day = story(
        """
        user  arrival  connected  ending  patience
        ann   09:00    1 h        logoff  3 h
        cid   09:20    1 h        logoff  3 h
        bob   09:10    1 h        logoff  3 h
        """,
        pool={"admission": "queue", "provisioning": "0 s"},
    )
    expect(
        day.logons,
        """
        user  arrival  desktop_wait  done   outcome
        ann   09:00    0 s           09:00  connected
        cid   09:20    1 h 40 min    11:00  connected
        bob   09:10    50 min        10:00  connected
        """,
    )
    expect(
        day.capacity,
        """
        at     active  waiting
        00:00  0       0
        09:00  1       0
        09:10  1       1
        09:20  1       2
        10:00  1       1
        11:00  1       0
        12:00  0       0
        """,
    )


@pytest.mark.parametrize(
    ("patience", "outcome"),
    [("50 min", "connected"), ("49 min 59 s 999 ms", "abandoned")],
)
def test_a_place_that_frees_when_patience_ends_is_theirs(patience: str, outcome: str) -> None:
    """P8: in line from 09:10; the place frees at 10:00, after 50 min."""
    day = story(
        f"""
        user  arrival  connected  ending  patience
        ann   09:00    1 h        logoff  3 h
        bob   09:10    1 h        logoff  {patience}
        """,
        pool={"admission": "queue", "provisioning": "0 s"},
    )
    waited = "50 min" if outcome == "connected" else patience
    expect(day.logons.rows(user=1), f"desktop_wait  outcome\n{waited}  {outcome}")


def test_patience_counts_from_the_first_attempt_and_ends_the_waiting() -> None:
    """P6: abandoned after 20 min in line, and the place at 10:00 goes to cid."""
    day = story(
        """
        user  arrival  connected  ending  patience
        ann   09:00    1 h        logoff  3 h
        bob   09:10    1 h        logoff  20 min
        cid   09:20    1 h        logoff  3 h
        """,
        pool={"admission": "queue", "provisioning": "0 s"},
    )
    expect(
        day.sessions,
        """
        user  connected  waited  outcome    cause
        ann   09:00      0 s     ended      none
        bob   -          20 min  abandoned  patience
        cid   10:00      40 min  ended      none
        """,
    )


def test_a_full_line_refuses() -> None:
    """P5.5: one in line is the limit; cid is refused at 09:20 and joins at 10:01."""
    day = story(
        """
        user  arrival  connected  ending  patience  retry_after
        ann   09:00    1 h        logoff  3 h       1 h
        bob   09:10    1 h        logoff  3 h       1 h
        cid   09:20    1 h        logoff  3 h       41 min
        """,
        pool={"admission": "queue", "queue_limit": 1, "provisioning": "0 s"},
    )
    expect(
        day.logons.rows(user=2),
        """
        attempt  arrival  desktop_wait  outcome    cause
        1        09:20    0 s           refused    no-pool-capacity
        2        10:01    59 min        connected  none
        """,
    )


def test_without_any_patience_nobody_joins_the_line() -> None:
    """P5.5: who would be out of patience at once gives up instead."""
    day = story(
        """
        user  arrival  connected  patience
        ann   09:00    1 h        3 h
        bob   09:10    1 h        0 s
        """,
        pool={"admission": "queue"},
    )
    expect(day.logons.rows(user=1), "outcome    cause\nabandoned  patience")
    assert day.capacity.table["waiting"].max() == 0


def test_a_shift_that_ends_ends_the_waiting() -> None:
    """M6, P6: planned 09:10 to 09:40; at 09:40 bob leaves the line."""
    day = story(
        """
        user  arrival  connected  ending  patience
        ann   09:00    1 h        logoff  3 h
        bob   09:10    30 min     logoff  3 h
        """,
        pool={"admission": "queue", "provisioning": "0 s"},
        people={"session_end": "fixed_departure"},
    )
    expect(
        day.sessions.rows(user=1),
        "waited  outcome    cause\n30 min  abandoned  departure",
    )


def test_who_leaves_before_being_connected_gives_the_place_back() -> None:
    """P7: the start takes 2 min, the shift ends after 1: the instance is thrown away unused."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 min      logoff
        """,
        pool={"running_mode": "AutoStop"},
        people={"session_end": "fixed_departure"},
        logon={"cold_start": "2 min"},
    )
    expect(day.user_sessions, "begin  connected  end    cause\n09:00  -  09:01  departure")
    expect(day.instances.rows(instance=0), "used   terminated\n09:00  09:01")


def test_who_leaves_while_reconnecting_may_still_come_back() -> None:
    """P7: back at 10:10, gone again at 10:10:03 before the stream is there; held to 10:25:03."""
    day = story(
        """
        arrival  connected  ending      streaming
        09:00    1 h        disconnect  0 s
        10:10    3 s        logoff      5 s
        """,
        pool={},
        people={"session_end": "fixed_departure"},
    )
    expect(day.user_sessions, "begin  end       cause\n09:00  10:25:03  disconnect-timeout")


# --- joining and leaving


def test_people_who_leave_for_good_give_everything_back() -> None:
    """P7: at 10:00 ann's session is cut, bob in line is gone; nobody is served before they join."""
    day = story(
        """
        user  arrival  connected  ending  patience
        ann   09:00    8 h        logoff  3 h
        bob   09:30    8 h        logoff  3 h
        cid   08:00    1 h        logoff  0 s
        """,
        pool={"admission": "queue", "provisioning": "1 h"},
        users={
            "ann": {"leaves": "10:00"},
            "bob": {"leaves": "10:00"},
            "cid": {"joins": "12:00"},
        },
    )
    expect(
        day.sessions,
        """
        user  ended  waited  outcome    cause
        ann   10:00  0 s     cut        operation
        bob   -      30 min  abandoned  operation
        cid   -      0 s     abandoned  patience
        """,
    )
    expect(day.user_sessions, "user  begin  end    cause\nann   09:00  10:00  operation")
    expect(day.logons.rows(user=2), "outcome  cause\nrefused  desktop-missing")
    expect(day.operations, "at  user  operation")


def test_what_is_under_way_at_the_end_stays_open() -> None:
    """M10: a session, a disconnected session and somebody in line."""
    day = story(
        """
        user  arrival  connected  ending      patience
        ann   23:00    2 h        logoff      3 h
        bob   23:00    55 min     disconnect  3 h
        cid   23:30    1 h        logoff      3 h
        """,
        pool={"admission": "queue", "minimum": 2},
    )
    expect(
        day.user_sessions,
        """
        user  begin  end  cause
        ann   23:00  -    horizon
        bob   23:00  -    horizon
        """,
    )
    expect(
        day.logons.rows(user=2),
        "desktop_wait  done  outcome  cause\n30 min  -  open  horizon",
    )


# --- capacity


def test_edits_move_the_capacity_after_their_delay() -> None:
    """P9: asked for at 08:00, in force at 08:02; two more instances are there at 08:12."""
    day = story(
        pool={
            "edits": [{"at": "2026-09-01T08:00Z", "minimum": 3}],
            "edit_delay": "2 min",
        },
    )
    expect(
        day.capacity,
        """
        at     target  desired  actual  pending
        00:00  1       1        1       0
        08:02  3       3        1       2
        08:12  3       3        3       0
        """,
    )
    expect(day.scaling, "at     source  before  after\n08:02  edit    1       3")


def test_scale_in_finds_only_busy_instances() -> None:
    """P2: at 09:30 one of three is wanted; one is idle and goes, two work to their ends."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        bob   09:00    2 h        logoff
        """,
        pool={
            "minimum": 1,
            "desired": 3,
            "scaling": [{"schedule": {"at": "2026-09-01T09:30Z", "capacity": 1}}],
        },
    )
    expect(
        day.instances,
        """
        instance  used   terminated  cause
        0         09:00  10:00       session-over
        1         09:00  11:00       session-over
        2         -      09:30       scale-in
        3         -      -           none
        """,
    )
    expect(
        day.capacity,
        """
        at     target  desired  actual  pending  active
        00:00  3       3        3       0        0
        09:00  3       3        3       0        2
        09:30  1       2        2       0        2
        10:00  1       1        1       0        1
        11:00  1       1        0       1        0
        11:10  1       1        1       0        0
        """,
    )


def test_scale_in_cancels_what_is_on_its_way_before_it_takes_what_is_there() -> None:
    """P2: 1 idle and 2 pending, 2 wanted: the request made last is cancelled."""
    day = story(
        pool={
            "provisioning": "1 h",
            "edit_delay": "0 s",
            "edits": [
                {"at": "2026-09-01T08:00Z", "desired": 3},
                {"at": "2026-09-01T08:10Z", "desired": 2},
            ],
        },
    )
    expect(
        day.instances,
        """
        instance  requested  available  terminated  cause
        0         00:00      00:00      -           none
        1         08:00      09:00      -           none
        2         08:00      -          08:10       scale-in
        """,
    )


def test_scale_in_takes_the_instance_that_became_idle_last() -> None:
    """P2: 0 idle since the start, 1 and 2 since 08:10; two go: 2, then 1."""
    day = story(
        pool={
            "edit_delay": "0 s",
            "edits": [
                {"at": "2026-09-01T08:00Z", "desired": 3},
                {"at": "2026-09-01T09:00Z", "desired": 1},
            ],
        },
    )
    expect(day.instances, "instance  terminated\n0  -\n1  09:00\n2  09:00")


def test_a_lowered_maximum_evicts_nobody() -> None:
    """P2: three at work when the maximum becomes 1; actual falls with them and never grows."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        bob   09:00    2 h        logoff
        cid   09:00    3 h        logoff
        """,
        pool={
            "minimum": 0,
            "desired": 3,
            "edit_delay": "0 s",
            "edits": [{"at": "2026-09-01T09:30Z", "maximum": 1}],
        },
    )
    expect(
        day.capacity,
        """
        at     target  desired  actual  active
        00:00  3       3        3       0
        09:00  3       3        3       3
        09:30  1       3        3       3
        10:00  1       2        2       2
        11:00  1       1        1       1
        12:00  1       1        0       0
        12:10  1       1        1       0
        """,
    )
    assert not day.capacity.table["pending"][:-2].any()


def test_spare_places_follow_every_user() -> None:
    """P12: one place spare; ann's request at 09:00 asks for a second instance at that instant."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        """,
        pool={"minimum": 0, "desired": 1, "scaling": [{"spare": 1}]},
    )
    expect(
        day.capacity,
        """
        at     target  desired  actual  pending  active
        00:00  1       1        1       0        0
        09:00  2       2        1       1        1
        09:10  2       2        2       0        1
        10:00  1       1        1       0        0
        """,
    )
    expect(day.scaling, "at  source")


def test_target_tracking_meets_the_storm_too_late() -> None:
    """P9 to P11: utilisation 100 % from 09:00, alarm after three minutes at 09:03, there at 09:13.

    Two of two places are taken; the need is 2 / 0.5 = 4.
    """
    day = story(
        """
        user  arrival   connected  ending
        ann   09:00     1 h        logoff
        bob   09:00     1 h        logoff
        cid   09:05     1 h        logoff
        """,
        pool={"minimum": 2, "scaling": [{"target_tracking": "50 %"}]},
    )
    expect(
        day.scaling.rows(before=2),
        "at     source           before  after\n09:03  target-tracking  2       4",
    )
    expect(day.sessions.rows(user=2), "connected  waited\n09:13  8 min")


def test_an_alarm_adds_to_what_an_action_of_the_same_minute_asked_for() -> None:
    """P9: bob is refused at 09:02:30. At 09:03 the action asks for at least 4, then the alarm for 2
    more; the target moves once."""
    day = story(
        """
        user  arrival   connected
        ann   09:00     1 h
        bob   09:02:30  1 h
        """,
        pool={
            "scaling": [
                {"schedule": {"at": "2026-09-01T09:03Z", "minimum": 4}},
                {"step": {**REFUSED, "steps": [{"add": 2}]}},
            ]
        },
        people={"patience": "0 s"},
    )
    expect(day.scaling, "at     source  before  after\n09:03  step  1  6")


@pytest.mark.parametrize("start", ["2026-09-01T00:00Z", "2026-09-01T00:00:20Z"])
def test_a_refusal_counts_in_its_own_minute_only(start: str) -> None:
    """P9: bob is refused at 09:02:30, which is too late for 09:02 and over at 09:04; nothing but
    that keeps the alarm from going off again. Minutes are those of the clock, whenever the run
    starts."""
    day = story(
        """
        user  arrival   connected
        ann   09:00     1 h
        bob   09:02:30  1 h
        """,
        pool={"scaling": [{"step": {**REFUSED, "steps": [{"add": 2}], "cooldown": "0 s"}}]},
        people={"patience": "0 s"},
        start=start,
    )
    expect(day.scaling, "at     source  before  after\n09:03  step  1  3")


def test_minutes_are_recorded_whether_or_not_something_changes() -> None:
    """P13: 1,440 minutes, the logon at 09:00:30, the end at 10:15:30, the next at 10:25:30."""
    day = story(
        """
        arrival   connected
        09:00:30  1 h
        """,
        pool={},
    )
    capacity = day.recorded(day.capacity.table.schema)
    assert len(capacity) == 1440 + 3
    assert (capacity["desired"] == capacity["actual"] + capacity["pending"]).all()


# --- addresses and hosts


def test_a_launch_without_an_address_fails_and_is_tried_again() -> None:
    """P3: two addresses for three instances. One try is due at a time: at 10:00, when ann's
    instance makes room for its own replacement only, the next is that of 16:00 already."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        """,
        pool={"minimum": 3, "launch_retry": "8 h"},
        zones={"a": {"ip_addresses": 2}},
    )
    expect(
        day.launch_failures,
        """
        at     instances  cause
        00:00  1          no-address
        08:00  1          no-address
        10:00  1          no-address
        16:00  1          no-address
        """,
    )
    assert day.capacity.table["desired"].max() == 2


def test_launches_are_tried_again_pool_by_pool_before_any_instance_has_its_turn() -> None:
    """P8: entered the other way round, instance 0 first, all for 08:00. No plan shows it: whoever
    is served at an instant frees nothing at that instant."""
    spec = tell(pool={}).scenario.pools["office"]
    agenda = Agenda(24 * HOUR, Mock(), None)
    first, second = (
        Pool(
            number,
            "office",
            spec,
            Mock(),
            agenda=agenda,
            zones=Mock(),
            hosts=Mock(),
            region=Mock(),
            provisioning=iter(()),
            numbers=count(),
        )
        for number in range(2)
    )
    zero, one = (Instance(number, 0, 0, None, 0) for number in range(2))
    done: list[Pool | Instance] = []
    for subject in (zero, one, second, first):
        agenda.put(8 * HOUR, CAPACITY, lambda subject, _at: done.append(subject), subject, None)
    agenda.advance(9 * HOUR)
    assert done == [first, second, zero, one]


def test_instances_take_slots_on_hosts() -> None:
    """P3, H1: a host of 8 vCPU has room for two Power instances of 4."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        """,
        pool={"minimum": 3, "hosts": ["metal"], "launch_retry": "23 h"},
        host_groups={"metal": {"zone": "a", "count": 1, "vcpu": 8, "memory": "64 GB"}},
    )
    expect(
        day.launch_failures,
        """
        at     instances  cause
        00:00  1          no-host-capacity
        10:00  1          no-host-capacity
        23:00  1          no-host-capacity
        """,
    )
    expect(day.host_load, "at     desktops  vcpu\n00:00  2         8\n10:00  2         8")


def test_a_zone_whose_hosts_are_full_is_passed_over() -> None:
    """P3, H2: equal weights, so the third and the fourth prefer a and b; the host of a has room for
    one instance only, and both of the others are in b."""
    day = story(
        pool={"minimum": 4, "maximum": 4, "hosts": ["small", "large"], "launch_retry": "23 h"},
        zones={"a": {}, "b": {}},
        host_groups={
            "small": {"zone": "a", "count": 1, "vcpu": 4, "memory": "64 GB"},
            "large": {"zone": "b", "count": 1, "vcpu": 12, "memory": "64 GB"},
        },
    )
    assert day.instances.table["zone"].tolist() == [0, 1, 1, 1]
    assert len(day.launch_failures.table) == 0


def test_instances_are_spread_over_zones() -> None:
    """H2, P3: weights 2 and 1."""
    day = story(
        pool={"minimum": 6, "maximum": 6},
        zones={"a": {"weight": 2}, "b": {}},
    )
    assert day.instances.table["zone"].tolist() == [0, 1, 0, 0, 1, 0]


# --- beside others


def test_a_pool_shares_the_directory_with_those_who_own_a_desktop() -> None:
    """M3: one server, 10 s each; ann of the fleet is served first, bob of the pool waits."""
    day = story(
        """
        user  arrival  connected  directory_service
        ann   09:00    1 h        10 s
        bob   09:00    1 h        10 s
        """,
        fleets={"own": {"running_mode": "AlwaysOn"}},
        pools={"office": {}},
        users={"ann": {"fleet": "own"}, "bob": {}},
        directory={"servers": 1},
    )
    expect(day.logons, "user  directory_wait  done\nann  0 s  09:00:10\nbob  10 s  09:00:20")


def test_two_pools_number_their_instances_together() -> None:
    """Instances are numbered in the order of request: 0 and 1 at the start, 2 at the first end."""
    day = story(
        """
        user  arrival  connected  ending
        ann   09:00    1 h        logoff
        """,
        pools={"office": {}, "other": {}},
    )
    expect(day.instances, "instance  pool\n0  0\n1  1\n2  0")


def test_nothing_happens_in_a_pool_without_people() -> None:
    """An empty pool of no capacity has its minutes, and nothing else."""
    day = story(pool={"minimum": 0})
    assert len(day.instances.table) == 0
    expect(day.capacity, "at     target  desired  active\n00:00  0  0  0")


@pytest.mark.parametrize("admission", ["refuse", "queue"])
def test_a_pool_of_no_capacity_serves_nobody(admission: str) -> None:
    """Refused, or in line until patience ends."""
    settings: dict[str, Any] = {"minimum": 0, "admission": admission}
    day = story("arrival  connected\n09:00  1 h", pool=settings)
    expect(day.sessions, "connected  outcome    cause\n-  abandoned  patience")
