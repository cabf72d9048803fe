"""Rules O1 to O6: what administrators do to desktops, when they may, and the facts it leaves."""

from typing import Any

import numpy as np
import pytest

from sim.workload import Stream
from tests.unit.stories import Facts, expect, story

# --- in which states each operation is carried out

FINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "absent": ("", {"users": {"ann": {"joins": "20:00"}}}),
    "pending": ("", {"users": {"ann": {"joins": "11:50"}}, "fleet": {"provisioning": "20 min"}}),
    "available": ("arrival  connected\n09:00  2 h 30 min", {}),
    "connected": ("arrival  connected\n09:00  8 h", {}),
    "left": ("arrival  connected  ending\n09:00  1 h  left-connected", {}),
    "logging on": ("arrival  connected  streaming\n11:59  1 h  5 min", {}),
    "stopped": ("", {}),
    "starting": ("arrival  connected  resume\n11:59  1 h  5 min", {}),
    "stopping": ("arrival  connected\n09:00  1 h 55 min", {"fleet": {"stop_delay": "10 min"}}),
    "maintenance": ("", {"maintained": {"ann": "11:30"}}),
    "updating": ("", {}),
    "terminated": ("", {"users": {"ann": {"leaves": "11:00"}}}),
}
"""What a desktop may be found doing at 12:00, and how it came to that."""

ALLOWED = """
    finds        create  delete  to AlwaysOn  to AutoStop  resize  change-compute  migrate
    absent       yes     state   state        state        state   state           state
    pending      state   yes     state        state        state   state           state
    available    state   yes     yes          state        yes     yes             yes
    connected    state   yes     yes          state        yes     connected       connected
    left         state   yes     yes          state        yes     connected       connected
    logging on   state   yes     yes          state        yes     connected       connected
    stopped      state   yes     yes          state        yes     yes             yes
    starting     state   yes     yes          state        state   state           state
    stopping     state   yes     yes          state        state   state           state
    maintenance  state   yes     state        state        state   state           state
    updating     state   yes     state        state        state   state           state
    terminated   yes     state   state        state        state   state           state
"""
"""yes: carried out; state: refused for the state; connected: refused because somebody is in."""

_TARGETS = {
    "to AlwaysOn": "switch-mode  AlwaysOn",
    "to AutoStop": "switch-mode  AutoStop",
    "resize": "resize  80 GB + 100 GB",
    "change-compute": "change-compute  power",
}
_CAUSES = {"yes": "none", "state": "wrong-state", "connected": "user-connected"}
_ROWS = [
    [cell.strip() for cell in line.split("  ") if cell] for line in ALLOWED.split("\n") if line
]


@pytest.mark.parametrize("found", FINDS)
@pytest.mark.parametrize("operation", _ROWS[0][1:])
def test_operations_and_states(found: str, operation: str) -> None:
    """Each operation at 12:00, on an AutoStop desktop found in each state."""
    row = next(row for row in _ROWS if row[0] == found)
    verdict = row[_ROWS[0].index(operation)]
    plan, told = FINDS[found]
    before = "11:30  resize  80 GB + 50 GB" if found == "updating" else ""
    day = story(
        plan,
        operations=f"""
        at     operation  to
        {before}
        12:00  {_TARGETS.get(operation, f"{operation}  -")}
        """,
        **told,
    )
    at_noon = day.operations.rows(at=12 * 3_600_000)
    expect(
        at_noon,
        f"""
        accepted                               cause
        {"yes" if verdict == "yes" else "no"}  {_CAUSES[verdict]}
        """,
    )


def test_a_switch_to_the_mode_it_has_is_refused() -> None:
    day = story(
        fleet={"running_mode": "AlwaysOn"},
        operations="""
        at     operation    to
        12:00  switch-mode  AlwaysOn
        """,
    )
    expect(
        day.operations,
        """
        at     desktop  user  operation    to        accepted  cause        done
        12:00  0        ann   switch-mode  AlwaysOn  no        wrong-state  -
        """,
    )


# --- who is concerned

_NUMBERS = 2**40 + np.arange(4)
"""Users whose names carry no number are numbered in order of appearance, from here."""


def test_a_share_of_the_desktops_is_drawn() -> None:
    """Half of 4 desktops, those with the smallest draws of the operation's own stream; in order.

    A draw is addressed by the user's number, so nobody else's being there changes it.
    """
    day = tell_share("50 %", "delete")
    name = "operations/delete/office/2026-09-01T12:00:00/people"
    draws = Stream(1, 0, name).at(_NUMBERS).tolist()
    concerned = sorted(sorted(range(4), key=draws.__getitem__)[:2])
    assert day.operations.table["user"].tolist() == concerned
    assert day.operations.table["accepted"].all()


