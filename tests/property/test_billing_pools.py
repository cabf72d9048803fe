"""Laws of the bill of a pool, for all that may happen to its instances.

Facts are drawn directly, on ticks of half an hour. The meter is compared with one that shares no
idea with it: it asks at every tick who is where.
"""

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sim.metering import possible_items
from sim.record import NEVER
from sim.scenario.pools import Pool
from sim.units import DAY, HOUR, MINUTE, SECOND
from tests.billing import Instance, Office
from tests.property.test_billing import TICK, WINDOWS, bill, exact, instants, prices_for

Key = tuple[int, str, str]

POOLS = st.fixed_dictionaries(
    {
        "bundle": st.just("power"),
        "maximum": st.just(40),
        "running_mode": st.sampled_from(["AlwaysOn", "AutoStop"]),
        "license": st.sampled_from(["included", "byol"]),
        "after_session": st.sampled_from(["replace", "keep"]),
        "sessions_per_instance": st.sampled_from([1, 2]),
        "billing": st.fixed_dictionaries(
            {
                "increment": st.sampled_from(["hour", "second"]),
                "minimum": st.sampled_from(["0 s", "45 min", "2 h"]),
                "provisioning": st.booleans(),
                "user_fee": st.booleans(),
            }
        ),
        "storage": st.just({"item": "fsx-windows/ssd-gb-month", "per_user": "700 MB"}),
    }
)


@st.composite
def labs(draw: st.DrawFn, window: dict[str, Any] | None = None) -> Office:
    """A pool with up to three members and up to four instances."""
    pool = draw(POOLS)
    office = Office(
        **(window or draw(st.sampled_from(WINDOWS))),
        region="ap-southeast-1",
        pools={"lab": pool},
        billing={"proration_grain": draw(st.sampled_from(["hours", "days"]))},
    )
    begin, end = office.scenario.begin, office.scenario.end
    for _ in range(draw(st.integers(1, 3))):
        joins = draw(st.just(NEVER) | instants(office, begin, end))
        leaves = draw(st.just(NEVER) | instants(office, max(begin, joins), end))
        office.user("lab", joins, leaves)
    for _ in range(draw(st.integers(0, 4))):
        live(draw, office)
    return office


def live(draw: st.DrawFn, office: Office) -> None:
    """An instance: perhaps never available, perhaps never used, perhaps still there at the end."""
    begin, end = office.scenario.begin, office.scenario.end
    requested = draw(instants(office, begin, end))
    available = draw(st.just(NEVER) | instants(office, requested, end))
    gone = draw(st.just(NEVER) | instants(office, max(requested, available), end))
    instance = office.instance(requested=requested, available=available).gone(gone)
    if available != NEVER:
        hold(draw, office, instance, gone)


def hold(draw: st.DrawFn, office: Office, instance: Instance, gone: int) -> None:
    """User sessions in the life of an instance, as many and as close as the pool allows."""
    pool, low = office.scenario.pools["lab"], instance.available
    high = office.scenario.end if gone == NEVER else gone
    users = st.integers(0, len(office.users) - 1)
    if pool.sessions_per_instance > 1:
        for _ in range(draw(st.integers(0, 3))):
            first = draw(instants(office, low, high))
            instance.held(first, draw(instants(office, first, high)), draw(users))
    elif pool.after_session == "replace":
        if draw(st.booleans()):
            instance.held(draw(instants(office, low, high)), gone, draw(users))
    else:
        edges = sorted(draw(st.sets(instants(office, low, high), max_size=6)))
        for first, last in pairwise(edges):
            if draw(st.booleans()):
                instance.held(first, last, draw(users))


# ------------------------------------------------------------- a meter that asks at every tick


def asked(office: Office) -> dict[Key, Fraction]:
    """Quantities by user, month and charge."""
    pool, end = office.scenario.pools["lab"], office.scenario.end
    found: defaultdict[Key, Fraction] = defaultdict(Fraction)
    for instance in office.instances:
        for user, first, last in running(office, pool, instance):
            for at, share in increments(pool, first, last):
                if 0 <= at < end:
                    found[user, month_of(office, at), "pool-running-hours"] += share
        if pool.running_mode == "AutoStop":
            for at in life(office, pool, instance):
                if at >= 0 and not holders(office, instance, at):
                    found[-1, month_of(office, at), "pool-stopped-hours"] += Fraction(TICK, HOUR)
    fees(office, pool, found)
    storage(office, pool, found)
    return {key: quantity for key, quantity in found.items() if quantity}


def month_of(office: Office, at: int) -> str:
    return office.scenario.calendar.month_at(at).name


