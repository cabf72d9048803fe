"""Whatever a file holds: a scenario, or problems with places, and never a traceback."""

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.scenario import Resolved, ScenarioError, load_scenario, resolved_yaml, scenario_hash
from sim.scenario.document import parse
from sim.scenario.resolved import flow
from tests.unit.scenario_files import OFFICE, Folder

EVERYTHING = (
    OFFICE
    + """\
    time_zone: Europe/London
    work_days: [mon, tue, wed]
    holidays: [2026-09-07]
    attendance: 90 %
    joiners_per_month: 0.5
    breaks: {lunch: {at: 12:30, spread: {uniform: 5 min}, length: 45 min, share: 80 %}}
    short_breaks: {per_day: 2, length: {exponential: 10 min}}
    endings: {logoff: 60 %, left-connected: 40 %}
    clients: {far: {share: 100 %, round_trip: {lognormal: {mean: 90 ms, cv: 0.4}}}}
zones: {a: {ip_addresses: 50, weight: 2}, b: {region: us-east-1}}
host_groups: {h: {zone: a, count: 2, vcpu: 64, memory: 256 GB, overcommit: {vcpu: 1.5}}}
directory: {kind: simple-ad, servers: 2, service_time: {gamma: {mean: 1 s, cv: 0.5}}}
operations:
  - {at: 2026-09-10, fleet: office, user: sales-00001, operation: resize,
     to: {root: 175 GB, user: 100 GB}}
maintenance: {autostop: false, region_time_zone: UTC}
billing: {rounding: clock_hour, maintenance_billed_hours: 2}
services: {nat: {item: nat/hour, quantity: 1.5, per: hour, fleet: office}}
pools:
  lab:
    bundle: power
    running_mode: AutoStop
    minimum: 4
    maximum: 40
    sessions_per_instance: 2
    zones: {a: 2}
    logon: {start: {uniform: {low: 1 min, high: 2 min}}, application_settings: {size: 1 GB}}
    storage: {item: fsx/gb-month, per_user: 5 GB}
    scaling:
      - target_tracking: 75 %
      - target_tracking: {utilization: 60 %, scale_in: false}
      - schedule: {cron: 0 8 * * mon-fri, time_zone: Asia/Singapore, minimum: 20}
      - schedule: {at: 2026-09-03T09:00+08:00, capacity: 30}
      - step: {metric: InsufficientCapacityError, comparison: ">", threshold: 0, period: 1 min,
               steps: [{upper: 5, add: 2}, {lower: 5, percent: 50}]}
      - ramp: {ramp_up: {start: 7:00, threshold: 60 %}, peak: {start: 9:00, minimum: 40 %},
               ramp_down: {start: 17:00, threshold: 90 %}, off_peak: {start: 19:00}}
      - predictive: {quantile: 99 %, lead: 20 min}
      - spare: 3
      - policy: mine:decide
    edits: [{at: 2026-09-02, minimum: 6, maximum: 60}]
    billing: {increment: second, minimum: 15 min}
"""
)

quick = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder(tmp_path_factory.mktemp("scenarios"))
    folder.write("mine.py", "def decide(observation):\n    return None\n")
    return folder


def outcome(folder: Folder, text: str | bytes, overrides: Sequence[str] = ()) -> Resolved | None:
    """What becomes of a text: a scenario, or None after a look at each of its problems."""
    try:
        return folder.load(text, overrides)
    except ScenarioError as refused:
        error = refused
    count = len(error.problems)
    assert str(error).endswith(f"\n{count} problem{'s' if count > 1 else ''}")
    assert count == len(set(error.problems)) > 0
    for problem in error.problems:
        assert problem.file
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.message
        assert problem.message.isprintable()
        assert problem.path.isprintable()
        for foreign in ("Input should", "pydantic", "Value error", "function-", "Traceback"):
            assert foreign not in problem.message
    return None


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates().map(str),
    st.text(max_size=8),
    st.sampled_from(
        ["8 h", "85 %", "80 GB", "9:00", "AutoStop", "power", "2026-09-01", "office", "a", "none",
         "UTC", "book.csv", ".", "..", "/", "{exponential: 2 h}", "P1D", "1e400 h", "0 %",
         "0 8 * * *", "cron(0 8 ? * 2 *)", "1 GB", "5 Mbit/s", "mine:decide", "lab", "spare"]
    ),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda below: st.one_of(
        st.lists(below, max_size=3), st.dictionaries(st.text(max_size=6), below, max_size=3)
    ),
    max_leaves=6,
)


def tree_of(text: str) -> dict[str, Any]:
    root, _ = parse(text, "office.yaml", Path())
    plain: dict[str, Any] = root.plain()
    return plain


