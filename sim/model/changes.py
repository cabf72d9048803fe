"""What is done to a desktop that is there: modes, volumes, compute, reboot, rebuild, restore.

Each change is made at an instant, or refused with a cause and then changes nothing. The rules are
O3 to O8 of `docs/model.md`.
"""

from dataclasses import replace

import numpy as np

from sim.model.crowd import Crowd
from sim.model.desktop import Desktop
from sim.model.desktops import Desktops, ready_state
from sim.model.operation_log import Order
from sim.model.provisioning import Provisioning
from sim.model.world import MODES
from sim.record import NEVER, Actor, Cause, DesktopState, OperationKind, RecoveryKind, RunningMode
from sim.scenario.bundles import Volumes, is_sold
from sim.units import Millis
from sim.workload import sample

_IDLE = (DesktopState.AVAILABLE, DesktopState.STOPPED)
_OTHER = {
    RunningMode.ALWAYS_ON: RunningMode.AUTO_STOP,
    RunningMode.AUTO_STOP: RunningMode.ALWAYS_ON,
}
_REMADE = {
    OperationKind.REBUILD: DesktopState.REBUILDING,
    OperationKind.RESTORE: DesktopState.RESTORING,
}


class Changes:
    """Carries out one change of one user's desktop."""

    def __init__(self, crowd: Crowd, desktops: Desktops, provisioning: Provisioning) -> None:
        self.world = desktops.world
        self.crowd = crowd
        self.desktops = desktops
        self.provisioning = provisioning
        self.log = provisioning.log

    # -- running mode (O3)

    def switch_mode(self, order: Order, at: Millis, draw: float) -> None:
        """Switch the running mode; `draw` is that of the start it may need."""
        desktop = self.desktops.at_home(order.user)
        if desktop is not None and order.to is None:
            order = replace(order, to=_OTHER[desktop.mode].label)
        mode = MODES.get(order.target)
        cause = self._why_not_switch(desktop, mode, at)
        if desktop is None or cause != Cause.NONE:
            self.log.refuse(order, at, cause)
            return
        done = None
        if mode == RunningMode.ALWAYS_ON:
            done = self._to_always_on(desktop, at, draw)
        else:
            self._to_auto_stop(desktop, at)
        self.log.accept(order, desktop, at, done)

    def _why_not_switch(
        self, desktop: Desktop | None, mode: RunningMode | None, at: Millis
    ) -> Cause:
        allowed = (*_IDLE, DesktopState.STARTING, DesktopState.STOPPING)
        if desktop is None or desktop.state not in allowed or desktop.mode == mode:
            return Cause.WRONG_STATE
        if mode == RunningMode.ALWAYS_ON and not self.desktops.take_slot(desktop, at):
            return Cause.NO_HOST_CAPACITY
        return Cause.NONE

    def _to_always_on(self, desktop: Desktop, at: Millis, draw: float) -> Millis | None:
        """Switch; return when a desktop that has to start is ready."""
        desktop.end_run(at)
        desktop.change_terms(at, mode=RunningMode.ALWAYS_ON)
        if desktop.state not in (DesktopState.STOPPED, DesktopState.STOPPING):
            return None
        fleet = self.world.fleets[desktop.fleet]
        length = int(sample(fleet.start_law(desktop.bundle), np.array([draw]))[0])
        self.desktops.start(desktop, at, length)
        self.crowd.reconsider(desktop.user, at)
        return at + length

    def _to_auto_stop(self, desktop: Desktop, at: Millis) -> None:
        desktop.change_terms(at, mode=RunningMode.AUTO_STOP)
        desktop.begin_run(at)
        if not self.crowd.occupied(desktop.user):
            self.desktops.begin_timeout(desktop, at)

    # -- volumes and compute (O4 to O6)

    def resize(self, order: Order, at: Millis) -> None:
        """Let the volumes grow (O4)."""
        desktop, to = self.desktops.at_home(order.user), order.to
        if desktop is None or desktop.state not in _IDLE:
            self.log.refuse(order, at, Cause.WRONG_STATE)
            return
        to = self.larger(desktop) if to is None else to
        if not isinstance(to, Volumes):
            self.log.refuse(order, at, Cause.NOT_SOLD)
            return
        order = replace(order, to=to)
        if not _grows(desktop, to):
            self.log.refuse(order, at, Cause.WRONG_STATE)
            return
        desktop.change_terms(at, root_gb=to.root, user_gb=to.user)
        done = None
        if desktop.state == DesktopState.STOPPED:
            done = self._update(desktop, at)
        self.log.accept(order, desktop, at, done)

    def larger(self, desktop: Desktop) -> Volumes | None:
        """The next larger user volume of a desktop; None when it is the largest."""
        return self.desktops.fleet(desktop).larger_volumes(
            desktop.bundle, desktop.root_gb, desktop.user_gb
        )

    def change_compute(self, order: Order, at: Millis) -> None:
        """Change the bundle (O5)."""
        desktop = self.desktops.at_home(order.user)
        same = desktop is not None and desktop.bundle == order.target
        cause = Cause.WRONG_STATE if same else self._why_not_out(desktop, order, at)
        if desktop is None or cause != Cause.NONE:
            self.log.refuse(order, at, cause)
            return
        self.crowd.interrupt(order.user, at, Cause.OPERATION, -1)
        desktop.end_run(at)
        if desktop.mode == RunningMode.AUTO_STOP:
            self.desktops.free_slot(desktop, at)
        desktop.change_terms(at, bundle=order.to)
        desktop.signed_in = False
        self.log.accept(order, desktop, at, self._update(desktop, at))

    def migrate(self, order: Order, at: Millis) -> None:
        """Make a new desktop of the old one (O6)."""
        old = self.desktops.at_home(order.user)
        cause = self._why_not_out(old, order, at)
        if old is None or cause != Cause.NONE:
            self.log.refuse(order, at, cause)
            return
        new = self.provisioning.replace(old, order.target or old.bundle, at)
        self.log.accept(order, new, at, self._update(new, at))

    def _update(self, desktop: Desktop, at: Millis) -> Millis:
        """Be UPDATING for the fleet's time of changes; return its end."""
        length = self.world.fleets[desktop.fleet].change_time
        then = ready_state(desktop.mode)
        self.desktops.pass_through(desktop, DesktopState.UPDATING, at, length, then)
        return at + length

    def _why_not_out(self, desktop: Desktop | None, order: Order, at: Millis) -> Cause:
        """Why an operation that needs the user out, and room for a bundle, cannot be done.

        Who asks for it themselves gets out for it.
        Where it can, an AlwaysOn desktop's slot is already that of the bundle.
        """
        if desktop is None or desktop.state not in _IDLE:
            return Cause.WRONG_STATE
        bundle = order.target or desktop.bundle
        if not is_sold(bundle, desktop.root_gb, desktop.user_gb):
            return Cause.NOT_SOLD
        if order.by != Actor.USER and self.crowd.occupied(order.user):
            return Cause.USER_CONNECTED
        always_on = desktop.mode == RunningMode.ALWAYS_ON
        if always_on and not self.desktops.swap_slot(desktop, bundle, at):
            return Cause.NO_HOST_CAPACITY
        return Cause.NONE

    # -- off and on again, or made anew (O7, O8)

    def reboot(self, order: Order, at: Millis) -> None:
        """Off and on again: whoever is connected comes back, the meter runs on (O7)."""
        desktop = self.desktops.at_home(order.user)
        if desktop is None or desktop.state != DesktopState.AVAILABLE:
            self.log.refuse(order, at, Cause.WRONG_STATE)
            return
        length = self.desktops.fleet(desktop).reboot_time
        desktop.expires, desktop.signed_in = None, False
        self.crowd.interrupt(order.user, at, Cause.OPERATION, -1)
        state, then = DesktopState.REBOOTING, DesktopState.AVAILABLE
        self.desktops.pass_through(desktop, state, at, length, then)
        self.desktops.begin_timeout(desktop, at + length)
        self.log.accept(order, desktop, at, at + length)

    def remake(self, order: Order, at: Millis) -> None:
        """Rebuild or restore from the last snapshot: what was changed since is lost (O8)."""
        desktop = self.desktops.at_home(order.user)
        if desktop is None or desktop.state not in _IDLE:
            self.log.refuse(order, at, Cause.WRONG_STATE)
            return
        self.crowd.interrupt(order.user, at, Cause.OPERATION, -1)
        desktop.end_run(at)
        if desktop.mode == RunningMode.AUTO_STOP:
            self.desktops.free_slot(desktop, at)
        desktop.signed_in = False
        done = at + self.desktops.fleet(desktop).rebuild_time
        state, then = _REMADE[order.kind], ready_state(desktop.mode)
        self.desktops.pass_through(desktop, state, at, done - at, then)
        self.log.accept(order, desktop, at, done)
        taken = self.desktops.last_snapshot(desktop, at)
        recorded = self.world.recorded(done)
        head = (-1, order.user, RecoveryKind.REMADE, desktop.id, desktop.id)
        desktop.facts.recovery((*head, at, recorded, NEVER, taken, at - taken))


def _grows(desktop: Desktop, to: Volumes) -> bool:
    """Whether a resize is one of those the provider offers: growth, to volumes that it sells."""
    grown = to.root >= desktop.root_gb and to.user >= desktop.user_gb
    changed = (to.root, to.user) != (desktop.root_gb, desktop.user_gb)
    return grown and changed and is_sold(desktop.bundle, to.root, to.user)
