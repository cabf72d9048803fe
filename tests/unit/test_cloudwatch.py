"""What CloudWatch would have shown of days that are short enough to count by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import numpy as np
import pytest

from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    INTERRUPTIONS,
    LOGONS,
    NEVER,
    SESSIONS,
    USERS,
    Cause,
    DesktopState,
    Ending,
    Outcome,
    RunningMode,
    Schema,
    SessionOutcome,
    Table,
)
from sim.storage import FactStore
from sim.study.cloudwatch import (
    ABSENT,
    DESKTOP_SLOT,
    OF_DESKTOPS,
    OF_DIRECTORY,
    OF_POOLS,
    POOL_SLOT,
    OneDesktop,
    OneUser,
    Periods,
    Scope,
    While,
    desktop_metrics,
    device_metrics,
    pool_tallies,
    streaming_by,
)
from sim.study.cloudwatch.pools import METRICS
from sim.units import DAY, HOUR, MINUTE, SECOND, Calendar, Millis
from sim.workload import Protocols
from tests.recorded import facts, rows
from tests.unit.stories import Facts, story

TUESDAY = datetime(2026, 9, 1, tzinfo=UTC)
READ = (DESKTOP_STATES, DESKTOP_TERMS, INTERRUPTIONS, LOGONS, SESSIONS)

Value = dict[str, float]


def clock(at: Millis) -> str:
    """`09:05` of the first day."""
    return f"{at // HOUR:02}:{at % HOUR // MINUTE:02}"


def at(text: str) -> Millis:
    hours, minutes, *seconds = (float(part) for part in text.split(":"))
    return round(hours * HOUR + minutes * MINUTE + sum(seconds) * SECOND)


def streamed(**of_client: str) -> Protocols:
    """Nine people of a DCV fleet, whose clients `near`, `far` may have protocols of their own."""
    told = [{"user": code, "population": "all", "fleet": "office"} for code in range(9)]
    own = {("all", name): protocol for name, protocol in of_client.items()}
    return Protocols({"office": "dcv"}, own, rows(USERS, *told), ["near", "far"])


def points(
    store: FactStore[Table],
    metric: str,
    *,
    protocols: Protocols | None = None,
    period: Millis = 5 * MINUTE,
    begin: Millis = 0,
    end: Millis = DAY,
    start: datetime = TUESDAY,
    desktops: int = 9,
    scope: Scope | None = None,
) -> dict[str, Value]:
    """Statistics of a metric by the beginning of their period."""
    periods = Periods.of(Calendar(start), begin, end, period, DESKTOP_SLOT)
    tallies = desktop_metrics(
        store,
        periods,
        [metric],
        scope=scope or Scope(),
        protocols=protocols or streamed(),
        desktops=desktops,
        end=end,
    )
    found = tallies[metric].points(periods)
    return {
        clock(beginning): {name: float(v[row]) for name, v in found.statistics.items()}
        for row, beginning in enumerate(found.at.tolist())
    }


def sums(store: FactStore[Table], metric: str, **options: Any) -> dict[str, float]:
    return {when: value["Sum"] for when, value in points(store, metric, **options).items()}


def only(found: Mapping[str, float]) -> dict[str, float]:
    """The points that are not 0."""
    return {when: value for when, value in found.items() if value}


def stored(told: Facts) -> FactStore[Table]:
    store = FactStore[Table]()
    for schema in READ:
        store.add(told.recorded(schema))
    return store


# --- a day of one desktop


@pytest.fixture
def day() -> FactStore[Table]:
    """Ann logs on at 09:00, works from 09:02:10 to 11:00, and her desktop stops at 12:00.

    10 s at the directory, 90 s to resume, 5 s of streaming, 25 s of the operating system.
    """
    told = story(
        """
        arrival  connected        ending
        09:00    1 h 57 min 50 s  logoff
        """,
        directory={"servers": 1},
        logon={
            "directory_service": "10 s",
            "resume": "90 s",
            "streaming": "5 s",
            "os_logon": "25 s",
        },
    )
    return stored(told)


def test_the_desktop_is_stopped_then_available_then_stopped(day: FactStore[Table]) -> None:
    """Started at 09:00:10, available at 09:01:40, stopped at 12:00.

    Status is that of the last instant of a slot: the one from 08:55 still ends in STOPPED, the one
    from 09:00 ends in AVAILABLE, and the one from 11:55 too.
    """
    stopped, available = sums(day, "Stopped"), sums(day, "Available")

    assert len(stopped) == len(available) == 24 * 12
    assert [when for when, value in available.items() if value] == [
        clock(minute * MINUTE) for minute in range(9 * 60, 12 * 60, 5)
    ]
    assert all(stopped[when] + available[when] == 1 for when in stopped)


def test_at_one_minute_the_start_is_neither(day: FactStore[Table]) -> None:
    """At the end of 09:00 it is starting, and that is none of CloudWatch's four states."""
    found = {
        metric: sums(day, metric, period=MINUTE)
        for metric in ("Available", "Stopped", "Unhealthy", "Maintenance")
    }

    assert [sum(found[m][when] for m in found) for when in ("08:59", "09:00", "09:01")] == [1, 0, 1]
    assert found["Stopped"]["08:59"] == found["Available"]["09:01"] == 1


