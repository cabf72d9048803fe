"""Parts of a scenario that speak of one another: names exist, numbers fit, instants lie inside."""

from pathlib import Path

import pytest

from sim.units import DAY, HOUR
from tests.unit.scenario_files import OFFICE, Folder, changed


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def messages(folder: Folder, text: str) -> list[str]:
    """What is wrong, without the places."""
    return [problem.split(": ", 1)[1] for problem in folder.problems(text)]


# -- names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            OFFICE + "services: {nat: {item: a/b, quantity: 1, per: month, fleet: ofice}}\n",
            "services.nat.fleet: unknown fleet 'ofice'; did you mean 'office'?",
        ),
        (
            OFFICE + "operations: [{at: 2026-09-02, fleet: x, share: 1 %, operation: delete}]\n",
            "operations.0.fleet: unknown fleet 'x'; known: office",
        ),
        (
            OFFICE + "replay: {sessions: book.csv, fleet: offices}\n",
            "replay.fleet: unknown fleet 'offices'; did you mean 'office'?",
        ),
        (
            OFFICE + "host_groups: {h: {zone: west, count: 1, vcpu: 4, memory: 8 GB}}\n",
            "host_groups.h.zone: unknown zone 'west'; known: a, b",
        ),
        (
            changed("AutoStop\n", "AutoStop\n    zones: [a, west]\n"),
            "fleets.office.zones.1: unknown zone 'west'; known: a, b",
        ),
        (
            changed("AutoStop\n", "AutoStop\n    zones: {a: 2, west: 1}\n"),
            "fleets.office.zones.west: unknown zone 'west'; known: a, b",
        ),
        (
            changed("AutoStop\n", "AutoStop\n    zones: [a, b, a]\n"),
            "fleets.office.zones.2: zone 'a' is named twice",
        ),
        (
            changed("AutoStop\n", "AutoStop\n    hosts: [racks]\n"),
            "fleets.office.hosts.0: unknown host group 'racks'",
        ),
    ],
)
def test_names_that_nothing_has(folder: Folder, text: str, message: str) -> None:
    assert messages(folder, text) == [message]


def test_a_mistake_elsewhere_in_the_same_part_does_not_hide_a_name(folder: Folder) -> None:
    text = changed("fleet: office", "fleet: ofice").replace("users: 10", "users: many")
    assert messages(
        folder, text.replace("AutoStop\n", "AutoStop\n    zones: [q]\n    os: odos\n")
    ) == [
        "fleets.office.zones.0: unknown zone 'q'; known: a, b",
        "fleets.office.os: expected 'windows', 'linux', 'ubuntu', 'rhel' or 'rocky', got 'odos'",
        "populations.sales.users: expected a whole number, got 'many'",
        "populations.sales.fleet: unknown fleet 'ofice'; did you mean 'office'?",
    ]


def test_a_fleet_with_a_mistake_is_still_there(folder: Folder) -> None:
    (message,) = messages(folder, changed("standard", "standart"))
    assert message.startswith("fleets.office.bundle: expected 'value'")


def test_the_place_of_an_unknown_zone_among_weights_is_its_weight(folder: Folder) -> None:
    text = changed("AutoStop\n", "AutoStop\n    zones: {a: 2, west: 1}\n")
    assert folder.problem(text).startswith("office.yaml:11:25: ")


# -- people


def test_somebody_must_be_there(folder: Folder) -> None:
    text = OFFICE[: OFFICE.index("populations")]
    expected = "populations: expected at least one population, or a replay, got none"
    assert messages(folder, text) == [expected]
    assert messages(folder, text + "populations: {}\n") == [expected]


def test_a_population_of_nobody_is_fine(folder: Folder) -> None:
    assert folder.load(changed("users: 10", "users: 0")).scenario.populations["sales"].users == 0


def test_a_replay_needs_no_population_and_may_have_some(folder: Folder) -> None:
    folder.write("plan.csv", "user\n")
    replay = "replay: {sessions: plan.csv, fleet: office}\n"
    assert folder.load(OFFICE + replay).scenario.populations
    assert not folder.load(OFFICE[: OFFICE.index("populations")] + replay).scenario.populations


