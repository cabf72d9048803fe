"""From the charges of a run to rows of FOCUS, one for each charge, and one for what is rounded.

A charge is quantity x unit price, exact; an invoice rounds its lines, which are sums of charges.
FOCUS demands that price and quantity of a row make its cost, so the charges stay as they are, and
each line of the invoice that was rounded has a row of its own, of the category `Adjustment`, with
what the rounding added or took away. The sum of BilledCost is thus what is to be paid, to the cent:
for the whole bill, and for any part of it that is made of whole lines, such as a month, a fleet, a
charge or an item. The parts of a line that users and cost centers have are exact, and the rounding
of the line, a cent at most, is nobody's.

What a row says is mostly said by its line; only the resource, its people and the amount are its
own. There is no discount: contracted, effective and list cost are one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.report.focus import catalogue
from sim.report.focus.columns import FOCUS_1_2, OWN

ACCOUNT = "simulated"
"""Billing account of a bill that nobody has to pay."""

LINE = ["month", "fleet", "charge", "item", "unit_price"]
"""What the charges of a line of the invoice have in common."""

Codes = NDArray[np.int64]
Words = Sequence[str | None]


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A run's bill and what is known of the run."""

    scenario: str
    """Name of the scenario."""
    scenario_hash: str
    replication: int
    start: datetime
    """Start of the measured time (aware)."""
    end: datetime
    charges: pd.DataFrame
    """As `Run.charges`: quantities and amounts are `Decimal`, what is not there is empty text."""
    invoice: pd.DataFrame
    """As `Run.invoice`."""
    settings: Mapping[str, Any]
    """The scenario in full, as it is written: `region`, `fleets`, `pools`."""


def focus_rows(bill: Bill, *, account: str = ACCOUNT) -> pd.DataFrame:
    """Rows of FOCUS 1.2: the charges in their order, then what the lines of the invoice round.

    Text is categories, money and quantities are `Decimal` or None, instants are in UTC.

    Args:
        bill: charges and invoice of one run.
        account: identifier of the billing account.
    """
    lines = _lines(bill)
    entries = _entries(bill, lines)
    line, rounding = entries["line"].to_numpy(), entries["rounding"].to_numpy()
    usage = np.where(rounding, -1, line)  # nothing is used or priced in a rounding
    cost = entries["amount"].to_numpy()
    price = lines["unit_price"].to_numpy(dtype=object)[line]
    price[rounding] = None
    quantity = entries["quantity"].to_numpy(dtype=object)
    described = [*lines["described"], *lines["rounded"]]
    often = [*lines["often"], "One-Time"]
    found: dict[str, Any] = {
        "BilledCost": cost,
        "BillingAccountId": _word(account, len(entries)),
        "BillingAccountName": _word("desksim simulation", len(entries)),
        "BillingCurrency": _words(lines["currency"], line),
        "ChargeCategory": _words(["Usage", "Adjustment"], rounding.astype(np.int64)),
        "ChargeDescription": _words(described, line + rounding * len(lines)),
        "ChargeFrequency": _words(often, np.where(rounding, len(lines), line)),
        "ConsumedQuantity": quantity,
        "ConsumedUnit": _words(lines["unit"], usage),
        "ContractedCost": cost,
        "ContractedUnitPrice": price,
        "EffectiveCost": cost,
        "InvoiceIssuerName": _word(catalogue.PROVIDER, len(entries)),
        "ListCost": cost,
        "ListUnitPrice": price,
        "PricingCategory": _words(["Standard"], np.where(rounding, -1, 0)),
        "PricingQuantity": quantity,
        "PricingUnit": _words(lines["unit"], usage),
        "ProviderName": _word(catalogue.PROVIDER, len(entries)),
        "PublisherName": _word(catalogue.PROVIDER, len(entries)),
        "SkuId": _words(lines["item"], line),
        "SkuMeter": _words(lines["meter"], line),
        "SkuPriceId": _words(lines["sku_price"], line),
        "x_CostCenter": _own_words(entries["cost_center"]),
        "x_Population": _own_words(entries["population"]),
        "x_Replication": np.full(len(entries), bill.replication, dtype=np.int32),
        "x_Scenario": _word(bill.scenario, len(entries)),
        "x_ScenarioHash": _word(bill.scenario_hash, len(entries)),
        "x_User": _own_words(entries["user"]),
        **_periods(bill, lines, line),
        **_places(bill, lines, line),
        **_resources(bill, lines, entries, usage),
        **{
            name: _words(lines[column].replace({"": None}), line)
            for name, column in (
                ("x_Charge", "charge"),
                ("x_Fleet", "fleet"),
                ("x_PriceDate", "price_date"),
                ("x_PriceSource", "price_source"),
            )
        },
    }
    nothing = _words([], np.full(len(entries), -1))
    return pd.DataFrame({c.name: found.get(c.name, nothing) for c in (*FOCUS_1_2, *OWN)})


