"""Pools with a line: first come, first served, by people with and without patience.

What the wait for a desktop is when capacity is short. The pool is held against the recursion of
Kiefer and Wolfowitz, and one in which people give up or find the line full, user by user; then the
pool, or where theory asks for millions of people the recursion that it equals, against the closed
forms.

Source: `oracles/README.md`, sections 1.1 and 1.2.
"""

import numpy as np
import pytest

from sim.record import LOGONS, Cause, Outcome
from sim.units import HOUR
from tests.analytical import recursions
from tests.analytical.agreement import (
    SEEDS,
    Estimate,
    batch_mean,
    batch_quantile,
    named,
    oracle,
    ratio,
    require,
    values,
)
from tests.analytical.recursions import ABANDONED, REFUSED, SERVED
from tests.analytical.situations import (
    UNIT,
    Ints,
    Received,
    Visits,
    durations,
    poisson_by_hour,
    poisson_visits,
    received,
)

ERLANG_A = oracle("erlang_a")
ERLANG_C = oracle("erlang_c")
MMCK = oracle("mmck")
MGC = oracle("mgc_exact")
DAYS = oracle("mtmc_daily_summary")
FATES = {Outcome.CONNECTED: SERVED, Outcome.REFUSED: REFUSED, Outcome.ABANDONED: ABANDONED}
AFTER = ("keep", "replace")
"""What becomes of an instance after a session; where a new one comes at once, it is all the same.
"""


def waits(visits: Visits, servers: int) -> Ints:
    """Waits [ms] of the patient by the textbook."""
    columns = visits.arrival.tolist(), visits.length.tolist()
    return np.fromiter(recursions.kiefer_wolfowitz(*columns, servers), np.int64, visits.count)


def line(visits: Visits, servers: int, room: int | None = None) -> tuple[Ints, Ints]:
    """Waits [ms] and fates of people of whom some give up, or find the line full."""
    columns = visits.arrival.tolist(), visits.length.tolist()
    patience = None if visits.patience is None else visits.patience.tolist()
    found = list(recursions.line(*columns, servers, patience=patience, room=room))
    waited, fate = np.array(found, dtype=np.int64).T
    return waited, fate


def fates(found: Received) -> list[int]:
    """What became of those who came to a pool."""
    causes = found.facts.table(LOGONS)["cause"].tolist()
    assert causes.count(Cause.PATIENCE) == np.count_nonzero(found.outcome == Outcome.ABANDONED)
    assert causes.count(Cause.NO_POOL_CAPACITY) == np.count_nonzero(
        found.outcome == Outcome.REFUSED
    )
    return [FATES[Outcome(outcome)] for outcome in found.outcome.tolist()]


def queue(
    visits: Visits, servers: int, *, people: int | None = None, after: str = "keep"
) -> Received:
    """A pool with a line without limit."""
    return received(visits, servers, people=people, admission="queue", after_session=after)


def rates_of(row: dict[str, str]) -> tuple[float, float, int]:
    """Arrivals per hour, mean length [h] and servers."""
    return float(row["lambda_per_h"]), 1 / float(row["mu_per_h"]), int(row["servers"])


# -- patient people: Erlang C, and other laws


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("row", ERLANG_C, ids=named)
def test_each_wait_is_that_of_the_recursion(row: dict[str, str], after: str) -> None:
    """The system: M/M/c of all rows; 3,000 people. Expected: Kiefer and Wolfowitz, to the
    millisecond."""
    rate, length, servers = rates_of(row)
    visits = poisson_visits(np.random.default_rng(SEEDS[0]), 3_000, rate=rate, mean=length)
    found = queue(visits, servers, after=after)
    assert found.waited.tolist() == waits(visits, servers).tolist()
    assert set(fates(found)) == {SERVED}


@pytest.mark.parametrize("row", MGC, ids=named)
def test_each_wait_behind_sessions_of_another_law(row: dict[str, str]) -> None:
    """The system: M/G/c of all rows; 3,000 people. Expected: as above."""
    visits = poisson_visits(
        np.random.default_rng(SEEDS[0]),
        3_000,
        rate=float(row["lambda"]),
        mean=float(row["mean_service"]),
        law=row["service"],
    )
    servers = int(row["servers"])
    assert queue(visits, servers).waited.tolist() == waits(visits, servers).tolist()


