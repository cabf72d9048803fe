"""Rules M1 to M3: when a session arrives, what goes first at one instant, the directory's line."""

from tests.unit.stories import Engine, both_engines, expect, story

# --- M1: intention


@both_engines
def test_sessions_arrive_as_planned_when_the_one_before_is_over(engine: Engine) -> None:
    """The second begins at the very instant at which the first ends."""
    day = story(
        """
        arrival  connected
        09:00    2 h
        11:00    1 h
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        session  arrival  connected  ended  disconnected  planned  delivered  waited  outcome
        0        09:00    09:00      11:00  11:00         2 h      2 h        0       ended
        1        11:00    11:00      12:00  12:00         1 h      1 h        0       ended
        """,
    )


@both_engines
def test_a_session_that_comes_too_early_waits_for_the_one_before(engine: Engine) -> None:
    """09:00 + 3 h = 12:00; 12:00 + 1 h = 13:00; the third is late because the second was."""
    day = story(
        """
        arrival  connected
        09:00    3 h
        10:00    1 h
        12:30    30 min
        14:00    1 h
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        arrival  connected  ended
        09:00    09:00      12:00
        12:00    12:00      13:00
        13:00    13:00      13:30
        14:00    14:00      15:00
        """,
    )


@both_engines
def test_a_wait_that_postpones_one_session_postpones_the_next(engine: Engine) -> None:
    """09:00 + resume 90 s + 1 h = 10:01:30, after the second was meant to arrive."""
    day = story(
        """
        arrival  connected  resume
        09:00    1 h        90 s
        10:00    1 h        90 s
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        arrival   connected  ended     waited
        09:00     09:01:30   10:01:30  90 s
        10:01:30  10:01:30   11:01:30  0
        """,
    )


@both_engines
def test_a_postponed_session_keeps_its_length_under_a_fixed_departure(engine: Engine) -> None:
    """It was to last from 10:00 to 11:00; it arrives at 11:00, so it leaves at 12:00."""
    day = story(
        """
        arrival  connected
        09:00    2 h
        10:00    1 h
        """,
        people={"session_end": "fixed_departure"},
        engine=engine,
    )
    expect(
        day.sessions,
        """
        arrival  connected  ended  delivered
        09:00    09:00      11:00  2 h
        11:00    11:00      12:00  1 h
        """,
    )


@both_engines
def test_a_user_who_left_is_over_though_the_desktop_has_not_noticed(engine: Engine) -> None:
    """The line fails at 10:00 and would be noticed at 10:20; the user is back as planned."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 h        network-loss
        10:05    1 h        disconnect
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        arrival  connected  ended  disconnected
        09:00    09:00      10:00  10:05
        10:05    10:05      11:05  11:05
        """,
    )


def test_a_gap_counts_from_the_run_and_then_from_the_end_of_the_session_before() -> None:
    """00:00 + 30 min; 00:30 + 1 h + 2 h; the third from the leaving, not the disconnection."""
    day = story(
        """
        gap     connected  ending
        30 min  1 h        disconnect
        2 h     1 h        network-loss
        5 min   1 h        disconnect
        """
    )
    expect(
        day.sessions,
        """
        arrival  connected  ended  disconnected
        00:30    00:30      01:30  01:30
        03:30    03:30      04:30  04:35
        04:35    04:35      05:35  05:35
        """,
    )


def test_the_first_gap_of_a_warm_run_counts_from_the_warm_up() -> None:
    day = story(
        """
        gap     connected
        30 min  1 h
        """,
        warm_up="1 d",
    )
    expect(
        day.sessions,
        """
        arrival      ended
        08-31 00:30  08-31 01:30
        """,
    )


def test_the_first_gap_of_a_joiner_counts_from_joining() -> None:
    """10:00 + 30 min. The desktop is ready at 10:20."""
    day = story(
        """
        gap     connected
        30 min  1 h
        """,
        users={"ann": {"joins": "10:00"}},
        fleet={"provisioning": "20 min"},
    )
    expect(
        day.sessions,
        """
        arrival  connected
        10:30    10:30
        """,
    )


def test_a_row_is_over_when_the_user_gives_up() -> None:
    """No desktop before 12:00. Tries at 09:00, 09:04, 09:08; 09:12 would be past 10 min."""
    day = story(
        """
        arrival  connected  retry_after
        09:00    1 h        4 min
        09:05    1 h        4 min
        """,
        users={"ann": {"joins": "12:00"}},
        people={"patience": "10 min"},
    )
    expect(
        day.sessions,
        """
        arrival  connected  waited  outcome    cause
        09:00    -          8 min   abandoned  patience
        09:08    -          8 min   abandoned  patience
        """,
    )