def test_all_desktops_of_one_fleet() -> None:
    """The lab is not concerned, nor is cal, who has no desktop to be deleted."""
    day = tell_share("100 %", "delete", lab=True, joins="20:00")
    expect(
        day.operations,
        """
        at     desktop  user  operation  accepted
        12:00  0        ann   delete     yes
        12:00  1        bob   delete     yes
        20:00  3        cal   create     yes
        """,
    )


def test_desktops_are_created_for_those_who_have_none() -> None:
    day = tell_share("100 %", "create", lab=True, joins="20:00")
    expect(
        day.operations,
        """
        at     desktop  user  operation  accepted  cause
        12:00  3        cal   create     yes       none
        20:00  3        cal   create     no        wrong-state
        """,
    )


def tell_share(share: str, operation: str, *, lab: bool = False, joins: str = "-") -> Facts:
    """ann, bob, cal and dot, and an operation at 12:00 on a share of the office's desktops."""
    told = {"ann": {}, "bob": {}, "cal": {"joins": joins}, "dot": {"fleet": "lab"} if lab else {}}
    made = {"operation": operation, "share": share, "fleet": "office", "at": "2026-09-01T12:00Z"}
    return story(users=told, fleets={"office": {}, "lab": {}}, operations=[made])


# --- what goes first at one instant


def test_leavers_go_before_joiners_and_joiners_before_operations() -> None:
    """ann, who has left, gets a new desktop by operation; bob's is deleted as soon as he joined."""
    day = story(
        users={"ann": {"leaves": "09:00"}, "bob": {"joins": "09:00"}},
        operations="""
        at     user  operation
        09:00  ann   create
        09:00  bob   delete
        """,
    )
    expect(
        day.operations,
        """
        user  desktop  operation  accepted  done
        ann   0        delete     yes       09:00
        bob   1        create     yes       -
        ann   2        create     yes       09:20
        bob   1        delete     yes       09:00
        """,
    )


def test_operations_at_one_instant_go_in_the_order_of_the_file() -> None:
    """ann's desktop is created again after it was deleted; bob's is there when it is created."""
    day = story(
        users={"ann": {}, "bob": {}},
        operations="""
        at     user  operation
        12:00  ann   delete
        12:00  bob   create
        12:00  ann   create
        12:00  bob   delete
        """,
    )
    assert day.operations.table["accepted"].tolist() == [True, False, True, True]
    assert day.desktops.table["user"].tolist() == [0, 1, 0]


def test_somebody_may_leave_at_the_instant_of_joining() -> None:
    day = story(users={"ann": {"joins": "09:00", "leaves": "09:00"}})
    expect(
        day.operations,
        """
        at     operation  accepted  done
        09:00  create     yes       -
        09:00  delete     yes       09:00
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  absent
        09:00  24:00  terminated
        """,
    )
    expect(
        day.terms,
        """
        begin  end    created  deleted
        09:00  09:00  yes      yes
        """,
    )


def test_a_change_that_a_deletion_cuts_short_is_never_done() -> None:
    """Resized from 12:00 to 13:00, deleted at 12:30."""
    day = story(
        operations="""
        at     operation  to
        12:00  resize     80 GB + 50 GB
        12:30  delete     -
        """,
    )
    expect(
        day.operations,
        """
        operation  accepted  done
        resize     yes       -
        delete     yes       12:30
        """,
    )


# --- O1: create


def test_a_desktop_is_created_for_a_user_who_lost_theirs() -> None:
    """Deleted at 10:00, created at 11:00, ready at 11:20; the second desktop has its own name."""
    day = story(
        """
        arrival  connected  retry_after
        11:10    1 h        10 min
        """,
        fleet={"provisioning": "20 min"},
        operations="""
        at     operation
        10:00  delete
        11:00  create
        """,
    )
    expect(
        day.desktops,
        """
        desktop  name      user  created      deleted
        0        ws-ann    ann   08-02 00:00  10:00
        1        ws-ann-2  ann   11:00        -
        """,
    )
    expect(
        day.states,
        """
        desktop  begin  end    state
        0        00:00  10:00  stopped
        0        10:00  24:00  terminated
        1        00:00  11:00  absent
        1        11:00  11:20  pending
        1        11:20  13:20  available
        1        13:20  24:00  stopped
        """,
    )
    expect(
        day.logons,
        """
        attempt  desktop  arrival  outcome    cause
        1        1        11:10    refused    desktop-busy
        2        1        11:20    connected  none
        """,
    )
    expect(
        day.operations,
        """
        at     desktop  operation  accepted  cause  done
        10:00  0        delete     yes       none   10:00
        11:00  1        create     yes       none   11:20
        """,
    )


