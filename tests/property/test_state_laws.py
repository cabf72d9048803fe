"""Laws of what desktops go through: their time, their changes and their bill, whatever happens."""

from collections import Counter, defaultdict
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.metering import METERED, meter
from sim.pricing import InvoiceLine
from sim.record import DESKTOP_STATES, DESKTOPS, INSTANCES, NEVER, DesktopState, Table
from sim.scenario.schema import Scenario
from sim.study.concurrency import SLOT, concurrency
from sim.study.conditions import AVAILABLE, Condition, Spans
from sim.study.fleet_week import FIRST, fleet_week
from sim.study.states import Hours, States, hours_by_condition, spells_of, states
from sim.units import HOUR
from tests.property.broken_worlds import broken_worlds
from tests.property.small_pools import small_pools
from tests.property.small_worlds import SmallWorld, small_worlds
from tests.property.test_outage_measures import Kept, told, unruly, worked
from tests.unit.stories import Facts

worlds = st.one_of(broken_worlds(), small_worlds(), small_pools())

NOT_THERE = (DesktopState.ABSENT, DesktopState.TERMINATED)

ROUNDINGS = st.sampled_from(["per_run", "clock_hour", "continuous"])


def state_time(scenario: Scenario, facts: Facts, fleet: str) -> dict[str, int]:
    """Time in the provider's states inside the measured time, row by row."""
    desktops = facts.recorded(DESKTOPS)
    mine = set(desktops["desktop"][desktops["fleet"] == fleet].tolist())
    spent: dict[str, int] = defaultdict(int)
    table = facts.recorded(DESKTOP_STATES)
    names = ("desktop", "begin", "end", "state")
    for desktop, begin, end, state in zip(*(table[n].tolist() for n in names), strict=True):
        inside = min(end, scenario.end) - max(begin, 0)
        if desktop in mine and inside > 0 and state not in NOT_THERE:
            spent[DesktopState(state).label] += inside
    return spent