@pytest.mark.slow
def test_waits_of_erlang_c() -> None:
    """The system: M/M/1 at a load of 1/2 in the pool; 200 people in turn.

    Expected: how many wait, for how long on average, and the 95th percentile. Proved to 1 %.
    Source: `erlang_c.csv`.
    """
    [row] = [row for row in ERLANG_C if named(row).startswith("1,2,1")]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = poisson_visits(random, 360_000 * longer, rate=1, mean=0.5)
        waited = queue(visits, 1, people=200).waited
        assert (waited == waits(visits, 1)).all()
        return {
            "p_wait": batch_mean(waited > 0),
            "Wq_h": batch_mean(waited / UNIT),
            "Wq_p95_h": batch_quantile(waited / UNIT, 0.95),
        }

    require(experiment, values(row, "p_wait", "Wq_h", "Wq_p95_h"), precision=0.01)


def test_how_many_wait_for_one_of_many() -> None:
    """The system: M/M/24 at 20 erlang, by the recursion that the pool equals.

    Expected: P(wait), by Erlang's second formula. Proved to 1 %. Source: `erlang_c.csv`.
    """
    [row] = [row for row in ERLANG_C if named(row).startswith("10,0.5,24")]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = poisson_visits(random, 1_500_000 * longer, rate=10, mean=2)
        waited, _ = line(visits, 24)
        return {"p_wait": batch_mean(waited > 0)}

    require(experiment, values(row, "p_wait"), precision=0.01)


@pytest.mark.parametrize("prefix", ["erlang:2,1.6", "det,9"])
def test_waits_behind_sessions_of_another_law(prefix: str) -> None:
    """The system: M/E2/2 and M/D/10, by the recursion that the pool equals.

    Expected: the mean wait and P(wait) of the exact Markov chains. Proved to 1 %.
    Source: `mgc_exact.csv`.
    """
    [row] = [row for row in MGC if named(row).startswith(prefix)]
    rate, length, servers = float(row["lambda"]), float(row["mean_service"]), int(row["servers"])

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        law = row["service"]
        visits = poisson_visits(random, 3_000_000 * longer, rate=rate, mean=length, law=law)
        waited, _ = line(visits, servers)
        return {"Wq": batch_mean(waited / UNIT), "p_wait": batch_mean(waited > 0)}

    require(experiment, values(row, "Wq", "p_wait"), precision=0.01)


# -- people who give up: Erlang A


def impatient(random: np.random.Generator, row: dict[str, str], count: int) -> Visits:
    """People of a row of `erlang_a.csv`."""
    rate, length, _ = rates_of(row)
    patience = 1 / float(row["theta_per_h"])
    return poisson_visits(random, count, rate=rate, mean=length, patience=patience)


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("row", ERLANG_A, ids=named)
def test_who_gives_up_is_who_does_in_the_recursion(row: dict[str, str], after: str) -> None:
    """The system: M/M/c+M of all rows; 3,000 people.

    Expected: whose patience is shorter than the wait gives up when it ends, nobody else, and
    nobody who gives up delays others.
    """
    servers = int(row["servers"])
    visits = impatient(np.random.default_rng(SEEDS[0]), row, 3_000)
    waited, fate = line(visits, servers)
    found = queue(visits, servers, after=after)
    assert found.waited.tolist() == waited.tolist()
    assert fates(found) == fate.tolist()
    assert set(fate.tolist()) == {SERVED, ABANDONED}


def impatience(waited: Ints, fate: Ints) -> dict[str, Estimate]:
    """What theory knows of a line whose people give up; all of them wait, if not all are served."""
    return {
        "p_wait": batch_mean((waited > 0) | (fate == ABANDONED)),
        "p_abandon": batch_mean(fate == ABANDONED),
        "mean_wait_all_h": batch_mean(waited / UNIT),
    }


@pytest.mark.slow
def test_waits_of_erlang_a() -> None:
    """The system: 10 places at 10 erlang with a mean patience of 1 h in the pool; 2,000 people in
    turn.

    Expected: how many wait, how many give up, and how long all wait on average, those who give up
    included; P(give up) = E[wait] / mean patience. Proved to 1 %. Source: `erlang_a.csv`.
    """
    [row] = [row for row in ERLANG_A if named(row).startswith("10,1,1,10")]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = impatient(random, row, 360_000 * longer)
        found = queue(visits, 10, people=2_000)
        waited, fate = line(visits, 10)
        assert (found.waited == waited).all()
        assert fates(found) == fate.tolist()
        return impatience(waited, fate)

    require(experiment, values(row, "p_wait", "p_abandon", "mean_wait_all_h"), precision=0.01)


@pytest.mark.parametrize("prefix", ["20,0.5,4,36", "10,1,0.5,10"])
def test_waits_of_others_who_give_up(prefix: str) -> None:
    """The system: 36 places at 40 erlang with a mean patience of an eighth of a session, and 10 at
    10 with one of two sessions; by the recursion that the pool equals. Expected: as above."""
    [row] = [row for row in ERLANG_A if named(row).startswith(prefix)]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = impatient(random, row, 600_000 * longer)
        return impatience(*line(visits, int(row["servers"])))

    require(experiment, values(row, "p_wait", "p_abandon", "mean_wait_all_h"), precision=0.01)


