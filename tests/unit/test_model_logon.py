"""Rules M4 to M6 and M9: from the request to a usable desktop, and all that may come between."""

from typing import Any

import pytest

from tests.unit.stories import Engine, Story, both_engines, expect, story, tell

# --- M4: start


@both_engines
def test_a_running_desktop_is_used_as_it_is(engine: Engine) -> None:
    """Back at 10:30, within an hour of 10:01: no start, and the timeout begins anew at 12:00."""
    day = story(
        """
        arrival  connected
        09:00    1 h
        10:30    90 min
        """,
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.logons,
        """
        arrival  start  start_kind  done
        09:00    1 min  resume      09:01
        10:30    0      none        10:30
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  13:00
        """,
    )


@both_engines
def test_a_stopped_desktop_resumes(engine: Engine) -> None:
    """The meter starts at the start command, not when the desktop is usable."""
    day = story(
        """
        arrival  connected  resume  cold_start
        09:00    1 h        75 s    4 min
        """,
        engine=engine,
    )
    expect(
        day.logons,
        """
        start  start_kind  done
        75 s   resume      09:01:15
        """,
    )
    expect(
        day.states,
        """
        begin     end       state
        00:00     09:00     stopped
        09:00     09:01:15  starting
        09:01:15  11:01:15  available
        11:01:15  24:00     stopped
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  11:01:15
        """,
    )


@both_engines
@pytest.mark.parametrize(
    "fleet",
    [
        {"bundle": "graphics.g4dn", "root_volume": "100 GB", "user_volume": "100 GB"},
        {"bundle": "standard", "hibernates": False},
    ],
    ids=["by-bundle", "by-setting"],
)
def test_a_desktop_that_cannot_hibernate_starts_cold(
    fleet: dict[str, object], engine: Engine
) -> None:
    day = story(
        """
        arrival  connected  resume  cold_start
        09:00    1 h        75 s    4 min
        """,
        fleet=fleet,
        engine=engine,
    )
    expect(
        day.logons,
        """
        start  start_kind  done
        4 min  cold        09:04
        """,
    )


@both_engines
def test_a_logon_while_stopping_waits_for_the_stop_and_then_starts(engine: Engine) -> None:
    """Expiry at 11:01, STOPPING until 11:06: a logon at 11:02 waits 4 min, then 1 min to resume."""
    day = story(
        """
        arrival  connected
        09:00    1 h
        11:02    1 h
        """,
        fleet={"stop_delay": "5 min"},
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.logons,
        """
        arrival  desktop_wait  start  start_kind  done
        09:00    0             1 min  resume      09:01
        11:02    4 min         1 min  resume      11:07
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  09:01  starting
        09:01  11:01  available
        11:01  11:06  stopping
        11:06  11:07  starting
        11:07  13:07  available
        13:07  13:12  stopping
        13:12  24:00  stopped
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  11:01
        11:06  13:07
        """,
    )


@both_engines
def test_a_logon_when_the_stop_is_complete_does_not_wait(engine: Engine) -> None:
    """Expiry at 11:00, stopped at 11:05:00.000; bob comes a millisecond earlier, and waits."""
    day = story(
        """
        user  arrival       connected
        ann   09:00         1 h
        ann   11:05         1 h
        bob   09:00         1 h
        bob   11:04:59.999  1 h
        """,
        fleet={"stop_delay": "5 min"},
        engine=engine,
    )
    expect(
        day.logons,
        """
        user  arrival       desktop_wait  start_kind  done
        ann   09:00         0             resume      09:00
        ann   11:05         0             resume      11:05
        bob   09:00         0             resume      09:00
        bob   11:04:59.999  1 ms          resume      11:05
        """,
    )


@both_engines
def test_a_logon_while_starting_waits_for_it_and_uses_it(engine: Engine) -> None:
    """ann leaves at 09:00:30, since her half minute is over, but the start goes on until 09:02."""
    day = story(
        """
        arrival  connected  resume  os_logon
        09:00    30 s       2 min   10 s
        09:01    1 h        2 min   10 s
        """,
        people={"session_end": "fixed_departure"},
        engine=engine,
    )
    expect(
        day.logons,
        """
        arrival  desktop_wait  start  os_logon  done      start_kind  outcome
        09:00    0             30 s   0         09:00:30  resume      abandoned
        09:01    1 min         0      10 s      09:02:10  none        connected
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  11:01
        """,
    )