def test_a_desktop_made_in_no_time_serves_a_logon_at_that_instant() -> None:
    day = story(
        """
        arrival  connected
        11:00    1 h
        """,
        users={"ann": {"joins": "20:00"}},
        fleet={"provisioning": "0 s"},
        operations="""
        at     operation
        11:00  create
        """,
    )
    assert day.logons.table["outcome"].tolist() == [0]


def test_a_creation_without_an_address_is_refused() -> None:
    day = story(
        users={"ann": {}, "bob": {"joins": "20:00"}},
        zones={"a": {"ip_addresses": 1}},
        operations="""
        at     user  operation
        11:00  bob   create
        """,
    )
    expect(
        day.operations,
        """
        at     desktop  user  accepted  cause
        11:00  -        bob   no        no-address
        20:00  -        bob   no        no-address
        """,
    )


@pytest.mark.parametrize(
    ("at", "happens"),
    [("08-31 23:59", False), ("00:00", True), ("23:59:59.999", True), ("24:00", False)],
)
def test_only_operations_inside_the_run_are_carried_out(at: str, happens: bool) -> None:
    """At its first instant, but not at its end, when nothing happens any more."""
    day = story(
        operations=f"""
        at    operation
        {at}  delete
        """
    )
    assert len(day.operations.table) == happens


# --- O2: delete (who is cut off is told with rule D1)


def test_a_deletion_is_kept_in_terms_without_length() -> None:
    """Rule D7: resized and deleted at 12:00; the new volumes never were in force for a moment."""
    day = story(
        operations="""
        at     operation  to
        12:00  resize     80 GB + 50 GB
        12:00  delete     -
        """,
    )
    expect(
        day.terms,
        """
        begin  end    user_gb  created  deleted
        00:00  12:00  10       no       no
        12:00  12:00  50       no       yes
        """,
    )


def test_a_deletion_under_maintenance_is_carried_out() -> None:
    day = story(
        maintained={"ann": "11:30"},
        operations="""
        at     operation
        12:00  delete
        """,
    )
    expect(
        day.runs,
        """
        begin  end    kind
        11:30  12:00  maintenance
        """,
    )


# --- O3: switch the running mode

TO_ALWAYS_ON = """
    at     operation    to
    12:00  switch-mode  AlwaysOn
"""
TO_AUTO_STOP = """
    at     operation    to
    12:00  switch-mode  AutoStop
"""


def test_a_switch_to_always_on_closes_the_open_run() -> None:
    """The run ends at 12:00, the session does not; the desktop is never stopped again."""
    day = story(
        """
        arrival  connected
        09:00    8 h
        """,
        operations=TO_ALWAYS_ON,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  12:00
        """,
    )
    expect(
        day.sessions,
        """
        ended  outcome
        17:00  ended
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  24:00  available
        """,
    )
    expect(
        day.terms,
        """
        begin  end    running_mode  created  deleted
        00:00  12:00  AutoStop      no       no
        12:00  24:00  AlwaysOn      no       no
        """,
    )
    expect(
        day.operations,
        """
        at     operation    to        accepted  done
        12:00  switch-mode  AlwaysOn  yes       12:00
        """,
    )


@pytest.mark.parametrize(("cold", "ready"), [(False, "12:01"), (True, "12:04")])
def test_a_switch_to_always_on_starts_a_stopped_desktop(cold: bool, ready: str) -> None:
    """No run: nothing is metered by the hour. It takes the resume, or the cold start."""
    day = story(
        fleet={"hibernates": not cold},
        logon={"resume": "1 min", "cold_start": "4 min"},
        operations=TO_ALWAYS_ON,
    )
    expect(
        day.states,
        f"""
        begin    end      state
        00:00    12:00    stopped
        12:00    {ready}  starting
        {ready}  24:00    available
        """,
    )
    expect(day.runs, "begin  end")
    expect(
        day.operations,
        f"""
        at     accepted  done
        12:00  yes       {ready}
        """,
    )


def test_a_logon_waits_for_the_start_that_a_switch_began() -> None:
    day = story(
        """
        arrival   connected
        12:00:20  1 h
        """,
        logon={"resume": "1 min"},
        operations=TO_ALWAYS_ON,
    )
    expect(
        day.logons,
        """
        desktop_wait  start  start_kind  done
        40 s          0      none        12:01
        """,
    )


def test_a_switch_while_a_logon_starts_the_desktop() -> None:
    """The start command of 11:59 stands; its run is closed at 12:00."""
    day = story(
        """
        arrival  connected  resume
        11:59    1 h        2 min
        """,
        operations=TO_ALWAYS_ON,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  11:59  stopped
        11:59  12:01  starting
        12:01  24:00  available
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        11:59  12:00
        """,
    )
    expect(
        day.logons,
        """
        start  start_kind  done   outcome
        2 min  resume      12:01  connected
        """,
    )


