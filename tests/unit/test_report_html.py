"""The page, read as a browser reads it: nested tags, ids, names, numbers, nothing from outside."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.report.contents import (
    Assumption,
    Drawing,
    EstimateRow,
    Failure,
    FleetUse,
    HostUse,
    InvoiceLine,
    LevelUse,
    Lever,
    Margin,
    Measure,
    OperationCount,
    Part,
    Peak,
    PoolUse,
    PriceUsed,
    ReportData,
    StageTime,
    StudyShown,
    Swing,
    SwingsShown,
)
from sim.report.figures import concurrency_week, cost_by_month, logon_time
from sim.report.html import MOST_LINES, html_report
from sim.report.svg import drawing
from tests.markup import Element, faults, parsed, rows

EVIL = """<script>alert('x')</script>"&amp;$x$"""
"""A name that breaks whatever does not escape: tags, both quotes, an entity, mathematics."""

NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Cn"]) | st.sampled_from("<>&'\"{}$\\%/#;"),
    min_size=1,
    max_size=80,
).filter(str.strip)
"""Any words, however hard to write; nothing but spaces is no name."""


def bill(month: str, fleet: str, charge: str, amount: str, item: str = "nat/hour") -> InvoiceLine:
    return InvoiceLine(
        month=month,
        fleet=fleet,
        charge=charge,
        item=item,
        quantity=Decimal("1488.50"),
        unit="hour",
        unit_price=Decimal("0.2200"),
        amount=Decimal(amount),
    )


def drawings(name: str = "alwayson-month") -> list[Drawing]:
    frame = pd.DataFrame({"month": ["2026-09"], "charge": [name], "amount": [Decimal("10.00")]})
    hours = np.arange(168)
    return [
        drawing(
            lambda ax: cost_by_month(frame, ax),
            topic="cost",
            title="Cost by month",
            description=f"Cost of {name}.",
        ),
        drawing(
            lambda ax: logon_time([5_000, 70_000], ax),
            topic="waiting",
            title="Logon time",
            description="Two logons.",
        ),
        drawing(
            lambda ax: concurrency_week(hours, hours * 1.0, hours * 0.5, ax),
            topic="capacity",
            title="Average week",
            description="Two lines.",
        ),
    ]


def report(name: str = "office", *, drawn: bool = True) -> ReportData:
    """Everything filled, every name from outside being `name`."""
    return ReportData(
        title=name,
        description=f"About {name}.",
        period="2026-09-01 to 2026-11-01 (UTC)",
        provenance={"scenario": name, "seed": "1"},
        currency="USD",
        desktop_months=4,
        invoice=[
            bill("2026-09", name, "autostop-hours", "10.10"),
            bill("2026-09", "", name, "1.05", item=name),
            bill("2026-10", name, "autostop-hours", "20.20"),
            bill("2026-10", "zeta", "alwayson-month", "300.00"),
        ],
        unrounded_total=Decimal("331.3456"),
        logons=2,
        logon_total=StageTime(stage="total", p50_ms=5_000, p95_ms=70_000, p99_ms=70_000),
        logon_stages=[
            StageTime(
                stage="start",
                p50_ms=0,
                p95_ms=62_340,
                p99_ms=62_340,
                mean_ms=31_170,
                took=1,
                meaning=name,
            )
        ],
        service=[
            Measure(
                name="logon_success", value=0.5, part=2, whole=4, unit="sessions", meaning=name
            ),
            Measure(name="attempt_success", value=None, part=0, whole=0, unit="attempts"),
        ],
        failures=[Failure(what="attempts refused", cause="no-host-capacity", number=1_539)],
        peaks=[
            Peak(what="running", desktops=1_200, at="2026-09-07T09:12:00Z", mean=512.34),
            Peak(what="connected", desktops=1_100),
        ],
        hosts=[HostUse(group=name, hosts=12, resource="vCPU", peak=48, mean=12.5, capacity=96)],
        operations=[
            OperationCount(operation="resize", accepted=3, refused=1, causes=name, by="user 4")
        ],
        assumptions=[
            Assumption(
                path=f"fleets.{name}.bundle", value=name, meaning=name, source="", stated=True
            ),
            Assumption(
                path="billing.rounding", value="per_run", meaning="", source=name, stated=False
            ),
        ],
        prices=[
            PriceUsed(
                item="nat/hour",
                unit="hour",
                unit_price=Decimal("0.0450"),
                source="https://example.com/prices?a=1&b=2",
                as_of="2026-07-01",
            ),
            PriceUsed(
                item=name,
                unit="hour",
                unit_price=Decimal(1),
                source="javascript:alert(1)",
                as_of="2026",
            ),
        ],
        drawings=drawings(name) if drawn else (),
    )


