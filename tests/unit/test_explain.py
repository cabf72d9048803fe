"""Stories told back: what `explain` finds in the facts of days that can be counted by hand."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from sim.api.errors import ResultError
from sim.api.explain import SCHEMA, wrong
from sim.api.frames import Names
from sim.api.recorded import Recorded
from sim.api.story import Story, story
from sim.record import (
    DESKTOP_STATES,
    DESKTOP_TERMS,
    DESKTOPS,
    INSTANCES,
    INTERRUPTIONS,
    LOGONS,
    OPERATIONS,
    RECOVERIES,
    RUNS,
    SESSIONS,
    USER_SESSIONS,
    Table,
)
from sim.storage import FactStore
from sim.units import HOUR, MINUTE
from sim.workload import Protocols
from tests.unit import stories
from tests.unit.stories import Facts

READ = (
    DESKTOPS,
    DESKTOP_STATES,
    DESKTOP_TERMS,
    INSTANCES,
    INTERRUPTIONS,
    LOGONS,
    OPERATIONS,
    RECOVERIES,
    RUNS,
    SESSIONS,
    USER_SESSIONS,
)

CHARGES = (
    "replication fleet resource user population cost_center month charge item quantity unit"
    " unit_price amount currency price_source"
)


def recorded(told: Facts, charges: Sequence[str] = ()) -> Recorded:
    """What a story recorded; charges are `resource user month charge quantity price amount`."""
    store = FactStore[Table]()
    for schema in READ:
        store.add(told.recorded(schema))
    spec = told.story.scenario
    bill: dict[str, list[Any]] = {name: [] for name in CHARGES.split()}
    for line in charges:
        resource, user, month, charge, quantity, price, amount = line.split()
        row = {
            "resource": resource,
            "user": user,
            "month": month,
            "charge": charge,
            "quantity": Decimal(quantity),
            "unit_price": Decimal(price),
            "amount": Decimal(amount),
            "unit": "hour",
            "currency": "USD",
        }
        for name, cells in bill.items():
            cells.append(row.get(name, ""))
    frame = pd.DataFrame(bill)
    return Recorded(
        scenario=spec.name,
        calendar=spec.calendar,
        begin=spec.begin,
        end=spec.end,
        replication=0,
        names=Names(
            told.story.workload.users,
            store.table(DESKTOPS),
            told.story.workload.clients,
            [],
            list(spec.pools),
            list(spec.zones),
        ),
        protocols=Protocols.of(spec, told.story.workload.users, told.story.workload.clients),
        facts=store,
        charges=lambda: frame,
        assumptions=[],
    )


def ms(hours: int, minutes: int = 0) -> int:
    return hours * HOUR + minutes * MINUTE


@pytest.fixture(scope="module")
def day() -> Recorded:
    """Ann works 09:00-11:00 and 14:00-15:30 on a desktop whose timeout is 1 h.

    Both starts take 2 min, the operating system 1 min the first time only: she logs off at 11:00.
    """
    told = stories.story(
        """
        user  arrival  connected       ending
        ann   08:57    2 h             disconnect
        ann   13:58    1 h 30 min      left-connected
        bob   10:00    1 h             logoff
        """,
        logon={"resume": "2 min", "os_logon": "1 min"},
    )
    return recorded(
        told,
        [
            "ws-people-0 ann 2026-09 autostop-base 1 7.25 7.25",
            f"{told.desktops.table['name'][0]} ann 2026-09 autostop-hours 5 0.30 1.50",
            f"{told.desktops.table['name'][0]} ann 2026-09 autostop-base 1 7.25 7.25",
            f"{told.desktops.table['name'][0]} ann 2026-10 autostop-base 1 7.25 7.25",
            f"{told.desktops.table['name'][1]} bob 2026-09 autostop-hours 2 0.30 0.60",
        ],
    )


# --- a day


def test_the_states_fill_the_day(day: Recorded) -> None:
    """Starting 08:57-08:59, on to 12:00; starting 13:58-14:00, then open to the end."""
    told = story(day, desktop="ann")

    spans = [(row["state"], row["begin"], row["end"]) for row in told.states]
    assert spans == [
        ("stopped", 0, ms(8, 57)),
        ("starting", ms(8, 57), ms(8, 59)),
        ("available", ms(8, 59), ms(12)),
        ("stopped", ms(12), ms(13, 58)),
        ("starting", ms(13, 58), ms(14)),
        ("available", ms(14), ms(24)),
    ]
    totals = told.document["totals"]
    assert totals["states_s"] == {
        "available": (3 * 60 + 1 + 10 * 60) * 60.0,
        "stopped": (8 * 60 + 57 + 60 + 58) * 60.0,
        "starting": 4 * 60.0,
    }
    assert sum(totals["states_s"].values()) == 24 * 3600


def test_sessions_and_logons_are_hers_alone(day: Recorded) -> None:
    told = story(day, desktop="ann").document

    assert [(row["connected"], row["ended"]) for row in told["sessions"]] == [
        ("2026-09-01T09:00:00Z", "2026-09-01T11:00:00Z"),
        ("2026-09-01T14:00:00Z", "2026-09-01T15:30:00Z"),
    ]
    assert [(row["start_s"], row["os_logon_s"]) for row in told["logons"]] == [
        (120, 60),
        (120, 0),
    ]
    assert {row["rtt_ms"] for row in told["sessions"]} == {40}
    assert {row["client"] for row in told["sessions"]} == {"client"}


def test_it_adds_up(day: Recorded) -> None:
    """3.5 h of work, waits of 3 and 2 min, runs 08:57-12:00 and 13:58-24:00, 8.75 in charges."""
    totals = story(day, desktop="ann").document["totals"]

    assert totals["connected_s"] == 3.5 * 3600
    assert totals["waited_s"] == 5 * 60
    assert totals["longest_wait_s"] == 3 * 60
    assert (totals["runs"], totals["metered_s"]) == (2, (183 + 602) * 60)
    assert (totals["intended_sessions"], totals["started_sessions"]) == (2, 2)
    assert (totals["attempts"], totals["refused_attempts"]) == (2, {})
    assert (totals["amount"], totals["currency"]) == ("8.75", "USD")


def test_charges_are_those_of_the_months_it_touches(day: Recorded) -> None:
    """Not those of October, nor those of another desktop."""
    told = story(day, desktop="ann").document

    assert [(row["charge"], row["amount"]) for row in told["charges"]] == [
        ("autostop-hours", "1.50"),
        ("autostop-base", "7.25"),
    ]
    assert [row["month"] for row in told["months"]] == ["2026-09"]


def test_charges_and_hours_are_of_the_same_time_unless_a_part_is_asked_for(day: Recorded) -> None:
    """The run is one day of September: all that is measured of the month."""
    noon = datetime(2026, 9, 1, 12, tzinfo=UTC)

    assert story(day, desktop="ann").document["whole_months"] is True
    assert story(day, desktop="ann", begin=noon).document["whole_months"] is False
    assert story(day, desktop="ann", end=noon).document["whole_months"] is False


def test_a_part_of_the_time_is_a_part_of_the_story(day: Recorded) -> None:
    """From 10:00 to 14:30: an hour of the first session and half an hour of the second."""
    begin, end = (
        datetime(2026, 9, 1, hour, minute, tzinfo=UTC) for hour, minute in ((10, 0), (14, 30))
    )
    told = story(day, desktop="ann", begin=begin, end=end)

    assert told.document["totals"]["connected_s"] == 1.5 * 3600
    # By their arrival only the second session and its attempt belong to the time.
    assert told.document["totals"]["started_sessions"] == 1
    # Both sessions have a part in it, and are told whole.
    assert len(told.document["sessions"]) == 2
    assert [row["state"] for row in told.states] == [
        "available",
        "stopped",
        "starting",
        "available",
    ]
    assert told.document["begin"] == "2026-09-01T10:00:00Z"


def test_nothing_went_wrong(day: Recorded) -> None:
    assert story(day, desktop="ann").document["wrong"] == []


def test_the_document_is_json_and_says_what_it_is(day: Recorded) -> None:
    told = story(day, desktop="ann").document

    assert json.loads(json.dumps(told)) == told
    assert told["schema"] == SCHEMA
    assert (told["user"], told["fleet"], told["pooled"]) == ("ann", "office", False)
    assert told["name"] == day.names.desktops["name"][0]
    assert [row["zone"] for row in told["desktops"]] == ["a"]


def test_the_settings_it_rests_on_are_its_own_and_everybodys(day: Recorded) -> None:
    paths = [
        "directory.servers",
        "fleets.office.stop_delay",
        "fleets.office-2.stop_delay",
        "populations.people.endings",
        "populations.others.endings",
        "pools.office.provisioning",
    ]
    rows = [{"path": path, "value": "x"} for path in paths]
    told = story(replace(day, assumptions=rows), desktop="ann")
    assert [told.fleet, told.document["population"]] == ["office", "people"]
    assert [row["path"] for row in told.document["assumptions"]] == [
        "directory.servers",
        "fleets.office.stop_delay",
        "populations.people.endings",
        "pools.office.provisioning",
    ]


def test_in_a_notebook_it_is_a_picture_and_elsewhere_a_line(day: Recorded) -> None:
    told = story(day, desktop="ann")

    assert re.fullmatch(r"<Story of \S+: 2 sessions, 3\.5 h of work, USD 8\.75>", repr(told))
    page = told._repr_html_()
    assert page is not None
    assert page.startswith("<svg")
    assert "available" in page
    assert told.figure().axes


# --- who


def test_a_desktop_is_found_by_its_name_and_by_its_users(day: Recorded) -> None:
    name = str(day.names.desktops["name"][0])

    assert story(day, desktop=name).name == story(day, desktop="ann").name == name
    assert story(day, user="ann").desktops == [0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"desktop": "anna"}, "unknown desktop 'anna'; nearest: ann"),
        ({"user": "bop"}, "unknown user 'bop'; nearest: bob"),
        ({}, "expected a desktop or a user, got neither"),
        ({"desktop": "ann", "user": "ann"}, "expected a desktop or a user, got both"),
        (
            {"desktop": "ann", "begin": datetime(2026, 9, 3, tzinfo=UTC)},
            "expected an instant from 2026-09-01T00:00:00Z to 2026-09-02T00:00:00Z",
        ),
    ],
)
def test_a_wrong_question_is_refused(day: Recorded, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(ResultError, match=re.escape(said)):
        story(day, **asked)


def test_a_user_with_several_desktops_is_asked_which(day: Recorded) -> None:
    """Migrated at 12:00: the old desktop ends, a new one begins; the user has had both."""
    told = recorded(
        stories.story(
            """
            arrival  connected
            09:00    1 h
            """,
            operations="""
            at     operation
            12:00  migrate
            """,
        )
    )
    names = told.names.desktops["name"].tolist()

    with pytest.raises(ResultError, match="ann has had several desktops; name one of "):
        story(told, desktop="ann")
    both, old = story(told, user="ann"), story(told, desktop=names[0])
    assert both.name == "ann"
    assert [row["name"] for row in both.document["desktops"]] == names
    assert [row["operation"] for row in both.operations] == ["migrate"]
    assert old.document["desktops"][0]["deleted"] == "2026-09-01T12:00:00Z"
    assert "updating" not in {row["state"] for row in old.states}
    assert "updating" in {row["state"] for row in both.states}


def test_the_warm_up_is_told_if_it_is_asked_for() -> None:
    """A day before the start: Ann works at 10:00 of both days."""
    told = recorded(
        stories.story(
            """
            arrival       connected
            08-31 10:00   1 h
            09-01 10:00   1 h
            """,
            warm_up="1 d",
        )
    )

    assert len(story(told, desktop="ann").sessions) == 1
    early = story(told, desktop="ann", begin=datetime(2026, 8, 31, tzinfo=UTC))
    assert [row["connected"] for row in early.document["sessions"]] == [
        "2026-08-31T10:00:00Z",
        "2026-09-01T10:00:00Z",
    ]


# --- what goes wrong


def told_wrong(told: Story) -> list[tuple[str, str, str]]:
    calendar = told.recorded.calendar
    return [(calendar.isoformat(at)[11:16], what, cause) for at, what, cause in wrong(told)]


def test_refusals_and_giving_up_are_told_with_their_causes() -> None:
    """One host with room for one; Ann has it, Bob tries at 09:10, 09:12 and 09:14, and gives up."""
    told = recorded(
        stories.story(
            """
            user  arrival  connected
            ann   09:00    2 h
            bob   09:10    1 h
            """,
            fleet={"hosts": ["rack"]},
            people={"patience": "5 min"},
            host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 2, "memory": "4 GB"}},
        )
    )
    bob = story(told, desktop="bob")

    assert told_wrong(bob) == [
        ("09:10", "logon refused", "no-host-capacity"),
        ("09:12", "logon refused", "no-host-capacity"),
        ("09:14", "logon refused", "no-host-capacity"),
        ("09:14", "session given up", "patience"),
    ]
    totals = bob.document["totals"]
    assert totals["refused_attempts"] == {"no-host-capacity": 3}
    assert (totals["given_up_sessions"], totals["started_sessions"]) == (1, 0)
    assert told_wrong(story(told, desktop="ann")) == []


def test_maintenance_cuts_a_session_short_and_a_forbidden_operation_is_refused() -> None:
    """An AlwaysOn desktop on a Sunday; to switch it to the mode that it has is no operation."""
    told = recorded(
        stories.story(
            """
            arrival       connected
            09-05 22:00   6 h
            """,
            fleet={"running_mode": "AlwaysOn"},
            horizon="6 d",
            maintenance={"autostop": False, "alwayson_duration": "2 h"},
            operations="""
            at           operation    to
            09-05 12:00  switch-mode  AlwaysOn
            """,
        )
    )
    ann = story(told, desktop="ann")

    assert told_wrong(ann) == [
        ("12:00", "switch-mode refused", "wrong-state"),
        ("00:00", "session cut short", "maintenance"),
    ]
    assert ann.document["totals"]["cut_sessions"] == 1
    assert ann.document["totals"]["connected_s"] == 2 * 3600


ZONES: dict[str, Any] = {"zones": {"a": {}}, "people": {"retry_after": "10 min"}}


def test_an_outage_interrupts_work_that_is_taken_up_again() -> None:
    """The zone is lost from 10:00 to 10:30; Ann is back at the first attempt after it."""
    told = recorded(
        stories.story(
            """
            arrival  connected  retry_after  patience
            09:00    3 h        10 min       2 h
            """,
            outages=[{"zone": {"zone": "a", "at": "2026-09-01T10:00Z", "lasts": "30 min"}}],
        )
    )
    ann = story(told, desktop="ann")

    assert told_wrong(ann)[:2] == [
        ("10:00", "desktop unhealthy", ""),
        ("10:00", "interrupted", "zone-outage"),
    ]
    # Back at 10:30 (the third attempt, on a desktop that is there again): 1 h, and 2 h more.
    assert ann.work == [(ms(9), ms(10)), (ms(10, 30), ms(12, 30))]
    assert ann.document["totals"]["connected_s"] == 3 * 3600
    assert ann.document["totals"]["interruptions"] == 1
    assert ann.document["interruptions"][0]["back"] == "2026-09-01T10:30:00Z"


def test_a_desktop_rebuilt_elsewhere_is_told_from_both_sides() -> None:
    """Zone a is lost at 10:00; at 10:30 it is rebuilt in b, which takes 20 min of provisioning.

    Ann worked an hour on the old desktop; she is back on the new one when she tries at 11:00.
    """
    told = recorded(
        stories.story(
            """
            arrival  connected  retry_after  patience
            09:00    3 h        1 h          4 h
            """,
            zones={"a": {"weight": 1}, "b": {"weight": 0.001}},
            fleet={"recovery": {"rebuild": {"reaction": "30 min"}}, "provisioning": "20 min"},
            outages=[{"zone": {"zone": "a", "at": "2026-09-01T10:00Z", "lasts": "8 h"}}],
        )
    )
    names = told.names.desktops["name"].tolist()
    old, new = (story(told, desktop=name) for name in names)

    for one in (old, new):
        (recovery,) = one.document["recoveries"]
        assert (recovery["lost"], recovery["desktop"]) == tuple(names)
        assert recovery["at"] == "2026-09-01T10:30:00Z"
        assert recovery["done"] == "2026-09-01T10:50:00Z"
    assert old.work == [(ms(9), ms(10))]
    assert new.work == [(ms(11), ms(13))]
    assert story(told, user="ann").work == [*old.work, *new.work]
    assert [row["zone"] for row in story(told, user="ann").document["desktops"]] == ["a", "b"]


# --- a user of a pool


def test_a_pools_user_has_instances_in_place_of_a_desktop() -> None:
    """One place: Ann has it from 09:00 to 10:00 and, disconnected, to 10:15; Bob is refused."""
    told = recorded(
        stories.story(
            """
            user  arrival  connected  ending
            ann   09:00    1 h        disconnect
            bob   09:50    1 h        logoff
            """,
            pool={"minimum": 1, "maximum": 1, "after_session": "keep"},
            people={"patience": "1 h"},
        ),
        [
            "office ann 2026-09 pool-user-month 1 4.19 4.19",
            "office bob 2026-09 pool-user-month 1 4.19 4.19",
        ],
    )
    ann, bob = (story(told, user=name) for name in ("ann", "bob"))

    assert [(row["begin"], row["end"], row["cause"]) for row in ann.instances] == [
        (ms(9), ms(10, 15), "disconnect-timeout")
    ]
    assert ann.document["totals"]["held_s"] == 75 * 60
    assert ann.document["totals"]["amount"] == "4.19"
    assert ann.states == []
    assert {what for _, what, _ in told_wrong(bob)} == {"logon refused"}
    assert bob.document["totals"]["started_sessions"] == 1
    assert ann.document["pooled"] is True

    with pytest.raises(ResultError, match="ann is a user of the pool office and has no desktop"):
        story(told, desktop="ann")
