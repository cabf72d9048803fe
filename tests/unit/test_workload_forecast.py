"""What is expected of people, in quarters of an hour, with the arithmetic written out (P12)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import poisson

from sim.record import NEVER
from sim.scenario.scaling import Predictive
from sim.scenario.schema import Scenario
from sim.units import MINUTE
from sim.workload import expected_demand, make_workload
from sim.workload.forecast import (
    busiest,
    expected_concurrency,
    forecast_seed,
    in_turn,
    poisson_quantile,
)
from tests.offices import FLEET, people, profile, scenario

POOL: dict[str, Any] = {"bundle": "power", "running_mode": "AlwaysOn", "maximum": 50}


def pooled(populations: dict[str, Any], **settings: Any) -> Scenario:
    """A scenario with a fleet `desks` and a pool `agents`, on Tuesday 2026-09-01."""
    run = {"horizon": "1 d", "fleets": {"desks": FLEET}, "pools": {"agents": POOL}}
    return scenario(populations, **{**run, **settings})


def agents(**changes: Any) -> dict[str, Any]:
    return people(fleet="agents", **changes)


def mean(world: Scenario, *, history: int = 3, replication: int = 0) -> list[float]:
    workload = make_workload(world, replication)
    return list(expected_concurrency(world, "agents", history, workload, replication).tolist())


def hours(quarters: list[float]) -> list[float]:
    """The first quarter of each hour."""
    return quarters[::4]


class TestConcurrency:
    def quarters(self, *sessions: tuple[int, int]) -> list[int]:
        """Sessions in minutes of the first two hours, and the most at once in each quarter."""
        world = scenario(horizon="2 h")
        begin, end = np.array(sessions, dtype=np.int64).reshape(-1, 2).T * MINUTE
        return list(busiest((begin, end), world).tolist())

    def test_a_quarter_counts_the_most_at_any_instant_of_it(self) -> None:
        # 10-20 and 12-14 are two at once in the first quarter; in the second there is one.
        assert self.quarters((10, 20), (12, 14)) == [2, 1, 0, 0, 0, 0, 0, 0]

    def test_one_that_ends_as_another_begins_is_not_beside_it(self) -> None:
        assert self.quarters((0, 5), (5, 10), (10, 15)) == [1, 0, 0, 0, 0, 0, 0, 0]

    def test_what_ends_at_the_edge_is_not_in_the_next_quarter(self) -> None:
        assert self.quarters((0, 15), (0, 15), (0, 30)) == [3, 1, 0, 0, 0, 0, 0, 0]

    def test_what_goes_on_counts_in_every_quarter(self) -> None:
        assert self.quarters((7, 112)) == [1] * 8

    def test_the_end_of_the_run_cuts(self) -> None:
        assert self.quarters((119, 500)) == [0] * 7 + [1]

    def test_nobody_is_nobody(self) -> None:
        assert self.quarters() == [0] * 8

    def test_quarters_count_from_the_warm_up_and_the_last_may_be_short(self) -> None:
        world = scenario(horizon="20 min", warm_up="20 min")
        spans = np.array([-20, 15]) * MINUTE, np.array([-19, 16]) * MINUTE
        # [-20, -5), [-5, 10), [10, 20).
        assert busiest(spans, world).tolist() == [1, 0, 1]

    @pytest.mark.parametrize("seed", range(5))
    def test_it_is_what_looking_at_every_minute_finds(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        begin = random.integers(0, 120, 60)
        end = begin + random.integers(1, 40, 60)
        at = np.arange(120)[:, None]
        level = ((begin <= at) & (at < end)).sum(axis=1)
        expected = level.reshape(8, 15).max(axis=1).tolist()
        assert self.quarters(*zip(begin.tolist(), end.tolist(), strict=True)) == expected


class TestInTurn:
    def test_a_gap_counts_from_the_end_of_the_session_before(self) -> None:
        # User 0: 10-15, then 5 after it: 20-30. User 1, from 3 on: 3 + 4 = 7-8, 8 + 1 = 9-11.
        begin, end = in_turn(
            np.array([0, 0, 1, 1], dtype=np.int32),
            np.array([10, 0, 3, 3]),
            np.array([0, 5, 4, 1]),
            np.array([5, 10, 1, 2]),
        )
        assert begin.tolist() == [10, 20, 7, 9]
        assert end.tolist() == [15, 30, 8, 11]

    def test_whoever_is_not_done_begins_later(self) -> None:
        begin, end = in_turn(
            np.array([0, 0, 0], dtype=np.int32),
            np.array([0, 5, 30]),
            np.array([0, 0, 0]),
            np.array([10, 10, 1]),
        )
        assert (begin.tolist(), end.tolist()) == ([0, 10, 30], [10, 20, 31])

    @pytest.mark.parametrize("seed", range(5))
    def test_it_is_what_one_by_one_gives(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        user = np.sort(random.integers(0, 6, 40)).astype(np.int32)
        earliest, gap, connected = (random.integers(low, 60, 40) for low in (-30, 0, 1))
        last: dict[int, int] = {}
        expected = []
        rows = zip(user.tolist(), earliest.tolist(), gap.tolist(), connected.tolist(), strict=True)
        for who, since, pause, length in rows:
            begin = max(since, last.get(who, since)) + pause
            last[who] = begin + length
            expected.append((begin, last[who]))
        found = in_turn(user, earliest, gap, connected)
        assert list(zip(found[0].tolist(), found[1].tolist(), strict=True)) == expected


class TestExpectation:
    def test_people_who_do_the_same_every_day_are_expected_to(self) -> None:
        # Three people from 09:00 to 17:00 on a Tuesday, whatever is drawn.
        world = pooled({"office": agents(), "others": people(users=9)})
        assert hours(mean(world)) == [0.0] * 9 + [3.0] * 8 + [0.0] * 7

    def test_the_number_needed_is_the_quantile_of_a_poisson_number(self) -> None:
        # Mean 3: P(N <= 6) = 96.6 %, P(N <= 5) = 91.6 %; of mean 0 it is 0.
        world = pooled({"office": agents()})
        policy = Predictive.model_validate({"quantile": "95 %"})
        needed = expected_demand(world, "agents", policy, make_workload(world))
        assert needed[:36].tolist() == [0] * 36
        assert needed[36:68].tolist() == [6] * 32
        assert poisson.cdf([5, 6], 3) == pytest.approx([0.9161, 0.9665], abs=1e-4)

    def test_quantiles_are_least_numbers(self) -> None:
        means = np.array([0.0, 0.05, 1.0, 1000.0, 20_000.0])
        needed = poisson_quantile(means, 0.95)
        assert np.min(poisson.cdf(needed, means)) >= 0.95
        assert np.max(poisson.cdf(needed - 1, means)) < 0.95
        assert needed.tolist() == [0, 0, 3, 1052, 20_233]

    def test_the_mean_is_over_the_draws(self) -> None:
        # Of 40 people some half come each day; over the draws the mean is no whole number.
        world = pooled({"office": agents(users=40, attendance="50 %")})
        one, eight = (mean(world, history=history)[40] for history in (1, 8))
        assert one == int(one)
        assert (eight * 8) % 1 == 0
        assert eight == pytest.approx(20, abs=4)

    @pytest.mark.parametrize("history", [1, 3])
    def test_the_draws_are_whole_plans_under_the_seed_of_the_forecast(self, history: int) -> None:
        # Only arrivals and lengths are drawn, and they are those of the plans; a longer history
        # has the same draws and more.
        pause = {"lunch": {"at": "12:00", "spread": {"normal": "20 min"}, "length": "45 min"}}
        coming = {"attendance": "50 %", "joiners_per_month": 300, "leavers_per_month": 300}
        world = pooled(
            {
                "office": agents(users=40, breaks=pause, **coming),
                "lab": profile(0.1, fleet="agents", overlap="wait", users=20),
            }
        )
        elsewhere = world.model_copy(update={"seed": forecast_seed(world.seed, 2)})
        draws = []
        for number in range(history):
            plan = make_workload(elsewhere, number).plan
            nobody_pauses = np.zeros(len(plan), dtype=np.int64)
            spans = in_turn(plan["user"], plan["arrival"], nobody_pauses, plan["connected"])
            draws.append(busiest(spans, world))
        assert mean(world, history=history, replication=2) == np.mean(draws, axis=0).tolist()

    def test_the_run_does_not_meet_its_forecast(self) -> None:
        # 500 people arrive at any of 7.2 million milliseconds: hardly anybody at the same one.
        shift = {"start": "09:00", "spread": {"uniform": "1 h"}}
        world = pooled({"office": agents(users=500, shift=shift)})
        elsewhere = world.model_copy(update={"seed": forecast_seed(world.seed, 0)})
        for draw in range(2):
            foreseen = make_workload(elsewhere, draw).plan["arrival"]
            for number in range(2):
                met = make_workload(world, number).plan["arrival"]
                assert (foreseen == met).sum() <= 2

    def test_each_replication_makes_a_forecast_of_its_own(self) -> None:
        world = pooled({"office": agents(users=40, attendance="50 %")})
        first, again, second = (mean(world, replication=number) for number in (0, 0, 1))
        assert first == again
        assert first != second

    def test_no_scenario_has_the_seed_of_a_forecast(self) -> None:
        seeds = {forecast_seed(seed, number) for seed in range(50) for number in range(50)}
        assert len(seeds) == 2500
        assert min(seeds) >= 2**63


class TestRecords:
    ROWS = """user,arrival,connected_s,ending
