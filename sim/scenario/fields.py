"""The kinds of value a scenario file holds: how each is read, written and described to editors."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    Strict,
    WithJsonSchema,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from typing_extensions import override

from sim.scenario import readings
from sim.scenario.errors import shown
from sim.units import (
    Millis,
    format_duration,
    format_rate,
    parse_gigabytes,
    parse_megabytes,
    parse_money,
    parse_part,
    parse_rate,
    parse_share,
)
from sim.units.money import Money

MOST = 2**31 - 1
"""Largest count: users, desktops and hosts are numbered in 32 bits."""


def incoherent(key: str, message: str) -> PydanticCustomError:
    """An error of a whole part of the scenario, to be shown at one `key` of it."""
    return PydanticCustomError("incoherent", "{message}", {"key": key, "message": message})


class Specification(BaseModel):
    """A frozen part of a scenario: data and nothing else."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True
    )


def explained(field: FieldInfo) -> tuple[str, str]:
    """What a setting means, and where its default comes from, as its docstring says.

    A setting that makes a claim about the world ends its docstring with `Source: `, and a word on
    what the claim rests on: a document and its date, a measurement, or that it is assumed.
    """
    meaning, _, source = " ".join((field.description or "").split()).partition(" Source: ")
    return meaning, source


class _Shown:
    """Stands for a value in the message of a parser that shows what it got."""

    def __init__(self, value: object) -> None:
        self.value = value

    @override
    def __repr__(self) -> str:
        return shown(self.value)


def _read_by(parse: Callable[[object], Any]) -> BeforeValidator:
    """Read text and numbers with a parser of `sim.units`, which refuses everything else."""

    def read(value: object) -> Any:
        simple = isinstance(value, str | int | float | Decimal) and not isinstance(value, bool)
        return parse(value if simple else _Shown(value))

    return BeforeValidator(read)


def _schema(title: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "title": title, "examples": list(examples)})


Duration = Annotated[
    Millis,
    _read_by(readings.duration),
    PlainSerializer(format_duration),
    _schema("duration", "90 s", "20 min", "8 h", "1 h 30 min", "PT30M"),
]
"""A duration [ms], written with its unit."""

PositiveDuration = Annotated[Duration, Field(gt=0)]
"""A duration [ms] above zero."""

AutoStopTimeout = Annotated[
    Millis,
    _read_by(readings.autostop_timeout),
    PlainSerializer(format_duration),
    _schema("whole hours", "1 h", "2 h", "4 h"),
]
"""An AutoStop timeout [ms]: whole hours, 1 to 48."""

TimeOfDay = Annotated[
    Millis,
    BeforeValidator(readings.time_of_day),
    PlainSerializer(readings.time_of_day_text),
    _schema("time of day", "09:00", "17:30"),
]
"""A local time of day, as milliseconds since midnight."""

Instant = Annotated[
    datetime,
    BeforeValidator(readings.instant),
    PlainSerializer(readings.instant_text),
    _schema("instant", "2026-09-01", "2026-09-01T09:00Z"),
]
"""An instant, in UTC."""

Share = Annotated[
    float,
    _read_by(parse_share),
    PlainSerializer(readings.share_text),
    _schema("share", "85 %", "0 %", "100 %"),
]
"""A share, 0.0 to 1.0, written with a per cent sign."""

Part = Annotated[
    float,
    _read_by(parse_part),
    PlainSerializer(readings.share_text),
    _schema("part", "120 %", "70 %", "-2 %"),
]
"""A part that may be more than the whole, or negative, written with a per cent sign."""

Gigabytes = Annotated[
    int,
    _read_by(parse_gigabytes),
    PlainSerializer(lambda size: f"{size} GB"),
    _schema("size", "80 GB", "2 TB"),
]
"""A size [GB]."""

Megabytes = Annotated[
    int,
    _read_by(parse_megabytes),
    PlainSerializer(lambda size: f"{size} MB"),
    _schema("size", "500 MB", "1 GB"),
]
"""A size [MB]."""

