"""Time, money and sizes: how they are read, and that nothing else is."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from sim.units import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    WEEK,
    Calendar,
    Month,
    cents,
    format_duration,
    format_rate,
    parse_duration,
    parse_gigabytes,
    parse_megabytes,
    parse_money,
    parse_rate,
    parse_share,
)


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("90 s", 90_000),
        ("90s", 90_000),
        ("20 min", 20 * 60_000),
        ("8 h", 8 * 3_600_000),
        ("1 h 30 min", 90 * 60_000),
        ("1h30min", 90 * 60_000),
        ("2 d", 48 * 3_600_000),
        ("1 w", 7 * 24 * 3_600_000),
        ("1 day 2 hours 3 minutes 4 seconds 5 ms", 86_400_000 + 7_200_000 + 180_000 + 4_005),
        ("1.5 h", 5_400_000),
        ("0.001 s", 1),
        ("0 s", 0),
        ("  8 h  ", 8 * 3_600_000),
        ("PT30M", 30 * 60_000),
        ("PT1H30M", 90 * 60_000),
        ("P1D", 86_400_000),
        ("P1W", 7 * 86_400_000),
        ("P1DT2H3M4.5S", 86_400_000 + 7_200_000 + 180_000 + 4_500),
    ],
)
def test_durations_have_a_unit(text: str, millis: int) -> None:
    assert parse_duration(text) == millis


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (60, "expected a duration with a unit, such as '90 s', '60 min', '8 h' or 'PT30M', got 60"),
        (1.5, "got 1.5"),
        (None, "got None"),
        (True, "got True"),
        ("60", "expected a duration with a unit"),
        ("", "expected a duration with a unit"),
        ("h", "expected a duration with a unit"),
        ("-5 min", "expected a duration with a unit"),
        ("5 min, 3 s", "expected a duration with a unit"),
        ("P", "expected a duration with a unit"),
        ("PT", "expected a duration with a unit"),
        ("P1DT", "expected a duration with a unit"),
        ("9" * 5_000 + " s", "expected a duration with a unit"),
        ("٣ h", "expected a duration with a unit"),
        ("1 month", "a month is a billing period, not a duration"),
        ("2 years", "expected a unit of fixed length"),
        ("5 m", "minutes are 'min'"),
        ("5 minuets", "unknown time unit 'minuets' in '5 minuets'; did you mean 'minutes'?"),
        ("5 xx", "unknown time unit 'xx' in '5 xx' (use s, min, h, d, w)"),
        ("0.5 ms", "expected a whole number of milliseconds, got '0.5 ms'"),
        ("0.0001 s", "expected a whole number of milliseconds"),
    ],
)
def test_anything_else_is_refused_in_words(value: object, words: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the words are compared below
        parse_duration(value)
    assert words in str(refused.value)


def test_a_third_of_an_hour_is_exact_and_not_a_float() -> None:
    # 0.1 h as a float is 360000.00000000006 ms in some orders of multiplication; here it is an int.
    assert parse_duration("0.1 h") == 360_000
    assert parse_duration("0.7 s") == 700
    assert isinstance(parse_duration("0.7 s"), int)


@pytest.mark.parametrize(
    ("millis", "text"),
    [
        (0, "0 s"),
        (1, "1 ms"),
        (90 * SECOND, "1 min 30 s"),
        (90 * MINUTE, "1 h 30 min"),
        (8 * HOUR, "8 h"),
        (30 * DAY, "30 d"),
        (WEEK, "7 d"),
        (DAY + HOUR + MINUTE + SECOND + 1, "1 d 1 h 1 min 1 s 1 ms"),
        (-90 * MINUTE, "-1 h 30 min"),
    ],
)
def test_durations_are_written_as_they_are_read(millis: int, text: str) -> None:
    assert format_duration(millis) == text
    if millis >= 0:
        assert parse_duration(text) == millis


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (4.19, "4.19"),
        (0.22, "0.22"),
        (0.00001, "0.00001"),
        (0.0000067, "0.0000067"),
        (7, "7"),
        ("$4.19", "4.19"),
        ("$ 4.19", "4.19"),
        ("4.19 USD", "4.19"),
        ("0.0450000000", "0.0450000000"),
        (Decimal("0.045"), "0.045"),
    ],
)
def test_money_is_exact(value: object, amount: str) -> None:
    assert parse_money(value) == Decimal(amount)


@pytest.mark.parametrize(
    "value",
    [-1, -0.5, "EUR 3", "4.19 EUR", "4,19", "", None, True, False, float("nan"), float("inf"),
     1e300, "0.12345678901", [1]],
)  # fmt: skip
def test_no_other_amounts(value: object) -> None:
    with pytest.raises(ValueError, match=r"expected US dollars such as 4\.19"):
        parse_money(value)


def test_cents_round_half_up_not_half_even() -> None:
    # The bank's rule would give 0.12 and 0.14; an invoice gives 0.13 and 0.14.
    assert cents(Decimal("0.125")) == Decimal("0.13")
    assert cents(Decimal("0.135")) == Decimal("0.14")
    assert cents(Decimal("0.1249999")) == Decimal("0.12")
    assert str(cents(Decimal(7))) == "7.00"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("85 %", 0.85),
        ("85%", 0.85),
        ("0 %", 0.0),
        ("100 %", 1.0),
        ("12.5 %", 0.125),
        ("33.3 %", 0.333),
    ],
)
def test_shares_carry_a_per_cent_sign(text: str, share: float) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize("value", [0.85, 85, "85", "0.85", "", "%", "-5 %", None, True, "9 % 9 %"])
def test_bare_shares_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected a share such as '85 %', got"):
        parse_share(value)


@pytest.mark.parametrize("text", ["101 %", "100.1 %", "9" * 400 + " %"])
def test_no_more_than_all(text: str) -> None:
    with pytest.raises(ValueError, match="expected a share from 0 % to 100 %"):
        parse_share(text)


@pytest.mark.parametrize(
    ("text", "gigabytes"),
    [("80 GB", 80), ("80GB", 80), ("192 GiB", 192), ("2 TB", 2_048), ("1 TiB", 1_024)],
)
def test_sizes_in_gigabytes(text: str, gigabytes: int) -> None:
    assert parse_gigabytes(text) == gigabytes


@pytest.mark.parametrize(
    "value", [80, "80", "80 MB", "80 gb", "0.5 TB", "", None, "9" * 5_000 + " GB"]
)
def test_bare_sizes_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="expected a size such as '80 GB', got"):
        parse_gigabytes(value)


@pytest.mark.parametrize(
    ("text", "megabytes"),
    [("500 MB", 500), ("500MB", 500), ("512 MiB", 512), ("1 GB", 1_024), ("2 GiB", 2_048)],
)
def test_sizes_in_megabytes(text: str, megabytes: int) -> None:
    assert parse_megabytes(text) == megabytes


@pytest.mark.parametrize("value", [500, "500", "1.5 GB", "500 mb", "1 TB", "-1 MB", "", None])
def test_sizes_in_megabytes_have_a_unit(value: object) -> None:
    with pytest.raises(ValueError, match="expected a size such as '500 MB' or '1 GB', got"):
        parse_megabytes(value)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("350 kbit/s", 350),
        ("200 Mbit/s", 200_000),
        ("200Mbit/s", 200_000),
        ("1 Gbit/s", 1_000_000),
    ],
)
def test_rates_are_in_thousands_of_bits_a_second(text: str, rate: int) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    ("rate", "text"),
    [(350, "350 kbit/s"), (1_500, "1500 kbit/s"), (200_000, "200 Mbit/s")],
)
def test_rates_are_written_as_they_are_read(rate: int, text: str) -> None:
    assert format_rate(rate) == text
    assert parse_rate(text) == rate


@pytest.mark.parametrize("value", [200, "200", "25 MB/s", "0 Mbit/s", "1.5 Gbit/s", "", None])
def test_rates_have_a_unit_and_are_not_zero(value: object) -> None:
    with pytest.raises(ValueError, match="expected a rate such as '200 Mbit/s' or '1 Gbit/s', got"):
        parse_rate(value)


# -- the calendar

SEPTEMBER = Calendar(datetime(2026, 9, 1, tzinfo=UTC))


def test_instants_are_milliseconds_from_the_start() -> None:
    nine = datetime(2026, 9, 2, 9, tzinfo=UTC)
    assert SEPTEMBER.millis(nine) == DAY + 9 * HOUR
    assert SEPTEMBER.instant(DAY + 9 * HOUR) == nine
    assert SEPTEMBER.millis(datetime(2026, 8, 31, 23, tzinfo=UTC)) == -HOUR


def test_another_offset_is_the_same_instant() -> None:
    local = datetime(2026, 9, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert SEPTEMBER.millis(local) == 0


def test_half_a_millisecond_belongs_to_the_one_that_has_begun() -> None:
    start = datetime(2026, 9, 1, tzinfo=UTC)
    assert SEPTEMBER.millis(start + timedelta(microseconds=1_500)) == 1
    assert SEPTEMBER.millis(start - timedelta(microseconds=1)) == -1


def test_months_are_whole_and_of_their_own_length() -> None:
    # September has 30 days, October 31, November 30: 91 days of 86,400,000 ms.
    months = SEPTEMBER.months(0, 91 * DAY)
    assert months == [
        Month("2026-09", 0, 30 * DAY),
        Month("2026-10", 30 * DAY, 61 * DAY),
        Month("2026-11", 61 * DAY, 91 * DAY),
    ]
    assert [month.length // DAY for month in months] == [30, 31, 30]


def test_a_span_that_ends_at_midnight_does_not_touch_the_next_month() -> None:
    assert [month.name for month in SEPTEMBER.months(0, 30 * DAY)] == ["2026-09"]
    assert [month.name for month in SEPTEMBER.months(0, 30 * DAY + 1)] == ["2026-09", "2026-10"]
    assert SEPTEMBER.months(5, 5) == []


def test_the_warm_up_lies_in_the_month_before() -> None:
    august = SEPTEMBER.month_at(-1)
    assert (august.name, august.start, august.end) == ("2026-08", -31 * DAY, 0)


@pytest.mark.parametrize(("year", "days"), [(2024, 29), (2026, 28), (2100, 28)])
def test_february(year: int, days: int) -> None:
    calendar = Calendar(datetime(year, 2, 10, tzinfo=UTC))
    assert calendar.month_at(0).length == days * DAY
    assert calendar.month_at(0).start == -9 * DAY


def test_the_year_turns() -> None:
    calendar = Calendar(datetime(2026, 12, 31, 23, tzinfo=UTC))
    assert [month.name for month in calendar.months(0, 2 * HOUR)] == ["2026-12", "2027-01"]


def test_instants_are_shown_in_utc() -> None:
    assert SEPTEMBER.isoformat(0) == "2026-09-01T00:00:00Z"
    assert SEPTEMBER.isoformat(90 * MINUTE + 5) == "2026-09-01T01:30:00.005Z"
    assert SEPTEMBER.isoformat(-1) == "2026-08-31T23:59:59.999Z"
