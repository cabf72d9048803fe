"""Pools in scenario files: a wrong value in any setting is told, with its place."""

import re
from pathlib import Path

import pytest

from sim.scenario.fields import Specification
from sim.scenario.outline import members
from sim.scenario.pools import ApplicationSettings, Pool, PoolBilling, PoolLogon, PoolStorage
from sim.scenario.reference import reference
from sim.scenario.scaling import (
    Adjustment,
    CapacityEdit,
    LaterPhase,
    OwnPolicy,
    Phase,
    Predictive,
    RampPlan,
    ScalingPolicy,
    ScheduledAction,
    Spare,
    StepScaling,
    TargetTracking,
)
from tests.unit.scenario_files import LAWS, Folder, parts_below

HEAD = """\
version: 1
name: lab
region: us-east-1
start: 2026-09-01
horizon: {months: 1}
prices: {book: book.csv}
pools:
"""
PEOPLE = """
populations:
  sales:
    users: 10
    fleet: lab
    shift: {start: 9:00}
    session_length: 8 h
"""

PHASES = {
    "ramp_up": "{start: 7:00, threshold: 60 %}",
    "peak": "{start: 9:00}",
    "ramp_down": "{start: 17:00, threshold: 90 %}",
    "off_peak": "{start: 19:00}",
}
_STEP = {
    "metric": "InsufficientCapacityError",
    "comparison": '">"',
    "threshold": "0",
    "steps": "[{add: 1}]",
}
NEEDED: dict[type[Specification], dict[str, str]] = {
    Pool: {"bundle": "power", "running_mode": "AlwaysOn", "maximum": "100"},
    PoolLogon: {},
    ApplicationSettings: {},
    PoolBilling: {},
    PoolStorage: {"item": "fsx/gb-month", "per_user": "5 GB"},
    ScheduledAction: {"cron": "0 8 * * mon-fri", "capacity": "80"},
    StepScaling: _STEP,
    Adjustment: {"add": "1"},
    TargetTracking: {"utilization": "75 %"},
    RampPlan: PHASES,
    Phase: {"start": "7:00", "threshold": "60 %"},
    LaterPhase: {"start": "9:00"},
    Predictive: {"quantile": "95 %"},
    Spare: {"sessions": "5"},
    OwnPolicy: {"function": "mine:decide"},
    CapacityEdit: {"at": "2026-09-02", "maximum": "50"},
}
"""The least that makes each part."""


def flow(settings: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in settings.items()) + "}"


def step(steps: str) -> str:
    return flow({**_STEP, "steps": steps})


WRAPPED: dict[type[Specification], tuple[str, str, str]] = {
    PoolLogon: ("logon: ", "", "logon"),
    ApplicationSettings: (
        "logon: {application_settings: ",
        "}",
        "logon.application_settings",
    ),
    PoolBilling: ("billing: ", "", "billing"),
    PoolStorage: ("storage: ", "", "storage"),
    ScheduledAction: ("scaling: [{schedule: ", "}]", "scaling.0.schedule"),
    StepScaling: ("scaling: [{step: ", "}]", "scaling.0.step"),
    Adjustment: (
        (
            "scaling: [{step: {metric: InsufficientCapacityError, comparison: '>', threshold: 0, "
            "steps: ["
        ),
        "]}}]",
        "scaling.0.step.steps.0",
    ),
    TargetTracking: ("scaling: [{target_tracking: ", "}]", "scaling.0.target_tracking"),
    RampPlan: ("scaling: [{ramp: ", "}]", "scaling.0.ramp"),
    Phase: (
        (
            "scaling: [{ramp: {peak: {start: 9:00}, ramp_down: {start: 17:00, threshold: 90 %}, "
            "off_peak: {start: 19:00}, ramp_up: "
        ),
        "}}]",
        "scaling.0.ramp.ramp_up",
    ),
    LaterPhase: (
        (
            "scaling: [{ramp: {ramp_up: {start: 7:00, threshold: 60 %}, "
            "ramp_down: {start: 17:00, threshold: 90 %}, off_peak: {start: 19:00}, peak: "
        ),
        "}}]",
        "scaling.0.ramp.peak",
    ),
    Predictive: ("scaling: [{predictive: ", "}]", "scaling.0.predictive"),
    Spare: ("scaling: [{spare: ", "}]", "scaling.0.spare"),
    OwnPolicy: ("scaling: [{policy: ", "}]", "scaling.0.policy"),
    CapacityEdit: ("edits: [", "]", "edits.0"),
}
"""What stands before and after each part in a pool, and its path below the pool."""