def pooled(name: str = "agents") -> ReportData:
    """The same office, half of it in a pool with a line."""
    fleet = FleetUse(
        fleet="office",
        kind="persistent, AutoStop",
        users=3,
        cost=Decimal("330.30"),
        per_user=Decimal("55.05"),
        per_connected_hour=None,
        wait_p50_ms=None,
        wait_p95_ms=None,
        started=None,
        delivered=None,
    )
    shared = FleetUse(
        fleet=name,
        kind="pooled, AlwaysOn",
        users=1_200,
        cost=Decimal("12.50"),
        per_user=Decimal("0.0104"),
        per_connected_hour=Decimal("1.256"),
        wait_p50_ms=9_000,
        wait_p95_ms=1_200_000,
        started=0.5,
        delivered=1.0,
    )
    pool = PoolUse(
        pool=name,
        refused=Part(part=25, whole=300),
        refused_people=Part(part=30, whole=40),
        abandoned=Part(part=0, whole=60),
        gave_up=Part(part=0, whole=40),
        wait=StageTime(
            stage="wait", p50_ms=9_000, p95_ms=20_000, p99_ms=20_500, mean_ms=10_000, meaning="w"
        ),
        in_line=StageTime(stage="in_line", p50_ms=0, p95_ms=1_000, p99_ms=2_000, meaning="l"),
        levels=[
            LevelUse(what="actual", peak=1_200, mean=512.34, at="2026-09-07T09:12:00Z"),
            LevelUse(what="waiting", peak=0, mean=0.0),
        ],
        utilization=0.4188,
        available_hours=11_648.3,
        idle_hours=6_770.6,
        launch_failures="",
        scaling=f"{name} 397",
    )
    return replace(
        report(), fleets=[fleet, shared], pools=[pool], user_months=8, hosts=(), whole_months=True
    )


EMPTY = ReportData(title="office", description="", period="a day", provenance={}, currency="USD")

MARKUP = html_report(report())
PAGE = parsed(MARKUP)
NOTHING = parsed(html_report(EMPTY))
HOSTILE = html_report(report(EVIL))


class TestAnswerFirst:
    def test_the_answer_is_the_first_section_and_names_its_basis(self) -> None:
        first = PAGE.all("section")[0]
        assert first.all("h2")[0].text == "The answer"
        # 10.10 + 1.05 + 20.20 + 300.00 = 331.35; / 4 desktop-months = 82.8375
        assert "office costs USD 331.35 over 2026-09-01 to 2026-11-01 (UTC)" in first.text
        assert "USD 82.84 per desktop and month" in first.text
        assert "one run, no interval" in first.text

    def test_numbers_keep_their_units_on_the_line(self) -> None:
        assert "USD\xa0331.35 over" in MARKUP
        assert "half took 5.0\xa0s or less, 95\xa0% took 70\xa0s" in MARKUP
        assert "<p>About USD 5 s.</p>" in html_report(replace(EMPTY, description="About USD 5 s."))

    def test_headlines_follow(self) -> None:
        values = [e.text for e in PAGE.all("dd") if e.attributes.get("class") == "value"]
        assert values == ["USD 331.35", "70 s", "50.0 %", "1,100"]


def study(name: str = "office") -> StudyShown:
    """What 30 runs say of a fleet `name`."""
    row = EstimateRow(fleet=name, measure="cost", value="331 USD", interval="320 to 342", runs=30)
    return StudyShown(
        runs=30,
        level=0.9,
        answer=[f"{name}: 331 USD (90 %: 320 to 342), over 30 runs.", "Nobody waits."],
        estimates=[replace(row, fleet=""), row],
    )


