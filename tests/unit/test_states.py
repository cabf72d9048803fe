"""What desktops are in, and what is paid for it, on stories small enough to count by hand.

Unless a story says otherwise `ann` has an AutoStop desktop that stops 1 h after she disconnected,
and the invoice is what a Standard desktop's hours cost at 0.30 USD, and a base fee of 9.75.
"""

from decimal import Decimal
from typing import Any

import pytest

from sim.pricing import InvoiceLine
from sim.scenario.schema import Scenario
from sim.study.conditions import Condition, Spells
from sim.study.fleet_week import fleet_week
from sim.study.replay import replay
from sim.study.states import States, apportioned, spells_of, states
from sim.units import HOUR, MINUTE
from tests.unit.stories import Facts, story
from tests.unit.test_measures_outages import Kept, zone

HOURS = "personal/autostop-hours/standard/windows/included"


def line(charge: str, item: str, amount: str) -> InvoiceLine:
    return InvoiceLine(
        month="2026-09",
        fleet="office",
        charge=charge,
        item=item,
        unit_price=Decimal(1),
        quantity=Decimal(amount),
        unit="unit",
        amount_cents=int(Decimal(amount) * 100),
        unrounded=Decimal(amount),
        currency="USD",
    )


def found(facts: Facts, *lines: InvoiceLine) -> States:
    return states(facts.story.scenario, "office", Kept(facts), lines)


def minutes(of: States) -> dict[str, float]:
    return {condition.label: time / MINUTE for condition, time in of.time.items()}


def cost(of: States) -> dict[str, str]:
    return {condition.label: str(amount) for condition, amount in of.cost.items()}


def changes(of: States) -> dict[tuple[str, str], int]:
    def label(condition: Condition | None) -> str:
        return condition.label if condition is not None else "-"

    return {(label(before), label(after)): number for (before, after), number in of.changes.items()}


WORK = "arrival  connected  ending      resume\n09:00    90 min     disconnect  2 min"


def test_a_day_of_an_autostop_desktop_and_what_its_hours_were_paid_for() -> None:
    """Starting 09:00 to 09:02, at work to 10:32, on without anybody to 11:32: 152 min, 3 hours.

    0.90 USD are paid for 180 min, 0.5 cents a minute: 2 min 1 cent, 90 min 45, 60 min 30, and the
    28 min that are left of the third hour 14.
    """
    day = found(
        story(WORK),
        line("autostop-hours", HOURS, "0.90"),
        line("autostop-base", "personal/autostop-base/80-50", "9.75"),
    )
    assert minutes(day) == {
        "connected": 90,
        "disconnected": 60,
        "stopped": 24 * 60 - 152,
        "starting": 2,
    }
    assert cost(day) == {"connected": "0.45", "disconnected": "0.30", "starting": "0.01"}
    assert (day.unused, day.fees) == (Decimal("0.14"), {"autostop-base": Decimal("9.75")})
    assert day.bill == Decimal("10.65")
    assert changes(day) == {
        ("stopped", "starting"): 1,
        ("starting", "connected"): 1,
        ("connected", "disconnected"): 1,
        ("disconnected", "stopped"): 1,
    }


@pytest.mark.parametrize(
    ("rounding", "amount", "unused"),
    [
        ("per_run", "0.90", "0.14"),  # 180 min billed, 28 of them after the end
        ("clock_hour", "0.90", "0.14"),  # 09, 10 and 11 o'clock: to 12:00, 28 min not used
        ("continuous", "0.76", "0.00"),  # 152 min
    ],
)
def test_each_reading_of_an_hour_leaves_its_own_rest(
    rounding: str, amount: str, unused: str
) -> None:
    facts = story(WORK, billing={"rounding": rounding})
    day = found(facts, line("autostop-hours", HOURS, amount))
    assert cost(day) == {"connected": "0.45", "disconnected": "0.30", "starting": "0.01"}
    assert day.unused == Decimal(unused)


