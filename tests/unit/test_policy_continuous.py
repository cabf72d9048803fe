"""Ramp plans, forecasts, spare sessions and own functions, in numbers (P12)."""

from typing import Any

import pytest

from sim.policy import Forecast, Observation, Phases
from sim.record import ScalingSource
from sim.units import DAY, HOUR, MINUTE
from tests.unit.policy_stories import Minutes

RAMP: dict[str, Any] = {
    "ramp": {
        "ramp_up": {"start": "07:00", "threshold": "60 %", "minimum": "20 %"},
        "peak": {"start": "09:00"},
        "ramp_down": {"start": "16:00", "threshold": "90 %", "minimum": "10 %"},
        "off_peak": {"start": "18:00"},
    }
}


def ramp(threshold: float, minimum: float = 0.0, **settings: Any) -> Minutes:
    """A pool in a phase that lasts."""
    return Minutes([RAMP], phases={0: [(0, threshold, minimum)]}, **settings)


class TestRamp:
    # used = (active + disconnected) / (session limit x hosts that are on); `active` counts both.
    def test_one_more_is_turned_on_while_more_than_the_threshold_is_used(self) -> None:
        # Hosts of 4 sessions, 2 on, 10 users after a storm: used 10 / 8 = 125 % > 60 %, 10 / 12 =
        # 83 %, 10 / 16 = 62.5 % > 60 %, 10 / 20 = 50 %: five hosts, 20 sessions.
        pool = ramp(0.6, desired=8, sessions_per_instance=4)
        assert pool.minute(active=10) == 20

    def test_exactly_the_threshold_is_not_more_than_it(self) -> None:
        # 12 / (4 x 5) = 60 %.
        assert ramp(0.6, desired=20, sessions_per_instance=4).minute(active=12) == 20
        # 13 / 20 = 65 %, 13 / 24 = 54 %.
        assert ramp(0.6, desired=20, sessions_per_instance=4).minute(active=13) == 24

    def test_one_is_turned_off_if_one_fewer_would_still_do(self) -> None:
        # 9 / 20 = 45 %. With 4 hosts 9 / 16 = 56 %: off. With 3, 9 / 12 = 75 % > 60 %: stays.
        pool = ramp(0.6, desired=20, sessions_per_instance=4)
        assert pool.minutes(3, active=9) == [16, 16, 16]

    def test_one_is_turned_off_a_minute(self) -> None:
        pool = ramp(0.6, desired=20, sessions_per_instance=4)
        assert pool.minutes(6, active=0) == [16, 12, 8, 4, 0, 0]

    def test_the_minimum_share_of_all_hosts_stays_on(self) -> None:
        # 25 % of 100 / 4 = 25 hosts are 6.25: 7 hosts, 28 sessions.
        pool = ramp(0.6, 0.25, desired=32, sessions_per_instance=4)
        assert pool.minutes(3, active=0) == [28, 28, 28]

    def test_without_hosts_the_first_user_turns_one_on(self) -> None:
        # used is infinite: 1 / 0. One host of 4 has 1 / 4 = 25 % used.
        pool = ramp(0.6, sessions_per_instance=4)
        assert pool.minute(active=0) == 0
        assert pool.minute(active=1, actual=0) == 4

    def test_hosts_on_their_way_are_on(self) -> None:
        # 6 users, 4 sessions there and 8 on their way: 6 / 12 = 50 %; with 8, 6 / 8 = 75 %.
        pool = ramp(0.6, desired=12, sessions_per_instance=4)
        assert pool.minute(active=6, actual=4, pending=8) == 12

    def test_each_phase_has_its_threshold_and_minimum(self) -> None:
        # 8 users on single-session instances. 80 %: 8 / 10, and from 00:03 on 50 %: 8 / 16.
        phases: Phases = [(0, 0.8, 0.0), (3 * MINUTE, 0.5, 0.0), (5 * MINUTE, 1.0, 0.2)]
        pool = Minutes([RAMP], phases={0: phases}, desired=10)
        # From 00:05 all may be used, but 20 of 100 stay on.
        assert pool.minutes(5, active=8) == [10, 10, 16, 16, 20]

    def test_its_changes_are_a_ramps(self) -> None:
        pool = ramp(0.8, desired=8)
        pool.minute(active=8)
        assert (pool.target, pool.source) == (10, ScalingSource.RAMP)