ann,2026-09-01T09:00Z,3600,logoff
bob,2026-09-01T09:30Z,3600,logoff
"""

    def recorded(self, folder: Path, rows: str) -> str:
        path = folder / "sessions.csv"
        path.write_text(rows)
        return str(path)

    def test_a_recorded_plan_is_all_that_is_known(self, tmp_path: Path) -> None:
        # 09:00-10:00 and 09:30-10:30, whatever the history.
        record = {"sessions": self.recorded(tmp_path, self.ROWS), "fleet": "agents"}
        world = pooled({}, replay=record)
        quarters = mean(world, history=8)
        assert quarters[36:43] == [1, 1, 2, 2, 1, 1, 0]
        assert sum(quarters) == 8

    def test_gaps_are_followed(self, tmp_path: Path) -> None:
        # From midnight: 1 h later for 30 min, then 15 min later for 30 min: 01:00-01:30,
        # 01:45-02:15.
        rows = "user,gap_s,connected_s,ending\nann,3600,1800,logoff\nann,900,1800,logoff\n"
        world = pooled({}, replay={"sessions": self.recorded(tmp_path, rows), "fleet": "agents"})
        assert (make_workload(world).plan["arrival"] == NEVER).all()
        assert mean(world)[3:11] == [0, 1, 1, 0, 1, 1, 0, 0]

    def test_users_of_other_fleets_do_not_count(self, tmp_path: Path) -> None:
        record = {"sessions": self.recorded(tmp_path, self.ROWS), "fleet": "desks"}
        assert sum(mean(pooled({}, replay=record))) == 0

    def test_a_record_stands_beside_what_is_drawn(self, tmp_path: Path) -> None:
        files = {"replay": self.recorded(tmp_path, self.ROWS)}
        known = {"users": None, "shift": None, "session_length": None, "endings": None}
        world = pooled(
            {
                "office": agents(),
                "known": people(fleet="agents", workload=files, **known),
            }
        )
        quarters = mean(world)
        assert quarters[35:44] == [0, 4, 4, 5, 5, 4, 4, 3, 3]
