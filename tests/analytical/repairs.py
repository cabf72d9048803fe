"""What breaks and is repaired: recursions that an engine must equal, and the chains behind them.

Nothing here knows of `sim`. Times of a recursion are integers of a millisecond; of the formulas,
hours. Source: `oracles/README.md`, section 1.2 (availability, machine repair, unreliable pool).
"""

import math
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import numpy as np

from tests.analytical.queues import Move, State, birth_death, equilibrium

Draw = Callable[[int, int], int]
"""A duration of a machine, by machine and ordinal [ms]."""


# -- recursions


def repair_shop(
    machines: int, crews: int, up: Draw, repair: Draw, *, begin: int, end: int
) -> list[tuple[int, int, int]]:
    """Who is broken from when to when: (machine, begin, end) of all that break before the end.

    The machines are repaired in the order in which they break, at one instant in order of number,
    each by one crew. Whoever is in the shop says so at every event; the shop is a line and a set.
    """
    clock = [(begin + up(machine, 0), 1, machine) for machine in range(machines)]
    heapify(clock)
    broken, ordinal = dict[int, int](), [0] * machines
    line, idle = deque[int](), min(crews, machines)
    found: list[tuple[int, int, int]] = []
    while (clock and clock[0][0] < end) or broken:
        at, breaks, machine = heappop(clock)
        if breaks:
            if at >= end:
                continue
            broken[machine] = at
            line.append(machine)
        else:
            found.append((machine, broken.pop(machine), at))
            ordinal[machine] += 1
            heappush(clock, (at + up(machine, ordinal[machine]), 1, machine))
            idle += 1
        while idle and line:
            first = line.popleft()
            idle -= 1
            heappush(clock, (at + max(1, repair(first, ordinal[first])), 0, first))
    return sorted(found, key=lambda row: (row[1], row[0]))


class Customer(NamedTuple):
    """What became of somebody who wanted a place."""

    blocked: bool
    killed: bool
    left: int
    """End of the session, by itself or not [ms]; the arrival, where there was none."""


_BACK, _FAIL, _OVER, _LOOK, _COME = range(5)
"""What happens at one instant, in this order."""


class _Slots:
    """Slots that break, and are numbered anew when somebody finds that they work again."""

    def __init__(self, slots: int) -> None:
        self.works = [True] * slots
        self.number = dict(zip(range(slots), range(slots), strict=True))
        """Number of each slot in use."""
        self.numbered = slots
        self.idle = [(0, slot, slot) for slot in range(slots)]
        """Since when, number and slot of those nobody is on, in order."""
        self.busy = dict[int, int]()
        """Who is on which slot, by slot."""
        self.of = dict[int, int]()
        """The slot of each customer."""

    def fail(self, slot: int) -> int | None:
        """Whoever is killed by it, if anybody is."""
        self.works[slot] = False
        self.number.pop(slot, None)
        self.idle = [one for one in self.idle if one[2] != slot]
        killed = self.busy.pop(slot, None)
        if killed is not None:
            del self.of[killed]
        return killed

    def seat(self, who: int) -> None:
        """Give the slot that is longest idle; of several the lowest number."""
        _, _, slot = self.idle.pop(0)
        self.busy[slot], self.of[who] = who, slot

    def free(self, who: int, at: int) -> bool:
        """Whether somebody still was there to leave."""
        slot = self.of.pop(who, None)
        if slot is not None:
            del self.busy[slot]
            insort(self.idle, (at, self.number[slot], slot))
        return slot is not None

    def look(self, at: int) -> bool:
        """Whether some are wanting after those that work have been found."""
        for slot, works in enumerate(self.works):
            if works and slot not in self.number:
                self.number[slot] = self.numbered
                self.numbered += 1
                insort(self.idle, (at, self.number[slot], slot))
        return len(self.number) < len(self.works)


