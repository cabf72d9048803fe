"""The page of a forecast, read as a browser reads it, and the answer for one cost centre."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

import sim
from sim.api.errors import ResultError
from sim.api.forecast_page import drawn_from
from sim.api.forecast_plan import plan_forecast
from sim.api.forecasting import Forecast
from sim.cli.commands import desksim
from sim.cli.errors import told
from sim.report.forecast_page import MOST_FIGURES
from sim.scenario.forecasts import load_forecast
from sim.scenario.uncertain import Uncertain
from sim.study.execution import Serial
from tests.markup import Element, faults, parsed, rows
from tests.small_office import TEXT, write_office

EVIL = """<script>alert('x')</script>"&amp;$x$"""
MONTHS = ("2026-09", "2026-10")


def forecast(folder: Path, said: str, bills: Sequence[dict[str, int]]) -> Forecast:
    """A forecast of two months whose runs cost what is said, by cost centre, in each of them."""
    write_office(folder)
    office = TEXT.replace("warm_up: 1 d\n", "")
    (folder / "office.yaml").write_text(office, encoding="utf-8")
    head = "version: 1\nname: outlook\nscenario: office.yaml\nmonths: 2\n"
    (folder / "outlook.yaml").write_text(head + said, encoding="utf-8")
    plan = plan_forecast(load_forecast(folder / "outlook.yaml"))
    costs = [
        {(month, center): Decimal(cost) for center, cost in bill.items() for month in MONTHS}
        for bill in bills
    ]
    return Forecast(plan, costs)


DRAWN = """
description: What <b>autumn</b> costs.
assumptions:
  populations.part-time.users: {low: 1, high: 40}
  populations.part-time.attendance: [80 %, 90 %]
sources: {populations.part-time.users: the roster}
price_changes:
  - {from: 2026-10-01, prefix: personal/, change: +5 %, source: a letter}
draws: 40
replications: 2
budget: 350
"""


@pytest.fixture
def page(tmp_path: Path) -> Element:
    """Eighty runs: alpha costs 1 to 80 a month, beta always 100."""
    runs = [{"alpha": number, "beta": 100} for number in range(1, 81)]
    found = forecast(tmp_path, DRAWN, runs)
    assert faults(found.html) == []
    return parsed(found.html)


def test_the_year_by_cost_centre_says_which_way_its_numbers_go(page: Element) -> None:
    """Twice 1 to 80: the 8th, 40th and 72nd are 16, 80 and 144, the mean 81; beta adds 200."""
    heads, total, alpha, beta = rows(page, "2026-09 to 2026-10, by cost centre [USD]")

    assert heads[:5] == [
        "Cost centre", "Mean", "P10: 1 in 10 at most", "P50: half at most", "P90: 9 in 10 at most",
    ]  # fmt: skip
    assert total[:5] == ["all together", "281", "216", "280", "344"]
    assert alpha[:5] == ["alpha", "81", "16", "80", "144"]
    assert beta[:5] == ["beta", "200.00", "200.00", "200.00", "200.00"]


def test_a_cost_centre_is_one_click_away(page: Element) -> None:
    (table,) = [t for t in page.all("table") if "by cost centre [USD]" in t.text][:1]
    links = {link.text: link["href"].removeprefix("#") for link in table.all("a")}
    headings = {heading["id"]: heading.text for heading in page.all("h3") if heading["id"]}

    assert links.keys() == {"alpha", "beta"}
    assert {name: headings[place] for name, place in links.items()} == {
        "alpha": "alpha",
        "beta": "beta",
    }
    assert "alpha: the 2 months 2026-09 to 2026-10 cost 81 USD" in page.text


def test_the_budget_is_held_against_the_runs(page: Element) -> None:
    """More than 350 in all is more than 75 of alpha: 5 of 80 runs, by the end of October."""
    assert rows(page, "Each year against 350 USD")[1][1].startswith("6 %")
    assert rows(page, "Share of runs that have exceeded")[1:] == [["2026-10", "6 %"]]