# --- M2: order at one instant (ties that belong to another rule are told there)


def test_an_operation_comes_before_the_end_of_a_session_at_that_instant() -> None:
    """Deleted at 10:00, the instant at which ann leaves: she is cut off, and loses nothing."""
    day = story(
        """
        arrival  connected
        09:00    1 h
        """,
        operations="""
        at     operation
        10:00  delete
        """,
    )
    expect(
        day.sessions,
        """
        ended  disconnected  delivered  outcome  cause
        10:00  10:00         1 h        cut      operation
        """,
    )


def test_a_session_that_ends_a_millisecond_before_an_operation_has_ended() -> None:
    day = story(
        """
        arrival  connected
        09:00    1 h
        """,
        operations="""
        at            operation
        10:00:00.001  delete
        """,
    )
    expect(
        day.sessions,
        """
        ended  disconnected  delivered  outcome  cause
        10:00  10:00         1 h        ended    none
        """,
    )


def test_an_operation_comes_before_a_logon_at_that_instant() -> None:
    day = story(
        """
        user  arrival       connected
        ann   10:00         1 h
        bob   09:59:59.999  1 h
        """,
        people={"patience": "0 s"},
        operations="""
        at     user  operation
        10:00  ann   delete
        10:00  bob   delete
        """,
    )
    expect(
        day.logons,
        """
        user  arrival       done          outcome    cause
        ann   10:00         10:00         refused    desktop-missing
        bob   09:59:59.999  09:59:59.999  connected  none
        """,
    )


@both_engines
def test_maintenance_comes_before_the_expiry_of_a_timeout_at_that_instant(engine: Engine) -> None:
    """ann's timeout expires at 11:00:00.000, when maintenance finds the desktop running."""
    day = story(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:00    1 h
        """,
        maintained={"ann": "11:00", "bob": "11:00:00.001"},
        engine=engine,
    )
    expect(
        day.runs,
        """
        desktop  begin         end           kind
        0        09:00         11:00         logon
        1        09:00         11:00         logon
        1        11:00:00.001  12:00:00.001  maintenance
        """,
    )


@both_engines
def test_maintenance_comes_before_a_logon_at_that_instant(engine: Engine) -> None:
    """ann, a millisecond late, waits for the hour; bob came a millisecond before it began."""
    day = story(
        """
        user  arrival       connected
        ann   09:00         1 h
        bob   08:59:59.999  1 h
        """,
        maintained={"ann": "09:00", "bob": "09:00"},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  arrival       desktop_wait  done
        ann   09:00         1 h           10:00
        bob   08:59:59.999  0             08:59:59.999
        """,
    )


@both_engines
def test_at_one_instant_users_join_the_line_in_their_order(engine: Engine) -> None:
    """bob stands before ann in the plan, and therefore in the line."""
    day = story(
        """
        user  arrival  connected  directory_service
        bob   09:00    1 h        10 s
        ann   09:00    1 h        10 s
        """,
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  directory_wait  done
        bob   0               09:00:10
        ann   10 s            09:00:20
        """,
    )


# --- M3: directory

THREE_AT_ONCE = """
    user  arrival  connected  directory_service
    ann   09:00    1 h        10 s
    bob   09:00    1 h        10 s
    cal   09:00    1 h        10 s
"""


@both_engines
def test_one_server_serves_one_after_another(engine: Engine) -> None:
    day = story(THREE_AT_ONCE, directory={"servers": 1}, engine=engine)
    expect(
        day.logons,
        """
        user  directory_wait  directory_service  done
        ann   0               10 s               09:00:10
        bob   10 s            10 s               09:00:20
        cal   20 s            10 s               09:00:30
        """,
    )


@both_engines
def test_two_servers_serve_two_at_a_time(engine: Engine) -> None:
    day = story(THREE_AT_ONCE, directory={"servers": 2}, engine=engine)
    expect(
        day.logons,
        """
        user  directory_wait  directory_service  done
        ann   0               10 s               09:00:10
        bob   0               10 s               09:00:10
        cal   10 s            10 s               09:00:20
        """,
    )


@both_engines
def test_the_line_is_in_order_of_arrival_and_not_of_service(engine: Engine) -> None:
    """cal came 1 ms before ann; bob's short service does not let him pass.

    cal is served from 08:59:59.999 for 1 min, ann until 09:01:59.999, then bob.
    """
    day = story(
        """
        user  arrival       connected  directory_service
        ann   09:00         1 h        1 min
        bob   09:00:00.001  1 h        1 s
        cal   08:59:59.999  1 h        1 min
        """,
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  directory_wait     done
        ann   59 s 999 ms        09:01:59.999
        bob   1 min 59 s 998 ms  09:02:00.999
        cal   0                  09:00:59.999
        """,
    )


