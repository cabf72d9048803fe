"""Distributions of durations as they are written in files; `sim.workload` draws from them.

Every form is given by its mean, so that changing the law keeps the load: `{lognormal: {mean: 2 h,
cv: 0.8}}` and `{exponential: 2 h}` ask for the same connected hours.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.fields import Duration, InputFile, Specification


class Constant(Specification):
    """Always the same duration."""

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
            raise ValueError("expected low <= high")
        return self


class Exponential(Specification):
    """Memoryless; coefficient of variation 1."""

    kind: Literal["exponential"] = "exponential"
    mean: Duration
    """Mean [ms]."""


class Lognormal(Specification):
    """The logarithm is normal."""

    kind: Literal["lognormal"] = "lognormal"
    mean: Duration
    """Mean [ms], not the median."""
    cv: float = Field(gt=0)
    """Coefficient of variation: standard deviation over mean."""


class Gamma(Specification):
    """Sums of exponentials, generalised; shape = 1 / cv**2."""

    kind: Literal["gamma"] = "gamma"
    mean: Duration
    """Mean [ms]."""
    cv: float = Field(gt=0)
    """Coefficient of variation."""


class Weibull(Specification):
    """Lifetimes; a shape below 1 means the longer it has lasted, the longer it will."""

    kind: Literal["weibull"] = "weibull"
    mean: Duration
    """Mean [ms]."""
    shape: float = Field(gt=0)
    """Weibull shape; 1 is exponential."""


class Hyperexponential(Specification):
    """Two exponential phases with balanced means: many short, a few long; cv above 1."""

    kind: Literal["hyperexponential"] = "hyperexponential"
    mean: Duration
    """Mean [ms]."""
    cv: float = Field(ge=1)
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


_KINDS = (
    "constant",
    "uniform",
    "exponential",
    "lognormal",
    "gamma",
    "weibull",
    "hyperexponential",
    "empirical",
)


def _tagged(value: Any) -> Any:
    """Turn what people write (`8 h`, `{exponential: 2 h}`) into the tagged form."""
    if isinstance(value, str):
        return {"kind": "constant", "value": value}
    if isinstance(value, dict) and "kind" not in value:
        if len(value) != 1 or next(iter(value)) not in _KINDS:
            raise ValueError(
                "expected a duration such as '8 h', or one distribution such as "
                f"{{exponential: 2 h}} or {{lognormal: {{mean: 2 h, cv: 0.8}}}} (one of {', '.join(_KINDS)})"
                f", got {value!r}"
            )
        kind, body = next(iter(value.items()))
        if isinstance(body, dict):
            return {"kind": kind, **body}
        return {"kind": kind, ("value" if kind == "constant" else "mean"): body}
    return value


Distribution = Annotated[
    Annotated[
        Constant
        | Uniform
        | Exponential
        | Lognormal
        | Gamma
        | Weibull
        | Hyperexponential
        | Empirical,
        Field(discriminator="kind"),
    ],
    BeforeValidator(_tagged),
]
"""A duration with chance in it."""
