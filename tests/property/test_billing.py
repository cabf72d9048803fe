"""Laws of the bill, for all that may happen to desktops.

Facts are drawn directly, on ticks of half an hour, so that changes, runs, hours, days, months and
the edges of the measured time meet in every possible way.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.metering import meter, possible_items
from sim.pricing import (
    InvoiceLine,
    Price,
    PriceBook,
    invoice,
    price,
    total,
    unrounded_total,
)
from sim.record import Table
from sim.scenario.bundles import Volumes
from sim.units import HOUR, MINUTE
from tests.billing import Desktop, Office, rows
from tests.timeline import timeline_usage

TICK = 30 * MINUTE
WINDOWS: list[dict[str, Any]] = [
    {"start": "2026-09-01"},
    {"start": "2026-09-22T09:30Z", "horizon": "15 d", "warm_up": "23 d"},
    {"start": "2028-02-26T23:30Z", "horizon": "8 d 1 h 30 min", "warm_up": "3 d 30 min"},
]
BUNDLES = st.sampled_from(["value", "power"])
VOLUMES = st.sampled_from([(80, 10), (80, 100), (175, 100), (300, 400)])
MODES = st.sampled_from(["AlwaysOn", "AutoStop"])
BILLING = st.fixed_dictionaries(
    {
        "rounding": st.sampled_from(["per_run", "clock_hour", "continuous"]),
        "prorate_on_create": st.booleans(),
        "prorate_on_delete": st.booleans(),
        "proration_grain": st.sampled_from(["hours", "days"]),
    }
)


@st.composite
def instants(draw: st.DrawFn, office: Office, low: int, high: int) -> int:
    """A tick in `[low, high]`, often near an edge of the run, of a month or of what came before."""
    scenario = office.scenario
    months = scenario.calendar.months(scenario.begin, scenario.end)
    anchors = [low, high, 0, *(month.end for month in months)]
    near = draw(st.sampled_from(anchors)) + draw(st.integers(-3, 60)) * TICK
    anywhere = low + draw(st.integers(0, (high - low) // TICK)) * TICK
    return min(max(near if draw(st.booleans()) else anywhere, low), high)


@st.composite
def offices(draw: st.DrawFn, most: int = 2) -> Office:
    """One to `most` lives of desktops, each perhaps created, changed, migrated and deleted."""
    office = Office(
        **draw(st.sampled_from(WINDOWS)),
        billing=draw(BILLING),
        running_mode=draw(MODES),
        applications=["office-2021-pro"],
    )
    begin, end = office.scenario.begin, office.scenario.end
    for _ in range(draw(st.integers(1, most))):
        created = draw(st.none() | instants(office, begin, end - TICK))
        live(draw, office, office.desktop(created=created))
    for desktop in office.desktops:
        power_on(draw, office, desktop)
    return office


def live(draw: st.DrawFn, office: Office, desktop: Desktop) -> None:
    end = office.scenario.end
    at = desktop.terms[0].begin
    for _ in range(draw(st.integers(0, 5))):
        at = draw(instants(office, at, end))
        match draw(st.sampled_from(["switch", "switch", "resize", "compute", "migrate", "delete"])):
            case "switch":
                desktop.switch(at, draw(MODES))
            case "resize":
                desktop.resize(at, *draw(VOLUMES))
            case "compute":
                desktop.change_compute(at, draw(BUNDLES))
            case "migrate" if desktop.terms[0].begin < at < end:
                desktop = desktop.migrate(at, draw(BUNDLES))
            case "delete" if desktop.terms[0].begin < at < end:
                desktop.delete(at)
                break


def power_on(
    draw: Callable[[st.SearchStrategy[Any]], Any], office: Office, desktop: Desktop
) -> None:
    """Runs one after another in the life of a desktop, whatever its running mode."""
    low, high = desktop.terms[0].begin, desktop.terms[-1].end
    if low >= high:
        return
    edges = sorted(draw(st.sets(instants(office, low, high), max_size=8)))
    for begin, end in zip(edges[::2], edges[1::2], strict=False):
        on = desktop.maintained if draw(st.integers(0, 3)) == 0 else desktop.on
        on(begin, end)


def as_fractions(office: Office) -> dict[tuple[int, str, str, str], Fraction]:
    usage = office.usage()
    names = ("desktop", "month", "charge", "item")
    keys = zip(*(usage[name].tolist() for name in names), strict=True)
    values = (Fraction(e10, 10**10) for e10 in usage["quantity_e10"].tolist())
    return dict(zip(keys, values, strict=True))


@given(offices(most=3))
def test_the_meter_agrees_with_a_timeline_that_is_asked_tick_by_tick(office: Office) -> None:
    """Equal to the last of ten decimals: the meter rounds the timeline's exact quantity once."""
    expected = {
        key: Fraction(round(quantity * 10**10), 10**10)
        for key, quantity in timeline_usage(office, TICK).items()
    }
    assert as_fractions(office) == expected


