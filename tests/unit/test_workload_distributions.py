"""Durations by inversion: means and spreads against closed forms, edges, rounding."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from sim.scenario import ScenarioError
from sim.scenario.distributions import Distribution, Law
from sim.scenario.workload import Spread
from sim.units import HOUR
from sim.workload.distributions import (
    choices,
    mean,
    poisson_counts,
    sample,
    spread_offsets,
    unit_gamma,
)

GRID = (np.arange(400_000) + 0.5) / 400_000
"""Every quantile once: the mean over it is an integral by the midpoint rule, without chance."""
SMALLEST, LARGEST = 2.0**-53, 1 - 2.0**-53


def law(written: Any) -> Law:
    parsed: Law = TypeAdapter(Distribution).validate_python(written)
    return parsed


def weibull_cv(shape: float) -> float:
    first, second = math.gamma(1 + 1 / shape), math.gamma(1 + 2 / shape)
    return math.sqrt(second / first**2 - 1)


# Standard deviation over mean in closed form; the mean of each is 2 h.
LAWS: list[tuple[Any, float, float]] = [
    ("2 h", 0.0, 1e-9),
    ({"uniform": {"low": "1 h", "high": "3 h"}}, (2 / math.sqrt(12)) / 2, 1e-6),
    ({"exponential": "2 h"}, 1.0, 1e-4),
    ({"lognormal": {"mean": "2 h", "cv": 0.3}}, 0.3, 1e-4),
    ({"lognormal": {"mean": "2 h", "cv": 1.5}}, 1.5, 0.03),
    ({"gamma": {"mean": "2 h", "cv": 0.5}}, 0.5, 1e-4),
    ({"gamma": {"mean": "2 h", "cv": 1.3}}, 1.3, 1e-3),
    ({"weibull": {"mean": "2 h", "shape": 2.0}}, weibull_cv(2.0), 1e-4),
    ({"weibull": {"mean": "2 h", "shape": 0.7}}, weibull_cv(0.7), 2e-3),
    ({"hyperexponential": {"mean": "2 h", "cv": 1}}, 1.0, 1e-4),
    ({"hyperexponential": {"mean": "2 h", "cv": 3}}, 3.0, 3e-3),
]


@pytest.mark.parametrize(("written", "cv", "tolerance"), LAWS, ids=lambda value: str(value)[:60])
def test_mean_and_cv_are_those_asked_for(written: Any, cv: float, tolerance: float) -> None:
    durations = sample(law(written), GRID)

    assert mean(law(written)) == 2 * HOUR
    assert durations.mean() == pytest.approx(2 * HOUR, rel=max(tolerance / 5, 1e-7))
    assert durations.std() / durations.mean() == pytest.approx(cv, rel=tolerance, abs=1e-9)


@pytest.mark.parametrize("written", [written for written, _, _ in LAWS], ids=str)
def test_the_ends_of_the_unit_interval_give_finite_durations(written: Any) -> None:
    ends = sample(law(written), np.array([SMALLEST, LARGEST]))

    assert ends.dtype == np.int64
    assert (ends >= 0).all()
    assert (ends < 2**53).all()


@pytest.mark.parametrize("written", [written for written, _, _ in LAWS], ids=str)
def test_each_duration_comes_from_its_own_number(written: Any) -> None:
    numbers = GRID[:: len(GRID) // 50]

    together = sample(law(written), numbers)
    alone = [int(sample(law(written), numbers[n : n + 1])[0]) for n in range(len(numbers))]

    assert together.tolist() == alone


def test_all_but_the_hyperexponential_rise_with_their_number() -> None:
    for written, _, _ in LAWS:
        if "hyperexponential" not in written:
            assert (np.diff(sample(law(written), GRID)) >= 0).all()


def test_half_milliseconds_go_to_the_even_one() -> None:
    # Uniform from 0 to 10 ms: 0.05 is 0.5 ms, 0.15 is 1.5 ms, 0.25 is 2.5 ms.
    uniform = law({"uniform": {"low": "0 ms", "high": "10 ms"}})

    assert sample(uniform, np.array([0.05, 0.15, 0.25])).tolist() == [0, 2, 2]


def test_the_hyperexponential_is_two_exponentials_with_half_of_the_load_each() -> None:
    # cv 3: p = (1 + sqrt(8 / 10)) / 2 = 0.947214; mean 2 h: phases of 2 h / (2 p) = 1.055728 h and
    # 2 h / (2 (1 - p)) = 18.944272 h.
    p = (1 + math.sqrt(8 / 10)) / 2
    durations = sample(law({"hyperexponential": {"mean": "2 h", "cv": 3}}), GRID) / HOUR

    short, long = durations[p > GRID], durations[p < GRID]

    assert short.mean() == pytest.approx(1.055728, rel=1e-4)
    assert long.mean() == pytest.approx(18.944272, rel=1e-3)
    assert short.sum() == pytest.approx(long.sum(), rel=1e-3)


def test_an_extreme_hyperexponential_has_no_infinite_durations() -> None:
    durations = sample(law({"hyperexponential": {"mean": "2 h", "cv": 1000}}), GRID)

    assert durations.min() >= 0
    assert durations.max() < 2**53


def test_gamma_quantiles_of_mean_one() -> None:
    # cv 1 is the exponential law, whose median is ln 2.
    assert unit_gamma(1.0, np.array([0.5]))[0] == pytest.approx(math.log(2))


class TestMeasured:
    def file(self, folder: Path, text: str) -> Path:
        path = folder / "lengths.csv"
        path.write_text(text, encoding="utf-8")
        return path

    def law(self, path: Path, unit: str = "min") -> Law:
        return law({"empirical": {"csv": str(path), "column": "length", "unit": unit}})

    def test_each_measured_duration_comes_as_often_as_it_was_measured(self, tmp_path: Path) -> None:
        measured = self.law(self.file(tmp_path, "who,length\na,30\nb,10\nc,10\nd,0.5\n"))

        durations = sample(measured, np.array([0.1, 0.3, 0.6, 0.9, SMALLEST, LARGEST]))

        minute = 60_000
        assert durations.tolist() == [
            minute // 2, 10 * minute, 10 * minute, 30 * minute, minute // 2, 30 * minute
        ]  # fmt: skip
        assert mean(measured) == (30 + 10 + 10 + 0.5) / 4 * minute

    def test_a_file_that_changed_is_read_anew(self, tmp_path: Path) -> None:
        path = self.file(tmp_path, "length\n1\n")
        assert sample(self.law(path), np.array([0.5])).tolist() == [60_000]

        path.write_text("length\n2\n3\n", encoding="utf-8")

        assert sample(self.law(path), np.array([0.4])).tolist() == [120_000]

    @pytest.mark.parametrize(
        ("text", "complaints"),
        [
            ("size\n1\n", [":1:1: length: required column, and missing"]),
            ("length\n", [":2:1: length: expected at least one duration, got none"]),
            (
                "length\n1\n-2\nabc\nnan\n\n4\n",
                [
                    ":3:1: length: expected a duration of 0 or more, got '-2'",
                    ":4:1: length: expected a finite number, got 'abc'",
                    ":5:1: length: expected a finite number, got 'nan'",
                ],
            ),
            (
                "length,who\n1,a\n,b\n",
                [":3:1: length: expected a duration of 0 or more, got nothing"],
            ),
        ],
    )
    def test_a_wrong_file_is_refused_row_by_row(
        self, tmp_path: Path, text: str, complaints: list[str]
    ) -> None:
        measured = self.law(self.file(tmp_path, text))

        with pytest.raises(ScenarioError) as caught:
            sample(measured, np.array([0.5]))

        messages = [str(problem) for problem in caught.value.problems]
        assert len(messages) == len(complaints)
        for message, complaint in zip(messages, complaints, strict=True):
            assert message.endswith(complaint)

    def test_a_missing_file_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ScenarioError, match="lengths"):
            sample(self.law(tmp_path / "lengths.csv"), np.array([0.5]))


class TestSpread:
    def spread(self, written: Any) -> Any:
        return TypeAdapter(Spread).validate_python(written)

    def test_none_is_to_the_second(self) -> None:
        assert spread_offsets(self.spread("none"), GRID[:5]).tolist() == [0] * 5

    def test_uniform_has_a_half_width(self) -> None:
        offsets = spread_offsets(self.spread({"uniform": "30 min"}), GRID)

        assert (offsets.min(), offsets.max()) == (-1_799_996, 1_799_996)
        assert offsets.std() == pytest.approx(30 * 60_000 / math.sqrt(3), rel=1e-5)

    def test_normal_is_cut_at_four_standard_deviations(self) -> None:
        offsets = spread_offsets(self.spread({"normal": "10 min"}), np.array([SMALLEST, LARGEST]))

        assert offsets.tolist() == [-40 * 60_000, 40 * 60_000]

    def test_normal_keeps_its_standard_deviation(self) -> None:
        # A normal law cut at c has variance 1 - 2 c phi(c) / (2 Phi(c) - 1); at 4: 0.99893.
        offsets = spread_offsets(self.spread({"normal": "10 min"}), GRID)
        density = math.exp(-8) / math.sqrt(2 * math.pi)
        variance = 1 - 8 * density / math.erf(4 / math.sqrt(2))

        assert variance == pytest.approx(0.99893, abs=1e-5)
        assert offsets.std() == pytest.approx(600_000 * math.sqrt(variance), rel=1e-5)
        assert abs(offsets.mean()) < 1


@pytest.mark.parametrize("expected", [0.0, 1e-9, 0.3, 1.0, 7.5, 60.0, 5_000.0])
def test_poisson_numbers_by_inversion(expected: float) -> None:
    counts = poisson_counts(expected, GRID)

    assert counts.mean() == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert counts.var() == pytest.approx(expected, rel=2e-3, abs=1e-5)
    assert poisson_counts(expected, np.array([SMALLEST]))[0] >= 0
    # P(N = 0) = exp(-expected)
    assert np.mean(counts == 0) == pytest.approx(math.exp(-expected), abs=1e-5)


def test_choices_follow_the_shares() -> None:
    chosen = choices([0.5, 0.0, 0.3, 0.2], GRID)

    assert np.bincount(chosen, minlength=4).tolist() == [200_000, 0, 120_000, 80_000]


def test_thirds_that_do_not_add_up_to_a_float_one_choose_no_fourth() -> None:
    assert choices([1 / 3, 1 / 3, 1 / 3], np.array([LARGEST]))[0] == 2
    assert choices([1.0, 0.0], np.array([LARGEST]))[0] == 0
