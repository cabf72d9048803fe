"""How numbers are written, and the paragraph that answers."""

from dataclasses import replace
from decimal import Decimal

import pytest

from sim.report.contents import (
    FleetUse,
    InvoiceLine,
    Measure,
    Part,
    Peak,
    PoolUse,
    ReportData,
    StageTime,
)
from sim.report.wording import (
    answer,
    count,
    each_month,
    exact,
    headlines,
    money,
    one_in,
    paragraphs,
    share,
    waiting,
)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Decimal("1234.5"), "1,234.50"),
        (Decimal("0.005"), "0.01"),  # half-up, as an invoice
        (Decimal(0), "0.00"),
        (0.1 + 0.2, "0.30"),
        (Decimal("1234567.891"), "1,234,567.89"),
    ],
)
def test_money_is_written_to_the_cent(amount: Decimal | float, written: str) -> None:
    assert money(amount) == written
    assert money(amount, "USD") == f"USD {written}"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (Decimal("0.2200"), "0.22"),
        (Decimal("1488.0"), "1,488"),
        (Decimal(100), "100"),
        (Decimal("1E+3"), "1,000"),
        (Decimal("0.0000000001"), "0.0000000001"),
    ],
)
def test_quantities_keep_every_digit_and_no_padding(number: Decimal, written: str) -> None:
    assert exact(number) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.5, "50.0 %"),
        (0.9957, "99.6 %"),
        (0.9996, "99.96 %"),  # 100.0 to one digit, so it takes a second
        (0.99999, "99.999 %"),
        (1 - 1e-12, "> 99.9999 %"),
        (0.0004, "0.04 %"),
        (1e-12, "< 0.0001 %"),
        (None, "none intended"),
    ],
)
def test_a_share_looks_perfect_only_when_it_is(value: float | None, written: str) -> None:
    assert share(value) == written


@pytest.mark.parametrize(
    ("millis", "written"),
    [
        (0, "0.0 s"),
        (9_940, "9.9 s"),
        (9_960, "10 s"),
        (119_400, "119 s"),
        (119_600, "2 min"),
        (200_000, "3 min 20 s"),
        (3_599_400, "59 min 59 s"),
        (3_599_600, "1 h"),
        (3_900_000, "1 h 5 min"),
    ],
)
def test_waiting_is_written_as_it_is_said(millis: float, written: str) -> None:
    assert waiting(millis) == written


def test_counts_have_separators_and_a_digit_only_where_needed() -> None:
    assert (count(1234), count(1234.0), count(1234.56)) == ("1,234", "1,234", "1,234.6")


def line(month: str, amount: str) -> InvoiceLine:
    return InvoiceLine(
        month=month,
        fleet="office",
        charge="alwayson-month",
        item="personal/alwayson-month/power/windows/included/80-10",
        quantity=Decimal(1),
        unit="desktop-month",
        unit_price=Decimal(amount),
        amount=Decimal(amount),
    )


REPORT = ReportData(
    title="office",
    description="",
    period="2026-09-01 to 2026-11-01 (UTC)",
    provenance={"seed": "1"},
    currency="USD",
    desktop_months=4,
    invoice=[line("2026-09", "1000.00"), line("2026-10", "1200.00")],
    logons=2000,
    logon_total=StageTime(stage="total", p50_ms=9_700, p95_ms=128_000, p99_ms=149_000),
    service=[
        Measure(name="logon_success", value=0.9996, part=2499, whole=2500, unit="sessions"),
        Measure(name="delivered_minutes", value=1.0, part=60, whole=60, unit="min"),
    ],
    peaks=[Peak(what="running", desktops=3), Peak(what="connected", desktops=2)],
)


