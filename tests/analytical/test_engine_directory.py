"""The directory as a queue: parallel servers, one line, first come first served.

A finite authentication rate is what turns a 09:00 start into a wait. Both engines are held against
the recursions of Lindley and of Kiefer and Wolfowitz, customer by customer; then the engine, or
where theory asks for millions of customers the recursion it equals, against the closed forms.

Source: `oracles/README.md`, sections 1.2 (Pollaczek-Khinchine), 1.3 and 1.4 (run lengths).
"""

from typing import NamedTuple

import numpy as np
import pytest

from sim.record import LOGONS, SESSIONS, Outcome
from sim.units import HOUR, SECOND
from tests.analytical import recursions
from tests.analytical.agreement import (
    SEEDS,
    Estimate,
    batch_mean,
    batch_quantile,
    mean,
    named,
    oracle,
    require,
    values,
)
from tests.analytical.situations import (
    ENGINES,
    UNIT,
    Engine,
    Ints,
    durations,
    facts,
    plan,
    scenario,
    users,
)

MG1 = oracle("mg1")
MGC = oracle("mgc_exact")
LONG_MEMORY = ("h2b:4", "lognormal:1.5", "det,0.9")
"""Rows whose waits take more than a million customers to estimate: very uneven, or very busy."""


class Line(NamedTuple):
    """Customers of a directory in the order in which they are served."""

    arrival: Ints
    service: Ints

    def recursion(self, servers: int) -> Ints:
        """Their waits [ms] by the textbook."""
        columns = self.arrival.tolist(), self.service.tolist()
        single = recursions.lindley(*columns)
        found = single if servers == 1 else recursions.kiefer_wolfowitz(*columns, servers)
        return np.fromiter(found, np.int64, len(self.arrival))


def arrivals(random: np.random.Generator, apart: float, count: int) -> Ints:
    """Poisson arrivals a mean time [h] apart, no two of them at one millisecond."""
    gaps = np.maximum(durations(random, "exp", apart, count), 1)
    return HOUR + np.cumsum(gaps)


def poisson_line(random: np.random.Generator, row: dict[str, str], count: int) -> Line:
    """Poisson arrivals and independent services of a row of the oracles."""
    scale = UNIT / HOUR
    arrival = arrivals(random, scale / float(row["lambda"]), count)
    service = durations(random, row["service"], scale * float(row["mean_service"]), count)
    return Line(arrival, service)


def waits(line: Line, servers: int, people: int, engine: Engine) -> Ints:
    """Waits [ms] in the directory's line that an engine records, in the order of the line.

    The logons are dealt out to people in turn: enough of them that nobody still waits when their
    next turn comes. All are served before the run ends.
    """
    count = len(line.arrival)
    order = np.lexsort([line.arrival, np.arange(count) % people])
    intentions = plan(
        order % people, SECOND, arrival=line.arrival[order], directory_service=line.service[order]
    )
    end = int(line.arrival[-1]) + 100 * HOUR
    world = scenario(horizon=end, servers=servers)
    logons = facts(world, users(["office"] * people), intentions, engine).table(LOGONS)
    logons = logons.sorted_by("session")
    assert (logons["arrival"] == line.arrival[order]).all(), "somebody's turn came too early"
    assert (logons["directory_service"] == line.service[order]).all()
    assert (logons["outcome"] == Outcome.CONNECTED).all()
    waited = np.empty(count, dtype=np.int64)
    waited[order] = logons["directory_wait"]
    return waited


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("row", [*MG1, *MGC], ids=named)
def test_each_wait_is_that_of_the_recursion(row: dict[str, str], engine: Engine) -> None:
    """The system: M/G/1 and M/G/c of all rows; 3,000 users, each of whom logs on once.

    Expected: Lindley, or Kiefer and Wolfowitz, to the millisecond.
    """
    servers = int(row.get("servers", "1"))
    line = poisson_line(np.random.default_rng(SEEDS[0]), row, 3_000)
    assert waits(line, servers, 3_000, engine).tolist() == line.recursion(servers).tolist()


