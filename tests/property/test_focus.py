"""The law of the FOCUS file, for all bills: its costs add up to the invoice, whole and by line."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sim.pricing import Price, PriceBook, charges_columns, invoice, price
from sim.record import DESKTOPS, USAGE, USERS, Table
from sim.report.focus import Bill, focus_rows

ITEMS = ("personal/a", "personal/b", "nat/c")
MONTHS = ("2026-09", "2026-10")

PRICES = st.decimals(0, 1000, places=10, allow_nan=False)
USED = st.tuples(
    st.integers(-1, 2),  # the desktop, or nobody's
    st.sampled_from(MONTHS),
    st.sampled_from(ITEMS),
    st.integers(1, 10**14),
)


def bill(used: list[tuple[int, str, str, int]], prices: list[Decimal]) -> Bill:
    """Three desktops of two fleets and what is shared, at any prices."""
    book = PriceBook(
        "drawn",
        tuple(
            Price(item=item, unit="hour", unit_price=amount, source="drawn", as_of="2026")
            for item, amount in zip(ITEMS, prices, strict=True)
        ),
    )
    fleets = ("office", "office", "field", "")
    usage = Table.of(
        USAGE,
        desktop=[desktop for desktop, _, _, _ in used],
        user=[desktop for desktop, _, _, _ in used],
        fleet=words(fleets[desktop] for desktop, _, _, _ in used),
        month=words(month for _, month, _, _ in used),
        charge=words("hours" for _ in used),
        item=words(item for _, _, item, _ in used),
        quantity_e10=[quantity for _, _, _, quantity in used],
    )
    charges = price(usage, book)
    return Bill(
        scenario="drawn",
        scenario_hash="",
        replication=0,
        start=datetime(2026, 9, 1, tzinfo=UTC),
        end=datetime(2026, 11, 1, tzinfo=UTC),
        charges=pd.DataFrame(charges_columns(charges, *PEOPLE, cost_centers={})),
        invoice=pd.DataFrame([{**vars(line), "amount": line.amount} for line in invoice(charges)]),
        settings={"region": "us-east-1", "fleets": {"office": {}, "field": {}}},
    )


def words(values: Any) -> Any:
    return np.array([*values], dtype=object)


def owned(schema: Any, **columns: Any) -> Table:
    """A table of three rows in which only these columns matter."""
    nothing = {c.name: words("" for _ in range(3)) for c in schema.columns if c.dtype == object}
    zeros = {c.name: np.zeros(3, c.dtype) for c in schema.columns if c.dtype != object}
    return Table.of(schema, **nothing | zeros | columns)


PEOPLE = (
    owned(DESKTOPS, desktop=np.arange(3), name=words(["ws-0", "ws-1", "ws-2"])),
    owned(
        USERS,
        user=np.arange(3),
        name=words(["ann", "ben", "eve"]),
        cost_center=words(["x", "y", "x"]),
    ),
)


@given(
    used=st.lists(USED, min_size=1, max_size=12),
    prices=st.lists(PRICES, min_size=len(ITEMS), max_size=len(ITEMS)),
)
def test_costs_add_up_to_the_cent(
    used: list[tuple[int, str, str, int]], prices: list[Decimal]
) -> None:
    drawn = bill(used, prices)
    rows = focus_rows(drawn)
    sums: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    fleet = rows["x_Fleet"].astype(object).fillna("")
    for start, of, sku, cost in zip(
        rows["BillingPeriodStart"], fleet, rows["SkuId"], rows["BilledCost"], strict=True
    ):
        sums[f"{start:%Y-%m}", of, sku] += cost
    lines = drawn.invoice

    assert dict(sums) == {
        (line.month, line.fleet, line.item): line.amount for line in lines.itertuples()
    }
    assert sum(rows["BilledCost"]) == sum(lines["amount"])
    usage = rows[rows["ChargeCategory"] == "Usage"]
    assert usage["BilledCost"].tolist() == drawn.charges["amount"].tolist()
    assert all(abs(cost) <= Decimal("0.005") for cost in rows["BilledCost"][len(usage) :])
