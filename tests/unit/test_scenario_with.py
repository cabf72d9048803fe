"""A changed copy of a scenario, from values of Python."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.scenario import ScenarioError
from tests.small_office import PRICES, write_office

HOUR = 3_600_000
TIMEOUT = "fleets.part-time.autostop_timeout"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> sim.Scenario:
    return sim.load(write_office(tmp_path_factory.mktemp("office")))


def problems(office: sim.Scenario, settings: dict[str, Any]) -> list[str]:
    with pytest.raises(ScenarioError) as refused:
        office.with_(**settings)
    return [str(problem) for problem in refused.value.problems]


def test_a_copy_is_changed_and_the_scenario_is_not(office: sim.Scenario) -> None:
    other = office.with_(seed=8, **{TIMEOUT: "2 h"})

    assert other.spec.seed == 8
    assert other.spec.fleets["part-time"].autostop_timeout == 2 * HOUR
    assert office.spec.fleets["part-time"].autostop_timeout == HOUR
    assert office.with_().hash == office.hash


def test_it_is_what_the_command_line_makes_of_the_same(office: sim.Scenario) -> None:
    """And can be laid over again: a scenario remembers what was asked for as text."""
    other = office.with_(**{TIMEOUT: "2 h"})

    assert other.hash == office.with_overrides(f"{TIMEOUT}=2 h").hash
    assert other.overrides == (f'{TIMEOUT}="2 h"',)
    assert other.with_(seed=8).hash == office.with_overrides(f"{TIMEOUT}=2 h", "seed=8").hash


@pytest.mark.parametrize(
    ("value", "users"), [(3, 3), (np.int64(4), 4), (np.arange(9)[5], 5)], ids=str
)
def test_whole_numbers_may_be_numpys(office: sim.Scenario, value: Any, users: int) -> None:
    other = office.with_(**{"populations.staff.users": value})
    assert other.spec.populations["staff"].users == users


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), Decimal("0.5"), Fraction(1, 2)], ids=repr)
def test_numbers_are_numbers_of_any_kind(office: sim.Scenario, value: Any) -> None:
    law = {"lognormal": {"mean": "7 h", "cv": value}}
    other = office.with_(**{"populations.staff.session_length": law})
    assert getattr(other.spec.populations["staff"].session_length, "cv", None) == 0.5


def test_days_instants_and_paths_are_what_they_say(office: sim.Scenario) -> None:
    day = office.with_(start=date(2026, 10, 5))
    instant = office.with_(start=datetime(2026, 10, 5, tzinfo=UTC))
    book = office.with_(**{"prices.book": PRICES / "us-east-1.csv"})

    assert day.spec.start == instant.spec.start == datetime(2026, 10, 5, tzinfo=UTC)
    assert Path(book.spec.prices.book) == PRICES / "us-east-1.csv"


def test_a_list_replaces_and_a_mapping_merges(office: sim.Scenario) -> None:
    outages = [{"directory": {"at": f"2026-09-0{day}T09:00Z", "lasts": "1 h"}} for day in (2, 3)]
    other = office.with_(outages=outages, populations={"staff": {"users": 2}})

    assert len(other.spec.outages) == 2
    assert other.with_(outages=outages[:1]).spec.outages == other.spec.outages[:1]
    assert other.spec.populations["staff"].users == 2
    assert other.spec.populations["staff"].fleet == office.spec.populations["staff"].fleet
    assert other.spec.populations.keys() == office.spec.populations.keys()


def test_none_deletes(office: sim.Scenario) -> None:
    """What has a default has it again; what has none is gone, at any depth."""
    longer = office.with_(**{TIMEOUT: "3 h"})
    alone = office.with_(populations={"part-time": None}, **{"fleets.part-time": None})

    assert longer.with_(**{TIMEOUT: None}).spec.fleets["part-time"].autostop_timeout == HOUR
    assert "part-time" in office.spec.populations
    assert "part-time" not in alone.spec.populations
    assert "part-time" not in alone.spec.fleets


def test_text_stays_text(office: sim.Scenario) -> None:
    """On the command line `8` is a number; in Python the quotes say what is meant."""
    words = 'a name: "no", {1}, $x$, ✈ 🚀 = # a\\b'
    assert office.with_(description=words).spec.description == words
    assert problems(office, {"seed": "8"}) == [
        "--set[0]:1:6: seed: expected a whole number, got '8'"
    ]


def test_all_that_is_wrong_is_told_with_its_place(office: sim.Scenario) -> None:
    """The timeout is the second setting in all, after the seed that was there before."""
    assert problems(office.with_(seed=8), {TIMEOUT: "90 min", "populations.staff.users": -5}) == [
        (
            f"--set[1]:1:{len(TIMEOUT) + 2}: {TIMEOUT}: "
            "expected whole hours from 1 h to 48 h, got '90 min'"
        ),
        "--set[2]:1:25: populations.staff.users: expected at least 0, got -5",
    ]


def test_a_setting_that_there_is_not_is_refused(office: sim.Scenario) -> None:
    key = "fleets.part-time.autostop_timout"
    column = len("fleets.part-time.") + 1
    assert problems(office, {key: "2 h"}) == [
        f"--set[0]:1:{column}: {key}: unknown key; did you mean 'autostop_timeout'?"
    ]


@pytest.mark.parametrize("name", ["seed=8 #", "fleets..bundle", "", '"seed', " seed"])
def test_what_is_no_name_says_no_other_setting(office: sim.Scenario, name: str) -> None:
    """`seed=8 #` with 9 would read `seed=8 #=9`, a seed of 8."""
    first, second = problems(office, {name: 9, "x=y": 1})
    assert first.startswith("--set[0]:1:1: expected a setting such as fleets.office.bundle, got ")
    assert second == ("--set[1]:1:1: expected a setting such as fleets.office.bundle, got 'x=y'")


@pytest.mark.parametrize(
    "value",
    [{1, 2}, object(), [b"x"], {"users": {3}}],
    ids=["set", "object", "bytes in a list", "set in a mapping"],
)
def test_what_no_file_can_hold_is_a_mistake_of_the_caller(
    office: sim.Scenario, value: object
) -> None:
    with pytest.raises(TypeError, match=r"^populations\.staff: expected text, a number, "):
        office.with_(**{"populations.staff": value})