def life(office: Office, pool: Pool, instance: Instance) -> range:
    """Ticks at which an instance is there to be billed."""
    first = instance.requested if pool.billing.provisioning else instance.available
    last = office.scenario.end if instance.terminated == NEVER else instance.terminated
    return range(0) if first == NEVER else range(first, last, TICK)


def holders(office: Office, instance: Instance, at: int) -> list[int]:
    end = office.scenario.end
    return [s.user for s in instance.sessions if s.begin <= at < (s.end if s.end != NEVER else end)]


def running(office: Office, pool: Pool, instance: Instance) -> list[tuple[int, int, int]]:
    """Who is to pay for which spans of running time."""
    ticks = list(life(office, pool, instance))
    if pool.running_mode == "AutoStop":
        ticks = [at for at in ticks if holders(office, instance, at)]
    spans: list[tuple[int, int, int]] = []
    one = pool.sessions_per_instance == 1 and pool.after_session == "replace"
    for at in ticks:
        if spans and spans[-1][2] == at:
            spans[-1] = (*spans[-1][:2], at + TICK)
        else:
            own = one and pool.running_mode == "AutoStop"
            spans.append((holders(office, instance, at)[0] if own else -1, at, at + TICK))
    return spans


def increments(pool: Pool, first: int, last: int) -> list[tuple[int, Fraction]]:
    """Begin and hours of each started increment; a quarter of an hour stands for its seconds."""
    hourly = pool.billing.increment == "hour"
    step = HOUR if hourly else 15 * MINUTE
    assert hourly or (TICK % step == 0 and pool.billing.minimum % step == 0)
    stop = max(last, first + pool.billing.minimum)
    return [(at, Fraction(step, HOUR)) for at in range(first, stop, step)]


def fees(office: Office, pool: Pool, found: dict[Key, Fraction]) -> None:
    if pool.license == "included" and pool.billing.user_fee:
        for instance in office.instances:
            for session in instance.sessions:
                if 0 <= session.begin < office.scenario.end:
                    key = session.user, month_of(office, session.begin), "pool-user-month"
                    found[key] = Fraction(1)


