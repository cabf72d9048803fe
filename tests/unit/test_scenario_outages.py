"""Outages in scenario files: a wrong value in any setting is told, with its place."""

from pathlib import Path
from typing import get_args

import pytest

from sim.scenario.assumptions import assumptions
from sim.scenario.fields import Specification
from sim.scenario.outages import (
    ApiLimits,
    CertificateOutage,
    ControlPlaneOutage,
    DirectoryOutage,
    HostFailure,
    Law,
    LinkOutage,
    Rebuild,
    Recovery,
    RegionOutage,
    SecondFactorOutage,
    Standby,
    StreamingOutage,
    ZoneOutage,
)
from sim.workload import workload_problems
from tests.unit.scenario_files import LAWS, OFFICE, Folder, changed, parts_below

RACK = "host_groups: {rack: {zone: a, count: 4, vcpu: 8, memory: 32 GB}}\n"
DIRECTORY = "directory: {servers: 2}\n"
ACCESS = "access: {mfa: {second_server: false}, trusted_devices: {}}\n"
START = "version: 1\nname: office\n"
AT = {"at": "2026-09-15T09:00Z", "lasts": "2 h"}
NEEDED: dict[type[Specification], dict[str, str]] = {
    ZoneOutage: {"zone": "a", **AT},
    RegionOutage: AT,
    HostFailure: {"group": "rack", **AT},
    DirectoryOutage: AT,
    LinkOutage: AT,
    SecondFactorOutage: AT,
    CertificateOutage: AT,
    StreamingOutage: AT,
    ControlPlaneOutage: AT,
    Rebuild: {},
    Standby: {"region": "us-west-2"},
    Recovery: {},
    ApiLimits: {},
}
"""The least that makes each part."""
KINDS = [part for part in NEEDED if "kind" in part.model_fields]

