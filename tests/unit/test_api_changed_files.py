"""Files edited while a notebook is open: no result carries the hash of another scenario."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

import sim
from sim.api import read
from sim.scenario import ScenarioError
from tests.small_office import PRICES, TEXT, write_office

WITH_TABLE = TEXT.replace(
    "session_length: 8 h",
    "session_length: {empirical: {csv: lengths.csv, column: hours, unit: h}}",
)
CHANGED = "changed since it was loaded; load the scenario again"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A scenario with a table and a price book of its own."""
    (tmp_path / "lengths.csv").write_text("hours\n7\n8\n", encoding="utf-8")
    (tmp_path / "mine.csv").write_bytes((PRICES / "us-east-1.csv").read_bytes())
    assert WITH_TABLE != TEXT
    text = re.sub(r"book: .*", "book: mine.csv", WITH_TABLE)
    return write_office(tmp_path, text)


def hire(file: Path) -> None:
    """Three people become thirty."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("users: 3\n", "users: 30\n"), encoding="utf-8")


def told(error: ScenarioError) -> list[tuple[str, str]]:
    return [(Path(problem.file).name, problem.message) for problem in error.problems]


def test_a_run_keeps_its_people_and_hash_when_it_is_priced_again(file: Path) -> None:
    run = sim.run(file)
    unedited = sim.load(file, [f"prices.book={PRICES / 'us-east-1.csv'}"])

    hire(file)
    other = run.reprice("us-east-1")

    assert other.scenario.spec.populations == run.scenario.spec.populations
    assert other.scenario.spec.populations["staff"].users == 3
    assert other.scenario.hash == unedited.hash == run.scenario.hash
    assert other.summary["size"]["users"] == 8


def test_pricing_again_changes_the_prices_and_their_hash_only(file: Path) -> None:
    """The repriced scenario is the one that a file with the other book would have given."""
    run = sim.run(file)
    dearer = file.with_name("dearer.csv")
    text = (PRICES / "us-east-1.csv").read_text(encoding="utf-8")
    dearer.write_text(text.replace(",0.22,", ",0.44,"), encoding="utf-8")

    other = run.reprice(dearer)

    assert other.scenario.hash != run.scenario.hash
    assert other.scenario.hash == sim.load(file, [f"prices.book={dearer}"]).hash
    assert other.scenario.with_overrides("seed=8").prices.name == "dearer"


def test_a_book_edited_in_place_can_price_a_run_again(file: Path) -> None:
    """The first result keeps its own prices and hash: they are those of the book as it was."""
    run = sim.run(file)
    total, before = run.summary["cost"]["total"], run.scenario.hash
    book = file.with_name("mine.csv")
    book.write_text(book.read_text("utf-8").replace(",0.22,", ",0.44,"), encoding="utf-8")

    other = run.reprice(book)

    assert Decimal(other.summary["cost"]["total"]) > Decimal(total)
    assert (run.scenario.hash, run.summary["cost"]["total"]) == (before, total)
    assert other.scenario.hash != before


def test_a_run_is_not_priced_again_when_its_table_changed(file: Path) -> None:
    """The hash of the repriced result would name the new table, its numbers come of the old one."""
    run = sim.run(file)
    file.with_name("lengths.csv").write_text("hours\n2\n", encoding="utf-8")

    with pytest.raises(ScenarioError) as caught:
        run.reprice("us-east-1")

    assert told(caught.value) == [("lengths.csv", CHANGED)]


def test_a_book_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(ScenarioError, match=r"prices\.book: expected a file, found none at"):
        sim.run(file).reprice(file.with_name("nowhere.csv"))


@pytest.mark.parametrize("edited", ["office.yaml", "lengths.csv", "mine.csv"])
def test_settings_are_not_laid_over_an_edited_file(file: Path, edited: str) -> None:
    scenario = sim.load(file)
    edits = {
        "office.yaml": ("users: 3\n", "users: 30\n"),
        "lengths.csv": ("7", "6"),
        "mine.csv": (",0.22,", ",0.44,"),
    }
    path = file.with_name(edited)
    path.write_text(path.read_text("utf-8").replace(*edits[edited]), encoding="utf-8")

    for attempt in (
        lambda: scenario.with_overrides("seed=8"),
        lambda: sim.run(scenario, overrides=["seed=8"]),
    ):
        with pytest.raises(ScenarioError) as caught:
            attempt()
        assert told(caught.value) == [("office.yaml", CHANGED)]


def test_people_are_not_drawn_from_a_table_that_changed(file: Path) -> None:
    scenario = sim.load(file)
    file.with_name("lengths.csv").write_text("hours\n2\n", encoding="utf-8")

    with pytest.raises(ScenarioError) as caught:
        sim.run(scenario)

    assert told(caught.value) == [("lengths.csv", CHANGED)]


def test_a_loaded_scenario_keeps_its_prices(file: Path) -> None:
    scenario = sim.load(file)
    file.with_name("mine.csv").unlink()

    assert scenario.prices["personal/autostop-hours/value/windows/included"].unit_price > 0


def test_prices_that_were_not_looked_at_must_be_those_of_the_hash(file: Path) -> None:
    scenario = read(file)
    book = file.with_name("mine.csv")
    book.write_text(book.read_text("utf-8").replace(",0.22,", ",0.44,"), encoding="utf-8")

    with pytest.raises(ScenarioError) as caught:
        _ = scenario.prices

    assert told(caught.value) == [("mine.csv", CHANGED)]


def test_an_edit_that_changes_no_setting_is_no_change(file: Path) -> None:
    """A comment more: the hash is the same, and so would be every result."""
    scenario = sim.load(file)
    file.write_text("# autumn\n" + file.read_text("utf-8"), encoding="utf-8")

    assert scenario.with_overrides("seed=8").spec.seed == 8
