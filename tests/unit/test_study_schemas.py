"""The JSON Schemas of study files: current, and true of what the loader takes and refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from sim.scenario.document import parse
from sim.scenario.fields import Specification
from sim.scenario.forecasts import Forecast
from sim.scenario.json_schema import study_schema
from sim.scenario.reference import STUDIES

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "scenarios" / "studies").glob("*.yaml"))
MODELINE = "# yaml-language-server: $schema="


def complaints(schema: str, text: str) -> list[str]:
    """Paths at which a general-purpose validator objects to a text."""
    jsonschema = pytest.importorskip("jsonschema")
    root, problems = parse(text, "study.yaml", Path())
    assert not problems
    seen = json.loads(json.dumps(root.plain(), default=str))
    validator = jsonschema.Draft202012Validator(json.loads(schema))
    return ["/".join(map(str, error.path)) for error in validator.iter_errors(seen)]


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.__name__)
def test_the_committed_schema_is_current(study: type[Specification]) -> None:
    name = f"{study.__name__.lower()}.schema.json"
    committed = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert committed == study_schema(study), "run `python -m sim.scenario.reference`"
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(json.loads(committed))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_study_helps_its_editor(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    first, *_ = text.splitlines()
    kind = "forecast" if "#   desksim forecast" in text else "sweep"

    assert first == f"{MODELINE}../../docs/{kind}.schema.json"
    schema = (path.parent / first.removeprefix(MODELINE)).read_text(encoding="utf-8")
    assert complaints(schema, text) == []


HEAD = "version: 1\nname: next\nscenario: office.yaml\n"


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("months: 18", []),
        ("months: 121", ["months"]),
        ("budget: 12.5", []),
        ("assumptions: {a.b: {low: 1 h, high: 2 h}, c.d: {low: 1, likely: 2, high: 3}}", []),
        ("assumptions: {a.b: [1 h, 2 h]}", []),
        ("assumptions: {a.b: 1 h}", ["assumptions/a.b"]),
        ("assumptions: {a.b: {lowest: 1 h}}", ["assumptions/a.b"]),
        ("price_changes: [{from: 2027-01-01, prefix: personal/, change: +5 %}]", []),
        ("price_changes: [{prefix: personal/}]", ["price_changes/0"]),
        ("draws: 10001", ["draws"]),
        ("horizon: 3", [""]),
    ],
)
def test_an_editor_sees_what_the_loader_sees(said: str, where: list[str]) -> None:
    found: list[Any] = complaints(study_schema(Forecast), f"{HEAD}{said}\n")
    assert found == where
