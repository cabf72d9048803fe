"""Every mistake is told once, with its place, in words about the file and not about the program."""

import re
from pathlib import Path

import pytest

from sim.scenario import Origin, Problem, ScenarioError
from sim.scenario.errors import did_you_mean, dotted, shown
from tests.unit.scenario_files import OFFICE, Folder, changed


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


SIX_MISTAKES = """\
version: 1
name: office
region: us-east-1
start: 2026-09-01
horizon: {months: 3}
prices: {book: book.csv}
fleets:
  office:
    bundle: standard
    hots: [west]
    running_mode: AutoStop
    autostop_timeout: 90 min
populations:
  sales:
    users: -5
    fleet: ofice
    time_zone: Europe/Lodnon
    shift: {start: 9:00}
    session_length: 8 houres
"""


def test_a_file_with_six_different_mistakes(folder: Folder) -> None:
    assert folder.problems(SIX_MISTAKES) == [
        "office.yaml:10:5: fleets.office.hots: unknown key; did you mean 'hosts'?",
        (
            "office.yaml:12:23: fleets.office.autostop_timeout: expected whole hours from 1 h to "
            "48 h, got '90 min'"
        ),
        "office.yaml:15:12: populations.sales.users: expected at least 0, got -5",
        "office.yaml:16:12: populations.sales.fleet: unknown fleet 'ofice'; did you mean 'office'?",
        (
            "office.yaml:17:16: populations.sales.time_zone: unknown time zone 'Europe/Lodnon'; "
            "did you mean 'Europe/London'?"
        ),
        (
            "office.yaml:19:21: populations.sales.session_length: unknown time unit 'houres' in "
            "'8 houres'; did you mean 'hours'? (use s, min, h, d, w)"
        ),
    ]


def test_the_error_ends_with_the_number_of_problems(folder: Folder) -> None:
    with pytest.raises(ScenarioError) as refused:
        folder.load(SIX_MISTAKES)
    assert str(refused.value).splitlines()[-1] == "6 problems"
    assert len(refused.value.problems) == 6


def test_a_problem_knows_its_place(folder: Folder) -> None:
    with pytest.raises(ScenarioError) as refused:
        folder.load(changed("users: 10", "users: -5"))
    file = str(folder.path / "office.yaml")
    message = "expected at least 0, got -5"
    expected = Problem(file, 13, 12, "populations.sales.users", message)
    assert refused.value.problems == [expected]
    assert str(expected) == f"{file}:13:12: populations.sales.users: {message}"


def value_of(path: str) -> tuple[str, str]:
    """Where a value stands in `OFFICE`: the text before it, and the text itself."""
    return {
        "bundle": ("    bundle: ", "standard"),
        "users": ("    users: ", "10"),
        "start": ("    shift: {start: ", "9:00"),
        "session": ("    session_length: ", "8 h"),
        "instant": ("start: ", "2026-09-01"),
        "horizon": ("horizon: ", "{months: 1}"),
        "name": ("name: ", "office"),
        "region": ("region: ", "us-east-1"),
        "book": ("prices: {book: ", "book.csv"),
    }[path]


