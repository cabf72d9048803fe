"""What desktops are billed for, by name."""

from typing import Any

import pytest

from sim.metering import items
from sim.scenario.desktops import Fleet
from sim.scenario.pools import Pool


def fleet(**spec: Any) -> Fleet:
    return Fleet.model_validate({"bundle": "power", "running_mode": "AutoStop", **spec})


def test_the_month_depends_on_everything() -> None:
    assert (
        items.alwayson_month(fleet(license="byol"), "power", 80, 50)
        == "personal/alwayson-month/power/windows/byol/80-50"
    )


def test_the_base_fee_depends_on_the_volumes_alone() -> None:
    bundles = ("value", "power", "generalpurpose.4xlarge")
    assert {items.autostop_base(bundle, 175, 100) for bundle in bundles} == {
        "personal/autostop-base/175-100"
    }


def test_the_hour_depends_on_everything_but_the_volumes() -> None:
    assert (
        items.autostop_hours(fleet(os="linux"), "standard")
        == "personal/autostop-hours/standard/linux/none"
    )


@pytest.mark.parametrize(
    ("volumes", "pair", "extra"),
    [
        ((80, 10), (80, 10), {}),
        ((80, 50), (80, 50), {}),
        ((80, 100), (80, 100), {}),
        ((175, 100), (175, 100), {}),
        ((176, 100), (175, 100), {"volume-root-gb": ("personal/volume-gb/root", 1)}),
        ((175, 250), (175, 100), {"volume-user-gb": ("personal/volume-gb/user", 150)}),
        (
            (2000, 2000),
            (175, 100),
            {
                "volume-root-gb": ("personal/volume-gb/root", 1825),
                "volume-user-gb": ("personal/volume-gb/user", 1900),
            },
        ),
    ],
)
def test_volumes_are_a_pair_and_what_exceeds_it(
    volumes: tuple[int, int], pair: tuple[int, int], extra: dict[str, tuple[str, int]]
) -> None:
    assert items.priced_pair("power", *volumes) == pair
    assert items.extra_volumes("power", *volumes) == extra


def test_graphics_desktops_have_a_pair_of_their_own() -> None:
    """Sold with 100 + 100 GB; 175 GB of root are that pair and 75 GB more."""
    assert items.priced_pair("graphics.g4dn", 100, 100) == (100, 100)
    assert items.extra_volumes("graphics.g4dn", 175, 100) == {
        "volume-root-gb": ("personal/volume-gb/root", 75)
    }


def pool(**spec: Any) -> Pool:
    told = {"bundle": "power", "running_mode": "AutoStop", "maximum": 4, **spec}
    return Pool.model_validate(told)


def test_a_pool_s_hour_depends_on_compute_and_licence() -> None:
    linux = {"bundle": "stream.standard.large", "os": "linux"}
    assert [items.pool_running(pool(**spec)) for spec in ({}, {"license": "byol"}, linux)] == [
        "pool/running-hour/power/included",
        "pool/running-hour/power/byol",
        "pool/running-hour/stream.standard.large/none",
    ]


def test_the_fee_of_a_user_depends_on_whether_instances_are_shared() -> None:
    assert items.pool_user(pool()) == "pool/user-month"
    assert items.pool_user(pool(sessions_per_instance=2)) == "pool/user-month/multi-session"


def test_volumes_below_the_smallest_pair_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"at least 80 GB \+ 10 GB, got 50 GB \+ 10 GB"):
        items.priced_pair("power", 50, 10)