DURATION = "expected a duration with a unit, such as '90 s', '60 min', '8 h' or 'PT30M', got "
LAW = (
    "expected a duration such as '8 h', or one distribution such as {exponential: 2 h} or "
    "{lognormal: {mean: 2 h, cv: 0.8}}, got "
)
HAPPENING = {
    "at": (
        "2026-09-15 09:00",
        "expected an offset such as Z or +02:00 after the time, got 2026-09-15 09:00:00",
    ),
    "cron": ("9:00", "expected a cron expression such as '0 8 * * mon-fri' of five fields, got"),
    "time_zone": ("Pacific", "unknown time zone 'Pacific'; did you mean 'US/Pacific'?"),
    "every": ("90", LAW + "90"),
    "trace": ("5", "expected text, got 5"),
    "lasts": ("2", LAW + "2"),
}
"""A wrong value of each setting that all outages have, and how what is said of it begins."""
OWN: list[tuple[type[Specification], str, str, str]] = [
    (ZoneOutage, "zone", "c", "unknown zone 'c'; known: a, b"),
    (ZoneOutage, "zone", "5", "expected text, got 5"),
    *(
        (part, "region", value, message)
        for part in (RegionOutage, StreamingOutage, ControlPlaneOutage)
        for value, message in (
            ("nowhere", "expected a Region such as us-east-1, got 'nowhere'"),
            ("eu-west-1", "no zone lies in 'eu-west-1'; did you mean 'us-east-1'?"),
        )
    ),
    (HostFailure, "group", "rock", "unknown host group 'rock'; did you mean 'rack'?"),
    (HostFailure, "count", "0", "expected at least 1, got 0"),
    (HostFailure, "count", "5", "expected at most the 4 hosts of 'rack', got 5"),
    (HostFailure, "crews", "0", "expected at least 1, got 0"),
    (HostFailure, "crews", "1", "expected nothing here without 'every', got 1"),
    (DirectoryOutage, "servers", "0", "expected at least 1, got 0"),
    (DirectoryOutage, "servers", "3", "expected at most the 2 servers of the directory, got 3"),
    (
        SecondFactorOutage,
        "server",
        "third",
        "expected 'first', 'second' or 'both', got 'third'",
    ),
    (
        SecondFactorOutage,
        "server",
        "second",
        "expected the first server, since there is no second, got 'second'",
    ),
    (Rebuild, "reaction", "30", DURATION + "30"),
    (Standby, "region", "nowhere", "expected a Region such as us-east-1, got 'nowhere'"),
    (Standby, "region", "us-east-1", "expected another Region than that of the fleet, got 'us-"),
    (Standby, "region", "eu-west-2", "expected one of the Regions with standbys (us-east-1, us-"),
    (Standby, "reaction", "30", DURATION + "30"),
    (Standby, "failback", "1", DURATION + "1"),
    (Standby, "redirection", "20", LAW + "20"),
    (Standby, "data_age", "18", LAW + "18"),
    (Recovery, "standby", "us-west-2", "expected a mapping, got 'us-west-2'"),
    (Recovery, "rebuild", "30 min", "expected a mapping, got '30 min'"),
    (Recovery, "snapshots_every", "12", DURATION + "12"),
    (Recovery, "snapshots_every", "0 h", "expected more than 0, got '0 h'"),
    (ApiLimits, "calls_per_second", "0", "expected at least 1, got 0"),
    (ApiLimits, "burst", "2.5", "expected a whole number, got 2.5"),
    (ApiLimits, "desktops_per_call", "0", "expected at least 1, got 0"),
    (ApiLimits, "operations", "1", "expected true or false, got 1"),
]
WRONG = OWN + [
    (part, key, value, message) for part in KINDS for key, (value, message) in HAPPENING.items()
]
"""A part, a setting of it, a wrong value, and how what is said of it begins."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def flow(settings: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in settings.items()) + "}"


def kind_of(part: type[Specification]) -> str:
    return str(part.model_fields["kind"].default)


def written(part: type[Specification], settings: dict[str, str]) -> tuple[str, str]:
    """A scenario whose third line has a part with these settings, and the part's path."""
    inside = flow(settings)
    if part in (Rebuild, Recovery, Standby):
        key = {Rebuild: "rebuild", Standby: "standby"}.get(part)
        inside = f"{{{key}: {inside}}}" if key else inside
        line = (
            f"fleets: {{office: {{bundle: standard, running_mode: AutoStop, recovery: {inside}}}}}"
        )
        path = "fleets.office.recovery" + (f".{key}" if key else "")
        begin, end = OFFICE.index("fleets:"), OFFICE.index("populations:")
        rest = OFFICE[:begin] + OFFICE[end:]
    elif part is ApiLimits:
        line, path, rest = f"api_limits: {inside}", "api_limits", OFFICE
    else:
        kind = kind_of(part)
        line, path, rest = f"outages: [{{{kind}: {inside}}}]", f"outages.0.{kind}", OFFICE
    return rest.replace(START, f"{START}{line}\n") + RACK + DIRECTORY + ACCESS, path


def told(folder: Folder, text: str) -> list[str]:
    """What is wrong, without the places, in the order of the file."""
    return [problem.split(": ", 1)[1] for problem in folder.problems(text)]


def outage(said: str) -> str:
    return f"{OFFICE}{RACK}{DIRECTORY}outages: [{said}]\n"


# -- every setting


@pytest.mark.parametrize(
    ("part", "key", "value", "message"),
    WRONG,
    ids=[f"{part.__name__}.{key}={value}" for part, key, value, _ in WRONG],
)
def test_a_wrong_value_is_told_where_it_stands(
    folder: Folder, part: type[Specification], key: str, value: str, message: str
) -> None:
    others = {name: text for name, text in NEEDED[part].items() if name != key}
    if key in ("cron", "every", "trace"):
        others.pop("at", None)
    text, path = written(part, {**others, key: value})
    line = text.splitlines()[2]
    column = line.rindex(f"{key}: {value}") + len(f"{key}: ") + 1
    found = [problem for problem in folder.problems(text) if f": {path}.{key}: " in problem]
    assert len(found) == 1
    assert found[0].startswith(f"office.yaml:3:{column}: {path}.{key}: {message}")


