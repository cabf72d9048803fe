"""Small worlds with pools for two models to disagree about.

A handful of users of one or two pools, at times with a persistent fleet beside them, for an hour or
so, and every rule of P1 to P13 in `docs/model.md` switched on by chance: lines, scarce addresses
and hosts, instances for several users, every kind of scaling, edits, limits and timeouts. Durations
are small multiples of a grid, so that things happen at the same instant far more often than in
life, and at full minutes, when policies decide.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.record import NEVER, Ending
from sim.units import HOUR, MINUTE, SECOND, Millis
from tests.property.small_worlds import SmallWorld, digits, host_groups, seldom

GRIDS = (MINUTE, 30 * SECOND, 2 * MINUTE, 20 * SECOND + 1)
"""Grids of time [ms]; all but the last share instants with the full minutes."""
STARTS = (
    "2026-09-01T08:00Z",
    "2026-09-01T08:00:30Z",
    "2026-10-25T00:30Z",
    "2026-09-01T08:00:00.001Z",
)
"""On a full minute and beside it, and before the clocks of Europe are set back."""
HORIZONS = (20 * MINUTE, 40 * MINUTE, HOUR, 3 * HOUR)


def _ms(value: Millis) -> str:
    return f"{value} ms"


@dataclass(frozen=True)
class Measure:
    """How a world draws its times."""

    grid: Millis
    start: datetime
    begin: Millis
    end: Millis

    def times(self, least: int, most: int) -> st.SearchStrategy[str]:
        """A duration from `least` to `most` steps of the grid."""
        return st.integers(least, most).map(lambda steps: _ms(steps * self.grid))

    def millis(self) -> st.SearchStrategy[Millis]:
        """An instant inside the run on the grid."""
        steps = (self.end - self.begin - 1) // self.grid
        return st.integers(0, steps).map(lambda step: self.begin + step * self.grid)

    def instants(self) -> st.SearchStrategy[str]:
        """The same, as a scenario writes it."""
        return self.millis().map(self.written)

    def written(self, at: Millis) -> str:
        """An instant as a scenario writes it."""
        return (self.start + timedelta(milliseconds=at)).isoformat()


@st.composite
def small_pools(draw: st.DrawFn, *, crowded: bool = False) -> SmallWorld:
    """Draw a world; a crowded one has many users who come often, filled in from one number."""
    start = datetime.fromisoformat(draw(st.sampled_from(STARTS)))
    warm_up = draw(st.sampled_from([0, 0, 5 * MINUTE]))
    horizon = draw(st.sampled_from(HORIZONS))
    measure = Measure(draw(st.sampled_from(GRIDS)), start, -warm_up, horizon)
    pools = {name: draw(_pools(measure)) for name in ("east", "west")[: draw(st.integers(1, 2))]}
    fleets = {"desk": draw(_fleets(measure))} if draw(st.integers(1, 4)) == 4 else {}
    populations = {
        f"{name}-{kind}": {
            "users": 1,
            "fleet": name,
            "shift": {"start": "09:00"},
            "session_length": "1 h",
            "session_end": kind,
        }
        for name in (*pools, *fleets)
        for kind in ("after_work", "fixed_departure")
    }
    users = draw(_people(measure, populations, 40 if crowded else 8))
    on_hosts = any(one["hosts"] for one in (*pools.values(), *fleets.values()))
    written: dict[str, Any] = {
        "version": 1,
        "name": "small-pools",
        "region": "us-east-1",
        "start": start.isoformat(),
        "horizon": _ms(horizon),
        "warm_up": _ms(warm_up),
        "seed": draw(st.integers(0, 3)),
        "prices": {"book": "prices.csv"},
        "zones": {
            name: {
                "weight": draw(st.sampled_from([1.0, 2.0])),
                "ip_addresses": draw(st.sampled_from([None, None, 12, 3, 2, 1])),
            }
            for name in ("a", "b")
        },
        "host_groups": draw(host_groups()) if on_hosts else {},
        "directory": draw(st.none() | st.builds(lambda n: {"servers": n}, st.integers(1, 3))),
        "fleets": fleets,
        "pools": pools,
        "populations": populations,
        "maintenance": {"autostop": False},
        "operations": draw(_operations(measure, users)) if fleets else [],
    }
    rows = _crowd(measure, users) if crowded else _sessions(measure, users)
    return SmallWorld(written, users, draw(rows))


def _places() -> st.SearchStrategy[dict[str, Any]]:
    """Where the desktops of a fleet or pool are."""
    zones = st.sampled_from([["a"], ["b"], ["b", "a"], None, None])
    hosts = st.sampled_from([[], [], [], ["large", "small"], ["small"], ["distant", "small"]])
    return st.fixed_dictionaries(
        {
            "zones": zones,
            "hosts": hosts,
            "bundle": st.sampled_from(["standard", "power"]),
            "running_mode": st.sampled_from(["AlwaysOn", "AutoStop"]),
            "uses_directory": st.booleans(),
        }
    )


@st.composite
def _fleets(draw: st.DrawFn, measure: Measure) -> dict[str, Any]:
    return draw(_places()) | {
        "autostop_timeout": "1 h",
        "provisioning": draw(measure.times(0, 4)),
        "network_loss_detection": draw(measure.times(0, 3)),
        "reconnect_window": draw(measure.times(0, 3)),
        "idle_disconnect_timeout": draw(st.none() | measure.times(0, 4)),
    }


@st.composite
def _pools(draw: st.DrawFn, measure: Measure) -> dict[str, Any]:
    size = draw(st.sampled_from([1, 1, 2, 3]))
    least, more, most = digits(draw(st.integers(0, 3 * 4 * 4 - 1)), (3, 4, 4))
    queue = draw(st.booleans())
    pool = draw(_places()) | {
        "sessions_per_instance": size,
        "minimum": least * size,
        "desired": min(least + more, least + most or 1) * size,
        "maximum": (least + most or 1) * size,
        "load_balancing": draw(st.sampled_from(["depth-first", "breadth-first"])),
        "after_session": draw(st.sampled_from(["replace", "replace", "keep"])),
        "admission": "queue" if queue else "refuse",
        "queue_limit": draw(st.sampled_from([None, None, 2, 1, 0])) if queue else None,
        "provisioning": draw(
            measure.times(0, 6) | st.just({"uniform": {"low": "1 min", "high": "6 min"}})
        ),
        "launch_retry": draw(measure.times(1, 6)),
        "maximum_duration": draw(st.sampled_from(["10 min", "11 min 30 s", "15 min", "96 h"])),
        "disconnect_timeout": draw(st.sampled_from(["1 min", "90 s", "2 min", "5 min"])),
        "idle_disconnect_timeout": draw(st.sampled_from(["0 s", "0 s", "1 min", "3 min"])),
        "network_loss_detection": draw(measure.times(0, 3)),
        "reconnect_window": draw(measure.times(0, 3)),
        "edit_delay": draw(measure.times(0, 2)),
        "edits": draw(st.lists(_edits(measure, size), max_size=2)) if draw(st.booleans()) else [],
    }
    pool["scaling"] = draw(st.lists(_policies(measure, size), max_size=3))
    return pool


@st.composite
def _edits(draw: st.DrawFn, measure: Measure, size: int) -> dict[str, Any]:
    """An edit of one bound, of the target, or of all of them."""
    least, target, most = sorted(draw(st.integers(0, 6)) for _ in range(3))
    whole = {"minimum": least, "desired": target, "maximum": most or 1}
    given = draw(st.sampled_from([("minimum",), ("maximum",), ("desired",), tuple(whole)]))
    return {"at": draw(measure.instants())} | {key: whole[key] * size for key in given}


def _policies(measure: Measure, size: int) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        _schedules(measure, size), _steps(), _trackings(), _ramps(), _spares(), _spares(), _steps()
    )


@st.composite
def _schedules(draw: st.DrawFn, measure: Measure, size: int) -> dict[str, Any]:
    when = draw(
        measure.instants().map(lambda at: {"at": at})
        | st.sampled_from(["*/5 * * * *", "7 * * * *", "*/3 1-2 * * *"]).map(
            lambda cron: {"cron": cron, "time_zone": "Europe/Berlin"}
        )
    )
    key, instances = draw(
        st.sampled_from([("minimum", 2), ("minimum", 0), ("maximum", 3), ("maximum", 9)])
        | st.integers(0, 6).map(lambda instances: ("capacity", instances))
    )
    return {"schedule": when | {key: instances * size}}


@st.composite
def _steps(draw: st.DrawFn) -> dict[str, Any]:
    metric, comparison, threshold = draw(
        st.sampled_from(
            [
                ("UserSessionsCapacityUtilization", ">=", 75),
                ("UserSessionsCapacityUtilization", "<", 50),
                ("AvailableUserSessionCapacity", "<=", 1),
                ("AvailableUserSessionCapacity", ">", 2),
                ("InsufficientCapacityError", ">", 0),
            ]
        )
    )
    change = draw(
        st.sampled_from(
            [{"add": 1}, {"add": 2}, {"add": -1}, {"percent": 50}, {"percent": -40}, {"exact": 2}]
        )
    )
    return {
        "step": {
            "metric": metric,
            "comparison": comparison,
            "threshold": threshold,
            "period": draw(st.sampled_from(["1 min", "2 min"])),
            "evaluation_periods": draw(st.integers(1, 2)),
            "cooldown": draw(st.sampled_from(["0 s", "2 min", "5 min"])),
            "steps": [change],
        }
    }


@st.composite
def _trackings(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "target_tracking": {
            "utilization": draw(st.sampled_from(["50 %", "75 %", "90 %"])),
            "out_periods": draw(st.integers(1, 3)),
            "in_periods": draw(st.integers(1, 4)),
            "scale_out_cooldown": draw(st.sampled_from(["0 s", "3 min"])),
            "scale_in_cooldown": draw(st.sampled_from(["0 s", "3 min"])),
            "scale_in": draw(st.booleans()),
        }
    }


@st.composite
def _ramps(draw: st.DrawFn) -> dict[str, Any]:
    shares = st.sampled_from(["30 %", "60 %", "100 %"])
    return {
        "ramp": {
            "days": ["tue", "sun"],
            "ramp_up": {"start": "08:05", "threshold": draw(shares), "minimum": draw(shares)},
            "peak": {"start": "08:12"},
            "ramp_down": {"start": "08:20", "threshold": draw(shares), "minimum": "10 %"},
            "off_peak": {"start": "08:40"},
        }
    }


def _spares() -> st.SearchStrategy[dict[str, Any]]:
    return st.integers(0, 3).map(lambda sessions: {"spare": {"sessions": sessions}})


@st.composite
def _people(
    draw: st.DrawFn, measure: Measure, populations: dict[str, Any], most: int
) -> list[dict[str, Any]]:
    """Users in order of population; most stay from beginning to end."""
    chosen = sorted(
        draw(st.lists(st.sampled_from(list(populations)), min_size=most // 8, max_size=most)),
        key=list(populations).index,
    )
    users: list[dict[str, Any]] = []
    for number, population in enumerate(chosen):
        joins = draw(seldom(measure.millis(), 8))
        leaves = draw(seldom(measure.millis(), 5))
        if joins is not None and leaves is not None:
            joins, leaves = min(joins, leaves), max(joins, leaves)
        first = sum(user["population"] == population for user in users)
        users.append(
            {
                "user": number,
                "name": f"{population}-{first:05d}",
                "population": population,
                "fleet": populations[population]["fleet"],
                "cost_center": population,
                "time_zone": "UTC",
                "joins": NEVER if joins is None else joins,
                "leaves": NEVER if leaves is None else leaves,
            }
        )
    return users


_MEANS = (16, 8, 4, 21, 9)
"""How many values connected, idle_from, ending, gap and patience take in a session."""
_STAGES = (3, 3, 3, 3, 3, 4)
"""And its stages: a third each are nothing, half a step of the grid and a step."""


@st.composite
def _sessions(
    draw: st.DrawFn, measure: Measure, users: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Up to eight rows for each user, by arrival or by gap."""
    means, stages = math.prod(_MEANS) - 1, math.prod(_STAGES) - 1
    session = st.tuples(measure.millis(), st.integers(0, means), st.integers(0, stages))
    rows: list[dict[str, Any]] = []
    for user in users:
        drawn = draw(st.lists(session, min_size=draw(st.integers(0, 4)), max_size=8))
        for begin, meant, fate in sorted(drawn):
            row = _session(measure.grid, begin, digits(meant, _MEANS), digits(fate, _STAGES))
            rows.append(row | {"session": len(rows), "user": user["user"]})
    return rows