def test_what_moves_it_and_why_stands_beside_its_figure(page: Element) -> None:
    _, *influences = rows(page, "2026-09 to 2026-10: what each assumption explains")
    assert {row[0].rpartition(".")[2] for row in influences} == {"users", "attendance"}
    assert {row[2] for row in influences} <= {"yes", "no"}
    variance = rows(page, "2026-09 to 2026-10: standard deviation")
    assert variance[3] == ["beta", "0.00", "0.00", "-"]
    assert variance[2][3].startswith("100 %")  # neighbours share a draw
    captions = [caption.text for caption in page.all("figcaption")]
    assert len(captions) == 5  # months, budget, two cost centres, assumptions


def test_assumptions_have_their_laws_and_sources(page: Element) -> None:
    assert rows(page, "What nobody knows for sure: 40 draws")[1:] == [
        ["populations.part-time.users", "1 to 40, all equally likely", "the roster"],
        ["populations.part-time.attendance", "one of 80 %; 90 %", "not said"],
    ]
    assert rows(page, "Prices that change")[1] == ["2026-10", "personal/...", "by 5 %", "a letter"]
    prices = rows(page, "Prices used [USD]")
    assert prices[0][3:] == ["As of", "Source"]
    assert len(prices) > 3


def test_laws_are_said_in_words() -> None:
    three = Uncertain.model_validate({"low": "1 h", "likely": "2 h", "high": "5 h"})
    normal = Uncertain.model_validate({"mean": "85 %", "sd": "4 %"})
    assert drawn_from(three) == "1 h to 5 h, most likely 2 h"
    assert drawn_from(normal) == "normal, mean 85 %, standard deviation 4 %"


def test_a_forecast_of_chance_alone_has_a_page_too(tmp_path: Path) -> None:
    found = forecast(tmp_path, "replications: 3\n", [{"alpha": 1}, {"alpha": 2}, {"alpha": 3}])
    page = parsed(found.html)

    assert faults(found.html) == []
    assert "Chance and assumptions cannot be told apart here" in page.text
    assert "Nothing can be said of single assumptions" in page.text
    assert "Spending added up" in [heading.text for heading in page.all("h2")]


def test_names_do_nothing_and_many_cost_centres_stay_under_a_megabyte(tmp_path: Path) -> None:
    names = [EVIL, *(f"centre {number:03}" for number in range(60))]
    runs = [{name: number + at for at, name in enumerate(names)} for number in (1, 2, 4)]
    found = forecast(tmp_path, "replications: 3\n", [*runs])
    page = parsed(found.html)

    assert faults(found.html) == []
    assert EVIL in [row[0] for row in rows(page, "2026-09 to 2026-10, by cost centre [USD]")]
    assert len([head for head in page.all("h3") if head["id"]]) == MOST_FIGURES
    assert "Without a figure, as they cost nothing or least of all" in page.text


def test_a_source_of_nothing_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(sim.scenario.ScenarioError, match=r"outlook.yaml:5:11: sources.start") as no:
        forecast(tmp_path, "sources: {start: a guess}\nsettings: {star: 1}\n", [])
    assert "expected a setting or an assumption of this file" in str(no.value)


# --- one cost centre on the screen


@pytest.fixture
def office(tmp_path: Path) -> Path:
    write_office(tmp_path)
    file = tmp_path / "office.yaml"
    file.write_text(TEXT.replace("warm_up: 1 d\n", ""), encoding="utf-8")
    return file


def test_the_answer_of_one_cost_centre_is_all_that_is_printed(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    args = ["forecast", str(office), "--months", "1", "-n", "2", "-o", str(out), "--workers", "1"]
    assert told(desksim, [*args, "--cost-center", "part-time"]) == 0

    said = capsys.readouterr().out
    assert said.splitlines()[2].startswith("part-time: 2026-09 costs ")
    assert "part-time, by month" in said
    assert "all together" not in said
    assert "[USD]; P90: 9 of 10 runs cost at most this" in said
    assert "head office" not in said
    assert "head office" in (out / "forecast.csv").read_text(encoding="utf-8")


def test_a_cost_centre_that_there_is_not_is_refused_before_anything_runs(
    office: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(ResultError, match=r"there is no cost centre 'part-tim'.*'part-time'"):
        sim.forecast(office, months=1, cost_center="part-tim", out=out, executor=Serial())
    assert not out.exists()


def test_one_document_has_all_cost_centres(office: Path) -> None:
    assert told(desksim, ["forecast", str(office), "--json", "--cost-center", "part-time"]) == 2
