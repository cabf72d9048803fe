"""The reference of the scenario file, generated from the schema: `docs/scenario.md`."""

from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import WithJsonSchema
from pydantic.fields import FieldInfo
from typing_extensions import TypeAliasType

from sim.scenario.distributions import Law
from sim.scenario.fields import MOST, Specification
from sim.scenario.forecasts import Forecast
from sim.scenario.growth import SizeLaw
from sim.scenario.json_schema import json_schema, study_schema
from sim.scenario.outline import members
from sim.scenario.pools import Pool
from sim.scenario.resolved import flow
from sim.scenario.scaling import POLICIES, ScalingPolicy
from sim.scenario.schema import Scenario
from sim.scenario.sweeps import Sweep
from sim.scenario.workload import NormalSpread, NoSpread, UniformSpread

_INTRODUCTION = """\
# The scenario file

<!-- Generated from the schema by `python -m sim.scenario.reference`; a test compares. -->

A scenario is one YAML 1.2 file that says everything a run depends on. `desksim validate FILE` tells
all that is wrong with one, each mistake with file, line and column; `desksim show FILE --resolved`
prints it in full, with where each value came from.

## How values are written

| kind | written | not |
|---|---|---|
| duration | `90 s`, `20 min`, `8 h`, `1 h 30 min`, `30 d`, `PT30M` | `90`, `1 month` |
| share | `85 %` | `0.85`, `85` |
| size | `80 GB`, `2 TB` (1,024 GB); of files `500 MB`, `1 GB` (1,024 MB) | `80` |
| rate | `350 kbit/s`, `200 Mbit/s`, `1 Gbit/s` (1,000 Mbit/s) | `200` |
| US dollars | `0.22`, `$0.22`, `0.22 USD` | `0.20 EUR` |
| instant | `2026-09-01` (00:00 UTC), `2026-09-01T09:00+02:00` | `2026-09-01 09:00` |
| time of day | `9:00`, `17:30` | `9` |
| cron expression | `0 8 * * mon-fri`; as AWS writes it `cron(0 8 ? * MON-FRI *)` | `8:00` |
| switch | `true`, `false` | `yes`, `1` |
| name | up to 64 letters, digits, spaces, `.`, `-`, `_` | |
| file | a path, relative to the file in which it is written | |

Units are compulsory: nobody can tell whether `60` meant seconds or minutes. Months are billing
periods, not durations. Where a default says something about the world, its source stands beside it;
a report lists those on which its numbers rest.

## Layers

`extends: base.yaml`, or a list of files, lays a scenario over others;
`--set fleets.office.bundle=power` lays one setting over it, read by the same rules. Names with dots
go in quotes: `--set 'populations."a.b".users=3'`.

- Mappings merge key by key; the later layer wins: parents in their order, the file, each `--set`.
- Lists and single values replace. So does another form of a distribution or a spread.
- `null` deletes: the default holds again, or the fleet is gone. A null for what is not there is
  fine.
- Paths are relative to the file in which they are written; in `--set`, to the current folder.
- A file may not extend itself, through others neither.

## Populations and replay

One of `populations` and `replay` is needed. A population is generated, or runs a recorded plan:

```yaml
populations:
  office: {users: 40, fleet: desks, shift: {start: 9:00}, session_length: 8 h}
  field: {fleet: desks, workload: {replay: plan.csv, users: users.csv}}
```

With `replay` at the top, one plan says who works when in the whole scenario, and populations of the
same names generate nobody: they say only how their users behave.

`twin_of: NAME` gives a population the random numbers of another one. With equal settings they are
the same people, who come at the same instants and stay as long, so that one run compares two ways
to serve them:

```yaml
populations:
  owners: {users: 40, fleet: desks, shift: {start: 9:00}, session_length: 8 h}
  sharers: {users: 40, fleet: lab, shift: {start: 9:00}, session_length: 8 h, twin_of: owners}
```

## Pools and how they scale

A fleet has a desktop for each user; a pool has as many as are wanted at once, and takes one away
after each session. All capacities are user sessions. `scaling` is a list of policies, which may be
in force together; what they mean together is said in [the model](model.md), rules P9 to P12.

```yaml
pools:
  lab:
    bundle: power
    running_mode: AlwaysOn
    minimum: 10
    maximum: 120
    disconnect_timeout: 15 min
    scaling:
      - schedule: {cron: 45 7 * * mon-fri, time_zone: Asia/Singapore, minimum: 60}
      - schedule: {cron: 0 19 * * mon-fri, time_zone: Asia/Singapore, minimum: 10}
      - target_tracking: 75 %
      - step:
          metric: InsufficientCapacityError
          comparison: ">"
          threshold: 0
          period: 1 min
          steps: [{upper: 10, add: 5}, {lower: 10, percent: 50}]
    edits:
      - {at: 2026-09-14T09:00+08:00, maximum: 200}
```

A policy of your own is a Python function in a file beside the scenario:
`{policy: mymodule:decide}`. It gets a `sim.policy.Observation` and returns the capacity it wants,
or None. Its file counts among the scenario's: a change of it is another scenario.
"""