def statistics(waited: Ints, row: dict[str, str]) -> dict[str, Estimate]:
    """What theory knows of the waits of a row: their mean, how many wait, the 95th percentile."""
    found = {"Wq": batch_mean(waited / UNIT), "p_wait": batch_mean(waited > 0)}
    if row["Wq_p95"]:
        found["Wq_p95"] = batch_quantile(waited / UNIT, 0.95)
    return found


def pollaczek_khinchine(row: dict[str, str]) -> dict[str, float]:
    """Mean wait a E[S^2] / (2 (1 - rho)); the part rho of arrivals finds the server busy."""
    known = {"Wq": float(row["Wq"]), "p_wait": float(row["rho"])}
    return known | ({"Wq_p95": float(row["Wq_p95"])} if row["Wq_p95"] else {})


@pytest.mark.parametrize(
    "row", [row for row in MG1 if not named(row).startswith(LONG_MEMORY)], ids=named
)
def test_waits_of_the_single_server(row: dict[str, str]) -> None:
    """The system: M/G/1 in the engine, 1,000 users in turn.

    Expected: Pollaczek and Khinchine's mean; P(wait) = rho, as Poisson arrivals see time averages;
    the 95th percentile where its law is known. Proved to 1 % of each. Source: `mg1.csv`.
    """

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        line = poisson_line(random, row, 500_000 * longer)
        waited = waits(line, 1, 1_000, "ranks")
        assert (waited == line.recursion(1)).all()
        return statistics(waited, row)

    require(experiment, pollaczek_khinchine(row), precision=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", [row for row in MG1 if named(row).startswith(LONG_MEMORY)], ids=named
)
def test_waits_with_long_memory(row: dict[str, str]) -> None:
    """The system: M/G/1 where neighbouring waits hang together for long, by Lindley's recursion.

    Expected: as above, to 1 %; that the engine equals the recursion is proved above for each row.
    Source: `mg1.csv`.
    """

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        return statistics(poisson_line(random, row, 4_000_000 * longer).recursion(1), row)

    require(experiment, pollaczek_khinchine(row), precision=0.01)


def test_waits_of_parallel_servers() -> None:
    """The system: M/E2/2, two domain controllers at a load of 0.8 each.

    Expected: the mean wait and P(wait) of the exact Markov chain, to 1 %. Source: `mgc_exact.csv`.
    """
    [row] = [row for row in MGC if named(row).startswith("erlang:2,1.6")]

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        line = poisson_line(random, row, 1_000_000 * longer)
        waited = waits(line, int(row["servers"]), 1_000, "ranks")
        assert (waited == line.recursion(int(row["servers"]))).all()
        return {"Wq": batch_mean(waited / UNIT), "p_wait": batch_mean(waited > 0)}

    require(experiment, values(row, "Wq", "p_wait"), precision=0.01)


# -- login storms: everybody at once, again and again, each storm over before the next