def test_no_setting_is_forgotten() -> None:
    settings = {(part, key) for part in NEEDED for key in part.model_fields if key != "kind"}
    assert {(part, key) for part, key, _, _ in WRONG} == settings


def test_no_part_is_forgotten() -> None:
    below = {part.__name__ for root in (*get_args(Law), Recovery) for part in parts_below(root)}
    assert below - LAWS | {"ApiLimits"} == {part.__name__ for part in NEEDED}


@pytest.mark.parametrize("part", NEEDED, ids=lambda part: part.__name__)
def test_the_least_of_each_part_is_right(folder: Folder, part: type[Specification]) -> None:
    text, _ = written(part, NEEDED[part])
    assert folder.load(text).scenario.name == "office"


@pytest.mark.parametrize("part", NEEDED, ids=lambda part: part.__name__)
def test_a_misspelt_setting_is_told_where_it_stands(
    folder: Folder, part: type[Specification]
) -> None:
    text, path = written(part, {**NEEDED[part], "colour": "red"})
    column = text.splitlines()[2].index("colour") + 1
    (problem,) = folder.problems(text)
    assert problem.startswith(f"office.yaml:3:{column}: {path}.colour: unknown key")


# -- settings of one outage that do not fit together


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (
            "{streaming: {lasts: 1 h}}",
            "streaming: expected exactly one of 'at', 'cron', 'every' and 'trace', got none",
        ),
        (
            "{streaming: {at: 2026-09-02, every: 30 d, lasts: 1 h}}",
            (
                "streaming: expected exactly one of 'at', 'cron', 'every' and 'trace', "
                "got 'at' and 'every'"
            ),
        ),
        ("{link: {at: 2026-09-02}}", "link.lasts: expected how long it lasts, got none"),
        (
            "{link: {trace: book.csv, lasts: 1 h}}",
            "link.lasts: expected nothing beside a trace, got both",
        ),
        (
            "{hosts: {group: rack, every: 30 d, lasts: 1 h, count: 2}}",
            "hosts.count: expected 1 with 'every', got 2",
        ),
        ("{zone: a}", "expected 'zone' and 'lasts' below 'zone', got 'a'"),
        ("{flood: {at: 2026-09-02, lasts: 1 h}}", "expected an outage such as {zone: {zone: a, at"),
        ("zone", "expected an outage such as {zone: {zone: a, at"),
    ],
)
def test_outages_that_contradict_themselves(folder: Folder, said: str, message: str) -> None:
    (found,) = told(folder, outage(said))
    assert found.partition(".0")[2].lstrip(".: ").startswith(message)


# -- what is not there


def test_a_directory_that_is_not_there_cannot_be_lost(folder: Folder) -> None:
    text = (
        OFFICE
        + "outages: [{directory: {at: 2026-09-02, lasts: 1 h}}, "
        + "{link: {at: 2026-09-02, lasts: 1 h}}]\n"
    )
    none = "expected a directory to lose, and the scenario has none"
    expected = [f"outages.0.directory: {none}", f"outages.1.link: {none}"]
    assert told(folder, text) == expected
    assert told(folder, text + "directory: null\n") == expected


def test_a_directory_with_a_mistake_is_still_there(folder: Folder) -> None:
    text = (
        OFFICE + "outages: [{directory: {at: 2026-09-02, lasts: 1 h}}]\ndirectory: {servers: 0}\n"
    )
    assert told(folder, text) == ["directory.servers: expected at least 1, got 0"]