@pytest.mark.parametrize(
    ("place", "written", "message"),
    [
        ("users", "ten", "expected a whole number, got 'ten'"),
        ("users", "1.5", "expected a whole number, got 1.5"),
        ("users", "true", "expected a whole number, got true"),
        ("users", "[10]", "expected a whole number, got a list"),
        ("users", "'10'", "expected a whole number, got '10'"),
        ("users", "10000001", "expected at most 10000000, got 10000001"),
        ("users", "99999999999999999999", "expected a whole number, got 1e+20"),
        ("start", "9", "expected a local time of day such as '09:00', got 9"),
        ("start", "24:00", "expected a local time of day such as '09:00', got '24:00'"),
        ("start", "9:60", "expected a local time of day such as '09:00', got '9:60'"),
        ("start", "nine", "expected a local time of day such as '09:00', got 'nine'"),
        (
            "session",
            "8",
            (
                "expected a duration such as '8 h', or one distribution such as "
                "{exponential: 2 h} or {lognormal: {mean: 2 h, cv: 0.8}}, got 8"
            ),
        ),
        (
            "session",
            "8 hrs",
            ("unknown time unit 'hrs' in '8 hrs'; did you mean 'hours'? (use s, min, h, d, w)"),
        ),
        ("session", "40000 d", "expected at most 36525 d, got '40000 d'"),
        (
            "session",
            "{lognorml: {mean: 2 h, cv: 1}}",
            (
                "expected a duration such as '8 h', or one "
                "distribution such as {exponential: 2 h} or {lognormal: {mean: 2 h, cv: 0.8}}, got "
                "'lognorml'; did you mean 'lognormal'?"
            ),
        ),
        (
            "session",
            "{exponential: 1 h, gamma: 2 h}",
            (
                "expected a duration such as '8 h', or one "
                "distribution such as {exponential: 2 h} or {lognormal: {mean: 2 h, cv: 0.8}}, got "
                "'exponential', 'gamma'"
            ),
        ),
        (
            "session",
            "{}",
            (
                "expected a duration such as '8 h', or one distribution such as "
                "{exponential: 2 h} or {lognormal: {mean: 2 h, cv: 0.8}}, got an empty mapping"
            ),
        ),
        ("session", "{lognormal: 2 h}", "expected 'mean' and 'cv' below 'lognormal', got '2 h'"),
        (
            "session",
            "{exponential: {kind: 1, mean: 2 h}}",
            "unknown key 'kind' below 'exponential'",
        ),
        (
            "session",
            "[8 h]",
            (
                "expected a duration such as '8 h', or one distribution such as "
                "{exponential: 2 h} or {lognormal: {mean: 2 h, cv: 0.8}}, got a list"
            ),
        ),
        (
            "instant",
            "2026-09-31",
            (
                "expected a date such as 2026-09-01 or an instant such as "
                "2026-09-01T09:00+02:00, got '2026-09-31'"
            ),
        ),
        (
            "instant",
            "2026-09-01 09:00",
            ("expected an offset such as Z or +02:00 after the time, got 2026-09-01 09:00:00"),
        ),
        ("instant", "2026", "expected a date such as 2026-09-01, got 2026"),
        ("instant", "1066-10-14", "expected a year from 1970 to 2199, got 1066"),
        ("instant", "'0001-01-01T00:00+14:00'", "expected a year from 1970 to 2199, got 1"),
        ("horizon", "3", "expected {months: 3} or a duration such as '30 d', got 3"),
        ("horizon", "[3]", "expected {months: 3} or a duration such as '30 d', got a list"),
        (
            "horizon",
            "3 months",
            (
                "expected a unit of fixed length (s, min, h, d, w), got '3 months'; "
                "minutes are 'min', and a month is a billing period, not a duration"
            ),
        ),
        ("horizon", "0 d", "expected more than 0, got '0 d'"),
        (
            "name",
            "My Office",
            ("expected up to 64 lower-case letters, digits and hyphens, got 'My Office'"),
        ),
        ("name", "3", "expected up to 64 lower-case letters, digits and hyphens, got 3"),
        ("region", "Virginia", "expected a Region such as us-east-1, got 'Virginia'"),
        ("book", "prices.csv", "expected a file, found none at 'prices.csv'"),
        ("book", ".", "expected a file, got the folder '.'"),
        ("book", "3", "expected text, got 3"),
        ("book", "''", "expected the path of a file, got ''"),
    ],
)
def test_a_value_that_cannot_be(folder: Folder, place: str, written: str, message: str) -> None:
    before, value = value_of(place)
    text = changed(before + value, before + written)
    line = next(n for n, one in enumerate(text.splitlines(), start=1) if one.startswith(before))
    problem = folder.problem(text)
    where, _, words = problem.partition(": ")
    assert where == f"office.yaml:{line}:{len(before) + 1}"
    assert words.partition(": ")[2] == message


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        (
            "    attendance: 0.9\n",
            ("17:17: populations.sales.attendance: expected a share such as '85 %', got 0.9"),
        ),
        (
            "    attendance: [1]\n",
            ("17:17: populations.sales.attendance: expected a share such as '85 %', got a list"),
        ),
        (
            "    joiners_per_month: many\n",
            ("17:24: populations.sales.joiners_per_month: expected a number, got 'many'"),
        ),
        (
            "    joiners_per_month: '3'\n",
            ("17:24: populations.sales.joiners_per_month: expected a number, got '3'"),
        ),
        (
            "    joiners_per_month: .inf\n",
            ("17:24: populations.sales.joiners_per_month: expected a finite number, got inf"),
        ),
        (
            "    joiners_per_month: .nan\n",
            ("17:24: populations.sales.joiners_per_month: expected a finite number, got nan"),
        ),
        (
            "    joiners_per_month: -1\n",
            ("17:24: populations.sales.joiners_per_month: expected at least 0, got -1"),
        ),
        ("    work_days: mon\n", "17:16: populations.sales.work_days: expected a list, got 'mon'"),
        (
            "    work_days: [mon, tues]\n",
            (
                "17:22: populations.sales.work_days.1: expected 'mon', "
                "'tue', 'wed', 'thu', 'fri', 'sat' or 'sun', got 'tues'; did you mean 'tue'?"
            ),
        ),
        (
            "    holidays: soon\n",
            (
                "17:15: populations.sales.holidays: expected a list of dates or "
                "{country: DE}, got 'soon'"
            ),
        ),
        (
            "    holidays: [20260907]\n",
            (
                "17:16: populations.sales.holidays.0: expected a date such "
                "as 2026-12-25, got 20260907"
            ),
        ),
        (
            "    holidays: [2026-02-30]\n",
            (
                "17:16: populations.sales.holidays.0: expected a date such "
                "as 2026-12-25, got '2026-02-30'"
            ),
        ),
        (
            "    holidays: {country: Germany}\n",
            (
                "17:25: populations.sales.holidays.country: expected "
                "at most 2 letters, got 'Germany'"
            ),
        ),
        (
            "    holidays: {county: DE}\n",
            ("17:16: populations.sales.holidays.county: unknown key; did you mean 'country'?"),
        ),
        (
            "    endings: {logoff: 60 %}\n",
            ("17:14: populations.sales.endings: expected shares that add up to 100 %, got 60 %"),
        ),
        (
            "    endings: {leave: 100 %}\n",
            (
                "17:15: populations.sales.endings.leave: expected "
                "'logoff', 'disconnect', 'network-loss' or 'left-connected', got 'leave'"
            ),
        ),
        (
            "    clients: {a: {share: 50 %}, b: {share: 51 %}}\n",
            ("17:14: populations.sales.clients: expected shares that add up to 100 %, got 101 %"),
        ),
        (
            "    clients: {'a/b': {share: 100 %}}\n",
            (
                "17:15: populations.sales.clients.a/b: expected "
                "a name of up to 64 letters, digits, spaces, dots, hyphens and underscores that "
                "begins with a letter or digit, got 'a/b'"
            ),
        ),
        (
            "    retry_after: {exponential: 2 d}\n",
            ("17:18: populations.sales.retry_after: expected at most 24 h, got 2 d"),
        ),
        (
            "    retry_after: {exponential: 0 s}\n",
            ("17:32: populations.sales.retry_after.exponential: expected more than 0, got '0 s'"),
        ),
        (
            "    retry_after: {uniform: {low: 2 min, high: 1 min}}\n",
            (
                "17:47: "
                "populations.sales.retry_after.uniform.high: expected at least low, 2 min, "
                "got 1 min"
            ),
        ),
        (
            "    retry_after: {uniform: {low: 2 min}}\n",
            ("17:28: populations.sales.retry_after.uniform.high: required, and missing"),
        ),
        (
            "    retry_after: {gamma: {mean: 2 min, cw: 1, cv: 1}}\n",
            ("17:40: populations.sales.retry_after.gamma.cw: unknown key; known: cv, mean"),
        ),
        (
            "    weekly_profile: {hourly: [1, 2]}\n",
            (
                "17:30: populations.sales.weekly_profile."
                "hourly: expected 168 hourly rates from Monday 00:00, got 2"
            ),
        ),
        (
            "    weekly_profile: {hourly: book.csv}\n",
            (
                "13:5: populations.sales: expected exactly "
                "one of 'shift', 'weekly_profile' and 'workload.replay', "
                "got 'shift' and 'weekly_profile'"
            ),
        ),
        (
            "    short_breaks: 3\n",
            "17:19: populations.sales.short_breaks: expected a mapping, got 3",
        ),
        (
            "    breaks: {lunch: {at: 12:00}}\n",
            ("17:21: populations.sales.breaks.lunch.length: required, and missing"),
        ),
        (
            "    breaks: [lunch]\n",
            "17:13: populations.sales.breaks: expected a mapping, got a list",
        ),
        (
            "maintenance: {autostop: yes}\n",
            ("17:25: maintenance.autostop: expected true or false, got 'yes'"),
        ),
        (
            "maintenance: {alwayson_duration: 4 h 1 min}\n",
            (
                "17:34: maintenance.alwayson_duration: expected at most the 4 h of Sunday's "
                "window (00:00-04:00), got 4 h 1 min"
            ),
        ),
        (
            "maintenance: {autostop: 1}\n",
            ("17:25: maintenance.autostop: expected true or false, got 1"),
        ),
        (
            "services: {a: {item: x/y, quantity: -1, per: hour}}\n",
            (
                "17:37: services.a.quantity: "
                "expected a number of at least 0 with at most 10 decimals, got -1"
            ),
        ),
        (
            "services: {a: {item: 5, quantity: 1, per: hour}}\n",
            ("17:22: services.a.item: expected text, got 5"),
        ),
        ("seed: 1e3\n", "17:7: seed: expected a whole number, got 1000.0"),
        ("seed: 2147483648\n", "17:7: seed: expected at most 2147483647, got 2147483648"),
        ("fleet: {}\n", "17:1: fleet: unknown key; did you mean 'fleets'?"),
        ("colour: red\n", "17:1: colour: unknown key"),
        (
            "billing: {rounding: per-run}\n",
            (
                "17:21: billing.rounding: expected 'per_run', "
                "'clock_hour' or 'continuous', got 'per-run'; did you mean 'per_run'?"
            ),
        ),
        (
            "billing: {round: per_run}\n",
            ("17:11: billing.round: unknown key; did you mean 'rounding'?"),
        ),
        ("operations: 3\n", "17:13: operations: expected a list, got 3"),
        (
            "replay: {sessions: book.csv}\n",
            (
                "17:9: replay: expected 'fleet' or 'users': somebody "
                "must say whose desktops these are"
            ),
        ),
    ],
)
def test_a_setting_that_cannot_be(folder: Folder, added: str, problem: str) -> None:
    problems = folder.problems(OFFICE + added)
    assert f"office.yaml:{problem}" in problems