@st.composite
def _crowd(draw: st.DrawFn, measure: Measure, users: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Dozens of rows for each user, of the same kinds."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    each = draw(st.integers(1, 30))
    steps = (measure.end - measure.begin - 1) // measure.grid + 1
    rows: list[dict[str, Any]] = []
    for user in users:
        for begin in np.sort(dice.integers(0, steps, each)).tolist():
            means, stages = (dice.integers(0, bases).tolist() for bases in (_MEANS, _STAGES))
            row = _session(measure.grid, measure.begin + begin * measure.grid, means, stages)
            rows.append(row | {"session": len(rows), "user": user["user"]})
    return rows


def _session(grid: Millis, begin: Millis, means: list[int], stages: list[int]) -> dict[str, Any]:
    connected, idle_from, ending, gap, patience = means
    service, cold_start, profile, streaming, os_logon, retry = (
        halves * grid // 2 for halves in stages
    )
    return {
        "arrival": NEVER if 0 < gap <= 7 else begin,
        "gap": (gap - 1) * grid if 0 < gap <= 7 else NEVER,
        "connected": connected * grid or 1,
        "idle_from": (idle_from - 1) * grid if idle_from else NEVER,
        "ending": Ending(ending),
        "client": 0,
        "rtt": 40,
        "directory_service": service,
        "resume": cold_start,
        "cold_start": cold_start,
        "profile": profile,
        "streaming": streaming,
        "os_logon": os_logon,
        "retry_after": retry or grid,
        "patience": patience * grid,
    }


@st.composite
def _operations(
    draw: st.DrawFn, measure: Measure, users: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Desktops that come and go, and with them addresses and slots that pools may want."""
    owners = [user for user in users if user["fleet"] == "desk"]
    if not owners:
        return []
    return [
        {
            "at": at,
            "fleet": "desk",
            "user": draw(st.sampled_from(owners))["name"],
            "operation": draw(st.sampled_from(["delete", "create"])),
        }
        for at in draw(st.lists(measure.instants(), max_size=3))
    ]
