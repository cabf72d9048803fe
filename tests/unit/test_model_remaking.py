"""Stories about reboots, rebuilds and restores, roll-outs in waves, calls and quotas.

Rules O7 to O10 of docs/model.md; `ann` has an AutoStop desktop with a timeout of 1 h.
"""

from typing import Any

import numpy as np
import pytest

from tests.unit.stories import expect, story

PEOPLE = ["ann", "bob", "cid", "dee", "eve", "fay"]


def at(clock: str) -> str:
    return f"2026-09-01T{clock}Z"


def on_all(operation: str, clock: str, **more: Any) -> list[dict[str, Any]]:
    return [{"at": at(clock), "fleet": "office", "share": "100 %", "operation": operation, **more}]


def test_a_reboot_interrupts_and_the_meter_runs_on() -> None:
    """O7: off from 11:00 to 11:05; back at 11:02, waits 3 min, and an OS logon of 30 s."""
    day = story(
        "arrival  connected  ending\n09:00  8 h  logoff",
        logon={"os_logon": "30 s"},
        fleet={"reboot_time": "5 min"},
        operations="at  user  operation\n11:00  ann  reboot",
    )
    expect(day.interruptions, "outage  cause      at     back\n-  operation  11:00  11:05:30")
    expect(day.logons.rows(attempt=2), "desktop_wait  os_logon  outcome\n3 min  30 s  connected")
    expect(day.operations, "at     operation  accepted  done\n11:00  reboot  yes  11:05")
    assert len(day.runs.table) == 1
    expect(
        day.states,
        """
        begin     end       state
        00:00     09:00     stopped
        09:00     11:00     available
        11:00     11:05     rebooting
        11:05     18:06     available
        18:06     24:00     stopped
        """,
    )


def test_a_reboot_of_an_idle_desktop_begins_its_timeout_anew() -> None:
    """O7: disconnected at 10:00, would stop at 11:00; rebooted at 10:30, stops at 11:35."""
    day = story(
        "arrival  connected  ending\n09:00  1 h  disconnect",
        fleet={"reboot_time": "5 min"},
        operations="at  user  operation\n10:30  ann  reboot",
    )
    expect(day.runs, "begin  end\n09:00  11:35")


def test_a_stopped_desktop_is_not_rebooted() -> None:
    day = story(operations="at  user  operation\n10:30  ann  reboot")
    expect(day.operations, "accepted  cause\nno  wrong-state")


@pytest.mark.parametrize("operation", ["rebuild", "restore"])
def test_a_remade_desktop_loses_what_came_after_the_snapshot(operation: str) -> None:
    """O8: refused until 12:00, then started again; the run ends at 11:00."""
    day = story(
        "arrival  connected  ending  retry_after  patience\n09:00  8 h  logoff  30 min  2 h",
        fleet={"rebuild_time": "1 h"},
        operations=f"at  user  operation\n11:00  ann  {operation}",
    )
    expect(day.interruptions, "cause      at     back\noperation  11:00  12:00")
    expect(
        day.logons,
        """
        arrival  outcome    cause
        09:00    connected  none
        11:30    refused    desktop-busy
        12:00    connected  none
        """,
    )
    expect(day.runs, "begin  end\n09:00  11:00\n12:00  19:00")
    expect(day.recoveries, "outage  user  at     done\n-  ann  11:00  12:00")
    age = int(day.recoveries.table["data_age"][0])
    snapshot = int(day.recoveries.table["snapshot"][0])
    assert age == 11 * 3_600_000 - snapshot
    assert 0 <= age < 12 * 3_600_000


def test_an_image_is_rolled_out_in_waves() -> None:
    """O9: six desktops in three waves, an hour apart."""
    day = story(
        users={name: {} for name in PEOPLE},
        operations=on_all("rebuild", "18:00", waves={"count": 3, "every": "1 h"}),
    )
    expect(
        day.operations,
        """
        at     user
        18:00  ann
        18:00  bob
        19:00  cid
        19:00  dee
        20:00  eve
        20:00  fay
        """,
    )


def test_calls_are_limited_when_operations_heed_the_limit() -> None:
    """O9: rebuilds one a call, 2 a second, burst 3: 0, 0, 0, 0.5, 1 and 1.5 s."""
    day = story(
        users={name: {} for name in PEOPLE},
        operations=on_all("rebuild", "18:00"),
        api_limits={"calls_per_second": 2, "burst": 3, "operations": True},
    )
    late = day.operations.table["at"] - 18 * 3_600_000
    assert late.tolist() == [0, 0, 0, 500, 1000, 1500]


def test_one_call_does_many_where_the_provider_allows_it() -> None:
    """O9: four a call: two calls, a burst of one: the second a second later."""
    day = story(
        users={name: {} for name in PEOPLE},
        fleet={"running_mode": "AlwaysOn"},
        operations=on_all("reboot", "18:00"),
        api_limits={
            "calls_per_second": 1,
            "burst": 1,
            "desktops_per_call": 4,
            "operations": True,
        },
    )
    late = day.operations.table["at"] - 18 * 3_600_000
    assert late.tolist() == [0, 0, 0, 0, 1000, 1000]


def test_a_quota_refuses_who_joins_too_many() -> None:
    """O10: two may exist; bob joins as the second, cid is refused, and dee follows ann."""
    day = story(
        users={
            "ann": {"leaves": "12:00"},
            "bob": {"joins": "09:00"},
            "cid": {"joins": "10:00"},
            "dee": {"joins": "13:00"},
        },
        quotas={"desktops": 2},
    )
    created = day.operations.table["operation"] == 0
    rows = day.operations.table.take(np.asarray(created))
    assert rows["accepted"].tolist() == [True, False, True]


def test_those_who_join_together_are_created_call_by_call() -> None:
    """O9: two a call, one call a second, a burst of one: 0, 0, 1, 1, 2 and 2 s."""
    day = story(
        users={name: {"joins": "09:00"} for name in PEOPLE},
        api_limits={
            "calls_per_second": 1,
            "burst": 1,
            "desktops_per_call": 2,
            "operations": True,
        },
    )
    late = day.operations.table["at"] - 9 * 3_600_000
    assert late.tolist() == [0, 0, 1000, 1000, 2000, 2000]


def test_encryption_lengthens_a_creation() -> None:
    """20 min, and 20 more: joined at 09:00, there at 09:40."""
    day = story(
        users={"ann": {"joins": "09:00"}},
        fleet={"provisioning": "20 min", "encryption": {}},
    )
    expect(day.operations, "at     operation  done\n09:00  create  09:40")
