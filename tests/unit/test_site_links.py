"""The network links of sites: who streams through one, what they need, and who gets too little.

Unless a story says otherwise the office has a link of 1 Mbit/s, of which 80 % may be used, and each
of its people needs 300 kbit/s.
"""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sim.cli.streaming import sites
from sim.scenario.assumptions import assumptions
from sim.study.run import measure
from sim.study.sites import SiteUse, Through
from sim.units import HOUR
from tests.unit.scenario_files import OFFICE, Folder
from tests.unit.stories import story
from tests.unit.test_measures_outages import Kept

BEHIND = {"bandwidth": "300 kbit/s", "clients": {"client": {"share": "100 %", "site": "office"}}}
LINK = {"capacity": "1 Mbit/s"}
THREE = """
    user  arrival  connected
    ann   09:00    8 h
    bob   10:00    2 h
    cy    11:00    2 h
"""


def use(plan: str, link: Mapping[str, Any] | None = None, **settings: Any) -> SiteUse:
    facts = story(plan, **{"people": BEHIND, "sites": {"office": link or LINK}, **settings})
    workload = facts.story.workload
    found = measure(facts.story.scenario, workload.users, workload.clients, Kept(facts))
    (one,) = found.sites
    return one


def test_above_the_usable_capacity_everybody_gets_the_same_share() -> None:
    """300 kbit/s from 09:00, 600 from 10:00, 900 from 11:00 to 12:00, 600 to 13:00, 300 to 17:00.

    Only the 900 are above 800: one hour of three people, who get 8/9 of what they need. On average
    12 h x 300 / 24 h = 150.
    """
    found = use(THREE)
    assert (found.capacity, found.usable) == (1_000, 800)
    assert (found.peak.count, found.peak.at) == (900, 11 * HOUR)
    assert found.mean == pytest.approx(150)
    assert found.saturated == HOUR
    assert (found.connected, found.short) == (12 * HOUR, 3 * HOUR)
    assert found.least == pytest.approx(8 / 9)
    assert found.people == [Through("people", 12 * HOUR, 3 * HOUR)]


def test_a_demand_of_just_the_usable_capacity_is_met() -> None:
    """900 of 1 Mbit/s with 90 % usable."""
    found = use(THREE, {"capacity": "1 Mbit/s", "usable": "90 %"})
    assert (found.peak.count, found.usable) == (900, 900)
    assert (found.saturated, found.short, found.least) == (0, 0, 1)


def test_what_outlives_the_window_counts_to_its_end() -> None:
    """Two people from 23:00 on need 600 of 500 kbit/s for the last hour."""
    found = use(
        "user  arrival  connected\nann  22:00  8 h\nbob  23:00  8 h", {"capacity": "500 kbit/s"}
    )
    assert (found.connected, found.short, found.saturated) == (3 * HOUR, 2 * HOUR, HOUR)


def test_who_is_interrupted_needs_nothing() -> None:
    """Cut off at 11:30 all three try each 2 min, are back at 11:40 and stay 10 min longer.

    900 is needed from 11:00 to 11:30 and from 11:40 to 12:10, when bob has had his 2 h.
    """
    lost = {"streaming": {"at": "2026-09-01T11:30Z", "lasts": "10 min"}}
    found = use(THREE, outages=[lost])
    assert found.saturated == HOUR
    assert (found.connected, found.short) == (12 * HOUR, 3 * HOUR)
    assert found.peak.at == 11 * HOUR


def test_clients_of_no_site_need_nothing_of_it() -> None:
    elsewhere = {"client": {"share": "100 %"}, "thin": {"share": "0 %", "site": "office"}}
    found = use(THREE, people={**BEHIND, "clients": elsewhere})
    assert (found.peak.count, found.peak.at, found.connected) == (0, None, 0)
    assert (found.least, found.day) == (1, None)


