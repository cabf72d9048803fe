"""Worlds in which users share nothing, or nothing but the directory, and ways to make one quiet.

Here laws hold that a shared host or an operation would break: what one user does changes nothing
for another, and a session takes exactly the time that was planned for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.record import NEVER, Ending
from sim.units import DAY, HOUR, MINUTE, Millis
from tests.property.small_worlds import SmallWorld

TICK: Millis = 20 * MINUTE
"""A third of an hour: coarse enough for ties with a timeout of whole hours."""

Sessions = Sequence[tuple[Millis, Millis]]
"""Arrival and connected time of each session of one user, in order."""

_STAGES = {
    "directory_service": 0,
    "resume": 0,
    "cold_start": 0,
    "profile": 0,
    "streaming": 0,
    "os_logon": 0,
    "retry_after": MINUTE,
    "patience": 30 * MINUTE,
}


def quiet_world(
    users: Sequence[Sessions],
    *,
    fleet: dict[str, Any] | None = None,
    people: dict[str, Any] | None = None,
    **whole: Any,
) -> SmallWorld:
    """A world of one AutoStop fleet in which every session begins and ends as it was planned."""
    written = {
        "version": 1,
        "name": "quiet-world",
        "region": "us-east-1",
        "start": "2026-09-01",
        "horizon": "3 d",
        "prices": {"book": "prices.csv"},
        "zones": {"a": {}},
        "maintenance": {"autostop": False},
        "fleets": {
            "north": {"bundle": "standard", "running_mode": "AutoStop", **(fleet or {})},
        },
        "populations": {
            "people": {
                "users": 1,
                "fleet": "north",
                "shift": {"start": "09:00"},
                "session_length": "1 h",
                **(people or {}),
            }
        },
        **whole,
    }
    rows = [(user, *session) for user, sessions in enumerate(users) for session in sessions]
    return SmallWorld(
        written,
        [_user(number) for number in range(len(users))],
        [_session(number, *row) for number, row in enumerate(rows)],
    )


def _user(number: int) -> dict[str, Any]:
    return {
        "user": number,
        "name": f"people-{number:05d}",
        "population": "people",
        "fleet": "north",
        "cost_center": "people",
        "time_zone": "UTC",
        "joins": NEVER,
        "leaves": NEVER,
    }


def _session(number: int, user: int, arrival: Millis, connected: Millis) -> dict[str, Any]:
    return {
        "session": number,
        "user": user,
        "arrival": arrival,
        "gap": NEVER,
        "connected": connected,
        "idle_from": NEVER,
        "ending": Ending.DISCONNECT,
        "client": 0,
        "rtt": 40,
        **_STAGES,
    }


@st.composite
def working_times(draw: st.DrawFn, least: int = 1) -> list[tuple[Millis, Millis]]:
    """Sessions of one user, one after another, in the first two of three days.

    Gaps and lengths are a few ticks, give or take a millisecond at times.
    """
    steps = st.tuples(st.integers(0, 14), st.integers(1, 9), st.sampled_from([0, 0, 0, 1, -1]))
    found, at = [], 0
    for gap, length, offset in draw(st.lists(steps, min_size=least, max_size=7)):
        at += max(gap * TICK + offset, 0)
        found.append((at, length * TICK))
        at += length * TICK
    return found


@st.composite
def crowds(draw: st.DrawFn) -> SmallWorld:
    """Up to fifteen users and hundreds of sessions before a directory that is often overloaded.

    Rows are filled in from one number, so that a world with many of them is drawn quickly.
    """
    users, servers = draw(st.integers(1, 15)), draw(st.integers(0, 3))
    per_user, days = draw(st.integers(0, 14)), draw(st.integers(1, 3))
    grid = draw(st.sampled_from([1, MINUTE, 10 * MINUTE]))
    load = draw(st.sampled_from([0.05, 0.5, 1.0, 3.0]))
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def spans(mean: float, count: int) -> list[int]:
        drawn: list[int] = (
            dice.exponential(mean / grid, count).round().astype(int) * grid
        ).tolist()
        return drawn

    arrivals = [
        np.sort(dice.integers(0, days * DAY // grid, per_user)) * grid for _ in range(users)
    ]
    world = quiet_world(
        [[(int(at), 1) for at in user] for user in arrivals],
        horizon=f"{days} d",
        directory={"servers": servers} if servers else None,
        maintenance={"autostop": draw(st.booleans())},
        start=draw(st.sampled_from(["2026-09-01", "2026-09-24"])),
        fleet={
            "autostop_timeout": f"{draw(st.integers(1, 3))} h",
            "stop_delay": draw(st.sampled_from(["0 s", "10 min"])),
            "hibernates": draw(st.booleans()),
            "running_mode": draw(st.sampled_from(["AutoStop", "AutoStop", "AlwaysOn"])),
            "idle_disconnect_timeout": draw(st.sampled_from([None, "30 min"])),
        },
        people={"session_end": draw(st.sampled_from(["after_work", "fixed_departure"]))},
    )
    count = len(world.sessions)
    service = min(load * max(servers, 1) * days * DAY / max(count, 1), HOUR)
    columns = {
        "connected": [length or 1 for length in spans(HOUR, count)],
        "idle_from": [at or NEVER for at in spans(HOUR, count)],
        "ending": dice.integers(0, len(Ending), count).tolist(),
        "directory_service": spans(service, count),
        "resume": spans(2 * MINUTE, count),
        "cold_start": spans(10 * MINUTE, count),
        "streaming": spans(MINUTE, count),
        "os_logon": spans(MINUTE, count),
    }
    sessions = [
        row | {name: values[number] for name, values in columns.items()}
        for number, row in enumerate(world.sessions)
    ]
    return replace(world, sessions=sessions)


def with_fleets(world: SmallWorld, **settings: Any) -> SmallWorld:
    """The same world with other settings of all its fleets."""
    fleets = {name: fleet | settings for name, fleet in world.written["fleets"].items()}
    return replace(world, written=world.written | {"fleets": fleets})


def lasting(world: SmallWorld) -> SmallWorld:
    """The same world, in which a session lasts a millisecond at least, as plans have it.

    Two sessions of one user at one instant have no place in the order of that instant.
    """
    at_least = {"connected": 1, "idle_from": 1}
    sessions = [
        row | {name: row[name] or least for name, least in at_least.items()}
        for row in world.sessions
    ]
    return replace(world, sessions=sessions)


def unshared(world: SmallWorld) -> SmallWorld:
    """The same people without hosts, directory and scarce addresses: nobody is in another's way."""
    world = with_fleets(world, hosts=[], zones=None)
    quiet: dict[str, Any] = {"host_groups": {}, "directory": None, "zones": {"a": {}}}
    return replace(world, written=world.written | quiet)


def undisturbed(world: SmallWorld) -> SmallWorld:
    """The same people in a world without limits, delays, maintenance and operations."""
    world = with_fleets(unshared(world), idle_disconnect_timeout=None, stop_delay="0 s")
    users = [user | {"joins": NEVER, "leaves": NEVER} for user in world.users]
    sessions = [
        session | _STAGES | {"connected": session["connected"] or TICK}
        for session in world.sessions
    ]
    calm = {"operations": [], "maintenance": {"autostop": False, "alwayson_duration": "0 min"}}
    return SmallWorld(world.written | calm, users, sessions)
