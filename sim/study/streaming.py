"""How far away people are, in the bands in which a streaming protocol is good, slow or bad.

A round trip of 150 ms is good by one protocol and sluggish by the other, so a mean of round trips
says nothing without the protocol. What is told is the share of the time that people worked in each
band: somebody who is connected all day in a bad one counts for more than somebody who looks in.

Source: WorkSpaces Administration Guide 2023, network requirements: PCoIP good below 100 ms, usable
to 200, degraded to 375, then cut; DCV good below 250 ms, degraded to 400, beyond not stated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.record import NEVER, Table
from sim.scenario import Scenario
from sim.units import Millis
from sim.workload import Protocols

BANDS: Mapping[str, tuple[tuple[str, Millis | None], ...]] = {
    "pcoip": (("good", 100), ("usable", 200), ("degraded", 375), ("cut", None)),
    "dcv": (("good", 250), ("degraded", 400), ("beyond", None)),
}
"""Bands of each protocol, with the round trip below which [ms] they lie; the last has no end."""


@dataclass(frozen=True)
class Band:
    """The part of the work that was done in one band of one protocol."""

    protocol: str
    band: str
    below: Millis | None
    """Round trips are below this [ms]; None in the last one."""
    sessions: int
    worked: Millis
    """Time that people worked in it, inside the window."""
    share: float | None
    """Of all time worked by that protocol; None without any."""


@dataclass(frozen=True)
class Latency:
    """Round trips of one protocol, by the time that was worked with them [ms]."""

    protocol: str
    mean: float
    p95: int


@dataclass(frozen=True)
class Streamed:
    """The sessions that began in the window."""

    protocol: NDArray[Any]
    rtt: NDArray[np.int64]
    """Round trip [ms]."""
    worked: NDArray[Any]
    """Time worked inside the window [ms]."""

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        users: Table,
        clients: Sequence[str],
        sessions: Mapping[str, NDArray[Any]],
        end: Millis,
    ) -> "Streamed":
        """From columns `user`, `client`, `rtt`, `connected`, `delivered` of sessions."""
        connected = sessions["connected"]
        rows = (connected != NEVER) & (connected >= 0) & (connected < end)
        user, client = sessions["user"][rows], sessions["client"][rows]
        protocol = Protocols.of(scenario, users, clients).by_row(user, client)
        return cls(protocol, sessions["rtt"][rows].astype(np.int64), sessions["delivered"][rows])


def bands(streamed: Streamed) -> list[Band]:
    """The bands of the protocols in use."""
    rtt, worked = streamed.rtt, streamed.worked
    found = []
    for name, limits in BANDS.items():
        mine = streamed.protocol == name
        whole = int(worked[mine].sum())
        least = 0
        for band, below in limits if mine.any() else ():
            inside = mine & (rtt >= least)
            if below is not None:
                inside &= rtt < below
            time = int(worked[inside].sum())
            share = time / whole if whole else None
            found.append(Band(name, band, below, int(inside.sum()), time, share))
            least = below or 0
    return found


def latencies(streamed: Streamed) -> list[Latency]:
    """Mean and p95 of the round trips of each protocol in use, weighted by the time worked."""
    rtt, worked = streamed.rtt, streamed.worked
    found = []
    for name in BANDS:
        mine = (streamed.protocol == name) & (worked > 0)
        if mine.any():
            order = np.argsort(rtt[mine], kind="stable")
            times, weights = rtt[mine][order], worked[mine][order]
            upto = np.cumsum(weights)
            p95 = int(times[np.searchsorted(upto, 0.95 * upto[-1])])
            mean = float((times * weights).sum() / weights.sum())
            found.append(Latency(name, mean, p95))
    return found