def test_somebody_is_connected_in_each_slot_that_was_touched(day: FactStore[Table]) -> None:
    """From 09:02:10 to 11:00: the slots from 09:00 to 10:55, and not the one that begins at 11:00.

    Until 12:00 the desktop runs idle: that it has nobody is known. Stopped, it cannot be asked.
    """
    found = sums(day, "UserConnected")

    assert list(only(found)) == [clock(m * MINUTE) for m in range(9 * 60, 11 * 60, 5)]
    assert list(found) == [clock(m * MINUTE) for m in range(9 * 60, 12 * 60, 5)]


def test_an_hour_has_twelve_samples(day: FactStore[Table]) -> None:
    """In the hour from 11:00 nobody is connected; from 12:00 on there is no sample."""
    found = points(day, "UserConnected", period=HOUR)

    one = {"SampleCount": 12, "Average": 1, "Sum": 12, "Minimum": 1, "Maximum": 1}
    none = {"SampleCount": 12, "Average": 0, "Sum": 0, "Minimum": 0, "Maximum": 0}
    assert found == {"09:00": one, "10:00": one, "11:00": none}


def test_the_attempt_begins_after_authentication(day: FactStore[Table]) -> None:
    """Authenticated at 09:00:10, streaming at 09:01:45: both in the slot of 09:00.

    At one minute the attempt is seen at 09:00 and its success at 09:01.
    """
    assert sums(day, "ConnectionAttempt") == {"09:00": 1}
    assert sums(day, "ConnectionAttempt", period=MINUTE) == {"09:00": 1}
    assert sums(day, "ConnectionSuccess", period=MINUTE) == {"09:01": 1}
    assert sums(day, "ConnectionFailure", period=MINUTE) == {"09:01": 0}


def test_launching_takes_from_authentication_to_streaming(day: FactStore[Table]) -> None:
    """90 s + 5 s; neither the 10 s at the directory nor the 25 s of the operating system."""
    (value,) = points(day, "SessionLaunchTime", period=HOUR).values()

    assert value == {"SampleCount": 1, "Average": 95, "Sum": 95, "Minimum": 95, "Maximum": 95}


def test_the_session_is_disconnected_once(day: FactStore[Table]) -> None:
    assert sums(day, "SessionDisconnect") == {"11:00": 1}


def test_latency_is_the_round_trip_while_connected(day: FactStore[Table]) -> None:
    """The story's client is 40 ms away; 24 slots from 09:00 to 10:55."""
    found = points(day, "InSessionLatency")

    assert list(found) == [clock(m * MINUTE) for m in range(9 * 60, 11 * 60, 5)]
    assert all(value["Average"] == value["Minimum"] == 40 for value in found.values())


def test_the_connection_grows_older_until_it_ends(day: FactStore[Table]) -> None:
    """From 09:02:10: 2 min 50 s old at the end of the slot of 09:00, 112 min 50 s at 10:55.

    The slot of 10:55 ends at 11:00 as the connection does, which was open just before.
    """
    found = points(day, "ConnectionDuration")

    slots = [clock(m * MINUTE) for m in range(9 * 60, 11 * 60, 5)]
    assert {when: value["Average"] for when, value in found.items()} == {
        when: 170 + 300 * number for number, when in enumerate(slots)
    }
    # Twelve samples in the hour from 09:00: 170 s, 470 s, ..., 3470 s.
    first = points(day, "ConnectionDuration", period=HOUR)["09:00"]
    ends = {"Average": (170 + 3470) / 2, "Minimum": 170, "Maximum": 3470}
    assert first == {"SampleCount": 12, "Sum": 12 * 1820, **ends}


# --- edges of slots


def connected(*spans: tuple[str, str], desktop: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "session": number,
            "desktop": desktop,
            "connected": at(begin),
            "ended": at(end),
            "disconnected": at(end),
            "rtt": 40,
        }
        for number, (begin, end) in enumerate(spans)
    ]


def available(*spans: tuple[str, str], desktop: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "desktop": desktop,
            "begin": at(begin),
            "end": at(end),
            "state": DesktopState.AVAILABLE,
        }
        for begin, end in spans
    ]


