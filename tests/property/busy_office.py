"""An office in which everything happens, for tests that two runs of it are alike."""

from collections.abc import Mapping
from typing import Any

from sim.scenario.schema import Scenario

ENDINGS = {"logoff": "40 %", "disconnect": "30 %", "network-loss": "15 %", "left-connected": "15 %"}


def _people(fleet: str, **settings: Any) -> dict[str, Any]:
    return {
        "users": 10,
        "fleet": fleet,
        "shift": {"start": "09:00", "spread": {"normal": "10 min"}},
        "session_length": {"lognormal": {"mean": "5 h", "cv": 0.6}},
        "endings": ENDINGS,
        "clients": {
            "laptop": {"share": "70 %", "round_trip": {"exponential": "30 ms"}},
            "tablet": {"share": "30 %", "round_trip": "80 ms"},
        },
        **settings,
    }


BUSY: dict[str, Any] = {
    "version": 1,
    "name": "busy-office",
    "region": "us-east-1",
    "start": "2026-09-17",
    "horizon": "10 d",
    "warm_up": "1 d",
    "seed": 5,
    "prices": {"book": "prices.csv"},
    "zones": {"b": {"weight": 2.0}, "a": {}},
    "directory": {"servers": 1, "service_time": {"exponential": "20 s"}},
    "host_groups": {
        "tall": {"zone": "a", "count": 2, "vcpu": 4, "memory": "32 GB", "placement": "random"},
        "wide": {"zone": "b", "count": 3, "vcpu": 4, "memory": "32 GB", "placement": "random"},
        "pod": {"zone": "a", "count": 2, "vcpu": 16, "memory": "64 GB", "placement": "random"},
    },
    "fleets": {
        "desk": {"bundle": "standard", "running_mode": "AutoStop", "hosts": ["wide", "tall"]},
        "lab": {
            "bundle": "power",
            "running_mode": "AutoStop",
            "autostop_timeout": "2 h",
            "hibernates": False,
            "idle_disconnect_timeout": "1 h",
            "running_mode_policy": "cost-optimizer",
        },
        "front": {
            "bundle": "value",
            "running_mode": "AlwaysOn",
            "recovery": {"rebuild": {"reaction": "30 min"}},
        },
    },
    "pools": {
        "kiosks": {
            "bundle": "power",
            "running_mode": "AutoStop",
            "minimum": 2,
            "maximum": 12,
            "zones": ["a"],
            "hosts": ["pod"],
            "scaling": [{"target_tracking": "60 %"}],
        },
    },
    "populations": {
        "clerks": _people("desk", patience="10 min", retry_after={"exponential": "3 min"}),
        "makers": _people("lab", session_end="fixed_departure", short_breaks={"per_day": 2}),
        "hosts": _people(
            "front", joiners_per_month=12, leavers_per_month=12, growth_per_month="60 %"
        ),
        "agents": _people(
            "kiosks",
            patience={"exponential": "20 min"},
            joiners_per_month=6,
            headcount={"2026-09-18": 14, "2026-09-23": 9},
            attendance_by_month={"sep": "90 %"},
        ),
    },
    "operations": [
        {"at": "2026-09-18T12:00Z", "fleet": "lab", "share": "50 %", "operation": "switch-mode",
         "to": "AlwaysOn"},
        {"at": "2026-09-21T12:00Z", "fleet": "front", "share": "40 %", "operation": "switch-mode",
         "to": "AutoStop"},
        {"at": "2026-09-22T03:00Z", "fleet": "desk", "share": "30 %", "operation": "migrate"},
    ],
    "outages": [
        {"zone": {"zone": "b", "at": "2026-09-24T10:00Z", "lasts": "3 h"}},
        {"hosts": {"group": "tall", "crews": 1, "every": {"exponential": "2 d"},
                   "lasts": {"exponential": "3 h"}}},
        {"streaming": {"cron": "0 13 * * thu", "lasts": "10 min"}},
        {"directory": {"every": {"exponential": "2 d"}, "lasts": "5 min"}},
    ],
    "maintenance": {"autostop": True, "alwayson_duration": "2 h"},
}  # fmt: skip
"""Hosts placed at random, a slow directory, joiners and leavers by rate, growth and plan, a season,
operations, both maintenances, a pool that wants more than its hosts have room for, outages, and a
fleet under the Cost Optimizer."""


def busy_office(**changes: Any) -> Scenario:
    """The office, with other settings; a mapping is laid over the one that is there."""
    written = {**BUSY, **changes}
    for name, value in changes.items():
        if isinstance(value, Mapping) and isinstance(BUSY[name], Mapping):
            written[name] = {**BUSY[name], **value}
    return Scenario.model_validate(written)
