"""Scenario files are read, layered and overridden; whatever is in them, there is no traceback."""

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from sim.scenario import Origin, ScenarioError, load_scenario
from sim.scenario.bundles import Volumes
from sim.scenario.distributions import Constant, Exponential, Lognormal
from sim.scenario.workload import NoSpread, UniformSpread
from sim.units import DAY, HOUR, MINUTE
from tests.unit.scenario_files import OFFICE, Folder, changed


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# -- what a file says


def test_the_least_that_makes_a_scenario(folder: Folder) -> None:
    scenario = folder.load(OFFICE).scenario
    assert scenario.start == datetime(2026, 9, 1, tzinfo=UTC)
    assert scenario.end == 30 * DAY
    assert scenario.begin == 0
    assert scenario.fleets["office"].autostop_timeout == HOUR
    assert scenario.fleets["office"].licensed == "included"
    shift = scenario.populations["sales"].shift
    assert shift is not None
    assert shift.start == 9 * HOUR
    assert scenario.populations["sales"].session_length == Constant.model_validate({"value": "8 h"})


def test_yaml_is_version_1_2(folder: Folder) -> None:
    # YAML 1.1 reads 22:30 as 1,350 (base 60), no as False and 010 as eight.
    text = changed("{start: 9:00}", "{start: 22:30}").replace(
        "office:\n    bundle", "no:\n    bundle"
    )
    scenario = folder.load(
        text.replace("fleet: office", "fleet: no\n    leavers_per_month: 010")
    ).scenario
    population = scenario.populations["sales"]
    assert population.shift is not None
    assert population.shift.start == 22 * HOUR + 30 * MINUTE
    assert list(scenario.fleets) == ["no"]
    assert population.leavers_per_month == 10


def test_a_directive_does_not_bring_yaml_1_1_back(folder: Folder) -> None:
    scenario = folder.load("%YAML 1.1\n---\n" + changed("9:00", "22:30")).scenario
    shift = scenario.populations["sales"].shift
    assert shift is not None
    assert shift.start == 22 * HOUR + 30 * MINUTE


def test_where_each_value_is_written(folder: Folder) -> None:
    resolved = folder.load(OFFICE)
    file = str(folder.path / "office.yaml")
    assert resolved.origins["fleets", "office", "bundle"] == Origin(file, 9, 13)
    assert resolved.origins["horizon", "months"] == Origin(file, 5, 19)
    assert ("fleets", "office", "os") not in resolved.origins


def test_every_file_read_is_named(folder: Folder) -> None:
    folder.write("durations.csv", "minutes\n3\n")
    length = "{empirical: {csv: durations.csv, column: minutes, unit: min}}"
    resolved = folder.load(changed("session_length: 8 h", f"session_length: {length}"))
    names = ["office.yaml", "book.csv", "durations.csv"]
    assert resolved.files == tuple(folder.path / name for name in names)


def test_anchors_and_merge_keys_are_followed(folder: Folder) -> None:
    text = changed("  office:\n", "  office: &kind\n").replace(
        "populations:", "  other: {<<: *kind, bundle: power}\npopulations:"
    )
    resolved = folder.load(text)
    assert resolved.scenario.fleets["other"].bundle == "power"
    assert resolved.scenario.fleets["other"].running_mode == "AutoStop"
    assert resolved.origins["fleets", "other", "running_mode"].line == 10


def test_of_several_merged_mappings_the_first_is_strongest(folder: Folder) -> None:
    text = OFFICE + (
        "services:\n"
        "  a: &a {item: nat/hour, quantity: 1, per: hour}\n"
        "  b: &b {item: nat/gb, quantity: 2, per: month}\n"
        "  c: {<<: [*a, *b], quantity: 3}\n"
    )
    service = folder.load(text).scenario.services["c"]
    assert (service.item, service.quantity, service.per) == ("nat/hour", Decimal(3), "hour")


