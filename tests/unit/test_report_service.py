"""Figures and words about outages and waiting: they draw what they are given, and say it."""

from decimal import Decimal

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.report.contents import OutageUse, ReportData, ServiceCredit
from sim.report.figures import (
    Logons,
    LostTime,
    describe_logon_stages,
    describe_lost_time,
    describe_recovery,
    height_of_lost_time,
    logon_stages,
    lost_time,
    recovery,
)
from sim.report.figures.lost import MOST_LOSSES, NOTHING_LOST, NOTHING_PLANNED
from sim.report.figures.stages import GROUPS
from sim.report.html import html_report
from sim.report.style import figure
from sim.report.wording import answer, lost_words, uptime
from sim.study.measures import STAGES


@pytest.fixture
def ax() -> Axes:
    return figure().add_subplot()


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def spans(ax: Axes) -> list[tuple[float, float]]:
    """(left, right) of each bar from the top down."""
    bars = [bar for bar in ax.patches if isinstance(bar, Rectangle)]
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]


class TestLostTime:
    LOSSES = (LostTime("interrupted", "zone-outage", 30.0), LostTime("waited", "", 20.0))

    def test_each_bar_hangs_where_the_one_above_ended(self, ax: Axes) -> None:
        """100 h planned: 100 to 70, 70 to 50, delivered 50; half is lost, so all begins at 0."""
        lost_time(100.0, self.LOSSES, ax)
        assert spans(ax) == [(0, 100), (70, 100), (50, 70), (0, 50)]
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert names == ["planned", "interrupted: zone-outage", "waiting", "delivered"]

    def test_where_little_is_lost_the_axis_begins_near_it_and_says_so(self, ax: Axes) -> None:
        """1000 h planned, 50 lost: the axis begins at 1000 - 50 / 0.35 = 857."""
        lost_time(1000.0, self.LOSSES, ax)
        left = 1000 - 50 / 0.35
        assert ax.get_xlim()[0] == pytest.approx(left)
        assert ax.get_xlabel().endswith("the axis begins at 857")
        assert len(ax.lines) == 4  # two strokes across each of the two long bars

    def test_hours_and_shares_are_written_beside_the_bars(self, ax: Axes) -> None:
        lost_time(100.0, self.LOSSES, ax)
        minus = "\N{MINUS SIGN}"
        said = ["100 h", f"{minus}30.0 h, 30.0 %", f"{minus}20.0 h, 20.0 %", "50.0 h, 50.0 %"]
        assert texts(ax) == said

    def test_of_many_losses_the_smallest_are_one(self, ax: Axes) -> None:
        many = [LostTime("cut", f"cause-{n}", float(n)) for n in range(1, 13)]
        lost_time(1000.0, many, ax)
        assert len(spans(ax)) == MOST_LOSSES + 2
        assert spans(ax)[-1][1] == 1000 - sum(range(1, 13))
        assert height_of_lost_time(many) == pytest.approx(1.0 + 0.32 * (MOST_LOSSES + 2))

    def test_nothing_lost_and_nothing_planned_are_said(self, ax: Axes) -> None:
        assert texts(lost_time(10.0, [], ax)) == [NOTHING_LOST]
        assert describe_lost_time(10.0, []) == NOTHING_LOST
        assert describe_lost_time(0.0, []) == NOTHING_PLANNED

    def test_in_words(self) -> None:
        assert describe_lost_time(100.0, self.LOSSES) == (
            "Waterfall. Planned 100 h; lost: interrupted: zone-outage 30.0 h (30.0 %), waiting "
            "20.0 h (20.0 %); delivered 50.0 h (50.0 %)."
        )


