"""A desktop under every operation in every state, with outages, at random and one by one.

What may be done to a desktop hangs on its state, and what may not is refused with a cause and
changes nothing, whether administrators ask for it or the user. The rules are O1 to O8, O11, F3 and
F8 of docs/model.md; the states and what the provider allows in them are those of its API.
`expected` says it in a table, from what can be seen of the desktop at that instant in the same
story without the operation.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from sim.record import (
    NEVER,
    Actor,
    Cause,
    DesktopState,
    OperationKind,
    OutageKind,
    Outcome,
    RunningMode,
    Table,
)
from sim.scenario.bundles import Volumes, is_sold
from sim.units import HOUR, MINUTE, Millis
from sim.workload import Wish
from tests.property.test_outage_laws import rows, same, working
from tests.unit.stories import Facts, story

S = DesktopState
THERE = frozenset(S) - {S.ABSENT, S.TERMINATED}
IDLE = frozenset({S.AVAILABLE, S.STOPPED})
ALLOWED = {
    "create": frozenset({S.ABSENT, S.TERMINATED}),
    "delete": THERE,
    "switch-mode": IDLE | {S.STARTING, S.STOPPING},
    "resize": IDLE,
    "change-compute": IDLE,
    "migrate": IDLE,
    "reboot": frozenset({S.AVAILABLE}),
    "rebuild": IDLE,
    "restore": IDLE,
}
"""The states from which each operation can be made, whatever else it asks for."""
OPERATIONS: list[tuple[str, Any]] = [
    ("create", None),
    ("delete", None),
    ("switch-mode", "AlwaysOn"),
    ("switch-mode", "AutoStop"),
    ("resize", {"root": "80 GB", "user": "50 GB"}),
    ("resize", {"root": "175 GB", "user": "100 GB"}),
    ("change-compute", "power"),
    ("change-compute", "generalpurpose.4xlarge"),
    ("migrate", None),
    ("migrate", "performance"),
    ("reboot", None),
    ("rebuild", None),
    ("restore", None),
]
NEXT = {
    "create": {S.PENDING},
    "delete": {S.ABSENT},
    "change-compute": {S.UPDATING},
    "migrate": {S.UPDATING},
    "reboot": {S.REBOOTING},
    "rebuild": {S.REBUILDING},
    "restore": {S.RESTORING},
}
"""The state that an operation leads to at once, where it is always the same."""
OWN = [
    (kind, to)
    for kind, to in OPERATIONS
    if kind in ("switch-mode", "resize", "change-compute", "reboot", "rebuild")
]
"""What users may be allowed to do."""


@dataclass
class Life:
    """What is planned for one desktop, from which a story is told."""

    mode: str = "AutoStop"
    visits: list[str] = field(default_factory=list)
    """Rows of arrival, connected and ending."""
    operations: list[dict[str, Any]] = field(default_factory=list)
    wishes: list[Wish] = field(default_factory=list)
    outages: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    def tell(self) -> Facts:
        """The story of what has been planned so far."""
        with mock.patch("sim.model.self_service.make_wishes", return_value=self.wishes):
            return self._story()

    def _story(self) -> Facts:
        return story(
            "\n".join(["arrival  connected  ending", *self.visits]),
            engine="agenda",
            horizon="4 d",
            zones={"a": {}},
            operations=list(self.operations),
            outages=list(self.outages),
            **{
                "users": {"ann": {}},
                "fleet": {"running_mode": self.mode, "stop_delay": "7 min"},
                "logon": {"resume": "4 min", "cold_start": "9 min", "os_logon": "30 s"},
                **self.told,
            },
        )

    def operate(self, kind: str, to: Any, at: Millis, by: Actor = Actor.ADMINISTRATOR) -> None:
        """Make an operation, and hold what becomes of it against the table."""
        before = self.tell()
        known = len(before.operations.table)
        seen = Seen.of(before, at)
        if by == Actor.USER:
            named = Volumes.model_validate(to) if isinstance(to, dict) else to
            order = OperationKind[kind.upper().replace("-", "_")]
            self.wishes.append(Wish(at, 0, order, named, by, 0.5))
        else:
            operation = {"at": instant(at), "fleet": "office", "user": "ann", "operation": kind}
            self.operations.append({**operation, "to": to})
        after = self.tell()
        (made,) = [
            row
            for row in rows(after.operations.table)
            if row["at"] == at and row["operation"] == OperationKind[kind.upper().replace("-", "_")]
        ]
        cause = expected(kind, to, seen, by)
        assert made["by"] == by
        assert (made["accepted"], made["cause"]) == (cause == Cause.NONE, cause), (kind, to, seen)
        now = Seen.of(after, at)
        if cause == Cause.NONE:
            assert now.state in NEXT.get(kind, THERE)
        else:
            assert made["done"] == NEVER
            (self.wishes if by == Actor.USER else self.operations).pop()
            assert len(after.operations.table) == known + 1
            changed_nothing(before, after, made)


def changed_nothing(before: Facts, after: Facts, refused: dict[str, Any]) -> None:
    """All tables are the same, but for the one row that says that it was refused."""
    remaining = [row for row in rows(after.operations.table) if row != refused]
    assert remaining == list(rows(before.operations.table))
    same(_Without(before), _Without(after))


class _Without(Facts):
    """The facts of a run without its operations."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts.story, facts._store)

    def recorded(self, schema: Any) -> Table:
        return Table.empty(schema) if schema.name == "operations" else super().recorded(schema)


