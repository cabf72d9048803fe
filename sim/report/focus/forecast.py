"""From a forecast to rows of FOCUS: what each month may cost, by cost centre.

A forecast has no charges, only what each of its runs costs by month and cost centre. Such an amount
is one row: one month of a forecast at that price. Price and quantity of a row make its cost, as
FOCUS demands; the service is none of the provider's, since an amount is of all of them together.

Three kinds of rows, of which a file has one. *mean*: the mean over the runs, which adds up.
*quantiles*: mean, P10, P50 and P90, each cost centre and all together; they are no parts of
anything and must not be added up. *runs*: every run, told apart by `x_Replication`; one of them
adds up, several do not. The amounts have ten places, as unit prices have.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import pandas as pd

from sim.report.focus import catalogue
from sim.report.focus.columns import FOCUS_1_2, OF_FORECASTS, SCALE
from sim.report.focus.rows import ACCOUNT

Rows = Literal["mean", "quantiles", "runs"]

SKU: Final = "forecast/month"
SERVICE: Final = catalogue.Service("Forecast of all services", "Other", "Other (Other)")
SAID: Final = {
    "mean": "mean of all runs",
    "p10": "P10: 1 in 10 runs costs at most this",
    "p50": "P50: half of the runs cost at most this",
    "p90": "P90: 9 in 10 runs cost at most this",
}
"""What an amount over the runs says, which way included."""
_STEP = Decimal(1).scaleb(-SCALE)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a month of a cost centre costs, in one run or over all of them."""

    month: str
    cost_center: str
    """Empty for all together."""
    cost: Decimal
    quantile: str = ""
    """`mean`, `p10`, `p50`, `p90`; empty for one run."""
    draw: int | None = None
    replication: int | None = None

    @property
    def described(self) -> str:
        """In a sentence; what must not be added up says so."""
        whose = self.cost_center or "all cost centres together"
        said = SAID.get(self.quantile, f"run {self.replication}")
        warning = "; not to be added up" if self.quantile not in ("", "mean") else ""
        return f"{self.month}, {whose}, {said}{warning}"


@dataclass(frozen=True, kw_only=True)
class Outlooks:
    """The amounts of a forecast, and what is known of it."""

    forecast: str
    """Its name."""
    scenario_hash: str
    """Of the scenario with its assumptions as they stand in it."""
    currency: str
    prices: str
    """Book, and as of when."""
    entries: Sequence[Expected]


def forecast_focus_rows(found: Outlooks, *, account: str = ACCOUNT) -> pd.DataFrame:
    """Rows of FOCUS 1.2, one for each amount, in their order.

    Text is categories, money and quantities are `Decimal`, instants are in UTC.
    """
    rows = [_row(found, entry, account) for entry in found.entries]
    frame = pd.DataFrame(rows, columns=[c.name for c in (*FOCUS_1_2, *OF_FORECASTS)], dtype=object)
    for column in (*FOCUS_1_2, *OF_FORECASTS):
        match column.kind:
            case "text":
                frame[column.name] = frame[column.name].astype("category")
            case "integer":
                frame[column.name] = frame[column.name].astype("Int32")
            case "instant":
                frame[column.name] = pd.to_datetime(frame[column.name], utc=True).dt.as_unit("us")
    return frame


def _row(found: Outlooks, entry: Expected, account: str) -> dict[str, Any]:
    cost = entry.cost.quantize(_STEP)
    begin = datetime.fromisoformat(f"{entry.month}-01").replace(tzinfo=UTC)
    end = (begin + timedelta(days=32)).replace(day=1)
    tags = {"CostCenter": entry.cost_center} if entry.cost_center else {}
    costs = dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost)
    return costs | {
        "BillingAccountId": account,
        "BillingAccountName": "desksim simulation",
        "BillingCurrency": found.currency,
        "BillingPeriodEnd": end,
        "BillingPeriodStart": begin,
        "ChargeCategory": "Usage",
        "ChargeDescription": entry.described,
        "ChargeFrequency": "Recurring",
        "ChargePeriodEnd": end,
        "ChargePeriodStart": begin,
        "ConsumedQuantity": Decimal(1),
        "ConsumedUnit": "Months",
        "ContractedUnitPrice": cost,
        "InvoiceIssuerName": catalogue.PROVIDER,
        "ListUnitPrice": cost,
        "PricingCategory": "Standard",
        "PricingQuantity": Decimal(1),
        "PricingUnit": "Months",
        "ProviderName": catalogue.PROVIDER,
        "PublisherName": catalogue.PROVIDER,
        "ServiceCategory": SERVICE.category,
        "ServiceName": SERVICE.name,
        "ServiceSubcategory": SERVICE.subcategory,
        "SkuId": SKU,
        "SkuMeter": SKU,
        "SkuPriceId": f"{SKU}@{cost:f}",
        "Tags": json.dumps(tags, ensure_ascii=False) if tags else None,
        "x_Charge": "forecast",
        "x_CostCenter": entry.cost_center or None,
        "x_Draw": entry.draw,
        "x_PriceSource": found.prices,
        "x_Quantile": entry.quantile or None,
        "x_Replication": entry.replication,
        "x_Scenario": found.forecast,
        "x_ScenarioHash": found.scenario_hash,
    }
