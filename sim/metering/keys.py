"""Requests to the keys with which volumes are encrypted: a few for each creation and each start.

A volume's data key is kept with the volume, encrypted under the key of the account; whenever the
volume is made or attached anew somebody asks the key service to make it or to decrypt it. Requests
are counted by the calendar month in which they are made, over all fleets, since the free tier is
the account's.

A start is whatever begins a run, a monthly maintenance and a switch to AutoStop included, or a
reboot. Left out, for they are rare: starts of AlwaysOn desktops after an outage or a switch, and of
desktops whose compute was changed.

Source: AWS KMS Developer Guide, "How WorkSpaces uses AWS KMS".
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.metering.months import BilledMonths, Ints
from sim.record import OperationKind, Table
from sim.scenario.desktops import Encryption, KeyRequests
from sim.scenario.schema import Scenario

REBUILT = (OperationKind.REBUILD, OperationKind.RESTORE)
"""Operations that make a desktop's volumes from a snapshot."""

NO_REQUESTS = KeyRequests(creation=0, start=0, rebuild=0)


def key_requests(
    scenario: Scenario,
    months: BilledMonths,
    *,
    desktops: Table,
    desktop_terms: Table,
    runs: Table,
    operations: Table,
) -> Ints:
    """Requests in each month to the keys that are on the bill, those of all fleets together."""
    found = np.zeros(len(months), dtype=np.int64)
    billed = billed_keys(scenario)
    if not billed:
        return found
    fleet = _fleet_of(scenario, desktops)
    for count, owner, at in _events(desktop_terms, runs, operations):
        requests = np.zeros(len(scenario.fleets), dtype=np.int64)
        for place, name in enumerate(scenario.fleets):
            if name in billed:
                requests[place] = getattr(billed[name].requests, count) * billed[name].encrypted
        month = np.searchsorted(months.closes, at, side="right")
        here = (at >= months.opens[0]) & (month < len(months))
        # Sums of a float64 bincount are exact below 2**53 requests.
        made = np.bincount(month[here], requests[fleet[owner[here]]], minlength=len(months))
        found += made.astype(np.int64)
    return found


def billed_keys(scenario: Scenario) -> dict[str, Encryption]:
    """Fleets with a key of their own on the bill."""
    return {
        name: fleet.encryption
        for name, fleet in scenario.fleets.items()
        if fleet.encryption and fleet.encryption.key_billed
    }


def _events(
    terms: Table, runs: Table, operations: Table
) -> Iterator[tuple[str, NDArray[np.int32], Ints]]:
    """Name of the setting that says how many requests, desktop of each event, and when it is."""
    created = terms["created"]
    yield "creation", terms["desktop"][created], terms["begin"][created]
    yield "start", runs["desktop"], runs["begin"]
    done = operations["accepted"]
    for count, kinds in (("start", (OperationKind.REBOOT,)), ("rebuild", REBUILT)):
        rows = done & np.isin(operations["operation"], kinds)
        yield count, operations["desktop"][rows], operations["at"][rows]


def _fleet_of(scenario: Scenario, desktops: Table) -> NDArray[np.intp]:
    """For each desktop, by code, the place of its fleet in the file."""
    places = {name: place for place, name in enumerate(scenario.fleets)}
    found = np.zeros(int(desktops["desktop"].max(initial=-1)) + 1, dtype=np.intp)
    found[desktops["desktop"]] = [places[name] for name in desktops["fleet"]]
    return found