@dataclass(frozen=True)
class Seen:
    """What can be seen of the desktop at an instant, after all that happens at it."""

    state: DesktopState
    mode: RunningMode | None
    volumes: tuple[int, int]
    bundle: str
    occupied: bool
    lost_to: Cause
    """Why nothing can be operated."""
    zone_lost: bool

    @classmethod
    def of(cls, facts: Facts, at: Millis) -> "Seen":
        states = [
            DesktopState(row["state"])
            for row in rows(facts.states.table)
            if row["begin"] <= at < row["end"]
        ]
        there = [state for state in states if state in THERE]
        terms = [row for row in rows(facts.terms.table) if row["begin"] <= at < row["end"]]
        held = terms[-1] if terms and there else None
        out = [row for row in rows(facts.outages.table) if row["begin"] <= at < row["end"]]
        causes = [
            Cause.REGION_OUTAGE if row["kind"] == OutageKind.REGION else Cause.CONTROL_PLANE_OUTAGE
            for row in out
            if row["kind"] in (OutageKind.REGION, OutageKind.CONTROL_PLANE)
        ]
        return cls(
            state=there[0] if there else S.ABSENT,
            mode=RunningMode(held["running_mode"]) if held else None,
            volumes=(held["root_gb"], held["user_gb"]) if held else (0, 0),
            bundle=held["bundle"] if held else "",
            occupied=occupied(facts, at),
            lost_to=causes[0] if causes else Cause.NONE,
            zone_lost=any(row["kind"] in (OutageKind.ZONE, OutageKind.REGION) for row in out),
        )


def occupied(facts: Facts, at: Millis) -> bool:
    """Whether somebody is connected, or their connection has outlived them, or is logging on."""
    end = facts.story.scenario.end
    for session, _, spans in working(facts):
        left = session["ended"]
        over = end if session["disconnected"] == NEVER else session["disconnected"]
        if left != NEVER and (not spans or spans[-1][1] == left):
            spans.append((left, over))
        if any(begin <= at < until for begin, until in spans):
            return True
    return any(
        row["arrival"] <= at < (end if row["done"] == NEVER else row["done"])
        for row in rows(facts.logons.table)
    )


