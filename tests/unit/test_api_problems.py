"""What is wrong with a scenario beyond its own text is told with its place, all at once."""

from pathlib import Path

import pytest

import sim
from sim.api.loading import check
from sim.scenario import ScenarioError

SCENARIO = """\
version: 1
name: small
region: us-east-1
start: 2026-09-01
horizon: {{months: 1}}
prices: {{book: {book}}}
fleets:
  office: {{bundle: graphics.g4dn, root_volume: 175 GB, user_volume: 100 GB,
           running_mode: AutoStop}}
populations:
  staff:
    users: 3
    fleet: office
    holidays: {{country: ZZ}}
    shift: {{start: "09:00"}}
    session_length: {{empirical: {{csv: lengths.csv, column: hours, unit: h}}}}
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    book = Path(__file__).parents[2] / "scenarios" / "prices" / "us-east-1.csv"
    tmp_path.joinpath("lengths.csv").write_text("minutes\n30\n", encoding="utf-8")
    file = tmp_path / "small.yaml"
    file.write_text(SCENARIO.format(book=book), encoding="utf-8")
    return file


def told(error: ScenarioError) -> set[tuple[str, int, str]]:
    """File, line and setting of each problem."""
    return {(Path(p.file).name, p.line, p.path) for p in error.problems}


HOLIDAYS = ("small.yaml", 14, "populations.staff.holidays")
COLUMN = ("lengths.csv", 1, "hours")


def test_validation_tells_prices_holidays_and_columns_together(scenario: Path) -> None:
    """Line 8 asks for a bundle without a price, line 14 for no country, the file has no `hours`."""
    with pytest.raises(ScenarioError) as caught:
        check(scenario)

    price = ("small.yaml", 8, "fleets.office.bundle")
    assert {price, HOLIDAYS, COLUMN} <= told(caught.value)


def test_a_run_tells_all_that_keeps_people_from_being_drawn(scenario: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        sim.run(scenario, overrides=["fleets.office.bundle=standard"])

    assert told(caught.value) == {HOLIDAYS, COLUMN}