@pytest.mark.parametrize("kind", ["simple-ad", "managed-ad-standard", "managed-ad-enterprise"])
def test_only_a_connector_has_a_link(folder: Folder, kind: str) -> None:
    text = (
        OFFICE
        + f"directory: {{kind: {kind}}}\noutages: [{{link: {{at: 2026-09-02, lasts: 1 h}}}}]\n"
    )
    expected = "expected a directory of kind 'ad-connector', which alone has a link"
    assert told(folder, text) == [f"outages.0.link: {expected}, got '{kind}'"]


def test_what_nobody_has_to_pass_cannot_be_lost(folder: Folder) -> None:
    when = "{at: 2026-09-02, lasts: 1 h}"
    text = OFFICE + f"outages: [{{mfa: {when}}}, {{certificate: {when}}}]\n"
    answers = "expected 'access.mfa', whose servers do not answer, got none"
    expires = "expected 'access.trusted_devices', whose certificates expire, got none"
    expected = [f"outages.0.mfa: {answers}", f"outages.1.certificate: {expires}"]
    assert told(folder, text) == expected
    assert told(folder, text + "access: {broker: {}}\n") == expected
    assert folder.load(text + "access: {mfa: {}, trusted_devices: {}}\n").scenario.outages


def test_the_region_of_a_zone_may_be_lost(folder: Folder) -> None:
    zones = "zones: {a: {}, far: {region: eu-west-1}}\n"
    lost = "outages: [{region: {region: eu-west-1, at: 2026-09-02, lasts: 1 h}}]\n"
    assert folder.load(OFFICE + zones + lost).scenario.outages
    wrong = lost.replace("eu-west-1", "eu-west-2")
    expected = "no zone lies in 'eu-west-2'; did you mean 'eu-west-1'?"
    assert told(folder, OFFICE + zones + wrong) == [f"outages.0.region.region: {expected}"]


def test_several_mistakes_are_told_together(folder: Folder) -> None:
    text = outage(
        "{zone: {zone: west, at: 2026-10-01, lasts: 1 h}}, "
        "{directory: {at: 2026-09-02, lasts: 1 h, servers: 3}}"
    )
    assert [message.partition(": ")[0] for message in told(folder, text)] == [
        "outages.0.zone.zone",
        "outages.0.zone.at",
        "outages.1.directory.servers",
    ]


# -- when


@pytest.mark.parametrize(
    ("at", "lasts"),
    [
        ("2026-09-01", "1 h"),
        ("2026-09-30T23:59:59Z", "1 h"),  # it may outlast the run
        ("2026-08-31T23:00Z", "61 min"),
        ("2026-08-31T23:00Z", "{uniform: {low: 1 min, high: 61 min}}"),
        ("2026-08-01", "{exponential: 1 min}"),  # it may, if hardly ever
    ],
)
def test_an_outage_that_reaches_into_the_run(folder: Folder, at: str, lasts: str) -> None:
    text = outage(f"{{streaming: {{at: '{at}', lasts: {lasts}}}}}")
    assert folder.load(text).scenario.outages


@pytest.mark.parametrize(
    ("at", "lasts", "message"),
    [
        (
            "2026-10-01",
            "1 h",
            (
                "expected an instant from 2026-09-01T00:00:00Z to before 2026-10-01T00:00:00Z, "
                "got 2026-10-01T00:00:00Z"
            ),
        ),
        (
            "2026-08-31T23:00Z",
            "1 h",
            (
                "expected an outage that reaches into the run, from 2026-09-01T00:00:00Z, "
                "got one over at 2026-09-01T00:00:00Z"
            ),
        ),
        (
            "2026-08-31T22:00Z",
            "{uniform: {low: 1 min, high: 1 h}}",
            (
                "expected an outage that reaches into the run, from 2026-09-01T00:00:00Z, "
                "got one over at 2026-08-31T23:00:00Z"
            ),
        ),
    ],
)
def test_an_outage_beside_the_run(folder: Folder, at: str, lasts: str, message: str) -> None:
    text = outage(f"{{streaming: {{at: '{at}', lasts: {lasts}}}}}")
    assert told(folder, text) == [f"outages.0.streaming.at: {message}"]