@pytest.mark.parametrize(
    ("begin", "end", "slots"),
    [
        ("09:00", "09:05", ["09:00"]),  # a slot to the millisecond
        ("09:00", "09:05:00.001", ["09:00", "09:05"]),
        ("09:04:59.999", "09:05", ["09:00"]),
        ("09:04:59.999", "09:05:00.001", ["09:00", "09:05"]),
        ("09:02", "09:03", ["09:00"]),
        ("09:02", "09:17", ["09:00", "09:05", "09:10", "09:15"]),
        ("00:00", "00:00:00.001", ["00:00"]),
        ("23:59", "24:00", ["23:55"]),
    ],
)
def test_a_slot_counts_who_was_connected_at_any_time_of_it(
    begin: str, end: str, slots: list[str]
) -> None:
    store = facts(
        {SESSIONS: connected((begin, end)), DESKTOP_STATES: available(("00:00", "24:00"))}
    )

    assert list(only(sums(store, "UserConnected"))) == slots


def test_a_desktop_that_is_left_and_taken_again_in_a_slot_counts_once() -> None:
    """09:00-09:01, 09:02-09:03 and 09:04-09:06 of one desktop: 1 from 09:00, 1 from 09:05.

    Latency has a sample of each connection: three from 09:00, one from 09:05.
    """
    spans = (("09:00", "09:01"), ("09:02", "09:03"), ("09:04", "09:06"))
    store = facts({SESSIONS: connected(*spans), DESKTOP_STATES: available(("00:00", "24:00"))})

    assert only(sums(store, "UserConnected")) == {"09:00": 1, "09:05": 1}
    latency = points(store, "InSessionLatency")
    assert {when: value["SampleCount"] for when, value in latency.items()} == {
        "09:00": 3,
        "09:05": 1,
    }


def test_several_desktops_add_up() -> None:
    """Two of three connected from 09:00, one of them on to 09:10; the third is only there."""
    store = facts(
        {
            SESSIONS: [
                *connected(("09:00", "09:10"), desktop=0),
                *connected(("09:01", "09:02"), desktop=1),
            ],
            DESKTOP_STATES: [
                row for d in range(3) for row in available(("0:0", "24:0"), desktop=d)
            ],
        }
    )
    found = points(store, "UserConnected", period=10 * MINUTE)

    # two slots of 5 min: 2 + 1 of 3 + 3 samples
    assert found["09:00"] == {
        "SampleCount": 6,
        "Average": 0.5,
        "Sum": 3,
        "Minimum": 0,
        "Maximum": 1,
    }


def test_the_least_and_greatest_latency_are_those_of_who_was_connected() -> None:
    """30 ms over 09:00-10:00 and 80 ms over 09:20-09:30; the mean of both is 55."""
    near, far = (
        {"connected": at(begin), "ended": at(end), "disconnected": at(end), "rtt": rtt}
        for begin, end, rtt in (("09:00", "10:00", 30), ("09:20", "09:30", 80))
    )
    store = facts({SESSIONS: [near | {"desktop": 0}, far | {"desktop": 1}]})
    found = points(store, "InSessionLatency")

    alone = {"SampleCount": 1, "Average": 30, "Sum": 30, "Minimum": 30, "Maximum": 30}
    both = {"SampleCount": 2, "Average": 55, "Sum": 110, "Minimum": 30, "Maximum": 80}
    assert [found[when] for when in ("09:15", "09:20", "09:25", "09:30")] == [
        alone,
        both,
        both,
        alone,
    ]
    # an hour has 12 samples of 30 and 2 of 80: (360 + 160) / 14
    (hour,) = points(store, "InSessionLatency", period=HOUR).values()
    assert hour["Average"] == pytest.approx(520 / 14)
    assert (hour["Minimum"], hour["Maximum"], hour["SampleCount"]) == (30, 80, 14)


# --- periods


def test_periods_begin_at_multiples_of_their_length_since_1970() -> None:
    """A run that starts at 09:07: the first whole slot is 09:10, its hour began at 09:00."""
    start = TUESDAY.replace(hour=9, minute=7)
    store = facts({DESKTOP_STATES: [{"begin": 0, "end": DAY, "state": DesktopState.STOPPED}]})
    periods = Periods.of(Calendar(start), 0, 2 * HOUR, HOUR, DESKTOP_SLOT)

    tallies = desktop_metrics(
        store,
        periods,
        ["Stopped"],
        scope=Scope(),
        protocols=streamed(),
        desktops=1,
        end=2 * HOUR,
    )
    tally = tallies["Stopped"]
    found = tally.points(periods)

    # [09:07, 11:07) holds the slots 09:10 to 11:00: 10 in the hour of 09:00, 12, and 1.
    assert found.at.tolist() == [-7 * MINUTE, 53 * MINUTE, 113 * MINUTE]
    assert found.statistics["SampleCount"].tolist() == [10, 12, 1]