@both_engines
def test_a_logon_in_maintenance_waits_for_its_end_and_then_starts(engine: Engine) -> None:
    day = story(
        """
        arrival  connected
        03:20    1 h
        """,
        maintained={"ann": "03:00"},
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.logons,
        """
        desktop_wait  start  start_kind  done
        40 min        1 min  resume      04:01
        """,
    )
    expect(
        day.runs,
        """
        begin  end    kind
        03:00  04:00  maintenance
        04:00  06:01  logon
        """,
    )


def test_an_always_on_desktop_is_used_when_maintenance_is_over() -> None:
    """2026-09-06 is a Sunday; the window of 2 h opens at 00:00."""
    day = story(
        """
        arrival      connected
        09-06 01:00  1 h
        """,
        fleet={"running_mode": "AlwaysOn"},
        maintenance={"alwayson_duration": "2 h"},
        logon={"resume": "1 min"},
        start="2026-09-06",
    )
    expect(
        day.logons,
        """
        desktop_wait  start  start_kind  done
        1 h           0      none        02:00
        """,
    )


def test_a_logon_to_a_desktop_under_creation_or_not_there_is_refused() -> None:
    """Created from 09:05 to 09:25: not there at 09:00, PENDING at 09:10 and 09:20, then ready."""
    day = story(
        """
        arrival  connected  retry_after
        09:00    1 h        10 min
        """,
        users={"ann": {"joins": "09:05"}},
        fleet={"provisioning": "20 min"},
    )
    expect(
        day.logons,
        """
        attempt  desktop  arrival  done   start_kind  outcome    cause
        1        -        09:00    09:00  none        refused    desktop-missing
        2        0        09:10    09:10  none        refused    desktop-busy
        3        0        09:20    09:20  none        refused    desktop-busy
        4        0        09:30    09:30  resume      connected  none
        """,
    )
    expect(
        day.sessions,
        """
        arrival  connected  ended  waited  outcome
        09:00    09:30      10:30  30 min  ended
        """,
    )


def test_a_logon_is_taken_at_the_instant_at_which_the_desktop_is_ready() -> None:
    """Ready at 09:20:00.000. bob asks a millisecond earlier."""
    day = story(
        """
        user  arrival       connected
        ann   09:20         1 h
        bob   09:19:59.999  1 h
        """,
        users={"ann": {"joins": "09:00"}, "bob": {"joins": "09:00"}},
        fleet={"provisioning": "20 min"},
        people={"patience": "0 s"},
    )
    expect(
        day.logons,
        """
        user  done          outcome    cause
        ann   09:20         connected  none
        bob   09:19:59.999  refused    desktop-busy
        """,
    )


def test_a_logon_to_a_desktop_under_change_is_refused() -> None:
    """A stopped desktop is resized from 08:30 to 09:30."""
    day = story(
        """
        arrival  connected  retry_after
        09:00    1 h        20 min
        """,
        people={"patience": "40 min"},
        operations="""
        at     operation  to
        08:30  resize     80 GB + 50 GB
        """,
    )
    expect(
        day.logons,
        """
        arrival  outcome    cause
        09:00    refused    desktop-busy
        09:20    refused    desktop-busy
        09:40    connected  none
        """,
    )


# --- M5: refusal

NO_DESKTOP = {"ann": {"joins": "20:00"}}
"""Nobody can log on before the evening."""


@pytest.mark.parametrize(
    ("patience", "tries"),
    [("0 s", 1), ("9 min 59 s 999 ms", 2), ("10 min", 3), ("10 min 1 ms", 3)],
)
def test_patience_is_counted_from_the_first_attempt(patience: str, tries: int) -> None:
    """Tries every 5 min. The third, 10 min after the first, is within a patience of 10 min."""
    day = story(
        """
        arrival  connected  retry_after
        09:00    1 h        5 min
        """,
        users=NO_DESKTOP,
        people={"patience": patience},
    )
    waited = f"{5 * (tries - 1)} min"
    refusals = [f"{n + 1}  09:{5 * n:02}  refused  desktop-missing" for n in range(tries)]
    expect(day.logons, "\n".join(["attempt  done  outcome  cause", *refusals]))
    expect(
        day.sessions,
        f"""
        arrival  connected  ended  disconnected  delivered  waited    outcome    cause
        09:00    -          -      -             0          {waited}  abandoned  patience
        """,
    )


def test_nobody_tries_twice_at_one_instant() -> None:
    """Without any back-off the next try comes a millisecond later: at 0, 1 and 2 ms."""
    day = story(
        """
        arrival  connected  retry_after
        09:00    1 h        0
        """,
        users=NO_DESKTOP,
        people={"patience": "2 ms"},
    )
    expect(
        day.logons,
        """
        attempt  arrival
        1        09:00
        2        09:00:00.001
        3        09:00:00.002
        """,
    )


