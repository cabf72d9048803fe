"""Price books: what is in them, what is refused, and that nothing known was lost on the way."""

import csv
import io
import pickle
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from scenarios.prices import build as books
from sim.pricing import (
    COLUMNS,
    MissingPriceError,
    Price,
    PriceBook,
    PriceBookError,
    PriceChange,
    diff,
    parse_price_book,
    read_price_book,
    scenario_book,
    shipped_books,
)
from sim.scenario.schema import Prices, SuppliedPrice

FOLDER = books.FOLDER
PAGE = FOLDER.parents[1] / "docs" / "prices.md"
HEADER = "item,charge,region,bundle,os,license,root_gb,user_gb,unit,unit_price,currency,as_of,confidence,source,note\n"  # fmt: skip  # noqa: E501
NAT = "nat/hour,nat,us-east-1,,,,,,hour,0.045,USD,2024-07-01,high,a golden file,\n"
POWER = "personal/alwayson-month/power/windows/included/80-10"


@pytest.fixture(scope="module")
def virginia() -> PriceBook:
    return read_price_book(FOLDER / "us-east-1.csv")


@pytest.fixture(scope="module")
def outcome() -> books.Outcome:
    return books.build()


def price(item: str, amount: str = "1", **others: str) -> Price:
    facts = {"unit": "hour", "source": "a test", **others}
    return Price(item=item, unit_price=Decimal(amount), **facts)  # type: ignore[arg-type]  # text only


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(PriceBookError) as caught:
        parse_price_book(text, "prices/mine.csv")
    return caught.value.problems


# ------------------------------------------------------------------------------------ the files


def test_a_row_becomes_a_price_with_all_it_says_about_itself() -> None:
    row = (
        "personal/alwayson-month/power/windows/byol/175-100,alwayson-month,ap-southeast-1,"
        'power,windows,byol,175,100,desktop-month,120,USD,2026-07,high,"a list, kept by hand",\n'
    )
    book = parse_price_book(HEADER + row, "prices/singapore.csv")
    assert book.name == "singapore"
    assert list(book.values()) == [
        Price(
            item="personal/alwayson-month/power/windows/byol/175-100",
            charge="alwayson-month",
            region="ap-southeast-1",
            bundle="power",
            os="windows",
            license="byol",
            root_gb=175,
            user_gb=100,
            unit="desktop-month",
            unit_price=Decimal(120),
            currency="USD",
            as_of="2026-07",
            confidence="high",
            source="a list, kept by hand",
            note="",
        )
    ]
    assert book.prices[0].provenance == "a list, kept by hand (2026-07, high)"


def test_ten_decimals_are_kept_and_none_is_made_up() -> None:
    book = parse_price_book(HEADER + NAT.replace("0.045", "0.0450000001"), "b.csv")
    assert book["nat/hour"].unit_price == Decimal("0.0450000001")
    assert 3 * book["nat/hour"].unit_price == Decimal("0.1350000003")


def test_columns_may_stand_in_any_order_and_blank_lines_do_not_count() -> None:
    reader = csv.DictReader(io.StringIO(HEADER + NAT))
    shuffled = io.StringIO()
    writer = csv.DictWriter(shuffled, sorted(COLUMNS))
    writer.writeheader()
    shuffled.write("\n")
    writer.writerows(reader)
    assert parse_price_book(shuffled.getvalue(), "b.csv") == parse_price_book(HEADER + NAT, "b.csv")


