"""The office that the benchmarks run: any number of people, about 39 sessions each in 30 days."""

from typing import Any

from sim.scenario.schema import Scenario

USERS_PER_SERVER = 2_500
"""Logons of a nine o'clock storm that one directory server keeps up with, just."""


def office(users: int, *, shared: bool) -> Scenario:
    """A September of shifts from 09:00 with a lunch break and now and then a short one.

    Six in ten people have AutoStop desktops, four AlwaysOn. With `shared`, all logons pass one
    directory of finite rate; without, nobody shares anything with anybody.
    """
    autostop = users * 6 // 10
    people: dict[str, Any] = {
        "time_zone": "America/New_York",
        "shift": {"start": "09:00", "spread": {"normal": "20 min"}},
        "session_length": {"lognormal": {"mean": "7 h", "cv": 0.3}},
        "breaks": {"lunch": {"at": "12:30", "length": "45 min", "share": "70 %"}},
        "short_breaks": {"per_day": 0.1},
        "endings": {
            "logoff": "40 %",
            "disconnect": "50 %",
            "left-connected": "5 %",
            "network-loss": "5 %",
        },
    }
    directory = {
        "servers": max(1, users // USERS_PER_SERVER),
        "service_time": {"exponential": "1 s"},
    }
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "office",
            "region": "us-east-1",
            "start": "2026-09-01",
            "horizon": {"months": 1},
            "prices": {"book": "none.csv"},
            "directory": directory if shared else None,
            "fleets": {
                "autostop": {"bundle": "standard", "running_mode": "AutoStop"},
                "alwayson": {"bundle": "standard", "running_mode": "AlwaysOn"},
            },
            "populations": {
                "hourly": {"users": autostop, "fleet": "autostop", **people},
                "monthly": {"users": users - autostop, "fleet": "alwayson", **people},
            },
        }
    )
