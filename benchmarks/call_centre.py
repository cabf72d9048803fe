"""The call centre that the benchmarks run: any number of people who share one pool of desktops."""

from typing import Any

from benchmarks.office import USERS_PER_SERVER
from sim.scenario.schema import Scenario

SHIFTS = {"early": ("06:00", 0.3), "day": ("09:00", 0.5), "late": ("14:00", 0.2)}
"""When each shift starts, and its share of the people."""


def call_centre(users: int) -> Scenario:
    """A September of three shifts on a pool that is scaled by the clock and by demand.

    Instances run and wait, are thrown away after each session and take 10 to 20 min to come. Who
    finds none is refused and tries again. All logons pass one directory of finite rate.
    """
    people: dict[str, Any] = {
        "fleet": "desks",
        "time_zone": "America/New_York",
        "session_length": {"lognormal": {"mean": "7 h", "cv": 0.3}},
        "breaks": {"lunch": {"at": "12:30", "length": "45 min", "share": "70 %"}},
        "short_breaks": {"per_day": 0.1},
        "endings": {
            "logoff": "60 %",
            "disconnect": "30 %",
            "left-connected": "5 %",
            "network-loss": "5 %",
        },
        "retry_after": {"exponential": "3 min"},
        "patience": {"exponential": "20 min"},
    }
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "call-centre",
            "region": "ap-southeast-1",
            "start": "2026-09-01",
            "horizon": {"months": 1},
            "prices": {"book": "none.csv"},
            "directory": {
                "servers": max(1, users // USERS_PER_SERVER),
                "service_time": {"exponential": "1 s"},
            },
            "pools": {
                "desks": {
                    "bundle": "power",
                    "running_mode": "AlwaysOn",
                    "minimum": users // 50,
                    "maximum": users,
                    "idle_disconnect_timeout": "30 min",
                    "scaling": [
                        _minimum("30 5 * * mon-fri", users * 36 // 100),
                        _minimum("30 8 * * mon-fri", users * 9 // 10),
                        _minimum("30 13 * * mon-fri", users // 50),
                        {"target_tracking": {"utilization": "85 %"}},
                    ],
                }
            },
            "populations": {
                name: {
                    "users": round(users * share),
                    "shift": {"start": start, "spread": {"normal": "20 min"}},
                    **people,
                }
                for name, (start, share) in SHIFTS.items()
            },
        }
    )


def _minimum(cron: str, sessions: int) -> dict[str, Any]:
    """A scheduled action: so many user sessions at least, from then on."""
    return {"schedule": {"cron": cron, "time_zone": "America/New_York", "minimum": sessions}}