def test_the_answer_says_cost_waiting_availability_and_what_it_rests_on() -> None:
    # 1000 + 1200 = 2200; / 2 months = 1100; / 4 desktop-months = 550
    assert answer(REPORT) == (
        "office costs USD 2,200.00 over 2026-09-01 to 2026-11-01 (UTC): USD 1,100.00 a month, "
        "USD 550.00 per desktop and month, shared services included. "
        "Of 2,000 logons half took 9.7 s or less, 95 % took 2 min 8 s or less, and 99 % took "
        "2 min 29 s or less. "
        "99.96 % of 2,500 intended sessions started. "
        "Users got 100 % of the connected time they had planned. "
        "At most 2 desktops were connected at once, and 3 running. "
        "The numbers come from one run, no interval."
    )


def test_each_paragraph_is_about_one_thing() -> None:
    starts = ["office costs", "Of 2,000 logons", "99.96 % of", "At most 2 desktops"]
    told = zip(paragraphs(REPORT), starts, strict=True)
    assert all(said.startswith(start) for said, start in told)
    assert " ".join(paragraphs(REPORT)) == answer(REPORT)


def test_one_month_is_not_averaged() -> None:
    one = replace(REPORT, invoice=[line("2026-09", "1000.00")])
    assert "a month, " not in answer(one)
    assert "USD 250.00 per desktop and month" in answer(one)  # 1000 / 4


def test_part_months_give_no_number_per_month() -> None:
    part = replace(REPORT, whole_months=False)
    assert each_month(part) is None
    assert answer(part).startswith("office costs USD 2,200.00 over 2026-09-01 to 2026-11-01 (UTC).")
    assert headlines(part)[0].note == ""


def test_every_session_that_started_is_all() -> None:
    perfect = Measure(name="logon_success", value=1.0, part=7, whole=7, unit="sessions")
    assert "All of 7 intended sessions started." in answer(replace(REPORT, service=[perfect]))


def test_nothing_at_all_is_said_in_words() -> None:
    empty = ReportData(
        title="office", description="", period="a day", provenance={}, currency="USD"
    )
    assert answer(empty) == (
        "Nothing was charged over a day. Nobody logged on. "
        "The numbers come from one run, no interval."
    )
    assert [headline.value for headline in headlines(empty)] == ["USD 0.00"]


def test_the_answer_ends_in_what_it_rests_on() -> None:
    assert REPORT.basis == "one run, no interval"
    first = replace(REPORT, basis="the first of 20 runs")
    assert answer(first).endswith(" The numbers come from the first of 20 runs.")


def test_headlines_are_the_numbers_of_the_answer() -> None:
    shown = [(headline.label, headline.value) for headline in headlines(REPORT)]
    assert shown == [
        ("Cost", "USD 2,200.00"),
        ("95 % of logons within", "2 min 8 s"),
        ("Sessions that started", "99.96 %"),
        ("Most connected at once", "2"),
    ]


# --- pools


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        (1, 12, "1 in 12"),
        (25, 300, "1 in 12"),
        (100, 300, "1 in 3"),
        (101, 300, "33.7 %"),  # nearer to a third than to a half: percent says it better
        (300, 300, "100 %"),
        (1, 1000, "1 in 1000"),
        (1, 1001, "0.1 %"),
        (0, 300, "0 %"),
    ],
)
def test_a_small_share_is_one_in_so_many(part: int, whole: int, written: str) -> None:
    assert one_in(part, whole) == written


def pool(refused: tuple[int, int], people: tuple[int, int], abandoned: tuple[int, int]) -> PoolUse:
    def some(pair: tuple[int, int]) -> Part:
        return Part(part=pair[0], whole=pair[1])

    return PoolUse(
        pool="agents",
        refused=some(refused),
        refused_people=some(people),
        abandoned=some(abandoned),
        gave_up=some((0, people[1])),
        wait=StageTime(stage="wait", p50_ms=9_000, p95_ms=200_000, p99_ms=300_000),
        in_line=None,
        levels=[],
        utilization=0.5,
        available_hours=10,
        idle_hours=5,
    )


def pooled(*pools: PoolUse) -> ReportData:
    return replace(REPORT, pools=pools, user_months=8)


