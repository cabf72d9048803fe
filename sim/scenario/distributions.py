"""Distributions of durations as they are written in files; `sim.workload` draws from them.

Every form is given by its mean, so that changing the law keeps the load: `{lognormal: {mean: 2 h,
cv: 0.8}}` and `{exponential: 2 h}` ask for the same connected hours.

A file names the law as the one key of a mapping; `kind`, by which the parsed forms are told apart,
is never written.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from typing_extensions import TypeAliasType

from sim.scenario.fields import (
    Duration,
    InputFile,
    Number,
    PositiveDuration,
    Specification,
    incoherent,
)
from sim.scenario.forms import Named
from sim.units import DAY, format_duration


class Constant(Specification):
    """Always the same duration; `8 h` is short for `{constant: 8 h}`."""

    kind: Literal["constant"] = "constant"
    value: Duration
    """The duration [ms]."""


class Uniform(Specification):
    """Any duration between two bounds, equally likely."""

    kind: Literal["uniform"] = "uniform"
    low: Duration
    """Shortest duration [ms]."""
    high: Duration
    """Longest duration [ms]."""

    @model_validator(mode="after")
    def _ordered(self) -> "Uniform":
        if self.low > self.high:
            low, high = format_duration(self.low), format_duration(self.high)
            raise incoherent("high", f"expected at least low, {low}, got {high}")
        return self


class Exponential(Specification):
    """Memoryless; coefficient of variation 1."""

    kind: Literal["exponential"] = "exponential"
    mean: PositiveDuration
    """Mean [ms]."""


class Lognormal(Specification):
    """The logarithm is normal."""

    kind: Literal["lognormal"] = "lognormal"
    mean: PositiveDuration
    """Mean [ms], not the median."""
    cv: Annotated[Number, Field(gt=0)]
    """Coefficient of variation: standard deviation over mean."""


class Gamma(Specification):
    """Sums of exponentials, generalised; shape = 1 / cv**2."""

    kind: Literal["gamma"] = "gamma"
    mean: PositiveDuration
    """Mean [ms]."""
    cv: Annotated[Number, Field(gt=0)]
    """Coefficient of variation."""


class Weibull(Specification):
    """Lifetimes; a shape below 1 means the longer it has lasted, the longer it will."""

    kind: Literal["weibull"] = "weibull"
    mean: PositiveDuration
    """Mean [ms]."""
    shape: Annotated[Number, Field(gt=0)]
    """Weibull shape; 1 is exponential."""


class Hyperexponential(Specification):
    """Two exponential phases with balanced means: many short, a few long; cv above 1."""

    kind: Literal["hyperexponential"] = "hyperexponential"
    mean: PositiveDuration
    """Mean [ms]."""
    cv: Annotated[Number, Field(ge=1)]
    """Coefficient of variation, at least 1."""


class Empirical(Specification):
    """Measured durations, resampled: the column of a CSV file."""

    kind: Literal["empirical"] = "empirical"
    csv: InputFile
    """Path of the CSV file, relative to the scenario file that names it."""
    column: str
    """Column that holds the durations."""
    unit: Literal["ms", "s", "min", "h"]
    """Unit of the column."""


_LAWS = Named(
    {
        "constant": ("value",),
        "uniform": ("low", "high"),
        "exponential": ("mean",),
        "lognormal": ("mean", "cv"),
        "gamma": ("mean", "cv"),
        "weibull": ("mean", "shape"),
        "hyperexponential": ("mean", "cv"),
        "empirical": ("csv", "column", "unit"),
    },
    expected="a duration such as '8 h', or one distribution such as {exponential: 2 h} or "
    "{lognormal: {mean: 2 h, cv: 0.8}}",
    short="constant",
)

Law = Constant | Uniform | Exponential | Lognormal | Gamma | Weibull | Hyperexponential | Empirical

Distribution = TypeAliasType(
    "Distribution", Annotated[Annotated[Law, Field(discriminator="kind")], _LAWS]
)
"""A duration with chance in it."""


def _within_a_day(law: Law) -> Law:
    match law:
        case Constant():
            longest = law.value
        case Uniform():
            longest = law.high
        case Empirical():
            longest = 0
        case _:
            longest = law.mean
    if longest > DAY:
        raise ValueError(f"expected at most 24 h, got {format_duration(longest)}")
    return law


Stage = Annotated[Distribution, AfterValidator(_within_a_day)]
"""A wait within a logon: at most a day, or a mean of one; facts count it in 32 bits."""