def test_each_refusal_names_its_own_cause() -> None:
    """Not there at 09:00, being created from 09:02 on; the session ends for want of patience."""
    day = story(
        """
        arrival  connected  retry_after
        09:00    1 h        3 min
        """,
        users={"ann": {"joins": "09:02"}},
        people={"patience": "4 min"},
        fleet={"provisioning": "20 min"},
    )
    expect(
        day.logons,
        """
        attempt  arrival  outcome  cause
        1        09:00    refused  desktop-missing
        2        09:03    refused  desktop-busy
        """,
    )
    expect(
        day.sessions,
        """
        waited  outcome    cause
        3 min   abandoned  patience
        """,
    )


@pytest.mark.parametrize(
    ("planned", "tries"), [("10 min", 2), ("10 min 1 ms", 3), ("5 min", 1), ("5 min 1 ms", 2)]
)
def test_nobody_comes_back_at_or_after_the_fixed_departure(planned: str, tries: int) -> None:
    """Tries at 09:00, 09:05, 09:10; whoever leaves at 09:10 gives up at the refusal of 09:05."""
    day = story(
        f"""
        arrival  connected  retry_after
        09:00    {planned}  5 min
        """,
        users=NO_DESKTOP,
        people={"patience": "1 h", "session_end": "fixed_departure"},
    )
    assert len(day.logons.table) == tries
    expect(
        day.sessions,
        f"""
        waited                 outcome    cause
        {5 * (tries - 1)} min  abandoned  departure
        """,
    )


def test_patience_ends_before_the_departure_is_asked() -> None:
    """The retry at 09:05 is past both a patience of 4 min and a departure at 09:03."""
    day = story(
        """
        arrival  connected  retry_after
        09:00    3 min      5 min
        """,
        users=NO_DESKTOP,
        people={"patience": "4 min", "session_end": "fixed_departure"},
    )
    expect(
        day.sessions,
        """
        waited  outcome    cause
        0       abandoned  patience
        """,
    )


# --- M6: connection

ALL_STAGES = {"resume": "1 min", "cold_start": "2 min", "streaming": "5 s", "os_logon": "30 s"}


@both_engines
@pytest.mark.parametrize(
    ("ending", "back", "hibernates", "start", "os_logon", "done"),
    [
        ("logoff", "10:30", True, "0", "30 s", "10:30:35"),
        ("logoff", "12:30", True, "1 min", "30 s", "12:31:35"),
        ("disconnect", "10:30", True, "0", "0", "10:30:05"),
        ("disconnect", "12:30", True, "1 min", "0", "12:31:05"),
        ("disconnect", "10:30", False, "0", "0", "10:30:05"),
        ("disconnect", "12:30", False, "2 min", "30 s", "12:32:35"),
        ("network-loss", "10:30", True, "0", "0", "10:30:05"),
        ("left-connected", "12:30", True, "0", "0", "12:30:05"),
    ],
)
def test_the_operating_system_asks_after_a_logoff_or_a_cold_start(
    *,
    ending: str,
    back: str,
    hibernates: bool,
    start: str,
    os_logon: str,
    done: str,
    engine: Engine,
) -> None:
    """Back at 10:30 the desktop still runs; at 12:30 it has stopped, unless left connected."""
    day = story(
        f"""
        arrival  connected  ending
        09:00    1 h        {ending}
        {back}   1 h        disconnect
        """,
        fleet={"hibernates": hibernates},
        logon=ALL_STAGES,
        engine=engine,
    )
    first = ("1 min", "09:01:35") if hibernates else ("2 min", "09:02:35")
    expect(
        day.logons,
        f"""
        arrival  start       streaming  os_logon    done
        09:00    {first[0]}  5 s        30 s        {first[1]}
        {back}   {start}     5 s        {os_logon}  {done}
        """,
    )