def test_the_answer_says_who_was_refused_and_how_long_the_others_tried() -> None:
    # 2200 / 8 user-months = 275; 25 of 300 attempts are 1 in 12; 30 of 40 people are 75 %
    said = answer(pooled(pool((25, 300), (30, 40), (6, 60))))

    assert "USD 275.00 per user and month, shared services included." in said
    assert "Of 2,000 logons that connected half took 9.7 s or less" in said
    assert (
        "In the pool agents 1 in 12 logons was refused: 75.0 % of people met that at least once, "
        "and 1 in 10 intended sessions was given up. Of those who got in, 95 % did within "
        "3 min 20 s of their first attempt. 99.96 % of 2,500"
    ) in said
    assert "At most 2 users were connected at once, and 3 desktops running." in said


def test_refusals_without_giving_up_and_giving_up_without_refusals() -> None:
    assert (
        "In the pool agents 50.0 % of logons were refused: all people met that at least once, and "
        "nobody gave up. Of those who got in"
    ) in answer(pooled(pool((30, 60), (40, 40), (0, 30))))
    assert (
        "The pool agents refused nobody, but 1 in 5 intended sessions was given up. Of those"
    ) in answer(pooled(pool((0, 60), (0, 40), (6, 30))))


def fleet(name: str, per_user: str | None, wait_p95_ms: float | None) -> FleetUse:
    return FleetUse(
        fleet=name,
        kind="pooled, AutoStop",
        users=4,
        cost=Decimal(1000),
        per_user=None if per_user is None else Decimal(per_user),
        per_connected_hour=None,
        wait_p50_ms=wait_p95_ms,
        wait_p95_ms=wait_p95_ms,
        started=1.0,
        delivered=1.0,
    )


def test_desktops_of_ones_own_and_a_pool_are_told_side_by_side() -> None:
    own, shared = fleet("own", "180.554", 124_600), fleet("agents", "77.41", 198_700)
    both = replace(pooled(pool((0, 60), (0, 40), (0, 60))), fleets=[own, shared])
    assert (
        "shared services included. Side by side: own costs USD 180.55 per user and month, and 95 % "
        "of who got in did within 2 min 5 s; agents costs USD 77.41 per user and month, and 95 % "
        "of who got in did within 3 min 19 s. Of 2,000 logons that connected"
    ) in answer(both)

    nobody = replace(both, whole_months=False, fleets=[fleet("own", None, None), shared])
    assert "Side by side: own has no users; agents costs USD 77.41 per user, and" in answer(nobody)
    shut = replace(both, fleets=[own, fleet("agents", "0.10", None)])
    assert "agents costs USD 0.10 per user and month, and nobody got in. Of" in answer(shut)
    assert "Side by side" not in answer(replace(both, fleets=[shared]))
    assert "Side by side" not in answer(replace(REPORT, fleets=[own, own]))


def test_that_nobody_was_refused_is_said_too() -> None:
    said = answer(pooled(pool((0, 60), (0, 40), (0, 60))))
    assert "Nobody was refused for want of a pool's capacity. 99.96 %" in said
    assert "refused" not in answer(REPORT)


def test_refusals_are_a_headline_over_all_pools() -> None:
    """25 of 300 and 35 of 300: 60 of 600. 30 of 40 people and 10 of 40: half of them."""
    both = pooled(pool((25, 300), (30, 40), (0, 9)), pool((35, 300), (10, 40), (0, 9)))
    shown = {headline.label: headline for headline in headlines(both)}

    assert shown["Logons refused by pools"].value == "10.0 %"
    assert shown["Logons refused by pools"].note == "50.0 % of people at least once"
    assert shown["Cost"].note == "USD 275.00 per user and month"
    assert shown["95 % of logons that connected within"].value == "2 min 8 s"
    assert "Logons refused by pools" not in {h.label for h in headlines(REPORT)}