def test_the_warm_up_is_a_part_of_the_run(folder: Folder) -> None:
    text = outage("{streaming: {at: '2026-08-31T22:00Z', lasts: 1 h}}") + "warm_up: 1 d\n"
    assert folder.load(text).scenario.outages


# -- recovery


@pytest.mark.parametrize("where", ["zones: {a: {}}\n", "zones: {a: {}, b: {region: eu-west-1}}\n"])
def test_a_rebuild_needs_another_zone(folder: Folder, where: str) -> None:
    plan = "AutoStop\n    recovery: {rebuild: {reaction: 30 min}}\n"
    text = changed("AutoStop\n", plan)
    expected = "expected a fleet with another zone to rebuild desktops in, got only 'a'"
    assert told(folder, text + where) == [f"fleets.office.recovery.rebuild: {expected}"]
    assert folder.load(text).scenario.fleets["office"].recovery.rebuild
    assert told(folder, text.replace("AutoStop\n", "AutoStop\n    zones: [a]\n")) == [
        f"fleets.office.recovery.rebuild: {expected}"
    ]


STANDBY = "AutoStop\n    recovery: {standby: {region: us-west-2}}\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "bundle: standard",
            "bundle: graphics.g4dn\n    root_volume: 100 GB\n    user_volume: 100 GB",
            (
                "fleets.office.recovery.standby: expected a bundle that has standbys: no graphics "
                "or general purpose one, got 'graphics.g4dn'"
            ),
        ),
        (
            "bundle: standard",
            (
                "bundle: standard\n    self_service: {change_compute: {every: 30 d, to: "
                "generalpurpose.4xlarge}}"
            ),
            (
                "fleets.office.self_service.change_compute.to: expected a bundle that has "
                "standbys: no graphics or general purpose one, got 'generalpurpose.4xlarge'"
            ),
        ),
        (
            "start:",
            (
                "operations: [{at: 2026-09-02, fleet: office, share: 5 %, operation: migrate, "
                "to: graphics.g4dn}]\nstart:"
            ),
            (
                "operations.0.to: expected a bundle that has standbys: no graphics or general "
                "purpose one, got 'graphics.g4dn'"
            ),
        ),
        (
            "bundle: standard",
            "bundle: standard\n    os: ubuntu",
            (
                "fleets.office.recovery.standby: expected a fleet of Windows, which alone has "
                "standbys, got 'ubuntu'"
            ),
        ),
        (
            "region: us-east-1",
            "region: eu-west-2",
            (
                "fleets.office.recovery.standby: expected a fleet in one of the Regions with "
                "standbys (us-east-1, us-west-2, eu-central-1, eu-west-1), got 'eu-west-2'"
            ),
        ),
    ],
)
def test_what_has_no_standbys(folder: Folder, old: str, new: str, message: str) -> None:
    text = changed("AutoStop\n", STANDBY)
    assert folder.load(text).scenario.fleets["office"].recovery.standby
    assert old in text
    assert told(folder, text.replace(old, new, 1)) == [message]


def test_a_standby_is_paid_by_the_hour_where_all_desktops_are_alwayson(folder: Folder) -> None:
    lost = "outages: [{region: {at: 2026-09-02, lasts: 9 h}}]\n"
    text = changed("AutoStop\n", STANDBY.replace("AutoStop", "AlwaysOn")) + lost
    found = {one.path for one in assumptions(folder.load(text))}
    assert {"billing.rounding", "fleets.office.stop_delay"} <= found
    assert "maintenance.autostop" not in found


# -- traces


