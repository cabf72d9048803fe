"""The JSON Schema and the reference: current, and true of the forms that people write."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from sim.scenario import Scenario, json_schema, load_scenario
from sim.scenario.desktops import Fleet
from sim.scenario.document import parse
from sim.scenario.fields import explained
from sim.scenario.json_schema import schema_tree
from sim.scenario.outline import is_choice, members, parts_at
from sim.scenario.readings import share_text
from sim.scenario.reference import _kind, reference
from sim.units import parse_share
from tests.unit.scenario_files import OFFICE, Folder, changed

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def as_json(text: str) -> Any:
    """What an editor's schema check sees of a YAML text: JSON values, dates as text."""
    root, problems = parse(text, "office.yaml", Path())
    assert not problems
    return json.loads(json.dumps(root.plain(), default=str))


def complaints(text: str) -> list[str]:
    """Paths at which a general-purpose validator objects to a text."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema_tree())
    return ["/".join(map(str, error.path)) for error in validator.iter_errors(as_json(text))]


# -- current


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8")
    assert committed == json_schema(), "run `python -m sim.scenario.reference`"


def test_the_committed_reference_is_current() -> None:
    committed = (ROOT / "docs" / "scenario.md").read_text(encoding="utf-8")
    assert committed == reference(), "run `python -m sim.scenario.reference`"


def test_the_schema_is_a_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema_tree())


def test_every_reference_inside_the_schema_leads_somewhere() -> None:
    tree = schema_tree()
    names = set(tree["$defs"])
    used = {one.removeprefix("#/$defs/") for one in _references(tree)}
    assert used <= names
    assert names == used


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for one in schema:
            yield from _references(one)


def test_every_field_says_what_it_means() -> None:
    silent = [
        f"{part.__name__}.{key}"
        for part in _all_parts(Scenario, set())
        for key, field in part.model_fields.items()
        if key != "kind" and not field.description
    ]
    assert silent == []


CHOSEN = {"Scenario.warm_up"}
"""Times that whoever writes a scenario chooses, and that say nothing about the world."""


def test_every_default_that_is_a_time_says_where_it_comes_from() -> None:
    silent = [
        f"{part.__name__}.{key}"
        for part in _all_parts(Scenario, set())
        for key, field in part.model_fields.items()
        if not field.is_required()
        and field.default is not None
        and any(word in _kind(field) for word in ("duration", "distribution", "spread", "hours"))
        and not explained(field)[1]
    ]
    assert set(silent) == CHOSEN


def test_the_source_stands_behind_the_meaning() -> None:
    field = Fleet.model_fields["reboot_time"]
    assert explained(field) == (
        "Time that a reboot takes.",
        'WorkSpaces User Guide 2023: "several minutes"; the number is assumed.',
    )
    assert explained(Fleet.model_fields["bundle"]) == ("Compute type.", "")


def _all_parts(part: type[BaseModel], seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """A part and everything below it."""
    seen.add(part)
    for name in part.model_fields:
        for below in _below(part.model_fields[name].annotation):
            if below not in seen:
                _all_parts(below, seen)
    return seen


def _below(annotation: Any) -> Iterator[type[BaseModel]]:
    for member in members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield member
        else:
            for argument in getattr(member, "__args__", ()):
                yield from _below(argument)


def test_the_reference_names_every_key_of_every_part() -> None:
    text = reference()
    for part in _all_parts(Scenario, set()):
        for key in part.model_fields:
            assert f"`{key}`" in text or key == "length", (part, key)


# -- true


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenarios_satisfy_the_schema(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        OFFICE,
        changed("{months: 1}", "30 d"),
        changed("session_length: 8 h", "session_length: {constant: 8 h}"),
        changed("session_length: 8 h", "session_length: {exponential: 2 h}"),
        changed("session_length: 8 h", "session_length: {exponential: {mean: 2 h}}"),
        changed("session_length: 8 h", "session_length: {lognormal: {mean: 2 h, cv: 1}}"),
        changed("session_length: 8 h", "session_length: {uniform: {low: 1 h, high: 2 h}}"),
        changed("{start: 9:00}", "{start: 9:00, spread: none}"),
        changed("{start: 9:00}", "{start: 9:00, spread: {normal: 20 min}}"),
        changed("{start: 9:00}", "{start: 9:00, spread: {uniform: {half_width: 20 min}}}"),
        OFFICE + "    holidays: [2026-12-25]\n",
        OFFICE + "    holidays: {country: DE, subdivision: BY}\n",
        OFFICE + "    endings: {logoff: 50 %, left-connected: 50 %}\n",
        OFFICE + "directory: null\n",
        OFFICE + "services: {nat: {item: nat/hour, quantity: 0.5, per: hour}}\n",
        OFFICE + "operations: moves.csv\n",
        OFFICE + "operations: [{at: 2026-09-02, fleet: office, share: 5 %, operation: resize, "
        "to: {root: 175 GB, user: 100 GB}}]\n",
        changed(
            "{book: book.csv}",
            "{book: book.csv, add: {a/b: {unit_price: 1 USD, unit: hour, "
            "source: mine, as_of: 2026-09-01}}}",
        ),
        changed("AutoStop\n", "AutoStop\n    zones: {a: 2, b: 1}\n"),
        changed("AutoStop\n", "AutoStop\n    zones: [a]\n"),
        "extends: base.yaml\nfleets: {office: {bundle: power}}\n",
        "extends: [a.yaml, b.yaml]\nfleets: {office: null}\npopulations: {p: {shift: null}}\n",
        "extends: base.yaml\nbilling: {rounding: clock_hour}\nzones: {a: {weight: 2}}\n",
    ],
)
def test_forms_that_people_write_satisfy_the_schema(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (changed("version: 1", "version: 2"), "version"),
        (changed("users: 10", "uzers: 10"), "populations/sales"),
        (changed("users: 10", "users: ten"), "populations/sales/users"),
        (changed("users: 10", "users: -1"), "populations/sales/users"),
        (changed("users: 10", "users: 10000001"), "populations/sales/users"),
        (changed("AutoStop", "Autostop"), "fleets/office/running_mode"),
        (changed("session_length: 8 h", "session_length: 8"), "populations/sales/session_length"),
        (
            changed("session_length: 8 h", "session_length: {lognormal: {mean: 2 h}}"),
            "populations/sales/session_length",
        ),
        (
            changed("session_length: 8 h", "session_length: {kind: exponential, mean: 2 h}"),
            "populations/sales/session_length",
        ),
        (OFFICE + "    breaks: {lunch: {at: 12:00}}\n", "populations/sales/breaks/lunch"),
        ("extends: base.yaml\nfleets: {office: {bundel: power}}\n", "fleets/office"),
        ("extends: base.yaml\nseeds: 3\n", ""),
    ],
)
def test_mistakes_are_found_by_the_schema_too(text: str, path: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema_tree())
    found: list[str] = []
    pending = list(validator.iter_errors(as_json(text)))
    while pending:
        error = pending.pop()
        found.append("/".join(map(str, error.absolute_path)))
        pending += error.context
    assert path in found


def test_what_a_layer_may_leave_out_a_scenario_may_not() -> None:
    assert complaints("extends: base.yaml\nname: x\n") == []
    assert complaints("version: 1\nname: x\n") == [""] * 5


def test_the_schema_and_the_loader_agree_on_layers(folder: Folder) -> None:
    folder.write("base.yaml", OFFICE)
    layer = "extends: base.yaml\nfleets: {office: {bundle: power}}\nbilling: null\n"
    assert complaints(layer) == []
    assert folder.load(layer).scenario.fleets["office"].bundle == "power"


# -- the outline


def test_parts_at_a_path() -> None:
    assert [part.__name__ for part in parts_at(())] == ["Scenario"]
    assert [part.__name__ for part in parts_at(("fleets", "any", "logon"))] == ["Logon"]
    assert [part.__name__ for part in parts_at(("operations", 3))] == ["Operation"]
    assert parts_at(("nowhere",)) == []
    lognormal = ("populations", "any", "session_length", "lognormal")
    assert [part.__name__ for part in parts_at(lognormal)] == ["Lognormal"]


def test_choices_are_distributions_and_spreads() -> None:
    assert is_choice(("populations", "any", "session_length"))
    assert is_choice(("populations", "any", "shift", "spread"))
    assert is_choice(("fleets", "any", "logon", "resume"))
    for path in ((), ("fleets",), ("fleets", "any"), ("directory",), ("horizon",)):
        assert not is_choice(path)


def test_a_scenario_as_json_is_a_scenario_again(folder: Folder) -> None:
    scenario = load_scenario(folder.write("office.yaml", OFFICE)).scenario
    assert Scenario.model_validate_json(scenario.model_dump_json(exclude_none=True)) == scenario


@pytest.mark.parametrize("text", ["33.3 %", "0.00001 %", "12.3456789012345 %", "100 %", "0 %"])
def test_shares_are_written_with_all_their_digits(text: str) -> None:
    assert share_text(parse_share(text)) == text