def test_runs_that_share_a_clock_hour_share_what_is_left_of_it() -> None:
    """On from 09:10 to 09:25, when an operation ends the run, and from 09:40 to 10:50.

    Two clock hours are paid, 120 min: at work 20, alone 5 + 60, not used 25 of the first and 10 of
    the second. Each hour belongs to the bundle that the desktop had when it began.
    """
    facts = story(
        "arrival  connected  ending\n09:10  10 min  disconnect\n09:40  10 min  disconnect",
        operations="at     operation     to\n09:25  change-compute  power",
        fleet={"change_time": "5 min"},
        billing={"rounding": "clock_hour"},
    )
    spells = spells_of(facts.story.scenario, "office", Kept(facts), 0, 24 * HOUR)
    time = spells.time()
    assert time[Condition.CONNECTED] == 20 * MINUTE
    power = HOURS.replace("standard", "power")
    day = found(facts, line("autostop-hours", HOURS, "0.60"), line("autostop-hours", power, "0.60"))
    assert cost(day) == {"connected": "0.20", "disconnected": "0.65"}
    assert day.unused == Decimal("0.35")


def test_a_client_that_is_left_open_is_paid_for_with_nobody_there() -> None:
    """Gone at 10:00, the client seen to be idle at 11:00, stopped at 12:00: three hours."""
    facts = story(
        "arrival  connected  ending\n09:00  1 h  left-connected",
        fleet={"idle_disconnect_timeout": "60 min"},
    )
    day = found(facts, line("autostop-hours", HOURS, "0.90"))
    assert minutes(day) == {"connected": 60, "left-open": 60, "disconnected": 60, "stopped": 1260}
    assert cost(day) == {"connected": "0.30", "left-open": "0.30", "disconnected": "0.30"}
    assert changes(day)["connected", "left-open"] == 1


def test_an_alwayson_desktop_is_paid_by_the_month_whatever_it_does() -> None:
    facts = story(WORK, fleet={"running_mode": "AlwaysOn"})
    day = found(facts, line("alwayson-month", "personal/alwayson-month/x", "35.00"))
    assert minutes(day) == {"connected": 90, "disconnected": 24 * 60 - 90}
    assert not day.cost
    assert day.unused == 0
    assert day.fees == {"alwayson-month": Decimal("35.00")}


def test_a_lost_zone_makes_it_unhealthy_and_ends_what_is_paid() -> None:
    """At work from 09:00, lost from 10:00 to 12:00: one hour is billed, and all of it was work."""
    facts = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        outages=[zone("10:00", "2 h")],
        people={"after_interruption": "give_up"},
    )
    day = found(facts, line("autostop-hours", HOURS, "0.30"))
    assert minutes(day)["unhealthy"] == 120
    assert cost(day) == {"connected": "0.30"}
    assert changes(day)["connected", "unhealthy"] == 1
    assert changes(day)["unhealthy", "stopped"] == 1


def test_a_pools_instances_are_idle_held_and_gone() -> None:
    """One instance is there; ann has it from 09:00 to 11:00 and it is replaced, which takes 10 min.

    The first is on from 00:00 to 11:00: 11 hours. The second is available at 11:10 and there to the
    end: 12 h 50 min, 13 hours. 24 hours are paid: at work 2, idle 21 h 50 min, not used 10 min.
    """
    facts = story("arrival  connected  ending\n09:00  2 h  logoff", pool={})
    running = line("pool-running-hours", "pool/running-hour/power/included", "24.00")
    day = found(facts, running)
    assert minutes(day) == {"connected": 120, "idle": 21 * 60 + 50, "pending": 10}
    assert cost(day) == {"connected": "2.00", "idle": "21.83"}
    assert day.unused == Decimal("0.17")
    assert changes(day) == {
        ("idle", "connected"): 1,
        ("connected", "-"): 1,
        ("-", "pending"): 1,
        ("pending", "idle"): 1,
    }
    assert day.number == 2


def test_cents_that_do_not_divide_go_to_the_largest_remainders() -> None:
    """100 cents by 1 : 1 : 1 are 34, 33 and 33; 7 by 5 : 3 : 2 are 3.5, 2.1 and 1.4."""
    assert apportioned(100, [1, 1, 1]).tolist() == [34, 33, 33]
    assert apportioned(7, [5, 3, 2]).tolist() == [4, 2, 1]


