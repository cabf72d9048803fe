"""Every shipped scenario loads, is documented, and says where its schema is."""

import shlex
from pathlib import Path

import pytest

from sim.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
MODELINE = "# yaml-language-server: $schema=../docs/scenario.schema.json"


def test_four_situations_are_shipped() -> None:
    names = {path.stem for path in SHIPPED}
    assert {"remote-office", "contractors", "byol-hosts", "follow-the-sun"} <= names


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_loads(path: Path) -> None:
    resolved = load_scenario(path)
    scenario = resolved.scenario
    assert scenario.name == path.stem, "its results go to a folder of its own name"
    assert scenario.description
    # A pool, and an onboarding, is about many people at once; either way a run takes seconds.
    people = scenario.populations.values()
    joiners = sum(population.joiners_per_month for population in people)
    most = 5_000 if joiners > 100 else 1_000 if scenario.pools else 300
    assert 0 < sum(population.users for population in people) + joiners <= most
    book = Path(scenario.prices.book)
    assert book.is_relative_to(ROOT / "scenarios" / "prices")
    assert book.stem == scenario.region


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_helps_its_editor(path: Path) -> None:
    first, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first == MODELINE
    assert (path.parent / first.partition("=")[2]).is_file()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_commands_that_a_shipped_scenario_suggests_are_settings(path: Path) -> None:
    """A comment such as `desksim run scenarios/x.yaml --set a.b=c` is one that loads."""
    suggested = [
        shlex.split(line.partition("--set ")[2])[0]
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("#   desksim run ") and "--set " in line
    ]
    assert suggested, "a scenario invites to change one thing"
    for setting in suggested:
        assert load_scenario(path, [setting]).scenario != load_scenario(path).scenario
