"""Target tracking: out fast, in slowly, with the arithmetic written out (P11)."""

from typing import Any

import pytest

from tests.unit.policy_stories import Minutes


def tracking(utilization: str = "75 %", **settings: Any) -> dict[str, Any]:
    return {"target_tracking": {"utilization": utilization, **settings}}


class TestScaleOut:
    def test_three_minutes_above_the_target_ask_for_what_is_needed(self) -> None:
        # 9 / 10 = 90 % is above 75 %. Needed: 9 / 0.75 = 12.
        pool = Minutes([tracking()], desired=10)
        assert pool.minutes(3, active=9) == [10, 10, 12]

    def test_what_is_needed_is_rounded_up(self) -> None:
        # 10 / 0.75 = 13.3: 14.
        assert Minutes([tracking()], desired=10).minutes(3, active=10)[-1] == 14

    @pytest.mark.parametrize(
        ("utilization", "active", "needed"),
        [
            ("70 %", 21, 30),  # 21 / 0.7 is a little more than 30 in floating point
            ("10 %", 7, 70),
            ("33.3 %", 333, 1000),
            ("100 %", 12, 12),
        ],
    )
    def test_what_comes_out_even_is_not_rounded_up(
        self, utilization: str, active: int, needed: int
    ) -> None:
        pool = Minutes([tracking(utilization)], desired=active // 2, maximum=2000)
        assert pool.minutes(3, active=active, actual=active - 1)[-1] == needed

    def test_at_the_target_nothing_happens(self) -> None:
        # 9 / 12 = 75 %, 21 / 30 = 70 %.
        assert Minutes([tracking()], desired=12).minutes(20, active=9)[-1] == 12
        assert Minutes([tracking("70 %")], desired=30).minutes(20, active=21)[-1] == 30

    def test_the_minutes_must_be_in_a_row(self) -> None:
        pool = Minutes([tracking()], desired=10)
        assert [pool.minute(active=one) for one in (9, 9, 7, 9, 9, 9)] == [10] * 5 + [12]

    def test_it_counts_what_is_on_the_way(self) -> None:
        # 9 of 10 are active, and 12 have been asked for. Until the 2 are there the alarm goes on
        # and asks for 12 again, which is no more; with an eleventh user, for 11 / 0.75 = 14.7: 15.
        pool = Minutes([tracking()], desired=10)
        assert pool.minutes(5, active=9, actual=10, pending=2) == [10, 10, 12, 12, 12]
        assert pool.minute(active=11, actual=12) == 15

    def test_its_cooldown_does_not_hold_a_larger_one_back(self) -> None:
        # The cooldown of an hour has begun at 00:03; at 00:04, 12 / 0.75 = 16 are more than 12.
        pool = Minutes([tracking(scale_out_cooldown="1 h")], desired=10)
        assert pool.minutes(3, active=9) == [10, 10, 12]
        assert pool.minute(active=12) == 16

    def test_a_storm_is_met_by_a_third_more_each_time(self) -> None:
        # Whoever is let in fills what there is: 100 %, and 1 / 0.75 of it is asked for. From 10
        # sessions to 100 that takes eight rounds of alarm and provisioning.
        pool = Minutes([tracking()], desired=10, maximum=200)
        rounds = [pool.target]
        while pool.target < 100:
            pool.minutes(3, active=rounds[-1], actual=rounds[-1])
            rounds.append(pool.target)
        assert rounds == [10, 14, 19, 26, 35, 47, 63, 84, 112]

    def test_a_pool_without_instances_has_no_utilisation(self) -> None:
        # 0 / 0 is missing, not 0 % and not infinite, whoever waits: neither alarm goes off.
        pool = Minutes([tracking(out_periods=1, in_periods=1)], desired=4)
        assert pool.minutes(30, active=0, actual=0, waiting=9)[-1] == 4

    def test_a_minute_without_instances_does_not_breach(self) -> None:
        # Three minutes in a row are needed, and the one without instances is none of them.
        pool = Minutes([tracking()], desired=4)
        pool.minutes(2, active=4)
        pool.minute(active=0, actual=0)
        assert pool.minutes(3, active=4) == [4, 4, 6]  # 4 / 0.75 = 5.3


class TestScaleIn:
    # The low alarm lies at 90 % of 75 % = 67.5 %.
    def test_fifteen_minutes_below_the_low_alarm_give_back_what_is_not_needed(self) -> None:
        # 12 / 20 = 60 %; needed: 12 / 0.75 = 16.
        pool = Minutes([tracking()], desired=20)
        assert pool.minutes(15, active=12) == [20] * 14 + [16]

    @pytest.mark.parametrize(("active", "target"), [(26, 35), (27, 40), (28, 40)])
    def test_the_low_alarm_is_at_ninety_per_cent_of_the_target(
        self, active: int, target: int
    ) -> None:
        # 26 / 40 = 65 %: in to 26 / 0.75 = 34.7: 35. 27 / 40 = 67.5 % is not below the alarm.
        assert Minutes([tracking()], desired=40).minutes(15, active=active)[-1] == target

    def test_where_the_low_alarm_lies_is_a_setting(self) -> None:
        # 50 % of 75 % = 37.5 %: 14 / 40 = 35 % is below, 16 / 40 = 40 % is not.
        low = tracking(in_below="50 %")
        assert Minutes([low], desired=40).minutes(15, active=16)[-1] == 40
        assert Minutes([low], desired=40).minutes(15, active=14)[-1] == 19  # 14 / 0.75 = 18.7

    def test_one_busy_minute_starts_the_count_again(self) -> None:
        pool = Minutes([tracking()], desired=20)
        pool.minutes(14, active=12)
        pool.minute(active=14)  # 70 %
        assert pool.minutes(15, active=12) == [20] * 14 + [16]

    def test_another_one_waits_for_the_cooldown(self) -> None:
        # In to 16 at 00:15, cooldown until 00:20. Five users leave at once: 7 / 16 is low all the
        # time, and at 00:20 the pool gives back down to 7 / 0.75 = 9.3: 10.
        pool = Minutes([tracking(scale_in_cooldown="5 min")], desired=20)
        pool.minutes(15, active=12)
        assert pool.minutes(5, active=7) == [16, 16, 16, 16, 10]

    def test_a_scale_out_frees_it(self) -> None:
        # In to 16 at 00:15, cooldown for an hour. Out at 00:18 to 15 / 0.75 = 20; then fifteen
        # minutes at 60 % give back to 16 at 00:33, long before the hour is over.
        pool = Minutes([tracking(scale_in_cooldown="1 h")], desired=20)
        pool.minutes(15, active=12)
        assert pool.minutes(3, active=15) == [16, 16, 20]
        assert pool.minutes(15, active=12) == [20] * 14 + [16]

    def test_without_a_scale_out_the_hour_is_waited_for(self) -> None:
        pool = Minutes([tracking(scale_in_cooldown="1 h")], desired=20)
        pool.minutes(15, active=12)
        assert pool.minutes(60, active=7) == [16] * 59 + [10]

    def test_it_can_be_switched_off(self) -> None:
        pool = Minutes([tracking(scale_in=False)], desired=20)
        assert pool.minutes(60, active=0)[-1] == 20

    def test_an_empty_pool_shrinks_to_its_minimum(self) -> None:
        assert Minutes([tracking()], minimum=3, desired=20).minutes(15, active=0)[-1] == 3

    def test_slack_without_need_changes_nothing(self) -> None:
        # 2 / 3 = 66.7 % is below 67.5 %, and 2 / 0.75 = 2.7 need all 3.
        assert Minutes([tracking()], desired=3).minutes(30, active=2)[-1] == 3