def _lines(bill: Bill) -> pd.DataFrame:
    """The lines of the invoice, with what their charges have in common and what was rounded."""
    same = [*LINE, "unit", "currency", "price_source"]
    first = bill.charges.drop_duplicates(LINE)[same]
    invoice = bill.invoice.assign(difference=bill.invoice["amount"] - bill.invoice["unrounded"])
    lines = invoice[[*LINE, "difference"]].merge(first, on=LINE, how="inner", validate="1:1")
    assert len(lines) == len(first) == len(invoice), "an invoice is made of its charges"
    item, price = lines["item"], [format(price, "f") for price in lines["unit_price"]]
    units = [catalogue.unit(word) for word in lines["unit"]]
    read = lines["price_source"].str.extract(r"^(?P<source>.*) \((?P<date>[^()]*)\)$")
    return lines.assign(
        described=[
            f"{charge}, {currency} {price} per {unit}: {item}"
            for charge, currency, price, unit, item in zip(
                lines["charge"], lines["currency"], price, lines["unit"], item, strict=True
            )
        ],
        rounded=[
            f"rounding of {charge} to the cent: {name}"
            for charge, name in zip(lines["charge"], item, strict=True)
        ],
        often=["Recurring" if word.endswith("-month") else "Usage-Based" for word in lines["unit"]],
        unit=units,
        meter=["/".join(name.split("/")[:2]) for name in item],
        sku_price=[f"{name}@{amount}" for name, amount in zip(item, price, strict=True)],
        price_date=read["date"],
        price_source=read["source"],
    )


def _entries(bill: Bill, lines: pd.DataFrame) -> pd.DataFrame:
    """The charges, then the roundings that are not zero, each with its line."""
    places = lines[LINE].assign(line=np.arange(len(lines)))
    own = ["resource", "user", "population", "cost_center", "quantity", "amount"]
    charges = bill.charges[[*LINE, *own]].merge(places, on=LINE, how="left")
    rounded = lines.index[lines["difference"] != 0]
    roundings = pd.DataFrame(
        {
            "line": rounded.to_numpy(),
            "amount": lines["difference"][rounded].to_numpy(),
            **dict.fromkeys(own[:-2], ""),
            "quantity": None,
        }
    )
    entries = pd.concat([charges[["line", *own]], roundings[["line", *own]]], ignore_index=True)
    entries["rounding"] = np.arange(len(entries)) >= len(charges)
    return entries.astype({"line": np.int64})


def _periods(bill: Bill, lines: pd.DataFrame, line: Codes) -> dict[str, Any]:
    """The month of the bill, and the part of it that was measured; ends are exclusive."""
    months, month = np.unique(lines["month"].to_numpy(dtype=str), return_inverse=True)
    begins = [datetime.fromisoformat(f"{name}-01").replace(tzinfo=UTC) for name in months.tolist()]
    ends = [(begin + timedelta(days=32)).replace(day=1) for begin in begins]
    instants = {
        "BillingPeriodStart": begins,
        "BillingPeriodEnd": ends,
        "ChargePeriodStart": [max(begin, bill.start) for begin in begins],
        "ChargePeriodEnd": [min(end, bill.end) for end in ends],
    }
    return {
        name: pd.DatetimeIndex(values, tz="UTC").as_unit("us").take(month[line])
        for name, values in instants.items()
    }


