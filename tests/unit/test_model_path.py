"""Stories about the way to the broker: checks, the second factor, lines, the limit on starts.

Rules L1 to L5 of docs/model.md. A refused user tries again 2 min later.
"""

from typing import Any

import pytest

from tests.unit.stories import expect, story


def at(clock: str) -> str:
    return f"2026-09-01T{clock}Z"


def test_every_stage_takes_its_time_in_its_turn() -> None:
    """L1 to L4: 1 + 2 + 3 checks, 4 directory, 5 link, 6 factor, 7 broker: 28 s."""
    day = story(
        "arrival  connected\n09:00  1 h",
        logon={
            "network_check": "1 s",
            "trusted_device": "2 s",
            "ip_access": "3 s",
            "directory_service": "4 s",
            "directory_link": "5 s",
            "mfa": "6 s",
            "broker": "7 s",
        },
        access={
            "network_check": {},
            "trusted_devices": {},
            "ip_access_groups": {},
            "mfa": {},
            "broker": {},
        },
        directory={"servers": 1},
    )
    expect(
        day.logons,
        """
        network_check  trusted_device  ip_access  directory_service  directory_link  mfa  broker
        1 s            2 s             3 s        4 s                5 s             6 s  7 s
        """,
    )
    expect(day.logons, "done\n09:00:28")


@pytest.mark.parametrize(
    ("barrier", "done"),
    [
        ("network-check", "09:00:01"),
        ("untrusted-device", "09:00:03"),
        ("ip-not-allowed", "09:00:06"),
    ],
)
def test_a_check_turns_away_at_its_end(barrier: str, done: str) -> None:
    """L1: after 1, 1 + 2 and 1 + 2 + 3 s; and again at each try, until patience ends."""
    day = story(
        f"arrival  connected  barrier  patience\n09:00  1 h  {barrier}  1 min",
        logon={"network_check": "1 s", "trusted_device": "2 s", "ip_access": "3 s"},
        access={"network_check": {}, "trusted_devices": {}, "ip_access_groups": {}},
    )
    expect(day.logons, f"done  outcome  cause\n{done}  refused  {barrier}")
    expect(day.sessions, "outcome    cause\nabandoned  patience")


@pytest.mark.parametrize(
    ("access", "done"), [({"network_check": {}}, "09:00:01"), ({}, "09:00:00")]
)
def test_a_client_without_fips_is_turned_away_with_the_network_check(
    access: dict[str, Any], done: str
) -> None:
    """L1: at its end, or at once where nobody checks the network; nothing is authenticated."""
    day = story(
        "arrival  connected  barrier  patience\n09:00  1 h  fips-required  1 min",
        logon={"network_check": "1 s"} if access else {},
        access={"fips": {}, **access},
        directory={"service_time": "4 s"},
    )
    expect(day.logons, f"done  directory_service  cause\n{done}  0 s  fips-required")
    expect(day.sessions, "outcome    cause\nabandoned  patience")


def test_expired_certificates_turn_everybody_away_until_they_are_renewed() -> None:
    """L1: expired from 08:00 to 09:03; tries at 09:00, 09:02 and 09:04."""
    day = story(
        "arrival  connected\n09:00  1 h",
        access={"trusted_devices": {}},
        outages=[{"certificate": {"at": at("08:00"), "lasts": "63 min"}}],
    )
    expect(
        day.logons,
        """
        arrival  outcome    cause
        09:00    refused    certificate-expired
        09:02    refused    certificate-expired
        09:04    connected  none
        """,
    )


def test_people_come_to_the_directory_in_the_order_in_which_their_checks_are_done() -> None:
    """L2: ann arrives first, bob is through his check first; one server, 10 s each."""
    day = story(
        """
        user  arrival   connected  network_check  directory_service
        ann   09:00     1 h        5 s            10 s
        bob   09:00:01  1 h        1 s            10 s
        """,
        access={"network_check": {}},
        directory={"servers": 1},
    )
    expect(day.logons, "user  directory_wait  done\nann  7 s  09:00:22\nbob  0 s  09:00:12")


