"""What the total moves by when one price rises: each line by itself, rounded as it is invoiced."""

from decimal import Decimal

from sim.pricing import InvoiceLine, price_moves, total


def line(item: str, charge: str, quantity: str, price: str, month: str = "2026-09") -> InvoiceLine:
    exact = Decimal(quantity) * Decimal(price)
    rounded = int((exact * 100 + Decimal("0.5")) // 1)
    return InvoiceLine(
        month=month,
        fleet="office",
        charge=charge,
        item=item,
        unit_price=Decimal(price),
        quantity=Decimal(quantity),
        unit="hour",
        amount_cents=rounded,
        unrounded=exact,
        currency="USD",
    )


LINES = [
    line("hours", "autostop-hours", "100", "0.22"),  # 22.00
    line("hours", "autostop-maintenance-hours", "3", "0.22"),  # 0.66
    line("month", "alwayson-month", "4", "25"),  # 100.00
    line("free", "directory", "720", "0"),
]


def test_the_largest_comes_first_with_the_charges_that_it_makes() -> None:
    """10 % of 100.00; of 22.00 + 0.66: 24.20 - 22.00 = 2.20, and 0.726 -> 0.73 - 0.66 = 0.07."""
    moves = price_moves(LINES)

    assert [(move.item, move.moved) for move in moves] == [
        ("month", Decimal("10.00")),
        ("hours", Decimal("2.27")),
        ("free", Decimal("0.00")),
    ]
    assert moves[1].charges == ("autostop-hours", "autostop-maintenance-hours")
    assert moves[1].amount == Decimal("22.66")


def test_a_line_is_rounded_again_by_itself() -> None:
    """Three lines of 0.05: 0.055 each, rounded half-up to 0.06, move the total by 0.03 and not by
    0.015."""
    lines = [line("x", "x", "1", "0.05", f"2026-0{month}") for month in (7, 8, 9)]
    (move,) = price_moves(lines)
    assert move.moved == Decimal("0.03")


def test_all_prices_together_move_all_of_it() -> None:
    moves = price_moves(LINES, Decimal(1))
    assert sum((move.moved for move in moves), Decimal(0)) == total(LINES) == Decimal("122.66")


def test_without_a_bill_nothing_moves() -> None:
    assert price_moves([]) == []