def paths_of(tree: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path in a tree but the root."""
    entries = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    return [
        below for key, value in entries for below in [(*path, key), *paths_of(value, (*path, key))]
    ]


PATHS = paths_of(tree_of(EVERYTHING))


def replaced(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a tree with another value at a path."""
    if not path:
        return value
    copy: Any = tree.copy()
    copy[path[0]] = replaced(tree[path[0]], path[1:], value)
    return copy


def test_the_file_with_everything_is_a_scenario(folder: Folder) -> None:
    assert outcome(folder, EVERYTHING)
    assert len(PATHS) > 140


@quick
@given(st.binary(max_size=200))
def test_any_bytes(folder: Folder, data: bytes) -> None:
    outcome(folder, data)


@quick
@given(st.text(st.sampled_from(string.printable + "äß€\u2028\ufeff\x85"), max_size=120))
def test_any_text(folder: Folder, text: str) -> None:
    outcome(folder, text.encode("utf-8", "surrogatepass"))


@quick
@given(st.text(st.sampled_from("[]{}:,-&*!|>'\"%@`#?\n\t ab1"), max_size=60))
def test_any_punctuation(folder: Folder, text: str) -> None:
    outcome(folder, text)
    outcome(folder, EVERYTHING + "services:\n  " + text)


@quick
@given(st.dictionaries(st.sampled_from(sorted(tree_of(EVERYTHING))), values))
def test_any_values_under_the_keys_that_there_are(folder: Folder, tree: dict[str, Any]) -> None:
    outcome(folder, json.dumps(tree))


@settings(quick, max_examples=100)
@given(st.sampled_from(PATHS), values)
def test_any_value_in_the_place_of_another(
    folder: Folder, path: tuple[str | int, ...], value: Any
) -> None:
    tree = replaced(tree_of(EVERYTHING), path, value)
    resolved = outcome(folder, json.dumps(tree, default=str))
    if resolved:
        written = folder.write("resolved.yaml", resolved_yaml(resolved))
        assert load_scenario(written).scenario == resolved.scenario


@settings(quick, max_examples=40)
@given(st.data())
def test_lines_lost_doubled_moved_and_shifted(folder: Folder, data: st.DataObject) -> None:
    lines = EVERYTHING.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["lose", "double", "move", "shift", "cut", "spell"])):
            case "lose":
                lines.pop(at)
            case "double":
                lines.insert(at, lines[at])
            case "move":
                lines.append(lines.pop(at))
            case "shift":
                lines[at] = " " * data.draw(st.integers(1, 5)) + lines[at]
            case "cut":
                lines[at] = lines[at][: data.draw(st.integers(0, len(lines[at])))]
            case _:
                place = data.draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:place] + data.draw(st.characters()) + lines[at][place:]
    outcome(folder, "\n".join(lines).encode("utf-8", "surrogatepass"))


@settings(quick, max_examples=40)
@given(st.lists(st.sampled_from(PATHS), max_size=3), scalars, st.text(max_size=12))
def test_any_settings(
    folder: Folder, paths: list[tuple[str | int, ...]], value: Any, junk: str
) -> None:
    keys = [".".join(map(str, path)) for path in paths]
    outcome(folder, EVERYTHING, [*(f"{key}={value}" for key in keys), junk, f"{junk}={value}"])


@quick
@given(
    st.lists(st.sampled_from(["a.yaml", "b.yaml", "office.yaml", "no.yaml", ".", ""]), max_size=3)
)
def test_any_family(folder: Folder, parents: list[str]) -> None:
    folder.write("a.yaml", "extends: b.yaml\n" + EVERYTHING.replace("book.csv", "nobook.csv"))
    folder.write("b.yaml", "fleets: {office: null}\n")
    outcome(folder, f"extends: {json.dumps(parents)}\n" + EVERYTHING)


@quick
@given(st.text(st.sampled_from("at,fleet,user,share,operation,to\n\"'%;2026-09-01 "), max_size=80))
def test_any_table_of_operations(folder: Folder, table: str) -> None:
    folder.write("moves.csv", table)
    text = EVERYTHING[: EVERYTHING.index("operations:")] + "operations: moves.csv\n"
    outcome(folder, text)
    folder.write("moves.csv", "at,fleet,user,share,operation,to\n" + table)
    outcome(folder, text)


@quick
@given(st.text(max_size=40))
def test_any_description_survives_being_written(folder: Folder, words: str) -> None:
    resolved = outcome(folder, OFFICE + f"description: {json.dumps(words)}\n")
    if resolved:
        assert resolved.scenario.description == words
        assert (
            load_scenario(folder.write("resolved.yaml", resolved_yaml(resolved))).scenario
            == resolved.scenario
        )


@quick
@given(scalars.filter(lambda one: one is not None and str(one) != "nan"))
def test_any_scalar_survives_being_written(value: Any) -> None:
    root, problems = parse(f"a: {flow(value)}\n", "office.yaml", Path())
    if not problems and abs(value if isinstance(value, int | float) else 0) < 1e18:
        assert root.plain() == {"a": value}


@quick
@given(st.permutations(range(4)))
def test_the_order_of_settings_of_different_keys_does_not_matter(
    folder: Folder, order: list[int]
) -> None:
    overrides = ["seed=7", "name=x", "billing.rounding=per_run", "populations.sales.users=3"]
    first = folder.load(EVERYTHING, overrides)
    other = folder.load(EVERYTHING, [overrides[index] for index in order])
    assert other.scenario == first.scenario
    assert scenario_hash(other) == scenario_hash(first)


@quick
@given(st.integers(0, 200), st.integers(0, 200))
def test_the_later_layer_wins(folder: Folder, below: int, above: int) -> None:
    folder.write("base.yaml", EVERYTHING + f"seed: {below}\n")
    assert folder.load(f"extends: base.yaml\nseed: {above}\n").scenario.seed == above
    assert folder.load("extends: base.yaml\n", [f"seed={above}"]).scenario.seed == above
    assert folder.load("extends: base.yaml\n").scenario.seed == below
