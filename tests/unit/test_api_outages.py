"""The answer of a run in which things break: tables, summary, page and screen agree."""

from decimal import Decimal
from io import StringIO

import pandas as pd
import pytest
from rich.console import Console

import sim
from sim.api.page import contents
from sim.cli.screen import screen
from tests.small_office import TEXT, with_pools, write_office

OUTAGES = """\
outages:
  - {zone: {zone: a, at: 2026-09-08T10:00Z, lasts: 2 h}}
  - {streaming: {at: 2026-09-10T10:00Z, lasts: 10 min}}
  - {directory: {at: 2026-09-11T08:30Z, lasts: 1 h}}
"""
REBUILD = "    running_mode: AlwaysOn\n    recovery: {rebuild: {reaction: 30 min}}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    text = with_pools(TEXT).replace("    running_mode: AlwaysOn\npopulations", REBUILD)
    text = text.replace("    user_volume: 50 GB\n    running_mode: AlwaysOn", REBUILD, 1)
    return sim.run(write_office(tmp_path_factory.mktemp("broken"), text + OUTAGES))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    return sim.run(write_office(tmp_path_factory.mktemp("quiet")))


def test_tables_are_flat_and_name_users_and_desktops(run: sim.Run) -> None:
    assert run.outages["kind"].tolist() == ["zone", "streaming", "directory"]
    assert set(run.interruptions["user"]) <= set(run.users["user"])
    assert {"population", "fleet", "at_ms", "back_ms"} <= set(run.interruptions)
    rebuilt = run.recoveries
    assert len(rebuilt) > 0
    assert set(rebuilt["lost"]) <= set(run.desktops["desktop"])
    assert set(rebuilt["desktop"]) <= set(run.desktops["desktop"])
    assert not set(rebuilt["lost"]) & set(rebuilt["desktop"])


@pytest.mark.parametrize("name", ["outages", "interruptions", "recoveries"])
def test_without_outages_each_table_is_there_and_empty(quiet: sim.Run, name: str) -> None:
    table = getattr(quiet, name)
    assert isinstance(table, pd.DataFrame)
    assert len(table) == 0


def test_the_summary_agrees_with_the_tables(run: sim.Run) -> None:
    found = run.summary["availability"]["interruptions"]
    assert found["number"] == len(run.interruptions)
    assert found["people"] == run.interruptions["user"].nunique()
    assert [row["kind"] for row in run.summary["outages"]] == run.outages["kind"].tolist()
    assert run.summary["recovery"]["data_age"]["number"] == len(run.recoveries)
    ages = run.recoveries["data_age_ms"]
    assert run.summary["recovery"]["data_age"]["max_s"] == pytest.approx(ages.max() / 1000)


def test_minutes_lost_are_what_is_planned_and_not_delivered(run: sim.Run) -> None:
    found = run.summary["availability"]
    minutes = found["delivered_minutes"]
    lost = sum(row["lost_min"] for row in found["lost_minutes"])
    assert lost == pytest.approx(minutes["planned_min"] - minutes["delivered_min"], abs=1e-4)
    by_month = sum(m["delivered_minutes"]["planned_min"] for m in found["by_month"])
    assert by_month == pytest.approx(minutes["planned_min"], abs=1e-4)


def test_a_credit_stands_beside_the_bill(run: sim.Run, quiet: sim.Run) -> None:
    """Two hours of one of two zones in 14 days are far below 99.9 %, and above 99 %."""
    (row,) = run.summary["service_level"]
    charged = sum((line.amount for line in run.lines if line.fleet), Decimal(0))
    assert 0.99 < row["value"] < 0.999
    assert row["credited_share"] == 0.1
    assert Decimal(row["charges"]) == charged
    assert Decimal(row["credit"]) == (charged / 10).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert Decimal(run.summary["cost"]["total"]) == sum(line.amount for line in run.lines)
    (row,) = quiet.summary["service_level"]
    assert (row["value"], row["credited_share"], row["credit"]) == (1, 0, "0.00")


def test_without_outages_the_page_has_neither_list_nor_credits(quiet: sim.Run) -> None:
    page = contents(quiet)
    assert page.outages == []
    assert page.credits == []
    assert "outages" not in {drawing.topic for drawing in page.drawings}


def test_the_page_lists_what_broke_and_draws_recovery(run: sim.Run) -> None:
    page = contents(run)
    assert [row.what for row in page.outages] == ["zone a", "streaming of us-east-1", "directory"]
    assert {"waiting", "availability", "outages"} <= {drawing.topic for drawing in page.drawings}
    assert sum(row.hours for row in page.lost) > 0


def shown(run: sim.Run) -> str:
    console = Console(width=80, record=True, file=StringIO())
    for part in screen(run.summary):
        console.print(part)
    return console.export_text()


def test_the_screen_lists_outages_losses_and_credits_in_eighty_columns(run: sim.Run) -> None:
    text = shown(run)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    (line,) = [line for line in text.splitlines() if line.startswith("zone a")]
    first = run.summary["outages"][0]
    assert line.split()[2:6] == ["09-08", "10:00", "2", "h"]
    assert f" {first['people']} " in line
    assert "Working time" in text
    assert "Service level" in text


def test_without_outages_the_screen_speaks_of_none(quiet: sim.Run) -> None:
    text = shown(quiet)
    assert "service_uptime" in text
    assert not any(word in text for word in ("Outages", "Working time", "Service level"))


def test_without_facts_the_answer_is_the_same(run: sim.Run) -> None:
    bare = sim.run(run.scenario, facts=False)
    assert bare.summary == run.summary
    drawn, kept = (
        [d.title for d in contents(of).drawings if d.topic in ("availability", "outages")]
        for of in (bare, run)
    )
    # A week, desktop by desktop, is drawn from the facts.
    assert drawn == [title for title in kept if not title.startswith("A week of")]