class TestForecast:
    QUARTERS = Forecast(0, [10, 20, 50, 30, 5])
    """From 00:00 on."""

    @pytest.mark.parametrize(
        ("minute", "lead", "most"),
        [
            (0, 0, 10),
            (0, 14, 10),  # [00:00, 00:14] meets the first quarter only
            (0, 15, 20),  # 00:15 belongs to the second
            (14, 15, 20),
            (15, 15, 50),  # [00:15, 00:30] meets the second and the third
            (0, 60, 50),
            (44, 1, 50),
            (45, 15, 30),
            (60, 30, 5),  # after the last quarter nothing more is known
            (90, 30, 5),
            (-30, 10, 10),
        ],
    )
    def test_the_quarters_from_now_to_the_lead_count(
        self, minute: int, lead: int, most: int
    ) -> None:
        assert self.QUARTERS.most(minute * MINUTE, (minute + lead) * MINUTE) == most

    def test_quarters_count_from_the_beginning(self) -> None:
        forecast = Forecast(-7 * MINUTE, [10, 20])
        assert forecast.most(7 * MINUTE, 7 * MINUTE) == 10
        assert forecast.most(8 * MINUTE, 8 * MINUTE) == 20

    def test_capacity_is_asked_for_ahead_and_given_back(self) -> None:
        pool = Minutes(
            [{"predictive": {"quantile": "95 %", "lead": "10 min"}}], expected={0: self.QUARTERS}
        )
        targets = pool.minutes(60, active=0)
        # 00:05 sees 00:15, 00:20 sees 00:30; 00:45 no longer meets the third quarter, and 00:50
        # still stands in the fourth.
        changes = [(n + 1, to) for n, to in enumerate(targets) if n == 0 or to != targets[n - 1]]
        assert changes == [(1, 10), (5, 20), (20, 50), (45, 30), (60, 5)]
        assert pool.source == ScalingSource.PREDICTIVE


class TestSpare:
    def test_sessions_are_kept_free_beyond_the_demand(self) -> None:
        pool = Minutes([{"spare": {"sessions": 3}}]).scaling
        assert [pool.target_with(demand) for demand in (0, 1, 7, 2)] == [3, 4, 10, 5]
        assert pool.source == ScalingSource.SPARE

    def test_whole_instances_and_bounds(self) -> None:
        # 2 + 3 = 5 sessions are two instances of 4.
        pool = Minutes([{"spare": {"sessions": 3}}], sessions_per_instance=4, maximum=12).scaling
        assert [pool.target_with(demand) for demand in (1, 2, 9, 30)] == [4, 8, 12, 12]

    def test_it_is_not_asked_every_minute(self) -> None:
        assert not Minutes([{"spare": {"sessions": 3}}]).scaling.looks
        assert Minutes().scaling.spare is None
        assert Minutes([{"spare": {"sessions": 3}}]).scaling.spare == 3

    def test_its_change_is_told_from_that_of_new_bounds(self) -> None:
        pool = Minutes([{"spare": {"sessions": 3}}]).scaling
        assert pool.target_with(2) == 5
        pool.bounds(minimum=8, source=ScalingSource.SCHEDULE)
        assert (pool.target_with(2), pool.source) == (8, ScalingSource.SCHEDULE)
        assert (pool.target_with(4), pool.source) == (8, ScalingSource.SCHEDULE)
        assert (pool.target_with(6), pool.source) == (9, ScalingSource.SPARE)


class TestOwnFunction:
    POLICY: dict[str, Any] = {"policy": {"function": "mine:decide", "every": "5 min"}}

    def test_it_is_asked_every_so_many_minutes_of_the_day(self) -> None:
        asked: list[int] = []

        def decide(observation: Observation) -> int:
            asked.append(observation.at // MINUTE)
            return len(asked)

        pool = Minutes([self.POLICY], functions={0: decide}, desired=7)
        assert pool.minutes(10, active=0) == [7] * 4 + [1] * 5 + [2]
        assert asked == [5, 10]
        assert pool.source == ScalingSource.POLICY

    def test_without_an_opinion_the_last_one_stands(self) -> None:
        answers = iter([None, 4, None, 0])
        pool = Minutes([self.POLICY], functions={0: lambda _: next(answers)}, desired=7)
        targets = pool.minutes(20, active=0)
        assert [targets[n - 1] for n in (5, 10, 15, 20)] == [7, 4, 4, 0]

    def test_it_sees_the_last_hour(self) -> None:
        seen: list[Observation] = []
        pool = Minutes([self.POLICY], functions={0: seen.append})
        assert pool.scaling.memory_minutes == 60
        for active in range(100):
            pool.minute(active=active, actual=100, pending=4, waiting=2, refused=1)
        last = seen[-1]
        assert [one.active for one in last.minutes] == list(range(40, 100))
        assert (last.at, last.instant.isoformat()) == (100 * MINUTE, "2026-09-01T01:40:00+00:00")
        assert (last.active, last.actual, last.pending, last.waiting) == (99, 100, 4, 2)
        assert (last.desired, last.available, last.refused) == (104, 1, 1)
        assert last.utilization == 0.99
        assert last.last.utilization == 0.99

    def test_without_instances_there_is_no_utilisation(self) -> None:
        seen: list[Observation] = []
        Minutes([self.POLICY], functions={0: seen.append}).minutes(5, active=0, actual=0)
        assert [one.utilization for one in seen] == [None]


def test_a_day_is_made_of_quarters() -> None:
    assert Forecast(0, range(96)).most(0, DAY - HOUR) == 92
