"""Rules M7, M8 and M10: how sessions end, what was delivered, and what is still open at the end."""

import pytest

from tests.unit.stories import Engine, both_engines, expect, story

# --- M7: end


@both_engines
@pytest.mark.parametrize("ending", ["logoff", "disconnect"])
def test_a_logoff_and_a_disconnection_are_seen_at_once(ending: str, engine: Engine) -> None:
    """17:00 + 1 h: the desktop stops at 18:00, logged off or not."""
    day = story(
        f"""
        arrival  connected  ending
        09:00    8 h        {ending}
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        f"""
        ended  disconnected  delivered  ending    outcome  cause
        17:00  17:00         8 h        {ending}  ended    none
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  18:00
        """,
    )


@both_engines
def test_a_lost_network_is_noticed_after_20_min(engine: Engine) -> None:
    """17:00 + 20 min + 1 h = 18:20: the bill runs on, the working time does not."""
    day = story(
        """
        arrival  connected  ending
        09:00    8 h        network-loss
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        ended  disconnected  delivered  ending        outcome
        17:00  17:20         8 h        network-loss  ended
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  18:20
        """,
    )


@both_engines
def test_the_time_to_notice_a_lost_network_is_a_setting(engine: Engine) -> None:
    day = story(
        """
        arrival  connected  ending
        09:00    8 h        network-loss
        """,
        fleet={"network_loss_detection": "5 min"},
        engine=engine,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  18:05
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("back", "disconnected"),
    [("17:10", "17:10"), ("17:19:59.999", "17:19:59.999"), ("17:20", "17:20"), ("17:30", "17:20")],
)
def test_a_lost_network_is_noticed_when_the_user_is_back(
    back: str, disconnected: str, engine: Engine
) -> None:
    day = story(
        f"""
        arrival  connected  ending
        09:00    8 h        network-loss
        {back}   30 min     disconnect
        """,
        engine=engine,
    )
    expect(
        day.sessions.rows(session=0),
        f"""
        ended  disconnected
        17:00  {disconnected}
        """,
    )
    assert len(day.runs.table) == 1


@both_engines
def test_being_back_means_that_the_request_is_there(engine: Engine) -> None:
    """Back at 17:10, but authenticated only at 17:10:30."""
    day = story(
        """
        arrival  connected  ending        directory_service
        09:00    8 h        network-loss  0
        17:10    1 h        disconnect    30 s
        """,
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.sessions,
        """
        ended     disconnected
        17:00     17:10:30
        18:10:30  18:10:30
        """,
    )


@both_engines
def test_a_desktop_left_connected_runs_on_until_the_next_logon(engine: Engine) -> None:
    """Nobody disconnects on Tuesday evening: 24 h on the meter, and Wednesday's day besides.

    One run from Tuesday 09:00 to Wednesday 17:00 + 1 h = 33 h for 16 h of work.
    """
    day = story(
        """
        arrival      connected  ending
        09:00        8 h        left-connected
        09-02 09:00  8 h        disconnect
        """,
        horizon="2 d",
        engine=engine,
    )
    expect(
        day.sessions,
        """
        connected    ended        disconnected  delivered  ending
        09:00        17:00        09-02 09:00   8 h        left-connected
        09-02 09:00  09-02 17:00  09-02 17:00   8 h        disconnect
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  09-02 18:00
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("back", "disconnected", "runs"),
    [
        ("17:10", "17:10", "09:00  19:10"),
        ("17:30", "17:30", "09:00  19:30"),
        ("17:40", "17:30", "09:00  19:40"),
        ("20:00", "17:30", "09:00  18:30\n20:00  22:00"),
    ],
)
def test_an_idle_timeout_ends_a_desktop_left_connected(
    back: str, disconnected: str, runs: str, engine: Engine
) -> None:
    """Idle from 17:00 on, disconnected at 17:30 unless ann is back before."""
    day = story(
        f"""
        arrival  connected  ending
        09:00    8 h        left-connected
        {back}   1 h        disconnect
        """,
        fleet={"idle_disconnect_timeout": "30 min"},
        engine=engine,
    )
    expect(
        day.sessions.rows(session=0),
        f"""
        ended  disconnected    delivered  ending          outcome
        17:00  {disconnected}  8 h        left-connected  ended
        """,
    )
    expect(day.runs, f"begin  end\n{runs}")


