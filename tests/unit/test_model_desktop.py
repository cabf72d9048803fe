"""Rules D1 to D6: the life of a desktop, its timeout, its maintenance, its states."""

from typing import Any

import pytest

from sim.record import RunKind
from sim.units import DAY, HOUR
from sim.workload import autostop_maintenance
from tests.unit.stories import Engine, both_engines, expect, story, tell

# --- D1: life


@both_engines
@pytest.mark.parametrize(("mode", "state"), [("AutoStop", "stopped"), ("AlwaysOn", "available")])
def test_desktops_that_exist_at_the_beginning(mode: str, state: str, engine: Engine) -> None:
    """The run begins a day before the start; the desktop was created 30 days before that."""
    day = story(fleet={"running_mode": mode}, warm_up="1 d", engine=engine)
    expect(
        day.desktops,
        """
        desktop  name    user  fleet   zone  created      deleted
        0        ws-ann  ann   office  a     08-01 00:00  -
        """,
    )
    expect(
        day.states,
        f"""
        begin        end    state
        08-31 00:00  24:00  {state}
        """,
    )
    assert day.terms.table["running_mode"].tolist() == [0 if mode == "AlwaysOn" else 1]
    expect(
        day.terms,
        """
        begin        end    bundle    root_gb  user_gb  created  deleted
        08-31 00:00  24:00  standard  80       10       no       no
        """,
    )


@pytest.mark.parametrize(("mode", "state"), [("AutoStop", "stopped"), ("AlwaysOn", "available")])
def test_the_desktop_of_a_joiner(mode: str, state: str) -> None:
    """Joins at 09:00; 20 min to create it. On the bill it is from 09:00 on."""
    day = story(
        users={"ann": {"joins": "09:00"}},
        fleet={"running_mode": mode, "provisioning": "20 min"},
    )
    expect(
        day.states,
        f"""
        begin  end    state
        00:00  09:00  absent
        09:00  09:20  pending
        09:20  24:00  {state}
        """,
    )
    expect(
        day.terms,
        """
        begin  end    created  deleted
        09:00  24:00  yes      no
        """,
    )
    expect(
        day.operations,
        """
        at     desktop  user  operation  accepted  cause  done
        09:00  0        ann   create     yes       none   09:20
        """,
    )
    assert len(day.runs.table) == 0


def test_a_creation_under_way_at_the_end_is_not_done() -> None:
    """Joins at 23:50, ready at 00:10."""
    day = story(users={"ann": {"joins": "23:50"}}, fleet={"provisioning": "20 min"})
    expect(
        day.states,
        """
        begin  end    state
        00:00  23:50  absent
        23:50  24:00  pending
        """,
    )
    expect(
        day.operations,
        """
        at     accepted  done
        23:50  yes       -
        """,
    )


def test_somebody_who_joins_in_the_warm_up() -> None:
    day = story(
        users={"ann": {"joins": "08-31 12:00"}}, fleet={"provisioning": "20 min"}, warm_up="1 d"
    )
    expect(
        day.states,
        """
        begin        end          state
        08-31 00:00  08-31 12:00  absent
        08-31 12:00  08-31 12:20  pending
        08-31 12:20  24:00        stopped
        """,
    )


def test_a_leaver_is_cut_off() -> None:
    """Planned 8 h = delivered 3 h + lost 5 h. The run is closed at once, without a timeout."""
    day = story(
        """
        arrival  connected  ending
        09:00    8 h        logoff
        """,
        users={"ann": {"leaves": "12:00"}},
    )
    expect(
        day.sessions,
        """
        ended  disconnected  planned  delivered  ending      outcome  cause
        12:00  12:00         8 h      3 h        disconnect  cut      operation
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  12:00
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  12:00  available
        12:00  24:00  terminated
        """,
    )
    expect(
        day.terms,
        """
        begin  end    created  deleted
        00:00  12:00  no       yes
        """,
    )
    expect(
        day.desktops,
        """
        desktop  deleted
        0        12:00
        """,
    )


