"""The formulas of `sim.study.statistics` against tables that others computed.

Source: `oracles/README.md`, sections 3.1 to 3.6.
"""

import math
from typing import Any

import pytest
from scipy import stats

from sim.study.statistics import (
    order_statistic_ranks,
    quantile,
    ratio,
    replications_for_quantile,
    replications_for_relative_halfwidth,
    truncation,
)
from tests.analytical.agreement import named, oracle, oracle_json

RATIOS = oracle_json("ratio_ci_vectors")
SERIES = oracle_json("mser_vectors")


def number_of_runs(vector: dict[str, Any]) -> str:
    return f"{len(vector['numerators'])} runs"


@pytest.mark.parametrize("vector", RATIOS, ids=number_of_runs)
def test_ratios_by_three_methods(vector: dict[str, Any]) -> None:
    """The table's values to 12 digits, and not the mean of ratios, which is 8 to 36 % larger."""
    runs = vector["numerators"], vector["denominators"]
    delta, jackknife, fieller, hall = (
        ratio(*runs, method=method) for method in ("delta", "jackknife", "fieller", "hall")
    )

    assert delta.value == pytest.approx(vector["ratio"], rel=1e-12)
    assert delta.half_width == pytest.approx(vector["delta_halfwidth_95"], rel=1e-12)
    assert jackknife.value == pytest.approx(vector["jackknife"], rel=1e-12)
    assert jackknife.half_width == pytest.approx(vector["jackknife_halfwidth_95"], rel=1e-12)
    assert (fieller.low, fieller.high) == pytest.approx(tuple(vector["fieller_95"]), rel=1e-12)
    assert fieller.value == hall.value == delta.value
    assert vector["naive_mean_of_ratios"] > 1.08 * vector["ratio"]


def test_every_row_of_order_statistics() -> None:
    """Ranks and what the interval covers of a continuous law, or that there is no such rank."""
    rows = oracle("quantile_ci_order_statistics")
    assert len(rows) > 100
    for row in rows:
        n, q, level = int(row["n"]), float(row["quantile"]), float(row["level"])
        lower, upper = order_statistic_ranks(n, q, level)
        assert [str(lower or ""), str(upper or "")] == [
            row["lower_index_1based"],
            row["upper_index_1based"],
        ]
        found = quantile(range(1, n + 1), q, level=level)
        if lower is None or upper is None:
            [note] = found.notes
            assert note.kind == "too few"
            assert replications_for_quantile(q, level) > n
            continue
        covered = stats.binom.cdf(upper - 1, n, q) - stats.binom.cdf(lower - 1, n, q)
        assert covered == pytest.approx(float(row["exact_coverage_continuous"]), abs=1e-9)
        assert (found.low, found.high, found.notes) == (lower, upper, ())
        assert replications_for_quantile(q, level) <= n


@pytest.mark.parametrize("row", oracle("replications_for_relative_halfwidth"), ids=named)
def test_runs_that_a_precision_takes(row: dict[str, str]) -> None:
    """The smallest n with t(n - 1) cv / sqrt(n) <= g / (1 + g), and not one run more.

    The table was made in steps of up to 0.04 % of n: above 5,000 runs it is so much too large.
    """
    cv, g, level = (float(row[n]) for n in ("cv_of_replication", "rel_halfwidth_gamma", "level"))
    listed = int(row["n_min_law_adjusted"])
    needed = replications_for_relative_halfwidth(cv, g, level)

    assert needed <= listed <= 1.0004 * needed
    assert needed == listed or listed > 4_500
    half = [
        float(stats.t.ppf((1 + level) / 2, n - 1)) * cv / math.sqrt(n) for n in (needed - 1, needed)
    ]
    assert half[0] > g / (1 + g) >= half[1]


@pytest.mark.parametrize("series", SERIES, ids=lambda series: series["name"])
def test_where_a_beginning_ends(series: dict[str, Any]) -> None:
    """The exact points of MSER and MSER-5, their statistic and the mean of the rest."""
    single, five = truncation(series["x"], batch=1), truncation(series["x"])

    assert (single.dropped, five.dropped) == (series["mser_d"], series["mser5_d_obs"])
    assert single.statistic == pytest.approx(series["mser_value"], rel=1e-9)
    assert single.mean == pytest.approx(series["mser_mean"], rel=1e-9)
    assert five.statistic == pytest.approx(series["mser5_value"], rel=1e-9)
    assert five.mean == pytest.approx(series["mser5_mean"], rel=1e-9)