Rate = Annotated[
    int,
    _read_by(parse_rate),
    PlainSerializer(format_rate),
    _schema("rate", "350 kbit/s", "200 Mbit/s", "1 Gbit/s"),
]
"""A rate of transfer [kbit/s], above zero."""

Price = Annotated[
    Money,
    _read_by(parse_money),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema(
        {"type": ["number", "string"], "title": "US dollars", "examples": [0.22, "4.19 USD"]}
    ),
]
"""An amount of US dollars, exact."""

Day = Annotated[
    date,
    BeforeValidator(readings.day),
    WithJsonSchema({"type": "string", "title": "date", "format": "date"}),
]
"""A calendar date."""

Count = Annotated[int, Field(ge=0, le=MOST), BeforeValidator(readings.whole_number)]
"""A whole number, zero or more."""

Positive = Annotated[int, Field(ge=1, le=MOST), BeforeValidator(readings.whole_number)]
"""A whole number, one or more."""

Number = Annotated[float, BeforeValidator(readings.number)]
"""A number; text that looks like one is refused."""

Switch = Annotated[bool, Strict()]
"""`true` or `false`, not `yes`, `on` or 1."""

Name = Annotated[
    str,
    BeforeValidator(readings.name),
    WithJsonSchema({"type": "string", "title": "name"}),
]
"""A name that a user gives to a fleet, a population, a zone."""

ShortName = Annotated[
    str,
    BeforeValidator(readings.short_name),
    WithJsonSchema(
        {"type": "string", "title": "short name", "pattern": f"^{readings.SHORT_NAME}$"}
    ),
]
"""A name for files and folders."""

Region = Annotated[
    str,
    BeforeValidator(readings.region),
    WithJsonSchema({"type": "string", "title": "Region", "pattern": f"^{readings.REGION}$"}),
]
"""A Region of the provider, by its code."""

Quantity = Annotated[
    Decimal,
    BeforeValidator(readings.quantity),
    PlainSerializer(str, when_used="json"),
    WithJsonSchema({"type": "number", "title": "number", "minimum": 0}),
]
"""An exact number of units on a bill."""

TimeZone = Annotated[
    str, BeforeValidator(readings.time_zone), _schema("time zone", "Europe/London", "UTC")
]
"""A time zone, known to the system or to `tzdata`."""


def _written_path(path: str, info: SerializationInfo) -> str:
    """A path as the serialisation context's `path` wants it, absolute by default."""
    rewrite = info.context["path"] if info.context else str
    return str(rewrite(path))


def _written_reference(reference: str, info: SerializationInfo) -> str:
    """`path:function` with the path as the serialisation context wants it."""
    path, _, function = reference.rpartition(":")
    return f"{_written_path(path, info)}:{function}"


InputFile = Annotated[
    str,
    BeforeValidator(readings.input_file),
    PlainSerializer(_written_path),
    WithJsonSchema({"type": "string", "title": "file", "format": "path"}),
]
"""A path of a file that the scenario reads, relative to the file that names it.

Read from a file it becomes the absolute path, or an error when there is no such file.
"""


FunctionReference = Annotated[
    str,
    BeforeValidator(readings.function_reference),
    PlainSerializer(_written_reference),
    _schema("function", "mymodule:decide"),
]
"""`mymodule:decide`, a function of a Python file beside the scenario; kept as path and name.

Read from a file it becomes the absolute path and the name, or an error when there is none.
"""

Cron = Annotated[
    str,
    BeforeValidator(readings.cron),
    _schema("cron expression", "0 8 * * mon-fri", "cron(0 8 ? * MON-FRI *)"),
]
"""Five fields (minute, hour, day of month, month, day of week); the six of AWS are read too."""


def written(default: Any) -> Any:
    """A default as one would write it in a file, read by the same rules as the file."""
    return Field(default=default, validate_default=True)