def expected(kind: str, to: Any, seen: Seen, by: Actor) -> Cause:
    """Why an operation is refused; NONE when it is made."""
    if seen.lost_to != Cause.NONE:
        return seen.lost_to
    had = kind == "change-compute" and to == seen.bundle
    if had or seen.state not in ALLOWED[kind]:
        return Cause.WRONG_STATE
    if kind == "create" and seen.zone_lost:
        return Cause.ZONE_OUTAGE
    if kind in ("switch-mode", "resize"):
        return Cause.NONE if differs(to, seen) else Cause.WRONG_STATE
    if kind in ("change-compute", "migrate"):
        sold = is_sold(to or seen.bundle, *seen.volumes)
        in_the_way = seen.occupied and by != Actor.USER
        busy = Cause.USER_CONNECTED if in_the_way else Cause.NONE
        return busy if sold else Cause.NOT_SOLD
    return Cause.NONE


def differs(to: Any, seen: Seen) -> bool:
    """Whether a mode is another, or volumes grow: the user's to 100 GB before the root does."""
    if isinstance(to, str):
        return seen.mode is not None and seen.mode.label != to
    root, user = (int(to[key].removesuffix(" GB")) for key in ("root", "user"))
    grows = root >= seen.volumes[0] and user >= seen.volumes[1] and (root, user) != seen.volumes
    return grows and (root == seen.volumes[0] or user >= 100)


