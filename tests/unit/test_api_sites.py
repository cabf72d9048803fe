"""The answer of a run with a site: summary, page and screen tell the same of its link."""

from io import StringIO

import pytest
from rich.console import Console

import sim
from sim.api.page import contents, report
from sim.cli.screen import screen
from tests.small_office import TEXT, write_office

CLIENTS = "    clients: {thin: {share: 100 %, site: hq}}\n    bandwidth: 400 kbit/s\n"
AT_HQ = TEXT.replace("    cost_center: head office\n", f"    cost_center: head office\n{CLIENTS}")
SITES = "sites: {hq: {capacity: 1 Mbit/s}, empty: {capacity: 10 Mbit/s}}\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    return sim.run(write_office(tmp_path_factory.mktemp("sites"), AT_HQ + SITES))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> sim.Run:
    return sim.run(write_office(tmp_path_factory.mktemp("plain"), AT_HQ.replace(", site: hq", "")))


def test_the_summary_tells_each_link(run: sim.Run) -> None:
    """All three of the staff work at once and need 3 x 0.4 = 1.2 of 0.8 Mbit/s: they get 2/3."""
    hq, empty = run.summary["sites"]
    assert (hq["site"], hq["capacity_mbit_s"], hq["usable_mbit_s"]) == ("hq", 1, 0.8)
    assert (hq["peak_mbit_s"], hq["least_share"]) == (1.2, 0.666667)
    staff = run.summary["fleets"][0]["delivered_minutes"]["delivered_min"]
    assert hq["connected_min"] == pytest.approx(staff)
    # Short are three people at once, and only they.
    assert hq["short_min"] == pytest.approx(3 * hq["saturated_min"])
    assert [row["population"] for row in hq["populations"]] == ["staff"]
    assert (empty["peak_mbit_s"], empty["peak_at"], empty["short_share"]) == (0, None, None)
    assert empty["populations"] == []


def test_the_page_shows_bands_and_links(run: sim.Run) -> None:
    page = contents(run)
    assert [(band.protocol, band.band, band.share) for band in page.bands] == [
        ("dcv", "good", 1),
        ("dcv", "degraded", 0),
        ("dcv", "beyond", 0),
    ]
    assert [(trip.protocol, trip.mean_ms, trip.p95_ms) for trip in page.round_trips] == [
        ("dcv", 40, 40)
    ]
    assert [(link.site, link.peak) for link in page.links] == [("hq", 1.2), ("empty", 0)]
    assert [(row.site, row.population) for row in page.link_times] == [("hq", "staff")]
    drawn = [drawing.title for drawing in page.drawings if drawing.topic == "streaming"]
    assert drawn == ["The fullest day of the link of hq"]


def test_the_page_speaks_of_links_only_where_there_are_any(run: sim.Run, plain: sim.Run) -> None:
    assert "Network links of sites" in report(run)
    assert "How far away people worked" in report(plain)
    assert "Network links of sites" not in report(plain)


def test_the_screen_tells_each_link(run: sim.Run, plain: sim.Run) -> None:
    def shown(one: sim.Run) -> str:
        console = Console(width=80, record=True, file=StringIO())
        for part in screen(one.summary):
            console.print(part)
        return console.export_text()

    assert "Site links" in shown(run)
    assert "Site links" not in shown(plain)


def test_a_site_changes_nothing_but_what_is_told_of_it(run: sim.Run, plain: sim.Run) -> None:
    same = ("cost", "logons", "streaming", "availability", "concurrency", "fleets")
    assert {name: run.summary[name] for name in same} == {
        name: plain.summary[name] for name in same
    }
    assert plain.summary["sites"] == []
