"""Rules H1 and H2: slots on hosts, the choice of a host, and the zone a desktop lives in.

A `standard` takes 2 vCPU and 4 GB, a `power` 4 vCPU and 16 GB, a `graphics.g4dn` besides one GPU.
"""

from typing import Any

import pytest

from sim.workload import Stream
from tests.unit.stories import Facts, expect, story


def rack(**settings: Any) -> dict[str, Any]:
    """A host group in zone `a`: one host with room for two desktops of the size `standard`."""
    return {"zone": "a", "count": 1, "vcpu": 4, "memory": "64 GB", **settings}


def hosted(plan: str, *, racks: dict[str, Any] | None = None, **told: Any) -> Facts:
    """A story in which the fleet `office` runs on a rack."""
    groups = racks or {"rack": rack()}
    fleet = {"hosts": list(groups), **told.pop("fleet", {})}
    people = {"patience": "0 s", **told.pop("people", {})}
    return story(plan, host_groups=groups, fleet=fleet, people=people, **told)


# --- H1: slots


def test_a_start_without_a_slot_is_refused() -> None:
    """Two times 2 vCPU fill the 4 of the host; no run begins for cal."""
    day = hosted(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:10    1 h
        cal   09:20    1 h
        """
    )
    expect(
        day.logons,
        """
        user  done   start_kind  outcome    cause
        ann   09:00  resume      connected  none
        bob   09:10  resume      connected  none
        cal   09:20  none        refused    no-host-capacity
        """,
    )
    expect(
        day.runs,
        """
        desktop  begin  end
        0        09:00  11:00
        1        09:10  11:10
        """,
    )
    expect(
        day.host_load,
        """
        host  at     desktops  vcpu  memory_gb
        0     09:00  1         2     4
        0     09:10  2         4     8
        0     11:00  1         2     4
        0     11:10  0         0     0
        """,
    )


def test_a_slot_is_held_until_the_run_ends() -> None:
    """ann has left at 10:00, but her desktop waits for her until 11:00. Tries every 30 min."""
    day = hosted(
        """
        user  arrival  connected  retry_after
        ann   09:00    1 h        30 min
        bob   09:30    1 h        30 min
        """,
        racks={"rack": rack(vcpu=2)},
        people={"patience": "2 h"},
    )
    expect(
        day.logons,
        """
        user  attempt  done   outcome
        ann   1        09:00  connected
        bob   1        09:30  refused
        bob   2        10:00  refused
        bob   3        10:30  refused
        bob   4        11:00  connected
        """,
    )
    expect(
        day.sessions,
        """
        user  arrival  connected  waited      outcome
        ann   09:00    09:00      0           ended
        bob   09:30    11:00      1 h 30 min  ended
        """,
    )


def test_a_slot_freed_at_an_instant_can_be_taken_at_that_instant() -> None:
    """ann's timeout expires at 11:00:00.000; cal is a millisecond early."""
    day = hosted(
        """
        user  arrival       connected
        ann   09:00         1 h
        bob   11:00         1 h
        cal   10:59:59.999  1 h
        """,
        racks={"rack": rack(vcpu=2)},
    )
    expect(
        day.logons,
        """
        user  done          outcome    cause
        ann   09:00         connected  none
        bob   11:00         connected  none
        cal   10:59:59.999  refused    no-host-capacity
        """,
    )


def test_a_stopping_desktop_has_given_its_slot_back() -> None:
    day = hosted(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   11:01    1 h
        """,
        racks={"rack": rack(vcpu=2)},
        fleet={"stop_delay": "5 min"},
    )
    assert day.logons.table["outcome"].tolist() == [0, 0]


def test_at_one_instant_the_slot_goes_to_the_first_user() -> None:
    """bob, first in order, asks at 09:01 because of the directory, cal because he came then."""
    plan = """
        user  arrival  connected  directory_service
        {}    09:00    1 h        1 min
        {}    09:01    1 h        0
    """
    for first, second in (("ann", "bob"), ("bob", "ann")):
        day = hosted(
            plan.format(first, second),
            users={"ann": {}, "bob": {}},
            racks={"rack": rack(vcpu=2)},
            directory={"servers": 2},
        )
        expect(
            day.logons.rows(outcome=0),
            """
            user  done
            ann   09:01
            """,
        )


def test_a_desktop_takes_its_bundles_size() -> None:
    """Of 8 vCPU a `power` leaves 4: two `standard` more, and no third."""
    day = story(
        """
        user  arrival  connected
        big   09:00    1 h
        ann   09:01    1 h
        bob   09:02    1 h
        cal   09:03    1 h
        """,
        host_groups={"rack": rack(vcpu=8)},
        fleets={"office": {"hosts": ["rack"]}, "lab": {"hosts": ["rack"], "bundle": "power"}},
        users={"big": {"fleet": "lab"}, "ann": {}, "bob": {}, "cal": {}},
        people={"patience": "0 s"},
    )
    assert day.logons.table["outcome"].tolist() == [0, 0, 0, 1]
    expect(
        day.host_load,
        """
        at     desktops  vcpu  memory_gb
        09:00  1         4     16
        09:01  2         6     20
        09:02  3         8     24
        11:00  2         4     8
        11:01  1         2     4
        11:02  0         0     0
        """,
    )


@pytest.mark.parametrize(
    ("settings", "bundle", "room"),
    [
        ({"vcpu": 7, "memory": "64 GB"}, "standard", 3),
        ({"vcpu": 64, "memory": "11 GB"}, "standard", 2),
        ({"vcpu": 64, "memory": "12 GB"}, "standard", 3),
        ({"vcpu": 64, "memory": "1 TB", "gpu": 2}, "graphics.g4dn", 2),
        ({"vcpu": 64, "memory": "1 TB", "gpu": 0}, "graphics.g4dn", 0),
        ({"vcpu": 4, "overcommit": {"vcpu": 1.5}}, "standard", 3),
        ({"vcpu": 4, "overcommit": {"vcpu": 1.4}}, "standard", 2),
        ({"vcpu": 64, "memory": "4 GB", "overcommit": {"memory": 3}}, "standard", 3),
        ({"vcpu": 2, "count": 3}, "standard", 3),
        ({"vcpu": 3, "count": 3}, "standard", 3),
    ],
)
def test_room_is_bounded_by_each_resource(settings: dict[str, Any], bundle: str, room: int) -> None:
    """7 // 2 = 3 by vCPU; 11 // 4 = 2 by memory; 4 x 1.5 // 2 = 3; 3 hosts of 3 vCPU hold 3."""
    volumes = {"root_volume": "100 GB", "user_volume": "100 GB"} if "graphics" in bundle else {}
    day = hosted(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:00    1 h
        cal   09:00    1 h
        dot   09:00    1 h
        """,
        racks={"rack": rack(**settings)},
        fleet={"bundle": bundle, **volumes},
    )
    assert (day.logons.table["outcome"] == 0).sum() == room


# --- H1: the choice of a host

FOUR = """
    user  arrival  connected
    ann   09:00    1 h
    bob   09:01    1 h
    cal   09:02    1 h
    dot   09:03    1 h
"""


def chosen(day: Facts) -> list[int]:
    """Host of each start, in order of time, from the rows at which a load went up."""
    load = day.host_load.table.sorted_by("at")
    level: dict[int, int] = {}
    hosts = []
    for host, desktops in zip(load["host"].tolist(), load["desktops"].tolist(), strict=True):
        if desktops > level.get(host, 0):
            hosts.append(host)
        level[host] = desktops
    return hosts


@pytest.mark.parametrize(
    ("placement", "hosts"),
    [("spread", [0, 1, 0, 1]), ("pack", [0, 0, 0, 0]), ("first-fit", [0, 0, 0, 0])],
)
def test_two_empty_hosts_fill_up(placement: str, hosts: list[int]) -> None:
    """Each of the two has room for four; ties go to the lower number."""
    day = hosted(FOUR, racks={"rack": rack(count=2, vcpu=8, placement=placement)})
    assert chosen(day) == hosts


@pytest.mark.parametrize(("placement", "host"), [("pack", 2), ("first-fit", 0)])
def test_pack_takes_the_fullest_host_and_first_fit_the_first(placement: str, host: int) -> None:
    """Hosts for two each. At 12:00 host 0 is empty again, host 1 full, and host 2 half full."""
    day = hosted(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:01    1 h
        cal   09:02    8 h
        dot   09:03    8 h
        eva   09:04    8 h
        fay   12:00    1 h
        """,
        racks={"rack": rack(count=3, placement=placement)},
    )
    assert chosen(day) == [0, 0, 1, 1, 2, host]


def test_spread_takes_the_emptiest_host() -> None:
    """vCPU taken before each start, on hosts of 8: big 0 0, ann 4 0, bob 4 2, cal 4 4, a tie."""
    day = story(
        """
        user  arrival  connected
        big   09:00    1 h
        ann   09:01    1 h
        bob   09:02    1 h
        cal   09:03    1 h
        """,
        host_groups={"rack": rack(count=2, vcpu=8, placement="spread")},
        fleets={"office": {"hosts": ["rack"]}, "lab": {"hosts": ["rack"], "bundle": "power"}},
        users={"big": {"fleet": "lab"}, "ann": {}, "bob": {}, "cal": {}},
    )
    assert chosen(day) == [0, 1, 1, 0]


def test_a_random_host_is_drawn_among_those_with_room() -> None:
    """The stream `placement` gives one number per start: u picks number int(3 u) of three hosts."""
    day = hosted(FOUR, racks={"rack": rack(count=3, vcpu=8, placement="random")}, seed=11)
    draws = Stream(11, 0, "placement").uniforms(4)
    assert chosen(day) == [int(3 * u) for u in draws.tolist()]


def test_groups_are_tried_in_the_order_in_which_the_fleet_names_them() -> None:
    """Hosts are numbered in file order: `small` is host 0, `large` host 1."""
    groups = {"small": rack(vcpu=2), "large": rack(vcpu=4)}
    day = story(
        FOUR,
        host_groups=groups,
        fleet={"hosts": ["large", "small"]},
        people={"patience": "0 s"},
    )
    assert chosen(day) == [1, 1, 0]
    assert day.logons.table["outcome"].tolist() == [0, 0, 0, 1]


def test_only_hosts_of_the_desktops_zone_serve() -> None:
    """ann lives in `a`, bob in `b`, cal in `a`; each zone has a host for one."""
    day = hosted(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:01    1 h
        cal   09:02    1 h
        """,
        racks={"here": rack(vcpu=2), "there": rack(vcpu=2, zone="b")},
        zones={"a": {}, "b": {}},
    )
    assert chosen(day) == [0, 1]
    assert day.logons.table["outcome"].tolist() == [0, 0, 1]


def test_the_load_of_a_host_is_told_once_per_instant() -> None:
    """Three changes at 11:00: ann's and bob's desktops stop, cal's starts."""
    day = hosted(
        """
        user  arrival  connected
        ann   09:00    1 h
        bob   09:00    1 h
        cal   11:00    1 h
        """
    )
    expect(
        day.host_load,
        """
        host  at     desktops  vcpu  memory_gb
        0     09:00  2         4     8
        0     11:00  1         2     4
        0     13:00  0         0     0
        """,
    )


def test_maintenance_needs_a_slot_too() -> None:
    """At 10:00 ann's desktop holds the only slot; at 12:00 nobody does."""
    plan = """
        user  arrival  connected
        ann   09:00    1 h
        bob   20:00    1 h
    """
    busy = hosted(plan, racks={"rack": rack(vcpu=2)}, maintained={"bob": "10:00"})
    free = hosted(plan, racks={"rack": rack(vcpu=2)}, maintained={"bob": "12:00"})
    expect(
        busy.runs.rows(desktop=1),
        """
        begin  end    kind
        20:00  22:00  logon
        """,
    )
    expect(
        free.runs.rows(desktop=1),
        """
        begin  end    kind
        12:00  13:00  maintenance
        20:00  22:00  logon
        """,
    )
    expect(
        free.host_load,
        """
        at     desktops
        09:00  1
        11:00  0
        12:00  1
        13:00  0
        20:00  1
        22:00  0
        """,
    )


def test_an_always_on_desktop_holds_its_slot_for_life() -> None:
    """ann's from the beginning until she leaves; bob's from his creation, PENDING included."""
    day = hosted(
        "",
        users={"ann": {"leaves": "12:00"}, "bob": {"joins": "10:00"}},
        fleet={"running_mode": "AlwaysOn", "provisioning": "20 min"},
    )
    expect(
        day.host_load,
        """
        at     desktops  vcpu  memory_gb
        00:00  1         2     4
        10:00  2         4     8
        12:00  1         2     4
        """,
    )


def test_an_always_on_desktop_without_a_slot_is_not_created() -> None:
    """The host holds two. cal, the third, never gets one; dot, who comes at 12:00, takes ann's."""
    day = hosted(
        """
        user  arrival  connected
        cal   09:00    1 h
        """,
        users={
            "ann": {"leaves": "12:00"},
            "bob": {},
            "cal": {},
            "dot": {"joins": "12:00"},
            "eva": {"joins": "11:59:59.999"},
        },
        fleet={"running_mode": "AlwaysOn", "provisioning": "20 min"},
    )
    expect(
        day.operations,
        """
        at            user  operation  accepted  cause             done
        00:00         cal   create     no        no-host-capacity  -
        11:59:59.999  eva   create     no        no-host-capacity  -
        12:00         ann   delete     yes       none              12:00
        12:00         dot   create     yes       none              12:20
        """,
    )
    expect(
        day.logons,
        """
        user  desktop  outcome  cause
        cal   -        refused  desktop-missing
        """,
    )


# --- H2: zones


def zones_of(day: Facts) -> list[str]:
    return [str(zone) for zone in day.desktops.table["zone"]]


def six(**told: Any) -> list[str]:
    return zones_of(story(users={f"u{n}": {} for n in range(6)}, **told))


def test_desktops_are_spread_over_zones_by_weight() -> None:
    """Shares 2/3 and 1/3. n x share - placed, for a and b:

    n = 1: 0.67, 0.33 -> a;  n = 2: 0.33, 0.67 -> b;  n = 3: 1, 0 -> a;
    n = 4: 0.67, 0.33 -> a;  n = 5: 0.33, 0.67 -> b;  n = 6: 1, 0 -> a.
    """
    assert six(zones={"a": {"weight": 2.0}, "b": {}}) == ["a", "b", "a", "a", "b", "a"]


def test_ties_go_to_the_first_zone_in_the_file() -> None:
    assert six(zones={"b": {}, "a": {}, "c": {}}) == ["b", "a", "c", "b", "a", "c"]


def test_a_fleet_may_name_its_zones_and_their_weights() -> None:
    """With weights 1 and 3 (shares 1/4 and 3/4):

    n = 1: 0.25, 0.75 -> c;  n = 2: 0.5, 0.5 -> b, the first;  n = 3: -0.25, 1.25 -> c;
    n = 4: 0, 1 -> c;  n = 5: 0.25, 0.75 -> c;  n = 6: 0.5, 0.5 -> b.
    """
    zones: dict[str, Any] = {"a": {}, "b": {}, "c": {}}
    assert six(zones=zones, fleet={"zones": ["c", "a"]}) == ["c", "a", "c", "a", "c", "a"]
    assert six(zones=zones, fleet={"zones": {"b": 1.0, "c": 3.0}}) == list("cbcccb")


def test_each_fleet_is_balanced_for_itself() -> None:
    """Two of the office and one of the lab: both fleets begin with zone a."""
    day = story(
        users={"ann": {}, "lab": {"fleet": "lab"}, "bob": {}},
        fleets={"office": {}, "lab": {}},
        zones={"a": {}, "b": {}},
    )
    assert zones_of(day) == ["a", "a", "b"]


def test_zones_of_other_regions_are_left_out() -> None:
    zones = {"a": {}, "b": {"region": "eu-west-1"}, "c": {}}
    assert six(zones=zones) == ["a", "c", "a", "c", "a", "c"]
    assert six(zones=zones, fleet={"region": "eu-west-1"}) == ["b"] * 6


def test_a_full_zone_is_left_out() -> None:
    """Zone a has one address. It falls further and further behind, in vain."""
    zones = {"a": {"ip_addresses": 1}, "b": {}}
    assert six(zones=zones) == ["a", "b", "b", "b", "b", "b"]


def test_without_a_free_address_there_is_no_desktop() -> None:
    """One address: ann has it. bob, who joins, is refused; so is his logon."""
    day = story(
        """
        user  arrival  connected
        bob   12:00    1 h
        """,
        users={"ann": {}, "bob": {"joins": "09:00"}},
        zones={"a": {"ip_addresses": 1}},
        people={"patience": "0 s"},
    )
    expect(
        day.operations,
        """
        at     desktop  user  operation  accepted  cause       done
        09:00  -        bob   create     no        no-address  -
        """,
    )
    expect(
        day.desktops,
        """
        desktop  user
        0        ann
        """,
    )
    expect(
        day.logons,
        """
        outcome  cause
        refused  desktop-missing
        """,
    )


def test_a_deleted_desktop_gives_its_address_back() -> None:
    """ann leaves at 09:00, the instant at which bob joins: leavers come first."""
    day = story(
        users={"ann": {"leaves": "09:00"}, "bob": {"joins": "09:00"}},
        zones={"a": {"ip_addresses": 1}},
    )
    expect(
        day.operations,
        """
        user  operation  accepted
        ann   delete     yes
        bob   create     yes
        """,
    )


def test_a_deleted_desktop_still_counts_as_placed() -> None:
    """ann a, bob b, cal a. cal leaves, dot joins as number 4: a 2 - 2 = 0, b 2 - 1 = 1 -> b."""
    day = story(
        users={
            "ann": {},
            "bob": {},
            "cal": {"leaves": "09:00"},
            "dot": {"joins": "10:00"},
        },
        zones={"a": {}, "b": {}},
    )
    assert zones_of(day) == ["a", "b", "a", "b"]
