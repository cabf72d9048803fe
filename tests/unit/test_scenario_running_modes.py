"""The policy of running modes in scenario files: how it is written, and how it is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from sim.scenario.assumptions import assumptions
from sim.scenario.desktops import Fleet
from sim.scenario.json_schema import schema_tree
from sim.scenario.resolved import resolved_yaml
from sim.scenario.running_modes import GUIDE_LIMITS, RELEASED_LIMITS, CostOptimizer
from tests.unit.scenario_files import OFFICE, Folder

POLICY = "fleets.office.running_mode_policy"
EXPECTED = (
    "expected stay, cost-optimizer, or its settings such as {cost-optimizer: {dry_run: true}}"
)


def fleet(written: object) -> Fleet:
    return Fleet.model_validate(
        {"bundle": "standard", "running_mode": "AutoStop", "running_mode_policy": written}
    )


def optimizer(**settings: object) -> CostOptimizer:
    found = fleet({"cost-optimizer": settings}).optimizer
    assert found is not None
    return found


def written(text: str) -> str:
    """A scenario whose fleet has a policy; line 11 of the file."""
    mode = "running_mode: AutoStop\n"
    return OFFICE.replace(mode, f"{mode}    running_mode_policy: {text}\n")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_desktops_stay_as_they_are_unless_told_otherwise() -> None:
    plain = {"bundle": "standard", "running_mode": "AutoStop"}
    assert Fleet.model_validate(plain).running_mode_policy.kind == "stay"
    assert fleet("stay").optimizer is None
    assert fleet({"stay": {}}).optimizer is None


def test_the_name_alone_is_the_released_rule_that_acts() -> None:
    alone = fleet("cost-optimizer").optimizer
    assert alone == optimizer() == CostOptimizer()
    assert alone is not None
    assert (alone.dry_run, alone.terminate_unused, alone.unused_months) == (False, "no", 1)


@pytest.mark.parametrize(
    ("limits", "hours"),
    [
        ("released", [85, 92, 78, None, 334]),
        ("guide", [85, 83, 80, 121, 217]),
        ({"standard": 100, "generalpurpose.4xlarge": 120}, [100, 92, 78, 120, 334]),
    ],
)
def test_limits(limits: object, hours: list[int | None]) -> None:
    """The two published tables; one's own numbers are laid over those of the released code."""
    found = optimizer(limits=limits)
    bundles = ("standard", "power", "powerpro", "generalpurpose.4xlarge", "graphics.g4dn")
    assert [found.limit(bundle) for bundle in bundles] == hours
    assert found.limit("unheard-of") is None


def test_the_guide_has_a_limit_for_every_bundle_and_the_code_has_not() -> None:
    bundles = set(Fleet.model_fields["bundle"].annotation.__args__)  # type: ignore[union-attr]
    assert set(GUIDE_LIMITS) == bundles
    assert bundles - set(RELEASED_LIMITS) == {"generalpurpose.4xlarge", "generalpurpose.8xlarge"}