_FORMS = {
    "Distribution": get_args(Law),
    "SizeDistribution": get_args(SizeLaw),
    "Spread": (NoSpread, NormalSpread, UniformSpread),
}
STUDIES = (Sweep, Forecast)
"""Study files that have a schema, but no reference."""
_BARE = ("Span",)
"""Parts written as their only value."""


def reference() -> str:
    """The reference as Markdown: every part of a scenario with its keys."""
    parts = list(dict.fromkeys(_parts(Scenario)))
    sections = [_INTRODUCTION, *map(_section, parts), *map(_forms, _FORMS)]
    sections.insert(1 + parts.index(Pool), _policies())
    return "\n".join(sections)


def _parts(part: type[Specification]) -> Iterator[type[Specification]]:
    """A part and all parts below it, in the order of the file."""
    yield part
    for field in part.model_fields.values():
        for below in _within(field.annotation):
            yield from _parts(below)


def _within(annotation: Any) -> Iterator[type[Specification]]:
    """Parts that a value may hold, but for forms that have a section of their own."""
    annotation = _there(annotation)
    if isinstance(annotation, TypeAliasType) and annotation.__name__ in _FORMS:
        return
    for member in members(annotation):
        if get_origin(member) in (dict, list):
            yield from _within(get_args(member)[-1])
        elif _is_part(member) and member.__name__ not in _BARE and _settings(member):
            yield member


def _there(annotation: Any) -> Any:
    """An annotation without the None of what may be left out."""
    options = [one for one in get_args(annotation) if one is not NoneType]
    optional = get_origin(annotation) in (Union, UnionType) and len(options) == 1
    return options[0] if optional else annotation


def _is_part(member: Any) -> bool:
    return isinstance(member, type) and issubclass(member, Specification)


def _settings(part: type[Specification]) -> dict[str, FieldInfo]:
    """The keys of a part, without the tag that names it among others."""
    fields = part.model_fields
    return {
        key: field
        for key, field in fields.items()
        if key != "kind" or len(get_args(field.annotation)) > 1
    }


def _section(part: type[Specification]) -> str:
    rows = [
        f"| `{key}` | {_kind(field)} | {_default(field)} | {_prose(field.description)} |"
        for key, field in _settings(part).items()
    ]
    if part is Scenario:
        rows.insert(0, "| `extends` | file or list of file |  | See [layers](#layers). |")
    head = f"## {part.__name__}\n\n{_prose(part.__doc__)}\n"
    return "\n".join([head, "| key | kind | default | meaning |", "|---|---|---|---|", *rows, ""])