def test_users_are_numbered_in_32_bits(folder: Folder) -> None:
    people = "{users: 10000000, fleet: office, shift: {start: 9:00}, session_length: 1 h}"
    crowd = "".join(f"  p{number}: {people}\n" for number in range(215))
    assert messages(folder, OFFICE + crowd) == [
        "populations: expected at most 2147483647 users together, got 2150000010"
    ]


# -- time


@pytest.mark.parametrize("start", ["2026-09-02", "2026-09-01T00:00:01Z", "2026-09-01T00:00+02:00"])
def test_months_begin_on_the_first_in_utc(folder: Folder, start: str) -> None:
    problem = folder.problem(changed("start: 2026-09-01", f"start: '{start}'"))
    expected = (
        "office.yaml:5:10: horizon: a horizon in months needs a start at 00:00 UTC on the 1st"
    )
    assert problem.startswith(expected)


def test_a_duration_may_begin_at_any_time(folder: Folder) -> None:
    text = changed("{months: 1}", "36 h").replace("2026-09-01", "2026-09-01T09:00+02:00")
    assert folder.load(text).scenario.end == 36 * HOUR


def test_ten_years_are_enough(folder: Folder) -> None:
    assert folder.load(changed("{months: 1}", "{months: 120}")).scenario.end == 3_653 * DAY
    assert messages(folder, changed("{months: 1}", "{months: 121}")) == [
        "horizon.months: expected at most 120, got 121"
    ]
    assert messages(folder, changed("{months: 1}", "4000 d") + "warm_up: 3661 d\n") == [
        "horizon: expected at most ten years, got 4000 d",
        "warm_up: expected at most ten years, got 3661 d",
    ]


# -- zones


REGIONS = "zones: {a: {}, w: {region: eu-west-1}}\n"


def test_a_fleet_uses_the_zones_of_its_region(folder: Folder) -> None:
    assert messages(folder, REGIONS + changed("AutoStop\n", "AutoStop\n    zones: [a, w]\n")) == [
        "fleets.office.zones.1: zone 'w' lies in eu-west-1, the fleet in us-east-1"
    ]
    there = changed("AutoStop\n", "AutoStop\n    zones: [w]\n    region: eu-west-1\n")
    assert folder.load(REGIONS + there).scenario.fleets["office"].zones == ["w"]


def test_a_fleet_ends_up_in_a_zone(folder: Folder) -> None:
    there = changed("AutoStop\n", "AutoStop\n    region: ap-southeast-1\n")
    assert messages(folder, REGIONS + there) == [
        "fleets.office.region: expected at least one zone in ap-southeast-1, got none"
    ]
    assert messages(folder, REGIONS + changed("AutoStop\n", "AutoStop\n    zones: []\n")) == [
        "fleets.office.zones: expected at least one zone in us-east-1, got none"
    ]
    assert messages(folder, OFFICE + "zones: {}\n") == [
        "fleets.office.region: expected at least one zone in us-east-1, got none"
    ]


# -- hosts


def hosted(hosts: str, groups: str, bundle: str = "power") -> str:
    """An office on hosts; a Power desktop takes 4 vCPU and 16 GB."""
    fleet = f"bundle: {bundle}\n    hosts: {hosts}\n    zones: [a]"
    return changed("bundle: standard", fleet) + f"host_groups: {groups}\n"


def test_a_desktop_that_fits_on_a_host(folder: Folder) -> None:
    text = hosted("[h]", "{h: {zone: a, count: 1, vcpu: 4, memory: 16 GB}}")
    assert folder.load(text).scenario.host_groups["h"].count == 1


@pytest.mark.parametrize(
    ("group", "bundle", "need"),
    [
        ("vcpu: 3, memory: 64 GB", "power", "4 vCPU, 16 GB and 0 GPU"),
        ("vcpu: 64, memory: 15 GB", "power", "4 vCPU, 16 GB and 0 GPU"),
        ("vcpu: 64, memory: 256 GB", "graphics.g4dn", "4 vCPU, 16 GB and 1 GPU"),
    ],
)
def test_a_desktop_too_large_for_any_host(
    folder: Folder, group: str, bundle: str, need: str
) -> None:
    text = hosted("[h]", f"{{h: {{zone: a, count: 9, {group}}}}}", bundle)
    if bundle.startswith("graphics"):
        text = text.replace(
            "    hosts:", "    root_volume: 100 GB\n    user_volume: 100 GB\n    hosts:"
        )
    expected = f"fleets.office.hosts: no host in zone 'a' has room for {bundle}: {need}"
    assert messages(folder, text) == [expected]


