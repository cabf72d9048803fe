"""A result folder read back: what `desksim run` wrote, without running anything again.

The summary says what was run and when, the facts what happened, `resolved.yaml` the order of the
zones. Nothing else is needed, so a result can be asked on a machine that has neither the scenario
nor its price book.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.api.errors import ResultError
from sim.api.folder import CHARGES, FACTS, INVOICE, RESOLVED, SUMMARY
from sim.api.frames import Names
from sim.api.recorded import Recorded
from sim.api.summary import SCHEMA
from sim.pricing.charges import EXACT
from sim.record import DESKTOPS, LOGONS, USERS, Table
from sim.scenario.document import parse
from sim.storage import FactFiles, read_table
from sim.units import SECOND, Calendar
from sim.workload import Protocols

if TYPE_CHECKING:
    import pandas as pd

_TEXT = (
    *("fleet", "resource", "user", "population", "cost_center", "month", "charge", "item"),
    *("quantity", "unit", "unit_price", "amount", "unrounded", "currency", "price_source"),
)
"""Columns of a bill that are text, or exact."""


def stored(folder: str | PathLike[str]) -> Recorded:
    """Open a result that was written earlier; the facts are read when something is asked.

    Raises:
        ResultError: when the folder is no result of a run, or one without facts.
    """
    place = Path(folder)
    document = summary(place)
    facts = FactFiles[Table](place / FACTS, Table)
    if any(schema not in facts for schema in (USERS, DESKTOPS, LOGONS)):
        raise ResultError(
            f"{place}: this result has no facts; run the scenario again with --facts full"
        )
    try:
        scenario, written = document["scenario"], settings(place)
        names = _names(document, written, facts)
        calendar = Calendar(datetime.fromisoformat(scenario["start"]))
        return Recorded(
            scenario=scenario["name"],
            calendar=calendar,
            begin=-round(scenario["warm_up_s"] * SECOND),
            end=calendar.millis(datetime.fromisoformat(scenario["end"])),
            replication=document["provenance"]["replication"],
            names=names,
            protocols=_protocols(written, names),
            facts=facts,
            charges=lambda: bill(place),
            assumptions=document["assumptions"],
        )
    except (KeyError, TypeError) as error:
        raise ResultError(f"{place / SUMMARY}: expected {error}, which is not there") from None


def summary(folder: Path) -> Mapping[str, Any]:
    """The summary of a result.

    Raises:
        ResultError: when there is none, with the reason.
    """
    if not folder.is_dir():
        found = "a file" if folder.exists() else "nothing"
        raise ResultError(f"{folder}: expected a folder that `desksim run` wrote, found {found}")
    try:
        document = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ResultError(
            f"{folder}: expected a folder that `desksim run` wrote, found no {SUMMARY} in it"
        ) from None
    except ValueError:
        document = None
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise ResultError(f"{folder / SUMMARY}: expected the schema {SCHEMA}, found {schema}")
    assert isinstance(document, dict)
    return document


def _names(
    document: Mapping[str, Any], written: Mapping[str, Any], facts: FactFiles[Table]
) -> Names:
    groups = written.get("host_groups") or {}
    return Names(
        users=facts.table(USERS),
        desktops=facts.table(DESKTOPS),
        clients=document["size"]["clients"],
        hosts=[name for name, group in groups.items() for _ in range(group["count"])],
        pools=[pool["pool"] for pool in document["pools"]],
        zones=list(written.get("zones") or {}),
    )


def _protocols(written: Mapping[str, Any], names: Names) -> Protocols:
    populations = written.get("populations") or {}
    of_client = {
        (population, name): client["protocol"]
        for population, described in populations.items()
        for name, client in (described.get("clients") or {}).items()
        if "protocol" in client
    }
    fleets = (written.get("fleets") or {}).items()
    of_fleet = {name: fleet["protocol"] for name, fleet in fleets}
    return Protocols(of_fleet, of_client, names.users, names.clients)


def settings(folder: Path) -> Mapping[str, Any]:
    """The scenario as it is kept beside the result; paths in it need not lead anywhere.

    Raises:
        ResultError: when it is not there.
    """
    file = folder / RESOLVED
    if not file.is_file():
        raise ResultError(f"{folder}: expected a folder that `desksim run` wrote, no {RESOLVED}")
    root, _ = parse(file.read_text(encoding="utf-8"), str(file), folder)
    found = root.plain()
    return found if isinstance(found, dict) else {}


def bill(folder: Path, name: str = CHARGES) -> "pd.DataFrame":
    """`charges.csv` or `invoice.csv`, amounts as text: they are exact.

    Raises:
        ResultError: when it is not there, or no table.
    """
    file = folder / name
    if not file.is_file():
        raise ResultError(f"{folder}: expected a folder that `desksim run` wrote, no {name}")
    try:
        return read_table(file, text=_TEXT)
    except ValueError as error:
        raise ResultError(f"{error}") from None


def whole_bill(folder: Path, document: Mapping[str, Any]) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """The charges and the invoice that is made of them, for those who add them up again.

    Raises:
        ResultError: when either is not there, has been cut short, or does not belong to the other
            or to the summary, whose document is given.
    """
    charges, invoice = bill(folder), bill(folder, INVOICE)
    used, billed = _quantities(folder / CHARGES, charges), _quantities(folder / INVOICE, invoice)
    paid = sum((_number(folder / INVOICE, text) for text in invoice["amount"]), Decimal(0))
    for line in sorted(used.keys() | billed.keys()):
        if used.get(line) != billed.get(line):
            said = f"charges of {used.get(line, 0)} and a line of {billed.get(line, 0)}"
            what = f"{line[3]} in {line[0]}"
            raise ResultError(
                f"{folder}: expected an invoice of its charges, got {said} for {what}"
            )
    if paid != Decimal(document["cost"]["total"]):
        total = document["cost"]["total"]
        raise ResultError(f"{folder}: expected an invoice of {total}, got one of {paid}")
    return charges, invoice


_LINE = ("month", "fleet", "charge", "item", "unit_price")
"""What the charges of a line of the invoice have in common."""


def _quantities(file: Path, frame: "pd.DataFrame") -> dict[tuple[str, ...], Decimal]:
    """What is charged, by line of the invoice, exactly."""
    found: dict[tuple[str, ...], Decimal] = {}
    texts = frame[[*_LINE, "quantity"]].astype(object).fillna("")
    same = texts.value_counts(sort=False).reset_index(name="times")
    for *line, quantity, times in same.itertuples(index=False, name=None):
        amount = EXACT.multiply(_number(file, quantity), Decimal(times))
        key = (*line[:-1], f"{_number(file, line[-1]).normalize():f}")
        found[key] = EXACT.add(found.get(key, Decimal(0)), amount)
    return found


def _number(file: Path, text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ResultError(f"{file}: expected a number in digits, got '{text}'") from None
