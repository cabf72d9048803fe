"""The columns of a FOCUS file: names, order, types, what may be null and what may be said.

FOCUS is the FinOps Open Cost and Usage Specification: one vocabulary for the bills of all
providers. Version 1.2 is what AWS exports, and so what a simulated bill stands beside; version 1.4
has given two of the columns other names. Columns of our own begin with `x_`, as it asks.

Columns stand in the order of the alphabet, the own ones last. Left out are those that a bill of
desksim has nothing to say in and that FOCUS does not demand of it: commitment discounts, capacity
reservations, second currencies, zones. Nothing was ever invoiced, so InvoiceId is null.

Source: FOCUS 1.2 (2025-05-29), dataset Cost and Usage; AWS Data Exports, table FOCUS_1_2_AWS.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sim.storage import TypedColumn

COST_SCALE = 20
"""Places of a cost: a quantity has ten, a unit price has ten, and nothing is rounded."""

SCALE = 10
"""Places of a quantity, and of a unit price."""


def _text(name: str, *, nullable: bool = False) -> TypedColumn:
    return TypedColumn(name, "text", nullable)


def _instant(name: str) -> TypedColumn:
    return TypedColumn(name, "instant")


def _cost(name: str) -> TypedColumn:
    return TypedColumn(name, "decimal", scale=COST_SCALE)


def _number(name: str) -> TypedColumn:
    return TypedColumn(name, "decimal", nullable=True, scale=SCALE)


FOCUS_1_2: Final = (
    _cost("BilledCost"),
    _text("BillingAccountId"),
    _text("BillingAccountName", nullable=True),
    _text("BillingCurrency"),
    _instant("BillingPeriodEnd"),
    _instant("BillingPeriodStart"),
    _text("ChargeCategory"),
    _text("ChargeClass", nullable=True),
    _text("ChargeDescription", nullable=True),
    _text("ChargeFrequency"),
    _instant("ChargePeriodEnd"),
    _instant("ChargePeriodStart"),
    _number("ConsumedQuantity"),
    _text("ConsumedUnit", nullable=True),
    _cost("ContractedCost"),
    _number("ContractedUnitPrice"),
    _cost("EffectiveCost"),
    _text("InvoiceId", nullable=True),
    _text("InvoiceIssuerName"),
    _cost("ListCost"),
    _number("ListUnitPrice"),
    _text("PricingCategory", nullable=True),
    _number("PricingQuantity"),
    _text("PricingUnit", nullable=True),
    _text("ProviderName"),
    _text("PublisherName"),
    _text("RegionId", nullable=True),
    _text("RegionName", nullable=True),
    _text("ResourceId", nullable=True),
    _text("ResourceName", nullable=True),
    _text("ResourceType", nullable=True),
    _text("ServiceCategory"),
    _text("ServiceName"),
    _text("ServiceSubcategory"),
    _text("SkuId", nullable=True),
    _text("SkuMeter", nullable=True),
    _text("SkuPriceDetails", nullable=True),
    _text("SkuPriceId", nullable=True),
    _text("SubAccountId", nullable=True),
    _text("SubAccountName", nullable=True),
    _text("Tags", nullable=True),
)
"""Columns that FOCUS 1.2 has."""

OWN: Final = (
    _text("x_Charge"),
    _text("x_CostCenter", nullable=True),
    _text("x_Fleet", nullable=True),
    _text("x_Population", nullable=True),
    _text("x_PriceDate", nullable=True),
    _text("x_PriceSource"),
    TypedColumn("x_Replication", "integer"),
    _text("x_Scenario"),
    _text("x_ScenarioHash"),
    _text("x_User", nullable=True),
)
"""Columns of desksim's own."""

OF_FORECASTS: Final = tuple(
    sorted(
        (
            *(replace(column, nullable=True) if column.name == "x_Replication" else column
              for column in OWN),
            TypedColumn("x_Draw", "integer", nullable=True),
            _text("x_Quantile", nullable=True),
        ),
        key=lambda column: column.name,
    )
)  # fmt: skip
"""Those of a forecast: which draw and run an amount is of, or what it says over all runs."""

RENAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "1.2": {},
    "1.4": {"ProviderName": "ServiceProviderName", "PublisherName": "HostProviderName"},
}
"""What each version that can be written calls the columns that it calls otherwise than 1.2.

Source: FOCUS 1.3 (2025-12-04), which added the new names, and 1.4 (2026-06-04), which removed the
old ones.
"""

VERSIONS: Final = tuple(RENAMED)


def columns(version: str, *, forecast: bool = False) -> tuple[TypedColumn, ...]:
    """The columns of a version, in order: those of FOCUS by name, then our own.

    Args:
        version: `1.2` or `1.4`.
        forecast: whether the rows are those of a forecast, not of a bill.

    Raises:
        ValueError: for a version that cannot be written.
    """
    if version not in RENAMED:
        raise ValueError(f"expected FOCUS {' or '.join(VERSIONS)}, got '{version}'")
    renamed, own = RENAMED[version], OF_FORECASTS if forecast else OWN
    theirs = [replace(column, name=renamed.get(column.name, column.name)) for column in FOCUS_1_2]
    return (*sorted(theirs, key=lambda column: column.name), *own)