def test_written_forms_of_distributions_and_spreads(folder: Folder) -> None:
    text = changed("{start: 9:00}", "{start: 9:00, spread: none}").replace(
        "session_length: 8 h",
        "session_length: {exponential: 2 h}\n"
        "    between_sessions: {lognormal: {mean: 2 h, cv: 0.8}}\n"
        "    retry_after: {exponential: {mean: 3 min}}\n"
        "    breaks: {lunch: {at: 12:00, length: {constant: 1 h}, spread: {uniform: 5 min}}}",
    )
    population = folder.load(text).scenario.populations["sales"]
    assert population.session_length == Exponential.model_validate({"mean": "2 h"})
    assert population.between_sessions == Lognormal.model_validate({"mean": "2 h", "cv": 0.8})
    assert population.retry_after == Exponential.model_validate({"mean": "3 min"})
    assert population.breaks["lunch"].length == Constant.model_validate({"value": "1 h"})
    assert population.breaks["lunch"].spread == UniformSpread.model_validate(
        {"half_width": "5 min"}
    )
    assert population.shift is not None
    assert population.shift.spread == NoSpread()


def test_a_horizon_is_months_or_a_duration(folder: Folder) -> None:
    assert folder.load(changed("{months: 1}", "{months: 3}")).scenario.end == 91 * DAY
    assert folder.load(changed("{months: 1}", "10 d")).scenario.end == 10 * DAY


def test_dates_are_dates_quoted_or_not(folder: Folder) -> None:
    text = OFFICE + "    holidays: [2026-09-07, '2026-09-08']\n"
    population = folder.load(text).scenario.populations["sales"]
    assert population.holidays == [date(2026, 9, 7), date(2026, 9, 8)]


def test_a_byte_order_mark_is_no_part_of_the_text(folder: Folder) -> None:
    assert folder.load(b"\xef\xbb\xbf" + OFFICE.encode()).scenario.name == "office"


def test_windows_line_ends(folder: Folder) -> None:
    resolved = folder.load(OFFICE.replace("\n", "\r\n"))
    assert resolved.origins["fleets", "office", "bundle"].line == 9


# -- what is no scenario at all


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "",
            (
                "office.yaml:1:1: expected a scenario, a mapping that begins with 'version: 1', "
                "got an empty file"
            ),
        ),
        (
            "# nothing yet\n",
            (
                "office.yaml:1:1: expected a scenario, a mapping that begins with "
                "'version: 1', got an empty file"
            ),
        ),
        (
            "- a\n- b\n",
            (
                "office.yaml:1:1: expected a scenario, a mapping that begins with "
                "'version: 1', got a list"
            ),
        ),
        (
            "\nhello\n",
            (
                "office.yaml:2:1: expected a scenario, a mapping that begins with "
                "'version: 1', got 'hello'"
            ),
        ),
        ("a: [1, 2\n", "office.yaml:2:1: not valid YAML: "),
        ("a: 'b\n", "office.yaml:2:1: not valid YAML: "),
        ("a: b: c\n", "office.yaml:1:5: not valid YAML: mapping values are not allowed here"),
        ("a:\n\t- b\n", "office.yaml:2:1: not valid YAML: indentation must be spaces, got a tab"),
        ("a: *b\n", "office.yaml:1:4: not valid YAML: found undefined alias 'b'"),
        (
            "a: 1\n---\nb: 2\n",
            (
                "office.yaml:2:1: not valid YAML: expected one document, got a second "
                "one after '---'"
            ),
        ),
        ("a: 1\nb: \x00\n", "office.yaml:2:4: not valid YAML: unprintable character U+0000"),
        (b"a: 1\nb: \xff\n", "office.yaml:2:4: expected UTF-8 text, got byte 0xFF"),
        ("a: 1".encode("utf-16"), "office.yaml:1:1: expected UTF-8 text, got byte 0xFF"),
    ],
)
def test_texts_that_are_no_scenario(folder: Folder, text: str | bytes, problem: str) -> None:
    assert folder.problem(text).startswith(problem)