@both_engines
def test_work_ends_after_the_work(engine: Engine) -> None:
    """1 min + 5 s + 30 s of logon; 09:01:35 + 1 h. Planned 1 h = delivered 1 h + lost 0."""
    day = story(
        """
        arrival  connected
        09:00    1 h
        """,
        logon=ALL_STAGES,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        connected  ended     planned  delivered  waited
        09:01:35   10:01:35  1 h      1 h        1 min 35 s
        """,
    )


@both_engines
def test_work_ends_at_the_fixed_departure(engine: Engine) -> None:
    """Planned 1 h = delivered 58 min 25 s + waited 1 min 35 s + lost 0."""
    day = story(
        """
        arrival  connected
        09:00    1 h
        """,
        logon=ALL_STAGES,
        people={"session_end": "fixed_departure"},
        engine=engine,
    )
    expect(
        day.sessions,
        """
        connected  ended  planned  delivered    waited
        09:01:35   10:00  1 h      58 min 25 s  1 min 35 s
        """,
    )


# --- M6 and M9: what ends an attempt in each of its stages


def eventful(planned: str, session_end: str, **whole: Any) -> Story:
    """ann's second attempt passes every stage, a minute each.

    bob keeps the directory busy until 08:41. From 08:40 ann waits for it until 08:41 and is served
    until 08:42. Her desktop, whose timeout expires at 08:41 (07:40 + 1 min + 1 h), is STOPPING
    until 08:43, STARTING until 08:44; streaming takes until 08:45, the operating system until
    08:46.
    """
    return tell(
        f"""
        user  arrival  connected  ending      directory_service  resume  streaming  os_logon
        bob   08:40    1 h        disconnect  1 min              0       0          0
        ann   07:40    1 min      logoff      0                  0       0          0
        ann   08:40    {planned}  disconnect  1 min              1 min   1 min      1 min
        """,
        fleet={"stop_delay": "2 min"},
        people={"session_end": session_end},
        directory={"servers": 1},
        **whole,
    )


STAGES = "directory_wait  directory_service  desktop_wait  start  streaming  os_logon"


@both_engines
def test_a_logon_may_meet_every_stage(engine: Engine) -> None:
    day = eventful("1 h", "after_work").run(engine)
    expect(
        day.logons,
        f"""
        user  arrival  {STAGES}                                   done   outcome
        bob   08:40    0      1 min  0      0      0      0       08:41  connected
        ann   07:40    0      0      0      0      0      0       07:40  connected
        ann   08:40    1 min  1 min  1 min  1 min  1 min  1 min   08:46  connected
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("departure", "stages", "start_kind", "run"),
    [
        ("30 s", "30 s  0  0  0  0  0", "none", None),
        ("1 min", "1 min  0  0  0  0  0", "none", None),
        ("1 min 30 s", "1 min  30 s  0  0  0  0", "none", None),
        ("2 min", "1 min  1 min  0  0  0  0", "none", None),
        ("2 min 30 s", "1 min  1 min  30 s  0  0  0", "none", None),
        ("3 min", "1 min  1 min  1 min  0  0  0", "none", None),
        ("3 min 1 ms", "1 min  1 min  1 min  1 ms  0  0", "resume", "09:44"),
        ("3 min 30 s", "1 min  1 min  1 min  30 s  0  0", "resume", "09:44"),
        ("4 min", "1 min  1 min  1 min  1 min  0  0", "resume", "09:44"),
        ("4 min 30 s", "1 min  1 min  1 min  1 min  30 s  0", "resume", "09:44:30"),
        ("5 min 30 s", "1 min  1 min  1 min  1 min  1 min  30 s", "resume", "09:45:30"),
        ("6 min", "1 min  1 min  1 min  1 min  1 min  1 min", "resume", "09:46"),
    ],
)
def test_a_departure_cuts_the_stage_under_way(
    departure: str, stages: str, start_kind: str, run: str | None, engine: Engine
) -> None:
    """A start once begun goes on; its timeout counts from 08:44, or from the departure if later.

    At exactly 08:43 the departure comes before the request, and nothing starts. At exactly 08:46
    connecting would come at the departure: ann leaves.
    """
    told = eventful(departure, "fixed_departure")
    left = told.workload.plan["connected"][2] + told.workload.plan["arrival"][2]
    day = told.run(engine)
    logons, sessions = day.logons.table, day.sessions.table
    assert logons["done"][2] == left
    assert sessions["waited"][2] == left - logons["arrival"][2]
    expect(
        day.logons,
        f"""
        arrival  {STAGES}                start_kind    outcome    cause
        08:40    0  1 min  0  0  0  0    resume        connected  none
        07:40    0  0  0  0  0  0        resume        connected  none
        08:40    {stages}                {start_kind}  abandoned  departure
        """,
    )
    expect(
        day.sessions,
        """
        user  connected  ended  disconnected  delivered  outcome    cause
        bob   08:41      09:40  09:40         59 min     ended      none
        ann   07:40      07:41  07:41         1 min      ended      none
        ann   -          -      -             0          abandoned  departure
        """,
    )
    expect(
        day.runs.rows(desktop=1),
        """
        begin  end
        07:40  08:41
        """
        + (f"\n08:43  {run}" if run else ""),
    )