@pytest.mark.parametrize(
    ("setting", "written", "message"),
    [
        ("root_volume", "80", "expected a size such as '80 GB', got 80"),
        (
            "root_volume",
            "100 GB",
            (
                "expected root 80 GB with user 10, 50 or 100 GB, or root "
                "175-2000 GB with user 100-2000 GB, got root 100 GB with user 10 GB"
            ),
        ),
        ("license", "none", "expected included or byol for windows, got none"),
        ("license", "free", "expected 'included', 'byol' or 'none', got 'free'"),
        (
            "autostop_timeout",
            "60",
            ("expected a duration with a unit, such as '90 s', '60 min', '8 h' or 'PT30M', got 60"),
        ),
        ("autostop_timeout", "90 min", "expected whole hours from 1 h to 48 h, got '90 min'"),
        ("autostop_timeout", "49 h", "expected whole hours from 1 h to 48 h, got '49 h'"),
        ("autostop_timeout", "0 h", "expected whole hours from 1 h to 48 h, got '0 h'"),
        (
            "autostop_timeout",
            "true",
            (
                "expected a duration with a unit, such as '90 s', '60 min', "
                "'8 h' or 'PT30M', got true"
            ),
        ),
        ("zones", "a", "expected a list of zones or weights such as {a: 2, b: 1}, got 'a'"),
        ("logon", "fast", "expected a mapping, got 'fast'"),
    ],
)
def test_a_fleet_that_cannot_be(folder: Folder, setting: str, written: str, message: str) -> None:
    text = changed("populations:", f"    {setting}: {written}\npopulations:")
    column = len(f"    {setting}: ") + 1
    expected = f"office.yaml:11:{column}: fleets.office.{setting}: {message}"
    assert folder.problem(text) == expected


