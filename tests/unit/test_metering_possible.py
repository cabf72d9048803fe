"""What a scenario may be billed for is known before it runs."""

from typing import Any

from sim.metering import possible_items
from tests.billing import Office

ON = "personal/alwayson-month/value/windows/included/80-10"
BASE = "personal/autostop-base/80-10"
HOURS = "personal/autostop-hours/value/windows/included"


def operation(at: str, kind: str, to: Any = None, **who: Any) -> dict[str, Any]:
    return {"at": at, "fleet": "office", "operation": kind, "to": to, **(who or {"share": "50 %"})}


def possible(*operations: dict[str, Any], **office: Any) -> dict[str, Any]:
    return possible_items(Office(operations=list(operations), **office).scenario)


def test_a_fleet_alone() -> None:
    path = ("fleets", "office", "bundle")
    assert possible(running_mode="AlwaysOn") == {ON: [path]}
    assert possible(running_mode="AutoStop") == {BASE: [path], HOURS: [path]}


def test_applications_directory_services_and_large_volumes() -> None:
    found = possible(
        running_mode="AlwaysOn",
        root_volume="200 GB",
        user_volume="100 GB",
        applications=["office-2021-pro"],
        directory={"kind": "managed-ad-standard"},
        services={"gateway": {"item": "nat/hour", "quantity": 1, "per": "hour"}},
    )
    assert found == {
        "personal/alwayson-month/value/windows/included/175-100": [("fleets", "office", "bundle")],
        "personal/volume-gb/root": [("fleets", "office", "bundle")],
        "personal/application/office-2021-pro": [("fleets", "office", "applications", 0)],
        "directory/managed-ad-standard": [("directory",)],
        "nat/hour": [("services", "gateway", "item")],
    }


def pools(**pool: Any) -> dict[str, Any]:
    told = {"bundle": "power", "running_mode": "AutoStop", "maximum": 4, **pool}
    return possible_items(Office(pools={"lab": told}).scenario)


def test_a_pool_asks_at_its_bundle_and_its_storage() -> None:
    bundle = [("pools", "lab", "bundle")]
    storage = {"item": "fsx-windows/ssd-gb-month", "per_user": "1 GB"}
    assert pools(storage=storage) == {
        "pool/running-hour/power/included": bundle,
        "pool/stopped-hour": bundle,
        "pool/user-month": bundle,
        "fsx-windows/ssd-gb-month": [("pools", "lab", "storage", "item")],
    }


def test_a_pool_asks_for_no_more_than_it_may_owe() -> None:
    """AlwaysOn instances are never stopped, and only an included licence has a fee."""
    assert list(pools(running_mode="AlwaysOn")) == [
        "pool/running-hour/power/included",
        "pool/user-month",
    ]
    assert list(pools(running_mode="AlwaysOn", license="byol")) == ["pool/running-hour/power/byol"]
    assert "pool/user-month" not in pools(billing={"user_fee": False})
    assert "pool/user-month/multi-session" in pools(sessions_per_instance=2)


def test_a_directory_on_another_bill_needs_no_price() -> None:
    assert "directory/simple-ad" not in possible(directory={"kind": "simple-ad", "billed": False})


def test_a_switch_needs_the_prices_of_both_modes() -> None:
    found = possible(operation("2026-09-10", "switch-mode", "AlwaysOn"))
    assert found[ON] == [("operations", 0)]
    assert found[HOURS] == [("fleets", "office", "bundle")]


def test_a_policy_of_running_modes_needs_the_prices_of_both() -> None:
    bundle, policy = (("fleets", "office", key) for key in ("bundle", "running_mode_policy"))
    found = possible(running_mode="AlwaysOn", running_mode_policy="cost-optimizer")
    assert found == {ON: [bundle], BASE: [policy], HOURS: [policy]}
    changed = possible(
        operation("2026-09-10", "change-compute", "power"),
        running_mode="AutoStop",
        running_mode_policy="cost-optimizer",
    )
    assert changed[ON] == [policy]
    assert changed["personal/alwayson-month/power/windows/included/80-10"] == [("operations", 0)]


def test_a_dry_run_of_a_policy_needs_no_more_than_its_fleet() -> None:
    dry = {"cost-optimizer": {"dry_run": True}}
    assert list(possible(running_mode="AlwaysOn", running_mode_policy=dry)) == [ON]


def test_a_change_needs_prices_in_the_mode_of_its_day_only() -> None:
    """AutoStop until the 20th, compute changed on the 10th: AlwaysOn is never Value."""
    found = possible(
        operation("2026-09-10", "change-compute", "power", user="office-00001"),
        operation("2026-09-20", "delete", user="office-00001"),
    )
    assert set(found) == {BASE, HOURS, "personal/autostop-hours/power/windows/included"}


def test_a_share_may_pass_a_desktop_by() -> None:
    """Half are changed to Power, then half are switched: AlwaysOn may be Value or Power."""
    found = possible(
        operation("2026-09-10", "change-compute", "power"),
        operation("2026-09-20", "switch-mode", "AlwaysOn"),
    )
    assert ON in found
    assert ON.replace("value", "power") in found


def test_operations_on_one_user_do_not_concern_another() -> None:
    """One is changed to Power and another is switched to AlwaysOn: no AlwaysOn Power."""
    found = possible(
        operation("2026-09-10", "change-compute", "power", user="office-00001"),
        operation("2026-09-20", "switch-mode", "AlwaysOn", user="office-00002"),
    )
    assert ON in found
    assert ON.replace("value", "power") not in found