@pytest.mark.parametrize(
    ("period", "slot"),
    [(1, 1), (2, 1), (3, 1), (5, 5), (6, 1), (7, 1), (10, 5), (60, 5), (24 * 60, 5)],
)
def test_a_desktop_is_sampled_every_five_minutes_or_each_minute(period: int, slot: int) -> None:
    """The longest time up to 5 min that the period is a multiple of."""
    periods = Periods.of(Calendar(TUESDAY), 0, DAY, period * MINUTE, DESKTOP_SLOT)
    store = facts({DESKTOP_STATES: [{"begin": 0, "end": DAY, "state": DesktopState.STOPPED}]})

    assert periods.slot == slot * MINUTE
    found = points(store, "Stopped", period=period * MINUTE)
    assert max(value["SampleCount"] for value in found.values()) == period // slot


def test_a_run_shorter_than_a_slot_has_no_points() -> None:
    store = facts({DESKTOP_STATES: [{"begin": 0, "end": DAY, "state": DesktopState.STOPPED}]})

    for metric in OF_DESKTOPS:
        assert points(store, metric, end=4 * MINUTE) == {}


def test_what_was_before_and_after_does_not_count() -> None:
    """From 09:00 to 10:00 of a day on which somebody was connected from 08:00 to 11:00."""
    store = facts(
        {SESSIONS: connected(("08:00", "11:00")), DESKTOP_STATES: available(("00:00", "24:00"))}
    )
    window: dict[str, Any] = {"begin": at("09:00"), "end": at("10:00")}

    assert len(only(sums(store, "UserConnected", **window))) == 12
    assert points(store, "SessionDisconnect", **window) == {}


# --- states


@pytest.mark.parametrize("state", list(DesktopState))
def test_each_state_counts_where_the_provider_counts_it(state: DesktopState) -> None:
    counted = {
        "AVAILABLE": "Available",
        "UNHEALTHY": "Unhealthy",
        "STOPPED": "Stopped",
        "MAINTENANCE": "Maintenance",
    }
    silent = state.name in ("ABSENT", "PENDING", "TERMINATED")
    store = facts({DESKTOP_STATES: [{"begin": 0, "end": DAY, "state": state}]})

    for metric in ("Available", "Unhealthy", "Stopped", "Maintenance"):
        found = points(store, metric)
        assert len(found) == (0 if silent else 24 * 12)
        expected = 1 if counted.get(state.name) == metric else 0
        assert all(value["Sum"] == expected for value in found.values())
        assert all(value["SampleCount"] == 1 for value in found.values())


def test_a_desktop_gives_samples_from_its_creation_to_its_deletion() -> None:
    """Created at 09:00, ready at 09:20, deleted at 17:00."""
    states = [
        ("00:00", "09:00", DesktopState.ABSENT),
        ("09:00", "09:20", DesktopState.PENDING),
        ("09:20", "17:00", DesktopState.STOPPED),
        ("17:00", "24:00", DesktopState.TERMINATED),
    ]
    store = facts(
        {DESKTOP_STATES: [{"begin": at(b), "end": at(e), "state": s} for b, e, s in states]}
    )
    found = list(points(store, "Available"))

    # the slot of 09:15 ends at 09:19:59.999, that of 16:55 at 16:59:59.999
    assert (found[0], found[-1]) == ("09:20", "16:55")


# --- attempts that fail


def attempt(outcome: Outcome, cause: Cause = Cause.NONE, **cells: Any) -> dict[str, Any]:
    """One at 09:00 that stands 30 s in the directory's line and is served for 10 s."""
    line = {"arrival": at("09:00"), "directory_wait": 30 * SECOND, "directory_service": 10 * SECOND}
    return line | {"outcome": outcome, "cause": cause} | cells


CONNECTING = ("ConnectionAttempt", "ConnectionSuccess", "ConnectionFailure")


def told(row: Mapping[str, Any], end: Millis = DAY) -> dict[str, tuple[float, ...]]:
    """Sums of the three by minute; None where there is no sample."""
    store = facts({LOGONS: [row]})
    found = [sums(store, metric, period=MINUTE, end=end) for metric in CONNECTING]
    minutes = sorted(set().union(*found))
    return {when: tuple(one.get(when, -1) for one in found) for when in minutes}


def test_a_refusal_is_an_attempt_that_failed_at_once() -> None:
    row = attempt(Outcome.REFUSED, Cause.NO_HOST_CAPACITY, done=at("09:00:40"))

    assert told(row) == {"09:00": (1, 0, 1)}


def test_who_leaves_the_line_of_the_directory_has_made_no_attempt() -> None:
    row = attempt(
        Outcome.ABANDONED,
        Cause.DEPARTURE,
        directory_wait=20 * SECOND,
        directory_service=0,
        done=at("09:00:20"),
    )

    assert told(row) == {}


def test_who_leaves_at_the_very_end_of_authentication_has_made_none_either() -> None:
    row = attempt(Outcome.ABANDONED, Cause.DEPARTURE, done=at("09:00:40"))

    assert told(row) == {}