def test_an_attempt_under_way_when_the_desktop_is_deleted_is_abandoned() -> None:
    """90 s of resume, of which 30 s have passed."""
    day = story(
        """
        arrival  connected  resume
        09:00    1 h        90 s
        """,
        users={"ann": {"leaves": "09:00:30"}},
    )
    expect(
        day.logons,
        """
        start  streaming  start_kind  done      outcome    cause
        30 s   0          resume      09:00:30  abandoned  operation
        """,
    )
    expect(
        day.sessions,
        """
        connected  ended  delivered  waited  outcome    cause
        -          -      0          30 s    abandoned  operation
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  09:00:30
        """,
    )


@pytest.mark.parametrize(
    ("leaves", "logon", "session"),
    [
        ("09:00:59.999", "abandoned  operation  59 s 999 ms", "abandoned  operation  0"),
        ("09:01", "abandoned  operation  1 min", "abandoned  operation  0"),
        ("09:01:00.001", "connected  none  1 min", "cut  operation  1 ms"),
    ],
)
def test_who_would_be_connected_as_the_desktop_is_deleted_is_not(
    leaves: str, logon: str, session: str
) -> None:
    """Connected at 09:01: at that instant the deletion comes first."""
    day = story(
        """
        arrival  connected  resume
        09:00    1 h        1 min
        """,
        users={"ann": {"leaves": leaves}},
    )
    expect(day.logons, f"outcome  cause  start\n{logon}")
    expect(day.sessions, f"outcome  cause  delivered\n{session}")


def test_a_leaver_whose_desktop_is_not_ready_yet() -> None:
    day = story(
        users={"ann": {"joins": "09:00", "leaves": "09:10"}}, fleet={"provisioning": "20 min"}
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  absent
        09:00  09:10  pending
        09:10  24:00  terminated
        """,
    )


def test_a_leaver_who_still_tries_finds_no_desktop() -> None:
    day = story(
        """
        arrival  connected
        12:00    1 h
        """,
        users={"ann": {"leaves": "12:00"}},
        people={"patience": "0 s"},
    )
    expect(
        day.logons,
        """
        desktop  done   outcome  cause
        -        12:00  refused  desktop-missing
        """,
    )


# --- D2: AutoStop


@both_engines
def test_a_timeout_runs_from_the_disconnection(engine: Engine) -> None:
    """17:00 + 1 h: the desktop stops at 18:00, so 9 h are on the meter for 8 h of work."""
    day = story(
        """
        arrival  connected
        09:00    8 h
        """,
        engine=engine,
    )
    expect(
        day.runs,
        """
        desktop  begin  end    kind
        0        09:00  18:00  logon
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  18:00  available
        18:00  24:00  stopped
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("back", "runs", "start_kind"),
    [
        ("17:59:59.999", "09:00  20:00", "none"),
        ("18:00", "09:00  18:00\n18:00  20:00:00.001", "resume"),
        ("18:00:00.001", "09:00  18:00\n18:00:00.001  20:00:00.002", "resume"),
    ],
)
def test_a_logon_at_the_expiry_finds_the_desktop_stopped(
    back: str, runs: str, start_kind: str, engine: Engine
) -> None:
    """17:00 + 1 h = 18:00:00.000: stopped. A millisecond earlier the desktop runs, and runs on.

    Back for 1 h 1 ms: from 17:59:59.999 until 19:00, and from 18:00 until 19:00:00.001.
    """
    day = story(
        f"""
        arrival  connected
        09:00    8 h
        {back}   1 h 1 ms
        """,
        engine=engine,
    )
    expect(
        day.logons,
        f"""
        arrival  start_kind
        09:00    resume
        {back}   {start_kind}
        """,
    )
    expect(day.runs, f"begin  end\n{runs}")


@both_engines
@pytest.mark.parametrize(
    ("service", "start_kind"), [("4 s 999 ms", "none"), ("5 s", "resume"), ("6 s", "resume")]
)
def test_what_counts_at_the_expiry_is_the_request(
    service: str, start_kind: str, engine: Engine
) -> None:
    """Arriving at 17:59:55, asking for the desktop when the directory is done."""
    day = story(
        f"""
        arrival   connected  directory_service
        09:00     8 h        0
        17:59:55  1 h        {service}
        """,
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons.rows(session=1),
        f"""
        directory_service  start_kind
        {service}          {start_kind}
        """,
    )


