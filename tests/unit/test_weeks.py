"""Whole weeks of one run as observations: what belongs to which, and when they give an interval."""

from decimal import Decimal
from pathlib import Path

import pytest

import sim
from sim.api.folder import WEEKS, is_result
from sim.report.estimates import interval_text
from sim.study.estimation import weekly
from sim.study.observations import MEASURES, Observation, Observations
from sim.study.statistics import weekly_mean, weekly_ratio
from sim.study.weekly import by_week
from tests.small_office import TEXT, write_office
from tests.unit.test_observations import PAIR


def weeks_of(run: sim.Run) -> list[dict[str, Observation]]:
    assert run.facts is not None
    return by_week(run.scenario.spec, run.names.users, run.facts)


def part(numerator: object, denominator: object = 1) -> Observation:
    return Observation(Decimal(str(numerator)), Decimal(str(denominator)))


# --- what belongs to which week


def test_a_week_of_two_people_is_counted_by_hand(tmp_path: Path) -> None:
    """September 2026 begins on a Tuesday: each of its four whole weeks, Tuesday to Monday, has five
    working days, two sessions of 8 h on each, and waits of 17 and 19 s. The last two days are over.
    """
    hour = 3_600_000
    weeks = weeks_of(sim.run(write_office(tmp_path, PAIR)))
    assert len(weeks) == 4
    for week in weeks:
        assert week == {
            "wait_mean_s": part(5 * (17 + 19), 10),
            "wait_p50_s": part(17),
            "wait_p95_s": part(19),
            "wait_p99_s": part(19),
            "logon_success": part(10, 10),
            "delivered_minutes": part(80 * hour, 80 * hour),
            "connected_hours": part(80 * hour, hour),
        }


def test_whole_weeks_add_up_to_the_run_and_fleets_to_all(tmp_path: Path) -> None:
    run = sim.run(write_office(tmp_path, TEXT.replace("14 d", "21 d")))
    weeks = weeks_of(run)
    sessions = sum((week["logon_success"].denominator for week in weeks), Decimal(0))
    delivered = sum((week["delivered_minutes"].numerator for week in weeks), Decimal(0))
    assert sessions == run.measures.logon_success.whole
    assert delivered == run.measures.delivered.delivered
    for week in weeks:
        fleets = [week[f"connected_hours[{name}]"].numerator for name in ("staff", "part-time")]
        assert sum(fleets) == week["connected_hours"].numerator


def test_a_week_without_anybody_says_nothing_about_waiting(tmp_path: Path) -> None:
    text = PAIR.replace("users: 2", "users: 0").replace("{months: 1}", "7 d")
    (week,) = weeks_of(sim.run(write_office(tmp_path, text)))
    assert week == {"connected_hours": part(0, 3_600_000)}


# --- when they give an interval


def alike(*waits: float) -> list[Observations]:
    return [{"wait_mean_s": part(wait * 10, 10), "wait_p95_s": part(wait)} for wait in waits]


UNLIKE = (3, 1, 4, 1, 5, 9, 2, 6, 5, 3)
GROWING = tuple(range(10, 20))


@pytest.mark.parametrize("key", ["wait_mean_s", "wait_p95_s"])
def test_ten_weeks_that_do_not_resemble_each_other_give_an_interval(key: str) -> None:
    found = weekly(alike(*UNLIKE), key)
    assert (found.value, found.n, found.method) == (3.9, 10, "weeks")
    assert found.low is not None
    assert found.low < 3.9


@pytest.mark.parametrize("key", ["wait_mean_s", "wait_p95_s"])
def test_weeks_that_grow_give_none_and_say_why(key: str) -> None:
    found = weekly(alike(*GROWING), key)
    assert (found.value, found.low) == (14.5, None)
    assert found.has("dependent")


@pytest.mark.parametrize("key", ["wait_mean_s", "wait_p95_s"])
def test_nine_weeks_are_too_few_and_equal_ones_have_no_spread(key: str) -> None:
    few = weekly(alike(*UNLIKE[:9]), key)
    assert (few.low, few.notes[0].kind) == (None, "too few")
    same = weekly(alike(*[2] * 12), key)
    assert (same.low, same.notes[0].kind) == (None, "same")
    assert interval_text(same, MEASURES[key]) == "the same in all 12 weeks"


def test_a_ratio_is_that_of_sums_over_the_weeks() -> None:
    """(9 x 10 + 40) / (9 x 10 + 1) waits of 1 s but one of 40 s: 1.43 s, not the mean of 4.9 s."""
    found = weekly_ratio([10.0] * 9 + [40.0], [10.0] * 9 + [1.0])
    assert found.value == pytest.approx((9 * 10 + 40) / (9 * 10 + 1))
    assert weekly_ratio([0.0] * 10, [0.0] * 10).has("nothing")


def test_notes_speak_of_weeks() -> None:
    skewed = [0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    for found in (weekly_mean(skewed), weekly_ratio(skewed, [1.0] * 10)):
        assert found.has("skewed")
        assert "the weeks are skewed" in found.notes[0].text
        assert "runs" not in found.notes[0].text


# --- the file


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> sim.Scenario:
    text = TEXT.replace("14 d", "71 d").replace("warm_up: 1 d\n", "")
    return sim.load(write_office(tmp_path_factory.mktemp("long"), text))


def test_a_run_of_ten_whole_weeks_writes_them(long: sim.Scenario, tmp_path: Path) -> None:
    run = sim.run(long, out=tmp_path / "a")
    assert is_result(tmp_path / "a")
    lines = (tmp_path / "a" / WEEKS).read_text().splitlines()
    assert lines[0].split(",") == list(run.weekly.columns)
    assert len(lines) == 1 + len(run.weekly)
    assert {*run.weekly["n"]} == {10}
    assert "cost" not in {*run.weekly["measure"]}
    assert {*run.weekly["fleet"]} == {"", "staff", "part-time"}


def test_shorter_runs_and_several_do_not(long: sim.Scenario, tmp_path: Path) -> None:
    sim.run(long.with_overrides("horizon=69 d"), out=tmp_path / "short")
    sim.replicate(long, 2, out=tmp_path / "many")
    assert not list(tmp_path.glob(f"*/{WEEKS}"))


def test_they_are_counted_before_the_facts_are_thrown_away(
    long: sim.Scenario, tmp_path: Path
) -> None:
    sim.run(long, out=tmp_path / "full")
    sim.run(long, out=tmp_path / "bare", facts=False)
    assert (tmp_path / "full" / WEEKS).read_bytes() == (tmp_path / "bare" / WEEKS).read_bytes()
    with pytest.raises(LookupError, match="kept no facts"):
        _ = sim.run(long, facts=False).weekly


def test_less_than_a_week_has_none(long: sim.Scenario) -> None:
    assert sim.run(long.with_overrides("horizon=6 d")).weekly.empty