def test_who_leaves_during_the_start_has_made_one_that_failed() -> None:
    row = attempt(Outcome.ABANDONED, Cause.DEPARTURE, start=60 * SECOND, done=at("09:01:40"))

    assert told(row) == {"09:00": (1, -1, -1), "09:01": (-1, 0, 1)}


def test_who_leaves_during_the_logon_of_the_system_was_connected() -> None:
    """Streaming at 09:01:45, gone at 09:02:00: a success, and a disconnection."""
    row = attempt(
        Outcome.ABANDONED,
        Cause.DEPARTURE,
        start=60 * SECOND,
        streaming=5 * SECOND,
        os_logon=15 * SECOND,
        done=at("09:02"),
    )
    store = facts({LOGONS: [row]})

    assert told(row) == {"09:00": (1, -1, -1), "09:01": (-1, 1, 0)}
    assert sums(store, "SessionDisconnect", period=MINUTE) == {"09:02": 1}
    (launch,) = points(store, "SessionLaunchTime").values()
    assert launch["Average"] == 65


def test_an_attempt_that_the_end_finds_is_not_decided() -> None:
    """The run ends at 09:02, 80 s into the start; another one has not been authenticated yet."""
    going = attempt(Outcome.OPEN, Cause.HORIZON, start=80 * SECOND, done=NEVER)
    waiting = attempt(
        Outcome.OPEN, Cause.HORIZON, directory_wait=120 * SECOND, directory_service=0, done=NEVER
    )

    assert told(going, end=at("09:02")) == {"09:00": (1, -1, -1)}
    assert told(waiting, end=at("09:02")) == {}


@pytest.mark.parametrize("cause", list(Cause))
def test_whoever_is_turned_away_before_authentication_has_made_none(cause: Cause) -> None:
    """By a check of network, device or address, or by the second factor."""
    checks = {
        "FIPS_REQUIRED",
        "NETWORK_CHECK",
        "UNTRUSTED_DEVICE",
        "CERTIFICATE_EXPIRED",
        "IP_NOT_ALLOWED",
        "MFA_FAILED",
        "MFA_OUTAGE",
    }
    row = attempt(Outcome.REFUSED, cause, done=at("09:00:40"))

    assert told(row) == ({} if cause.name in checks else {"09:00": (1, 0, 1)})


def test_who_has_no_desktop_connects_to_none() -> None:
    """Users of pools, whose metrics are others, and those whose desktop is not there."""
    row = attempt(Outcome.REFUSED, Cause.DESKTOP_MISSING, desktop=-1, done=at("09:00:40"))

    assert told(row) == {}


def test_checks_of_devices_are_passed_failed_or_not_decided() -> None:
    """A check of 2 s after 1 s of the network: passed, failed, expired, cut short, and none."""
    check = {"arrival": at("09:00"), "network_check": SECOND, "trusted_device": 2 * SECOND}
    told = [
        check | {"outcome": Outcome.CONNECTED, "done": at("09:01")},
        check | {"outcome": Outcome.REFUSED, "cause": Cause.MFA_FAILED, "done": at("09:00:03")},
        check
        | {"outcome": Outcome.REFUSED, "cause": Cause.UNTRUSTED_DEVICE, "done": at("09:00:03")},
        check
        | {"outcome": Outcome.REFUSED, "cause": Cause.CERTIFICATE_EXPIRED, "done": at("09:00:03")},
        check | {"outcome": Outcome.ABANDONED, "trusted_device": SECOND, "done": at("09:00:02")},
        {"arrival": at("09:00"), "outcome": Outcome.CONNECTED, "done": at("09:01")},
    ]
    periods = Periods.of(Calendar(TUESDAY), 0, DAY, HOUR, DESKTOP_SLOT)
    tallies = device_metrics(facts({LOGONS: told}), periods, DAY)
    found = {name: tally.points(periods) for name, tally in tallies.items()}

    assert list(found) == list(OF_DIRECTORY)
    assert [points.at.tolist() for points in found.values()] == [[9 * HOUR]] * 3
    assert [points.statistics["Sum"].tolist() for points in found.values()] == [[4], [2], [2]]
    assert [points.statistics["SampleCount"][0] for points in found.values()] == [4, 4, 4]


# --- connections that outlive their users, and those that are cut


def session(ending: Ending, ended: str, disconnected: str) -> dict[str, Any]:
    return {
        "connected": at("09:00"),
        "ended": at(ended),
        "disconnected": at(disconnected),
        "ending": ending,
        "rtt": 40,
    }


def test_a_lost_network_is_noticed_late_and_has_no_round_trip() -> None:
    """Gone at 09:10, noticed at 09:30: connected for six slots, measured in two."""
    store = facts({SESSIONS: [session(Ending.NETWORK_LOSS, "09:10", "09:30")]})

    assert len(points(store, "InSessionLatency")) == 2
    assert sums(store, "SessionDisconnect") == {"09:30": 1}