def test_a_switch_cuts_a_stop_short() -> None:
    """Expiry at 11:55, STOPPING until 12:05, were it not for the start at 12:00. ann, who has
    waited for the stop since 11:58, goes on with that start."""
    day = story(
        """
        arrival  connected
        09:00    1 h 54 min
        11:58    1 h
        """,
        fleet={"stop_delay": "10 min"},
        logon={"resume": "1 min"},
        operations=TO_ALWAYS_ON,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  09:01  starting
        09:01  11:55  available
        11:55  12:00  stopping
        12:00  12:01  starting
        12:01  24:00  available
        """,
    )
    expect(
        day.logons,
        """
        arrival  desktop_wait  start  start_kind  done
        09:00    0             1 min  resume      09:01
        11:58    3 min         0      none        12:01
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  11:55
        """,
    )


def test_a_switch_to_auto_stop_with_nobody_there_begins_the_timeout() -> None:
    """12:00 + 1 h."""
    day = story(fleet={"running_mode": "AlwaysOn"}, operations=TO_AUTO_STOP)
    expect(
        day.runs,
        """
        begin  end    kind
        12:00  13:00  logon
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  13:00  available
        13:00  24:00  stopped
        """,
    )
    expect(
        day.terms,
        """
        begin  end    running_mode
        00:00  12:00  AlwaysOn
        12:00  24:00  AutoStop
        """,
    )


@pytest.mark.parametrize(
    ("plan", "end"),
    [
        ("arrival  connected\n09:00  8 h", "18:00"),
        ("arrival  connected\n12:30  1 h", "14:30"),
        ("arrival  connected\n13:00  1 h", "13:00\n13:00  15:00"),
        ("arrival  connected  streaming\n11:59  1 h  5 min", "14:04"),
        ("arrival  connected  ending\n09:00  1 h  left-connected", "24:00"),
        ("arrival  connected  ending\n09:00  2 h 50 min  network-loss", "13:10"),
    ],
    ids=["connected", "back in time", "back too late", "logging on", "left connected", "lost"],
)
def test_a_switch_to_auto_stop_with_somebody_there(plan: str, end: str) -> None:
    """The run begins at the switch; the timeout at the disconnection: 17:00 + 1 h, 13:30 + 1 h,
    13:04 + 1 h; never; 11:50 + 20 min = 12:10, + 1 h. The one who comes at 13:00 finds it stopped.
    """
    day = story(plan, fleet={"running_mode": "AlwaysOn"}, operations=TO_AUTO_STOP)
    expect(day.runs, f"begin  end\n12:00  {end}")


def test_a_switch_to_auto_stop_before_the_request_begins_the_timeout() -> None:
    """At 12:00 ann is still at the directory: nobody is logging on to the desktop. Her request at
    12:00:30 cancels the timeout."""
    day = story(
        """
        arrival   connected  directory_service
        11:59:30  1 h        1 min
        """,
        fleet={"running_mode": "AlwaysOn"},
        directory={"servers": 1},
        operations=TO_AUTO_STOP,
    )
    expect(
        day.runs,
        """
        begin  end
        12:00  14:00:30
        """,
    )


def test_two_switches_leave_two_runs_and_three_terms() -> None:
    """AutoStop to 12:00, AlwaysOn to 15:00, AutoStop again. Connected from 09:00 to 17:00."""
    day = story(
        """
        arrival  connected
        09:00    8 h
        """,
        operations="""
        at     operation    to
        12:00  switch-mode  AlwaysOn
        15:00  switch-mode  AutoStop
        """,
    )
    expect(
        day.runs,
        """
        begin  end    kind
        09:00  12:00  logon
        15:00  18:00  logon
        """,
    )
    expect(
        day.terms,
        """
        begin  end    running_mode
        00:00  12:00  AutoStop
        12:00  15:00  AlwaysOn
        15:00  24:00  AutoStop
        """,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  18:00  available
        18:00  24:00  stopped
        """,
    )
    expect(
        day.sessions,
        """
        ended  disconnected  delivered  outcome
        17:00  17:00         8 h        ended
        """,
    )