@both_engines
def test_a_user_connected_for_a_millisecond_was_connected(engine: Engine) -> None:
    day = eventful("6 min 1 ms", "fixed_departure").run(engine)
    expect(
        day.sessions,
        """
        user  connected  ended         delivered  waited  outcome
        bob   08:41      09:40         59 min     1 min   ended
        ann   07:40      07:41         1 min      0       ended
        ann   08:46      08:46:00.001  1 ms       6 min   ended
        """,
    )


@both_engines
def test_a_user_who_leaves_before_the_request_does_not_touch_a_running_desktop(
    engine: Engine,
) -> None:
    """The timeout runs from 09:00 to 10:00. The directory would let ann in at 09:59:45."""
    day = story(
        """
        arrival   connected  directory_service
        08:00     1 h        0
        09:59:30  10 s       15 s
        """,
        people={"session_end": "fixed_departure"},
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        arrival   directory_service  done      outcome
        08:00     0                  08:00     connected
        09:59:30  10 s               09:59:40  abandoned
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        08:00  10:00
        """,
    )


@both_engines
def test_a_user_who_leaves_after_the_request_has_kept_the_desktop_running(engine: Engine) -> None:
    """The request at 09:59:45 cancels the timeout; it begins anew at the departure, 09:59:50."""
    day = story(
        """
        arrival   connected  directory_service  streaming
        08:00     1 h        0                  0
        09:59:30  20 s       15 s               1 min
        """,
        people={"session_end": "fixed_departure"},
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.logons,
        """
        arrival   directory_service  streaming  done      outcome
        08:00     0                  0          08:00     connected
        09:59:30  15 s               5 s        09:59:50  abandoned
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        08:00  10:59:50
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("passed", "stages", "start_kind"),
    [
        ("1 ms", "1 ms  0  0  0  0  0", "none"),
        ("30 s", "30 s  0  0  0  0  0", "none"),
        ("1 min 30 s", "1 min  30 s  0  0  0  0", "none"),
        ("2 min 30 s", "1 min  1 min  30 s  0  0  0", "none"),
        ("3 min", "1 min  1 min  1 min  0  0  0", "none"),
        ("3 min 1 ms", "1 min  1 min  1 min  1 ms  0  0", "resume"),
        ("3 min 30 s", "1 min  1 min  1 min  30 s  0  0", "resume"),
        ("4 min 30 s", "1 min  1 min  1 min  1 min  30 s  0", "resume"),
        ("5 min 30 s", "1 min  1 min  1 min  1 min  1 min  30 s", "resume"),
        ("6 min", "1 min  1 min  1 min  1 min  1 min  1 min", "resume"),
    ],
)
def test_the_end_of_the_run_cuts_the_stage_under_way(
    passed: str, stages: str, start_kind: str, engine: Engine
) -> None:
    """The run ends so long after 08:40. Whoever would be connected at exactly its end is not, and
    what was to start at exactly its end does not."""
    day = eventful("1 h", "after_work", horizon=f"8 h 40 min {passed}").run(engine)
    expect(
        day.logons.rows(session=2),
        f"""
        arrival  {STAGES}  done  start_kind    outcome  cause
        08:40    {stages}  -     {start_kind}  open     horizon
        """,
    )
    expect(
        day.sessions.rows(session=2),
        f"""
        arrival  connected  ended  disconnected  delivered  waited    outcome  cause
        08:40    -          -      -             0          {passed}  open     horizon
        """,
    )


def test_a_refused_attempt_has_waited_for_the_directory_and_the_desktop_only() -> None:
    """The desktop is STOPPING until 11:05, when another one has the only slot."""
    day = story(
        """
        user  arrival  connected  directory_service  resume
        ann   09:00    1 h        0                  0
        ann   11:02    1 h        1 min              1 min
        bob   11:01    1 h        0                  0
        """,
        fleet={"stop_delay": "5 min", "hosts": ["rack"]},
        host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 2, "memory": "4 GB"}},
        people={"patience": "0 s"},
        directory={"servers": 1},
    )
    expect(
        day.logons,
        f"""
        user  arrival  {STAGES}                   start_kind  done   outcome    cause
        ann   09:00    0  0      0      0  0  0   resume      09:00  connected  none
        ann   11:02    0  1 min  2 min  0  0  0   none        11:05  refused    no-host-capacity
        bob   11:01    0  0      0      0  0  0   resume      11:01  connected  none
        """,
    )
