"""Numbers that nobody knows for sure, as a forecast writes them: laws, choices, parts of prices."""

import math
from decimal import Decimal
from statistics import NormalDist
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, Tag, model_validator
from typing_extensions import TypeAliasType

from sim.scenario.fields import Specification, incoherent
from sim.scenario.forms import by_shape
from sim.scenario.sweeps import Amount, Measured


class Uncertain(Specification):
    """A number that nobody knows, as fine as it is written.

    `{low: 1 %, high: 4 %}`: anything from one to the other, equally likely. With `likely` between
    them: a triangle with its top there. `{mean: 2 %, sd: 0.5 %}`: normal.
    """

    shape: ClassVar[str] = "mapping"
    low: Measured | None = None
    """The lowest value."""
    likely: Measured | None = None
    """The most likely value."""
    high: Measured | None = None
    """The highest value."""
    mean: Measured | None = None
    """Mean of the normal law."""
    sd: Measured | None = None
    """Standard deviation of the normal law."""

    @property
    def _said(self) -> dict[str, Amount]:
        return {key: value for key in type(self).model_fields if (value := getattr(self, key))}

    @model_validator(mode="after")
    def _one_law(self) -> Self:
        if self._said.keys() not in ({"low", "high"}, {"low", "likely", "high"}, {"mean", "sd"}):
            expected = "low and high, with likely or without, or mean and sd"
            raise ValueError(f"expected {expected}, got {', '.join(self._said) or 'nothing'}")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        (_, first), *others = self._said.items()
        for key, amount in others:
            if amount.unit != first.unit:
                raise incoherent(key, f"expected the unit of {first}, got '{amount}'")
        if self.sd and self.sd.number <= 0:
            raise incoherent("sd", f"expected more than 0, got '{self.sd}'")
        if self.low and self.high and self.low.number >= self.high.number:
            raise incoherent("high", f"expected more than {self.low}, got '{self.high}'")
        if self.likely and self.low and self.high:
            self._between(self.low, self.likely, self.high)
        return self

    @staticmethod
    def _between(low: Amount, likely: Amount, high: Amount) -> None:
        if not low.number <= likely.number <= high.number:
            raise incoherent("likely", f"expected from {low} to {high}, got '{likely}'")

    def at(self, share: float) -> Amount:
        """The value that this share (0, 1) of all draws stays below, as fine as it is written."""
        amounts = list(self._said.values())
        decimals = max(0, *(-int(one.number.as_tuple().exponent) for one in amounts))
        step = Decimal(1).scaleb(-decimals)
        if self.low and self.high and not self.likely:
            # Each step is equally likely, the ends too, which rounding would halve.
            steps = int((self.high.number - self.low.number) / step) + 1
            number = self.low.number + int(share * steps) * step
        else:
            number = Decimal(repr(self._quantile(share)))
        return Amount(number.quantize(step), amounts[0].unit)

    def _quantile(self, share: float) -> float:
        if self.mean and self.sd:
            return float(self.mean.number) + float(self.sd.number) * NormalDist().inv_cdf(share)
        assert self.low
        assert self.likely
        assert self.high
        low, top, high = (float(one.number) for one in (self.low, self.likely, self.high))
        if share * (high - low) < top - low:
            return low + math.sqrt(share * (high - low) * (top - low))
        return high - math.sqrt((1 - share) * (high - low) * (high - top))


Choices = Annotated[list[Any], Field(min_length=1)]
"""Equally likely values of a setting; one that is written twice is twice as likely."""

Assumed = Annotated[
    Annotated[Uncertain, Tag("mapping")] | Annotated[Choices, Tag("list")],
    by_shape(
        "a range such as {low: 1 h, high: 8 h}, {low: 1, likely: 2, high: 5}, {mean: 85 %, sd: 2 %}"
        " or a list of choices"
    ),
]
"""What one setting is drawn from."""


def _per_cent(amount: Amount) -> Amount:
    if amount.unit != "%" or amount.number <= -100:
        raise ValueError(f"expected per cent such as +5 %, above -100 %, got '{amount}'")
    return amount


def _all_per_cent(found: Uncertain) -> Uncertain:
    for key in ("low", "mean"):
        if amount := getattr(found, key):
            _per_cent(amount)
    return found


Part = Annotated[Measured, AfterValidator(_per_cent)]

Changed = TypeAliasType(
    "Changed",
    Annotated[
        Annotated[Part, Tag("text")]
        | Annotated[Uncertain, AfterValidator(_all_per_cent), Tag("mapping")]
        | Annotated[list[Part], Field(min_length=1), Tag("list")],
        by_shape("a part such as +5 %, a range such as {low: 0 %, high: 8 %} or a list of choices"),
    ],
)
"""By how much a price changes."""