def test_any_operation_may_be_refused() -> None:
    """Switched to AutoStop and then resized, or resized only: AlwaysOn with the new volumes is
    possible. It is what the first owes until its month is over, too."""
    found = possible(
        operation("2026-09-10", "switch-mode", "AutoStop"),
        operation("2026-09-20", "resize", {"root": "80 GB", "user": "50 GB"}),
        running_mode="AlwaysOn",
    )
    assert set(found) == {ON, ON.replace("80-10", "80-50"), BASE, BASE[:-2] + "50", HOURS}


def test_a_migration_may_bring_a_new_bundle() -> None:
    found = possible(
        operation("2026-09-10", "migrate", "power"),
        operation("2026-09-20", "migrate"),
        running_mode="AlwaysOn",
    )
    assert set(found) == {ON, ON.replace("value", "power")}


def test_an_item_is_asked_for_by_the_last_operation_that_it_takes() -> None:
    """Resized in one operation and changed to Power in the other: Power with the new volumes takes
    both, Power with the old ones only the change."""
    found = possible(
        operation("2026-09-05", "resize", {"root": "80 GB", "user": "50 GB"}),
        operation("2026-09-10", "change-compute", "power", user="office-00001"),
        running_mode="AlwaysOn",
    )
    power = ON.replace("value", "power")
    assert found == {
        ON: [("fleets", "office", "bundle")],
        ON.replace("80-10", "80-50"): [("operations", 0)],
        power: [("operations", 1)],
        power.replace("80-10", "80-50"): [("operations", 1)],
    }


def test_a_key_asks_for_its_month_and_its_requests() -> None:
    path = [("fleets", "office", "encryption")]
    key = {"kms/key-month": path}
    found = possible(encryption={})
    assert {item: where for item, where in found.items() if item.startswith("kms/")} == {
        **key,
        "kms/requests-symmetric": path,
    }
    none = possible(encryption={"requests": {"creation": 0, "start": 0, "rebuild": 0}})
    assert {item: where for item, where in none.items() if item.startswith("kms/")} == key
    assert not any(item.startswith("kms/") for item in possible(encryption={"key_billed": False}))


# ------------------------------------------------- what users do themselves, volumes that grow

OWN = [("fleets", "office", "self_service")]
GROWTH = [("fleets", "office", "volume_growth")]


def test_users_who_switch_modes_ask_for_both() -> None:
    found = possible(running_mode="AlwaysOn", self_service={"switch_mode": {"every": "30 d"}})
    assert found == {ON: [("fleets", "office", "bundle")], BASE: OWN, HOURS: OWN}


def test_users_who_switch_to_one_mode_ask_for_that() -> None:
    to_on = {"switch_mode": {"every": "30 d", "to": "AlwaysOn"}}
    assert set(possible(running_mode="AlwaysOn", self_service=to_on)) == {ON}


def test_users_ask_for_the_bundle_and_the_volumes_that_they_may_have() -> None:
    """A power desktop has hours of its own; 80 + 50 GB a base fee of its own."""
    volumes = {"root": "80 GB", "user": "50 GB"}
    wanted = {
        "change_compute": {"every": "30 d", "to": "power"},
        "resize": {"every": "30 d", "to": volumes},
    }
    found = possible(running_mode="AutoStop", self_service=wanted)
    assert found["personal/autostop-hours/power/windows/included"] == OWN
    assert found["personal/autostop-base/80-50"] == OWN
    assert "personal/autostop-base/80-100" not in found


def test_growing_volumes_ask_for_all_that_come_one_after_another() -> None:
    """Three pairs with 80 GB, then 175 + 200 GB: the largest pair, and what exceeds it."""
    growth = {"used": "2 GB", "per_month": "1 GB"}
    found = possible(running_mode="AutoStop", volume_growth=growth)
    assert found == {
        BASE: [("fleets", "office", "bundle")],
        HOURS: [("fleets", "office", "bundle"), *GROWTH],
        "personal/autostop-base/80-50": GROWTH,
        "personal/autostop-base/80-100": GROWTH,
        "personal/autostop-base/175-100": GROWTH,
        "personal/volume-gb/user": GROWTH,
    }


def test_volumes_ask_for_nothing_beyond_their_limit() -> None:
    growth = {"used": "2 GB", "per_month": "1 GB"}
    found = possible(running_mode="AutoStop", volume_growth=growth, volume_limit="99 GB")
    assert set(found) == {BASE, HOURS, "personal/autostop-base/80-50"}


def test_users_who_ask_for_the_next_size_ask_for_the_same() -> None:
    growth = {"used": "2 GB", "per_month": "1 GB"}
    own = possible(running_mode="AutoStop", self_service={"resize": {"every": "30 d"}})
    assert set(own) == set(possible(running_mode="AutoStop", volume_growth=growth))
    assert own["personal/volume-gb/user"] == OWN


def test_what_is_not_sold_together_is_not_asked_for() -> None:
    """A general purpose bundle has no volumes of 80 + 10 GB, but of 175 + 200 GB."""
    wanted = {"change_compute": {"every": "30 d", "to": "generalpurpose.4xlarge"}}
    growth = {"used": "2 GB", "per_month": "1 GB"}
    found = possible(running_mode="AlwaysOn", self_service=wanted, volume_growth=growth)
    months = [item for item in found if "generalpurpose" in item]
    assert months == ["personal/alwayson-month/generalpurpose.4xlarge/windows/included/175-100"]