def test_two_switches_at_one_instant_leave_the_terms_as_they_were() -> None:
    """The run is closed and another begun at 12:00; the time as AlwaysOn has no length."""
    day = story(
        """
        arrival  connected
        09:00    8 h
        """,
        operations="""
        at     operation    to
        12:00  switch-mode  AlwaysOn
        12:00  switch-mode  AutoStop
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  12:00
        12:00  18:00
        """,
    )
    assert set(day.terms.table["running_mode"].tolist()) == {1}


def test_a_time_as_auto_stop_without_length_has_no_run() -> None:
    day = story(
        fleet={"running_mode": "AlwaysOn"},
        operations="""
        at     operation    to
        12:00  switch-mode  AutoStop
        12:00  switch-mode  AlwaysOn
        """,
    )
    expect(day.runs, "begin  end")
    expect(
        day.states,
        """
        begin  end    state
        00:00  24:00  available
        """,
    )


def test_a_switch_to_always_on_needs_a_slot() -> None:
    """bob's desktop holds the only one until 13:00; ann's, stopped, cannot be started."""
    day = story(
        """
        user  arrival  connected
        bob   09:00    3 h
        """,
        users={"ann": {}, "bob": {}},
        fleet={"hosts": ["rack"]},
        host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 2, "memory": "4 GB"}},
        operations="""
        at     user  operation    to
        12:00  ann   switch-mode  AlwaysOn
        12:00  bob   switch-mode  AlwaysOn
        """,
    )
    expect(
        day.operations,
        """
        user  accepted  cause
        ann   no        no-host-capacity
        bob   yes       none
        """,
    )
    expect(
        day.host_load,
        """
        at     desktops
        09:00  1
        """,
    )


def test_a_desktop_switched_to_auto_stop_gives_its_slot_back() -> None:
    day = story(
        fleet={"hosts": ["rack"], "running_mode": "AlwaysOn"},
        host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 2, "memory": "4 GB"}},
        operations=TO_AUTO_STOP,
    )
    expect(
        day.host_load,
        """
        at     desktops  vcpu  memory_gb
        00:00  1         2     4
        13:00  0         0     0
        """,
    )


# --- O4: resize


@pytest.mark.parametrize(
    ("has", "to", "accepted"),
    [
        ((80, 10), (80, 50), True),
        ((80, 10), (80, 100), True),
        ((80, 10), (175, 100), True),
        ((80, 10), (300, 200), True),
        ((80, 50), (80, 50), False),
        ((80, 50), (80, 10), False),
        ((80, 100), (175, 100), True),
        ((175, 100), (80, 100), False),
        ((175, 100), (175, 200), True),
        ((300, 200), (400, 100), False),
        ((2000, 100), (2000, 2000), True),
    ],
)
def test_volumes_only_grow(has: tuple[int, int], to: tuple[int, int], accepted: bool) -> None:
    day = story(
        fleet={"root_volume": f"{has[0]} GB", "user_volume": f"{has[1]} GB"},
        operations=f"""
        at     operation  to
        12:00  resize     {to[0]} GB + {to[1]} GB
        """,
    )
    terms = day.terms.table
    volumes = list(zip(terms["root_gb"].tolist(), terms["user_gb"].tolist(), strict=True))
    assert volumes == ([has, to] if accepted else [has])
    assert day.operations.table["accepted"].tolist() == [accepted]


RESIZE = """
    at     operation  to
    12:00  resize     80 GB + 50 GB
"""


