"""Pools that refuse: who finds no place is turned away, and does not come again.

Erlang's loss system, that of Engset whose people come back, and a capacity that follows the clock.
The pool is held against recursions over everybody in order of arrival, user by user; then the pool,
or where theory asks for millions of people the recursion that it equals, against the closed forms.

Source: `oracles/README.md`, sections 1.1, 1.2 and 4 (relations 25, 30 and 32).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

from sim.record import LOGONS, POOL_CAPACITY, Cause, Ending, Outcome, Table
from sim.units import DAY, HOUR, MINUTE
from tests.analytical import queues, recursions
from tests.analytical.agreement import (
    SEEDS,
    Estimate,
    batch_mean,
    mean,
    named,
    oracle,
    ratio,
    require,
    values,
)
from tests.analytical.situations import (
    UNIT,
    Ints,
    Received,
    Visits,
    durations,
    facts,
    plan,
    poisson_by_hour,
    poisson_visits,
    pool_of,
    received,
    users,
)

ERLANG_B = oracle("erlang_b")
ENGSET = oracle("engset")
LAWS = {"exp": 160_000, "lognormal:1": 220_000, "det": 160_000}
"""Laws of sessions, and how many it takes to estimate a refusal to 1 %."""
AFTER = ("keep", "replace")
"""What becomes of an instance after a session; where a new one comes at once, it is all the same.
"""


def blocked(visits: Visits, servers: int) -> list[bool]:
    """Who is turned away by the textbook."""
    columns = visits.arrival.tolist(), visits.length.tolist()
    return list(recursions.loss(*columns, lambda _: servers))


def turned_away(found: Received) -> list[bool]:
    """Who was turned away by the pool; nobody waits, and nobody is treated otherwise."""
    refused = found.outcome == Outcome.REFUSED
    assert (found.outcome[~refused] == Outcome.CONNECTED).all()
    assert not found.waited.any()
    assert (found.facts.table(LOGONS)["cause"] == Cause.NO_POOL_CAPACITY).sum() == refused.sum()
    return [bool(gone) for gone in refused]


def active_at(capacity: Table, at: Ints, count: str = "active") -> Ints:
    """User sessions, or another count of a pool's capacity, at some instants."""
    rows = np.searchsorted(capacity["at"], at, side="right") - 1
    return np.asarray(capacity[count][rows], dtype=np.int64)


# -- Erlang B


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("row", ERLANG_B, ids=named)
def test_each_refusal_is_that_of_the_recursion(row: dict[str, str], after: str) -> None:
    """The system: c places, Poisson arrivals, exponential sessions of 1 h; 3,000 people.

    Expected: exactly those are refused who come while c are there. An instance that is replaced at
    once is as good as one that is kept.
    """
    servers, offered = int(row["servers"]), float(row["offered_erlang"])
    visits = poisson_visits(np.random.default_rng(SEEDS[0]), 3_000, rate=offered, mean=1)
    expected = blocked(visits, servers)
    assert turned_away(received(visits, servers, after_session=after)) == expected
    assert any(expected) == (servers < 500)


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_refusals_depend_on_the_mean_length_alone(law: str) -> None:
    """The system: M/G/10/10 at 10 erlang, sessions of three laws; 2,000 people in turn.

    Expected: B(10, 10) of arrivals are refused, whatever the law, and all places are taken for the
    same part of the time, as Poisson arrivals see time averages; carried are 10 (1 - B). Proved to
    1 %. Source: `erlang_b.csv`.
    """
    [row] = [row for row in ERLANG_B if named(row).startswith("10,10")]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = poisson_visits(random, LAWS[law] * longer, rate=10, mean=1, law=law)
        found = received(visits, 10, people=2_000)
        refused = turned_away(found)
        assert refused == blocked(visits, 10)
        minutes = np.arange(HOUR, visits.arrival[-1], MINUTE)
        active = active_at(found.facts.table(POOL_CAPACITY), minutes)
        return {
            "blocking": batch_mean(refused),
            "all busy": batch_mean(active == 10),
            "carried": batch_mean(active),
        }

    known = values(row, "blocking", "carried")
    require(experiment, known | {"all busy": known["blocking"]}, precision=0.01)


