"""Volumes that fill, and are made larger before they are full.

No figure is published for how fast people fill their volumes, nor for when administrators act; all
of it is off unless a scenario says otherwise.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from typing_extensions import TypeAliasType

from sim.scenario.fields import (
    Megabytes,
    Number,
    PositiveDuration,
    Share,
    Specification,
    incoherent,
    written,
)
from sim.scenario.forms import Named


class ConstantSize(Specification):
    """The same size for everybody; `2 GB` is short for `{constant: 2 GB}`."""

    kind: Literal["constant"] = "constant"
    value: Megabytes
    """The size [MB]."""


class UniformSize(Specification):
    """Any size between two bounds, equally likely."""

    kind: Literal["uniform"] = "uniform"
    low: Megabytes
    """Smallest size [MB]."""
    high: Megabytes
    """Largest size [MB]."""

    @model_validator(mode="after")
    def _ordered(self) -> "UniformSize":
        if self.low > self.high:
            raise incoherent("high", f"expected at least low, {self.low} MB, got {self.high} MB")
        return self


class LognormalSize(Specification):
    """The logarithm is normal: many small ones, a few large."""

    kind: Literal["lognormal"] = "lognormal"
    mean: Annotated[Megabytes, Field(gt=0)]
    """Mean [MB], not the median."""
    cv: Annotated[Number, Field(gt=0)]
    """Coefficient of variation: standard deviation over mean."""


_LAWS = Named(
    {"constant": ("value",), "uniform": ("low", "high"), "lognormal": ("mean", "cv")},
    expected="a size such as '2 GB', or one distribution such as "
    "{uniform: {low: 1 GB, high: 5 GB}} or {lognormal: {mean: 500 MB, cv: 1}}",
    short="constant",
)

SizeLaw = ConstantSize | UniformSize | LognormalSize

SizeDistribution = TypeAliasType(
    "SizeDistribution", Annotated[Annotated[SizeLaw, Field(discriminator="kind")], _LAWS]
)
"""A size with chance in it."""


class VolumeGrowth(Specification):
    """User volumes that fill at a steady pace; each grows to the next size before it is full."""

    used: SizeDistribution
    """What is on a user volume at first, drawn once for each user. Source: nobody publishes one;
    the scenario has to say it."""
    per_month: SizeDistribution
    """What comes to it in 730 h, drawn once for each user. Source: nobody publishes one; the
    scenario has to say it."""
    threshold: Annotated[Share, Field(gt=0)] = written("80 %")
    """Share of the volume in use at which it is made larger. Source: assumed; no figure is
    published."""
    retry_after: PositiveDuration = written("1 d")
    """Time after which what was refused is tried again. Source: assumed; no figure is published."""