def test_spells_are_in_order_and_touch() -> None:
    facts = story(WORK)
    spells: Spells = spells_of(facts.story.scenario, "office", Kept(facts), 0, 24 * HOUR)
    assert (spells.end[:-1] == spells.begin[1:]).all()
    assert [Condition(code).label for code in spells.condition] == [
        *("stopped", "starting", "connected", "disconnected", "stopped"),
    ]


# --- a week


def week(facts: Facts, **more: Any) -> list[str]:
    """Conditions of the first row, quarter by quarter, from Tuesday the 1st at midnight."""
    scenario: Scenario = facts.story.scenario
    shown = fleet_week(scenario, facts.story.workload.users, "office", Kept(facts), **more)
    assert shown.first_day.isoformat() == "2026-08-31"  # Monday
    names = [*Condition.labels(), "refused", "-"]
    return [names[code] for code in shown.cells[0]][96:192]


def test_a_quarter_shows_what_held_most_of_it() -> None:
    """At work 09:02 to 10:32, alone to 11:32: the quarter from 10:30 is 2 min of work and 13 of
    nobody, that from 11:30 is 2 min of nobody and 13 of being stopped."""
    day = week(story(WORK))
    assert day[36:42] == ["connected"] * 6
    assert day[42:46] == ["disconnected"] * 4
    assert day[46] == day[35] == "stopped"


def test_what_matters_wins_a_quarter_however_short_it_was() -> None:
    """Lost for a minute at 09:30: three quarters of work, the third of which shows the loss."""
    day = week(
        story(
            "arrival  connected  ending\n09:00  8 h  logoff",
            outages=[zone("09:30", "1 min")],
            people={"after_interruption": "give_up"},
        )
    )
    assert day[36:39] == ["connected", "connected", "unhealthy"]


def test_who_is_turned_away_stands_in_the_row_of_the_desktop_that_was_tried() -> None:
    """The zone is lost at 11:00, and from 11:30 to 11:50 ann's new desktop is made in the other.
    She tries from 11:15 on every 2 min: the old one until 11:30, then the one that is to come."""
    facts = story(
        "arrival  connected  patience\n11:15  1 h  2 h",
        zones={"a": {"weight": 1000}, "b": {"weight": 0.001}},
        fleet={"recovery": {"rebuild": {"reaction": "30 min"}}},
        outages=[zone("11:00", "6 h")],
    )
    shown = fleet_week(facts.story.scenario, facts.story.workload.users, "office", Kept(facts))
    names = [*Condition.labels(), "refused", "-"]
    old, new = ([names[code] for code in cells[96 + 44 : 96 + 49]] for cells in shown.cells)
    assert old == ["unhealthy", "unhealthy", "-", "-", "-"]
    assert new == ["-", "-", "refused", "refused", "connected"]


def test_before_and_after_the_run_there_is_nothing() -> None:
    facts = story(WORK)
    shown = fleet_week(facts.story.scenario, facts.story.workload.users, "office", Kept(facts))
    assert set(shown.cells[0][:96].tolist()) == {-1}
    assert set(shown.cells[0][192:].tolist()) == {-1}


def test_without_an_outage_it_is_the_first_whole_week_with_a_desktop() -> None:
    """The run begins on Tuesday the 1st, so on the 7th; ann joins on Wednesday the 9th, so the
    14th, if there is a whole week then."""

    def monday(**told: Any) -> str:
        facts = story("", horizon="21 d", **told)
        users = facts.story.workload.users
        week = fleet_week(facts.story.scenario, users, "office", Kept(facts))
        return week.first_day.isoformat()

    assert monday() == "2026-09-07"
    assert monday(users={"ann": {"joins": "09-09 08:00"}}) == "2026-09-14"
    assert monday(users={"ann": {"joins": "09-16 08:00"}}) == "2026-09-14"


# --- an hour