def _forms(name: str) -> str:
    rows = []
    for form in _FORMS[name]:
        fields = _settings(form)
        kind = form.model_fields["kind"].default
        settings = ", ".join(f"`{key}`: {_kind(field)}" for key, field in fields.items())
        rows.append(f"| `{kind}` | {settings or 'none'} | {_prose(form.__doc__)} |")
    words = {
        "Distribution": "Written as a mapping of one key, the name of the law: "
        "`{lognormal: {mean: 2 h, cv: 0.8}}`. A law with one setting takes its value alone: "
        "`{exponential: 2 h}`. A duration alone is constant: `8 h`.",
        "SizeDistribution": "Written as a mapping of one key, the name of the law: "
        "`{lognormal: {mean: 500 MB, cv: 1}}`. A size alone is constant: `2 GB`.",
        "Spread": "Written as `{normal: 20 min}`, `{uniform: 30 min}` or `none`.",
    }
    head = f"## {name}\n\n{words[name]}\n"
    return "\n".join([head, "| law | settings | meaning |", "|---|---|---|", *rows, ""])


def _policies() -> str:
    rows = []
    for policy in members(ScalingPolicy):
        kind = policy.model_fields["kind"].default
        needed = ", ".join(f"`{key}`" for key in POLICIES.settings[kind])
        summary = _prose(policy.__doc__.partition("\n")[0])
        rows.append(f"| `{kind}` | {needed} | {_plain_word(policy)} | {summary} |")
    words = (
        "Written as a mapping of one key, the name of the policy: `{schedule: {cron: 0 8 * * "
        "mon-fri, capacity: 80}}`. The value of the only setting that a policy needs may stand for "
        "all of it: `{target_tracking: 75 %}`."
    )
    head = f"## ScalingPolicy\n\nWhat moves a pool's target.\n\n{words}\n"
    titles = ["| policy | usual settings | all settings | meaning |", "|---|---|---|---|"]
    return "\n".join([head, *titles, *rows, ""])


def _kind(field: FieldInfo) -> str:
    return _named(field.metadata) or _bounded(_word(field.annotation), field.metadata)


def _word(annotation: Any) -> str:
    """What may be written where an annotation stands, in words."""
    annotation = _there(annotation)
    if isinstance(annotation, TypeAliasType) and annotation.__name__ in _FORMS:
        return f"[{annotation.__name__.lower()}](#{annotation.__name__.lower()})"
    if annotation is ScalingPolicy:
        return "[ScalingPolicy](#scalingpolicy)"
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return _named(metadata) or _bounded(_word(inner), metadata)
    found = [_plain_word(member) for member in members(annotation, annotated=True)]
    return " or ".join(found)


def _plain_word(member: Any) -> str:
    origin = get_origin(member)
    if origin is Annotated:
        return _word(member)
    if origin is Literal:
        return ", ".join(f"`{flow(value)}`" for value in get_args(member))
    if origin is list:
        return f"list of {_word(get_args(member)[0])}"
    if origin is dict:
        return f"{_word(get_args(member)[1])} by {_word(get_args(member)[0])}"
    if _is_part(member):
        return _part_word(member)
    return {bool: "switch", int: "whole number", float: "number", str: "text"}[member]


def _part_word(part: type[Specification]) -> str:
    name = part.__name__
    if not _settings(part):
        return f"`{part.model_fields['kind'].default}`"
    return "duration" if name in _BARE else f"[{name}](#{name.lower()})"


def _named(metadata: Any) -> str:
    schemas = [one.json_schema or {} for one in metadata if isinstance(one, WithJsonSchema)]
    return next((str(schema["title"]) for schema in schemas if "title" in schema), "")


def _bounded(word: str, metadata: Any) -> str:
    least = [f">= {one.ge}" for one in metadata if isinstance(one, Ge)]
    least += [f"> {one.gt}" for one in metadata if isinstance(one, Gt)]
    most = [f"<= {one.le:,}" for one in metadata if isinstance(one, Le) and one.le != MOST]
    return " ".join([word, ", ".join([*least, *most])]).strip()


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is None:
        return ""
    if isinstance(field.default, Specification):
        return "as below"
    return f"`{flow(field.default)}`"


def _prose(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[2] / "docs"
    (folder / "scenario.md").write_text(reference(), encoding="utf-8")
    (folder / "scenario.schema.json").write_text(json_schema(), encoding="utf-8")
    for study in STUDIES:
        file = folder / f"{study.__name__.lower()}.schema.json"
        file.write_text(study_schema(study), encoding="utf-8")