def test_overcommit_makes_room(folder: Folder) -> None:
    group = "{h: {zone: a, count: 1, vcpu: 2, memory: 16 GB, overcommit: {vcpu: 2}}}"
    assert folder.load(hosted("[h]", group)).scenario.host_groups["h"].overcommit.vcpu == 2


def test_hosts_stand_where_the_desktops_are(folder: Folder) -> None:
    groups = "{h: {zone: b, count: 1, vcpu: 4, memory: 16 GB}}"
    assert messages(folder, hosted("[h]", groups)) == [
        "fleets.office.hosts: none of the fleet's hosts stands in zone 'a', where it has desktops",
        "fleets.office.hosts.0: host group 'h' stands in zone 'b', where the fleet is not",
    ]


# -- addresses


def test_each_desktop_holds_an_address(folder: Folder) -> None:
    assert folder.load(OFFICE + "zones: {a: {ip_addresses: 10}}\n").scenario.zones
    assert messages(folder, OFFICE + "zones: {a: {ip_addresses: 9}}\n") == [
        "zones.a.ip_addresses: expected at least 10 in a for the desktops there at the start, got 9"
    ]


def test_zones_help_each_other_out(folder: Folder) -> None:
    # Placement goes to another zone when one is full: 3 + 7 are enough for ten, 3 + 6 are not.
    enough = "zones: {a: {ip_addresses: 3}, b: {ip_addresses: 7}}\n"
    assert folder.load(OFFICE + enough).scenario.zones
    (message,) = messages(folder, OFFICE + enough.replace("7", "6"))
    assert message.startswith(
        "zones.a.ip_addresses: expected at least 10 in a and b for the desktops"
    )
    assert message.endswith("got 9")
    assert folder.load(OFFICE + "zones: {a: {ip_addresses: 1}, b: {}}\n").scenario.zones


def test_two_fleets_share_the_addresses_of_a_zone(folder: Folder) -> None:
    # Each fleet alone fits (10 and 10 of 15); together they need 20.
    text = changed(
        "populations:",
        "  other: {bundle: power, running_mode: AutoStop}\n"
        "populations:\n"
        "  more: {users: 10, fleet: other, shift: {start: 9:00}, session_length: 1 h}",
    )
    (message,) = messages(folder, text + "zones: {a: {ip_addresses: 15}}\n")
    assert message.startswith("zones.a.ip_addresses: expected at least 20 in a for the desktops")
    assert message.endswith("got 15")


def test_a_fleet_confined_to_a_small_zone(folder: Folder) -> None:
    text = changed("AutoStop\n", "AutoStop\n    zones: [a]\n")
    assert messages(folder, text + "zones: {a: {ip_addresses: 9}, b: {}}\n") == [
        "zones.a.ip_addresses: expected at least 10 in a for the desktops there at the start, got 9"
    ]


# -- operations


def operation(at: str = "2026-09-02", user: str = "sales-00007") -> str:
    return (
        f"operations: [{{at: '{at}', fleet: office, user: {user}, operation: delete}}]\n"
        "warm_up: 1 d\n"
    )


@pytest.mark.parametrize("at", ["2026-08-31", "2026-09-01", "2026-09-30T23:59:59Z"])
def test_operations_inside_the_run(folder: Folder, at: str) -> None:
    assert folder.load(OFFICE + operation(at)).scenario.operations


@pytest.mark.parametrize("at", ["2026-08-30T23:59:59Z", "2026-10-01", "2027-01-01"])
def test_operations_outside_the_run(folder: Folder, at: str) -> None:
    (message,) = messages(folder, OFFICE + operation(at))
    assert message.startswith(
        "operations.0.at: expected an instant from 2026-08-31T00:00:00Z to before "
        "2026-10-01T00:00:00Z, got "
    )


