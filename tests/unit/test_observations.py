"""What a run says about each measure, counted by hand; and what many of them say together."""

from decimal import Decimal
from pathlib import Path

import pytest

import sim
from sim.api.observing import observations
from sim.study.estimation import difference, estimate, estimates, keys_of, quantiles
from sim.study.observations import MEASURES, Observation, Observations, in_order, parted, words_of
from tests.small_office import PRICES, write_office

PAIR = f"""\
version: 1
name: pair
description: Two people who come at nine sharp and meet at the directory.
region: us-east-1
start: 2026-09-01
horizon: {{months: 1}}
prices:
  book: {PRICES / "us-east-1.csv"}
directory:
  servers: 1
  service_time: 2 s
fleets:
  office:
    bundle: standard
    running_mode: AlwaysOn
    user_volume: 50 GB
    logon: {{streaming: 5 s, os_logon: 10 s}}
populations:
  office:
    users: 2
    fleet: office
    shift: {{start: 9:00, spread: none}}
    session_length: 8 h
    endings: {{logoff: 100 %}}
"""
"""September 2026 begins on a Tuesday and has 22 working days: 44 sessions of 8 h, 352 h.

Each morning one waits 2 s at the directory, 5 s for the stream and 10 s for the system, 17 s, and
the other, who stands in line for 2 s more, 19 s. Two AlwaysOn desktops cost 35 USD each.
"""


def seen(text: str, folder: Path) -> dict[str, Observation]:
    return observations(sim.run(write_office(folder, text), facts=False))


def part(numerator: object, denominator: object = 1) -> Observation:
    return Observation(Decimal(str(numerator)), Decimal(str(denominator)))


# --- one run


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observation]:
    return seen(PAIR, tmp_path_factory.mktemp("pair"))


def test_a_month_of_two_people_is_counted_to_the_cent_and_the_millisecond(
    pair: dict[str, Observation],
) -> None:
    hour = 3_600_000
    days = {name: one for name, one in pair.items() if not parted(name)[1]}
    assert days == {
        "cost": part("70.00"),
        "cost_per_month": part("70.00", 1),
        "cost_per_user_month": part("70.00", 2),
        "cost_per_connected_hour": part(70 * hour, 352 * hour),
        "logon_mean_s": part(22 * (17 + 19), 44),
        "logon_p50_s": part(17),
        "logon_p95_s": part(19),
        "logon_p99_s": part(19),
        "wait_mean_s": part(22 * (17 + 19), 44),
        "wait_p50_s": part(17),
        "wait_p95_s": part(19),
        "wait_p99_s": part(19),
        "logon_success": part(44, 44),
        "attempt_success": part(44, 44),
        "delivered_minutes": part(352 * hour, 352 * hour),
        "service_uptime": part(2 * 30 * 24 * hour, 2 * 30 * 24 * hour),
        "lost_hours": part(0, hour),
        "interruptions": part(0),
        "connected_hours": part(352 * hour, hour),
        "connected_peak": part(2),
        "running_peak": part(2),
    }
    assert list(days) == list(MEASURES)


def test_the_only_fleet_has_what_all_have_but_what_nobody_asks_of_a_fleet(
    pair: dict[str, Observation],
) -> None:
    of_fleet = {parted(key)[0].name for key in pair if parted(key)[1] == "office"}
    assert of_fleet == {
        name
        for name in MEASURES
        if not name.startswith(("logon_p", "logon_mean", "connected_", "running_"))
    } - {"cost_per_month", "attempt_success", "interruptions"}
    assert all(pair[f"{name}[office]"] == pair[name] for name in of_fleet)


def test_months_that_are_not_whole_cost_nothing_per_month(tmp_path: Path) -> None:
    found = seen(PAIR.replace("{months: 1}", "7 d"), tmp_path)
    assert found["cost"] == part("16.33")  # 2 desktops x 35 USD x 7 / 30 = 16.333
    assert not {"cost_per_month", "cost_per_user_month", "cost_per_user_month[office]"} & {*found}