def test_a_client_that_nobody_closes_goes_on() -> None:
    store = facts({SESSIONS: [session(Ending.LEFT_CONNECTED, "09:10", "09:30")]})

    assert len(points(store, "InSessionLatency")) == 6


def test_a_session_that_is_open_is_connected_to_the_end() -> None:
    row = {"connected": at("23:00"), "ended": NEVER, "disconnected": NEVER, "rtt": 40}
    store = facts({SESSIONS: [row | {"outcome": SessionOutcome.OPEN}]})

    assert len(points(store, "InSessionLatency")) == 12
    assert points(store, "SessionDisconnect") == {}


def cut(begin: str, back: str | None, desktop: int = 0) -> dict[str, Any]:
    return {
        "desktop": desktop,
        "at": at(begin),
        "back": NEVER if back is None else at(back),
        "cause": Cause.HOST_FAILURE,
    }


def test_an_outage_cuts_a_session_into_two_connections() -> None:
    """09:00 to 10:00, away from 09:20 to 09:30."""
    store = facts(
        {
            SESSIONS: [session(Ending.DISCONNECT, "10:00", "10:00")],
            INTERRUPTIONS: [cut("09:20", "09:30")],
            DESKTOP_STATES: available(("00:00", "24:00")),
        }
    )

    slots = [clock(m * MINUTE) for m in range(9 * 60, 10 * 60, 5)]
    assert list(only(sums(store, "UserConnected"))) == slots[:4] + slots[6:]
    assert list(points(store, "InSessionLatency")) == slots[:4] + slots[6:]
    assert sums(store, "SessionDisconnect") == {"09:20": 1, "10:00": 1}


def test_who_does_not_come_back_was_disconnected_once() -> None:
    """The session ended when it was cut."""
    store = facts(
        {
            SESSIONS: [session(Ending.DISCONNECT, "09:20", "09:20")],
            INTERRUPTIONS: [cut("09:20", None)],
        }
    )

    assert len(points(store, "InSessionLatency")) == 4
    assert sums(store, "SessionDisconnect") == {"09:20": 1}


def test_who_is_still_away_at_the_end_is_not_connected_then() -> None:
    row = {"connected": at("23:00"), "ended": NEVER, "disconnected": NEVER, "rtt": 40}
    store = facts({SESSIONS: [row], INTERRUPTIONS: [cut("23:30", None)]})

    assert len(points(store, "InSessionLatency")) == 6
    assert sums(store, "SessionDisconnect") == {"23:30": 1}


def test_who_comes_back_to_another_desktop_was_connected_to_both() -> None:
    """Desktop 0 until it was lost at 09:20, desktop 1 from 10:00 to 11:00."""
    store = facts(
        {
            SESSIONS: [session(Ending.DISCONNECT, "11:00", "11:00") | {"desktop": 1, "user": 7}],
            INTERRUPTIONS: [cut("09:20", "10:00", desktop=0) | {"user": 7}],
        }
    )
    slots = {
        desktop: list(points(store, "InSessionLatency", scope=OneDesktop(desktop, user=7)))
        for desktop in (0, 1)
    }

    assert (slots[0][0], slots[0][-1], len(slots[0])) == ("09:00", "09:15", 4)
    assert (slots[1][0], slots[1][-1], len(slots[1])) == ("10:00", "10:55", 12)


# --- narrower scopes


def test_one_desktop_is_told_from_the_others() -> None:
    store = facts(
        {
            SESSIONS: [
                row | {"user": user}
                for user in (0, 1)
                for row in connected((f"{9 + user}:00", "12:00"), desktop=user)
            ],
            DESKTOP_STATES: [row for d in (0, 1) for row in available(("0:0", "24:0"), desktop=d)],
        }
    )

    found = only(sums(store, "UserConnected", period=HOUR, scope=OneDesktop(1, user=1)))
    assert found == {"10:00": 12, "11:00": 12}


def test_a_desktop_belongs_to_the_running_mode_that_it_has_at_the_time() -> None:
    """AutoStop until 10:00, then AlwaysOn, with somebody connected from 09:00 to 11:00."""
    terms = [
        {"begin": 0, "end": at("10:00"), "running_mode": RunningMode.AUTO_STOP},
        {"begin": at("10:00"), "end": DAY, "running_mode": RunningMode.ALWAYS_ON},
    ]
    store = facts(
        {
            DESKTOP_TERMS: terms,
            SESSIONS: connected(("09:00", "11:00")),
            DESKTOP_STATES: available(("00:00", "24:00")),
        }
    )
    found = {
        mode: only(
            sums(store, "UserConnected", period=HOUR, scope=While.term(store, "running_mode", mode))
        )
        for mode in RunningMode
    }

    assert found == {
        RunningMode.AUTO_STOP: {"09:00": 12},
        RunningMode.ALWAYS_ON: {"10:00": 12},
    }
    gone = sums(
        store, "SessionDisconnect", scope=While.term(store, "running_mode", RunningMode.ALWAYS_ON)
    )
    assert gone == {"11:00": 1}


