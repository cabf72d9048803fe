"""What two scenarios say differently: laid over the one it gives the other."""

from itertools import pairwise
from pathlib import Path

import pytest

from sim.scenario import load_scenario
from sim.scenario.differences import differences
from sim.scenario.resolved import written_form
from sim.scenario.schema import Scenario
from tests.shipped import NAMES, ROOT
from tests.unit.scenario_files import OFFICE, Folder


def shipped(name: str, overrides: list[str] | None = None) -> Scenario:
    return load_scenario(ROOT / "scenarios" / f"{name}.yaml", overrides or []).scenario


def said(scenario: Scenario) -> dict[str, object]:
    told = written_form(scenario, str)
    return {key: value for key, value in told.items() if key not in {"name", "description"}}


@pytest.mark.parametrize(
    ("one", "other"), [*pairwise(NAMES), *((b, a) for a, b in pairwise(NAMES))]
)
def test_what_is_said_differently_makes_the_one_the_other(one: str, other: str) -> None:
    """With fleets, pools, zones and laws that only one of them has."""
    found = differences(shipped(one), shipped(other))
    assert found
    assert said(shipped(one, [each.override for each in found])) == said(shipped(other))


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_scenario_says_nothing_differently_from_itself(name: str) -> None:
    assert differences(shipped(name), shipped(name)) == []


def test_a_difference_is_told_in_words(tmp_path: Path) -> None:
    """Names of fleets and items may need quotes in a setting."""
    folder = Folder(tmp_path)
    one = folder.load(OFFICE).scenario
    other = folder.load(
        OFFICE.replace("  office:", "  'head.office':").replace(
            "fleet: office", "fleet: head.office"
        )
    ).scenario
    told = {each.path: each for each in differences(one, other)}
    assert ("fleets", "office") in told
    gone, come = told["fleets", "office"], told["fleets", "head.office"]
    assert gone.after is None
    assert gone.override == "fleets.office=null"
    assert come.before is None
    assert come.override.startswith('fleets."head.office"={"bundle": "standard"')
    assert told["populations", "sales", "fleet"].words.endswith("fleet: office → head.office")
