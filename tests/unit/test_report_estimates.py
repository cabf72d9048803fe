"""How estimates are written: no more digits than hold, and why there is no interval."""

import pytest

from sim.report.estimates import estimate_text, interval_text, value_text, warnings
from sim.study.observations import MEASURES
from sim.study.statistics import Estimate, mean, quantile


def around(value: float, half: float, level: float = 0.95) -> Estimate:
    return Estimate(value, value - half, value + half, 30, level, "t")


@pytest.mark.parametrize(
    ("measure", "value", "half", "text"),
    [
        ("cost", 34947.256, 34.85, "34,947 USD (95 %: 34,912 to 34,982)"),
        ("cost", 34947.256, 3.485, "34,947.3 USD (95 %: 34,943.8 to 34,950.7)"),
        ("cost", 34947.256, 0.0348, "34,947.26 USD (95 %: 34,947.22 to 34,947.29)"),
        ("cost", 34947.256, 3485.0, "34,947 USD (95 %: 31,462 to 38,432)"),
        ("cost_per_connected_hour", 0.83402, 0.0034, "0.8340 USD (95 %: 0.8306 to 0.8374)"),
        ("wait_p95_s", 112.34, 0.0341, "112.3 s (95 %: 112.3 to 112.4)"),
        ("delivered_minutes", 0.98714, 0.0012, "98.71 % (95 %: 98.59 to 98.83)"),
        ("service_uptime", 0.9999871, 0.0000012, "99.9987 % (95 %: 99.9986 to 99.9988)"),
        ("lost_hours", 0.001, 0.3, "0.00 h (95 %: -0.30 to 0.30)"),
        ("interruptions", 58.6, 1.8, "58.6 (95 %: 56.8 to 60.4)"),
    ],
)
def test_numbers_end_at_the_second_digit_of_the_half_width(
    measure: str, value: float, half: float, text: str
) -> None:
    if measure == "lost_hours":
        text = text.replace("0.00", "0.0").replace("0.30", "0.3")  # hours have one decimal at most
    assert estimate_text(around(value, half), MEASURES[measure]) == text


def test_the_level_is_said() -> None:
    assert "(99.5 %: " in estimate_text(around(10, 1, 0.995), MEASURES["cost"])


def test_an_exact_number_has_no_interval_and_needs_none() -> None:
    exact = Estimate.exact(50.0)
    assert estimate_text(exact, MEASURES["cost"]) == "50.00 USD"
    assert interval_text(exact, MEASURES["cost"]) == "exact"


def test_the_same_in_all_runs_is_not_called_exact() -> None:
    same = mean([50.0] * 3)
    assert estimate_text(same, MEASURES["cost"]) == "50.00 USD (the same in all 3 runs)"


def test_one_run_has_no_interval() -> None:
    assert interval_text(mean([50.0]), MEASURES["cost"]) == "one run has no interval"


def test_too_few_runs_say_how_many_it_takes() -> None:
    few = quantile([float(n) for n in range(30)], 0.95)
    assert estimate_text(few, MEASURES["cost"]) == "28.00 USD (P95 needs 72 runs)"


def test_no_runs_have_no_number() -> None:
    assert value_text(mean([]), MEASURES["wait_p95_s"]).startswith("-")
    assert interval_text(mean([]), MEASURES["wait_p95_s"]) == "there are no runs"


def test_nobody_reads_minus_nothing() -> None:
    assert value_text(around(-0.001, 0.3), MEASURES["lost_hours"]) == "0.0 h"


def test_a_warning_is_of_an_interval_that_there_is() -> None:
    assert warnings(mean([50.0])) == []
    skewed = mean([0.0, 0.0, 0.0, 9.0])
    assert [text[:19] for text in warnings(skewed)] == ["the runs are skewed"]