def trace(folder: Folder, *rows: str) -> list[str]:
    """What is wrong with a trace, as validation tells it."""
    folder.write("outages.csv", "begin,lasts_s\n" + "".join(f"{row}\n" for row in rows))
    loaded = folder.load(outage("{streaming: {trace: outages.csv}}")).scenario
    problems = [str(problem) for problem in workload_problems(loaded)]
    return [problem.replace(f"{folder.path}/", "") for problem in problems]


def test_a_trace_that_is_right(folder: Folder) -> None:
    assert trace(folder, "2026-09-02T09:00Z,60", "2026-08-31T23:59:30Z,60.5") == []


def test_every_bad_row_of_a_trace_is_told(folder: Folder) -> None:
    instant = "an instant with an offset such as 2026-09-01T09:00:00+02:00"
    run = "an outage that reaches into the run, from 2026-09-01T00:00:00Z to before 2026-10-01"
    found = trace(
        folder,
        "2026-09-02,60",
        "2026-09-02T09:00Z,0",
        "2026-09-02T09:00Z,2026",
        "2026-09-02T09:00Z,",
        ",60",
        "2026-10-01T00:00Z,60",
        "2026-08-31T23:59Z,60",
    )
    assert [problem[: len("outages.csv:2:1: begin: ") + 30] for problem in found] == [
        f"outages.csv:2:1: begin: expected {instant}"[:54],
        "outages.csv:3:1: lasts_s: expected more than 0 s and less t"[:54],
        "outages.csv:5:1: lasts_s: expected a value, got nothing"[:54],
        "outages.csv:6:1: begin: expected a value, got nothing"[:54],
        f"outages.csv:7:1: begin: expected {run}"[:54],
        f"outages.csv:8:1: begin: expected {run}"[:54],
    ]


def test_a_trace_of_other_columns(folder: Folder) -> None:
    folder.write("outages.csv", "begin,end\n2026-09-02T09:00Z,2026-09-02T10:00Z\n")
    loaded = folder.load(outage("{streaming: {trace: outages.csv}}")).scenario
    assert sorted(problem.message for problem in workload_problems(loaded)) == [
        "required column, and missing",
        "unknown column; known: begin, lasts_s",
    ]


def test_a_trace_that_is_not_there(folder: Folder) -> None:
    (problem,) = told(folder, outage("{streaming: {trace: nowhere.csv}}"))
    assert problem.startswith("outages.0.streaming.trace: ")


# -- assumptions


def assumed(folder: Folder, text: str) -> dict[str, tuple[str, bool]]:
    return {one.path: (one.value, one.stated) for one in assumptions(folder.load(text))}


def test_a_reconnect_window_is_a_time_and_assumed_where_streaming_may_be_lost(
    folder: Folder,
) -> None:
    lost = "outages: [{streaming: {at: 2026-09-15T09:00Z, lasts: 1 h}}]\n"
    found = {row.path: row for row in assumptions(folder.load(OFFICE + lost))}
    assert found["fleets.office.reconnect_window"].value == "20 min"
    assert not found["fleets.office.reconnect_window"].stated
    zone = lost.replace("streaming: {", "zone: {zone: a, ")
    paths = {row.path for row in assumptions(folder.load(OFFICE + zone))}
    assert "fleets.office.reconnect_window" not in paths
    text = changed("    bundle:", "    reconnect_window: 20\n    bundle:")
    assert folder.problem(text).endswith(f"fleets.office.reconnect_window: {DURATION}20")


def test_a_scenario_without_outages_assumes_nothing_about_them(folder: Folder) -> None:
    found = assumed(folder, OFFICE)
    words = ("outage", "recovery", "api_limits", "after_interruption")
    assert not [path for path in found if any(word in path for word in words)]


