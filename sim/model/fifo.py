"""A FIFO line before parallel servers, as a recursion instead of a queue.

The k-th customer starts when it has arrived and a server is free: with the times at which the
servers become free in a heap, that is one comparison per customer. No queue is kept, nobody
waits in it, and the result is exact. Customers must be offered in order of arrival.
"""

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.units import Millis

CHUNK = 1 << 16
"""Customers held as plain numbers at once; a list of them takes ten times the room of an array."""


class Line:
    """Parallel servers with one line, first come first served."""

    def __init__(self, servers: int) -> None:
        self._free: list[Millis] = [-(2**62)] * servers

    def begin(self, arrival: Millis, service: Millis) -> Millis:
        """Serve the next customer; return the instant at which its service begins [ms]."""
        begin = max(arrival, self._free[0])
        heapq.heapreplace(self._free, begin + service)
        return begin


class LineWithOutages:
    """The same when servers are lost now and then: a lost one begins nothing (F6).

    Args:
        servers: number of servers.
        lost: (begin, end, how many of the first servers) of each outage [ms].
    """

    def __init__(self, servers: int, lost: Iterable[tuple[Millis, Millis, int]]) -> None:
        self._free: list[Millis] = [-(2**62)] * servers
        outages = sorted(lost)
        self._lost = [
            joined((begin, end) for begin, end, count in outages if server < count)
            for server in range(servers)
        ]

    def begin(self, arrival: Millis, service: Millis) -> Millis:
        """Serve the next customer; return the instant at which its service begins [ms]."""
        begin, server = min(
            (self._there(server, max(arrival, free)), server)
            for server, free in enumerate(self._free)
        )
        self._free[server] = begin + service
        return begin

    def _there(self, server: int, at: Millis) -> Millis:
        """The first instant from `at` on at which a server is not lost."""
        return max(at, lost_until(self._lost[server], at))


def joined(spans: Iterable[tuple[Millis, Millis]]) -> list[tuple[Millis, Millis]]:
    """Spans in order of begin, those that meet made one."""
    found: list[tuple[Millis, Millis]] = []
    for begin, end in spans:
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def lost_until(lost: Sequence[tuple[Millis, Millis]], at: Millis) -> Millis:
    """End of the last of these spans, in order and apart, that begins up to an instant."""
    position = bisect_right(lost, (at, 2**62)) - 1
    return lost[position][1] if position >= 0 else -(2**62)


def waits(
    arrival: NDArray[np.int64], service: NDArray[np.int64], servers: int
) -> NDArray[np.int64]:
    """Waiting time [ms] of each customer, for all customers in order of arrival at once."""
    if servers == 1:
        # begin_k = max over j <= k of (arrival_j + services of j .. k-1): a running maximum.
        before = np.cumsum(service) - service
        begins: NDArray[np.int64] = np.maximum.accumulate(arrival - before) + before
        return begins - arrival
    free = [-(2**62)] * servers
    found = np.empty_like(arrival)
    for first in range(0, len(arrival), CHUNK):
        chunk = slice(first, first + CHUNK)
        served: list[Millis] = []
        for at, length in zip(arrival[chunk].tolist(), service[chunk].tolist(), strict=True):
            begin = max(at, free[0])
            served.append(begin)
            heapq.heapreplace(free, begin + length)
        found[chunk] = served
    return found - arrival
