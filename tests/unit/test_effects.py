"""Effects of single settings: arithmetic over points that differ in nothing else."""

from decimal import Decimal

import pytest

from sim.study.effects import Points, effects
from sim.study.observations import Observation, Observations


def run(**measures: float | tuple[float, float]) -> Observations:
    """One run: a number, or a part and a whole."""
    pairs = {key: one if isinstance(one, tuple) else (one, 1) for key, one in measures.items()}
    return {
        key: Observation(Decimal(str(part)), Decimal(str(whole)))
        for key, (part, whole) in pairs.items()
    }


def cost(*values: float) -> list[Observations]:
    """Runs of one point."""
    return [run(cost=value) for value in values]


SQUARE: list[tuple[dict[str, str], list[Observations]]] = [
    ({"users": "10", "mode": "on"}, cost(100, 102)),
    ({"users": "10", "mode": "auto"}, cost(60, 64)),
    ({"users": "20", "mode": "on"}, cost(200, 206)),
    ({"users": "20", "mode": "auto"}, cost(110, 118)),
]
"""Two settings of two values, two replications of each point."""


def test_an_effect_is_a_mean_over_all_values_of_the_others() -> None:
    """10 users: (100 + 102 + 60 + 64) / 4 = 81.5; 20 users: (200 + 206 + 110 + 118) / 4 = 158.5."""
    [users, _] = effects(SQUARE, "cost")

    assert (users.setting, users.low, users.high, users.groups) == ("users", "10", "20", 2)
    assert users.ends == (81.5, 158.5)
    assert users.difference.estimate.value == 77


def test_its_interval_is_that_of_the_differences_of_the_same_replications() -> None:
    """Replication 0: 155 - 80 = 75; replication 1: 162 - 83 = 79. Mean 77, standard error 2, and
    t = 12.706 with 1 degree of freedom."""
    [users, _] = effects(SQUARE, "cost")

    estimate = users.difference.estimate
    assert estimate.n == 2
    assert estimate.half_width == pytest.approx(12.7062 * 2, rel=1e-5)


def test_the_largest_comes_first_from_least_to_most() -> None:
    """Mode on: (100 + 102 + 200 + 206) / 4 = 152; auto: (60 + 64 + 110 + 118) / 4 = 88: 64 apart,
    less than the 77 of the users. From `auto` to `on`, although `on` is written first."""
    found = effects(SQUARE, "cost")

    assert [(one.setting, one.low, one.high) for one in found] == [
        ("users", "10", "20"), ("mode", "auto", "on"),
    ]  # fmt: skip
    assert list(found[1].values) == ["on", "auto"]


def test_a_ratio_is_of_sums_over_groups_and_replications() -> None:
    """A quiet group and a busy one. At `a` waits of 10 s in 1 and 100 s in 99 logons: 110 / 100,
    and not the mean of 10 and 1.01. At `b` 20 and 200 s in as many: 220 / 100."""
    points: Points = [
        ({"s": "a", "other": "quiet"}, [run(wait_mean_s=(10, 1))]),
        ({"s": "a", "other": "busy"}, [run(wait_mean_s=(100, 99))]),
        ({"s": "b", "other": "quiet"}, [run(wait_mean_s=(20, 1))]),
        ({"s": "b", "other": "busy"}, [run(wait_mean_s=(200, 99))]),
    ]

    found = {one.setting: one for one in effects(points, "wait_mean_s")}
    assert found["s"].ends == pytest.approx((1.1, 2.2))


def test_values_in_step_and_samples_have_no_effect_of_their_own() -> None:
    in_step: Points = [
        ({"users": "10", "servers": "1"}, cost(1)),
        ({"users": "20", "servers": "2"}, cost(2)),
    ]

    assert effects(in_step, "cost") == []


def test_a_group_without_every_value_is_left_out() -> None:
    """Of 20 users there is nothing to hold against `on`; so mode is told of the 10 users alone."""
    found = {one.setting: one for one in effects(SQUARE[:2] + SQUARE[3:], "cost")}

    assert [(found[key].groups, found[key].ends) for key in ("mode", "users")] == [
        (1, (62, 101)),
        (1, (62, 114)),
    ]


def test_a_group_in_which_a_run_has_nothing_to_say_is_left_out() -> None:
    """Nobody waited in one run of 20 users on auto."""
    silent: Points = [*SQUARE[:3], (SQUARE[3][0], [*cost(110), run()])]

    found = {one.setting: one for one in effects(silent, "cost")}
    assert found["mode"].ends == (62, 101)


def test_one_value_is_no_setting_that_varies() -> None:
    assert effects([({"users": "10"}, cost(1)), ({"users": "10"}, cost(2))], "cost") == []