def test_a_day_on_which_nobody_comes_says_nothing_about_waiting(tmp_path: Path) -> None:
    sunday = PAIR.replace("2026-09-01", "2026-09-06").replace("{months: 1}", "1 d")
    found = seen(sunday, tmp_path)
    assert {key for key in found if not parted(key)[1]} == {
        "cost",
        "service_uptime",
        "lost_hours",
        "interruptions",
        "connected_hours",
        "connected_peak",
        "running_peak",
    }
    assert found["connected_hours"].value == 0


# --- names


def test_measures_are_reported_all_together_first_then_fleet_by_fleet() -> None:
    keys = ["wait_p50_s[b]", "cost[b]", "wait_p50_s", "cost[a]", "cost"]
    assert in_order(keys) == ["cost", "wait_p50_s", "cost[b]", "wait_p50_s[b]", "cost[a]"]
    assert parted("wait_p50_s[b]") == (MEASURES["wait_p50_s"], "b")
    assert [words_of(key) for key in ("wait_p50_s", "cost[b]")] == ["P50 wait", "cost of b"]
    with pytest.raises(KeyError):
        parted("wait_p51_s")


# --- many runs


def month(cost: object, waits: tuple[object, object] | None) -> Observations:
    """One run: its cost, and seconds waited by so many people, if anybody came."""
    found = {"cost": part(cost)}
    return found if waits is None else found | {"wait_mean_s": part(*waits)}


MONTHS = [month(100, (10, 1)), month(110, (30, 9)), month(120, None)]


def test_a_sum_is_the_mean_over_runs_and_a_ratio_that_of_sums() -> None:
    """(100 + 110 + 120) / 3 = 110. Of the waits (10 + 30) / (1 + 9) = 4, not (10 + 3.33) / 2."""
    found = estimates(MONTHS)
    assert list(found) == keys_of(MONTHS) == ["cost", "wait_mean_s"]
    assert (found["cost"].value, found["cost"].n, found["cost"].method) == (110, 3, "t")
    assert (found["wait_mean_s"].value, found["wait_mean_s"].method) == (4, "hall")


def test_the_interval_of_a_sum_is_students() -> None:
    """110 +- t(0.975, 2) x 10 / sqrt(3) = 110 +- 4.303 x 5.774 = 110 +- 24.84."""
    found = estimate(MONTHS, "cost")
    assert found.low == pytest.approx(110 - 24.841, abs=1e-3)
    assert found.high == pytest.approx(110 + 24.841, abs=1e-3)


def test_a_run_that_says_nothing_about_a_measure_is_not_counted_in_it() -> None:
    assert estimate(MONTHS, "wait_mean_s").n == 2
    assert estimate(MONTHS, "wait_p95_s").value is None
    assert estimate(MONTHS, "wait_p95_s").has("nothing")


def test_no_interval_reaches_where_no_truth_can_lie() -> None:
    """0 and 10 h lost: 5 +- 12.7 x 5 h, of which nothing is below 0; and no share is above 1."""
    lost = [{"lost_hours": part(0)}, {"lost_hours": part(10)}]
    found = estimate(lost, "lost_hours")
    assert (found.low, found.value) == (0, 5)
    assert found.high == pytest.approx(5 + 12.706 * 5, abs=1e-2)

    shares = [{"logon_success": part(99, 100)}, {"logon_success": part(100, 100)}]
    assert estimate(shares, "logon_success").high == 1


def test_quantiles_over_runs_are_of_what_one_run_comes_to() -> None:
    runs = [month(cost, None) for cost in range(1, 101)]
    found = quantiles(runs, "cost")
    assert {percent: one.value for percent, one in found.items()} == {
        10: 10,
        50: 50,
        90: 90,
        95: 95,
    }
    assert all(one.method == "order statistics" and one.n == 100 for one in found.values())


def test_a_difference_is_of_runs_in_which_both_say_something() -> None:
    """Costs differ by 5, 6 and 10: by 7. Waits are compared over the first two runs."""
    dearer = [month(105, (20, 1)), month(116, (60, 9)), month(130, (5, 5))]
    cost = difference(MONTHS, dearer, "cost").estimate
    assert (cost.value, cost.n, cost.method) == (7, 3, "paired t")
    waits = difference(MONTHS, dearer, "wait_mean_s").estimate
    assert (waits.value, waits.n) == (8 - 4, 2)