def storms(row: dict[str, str], service: Ints) -> Line:
    """N logons at each full hour; `service` has one row per storm."""
    instants = np.arange(1, len(service) + 1) * HOUR
    return Line(np.repeat(instants, service.shape[1]), service.ravel())


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("row", oracle("login_storm"), ids=named)
def test_storm_without_chance(row: dict[str, str], engine: Engine) -> None:
    """The system: N users log on at one instant; c servers take a fixed time s for each.

    The k-th, from 0, waits floor(k / c) s. Expected: the mean, the nearest-rank 95th percentile and
    the time until all are served, exactly. Source: `login_storm.csv`.
    """
    count, servers = int(row["N"]), int(row["servers"])
    length = int(row["service_s"]) * SECOND
    waited = waits(storms(row, np.full((1, count), length)), servers, count, engine)
    assert waited.tolist() == [k // servers * length for k in range(count)]
    assert waited.sum() == round(float(row["det_mean_wait_s"]) * SECOND * count)
    nearest_rank = np.sort(waited)[-(-count * 95 // 100) - 1]
    assert nearest_rank == float(row["det_p95_wait_s_nearest_rank"]) * SECOND
    assert waited.max() + length == float(row["det_makespan_s"]) * SECOND


@pytest.mark.parametrize("row", oracle("login_storm"), ids=named)
def test_storm_with_chance(row: dict[str, str]) -> None:
    """The system: as before, with exponential services, storm after storm.

    Departures while all c servers are busy are a Poisson process of rate c / s, so the k-th waits
    (k - c + 1) s / c on average, and the last c are done after s (1 + 1/2 + ... + 1/c) more.
    Proved to 0.4 %. Source: `login_storm.csv`.
    """
    count, servers = int(row["N"]), int(row["servers"])

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        number = longer * 160_000 // count
        service = random.exponential(float(row["service_s"]), (number, count))
        line = storms(row, np.rint(service * SECOND).astype(np.int64))
        waited = waits(line, servers, count, "ranks")
        assert (waited == line.recursion(servers)).all()
        done = (waited + line.service).reshape(number, count).max(axis=1)
        return {
            "exp_mean_wait_s": mean(waited.reshape(number, count).mean(axis=1) / SECOND),
            "exp_mean_makespan_s": mean(done / SECOND),
        }

    require(experiment, values(row, "exp_mean_wait_s", "exp_mean_makespan_s"))


# -- the logon as a whole: directory, then streaming, and for some a resume


@pytest.mark.parametrize("row", oracle("login_latency_mixture"), ids=named)
def test_logon_time_from_arrival_to_desktop(row: dict[str, str]) -> None:
    """The system: M/M/1 authentication, a fixed streaming connection, a resume for some.

    Time at the directory is exponential with rate mu - a; a constant is added to all, and the
    resume to those who find their desktop stopped. Two fleets tell them apart: AlwaysOn, and
    AutoStop with so many users that each comes back after the timeout. Expected: mean and
    percentiles of the mixture, to 1 %. Source: `login_latency_mixture.csv`.
    """
    base, resume = (round(float(row[name]) * SECOND) for name in ("base_s", "resume_s"))
    per_minute, mu = float(row["auth_lambda_per_min"]), float(row["auth_mu_per_min"])
    fleets = {"stopped": {"running_mode": "AutoStop"}, "running": {}}
    people = 4_000

    def experiment(random: np.random.Generator, longer: int) -> dict[str, Estimate]:
        count = 300_000 * longer
        arrival = arrivals(random, 1 / per_minute / 60, count)
        line = Line(arrival, durations(random, "exp", 1 / mu / 60, count))
        stopped = random.random(count) < float(row["p_stopped"])
        turn = np.where(stopped, np.cumsum(stopped), np.cumsum(~stopped)) % people
        owner = np.where(stopped, turn, people + turn)
        order = np.lexsort([arrival, owner])
        intentions = plan(
            owner[order],
            SECOND,
            arrival=arrival[order],
            directory_service=line.service[order],
            streaming=base,
            resume=resume,
        )
        world = scenario(horizon=int(arrival[-1]) + 100 * HOUR, fleets=fleets, servers=1)
        owners = users(["stopped"] * people + ["running"] * people)
        sessions = facts(world, owners, intentions).table(SESSIONS).sorted_by("session")
        took = np.empty(count, dtype=np.int64)
        took[order] = sessions["connected"] - sessions["arrival"]
        expected = line.recursion(1) + line.service + base + resume * stopped
        assert (took == expected).all()
        levels = {"p50_s": 0.5, "p95_s": 0.95, "p99_s": 0.99}
        found = {name: batch_quantile(took / SECOND, level) for name, level in levels.items()}
        return found | {"mean_s": batch_mean(took / SECOND)}

    require(experiment, values(row, "p50_s", "p95_s", "p99_s", "mean_s"), precision=0.01)