# ---------------------------------------------------------------------- laws of the hours


def with_runs(rounding: str, *runs: tuple[int, int], **office: Any) -> Office:
    """An AutoStop desktop, or one of `office`, that was on in spans given in minutes."""
    made = Office(billing={"rounding": rounding}, **office)
    desktop = made.desktop()
    for begin, end in runs:
        desktop.on(begin * MINUTE, end * MINUTE)
    return made


def hours(office: Office, charge: str = "autostop-hours") -> Fraction:
    return sum((Fraction(q) for q in office.quantities(charge)), Fraction(0))


@st.composite
def days_on(draw: st.DrawFn, most: int = 12) -> list[tuple[int, int]]:
    """Runs in the first two weeks of a month, one after another, in minutes."""
    edges = sorted(draw(st.sets(st.integers(0, 14 * 24 * 60), max_size=2 * most)))
    return list(zip(edges[::2], edges[1::2], strict=False))


@given(days_on())
def test_hours_lie_between_the_running_time_and_its_bounds(runs: list[tuple[int, int]]) -> None:
    """Per run: [running, running + runs). By the clock: [running, running + 2 runs), and no more
    than the hours there are."""
    running = Fraction(sum(end - begin for begin, end in runs), 60)
    exactly = hours(with_runs("continuous", *runs))
    assert abs(exactly - running) <= Fraction(1, 10**10)
    per_run, by_clock = hours(with_runs("per_run", *runs)), hours(with_runs("clock_hour", *runs))
    assert running <= per_run
    assert running <= by_clock <= 14 * 24 + 1
    if runs:
        assert per_run < running + len(runs)
        assert by_clock < running + 2 * len(runs)
    else:
        assert per_run == by_clock == 0


@given(days_on(), st.integers(1, 7 * 24 * 60))
def test_runs_have_no_time_of_day_and_the_clock_has(
    runs: list[tuple[int, int]], minutes: int
) -> None:
    """Moved by any time, they owe the same started and exact hours; by whole hours, the same hours
    of the clock."""
    moved = [(begin + minutes, end + minutes) for begin, end in runs]
    for rounding in ("per_run", "continuous"):
        assert hours(with_runs(rounding, *runs)) == hours(with_runs(rounding, *moved))
    whole = minutes // 60 * 60
    moved = [(begin + whole, end + whole) for begin, end in runs]
    assert hours(with_runs("clock_hour", *runs)) == hours(with_runs("clock_hour", *moved))


def test_the_clock_can_charge_an_hour_more_for_the_same_run() -> None:
    """An hour from 09:00 is one hour of the clock, and from 09:01 two."""
    assert [hours(with_runs("clock_hour", (m, m + 60))) for m in (540, 541)] == [1, 2]