class TestManyRuns:
    PAGE = parsed(html_report(replace(report(), basis="the first of 30 runs", study=study())))

    def test_the_answer_is_that_of_all_runs_and_the_first_one_stands_behind(self) -> None:
        answer, levers, sure, first, *_ = self.PAGE.all("section")
        assert levers.all("h2")[0].text == "What would change the answer most"
        assert answer.text == (
            "The answer office: 331 USD (90 %: 320 to 342), over 30 runs. Nobody waits."
        )
        assert sure.all("h2")[0].text == "How sure"
        assert "90 % of such intervals contain" in sure.text
        assert first.all("h2")[0].text == "The first run alone"
        assert "From here on all numbers and figures are of the first run" in first.text
        assert "The numbers come from the first of 30 runs." in first.text

    def test_numbers_of_one_run_do_not_stand_beside_the_answer_of_all(self) -> None:
        first = self.PAGE.all("section")[3]
        values = [e.text for e in self.PAGE.all("dd") if e.attributes.get("class") == "value"]
        assert values == ["USD 331.35", "70 s", "50.0 %", "1,100"]
        assert values == [e.text for e in first.all("dd") if e.attributes.get("class") == "value"]

    def test_every_measure_has_its_interval_and_number_of_runs(self) -> None:
        assert rows(self.PAGE, "What all runs say together") == [
            ["Fleet", "Measure", "Estimate", "Interval", "Runs"],
            ["all together", "cost", "331 USD", "320 to 342", "30"],
            ["office", "cost", "331 USD", "320 to 342", "30"],
        ]

    def test_what_one_run_may_come_to_stands_apart_from_the_mean(self) -> None:
        often = EstimateRow(
            fleet="", measure="90 %", value="360 USD", interval="P90 needs 36 runs", runs=30
        )
        shown = replace(report(), study=replace(study(), at_most=[often]))
        assert rows(parsed(html_report(shown)), "What the cost of one run may come to") == [
            ["Fleet", "In so many runs", "At most", "Interval", "Runs"],
            ["all together", "90 %", "360 USD", "P90 needs 36 runs", "30"],
        ]
        assert "may come to" not in self.PAGE.text

    def test_the_contents_lead_there(self) -> None:
        links = {a.attributes["href"]: a.text for a in self.PAGE.all("nav")[0].all("a")}
        assert links["#sure"] == "How sure"
        assert links["#first"] == "The first run alone"
        assert {"#sure", "#first"}.isdisjoint(
            a.attributes["href"] for a in PAGE.all("nav")[0].all("a")
        )

    def test_names_are_escaped(self) -> None:
        markup = html_report(replace(report(EVIL), study=study(EVIL)))
        assert EVIL not in markup
        assert EVIL in rows(parsed(markup), "What all runs say together")[2][0]


def swings(name: str = "fleets.*.stop_delay", runs: int = 1) -> SwingsShown:
    """One assumption that moves something, and others."""
    row = Swing(
        setting=name, now=name, set_to=f"half, {name}", cost="12.50 USD", wait="none", delivered="x"
    )
    return SwingsShown(
        rows=[row], answer=[f"{name} by 5 s."], runs=runs, smaller=3, unmoved=2, left={name: name}
    )