@pytest.mark.parametrize(
    ("user", "message"),
    [
        ("alice", "expected a user such as 'sales-00007', got 'alice'"),
        ("sales-7", "expected a user such as 'sales-00007', got 'sales-7'"),
        ("people-00007", "expected a user such as 'sales-00007', got 'people-00007'"),
        ("sales-00010", "expected a user up to 'sales-00009', got 'sales-00010'"),
    ],
)
def test_users_that_nobody_is(folder: Folder, user: str, message: str) -> None:
    assert messages(folder, OFFICE + operation(user=user)) == [f"operations.0.user: {message}"]


def test_those_who_join_later_have_numbers_too(folder: Folder) -> None:
    text = changed("users: 10", "users: 10\n    joiners_per_month: 2") + operation(
        user="sales-00012"
    )
    assert folder.load(text).scenario.operations[0].user == "sales-00012"


def test_a_user_of_another_fleet(folder: Folder) -> None:
    text = changed("populations:", "  lab: {bundle: power, running_mode: AutoStop}\npopulations:")
    assert messages(folder, text + operation().replace("office", "lab")) == [
        "operations.0.user: 'sales-00007' has a desktop in fleet 'office', not in 'lab'"
    ]


def test_users_of_a_replay_have_any_names(folder: Folder) -> None:
    replay = "replay: {sessions: book.csv, fleet: office}\n"
    assert folder.load(OFFICE + replay + operation(user="alice")).scenario.replay


# -- operations as a table


TABLE = """\
at,fleet,user,share,operation,to
2026-09-02,office,sales-00001,,resize,175 GB + 100 GB
2026-09-03T09:00Z,office,,10 %,switch-mode,AlwaysOn

2026-09-04,office,sales-00002,,delete,
"""


def test_operations_from_a_table(folder: Folder) -> None:
    folder.write("moves.csv", TABLE)
    inline = """\
operations:
  - {at: 2026-09-02, fleet: office, user: sales-00001, operation: resize,
     to: {root: 175 GB, user: 100 GB}}
  - {at: 2026-09-03T09:00Z, fleet: office, share: 10 %, operation: switch-mode, to: AlwaysOn}
  - {at: 2026-09-04, fleet: office, user: sales-00002, operation: delete}
"""
    resolved = folder.load(OFFICE + "operations: moves.csv\n")
    assert resolved.scenario == folder.load(OFFICE + inline).scenario
    assert folder.path / "moves.csv" in resolved.files
    assert resolved.origins["operations", 2, "user"].line == 5


def test_columns_may_come_in_any_order_and_be_left_out(folder: Folder) -> None:
    folder.write("moves.csv", "operation, share, at, fleet\ndelete, 5 %, 2026-09-02, office\n")
    (operation,) = folder.load(OFFICE + "operations: moves.csv\n").scenario.operations
    assert (operation.operation, operation.share) == ("delete", 0.05)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("", "moves.csv:1:1: operations: expected one column 'at', got 0"),
        (
            "at,flet,operation\n",
            "moves.csv:1:1: operations: unknown column 'flet'; did you mean 'fleet'?",
        ),
        ("at,at,fleet,operation\n", "moves.csv:1:1: operations: expected one column 'at', got 2"),
        ("at,fleet,operation\n1,2\n", "moves.csv:2:1: operations: expected 3 cells, got 2"),
        (
            'at,fleet,operation\n"a,b\n',
            "moves.csv:2:1: operations: not CSV: unexpected end of data",
        ),
        (b"at,fleet,operation\n\xff,b,c\n", "moves.csv:2:1: expected UTF-8 text, got byte 0xFF"),
    ],
)
def test_tables_that_are_none(folder: Folder, table: str | bytes, problem: str) -> None:
    folder.write("moves.csv", table)
    assert folder.problem(OFFICE + "operations: moves.csv\n") == problem


def test_cells_have_places(folder: Folder) -> None:
    bad = (
        TABLE.replace("2026-09-04", "4 September")
        .replace("10 %", "0.1")
        .replace("office,,", "ofice,,")
    )
    folder.write("moves.csv", bad)
    problems = folder.problems(changed("users: 10", "users: -1") + "operations: moves.csv\n")
    assert [problem.split(": expected")[0] for problem in problems] == [
        "office.yaml:13:12: populations.sales.users",
        "moves.csv:3:19: operations.1.fleet: unknown fleet 'ofice'; did you mean 'office'?",
        "moves.csv:3:26: operations.1.share",
        "moves.csv:5:1: operations.2.at",
    ]