def test_a_running_desktop_is_resized_in_use() -> None:
    """Nobody notices; the terms change at once."""
    day = story(
        """
        arrival  connected
        09:00    8 h
        """,
        operations=RESIZE,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  09:00  stopped
        09:00  18:00  available
        18:00  24:00  stopped
        """,
    )
    expect(
        day.terms,
        """
        begin  end    root_gb  user_gb
        00:00  12:00  80       10
        12:00  24:00  80       50
        """,
    )
    expect(
        day.operations,
        """
        at     operation  to             accepted  done
        12:00  resize     80 GB + 50 GB  yes       12:00
        """,
    )


def test_only_the_first_terms_of_a_new_desktop_begin_with_its_creation() -> None:
    """Created at 09:00, resized at 12:00: the first month is charged from 09:00 on, once."""
    day = story(users={"ann": {"joins": "09:00"}}, operations=RESIZE)
    expect(
        day.terms,
        """
        begin  end    user_gb  created  deleted
        09:00  12:00  10       yes      no
        12:00  24:00  50       no       no
        """,
    )


def test_a_stopped_desktop_is_under_change_for_an_hour() -> None:
    """Refused until 13:00:00.000; no run, no charge by the hour."""
    day = story(
        """
        arrival       connected
        12:59:59.999  1 h
        13:00         1 h
        """,
        people={"patience": "0 s"},
        operations=RESIZE,
    )
    expect(
        day.states,
        """
        begin  end    state
        00:00  12:00  stopped
        12:00  13:00  updating
        13:00  15:00  available
        15:00  24:00  stopped
        """,
    )
    expect(
        day.logons,
        """
        arrival       outcome    cause
        12:59:59.999  refused    desktop-busy
        13:00         connected  none
        """,
    )
    expect(
        day.operations,
        """
        at     done
        12:00  13:00
        """,
    )


# --- O5: change the compute type

TO_POWER = """
    at     operation       to
    12:00  change-compute  power
"""


def test_a_compute_change_stops_a_running_desktop() -> None:
    """Left at 11:30; the run would have ended at 12:30 and is closed at 12:00."""
    day = story(
        """
        arrival  connected   ending
        09:00    2 h 30 min  disconnect
        13:30    1 h         disconnect
        """,
        logon={"resume": "1 min", "os_logon": "30 s"},
        operations=TO_POWER,
    )
    expect(
        day.states,
        """
        begin     end       state
        00:00     09:00     stopped
        09:00     09:01     starting
        09:01     12:00     available
        12:00     13:00     updating
        13:00     13:30     stopped
        13:30     13:31     starting
        13:31     15:31:30  available
        15:31:30  24:00     stopped
        """,
    )
    expect(
        day.runs,
        """
        begin  end
        09:00  12:00
        13:30  15:31:30
        """,
    )
    expect(
        day.terms,
        """
        begin  end    bundle
        00:00  12:00  standard
        12:00  24:00  power
        """,
    )
    expect(
        day.logons,
        """
        arrival  start  os_logon  done
        09:00    1 min  30 s      09:01:30
        13:30    1 min  30 s      13:31:30
        """,
    )


def test_a_stopped_desktop_changes_its_compute_type() -> None:
    day = story(operations=TO_POWER)
    expect(
        day.states,
        """
        begin  end    state
        00:00  12:00  stopped
        12:00  13:00  updating
        13:00  24:00  stopped
        """,
    )
    expect(
        day.operations,
        """
        at     operation       to     accepted  done
        12:00  change-compute  power  yes       13:00
        """,
    )


@pytest.mark.parametrize(
    ("operation", "to"),
    [("change-compute", "power"), ("migrate", "-"), ("resize", "80 GB + 50 GB")],
)
def test_the_time_of_a_change_is_a_setting(operation: str, to: str) -> None:
    day = story(
        fleet={"change_time": "2 h"},
        operations=f"""
        at     operation    to
        12:00  {operation}  {to}
        """,
    )
    expect(
        day.operations,
        """
        accepted  done
        yes       14:00
        """,
    )


@pytest.mark.parametrize("operation", ["change-compute", "migrate"])
@pytest.mark.parametrize(
    ("bundle", "root", "user", "cause"),
    [
        ("graphics.g4dn", 80, 10, "not-sold"),
        ("graphics.g4dn", 175, 100, "none"),
        ("generalpurpose.4xlarge", 80, 100, "not-sold"),
        ("generalpurpose.4xlarge", 175, 100, "none"),
        ("power", 80, 10, "none"),
    ],
)
def test_a_bundle_must_be_sold_with_the_volumes(
    *, operation: str, bundle: str, root: int, user: int, cause: str
) -> None:
    """Graphics bundles begin at 100 GB and 100 GB, general purpose at 175 GB and 100 GB."""
    day = story(
        fleet={"root_volume": f"{root} GB", "user_volume": f"{user} GB"},
        operations=f"""
        at     operation    to
        12:00  {operation}  {bundle}
        """,
    )
    expect(
        day.operations,
        f"""
        accepted                              cause
        {"yes" if cause == "none" else "no"}  {cause}
        """,
    )


def test_a_desktop_starts_as_its_bundle_does() -> None:
    """A `standard` resumes in 1 min; once it is a `generalpurpose.4xlarge` it starts cold."""
    day = story(
        """
        arrival  connected
        09:00    1 h
        14:00    1 h
        """,
        fleet={"root_volume": "175 GB", "user_volume": "100 GB"},
        logon={"resume": "1 min", "cold_start": "4 min"},
        operations="""
        at     operation       to
        12:00  change-compute  generalpurpose.4xlarge
        """,
    )
    expect(
        day.logons,
        """
        arrival  start  start_kind
        09:00    1 min  resume
        14:00    4 min  cold
        """,
    )


@pytest.mark.parametrize("operation", ["change-compute", "migrate"])
def test_an_always_on_desktop_that_finds_no_larger_slot_keeps_its_own(operation: str) -> None:
    """The host's 4 vCPU are for ann's and bob's desktops: no room for one of 4."""
    day = story(
        users={"ann": {}, "bob": {}},
        fleet={"hosts": ["rack"], "running_mode": "AlwaysOn"},
        host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 4, "memory": "64 GB"}},
        operations=f"""
        at     operation    to
        12:00  {operation}  power
        """,
    )
    expect(
        day.operations,
        """
        accepted  cause
        no        no-host-capacity
        """,
    )
    assert day.host_load.table["vcpu"][-1] == 4
    expect(
        day.states.rows(desktop=0),
        """
        begin  end    state
        00:00  24:00  available
        """,
    )