def instant(at: Millis) -> str:
    """As a scenario writes it."""
    seconds, millis = divmod(at, 1_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"2026-09-{days + 1:02d}T{hours:02d}:{minutes:02d}:{seconds:02d}.{millis:03d}Z"


def clock(at: Millis) -> str:
    """As a story writes it."""
    seconds, millis = divmod(at, 1_000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{millis:03d}"


# -- every operation in every state, one by one

OPERATIONS_PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
NOON = 12 * HOUR
BROKEN = {"at": "2026-09-01T11:00Z", "lasts": "2 h"}


def done(kind: str, at: str, to: Any = None) -> dict[str, Any]:
    """An operation before noon."""
    at = f"2026-09-01T{at}Z"
    return {
        "operations": [{"at": at, "fleet": "office", "user": "ann", "operation": kind, "to": to}]
    }


SETTINGS: dict[str, tuple[DesktopState, dict[str, Any]]] = {
    "not there yet": (S.ABSENT, {"told": {"users": {"ann": {"joins": "18:00"}}}}),
    "being created": (S.PENDING, {"told": {"users": {"ann": {"joins": "11:50"}}}}),
    "connected": (S.AVAILABLE, {"visits": ["09:00  8 h  disconnect"]}),
    "connected, always on": (
        S.AVAILABLE,
        {"mode": "AlwaysOn", "visits": ["09:00  8 h  disconnect"]},
    ),
    "disconnected": (S.AVAILABLE, {"visits": ["09:00  150 min  disconnect"]}),
    "left connected": (S.AVAILABLE, {"visits": ["09:00  1 h  left-connected"]}),
    "idle, always on": (S.AVAILABLE, {"mode": "AlwaysOn"}),
    "stopped": (S.STOPPED, {}),
    "starting": (S.STARTING, {"visits": ["11:58  1 h  disconnect"]}),
    "stopping": (S.STOPPING, {"visits": ["09:00  110 min  disconnect"]}),
    "in maintenance": (S.MAINTENANCE, {"told": {"maintained": {"ann": "11:30"}}}),
    "being changed": (S.UPDATING, done("migrate", "11:30")),
    "rebooting": (
        S.REBOOTING,
        {"mode": "AlwaysOn", **done("reboot", "11:59:30")},
    ),
    "being rebuilt": (S.REBUILDING, done("rebuild", "11:59:30")),
    "being restored": (S.RESTORING, done("restore", "11:59:30")),
    "deleted": (S.ABSENT, done("delete", "11:30")),
    "lost": (S.UNHEALTHY, {"outages": [{"zone": {"zone": "a", **BROKEN}}]}),
    "lost and deleted": (
        S.ABSENT,
        {"outages": [{"zone": {"zone": "a", **BROKEN}}], **done("delete", "11:30")},
    ),
    "without streaming": (S.STOPPED, {"outages": [{"streaming": BROKEN}]}),
    "without a control plane": (S.STOPPED, {"outages": [{"control_plane": BROKEN}]}),
    "without a Region": (S.UNHEALTHY, {"outages": [{"region": BROKEN}]}),
}
"""States of a desktop at noon, and how it comes to be in them."""


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize(
    ("kind", "to"), OPERATIONS, ids=[f"{kind} {to or ''}" for kind, to in OPERATIONS]
)
def test_each_operation_in_each_state(name: str, kind: str, to: Any) -> None:
    state, planned = SETTINGS[name]
    life = Life(**deepcopy(planned))
    assert Seen.of(life.tell(), NOON + 1).state == state
    life.operate(kind, to, NOON + 1)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize(("kind", "to"), OWN, ids=[f"{kind} {to or ''}" for kind, to in OWN])
def test_each_operation_of_the_user_in_each_state(name: str, kind: str, to: Any) -> None:
    Life(**deepcopy(SETTINGS[name][1])).operate(kind, to, NOON + 1, Actor.USER)


def test_the_docs_say_from_which_states_and_by_whom() -> None:
    told = {}
    for line in OPERATIONS_PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and cells[0] in ALLOWED:
            states, others = cells[1].removeprefix("all but "), cells[1].startswith("all but ")
            named = frozenset(DesktopState[state.upper()] for state in states.split(", "))
            told[cells[0]] = (frozenset(S) - named if others else named, cells[2] == "yes")
    own = {kind for kind, _ in OWN}
    assert told == {kind: (states, kind in own) for kind, states in ALLOWED.items()}


def test_every_state_is_tried() -> None:
    assert {state for state, _ in SETTINGS.values()} == frozenset(S) - {S.TERMINATED}
    assert (
        {kind for kind, _ in OPERATIONS} == set(ALLOWED) == {kind.label for kind in OperationKind}
    )


# -- at random


class DesktopMachine(RuleBasedStateMachine):
    """A desktop, its user, an administrator and bad luck, one after another."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.at: Millis = HOUR
        self.events = 0

    def later(self, minutes: int) -> Millis:
        """A later instant, which no other event can share: each has a millisecond of its own."""
        self.events += 1
        self.at = self.at // MINUTE * MINUTE + minutes * MINUTE + self.events
        return self.at

    @rule(
        minutes=st.integers(1, 70),
        length=st.sampled_from([1, 20, 90, 300]),
        ending=st.sampled_from(["logoff", "disconnect", "network-loss", "left-connected"]),
    )
    def come(self, minutes: int, length: int, ending: str) -> None:
        self.life.visits.append(f"{clock(self.later(minutes))}  {length} min  {ending}")

    @rule(
        minutes=st.integers(1, 70),
        what=st.sampled_from(["zone", "zone", "region", "streaming", "control_plane"]),
        length=st.sampled_from([1, 15, 90]),
    )
    def break_something(self, minutes: int, what: str, length: int) -> None:
        said = {"at": instant(self.later(minutes)), "lasts": f"{length} min"}
        self.life.outages.append({what: {**said, **({"zone": "a"} if what == "zone" else {})}})

    @rule(minutes=st.integers(1, 70), operation=st.sampled_from(OPERATIONS))
    def operate(self, minutes: int, operation: tuple[str, Any]) -> None:
        self.life.operate(*operation, self.later(minutes))

    @rule(minutes=st.integers(1, 70), operation=st.sampled_from(OWN))
    def help_oneself(self, minutes: int, operation: tuple[str, Any]) -> None:
        self.life.operate(*operation, self.later(minutes), Actor.USER)

    def teardown(self) -> None:
        facts = self.life.tell()
        attempts = [row for row in rows(facts.logons.table) if row["outcome"] == Outcome.CONNECTED]
        for session, _, spans in working(facts):
            mine = [row for row in attempts if row["session"] == session["session"]]
            assert [row["done"] for row in mine] == [begin for begin, _ in spans]


DesktopMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=14, deadline=None)
TestDesktopMachine = DesktopMachine.TestCase