def _places(bill: Bill, lines: pd.DataFrame, line: Codes) -> dict[str, Any]:
    """The Region in which the charges of a line arise, and the service that they belong to."""
    regions = [
        _region(bill.settings, fleet, charge)
        for fleet, charge in zip(lines["fleet"], lines["charge"], strict=True)
    ]
    pools = bill.settings.get("pools") or {}
    services = [
        catalogue.service(item, pools.get(fleet) or {})
        for fleet, item in zip(lines["fleet"], lines["item"], strict=True)
    ]
    return {
        "RegionId": _words(regions, line),
        "RegionName": _words([catalogue.REGIONS.get(name, name) for name in regions], line),
        "ServiceName": _words([found.name for found in services], line),
        "ServiceCategory": _words([found.category for found in services], line),
        "ServiceSubcategory": _words([found.subcategory for found in services], line),
    }


def _region(settings: Mapping[str, Any], fleet: str, charge: str) -> str:
    """Of a fleet or pool its own, if it has one; of a standby that of the standby."""
    kinds = (settings.get("fleets") or {}, settings.get("pools") or {})
    own: Mapping[str, Any] = next((kind[fleet] for kind in kinds if fleet in kind), {})
    if charge.startswith("standby-"):
        return str(own["recovery"]["standby"]["region"])
    return str(own.get("region") or settings["region"])


def _resources(
    bill: Bill, lines: pd.DataFrame, entries: pd.DataFrame, usage: Codes
) -> dict[str, Any]:
    """What is charged, under a name that no other scenario's has, and its tags."""
    pools = bill.settings.get("pools") or {}
    kinds = [
        _kind(fleet, item, pools) for fleet, item in zip(lines["fleet"], lines["item"], strict=True)
    ]
    named = [
        f"{bill.scenario}/{kinds[code].lower()}/{name}" if code >= 0 else None
        for code, name in zip(usage.tolist(), entries["resource"], strict=True)
    ]
    fleets = lines["fleet"].to_numpy(dtype=object)[entries["line"]]
    tags = [
        _tags(CostCenter=center, Fleet=fleet, Population=population)
        for center, fleet, population in zip(
            entries["cost_center"], fleets, entries["population"], strict=True
        )
    ]
    return {
        "ResourceId": _own_words(named),
        "ResourceName": _own_words(entries["resource"]),
        "ResourceType": _words(kinds, usage),
        "Tags": _own_words(tags),
    }


def _kind(fleet: str, item: str, pools: Mapping[str, Any]) -> str:
    if fleet:
        return "Pool" if fleet in pools else "Desktop"
    return {"directory": "Directory", "kms": "Key"}.get(item.partition("/")[0], "Service")


def _tags(**tags: str) -> str | None:
    """JSON of the tags that have a value."""
    said = {name: value for name, value in tags.items() if value}
    return json.dumps(said, ensure_ascii=False) if said else None


def _words(words: "Words | pd.Series[str]", code: Codes) -> pd.Categorical:
    """Words by code; code -1 is nothing, and so is None."""
    places, known = pd.factorize(np.array([*words, None], dtype=object))
    return pd.Categorical.from_codes(places[code], categories=pd.Index(known, dtype="str"))


def _own_words(words: "Words | pd.Series[str]") -> pd.Categorical:
    """A word for each row; empty text is nothing."""
    listed = [word or None for word in words]
    return _words(listed, np.arange(len(listed)))


def _word(word: str, count: int) -> pd.Categorical:
    """The same word in each row."""
    return _words([word], np.zeros(count, dtype=np.int64))