def test_an_always_on_desktop_is_back_after_a_compute_change() -> None:
    day = story(fleet={"running_mode": "AlwaysOn"}, operations=TO_POWER)
    expect(
        day.states,
        """
        begin  end    state
        00:00  12:00  available
        12:00  13:00  updating
        13:00  24:00  available
        """,
    )
    expect(day.runs, "begin  end")


@pytest.mark.parametrize(
    ("left", "accepted"), [("11:59:59.999", True), ("12:00", False), ("12:00:00.001", False)]
)
def test_a_compute_change_needs_the_user_out(left: str, accepted: bool) -> None:
    """At 12:00 operations come before departures: who leaves at 12:00 sharp is still in."""
    minutes = {"11:59:59.999": "59 min 59 s 999 ms", "12:00": "1 h", "12:00:00.001": "1 h 1 ms"}
    day = story(
        f"""
        arrival  connected
        11:00    {minutes[left]}
        """,
        operations=TO_POWER,
    )
    assert day.operations.table["accepted"].tolist() == [accepted]


def test_a_larger_bundle_takes_a_larger_slot() -> None:
    """Until 12:00 the desktop takes 2 vCPU and 4 GB, from its next start on 4 and 16."""
    day = story(
        """
        arrival  connected
        11:00    30 min
        15:00    1 h
        """,
        fleet={"hosts": ["rack"]},
        host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 8, "memory": "64 GB"}},
        operations=TO_POWER,
    )
    expect(
        day.host_load,
        """
        at     desktops  vcpu  memory_gb
        11:00  1         2     4
        12:00  0         0     0
        15:00  1         4     16
        17:00  0         0     0
        """,
    )


@pytest.mark.parametrize("operation", ["change-compute", "migrate"])
def test_an_always_on_desktop_changes_its_slot_for_a_larger_one(operation: str) -> None:
    """It holds 2 vCPU until 12:00, and 4 from then on, the hour of the change included."""
    day = story(
        fleet={"hosts": ["rack"], "running_mode": "AlwaysOn"},
        host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 8, "memory": "64 GB"}},
        operations=f"""
        at     operation    to
        12:00  {operation}  power
        """,
    )
    assert day.operations.table["accepted"].tolist() == [True]
    assert day.terms.table["bundle"].tolist() == ["standard", "power"]
    expect(
        day.host_load,
        """
        at     desktops  vcpu  memory_gb
        00:00  1         2     4
        12:00  1         4     16
        """,
    )


@pytest.mark.parametrize("operation", ["change-compute", "migrate"])
def test_an_auto_stop_desktop_takes_its_larger_slot_when_it_starts(operation: str) -> None:
    day = story(
        fleet={"hosts": ["rack"]},
        host_groups={"rack": {"zone": "a", "count": 1, "vcpu": 8, "memory": "64 GB"}},
        operations=f"""
        at     operation    to
        12:00  {operation}  power
        """,
    )
    assert day.operations.table["accepted"].all()
    assert len(day.host_load.table) == 0


