"""Differences are told as one says them: by how much, how sure, and what is not known."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from sim.report.differences import is_same, listed, signed_text, size_text, told
from sim.study.observations import MEASURES, Measure
from sim.study.statistics import Difference, Estimate, paired
from sim.study.statistics.estimates import Note

COST, WAIT, DELIVERED = (MEASURES[key] for key in ("cost_per_month", "wait_p95_s",
                                                   "delivered_minutes"))  # fmt: skip


def found(
    value: float, low: float | None = None, high: float | None = None, *, n: int = 20
) -> Difference:
    """A difference with an interval, or without one since it is the same in all runs."""
    notes: Sequence[Note] = ()
    if low is None:
        kind = "one run" if n == 1 else "same"
        text = "one run has no interval" if n == 1 else f"the same in all {n} runs, which ..."
        notes = [Note(kind, text)]  # type: ignore[arg-type] # one of the two
    estimate = Estimate(value, low, high, n, 0.95, "paired t", tuple(notes))
    return Difference(estimate, None, 1)


def said(*measures: tuple[Measure, Difference], when: str = "a month") -> list[str]:
    return told("B", "A", when, measures)


def test_the_first_sentence_is_what_one_would_say() -> None:
    (sentence,) = said((COST, found(-1240, -1300, -1180)), (WAIT, found(8, 6, 10)))
    assert sentence == (
        "B is cheaper than A by 1,240 USD a month (95 %: 1,180 to 1,300) and P95 wait is 8.0 s "
        "longer (6.0 to 10.0)."
    )


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        (COST, 50, "dearer"),
        (COST, -50, "cheaper"),
        (WAIT, 50, "longer"),
        (WAIT, -50, "shorter"),
        (DELIVERED, 0.5, "higher"),
        (DELIVERED, -0.5, "lower"),
        (MEASURES["interruptions"], 5, "more"),
        (MEASURES["lost_hours"], -5, "less"),
    ],
)
def test_more_and_less_are_said_in_the_measures_own_words(
    measure: Measure, value: float, words: str
) -> None:
    """The interval is that of the size: of -50 from -55 to -45 it is 45 to 55."""
    (sentence,) = said((measure, found(value, value - 0.1 * abs(value), value + 0.1 * abs(value))))
    assert f" {words} " in sentence
    assert " -" not in sentence
    assert "(-" not in sentence


def test_shares_differ_by_percentage_points() -> None:
    """0.9 % to 1.1 % of a share of 98 % is about a point, not about one percent."""
    (sentence,) = said((DELIVERED, found(-0.01, -0.011, -0.009)))
    assert sentence == (
        "B against A: delivered minutes is 1.00 percentage points lower (95 %: 0.90 to 1.10)."
    )


def test_what_is_not_established_is_said_with_its_interval() -> None:
    assert said((COST, found(-1240, -1300, -1180)), (WAIT, found(0.5, -1, 2)))[1:] == [
        "Not established: P95 wait (+0.5 s, -1.0 to 2.0)."
    ]


def test_nothing_established_is_the_first_thing_said() -> None:
    assert said((COST, found(3, -40, 46)))[:2] == [
        "B against A: no difference is established.",
        "Not established: cost per month (+3 USD, -40 to 46).",
    ]


def test_a_difference_that_is_the_same_in_all_runs_needs_six_of_them() -> None:
    """2 / 2^6 = 0.031 is less than 0.05, and 2 / 2^5 = 0.063 is not."""
    assert said((COST, found(-300, n=6))) == [
        "B is cheaper than A by 300.00 USD a month (the same in all 6 runs)."
    ]
    assert said((COST, found(-300, n=5))) == [
        "B against A: no difference is established.",
        "Not established: cost per month (-300.00 USD, the same in all 5 runs).",
    ]


def test_what_is_the_same_is_neither_established_nor_unknown() -> None:
    assert said((COST, found(0)), (WAIT, found(0))) == [
        "B against A: the same.",
        "The same in all 20 runs: cost per month and P95 wait.",
    ]


def test_one_run_of_each_establishes_nothing() -> None:
    assert said((COST, found(-31.95, n=1)), (WAIT, found(2, n=1)), (DELIVERED, found(0, n=1))) == [
        "B against A: no difference is established.",
        "The same: delivered minutes.",
        "One run of each establishes nothing: cost per month -31.95 USD and P95 wait +2.0 s.",
    ]


def test_skewed_runs_are_told_of_all_measures_in_one_sentence() -> None:
    """Three runs of 0 and one of 100 lean far to one side, however the baseline is."""
    leaning = paired([0.0] * 4, [0.0, 0.0, 0.0, 100.0])
    assert leaning.estimate.has("skewed")
    assert said((COST, leaning), (WAIT, leaning))[-2] == (
        "Mind: the intervals of cost per month and P95 wait may contain the truth less often than "
        "stated, since the runs are few and skewed."
    )


@pytest.mark.parametrize(
    ("other", "words"),
    [
        # 10, 20, 30 against 11, 21.5, 32: differences of 1, 1.5, 2 with squares 0.5 about their
        # mean, where separate runs have 200 + 220.5.
        ((11, Decimal("21.5"), 32), "it would take 841 times as many runs"),
        # Differences of 10, -10, -20: squares of 466.7, where separate runs have 200 + 66.7.
        ((20, 10, 10), "gains nothing for cost per month"),
    ],
)
def test_what_pairing_gains_is_said(other: Sequence[Decimal], words: str) -> None:
    difference = paired([Decimal(n) for n in (10, 20, 30)], [Decimal(n) for n in other])
    assert words in said((COST, difference))[-1]


def test_a_difference_alone_has_a_sign() -> None:
    assert signed_text(found(1240, 1180, 1300), COST) == "+1,240 USD, 1,180 to 1,300"
    assert signed_text(found(-1240, -1300, -1180), COST, unit=False) == "-1,240, -1,300 to -1,180"
    assert signed_text(found(0), COST) == "the same in all 20 runs"
    assert signed_text(found(0, n=1), COST) == "the same"
    assert signed_text(found(0, -1, 1), WAIT) == "0.0 s, -1.0 to 1.0"


def test_a_size_says_what_it_is_of() -> None:
    assert size_text(found(-31.6, -35.8, -27.4), COST, "in 2 w") == (
        "31.6 USD in 2 w (95 %: 27.4 to 35.8)"
    )


def test_zero_with_spread_is_not_the_same() -> None:
    assert not is_same(found(0, -1, 1))
    assert is_same(found(0))


def test_words_are_listed_as_one_says_them() -> None:
    assert [listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a", "a and b", "a, b and c",
    ]  # fmt: skip