def test_people_are_counted_where_they_stand_at_the_end_of_each_minute() -> None:
    """One server that takes 90 s: at 09:00 three come. At the end of the first minute one is served
    and two stand in line; at that of the second the next is served, and the first, whose desktop
    takes 5 min, starts."""
    facts = story(
        """
        user  arrival  connected
        ann   09:00    2 h
        bob   09:00    2 h
        cyd   09:00    2 h
        """,
        directory={"servers": 1},
        logon={"directory_service": "90 s", "resume": "5 min"},
    )
    hour = replay(Kept(facts), 9 * HOUR, 24 * HOUR)
    first = {name: line[:10].tolist() for name, line in hour.people.items() if line.any()}
    assert first == {
        # served from 0 to 90 s, to 180 s, to 270 s
        "directory_line": [2, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        "directory": [1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
        # starting from 90 s to 390 s, 180 s to 480 s, 270 s to 570 s
        "start": [0, 1, 1, 2, 3, 3, 2, 2, 1, 0],
        "connected": [0, 0, 0, 0, 0, 0, 1, 1, 2, 3],
    }
    assert hour.came.tolist() == [3] * 60
    assert hour.flows.connected[:10].tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 1, 1]


def test_who_is_turned_away_waits_to_retry_and_gives_up() -> None:
    """The zone is lost from 09:00 on. Ann tries at 09:00, then every 2 min for 10: at 09:10 for the
    last time. In between she waits to try again."""
    facts = story(
        "arrival  connected  patience\n09:00  2 h  10 min",
        outages=[zone("09:00", "2 h")],
    )
    hour = replay(Kept(facts), 9 * HOUR - 5 * MINUTE, 24 * HOUR)
    assert hour.people["retry"].tolist() == [0] * 5 + [1] * 10 + [0] * 45
    assert hour.people["gave_up"].tolist() == [0] * 15 + [1] * 45
    assert hour.came.tolist() == [0] * 5 + [1] * 55


def test_who_goes_at_once_has_come_too() -> None:
    """Of two who come to a single instance at 09:00 and 09:10 the second does not wait: she comes,
    and gives up within the same instant."""
    facts = story(
        """
        user  arrival  connected  patience
        ann   09:00    2 h        0 s
        bob   09:10    2 h        0 s
        """,
        pool={},
    )
    hour = replay(Kept(facts), 9 * HOUR, 24 * HOUR)
    assert hour.people["connected"].tolist() == [1] * 60
    assert hour.people["gave_up"].tolist() == [0] * 10 + [1] * 50
    assert hour.came.tolist() == [1] * 10 + [2] * 50
    assert (int(hour.flows.arriving.sum()), int(hour.flows.gave_up.sum())) == (2, 1)


def test_who_is_cut_off_and_does_not_try_has_not_come_again() -> None:
    """At work from 08:00, cut off at 09:10: neither in the flows of the hour nor on the way."""
    facts = story(
        "arrival  connected  ending\n08:00  8 h  logoff",
        outages=[zone("09:10", "3 h")],
        people={"after_interruption": "give_up"},
    )
    hour = replay(Kept(facts), 9 * HOUR, 24 * HOUR)
    assert hour.came.tolist() == [0] * 60
    assert not any(line.any() for line in hour.people.values())
    assert int(hour.flows.arriving.sum()) == 0


def test_who_is_cut_off_comes_again_and_tries_in_vain() -> None:
    """At work from 08:00, cut off at 09:00, tries every 2 min for 30 min: until 09:30, when she
    gives up. She is followed from 09:00 on, and counts in the flows of the hour."""
    facts = story("arrival  connected  ending\n08:00  8 h  logoff", outages=[zone("09:00", "3 h")])
    hour = replay(Kept(facts), 9 * HOUR, 24 * HOUR)
    assert hour.people["retry"].tolist() == [1] * 30 + [0] * 30
    assert hour.people["gave_up"].tolist() == [0] * 30 + [1] * 30
    assert (hour.flows.arriving[0], hour.flows.gave_up[30]) == (1, 1)
    assert hour.flows.most == 1