def invoiced(scenario: Scenario, facts: Facts) -> list[InvoiceLine]:
    """A bill at 0.37 for a unit of whatever it is."""
    tables = {schema.name: facts.recorded(schema) for schema in METERED}
    usage = meter(scenario, facts.story.workload.users, **tables)
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    names = ("month", "fleet", "charge", "item", "quantity_e10")
    for *key, quantity in zip(*(usage[name].tolist() for name in names), strict=True):
        sums[tuple(key)] += quantity
    price = Decimal("0.37")
    return [
        InvoiceLine(
            month=month,
            fleet=fleet,
            charge=charge,
            item=item,
            unit_price=price,
            quantity=Decimal(quantity).scaleb(-10),
            unit="unit",
            amount_cents=int(price * quantity // 10**8),
            unrounded=price * quantity,
            currency="USD",
        )
        for (month, fleet, charge, item), quantity in sums.items()
    ]


def found(scenario: Scenario, facts: Facts) -> list[States]:
    lines = invoiced(scenario, facts)
    return [states(scenario, place, Kept(facts), lines) for place in scenario.served_by]


# --- time


@unruly
@given(worlds)
def test_conditions_divide_the_states_of_the_provider(world: SmallWorld) -> None:
    scenario, facts = told(world)
    for fleet in scenario.fleets:
        time = states(scenario, fleet, Kept(facts), []).time
        spent: dict[str, int] = defaultdict(int)
        for condition, lasted in time.items():
            spent["available" if condition in AVAILABLE else condition.label] += lasted
        assert spent == state_time(scenario, facts, fleet)


@unruly
@given(worlds)
def test_instances_are_in_some_condition_from_the_request_to_the_end(world: SmallWorld) -> None:
    scenario, facts = told(world)
    table = facts.recorded(INSTANCES)
    gone = np.where(table["terminated"] == NEVER, scenario.end, table["terminated"])
    lived = np.clip(gone, 0, scenario.end) - np.clip(table["requested"], 0, scenario.end)
    for number, pool in enumerate(scenario.pools):
        time = states(scenario, pool, Kept(facts), []).time
        assert sum(time.values()) == int(lived[table["pool"] == number].sum())


@unruly
@given(st.one_of(broken_worlds(pools=False), small_worlds()))
def test_desktops_are_at_work_as_long_as_their_users_are(world: SmallWorld) -> None:
    scenario, facts = told(world)
    at_work = sum(one.time.get(Condition.CONNECTED, 0) for one in found(scenario, facts))
    assert at_work == worked(facts, scenario.end)


@unruly
@given(worlds)
def test_what_enters_a_condition_leaves_it_or_is_in_it_at_the_end(world: SmallWorld) -> None:
    """Entered plus those in it at the beginning = left plus those in it at the end."""
    scenario, facts = told(world)
    for place in scenario.served_by:
        one = states(scenario, place, Kept(facts), [])
        spells = spells_of(scenario, place, Kept(facts), 0, scenario.end)
        first = np.bincount(spells.condition[spells.begin == 0], minlength=len(Condition))
        last = np.bincount(spells.condition[spells.end == scenario.end], minlength=len(Condition))
        for condition in Condition:
            left = sum(n for (before, _), n in one.changes.items() if before == condition)
            entered = one.entered.get(condition, 0)
            assert entered + first[condition] == left + last[condition]


# --- money


@unruly
@given(worlds)
def test_the_parts_are_the_bill_to_the_cent(world: SmallWorld) -> None:
    scenario, facts = told(world)
    lines = invoiced(scenario, facts)
    for one in found(scenario, facts):
        mine = [line.amount for line in lines if line.fleet == one.place]
        assert one.bill == sum(mine, Decimal(0))
        assert all(amount >= 0 for amount in (*one.cost.values(), one.unused))
        assert set(one.cost) <= set(one.time)


@unruly
@given(worlds, ROUNDINGS)
def test_every_billed_hour_is_accounted_for(world: SmallWorld, rounding: str) -> None:
    """What went on and what was left adds up to the quantity; exact hours leave nothing."""
    scenario, facts = told(world)
    billing = scenario.billing.model_copy(update={"rounding": rounding})
    scenario = scenario.model_copy(update={"billing": billing})
    lines = {
        (line.fleet, line.month, line.charge, line.item): line
        for line in invoiced(scenario, facts)
        if "hours" in line.charge and line.charge != "pool-stopped-hours"
    }
    accounts: dict[tuple[str, str, str, str], Hours] = {}
    for place in scenario.served_by:
        spells = spells_of(scenario, place, Kept(facts), 0, scenario.end)
        hours = hours_by_condition(scenario, place, Kept(facts), spells)
        accounts |= {(place, *key): spent for key, spent in hours.items() if spent.paid}
    assert set(accounts) == set(lines)
    for key, spent in accounts.items():
        # Quantities have ten decimals and were rounded desktop by desktop.
        assert abs(spent.paid / HOUR - float(lines[key].quantity)) < 1e-6
        assert spent.unused >= 0
        if rounding == "continuous" and not key[2].startswith("pool"):
            assert spent.unused == 0


# --- a week


def users(facts: Facts) -> Table:
    return facts.story.workload.users


@unruly
@given(worlds)
def test_a_cell_shows_what_matters_or_what_held_most_of_it(world: SmallWorld) -> None:
    """Counted column by column, since rows may be in any order."""
    scenario, facts = told(world)
    for place in scenario.fleets:
        week = fleet_week(scenario, users(facts), place, Kept(facts))
        end = min(week.begin + week.days[-1] * SLOT, scenario.end)
        spells = spells_of(scenario, place, Kept(facts), max(week.begin, 0), end)
        spent: dict[tuple[int, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
        rows = zip(spells.subject, spells.begin, spells.end, spells.condition, strict=True)
        for subject, begin, upto, condition in rows:
            for slot in range((begin - week.begin) // SLOT, -(-(upto - week.begin) // SLOT)):
                first = week.begin + slot * SLOT
                inside = min(upto, first + SLOT) - max(begin, first)
                spent[int(subject), slot][int(condition)] += int(inside)
        shown = Counter(
            (slot, int(code)) for row in week.cells for slot, code in enumerate(row) if code >= 0
        )
        if week.turned_away.any():
            shown = Counter({k: n for k, n in shown.items() if not week.turned_away[k[0]]})
        wanted: Counter[tuple[int, int]] = Counter()
        for (_, slot), held in spent.items():
            rare = [code for code in FIRST if held.get(code)]
            most = max(held, key=lambda code: (held[code], -code))
            lasts = held[most] >= SLOT - sum(held.values())
            if (rare or lasts) and not week.turned_away[slot]:
                wanted[slot, rare[0] if rare else most] += 1
        assert shown == wanted


@unruly
@given(small_pools())
def test_a_week_of_a_pool_has_as_many_rows_as_instances_at_once(world: SmallWorld) -> None:
    scenario, facts = told(world)
    for place in scenario.pools:
        week = fleet_week(scenario, users(facts), place, Kept(facts))
        end = min(week.begin + week.days[-1] * SLOT, scenario.end)
        spells = spells_of(scenario, place, Kept(facts), max(week.begin, 0), end)
        there = Spans.of(spells.subject, spells.begin, spells.end)
        assert week.number == concurrency(there.begin, there.end, scenario.end).peak().count
        assert int(week.time.sum()) == int((there.end - there.begin).sum())
