"""The resolved scenario: complete, loadable, free of the machine; its hash; its assumptions."""

from decimal import Decimal
from pathlib import Path

import pytest

from sim.scenario import Resolved, assumptions, load_scenario, resolved_yaml, scenario_hash
from sim.scenario.assumptions import shared_assumptions
from sim.scenario.loading import input_files
from sim.scenario.resolved import flow
from sim.scenario.scaling import OwnPolicy
from tests.unit.scenario_files import OFFICE, Folder, changed

RICH = (
    OFFICE.replace("session_length: 8 h", "session_length: {gamma: {mean: 8.5 h, cv: 0.25}}")
    + """\
    holidays: [2026-09-07]
    breaks: {lunch: {at: 12:30, length: {uniform: {low: 30 min, high: 1 h}}, share: 80 %}}
    weekly_profile: null
    clients: {home far: {share: 100 %}}
description: |
  Two lines, a "quote", a # hash,
  and a \u00fcml\u00e4ut \U0001f680.
zones: {a: {ip_addresses: 100, weight: 2}, b: {}}
directory: {}
operations:
  - {at: 2026-09-10, fleet: office, share: 12.5 %, operation: resize,
     to: {root: 175 GB, user: 100 GB}}
services: {traffic: {item: nat/gb, quantity: 2.50, per: user-month, fleet: office}}
warm_up: 36 h
"""
)