def test_a_longer_timeout_can_lower_the_bill() -> None:
    """Three logons of 36 s, 1 h 4 s apart. A timeout of 1 h: three runs of 1 h 36 s, 2 hours each,
    6 hours. Of 2 h: one run, from the first logon to 2 h after the third, 2 x 3640 s + 7200 s = 4 h
    1 min 20 s, which is 5 hours. Running time grew from 3.03 to 4.02 h, and by the clock too."""
    gap, work = 3604 + 36, 36
    short = [(k * gap, k * gap + work + 3600) for k in range(3)]
    long = [(0, 2 * gap + work + 7200)]
    billed: dict[str, list[int]] = {}
    for rounding in ("per_run", "clock_hour"):
        for runs in (short, long):
            office = Office(billing={"rounding": rounding})
            desktop = office.desktop()
            for begin, end in runs:
                desktop.on(begin * 1000, end * 1000)
            billed.setdefault(rounding, []).append(int(hours(office)))
    assert billed == {"per_run": [6, 5], "clock_hour": [4, 5]}


# ---------------------------------------------------------------------- laws of the money


@st.composite
def priced(draw: st.DrawFn) -> tuple[Office, PriceBook]:
    """An office and a book with a price, perhaps 0, for all it may be billed for."""
    office = draw(offices())
    return office, prices_for(draw, office)


def prices_for(draw: Callable[[st.SearchStrategy[Any]], Any], office: Office) -> PriceBook:
    """A book with a price, perhaps 0, for all that an office is billed for."""
    amounts = st.decimals(0, 999, places=4)
    return PriceBook(
        "drawn",
        tuple(
            Price(item=item, unit="unit", unit_price=Decimal(draw(amounts)), source="drawn")
            for item in sorted(set(office.usage()["item"]))
        ),
    )


def bill(office: Office, book: PriceBook) -> tuple[Table, list[InvoiceLine]]:
    charges = price(office.usage(), book)
    return charges, invoice(charges)


def exact(amounts: Iterable[Decimal]) -> Fraction:
    return sum(map(Fraction, amounts), Fraction(0))


@given(priced())
def test_lines_add_up_to_the_total_to_the_cent(drawn: tuple[Office, PriceBook]) -> None:
    """Added by line, by row, by desktop or by item; a line is off by half a cent at most."""
    charges, lines = bill(*drawn)
    assert total(lines) == sum((line.amount for line in lines), Decimal(0))
    assert exact([unrounded_total(lines)]) == exact(charges["amount"])
    for name in ("desktop", "item", "month"):
        parts = [exact(charges["amount"][charges[name] == key]) for key in set(charges[name])]
        assert sum(parts) == exact(charges["amount"])
    for line in lines:
        assert abs(Fraction(line.amount) - Fraction(line.unrounded)) <= Fraction(1, 200)
        assert Fraction(line.unrounded) == Fraction(line.quantity) * Fraction(line.unit_price)


@given(priced(), st.integers(0, 1000))
def test_prices_times_k_make_every_line_times_k(
    drawn: tuple[Office, PriceBook], factor: int
) -> None:
    office, book = drawn
    dearer = PriceBook(
        "dearer", tuple(replace(p, unit_price=p.unit_price * factor) for p in book.prices)
    )
    before, after = bill(office, book)[1], bill(office, dearer)[1]
    assert [Fraction(line.unrounded) * factor for line in before] == [
        Fraction(line.unrounded) for line in after
    ]


@given(priced(), st.data())
def test_a_dearer_item_changes_its_own_lines_only_by_the_difference(
    drawn: tuple[Office, PriceBook], data: st.DataObject
) -> None:
    office, book = drawn
    assume(bool(book.prices))
    item = data.draw(st.sampled_from([p.item for p in book.prices]))
    dearer = PriceBook(
        "dearer",
        tuple(
            replace(p, unit_price=p.unit_price + 1) if p.item == item else p for p in book.prices
        ),
    )
    for old, new in zip(bill(office, book)[1], bill(office, dearer)[1], strict=True):
        difference = old.quantity if old.item == item else Decimal(0)
        assert new.unrounded - old.unrounded == difference