# -- a line of limited length: M/M/c/K


@pytest.mark.parametrize("row", MMCK, ids=named)
def test_who_finds_the_line_full_is_who_does_in_the_recursion(row: dict[str, str]) -> None:
    """The system: M/M/c/K of all rows; 3,000 people.

    Expected: whoever finds K - c in line is refused; all others wait as long as in the recursion.
    """
    rate, length, servers = rates_of(row)
    room = int(row["K_system"]) - servers
    visits = poisson_visits(np.random.default_rng(SEEDS[0]), 3_000, rate=rate, mean=length)
    waited, fate = line(visits, servers, room)
    found = received(visits, servers, admission="queue", queue_limit=room)
    assert found.waited.tolist() == waited.tolist()
    assert fates(found) == fate.tolist()
    assert REFUSED in fate


@pytest.mark.slow
def test_waits_in_a_line_of_limited_length() -> None:
    """The system: M/M/20/30 at 30 erlang in the pool; 2,000 people in turn.

    Expected: how many are refused, and how long the others wait. Proved to 1 %. Source: `mmck.csv`.
    """
    [row] = [row for row in MMCK if named(row).startswith("30,1,20,30")]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        visits = poisson_visits(random, 150_000 * longer, rate=30, mean=1)
        found = received(visits, 20, people=2_000, admission="queue", queue_limit=10)
        waited, fate = line(visits, 20, 10)
        assert (found.waited == waited).all()
        assert fates(found) == fate.tolist()
        accepted = waited[fate == SERVED]
        return {
            "p_block": batch_mean(fate == REFUSED),
            "Wq_accepted_h": batch_mean(accepted / UNIT),
            "p_wait_given_accepted": batch_mean(accepted > 0),
        }

    known = values(row, "p_block", "Wq_accepted_h", "p_wait_given_accepted")
    require(experiment, known, precision=0.01)


# -- a line that grows and shrinks with the day

[PROFILE] = [row for row in oracle("profiles_24h") if row["profile"] == "office24"]
RATES = [float(PROFILE[f"h{hour}"]) for hour in range(24)]
EMPTY_DAYS = 2
"""The system is empty at first; after two days it does not remember."""


def visits_of_days(random: np.random.Generator, row: dict[str, str], days: int) -> Visits:
    """People who come at the rate of the hour; those of a row with patience have an exponential
    one."""
    arrival = poisson_by_hour(random, RATES, days)
    length = durations(random, "exp", 1 / float(row["mu_per_h"]), len(arrival))
    theta = float(row["theta_per_h"])
    patience = durations(random, "exp", 1 / theta, len(arrival)) if theta else None
    return Visits(arrival, length, patience)


@pytest.mark.parametrize("row", [row for row in DAYS if row["profile"] == "office24"], ids=named)
def test_each_wait_of_a_month(row: dict[str, str]) -> None:
    """The system: an office's arrivals by the hour; 30 days.

    Expected: who waits for how long, gives up or is refused, as in the recursion.
    """
    servers = int(row["servers"])
    room = int(row["K"]) - servers
    visits = visits_of_days(np.random.default_rng(SEEDS[0]), row, 30)
    waited, fate = line(visits, servers, room)
    found = received(visits, servers, admission="queue", queue_limit=room)
    assert found.waited.tolist() == waited.tolist()
    assert fates(found) == fate.tolist()
    assert waited.any() or REFUSED in fate


@pytest.mark.slow
def test_waits_of_a_day() -> None:
    """The system: an office's arrivals by the hour, 36 places, a mean patience of 15 min; by the
    recursion that the pool equals.

    Expected: of the people of a day the part that waits and the part that gives up, and how long
    they wait, by the periodic Markov chain. Proved to 1 %. Source: `mtmc_daily_summary.csv`.
    """
    [row] = [row for row in DAYS if row["scenario"] == "dev2"]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        days = 12_000 * longer
        visits = visits_of_days(random, row, days)
        waited, fate = line(visits, 36)
        day = visits.arrival // (24 * HOUR)
        whole = slice(EMPTY_DAYS, None)
        asked = np.bincount(day, minlength=days)[whole]

        def part(weights: Ints) -> Estimate:
            return ratio(np.bincount(day, weights, days)[whole], asked)

        return {
            "p_wait_daily": part((waited > 0).astype(np.int64)),
            "p_abandon_daily": part((fate == ABANDONED).astype(np.int64)),
            "mean_wait_admitted_h": part(waited) * (1 / HOUR),
        }

    known = values(row, "p_wait_daily", "p_abandon_daily", "mean_wait_admitted_h")
    require(experiment, known, precision=0.01)