def test_every_bad_row_is_reported_at_once_with_its_line() -> None:
    text = (
        HEADER
        + NAT
        + "nat,nat,us-east-1,,,,,,hour,0.045,USD,2024-07-01,high,a golden file,\n"
        + "nat/gb,nat,us-east-1,,,,,,GB,4.5e-2,USD,last year,high,a golden file,\n"
        + "nat/a,nat,us-east-1,,,,,,hour\n"
        + "\n"
        + "nat/b,nat,us-east-1,,,,80 GB,-1,,-1,usd,2024-13-01,certain, ,\n"
        + "nat/c,nat,us-east-1,,,,,,hour,0.12345678901,USD,2024-07,high,a golden file,\n"
        + NAT
    )
    price = "unit_price: expected a price such as 0.22 with at most 10 decimals"
    date = "as_of: expected a date such as 2026-09-28, 2026-09 or 2026"
    volume = "expected whole GB or nothing"
    assert problems(text) == (
        "prices/mine.csv:3: item: expected a path such as nat/hour, got 'nat'",
        f"prices/mine.csv:4: {price}, got '4.5e-2'",
        f"prices/mine.csv:4: {date}, got 'last year'",
        "prices/mine.csv:5: expected 15 cells, got 9",
        f"prices/mine.csv:7: root_gb: {volume}, got '80 GB'",
        f"prices/mine.csv:7: user_gb: {volume}, got '-1'",
        "prices/mine.csv:7: unit: expected a unit such as hour, got ''",
        f"prices/mine.csv:7: {price}, got '-1'",
        "prices/mine.csv:7: currency: expected a currency such as USD, got 'usd'",
        f"prices/mine.csv:7: {date}, got '2024-13-01'",
        "prices/mine.csv:7: confidence: expected high or medium or low or supplied, got 'certain'",
        "prices/mine.csv:7: source: expected where the price was read, got ' '",
        f"prices/mine.csv:8: {price}, got '0.12345678901'",
        "prices/mine.csv:9: nat/hour is priced already, see prices/mine.csv:2",
    )


def test_the_error_counts_its_problems_and_survives_a_worker_process() -> None:
    with pytest.raises(PriceBookError, match=r"\n1 problem$") as caught:
        parse_price_book(HEADER + NAT + NAT, "b.csv")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert str(PriceBookError(["a", "b"])) == "a\nb\n2 problems"


def test_a_header_is_checked_before_any_row() -> None:
    text = (HEADER + NAT).replace("unit_price", "unitprice").replace("currency", "source")
    assert problems(text) == (
        "prices/mine.csv:1: expected one column 'unit_price', got 0",
        "prices/mine.csv:1: expected one column 'currency', got 0",
        "prices/mine.csv:1: expected one column 'source', got 2",
        "prices/mine.csv:1: unknown column 'unitprice'; did you mean 'unit_price'?",
    )
    assert len(problems("")) == len(COLUMNS)


def test_a_broken_quotation_mark_is_a_problem_of_its_line() -> None:
    assert problems(HEADER + NAT + 'nat/gb,"nat" x,') == (
        "prices/mine.csv:3: not CSV: ',' expected after '\"'",
    )


def test_a_file_that_is_no_text_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_bytes(b"\xff\xfe\x00item")
    with pytest.raises(PriceBookError, match="expected UTF-8 text"):
        read_price_book(path)


def test_a_spreadsheet_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(HEADER + NAT, encoding="utf-8-sig")
    assert list(read_price_book(path)) == ["nat/hour"]


# ------------------------------------------------------------------------------------- the book


def test_a_book_is_a_mapping_that_cannot_be_changed_and_travels_to_workers(
    virginia: PriceBook,
) -> None:
    assert virginia[POWER].unit_price == Decimal(70)
    assert POWER in virginia
    assert virginia.get("nat/week") is None
    assert len(virginia) == len(set(virginia))
    assert pickle.loads(pickle.dumps(virginia)) == virginia
    with pytest.raises(AttributeError):
        virginia.name = "another"  # type: ignore[misc]
    with pytest.raises(TypeError):
        virginia[POWER] = virginia["nat/hour"]  # type: ignore[index]


def test_dates_run_from_the_oldest_to_the_newest_price() -> None:
    book = PriceBook(
        "b",
        (
            price("personal/a", as_of="2026-07"),
            price("personal/b", as_of="2026-06-27"),
            price("nat/hour", as_of="2024-07-01"),
            price("nat/gb"),
        ),
    )
    assert book.as_of == "2024-07-01..2026-07"
    assert book.dated("personal/") == "2026-06-27..2026-07"
    assert book.dated("nat/") == "2024-07-01"
    assert book.dated("pool/") == "unknown"
    assert repr(book) == "<PriceBook b: 4 prices as of 2024-07-01..2026-07>"