@pytest.mark.parametrize(
    "text", ["[" * 5_000, "{a: " * 3_000, "\n" + "- " * 2_000 + "a", "[" * 60 + "]" * 60]
)
def test_depth_is_no_way_to_a_traceback(folder: Folder, text: str) -> None:
    assert folder.problem("a: " + text).endswith("nested more than 40 levels deep")


def test_a_small_file_cannot_unfold_to_billions(folder: Folder) -> None:
    # Each line doubles the one before: 2**30 values in 31 lines.
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 31)]
    assert "unfolds to more than 200000 values; use fewer aliases" in folder.problem(
        "\n".join(lines)
    )


def test_an_alias_inside_its_own_anchor(folder: Folder) -> None:
    assert "nested more than 40 levels deep" in folder.problem("a: &a [*a]\n")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"found none at '.*nowhere"):
        load_scenario(tmp_path / "nowhere.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="expected a scenario file, got the folder"):
        load_scenario(tmp_path)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(ScenarioError, match="cannot read"):
        load_scenario("a\0b")


def test_a_file_that_never_ends(folder: Folder) -> None:
    assert "at most 16 MB" in folder.problem(b"#" * (16 * 2**20 + 1))


def test_one_problem_is_singular(folder: Folder) -> None:
    with pytest.raises(ScenarioError) as refused:
        folder.load("")
    assert str(refused.value).endswith("\n1 problem")


def test_errors_travel_between_processes(folder: Folder) -> None:
    with pytest.raises(ScenarioError) as refused:
        folder.load(changed("users: 10", "users: -1"))
    copied = pickle.loads(pickle.dumps(refused.value))
    assert copied.problems == refused.value.problems
    assert str(copied) == str(refused.value)


def test_scenarios_travel_between_processes(folder: Folder) -> None:
    scenario = folder.load(OFFICE).scenario
    assert pickle.loads(pickle.dumps(scenario)) == scenario


# -- duplicate and unusable keys


def test_a_key_written_twice_is_shown_at_the_second(folder: Folder) -> None:
    text = changed("users: 10", "users: 10\n    users: 12")
    expected = "office.yaml:14:5: populations.sales.users: written twice, first on line 13"
    assert folder.problem(text) == expected


@pytest.mark.parametrize(
    ("key", "got"),
    [
        ("1", "1; write '1' in quotes"),
        ("true", "true; write 'true' in quotes"),
        ("1.5", "1.5; write '1.5' in quotes"),
        ("[a]", "a list"),
    ],
)
def test_keys_are_text(folder: Folder, key: str, got: str) -> None:
    text = changed("populations:", f"  {key}: {{bundle: power}}\npopulations:")
    expected = f"office.yaml:11:3: fleets: expected text as a key, got {got}"
    assert folder.problem(text) == expected


def test_a_number_in_quotes_is_a_name(folder: Folder) -> None:
    text = changed("populations:", "  '1': {bundle: power, running_mode: AutoStop}\npopulations:")
    assert list(folder.load(text).scenario.fleets) == ["office", "1"]


def test_a_date_is_a_key_as_it_is_written(folder: Folder) -> None:
    text = changed("users: 10", "users: 10\n    headcount: {2026-10-01: 12}")
    (people,) = folder.load(text).scenario.populations.values()
    assert {f"{day}": number for day, number in people.headcount.items()} == {"2026-10-01": 12}


def test_tags_mean_nothing(folder: Folder) -> None:
    text = changed("bundle: standard", "bundle: !secret standard")
    expected = "office.yaml:9:13: fleets.office.bundle: tags such as !secret mean nothing"
    assert folder.problem(text).startswith(expected)


# -- versions


@pytest.mark.parametrize("version", [0, 2, 3, 99])
def test_another_version_is_refused_and_nothing_else_is_said(folder: Folder, version: int) -> None:
    text = changed("version: 1", f"version: {version}").replace("users: 10", "uzers: 10")
    expected = f"office.yaml:1:10: version: written for version {version}, this program knows 1"
    assert folder.problem(text) == expected


@pytest.mark.parametrize(
    ("version", "got"),
    [("true", "true"), ("1.0", "1.0"), ("'1'", "'1'"), ("one", "'one'"), ("[1]", "a list")],
)
def test_a_version_is_a_whole_number(folder: Folder, version: str, got: str) -> None:
    expected = f"office.yaml:1:10: version: expected a whole number, got {got}"
    assert folder.problem(changed("version: 1", f"version: {version}")) == expected


def test_a_missing_version(folder: Folder) -> None:
    expected = "office.yaml:1:1: version: required, and missing"
    assert folder.problem(changed("version: 1\n", "")) == expected


def test_each_layer_is_of_its_own_version(folder: Folder) -> None:
    folder.write("base.yaml", changed("version: 1", "version: 2"))
    expected = "base.yaml:1:10: version: written for version 2, this program knows 1"
    assert folder.problem("version: 1\nextends: base.yaml\n") == expected


# -- extends


def test_a_layer_says_only_what_differs(folder: Folder) -> None:
    folder.write("base.yaml", OFFICE)
    resolved = folder.load("extends: base.yaml\nname: larger\npopulations: {sales: {users: 20}}\n")
    assert resolved.scenario.name == "larger"
    assert resolved.scenario.populations["sales"].users == 20
    assert resolved.scenario.populations["sales"].fleet == "office"
    base, layer = str(folder.path / "base.yaml"), str(folder.path / "office.yaml")
    assert resolved.origins["populations", "sales", "users"] == Origin(layer, 3, 30)
    assert resolved.origins["populations", "sales", "fleet"] == Origin(base, 14, 12)
    assert resolved.files[:2] == (Path(layer), Path(base))


def test_of_several_parents_the_later_wins(folder: Folder) -> None:
    folder.write("a.yaml", OFFICE)
    folder.write("b.yaml", "name: b\nseed: 2\n")
    folder.write("c.yaml", "name: c\n")
    scenario = folder.load("extends: [a.yaml, b.yaml, c.yaml]\nwarm_up: 1 d\n").scenario
    assert (scenario.name, scenario.seed, scenario.warm_up) == ("c", 2, DAY)


def test_lists_replace(folder: Folder) -> None:
    folder.write("base.yaml", OFFICE + "    work_days: [mon, tue, wed]\n")
    text = "extends: base.yaml\npopulations: {sales: {work_days: [fri]}}\n"
    assert folder.load(text).scenario.populations["sales"].work_days == ["fri"]


def test_null_deletes(folder: Folder) -> None:
    folder.write(
        "base.yaml", OFFICE + "seed: 7\nservices: {nat: {item: a/b, quantity: 1, per: hour}}\n"
    )
    scenario = folder.load(
        "extends: base.yaml\nseed: null\nservices: {nat: ~, other: null}\n"
    ).scenario
    assert scenario.seed == 1
    assert scenario.services == {}


def test_a_null_for_what_is_not_there_changes_nothing(folder: Folder) -> None:
    plain = folder.load(OFFICE).scenario
    assert (
        folder.load(OFFICE + "directory: null\nzones: {west: null}\nbilling:\n").scenario == plain
    )


def test_what_null_deleted_and_is_required_is_shown_at_the_null(folder: Folder) -> None:
    folder.write("base.yaml", OFFICE)
    expected = "office.yaml:2:23: populations.sales.fleet: required, and missing"
    assert folder.problem("extends: base.yaml\npopulations: {sales: {fleet: null}}\n") == expected


def test_another_form_of_a_distribution_replaces_it(folder: Folder) -> None:
    folder.write("base.yaml", changed("session_length: 8 h", "session_length: {exponential: 2 h}"))
    length = "{lognormal: {mean: 2 h, cv: 1}}"
    other = f"extends: base.yaml\npopulations: {{sales: {{session_length: {length}}}}}\n"
    assert folder.load(other).scenario.populations[
        "sales"
    ].session_length == Lognormal.model_validate({"mean": "2 h", "cv": 1})


def test_the_same_form_of_a_distribution_merges(folder: Folder) -> None:
    lognormal = "session_length: {lognormal: {mean: 2 h, cv: 1}}"
    folder.write("base.yaml", changed("session_length: 8 h", lognormal))
    other = "extends: base.yaml\npopulations: {sales: {session_length: {lognormal: {cv: 3}}}}\n"
    assert folder.load(other).scenario.populations[
        "sales"
    ].session_length == Lognormal.model_validate({"mean": "2 h", "cv": 3})


def test_fleets_named_like_laws_still_merge(folder: Folder) -> None:
    folder.write(
        "base.yaml",
        OFFICE.replace("office:", "uniform:").replace("fleet: office", "fleet: uniform"),
    )
    other = "extends: base.yaml\nfleets: {normal: {bundle: power, running_mode: AutoStop}}\n"
    assert list(folder.load(other).scenario.fleets) == ["uniform", "normal"]


def test_a_horizon_is_replaced_by_the_other_kind(folder: Folder) -> None:
    folder.write("base.yaml", OFFICE)
    assert folder.load("extends: base.yaml\nhorizon: 5 d\n").scenario.end == 5 * DAY


def test_paths_belong_to_the_file_that_writes_them(folder: Folder) -> None:
    folder.write("shared/prices/book.csv", "item\n")
    folder.write("shared/base.yaml", changed("book.csv", "prices/book.csv"))
    scenario = folder.load("extends: shared/base.yaml\nname: child\n").scenario
    assert scenario.prices.book == str(folder.path / "shared" / "prices" / "book.csv")


def test_parents_are_found_beside_the_file_that_names_them(folder: Folder) -> None:
    folder.write("a/base.yaml", OFFICE.replace("book.csv", "../book.csv"))
    folder.write("a/b/middle.yaml", "extends: ../base.yaml\nseed: 3\n")
    resolved = folder.load("extends: a/b/middle.yaml\nseed: 4\n")
    assert resolved.scenario.seed == 4
    assert [path.name for path in resolved.files] == [
        "office.yaml",
        "middle.yaml",
        "base.yaml",
        "book.csv",
    ]


def test_a_cycle_is_named(folder: Folder) -> None:
    folder.write("b.yaml", "extends: c.yaml\n")
    folder.write("c.yaml", "\nextends: office.yaml\n")
    expected = (
        "c.yaml:2:10: extends: extends itself: office.yaml -> b.yaml -> c.yaml -> office.yaml"
    )
    assert folder.problem("extends: b.yaml\n") == expected


def test_a_file_that_extends_itself(folder: Folder) -> None:
    expected = "office.yaml:1:10: extends: extends itself: office.yaml -> office.yaml"
    assert folder.problem("extends: office.yaml\n") == expected


def test_a_long_chain_is_refused_before_python_gives_up(folder: Folder) -> None:
    for number in range(40):
        folder.write(f"{number}.yaml", f"extends: {number + 1}.yaml\n")
    folder.write("40.yaml", OFFICE)
    assert "extends: more than 16 files deep: " in folder.problem("extends: 0.yaml\n")


def test_a_diamond_is_read_once(folder: Folder) -> None:
    # Twelve files of which each extends the one before twice: 2**12 readings if none were kept.
    folder.write("0.yaml", OFFICE)
    for number in range(1, 13):
        folder.write(f"{number}.yaml", f"extends: [{number - 1}.yaml, {number - 1}.yaml]\n")
    resolved = folder.load("extends: 12.yaml\n")
    assert len(resolved.files) == 1 + 13 + 1


@pytest.mark.parametrize(
    ("extends", "problem"),
    [
        ("nowhere.yaml", "office.yaml:1:10: extends: expected a scenario file, found none at"),
        (".", "office.yaml:1:10: extends: expected a scenario file, got the folder"),
        ("3", "office.yaml:1:10: extends: expected the path of a scenario file, got 3"),
        ("''", "office.yaml:1:10: extends: expected the path of a scenario file, got ''"),
        (
            "{a: b}",
            "office.yaml:1:10: extends: expected the path of a scenario file, got a mapping",
        ),
        (
            "[base.yaml, 4]",
            "office.yaml:1:22: extends: expected the path of a scenario file, got 4",
        ),
    ],
)
def test_parents_that_are_none(folder: Folder, extends: str, problem: str) -> None:
    folder.write("base.yaml", OFFICE)
    problems = folder.problems(f"extends: {extends}\n" + OFFICE)
    assert problems[0].startswith(problem)
    assert len(problems) == 1


def test_problems_of_all_layers_come_together_in_the_order_of_reading(folder: Folder) -> None:
    folder.write("base.yaml", changed("bundle: standard", "bundel: standard"))
    assert folder.problems("extends: base.yaml\nnome: x\nfleets: {office: {bundle: powr}}\n") == [
        "office.yaml:2:1: nome: unknown key; did you mean 'name'?",
        (
            "office.yaml:3:27: fleets.office.bundle: expected 'value', 'standard', 'performance', "
            "'power', 'powerpro', 'generalpurpose.4xlarge', 'generalpurpose.8xlarge', "
            "'graphics.g4dn' or 'graphicspro.g4dn', got 'powr'; did you mean 'power'?"
        ),
        "base.yaml:9:5: fleets.office.bundel: unknown key; did you mean 'bundle'?",
    ]


def test_a_broken_parent_is_shown_in_the_parent(folder: Folder) -> None:
    folder.write("base.yaml", "a: [\n")
    assert folder.problem("extends: base.yaml\n").startswith("base.yaml:2:1: not valid YAML")


# -- the command line


def test_settings_are_laid_over_the_file_in_order(folder: Folder) -> None:
    resolved = folder.load(OFFICE, ["seed=5", "fleets.office.autostop_timeout=2 h", "seed=6"])
    assert resolved.scenario.seed == 6
    assert resolved.scenario.fleets["office"].autostop_timeout == 2 * HOUR
    assert resolved.origins["seed",] == Origin("--set[2]", 1, 6)


def test_a_setting_can_make_a_fleet(folder: Folder) -> None:
    value = "{bundle: power, running_mode: AlwaysOn}"
    scenario = folder.load(OFFICE, [f"fleets.interns={value}"]).scenario
    assert scenario.fleets["interns"].bundle == "power"
    keys = ["fleets.interns.bundle=power", "fleets.interns.running_mode=AlwaysOn"]
    assert folder.load(OFFICE, keys).scenario == scenario


def test_a_setting_without_a_value_deletes(folder: Folder) -> None:
    assert folder.load(OFFICE + "seed: 9\n", ["seed="]).scenario.seed == 1
    assert folder.load(OFFICE + "seed: 9\n", ["seed=null"]).scenario.seed == 1


def test_names_with_dots_go_in_quotes(folder: Folder) -> None:
    text = OFFICE.replace("sales:", "sales.emea:")
    scenario = folder.load(text, ['populations."sales.emea".users=3']).scenario
    assert scenario.populations["sales.emea"].users == 3


def test_values_are_read_as_in_a_file(folder: Folder) -> None:
    scenario = folder.load(
        OFFICE,
        [
            "populations.sales.shift.start=22:30",
            "populations.sales.work_days=[sat, sun]",
            "populations.sales.session_length={exponential: 2 h}",
            "description=a = b",
            (
                "operations=[{at: 2026-09-05, fleet: office, share: 5 %, operation: resize, "
                "to: {root: 175 GB, user: 100 GB}}]"
            ),
        ],
    ).scenario
    population = scenario.populations["sales"]
    assert population.shift is not None
    assert population.shift.start == 22 * HOUR + 30 * MINUTE
    assert population.work_days == ["sat", "sun"]
    assert population.session_length == Exponential.model_validate({"mean": "2 h"})
    assert scenario.description == "a = b"
    assert scenario.operations[0].to == Volumes.model_validate({"root": "175 GB", "user": "100 GB"})


def test_paths_of_settings_are_relative_to_the_current_folder(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = folder.write("elsewhere/other.csv", "item\n")
    monkeypatch.chdir(other.parent)
    scenario = folder.load(OFFICE, ["prices.book=other.csv"]).scenario
    assert scenario.prices.book == str(other)


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        (
            "fleets.office.bundel=x",
            ("--set[0]:1:15: fleets.office.bundel: unknown key; did you mean 'bundle'?"),
        ),
        (
            "fleets.office.autostop_timeout=15x",
            (
                "--set[0]:1:32: fleets.office.autostop_timeout: "
                "unknown time unit 'x' in '15x' (use s, min, h, d, w)"
            ),
        ),
        ("seed=many", "--set[0]:1:6: seed: expected a whole number, got 'many'"),
        ("seed=  many", "--set[0]:1:8: seed: expected a whole number, got 'many'"),
        ("seed", "--set[0]:1:5: expected a setting such as fleets.office.bundle=power, got 'seed'"),
        ("", "--set[0]:1:1: expected a setting such as fleets.office.bundle=power, got ''"),
        ("=3", "--set[0]:1:1: expected a setting such as fleets.office.bundle=power, got '=3'"),
        (
            "a..b=3",
            "--set[0]:1:3: expected a setting such as fleets.office.bundle=power, got 'a..b=3'",
        ),
        (
            '"a=3',
            "--set[0]:1:1: expected a setting such as fleets.office.bundle=power, got '\"a=3'",
        ),
        ("seed=[1", "--set[0]:1:8: not valid YAML: "),
        ("a={b: 1, b: 2}", "--set[0]:1:1: a: unknown key"),
        (
            "fleets.interns.bundle=power",
            ("--set[0]:1:16: fleets.interns.running_mode: required, and missing"),
        ),
        (
            "populations.sales.fleet=offise",
            (
                "--set[0]:1:25: populations.sales.fleet: unknown fleet "
                "'offise'; did you mean 'office'?"
            ),
        ),
        ("extends=other.yaml", "--set[0]:1:1: extends: unknown key"),
        ("seed.sub=1", "--set[0]:1:6: seed: expected a whole number, got a mapping"),
        (
            "fleets.office.zones.0=a",
            "--set[0]:1:23: fleets.office.zones.0: expected a number, got 'a'",
        ),
    ],
)
def test_settings_that_cannot_be(folder: Folder, setting: str, problem: str) -> None:
    problems = folder.problems(OFFICE, [setting])
    assert problems[0].startswith(problem)


def test_a_setting_is_no_deeper_than_a_file(folder: Folder) -> None:
    problem = folder.problem(OFFICE, ["a." * 3_000 + "a=1"])
    assert problem.startswith("--set[0]:1:81: expected a setting such as")


def test_settings_and_files_are_wrong_together(folder: Folder) -> None:
    problems = folder.problems(changed("users: 10", "users: ten"), ["seed=1", "sede=2", "x"])
    assert [line.split(": ")[0] for line in problems] == [
        "office.yaml:13:12",
        "--set[1]:1:1",
        "--set[2]:1:2",
    ]


def test_characters_beyond_the_basic_plane(folder: Folder) -> None:
    # JSON, which is YAML too, writes them as two halves.
    escaped = '"\\ud83d\\ude80"'
    assert folder.load(OFFICE + f"description: {escaped}\n").scenario.description == "\U0001f680"
    expected = "expected whole characters, got half of a surrogate pair"
    assert folder.problem(OFFICE + 'description: "\\ud83d"\n').endswith(f"description: {expected}")


def test_a_file_without_fleets(folder: Folder) -> None:
    problems = folder.problems("version: 1\n")
    assert "office.yaml:1:1: fleets: expected at least one fleet or pool, got none" in problems