class TestWhatWouldChangeTheAnswer:
    LEVERS = (
        Lever(what="office on AlwaysOn", moved=Decimal("-33.135"), note="3 of 4 months"),
        Lever(what="nat/hour 10 % dearer", moved=Decimal("3.14"), note="autostop-hours"),
    )
    MARGIN = Margin(fleet="office", hours=Decimal("80.6818"), months=1_200, beyond=3, near=28)
    SHOWN = replace(report(), levers=LEVERS, margins=[MARGIN])

    def test_it_stands_right_behind_the_answer(self) -> None:
        page = parsed(html_report(self.SHOWN))
        titles = [section.all("h2")[0].text for section in page.all("section")]
        assert titles[:3] == ["The answer", "What would change the answer most", "Cost"]

    def test_levers_have_their_sign_and_their_part_of_the_total(self) -> None:
        """The total is 331.35: 33.14 are 10.0 % of it, and 3.14 are 0.9 %."""
        page = parsed(html_report(self.SHOWN))
        assert rows(page, "What moves the total of USD 331.35, and by how much [USD]")[1:] == [
            ["office on AlwaysOn", "\N{MINUS SIGN}33.14", "\N{MINUS SIGN}10.0 %", "3 of 4 months"],
            ["nat/hour 10 % dearer", "+3.14", "+0.9 %", "autostop-hours"],
        ]

    def test_the_margin_of_the_running_mode_is_told_in_a_sentence(self) -> None:
        text = parsed(html_report(self.SHOWN)).text
        assert (
            "office: 3 of 1,200 months of a desktop on AutoStop were billed more than the 80.7 h "
            "at which AlwaysOn costs the same; 28 lie within a tenth of it, and may change sides."
        ) in text

    def test_without_swings_the_page_says_how_to_get_them(self) -> None:
        assert "desksim run FILE --swings" in PAGE.text

    def test_with_swings_it_shows_what_moves_most_and_what_was_left_out(self) -> None:
        page = parsed(html_report(replace(self.SHOWN, swings=swings())))
        section = page.all("section")[1]
        assert rows(page, "How far each assumption")[1] == [
            "fleets.*.stop_delay", "fleets.*.stop_delay", "half, fleets.*.stop_delay",
            "12.50 USD", "none", "x",
        ]  # fmt: skip
        assert "3 more move it less, and are in swings.csv. 2 move none of the three." in (
            section.text
        )
        assert "over one run of each value" in section.text
        assert "Not varied: fleets.*.stop_delay (fleets.*.stop_delay)." in section.text
        assert "--swings" not in section.text

    def test_of_several_runs_it_says_where_the_intervals_are(self) -> None:
        text = parsed(html_report(replace(self.SHOWN, swings=swings(runs=20)))).text
        assert "over 20 runs of each value" in text
        assert "Intervals are in the figures, and in swings.csv." in text

    def test_names_are_escaped(self) -> None:
        markup = html_report(replace(report(EVIL), swings=swings(EVIL)))
        assert faults(markup) == []
        assert EVIL not in markup
        assert rows(parsed(markup), "How far each assumption")[1][0] == EVIL