def unreliable_pool(
    arrivals: Sequence[int],
    services: Sequence[int],
    failures: Sequence[tuple[int, int, int]],
    *,
    slots: int,
    retry: int,
) -> list[Customer]:
    """A pool of slots that break whether they are busy or not, and kill whoever is on them.

    A slot that works again is not in use before somebody looks: at a failure, when a session is
    over, and `retry` after a look that left some wanting. A failure is (slot, begin, end).
    """
    events = [(end, _BACK, slot) for slot, _, end in failures]
    events += [(begin, _FAIL, slot) for slot, begin, _ in failures]
    events += [(at, _COME, who) for who, at in enumerate(arrivals)]
    heapify(events)
    pool, looks = _Slots(slots), False
    fates = dict[int, Customer]()
    while len(fates) < len(arrivals):
        at, kind, number = heappop(events)
        look = kind in (_FAIL, _LOOK)
        if kind == _BACK:
            pool.works[number] = True
        elif kind == _FAIL and (killed := pool.fail(number)) is not None:
            fates[killed] = Customer(False, True, at)
        elif kind == _OVER and pool.free(number, at):
            fates[number], look = Customer(False, False, at), True
        elif kind == _LOOK:
            looks = False
        elif kind == _COME and pool.idle:
            pool.seat(number)
            heappush(events, (at + services[number], _OVER, number))
        elif kind == _COME:
            fates[number] = Customer(True, False, at)
        if look and pool.look(at) and not looks:
            looks = True
            heappush(events, (at + retry, _LOOK, 0))
    return [fates[who] for who in range(len(arrivals))]


def interrupted(
    connected: Sequence[int], length: Sequence[int], failures: Sequence[int]
) -> Iterator[int | None]:
    """When each session of one machine is hit: at the first failure inside (begin, end]."""
    for begin, lasts in zip(connected, length, strict=True):
        at = int(np.searchsorted(failures, begin, side="right"))
        hit = at < len(failures) and failures[at] <= begin + lasts
        yield failures[at] if hit else None


# -- formulas


def availability(up: float, down: float, machines: int, needed: int) -> dict[str, float]:
    """One machine, and `needed` of several, each with a crew of its own; mean times [h]."""
    one, rate, mu = up / (up + down), 1 / up, 1 / down
    chances = [
        math.comb(machines, k) * one**k * (1 - one) ** (machines - k) for k in range(machines + 1)
    ]
    enough = sum(chances[needed:])
    outages = chances[needed] * needed * rate
    gone = math.exp(-(rate + mu))

    def interval(length: float) -> float:
        speed = (rate + mu) * length
        return one + (1 - one) * -math.expm1(-speed) / speed

    return {
        "A_single": one,
        "U_single": 1 - one,
        "p_k_of_n": enough,
        "outages_per_h_k_of_n": outages,
        "mean_outage_h_k_of_n": sum(chances[:needed]) / outages,
        "A_point_1h_from_up": one + (1 - one) * gone,
        "A_point_24h": one + (1 - one) * gone**24,
        "A_interval_24h": interval(24),
        "A_interval_720h": interval(720),
        "A_interval_8760h": interval(8760),
    }


def machine_repair(machines: int, crews: int, rate: float, mu: float) -> dict[str, float]:
    """Machines that break at a rate each, and crews that repair one at a time; rates per hour."""
    down = np.arange(machines)
    chances = birth_death((machines - down) * rate, np.minimum(down + 1, crews) * mu)
    mean = float(chances @ np.arange(machines + 1))
    failures = (machines - mean) * rate
    return {
        "mean_down": mean,
        "host_availability": 1 - mean / machines,
        "p_all_up": float(chances[0]),
        "p_at_most_1_down": float(chances[:2].sum()),
        "p_at_most_2_down": float(chances[:3].sum()),
        "failures_per_h": failures,
        "mean_downtime_h": mean / failures,
    }


def unreliable_loss(
    slots: int, rate: float, mu: float, breaks: float, repaired: float
) -> dict[str, float]:
    """Slots that break, busy or idle, and kill whoever is on them; rates per hour.

    The chain of (slots that work, busy ones).
    """
    states = [(up, busy) for up in range(slots + 1) for busy in range(up + 1)]

    def moves(state: State) -> Iterator[Move]:
        up, busy = state
        if busy < up:
            yield (up, busy + 1), rate
            yield (up - 1, busy), (up - busy) * breaks
        if busy:
            yield (up, busy - 1), busy * mu
            yield (up - 1, busy - 1), busy * breaks
        if up < slots:
            yield (up + 1, busy), (slots - up) * repaired

    chances = equilibrium(states, moves)
    by = {name: float(sum(p * state[axis] for p, state in zip(chances, states, strict=True)))
          for axis, name in enumerate(("mean_up", "mean_busy"))}  # fmt: skip
    full = float(sum(p for p, (up, busy) in zip(chances, states, strict=True) if up == busy))
    return {"p_block": full, **by, "kills_per_h": breaks * by["mean_busy"],
            "p_session_killed_exact": breaks / (breaks + mu)}  # fmt: skip