@pytest.mark.parametrize("operation", ["change-compute", "migrate"])
def test_a_refused_change_says_what_it_was_to_be(operation: str) -> None:
    day = story(
        """
        arrival  connected
        09:00    8 h
        """,
        operations=f"""
        at     operation    to
        12:00  {operation}  power
        """,
    )
    expect(
        day.operations,
        f"""
        operation    to     accepted  cause           done
        {operation}  power  no        user-connected  -
        """,
    )


# --- O6: migrate


@pytest.mark.parametrize(("to", "bundle"), [("-", "standard"), ("power", "power")])
def test_a_migration_makes_a_new_desktop(to: str, bundle: str) -> None:
    """The old one ends at 12:00, its run with it; the new one is ready at 13:00, in its zone."""
    day = story(
        """
        user  arrival  connected   ending
        ann   09:00    2 h 30 min  disconnect
        ann   14:00    1 h         disconnect
        """,
        users={"bob": {}, "ann": {}},
        zones={"a": {"ip_addresses": 1}, "b": {"ip_addresses": 1}},
        fleet={"root_volume": "80 GB", "user_volume": "50 GB"},
        logon={"os_logon": "30 s"},
        operations=f"""
        at     operation  to
        12:00  migrate    {to}
        """,
    )
    expect(
        day.desktops,
        """
        desktop  name      user  zone  created      deleted
        0        ws-bob    bob   a     08-02 00:00  -
        1        ws-ann    ann   b     08-02 00:00  12:00
        2        ws-ann-2  ann   b     12:00        -
        """,
    )
    expect(
        day.terms,
        f"""
        desktop  begin  end    bundle    root_gb  user_gb  created  deleted
        0        00:00  24:00  standard  80       50       no       no
        1        00:00  12:00  standard  80       50       no       yes
        2        12:00  24:00  {bundle}  80       50       yes      no
        """,
    )
    expect(
        day.states,
        """
        desktop  begin     end       state
        0        00:00     24:00     stopped
        1        00:00     09:00     stopped
        1        09:00     12:00     available
        1        12:00     24:00     terminated
        2        00:00     12:00     absent
        2        12:00     13:00     updating
        2        13:00     14:00     stopped
        2        14:00     16:00:30  available
        2        16:00:30  24:00     stopped
        """,
    )
    expect(
        day.runs,
        """
        desktop  begin  end
        1        09:00  12:00
        2        14:00  16:00:30
        """,
    )
    expect(
        day.logons,
        """
        desktop  arrival  os_logon  done
        1        09:00    30 s      09:00:30
        2        14:00    30 s      14:00:30
        """,
    )
    expect(
        day.operations,
        f"""
        at     desktop  user  operation  to    accepted  cause  done
        12:00  2        ann   migrate    {to}  yes       none   13:00
        """,
    )


def test_an_always_on_desktop_migrates_and_is_available() -> None:
    day = story(
        fleet={"running_mode": "AlwaysOn"},
        operations="""
        at     operation  to
        12:00  migrate    power
        """,
    )
    expect(
        day.states.rows(desktop=1),
        """
        begin  end    state
        00:00  12:00  absent
        12:00  13:00  updating
        13:00  24:00  available
        """,
    )


def test_a_logon_during_a_migration_is_refused() -> None:
    day = story(
        """
        arrival       connected
        12:59:59.999  1 h
        13:00         1 h
        """,
        people={"patience": "0 s"},
        operations="""
        at     operation  to
        12:00  migrate    -
        """,
    )
    expect(
        day.logons,
        """
        desktop  outcome    cause
        1        refused    desktop-busy
        1        connected  none
        """,
    )


def test_a_migrated_desktop_keeps_its_changed_mode() -> None:
    """Switched to AlwaysOn at 10:00, migrated at 12:00: AlwaysOn still."""
    day = story(
        operations="""
        at     operation    to
        10:00  switch-mode  AlwaysOn
        12:00  migrate      -
        """,
    )
    expect(
        day.terms,
        """
        desktop  begin  end    running_mode  created  deleted
        0        00:00  10:00  AutoStop      no       no
        0        10:00  12:00  AlwaysOn      no       yes
        1        12:00  24:00  AlwaysOn      yes      no
        """,
    )