class TestTables:
    def test_months_by_fleets_add_up_both_ways(self) -> None:
        assert rows(PAGE, "Cost by month and fleet [USD]") == [
            ["Month", "office", "zeta", "shared services", "Total"],
            ["2026-09", "10.10", "0.00", "1.05", "11.15"],  # 10.10 + 1.05
            ["2026-10", "20.20", "300.00", "0.00", "320.20"],
            ["Total", "30.30", "300.00", "1.05", "331.35"],
        ]

    def test_more_fleets_than_paper_is_wide_have_a_row_each(self) -> None:
        """Seven fleets of 1 to 7 in each of two months: 28 a month, 56 in all."""
        lines = [
            bill(month, f"fleet-{n}", "x", f"{n}.00")
            for month in ("2026-09", "2026-10")
            for n in range(1, 8)
        ]
        page = parsed(html_report(replace(report(), invoice=lines)))
        table = rows(page, "Cost by month and fleet [USD]")
        assert table[0] == ["Fleet", "2026-09", "2026-10", "Total"]
        assert table[2] == ["fleet-2", "2.00", "2.00", "4.00"]
        assert table[-1] == ["Total", "28.00", "28.00", "56.00"]

    def test_the_bill_is_there_line_by_line(self) -> None:
        lines = rows(PAGE, "Lines of the bill")
        assert lines[1] == [
            "2026-09", "office", "autostop-hours nat/hour", "1,488.5", "hour", "0.22", "10.10",
        ]  # fmt: skip
        assert [line[1] for line in lines[1:]] == ["office", "shared services", "office", "zeta"]

    def test_the_difference_made_by_rounding_is_shown(self) -> None:
        assert "Without rounding the total is USD 331.3456." in PAGE.text
        assert (
            "Without rounding"
            not in parsed(html_report(replace(report(), unrounded_total=None))).text
        )

    def test_no_difference_is_not_shown(self) -> None:
        exact = replace(report(), unrounded_total=Decimal("331.3500"))
        assert "Without rounding" not in html_report(exact)

    def test_logon_stages_end_in_the_total(self) -> None:
        assert rows(PAGE, "Logon time by stage, 2 logons [s]")[1:] == [
            ["start", "0.0", "62.3", "62.3", "31.2", "1", "office"],
            ["total", "5.0", "70.0", "70.0", "", "", ""],
        ]

    def test_service_measures_show_part_and_whole(self) -> None:
        assert rows(PAGE, "What was intended")[1:] == [
            ["logon_success", "50.0 %", "2", "4", "sessions", "office"],
            ["attempt_success", "none intended", "0", "0", "attempts", ""],
        ]

    def test_failures_say_why_and_how_often(self) -> None:
        assert rows(PAGE, "What did not go as intended")[1:] == [
            ["attempts refused", "no-host-capacity", "1,539"]
        ]

    def test_capacity_and_operations(self) -> None:
        assert rows(PAGE, "Desktops at once")[1:] == [
            ["running", "1,200", "512.3", "2026-09-07T09:12:00Z"],
            ["connected", "1,100", "", ""],
        ]
        assert rows(PAGE, "Use of hosts")[1:] == [
            ["office", "12", "vCPU", "48 (50.0 %)", "12.5", "96"]
        ]
        assert rows(PAGE, "What was done")[1:] == [["resize", "user 4", "3", "1", "office"]]

    def test_assumptions_say_whether_the_scenario_stated_them_and_their_sources(self) -> None:
        assert rows(PAGE, "Settings on which")[1:] == [
            ["fleets.office.bundle", "office", "scenario", "office"],
            ["billing.rounding", "per_run", "default", "office"],
        ]

    def test_prices_have_a_source_and_a_date(self) -> None:
        assert rows(PAGE, "Prices used [USD]")[1] == [
            "nat/hour", "0.045", "hour", "2026-07-01", "https://example.com/prices?a=1&b=2",
        ]  # fmt: skip

    def test_a_long_bill_shows_its_largest_lines_and_sums_the_rest(self) -> None:
        """500 lines of 1 to 500: the 400 largest stay, 1 + ... + 100 = 5,050 are summed."""
        many = [bill("2026-09", "office", f"c{n}", f"{n}.00") for n in range(1, 501)]
        page = parsed(html_report(replace(report(), invoice=many)))
        shown = rows(page, "Lines of the bill")[1:]
        assert len(shown) == MOST_LINES == 400
        assert [shown[0][6], shown[-1][6]] == ["101.00", "500.00"]
        assert "100 smaller lines, together USD 5,050.00, are not shown" in page.text
        assert rows(page, "Cost by month and fleet")[-1][-1] == "125,250.00"  # 500 x 501 / 2


class TestPools:
    PAGE = parsed(html_report(pooled()))

    def test_fleets_and_pools_stand_side_by_side(self) -> None:
        shown = rows(self.PAGE, "Side by side")
        assert shown[0][4] == "Per user and month"
        assert shown[1:] == [
            ["office", "persistent, AutoStop", "3", "330.30", "55.05", "", "", "",
             "none intended", "none intended"],
            ["agents", "pooled, AlwaysOn", "1,200", "12.50", "0.01", "1.26", "9.0", "1,200.0",
             "50.0 %", "100 %"],
        ]  # fmt: skip

    def test_one_fleet_is_not_compared(self) -> None:
        alone = replace(pooled(), fleets=pooled().fleets[1:])
        assert "Side by side" not in html_report(alone)

    def test_parts_of_months_are_not_called_months(self) -> None:
        page = parsed(html_report(replace(pooled(), whole_months=False)))
        assert rows(page, "Side by side")[0][4] == "Per user"

    def test_waits_and_refusals(self) -> None:
        assert rows(self.PAGE, "How long people of a pool wait")[1:] == [
            ["agents", "w", "9.0", "20.0", "20.5", "10.0"],
            ["agents", "l", "0.0", "1.0", "2.0", ""],
        ]
        assert rows(self.PAGE, "Who was refused")[1:] == [
            ["agents", "logons refused", "8.3 %", "25", "300", "attempts"],
            ["agents", "people refused at least once", "75.0 %", "30", "40", "people who tried"],
            ["agents", "sessions given up", "0 %", "0", "60", "intended sessions"],
            ["agents", "people who gave up at least once", "0 %", "0", "40", "people who tried"],
        ]

    def test_capacity(self) -> None:
        assert rows(self.PAGE, "Capacity of pools")[1:] == [
            ["agents", "actual", "1,200", "512.3", "2026-09-07T09:12:00Z"],
            ["agents", "waiting", "0", "0.0", ""],
        ]
        assert rows(self.PAGE, "Instances of pools")[1:] == [
            ["agents", "41.9 %", "11,648", "6,771", "agents 397", "none"]
        ]

    def test_what_has_no_limit_is_said_of_hosts_only(self) -> None:
        said = "no desktop was refused for lack of a host"
        assert f"Compute has no limit in this scenario but the capacity of its pools: {said}." in (
            self.PAGE.text
        )
        assert f"Compute has no limit in this scenario: {said}." in NOTHING.text

    def test_a_hostile_name_of_a_pool_does_nothing(self) -> None:
        markup = html_report(pooled(EVIL))
        page = parsed(markup)
        assert "<script" not in markup
        assert rows(page, "Side by side")[2][0] == EVIL
        assert rows(page, "Instances of pools")[1][4] == f"{EVIL} 397"
        assert Counter(e.tag for e in page.all()) == Counter(e.tag for e in self.PAGE.all())