@both_engines
def test_a_longer_timeout(engine: Engine) -> None:
    """12:00 + 2 h = 14:00 is not reached; 15:00 + 2 h = 17:00."""
    day = story(
        """
        arrival  connected
        09:00    3 h
        13:30    90 min
        """,
        fleet={"autostop_timeout": "2 h"},
        engine=engine,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  17:00
        """,
    )


@both_engines
def test_stopping_takes_its_time_and_is_not_metered(engine: Engine) -> None:
    day = story(
        """
        arrival  connected
        09:00    8 h
        """,
        fleet={"stop_delay": "5 min"},
        engine=engine,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  18:00
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  18:00  available
        18:00  18:05  stopping
        18:05  24:00  stopped
        """,
    )


@both_engines
@pytest.mark.parametrize(("left", "state"), [("22:59:59.999", "stopped"), ("23:00", "available")])
def test_a_timeout_that_expires_at_the_end_of_the_run(
    left: str, state: str, engine: Engine
) -> None:
    """23:00 + 1 h is the end itself: the run is open then."""
    connected = "59 min 59 s 999 ms" if left == "22:59:59.999" else "1 h"
    day = story(
        f"""
        arrival  connected
        22:00    {connected}
        """,
        engine=engine,
    )
    last = day.states.table
    assert last["state"][-1] == {"stopped": 3, "available": 2}[state]
    assert last["end"][-1] == 24 * HOUR


# --- D3: AlwaysOn


@both_engines
def test_an_always_on_desktop_is_never_stopped(engine: Engine) -> None:
    """No run is metered: it costs the month."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 h        logoff
        18:00    1 h        left-connected
        """,
        fleet={"running_mode": "AlwaysOn"},
        logon={"resume": "1 min", "streaming": "5 s"},
        engine=engine,
    )
    expect(day.runs, "begin  end")
    expect(
        day.states,
        """
        begin  end    state
        00:00  24:00  available
        """,
    )
    expect(
        day.logons,
        """
        start  streaming  start_kind  done
        0      5 s        none        09:00:05
        0      5 s        none        18:00:05
        """,
    )


# --- D4: maintenance of AutoStop desktops