@pytest.mark.parametrize(
    ("os", "licences"),
    [
        ("windows", {"included", "byol"}),
        ("linux", {"none"}),
        ("ubuntu", {"none"}),
        ("rhel", {"included"}),
        ("rocky", {"included"}),
    ],
)
def test_licences_of_each_operating_system(folder: Folder, os: str, licences: set[str]) -> None:
    """Pairs of the Price List; the default is always one that is sold."""
    fleet = changed("bundle: standard", f"bundle: standard\n    os: {os}")
    assert folder.load(fleet).scenario.fleets["office"].licensed in licences
    for licence in ("included", "byol", "none"):
        text = fleet.replace(f"os: {os}", f"os: {os}\n    license: {licence}")
        if licence in licences:
            assert folder.load(text).scenario.fleets["office"].licensed == licence
        else:
            assert f"for {os}, got {licence}" in folder.problem(text)


@pytest.mark.parametrize(
    ("bundle", "root", "user", "sold"),
    [
        ("standard", 80, 10, True),
        ("standard", 80, 50, True),
        ("standard", 80, 100, True),
        ("standard", 175, 100, True),
        ("standard", 2_000, 2_000, True),
        ("standard", 80, 20, False),
        ("standard", 174, 100, False),
        ("standard", 175, 50, False),
        ("standard", 2_001, 100, False),
        ("generalpurpose.4xlarge", 80, 10, False),
        ("generalpurpose.4xlarge", 175, 100, True),
        ("graphics.g4dn", 80, 10, False),
        ("graphics.g4dn", 100, 100, True),
        ("graphics.g4dn", 99, 100, False),
    ],
)
def test_volumes_that_are_sold(
    folder: Folder, bundle: str, root: int, user: int, sold: bool
) -> None:
    text = changed(
        "bundle: standard",
        f"bundle: {bundle}\n    root_volume: {root} GB\n    user_volume: {user} GB",
    )
    if sold:
        assert folder.load(text).scenario.fleets["office"].root_volume == root
    else:
        assert f"got root {root} GB with user {user} GB" in folder.problem(text)