def test_nobody_is_busy_with_the_link() -> None:
    """L2: one server, 1 s each, 10 s for the link: done at 11 and 12 s."""
    day = story(
        """
        user  arrival  connected  directory_service  directory_link
        ann   09:00    1 h        1 s                10 s
        bob   09:00    1 h        1 s                10 s
        """,
        directory={"servers": 1, "link": "10 s"},
    )
    expect(day.logons, "directory_wait  done\n0 s  09:00:11\n1 s  09:00:12")


# --- the second factor


def mfa(**settings: Any) -> dict[str, Any]:
    return {"mfa": {"servers": 1, "timeout": "5 s", "retries": 1, **settings}}


def test_a_wrong_second_factor_is_refused_once() -> None:
    """L3: wrong at 09:00:08, right at the second try."""
    day = story(
        "arrival  connected  barrier  mfa\n09:00  1 h  mfa-failed  8 s",
        access=mfa(),
    )
    expect(
        day.logons,
        """
        mfa  done      outcome    cause
        8 s  09:00:08  refused    mfa-failed
        8 s  09:02:16  connected  none
        """,
    )


def test_a_server_that_does_not_answer_costs_its_time_outs() -> None:
    """L3: 2 x 5 s for the first, then 8 s at the second."""
    day = story(
        "arrival  connected  mfa\n09:00  1 h  8 s",
        access=mfa(),
        outages=[{"mfa": {"server": "first", "at": at("08:00"), "lasts": "3 h"}}],
    )
    expect(day.logons, "mfa_wait  mfa  done\n10 s  8 s  09:00:18")


def test_two_servers_that_do_not_answer_refuse() -> None:
    """L3: 10 s for each of them."""
    day = story(
        "arrival  connected  mfa  patience\n09:00  1 h  8 s  0 s",
        access=mfa(),
        outages=[{"mfa": {"at": at("08:00"), "lasts": "3 h"}}],
    )
    expect(day.logons, "mfa_wait  mfa  done  cause\n20 s  0 s  09:00:20  mfa-outage")


def test_without_a_second_server_one_is_enough_to_refuse() -> None:
    day = story(
        "arrival  connected  mfa  patience\n09:00  1 h  8 s  0 s",
        access=mfa(second_server=False),
        outages=[{"mfa": {"server": "first", "at": at("08:00"), "lasts": "3 h"}}],
    )
    expect(day.logons, "mfa_wait  done  cause\n10 s  09:00:10  mfa-outage")


def test_the_second_factor_has_a_line() -> None:
    """L3: one place: bob's 8 s begin after ann's."""
    day = story(
        "user  arrival  connected  mfa\nann  09:00  1 h  8 s\nbob  09:00  1 h  8 s",
        access=mfa(),
    )
    expect(day.logons, "mfa_wait  done\n0 s  09:00:08\n8 s  09:00:16")


def test_those_who_pass_no_directory_have_no_second_factor() -> None:
    day = story(
        "arrival  connected  mfa\n09:00  1 h  8 s",
        fleet={"uses_directory": False},
        access=mfa(),
    )
    expect(day.logons, "mfa  done\n0 s  09:00")


# --- the broker, and starts


def test_the_broker_has_a_line() -> None:
    day = story(
        "user  arrival  connected  broker\nann  09:00  1 h  3 s\nbob  09:00  1 h  3 s",
        access={"broker": {"servers": 1}},
    )
    expect(day.logons, "broker_wait  broker  done\n0 s  3 s  09:00:03\n3 s  3 s  09:00:06")