def test_a_missing_table(folder: Folder) -> None:
    expected = (
        "office.yaml:17:13: operations: expected a table of operations, found none at 'no.csv'"
    )
    assert folder.problem(OFFICE + "operations: no.csv\n") == expected


def test_a_table_belongs_to_the_file_that_names_it(folder: Folder) -> None:
    folder.write("shared/moves.csv", TABLE.replace("delete,", "delete,power"))
    folder.write("shared/base.yaml", changed("book.csv", "../book.csv") + "operations: moves.csv\n")
    expected = "shared/moves.csv:5:39: operations.2.to: expected nothing for delete, got power"
    assert folder.problem("extends: shared/base.yaml\n") == expected


# -- pools


LAB = changed(
    "populations:",
    "pools:\n  lab: {bundle: power, running_mode: AlwaysOn, minimum: 8, maximum: 40}\npopulations:",
)
"""The office with a pool beside its fleet; nobody uses the pool."""


def lab(settings: str) -> str:
    """The lab with more settings."""
    return LAB.replace("maximum: 40", f"maximum: 40, {settings}")


@pytest.mark.parametrize(
    "part",
    [
        "services: {nat: {item: a/b, quantity: 1, per: user-month, fleet: lab}}\n",
        "replay: {sessions: book.csv, fleet: lab}\n",
        "    twin_of: null\n",
    ],
)
def test_a_pool_serves_people_as_a_fleet_does(folder: Folder, part: str) -> None:
    assert folder.load(LAB.replace("fleet: office", "fleet: lab") + part).scenario.pools


def test_a_name_among_fleets_and_pools(folder: Folder) -> None:
    (message,) = messages(folder, LAB.replace("fleet: office", "fleet: labs"))
    assert message == ("populations.sales.fleet: unknown fleet or pool 'labs'; did you mean 'lab'?")
    services = "services: {nat: {item: a/b, quantity: 1, per: month, fleet: x}}\n"
    assert messages(folder, LAB + services) == [
        "services.nat.fleet: unknown fleet or pool 'x'; known: lab, office"
    ]


def test_a_scenario_of_pools_alone(folder: Folder) -> None:
    text = LAB.replace("fleet: office", "fleet: lab")
    begin, end = text.index("fleets:"), text.index("pools:")
    scenario = folder.load(text[:begin] + text[end:]).scenario
    assert not scenario.fleets
    assert list(scenario.served_by) == ["lab"]


def test_somebody_must_be_served_by_something(folder: Folder) -> None:
    text = OFFICE[: OFFICE.index("fleets")] + OFFICE[OFFICE.index("populations") :]
    expected = "fleets: expected at least one fleet or pool, got none"
    assert messages(folder, text) == [expected]
    assert messages(folder, text + "pools: {}\n") == [expected]


def test_one_name_for_a_fleet_and_a_pool(folder: Folder) -> None:
    problem = folder.problem(LAB.replace("  lab:", "  office:"))
    assert problem == (
        "office.yaml:12:11: pools.office: expected a name that no fleet has, got 'office'"
    )


def test_operations_are_not_for_pools(folder: Folder) -> None:
    operations = "operations: [{at: 2026-09-02, fleet: NAME, share: 1 %, operation: delete}]\n"
    assert messages(folder, LAB + operations.replace("NAME", "lab")) == [
        (
            "operations.0.fleet: expected a fleet, since operations concern desktops that somebody "
            "owns, got the pool 'lab'"
        )
    ]
    assert messages(folder, LAB + operations.replace("NAME", "labb")) == [
        "operations.0.fleet: unknown fleet 'labb'; known: office"
    ]


