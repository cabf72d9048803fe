"""What the other tests lean on, by hand: the recursions, the laws of durations, the acceptance."""

import math
from collections.abc import Iterator
from dataclasses import astuple

import numpy as np
import pytest

from sim.units import HOUR
from tests.analytical import recursions
from tests.analytical.agreement import (
    SEEDS,
    Estimate,
    batch_mean,
    batch_quantile,
    mean,
    oracle,
    ratio,
    require,
)
from tests.analytical.recursions import ABANDONED, REFUSED, SERVED, Visit
from tests.analytical.situations import durations, shared_out

H = HOUR


def test_desktop_stays_on_for_its_timeout() -> None:
    """T = 1 h. On from 2:00; back at 3:59 within the hour after 3:00, and not at exactly 6:00."""
    visits, spans = recursions.autostop(
        [(2 * H, H), (H - 60_000, H + 60_000), (H, H)], H, by_gap=True
    )
    assert [visit.arrival for visit in visits] == [2 * H, 4 * H - 60_000, 6 * H]
    assert [visit.resumed for visit in visits] == [True, False, True]
    assert spans == [(2 * H, 6 * H), (6 * H, 8 * H)]


def test_resume_delays_the_work_and_is_on_the_meter() -> None:
    """A resume of 90 s: the work begins and ends that much later, the run with the login."""
    visits, spans = recursions.autostop([(5 * H, H)], H, boot=90_000, by_gap=False)
    assert visits == [Visit(5 * H, 5 * H + 90_000, 6 * H + 90_000, resumed=True)]
    assert spans == [(5 * H, 7 * H + 90_000)]