class TestLogonStages:
    BANDS = (
        Logons("all", 100, {"directory_wait": 5.0, "directory_service": 1.0, "start": 4.0}),
        Logons("slowest 5 %", 5, {"directory_wait": 60.0, "start": 40.0}),
    )

    def test_every_stage_is_in_a_group(self) -> None:
        assert [stage for stages in GROUPS.values() for stage in stages] == list(STAGES)

    def test_stages_are_stacked(self, ax: Axes) -> None:
        """All: 6 s at the directory, 4 s of start on top; slowest: 60 and 40."""
        logon_stages(self.BANDS, ax)
        bars = [
            (bar.get_y(), bar.get_height())
            for bars in ax.containers
            for bar in bars
            if isinstance(bar, Rectangle)
        ]
        assert bars == [(0, 6), (0, 60), (6, 4), (60, 40)]

    def test_columns_say_who_they_are_and_how_long_it_took(self, ax: Axes) -> None:
        logon_stages(self.BANDS, ax)
        names = [label.get_text() for label in ax.get_xticklabels()]
        assert names == ["all\n10 s", "slowest 5 %\n100 s"]
        assert ax.get_xlabel().startswith("100 logons")
        assert {"directory", "start"} <= set(texts(ax))

    def test_without_logons_it_says_so(self, ax: Axes) -> None:
        assert texts(logon_stages([], ax)) == ["Nobody logged on."]
        assert describe_logon_stages([]) == "Nobody logged on."

    def test_in_words(self) -> None:
        assert "slowest 5 % 100 s (directory 60 s, start 40 s" in describe_logon_stages(self.BANDS)


class TestRecovery:
    TIMES = {"back (RTO)": [60_000, 120_000, 180_000, 600_000], "data (RPO)": []}

    def test_a_line_climbs_by_one_share_at_each_time(self, ax: Axes) -> None:
        recovery(self.TIMES, ax)
        line = ax.lines[0]
        assert np.asarray(line.get_xdata())[:5].tolist() == [0, 1, 2, 3, 10]
        assert np.asarray(line.get_ydata())[:5].tolist() == [0, 25, 50, 75, 100]
        assert texts(ax) == ["back (RTO):\nhalf within 2 min\nall within 10 min"]

    def test_in_words(self) -> None:
        said = describe_recovery(self.TIMES)
        assert said.endswith("back (RTO): half of 4 within 2 min, all within 10 min.")

    def test_where_nobody_was_hit_it_says_so(self, ax: Axes) -> None:
        assert texts(recovery({}, ax)) == ["Nobody was hit by an outage."]


# --- words and the page


def test_an_uptime_is_not_rounded_over_a_step() -> None:
    """Credits begin below 99.9 %: 99.89995 % must not read as 99.900 %."""
    assert uptime(0.9989995) == "99.899 %"
    assert uptime(0.999) == "99.900 %"
    assert uptime(1.0) == "100.000 %"
    assert uptime(None) == "none due"


def test_a_loss_is_told_with_its_cause() -> None:
    assert lost_words("cut", "zone-outage") == "ended early: zone-outage"
    assert lost_words("waited", "") == "waiting"


def broken(*outages: OutageUse, credit: str = "0") -> ReportData:
    row = ServiceCredit(
        month="2026-09",
        region="us-east-1",
        uptime=0.998,
        share=0.1,
        charges=Decimal(100),
        credit=Decimal(credit),
    )
    return ReportData(
        title="office",
        description="",
        period="2026-09",
        provenance={},
        currency="USD",
        outages=outages,
        credits=[row] if outages else [],
    )


def outage(what: str, people: int, hours: float) -> OutageUse:
    return OutageUse(
        what=what,
        begin="2026-09-15T09:00:00Z",
        lasts_ms=7_200_000,
        people=people,
        lost_hours=hours,
        recovered="2 h",
        data_lost="6 h, 11 h 59 min",
    )


def test_the_answer_names_the_worst_outage_and_the_credit() -> None:
    said = answer(broken(outage("zone a", 1, 10.5), outage("streaming", 40, 2.0), credit="12.34"))
    assert "2 outages, the worst of zone a with 1 person hit, took 12.5 h of planned work." in said
    assert "The provider's agreement credits USD 12.34 against future bills." in said
    assert "One outage, of zone a with 40 people hit, took" in answer(
        broken(outage("zone a", 40, 1))
    )


def test_the_page_speaks_of_outages_only_where_there_were_any() -> None:
    page = html_report(broken(outage("<zone>", 40, 2.0)))
    assert 'id="outages"' in page
    assert "&lt;zone&gt;" in page
    assert "99.800" in page
    assert 'id="outages"' not in html_report(broken())
