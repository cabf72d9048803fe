"""The shape of a scenario: which parts may stand where.

Errors suggest the keys that a part knows, and overlays must know where one of several forms is
chosen. Both ask the schema itself, by walking its annotations along a path.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from typing_extensions import TypeAliasType

from sim.scenario.errors import Path
from sim.scenario.fields import Specification
from sim.scenario.schema import Scenario

_UNIONS = (Union, UnionType)
_SHAPES = {"list": list, "mapping": dict, "text": str}


def parts_at(path: Path, whole: type[Specification] = Scenario) -> list[type[Specification]]:
    """The parts that may stand at a path; one may go through tags of unions as well."""
    found: list[Any] = [whole]
    for key in path:
        found = [below for annotation in found for below in _step(annotation, key)]
    return [part for annotation in found for part in members(annotation) if _is_part(part)]


def is_choice(path: Path) -> bool:
    """Whether the mapping at a path names one of several forms, as a distribution does."""
    return sum("kind" in part.model_fields for part in parts_at(path)) > 1


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Specification)


def members(annotation: Any, *, annotated: bool = False) -> Iterator[Any]:
    """What a union or alias may be, None left out; `annotated` keeps the members' annotations."""
    origin = get_origin(annotation)
    if isinstance(annotation, TypeAliasType):
        yield from members(annotation.__value__, annotated=annotated)
    elif origin is Annotated and (not annotated or get_origin(get_args(annotation)[0]) in _UNIONS):
        yield from members(get_args(annotation)[0], annotated=annotated)
    elif origin in _UNIONS:
        for member in get_args(annotation):
            yield from members(member, annotated=annotated)
    elif annotation is not NoneType:
        yield annotation


def _step(annotation: Any, key: str | int) -> Iterator[Any]:
    choices = list(members(annotation))
    if len(choices) > 1 and key in _SHAPES:
        yield annotation
    for member in choices:
        if _is_part(member):
            fields = member.model_fields
            if key in fields:
                yield fields[key].annotation
            if "kind" in fields and fields["kind"].default == key:
                yield member
        elif get_origin(member) is dict:
            yield get_args(member)[1]
        elif get_origin(member) is list and isinstance(key, int):
            yield get_args(member)[0]