def test_starts_are_limited_by_a_token_bucket() -> None:
    """L5: 6 a minute is one in 10 s, a burst of 2: at 0, 0, 10 and 20 s."""
    names = ["ann", "bob", "cid", "dee"]
    rows = "\n".join(f"{name}  09:00  1 h" for name in names)
    day = story(
        f"user  arrival  connected\n{rows}",
        logon={"resume": "1 min"},
        access={"start_rate": {"per_minute": 6, "burst": 2}},
    )
    expect(
        day.logons,
        """
        user  start_wait  start  done
        ann   0 s         60 s   09:01
        bob   0 s         60 s   09:01
        cid   10 s        60 s   09:01:10
        dee   20 s        60 s   09:01:20
        """,
    )
    expect(day.runs.rows(desktop=3), "begin\n09:00:20")


def test_the_bucket_fills_again() -> None:
    """L5: full again 20 s after two starts; so at 09:01 two may start at once."""
    day = story(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:00    1 h
        cid   09:01    1 h
        dee   09:01    1 h
        """,
        access={"start_rate": {"per_minute": 6, "burst": 2}},
    )
    assert not day.logons.table["start_wait"].any()


def test_a_pools_instances_wait_for_the_limit_too() -> None:
    """L5, P5.4: one a minute: bob's instance starts at 09:01."""
    day = story(
        "user  arrival  connected\nann  09:00  1 h\nbob  09:00  1 h",
        pool={"minimum": 2, "running_mode": "AutoStop"},
        logon={"cold_start": "90 s"},
        access={"start_rate": {"per_minute": 1}},
    )
    expect(
        day.logons,
        "user  start_wait  start  done\nann  0 s  90 s  09:01:30\nbob  60 s  90 s  09:02:30",
    )


def test_starts_slow_each_other_down() -> None:
    """L5: 60 s; with 10 % for each other start under way 66 s, and 72 s for the third."""
    names = ["ann", "bob", "cid"]
    rows = "\n".join(f"{name}  09:00  1 h" for name in names)
    day = story(
        f"user  arrival  connected\n{rows}\ndee  09:01:12  1 h",
        fleet={"logon": {"slowdown": "10 %", "os_logon": "0 s", "streaming": "0 s"}},
        logon={"resume": "60 s"},
    )
    expect(day.logons, "user  start\nann  60 s\nbob  66 s\ncid  72 s\ndee  60 s")


def test_who_departs_while_waiting_to_start_starts_nothing() -> None:
    """M6, L5: bob's turn would come at 09:01, his shift ends at 09:00:30."""
    day = story(
        "user  arrival  connected\nann  09:00  1 h\nbob  09:00  30 s",
        people={"session_end": "fixed_departure"},
        access={"start_rate": {"per_minute": 1}},
    )
    expect(
        day.logons.rows(user=1),
        "start_wait  start  done      outcome\n30 s  0 s  09:00:30  abandoned",
    )
    assert len(day.runs.table) == 1


# --- streaming


@pytest.mark.parametrize(("rtt", "outcome"), [(375, "connected"), (376, "refused")])
def test_a_client_too_far_away_is_refused(rtt: int, outcome: str) -> None:
    """S1: PCoIP ends above 375 ms; the desktop was started, and stops after its timeout."""
    day = story(
        f"arrival  connected  rtt  patience\n09:00  1 h  {rtt} ms  0 s",
        fleet={"protocol": "pcoip"},
        logon={"resume": "1 min", "streaming": "5 s"},
    )
    expect(day.logons, f"start  streaming  outcome\n60 s  5 s  {outcome}")
    if outcome == "refused":
        expect(day.runs, "begin  end\n09:00  10:01:05")


def test_dcv_has_no_limit_unless_one_is_set() -> None:
    """S1: no end is stated for DCV."""
    plan = "arrival  connected  rtt  patience\n09:00  1 h  900 ms  0 s"
    expect(story(plan).logons, "outcome\nconnected")
    limited = story(plan, round_trip_limits={"dcv": "400 ms"})
    expect(limited.logons, "outcome  cause\nrefused  round-trip")