def test_a_lost_zone_rests_on_its_law_and_on_what_is_done(folder: Folder) -> None:
    found = assumed(folder, outage("{zone: {zone: a, every: {exponential: 300 d}, lasts: 2 h}}"))
    assert found["outages.0.zone.zone"] == ("a", True)
    assert found["outages.0.zone.every"] == ("{exponential: 300 d}", True)
    assert found["outages.0.zone.lasts"] == ("2 h", True)
    assert "outages.0.zone.time_zone" not in found
    assert found["fleets.office.recovery.rebuild"] == ("off", False)
    assert found["populations.sales.after_interruption"] == ("return", False)
    assert found["populations.sales.patience"] == ("30 min", False)
    assert "fleets.office.recovery.snapshots_every" not in found
    assert "api_limits.burst" not in found


def test_a_rebuild_rests_on_snapshots_and_calls(folder: Folder) -> None:
    lost = "outages: [{zone: {zone: a, at: 2026-09-15, lasts: 2 h}}]\n"
    plan = "AutoStop\n    recovery: {rebuild: {reaction: 10 min}}\n"
    found = assumed(folder, changed("AutoStop\n", plan) + lost)
    assert found["fleets.office.recovery.rebuild.reaction"] == ("10 min", True)
    assert found["fleets.office.recovery.snapshots_every"] == ("12 h", False)
    assert found["fleets.office.provisioning"] == ("20 min", False)
    assert found["api_limits.calls_per_second"] == ("2", False)
    assert found["api_limits.burst"] == ("5", False)
    without = assumed(folder, changed("AutoStop\n", plan))
    assert not [path for path in without if path.startswith(("api_limits", "fleets.office.recov"))]


def test_a_lost_directory_turns_nobody_away(folder: Folder) -> None:
    found = assumed(folder, outage("{directory: {at: 2026-09-15, lasts: 2 h}}"))
    assert found["outages.0.directory.servers"] == ("off", False)
    assert "populations.sales.patience" not in found
    assert "populations.sales.after_interruption" not in found


def test_a_lost_control_plane_turns_people_away_and_interrupts_nobody(folder: Folder) -> None:
    found = assumed(folder, outage("{control_plane: {at: 2026-09-15, lasts: 2 h}}"))
    assert "populations.sales.patience" in found
    assert "populations.sales.after_interruption" not in found


def test_hosts_that_fail_rest_on_crews_or_on_their_number(folder: Folder) -> None:
    found = assumed(folder, outage("{hosts: {group: rack, every: 300 d, lasts: 2 h}}"))
    assert found["outages.0.hosts.crews"] == ("off", False)
    assert "outages.0.hosts.count" not in found
    found = assumed(folder, outage("{hosts: {group: rack, cron: 0 9 1 * *, lasts: 2 h}}"))
    assert found["outages.0.hosts.count"] == ("1", False)
    assert found["outages.0.hosts.time_zone"] == ("UTC", False)
    assert "outages.0.hosts.crews" not in found


def test_desktops_that_are_always_on_start_again(folder: Folder) -> None:
    lost = "outages: [{zone: {zone: a, at: 2026-09-15, lasts: 2 h}}]\n"
    found = assumed(folder, changed("AutoStop", "AlwaysOn") + lost)
    assert "fleets.office.logon.resume" in found
    assert "fleets.office.stop_delay" not in found


def test_people_of_a_replay_are_interrupted_too(folder: Folder) -> None:
    folder.write("plan.csv", "user\n")
    replay = "replay: {sessions: plan.csv, fleet: office}\n"
    found = assumed(folder, outage("{streaming: {at: 2026-09-15, lasts: 2 h}}") + replay)
    assert found["replay.after_interruption"] == ("return", False)
    assert found["replay.retry_after"] == ("2 min", False)


def test_meanings_come_from_the_schema(folder: Folder) -> None:
    loaded = folder.load(outage("{zone: {zone: a, at: 2026-09-15, lasts: 2 h}}"))
    meanings = {one.path: one.meaning for one in assumptions(loaded)}
    assert meanings["outages.0.zone.zone"] == "The zone."
    assert all(meanings.values())