def test_hours_of_a_run_in_three_readings() -> None:
    """From 10:50 to 13:10: 2 h 20 min; three started hours; four hours of the clock, 10 to 13.

    A run that began before time 0 counts from there: of -0:30 to 1:10, 1 h 10 min; the hour begun
    at 0:30; the clock hours 0 and 1. Of a run that outlasts the end at 2:00, what begins before it.
    """
    run = [(10 * H + H * 5 // 6, 13 * H + H // 6)]
    assert recursions.running_time(run, 24 * H) == 2 * H + H // 3
    assert recursions.run_hours(run, 24 * H) == 3
    assert recursions.clock_hours(run, 24 * H) == 4

    early = [(-H // 2, H + H // 6)]
    assert recursions.running_time(early, 24 * H) == H + H // 6
    assert recursions.run_hours(early, 24 * H) == 1
    assert recursions.clock_hours(early, 24 * H) == 2

    late = [(H // 2, 9 * H)]
    assert recursions.running_time(late, 2 * H) == H + H // 2
    assert recursions.run_hours(late, 2 * H) == 2
    assert recursions.clock_hours(late, 2 * H) == 2
    assert recursions.within([*late, (2 * H, 3 * H)], 2 * H) == [(H // 2, 2 * H)]


def test_clock_hours_are_counted_once() -> None:
    """Two runs of ten minutes within one hour are two started hours and one hour of the clock."""
    runs = [(0, 600_000), (1_800_000, 2_400_000)]
    assert recursions.run_hours(runs, H) == 2
    assert recursions.clock_hours(runs, H) == 1


def test_union_joins_what_overlaps() -> None:
    """(0, 4) and (1, 2) and (3, 6) are one; (6, 7) only touches."""
    assert recursions.union([(0, 4), (1, 2), (3, 6), (6, 7)]) == [(0, 6), (6, 7)]


def test_line_by_hand() -> None:
    """Arrivals 0, 1, 2, 9 and services 4, 3, 1, 1.

    One server is busy to 4, 7, 8, then idle: waits 0, 3, 5, 0. Two servers: the first two begin
    at once; the third at 4, when both (0 + 4 and 1 + 3) are free: waits 0, 0, 2, 0.
    """
    line = [0, 1, 2, 9], [4, 3, 1, 1]
    assert list(recursions.lindley(*line)) == [0, 3, 5, 0]
    assert list(recursions.kiefer_wolfowitz(*line, 1)) == [0, 3, 5, 0]
    assert list(recursions.kiefer_wolfowitz(*line, 2)) == [0, 0, 2, 0]


def test_loss_by_hand() -> None:
    """Arrivals 0, 1, 2, 4 and services 4, 4, 1, 1.

    One place is taken to 4, and free for who comes at 4. Of two, the second is taken to 5. If there
    is one place from 2 on, both people stay, and whoever comes at 4 finds one of them still in.
    """
    people = [0, 1, 2, 4], [4, 4, 1, 1]
    assert list(recursions.loss(*people, lambda _: 1)) == [False, True, True, False]
    assert list(recursions.loss(*people, lambda _: 2)) == [False, False, True, False]
    assert list(recursions.loss(*people, lambda at: 2 - (at >= 2))) == [False, False, True, True]


def test_returning_by_hand() -> None:
    """One place. The first person is in from 0 to 3 and comes again 2 later; the second comes in
    vain at 1, and 1 later in vain again."""
    found = list(recursions.returning([[0, 2], [1, 1]], [[3, 1], [1, 1]], 1))
    assert found == [(0, 0, False), (1, 1, True), (1, 2, True), (0, 5, False)]


def test_giving_up_by_hand() -> None:
    """One server, services of 4. Of those who come at 1, 2 and 3 the first gives up after 2, at 3;
    the second is served when it is free at 4; the third has no patience at all.

    Patience of 3 would be enough at 1, as a server that is free at its very end is theirs.
    """
    people = [0, 1, 2, 3], [4, 4, 4, 4], 1
    found = list(recursions.line(*people, patience=[9, 2, 3, 0]))
    assert found == [(0, SERVED), (2, ABANDONED), (2, SERVED), (0, ABANDONED)]
    found = list(recursions.line(*people, patience=[0, 3, 6, 8]))
    assert found == [(0, SERVED), (3, SERVED), (6, SERVED), (8, ABANDONED)]


def test_full_line_by_hand() -> None:
    """One server, services of 4, room for one in line: taken from 1 to 4, and free at 4."""
    found = list(recursions.line([0, 1, 2, 4], [4, 4, 4, 4], 1, room=1))
    assert found == [(0, SERVED), (3, SERVED), (0, REFUSED), (4, SERVED)]


def test_set_up_by_hand() -> None:
    """Nothing spare. Set-ups of 5 and 2 for those who come at 0 and 1: at 3 the one asked for last
    is there, for the first; at 5 the other.

    Set-ups of 5 and 9, services of 1: the first is served from 5 to 6; then one server is enough,
    the set-up under way is called off, and the second served.
    """
    slow = {"least": 0, "most": 2, "spare": 0}
    assert list(recursions.set_up([0, 1], [4, 4], iter([5, 2]), **slow)) == [3, 4]
    assert list(recursions.set_up([0, 1], [1, 1], iter([5, 9]), **slow)) == [5, 5]
    spare = {"least": 0, "most": 3, "spare": 1}
    assert list(recursions.set_up([0, 1], [4, 4], iter([2, 2, 2]), **spare)) == [0, 1]


def test_owners_are_never_busy_twice() -> None:
    """(0, 5), (1, 2), (3, 4), (6, 7): the second owner is free for the third, the first stays in.

    Whoever has been free for longest takes the next: the second again, at 6.
    """
    arrival, until = np.array([0, 1, 3, 6]), np.array([5, 2, 4, 7])
    assert shared_out(arrival, until).tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize(
    ("law", "variation"),
    [(row["service"], float(row["scv"])) for row in oracle("mg1")],
)
def test_laws_have_the_moments_of_the_tables(law: str, variation: float) -> None:
    """Mean and squared coefficient of variation of two million durations of a mean of 1 h."""
    drawn = durations(np.random.default_rng(SEEDS[0]), law, 1.0, 2_000_000) / HOUR
    assert abs(drawn.mean() - 1) <= 4.5 * drawn.std() / math.sqrt(len(drawn))
    squares = mean((drawn - 1) ** 2)
    assert abs(squares.value - variation) <= 4.5 * squares.error + 1e-9
    assert squares.error <= 0.02 * variation


def test_estimates() -> None:
    """1, 2, 3: mean 2, sd 1, error 1 / sqrt(3). Of twice that: 6 / 12, and no residuals, no error.

    Two batches of 1, 2, 3 and 5, 6, 7, 8 (the last one is left over): means 2 and 6, error 2.
    """
    assert astuple(mean([1, 2, 3])) == pytest.approx((2, 3**-0.5))
    assert astuple(ratio([1, 2, 3], [2, 4, 6])) == (0.5, 0)
    assert astuple(batch_mean([1, 2, 3, 5, 6, 7, 8], count=2)) == pytest.approx((4, 2))
    assert astuple(batch_quantile([1, 2, 3, 5, 6, 7], 0.5, count=2)) == pytest.approx((3, 2))


def test_acceptance_asks_for_both_halves() -> None:
    """10 +- 0.01 agrees with 10.02 and not with 10.1; 10 +- 1 agrees with nothing.

    A miss is repeated once, four times as long; a vague estimate is not.
    """
    found: Iterator[Estimate]
    lengths: list[int] = []

    def experiment(_: np.random.Generator, longer: int) -> dict[str, Estimate]:
        lengths.append(longer)
        return {"x": next(found)}

    found = iter([Estimate(10, 0.01)])
    require(experiment, {"x": 10.02})
    assert lengths == [1]

    found = iter([Estimate(10, 0.01), Estimate(10.1, 0.005)])
    require(experiment, {"x": 10.1})
    assert lengths == [1, 1, 4]

    found = iter([Estimate(10, 0.01), Estimate(10.01, 0.005)])
    with pytest.raises(AssertionError, match=r"off twice.*10\.01 for 10\.1: -18\.0"):
        require(experiment, {"x": 10.1})

    found = iter([Estimate(10, 1)])
    with pytest.raises(AssertionError, match="too imprecise"):
        require(experiment, {"x": 10.02})
    assert lengths == [1, 1, 4, 1, 4, 1]