def test_a_book_has_one_price_per_item_and_one_currency() -> None:
    with pytest.raises(PriceBookError) as caught:
        PriceBook("b", (price("nat/hour"), price("nat/gb", currency="EUR"), price("nat/hour")))
    assert caught.value.problems == (
        "b: nat/hour is priced already",
        "b: expected USD throughout, got EUR",
    )


# --------------------------------------------------------------------------------- missing prices


def test_a_missing_price_names_the_nearest_known_ones_and_the_way_out(virginia: PriceBook) -> None:
    """BYOL has no us-east-1 price at all: the licence-included price of the same desktop is one
    step away, the other volumes and the other bundles are two."""
    item = "personal/alwayson-month/power/windows/byol/80-10"
    with pytest.raises(MissingPriceError) as caught:
        virginia[item]
    assert str(caught.value) == (
        f"no price for {item} in book us-east-1 (as of 2022-09-02..2026-09-28); nearest known: "
        f"{POWER} at 70 USD per desktop-month; "
        "personal/alwayson-month/powerpro/windows/included/80-10 at 127 USD per desktop-month; "
        "personal/alwayson-month/power/windows/included/175-100 at 78 USD per desktop-month; "
        "supply one under prices.add with a source"
    )
    assert isinstance(caught.value, KeyError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_nearest_prefers_the_same_charge_then_fewer_differences(virginia: PriceBook) -> None:
    near = virginia.nearest("personal/autostop-base/80-1000", n=5)
    assert [p.item for p in near][:4] == [
        "personal/autostop-base/80-100",
        "personal/autostop-base/80-10",
        "personal/autostop-base/80-50",
        "personal/autostop-base/175-100",
    ]
    assert near[4].item.startswith("personal/")
    assert not near[4].item.startswith("personal/autostop-base/")


def test_a_like_charge_is_nearer_than_a_like_desktop() -> None:
    """The hour price of another desktop differs in three words of the path, the month price of the
    same one in two; an hour price is missing, so an hour price is offered."""
    hour, month = "personal/autostop-hours/value/linux/none", POWER
    book = PriceBook("b", (price(month), price(hour)))
    near = book.nearest("personal/autostop-hours/power/windows/included")
    assert [p.item for p in near] == [hour, month]


def test_nearest_is_as_long_as_asked_and_stays_within_the_family() -> None:
    book = PriceBook("b", (price("nat/gb"), price("personal/autostop-base/80-10")))
    assert [p.item for p in book.nearest("nat/hour", n=3)] == ["nat/gb"]
    assert len(book.nearest("personal/autostop-base/80-50", n=1)) == 1
    assert book.nearest("public-ipv4/hour") == []
    with pytest.raises(MissingPriceError, match="nearest known: none of this kind; supply one"):
        book["public-ipv4/hour"]


def test_a_misspelt_family_finds_its_spelling(virginia: PriceBook) -> None:
    assert [p.item for p in virginia.nearest("natt/hour")] == ["nat/hour"]


# ------------------------------------------------------------------------------ a user's own prices


def test_own_prices_add_and_replace_and_leave_the_book_alone(virginia: PriceBook) -> None:
    quoted = price(POWER, "65.10", unit="desktop-month", source="our private offer")
    address = price("public-ipv4/hour", "0.005", source="EC2 price page", as_of="2026-10-02")
    mine = virginia.with_prices([quoted, address])
    assert mine[POWER].unit_price == Decimal("65.10")
    assert mine[POWER].provenance == "our private offer (no date, supplied)"
    assert mine["public-ipv4/hour"] == address
    assert len(mine) == len(virginia) + 1
    assert mine.as_of == "2022-09-02..2026-10-02"
    assert virginia[POWER].unit_price == Decimal(70)


def test_own_prices_are_refused_all_at_once(virginia: PriceBook) -> None:
    with pytest.raises(PriceBookError) as caught:
        virginia.with_prices(
            [
                price("nat/hour", source="  "),
                price("nat/gb", unit="hour"),
                price("nat/week", "-1", currency="EUR"),
                price("NAT per hour"),
                price("nat/day"),
                price("nat/day"),
            ]
        )
    assert caught.value.problems == (
        "prices.add: nat/hour: expected a source, got none",
        "prices.add: nat/gb: expected a price per GB, got per hour",
        "prices.add: nat/week: expected a price of at least 0, got -1",
        "prices.add: nat/week: expected USD as in book us-east-1, got EUR",
        "prices.add: NAT per hour: expected an item such as nat/hour",
        "prices.add: nat/day is priced already",
    )


def test_a_scenario_brings_its_prices_along() -> None:
    own = SuppliedPrice(
        unit_price=Decimal("0.059"), unit="hour", source="our invoice", as_of=date(2026, 9, 30)
    )
    book = scenario_book(Prices(book=str(FOLDER / "ap-southeast-1.csv"), add={"nat/hour": own}))
    assert book["nat/hour"].unit_price == Decimal("0.059")
    assert book["nat/hour"].provenance == "our invoice (2026-09-30, supplied)"
    assert book["pool/user-month"].unit_price == Decimal("4.19")


# ------------------------------------------------------------------------------------------- diff


def test_diff_tells_what_rose_fell_came_and_went() -> None:
    old = PriceBook("old", (price("a/same"), price("a/up", "2"), price("a/gone", "3")))
    new = PriceBook("new", (price("a/same"), price("a/up", "2.50"), price("a/new", "0")))
    changes = diff(old, new)
    assert changes == [
        PriceChange("a/gone", "hour", Decimal(3), None),
        PriceChange("a/new", "hour", None, Decimal(0)),
        PriceChange("a/up", "hour", Decimal(2), Decimal("2.50")),
    ]
    assert [c.change for c in changes] == [None, None, Decimal("0.50")]
    assert [c.change for c in diff(new, old)] == [None, None, Decimal("-0.50")]
    assert diff(old, old) == []
    assert len(diff(PriceBook("empty", ()), old)) == 3


def test_diff_does_not_subtract_euros_from_dollars() -> None:
    with pytest.raises(PriceBookError, match="a, b: expected one currency, got USD and EUR"):
        diff(PriceBook("a", (price("a/b"),)), PriceBook("b", (price("a/b", currency="EUR"),)))


# ------------------------------------------------------------------------------- the shipped books


def test_the_committed_books_are_what_the_sources_make(outcome: books.Outcome) -> None:
    stale = [
        name
        for name, text in books.files(outcome).items()
        if (FOLDER / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `python scenarios/prices/build.py`"
    made = set(books.files(outcome))
    assert {path.name for path in FOLDER.glob("*.csv")} == made


def test_the_document_shows_the_counts_of_today(outcome: books.Outcome) -> None:
    page = PAGE.read_text(encoding="utf-8")
    advice = "paste what `python scenarios/prices/build.py` prints"
    assert books.freshness(outcome) in page, advice
    assert books.counts(outcome) in page, advice


def test_no_figure_of_the_sources_is_lost(outcome: books.Outcome) -> None:
    """Counted from the raw files: each filled cell in a price column is used or listed, not both,
    and each row has at least one. A figure for all regions may do both, region by region."""
    cells, rows = set(), set()
    for name in ("prices.csv", "other_prices.csv"):
        with (FOLDER / "sources" / name).open(encoding="utf-8", newline="") as text:
            for line, row in enumerate(csv.DictReader(text), start=2):
                rows.add((name, line))
                for column in ("monthly_usd", "hourly_usd", "usd"):
                    if row.get(column):
                        cells.add((name, line, column))
    used = {quote.figure for quotes in outcome.books.values() for quote in quotes}
    left = {quote.figure for quote, _ in outcome.not_used}
    assert len(rows) == 185 + 253
    assert {cell[:2] for cell in cells} == rows
    assert used | left == cells
    assert not used & left


def test_every_figure_not_used_has_a_reason(outcome: books.Outcome) -> None:
    assert all(reason for _, reason in outcome.not_used)
    assert all(quote.faults == () for quotes in outcome.books.values() for quote in quotes)


SHIPPED = [
    "ap-southeast-1",
    "ap-southeast-2",
    "applications-ap-southeast-1",
    "eu-west-1",
    "us-east-1",
]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_book_reads_cleanly_and_says_where_each_price_comes_from(name: str) -> None:
    book = read_price_book(shipped_books()[name])
    assert book.name == name
    assert book.currency == "USD"
    region = name.removeprefix("applications-")
    assert all(p.region == region and p.source and p.as_of for p in book.values())
    for p in book.values():
        if p.item.startswith("personal/alwayson-month/"):
            told = f"{p.bundle}/{p.os}/{p.license}/{p.root_gb}-{p.user_gb}"
            assert p.item == f"personal/alwayson-month/{told}"
        if p.charge == "autostop-hours":
            assert p.item == f"personal/autostop-hours/{p.bundle}/{p.os}/{p.license}"
            assert p.root_gb is None, "the hour price does not depend on the volumes"
        if p.charge == "autostop-base":
            assert p.item == f"personal/autostop-base/{p.root_gb}-{p.user_gb}"
            assert p.bundle == "", "the base fee does not depend on the bundle"


def test_the_books_are_found_by_region_and_nothing_else_is_taken_for_one() -> None:
    assert list(shipped_books()) == SHIPPED


def test_the_book_of_the_successor_differs_in_pools_alone() -> None:
    """One vocabulary, so that the book decides whose prices a pool is billed at. The stopped hour
    and the single-session fee happen to cost the same; each book has its own source for them."""
    pools = read_price_book(shipped_books()["ap-southeast-1"])
    successor = read_price_book(shipped_books()["applications-ap-southeast-1"])
    assert {change.item: (change.price_a, change.price_b) for change in diff(pools, successor)} == {
        "pool/running-hour/power/included": (Decimal("0.48"), None),
        "pool/running-hour/power/byol": (Decimal("0.417"), None),
        "pool/running-hour/stream.standard.large/included": (None, Decimal("0.24")),
        "pool/running-hour/stream.standard.large/byol": (None, Decimal("0.217")),
        "pool/running-hour/stream.standard.large/none": (None, Decimal("0.217")),
        "pool/user-month/multi-session": (None, Decimal("6.42")),
    }
    for item in ("pool/stopped-hour", "pool/user-month"):
        assert pools[item].note != successor[item].note
        assert "AppStream" in successor[item].note


def test_a_fee_that_nobody_explains_is_in_no_book(outcome: books.Outcome) -> None:
    """The source says 6.42 for the first and 2.23 for "each additional", not of what."""
    every = [read_price_book(path) for path in shipped_books().values()]
    assert not any("additional" in item for book in every for item in book)
    (reason,) = [
        reason for quote, reason in outcome.not_used if quote.price.unit_price == Decimal("2.23")
    ]
    assert reason == "unclear: of what it is one more, and for whom, is not said"


# -------------------------------------------------------------------------------- known figures


@pytest.mark.parametrize(
    ("book", "item", "amount"),
    [
        ("us-east-1", "personal/autostop-base/80-10", "7.25"),
        ("us-east-1", "personal/autostop-base/80-50", "9.75"),
        ("us-east-1", "personal/autostop-base/80-100", "13"),
        ("us-east-1", "personal/autostop-base/175-100", "19"),
        ("us-east-1", "personal/application/office-2021-pro", "21.43"),
        ("us-east-1", "personal/application/visual-studio-2022-pro", "48.51"),
        ("us-east-1", "directory/managed-ad-standard", "0.06"),
        ("us-east-1", "directory/ad-connector", "0"),
        ("us-east-1", "nat/hour", "0.045"),
        ("us-east-1", "transfer/internet-gb", "0.09"),
        ("us-east-1", "transfer/internet-gb/tier-2", "0.085"),
        ("us-east-1", "transfer/cross-zone-gb", "0.01"),
        ("ap-southeast-1", "personal/alwayson-month/power/windows/included/175-100", "124"),
        ("ap-southeast-1", "personal/alwayson-month/power/windows/byol/175-100", "120"),
        ("ap-southeast-1", "personal/alwayson-month/power/linux/none/80-10", "112"),
        ("ap-southeast-1", "personal/autostop-base/175-100", "26"),
        ("ap-southeast-1", "personal/autostop-base/80-10", "10"),
        ("ap-southeast-1", "personal/autostop-hours/power/windows/included", "0.99"),
        ("ap-southeast-1", "personal/autostop-hours/power/windows/byol", "0.95"),
        ("ap-southeast-1", "personal/autostop-hours/power/linux/none", "0.95"),
        ("ap-southeast-1", "pool/running-hour/power/included", "0.48"),
        ("ap-southeast-1", "pool/running-hour/power/byol", "0.417"),
        ("ap-southeast-1", "pool/stopped-hour", "0.025"),
        ("ap-southeast-1", "pool/user-month", "4.19"),
        ("applications-ap-southeast-1", "pool/running-hour/stream.standard.large/included", "0.24"),
        ("applications-ap-southeast-1", "pool/running-hour/stream.standard.large/none", "0.217"),
        ("applications-ap-southeast-1", "pool/stopped-hour", "0.025"),
        ("applications-ap-southeast-1", "pool/user-month", "4.19"),
        ("applications-ap-southeast-1", "pool/user-month/multi-session", "6.42"),
        ("applications-ap-southeast-1", "personal/autostop-base/80-10", "10"),
        ("ap-southeast-2", "personal/volume-gb/user", "0.12"),
        ("eu-west-1", "personal/alwayson-month/standard/windows/included/80-50", "37"),
        ("eu-west-1", "personal/autostop-base/80-50", "11"),
        ("eu-west-1", "personal/autostop-hours/standard/windows/included", "0.32"),
    ],
)
def test_a_known_price(book: str, item: str, amount: str) -> None:
    assert read_price_book(shipped_books()[book])[item].unit_price == Decimal(amount)


def test_what_is_not_known_is_missing_and_not_zero(virginia: PriceBook) -> None:
    assert "personal/volume-gb/user" not in virginia, "the extra gigabyte is known for Sydney only"
    assert "public-ipv4/hour" not in virginia, "its source is undated"
    assert not any("/linux/" in item or "/byol/" in item for item in virginia)
    assert not any("graphics" in item for item in virginia), "their volumes are not stated"
    ireland = read_price_book(FOLDER / "eu-west-1.csv")
    personal = [item for item in ireland if item.startswith("personal/")]
    assert len(personal) == 3, "all but one row of Ireland are estimates or have no volumes"


def test_sydney_is_of_2020_and_its_structure_is_the_known_one() -> None:
    """BYOL and Linux cost 4 a month and 0.04 to 0.06 an hour less than Windows."""
    sydney = read_price_book(FOLDER / "ap-southeast-2.csv")
    assert sydney.dated("personal/") == "2020-04-07..2020-04-08"
    months = {i for i in sydney if i.startswith("personal/alwayson-month/") and "/byol/" in i}
    hours = {i for i in sydney if i.startswith("personal/autostop-hours/") and "/byol" in i}
    assert (len(months), len(hours)) == (22, 6)
    for item in months:
        twin = sydney[item.replace("/byol/", "/included/")].unit_price
        assert twin - sydney[item].unit_price == 4
    for item in hours:
        twin = sydney[item.replace("/byol", "/included")].unit_price
        assert Decimal("0.04") <= twin - sydney[item].unit_price <= Decimal("0.06")


def test_base_fees_agree_in_each_region_except_those_of_the_old_gpu_bundles(
    outcome: books.Outcome,
) -> None:
    """Each AutoStop row restates the fee of its volumes. Sydney's 100-100 is the one that differs
    by bundle (Graphics 30, GraphicsPro 81) and is therefore in no book."""
    disputed = {
        (quote.price.region, quote.price.item, reason)
        for quote, reason in outcome.not_used
        if reason.startswith(("contradiction", "superseded"))
    }
    reason = "contradiction: prices.csv:99 says 30, prices.csv:101 says 81, prices.csv:144 says 81"
    assert disputed == {("ap-southeast-2", "personal/autostop-base/100-100", reason)}


BREAK_EVEN_VOLUMES = {
    "Value": "80-10",
    "Standard": "80-10",
    "Performance": "80-10",
    "Power": "80-10",
    "PowerPro": "80-10",
    "GeneralPurpose.4xlarge": "175-100",
    "GeneralPurpose.8xlarge": "175-100",
}


def published_break_evens() -> dict[str, int]:
    """Hours a month above which AWS's own optimiser prefers AlwaysOn: its newest code, and its
    guide for the bundles that the code does not know."""
    with (FOLDER / "sources" / "break_even_thresholds.csv").open(newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["bundle"] in BREAK_EVEN_VOLUMES]
    code = {r["bundle"]: r for r in rows if r["release_or_document"].startswith("v2.7.0-v2.8.7")}
    guide = {r["bundle"]: r for r in rows if r["release_or_document"].startswith("AWS docs")}
    return {bundle: int(row["threshold_hours"]) for bundle, row in (guide | code).items()}


def test_the_break_evens_to_check_against_are_the_published_ones() -> None:
    assert list(published_break_evens().values()) == [81, 85, 80, 92, 78, 121, 125]


@pytest.mark.parametrize("bundle", BREAK_EVEN_VOLUMES)
def test_break_even_hours_agree_with_the_providers_own(virginia: PriceBook, bundle: str) -> None:
    """AutoStop costs base + hours x rate and AlwaysOn its fee, so they meet at
    (fee - base) / rate: Value (25 - 7.25) / 0.22 = 80.7 h against 81, Standard
    (33 - 7.25) / 0.30 = 85.8 h against 85. AWS rounds unevenly, hence one hour of tolerance."""
    volumes = BREAK_EVEN_VOLUMES[bundle]
    kind = f"{bundle.lower()}/windows/included"
    fee = virginia[f"personal/alwayson-month/{kind}/{volumes}"].unit_price
    base = virginia[f"personal/autostop-base/{volumes}"].unit_price
    rate = virginia[f"personal/autostop-hours/{kind}"].unit_price
    hours, published = (fee - base) / rate, published_break_evens()[bundle]
    assert abs(hours - published) <= 1
    sum_ = f"({fee} - {base}) / {rate:.2f} = {hours:.1f} h"
    told = f"| {bundle} | {volumes.replace('-', '+')} | {sum_} | {published} h |"
    assert told in PAGE.read_text(encoding="utf-8")


# ------------------------------------------------------------------------------ choosing figures

SOURCE_HEADER = (
    "region,os,license,bundle,vcpu,memory_gib,root_gb,user_gb,running_mode,monthly_usd,"
    "hourly_usd,product,source_url,as_of,confidence,note\n"
)
OTHER_HEADER = "item,region,unit,usd,source_url,as_of,confidence,note\n"
DESKTOP = "us-east-1,windows,included,Value,1,2,80,10,AlwaysOn,{},,personal,somewhere,{},{},{}\n"


def sorted_out(folder: Path, desktops: str, others: str = "") -> books.Outcome:
    (folder / "prices.csv").write_text(SOURCE_HEADER + desktops)
    (folder / "other_prices.csv").write_text(OTHER_HEADER + others)
    items = (FOLDER / "sources" / "items.csv").read_text(encoding="utf-8")
    (folder / "items.csv").write_text(items)
    return books.build(folder)


def test_of_two_that_disagree_the_more_certain_then_the_newer_wins(tmp_path: Path) -> None:
    outcome = sorted_out(
        tmp_path,
        DESKTOP.format("25", "2026-06-27", "high", "")
        + DESKTOP.format("27", "2026-09-28", "medium", "newer but less certain")
        + DESKTOP.format("24.0", "2025-01-01", "high", "older")
        + DESKTOP.format("25.00", "2026-06-01", "high", "older, agrees"),
    )
    (kept,) = outcome.books["us-east-1"]
    assert (kept.line, kept.price.unit_price) == (2, Decimal(25))
    assert [(quote.line, reason) for quote, reason in outcome.not_used] == [
        (3, "superseded: prices.csv:2 (high, 2026-06-27) says 25"),
        (4, "superseded: prices.csv:2 (high, 2026-06-27) says 25"),
        (5, "duplicate: same price in prices.csv:2"),
    ]


def test_of_two_equally_good_that_disagree_neither_is_taken(tmp_path: Path) -> None:
    outcome = sorted_out(
        tmp_path,
        DESKTOP.format("25", "2026-06-27", "high", "")
        + DESKTOP.format("26", "2026-06-27", "high", ""),
    )
    assert outcome.books == {"us-east-1": []}
    assert {reason for _, reason in outcome.not_used} == {
        "contradiction: prices.csv:2 says 25, prices.csv:3 says 26"
    }


def test_a_figure_must_say_what_where_and_when(tmp_path: Path) -> None:
    good = DESKTOP.format("25", "2026-06-27", "high", "")
    outcome = sorted_out(
        tmp_path,
        good
        + good.replace("80,10", ",").replace("2026-06-27", "about 2014")
        + good.replace("us-east-1", "unspecified")
        + good.replace("included", "")
        + DESKTOP.format("25", "2026-06-27", "high", "figures marked estimated in the source"),
        "NAT gateway hour,us-west-2,hour,0.045,somewhere,2024-07-01,high,\n"
        '"Simple AD Small, list unit price",us-east-1,hour,0.05,somewhere,2024-07-01,high,\n',
    )
    assert [quote.line for quote in outcome.books["us-east-1"]] == [2]
    assert [reason for _, reason in outcome.not_used] == [
        "no book: no desktop price is known in this region",
        "unclear: per directory or per controller is not settled",
        "no date: 'about 2014'; volumes not stated",
        "region not stated: 'unspecified'",
        "licence not stated",
        "estimated: the source says so of this row",
    ]


def test_one_autostop_row_is_a_fee_of_its_volumes_and_a_rate_of_its_bundle(tmp_path: Path) -> None:
    row = "us-east-1,linux,included,Power,4,16,80,10,AutoStop,7.25,0.6,personal,s,2026-07,high,\n"
    (base, hours) = sorted_out(tmp_path, row).books["us-east-1"]
    assert base.price.item == "personal/autostop-base/80-10"
    assert hours.price.item == "personal/autostop-hours/power/linux/none"
    assert (base.price.unit, hours.price.unit) == ("desktop-month", "hour")


def test_a_figure_for_all_regions_goes_into_every_book(tmp_path: Path) -> None:
    value = DESKTOP.format("25", "2026-06-27", "high", "")
    free = "Simple AD or AD Connector used with WorkSpaces,all,hour,0,somewhere,2022-09-02,high,\n"
    outcome = sorted_out(tmp_path, value + value.replace("us-east-1", "eu-west-1"), free)
    items = Counter(q.price.item for quotes in outcome.books.values() for q in quotes)
    assert items["directory/simple-ad"] == items["directory/ad-connector"] == 2
    assert outcome.not_used == []


POOL = "us-east-1,windows,included,Power,4,16,200,0,Pool,,0.5,pools,somewhere,2026-07,high,\n"
STREAM = "AppStream stream.standard.large Windows,us-east-1,hour,0.2,somewhere,{},high,\n"


def test_the_successor_gets_a_book_where_one_of_its_prices_is_known(tmp_path: Path) -> None:
    """Known in Virginia and undated in Ireland: Virginia has two books, which share what is no
    pool's, and Ireland has one."""
    value = DESKTOP.format("25", "2026-06-27", "high", "")
    others = STREAM.format("2026-07") + STREAM.format("unknown").replace("us-east-1", "eu-west-1")
    desktops = value + value.replace("us-east-1", "eu-west-1") + POOL
    outcome = sorted_out(tmp_path, desktops, others)
    month = "personal/alwayson-month/value/windows/included/80-10"
    assert {name: [q.price.item for q in quotes] for name, quotes in outcome.books.items()} == {
        "applications-us-east-1": [month, "pool/running-hour/stream.standard.large/included"],
        "eu-west-1": [month],
        "us-east-1": [month, "pool/running-hour/power/included"],
    }
    assert [reason for _, reason in outcome.not_used] == ["no date: 'unknown'"]


def test_a_region_without_pools_may_have_those_of_the_successor(tmp_path: Path) -> None:
    value = DESKTOP.format("25", "2026-06-27", "high", "")
    outcome = sorted_out(tmp_path, value, STREAM.format("2026-07"))
    assert {name: len(quotes) for name, quotes in outcome.books.items()} == {
        "applications-us-east-1": 2,
        "us-east-1": 1,
    }


def test_a_label_that_nobody_placed_stops_the_build(tmp_path: Path) -> None:
    value = DESKTOP.format("25", "2026-06-27", "high", "")
    with pytest.raises(
        KeyError, match=r"other_prices\.csv:2: items\.csv does not place 'Moon gateway'"
    ):
        sorted_out(tmp_path, value, "Moon gateway,us-east-1,hour,1,somewhere,2026-07,high,\n")
