"""What each assumption does by itself: the same people, one thing changed."""

import re
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.api.page import contents
from sim.api.swings import MEASURES, Swings
from sim.cli.swings import swings
from sim.cli.terminal import answer
from sim.report.html import html_report
from sim.study.execution import Serial
from tests.documented import section
from tests.markup import faults, parsed, rows
from tests.small_office import TEXT, write_office


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("swings")


@pytest.fixture(scope="module")
def run(folder: Path) -> sim.Run:
    office = write_office(folder, TEXT.replace("14 d", "7 d"))
    return sim.run(office, swings=True, executor=Serial(), facts=False, out=folder / "result")


@pytest.fixture(scope="module")
def found(run: sim.Run) -> Swings:
    assert run.swings is not None
    return run.swings


def cost(run: sim.Run) -> float:
    return float(run.summary["cost"]["total"])


def test_a_swing_is_what_running_it_by_hand_gives(run: sim.Run, found: Swings) -> None:
    [hours] = [one for one in found.found if one.setting == "billing.rounding"]
    by_hand = {
        way: cost(sim.run(run.scenario.with_(**{"billing.rounding": way}), facts=False))
        for way in ("per_run", "clock_hour", "continuous")
    }

    effect = hours.effects["cost"]
    assert {value: found.value for value, found in effect.values.items()} == by_hand
    assert by_hand["per_run"] == cost(run)
    assert (effect.low, effect.high) == ("continuous", "clock_hour")
    assert effect.ends == (by_hand["continuous"], by_hand["clock_hour"])
    assert hours.by("wait_p95_s") == "none"


def test_they_are_ranked_by_what_they_do_to_the_cost(found: Swings) -> None:
    sizes = [one.effects["cost"].ends for one in found.found]
    moved = [high - low for low, high in sizes]
    assert moved == sorted(moved, reverse=True)
    assert moved[0] > 0
    assert found.sentences[0].startswith("What moves cost most: ")
    assert found.ranked("cost")[0] is found.found[0]


def test_values_stand_from_cheap_to_dear(found: Swings) -> None:
    """By the clock an hour is billed for each that is touched, continuously only what is used."""
    (rounding,) = [one for one in found.found if one.setting == "billing.rounding"]
    assert rounding.set_to == "continuous, now, clock_hour"
    for one in found.found:
        assert len(one.set_to.split(", ")) == len(one.labels)


def test_the_table_has_a_row_for_each_measure_and_assumption(found: Swings) -> None:
    table = found.table
    assert set(table.measure) == set(MEASURES)
    assert len(table) == sum(len(one.effects) for one in found.found)
    rounding = table[(table.setting == "billing.rounding") & (table.measure == "cost")].iloc[0]
    assert (rounding.now, rounding.low_at, rounding.high_at) == (
        "per_run", "continuous", "clock_hour",
    )  # fmt: skip
    assert rounding.difference == pytest.approx(rounding.high - rounding.low)
    assert (table.replications == 1).all()


def test_what_the_schema_refuses_is_left_out_and_said(tmp_path: Path) -> None:
    """No desktop is unavailable in the Sunday window for longer than it lasts, 4 h."""
    text = TEXT.replace("14 d", "2 d") + "maintenance: {alwayson_duration: 3 h}\n"
    run = sim.run(write_office(tmp_path, text), swings=True, executor=Serial(), facts=False)
    assert run.swings is not None
    assert run.swings.left["maintenance.alwayson_duration at 6 h"] == (
        "expected at most the 4 h of Sunday's window (00:00-04:00), got 6 h"
    )
    assert "maintenance.alwayson_duration" in {one.setting for one in run.swings.found}


def test_the_page_shows_them_with_their_tornado(run: sim.Run, found: Swings) -> None:
    markup = html_report(contents(run))
    page = parsed(markup)
    section = page.all("section")[1]
    table = rows(page, "How far each assumption moves the answer by itself")

    assert faults(markup) == []
    assert section.all("h2")[0].text == "What would change the answer most"
    assert section.all("figcaption")[0].text == "What each assumption does to the cost by itself"
    assert [row[0] for row in table[1:4]] == [one.setting for one in found.found[:3]]
    assert "--swings" not in section.text
    assert "(zero has no half)" in section.text


def test_the_folder_has_them_as_a_table_and_is_a_result_that_may_be_replaced(
    run: sim.Run, found: Swings, folder: Path
) -> None:
    written = pd.read_csv(folder / "result" / "swings.csv")
    assert list(written.setting) == list(found.table.setting)
    assert list(written.columns) == list(found.table.columns)
    run.write(folder / "result")


def test_every_column_is_documented(found: Swings) -> None:
    assert [name for name in found.table.columns if f"`{name}`" not in section("swings.csv")] == []


HEADS = {
    100: ["from cheap to dear", "cost", "P95 wait", "delivered"],
    80: ["from cheap to dear", "cost", "P95 wait", "delivered"],
    60: ["cost", "P95 wait", "delivered"],
    40: ["cost", "P95 wait"],
    30: ["cost"],
}
"""Columns that a terminal of that width has room for."""
ENDS = ("none", " USD", " s", " points")


@pytest.mark.parametrize("width", HEADS)
def test_on_the_screen_names_fold_at_dots_and_numbers_are_whole(
    width: int, found: Swings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has no room goes as a column, since half a number would be another one."""
    monkeypatch.setenv("COLUMNS", str(width))
    answer(*swings(found))
    head, _, *lines = capsys.readouterr().out.splitlines()

    assert re.split(r" {2,}", head) == ["By itself", *HEADS[width]]
    assert max(map(len, lines)) <= width
    shown = [re.split(r" {2,}", line) for line in lines if line.endswith(ENDS)]
    measures = MEASURES[: len(HEADS[width]) - ("from cheap to dear" in HEADS[width])]
    assert [row[-len(measures) :] for row in shown] == [
        [one.by(measure, interval=False) for measure in measures] for one in found.moving[:15]
    ]
    begun = [row[0] for row in shown if not row[0].endswith(".")]
    words = {part for one in found.found for part in one.setting.split(".")}
    assert {part for name in begun for part in name.split(".")} <= words
    missing = [name for name in HEADS[100] if name not in HEADS[width]]
    assert ("no room for " + " and ".join(missing) in " ".join(lines)) == bool(missing)


def test_without_being_asked_nothing_is_run_again_and_the_page_says_how(tmp_path: Path) -> None:
    run = sim.run(write_office(tmp_path, TEXT.replace("14 d", "1 d")), facts=False)
    section = parsed(html_report(contents(run))).all("section")[1]
    assert run.swings is None
    assert "desksim run FILE --swings" in section.text


def test_several_runs_of_each_value_give_intervals(tmp_path: Path) -> None:
    office = write_office(tmp_path, TEXT.replace("14 d", "2 d"))
    study = sim.replicate(office, 3, swings=True, executor=Serial(), facts=False)
    assert study.first is not None
    assert study.first.swings is not None
    table = study.first.swings.table
    moved = table[(table.measure == "cost") & (table.setting == "billing.rounding")].iloc[0]
    assert (table.replications == 3).all()
    assert moved.difference_low <= moved.difference <= moved.difference_high