# -- Engset: people who come again


class Returning(NamedTuple):
    """People who come again and again: a gap, a session; one row of each for a person."""

    gaps: Ints
    lengths: Ints

    @classmethod
    def drawn(
        cls, random: np.random.Generator, sources: int, alpha: float, visits: int
    ) -> "Returning":
        """Sessions of an hour of the tables, gaps 1 / alpha as long."""
        count, scale = sources * visits, UNIT / HOUR
        gaps = np.maximum(durations(random, "exp", scale / alpha, count), 1)
        lengths = durations(random, "exp", scale, count)
        return cls(gaps.reshape(sources, visits), lengths.reshape(sources, visits))

    def recursion(self, servers: int) -> list[tuple[int, int, bool]]:
        """Who comes when, and whether in vain, by the textbook."""
        return list(recursions.returning(self.gaps.tolist(), self.lengths.tolist(), servers))

    def in_a_pool(self, servers: int) -> tuple[Table, Table]:
        """Attempts, and capacity over time, of a pool whose people have no patience."""
        sources, visits = self.gaps.shape
        intentions = plan(
            np.repeat(np.arange(sources), visits),
            self.lengths.ravel(),
            gap=self.gaps.ravel(),
            ending=Ending.LOGOFF,
            retry_after=1,
        )
        longest = int((self.gaps + self.lengths).sum(axis=1).max())
        world = pool_of(servers, horizon=longest + HOUR)
        store = facts(world, users(["desk"] * sources), intentions, "agenda")
        return store.table(LOGONS), store.table(POOL_CAPACITY)