@given(days_on(), days_on(), BILLING)
def test_what_alwayson_costs_does_not_depend_on_use(
    runs: list[tuple[int, int]], others: list[tuple[int, int]], billing: dict[str, Any]
) -> None:
    bills = []
    for spans in (runs, others):
        office = Office(running_mode="AlwaysOn", billing=billing)
        desktop = office.desktop()
        for begin, end in spans:
            desktop.on(begin * MINUTE, end * MINUTE)
        bills.append(office.bill())
    assert bills[0] == bills[1] == ["2026-09 alwayson-month 1 x 25 = 25"]


@given(st.lists(days_on(4), min_size=1, max_size=4))
def test_autostop_costs_base_times_desktops_plus_rate_times_hours(
    fleet: list[list[tuple[int, int]]],
) -> None:
    office = Office()
    for runs in fleet:
        desktop = office.desktop()
        for begin, end in runs:
            desktop.on(begin * MINUTE, end * MINUTE)
    started = sum(-(-(end - begin) // 60) for runs in fleet for begin, end in runs)
    amount = exact(office.charges()["amount"])
    assert amount == Fraction("7.25") * len(fleet) + Fraction("0.22") * started


@given(days_on(30))
def test_the_better_of_both_modes_is_never_dearer_and_meets_at_break_even(
    runs: list[tuple[int, int]],
) -> None:
    """h* = (25 - 7.25) / 0.22 = 80.68: AutoStop is cheaper up to 80 hours and dearer from 81 on."""
    autostop = exact(with_runs("per_run", *runs).charges()["amount"])
    alwayson = exact(with_runs("per_run", *runs, running_mode="AlwaysOn").charges()["amount"])
    used = hours(with_runs("per_run", *runs))
    assert (autostop < alwayson) == (used <= 80)
    break_even = (Fraction(25) - Fraction("7.25")) / Fraction("0.22")
    assert Fraction("7.25") + Fraction("0.22") * break_even == alwayson


# ------------------------------------------------------------------- sums over parts, names


@given(offices(most=3))
def test_the_bill_of_a_fleet_is_the_sum_of_the_bills_of_its_desktops(office: Office) -> None:
    """Users taken one by one owe what they owe together; a migration has two desktops of one."""
    together = as_fractions(office)
    apart: dict[tuple[int, str, str, str], Fraction] = {}
    everyone = office.desktops
    for user in {desktop.user for desktop in everyone}:
        office.desktops = [desktop for desktop in everyone if desktop.user == user]
        numbers = [number for number, d in enumerate(everyone) if d.user == user]
        apart |= {(numbers[key[0]], *key[1:]): q for key, q in as_fractions(office).items()}
    assert together == apart


@given(days_on(), st.sampled_from(["per_run", "clock_hour", "continuous"]), st.integers(1, 13))
def test_adjacent_horizons_add_up(runs: list[tuple[int, int]], rounding: str, day: int) -> None:
    """One horizon of 14 days, or two that meet at midnight: the second sees the runs of the first
    as its warm-up, and counts the hours that start in it. Month shares add up to a last decimal."""
    whole = with_runs(rounding, *runs, horizon="14 d")
    first = with_runs(rounding, *runs, horizon=f"{day} d")
    later = [(begin - day * 24 * 60, end - day * 24 * 60) for begin, end in runs]
    second = with_runs(
        rounding,
        *later,
        start=f"2026-09-{day + 1:02d}",
        horizon=f"{14 - day} d",
        warm_up=f"{day} d",
    )
    for charge in ("autostop-hours", "autostop-base"):
        parts = hours(first, charge) + hours(second, charge)
        assert abs(hours(whole, charge) - parts) <= Fraction(1, 10**10)


@given(offices(most=3), st.data())
def test_numbering_desktops_and_users_otherwise_changes_no_total(
    office: Office, data: st.DataObject
) -> None:
    before = fleet_totals(office)
    office.desktops = data.draw(st.permutations(office.desktops))
    numbers = data.draw(st.permutations(range(len(office.users))))
    for desktop in office.desktops:
        desktop.user = numbers[desktop.user]
        desktop.runs = data.draw(st.permutations(desktop.runs))
    assert fleet_totals(office) == before


def fleet_totals(office: Office) -> dict[tuple[str, ...], Fraction]:
    found: defaultdict[tuple[str, ...], Fraction] = defaultdict(Fraction)
    for (_, *key), quantity in as_fractions(office).items():
        found[tuple(key)] += quantity
    return found


@given(offices(most=3))
def test_the_order_of_the_tables_rows_does_not_matter(office: Office) -> None:
    backwards = {
        name: table.take(np.arange(len(table))[::-1]) for name, table in office.tables().items()
    }
    assert rows(meter(office.scenario, **backwards)) == rows(office.usage())


@given(
    st.sampled_from(["2026-02", "2028-02", "2026-09", "2026-10"]),
    st.integers(1, 671),
    st.sampled_from(["AlwaysOn", "AutoStop"]),
)
def test_a_month_is_a_month_whether_it_has_28_29_30_or_31_days(
    month: str, hour: int, mode: str
) -> None:
    """A whole month is 1. Created in the hour `hour`, a desktop owes what is left of its 672, 696,
    720 or 744 hours, and one deleted then, prorated, the rest."""
    length = {"2026-02": 672, "2028-02": 696, "2026-09": 720, "2026-10": 744}[month]
    office = Office(start=f"{month}-01", running_mode=mode, billing={"prorate_on_delete": True})
    office.desktop()
    office.desktop(created=hour * HOUR)
    office.desktop().delete(hour * HOUR)
    charge = "alwayson-month" if mode == "AlwaysOn" else "autostop-base"
    shares = Fraction(1), Fraction(length - hour, length), Fraction(hour, length)
    exactly = [round(share * 10**10) for share in shares]
    assert [int(q.scaleb(10)) for q in office.quantities(charge)] == exactly


# --------------------------------------------------------------- what validation can promise


@given(st.data())
def test_nothing_is_billed_that_was_not_possible(data: st.DataObject) -> None:
    """Operations on a fleet, each of which may pass a desktop by: what is metered in the end was
    among the items that the scenario was known to need."""
    kinds = st.sampled_from(
        [
            ("switch-mode", "AlwaysOn"),
            ("switch-mode", "AutoStop"),
            ("resize", {"root": "80 GB", "user": "50 GB"}),
            ("resize", {"root": "200 GB", "user": "100 GB"}),
            ("change-compute", "power"),
            ("migrate", "standard"),
        ]
    )
    days = data.draw(st.lists(st.integers(2, 58), max_size=5))
    office = Office(
        running_mode=data.draw(MODES),
        horizon={"months": 2},
        operations=[
            {
                "at": f"2026-{9 + day // 31:02d}-{day % 31 + 1:02d}",
                "fleet": "office",
                "share": "50 %",
                "operation": kind,
                "to": to,
            }
            for day, (kind, to) in zip(days, [data.draw(kinds) for _ in days], strict=True)
            if day % 31 < 30
        ],
    )
    desktop = office.desktop()
    for operation in sorted(office.scenario.operations, key=lambda each: each.at):
        if data.draw(st.booleans()):
            at = office.scenario.calendar.millis(operation.at)
            match operation.operation, operation.to:
                case "switch-mode", str() as to:
                    desktop.switch(at, to)
                case "resize", Volumes() as to:
                    desktop.resize(at, to.root, to.user)
                case "change-compute", str() as to:
                    desktop.change_compute(at, to)
                case "migrate", str() as to:
                    desktop = desktop.migrate(at, to)
    for each in office.desktops:
        power_on(data.draw, office, each)
    assert set(office.usage()["item"]) <= set(possible_items(office.scenario))
