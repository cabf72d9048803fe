"""Round trips in the bands of each protocol, by the time that people worked in them."""

from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from sim.cli.streaming import streaming
from sim.record import NEVER
from sim.study.streaming import Streamed, bands, latencies
from tests.unit.stories import Story, tell

HOUR = 3_600_000


def sessions(rtt: list[int], hours: list[int]) -> dict[str, np.ndarray]:
    count = len(rtt)
    return {
        "user": np.zeros(count, dtype=np.int32),
        "client": np.zeros(count, dtype=np.int16),
        "rtt": np.array(rtt, dtype=np.int32),
        "connected": np.arange(count, dtype=np.int64),
        "delivered": np.array(hours, dtype=np.int64) * HOUR,
    }


def streamed(made: Story, table: dict[str, np.ndarray]) -> Streamed:
    return Streamed.of(made.scenario, made.workload.users, ["client"], table, 100 * HOUR)


def test_time_is_counted_in_the_band_of_its_round_trip() -> None:
    """PCoIP: 6 h below 100 ms, 3 h at 100 ms (usable), 1 h at 375 ms (cut): 60, 30, 0 and 10 %."""
    made = tell("arrival  connected\n09:00  1 h", fleet={"protocol": "pcoip"})
    found = bands(streamed(made, sessions([40, 99, 100, 375], [1, 5, 3, 1])))
    assert [(one.band, one.sessions, one.share) for one in found] == [
        ("good", 2, 0.6),
        ("usable", 1, 0.3),
        ("degraded", 0, 0.0),
        ("cut", 1, 0.1),
    ]


def test_the_same_round_trip_is_good_by_the_other_protocol() -> None:
    made = tell("arrival  connected\n09:00  1 h")
    found = bands(streamed(made, sessions([150, 250], [1, 1])))
    assert [(one.protocol, one.band, one.share) for one in found] == [
        ("dcv", "good", 0.5),
        ("dcv", "degraded", 0.5),
        ("dcv", "beyond", 0.0),
    ]


def test_latency_is_weighted_by_the_time_worked() -> None:
    """(9 x 40 + 1 x 140) / 10 = 50 ms; nine hours in ten are at 40 ms, so the p95 is 140 ms."""
    made = tell("arrival  connected\n09:00  1 h")
    (found,) = latencies(streamed(made, sessions([40, 140], [9, 1])))
    assert found.mean == pytest.approx(50)
    assert found.p95 == 140


def test_sessions_that_did_not_begin_in_the_window_count_for_nothing() -> None:
    made = tell("arrival  connected\n09:00  1 h")
    table = sessions([40, 300], [1, 1])
    table["connected"][1] = NEVER
    found = bands(streamed(made, table))
    assert [one.sessions for one in found] == [1, 0, 0]


def test_the_screen_tells_bands_only_where_some_time_was_not_good() -> None:
    """Nine hours at 40 ms and one at 300: degraded by DCV."""
    near = {"band": "good", "below_ms": 250, "share": 1}
    protocol = {"protocol": "dcv", "round_trip_mean_ms": 66, "round_trip_p95_ms": 300}
    assert list(streaming([{**protocol, "bands": [near]}])) == []
    far = {"band": "degraded", "below_ms": 400, "share": 0.1}
    beyond = {"band": "beyond", "below_ms": None, "share": 0}
    (table,) = streaming([{**protocol, "bands": [near | {"share": 0.9}, far, beyond]}])
    console = Console(width=80, record=True, file=StringIO())
    console.print(table)
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    assert lines[2:6] == [
        "dcv good 250 90.0 %",
        "dcv degraded 400 10.0 %",
        "dcv beyond 0 %",
        "dcv mean 66 ms, p95 300 ms",
    ]