DURATION = "expected a duration with a unit, such as '90 s', '60 min', '8 h' or 'PT30M', got "
LAW = (
    "expected a duration such as '8 h', or one distribution such as {exponential: 2 h} or "
    "{lognormal: {mean: 2 h, cv: 0.8}}, got "
)
SHARE = "expected a share such as '85 %', got "
BUNDLE = (
    "expected 'value', 'standard', 'performance', 'power', 'powerpro', 'graphics.g4dn', "
    "'graphicspro.g4dn', 'stream.standard.medium' or 'stream.standard.large', got "
)
CRON = "expected a cron expression such as '0 8 * * mon-fri'"
FUNCTION = "expected a function such as 'mymodule:decide'"

WRONG: list[tuple[type[Specification], str, str, str]] = [
    (
        Pool,
        "bundle",
        "powr",
        BUNDLE + "'powr'; did you mean 'power'?",
    ),
    (
        Pool,
        "bundle",
        "5",
        BUNDLE + "5",
    ),
    (Pool, "os", "linux", "expected windows for power, got linux"),
    (Pool, "os", "ubuntu", "expected 'windows' or 'linux', got 'ubuntu'"),
    (Pool, "license", "none", "expected 'included' or 'byol', got 'none'"),
    (
        Pool,
        "running_mode",
        "Autostop",
        "expected 'AlwaysOn' or 'AutoStop', got 'Autostop'; did you mean 'AutoStop'?",
    ),
    (Pool, "minimum", "-1", "expected at least 0, got -1"),
    (Pool, "minimum", "1.5", "expected a whole number, got 1.5"),
    (Pool, "desired", "101", "expected from minimum, 0, to maximum, 100, got 101"),
    (Pool, "desired", "-2", "expected at least 0, got -2"),
    (Pool, "maximum", "0", "expected at least 1, got 0"),
    (Pool, "maximum", "ten", "expected a whole number, got 'ten'"),
    (Pool, "sessions_per_instance", "0", "expected at least 1, got 0"),
    (
        Pool,
        "load_balancing",
        "breadth",
        "expected 'depth-first' or 'breadth-first', got 'breadth'; did you mean 'breadth-first'?",
    ),
    (Pool, "after_session", "reuse", "expected 'replace' or 'keep', got 'reuse'"),
    (Pool, "admission", "wait", "expected 'refuse' or 'queue', got 'wait'"),
    (Pool, "queue_limit", "5", "expected nothing here without 'admission: queue'"),
    (Pool, "queue_limit", "-1", "expected at least 0, got -1"),
    (Pool, "provisioning", "15", LAW + "15"),
    (Pool, "launch_retry", "0 s", "expected more than 0, got '0 s'"),
    (Pool, "launch_retry", "5", DURATION + "5"),
    (Pool, "maximum_duration", "5 min", "expected 10 min to 5 d, got 5 min"),
    (Pool, "maximum_duration", "121 h", "expected 10 min to 5 d, got 5 d 1 h"),
    (Pool, "disconnect_timeout", "59 s", "expected 1 min to 10 h, got 59 s"),
    (Pool, "disconnect_timeout", "11 h", "expected 1 min to 10 h, got 11 h"),
    (Pool, "disconnect_timeout", "15", DURATION + "15"),
    (Pool, "idle_disconnect_timeout", "30 s", "expected 0 s (off) or 1 min to 10 h, got 30 s"),
    (Pool, "idle_disconnect_timeout", "11 h", "expected 0 s (off) or 1 min to 10 h, got 11 h"),
    (Pool, "network_loss_detection", "20", DURATION + "20"),
    (Pool, "reconnect_window", "20", DURATION + "20"),
    (Pool, "region", "nowhere", "expected a Region such as us-east-1, got 'nowhere'"),
    (Pool, "zones", "5", "expected a list of zones or weights such as {a: 2, b: 1}, got 5"),
    (Pool, "hosts", "rack", "expected a list, got 'rack'"),
    (Pool, "logon", "5 s", "expected a mapping, got '5 s'"),
    (Pool, "uses_directory", "1", "expected true or false, got 1"),
    (Pool, "scaling", "fast", "expected a list, got 'fast'"),
    (Pool, "edits", "now", "expected a list, got 'now'"),
    (Pool, "edit_delay", "-1 min", DURATION + "'-1 min'"),
    (Pool, "edit_delay", "2", DURATION + "2"),
    (Pool, "cost_center", "5", "expected text, got 5"),
    (Pool, "billing", "hourly", "expected a mapping, got 'hourly'"),
    (Pool, "storage", "5 GB", "expected a mapping, got '5 GB'"),
    (PoolLogon, "start", "90", LAW + "90"),
    (PoolLogon, "start", "25 h", "expected at most 24 h, got 1 d 1 h"),
    (PoolLogon, "home_folder", "3", LAW + "3"),
    (PoolLogon, "application_settings", "1 GB", "expected a mapping, got '1 GB'"),
    (PoolLogon, "streaming", "5", LAW + "5"),
    (PoolLogon, "os_logon", "quick", DURATION + "'quick'"),
    (ApplicationSettings, "size", "1024", "expected a size such as '500 MB' or '1 GB', got 1024"),
    (ApplicationSettings, "size", "3 TB", "expected a size such as '500 MB' or '1 GB', got '3 TB'"),
    (
        ApplicationSettings,
        "size",
        "3000000 MB",
        "expected a download of at most 24 h, got 1 d 10 h 57 min 9 s 120 ms",
    ),
    (
        ApplicationSettings,
        "download_rate",
        "200",
        "expected a rate such as '200 Mbit/s' or '1 Gbit/s', got 200",
    ),
    (
        ApplicationSettings,
        "download_rate",
        "0 Mbit/s",
        "expected a rate such as '200 Mbit/s' or '1 Gbit/s', got '0 Mbit/s'",
    ),
    (
        ApplicationSettings,
        "download_rate",
        "25 MB/s",
        "expected a rate such as '200 Mbit/s' or '1 Gbit/s', got '25 MB/s'",
    ),
    (PoolBilling, "increment", "minute", "expected 'hour' or 'second', got 'minute'"),
    (PoolBilling, "minimum", "15", DURATION + "15"),
    (PoolBilling, "provisioning", "1", "expected true or false, got 1"),
    (PoolBilling, "user_fee", "4.19", "expected true or false, got 4.19"),
    (PoolStorage, "item", "5", "expected text, got 5"),
    (PoolStorage, "per_user", "5", "expected a size such as '500 MB' or '1 GB', got 5"),
    (ScheduledAction, "cron", "8:00", CRON + " of five fields, got '8:00'"),
    (ScheduledAction, "cron", "0 8 * *", CRON + " of five fields, got '0 8 * *'"),
    (
        ScheduledAction,
        "cron",
        "cron(0 8 * * *)",
        "expected six fields in cron(...), got 'cron(0 8 * * *)'",
    ),
    (ScheduledAction, "cron", "61 * * * *", CRON + ", got '61 * * * *' (bad minute)"),
    (
        ScheduledAction,
        "cron",
        "cron(0 8 ? * MON-FRI 2027)",
        "expected '*' for the year, got 'cron(0 8 ? * MON-FRI 2027)'",
    ),
    (ScheduledAction, "cron", "0 0 8 * * *", CRON + " of five fields, got '0 0 8 * * *'"),
    (
        ScheduledAction,
        "at",
        "tomorrow",
        (
            "expected a date such as 2026-09-01 or an instant "
            "such as 2026-09-01T09:00+02:00, got 'tomorrow'"
        ),
    ),
    (
        ScheduledAction,
        "time_zone",
        "Asia/Singapur",
        "unknown time zone 'Asia/Singapur'; did you mean 'Asia/Singapore'?",
    ),
    (ScheduledAction, "minimum", "-1", "expected at least 0, got -1"),
    (ScheduledAction, "maximum", "0", "expected at least 1, got 0"),
    (ScheduledAction, "capacity", "many", "expected a whole number, got 'many'"),
    (
        StepScaling,
        "metric",
        "CPUUtilization",
        (
            "expected 'UserSessionsCapacityUtilization', "
            "'AvailableUserSessionCapacity' or 'InsufficientCapacityError', got 'CPUUtilization'"
        ),
    ),
    (
        StepScaling,
        "comparison",
        '"=>"',
        "expected '>=', '>', '<=' or '<', got '=>'; did you mean '>'?",
    ),
    (StepScaling, "threshold", "75 %", "expected a number, got '75 %'"),
    (StepScaling, "threshold", "-1", "expected at least 0, got -1"),
    (
        StepScaling,
        "statistic",
        "median",
        "expected 'average', 'minimum', 'maximum' or 'sum', got 'median'",
    ),
    (StepScaling, "period", "90 s", "expected whole minutes, got 1 min 30 s"),
    (StepScaling, "period", "0 s", "expected whole minutes, got 0 s"),
    (StepScaling, "period", "5", DURATION + "5"),
    (StepScaling, "evaluation_periods", "0", "expected at least 1, got 0"),
    (
        StepScaling,
        "evaluation_periods",
        "3000",
        "expected periods of at most 7 d together, got 3000 of 5 min",
    ),
    (StepScaling, "steps", "[]", "expected at least 1 entry, got an empty list"),
    (StepScaling, "steps", "{add: 1}", "expected a list, got a mapping"),
    (
        StepScaling,
        "steps",
        "[{upper: 5, add: 1}, {lower: 6, add: 2}]",
        "expected each step to begin where another ends, got a gap from 5 to 6",
    ),
    (
        StepScaling,
        "steps",
        "[{lower: -5, upper: 0, add: 1}]",
        "expected a step for a distance of at least 0, where '>' holds, got none",
    ),
    (StepScaling, "cooldown", "300", DURATION + "300"),
    (StepScaling, "minimum_adjustment", "-1", "expected at least 0, got -1"),
    (StepScaling, "minimum_adjustment", "2", "expected nothing here without a step in per cent"),
    (Adjustment, "lower", "5 %", "expected a number, got '5 %'"),
    (Adjustment, "upper", "x", "expected a number, got 'x'"),
    (Adjustment, "add", "1.5", "expected a whole number, got 1.5"),
    (Adjustment, "percent", "50 %", "expected a number, got '50 %'"),
    (Adjustment, "exact", "-1", "expected at least 0, got -1"),
    (TargetTracking, "utilization", "75", SHARE + "75"),
    (TargetTracking, "utilization", "0 %", "expected more than 0, got '0 %'"),
    (TargetTracking, "utilization", "120 %", "expected a share from 0 % to 100 %, got '120 %'"),
    (TargetTracking, "scale_out_cooldown", "300", DURATION + "300"),
    (TargetTracking, "scale_in_cooldown", "-5 s", DURATION + "'-5 s'"),
    (TargetTracking, "scale_in", "no", "expected true or false, got 'no'"),
    (TargetTracking, "out_periods", "0", "expected at least 1, got 0"),
    (TargetTracking, "in_periods", "20000", "expected at most 10080, got 20000"),
    (TargetTracking, "in_below", "0.9", SHARE + "0.9"),
    (RampPlan, "time_zone", "Pacific", "unknown time zone 'Pacific'; did you mean 'US/Pacific'?"),
    (RampPlan, "days", "weekdays", "expected a list, got 'weekdays'"),
    (RampPlan, "ramp_up", "7:00", "expected a mapping, got '7:00'"),
    (
        RampPlan,
        "peak",
        "{start: 6:00}",
        "expected a start later than that of ramp_up, 07:00, got 06:00",
    ),
    (RampPlan, "ramp_down", "17:00", "expected a mapping, got '17:00'"),
    (RampPlan, "off_peak", "evening", "expected a mapping, got 'evening'"),
    (Phase, "start", "7", "expected a local time of day such as '09:00', got 7"),
    (Phase, "threshold", "60", SHARE + "60"),
    (Phase, "minimum", "0.2", SHARE + "0.2"),
    (LaterPhase, "start", "nine", "expected a local time of day such as '09:00', got 'nine'"),
    (LaterPhase, "threshold", "0 %", "expected more than 0, got '0 %'"),
    (LaterPhase, "minimum", "5", SHARE + "5"),
    (Predictive, "quantile", "100 %", "expected less than 1, got '100 %'"),
    (Predictive, "quantile", "0.95", SHARE + "0.95"),
    (Predictive, "lead", "30", DURATION + "30"),
    (Predictive, "lead", "25 h", "expected at most 24 h, got 1 d 1 h"),
    (Predictive, "history", "0", "expected at least 1, got 0"),
    (Predictive, "history", "101", "expected at most 100, got 101"),
    (Spare, "sessions", "-1", "expected at least 0, got -1"),
    (Spare, "sessions", "5 %", "expected a whole number, got '5 %'"),
    (OwnPolicy, "function", "mine", FUNCTION + ", got 'mine'"),
    (
        OwnPolicy,
        "function",
        "mine:decied",
        FUNCTION + ", and mine.py defines no function 'decied'; did you mean 'decide'?",
    ),
    (
        OwnPolicy,
        "function",
        "other:decide",
        FUNCTION + " with other.py beside the scenario, found no such file",
    ),
    (OwnPolicy, "function", "mine:5", FUNCTION + ", got 'mine:5'"),
    (OwnPolicy, "every", "30 s", "expected whole minutes, got 30 s"),
    (
        CapacityEdit,
        "at",
        "2026-09-02 09:00",
        "expected an offset such as Z or +02:00 after the time, got 2026-09-02 09:00:00",
    ),
    (
        CapacityEdit,
        "at",
        "2026-10-01",
        (
            "expected an instant from 2026-09-01T00:00:00Z to before "
            "2026-10-01T00:00:00Z, got 2026-10-01T00:00:00Z"
        ),
    ),
    (CapacityEdit, "minimum", "-1", "expected at least 0, got -1"),
    (CapacityEdit, "maximum", "0", "expected at least 1, got 0"),
    (CapacityEdit, "desired", "1.5", "expected a whole number, got 1.5"),
]
"""A part, a setting of it, a wrong value, and what is said of it."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.write("mine.py", "def decide(observation):\n    return None\n")
    return folder


def pool(**settings: str) -> str:
    """A scenario of a pool, which stands on line 8."""
    return HEAD + "  lab: " + flow({**NEEDED[Pool], **settings}) + PEOPLE


def with_value(part: type[Specification], key: str, value: str) -> tuple[str, int, str]:
    """A scenario with a value in a part, the column of the value, and its path."""
    others = {name: text for name, text in NEEDED[part].items() if name != key}
    inside = flow({**others, key: value})
    before, after, path = WRAPPED.get(part, ("", "", ""))
    if part is Pool:
        text = "  lab: " + inside
    else:
        least = ", ".join(f"{name}: {said}" for name, said in NEEDED[Pool].items())
        text = f"  lab: {{{least}, {before}{inside}{after}}}"
    column = text.index(f"{key}: {value}{'}'}") + len(f"{key}: ") + 1
    dotted = ".".join(filter(None, ["pools.lab", path, key]))
    return HEAD + text + PEOPLE, column, dotted


# -- every setting


@pytest.mark.parametrize(
    ("part", "key", "value", "message"),
    WRONG,
    ids=[f"{part.__name__}.{key}={value}" for part, key, value, _ in WRONG],
)
def test_a_wrong_value_is_told_where_it_stands(
    folder: Folder, part: type[Specification], key: str, value: str, message: str
) -> None:
    text, column, path = with_value(part, key, value)
    assert folder.problem(text) == f"office.yaml:8:{column}: {path}: {message}"


def test_no_setting_is_forgotten() -> None:
    policies = set(members(ScalingPolicy))
    assert policies < set(NEEDED)
    settings = {
        (part, key)
        for part in NEEDED
        for key in part.model_fields
        if not (key == "kind" and part in policies)
    }
    assert {(part, key) for part, key, _, _ in WRONG} == settings


def test_no_part_of_a_pool_is_forgotten() -> None:
    assert {part.__name__ for part in parts_below(Pool)} - LAWS == {
        part.__name__ for part in NEEDED
    }


@pytest.mark.parametrize("part", NEEDED, ids=lambda part: part.__name__)
def test_the_least_of_each_part_is_right(folder: Folder, part: type[Specification]) -> None:
    before, after, _ = WRAPPED.get(part, ("uses_directory: true, desired: 0", "", ""))
    inside = "" if part is Pool else flow(NEEDED[part])
    least = ", ".join(f"{name}: {said}" for name, said in NEEDED[Pool].items())
    text = f"{HEAD}  lab: {{{least}, {before}{inside}{after}}}{PEOPLE}"
    assert "lab" in folder.load(text).scenario.pools


@pytest.mark.parametrize("part", NEEDED, ids=lambda part: part.__name__)
def test_a_misspelt_setting_is_told_where_it_stands(
    folder: Folder, part: type[Specification]
) -> None:
    before, after, path = WRAPPED.get(part, ("", "", ""))
    inside = flow({**NEEDED[part], "colour": "red"})
    least = ", ".join(f"{name}: {said}" for name, said in NEEDED[Pool].items())
    line = "  lab: " + (inside if part is Pool else f"{{{least}, {before}{inside}{after}}}")
    (problem,) = folder.problems(HEAD + line + PEOPLE)
    dotted = ".".join(filter(None, ["pools.lab", path, "colour"]))
    assert problem.startswith(f"office.yaml:8:{line.index('colour') + 1}: {dotted}: unknown key")


# -- settings of one part that do not fit together


def told(folder: Folder, text: str) -> list[str]:
    """What is wrong, without the places, in the order of the file."""
    return [problem.split(": ", 1)[1] for problem in folder.problems(text)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"minimum": "101"}, "maximum: expected at least minimum, 101, got 100"),
        (
            {"sessions_per_instance": "8", "minimum": "12", "maximum": "96"},
            "minimum: expected a multiple of the 8 sessions of an instance, got 12",
        ),
        (
            {"sessions_per_instance": "8"},
            "maximum: expected a multiple of the 8 sessions of an instance, got 100",
        ),
        (
            {"minimum": "10", "desired": "9"},
            "desired: expected from minimum, 10, to maximum, 100, got 9",
        ),
        (
            {"provisioning": "{uniform: {low: 20 min, high: 10 min}}"},
            "provisioning.uniform.high: expected at least low, 20 min, got 10 min",
        ),
        (
            {"edits": "[{at: 2026-09-02}]"},
            "edits.0: expected 'minimum', 'maximum' or 'desired', got none",
        ),
        (
            {"edits": "[{at: 2026-09-02, minimum: 60, maximum: 50}]"},
            "edits.0.maximum: expected at least minimum, 60, got 50",
        ),
        (
            {"edits": "[{at: 2026-09-02, minimum: 60, desired: 50}]"},
            "edits.0.desired: expected at least minimum, 60, got 50",
        ),
        (
            {"edits": "[{at: 2026-09-02, desired: 60, maximum: 50}]"},
            "edits.0.maximum: expected at least desired, 60, got 50",
        ),
    ],
)
def test_pools_that_contradict_themselves(
    folder: Folder, settings: dict[str, str], message: str
) -> None:
    assert told(folder, pool(**settings)) == [f"pools.lab.{message}"]


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        ("75 %", ": expected a policy such as {target_tracking: 75 %}"),
        ("{target: 75 %}", ": expected a policy such as {target_tracking: 75 %}"),
        ("{target_trackin: 75 %}", ": expected a policy such as {target_tracking: 75 %}"),
        ("{schedule: 80}", ": expected 'cron' and 'capacity' below 'schedule', got 80"),
        ("{schedule: {capacity: 5}}", ".schedule: expected exactly one of 'cron' and 'at', got no"),
        (
            "{schedule: {capacity: 5, cron: 0 8 * * *, at: 2026-09-02}}",
            ".schedule: expected exactly one of 'cron' and 'at', got both",
        ),
        (
            "{schedule: {cron: 0 8 * * *}}",
            ".schedule: expected 'capacity', 'minimum' or 'maximum', got none",
        ),
        (
            "{schedule: {cron: 0 8 * * *, capacity: 5, minimum: 5}}",
            ".schedule.capacity: expected either 'capacity' or 'minimum' and 'maximum', got both",
        ),
        (
            "{schedule: {cron: 0 8 * * *, minimum: 9, maximum: 8}}",
            ".schedule.maximum: expected at least minimum, 9, got 8",
        ),
        ("{schedule: {at: 2026-10-01, capacity: 5}}", ".schedule.at: expected an instant from 202"),
        (
            "{step: " + step("[{percent: -101}]") + "}",
            ".step.steps.0.percent: expected at least -100, got -101",
        ),
        (
            "{step: " + step("[{}]") + "}",
            ".step.steps.0: expected exactly one of 'add', 'percent' and 'exact', got none",
        ),
        (
            "{step: " + step("[{add: 1, exact: 5}]") + "}",
            ".step.steps.0: expected exactly one of 'add', 'percent' and 'exact', got 'add' and 'e",
        ),
        (
            "{step: " + step("[{lower: 5, upper: 5, add: 1}]") + "}",
            ".step.steps.0.upper: expected more than lower, 5, got 5",
        ),
        (
            "{step: " + step("[{upper: 6, add: 1}, {lower: 5, add: 2}]") + "}",
            ".step.steps: expected each step to begin where another ends, got an overlap from 5 to",
        ),
        (
            "{step: " + step("[{lower: 0, upper: 5, add: 1}, {lower: 0, upper: 5, add: 2}]") + "}",
            ".step.steps: expected each step to begin where another ends, got an overlap from 0 to",
        ),
        ("{spare: {}}", ".spare.sessions: required, and missing"),
        (
            "{ramp: " + flow({**PHASES, "off_peak": "{start: 9:00}"}) + "}",
            ".ramp.off_peak: expected a start later than that of ramp_down, 17:00, got 09:00",
        ),
        ("{ramp: " + flow({**PHASES, "peak": "{}"}) + "}", ".ramp.peak.start: required, and missi"),
    ],
)
def test_policies_that_contradict_themselves(folder: Folder, policy: str, message: str) -> None:
    (found,) = told(folder, pool(scaling=f"[{policy}]"))
    assert found.startswith(f"pools.lab.scaling.0{message}")


@pytest.mark.parametrize(
    ("comparison", "bounds", "reached"),
    [
        (">=", "lower: -5, upper: 0", False),
        (">=", "lower: 0", True),
        (">", "upper: 1", True),
        ("<=", "lower: 0", False),
        ("<=", "lower: 1", False),
        ("<", "lower: 0", False),
        ("<", "lower: -1", True),
    ],
)
def test_a_step_that_no_alarm_reaches(
    folder: Folder, comparison: str, bounds: str, reached: bool
) -> None:
    """The alarm is in breach at distances of the side that the comparison says."""
    settings = {**_STEP, "comparison": f"'{comparison}'", "steps": f"[{{{bounds}, add: -1}}]"}
    text = pool(scaling=f"[{{step: {flow(settings)}}}]")
    if reached:
        assert folder.load(text).scenario.pools["lab"].scaling
    else:
        (message,) = told(folder, text)
        assert message.startswith("pools.lab.scaling.0.step.steps: expected a step for a distance")


@pytest.mark.parametrize(
    ("threshold", "right"),
    [("0", True), ("0.75", False), ("1", True), ("100", True), ("750", False)],
)
def test_utilisation_is_in_per_cent(folder: Folder, threshold: str, right: bool) -> None:
    """0.75 is 75 % nowhere but in a formula."""
    metric = "UserSessionsCapacityUtilization"
    settings = flow({**_STEP, "metric": metric, "threshold": threshold})
    text = pool(scaling=f"[{{step: {settings}}}]")
    if right:
        assert folder.load(text).scenario.pools["lab"].scaling
    else:
        expected = f"threshold: expected per cent from 1 to 100, or 0, got {threshold}"
        assert told(folder, text) == [f"pools.lab.scaling.0.step.{expected}"]


def test_several_mistakes_are_told_together(folder: Folder) -> None:
    text = pool(
        disconnect_timeout="5 s",
        scaling="[{target_tracking: 75}, {schedule: {cron: 8, capacity: 5}}]",
    ).replace("fleet: lab", "fleet: labs")
    assert [message.partition(": ")[0] for message in told(folder, text)] == [
        "pools.lab.disconnect_timeout",
        "pools.lab.scaling.0.target_tracking",
        "pools.lab.scaling.1.schedule.cron",
        "populations.sales.fleet",
    ]


def test_capacities_are_whole_instances(folder: Folder) -> None:
    """Each wrong one is told, not the first of them."""
    text = pool(
        sessions_per_instance="8",
        maximum="96",
        scaling="[{schedule: {cron: 0 8 * * *, minimum: 12, maximum: 90}}, "
        "{schedule: {cron: 0 8 * * *, capacity: 20}}, {schedule: {cron: 0 9 * * *, minimum: 16}}]",
        edits="[{at: 2026-09-02, minimum: 8, desired: 20, maximum: 90}]",
    )
    expected = "expected a multiple of the 8 sessions of an instance, got"
    assert told(folder, text) == [
        f"pools.lab.scaling.0.schedule.minimum: {expected} 12",
        f"pools.lab.scaling.0.schedule.maximum: {expected} 90",
        f"pools.lab.scaling.1.schedule.capacity: {expected} 20",
        f"pools.lab.edits.0.desired: {expected} 20",
        f"pools.lab.edits.0.maximum: {expected} 90",
    ]


def test_a_capacity_of_none_closes_the_pool(folder: Folder) -> None:
    text = pool(scaling="[{schedule: {cron: 0 19 * * *, capacity: 0}}]")
    assert folder.load(text).scenario.pools["lab"].initial == 0


@pytest.mark.parametrize("at", ["2026-08-31", "2026-09-30T23:59:59Z"])
def test_changes_inside_the_run_warm_up_included(folder: Folder, at: str) -> None:
    edits = pool(edits=f"[{{at: '{at}', maximum: 50}}]") + "warm_up: 1 d\n"
    assert folder.load(edits).scenario.pools["lab"].edits
    action = pool(scaling=f"[{{schedule: {{at: '{at}', capacity: 50}}}}]") + "warm_up: 1 d\n"
    assert folder.load(action).scenario.pools["lab"].scaling


# -- forms of policies


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("{target_tracking: 75 %}", "{target_tracking: {utilization: 75 %}}"),
        ("{predictive: 95 %}", "{predictive: {quantile: 95 %}}"),
        ("{spare: 5}", "{spare: {sessions: 5}}"),
        ("{policy: 'mine:decide'}", "{policy: {function: 'mine:decide'}}"),
        (
            "{schedule: {cron: cron(45 7 ? * MON-FRI *), capacity: 8}}",
            "{schedule: {cron: 45 7 * * MON-FRI, capacity: 8}}",
        ),
        (
            "{schedule: {cron: cron(0 8 ? * 2-6 *), capacity: 8}}",
            "{schedule: {cron: 0 8 * * 1-5, capacity: 8}}",
        ),
        (
            "{schedule: {cron: cron(0 8 ? * 6#1 *), capacity: 8}}",
            "{schedule: {cron: 0 8 * * 5#1, capacity: 8}}",
        ),
    ],
)
def test_forms_that_mean_the_same(folder: Folder, short: str, long: str) -> None:
    """AWS counts the days of the week from 1, Sunday; cron from 0."""
    policies = [
        folder.load(pool(scaling=f"[{text}]")).scenario.pools["lab"].scaling
        for text in (short, long)
    ]
    assert policies[0] == policies[1]


def test_settings_of_a_pool() -> None:
    pool = Pool.model_validate(
        {"bundle": "power", "running_mode": "AutoStop", "minimum": 4, "maximum": 9}
    )
    assert (pool.initial, pool.licensed, pool.idle_limit) == (4, "included", None)
    other = {"desired": 7, "idle_disconnect_timeout": "5 min", "license": "byol"}
    pool = Pool.model_validate({**pool.model_dump(exclude_none=True), **other})
    assert (pool.initial, pool.licensed, pool.idle_limit) == (7, "byol", 300_000)
    linux = {"bundle": "stream.standard.large", "os": "linux"}
    assert Pool.model_validate({**pool.model_dump(), **linux}).licensed == "none"


def test_the_example_of_the_reference_is_a_scenario(folder: Folder) -> None:
    (example,) = re.findall(r"(?s)```yaml\n(pools:.*?)```", reference())
    scenario = folder.load(HEAD.replace("pools:\n", example) + PEOPLE).scenario
    kinds = [policy.kind for policy in scenario.pools["lab"].scaling]
    assert kinds == ["schedule", "schedule", "target_tracking", "step"]
