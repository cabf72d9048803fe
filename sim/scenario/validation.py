"""From a tree of written values to a scenario, or to problems in words with places.

pydantic finds everything that is wrong at once, and says it in terms of its own machinery: union
tags in the path, "Input should be". This module says it in terms of the file.
"""

import re
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.scenario.document import Node
from sim.scenario.errors import Origin, Path, Problem, did_you_mean, shown
from sim.scenario.fields import Specification
from sim.scenario.outline import parts_at

_Whole = TypeVar("_Whole", bound=Specification)

_WANTED = {
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "shape": "{expected}",
    "too_short": "at least {min_length} entry",
    "string_too_short": "at least {min_length} letters",
    "bool_type": "true or false",
    "list_type": "a list",
    "string_type": "text",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
    "string_too_long": "at most {max_length} letters",
    "literal_error": "{expected}",
}


def validate(root: Node, kind: type[_Whole]) -> tuple[_Whole | None, list[Problem]]:
    """The scenario, or whatever else a tree says, or None and all that is wrong with its values."""
    try:
        return kind.model_validate(root.plain()), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        meant = _meant(details)
        return None, [_problem(root, one, kind) for one in details if one["loc"] not in meant]


def locate(root: Node, path: Path) -> Origin:
    """Where the value at a path is written, or the nearest part above that is."""
    node = root
    for key in path:
        below = node.child(key)
        if below is None:
            return node.keys.get(str(key), node.at)
        node = below
    return node.at


def _meant(details: list[ErrorDetails]) -> set[tuple[int | str, ...]]:
    """Required keys that are missing only because they are misspelt: one mistake, one problem."""
    missing = {detail["loc"] for detail in details if detail["type"] == "missing"}
    meant = set()
    for detail in details:
        if detail["type"] == "extra_forbidden":
            *above, key = detail["loc"]
            beside = [str(loc[-1]) for loc in missing if list(loc[:-1]) == above]
            meant |= {(*above, near) for near in get_close_matches(str(key), beside, n=1)}
    return meant


def _problem(root: Node, detail: ErrorDetails, whole: type[Specification]) -> Problem:
    parent = node = root
    path: Path = ()
    for key in detail["loc"]:
        below = node.child(key)
        if below is not None:
            parent, node, path = node, below, (*path, key)
    last = detail["loc"][-1] if detail["loc"] else ""
    match detail["type"]:
        case "missing":
            origin, path = node.keys.get(str(last), node.at), (*path, last)
        case "incoherent":
            key = detail["ctx"]["key"]
            below = node.child(key)
            origin, path = (below or node).at, (*path, key)
        case _ if detail["type"] == "extra_forbidden" or last == "[key]":
            origin = parent.keys[str(path[-1])]
        case _:
            origin = node.at
    return Problem.at(origin, path, _message(detail, whole))


def _message(detail: ErrorDetails, whole: type[Specification]) -> str:
    kind, context = detail["type"], _plain_numbers(detail.get("ctx", {}))
    if kind in ("value_error", "incoherent"):
        return str(context.get("error") or context["message"])
    if kind == "missing":
        return "required, and missing"
    if kind == "extra_forbidden":
        return f"unknown key{_known_key(detail, whole)}"
    wanted = _WANTED[kind].format(**context) if kind in _WANTED else _foreign(detail["msg"])
    hint = _close_word(detail) if kind == "literal_error" else ""
    return f"expected {wanted}, got {shown(detail['input'])}{hint}"


def _plain_numbers(context: dict[str, Any]) -> dict[str, Any]:
    """Bounds as one would write them: 1 and not 1.0."""
    whole = {
        key: int(one) for key, one in context.items() if isinstance(one, float) and one == int(one)
    }
    return {**context, **whole}


def _known_key(detail: ErrorDetails, whole: type[Specification]) -> str:
    *above, key = detail["loc"]
    fields = [item for part in parts_at(tuple(above), whole) for item in part.model_fields.items()]
    known = {field.alias or name for name, field in fields}
    return did_you_mean(key, known - {"kind"})


def _close_word(detail: ErrorDetails) -> str:
    allowed = re.findall(r"'([^']*)'", detail.get("ctx", {})["expected"])
    near = get_close_matches(str(detail["input"]), allowed, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _foreign(message: str) -> str:
    """What pydantic expected, for an error that this schema cannot make today."""
    return re.sub("^Input should be (a valid )?", "", message)