def storage(office: Office, pool: Pool, found: dict[Key, Fraction]) -> None:
    grain = DAY if office.scenario.billing.proration_grain == "days" else HOUR
    assert pool.storage
    for _, joins, leaves in office.users:
        last = office.scenario.end if leaves == NEVER else leaves
        for month in office.scenario.calendar.months(0, office.scenario.end):
            inside = range(
                max(month.start, 0, joins), min(month.end, office.scenario.end, last), TICK
            )
            parts = {(at - month.start) // grain for at in inside}
            kept = Fraction(len(parts), (month.end - month.start) // grain)
            found[-1, month.name, "pool-storage"] += kept * Fraction(pool.storage.per_user, 1024)


def metered(office: Office) -> dict[Key, Fraction]:
    usage = office.usage()
    keys = zip(*(usage[name].tolist() for name in ("user", "month", "charge")), strict=True)
    values = (Fraction(e10, 10**10) for e10 in usage["quantity_e10"].tolist())
    return dict(zip(keys, values, strict=True))


def rounded(quantity: Fraction) -> Fraction:
    return Fraction(round(quantity * 10**10), 10**10)


@given(labs())
def test_the_meter_agrees_with_one_that_asks_at_every_tick(office: Office) -> None:
    """Equal to the last of ten decimals: the meter rounds the exact quantity once."""
    assert metered(office) == {key: rounded(value) for key, value in asked(office).items()}


# ------------------------------------------------------------------------------------- laws


def hours(office: Office, charge: str = "pool-running-hours") -> Fraction:
    return sum((Fraction(q) for q in office.quantities(charge)), Fraction(0))


def billed_as(office: Office, **billing: Any) -> Office:
    """The same facts under other rules."""
    pool = office.scenario.pools["lab"]
    rules = pool.billing.model_copy(update=billing)
    pools = {"lab": pool.model_copy(update={"billing": rules})}
    office.scenario = office.scenario.model_copy(update={"pools": pools})
    return office


@given(labs(), st.data(), st.integers(0, 50))
def test_lines_add_up_are_never_negative_and_scale_with_prices(
    office: Office, data: st.DataObject, factor: int
) -> None:
    book = prices_for(data.draw, office)
    charges, lines = bill(office, book)
    assert exact(charges["amount"]) == exact(line.unrounded for line in lines)
    assert all(amount >= 0 for amount in charges["amount"])
    assert (charges["quantity_e10"] > 0).all()
    for line in lines:
        assert abs(Fraction(line.amount) - Fraction(line.unrounded)) <= Fraction(1, 200)
    dearer = prices_for(lambda _: factor, office)
    assert exact(line.unrounded for line in bill(office, dearer)[1]) == factor * sum(
        metered(office).values()
    )


@given(labs(window={"horizon": {"months": 2}}))
def test_started_increments_cover_the_time_they_are_for(office: Office) -> None:
    """Without a warm-up what is billed as running is at least the time held, or lived, and less
    than an increment, or the minimum, more for each span. Held and stopped time make the life."""
    pool = office.scenario.pools["lab"]
    spans = [span for each in office.instances for span in running(office, pool, each)]
    time = sum((Fraction(last - first, HOUR) for _, first, last in spans), Fraction(0))
    billed, last_decimals = hours(office), Fraction(1, 10**8)
    step = Fraction(HOUR if pool.billing.increment == "hour" else SECOND, HOUR)
    most = time + len(spans) * (step + Fraction(pool.billing.minimum, HOUR))
    if all(last + pool.billing.minimum <= office.scenario.end for _, _, last in spans):
        assert time - last_decimals <= billed <= most
    alive = sum(len(life(office, pool, each)) for each in office.instances)
    if pool.running_mode == "AutoStop":
        stopped = hours(office, "pool-stopped-hours")
        assert abs(time + stopped - Fraction(alive * TICK, HOUR)) <= last_decimals
    else:
        assert hours(office, "pool-stopped-hours") == 0


@given(labs())
def test_the_bill_of_a_pool_is_the_sum_over_its_instances(office: Office) -> None:
    """Hours added up by user are those added up by instance."""
    charges = ("pool-running-hours", "pool-stopped-hours")
    together = {charge: hours(office, charge) for charge in charges}
    apart = dict.fromkeys(charges, Fraction(0))
    everything = office.instances
    for instance in everything:
        office.instances = [instance]
        for charge in charges:
            apart[charge] += hours(office, charge)
    for charge in charges:
        assert abs(together[charge] - apart[charge]) <= Fraction(1, 10**8)


@given(labs())
def test_seconds_are_never_dearer_than_hours_and_a_minimum_is_never_cheaper(
    office: Office,
) -> None:
    found: dict[tuple[str, int], Fraction] = {}
    for increment in ("second", "hour"):
        for minimum in (0, 45 * MINUTE, 3 * HOUR):
            found[increment, minimum] = hours(
                billed_as(office, increment=increment, minimum=minimum)
            )
        assert found[increment, 0] <= found[increment, 45 * MINUTE] <= found[increment, 3 * HOUR]
    assert found["hour", 0] == found["hour", 45 * MINUTE], "an hour is more than 45 minutes"


@given(labs(window={"horizon": {"months": 2}}))
def test_two_months_are_one_month_and_the_next(office: Office) -> None:
    """The second month sees the first as its warm-up. What is open at the end of September is still
    there in October, and a fee belongs to the month in which a session begins."""
    whole = metered(office)
    first = seen_from(office, "2026-09-01", {"horizon": {"months": 1}})
    second = seen_from(office, "2026-10-01", {"horizon": {"months": 1}, "warm_up": "30 d"})
    assert {**metered(first), **metered(second)} == whole


def seen_from(office: Office, start: str, window: dict[str, Any]) -> Office:
    """The same facts in another window: later ones are not there yet, open ones have no end."""
    old = office.scenario
    spec = old.pools["lab"].model_dump()
    made = Office(
        start=start,
        region="ap-southeast-1",
        pools={"lab": {"bundle": "power", "running_mode": spec["running_mode"], "maximum": 40}},
        **window,
    )
    made.scenario = made.scenario.model_copy(update={"pools": old.pools, "billing": old.billing})
    moved = old.calendar.millis(made.scenario.start)
    end = made.scenario.end

    def at(instant: int) -> int:
        return instant if instant == NEVER else instant - moved

    def over(instant: int) -> int:
        """An instant that the run does not reach has not come."""
        return NEVER if instant == NEVER or instant - moved > end else instant - moved

    for fleet, joins, leaves in office.users:
        made.user(fleet, at(joins), at(leaves))
    for each in office.instances:
        if at(each.requested) < end:
            twin = made.instance(requested=at(each.requested), available=over(each.available))
            twin.gone(over(each.terminated))
            for session in each.sessions:
                if at(session.begin) < end:
                    twin.held(at(session.begin), over(session.end), session.user)
    return made


@given(labs())
def test_nothing_is_billed_that_was_not_possible(office: Office) -> None:
    assert set(office.usage()["item"]) <= set(possible_items(office.scenario))