def test_whom_it_skips() -> None:
    assert optimizer().skip == []
    assert optimizer(skip=["sales-00003"]).skip == ["sales-00003"]
    assert optimizer(skip="10 %").skip == 0.1


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "cost-optimiser",
            "",
            f"{EXPECTED}, got 'cost-optimiser'",
        ),
        (
            "{cost-optimizer: 85}",
            "",
            f"{EXPECTED}, got 'cost-optimizer'",
        ),
        ("{stay: {dry_run: true}}", ".stay.dry_run", "unknown key"),
        (
            "{cost-optimizer: {dryrun: true}}",
            ".cost-optimizer.dryrun",
            "unknown key; did you mean 'dry_run'?",
        ),
        (
            "{cost-optimizer: {dry_run: no}}",
            ".cost-optimizer.dry_run",
            "expected true or false, got 'no'",
        ),
        (
            "{cost-optimizer: {limits: 85}}",
            ".cost-optimizer.limits",
            "expected released, guide, or hours a month by bundle such as {standard: 85}, got 85",
        ),
        (
            "{cost-optimizer: {limits: {standart: 85}}}",
            ".cost-optimizer.limits.standart",
            "expected a bundle, got 'standart'; did you mean 'standard'?",
        ),
        (
            "{cost-optimizer: {limits: {standard: -1}}}",
            ".cost-optimizer.limits.standard",
            "expected at least 0, got -1",
        ),
        (
            "{cost-optimizer: {unused_months: 16}}",
            ".cost-optimizer.unused_months",
            "expected at most 15, got 16",
        ),
        (
            "{cost-optimizer: {terminate_unused: true}}",
            ".cost-optimizer.terminate_unused",
            "expected 'no', 'dry-run' or 'yes', got true",
        ),
        (
            "{cost-optimizer: {skip: 3}}",
            ".cost-optimizer.skip",
            "expected a list of users or a share such as '10 %', got 3",
        ),
        (
            "{cost-optimizer: {skip: [sales-00009, sales-00010]}}",
            ".cost-optimizer.skip.1",
            "expected a user up to 'sales-00009', got 'sales-00010'",
        ),
    ],
)
def test_mistakes(folder: Folder, text: str, place: str, message: str) -> None:
    problem = folder.problem(written(text))
    assert problem.startswith("office.yaml:11:")
    assert problem.endswith(f" {POLICY}{place}: {message}")


def test_one_word_puts_a_whole_policy_out_of_force(folder: Folder) -> None:
    """And one setting below its name brings it back, with defaults for all others."""
    text = written("{cost-optimizer: {dry_run: true, limits: guide}}")
    stays = folder.load(text, [f"{POLICY}=stay"]).scenario
    assert stays.fleets["office"].optimizer is None
    other = folder.load(text, [f"{POLICY}.cost-optimizer.limits.standard=70"]).scenario
    assert other.fleets["office"].optimizer == optimizer(dry_run=True, limits={"standard": 70})
    again = folder.load(text, [f"{POLICY}=stay", f"{POLICY}.cost-optimizer.unused_months=3"])
    assert again.scenario.fleets["office"].optimizer == optimizer(unused_months=3)


@pytest.mark.parametrize(
    "text", ["stay", "cost-optimizer", "{cost-optimizer: {limits: {graphics.g4dn: 9}, skip: 5 %}}"]
)
def test_what_is_resolved_loads_as_the_same(folder: Folder, text: str) -> None:
    resolved = folder.load(written(text))
    again = folder.load(resolved_yaml(resolved))
    assert again.scenario.fleets == resolved.scenario.fleets


def test_a_result_says_on_which_settings_of_the_policy_it_rests(folder: Folder) -> None:
    """With the policy an AlwaysOn fleet may stop too, so the rules of AutoStop count there."""
    text = written("{cost-optimizer: {dry_run: true}}").replace("AutoStop", "AlwaysOn")
    rows = {row.path: row for row in assumptions(folder.load(text))}
    below = {path: row for path, row in rows.items() if path.startswith(POLICY)}
    settings = set(CostOptimizer.model_fields) - {"kind"}
    assert set(below) == {f"{POLICY}.cost-optimizer.{key}" for key in settings}
    assert below[f"{POLICY}.cost-optimizer.dry_run"].stated
    samples = below[f"{POLICY}.cost-optimizer.samples_when_stopped"]
    assert (samples.value, samples.stated) == ("absent", False)
    assert "billing.rounding" in rows
    assert "billing.rounding" not in {
        row.path for row in assumptions(folder.load(text, [f"{POLICY}=stay"]))
    }


def test_an_editor_is_offered_words_and_settings() -> None:
    forms: dict[str, Any] = schema_tree()["$defs"]["RunningModePolicy"]
    words, settings = forms["anyOf"]
    assert words == {"enum": ["stay", "cost-optimizer"]}
    (name,) = settings["properties"]
    assert name == "cost-optimizer"
    assert json.dumps(settings).count('"dry_run"') == 1
