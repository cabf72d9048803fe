"""Logons by the hour of the week, and how many people are connected: the plan against theory.

First exactly: a plan is drawn again, user by user and number by number, by a recursion that knows
only the streams and the definition of a non-homogeneous Poisson process. Then in the mean: users of
a profile do not wait for each other, so the number connected is a Poisson number with mean
m(t) = integral of a(t - u) P(S > u) du (Mt/G/infinity), whatever the law of the sessions.

Source: `oracles/README.md`, sections 1.2 (Eick, Massey and Whitt) and 4 (relation 33).
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.record import Table
from sim.scenario.schema import Scenario
from sim.units import DAY, HOUR, WEEK
from sim.workload import Stream, make_workload
from tests.analytical.agreement import Estimate, mean, oracle, require
from tests.offices import FLEET, profile, scenario

Ints = NDArray[np.int64]

MONDAY = "2026-09-07"
FLEETS = {"desks": {**FLEET, "logon": dict.fromkeys(["resume", "cold_start", "os_logon"], "1 s")}}
"""Constant stages take no draws, which saves half of the time."""

OFFICE_WEEK = oracle("mtginf_weekly_profile")
OFFICE_RATES = [float(row["lambda_per_h"]) for row in OFFICE_WEEK]
OFFICE_LAWS = [("exp", 3.0), ("lognormal:0.9", 4.5)]


def office_means(name: str, hours: float) -> NDArray[np.float64]:
    """Mean number connected at the beginning of each hour of the office week, from the table."""
    return np.array([float(row[f"m_start_of_hour[{name},{hours:g}h]"]) for row in OFFICE_WEEK])


def service_of(row: dict[str, str]) -> str:
    return f"{row['service']}-{row['mean_service_h']}h"


def offices(seed: int, days: int, *, warm_up: int = 0, **population: Any) -> Scenario:
    """People whose sessions may overlap: nothing is merged, so theory sees every logon."""
    return scenario(
        {"office": profile(overlap="wait", **population)},
        start=MONDAY,
        horizon=f"{days} d",
        warm_up=f"{warm_up} d",
        seed=seed,
        fleets=FLEETS,
    )


def law_of(name: str, hours: float) -> Any:
    """A session length of the oracle tables as a scenario says it."""
    text = f"{hours} h"
    match name.split(":"):
        case ["exp"]:
            return {"exponential": text}
        case ["det"]:
            return text
        case ["uniform"]:
            return {"uniform": {"low": "0 h", "high": f"{2 * hours} h"}}
        case ["lognormal", cv]:
            return {"lognormal": {"mean": text, "cv": float(cv)}}
        case ["h2b", squared_cv]:
            return {"hyperexponential": {"mean": text, "cv": math.sqrt(float(squared_cv))}}
    raise AssertionError(name)


def swing(row: dict[str, str]) -> list[float]:
    """The rates of a week, each the mean over its hour of base + swing sin(2 pi t / period)."""
    turn = 2 * math.pi / int(row["period_h"])
    base, amplitude = float(row["lambda_mean_per_h"]), float(row["lambda_amplitude_per_h"])
    hours = np.arange(169) * turn
    return list(base - amplitude * np.diff(np.cos(hours)) / turn)


def expected_minimum(name: str, mean: float, hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """E[min(S, x)] for sessions of this law and mean, at each x [h]."""
    match name.split(":"):
        case ["exp"]:
            return mean * -np.expm1(-hours / mean)
        case ["det"]:
            return np.minimum(hours, mean)
        case ["uniform"]:
            inside = np.minimum(hours, 2 * mean)
            return inside - inside**2 / (4 * mean)
        case ["h2b", squared_cv]:
            often = (1 + math.sqrt((float(squared_cv) - 1) / (float(squared_cv) + 1))) / 2
            # Each phase carries half of the mean, with rate 2 p / mean.
            phases = [-np.expm1(-hours * 2 * p / mean) for p in (often, 1 - often)]
            return np.asarray(mean / 2 * sum(phases))
        case ["lognormal", cv]:
            variance = math.log1p(float(cv) ** 2)
            sd = math.sqrt(variance)
            with np.errstate(divide="ignore"):
                z = (np.log(hours) - math.log(mean) + variance / 2) / sd
            return np.asarray(mean * ndtr(z - sd) + hours * ndtr(-z))
    raise AssertionError(name)


def mean_connected(rates: list[float], name: str, hours: float) -> NDArray[np.float64]:
    """Mean number connected at the beginning of each hour of the week.

    A session that began j hours ago, at any time of its hour, still lasts with probability
    E[min(S, j + 1)] - E[min(S, j)].
    """
    lasts = np.diff(expected_minimum(name, hours, np.arange(20 * 168 + 1.0)))
    of_week = lasts.reshape(-1, 168).sum(axis=0)
    return np.array([of_week @ np.roll(rates[::-1], hour) for hour in range(168)])


def connected_at(plan: Table, users: int, instants: Ints) -> Ints:
    """How many sessions of each user hold each instant; shape (users, instants)."""
    counts = np.zeros((users, len(instants) + 1), dtype=np.int64)
    begin = np.searchsorted(instants, plan["arrival"])
    end = np.searchsorted(instants, plan["arrival"] + plan["connected"])
    np.add.at(counts, (plan["user"], begin), 1)
    np.add.at(counts, (plan["user"], end), -1)
    return counts.cumsum(axis=1)[:, :-1]


def test_concurrency_is_counted_as_by_hand() -> None:
    plan = make_workload(
        offices(1, 2, users=3, hourly=0.3, session_length={"exponential": "3 h"})
    ).plan
    instants = np.arange(0, 2 * DAY, 20 * 60_000)

    counted = connected_at(plan, 3, instants)

    rows = list(zip(plan["user"].tolist(), plan["arrival"].tolist(), plan["connected"].tolist(),
                    strict=True))  # fmt: skip
    assert len(rows) > 20
    for user in range(3):
        for column, at in enumerate(instants.tolist()):
            there = sum(who == user and begin <= at < begin + span for who, begin, span in rows)
            assert counted[user, column] == there


@cache
def stream(seed: int, purpose: str) -> Stream:
    return Stream(seed, 0, f"{purpose}/office")


class TestExactly:
    """The plan of a profile, drawn again one user, day and logon at a time."""

    RATES = [0.02 * (hour % 24) * (1 + hour // 24) for hour in range(168)]
    USERS = 40

    def redrawn(self, spec: Scenario, factor_cv: float) -> list[tuple[int, int, int]]:
        rows = []
        first = date.fromisoformat(MONDAY)
        for days in range(9):
            today = first + timedelta(days=days)
            hourly = self.RATES[24 * today.weekday() : 24 * today.weekday() + 24]
            until = [0.0]
            for rate in hourly:
                until.append(until[-1] + rate)
            for user in range(self.USERS):
                rows += [
                    (user, days * DAY + at, length)
                    for at, length in self.logons(spec, today, user, until, factor_cv)
                ]
        return sorted(row for row in rows if row[1] < spec.end)

    def logons(
        self, spec: Scenario, today: date, user: int, until: list[float], factor_cv: float
    ) -> list[tuple[int, int]]:
        def number(purpose: str, ordinal: int, element: int = user) -> float:
            at = {"day": today.toordinal(), "ordinal": ordinal}
            return float(stream(spec.seed, purpose).uniforms(1, first=element, **at)[0])

        # With cv 1 the gamma law of the day's factor is exponential.
        factor = -math.log1p(-number("day-factor", 0, 0)) if factor_cv else 1.0
        expected, chance = factor * until[-1], number("logons", 0)
        count, term = 0, math.exp(-expected)
        at_most = term
        while at_most < chance:
            count += 1
            term *= expected / count
            at_most += term
        found = []
        for ordinal in range(count):
            share = number("arrival", ordinal) * until[-1]
            hour = bisect_right(until, share) - 1
            within = (share - until[hour]) / (until[hour + 1] - until[hour])
            length = -2 * HOUR * math.log1p(-number("session-length", ordinal))
            found.append((math.floor((hour + within) * HOUR), round(length)))
        return found

    @pytest.mark.parametrize("factor_cv", [0.0, 1.0])
    def test_the_same_plan_to_the_millisecond(self, factor_cv: float) -> None:
        people = profile(
            self.RATES, users=self.USERS, session_length={"exponential": "2 h"}, overlap="wait"
        )
        people["weekly_profile"]["day_factor_cv"] = factor_cv
        spec = scenario({"office": people}, start=MONDAY, horizon="9 d", seed=20_260_901)
        plan = make_workload(spec).plan

        drawn = sorted(
            zip(plan["user"].tolist(), plan["arrival"].tolist(), plan["connected"].tolist(),
                strict=True)
        )  # fmt: skip

        redrawn = self.redrawn(spec, factor_cv)
        assert len(drawn) == len(redrawn) > 3_000
        # Two ways of adding floats may floor an instant to neighbouring milliseconds.
        difference = np.abs(np.array(drawn) - np.array(redrawn))
        assert difference.max() <= 1
        assert (difference[:, 1] > 0).mean() < 1e-3


class TestLogons:
    """Relation 33: a Poisson process has the variance of its mean, a day's factor adds to it."""

    def test_counts_of_an_hour_are_poisson_numbers(self) -> None:
        def experiment(random: np.random.Generator, length: int) -> Mapping[str, Estimate]:
            spec = offices(int(random.integers(2**31)), 91 * length, users=50, hourly=0.5,
                           session_length="1 s")  # fmt: skip
            counts = np.bincount(make_workload(spec).plan["arrival"] // HOUR)
            assert len(counts) == 91 * 24 * length
            neighbours = (counts[1:] - 25.0) * (counts[:-1] - 25.0)
            return {
                "mean": mean(counts),
                "variance": mean((counts - 25.0) ** 2),
                "square of the sum of two": mean((counts[1:] + counts[:-1]) ** 2),
                "25 + covariance": mean(25 + neighbours),
            }

        # Lambda = 50 users x 0.5 = 25 an hour. (N1 + N2)^2 has mean 50 + 50^2.
        theory = {
            "mean": 25.0, "variance": 25.0, "square of the sum of two": 2550.0,
            "25 + covariance": 25.0,
        }  # fmt: skip
        require(experiment, theory, precision=0.035)

    def test_a_day_factor_adds_the_square_of_the_mean_times_its_variance(self) -> None:
        def experiment(random: np.random.Generator, length: int) -> Mapping[str, Estimate]:
            days = 364 * 3 * length
            people = profile(0.1, users=10, session_length="1 s", overlap="wait")
            people["weekly_profile"]["day_factor_cv"] = 0.5
            spec = scenario(
                {"office": people, "sales": people},
                start=MONDAY, horizon=f"{days} d", seed=int(random.integers(2**31)), fleets=FLEETS,
            )  # fmt: skip
            plan = make_workload(spec).plan
            counts = np.zeros((2, days, 2))
            half = plan["arrival"] % DAY // (12 * HOUR)
            np.add.at(counts, (plan["user"] // 10, plan["arrival"] // DAY, half), 1)
            office, sales = counts
            day = office.sum(axis=1)
            return {
                "mean": mean(day),
                "variance": mean((day - 24) ** 2),
                "product of halves": mean(office[:, 0] * office[:, 1]),
                "product of populations": mean(day * sales.sum(axis=1)),
            }

        # Lambda = 10 x 0.1 x 24 = 24 a day, cv 0.5: variance 24 + 24^2 x 0.25 = 168. Two halves of
        # a day share the factor: E = 12^2 (1 + 0.25) = 180. Two populations do not: 24^2 = 576.
        theory = {
            "mean": 24.0, "variance": 168.0, "product of halves": 180.0,
            "product of populations": 576.0,
        }  # fmt: skip
        # Without the factor the variance would be 24 and the product of halves 144; with one
        # factor for all populations their product would be 720.
        require(experiment, theory, precision=0.075)


class TestConnected:
    """Mt/G/infinity: the mean number connected at hours of the day and of the week."""

    @pytest.mark.parametrize(("name", "hours"), OFFICE_LAWS)
    def test_the_formula_gives_the_table_of_the_week(self, name: str, hours: float) -> None:
        theory = mean_connected(OFFICE_RATES, name, hours)

        assert theory == pytest.approx(office_means(name, hours), rel=1e-9)

    @pytest.mark.parametrize("row", oracle("mtginf_sinusoid"), ids=service_of)
    def test_the_formula_is_close_to_a_smooth_swing(self, row: dict[str, str]) -> None:
        # Rates held constant for an hour come half an hour late on average. Sessions of three hours
        # hardly notice (sessions of exactly three not at all), those of half an hour do.
        hours = float(row["mean_service_h"])
        theory = mean_connected(swing(row), row["service"], hours)

        smooth = [float(row[f"m_{hour}h"]) for hour in range(0, 24, 3)]
        tolerance = 1e-9 if row["service"] == "det" else 0.01 if hours >= 3 else 0.032
        assert theory[:24:3] == pytest.approx(smooth, rel=tolerance)

    @pytest.mark.parametrize("row", oracle("mtginf_sinusoid"), ids=service_of)
    def test_a_daily_or_weekly_swing(self, row: dict[str, str]) -> None:
        hours, weekly = float(row["mean_service_h"]), row["period_h"] == "168"
        law = law_of(row["service"], hours)
        theory = mean_connected(swing(row), row["service"], hours)
        # The mean of n Poisson numbers has a standard error of 1 / sqrt(n m) of m: people enough
        # to know the hour with the fewest connected to 0.8 %, from one week or from seven days.
        users = math.ceil(1 / (0.008**2 * theory[::3].min() * (1 if weekly else 7)))

        def experiment(random: np.random.Generator, length: int) -> Mapping[str, Estimate]:
            spec = offices(int(random.integers(2**31)), 7 * length, warm_up=7 if weekly else 3,
                           users=users, hourly=swing(row), session_length=law)  # fmt: skip
            instants = np.arange(0, WEEK * length, 3 * HOUR)
            there = connected_at(make_workload(spec).plan, users, instants)
            cycles = there.reshape(-1, 56 if weekly else 8)
            found = {f"hour {hour}": mean(cycles[:, hour // 3]) for hour in range(0, 24, 3)}
            return found | {"all": mean(cycles.mean(axis=1))}

        named = {f"hour {hour}": float(theory[hour]) for hour in range(0, 24, 3)}
        require(experiment, named | {"all": float(row["m_mean"])}, precision=0.01)

    @pytest.mark.parametrize(("name", "hours"), OFFICE_LAWS)
    def test_an_office_week(self, name: str, hours: float) -> None:
        means = office_means(name, hours)
        users = 300
        # An hour's own mean is known to 0.9 % where 45 are connected: 1 / sqrt(45 x 300).
        # The others are asked for together.
        busy, quiet = np.flatnonzero(means > 45), np.flatnonzero(means <= 45)

        def experiment(random: np.random.Generator, length: int) -> Mapping[str, Estimate]:
            spec = offices(int(random.integers(2**31)), 7 * length, warm_up=4, users=users,
                           hourly=OFFICE_RATES, session_length=law_of(name, hours))  # fmt: skip
            instants = np.arange(0, WEEK * length, HOUR)
            there = connected_at(make_workload(spec).plan, users, instants)
            of_user = there.reshape(users, length, 168).mean(axis=1)
            found = {f"hour {hour}": mean(of_user[:, hour]) for hour in busy}
            return found | {"quiet": mean(of_user[:, quiet].mean(axis=1))}

        theory = {f"hour {hour}": float(means[hour]) for hour in busy}
        assert len(busy) >= 40
        require(experiment, theory | {"quiet": float(means[quiet].mean())}, precision=0.01)