def test_a_pool_lies_where_its_zones_and_hosts_are(folder: Folder) -> None:
    assert messages(folder, lab("zones: [a, west]")) == [
        "pools.lab.zones.1: unknown zone 'west'; known: a, b"
    ]
    assert messages(folder, lab("hosts: [racks]")) == [
        "pools.lab.hosts.0: unknown host group 'racks'"
    ]
    assert messages(folder, REGIONS + lab("zones: [a, w]")) == [
        "pools.lab.zones.1: zone 'w' lies in eu-west-1, the pool in us-east-1"
    ]
    assert messages(folder, REGIONS + lab("region: ap-southeast-1")) == [
        "pools.lab.region: expected at least one zone in ap-southeast-1, got none"
    ]


def test_an_instance_fits_on_a_host(folder: Folder) -> None:
    """A Power instance takes 4 vCPU and 16 GB."""
    text = (
        lab("zones: [a], hosts: [h]")
        + "host_groups: {h: {zone: Z, count: 1, vcpu: V, memory: 16 GB}}"
    )
    assert folder.load(text.replace("Z", "a").replace("V", "4")).scenario.pools["lab"].hosts
    assert messages(folder, text.replace("Z", "a").replace("V", "3")) == [
        "pools.lab.hosts: no host in zone 'a' has room for power: 4 vCPU, 16 GB and 0 GPU"
    ]
    assert messages(folder, text.replace("Z", "b").replace("V", "4")) == [
        "pools.lab.hosts: none of the pool's hosts stands in zone 'a', where it has desktops",
        "pools.lab.hosts.0: host group 'h' stands in zone 'b', where the pool is not",
    ]


@pytest.mark.parametrize(
    ("settings", "need"),
    [
        ("edit_delay: 0 s", 10 + 8),
        ("desired: 12", 10 + 12),
        ("sessions_per_instance: 4, desired: 12", 10 + 3),
    ],
)
def test_instances_there_at_the_start_hold_addresses(
    folder: Folder, settings: str, need: int
) -> None:
    """The office has ten desktops; 12 user sessions are 3 instances of 4. The maximum may be out
    of reach: then launches fail, which is what one may want to see."""
    zones = "zones: {a: {ip_addresses: COUNT}}\n"
    assert folder.load(lab(settings) + zones.replace("COUNT", str(need))).scenario.zones
    expected = f"expected at least {need} in a for the desktops there at the start, got {need - 1}"
    assert messages(folder, lab(settings) + zones.replace("COUNT", str(need - 1))) == [
        f"zones.a.ip_addresses: {expected}"
    ]


def test_people_on_a_pool_own_no_address(folder: Folder) -> None:
    """Ten people share the eight instances of the pool; the fleet is empty."""
    text = LAB.replace("fleet: office", "fleet: lab") + "zones: {a: {ip_addresses: 8}}\n"
    assert folder.load(text).scenario.zones


# -- twins


def twins(settings: str, more: str = "") -> str:
    people = "users: 10, fleet: office, shift: {start: 9:00}, session_length: 8 h"
    return OFFICE + f"  twins: {{{people}, {settings}}}\n{more}"


def test_a_twin_of_somebody(folder: Folder) -> None:
    assert folder.load(twins("twin_of: sales")).scenario.populations["twins"].twin_of == "sales"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (twins("twin_of: sale"), "unknown population 'sale'; did you mean 'sales'?"),
        (twins("twin_of: twins"), "expected another population, got 'twins' itself"),
        (
            twins("twin_of: sales").replace(
                "    users: 10\n", "    users: 10\n    twin_of: twins\n"
            ),
            "expected a population that is no twin itself, got 'sales'",
        ),
        (
            twins("twin_of: rec", "  rec: {fleet: office, workload: {replay: book.csv}}\n"),
            "expected a population that is drawn, got 'rec', which is replayed",
        ),
    ],
)
def test_twins_of_nobody(folder: Folder, text: str, message: str) -> None:
    found = messages(folder, text)
    assert found[-1] == f"populations.twins.twin_of: {message}"
    assert len(found) == 1 + ("no twin itself" in message)


def test_a_recorded_plan_has_no_twin(folder: Folder) -> None:
    more = "  rec: {fleet: office, twin_of: sales, workload: {replay: book.csv}}\n"
    assert messages(folder, OFFICE + more) == [
        (
            "populations.rec.twin_of: expected nothing here, since the replayed plan says who "
            "there is, got 'sales'"
        )
    ]
