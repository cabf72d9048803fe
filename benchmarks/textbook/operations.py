"""What administrators do to desktops (O1 to O6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.textbook.clock import Phase, Steps, Turn
from benchmarks.textbook.desktop import Desktop
from benchmarks.textbook.facts import Done
from benchmarks.textbook.hosts import Host
from benchmarks.textbook.owner import Owner
from sim.record import Cause, DesktopState, OperationKind, RunningMode
from sim.scenario.bundles import Volumes, is_sold
from sim.scenario.desktops import Operation
from sim.units import Millis

if TYPE_CHECKING:
    from benchmarks.textbook.world import World

_JOINERS, _OPERATIONS = 1 << 37, 1 << 38
"""At an instant users leave before others join, and both before operations."""
_MODES = {"AlwaysOn": RunningMode.ALWAYS_ON, "AutoStop": RunningMode.AUTO_STOP}
_AT_REST = (DesktopState.AVAILABLE, DesktopState.STOPPED)
_SWITCHABLE = (*_AT_REST, DesktopState.STARTING, DesktopState.STOPPING)


def administer(world: World, operation: Operation, ordinal: int) -> Steps:
    """Wait for the instant of an operation and carry it out, desktop by desktop."""
    at = world.scenario.calendar.millis(operation.at)
    if at < world.begin:
        return
    yield Turn(world.env, at, Phase.OPERATION, _OPERATIONS + ordinal)
    for user in world.concerned(operation):
        kind = OperationKind[operation.operation.upper().replace("-", "_")]
        done = _begin(world, user, kind, _as_written(operation.to))
        done.cause = _carry_out(world, operation, user, done)


def join(world: World, user: Owner) -> Steps:
    """A user joins and gets a desktop (D1)."""
    yield Turn(world.env, user.joins, Phase.OPERATION, _JOINERS + user.number)
    done = _begin(world, user, OperationKind.CREATE)
    done.cause = _create(world, user, done)


def leave(world: World, user: Owner) -> Steps:
    """A user leaves, and the desktop is deleted (D1)."""
    turn = _JOINERS + user.number if user.leaves == user.joins else user.number
    yield Turn(world.env, user.leaves, Phase.OPERATION, turn)
    done = _begin(world, user, OperationKind.DELETE)
    done.cause = Cause.WRONG_STATE if user.desktop is None else _delete(user.desktop, done)


def _begin(world: World, user: Owner, kind: OperationKind, to: str = "") -> Done:
    done = Done(int(world.env.now), user.desktop_number, user.number, kind, to)
    world.operations.append(done)
    return done


def _as_written(to: str | Volumes | None) -> str:
    if isinstance(to, Volumes):
        return f"{to.root} GB + {to.user} GB"
    return to or ""


def _carry_out(world: World, operation: Operation, user: Owner, done: Done) -> Cause:
    """Why the operation is refused; NONE when it is carried out."""
    if operation.operation == "create":
        return _create(world, user, done)
    if user.desktop is None:
        return Cause.WRONG_STATE
    return _change(world, operation, user.desktop, done)


def _change(world: World, operation: Operation, desktop: Desktop, done: Done) -> Cause:
    to = operation.to
    match operation.operation:
        case "delete":
            cause = _delete(desktop, done)
        case "switch-mode":
            duration = world.start_duration(desktop, operation)
            cause = _switch_mode(desktop, _MODES[str(to)], duration, done)
        case "resize":
            assert isinstance(to, Volumes)
            cause = _resize(desktop, to, done)
        case "change-compute":
            cause = _change_compute(desktop, str(to), done)
        case _:
            cause = _migrate(world, desktop, str(to) if to else desktop.terms.bundle, done)
    return cause


def _create(world: World, user: Owner, done: Done) -> Cause:
    if user.desktop is not None:
        return Cause.WRONG_STATE
    cause = world.create(user, done)
    done.desktop = user.desktop_number
    return cause


def _delete(desktop: Desktop, done: Done) -> Cause:
    desktop.delete()
    done.done = done.at
    return Cause.NONE


def _switch_mode(desktop: Desktop, mode: RunningMode, start: Millis, done: Done) -> Cause:
    if desktop.state not in _SWITCHABLE or desktop.terms.mode == mode:
        return Cause.WRONG_STATE
    if mode == RunningMode.AUTO_STOP:
        desktop.books.change_terms(desktop.now, mode=mode)
        desktop.begin_run()
        if not desktop.in_use:
            desktop.set_timer()
        done.done = done.at
        return Cause.NONE
    off = desktop.state in (DesktopState.STOPPED, DesktopState.STOPPING)
    if off and not desktop.take_slot():
        return Cause.NO_HOST_CAPACITY
    desktop.cancel_timer()
    desktop.end_run()
    desktop.books.change_terms(desktop.now, mode=mode)
    if off:
        desktop.start(start, done)
    else:
        done.done = done.at
    return Cause.NONE


def _resize(desktop: Desktop, to: Volumes, done: Done) -> Cause:
    if desktop.state not in _AT_REST or not _grows(desktop, to):
        return Cause.WRONG_STATE
    desktop.books.change_terms(desktop.now, root_gb=to.root, user_gb=to.user)
    if desktop.state == DesktopState.STOPPED:
        desktop.pass_time(DesktopState.UPDATING, desktop.fleet.change_time, done)
    else:
        done.done = done.at
    return Cause.NONE


def _grows(desktop: Desktop, to: Volumes) -> bool:
    """Growth only, and the user volume to 100 GB before or with the root volume to 175 GB."""
    root, user = desktop.terms.root_gb, desktop.terms.user_gb
    larger = to.root >= root and to.user >= user and (to.root, to.user) != (root, user)
    return larger and is_sold(desktop.terms.bundle, to.root, to.user)


def _change_compute(desktop: Desktop, bundle: str, done: Done) -> Cause:
    if bundle == desktop.terms.bundle:
        return Cause.WRONG_STATE
    found = _make_way(desktop, bundle)
    if isinstance(found, Cause):
        return found
    desktop.books.change_terms(desktop.now, bundle=bundle)
    desktop.needs_os_logon = True
    if found is not None:
        desktop.occupy(found)
    desktop.pass_time(DesktopState.UPDATING, desktop.fleet.change_time, done)
    return Cause.NONE


def _migrate(world: World, old: Desktop, bundle: str, done: Done) -> Cause:
    found = _make_way(old, bundle)
    if isinstance(found, Cause):
        return found
    old.vanish()
    world.zones.place(old.owner.fleet, old.zone)
    new = Desktop(world, old.owner, replace(old.terms, bundle=bundle), old.zone)
    if found is not None:
        new.occupy(found)
    new.replace(new.fleet.change_time, done)
    done.desktop = new.number
    return Cause.NONE


def _make_way(desktop: Desktop, bundle: str) -> Host | Cause | None:
    """End what runs (O5, O6); the host of what comes after, if it needs one, or why not."""
    if desktop.state not in _AT_REST:
        return Cause.WRONG_STATE
    if not is_sold(bundle, desktop.terms.root_gb, desktop.terms.user_gb):
        return Cause.NOT_SOLD
    if desktop.in_use:
        return Cause.USER_CONNECTED
    host, held = None, desktop.host
    desktop.free_slot()
    if desktop.fleet.hosts and not desktop.autostop:
        host = desktop.world.hosts.choose(desktop.fleet, desktop.zone, bundle)
        if host is None:
            if held is not None:
                desktop.occupy(held)
            return Cause.NO_HOST_CAPACITY
    desktop.cancel_timer()
    desktop.end_run()
    return host