def test_whom_a_deletion_cuts_off_belongs_to_the_mode_until_then() -> None:
    """The terms end at the very instant of the disconnection."""
    store = facts(
        {
            DESKTOP_TERMS: [
                {"begin": 0, "end": at("10:00"), "running_mode": RunningMode.AUTO_STOP}
            ],
            SESSIONS: connected(("09:00", "10:00")),
        }
    )

    scope = While.term(store, "running_mode", RunningMode.AUTO_STOP)
    assert sums(store, "SessionDisconnect", scope=scope) == {"10:00": 1}


def test_a_desktop_has_the_compute_type_of_its_bundle_at_the_time() -> None:
    """Changed from standard to power at 12:00, while another one is power all day."""
    terms = [
        {"desktop": 0, "begin": 0, "end": at("12:00"), "bundle": "standard"},
        {"desktop": 0, "begin": at("12:00"), "end": DAY, "bundle": "power"},
        {"desktop": 1, "begin": 0, "end": DAY, "bundle": "power"},
    ]
    states = [row for d in (0, 1) for row in available(("0:0", "24:0"), desktop=d)]
    store = facts({DESKTOP_TERMS: terms, DESKTOP_STATES: states})
    found = {
        bundle: sums(
            store, "Available", period=12 * HOUR, scope=While.term(store, "bundle", bundle)
        )
        for bundle in ("standard", "power", "value")
    }

    # 144 samples of 5 min in half a day
    assert found == {
        "standard": {"00:00": 144},
        "power": {"00:00": 144, "12:00": 288},
        "value": {},
    }


def test_all_desktops_of_a_user_count() -> None:
    """The first was deleted at 10:00, the second created at 12:00; another user has the third."""
    states = [
        *available(("08:00", "10:00"), desktop=0),
        *available(("08:00", "18:00"), desktop=1),
        *available(("12:00", "18:00"), desktop=2),
    ]
    store = facts({DESKTOP_STATES: states})

    scope = OneUser(7, np.array([0, 2]))
    assert sums(store, "Available", period=12 * HOUR, scope=scope) == {"00:00": 24, "12:00": 72}


def sessions_by(*told: tuple[int, str, str, int]) -> list[dict[str, Any]]:
    """Sessions from an arrival to an end, of a user on the desktop of that number, by a client."""
    return [
        {
            "session": number,
            "user": user,
            "desktop": user,
            "arrival": at(begin),
            "connected": at(begin),
            "ended": at(end),
            "disconnected": at(end),
            "client": client,
            "rtt": 40,
        }
        for number, (user, begin, end, client) in enumerate(told)
    ]


NEAR, FAR = 0, 1


@pytest.mark.parametrize(
    ("told", "dcv", "pcoip"),
    [
        # nobody ever comes to either desktop: the fleet is one of DCV
        ([], {"00:00": 288, "12:00": 288}, {}),
        # a zero client, from the beginning on
        (
            [(0, "09:00", "10:00", FAR)],
            {"00:00": 144, "12:00": 144},
            {"00:00": 144, "12:00": 144},
        ),
        # at 18:00 with another client than in the morning
        (
            [(0, "09:00", "10:00", FAR), (0, "18:00", "19:00", NEAR)],
            {"00:00": 144, "12:00": 144 + 72},
            {"00:00": 144, "12:00": 72},
        ),
        # there and back
        (
            [(0, "06:00", "07:00", NEAR), (0, "12:00", "13:00", FAR), (0, "18:00", "19:00", NEAR)],
            {"00:00": 288, "12:00": 144 + 72},
            {"12:00": 72},
        ),
    ],
)
def test_a_desktop_has_the_protocol_of_its_users_client(
    told: list[tuple[int, str, str, int]], dcv: dict[str, float], pcoip: dict[str, float]
) -> None:
    """Two desktops, each available all day: 144 samples in half a day of each."""
    states = [row for d in (0, 1) for row in available(("0:0", "24:0"), desktop=d)]
    store = facts({SESSIONS: sessions_by(*told), DESKTOP_STATES: states})
    protocols = streamed(far="pcoip")
    found = [
        sums(
            store,
            "Available",
            period=12 * HOUR,
            protocols=protocols,
            scope=streaming_by(store, name, protocols, np.arange(2, dtype=np.int32)),
        )
        for name in ("dcv", "pcoip")
    ]

    assert found == [dcv, pcoip]