@both_engines
def test_a_stopped_desktop_is_started_for_maintenance(engine: Engine) -> None:
    """One billed hour, and no timeout after it."""
    day = story(maintained={"ann": "03:00"}, engine=engine)
    expect(
        day.runs,
        """
        begin  end    kind
        03:00  04:00  maintenance
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  03:00  stopped
        03:00  04:00  maintenance
        04:00  24:00  stopped
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("hours", "runs"), [(0, ""), (1, "03:00  04:00"), (3, "03:00  06:00"), (24, "03:00  24:00")]
)
def test_the_length_of_maintenance_is_a_setting(hours: int, runs: str, engine: Engine) -> None:
    """Without a billed hour there is no maintenance; the end of the run cuts it."""
    day = story(
        maintained={"ann": "03:00"}, billing={"maintenance_billed_hours": hours}, engine=engine
    )
    expect(day.runs, f"begin  end\n{runs}")


@both_engines
@pytest.mark.parametrize(
    ("due", "happens"),
    [
        ("08:59:59.999", True),
        ("09:00:00.001", False),
        ("12:00", False),
        ("17:30", False),
        ("18:00", False),
        ("18:02", False),
        ("18:05", False),
        ("18:05:00.001", True),
    ],
)
def test_maintenance_finds_only_stopped_desktops(due: str, happens: bool, engine: Engine) -> None:
    """STARTING from 09:00, AVAILABLE from 09:02, STOPPING from 18:00, STOPPED from 18:05 on.

    At an instant maintenance comes before expiries: at 18:05 sharp the desktop still is STOPPING.
    A logon a millisecond after the beginning of maintenance waits an hour for it.
    """
    day = story(
        """
        arrival  connected   resume
        09:00    7 h 58 min  2 min
        """,
        fleet={"stop_delay": "5 min"},
        maintained={"ann": due},
        engine=engine,
    )
    assert (RunKind.MAINTENANCE in day.runs.table["kind"]) == happens


@both_engines
@pytest.mark.parametrize(
    ("age", "happens"),
    [("6 d 20 h 59 min", False), ("6 d 21 h", True), ("30 d", True), ("0 s", False)],
)
def test_desktops_younger_than_7_days_are_left_out(age: str, happens: bool, engine: Engine) -> None:
    """At 03:00 a desktop that was 6 d 21 h old at 00:00 is exactly 7 days old."""
    day = story(fleet={"initial_age": age}, maintained={"ann": "03:00"}, engine=engine)
    assert len(day.runs.table) == happens


def test_a_desktop_created_in_the_run_is_maintained_when_it_is_7_days_old() -> None:
    """Created on the 1st at 10:00: too young on the 8th at 09:59, old enough at 10:00."""
    users = {"ann": {"joins": "10:00"}, "bob": {"joins": "10:00"}}
    days = story(
        users=users,
        horizon="9 d",
        maintained={"ann": "09-08 10:00", "bob": "09-08 09:59:59.999"},
    )
    expect(
        days.runs,
        """
        desktop  begin        end          kind
        0        09-08 10:00  09-08 11:00  maintenance
        """,
    )


@both_engines
def test_always_on_desktops_have_no_monthly_maintenance(engine: Engine) -> None:
    day = story(fleet={"running_mode": "AlwaysOn"}, maintained={"ann": "03:00"}, engine=engine)
    expect(day.runs, "begin  end")


def test_a_deleted_desktop_is_not_maintained() -> None:
    day = story(users={"ann": {"leaves": "02:00"}}, maintained={"ann": "03:00"})
    expect(day.runs, "begin  end")


def test_a_desktop_deleted_under_maintenance_is_no_longer_metered() -> None:
    day = story(users={"ann": {"leaves": "03:10"}}, maintained={"ann": "03:00"})
    expect(
        day.runs,
        """
        begin  end    kind
        03:00  03:10  maintenance
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  03:00  stopped
        03:00  03:10  maintenance
        03:10  24:00  terminated
        """,
    )


@both_engines
def test_desktops_are_maintained_once_in_the_window_of_each_month(engine: Engine) -> None:
    """Third Mondays are 2026-09-21 and 2026-10-19; us-east-1 lives in New York, 4 h behind UTC.

    All instants lie in the 14 days from there, between 04:00 and 09:00 UTC.
    """
    told = tell(
        users={name: {} for name in ("ann", "bob", "cal", "dot")},
        maintenance={"autostop": True},
        horizon="60 d",
    )
    due = autostop_maintenance(told.scenario, told.workload.users, 0)
    runs = told.run(engine).runs.table
    assert len(runs) == 8
    assert sorted(runs["begin"].tolist()) == sorted(due[(due >= 0)].tolist())
    assert set(runs["kind"].tolist()) == {RunKind.MAINTENANCE}
    assert set((runs["end"] - runs["begin"]).tolist()) == {HOUR}
    day, of_day = runs["begin"] // DAY, runs["begin"] % DAY
    assert all(20 <= d < 34 or 48 <= d < 62 for d in day.tolist())
    assert ((of_day >= 4 * HOUR) & (of_day < 9 * HOUR)).all()


# --- D5: maintenance of AlwaysOn desktops

SUNDAY: dict[str, Any] = {
    "start": "2026-09-05",
    "horizon": "2 d",
    "fleet": {"running_mode": "AlwaysOn"},
    "maintenance": {"autostop": False, "alwayson_duration": "2 h"},
}
"""2026-09-05 is a Saturday, so Sunday is `09-06`."""


def test_sunday_begins_where_the_user_lives() -> None:
    """Midnight in London is 23:00 UTC in September, in New York 04:00 UTC."""
    days = story(
        users={
            "ann": {"time_zone": "UTC"},
            "bob": {"time_zone": "Europe/London"},
            "cal": {"time_zone": "America/New_York"},
        },
        **SUNDAY,
    )
    expect(
        days.states,
        """
        desktop  begin        end          state
        0        00:00        09-06 00:00  available
        0        09-06 00:00  09-06 02:00  maintenance
        0        09-06 02:00  09-07 00:00  available
        1        00:00        23:00        available
        1        23:00        09-06 01:00  maintenance
        1        09-06 01:00  09-07 00:00  available
        2        00:00        09-06 04:00  available
        2        09-06 04:00  09-06 06:00  maintenance
        2        09-06 06:00  09-07 00:00  available
        """,
    )
    expect(days.runs, "begin  end")


def test_every_sunday_has_a_window() -> None:
    days = story(**(SUNDAY | {"horizon": "16 d"}))
    assert (days.states.table["state"] == 6).sum() == 3
    assert days.states.table["begin"][days.states.table["state"] == 6].tolist() == [
        DAY,
        8 * DAY,
        15 * DAY,
    ]


def test_sunday_cuts_a_session_off() -> None:
    """23:00 to 01:00 was the plan; at 00:00 it is over. The next logon waits, and signs in anew."""
    days = story(
        """
        arrival      connected
        23:00        2 h
        09-06 00:30  1 h
        """,
        logon={"os_logon": "30 s"},
        **SUNDAY,
    )
    expect(
        days.sessions,
        """
        connected       ended           planned  delivered    outcome  cause
        23:00:30        09-06 00:00     2 h      59 min 30 s  cut      maintenance
        09-06 02:00:30  09-06 03:00:30  1 h      1 h          ended    none
        """,
    )
    expect(
        days.logons,
        """
        arrival      desktop_wait  os_logon  done
        23:00        0             30 s      23:00:30
        09-06 00:30  90 min        30 s      09-06 02:00:30
        """,
    )


def test_sunday_cuts_an_attempt_off_that_has_asked_for_the_desktop() -> None:
    """ann is connecting at 00:00 and gives up; bob is still at the directory, and waits."""
    days = story(
        """
        user  arrival   connected  directory_service  streaming
        ann   23:59:50  1 h        5 s                10 s
        bob   23:59:50  1 h        15 s               10 s
        """,
        directory={"servers": 2},
        **SUNDAY,
    )
    expect(
        days.logons,
        """
        user  directory_service  desktop_wait     streaming  done            outcome    cause
        ann   5 s                0                5 s        09-06 00:00     abandoned  maintenance
        bob   15 s               1 h 59 min 55 s  10 s       09-06 02:00:10  connected  none
        """,
    )


def test_sunday_ends_a_connection_that_outlived_its_user() -> None:
    days = story(
        """
        arrival  connected  ending
        20:00    1 h        left-connected
        """,
        **SUNDAY,
    )
    expect(
        days.sessions,
        """
        ended  disconnected  delivered  outcome  cause
        21:00  09-06 00:00   1 h        ended    none
        """,
    )


def test_a_session_that_ended_when_sunday_began() -> None:
    """The window is opened before the user leaves at that instant; nothing is lost by it."""
    days = story(
        """
        user  arrival  connected
        ann   23:00    1 h
        bob   23:00    59 min 59 s 999 ms
        """,
        **SUNDAY,
    )
    expect(
        days.sessions,
        """
        user  ended         delivered           outcome  cause
        ann   09-06 00:00   1 h                 cut      maintenance
        bob   23:59:59.999  59 min 59 s 999 ms  ended    none
        """,
    )


def test_auto_stop_desktops_have_no_sunday() -> None:
    days = story(
        """
        arrival      connected
        09-06 00:30  1 h
        """,
        **(SUNDAY | {"fleet": {}}),
    )
    expect(
        days.logons,
        """
        desktop_wait  done
        0             09-06 00:30
        """,
    )


# --- D6: states


@both_engines
def test_a_state_without_length_leaves_no_trace(engine: Engine) -> None:
    """A resume of no time: STOPPED, then AVAILABLE. Stopped and started at 11:00: AVAILABLE still,
    but two runs, since the meter was started twice."""
    day = story(
        """
        arrival  connected
        09:00    1 h
        11:00    1 h
        """,
        engine=engine,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  13:00  available
        13:00  24:00  stopped
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  11:00
        11:00  13:00
        """,
    )


@both_engines
def test_a_desktop_stopped_and_started_at_once_with_a_resume(engine: Engine) -> None:
    day = story(
        """
        arrival  connected
        09:00    1 h
        11:01    1 h
        """,
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  09:01  starting
        09:01  11:01  available
        11:01  11:02  starting
        11:02  13:02  available
        13:02  24:00  stopped
        """,
    )


@both_engines
def test_a_start_at_the_end_of_maintenance(engine: Engine) -> None:
    """A start at 04:00, when maintenance ends, is a start from STOPPED without a moment of it."""
    day = story(
        """
        arrival  connected
        04:00    1 h
        """,
        maintained={"ann": "03:00"},
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  03:00  stopped
        03:00  04:00  maintenance
        04:00  04:01  starting
        04:01  06:01  available
        06:01  24:00  stopped
        """,
    )
