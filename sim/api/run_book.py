"""What the workbook of a run says: of a run in memory, or of its folder."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.api.errors import ResultError
from sim.api.folder import ESTIMATES, OBSERVATIONS, STUDY, SUMMARY
from sim.api.stored import summary, whole_bill
from sim.pricing.charges import EXACT, as_decimal
from sim.report.contents import Assumption
from sim.report.workbook import Charged, Head, RunBook, StudyBook
from sim.storage import read_table

if TYPE_CHECKING:
    import pandas as pd

    from sim.api.results import Run

_PART = ["month", "fleet", "charge", "item", "unit_price", "cost_center"]
"""What the charges of one row of a workbook have in common."""
_WHOLE = 10**10
"""A quantity has ten places behind the point."""
_TEXT = ("measure", "fleet", "numerator", "denominator", "unit", "method", "notes", "text")
"""Columns of a study's tables that are text, or exact."""


class _Told(NamedTuple):
    """What a study says."""

    answer: Sequence[str]
    basis: str
    book: StudyBook


def run_book(run: "Run") -> RunBook:
    """What is said of a run, and of its study if it is the first run of one."""
    study = run.study
    told = None if study is None else _study(study.summary, study.estimates, study.observations)
    return _book(run.summary, run.charges, run.invoice, told)


def run_book_in(folder: Path) -> RunBook:
    """The same of a result folder; neither facts nor the scenario's files are needed.

    Raises:
        ResultError: when the folder is no result of a run, an older one, or one that is not whole.
    """
    document, told = summary(folder), None
    try:
        if (folder / STUDY).is_file():
            study = json.loads((folder / STUDY).read_text(encoding="utf-8"))
            estimates, observations = (
                read_table(folder / name, text=_TEXT) for name in (ESTIMATES, OBSERVATIONS)
            )
            told = _study(study, estimates, observations)
        return _book(document, *whole_bill(folder, document), told)
    except ResultError:
        raise
    except KeyError as error:
        raise ResultError(f"{folder / SUMMARY}: expected {error}, which is not there") from None
    except (OSError, ValueError) as error:
        raise ResultError(f"{folder}: expected a result that is whole: {error}") from None


def head(
    document: Mapping[str, Any],
    *,
    name: str,
    description: str,
    answer: Sequence[str],
    currency: str,
    basis: str,
) -> Head:
    """What a document says of its result before the numbers."""
    scenario, provenance = document["scenario"], document["provenance"]
    start, end = (scenario[when].removesuffix("T00:00:00Z") for when in ("start", "end"))
    identity = {"scenario": scenario["name"], "hash": scenario["hash"][:12]}
    identity |= {key: f"{provenance[key]}" for key in ("seed", "desksim")}
    return Head(
        name=name,
        description=description,
        answer=answer,
        period=f"{start} until before {end} (UTC)",
        currency=currency,
        basis=basis,
        prices=provenance["prices"]["book"],
        as_of=provenance["prices"]["as_of"].replace("..", " to "),
        provenance=list(identity.items()),
    )


def _book(
    document: Mapping[str, Any],
    charges: "pd.DataFrame",
    invoice: "pd.DataFrame",
    study: _Told | None,
) -> RunBook:
    cost, scenario = document["cost"], document["scenario"]
    charged = _charged(charges)
    exact: dict[str, Decimal] = defaultdict(Decimal)
    for one in charged:
        amount = EXACT.multiply(one.quantity, one.unit_price)
        exact[one.cost_center] = EXACT.add(exact[one.cost_center], amount)
    said = head(
        document,
        name=scenario["name"],
        description=scenario["description"],
        answer=_answer(document) if study is None else study.answer,
        currency=cost["currency"],
        basis=document["basis"] if study is None else study.basis,
    )
    return RunBook(
        head=said,
        charges=charged,
        invoice=_billed(invoice),
        exact=exact,
        total=Decimal(cost["total"]),
        assumptions=[Assumption(**row) for row in document["assumptions"]],
        study=None if study is None else study.book,
    )


def _answer(document: Mapping[str, Any]) -> list[str]:
    """What a run cost, as it was simulated."""
    cost, name = document["cost"], document["scenario"]["name"]
    told = f"{name} costs {Decimal(cost['total']):,f} {cost['currency']}"
    if cost["whole_months"] and len(cost["by_month"]) > 1:
        month = Decimal(cost["total"]) / len(cost["by_month"])
        told += f", {month:,.2f} a month"
    if cost["per_user_month"] is not None:
        told += f", {Decimal(cost['per_user_month']):,f} for each person and month"
    return [f"{told}, as it was simulated, at list prices."]


def _charged(charges: "pd.DataFrame") -> list[Charged]:
    """A row for what each cost centre used of each line of the invoice, lines together."""
    import pandas as pd

    said = charges[[*_PART, "unit", "price_source"]].astype(object).fillna("")
    codes, known = pd.factorize(charges["quantity"])
    e10 = [divmod(int(Decimal(quantity).scaleb(10)), _WHOLE) for quantity in known]
    for at, name in enumerate(("whole", "rest")):  # their sums cannot overflow, nor be inexact
        said[name] = pd.Series([parts[at] for parts in e10], dtype="int64").to_numpy()[codes]
    how = {"unit": "first", "price_source": "first", "whole": "sum", "rest": "sum"}
    found = said.groupby(_PART, sort=False, as_index=False).agg(how)
    rows = [
        Charged(
            month=row["month"],
            cost_center=row["cost_center"],
            fleet=row["fleet"],
            charge=row["charge"],
            item=row["item"],
            quantity=as_decimal(int(row["whole"]) * _WHOLE + int(row["rest"])),
            unit=row["unit"],
            unit_price=Decimal(row["unit_price"]),
            source=row["price_source"],
        )
        for row in found.to_dict("records")
    ]
    return sorted(rows, key=lambda one: (one.line, one.cost_center))


def _billed(invoice: "pd.DataFrame") -> dict[tuple[str, str, str, str, Decimal], Decimal]:
    """Amounts of the lines of the invoice."""
    lines = invoice.astype(object).where(invoice.notna(), "").to_dict("records")
    return {
        (*(line[name] for name in _PART[:4]), Decimal(line["unit_price"])): Decimal(line["amount"])
        for line in lines
    }


def _study(
    document: Mapping[str, Any], estimates: "pd.DataFrame", observations: "pd.DataFrame"
) -> _Told:
    costs: dict[str, list[Decimal]] = {}
    rows = observations[observations["measure"] == "cost"].astype(object)
    for row in rows.where(rows.notna(), "").to_dict("records"):
        cost = Decimal(row["numerator"]) / Decimal(row["denominator"])
        costs.setdefault(row["fleet"], []).append(cost)
    found = estimates.astype(object).where(estimates.notna(), "").to_dict("records")
    book = StudyBook(
        costs={"": costs.pop("")} | costs,
        estimates=[{str(name): value for name, value in row.items()} for row in found],
        quantiles={
            (row["percent"], row["fleet"]): Decimal(repr(row["value"]))
            for row in document["quantiles"]
            if row["measure"] == "cost"
        },
    )
    return _Told(document["answer"], document["basis"], book)