@both_engines
def test_a_server_that_has_just_become_free_is_free(engine: Engine) -> None:
    """bob comes when ann's service ends; cal comes 1 ms before bob's ends."""
    day = story(
        """
        user  arrival       connected  directory_service
        ann   09:00         1 h        10 s
        bob   09:00:10      1 h        10 s
        cal   09:00:19.999  1 h        10 s
        """,
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  directory_wait  done
        ann   0               09:00:10
        bob   0               09:00:20
        cal   1 ms            09:00:30
        """,
    )


@both_engines
def test_without_a_directory_authentication_takes_no_time(engine: Engine) -> None:
    day = story(THREE_AT_ONCE, engine=engine)
    expect(
        day.logons,
        """
        directory_wait  directory_service  done
        0               0                  09:00
        0               0                  09:00
        0               0                  09:00
        """,
    )


@both_engines
def test_a_fleet_may_pass_the_directory_by(engine: Engine) -> None:
    """cal, of the other fleet, neither waits nor makes bob wait longer."""
    day = story(
        THREE_AT_ONCE,
        fleets={"office": {}, "kiosk": {"uses_directory": False}},
        users={"cal": {"fleet": "kiosk"}, "ann": {}, "bob": {}},
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  directory_wait  directory_service  done
        cal   0               0                  09:00
        ann   0               10 s               09:00:10
        bob   10 s            10 s               09:00:20
        """,
    )


@both_engines
def test_a_wait_in_line_may_change_who_comes_next(engine: Engine) -> None:
    """ann's first session is late by bob's minute, so her second arrives at 09:02, after cal.

    bob is served from 09:00 to 09:01; ann's first waits for him and lasts until 09:02; cal arrives
    at 09:01:30 and is served until 09:02:30; ann's second, meant for 09:01, arrives at 09:02.
    """
    day = story(
        """
        user  arrival   connected  directory_service
        bob   09:00     1 h        1 min
        ann   09:00     1 min      0
        ann   09:01     1 h        1 min
        cal   09:01:30  1 h        1 min
        """,
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  arrival   directory_wait  done
        bob   09:00     0               09:01
        ann   09:00     1 min           09:01
        ann   09:02     30 s            09:03:30
        cal   09:01:30  0               09:02:30
        """,
    )


def test_every_attempt_stands_in_line_anew() -> None:
    """The desktop comes at 09:10. ann asks at 09:00:30, is refused, and tries 5 min later; bob's
    minute keeps her waiting then: 09:05:30 to 09:06, served until 09:06:30, refused; then
    09:11:30 to 09:12."""
    day = story(
        """
        user  arrival  connected  directory_service  retry_after
        ann   09:00    1 h        30 s               5 min
        bob   09:05    1 h        1 min              5 min
        """,
        users={"ann": {"joins": "09:10"}, "bob": {}},
        fleet={"provisioning": "0 s"},
        directory={"servers": 1},
    )
    expect(
        day.logons,
        """
        user  attempt  arrival   directory_wait  directory_service  done      outcome
        ann   1        09:00     0               30 s               09:00:30  refused
        ann   2        09:05:30  30 s            30 s               09:06:30  refused
        ann   3        09:11:30  0               30 s               09:12     connected
        bob   1        09:05     0               1 min              09:06     connected
        """,
    )


@both_engines
def test_a_user_who_has_left_the_line_still_is_served(engine: Engine) -> None:
    """ann leaves at 09:05 during a service of 10 min; bob waits until 09:10 all the same."""
    day = story(
        """
        user  arrival  connected  directory_service
        ann   09:00    5 min      10 min
        bob   09:01    1 h        1 min
        """,
        people={"session_end": "fixed_departure"},
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  directory_wait  directory_service  done   outcome    cause
        ann   0               5 min              09:05  abandoned  departure
        bob   9 min           1 min              09:11  connected  none
        """,
    )