@pytest.mark.parametrize(
    ("operation", "to", "message"),
    [
        ("switch-mode", "power", "to: expected AlwaysOn or AutoStop for switch-mode, got power"),
        ("switch-mode", None, "to: expected AlwaysOn or AutoStop for switch-mode, got nothing"),
        (
            "resize",
            "AutoStop",
            ("to: expected volumes such as {root: 175 GB, user: 100 GB} for resize, got AutoStop"),
        ),
        (
            "resize",
            "{root: 80 GB, user: 20 GB}",
            (
                "to.root: expected root 80 GB with user 10, 50 or "
                "100 GB, or root 175-2000 GB with user 100-2000 GB, got root 80 GB with user 20 GB"
            ),
        ),
        ("resize", "{root: 175 GB}", "to.user: required, and missing"),
        ("change-compute", "AlwaysOn", "to: expected a bundle for change-compute, got AlwaysOn"),
        ("delete", "power", "to: expected nothing for delete, got power"),
        ("create", "{root: 175 GB, user: 100 GB}", "to: expected nothing for create, got volumes"),
        ("migrate", "AlwaysOn", "to: expected a bundle or nothing for migrate, got AlwaysOn"),
    ],
)
def test_targets_of_operations(
    folder: Folder, operation: str, to: str | None, message: str
) -> None:
    target = f", to: {to}" if to else ""
    entry = f"{{at: 2026-09-05, fleet: office, share: 5 %, operation: {operation}{target}}}"
    problem = folder.problem(f"{OFFICE}operations:\n  - {entry}\n")
    assert problem.partition(": operations.0.")[2] == message


