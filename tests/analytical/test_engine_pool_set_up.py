"""A pool that follows its people: instances are asked for when people come, and let go when they
leave, and each takes a time to set up.

It is what capacity that is not there at once costs in waiting. The pool keeps some places spare, at
every event; a set-up takes an exponential time, so that a Markov chain knows everything. The pool
is held against a recursion, user by user, then against the chain.

Source: `oracles/README.md`, sections 1.1 and 4 (relation 34).
"""

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from sim.record import INSTANCES, NEVER, POOL_CAPACITY, Cause, Outcome, Table
from sim.scenario.distributions import Exponential
from sim.units import HOUR, MINUTE
from sim.workload import Stream, sample
from tests.analytical import queues, recursions
from tests.analytical.agreement import (
    SEEDS,
    Estimate,
    batch_mean,
    named,
    oracle,
    require,
    values,
)
from tests.analytical.situations import UNIT, Ints, Received, Visits, poisson_visits, received

ROWS = oracle("autoscale_setup_ctmc")


SEED = 7
"""Seed of the scenarios, from which the set-up times are drawn."""


def people_of(random: np.random.Generator, row: dict[str, str], number: int) -> Visits:
    """People of a row of the oracle."""
    rate, length = float(row["lambda_per_h"]), 1 / float(row["mu_per_h"])
    return poisson_visits(random, number, rate=rate, mean=length)


def bounds_of(row: dict[str, str]) -> dict[str, int]:
    """Least and most servers, and how many are kept spare."""
    names = {"least": "cmin", "most": "cmax", "spare": "spare"}
    return {name: int(row[column]) for name, column in names.items()}


def boot_of(row: dict[str, str]) -> str:
    """Mean time of a set-up."""
    return f"{round(UNIT / float(row['boot_rate_per_h']))} ms"


def set_up_times(row: dict[str, str]) -> Iterator[int]:
    """The times that the instances of a run take, in the order in which they are asked for."""
    law = Exponential.model_validate({"mean": boot_of(row)})
    stream = Stream(SEED, 0, "provisioning/desk")
    for block in count():
        uniforms = stream.uniforms(1024, first=1024 * block)
        yield from sample(law, uniforms).tolist()


def followed(visits: Visits, row: dict[str, str], people: int | None = None) -> Received:
    """What a pool makes of visits that keeps some places spare, and its instances."""
    bounds = bounds_of(row)
    return received(
        visits,
        bounds["least"],
        people=people,
        seed=SEED,
        admission="queue",
        after_session="keep",
        maximum=bounds["most"],
        provisioning={"exponential": boot_of(row)},
        scaling=[{"spare": bounds["spare"]}],
    )


def waits(visits: Visits, row: dict[str, str]) -> list[int]:
    """Waits [ms] by the textbook."""
    arrival, length = visits.arrival.tolist(), visits.length.tolist()
    return list(recursions.set_up(arrival, length, set_up_times(row), **bounds_of(row)))


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_each_wait_is_that_of_the_recursion(row: dict[str, str]) -> None:
    """The system: the six of the oracle; 3,000 people. Expected: all waits, to the millisecond."""
    visits = people_of(np.random.default_rng(SEEDS[0]), row, 3_000)
    found = followed(visits, row)
    assert found.waited.tolist() == waits(visits, row)
    assert (found.outcome == Outcome.CONNECTED).all()
    assert found.waited.any()


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_what_is_set_up_is_there_later_or_is_called_off(row: dict[str, str]) -> None:
    """Requested = became available + called off + still to come; and all that became available
    have been let go or are there: the accounts of 3,000 people balance."""
    found = followed(people_of(np.random.default_rng(SEEDS[0]), row, 3_000), row)
    instances, capacity = found.facts.table(INSTANCES), found.facts.table(POOL_CAPACITY)
    there, gone = (instances[name] != NEVER for name in ("available", "terminated"))
    assert (instances["cause"][gone] == Cause.SCALE_IN).all()
    assert (there & ~gone).sum() == capacity["actual"][-1]
    assert (~there & ~gone).sum() == capacity["pending"][-1]
    assert (gone & ~there).any() == (int(row["cmax"]) > 1), "something was called off"


[NOTHING_SPARE] = [row for row in ROWS if named(row).startswith("4,0.50000000000,12,0")]
ONE_SPARE = NOTHING_SPARE | {"boot_rate_per_h": "6", "cmin": "2", "cmax": "20", "spare": "1"}
"""A system that is cheap to estimate: slow set-ups at 8 erlang."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "number"), [(NOTHING_SPARE, 60_000), (ONE_SPARE, 160_000)], ids=["none", "one"]
)
def test_waits_and_servers_of_a_pool_that_follows(row: dict[str, str], number: int) -> None:
    """The system: nothing spare, so that everybody waits for a set-up or for somebody to leave; and
    one place spare and at most 20, at 8 erlang; 1,000 people in turn.

    Expected: waits, and servers on and being set up, by the Markov chain, which is that of each row
    of `autoscale_setup_ctmc.csv`; of those on all but the idle are busy: E[on] - E[idle] is 8.
    Proved to 1 %.
    """
    rates = (float(row[name]) for name in ("lambda_per_h", "mu_per_h", "boot_rate_per_h"))
    chain = queues.with_set_up(*rates, **bounds_of(row), room=160)
    names = ("p_wait", "mean_wait_h", "E_servers_on", "E_booting")
    theory = {name: chain[name] for name in names} | {"E_busy": 8.0}

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = people_of(random, row, number * longer)
        found = followed(visits, row, 1_000)
        assert found.waited.tolist() == waits(visits, row)
        on, pending, busy = servers(found.facts.table(POOL_CAPACITY), visits)
        return {
            "p_wait": batch_mean(found.waited > 0),
            "mean_wait_h": batch_mean(found.waited / UNIT),
            "E_servers_on": batch_mean(on),
            "E_booting": batch_mean(pending),
            "E_busy": batch_mean(busy),
        }

    require(experiment, theory, precision=0.01)


def servers(capacity: Table, visits: Visits) -> list[Ints]:
    """Instances available, being set up, and in use, twice a minute while people come."""
    at = np.arange(HOUR, visits.arrival[-1], MINUTE // 2)
    rows = np.searchsorted(capacity["at"], at, side="right") - 1
    return [capacity[name][rows].astype(np.int64) for name in ("actual", "pending", "active")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("start", "number"),
    [("0.50000000000,1,4,0", 400_000), ("6,0.5", 100_000), ("4,0.50000000000,12,2", 1_200_000)],
)
def test_waits_for_servers_that_are_set_up(start: str, number: int) -> None:
    """The system: three more rows, by the recursion that the pool equals: one server that is set up
    for everybody who finds none (M/M/1 with set-up); nothing spare; two spare.

    Expected: the mean wait and how many wait. Proved to 1 %. Source: `autoscale_setup_ctmc.csv`.
    """
    [row] = [row for row in ROWS if named(row).startswith(start)]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = people_of(random, row, number * longer)
        waited = np.array(waits(visits, row))
        return {"p_wait": batch_mean(waited > 0), "mean_wait_h": batch_mean(waited / UNIT)}

    require(experiment, values(row, "p_wait", "mean_wait_h"), precision=0.01)