@both_engines
@pytest.mark.parametrize(
    ("idle_from", "ended", "outcome"),
    [
        ("3 h", "12:30", "cut"),
        ("0", "09:30", "cut"),
        ("7 h 29 min 59 s 999 ms", "16:59:59.999", "cut"),
        ("7 h 30 min", "17:00", "ended"),
        ("8 h", "17:00", "ended"),
        ("-", "17:00", "ended"),
    ],
)
def test_an_idle_user_is_disconnected(
    idle_from: str, ended: str, outcome: str, engine: Engine
) -> None:
    """Connected at 09:00, hands off from 12:00 on: 12:30. At 17:00 she would leave anyway."""
    day = story(
        f"""
        arrival  connected  ending  idle_from
        09:00    8 h        logoff  {idle_from}
        """,
        fleet={"idle_disconnect_timeout": "30 min"},
        engine=engine,
    )
    ending, cause = ("disconnect", "idle-disconnect") if outcome == "cut" else ("logoff", "none")
    expect(
        day.sessions,
        f"""
        ended    disconnected  planned  ending    outcome    cause
        {ended}  {ended}       8 h      {ending}  {outcome}  {cause}
        """,
    )


@both_engines
def test_planned_time_is_delivered_or_lost(engine: Engine) -> None:
    """Connected from 09:01 to 12:31: planned 8 h = delivered 3 h 30 min + lost 4 h 30 min."""
    day = story(
        """
        arrival  connected  ending  idle_from
        09:00    8 h        logoff  3 h
        """,
        fleet={"idle_disconnect_timeout": "30 min"},
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.sessions,
        """
        connected  ended  planned  delivered   waited
        09:01      12:31  8 h      3 h 30 min  1 min
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("idle_from", "ended", "delivered", "outcome"),
    [
        ("1 h", "10:31", "1 h 30 min", "cut"),
        ("7 h 28 min", "16:59", "7 h 58 min", "cut"),
        ("7 h 29 min", "17:00", "7 h 59 min", "ended"),
    ],
)
def test_an_idle_user_with_a_fixed_departure(
    idle_from: str, ended: str, delivered: str, outcome: str, engine: Engine
) -> None:
    """Connected at 09:01, leaving at 17:00: planned 8 h = waited 1 min + delivered + lost."""
    day = story(
        f"""
        arrival  connected  idle_from
        09:00    8 h        {idle_from}
        """,
        people={"session_end": "fixed_departure"},
        fleet={"idle_disconnect_timeout": "30 min"},
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.sessions,
        f"""
        connected  ended    planned  delivered    waited  outcome
        09:01      {ended}  8 h      {delivered}  1 min   {outcome}
        """,
    )


@both_engines
def test_an_idle_user_is_still_signed_in(engine: Engine) -> None:
    """Cut off at 10:30 without the logoff she intended: no operating-system logon at 11:00."""
    day = story(
        """
        arrival  connected  ending  idle_from
        09:00    8 h        logoff  1 h
        11:00    1 h        logoff  -
        """,
        fleet={"idle_disconnect_timeout": "30 min"},
        logon={"os_logon": "30 s"},
        engine=engine,
    )
    expect(
        day.logons,
        """
        arrival  os_logon  done
        09:00    30 s      09:00:30
        11:00    0         11:00
        """,
    )


@both_engines
def test_without_an_idle_timeout_nobody_is_disconnected(engine: Engine) -> None:
    day = story(
        """
        arrival  connected  ending      idle_from
        09:00    8 h        disconnect  1 h
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        ended  outcome
        17:00  ended
        """,
    )


def test_a_connection_that_outlives_its_user_ends_with_the_desktop() -> None:
    """ann left at 10:00; her desktop is deleted at 12:00."""
    day = story(
        """
        arrival  connected  ending
        09:00    1 h        left-connected
        """,
        users={"ann": {"leaves": "12:00"}},
    )
    expect(
        day.sessions,
        """
        ended  disconnected  delivered  ending          outcome  cause
        10:00  12:00         1 h        left-connected  ended    none
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  12:00
        """,
    )


@both_engines
def test_a_line_lost_on_an_always_on_desktop_costs_nothing(engine: Engine) -> None:
    day = story(
        """
        arrival  connected  ending
        09:00    1 h        network-loss
        """,
        fleet={"running_mode": "AlwaysOn"},
        engine=engine,
    )
    expect(
        day.sessions,
        """
        ended  disconnected
        10:00  10:20
        """,
    )
    expect(day.runs, "begin  end")


@both_engines
@pytest.mark.parametrize(
    ("planned", "disconnected", "run"),
    [("1 min", "-", "24:00"), ("2 min", "-", "24:00"), ("2 min 1 ms", "12:02", "13:02:00.001")],
)
def test_an_attempt_given_up_before_its_request_ends_no_connection(
    planned: str, disconnected: str, run: str, engine: Engine
) -> None:
    """ann, who left connected at 10:00, is back at 12:00; the directory is done at 12:02.

    Who leaves at 12:02 sharp leaves before the request. A millisecond later she was connected.
    """
    day = story(
        f"""
        arrival  connected  ending          directory_service
        09:00    1 h        left-connected  0
        12:00    {planned}  disconnect      2 min
        """,
        people={"session_end": "fixed_departure"},
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.sessions.rows(session=0),
        f"""
        ended  disconnected    outcome
        10:00  {disconnected}  ended
        """,
    )
    expect(
        day.runs,
        f"""
        begin  end
        09:00  {run}
        """,
    )


# --- M10: the end of the run


@both_engines
def test_a_session_under_way_at_the_end_is_open(engine: Engine) -> None:
    """22:00 + 1 min of resume; of 4 h, 1 h 59 min lie inside the run."""
    day = story(
        """
        arrival  connected  ending
        22:00    4 h        logoff
        """,
        logon={"resume": "1 min"},
        engine=engine,
    )
    expect(
        day.sessions,
        """
        connected  ended  disconnected  planned  delivered   waited  ending  outcome  cause
        22:01      -      -             4 h      1 h 59 min  1 min   logoff  open     horizon
        """,
    )
    expect(
        day.logons,
        """
        done   outcome    cause
        22:01  connected  none
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        22:00  24:00
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  22:00  stopped
        22:00  22:01  starting
        22:01  24:00  available
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("connected", "ended", "outcome"),
    [("1 h 59 min 59 s 999 ms", "23:59:59.999", "ended"), ("2 h", "-", "open")],
)
def test_a_session_that_ends_at_the_end_of_the_run_is_open(
    connected: str, ended: str, outcome: str, engine: Engine
) -> None:
    day = story(
        f"""
        arrival  connected
        22:00    {connected}
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        f"""
        ended    disconnected  delivered    outcome
        {ended}  {ended}       {connected}  {outcome}
        """,
    )


@both_engines
@pytest.mark.parametrize("ending", ["left-connected", "network-loss"])
def test_a_connection_that_outlives_its_user_and_the_run_has_no_disconnection(
    ending: str, engine: Engine
) -> None:
    """ann leaves at 23:50; her line's loss would be noticed at 00:10."""
    day = story(
        f"""
        arrival  connected   ending
        22:00    1 h 50 min  {ending}
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        f"""
        ended  disconnected  delivered   ending    outcome  cause
        23:50  -             1 h 50 min  {ending}  ended    none
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("connected", "disconnected"),
    [("1 h 39 min 59 s 999 ms", "23:59:59.999"), ("1 h 40 min", "-")],
)
def test_a_lost_line_noticed_at_the_end_of_the_run_is_not(
    connected: str, disconnected: str, engine: Engine
) -> None:
    """22:00 + 1 h 40 min + 20 min = 24:00."""
    day = story(
        f"""
        arrival  connected    ending
        22:00    {connected}  network-loss
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        f"""
        disconnected    outcome
        {disconnected}  ended
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("planned", "outcome", "cause", "waited"),
    [
        ("59 min 59 s 999 ms", "abandoned", "departure", "59 min 59 s 999 ms"),
        ("1 h", "open", "horizon", "1 h"),
    ],
)
def test_a_departure_at_the_end_of_the_run_is_not_made(
    planned: str, outcome: str, cause: str, waited: str, engine: Engine
) -> None:
    """The resume takes 2 h from 23:00 on."""
    day = story(
        f"""
        arrival  connected  resume
        23:00    {planned}  2 h
        """,
        people={"session_end": "fixed_departure"},
        engine=engine,
    )
    expect(
        day.logons,
        f"""
        start     start_kind  outcome    cause
        {waited}  resume      {outcome}  {cause}
        """,
    )
    expect(
        day.sessions,
        f"""
        connected  waited    outcome    cause
        -          {waited}  {outcome}  {cause}
        """,
    )


@both_engines
@pytest.mark.parametrize(
    ("service", "disconnected"),
    [("59 s 999 ms", "23:59:59.999"), ("1 min", "-"), ("2 min", "-")],
)
def test_a_request_at_or_after_the_end_of_the_run_ends_no_connection(
    service: str, disconnected: str, engine: Engine
) -> None:
    """ann, who left connected at 23:00, is back at 23:59, and authenticated at 24:00 or later."""
    day = story(
        f"""
        arrival  connected  ending          directory_service
        22:00    1 h        left-connected  0
        23:59    1 h        disconnect      {service}
        """,
        directory={"servers": 1},
        engine=engine,
    )
    expect(
        day.sessions.rows(session=0),
        f"""
        ended  disconnected    outcome
        23:00  {disconnected}  ended
        """,
    )


@both_engines
@pytest.mark.parametrize(("arrival", "rows"), [("23:59:59.999", 1), ("24:00", 0)])
def test_a_row_that_arrives_at_the_end_has_no_facts(
    arrival: str, rows: int, engine: Engine
) -> None:
    day = story(
        f"""
        arrival    connected
        {arrival}  1 h
        """,
        engine=engine,
    )
    assert len(day.logons.table) == len(day.sessions.table) == len(day.runs.table) == rows


@both_engines
def test_a_row_postponed_past_the_end_has_no_facts(engine: Engine) -> None:
    """The second row, meant for 23:00, would arrive at 01:00."""
    day = story(
        """
        arrival  connected
        22:00    3 h
        23:00    1 h
        """,
        engine=engine,
    )
    expect(
        day.sessions,
        """
        session  outcome
        0        open
        """,
    )


def test_a_user_between_two_tries_at_the_end_is_open() -> None:
    """Refused at 23:50 and 23:56, back at 00:02: waited 10 min so far. No attempt is under way."""
    day = story(
        """
        arrival  connected  retry_after
        23:50    1 h        6 min
        """,
        users={"ann": {"joins": "09-02 09:00"}},
    )
    expect(
        day.logons,
        """
        attempt  done   outcome  cause
        1        23:50  refused  desktop-missing
        2        23:56  refused  desktop-missing
        """,
    )
    expect(
        day.sessions,
        """
        connected  ended  delivered  waited  outcome  cause
        -          -      0          10 min  open     horizon
        """,
    )


@both_engines
def test_a_warm_up_is_part_of_the_run(engine: Engine) -> None:
    """Instants before the start are negative: the run of 2 h is from -30 min to 90 min."""
    day = story(
        """
        arrival      connected
        08-31 23:30  1 h
        """,
        warm_up="1 d",
        engine=engine,
    )
    expect(
        day.sessions,
        """
        arrival      connected    ended  delivered
        08-31 23:30  08-31 23:30  00:30  1 h
        """,
    )
    expect(
        day.states,
        """
        begin        end          state
        08-31 00:00  08-31 23:30  stopped
        08-31 23:30  01:30        available
        01:30        24:00        stopped
        """,
    )
    assert day.runs.table["begin"].tolist() == [-30 * 60_000]
    assert day.runs.table["end"].tolist() == [90 * 60_000]