@pytest.mark.parametrize("row", ENGSET, ids=named)
def test_each_return_is_that_of_the_recursion(row: dict[str, str]) -> None:
    """The system: N people, c places; whoever is refused comes again after another gap.

    Expected: who comes when, and who is refused, exactly.
    """
    sources, servers = int(row["sources"]), int(row["servers"])
    alpha = float(row["alpha_lambda_over_mu"])
    people = Returning.drawn(np.random.default_rng(SEEDS[0]), sources, alpha, 4_000 // sources)
    logons, _ = people.in_a_pool(servers)
    expected = people.recursion(servers)
    refused = logons["outcome"] == Outcome.REFUSED
    columns = logons["user"].tolist(), logons["arrival"].tolist(), refused.tolist()
    assert sorted(zip(*columns, strict=True)) == sorted(expected)
    assert any(gone for _, _, gone in expected) == (float(row["call_congestion"]) > 1e-4)


def test_those_who_come_again_meet_less_than_time_does() -> None:
    """The system: 10 people with gaps of 1 h / 0.3, 3 places.

    Expected: of those who come the part that is refused, and of time the part in which all places
    are taken, which is larger: who is in does not come. Proved to 1 %, by Engset's formula.
    """
    known = queues.engset(10, 3, 0.3)
    del known["mean_busy"]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        people = Returning.drawn(random, 10, 0.3, 10_000 * longer)
        logons, capacity = people.in_a_pool(3)
        logons = logons.sorted_by("arrival", "user")
        refused = logons["outcome"] == Outcome.REFUSED
        assert refused.tolist() == [gone for _, _, gone in people.recursion(3)]
        until = int(people.gaps.sum(axis=1).min())
        active = active_at(capacity, np.arange(HOUR, until, MINUTE))
        return {
            "call_congestion": batch_mean(refused),
            "time_congestion": batch_mean(active == 3),
        }

    assert known["time_congestion"] > 1.1 * known["call_congestion"]
    require(experiment, known, precision=0.01)


def test_those_who_come_again_seldom_in_vain() -> None:
    """The system: as before with 5 places, by the recursion that the pool equals.

    Expected: call congestion, proved to 1 %. Source: `engset.csv`.
    """
    [row] = [row for row in ENGSET if named(row).startswith("10,5")]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        seen = Returning.drawn(random, 10, 0.3, 80_000 * longer).recursion(5)
        return {"call_congestion": batch_mean([gone for _, _, gone in seen])}

    require(experiment, values(row, "call_congestion"), precision=0.01)


# -- a capacity that follows the clock

*HOURS, WHOLE_DAY = oracle("loss_scheduled_capacity")
CAPACITIES = [int(row["capacity"]) for row in HOURS]
RATES = [float(row["lambda_per_h"]) for row in HOURS]
EMPTY_DAYS = 2
"""The system is empty at first; after two days it does not remember."""


def scheduled(at: Ints) -> Ints:
    """The capacity that the schedule states for some instants."""
    return np.array(CAPACITIES, dtype=np.int64)[at // HOUR % 24]


def visits_of_days(random: np.random.Generator, days: int) -> Visits:
    """People who come at the rate of the hour and stay for 2 h on average."""
    arrival = poisson_by_hour(random, RATES, days)
    return Visits(arrival, durations(random, "exp", 2, len(arrival)))


def turned_away_by_schedule(visits: Visits) -> list[bool]:
    """Who is turned away by the textbook."""
    columns = visits.arrival.tolist(), visits.length.tolist()
    return list(recursions.loss(*columns, lambda at: CAPACITIES[at // HOUR % 24]))


def in_service(visits: Visits, refused: Sequence[bool], at: Ints) -> Ints:
    """How many are served at some instants: those who have begun less those who have ended."""
    begun = visits.arrival[~np.array(refused)]
    ended = np.sort((visits.arrival + visits.length)[~np.array(refused)])
    counts = (np.searchsorted(times, at, side="right") for times in (begun, ended))
    return np.asarray(np.subtract(*counts), dtype=np.int64)


@pytest.mark.parametrize("after", AFTER)
def test_a_schedule_shrinks_without_turning_anybody_out(after: str) -> None:
    """The system: a capacity for each hour of the day by 24 scheduled actions; 60 days.

    Expected: whoever finds as many as the capacity of the hour is refused, nobody else. At every
    minute there are as many instances as the hour has, or as people are still on.
    """
    visits = visits_of_days(np.random.default_rng(SEEDS[0]), 60)
    actions = [
        {"schedule": {"cron": f"0 {hour} * * *", "capacity": capacity}}
        for hour, capacity in enumerate(CAPACITIES)
    ]
    found = received(visits, CAPACITIES[0], scaling=actions, after_session=after)
    refused = turned_away_by_schedule(visits)
    assert turned_away(found) == refused
    minutes = np.arange(0, 60 * DAY, MINUTE)
    people = in_service(visits, refused, minutes)
    assert (active_at(found.facts.table(POOL_CAPACITY), minutes) == people).all()
    actual = active_at(found.facts.table(POOL_CAPACITY), minutes, "actual")
    assert (actual == np.maximum(people, scheduled(minutes))).all()
    assert (people > scheduled(minutes)).any()


@pytest.mark.slow
def test_a_day_of_scheduled_capacity() -> None:
    """The system: as before, day after day, by the recursion that the pool equals.

    Expected: the part of a day's people that is refused, and how many are in on average over the
    day, by the periodic Markov chain. Proved to 1 %. Source: `loss_scheduled_capacity.csv`.
    """

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        days = 20_000 * longer
        visits = visits_of_days(random, days)
        refused = turned_away_by_schedule(visits)
        day = visits.arrival // DAY
        asked, gone = (np.bincount(day, weights, days) for weights in (None, np.array(refused)))
        at = np.arange(0, days * DAY, HOUR // 4)
        people = in_service(visits, refused, at)
        whole = slice(EMPTY_DAYS, None)
        return {
            "p_block_arrivals": ratio(gone[whole], asked[whole]),
            "EN_mean": mean(people.reshape(days, -1).mean(axis=1)[whole]),
        }

    require(experiment, values(WHOLE_DAY, "p_block_arrivals", "EN_mean"), precision=0.01)
