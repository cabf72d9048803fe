"""From quantities to money: exact amounts, invoices to the cent, and no price that is nobody's."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np
import pytest

from sim.pricing import (
    MissingPriceError,
    Price,
    PriceBook,
    charges_columns,
    invoice,
    price,
    total,
    unrounded_total,
)
from sim.pricing.charges import as_decimal
from sim.record import USAGE, Table
from tests.billing import Office, shipped

Row = tuple[int, int, str, str, str, str, int]


def book(**prices: str) -> PriceBook:
    return PriceBook(
        "test",
        tuple(
            Price(item=f"test/{name}", unit="hour", unit_price=Decimal(value), source="a test")
            for name, value in prices.items()
        ),
    )


def usage(rows: Iterable[Row]) -> Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(USAGE.columns)
    return Table.of(USAGE, **dict(zip(USAGE.names, map(list, columns), strict=True)))


def one(
    quantity: str,
    item: str = "test/a",
    desktop: int = 0,
    month: str = "2026-09",
    *,
    fleet: str = "a",
) -> Row:
    """An hour of user 10 on desktop 0, of user 11 on desktop 1, ..."""
    quantity_e10 = int(Decimal(quantity).scaleb(10))
    return desktop, desktop + 10, fleet, month, "hours", item, quantity_e10


# ----------------------------------------------------------------------------- amounts


def test_an_amount_is_quantity_times_unit_price_exactly() -> None:
    """0.3333333333 x 7.25 has twelve decimals and keeps them."""
    charges = price(usage([one("0.3333333333")]), book(a="7.25"))
    assert charges["amount"].tolist() == [Decimal("2.416666666425")]
    assert charges["unit_price"].tolist() == [Decimal("7.25")]


def test_no_digit_is_lost_where_decimal_would_round_to_28() -> None:
    """A quantity of 19 digits times a price of 16: 35 digits, checked in integers."""
    quantity, unit_price = "900000000.0000000001", "999999.0000000001"
    charges = price(usage([one(quantity)]), book(a=unit_price))
    exact = int(quantity.replace(".", "")) * int(unit_price.replace(".", ""))
    assert charges["amount"][0] == Decimal(f"{exact}e-20")
    assert len(str(exact)) == 35


def test_rows_keep_their_order_and_each_its_own_price() -> None:
    rows = [one("2", "test/b"), one("1", "test/a"), one("2", "test/a"), one("1", "test/b")]
    charges = price(usage(rows), book(a="10", b="0.5"))
    assert charges["amount"].tolist() == [Decimal(1), Decimal(10), Decimal(20), Decimal("0.5")]
    assert charges["item"].tolist() == [row[5] for row in rows]


def test_each_distinct_item_and_quantity_is_multiplied_once() -> None:
    """A hundred thousand desktops with three different quantities share three amounts."""
    rows = [one(str(desktop % 3), desktop=desktop) for desktop in range(100_000)]
    charges = price(usage(rows), book(a="0.22"))
    assert len({id(amount) for amount in charges["amount"]}) == 3


def test_a_charge_says_where_its_price_comes_from_and_when() -> None:
    known = PriceBook(
        "test",
        (
            Price(
                item="test/a",
                unit="hour",
                unit_price=Decimal("0.22"),
                source="a price list",
                as_of="2026-06-27",
            ),
        ),
    )
    charges = price(usage([one("1")]), known)
    assert charges["price_source"].tolist() == ["a price list (2026-06-27)"]
    assert charges["unit"].tolist() == ["hour"]
    assert charges["currency"].tolist() == ["USD"]


def test_a_missing_price_names_the_item_the_book_and_the_nearest_known() -> None:
    with pytest.raises(MissingPriceError) as error:
        price(usage([one("1", "test/other")]), book(a="0.22"))
    assert "no price for test/other in book test" in str(error.value)
    assert "nearest known: test/a at 0.22 USD per hour" in str(error.value)


def test_no_usage_no_charges_no_invoice() -> None:
    charges = price(usage([]), book(a="0.22"))
    assert len(charges) == 0
    assert invoice(charges) == []
    assert total([]) == 0
    assert unrounded_total([]) == 0


def test_quantities_are_written_as_people_write_them() -> None:
    shown = {
        10**10: "1",
        10**12: "100",
        5 * 10**9: "0.5",
        1: "1E-10",
        3_333_333_333: "0.3333333333",
    }
    assert {e10: str(as_decimal(e10)) for e10 in shown} == shown


# ----------------------------------------------------------------------------- invoices


def test_an_invoice_line_is_rounded_half_up_once() -> None:
    """Two desktops of 0.0125 each are 0.025, rounded 0.03; rounded one by one they would be 0.02.
    And 0.005 rounds up, where half-even would not."""
    lines = invoice(price(usage([one("1"), one("1", desktop=1)]), book(a="0.0125")))
    assert [(line.quantity, line.unrounded, line.amount_cents) for line in lines] == [
        (Decimal(2), Decimal("0.0250"), 3)
    ]
    assert invoice(price(usage([one("1")]), book(a="0.005")))[0].amount == Decimal("0.01")
    assert invoice(price(usage([one("1")]), book(a="0.025")))[0].amount == Decimal("0.03")


def test_the_total_is_the_sum_of_the_rounded_lines_and_the_exact_sum_stands_beside() -> None:
    """Three lines of 0.005: 3 x 0.01 = 0.03 to pay, 0.015 exactly."""
    rows = [one("1", month=month) for month in ("2026-09", "2026-10", "2026-11")]
    lines = invoice(price(usage(rows), book(a="0.005")))
    assert total(lines) == Decimal("0.03")
    assert unrounded_total(lines) == Decimal("0.015")


def test_lines_are_told_apart_by_month_fleet_charge_item_and_price() -> None:
    """Desktops 0 and 1 are of one fleet, 2 of another; what is shared has none and comes first."""
    rows = [
        one("1", desktop=2, fleet="b"),
        one("2", desktop=1),
        one("3", desktop=0),
        one("4", desktop=0, month="2026-10"),
        one("5", "test/b", desktop=0),
        (-1, -1, "", "2026-09", "gateway", "test/a", 6 * 10**10),
    ]
    lines = invoice(price(usage(rows), book(a="1", b="1")))
    assert [
        (line.month, line.fleet, line.charge, line.item, int(line.quantity)) for line in lines
    ] == [
        ("2026-09", "", "gateway", "test/a", 6),
        ("2026-09", "a", "hours", "test/a", 5),
        ("2026-09", "a", "hours", "test/b", 5),
        ("2026-09", "b", "hours", "test/a", 1),
        ("2026-10", "a", "hours", "test/a", 4),
    ]


def test_two_items_of_one_charge_and_price_are_rounded_apart() -> None:
    """0.005 + 0.005: two lines of 0.01, each with its item; one line would be 0.01 for both."""
    rows = [one("1", item="test/a"), one("1", item="test/b")]
    lines = invoice(price(usage(rows), book(a="0.005", b="0.005")))

    assert [(line.item, line.amount) for line in lines] == [
        ("test/a", Decimal("0.01")),
        ("test/b", Decimal("0.01")),
    ]
    assert (total(lines), unrounded_total(lines)) == (Decimal("0.02"), Decimal("0.010"))


def test_sums_do_not_overflow_where_single_quantities_do_not() -> None:
    """Twenty quantities of 900 million: 1.8e10 in units of 1e-10 is beyond 64 bits."""
    rows = [one("900000000.0000000001", desktop=0) for _ in range(20)]
    lines = invoice(price(usage(rows), book(a="1")))
    assert lines[0].quantity == Decimal("18000000000.000000002")


def test_a_month_of_an_office_to_the_cent() -> None:
    """Three Value desktops, on for 31, 47 and 80 hours, and two of Power on AlwaysOn, one of them
    created on the 16th: 3 x 7.25 = 21.75, 158 x 0.22 = 34.76, 1.5 x 70 = 105; 161.51."""
    office = Office(
        fleets={
            "clerks": {"bundle": "value", "running_mode": "AutoStop"},
            "staff": {"bundle": "power", "running_mode": "AlwaysOn"},
        }
    )
    for hours in (31, 47, 80):
        office.desktop("clerks").on(0, hours * 3_600_000)
    office.desktop("staff")
    office.desktop("staff", created="09-16 00:00")
    lines = invoice(office.charges())
    assert [(line.fleet, line.charge, str(line.amount)) for line in lines] == [
        ("clerks", "autostop-base", "21.75"),
        ("clerks", "autostop-hours", "34.76"),
        ("staff", "alwayson-month", "105.00"),
    ]
    assert total(lines) == Decimal("161.51") == unrounded_total(lines)


# ------------------------------------------------------------------------------ columns


def test_charges_read_by_people_have_names_for_codes() -> None:
    office = Office(
        running_mode="AlwaysOn",
        services={
            "gateway": {
                "item": "nat/hour",
                "quantity": 1,
                "per": "hour",
                "cost_center": "network",
            }
        },
        directory={"kind": "ad-connector"},
    )
    office.user()
    office.desktop()
    tables = office.tables()
    columns = charges_columns(
        office.charges(),
        tables["desktops"],
        tables["users"],
        cost_centers={("", "gateway"): "network"},
        replication=3,
    )
    assert tuple(columns) == (
        *("replication", "fleet", "resource", "user", "population", "cost_center", "month"),
        *("charge", "item", "quantity", "unit", "unit_price", "amount", "currency", "price_source"),
    )
    rows = list(zip(*(columns[name].tolist() for name in list(columns)[:14]), strict=True))
    assert rows[0] == (
        3,
        "office",
        "ws-office-00001",
        "office-00001",
        "office",
        "office",
        "2026-09",
        "alwayson-month",
        "personal/alwayson-month/value/windows/included/80-10",
        1,
        "desktop-month",
        25,
        25,
        "USD",
    )
    directory = ("2026-09", "directory", "directory/ad-connector", 720)
    assert rows[1][:10] == (3, "", "directory", "", "", "shared", *directory)
    gateway = ("2026-09", "gateway", "nat/hour", 720)
    assert rows[2][:10] == (3, "", "gateway", "", "", "network", *gateway)


def test_a_pool_is_its_own_resource_and_its_idle_hours_have_a_cost_center() -> None:
    """What Ann used is booked where Ann is. What nobody used is booked under the pool's name or
    where the mapping says; a service of the pool's name is another thing."""
    pool = {"bundle": "power", "running_mode": "AutoStop", "maximum": 4}
    service = {"item": "transfer/internet-gb", "quantity": 1, "per": "month"}
    office = Office(
        region="ap-southeast-1", pools={"lab": pool, "desk": pool}, services={"lab": service}
    )
    office.instance("lab", available="09-01 08:00").held("09-01 09:00", "09-01 10:00").gone(
        "09-01 10:00"
    )
    office.instance("desk").gone("09-01 10:00")
    tables = office.tables()
    tables["users"].columns["cost_center"][:] = ["history"]
    columns = charges_columns(
        office.charges(),
        tables["desktops"],
        tables["users"],
        cost_centers={("lab", "lab"): "faculty", ("", "lab"): "network"},
    )
    names = ("fleet", "resource", "user", "cost_center", "charge")
    assert list(zip(*(columns[name].tolist() for name in names), strict=True)) == [
        ("lab", "lab", "", "faculty", "pool-stopped-hours"),
        ("lab", "lab", "lab-00000", "history", "pool-running-hours"),
        ("lab", "lab", "lab-00000", "history", "pool-user-month"),
        ("desk", "desk", "", "desk", "pool-stopped-hours"),
        ("", "lab", "", "network", "lab"),
    ]
    lines = invoice(office.charges())
    assert [(line.fleet, line.charge) for line in lines] == [
        ("", "lab"),
        ("desk", "pool-stopped-hours"),
        ("lab", "pool-running-hours"),
        ("lab", "pool-stopped-hours"),
        ("lab", "pool-user-month"),
    ]


def test_the_books_that_are_shipped_price_what_they_say() -> None:
    """A sample of each kind, as typed from the list: a transposed digit would show here."""
    known = shipped("us-east-1")
    sample = {
        "personal/alwayson-month/standard/windows/included/80-50": "35",
        "personal/autostop-base/80-50": "9.75",
        "personal/autostop-hours/standard/windows/included": "0.3",
        "personal/application/office-2021-pro": "21.43",
        "nat/gb": "0.045",
    }
    assert {item: known[item].unit_price for item in sample} == {
        item: Decimal(value) for item, value in sample.items()
    }
    assert np.all([price.source for price in known.prices])
