"""Users' own operations and growing volumes in scenario files: errors with places, assumptions."""

from pathlib import Path
from typing import get_args

import pytest

from sim.scenario.assumptions import assumptions
from sim.scenario.bundles import Bundle, is_sold, larger_volumes
from sim.scenario.growth import ConstantSize, LognormalSize, UniformSize, VolumeGrowth
from sim.scenario.self_service import (
    OwnChangeCompute,
    OwnOperation,
    OwnResize,
    OwnSwitchMode,
    SelfService,
)
from tests.unit.scenario_files import LAWS, Folder, changed, parts_below

LINE = 11
"""Of the settings in the file."""

DURATION = "expected a duration with a unit, such as '90 s', '60 min', '8 h' or 'PT30M', got "
LAW = (
    "expected a duration such as '8 h', or one distribution such as {exponential: 2 h} or "
    "{lognormal: {mean: 2 h, cv: 0.8}}, got "
)
SIZE = (
    "expected a size such as '2 GB', or one distribution such as {uniform: {low: 1 GB, high: 5 GB}}"
    " or {lognormal: {mean: 500 MB, cv: 1}}, got "
)
MEGABYTES = "expected a size such as '500 MB' or '1 GB', got "
SHARE = "expected a share such as '85 %', got "

WRONG = [
    ("self_service: {reboot: @30 d}", "reboot", "expected a mapping, got '30 d'"),
    ("self_service: {reboot: {every: @30}}", "reboot.every", LAW + "30"),
    ("self_service: {reboot: {every: 30 d, allowed: @0.5}}", "reboot.allowed", SHARE + "0.5"),
    ("self_service: {reboot: @{allowed: 50 %}}", "reboot.every", "required, and missing"),
    ("self_service: {help_desk: @4}", "help_desk", LAW + "4"),
    (
        "self_service: {help_desk: @4 h}",
        "help_desk",
        (
            "expected something that people want beside it: reboot, switch_mode, resize, "
            "change_compute, rebuild"
        ),
    ),
    (
        "self_service: {switch_mode: {every: 30 d, to: @Auto}}",
        "switch_mode.to",
        "expected 'AlwaysOn' or 'AutoStop', got 'Auto'",
    ),
    (
        "self_service: {resize: {every: 30 d, to: @large}}",
        "resize.to",
        "expected a mapping, got 'large'",
    ),
    (
        "self_service: {resize: {every: 30 d, to: {root: @90 GB, user: 10 GB}}}",
        "resize.to.root",
        "expected root 80 GB with user 10, 50 or 100 GB, or root 175-2000 GB with user 100-2000 GB",
    ),
    (
        "self_service: {change_compute: @{every: 30 d}}",
        "change_compute.to",
        "required, and missing",
    ),
    (
        "self_service: {change_compute: {every: 30 d, to: @powr}}",
        "change_compute.to",
        "expected 'value', 'standard', 'performance', 'power', 'powerpro', ",
    ),
    ("self_service: {rebuild: {every: @no}}", "rebuild.every", DURATION + "'no'"),
    ("self_service: {@rebot: {every: 1 d}}", "rebot", "unknown key; did you mean 'reboot'?"),
    ("self_service: {reboot: {every: 1 d, @to: power}}", "reboot.to", "unknown key"),
    ("volume_growth: {used: @2, per_month: 1 GB}", "used", SIZE + "2"),
    ("volume_growth: @{used: 2 GB}", "per_month", "required, and missing"),
    ("volume_growth: {used: 2 GB, per_month: @2 apples}", "per_month", MEGABYTES),
    (
        "volume_growth: {used: 2 GB, per_month: @{exponential: 1 GB}}",
        "per_month",
        SIZE + "'exponential'",
    ),
    (
        "volume_growth: {used: {uniform: {low: 2 GB, high: @1 GB}}, per_month: 1 GB}",
        "used.uniform.high",
        "expected at least low, 2048 MB, got 1024 MB",
    ),
    (
        "volume_growth: {used: {lognormal: {mean: @0 MB, cv: 1}}, per_month: 1 GB}",
        "used.lognormal.mean",
        "expected more than 0, got '0 MB'",
    ),
    (
        "volume_growth: {used: {lognormal: {mean: 1 GB, cv: @0}}, per_month: 1 GB}",
        "used.lognormal.cv",
        "expected more than 0, got 0",
    ),
    (
        "volume_growth: {used: 2 GB, per_month: 1 GB, threshold: @0 %}",
        "threshold",
        "expected more than 0, got '0 %'",
    ),
    ("volume_growth: {used: 2 GB, per_month: 1 GB, threshold: @0.8}", "threshold", SHARE + "0.8"),
    ("volume_growth: {used: 2 GB, per_month: 1 GB, retry_after: @1}", "retry_after", DURATION),
    (
        "volume_growth: {used: 2 GB, per_month: 1 GB, retry_after: @0 s}",
        "retry_after",
        "expected more than 0, got '0 s'",
    ),
    ("volume_step: @0 GB", "", "expected more than 0, got '0 GB'"),
    ("volume_limit: @2001 GB", "", "expected at most 2000, got '2001 GB'"),
    ("volume_limit: @0 GB", "", "expected more than 0, got '0 GB'"),
    ("volume_step: @100", "", "expected a size such as '80 GB', got 100"),
]
"""What is written of a fleet, `@` where it is wrong; the setting; how what is said of it begins."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def office(said: str) -> str:
    """A scenario that says something of its fleet, on line 11."""
    text = changed("AutoStop\n", f"AutoStop\n    {said}\n")
    assert text.splitlines()[LINE - 1].strip() == said
    return text


@pytest.mark.parametrize(("said", "key", "message"), WRONG, ids=[said for said, _, _ in WRONG])
def test_a_wrong_value_is_told_where_it_stands(
    folder: Folder, said: str, key: str, message: str
) -> None:
    path = ".".join(filter(None, ["fleets.office", said.partition(":")[0], key]))
    column = 5 + said.index("@")
    problem = folder.problem(office(said.replace("@", "")))
    assert problem.startswith(f"office.yaml:{LINE}:{column}: {path}: {message}")


def test_all_that_is_wrong_is_told_at_once(folder: Folder) -> None:
    said = "self_service: {reboot: {every: 1}, resize: {every: 2}}\n    volume_step: 3"
    text = changed("AutoStop\n", f"AutoStop\n    {said}\n")
    assert [problem.split(": ")[1] for problem in folder.problems(text)] == [
        "fleets.office.self_service.reboot.every",
        "fleets.office.self_service.resize.every",
        "fleets.office.volume_step",
    ]


def test_pools_have_neither(folder: Folder) -> None:
    text = changed("fleets:", "pools:").replace(
        "AutoStop\n", "AutoStop\n    maximum: 5\n    self_service: {}\n"
    )
    assert "pools.office.self_service: unknown key" in folder.problem(text)


def test_no_part_is_forgotten() -> None:
    below = {part.__name__ for root in (SelfService, VolumeGrowth) for part in parts_below(root)}
    told = {OwnOperation, OwnSwitchMode, OwnResize, OwnChangeCompute, SelfService, VolumeGrowth}
    told |= {ConstantSize, UniformSize, LognormalSize}
    assert below - LAWS - {"Volumes"} == {part.__name__ for part in told}


def test_a_law_is_replaced_as_a_whole_by_another_one(folder: Folder) -> None:
    text = office("volume_growth: {used: 2 GB, per_month: {lognormal: {mean: 1 GB, cv: 1}}}")
    key = "fleets.office.volume_growth.per_month"
    growth = folder.load(text, [f"{key}={{uniform: {{low: 1 GB, high: 2 GB}}}}"])
    assert growth.scenario.fleets["office"].volume_growth == VolumeGrowth.model_validate(
        {"used": "2 GB", "per_month": {"uniform": {"low": "1 GB", "high": "2 GB"}}}
    )


# -- the sizes that the provider sells, one after another


@pytest.mark.parametrize("bundle", get_args(Bundle))
def test_each_larger_volume_is_sold_until_there_is_none(bundle: str) -> None:
    """Pairs of the common bundles first; then steps of 300 GB, of which the last is shorter."""
    root, user = {"gra": (100, 100), "gen": (175, 100)}.get(bundle[:3], (80, 10))
    seen = [user]
    while larger := larger_volumes(bundle, root, user, step=300):
        assert is_sold(bundle, larger.root, larger.user)
        assert larger.root >= root
        root, user = larger.root, larger.user
        seen.append(user)
    assert seen[-8:] == [100, 400, 700, 1000, 1300, 1600, 1900, 2000]
    assert seen[:-8] == ([10, 50] if is_sold(bundle, 80, 10) else [])


@pytest.mark.parametrize(
    ("user", "limit", "larger"),
    [
        (10, 49, None),
        (10, 50, 50),
        (50, 99, None),
        (100, 130, 130),
        (100, 100, None),
        (70, 60, None),
    ],
)
def test_no_volume_grows_beyond_the_limit(user: int, limit: int, larger: int | None) -> None:
    """The next pair or none; steps of 40 GB are cut to it."""
    found = larger_volumes("power", 80 if user < 100 else 175, user, step=40, limit=limit)
    assert (found and found.user) == larger


# -- what a result rests on


def assumed(folder: Folder, text: str) -> dict[str, tuple[str, bool]]:
    """Value, and whether it is stated, of each assumption, by path."""
    return {one.path: (one.value, one.stated) for one in assumptions(folder.load(text))}


def test_what_users_do_rests_on_how_often_and_who(folder: Folder) -> None:
    found = assumed(folder, office("self_service: {reboot: {every: 30 d}, resize: {every: 90 d}}"))
    path = "fleets.office.self_service"
    assert found[f"{path}.reboot.every"] == ("30 d", True)
    assert found[f"{path}.reboot.allowed"] == ("100 %", False)
    assert found[f"{path}.help_desk"] == ("off", False)
    assert found["fleets.office.reboot_time"] == ("5 min", False)
    assert found["fleets.office.change_time"] == ("1 h", False)
    assert found["fleets.office.volume_step"] == ("100 GB", False)
    assert found["populations.sales.after_interruption"] == ("return", False)
    assert found["populations.sales.patience"] == ("30 min", False)
    assert "fleets.office.rebuild_time" not in found
    assert "fleets.office.volume_growth.threshold" not in found


def test_users_who_only_ask_for_room_cut_nobody_off(folder: Folder) -> None:
    volumes = "{root: 80 GB, user: 50 GB}"
    found = assumed(folder, office(f"self_service: {{resize: {{every: 90 d, to: {volumes}}}}}"))
    assert "populations.sales.after_interruption" not in found
    assert "fleets.office.volume_step" not in found


def test_a_mode_that_users_switch_may_stop_desktops(folder: Folder) -> None:
    said = "self_service: {switch_mode: {every: 90 d}}"
    found = assumed(folder, office(said).replace("AutoStop", "AlwaysOn"))
    assert "fleets.office.stop_delay" in found
    to = "self_service: {switch_mode: {every: 90 d, to: AlwaysOn}}"
    found = assumed(folder, office(to).replace("AutoStop", "AlwaysOn"))
    assert "fleets.office.stop_delay" not in found


def test_growth_rests_on_its_settings(folder: Folder) -> None:
    found = assumed(folder, office("volume_growth: {used: 2 GB, per_month: 500 MB}"))
    path = "fleets.office.volume_growth"
    assert found[f"{path}.used"] == ("2048 MB", True)
    assert found[f"{path}.per_month"] == ("500 MB", True)
    assert found[f"{path}.threshold"] == ("80 %", False)
    assert found[f"{path}.retry_after"] == ("1 d", False)
    assert found["fleets.office.volume_step"] == ("100 GB", False)
    assert found["fleets.office.volume_limit"] == ("2000 GB", False)
    assert "fleets.office.self_service.help_desk" not in found


def test_a_scenario_without_either_rests_on_neither(folder: Folder) -> None:
    found = assumed(folder, changed("AutoStop", "AutoStop"))
    assert not [path for path in found if "volume" in path or "self_service" in path]