LAB = """\
version: 1
name: lab
region: us-east-1
start: 2026-09-01
horizon: 7 d
prices: {book: book.csv}
pools:
  lab:
    bundle: power
    running_mode: AutoStop
    maximum: 40
    logon: {application_settings: {size: 500 MB, download_rate: 100 Mbit/s}}
    storage: {item: fsx/gb-month, per_user: 5 GB}
    scaling:
      - target_tracking: 75 %
      - target_tracking: {utilization: 60 %, scale_in_cooldown: 10 min, out_periods: 5}
      - schedule: {cron: cron(0 8 ? * MON-FRI *), time_zone: Asia/Singapore, minimum: 20}
      - schedule: {at: 2026-09-03T09:00+08:00, capacity: 30}
      - step:
          metric: UserSessionsCapacityUtilization
          comparison: "<="
          threshold: 25
          steps: [{lower: -10, percent: -25}, {upper: -10, percent: -50}]
      - ramp:
          ramp_up: {start: 7:00, threshold: 60 %, minimum: 20 %}
          peak: {start: 9:00}
          ramp_down: {start: 17:00, threshold: 90 %}
          off_peak: {start: 19:00, minimum: 0 %}
      - predictive: {quantile: 99 %, lead: 20 min}
      - spare: 3
      - policy: mine:decide
      - policy: {function: rules/own.py:choose, every: 5 min}
    edits:
      - {at: 2026-09-02, maximum: 60}
populations:
  class: {users: 30, fleet: lab, shift: {start: 9:00}, session_length: 2 h}
  other: {users: 30, fleet: lab, shift: {start: 9:00}, session_length: 2 h, twin_of: class}
"""
"""Every form of a policy."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.write("prices/extra.csv", "item\n")
    folder.write("mine.py", "def decide(observation):\n    return None\n")
    folder.write("rules/own.py", "def choose(observation):\n    return 5\n")
    return folder


def again(folder: Folder, text: str) -> Resolved:
    """Load a resolved scenario from the folder that it was made in."""
    return load_scenario(folder.write("resolved.yaml", text))


@pytest.mark.parametrize("text", [OFFICE, RICH, LAB])
@pytest.mark.parametrize("origins", [False, True])
def test_it_loads_as_the_same_scenario(folder: Folder, text: str, origins: bool) -> None:
    resolved = folder.load(text)
    written = resolved_yaml(resolved, origins=origins)
    assert again(folder, written).scenario == resolved.scenario


def test_resolving_twice_changes_nothing(folder: Folder) -> None:
    for text in (RICH, LAB):
        first = resolved_yaml(folder.load(text))
        assert resolved_yaml(again(folder, first)) == first


def test_it_is_complete(folder: Folder) -> None:
    # A resolved scenario has no default left: each of its values is written in it.
    for text in (RICH, LAB):
        written = again(folder, resolved_yaml(folder.load(text)))
        assert "# default" not in resolved_yaml(written, origins=True)


def test_it_does_not_name_the_machine(folder: Folder) -> None:
    other = folder.write("elsewhere/prices.csv", "item\n")
    resolved = folder.load(RICH, [f"prices.book={other}"])
    for origins in (False, True):
        text = resolved_yaml(resolved, origins=origins)
        assert str(folder.path) not in text
        assert "book: elsewhere/prices.csv" in text


def test_paths_are_relative_to_the_scenario_not_to_where_one_is(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("office.yaml", OFFICE)
    texts = []
    for place, name in ((folder.path, "office.yaml"), (folder.path / "prices", "../office.yaml")):
        monkeypatch.chdir(place)
        texts.append(resolved_yaml(load_scenario(name), origins=True))
    assert texts[0] == texts[1]
    assert "book: book.csv" in texts[0]


def test_origins_say_where_each_value_was_written(folder: Folder) -> None:
    folder.write("shared/base.yaml", changed("book.csv", "../book.csv"))
    layer = "extends: shared/base.yaml\npopulations:\n  sales:\n    users: 20\n"
    text = resolved_yaml(folder.load(layer, ["seed=5"]), origins=True)
    lines = {line.partition("#")[0].strip(): line.partition("# ")[2] for line in text.splitlines()}
    assert lines["users: 20"] == "office.yaml:4"
    assert lines["bundle: standard"] == "shared/base.yaml:9"
    assert lines["session_length: 8 h"] == "shared/base.yaml:16"
    assert lines["seed: 5"] == "--set[0]:1"
    assert lines["os: windows"] == "default"
    assert lines["fleets:"] == ""


def test_comments_stand_in_one_column(folder: Folder) -> None:
    text = resolved_yaml(folder.load(OFFICE), origins=True)
    columns = {line.index(" # ") for line in text.splitlines() if " # " in line}
    assert min(columns) == 55
    assert all(len(line) <= 100 for line in text.splitlines())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain words", "plain words"),
        ("8 h", "8 h"),
        ("09:00", "09:00"),
        ("85 %", "85 %"),
        ("America/New_York", "America/New_York"),
        ("2026-09-01T00:00:00Z", "2026-09-01T00:00:00Z"),
        ("", '""'),
        ("true", '"true"'),
        ("null", '"null"'),
        ("1", '"1"'),
        ("1e3", '"1e3"'),
        ("2026-09-01", '"2026-09-01"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("- a", '"- a"'),
        ("[a", '"[a"'),
        ('say "x"', '"say \\"x\\""'),
        ("two\nlines", '"two\\nlines"'),
        ("\x7f", '"\\u007f"'),
        ("~", '"~"'),
        (True, "true"),
        (3, "3"),
        (0.5, "0.5"),
        (Decimal("2.5"), "2.5"),
        ([1, "a"], "[1, a]"),
        ({"a": {"b c": [1]}}, "{a: {b c: [1]}}"),
        ({}, "{}"),
    ],
)
def test_values_are_quoted_only_where_they_must_be(value: object, text: str) -> None:
    assert flow(value) == text


# -- the hash


def test_the_hash_is_of_what_is_said_and_not_of_how(folder: Folder) -> None:
    plain = scenario_hash(folder.load(OFFICE))
    same = "# the same\n" + changed("8 h", "480 min").replace("9:00", "09:00") + "seed: 1\n"
    assert scenario_hash(folder.load(same)) == plain
    folder.write("base.yaml", OFFICE)
    assert scenario_hash(folder.load("extends: base.yaml\n")) == plain
    assert len(plain) == 64


@pytest.mark.parametrize(
    "setting", ["seed=2", "populations.sales.users=11", "billing.rounding=clock_hour", "name=x"]
)
def test_the_hash_changes_with_every_setting(folder: Folder, setting: str) -> None:
    assert scenario_hash(folder.load(OFFICE, [setting])) != scenario_hash(folder.load(OFFICE))


def test_the_hash_is_of_files_contents_and_not_of_their_names(folder: Folder) -> None:
    plain = scenario_hash(folder.load(OFFICE))
    assert scenario_hash(folder.load(changed("book.csv", "prices/extra.csv"))) == plain
    folder.write("book.csv", "item\nother\n")
    assert scenario_hash(folder.load(OFFICE)) != plain


def test_the_order_of_fleets_counts_as_it_does_for_the_results(folder: Folder) -> None:
    one = "  a: {bundle: power, running_mode: AlwaysOn}\n"
    two = "  b: {bundle: value, running_mode: AlwaysOn}\n"
    hashes = {
        scenario_hash(folder.load(changed("populations:", f"{first}{second}populations:")))
        for first, second in ((one, two), (two, one))
    }
    assert len(hashes) == 2


# -- a policy of one's own, in a file


def test_the_file_of_a_policy_is_one_of_the_scenarios(folder: Folder) -> None:
    resolved = folder.load(LAB)
    named = [str(folder.path / name) for name in ("book.csv", "mine.py", "rules/own.py")]
    assert sorted(input_files(resolved.scenario)) == named
    assert set(named) < set(map(str, resolved.files))
    policy = resolved.scenario.pools["lab"].scaling[-2]
    assert isinstance(policy, OwnPolicy)
    assert policy.function == f"{folder.path}/mine.py:decide"


def test_the_hash_changes_with_the_file_of_a_policy(folder: Folder) -> None:
    plain = scenario_hash(folder.load(LAB))
    folder.write("copy.py", (folder.path / "mine.py").read_bytes())
    assert scenario_hash(folder.load(LAB.replace("mine:", "copy:"))) == plain
    folder.write("mine.py", "def decide(observation):\n    return 7\n")
    assert scenario_hash(folder.load(LAB)) != plain


def test_the_hash_changes_with_the_function_of_a_file(folder: Folder) -> None:
    folder.write("mine.py", "def decide(o):\n    return 1\ndef other(o):\n    return 2\n")
    hashes = {scenario_hash(folder.load(LAB.replace("mine:decide", name)))
              for name in ("mine:decide", "mine:other")}  # fmt: skip
    assert len(hashes) == 2


def test_a_policy_is_written_relative_to_the_scenario(folder: Folder) -> None:
    text = resolved_yaml(folder.load(LAB))
    assert "- {policy: {function: mine.py:decide, every: 1 min}}" in text
    assert "- {policy: {function: rules/own.py:choose, every: 5 min}}" in text
    assert str(folder.path) not in text
    assert again(folder, text).scenario == folder.load(LAB).scenario


@pytest.mark.parametrize("place", ["a b (2)/", "plus+é/", "deep/er/"])
def test_a_policy_in_a_folder_of_any_name(folder: Folder, place: str) -> None:
    folder.write(f"{place}mine.py", "def decide(observation):\n    return None\n")
    folder.write(f"{place}rules/own.py", "def choose(observation):\n    return None\n")
    folder.write(
        f"{place}base.yaml", LAB.replace("book.csv", "../" * place.count("/") + "book.csv")
    )
    resolved = folder.load(f"extends: '{place}base.yaml'\n")
    text = resolved_yaml(resolved)
    assert f"{place}mine.py:decide" in text
    assert again(folder, text).scenario == resolved.scenario


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("def decide(:\n", "and mine.py is not Python: "),
        ("decide = 5\n", "and mine.py defines no function 'decide'"),
        (b"\x00", "and mine.py is not Python: "),
        ("class A:\n    def decide(self): ...\n", "and mine.py defines no function 'decide'"),
    ],
)
def test_files_without_the_function(folder: Folder, content: str | bytes, message: str) -> None:
    folder.write("mine.py", content)
    line = next(n for n, text in enumerate(LAB.splitlines(), 1) if "mine:" in text)
    expected = f"office.yaml:{line}:17: pools.lab.scaling.8.policy: "
    assert folder.problem(LAB).startswith(f"{expected}expected a function such as")
    assert message in folder.problem(LAB)


def test_the_file_of_a_policy_is_not_run(folder: Folder) -> None:
    folder.write("mine.py", "raise SystemExit\ndef decide(observation):\n    return None\n")
    assert folder.load(LAB).scenario.pools["lab"].scaling


# -- assumptions


def by_path(resolved: Resolved) -> dict[str, tuple[str, bool]]:
    return {one.path: (one.value, one.stated) for one in assumptions(resolved)}


def test_assumptions_tell_defaults_from_decisions(folder: Folder) -> None:
    found = by_path(folder.load(OFFICE + "billing: {rounding: clock_hour}\n"))
    assert found["billing.rounding"] == ("clock_hour", True)
    assert found["billing.prorate_on_delete"] == ("false", False)
    assert found["fleets.office.network_loss_detection"] == ("20 min", False)
    assert found["fleets.office.logon.resume"] == (
        "{uniform: {low: 1 min, high: 1 min 30 s}}",
        False,
    )
    assert found["fleets.office.idle_disconnect_timeout"] == ("off", False)
    assert found["populations.sales.endings"] == ("{logoff: 50 %, disconnect: 50 %}", False)


def test_what_a_command_line_sets_is_stated(folder: Folder) -> None:
    found = by_path(folder.load(OFFICE, ["fleets.office.stop_delay=2 min"]))
    assert found["fleets.office.stop_delay"] == ("2 min", True)


def test_settings_that_cannot_matter_are_left_out(folder: Folder) -> None:
    found = by_path(folder.load(changed("AutoStop", "AlwaysOn")))
    assert "billing.rounding" not in found
    assert "fleets.office.logon.resume" not in found
    assert "fleets.office.provisioning" not in found
    assert "directory.service_time" not in found
    assert "maintenance.alwayson_duration" in found
    assert "maintenance.alwayson_duration" not in by_path(folder.load(OFFICE))


def test_a_switch_of_mode_brings_the_other_modes_rules(folder: Folder) -> None:
    change = "operation: switch-mode, to: AutoStop"
    switch = f"operations: [{{at: 2026-09-05, fleet: office, share: 5 %, {change}}}]"
    found = by_path(folder.load(changed("AutoStop", "AlwaysOn") + switch))
    assert "billing.rounding" in found


def test_cold_desktops_start_cold(folder: Folder) -> None:
    found = by_path(folder.load(changed("AutoStop\n", "AutoStop\n    hibernates: false\n")))
    assert "fleets.office.logon.cold_start" in found
    assert "fleets.office.logon.resume" not in found


def test_joiners_bring_provisioning(folder: Folder) -> None:
    found = by_path(folder.load(OFFICE + "    joiners_per_month: 1\n"))
    assert found["fleets.office.provisioning"] == ("20 min", False)


def test_stages_of_access_bring_their_settings(folder: Folder) -> None:
    text = "access: {mfa: {servers: 3}, broker: {}}\n"
    found = {
        path: row for path, row in by_path(folder.load(OFFICE + text)).items() if "acc" in path
    }
    assert found == {
        "access.mfa.servers": ("3", True),
        "access.mfa.service_time": ("{lognormal: {mean: 8 s, cv: 0.5}}", False),
        "access.mfa.failed": ("0 %", False),
        "access.broker.servers": ("4", False),
        "access.broker.service_time": ("200 ms", False),
    }


def test_how_a_second_factor_is_asked_again_counts_where_it_may_be_lost(folder: Folder) -> None:
    lost = "access: {mfa: {}}\noutages: [{mfa: {at: 2026-09-02T09:00Z, lasts: 1 h}}]\n"
    found = by_path(folder.load(OFFICE + lost))
    assert found["access.mfa.timeout"] == ("5 s", False)
    assert found["access.mfa.retries"] == ("3", False)
    assert found["access.mfa.second_server"] == ("true", False)


def test_requests_to_a_key_are_assumed_where_it_is_billed(folder: Folder) -> None:
    text = OFFICE.replace("    bundle:", "    encryption: {requests: {start: 2}}\n    bundle:")
    found = by_path(folder.load(text))
    assert found["fleets.office.encryption.requests.start"] == ("2", True)
    assert found["fleets.office.encryption.requests.creation"] == ("3", False)
    assert found["billing.free_key_requests"] == ("20000", False)
    own = text.replace("{requests: {start: 2}}", "{key_billed: false}")
    assert not [path for path in by_path(folder.load(own)) if "requests" in path]


def test_requests_to_a_key_are_whole_numbers(folder: Folder) -> None:
    text = OFFICE.replace("    bundle:", "    encryption: {requests: {start: -1}}\n    bundle:")
    assert folder.problem(text) == (
        "office.yaml:9:36: fleets.office.encryption.requests.start: expected at least 0, got -1"
    )


def test_meanings_come_from_the_schema(folder: Folder) -> None:
    found = {one.path: one for one in assumptions(folder.load(OFFICE))}
    rounding = found["billing.rounding"]
    assert rounding.meaning.startswith("AutoStop hours: ceiling of each run")
    assert "\n" not in rounding.meaning
    assert rounding.source.startswith("Cost Optimizer for Amazon WorkSpaces v2.8.7, 2026-03")
    assert "Source" not in rounding.meaning


def test_a_price_of_the_scenario_comes_from_where_the_scenario_says(folder: Folder) -> None:
    fee = "personal/standby-month/standard"
    price = "{unit_price: 3.25, unit: month, source: Our contract, as_of: 2026-09-01}"
    text = OFFICE.replace("{book: book.csv}", f"{{book: book.csv, add: {{{fee}: {price}}}}}")
    found = {one.path: one for one in assumptions(folder.load(text))}
    assert found[f"prices.add.{fee}.unit_price"].source == "Our contract, 2026-09-01"


HOSTS = (
    "zones: {a: {}}\n"
    "host_groups:\n"
    "  rack: {zone: a, count: 2, vcpu: 48, memory: 192 GB, placement: pack}\n"
    "  spare: {zone: a, count: 2, vcpu: 48, memory: 192 GB}\n"
)


def test_hosts_bring_their_placement_and_what_refused_people_do(folder: Folder) -> None:
    """Only the group that the fleet stands on matters; without hosts nobody is refused."""
    crowded = changed("AutoStop\n", "AutoStop\n    hosts: [rack]\n") + HOSTS
    found = by_path(folder.load(crowded))
    assert found["host_groups.rack.placement"] == ("pack", True)
    assert found["host_groups.rack.overcommit"][1] is False
    assert not [path for path in found if path.startswith("host_groups.spare")]
    assert found["populations.sales.patience"] == ("30 min", False)
    assert found["populations.sales.retry_after"] == ("2 min", False)

    assert "populations.sales.patience" not in by_path(folder.load(OFFICE))


@pytest.mark.parametrize(
    "cause",
    [
        "    joiners_per_month: 1\n",
        "operations: [{at: 2026-09-05, fleet: office, share: 5 %, operation: migrate}]\n",
    ],
)
def test_new_desktops_and_operations_may_refuse_people(folder: Folder, cause: str) -> None:
    found = by_path(folder.load(OFFICE + cause))
    assert found["populations.sales.patience"] == ("30 min", False)


def test_a_replay_of_everybody_brings_its_behaviour(folder: Folder) -> None:
    """Endings are in the plan then."""
    replay = "replay: {sessions: book.csv, fleet: office, overlap: merge}\n"
    found = by_path(folder.load(OFFICE + replay))
    assert found["replay.overlap"] == ("merge", True)
    assert found["replay.session_end"] == ("after_work", False)
    assert found["replay.patience"] == ("30 min", False)
    assert "populations.sales.endings" not in found


def test_a_population_that_replays_brings_no_endings(folder: Folder) -> None:
    replaying = "  field: {fleet: office, workload: {replay: book.csv}}\n"
    found = by_path(folder.load(OFFICE + replaying))
    assert found["populations.field.overlap"] == ("refuse", False)
    assert "populations.field.endings" not in found
    assert "populations.sales.endings" in found


def test_a_pool_rests_on_its_settings(folder: Folder) -> None:
    found = by_path(folder.load(LAB))
    assert found["pools.lab.provisioning"] == ("{uniform: {low: 10 min, high: 20 min}}", False)
    assert found["pools.lab.logon.start"] == ("{uniform: {low: 1 min, high: 2 min}}", False)
    assert found["pools.lab.logon.application_settings"] == (
        "{size: 500 MB, download_rate: 100 Mbit/s}",
        True,
    )
    assert found["pools.lab.edit_delay"] == ("2 min", False)
    assert found["pools.lab.billing.increment"] == ("hour", False)
    assert found["pools.lab.billing.user_fee"] == ("true", False)
    assert found["populations.class.patience"] == ("30 min", False)
    assert found["populations.class.retry_after"] == ("2 min", False)
    for key in ("after_session", "admission", "maximum_duration", "disconnect_timeout",
                "idle_disconnect_timeout", "network_loss_detection"):  # fmt: skip
        assert f"pools.lab.{key}" in found


def test_a_policy_rests_on_all_its_settings(folder: Folder) -> None:
    found = by_path(folder.load(LAB))
    policies = "pools.lab.scaling."
    assert found[f"{policies}0.target_tracking.utilization"] == ("75 %", True)
    assert found[f"{policies}0.target_tracking.scale_in_cooldown"] == ("5 min", False)
    assert found[f"{policies}1.target_tracking.utilization"] == ("60 %", True)
    assert found[f"{policies}1.target_tracking.scale_in_cooldown"] == ("10 min", True)
    assert found[f"{policies}1.target_tracking.scale_out_cooldown"] == ("5 min", False)
    assert found[f"{policies}2.schedule.minimum"] == ("20", True)
    assert f"{policies}2.schedule.maximum" not in found
    assert found[f"{policies}4.step.cooldown"] == ("5 min", False)
    assert found[f"{policies}6.predictive.history"] == ("8", False)
    assert found[f"{policies}7.spare.sessions"] == ("3", True)
    assert found[f"{policies}8.policy.every"] == ("1 min", False)


def test_a_predictive_policy_in_short_is_stated(folder: Folder) -> None:
    short = LAB.replace("predictive: {quantile: 99 %, lead: 20 min}", "predictive: 90 %")
    found = by_path(folder.load(short))
    assert found["pools.lab.scaling.6.predictive.quantile"] == ("90 %", True)
    assert found["pools.lab.scaling.6.predictive.lead"] == ("30 min", False)
    longer = LAB.replace("predictive: {quantile: 99 %, lead: 20 min}", "predictive: {lead: 5 min}")
    found = by_path(folder.load(longer))
    assert found["pools.lab.scaling.6.predictive.quantile"] == ("95 %", False)


FIXED = LAB[: LAB.index("    logon")] + LAB[LAB.index("populations") :]
"""The lab with a fixed capacity."""


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ("AutoStop", "AlwaysOn", "logon.start"),
        ("maximum: 40", "maximum: 40\n    sessions_per_instance: 4", "load_balancing"),
        ("maximum: 40", "maximum: 40\n    admission: queue", "queue_limit"),
        ("maximum: 40", "maximum: 40\n    after_session: keep", "provisioning"),
        ("maximum: 40", "maximum: 40\n    license: byol", "billing.user_fee"),
        ("maximum: 40", "maximum: 40\n    edits: [{at: 2026-09-02, maximum: 9}]", "edit_delay"),
        ("populations:", "zones: {a: {ip_addresses: 9}}\npopulations:", "launch_retry"),
    ],
)
def test_settings_of_a_pool_that_matter_only_then(
    folder: Folder, old: str, new: str, path: str
) -> None:
    """One of the two scenarios rests on the setting, the other one does not."""
    before, after = (by_path(folder.load(text)) for text in (FIXED, FIXED.replace(old, new)))
    assert (f"pools.lab.{path}" in before) != (f"pools.lab.{path}" in after)


def test_addresses_elsewhere_do_not_limit_a_pool(folder: Folder) -> None:
    zones = "zones: {a: {}, w: {region: eu-west-1, ip_addresses: 9}}\npopulations:"
    found = by_path(folder.load(FIXED.replace("populations:", zones)))
    assert "pools.lab.launch_retry" not in found


def test_rules_of_persistent_desktops_are_left_out_without_any(folder: Folder) -> None:
    found = by_path(folder.load(FIXED))
    assert not [path for path in found if path.startswith(("billing", "maintenance", "fleets"))]


def test_hosts_of_a_pool_count(folder: Folder) -> None:
    text = FIXED.replace("maximum: 40", "maximum: 40\n    hosts: [rack]\n    zones: [a]") + HOSTS
    found = by_path(folder.load(text))
    assert "host_groups.rack.placement" in found
    assert "pools.lab.launch_retry" in found


def test_people_of_a_replay_may_meet_a_pool(folder: Folder) -> None:
    replay = "replay: {sessions: book.csv, fleet: lab}\n"
    found = by_path(folder.load(FIXED[: FIXED.index("populations")] + replay))
    assert {"replay.patience", "replay.retry_after"} <= set(found)


def test_parts_that_say_the_same_of_a_setting_share_a_row(folder: Folder) -> None:
    """Two fleets leave the delay alone, one states it; all three have the same first stage."""
    third = "  lab: {bundle: value, running_mode: AutoStop, stop_delay: 2 min}\n"
    other = "  field: {bundle: value, running_mode: AutoStop}\n"
    text = OFFICE.replace("populations:", f"{other}{third}populations:")
    rows = {row.path: row for row in shared_assumptions(folder.load(text))}
    assert rows["fleets.{office, field}.stop_delay"].value == "0 s"
    assert rows["fleets.lab.stop_delay"].value == "2 min"
    assert rows["fleets.*.logon.streaming"].value == "5 s"
    assert rows["billing.rounding"].source
    assert "fleets.office.stop_delay" not in rows
