"""The JSON Schemas of scenario and study files, for editors that check while one types.

It accepts the forms that people write (`8 h`, `{exponential: 2 h}`), as the loader does. A file
with `extends:` is a layer and may leave out what the files below it say, or delete it with null.
"""

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

from sim.scenario.fields import Specification
from sim.scenario.schema import Scenario

_WHOLE = ("Distribution", "SizeDistribution", "Spread")
"""Definitions that a layer replaces as a whole."""

_DEFINITION = "#/$defs/"

_EXTENDS = {
    "description": "Scenario files that this one is laid over; the later one wins.",
    "anyOf": [
        {"type": "string", "title": "file"},
        {"type": "array", "items": {"type": "string", "title": "file"}},
    ],
}


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat a key."""

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    @override
    def definitions_schema(self, schema: core_schema.DefinitionsSchema) -> JsonSchemaValue:
        # The forms of a choice are made of those of its models, which must be there before.
        models_first = sorted(
            schema["definitions"], key=lambda definition: definition["type"] == "function-before"
        )
        return super().definitions_schema({**schema, "definitions": models_first})


def schema_tree() -> dict[str, Any]:
    """The JSON Schema as a dictionary: `Scenario` and its parts are below `$defs`."""
    tree = Scenario.model_json_schema(schema_generator=_Untitled)
    parts = tree.pop("$defs")
    scenario = {**tree, "properties": {"extends": _EXTENDS, **tree["properties"]}}
    parts = {"Scenario": scenario, **parts}
    layers: dict[str, Any] = {}
    _add_layer("Scenario", parts, layers)
    parts["Scenario"] = {**scenario, "anyOf": [{"required": ["fleets"]}, {"required": ["pools"]}]}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "desksim scenario",
        "description": scenario["description"],
        "if": {"required": ["extends"]},
        "then": {"$ref": _DEFINITION + "ScenarioLayer"},
        "else": {"$ref": _DEFINITION + "Scenario"},
        "$defs": {**parts, **layers},
    }


def json_schema() -> str:
    """The JSON Schema (draft 2020-12) of a scenario file, as text."""
    return json.dumps(schema_tree(), indent=1, ensure_ascii=False) + "\n"


def study_schema(study: type[Specification]) -> str:
    """The JSON Schema of a sweep or forecast file, as text."""
    tree = study.model_json_schema(schema_generator=_Untitled)
    head = {"$schema": GenerateJsonSchema.schema_dialect, **tree}
    return json.dumps({**head, "title": f"desksim {study.__name__.lower()}"}, indent=1) + "\n"


def _add_layer(name: str, parts: dict[str, Any], layers: dict[str, Any]) -> str:
    """Add what may be laid over a part, and over all below it; return its name."""
    if name in _WHOLE:
        return name
    layer = f"{name}Layer"
    if layer not in layers:
        layers[layer] = {}
        layers[layer] = _relaxed(parts[name], parts, layers)
    return layer


def _relaxed(schema: Any, parts: dict[str, Any], layers: dict[str, Any]) -> Any:
    """A schema in which nothing is required and null deletes; lists are whole, so they keep it."""
    if not isinstance(schema, dict) or "items" in schema:
        return schema
    found = {key: below for key, below in schema.items() if key not in ("required", "default")}
    if name := str(schema.get("$ref", "")).removeprefix(_DEFINITION):
        found["$ref"] = _DEFINITION + _add_layer(name, parts, layers)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            found[key] = [_relaxed(form, parts, layers) for form in schema[key]]
    if "properties" in schema:
        found["properties"] = {
            key: _nullable(_relaxed(below, parts, layers))
            for key, below in schema["properties"].items()
        }
    if isinstance(schema.get("additionalProperties"), dict):
        entry = _relaxed(schema["additionalProperties"], parts, layers)
        found["additionalProperties"] = _nullable(entry)
    return found


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
