"""What theory knows of shared servers: loss systems, lines, and capacity that comes and goes.

Closed forms where there are any, else the Markov chain itself, solved. Rates are per hour, times in
hours. Nothing here looks at `sim`.

Source: `oracles/README.md`, sections 1.1 and 1.2.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import spsolve
from scipy.special import gammaln

Floats = NDArray[np.float64]
State = tuple[int, int]
Move = tuple[State, float]
"""To which state, and at what rate."""


def erlang_b(servers: int, offered: float) -> float:
    """Part of the arrivals that is blocked: B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1))."""
    blocking = 1.0
    for k in range(1, servers + 1):
        blocking = offered * blocking / (k + offered * blocking)
    return blocking


def erlang_c(rate: float, mu: float, servers: int) -> dict[str, float]:
    """Waits in front of c servers: P(W > t) = C exp(-(c mu - rate) t)."""
    offered, spare = rate / mu, servers * mu - rate
    blocking = erlang_b(servers, offered)
    waits = servers * blocking / (servers - offered * (1 - blocking))
    return {
        "p_wait": waits,
        "Wq_h": waits / spare,
        "Lq": rate * waits / spare,
        "var_Wq": waits * (2 - waits) / spare**2,
        "Wq_p95_h": max(0.0, math.log(waits / 0.05) / spare),
        "Wq_p99_h": max(0.0, math.log(waits / 0.01) / spare),
    }


def birth_death(births: ArrayLike, deaths: ArrayLike) -> Floats:
    """Equilibrium of a chain that is born from n at births[n] and dies from n + 1 at deaths[n]."""
    with np.errstate(divide="ignore"):
        steps = np.log(births) - np.log(deaths)
    weights = np.concatenate([[0.0], np.cumsum(steps)])
    chances = np.exp(weights - weights.max())
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def erlang_a(rate: float, mu: float, theta: float, servers: int) -> dict[str, float]:
    """A line whose people give up at a rate theta each: deaths min(n, c) mu + (n - c)+ theta."""
    n = np.arange(1, servers + 2_000)
    deaths = np.minimum(n, servers) * mu + np.maximum(n - servers, 0) * theta
    chances = birth_death(np.full(len(n), rate), deaths)
    line = float(chances[servers:] @ np.arange(len(n) + 1 - servers))
    return {
        "p_wait": float(chances[servers:].sum()),
        "p_abandon": theta * line / rate,
        "mean_wait_all_h": line / rate,
        "Lq": line,
    }


def mmck(rate: float, mu: float, servers: int, room: int) -> dict[str, float]:
    """At most `room` people, served or waiting; waits are those of the accepted."""
    n = np.arange(1, room + 1)
    chances = birth_death(np.full(room, rate), np.minimum(n, servers) * mu)
    blocked = float(chances[-1])
    line = float(chances[servers:] @ np.arange(room + 1 - servers))
    return {
        "p_block": blocked,
        "Lq": line,
        "Wq_accepted_h": line / (rate * (1 - blocked)),
        "p_wait_given_accepted": float(chances[servers:-1].sum()) / (1 - blocked),
    }


def engset(sources: int, servers: int, alpha: float) -> dict[str, float]:
    """Blocking of people who come back: as time passes, and as it meets those who come.

    Somebody who asks sees the others, one source fewer, in their equilibrium.
    """

    def chances(count: int) -> Floats:
        top = min(servers, count)
        return birth_death((count - np.arange(top)) * alpha, np.arange(1, top + 1))

    def full(count: int) -> float:
        return float(chances(count)[servers]) if count >= servers else 0.0

    return {
        "time_congestion": full(sources),
        "call_congestion": full(sources - 1),
        "mean_busy": float(chances(sources) @ np.arange(min(servers, sources) + 1)),
    }


# -- chains with more than one dimension


def equilibrium(states: Sequence[State], moves: Callable[[State], Iterator[Move]]) -> Floats:
    """The chances p of the states, in their order, with p Q = 0 and a sum of 1."""
    number = {state: index for index, state in enumerate(states)}
    rates = [
        (number[state], number[after], rate)
        for state in states
        for after, rate in moves(state)
        if rate > 0
    ]
    before, after, rate = (np.array(column) for column in zip(*rates, strict=True))
    size = len(states)
    flows = csr_array((rate, (after, before)), shape=(size, size))
    everywhere = np.arange(size)
    out = csr_array((flows.sum(axis=0), (everywhere, everywhere)), shape=(size, size))
    balance = (flows - out).tolil()
    balance[0, :] = np.ones(size)
    return np.asarray(spsolve(csc_array(balance), np.eye(1, size)[0]), dtype=np.float64)


def phases_line(law: str, rate: float, mean: float, servers: int, most: int) -> dict[str, float]:
    """M/G/c whose services have two phases: one after the other (`erlang:2`), or one of the two.

    A state is how many people there are, at most `most`, and how many of those served are in the
    first phase.
    """
    kind, _, squared = law.partition(":")
    one_by_one = kind == "erlang"
    often = 1.0 if one_by_one else (1 + math.sqrt((float(squared) - 1) / (float(squared) + 1))) / 2
    first = 2 / mean if one_by_one else 2 * often / mean
    second = 2 / mean if one_by_one else 2 * (1 - often) / mean

    def begin(people: int, ones: int, flow: float, *, served: bool) -> Iterator[Move]:
        """Somebody begins to be served, in one phase or the other, unless it is not their turn."""
        if served:
            yield (people, ones + 1), flow * often
            yield (people, ones), flow * (1 - often)
        else:
            yield (people, ones), flow

    def moves(state: State) -> Iterator[Move]:
        people, ones = state
        twos = min(people, servers) - ones
        if people < most:
            yield from begin(people + 1, ones, rate, served=people < servers)
        if one_by_one:
            yield (people, ones - 1), ones * first
        elif ones:
            yield from begin(people - 1, ones - 1, ones * first, served=people > servers)
        if twos:
            yield from begin(people - 1, ones, twos * second, served=people > servers)

    states = [(n, ones) for n in range(most + 1) for ones in range(min(n, servers) + 1)]
    chances = np.zeros(most + 1)
    np.add.at(chances, [n for n, _ in states], equilibrium(states, moves))
    return line_of(chances, rate, servers)


def constant_line(rate: float, length: float, servers: int, most: int) -> dict[str, float]:
    """M/D/c. After one service time all who were served are gone, and all who came are there:
    N(t + D) = max(N(t) - c, 0) + Poisson(rate D)."""
    n = np.arange(most + 1)
    log = -rate * length + n * math.log(rate * length) - gammaln(n + 1)
    came = np.exp(log)
    after = np.zeros((most + 1, most + 1))
    for here in n:
        left = max(int(here) - servers, 0)
        after[here, left:] = came[: most + 1 - left]
    after[:, -1] += 1 - after.sum(axis=1)
    balance = after.T - np.eye(most + 1)
    balance[0] = 1
    return line_of(np.linalg.solve(balance, np.eye(1, most + 1)[0]), rate, servers)


def line_of(people: Floats, rate: float, servers: int) -> dict[str, float]:
    """What the distribution of the number of people says of a line without limit."""
    n = np.arange(len(people))
    line = float(people @ np.maximum(n - servers, 0))
    return {"p_wait": float(people[servers:].sum()), "Lq": line, "Wq": line / rate}


def with_set_up(
    rate: float, mu: float, boot: float, *, least: int, most: int, spare: int, room: int
) -> dict[str, float]:
    """Servers that are booted and removed as people come and go, at every event.

    Wanted are n + spare of them, within [least, most], for n people. Missing ones boot, each at a
    rate `boot`; what is too much is removed at once, boots first, then idle ones.
    """

    def wanted(people: int) -> int:
        return max(least, min(people + spare, most))

    def moves(state: State) -> Iterator[Move]:
        people, on = state
        if people < room:
            yield (people + 1, on), rate
        if people:
            yield (people - 1, min(on, wanted(people - 1))), min(people, on) * mu
        if on < wanted(people):
            yield (people, on + 1), (wanted(people) - on) * boot

    states = [(n, on) for n in range(room + 1) for on in range(wanted(n) + 1)]
    chances = equilibrium(states, moves)
    people, on = np.array(states).T
    waiting = float(chances @ np.maximum(people - on, 0))
    admitted = rate * (1 - float(chances[people == room].sum()))
    return {
        "E_sessions_in_system": float(chances @ people),
        "E_waiting": waiting,
        "E_servers_on": float(chances @ on),
        "E_booting": float(chances @ np.clip(people + spare, least, most)) - float(chances @ on),
        "E_idle_on": float(chances @ np.maximum(on - people, 0)),
        "p_wait": float(chances[people >= on].sum()),
        "mean_wait_h": waiting / admitted,
    }


# -- days that repeat, with rates and capacities that are constant within an hour


class Day:
    """A birth-death chain whose rates change each hour, in its periodic equilibrium.

    Args:
        births: rate from n to n + 1, for each hour and n.
        deaths: rate from n + 1 to n, for each hour and n.
    """

    def __init__(self, births: Sequence[Floats], deaths: Sequence[Floats]) -> None:
        rates = [_generator(up, down) for up, down in zip(births, deaths, strict=True)]
        kinds = {hour.tobytes(): hour for hour in rates}
        after_an_hour = {kind: _exponential(hour) for kind, hour in kinds.items()}
        steps = [after_an_hour[hour.tobytes()] for hour in rates]
        size = len(rates[0])
        whole = np.linalg.multi_dot(steps)
        balance = whole.T - np.eye(size)
        balance[0] = 1
        now = np.linalg.solve(balance, np.eye(1, size)[0])
        self.at_hour: list[Floats] = []
        """Chances at the beginning of each hour."""
        self.mean: list[Floats] = []
        """Chances averaged over each hour."""
        for hour, step in zip(rates, steps, strict=True):
            after = now @ step
            # The integral I of p over the hour has I Q = p(1) - p(0), and the sum 1.
            system, right = hour.T.copy(), after - now
            system[0], right[0] = 1, 1
            self.at_hour.append(now)
            self.mean.append(np.asarray(np.linalg.solve(system, right), dtype=np.float64))
            now = after


def _exponential(rates: Floats) -> Floats:
    """exp(Q) = exp(Q / 1024)^1024. Chances too small to matter are zero: processors crawl through
    numbers below 1e-308."""
    part = term = np.eye(len(rates))
    for k in range(1, 11):
        term = term @ rates / (1024 * k)
        part = part + term
    for _ in range(10):
        part = part @ part
        part[part < 1e-40] = 0
    return part


def _generator(births: Floats, deaths: Floats) -> Floats:
    rates = np.diag(births, 1) + np.diag(deaths, -1)
    return np.asarray(rates - np.diag(rates.sum(axis=1)), dtype=np.float64)


def loss_day(rates: Sequence[float], capacities: Sequence[int], mu: float) -> Day:
    """Admitted while fewer are there than the capacity of the hour; who is in stays in."""
    top = max(capacities)
    n = np.arange(top)
    births = [
        np.where(n < capacity, float(rate), 0.0)
        for rate, capacity in zip(rates, capacities, strict=True)
    ]
    return Day(births, [np.asarray((n + 1) * mu, dtype=np.float64)] * len(births))


def line_day(rates: Sequence[float], mu: float, servers: int, room: int, theta: float) -> Day:
    """A line of at most `room` people, served or waiting, who give up at a rate theta."""
    n = np.arange(1, room + 1)
    deaths = np.minimum(n, servers) * mu + np.maximum(n - servers, 0) * theta
    births = [np.full(room, float(rate)) for rate in rates]
    return Day(births, [deaths] * len(rates))


def day_of_line(day: Day, rates: Sequence[float], servers: int, theta: float) -> dict[str, float]:
    """What those who come in a day meet: each hour weighs as many as come in it."""
    weight = np.array(rates) / sum(rates)
    n = np.arange(len(day.mean[0]))
    blocked = np.array([mean[-1] for mean in day.mean]) @ weight
    waits = np.array([mean[servers:-1].sum() for mean in day.mean]) @ weight
    line = float(sum(mean @ np.maximum(n - servers, 0) for mean in day.mean))
    return {
        "p_wait_daily": float(waits),
        "p_block_daily": float(blocked),
        "p_abandon_daily": theta * line / sum(rates),
        "mean_wait_admitted_h": line / (sum(rates) * (1 - float(blocked))),
    }
