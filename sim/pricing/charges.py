"""Usage times prices: what each row of usage costs, exactly.

Money is computed once, as quantity x unit price in `Decimal`, and nothing is rounded: that is left
to the invoice. A fleet has many desktops but few different quantities, so each distinct (item,
quantity) is multiplied once and the result shared by all rows that have it; a hundred thousand
desktops do not pay for a hundred thousand multiplications.

An item without a price is an error that names it. It is never free.
"""

from collections.abc import Hashable, Iterable, Mapping
from decimal import Context, Decimal, Inexact
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.pricing.book import PriceBook
from sim.record import CHARGES, Table

EXACT = Context(prec=80, traps=[Inexact])
"""Arithmetic that would rather fail than round."""


def price(usage: Table, book: PriceBook) -> Table:
    """Price a table USAGE row by row, in its order, and return the table CHARGES.

    Raises:
        MissingPriceError: for an item that the book does not price, with the nearest that it does.
    """
    items, item = codes(usage["item"])
    quantities, quantity = np.unique(usage["quantity_e10"], return_inverse=True)
    prices = [book[name] for name in items]
    pairs, row = np.unique(item * max(1, len(quantities)) + quantity, return_inverse=True)
    which, how_much = np.divmod(pairs, max(1, len(quantities)))
    decimals = [as_decimal(e10) for e10 in quantities.tolist()]
    amounts = [
        EXACT.multiply(decimals[q], prices[i].unit_price)
        for i, q in zip(which.tolist(), how_much.tolist(), strict=True)
    ]
    return Table.of(
        CHARGES,
        **usage.columns,
        unit=objects(found.unit for found in prices)[item],
        unit_price=objects(found.unit_price for found in prices)[item],
        amount=objects(amounts)[row],
        currency=objects(found.currency for found in prices)[item],
        price_source=objects(f"{found.source} ({found.as_of})" for found in prices)[item],
    )


def charges_columns(
    charges: Table,
    desktops: Table,
    users: Table,
    *,
    cost_centers: Mapping[tuple[str, str], str],
    replication: int = 0,
) -> dict[str, NDArray[Any]]:
    """Columns of the charges as people read them: names for codes, quantities as Decimal.

    Args:
        charges: table CHARGES.
        desktops: table DESKTOPS.
        users: table USERS.
        cost_centers: where a charge of nobody in particular is booked, by fleet and resource:
            `("", "gateway")`, `("lab", "lab")`. When not said, a pool is booked under its own name,
            and what is shared under `shared`.
        replication: number of the run.

    Returns:
        `replication, fleet, resource, user, population, cost_center, month, charge, item, quantity,
        unit, unit_price, amount, currency, price_source`, one entry per row of `charges`. The
        resource is the desktop where there is one, else the pool; a shared charge has no fleet and
        no user, and its name is its resource.
    """
    desktop, user, fleet = charges["desktop"], charges["user"], charges["fleet"]
    nobody = user < 0
    resource = by_code(desktops["desktop"], desktops["name"], "")[desktop]
    resource = np.where(desktop >= 0, resource, np.where(fleet != "", fleet, charges["charge"]))
    center = by_code(users["user"], users["cost_center"], "")[user]
    places = zip(fleet[nobody], resource[nobody], strict=True)
    center[nobody] = objects(cost_centers.get(place, place[0] or "shared") for place in places)
    quantities, quantity = np.unique(charges["quantity_e10"], return_inverse=True)
    return {
        "replication": np.full(len(charges), replication, np.int32),
        "fleet": fleet,
        "resource": resource,
        "user": by_code(users["user"], users["name"], "")[user],
        "population": by_code(users["user"], users["population"], "")[user],
        "cost_center": center,
        "month": charges["month"],
        "charge": charges["charge"],
        "item": charges["item"],
        "quantity": objects(as_decimal(e10) for e10 in quantities.tolist())[quantity],
        "unit": charges["unit"],
        "unit_price": charges["unit_price"],
        "amount": charges["amount"],
        "currency": charges["currency"],
        "price_source": charges["price_source"],
    }


def as_decimal(quantity_e10: int) -> Decimal:
    """A quantity as people write it: `9`, `0.5`, `0.3333333333`."""
    exact = Decimal(quantity_e10).scaleb(-10)
    whole = exact.to_integral_value()
    return whole if exact == whole else exact.normalize()


def codes(values: Iterable[Hashable]) -> tuple[list[Any], NDArray[np.int64]]:
    """Distinct values in order of appearance, and the position of each value among them."""
    known: dict[Hashable, int] = {}
    found = np.fromiter((known.setdefault(value, len(known)) for value in values), np.int64)
    return list(known), found


def objects(values: Iterable[Any]) -> NDArray[Any]:
    """A column of Python objects."""
    listed = list(values)
    column = np.empty(len(listed), object)
    column[:] = listed
    return column


def by_code(code: NDArray[Any], values: NDArray[Any], other: object) -> NDArray[Any]:
    """Values to be looked up by code; code -1 finds `other`."""
    column = np.full(int(code.max(initial=-1)) + 2, other, values.dtype)
    column[code] = values
    return column
