"""Each assumption lower and higher: the rules, and what has no other value."""

from pathlib import Path
from typing import Any

import pytest

from sim.scenario import assumptions
from sim.scenario.variations import Variation, variations
from tests.unit.scenario_files import OFFICE, Folder, changed

TWO = OFFICE.replace(
    "populations:\n",
    "  field:\n    bundle: power\n    root_volume: 175 GB\n    user_volume: 100 GB\n"
    "    running_mode: AutoStop\npopulations:\n",
)
"""A second fleet, which says nothing more than it must."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def varied(folder: Folder, text: str) -> tuple[dict[str, Variation], dict[str, str]]:
    found, left = variations(folder.load(text).scenario)
    return {one.setting: one for one in found}, left


def labels(one: Variation) -> list[str]:
    return [other.label for other in one.others]


def test_times_are_halved_and_doubled(folder: Folder) -> None:
    found, _ = varied(folder, OFFICE)
    one = found["fleets.office.network_loss_detection"]
    assert (one.value, labels(one)) == ("20 min", ["10 min", "40 min"])
    assert one.others[0].settings == {"fleets.office.network_loss_detection": "10 min"}


def test_of_a_distribution_all_times_are_and_its_shape_stays(folder: Folder) -> None:
    found, _ = varied(folder, OFFICE)
    logon, resume = (found[f"fleets.office.logon.{name}"] for name in ("os_logon", "resume"))
    assert [other.value for other in logon.others] == [
        "{lognormal: {mean: 14 s, cv: 0.6}}",
        "{lognormal: {mean: 56 s, cv: 0.6}}",
    ]
    assert resume.others[1].value == "{uniform: {low: 2 min, high: 3 min}}"
    assert labels(resume) == ["half", "double"]


def test_of_choices_each_other_one_is_taken(folder: Folder) -> None:
    found, _ = varied(folder, OFFICE)
    assert labels(found["billing.rounding"]) == ["clock_hour", "continuous"]
    assert labels(found["maintenance.autostop"]) == ["false"]
    assert found["maintenance.autostop"].others[0].settings == {"maintenance.autostop": False}


def test_a_whole_number_stays_one_and_what_comes_to_the_same_is_left_out(folder: Folder) -> None:
    """Half of 1 hour of maintenance is 1 again, rounded half-up; half of 5 servers is 3."""
    found, _ = varied(folder, f"{OFFICE}directory: {{servers: 5}}\n")
    assert labels(found["billing.maintenance_billed_hours"]) == ["2"]
    assert labels(found["directory.servers"]) == ["3", "10"]


def test_of_a_share_the_odds_are(folder: Folder) -> None:
    """80 % are 4 to 1: 2 to 1 are 66.6667 %, 8 to 1 are 88.8889 %."""
    sites = "sites: {hq: {capacity: 100 Mbit/s}}\n"
    text = changed(
        "session_length: 8 h\n",
        "session_length: 8 h\n    clients: {pc: {share: 100 %, site: hq}}\n",
    )
    found, _ = varied(folder, text + sites)
    one = found["sites.hq.usable"]
    assert [other.value for other in one.others] == ["66.6667 %", "88.8889 %"]
    assert labels(one) == ["66.7 %", "88.9 %"]
    rate = found["populations.sales.bandwidth"]
    assert [other.value for other in rate.others] == ["250 kbit/s", "1000 kbit/s"]


def test_of_shares_of_a_whole_each_in_turn_the_others_in_proportion(folder: Folder) -> None:
    """Disconnecting 60 %, 3 to 2: 6 to 2 are 75 %, and 25 % are left for 30 + 10, so 18.75 + 6.25.
    Nobody's network is lost, and nobody's odds are not doubled."""
    endings = "{logoff: 30 %, disconnect: 60 %, left-connected: 10 %, network-loss: 0 %}"
    text = changed("session_length: 8 h\n", f"session_length: 8 h\n    endings: {endings}\n")
    found, _ = varied(folder, text)
    more = found["populations.sales.endings.disconnect"].others[1]
    assert more.settings == {
        "populations.sales.endings": {
            "logoff": "18.75 %",
            "disconnect": "75 %",
            "left-connected": "6.25 %",
            "network-loss": "0 %",
        }
    }
    assert more.value == "75 %"
    assert "populations.sales.endings.network-loss" not in found


def test_fleets_with_the_same_value_are_varied_together(folder: Folder) -> None:
    found, _ = varied(folder, TWO)
    one = found["fleets.*.logon.streaming"]
    assert one.others[1].settings == {
        "fleets.office.logon.streaming": "10 s",
        "fleets.field.logon.streaming": "10 s",
    }


def test_and_those_with_another_value_by_themselves(folder: Folder) -> None:
    third = TWO.replace("  field:", "  lab: {bundle: value, running_mode: AutoStop}\n  field:")
    text = third.replace("bundle: power\n", "bundle: power\n    stop_delay: 4 min\n")
    delayed = text.replace("bundle: standard\n", "bundle: standard\n    stop_delay: 4 min\n")
    found, left = varied(folder, delayed)
    assert labels(found["fleets.{office, field}.stop_delay"]) == ["2 min", "8 min"]
    assert left["fleets.lab.stop_delay"] == "zero has no half"


def test_an_entry_of_a_list_is_varied_within_the_whole_list(folder: Folder) -> None:
    lost = [
        {"zone": {"zone": "a", "at": "2026-09-15", "lasts": "2 h"}},
        {"zone": {"zone": "b", "at": "2026-09-16", "lasts": "4 h"}},
    ]
    found, left = varied(folder, f"{OFFICE}outages: {lost}\n".replace("'", ""))
    whole: Any = found["outages.1.zone.lasts"].others[0].settings["outages"]
    assert [outage["zone"]["lasts"] for outage in whole] == ["2 h", "2 h"]
    assert left["outages.0.zone.zone"] == "is neither a number, a share nor a choice"


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        ("fleets.office.stop_delay", "zero has no half"),
        ("fleets.office.idle_disconnect_timeout", "is off, or has no limit"),
    ],
)
def test_what_has_no_other_value_is_left_out_with_the_reason(
    setting: str, why: str, folder: Folder
) -> None:
    found, left = varied(folder, OFFICE)
    assert setting not in found
    assert left[setting] == why


def test_every_assumption_is_varied_or_left_out(folder: Folder) -> None:
    loaded = folder.load(OFFICE)
    found, left = varied(folder, OFFICE)
    for one in assumptions(loaded):
        here = [
            name for name in (*found, *left) if name == one.path or name.startswith(f"{one.path}.")
        ]
        assert here, one.path
