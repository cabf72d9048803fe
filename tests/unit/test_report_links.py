"""The figure of a link's fullest day, and the page's section about streams."""

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from sim.report.contents import BandTime, LinkTime, LinkUse, ReportData, RoundTrip
from sim.report.figures import LinkDay, describe_link_day, link_day
from sim.report.html import html_report
from sim.report.style import figure


@pytest.fixture
def ax() -> Axes:
    return figure().add_subplot()


def day(*demand: float) -> LinkDay:
    """Four stretches of six hours over a link of 100 Mbit/s; short in those above 80."""
    short = sum(6 * 3_600_000 for level in demand if level > 80)
    return LinkDay([0, 6, 12, 18, 24], demand, usable=80, capacity=100, short_ms=short)


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_every_step_is_drawn_under_both_levels(ax: Axes) -> None:
    link_day(day(0, 92, 40, 0), ax, date="2026-09-07", time_zone="Europe/London")
    demand, usable, capacity = ax.lines
    assert np.asarray(demand.get_xdata()).tolist() == [0, 6, 12, 18, 24]
    assert np.asarray(demand.get_ydata()).tolist() == [0, 92, 40, 0, 0]
    assert [np.asarray(line.get_ydata())[0] for line in (usable, capacity)] == [80, 100]
    assert texts(ax) == ["usable 80", "capacity 100"]


def test_the_axis_says_how_long_there_was_too_little(ax: Axes) -> None:
    """80 of 92 is 87.0 %."""
    link_day(day(0, 92, 40, 0), ax, date="2026-09-07", time_zone="Europe/London")
    assert ax.get_xlabel() == (
        "2026-09-07 [Europe/London]\nat most 92 Mbit/s needed; "
        "too little for 6 h, at worst 87.0 % of the need"
    )


def test_where_all_is_carried_it_says_how_full_the_link_was(ax: Axes) -> None:
    link_day(day(0, 20, 40, 0), ax, date="2026-09-07")
    assert ax.get_xlabel().endswith("at most 40 Mbit/s needed, 50.0 % of what may be used")


def test_a_demand_above_the_capacity_is_in_the_picture(ax: Axes) -> None:
    link_day(day(0, 150, 0, 0), ax, date="2026-09-07")
    assert ax.get_ylim()[1] == pytest.approx(165)


def test_in_words() -> None:
    assert describe_link_day(day(0, 92, 40, 0), date="2026-09-07") == (
        "Demand in steps over 2026-09-07, UTC, under 80 Mbit/s that may be used of 100: at most "
        "92 Mbit/s needed; too little for 6 h, at worst 87.0 % of the need."
    )


def test_without_streams_it_says_so(ax: Axes) -> None:
    still = day(0, 0, 0, 0)
    assert texts(link_day(still, ax, date="2026-09-07")) == ["Nobody streamed through the link."]
    assert describe_link_day(still, date="2026-09-07") == "Nobody streamed through the link."


def page(**shown: Any) -> str:
    names: dict[str, Any] = {
        "title": "office",
        "description": "",
        "period": "2026-09",
        "currency": "USD",
    }
    return html_report(ReportData(**names, provenance={}, **shown))


def test_the_page_has_a_section_of_streams_only_where_somebody_streamed() -> None:
    assert 'id="streaming"' not in page()
    band = BandTime(
        protocol="dcv", band="beyond", below_ms=None, sessions=3, hours=1_200, share=0.25
    )
    shown = page(bands=[band], round_trips=[RoundTrip(protocol="dcv", mean_ms=66.4, p95_ms=300)])
    assert 'id="streaming"' in shown
    assert '<td class="number">1,200</td><td class="number">25.0 %</td>' in shown
    assert "dcv 66 ms on average, 95 % at most 300 ms." in shown
    assert 'id="links"' not in shown


def test_the_page_lists_links_and_their_people() -> None:
    link = LinkUse(
        site="<hq>",
        capacity=100,
        usable=80,
        peak=92.5,
        at="2026-09-07T09:00:00Z",
        mean=20.25,
        saturated_ms=5_400_000,
        least=0.865,
    )
    row = LinkTime(site="<hq>", population="staff", hours=60, short=6, share=0.1)
    shown = page(links=[link], link_times=[row])
    assert "&lt;hq&gt;" in shown
    assert '<td class="number">1 h 30 min</td><td class="number">86.5 %</td>' in shown
    assert '<td class="number">6.0</td><td class="number">10.0 %</td>' in shown