class TestForEveryone:
    @pytest.mark.parametrize(
        "markup",
        [
            MARKUP,
            html_report(EMPTY),
            HOSTILE,
            html_report(pooled()),
            html_report(replace(report(), study=study())),
        ],
        ids=["full", "empty", "hostile", "pools", "many runs"],
    )
    def test_the_page_keeps_every_law(self, markup: str) -> None:
        assert faults(markup) == []

    def test_the_laws_have_something_to_hold_of(self) -> None:
        assert len(PAGE.all("table")) == 10
        assert [f.all("figcaption")[0].text for f in PAGE.all("figure")] == [
            "Cost by month", "Logon time", "Average week",
        ]  # fmt: skip
        assert PAGE.all("html")[0]["lang"] == "en"
        assert PAGE.all("title")[0].text == "office: cost, waiting, availability"

    def test_figures_stand_in_the_section_of_their_topic(self) -> None:
        where = {
            section.all("h2")[0].text: [f.all("figcaption")[0].text for f in section.all("figure")]
            for section in PAGE.all("section")
        }
        assert where["Cost"] == ["Cost by month"]
        assert where["Waiting"] == ["Logon time"]
        assert where["Capacity"] == ["Average week"]

    def test_two_drawings_of_one_title_are_refused(self) -> None:
        twice = [drawings()[0], drawings()[0]]
        with pytest.raises(ValueError, match="different titles"):
            html_report(replace(report(), drawings=twice))


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def themes() -> list[dict[str, str]]:
    """The colours of light, dark and print, from the style sheet of the page."""
    blocks = PAGE.all("style")[0].text.split(":root {")[1:]
    declared = [block.split("}")[0].split(";") for block in blocks]
    return [
        {name.strip(): value.strip() for name, _, value in (d.partition(":") for d in block)}
        for block in declared
    ]


class TestColours:
    def test_black_on_white_has_the_greatest_contrast(self) -> None:
        assert contrast("#000000", "#ffffff") == pytest.approx(21)

    @pytest.mark.parametrize("theme", [0, 1, 2], ids=["light", "dark", "print"])
    @pytest.mark.parametrize("text", ["--ink", "--quiet", "--link"])
    @pytest.mark.parametrize("ground", ["--page", "--card"])
    def test_text_can_be_read(self, theme: int, text: str, ground: str) -> None:
        colours = themes()[theme]
        assert contrast(colours[text], colours[ground]) >= 4.5  # WCAG 2.2, 1.4.3, level AA

    def test_there_is_a_dark_theme_and_a_way_to_print(self) -> None:
        assert "prefers-color-scheme: dark" in MARKUP
        assert "@media print" in MARKUP


