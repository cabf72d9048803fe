"""What is billed beside the desktops: the directory, keys, and services such as NAT and transfer.

Shared rows belong to no desktop, user or fleet. Their hours are those of the measured time, not
those of use: a directory or a NAT gateway costs the same on an idle Sunday. Streaming traffic
between client and desktop is part of the desktop's price, so it is no service.

Left out: a directory unused for 30 days, which the provider deregisters and then bills.

Source: AWS Directory Service and WorkSpaces Administration Guide 2022-23: Managed Microsoft AD is
billed per controller and hour, AD Connector and Simple AD are free while WorkSpaces uses them
(their item is priced at 0).
"""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from sim.metering import items
from sim.metering.keys import billed_keys
from sim.metering.months import E10, BilledMonths, Ints
from sim.record import NEVER, USAGE, Table
from sim.scenario.schema import Scenario, Service
from sim.units import HOUR


def shared_usage(scenario: Scenario, months: BilledMonths, users: Table, requests: Ints) -> Table:
    """Table USAGE of the directory and the services: month by month, the directory first.

    `requests` are those to keys in each month.
    """
    rows = [
        (-1, -1, "", months.names[month], charge, item, round(quantity * E10))
        for month in range(len(months))
        for charge, item, quantity in _in_month(
            scenario, months, month, users, int(requests[month])
        )
        if quantity
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(USAGE.columns)
    return Table.of(USAGE, **dict(zip(USAGE.names, columns, strict=True)))


def _in_month(
    scenario: Scenario, months: BilledMonths, month: int, users: Table, requests: int
) -> Iterator[tuple[str, str, Fraction]]:
    """Charge, item and quantity of each shared row of a month."""
    hours = Fraction(int(months.closes[month] - months.opens[month]), HOUR)
    directory = scenario.directory
    if directory and directory.billed:
        billed = directory.servers if directory.kind.startswith("managed-ad") else 1
        yield items.DIRECTORY, items.directory(directory.kind), hours * billed
    part = Fraction(int(months.measured[month]), int(months.whole[month]))
    yield items.KMS_KEY, items.KMS_KEY_MONTH, part * len(billed_keys(scenario))
    paid = max(0, requests - scenario.billing.free_key_requests)
    yield items.KMS_REQUESTS, items.KMS_REQUEST_ITEM, Fraction(paid, items.REQUESTS_SOLD)
    for name, service in scenario.services.items():
        times: dict[str, Fraction | int] = {
            "hour": hours,
            "month": part,
            "user-month": _members(service, months, month, users),
        }
        yield name, service.item, Fraction(service.quantity) * times[service.per]


def _members(service: Service, months: BilledMonths, month: int, users: Table) -> int:
    """Users who are there at some time of the month's measured part, each counted once.

    `NEVER`, for those who do not join or leave, lies before all time.
    """
    opens, closes = months.opens[month], months.closes[month]
    present = (users["joins"] < closes) & ((users["leaves"] == NEVER) | (users["leaves"] > opens))
    if service.fleet is not None:
        present &= users["fleet"] == service.fleet
    return int(np.count_nonzero(present))