@pytest.mark.parametrize(
    ("whom", "got"), [("", "none"), ("user: sales-00001, share: 5 %, ", "both")]
)
def test_an_operation_concerns_a_user_or_a_share(folder: Folder, whom: str, got: str) -> None:
    entry = f"{{at: 2026-09-05, fleet: office, {whom}operation: delete}}"
    problem = folder.problem(f"{OFFICE}operations: [{entry}]\n")
    expected = f"operations.0: expected exactly one of 'user' and 'share', got {got}"
    assert problem == f"office.yaml:17:14: {expected}"


def test_no_message_speaks_of_the_program(folder: Folder) -> None:
    wrong = (
        OFFICE.replace("office", "[]")
        .replace("10", "{}")
        .replace("8 h", "[1]")
        .replace("{start: 9:00}", "[2]")
        .replace("{months: 1}", "{}")
        .replace("1\n", "a\n")
    )
    for problem in folder.problems(wrong):
        assert not re.search(r"pydantic|Input should|function-|Value error|Specification", problem)


def test_a_message_is_never_endless(folder: Folder) -> None:
    problem = folder.problem(changed("session_length: 8 h", f"session_length: {'x' * 5_000}"))
    assert len(problem) < 500
    key = folder.problem(OFFICE + f"{'x' * 5_000}: 1\n")
    assert len(key) < 500


def test_a_message_is_one_line_and_does_nothing_to_the_terminal(folder: Folder) -> None:
    text = OFFICE + '"a\\nb\\e[2J": 1\n'
    assert folder.problem(text) == "office.yaml:17:1: a\\nb\\x1b[2J: unknown key"


def test_paths_are_written_as_settings_read_them() -> None:
    assert dotted(("fleets", "office", "zones", 0)) == "fleets.office.zones.0"
    assert dotted(("populations", "sales.emea", "users")) == 'populations."sales.emea".users'


def test_problems_without_a_path_are_about_the_file() -> None:
    problem = Problem.at(Origin("a.yaml", 1, 2), (), "empty")
    assert str(problem) == "a.yaml:1:2: empty"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "nothing"),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        ("a", "'a'"),
        ([1], "a list"),
        ({"a": 1}, "a mapping"),
        ("x" * 100, f"'{'x' * 79}…'"),
    ],
)
def test_values_are_shown_as_written(value: object, text: str) -> None:
    assert shown(value) == text


def test_suggestions() -> None:
    assert did_you_mean("ofice", ["office", "home"]) == "; did you mean 'office'?"
    assert did_you_mean("zzz", ["b", "a"]) == "; known: a, b"
    assert did_you_mean("zzz", []) == ""
    assert did_you_mean("zzz", map(str, range(100))) == ""


def test_a_misspelt_required_key_is_one_problem(folder: Folder) -> None:
    """`bundel` is unknown and `bundle` missing, but only one thing is wrong."""
    problems = folder.problems(changed("bundle: standard", "bundel: standard"))

    assert [str(one).partition(": ")[2] for one in problems] == [
        "fleets.office.bundel: unknown key; did you mean 'bundle'?"
    ]


def test_maintenance_may_fill_all_of_sundays_window(folder: Folder) -> None:
    scenario = folder.load(OFFICE + "maintenance: {alwayson_duration: 4 h}\n").scenario
    assert scenario.maintenance.alwayson_duration == 4 * 3_600_000
