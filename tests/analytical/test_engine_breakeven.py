"""Where AutoStop stops being the cheaper mode, from the session to the invoice.

A desktop costs M a month AlwaysOn, and m + r h AutoStop with h started hours: the two meet at
h* = (M - m) / r hours. The timeout hour of each run counts, which is why a desktop that is used
often and briefly belongs on AlwaysOn long before its connected hours say so.

Source: `oracles/README.md`, section 1.5 (break-even); `breakeven.csv`.
"""

from decimal import Decimal

import numpy as np
import pytest

from sim.metering import METERED, meter
from sim.pricing import Price, PriceBook, invoice, price, total
from sim.record import RUNS
from sim.units import HOUR
from tests.analytical.agreement import named, oracle
from tests.analytical.situations import ENGINES, Engine, facts, plan, scenario, users

SEPTEMBER = 30 * 24 * HOUR


def book(row: dict[str, str]) -> PriceBook:
    """The three prices of a row for a standard desktop with Windows and the smallest volumes."""
    prices = {
        "personal/alwayson-month/standard/windows/included/80-10": row["alwayson_monthly"],
        "personal/autostop-base/80-10": row["autostop_base_monthly"],
        "personal/autostop-hours/standard/windows/included": row["autostop_hourly"],
    }
    source = "oracle table breakeven"
    return PriceBook(
        "oracle",
        tuple(
            Price(item=item, unit="unit", unit_price=Decimal(amount), source=source)
            for item, amount in prices.items()
        ),
    )


def month(row: dict[str, str], started_hours: int, engine: Engine) -> dict[str, Decimal]:
    """What September costs in each fleet for one user with so many started hours.

    Each session works for an hour, or the first for two if the number is odd, and its desktop runs
    for an hour more: two hours, or three.
    """
    fleets = {"always": {"running_mode": "AlwaysOn"}, "auto": {"running_mode": "AutoStop"}}
    world = scenario(horizon=SEPTEMBER, fleets=fleets)
    sessions = started_hours // 2
    work = np.full(sessions, HOUR)
    work[0] += started_hours % 2 * HOUR
    arrival = np.arange(sessions) * 4 * HOUR + HOUR // 2
    people = users(["always", "auto"])
    intentions = plan(np.repeat([0, 1], sessions), np.tile(work, 2), arrival=np.tile(arrival, 2))
    store = facts(world, people, intentions, engine)
    runs = store.table(RUNS)
    assert (runs["end"] - runs["begin"]).tolist() == (work + HOUR).tolist()
    usage = meter(world, people, **{schema.name: store.table(schema) for schema in METERED})
    charges = price(usage, book(row))
    lines = invoice(charges)
    assert charges["amount"].sum() == total(lines), "these bills are whole cents"
    return {name: total([line for line in lines if line.fleet == name]) for name in fleets}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("row", oracle("breakeven"), ids=named)
def test_cost_on_both_sides_of_the_break_even(row: dict[str, str], engine: Engine) -> None:
    """The system: two desktops used alike for a month, by as many hours as AutoStop is not dearer,
    and by one more. Expected: both bills to the cent, and AlwaysOn's the same in both.
    """
    fits, exceeds = (
        int(row["largest_integer_hours_autostop_not_dearer"]),
        int(row["first_integer_hours_autostop_dearer"]),
    )
    always = Decimal(row["alwayson_monthly"])
    at_most, above = month(row, fits, engine), month(row, exceeds, engine)
    assert at_most == {"always": always, "auto": Decimal(row["autostop_cost_at_floor"])}
    assert above == {"always": always, "auto": Decimal(row["autostop_cost_at_next"])}
    assert at_most["auto"] <= always < above["auto"]
    h_star = (always - Decimal(row["autostop_base_monthly"])) / Decimal(row["autostop_hourly"])
    assert float(h_star) == pytest.approx(float(row["breakeven_hours"]), rel=1e-11)
    assert fits <= h_star < exceeds
