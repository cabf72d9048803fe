"""Names of what a persistent desktop is billed for: charges, and items of the price book.

The month fee depends on everything: compute, operating system, licence and volumes. The AutoStop
base fee depends on the volumes alone and the hour on everything but the volumes; mixing these up is
a classic of home-made estimates. Volumes are sold in four fixed pairs, and what exceeds a pair is
sold by the GB-month.

Source: AWS Price List vocabulary and the us-east-1 meters of 2026 (base fee by volume pair, hour by
compute and licence); WorkSpaces Administration Guide, "Modify a WorkSpace" (pairs).
"""

from sim.scenario.desktops import VOLUME_PAIRS, Fleet

ALWAYSON_MONTH = "alwayson-month"
AUTOSTOP_BASE = "autostop-base"
AUTOSTOP_HOURS = "autostop-hours"
MAINTENANCE_HOURS = "autostop-maintenance-hours"
VOLUME_ROOT = "volume-root-gb"
VOLUME_USER = "volume-user-gb"
APPLICATION = "application"
DIRECTORY = "directory"

DESKTOP_CHARGES = (
    ALWAYSON_MONTH,
    AUTOSTOP_BASE,
    AUTOSTOP_HOURS,
    MAINTENANCE_HOURS,
    VOLUME_ROOT,
    VOLUME_USER,
    APPLICATION,
)
"""Charges of a desktop, in the order in which a bill lists them."""

TIMED = (AUTOSTOP_HOURS, MAINTENANCE_HOURS)
"""Charges by the hour; the others are by the month."""


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


def extra_volumes(bundle: str, root_gb: int, user_gb: int) -> dict[str, tuple[str, int]]:
    """Item and size [GB] of what exceeds the priced pair, by charge; empty when nothing does."""
    root, user = priced_pair(bundle, root_gb, user_gb)
    extra = {
        VOLUME_ROOT: ("personal/volume-gb/root", root_gb - root),
        VOLUME_USER: ("personal/volume-gb/user", user_gb - user),
    }
    return {charge: (item, size) for charge, (item, size) in extra.items() if size}


def application(name: str) -> str:
    """`personal/application/office-2021-pro`."""
    return f"personal/application/{name}"


def directory(kind: str) -> str:
    """`directory/managed-ad-standard`."""
    return f"directory/{kind}"