class TestNothingFromOutside:
    @pytest.mark.parametrize("markup", [MARKUP, HOSTILE], ids=["plain", "hostile"])
    def test_only_web_addresses_become_links(self, markup: str) -> None:
        links = [e.attributes["href"] for e in parsed(markup).all("a")]
        outward = [link for link in links if not link.startswith("#")]
        assert outward == ["https://example.com/prices?a=1&b=2"]

    def test_a_hostile_name_is_shown_letter_by_letter_and_does_nothing(self) -> None:
        page = parsed(HOSTILE)
        assert "<script" not in HOSTILE
        assert page.all("h1")[0].text == EVIL
        assert rows(page, "Cost by month and fleet")[0][1] == EVIL
        assert rows(page, "Settings on which")[1][0] == f"fleets.{EVIL}.bundle"
        drawn = [text.text for text in page.all("text")]
        assert EVIL in drawn
        assert page.all("desc")[0].text == f"Cost of {EVIL}."

    @given(name=NAMES)
    @settings(max_examples=60, deadline=None)
    @example(name=EVIL)
    @example(name="]]><!-- {{ report }} </style></svg></title>")
    @example(name="\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH NO-BREAK SPACE}x" * 30)
    def test_whatever_the_names_the_page_keeps_every_law_and_shows_them(self, name: str) -> None:
        """All names at once: of the scenario, fleets, charges, causes, sources, settings."""
        markup = html_report(replace(report(name, drawn=False), study=study(name)))
        page = parsed(markup)
        shown = " ".join(name.split())
        assert faults(markup) == []
        assert page.all("h1")[0].text == shown
        assert rows(page, "What all runs say together")[2][0] == shown
        assert rows(page, "Prices used")[2][0] == shown
        assert {e.tag for e in page.all()} <= {e.tag for e in PAGE.all()}

    @given(name=NAMES)
    @settings(max_examples=10, deadline=None)
    @example(name=EVIL)
    def test_whatever_is_drawn_stays_inside_its_drawing(self, name: str) -> None:
        markup = html_report(replace(report(name), drawings=drawings(name)[:1]))
        assert faults(markup) == []
        assert parsed(markup).all("desc")[0].text == f"Cost of {' '.join(name.split())}."

    def test_a_hostile_name_changes_no_tag(self) -> None:
        def tags(page: Element) -> Counter[str]:
            return Counter(e.tag for e in page.all() if e.tag not in ("pattern", "path", "rect"))

        plain, hostile = tags(PAGE), tags(parsed(HOSTILE))
        assert {t: plain[t] for t in ("table", "tr", "td", "th", "a", "dt")} == {
            t: hostile[t] for t in ("table", "tr", "td", "th", "a", "dt")
        }


class TestSizeAndBytes:
    def test_an_ordinary_page_is_small(self) -> None:
        assert len(MARKUP.encode()) < 200_000

    def test_five_years_of_twenty_fleets_stay_under_a_megabyte(self) -> None:
        months = [f"{2026 + n // 12}-{n % 12 + 1:02}" for n in range(60)]
        long = [
            bill(month, f"fleet-{fleet}", f"charge-{charge}", "12345.67")
            for month in months
            for fleet in range(20)
            for charge in range(8)
        ]
        frame = pd.DataFrame(
            [(line.month, line.charge, line.amount) for line in long],
            columns=["month", "charge", "amount"],
        )
        costly = drawing(
            lambda ax: cost_by_month(frame, ax), topic="cost", title="Cost", description="d"
        )
        markup = html_report(replace(report(), invoice=long, drawings=[costly]))
        assert len(markup.encode()) < 1_000_000

    def test_the_same_report_is_the_same_bytes(self) -> None:
        assert html_report(report()) == MARKUP


class TestEmpty:
    def test_what_is_not_there_is_said_in_words(self) -> None:
        text = NOTHING.text
        for sentence in (
            "Nothing was charged over a day.",
            "Nobody logged on.",
            "Nothing was intended, so nothing was measured.",
            "Compute has no limit in this scenario",
            "Nobody created, deleted or changed a desktop.",
            "None were listed.",
        ):
            assert sentence in text
        assert not NOTHING.all("table", "figure")


_PROGRAM = """
import sys
from sim.report.contents import ReportData
from sim.report.html import html_report
empty = ReportData(title="office", description="", period="a day", provenance={}, currency="USD")
sys.stdout.write(html_report(empty))
"""


def test_another_process_writes_the_same_bytes() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": ":".join(sys.path)},
    )
    assert ran.stdout == html_report(EMPTY)
