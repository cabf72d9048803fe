"""Names of what desktops and pools are billed for: charges, and items of the price book.

The month fee depends on everything: compute, operating system, licence and volumes. The AutoStop
base fee depends on the volumes alone and the hour on everything but the volumes; mixing these up is
a classic of home-made estimates. Volumes are sold in four fixed pairs, and what exceeds a pair is
sold by the GB-month.

A pool's instance has no volumes of its own to pay for: its running hour depends on compute and
licence, its stopped hour on nothing. The fee for an included licence is one thing where each user
has an instance and another where users share one.

Source: AWS Price List vocabulary: the us-east-1 meters of 2026 (base fee by volume pair, hour by
compute and licence), its pools of 2026-07 (github.com/bengroeneveldsg/aws-workspaces-euc-mcp,
docs/pricing-api.md); WorkSpaces Administration Guide, "Modify a WorkSpace" (pairs).
"""

from sim.scenario.bundles import VOLUME_PAIRS
from sim.scenario.desktops import Fleet
from sim.scenario.pools import Pool

ALWAYSON_MONTH = "alwayson-month"
AUTOSTOP_BASE = "autostop-base"
AUTOSTOP_HOURS = "autostop-hours"
MAINTENANCE_HOURS = "autostop-maintenance-hours"
STANDBY_MONTH = "standby-month"
STANDBY_HOURS = "standby-hours"
VOLUME_ROOT = "volume-root-gb"
VOLUME_USER = "volume-user-gb"
APPLICATION = "application"
DIRECTORY = "directory"
KMS_KEY = "kms-key"
KMS_REQUESTS = "kms-requests"
POOL_RUNNING = "pool-running-hours"
POOL_STOPPED = "pool-stopped-hours"
POOL_USER = "pool-user-month"
POOL_STORAGE = "pool-storage"

DESKTOP_CHARGES = (
    ALWAYSON_MONTH,
    AUTOSTOP_BASE,
    AUTOSTOP_HOURS,
    MAINTENANCE_HOURS,
    STANDBY_MONTH,
    STANDBY_HOURS,
    VOLUME_ROOT,
    VOLUME_USER,
    APPLICATION,
)
"""Charges of a desktop, in the order in which a bill lists them."""

POOL_CHARGES = (POOL_RUNNING, POOL_STOPPED, POOL_USER, POOL_STORAGE)
"""Charges of a pool, in the order in which a bill lists them."""

POOL_STOPPED_HOUR = "pool/stopped-hour"
"""One item for all bundles and licences."""

TIMED = (AUTOSTOP_HOURS, MAINTENANCE_HOURS, STANDBY_HOURS)
"""Charges of a desktop by the hour; the others are by the month."""


_GRAPHICS_PAIRS = (*VOLUME_PAIRS[:-1], (100, 100))
"""Graphics bundles are sold with 100 GB + 100 GB. Source: as for `VOLUME_PAIRS`."""


def priced_pair(bundle: str, root_gb: int, user_gb: int) -> tuple[int, int]:
    """The largest fixed (root, user) pair [GB] that fits into the volumes.

    Raises:
        ValueError: when not even the smallest pair fits.
    """
    pairs = _GRAPHICS_PAIRS if bundle.startswith("graphics") else VOLUME_PAIRS
    fitting = [pair for pair in pairs if pair[0] <= root_gb and pair[1] <= user_gb]
    if not fitting:
        raise ValueError(
            f"expected volumes of at least 80 GB + 10 GB, got {root_gb} GB + {user_gb} GB"
        )
    return fitting[-1]


def alwayson_month(fleet: Fleet, bundle: str, root_gb: int, user_gb: int) -> str:
    """`personal/alwayson-month/power/windows/included/175-100`."""
    root, user = priced_pair(bundle, root_gb, user_gb)
    return f"personal/alwayson-month/{bundle}/{fleet.os}/{fleet.licensed}/{root}-{user}"


def autostop_base(bundle: str, root_gb: int, user_gb: int) -> str:
    """`personal/autostop-base/80-10`; the bundle only says which pairs there are."""
    root, user = priced_pair(bundle, root_gb, user_gb)
    return f"personal/autostop-base/{root}-{user}"


def autostop_hours(fleet: Fleet, bundle: str) -> str:
    """`personal/autostop-hours/power/windows/included`; maintenance hours cost the same."""
    return f"personal/autostop-hours/{bundle}/{fleet.os}/{fleet.licensed}"


def alwayson_beside(base: str, hours: str) -> str:
    """The month of AlwaysOn of a desktop that has these two items on AutoStop."""
    compute, pair = hours.removeprefix("personal/autostop-hours/"), base.rpartition("/")[2]
    return f"personal/alwayson-month/{compute}/{pair}"


def standby_month(fleet: Fleet, bundle: str) -> str:
    """`personal/standby-month/power/windows/included`; copying the data is part of it."""
    return f"personal/standby-month/{bundle}/{fleet.os}/{fleet.licensed}"


def standby_hours(fleet: Fleet, bundle: str) -> str:
    """`personal/standby-hours/power/windows/included`."""
    return f"personal/standby-hours/{bundle}/{fleet.os}/{fleet.licensed}"


def extra_volumes(bundle: str, root_gb: int, user_gb: int) -> dict[str, tuple[str, int]]:
    """Item and size [GB] of what exceeds the priced pair, by charge; empty when nothing does."""
    root, user = priced_pair(bundle, root_gb, user_gb)
    extra = {
        VOLUME_ROOT: ("personal/volume-gb/root", root_gb - root),
        VOLUME_USER: ("personal/volume-gb/user", user_gb - user),
    }
    return {charge: (item, size) for charge, (item, size) in extra.items() if size}


def pool_running(pool: Pool) -> str:
    """`pool/running-hour/power/included`."""
    return f"pool/running-hour/{pool.bundle}/{pool.licensed}"


def pool_user(pool: Pool) -> str:
    """`pool/user-month`, or `pool/user-month/multi-session` where users share an instance."""
    shared = pool.sessions_per_instance > 1
    return "pool/user-month/multi-session" if shared else "pool/user-month"


def owes_user_fee(pool: Pool) -> bool:
    """Whether users owe a fee: for the provider's Windows licence, unless the scenario says no."""
    return pool.billing.user_fee and pool.licensed == "included"


def application(name: str) -> str:
    """`personal/application/office-2021-pro`."""
    return f"personal/application/{name}"


def directory(kind: str) -> str:
    """`directory/managed-ad-standard`."""
    return f"directory/{kind}"


KMS_KEY_MONTH = "kms/key-month"
"""A key of one's own, for the volumes of a fleet."""

KMS_REQUEST_ITEM = "kms/requests-symmetric"
"""Requests to such keys, which are symmetric; sold by the ten thousand."""

REQUESTS_SOLD = 10_000
"""Requests of one unit of that item."""
