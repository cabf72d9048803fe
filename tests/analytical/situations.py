"""The bare situations of theory: a scenario without anything but the mechanism under test, and its
users and intentions given as numbers instead of being drawn by `sim.workload`.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.model import simulate
from sim.record import LOGONS, NEVER, PLAN, USERS, Ending, Outcome, Table
from sim.scenario.schema import Scenario
from sim.storage import FactStore
from sim.units import HOUR, Millis
from sim.workload import Workload
from sim.workload.fates import LONGEST

Engine = Literal["agenda", "ranks"]
ENGINES: tuple[Engine, ...] = ("agenda", "ranks")
Ints = NDArray[np.int64]

BARE_FLEET = {"bundle": "standard", "running_mode": "AlwaysOn"}
BARE_POOL = {
    "bundle": "power",
    "running_mode": "AlwaysOn",
    "provisioning": "0 s",
    "maximum_duration": "120 h",
}
UNIT = HOUR // 10
"""What an hour of the queueing tables lasts here [ms], so that a million customers of the slowest
row fit into the hundred years that a scenario may last. The queue does not know."""
PATIENT = LONGEST - 1
"""A patience [ms] that outlasts every wait."""


def scenario(
    *,
    horizon: Millis,
    warm_up: Millis = 0,
    fleets: dict[str, dict[str, Any]] | None = None,
    pools: dict[str, dict[str, Any]] | None = None,
    servers: int | None = None,
    **more: Any,
) -> Scenario:
    """A scenario in which nothing happens by itself: no maintenance, and no stage takes time.

    Args:
        horizon: measured time [ms].
        warm_up: time simulated before it [ms].
        fleets: by name; each is an AlwaysOn fleet unless it says otherwise. Default: `office`.
        pools: by name, instead of fleets; each is AlwaysOn and has its instances at once.
        servers: servers of the directory; None: no directory.
        more: further parts of a scenario.
    """
    fleets = fleets or ({} if pools else {"office": {}})
    written = {
        "version": 1,
        "name": "theory",
        "region": "ap-southeast-1" if pools else "us-east-1",
        "start": "2026-09-01",
        "horizon": f"{horizon} ms",
        "warm_up": f"{warm_up} ms",
        "prices": {"book": "none.csv"},
        "fleets": {name: BARE_FLEET | fleet for name, fleet in fleets.items()},
        "pools": {name: BARE_POOL | pool for name, pool in (pools or {}).items()},
        "populations": {
            "people": {
                "users": 0,
                "fleet": next(iter(fleets | (pools or {}))),
                "shift": {"start": "09:00"},
                "session_length": "1 h",
            }
        },
        "maintenance": {"autostop": False},
        "directory": None if servers is None else {"servers": servers, "billed": False},
    }
    return Scenario.model_validate(written | more)


def users(fleets: Sequence[str]) -> Table:
    """One user, and desktop, for each name of a fleet."""
    count = len(fleets)
    return Table.of(
        USERS,
        user=np.arange(count),
        name=np.array([f"person-{number:06d}" for number in range(count)], dtype=object),
        population=np.full(count, "people", dtype=object),
        fleet=np.array(fleets, dtype=object),
        cost_center=np.full(count, "people", dtype=object),
        time_zone=np.full(count, "UTC", dtype=object),
        joins=np.full(count, NEVER),
        leaves=np.full(count, NEVER),
    )


def plan(
    user: ArrayLike,
    connected: ArrayLike,
    *,
    arrival: ArrayLike | None = None,
    gap: ArrayLike | None = None,
    **stages: ArrayLike,
) -> Table:
    """Intended sessions, sorted by user; each comes at its arrival or after its gap.

    Args:
        user: who.
        connected: length [ms].
        arrival: instant [ms].
        gap: time after the user's previous session [ms].
        stages: `directory_service`, `resume`, `streaming`, `patience` [ms] and what else a plan
            has; stages that are not given take no time.
    """
    owner = np.asarray(user)
    columns: dict[str, Any] = dict.fromkeys(PLAN.names, 0)
    columns |= {"arrival": NEVER, "gap": NEVER, "idle_from": NEVER, "ending": Ending.DISCONNECT}
    columns |= {"session": np.arange(len(owner)), "user": owner, "connected": connected, **stages}
    columns |= {} if arrival is None else {"arrival": arrival}
    columns |= {} if gap is None else {"gap": gap}
    return Table.of(PLAN, **{n: np.broadcast_to(c, owner.shape) for n, c in columns.items()})


def facts(
    scenario: Scenario, people: Table, intentions: Table, engine: Engine = "ranks"
) -> FactStore[Table]:
    """Run an engine: `ranks` walks whom it can and leaves the others to the agenda."""
    store = FactStore[Table]()
    workload = Workload(people, intentions, ["client"])
    simulate(scenario, workload, store, engine="agenda" if engine == "agenda" else None)
    return store


def shared_out(arrival: Ints, until: Ints) -> Ints:
    """Owners of sessions in order of arrival, as few as it takes for no owner to be busy twice."""
    free: list[tuple[int, int]] = []
    owner = []
    for at, end in zip(arrival.tolist(), until.tolist(), strict=True):
        if free and free[0][0] < at:
            owner.append(heapq.heapreplace(free, (end, free[0][1]))[1])
        else:
            owner.append(len(free))
            heapq.heappush(free, (end, len(free)))
    return np.array(owner, dtype=np.int64)


# -- people who share a pool


@dataclass(frozen=True)
class Visits:
    """People who ask for a place, each once and with logoff at the end, in order of arrival."""

    arrival: Ints
    length: Ints
    patience: Ints | None = None
    """How long each waits in line; None: to the end."""

    @property
    def count(self) -> int:
        """How many."""
        return len(self.arrival)

    def first(self, count: int) -> "Visits":
        """The first so many of them."""
        patience = None if self.patience is None else self.patience[:count]
        return Visits(self.arrival[:count], self.length[:count], patience)


@dataclass(frozen=True)
class Received:
    """What became of visits, in their order, and the facts of the run."""

    waited: Ints
    """Time in line [ms]."""
    outcome: Ints
    """`Outcome` of the only attempt."""
    facts: FactStore[Table]
    end: Millis


def pool_of(capacity: int, *, horizon: Millis, seed: int = 0, **settings: Any) -> Scenario:
    """A pool of one size, unless the settings say otherwise."""
    bounds = {"minimum": capacity, "maximum": capacity}
    return scenario(horizon=horizon, pools={"desk": bounds | settings}, seed=seed)


def received(
    visits: Visits, capacity: int, *, people: int | None = None, **settings: Any
) -> Received:
    """What a pool makes of visits; who is refused does not come again.

    The visits are dealt out to people in turn; by default to as many as there are. All are over
    before the run ends.
    """
    people = people or visits.count
    order = np.lexsort([visits.arrival, np.arange(visits.count) % people])
    patience = np.full(visits.count, PATIENT) if visits.patience is None else visits.patience
    intentions = plan(
        order % people,
        visits.length[order],
        arrival=visits.arrival[order],
        ending=Ending.LOGOFF,
        patience=patience[order],
        retry_after=LONGEST,
    )
    world = pool_of(capacity, horizon=int(visits.arrival[-1]) + 250 * HOUR, **settings)
    store = facts(world, users(["desk"] * people), intentions, "agenda")
    logons = store.table(LOGONS).sorted_by("session")
    assert (logons["session"] == np.arange(visits.count)).all(), "somebody came again"
    assert (logons["arrival"] == visits.arrival[order]).all(), "somebody's turn came too early"
    assert (logons["outcome"] != Outcome.OPEN).all()
    columns = np.empty((2, visits.count), dtype=np.int64)
    columns[:, order] = logons["desktop_wait"], logons["outcome"]
    return Received(columns[0], columns[1], store, world.end)


def poisson_visits(
    random: np.random.Generator,
    count: int,
    *,
    rate: float,
    mean: float,
    law: str = "exp",
    patience: float | None = None,
) -> Visits:
    """Poisson arrivals, no two at one millisecond, and independent lengths of a law.

    Args:
        random: random numbers.
        count: how many.
        rate: arrivals per hour of the tables.
        mean: mean length, in hours of the tables.
        law: of the lengths, as `durations` takes it.
        patience: mean of an exponential patience, in hours of the tables; None: no end of it.
    """
    scale = UNIT / HOUR
    gaps = np.maximum(durations(random, "exp", scale / rate, count), 1)
    length = durations(random, law, scale * mean, count)
    if patience is None:
        return Visits(HOUR + np.cumsum(gaps), length)
    patient = durations(random, "exp", scale * patience, count)
    return Visits(HOUR + np.cumsum(gaps), length, patient)


# -- laws of durations, written as in the tables of the oracles


def hours(values: ArrayLike) -> Ints:
    """Hours to whole milliseconds."""
    return np.asarray(np.rint(np.asarray(values, dtype=float) * HOUR), dtype=np.int64)


def durations(random: np.random.Generator, law: str, mean: float, count: int) -> Ints:
    """Durations [ms] of a law as the oracles write it (`exp`, `erlang:2`, ...), with a mean [h].

    `lognormal:` is followed by the coefficient of variation, `h2b:` by its square (two exponential
    phases with balanced means); `uniform` begins at 0.
    """
    kind, _, parameter = law.partition(":")
    match kind:
        case "exp":
            return hours(random.exponential(mean, count))
        case "det":
            return np.full(count, hours(mean), dtype=np.int64)
        case "uniform":
            return hours(random.uniform(0, 2 * mean, count))
        case "erlang":
            return hours(random.gamma(int(parameter), mean / int(parameter), count))
        case "lognormal":
            variance = math.log1p(float(parameter) ** 2)
            return hours(random.lognormal(math.log(mean) - variance / 2, variance**0.5, count))
        case "h2b":
            squared = float(parameter)
            often = (1 + math.sqrt((squared - 1) / (squared + 1))) / 2
            first = random.random(count) < often
            means = np.where(first, mean / (2 * often), mean / (2 * (1 - often)))
            return hours(random.exponential(means))
    raise ValueError(f"unknown law {law}")


def poisson(random: np.random.Generator, per_hour: float, begin: Millis, end: Millis) -> Ints:
    """Instants [ms] of a Poisson process of a constant rate in [begin, end), in order."""
    count = random.poisson(per_hour * (end - begin) / HOUR)
    return np.sort(random.integers(begin, end, count))


def poisson_by_hour(random: np.random.Generator, rates: Sequence[float], days: int) -> Ints:
    """Instants [ms] of a Poisson process with a rate for each hour of the day, in order; no two at
    one millisecond."""
    counts = random.poisson(np.tile(rates, days))
    hour = np.repeat(np.arange(len(counts)), counts)
    return np.unique(hour * HOUR + random.integers(0, HOUR, len(hour)))
