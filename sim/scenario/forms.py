"""Choices as people write them: the name of what is chosen, and its settings below.

`{normal: 20 min}`, `{lognormal: {mean: 2 h, cv: 0.8}}`, `8 h` and `none` all name one of several
models. `Named` reads these forms into the model meant, writes them again, and describes them in the
JSON Schema, so that what an editor accepts is what the loader accepts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, Discriminator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sim.scenario.errors import shown


@dataclass(frozen=True)
class Named:
    """Annotation of a union of models told apart by `kind`, whose value is written as a key."""

    settings: Mapping[str, tuple[str, ...]]
    """Settings that each choice needs: none, it may be written as a word; one, its value may stand
    for all of it."""

    expected: str
    """What to say when none of them is written."""

    short: str = ""
    """The choice that bare text stands for, one with a single setting."""

    def read(self, value: object) -> object:
        """The tagged form of what is written; models pass."""
        if isinstance(value, BaseModel):
            return value
        if isinstance(value, str):
            if self.settings.get(value) == ():
                return {"kind": str(value)}
            if self.short:
                return {"kind": self.short, self.settings[self.short][0]: value}
        if isinstance(value, dict) and len(value) == 1:
            name, body = next(iter(value.items()))
            if self.settings.get(name) or (name in self.settings and isinstance(body, dict)):
                return self._tagged(name, body)
        raise ValueError(f"expected {self.expected}, got {self._got(value)}")

    def _tagged(self, name: str, body: object) -> dict[str, object]:
        if isinstance(body, dict):
            if "kind" in body:
                raise ValueError(f"unknown key 'kind' below '{name}'")
            return {**body, "kind": name}
        if len(self.settings[name]) == 1:
            return {"kind": name, self.settings[name][0]: body}
        wanted = " and ".join(f"'{setting}'" for setting in self.settings[name])
        raise ValueError(f"expected {wanted} below '{name}', got {shown(body)}")

    def _got(self, value: object) -> str:
        if not isinstance(value, dict):
            return shown(value)
        unknown = [key for key in value if key not in self.settings]
        near = get_close_matches(unknown[0], self.settings, n=1) if unknown else []
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return ", ".join(f"'{key}'" for key in value) + hint if value else "an empty mapping"

    def write(self, data: dict[str, Any]) -> Any:
        """What one writes in a file for a model that is dumped with its `kind`."""
        body = dict(data)
        name = body.pop("kind")
        if not body:
            return name
        names = self.settings[name]
        value = body[names[0]] if list(body) == list(names[:1]) else body
        return value if name == self.short else {name: value}

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """The union's schema, between `read` and `write`."""
        union = handler(source)
        return core_schema.no_info_before_validator_function(
            self.read,
            union,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda value, dump: self.write(dump(value)), schema=union
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """One form for each choice, and the short ones."""
        tagged = handler(schema)["oneOf"]
        words = [name for name, settings in self.settings.items() if not settings]
        forms: list[JsonSchemaValue] = [{"enum": words}] if words else []
        for reference in tagged:
            model = dict(handler.resolve_ref_schema(reference))
            properties = dict(model["properties"])
            name = properties.pop("kind")["const"]
            body = {**model, "properties": properties}
            bare = [properties[one] for one in self.settings[name] if len(self.settings[name]) == 1]
            if name == self.short:
                forms = [*bare, *forms]
            if properties:
                forms.append(_one_key(name, [*bare, body], model.get("description", "")))
        return {"anyOf": forms, "description": f"Expected: {self.expected}."}


def _one_key(name: str, bodies: list[JsonSchemaValue], description: str) -> JsonSchemaValue:
    return {
        "type": "object",
        "description": description,
        "properties": {name: bodies[0] if len(bodies) == 1 else {"anyOf": bodies}},
        "required": [name],
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class Bare:
    """Annotation of a model with one setting, which is written as that setting's value alone."""

    setting: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """The model's schema, put around text and taken off again."""
        model = handler(source)
        return core_schema.no_info_before_validator_function(
            lambda value: {self.setting: value} if isinstance(value, str) else value,
            model,
            serialization=core_schema.wrap_serializer_function_ser_schema(
                lambda value, dump: dump(value)[self.setting], schema=model
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema of the setting."""
        model = handler.resolve_ref_schema(handler(schema))
        return dict(model["properties"][self.setting])


@dataclass(frozen=True)
class OrFile:
    """Annotation of a list that may be kept in a file, which the loader puts in its place."""

    description: str

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The list, or a path."""
        path = {
            "type": "string",
            "title": "file",
            "format": "path",
            "description": self.description,
        }
        return {"anyOf": [handler(schema), path]}


def by_shape(expected: str) -> Discriminator:
    """Tell a union's members, tagged `list`, `mapping` or `text`, apart by what is written."""
    return Discriminator(
        _shape,
        custom_error_type="shape",
        custom_error_message="expected {expected}",
        custom_error_context={"expected": expected},
    )


def _shape(value: object) -> str | None:
    match value:
        case str():
            return "text"
        case list() | tuple():
            return "list"
        case dict():
            return "mapping"
        case BaseModel():
            return str(getattr(value, "shape", "mapping"))
        case _:
            return None