def test_only_dcv_connections_have_a_duration() -> None:
    """Footnote 4 of the provider's page."""
    store = facts({SESSIONS: sessions_by((0, "09:00", "10:00", NEAR), (1, "09:00", "11:00", FAR))})
    found = points(store, "ConnectionDuration", protocols=streamed(far="pcoip"))

    assert list(found) == [clock(m * MINUTE) for m in range(9 * 60, 10 * 60, 5)]
    assert {value["SampleCount"] for value in found.values()} == {1}


def test_a_connection_after_an_outage_is_a_new_one() -> None:
    """By DCV from 09:00 to 10:00, away from 09:20 to 09:30; beside one by PCoIP that goes on."""
    both = sessions_by((0, "09:00", "10:00", FAR), (1, "09:00", "10:00", NEAR))
    cut_off = cut("09:20", "09:30", desktop=1) | {"session": 1, "user": 1}
    store = FactStore[Table]()
    store.add(rows(SESSIONS, *both))
    store.add(rows(INTERRUPTIONS, cut_off))
    found = points(store, "ConnectionDuration", protocols=streamed(far="pcoip"))

    minutes = [(when, value["Sum"] / 60) for when, value in found.items()]
    assert minutes[:4] == [("09:00", 5), ("09:05", 10), ("09:10", 15), ("09:15", 20)]
    assert minutes[4:6] == [("09:30", 5), ("09:35", 10)]
    assert minutes[6:] == [("09:40", 15), ("09:45", 20), ("09:50", 25), ("09:55", 30)]


# --- pools


def test_a_pool_is_sampled_each_minute() -> None:
    """3 of 10 held from 00:00, 8 from 00:02:30: the minutes 00:00 and 00:01 show 3, then 8."""
    levels = {
        "pool": np.zeros(2, dtype=np.int16),
        "at": np.array([0, 150 * SECOND]),
        "desired": np.array([12, 12]),
        "actual": np.array([10, 10]),
        "active": np.array([3, 8]),
    }
    refused = np.array([30 * SECOND, 31 * SECOND, 4 * MINUTE])
    periods = Periods.of(Calendar(TUESDAY), 0, 10 * MINUTE, 5 * MINUTE, POOL_SLOT)
    found = {
        name: tally.points(periods).statistics
        for name, tally in pool_tallies(levels, 0, refused, periods, 10 * MINUTE).items()
    }

    active = found["ActiveUserSessionCapacity"]
    assert active["Average"].tolist() == [(3 + 3 + 8 + 8 + 8) / 5, 8]
    assert (active["Minimum"].tolist(), active["Maximum"].tolist()) == ([3, 8], [8, 8])
    assert found["PendingUserSessionCapacity"]["Average"].tolist() == [2, 2]
    assert found["UserSessionsCapacityUtilization"]["Maximum"].tolist() == [80, 80]
    assert found["InsufficientCapacityError"]["Sum"].tolist() == [3, 0]


def test_without_capacity_there_is_no_utilisation() -> None:
    levels = {
        "pool": np.zeros(2, dtype=np.int16),
        "at": np.array([0, 7 * MINUTE]),
        "desired": np.array([0, 4]),
        "actual": np.array([0, 4]),
        "active": np.array([0, 1]),
    }
    periods = Periods.of(Calendar(TUESDAY), 0, 10 * MINUTE, 5 * MINUTE, POOL_SLOT)
    used = pool_tallies(levels, 0, np.empty(0, np.int64), periods, 10 * MINUTE)[
        "UserSessionsCapacityUtilization"
    ].points(periods)

    # of the second period the minutes 00:07, 00:08 and 00:09
    assert used.at.tolist() == [5 * MINUTE]
    assert {name: value.tolist() for name, value in used.statistics.items()} == {
        "SampleCount": [3],
        "Average": [25],
        "Sum": [75],
        "Minimum": [25],
        "Maximum": [25],
    }


# --- the catalogue


def test_no_metric_is_both_determined_and_absent() -> None:
    groups = (set(OF_DESKTOPS), set(OF_DIRECTORY), set(OF_POOLS), set(ABSENT))
    assert len(set.union(*groups)) == sum(map(len, groups))
    assert tuple(OF_POOLS) == METRICS


def test_every_table_is_read_only_if_a_metric_follows_from_it() -> None:
    store = facts({DESKTOP_STATES: available(("00:00", "24:00"))})
    with mock.patch.object(store, "batches", wraps=store.batches) as batches:

        def read(metric: str) -> list[Schema]:
            batches.reset_mock()
            points(store, metric)
            return [call.args[0] for call in batches.call_args_list]

        assert read("Available") == [DESKTOP_STATES]
        assert read("ConnectionAttempt") == [LOGONS]
        assert read("InSessionLatency") == [SESSIONS]
        assert read("UserConnected") == [DESKTOP_STATES, SESSIONS]
        assert read("SessionDisconnect") == [LOGONS, SESSIONS]