def test_the_day_of_the_picture_is_by_the_clock_of_the_people() -> None:
    """09:00 UTC is 10:00 in London; there the day begins at 23:00 UTC of the day before."""
    london = {name: {"time_zone": "Europe/London"} for name in ("ann", "bob", "cy")}
    found = use(THREE, users=london)
    assert found.day is not None
    assert (found.day.date, found.day.time_zone) == ("2026-09-01", "Europe/London")
    edges, level = found.day.demand.edges, found.day.demand.level
    assert list(edges) == [1, 10, 11, 12, 13, 14, 18, 24]
    assert list(level) == [0, 300, 600, 900, 600, 300, 0]


def test_without_sites_nothing_is_measured() -> None:
    facts = story("arrival  connected\n09:00  1 h")
    workload = facts.story.workload
    found = measure(facts.story.scenario, workload.users, workload.clients, Kept(facts))
    assert found.sites == []


def test_the_screen_tells_each_link() -> None:
    """6 h of 60 user-hours short on one, none on the other."""
    tight = {
        "site": "leeds",
        "capacity_mbit_s": 100.0,
        "usable_mbit_s": 80.0,
        "peak_mbit_s": 92.5,
        "mean_mbit_s": 20.25,
        "connected_min": 3600.0,
        "short_min": 360.0,
        "short_share": 0.1,
    }
    empty = {**tight, "site": "york", "connected_min": 0.0, "short_min": 0.0, "short_share": None}
    assert list(sites([])) == []
    (table,) = sites([tight, empty])
    console = Console(width=80, record=True, file=StringIO())
    console.print(table)
    lines = [" ".join(line.split()) for line in console.export_text().splitlines()]
    assert lines[2:4] == [
        "leeds 80.0 of 100 92.5 20.2 6.0 of 60 (10.0 %)",
        "york 80.0 of 100 92.5 20.2 0.0 of 0",
    ]


# --- settings

RATE = "expected a rate such as '200 Mbit/s' or '1 Gbit/s'"
UNKNOWN = "unknown site 'leads'; did you mean 'leeds'?"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def office(site: str = "capacity: 100 Mbit/s", client: str = "site: leeds") -> str:
    people = f"    clients: {{thin: {{share: 100 %, {client}}}}}\n"
    return f"{OFFICE}{people}sites: {{leeds: {{{site}}}}}\n"


def test_a_site_and_its_clients_are_read(folder: Folder) -> None:
    spec = folder.load(office("capacity: 1 Gbit/s, usable: 60 %")).scenario
    assert (spec.sites["leeds"].capacity, spec.sites["leeds"].usable) == (1_000_000, 0.6)
    assert spec.populations["sales"].bandwidth == 500
    assert spec.populations["sales"].clients["thin"].site == "leeds"


def test_everything_wrong_with_a_site_is_told_at_once(folder: Folder) -> None:
    text = office("capacity: 100, usable: 0 %", "site: leads")
    assert folder.problems(text) == [
        f"office.yaml:17:42: populations.sales.clients.thin.site: {UNKNOWN}",
        f"office.yaml:18:27: sites.leeds.capacity: {RATE}, got 100",
        "office.yaml:18:40: sites.leeds.usable: expected more than 0, got '0 %'",
    ]


def test_a_bandwidth_is_a_rate(folder: Folder) -> None:
    text = office().replace("    clients:", "    bandwidth: 0.5 Mbit/s\n    clients:")
    place = "office.yaml:17:16: populations.sales.bandwidth"
    assert folder.problem(text) == f"{place}: {RATE}, got '0.5 Mbit/s'"


def test_what_was_assumed_of_a_link_is_told(folder: Folder) -> None:
    """The bandwidth only of people who share a link."""
    rows = {row.path: row.value for row in assumptions(folder.load(office()))}
    assert rows["populations.sales.bandwidth"] == "500 kbit/s"
    assert rows["sites.leeds.usable"] == "80 %"
    home = office(client="round_trip: 40 ms")
    paths = {row.path for row in assumptions(folder.load(home))}
    assert "populations.sales.bandwidth" not in paths
