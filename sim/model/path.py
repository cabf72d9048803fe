"""The way of an attempt from the client to the broker: checks, directory, second factor (L1 to L4).

Stages that nobody shares only take time. Those with servers have a line, first come first served,
and the k-th customer's turn is a recursion (`sim.model.fifo`); customers must come to it in order
of time, so whoever arrives later than the attempt began is entered on the agenda.
"""

from collections.abc import Iterable
from typing import Protocol

import numpy as np

from sim.model.fifo import Line, LineWithOutages, joined, lost_until
from sim.model.person import Person
from sim.model.stages import (
    BROKER,
    BROKER_WAIT,
    DIRECTORY_LINK,
    DIRECTORY_SERVICE,
    DIRECTORY_WAIT,
    IP_ACCESS,
    MFA,
    MFA_WAIT,
    NETWORK_CHECK,
    TRUSTED_DEVICE,
)
from sim.model.world import World
from sim.record import Cause, OutageKind
from sim.units import Millis

_OF_CLIENT = (Cause.FIPS_REQUIRED, Cause.NETWORK_CHECK)
_OF_DEVICE = (Cause.UNTRUSTED_DEVICE,)
_OF_ADDRESS = (Cause.IP_NOT_ALLOWED,)
"""What a check of each kind turns away for."""


class Traveller(Protocol):
    """Who moves people along: the crowd."""

    def go_on(self, person: Person, at: Millis, action: "Action") -> None:
        """Go on at an instant, unless the departure comes first."""

    def refuse(self, person: Person, at: Millis, cause: Cause) -> None:
        """Turn an attempt away."""

    def request(self, person: Person, at: Millis) -> None:
        """Ask the broker for a desktop."""


class Action(Protocol):
    """What happens to a person at an instant."""

    def __call__(self, person: Person, at: Millis, /) -> None:
        """Do it."""


class LogonPath:
    """The stages between an arrival and the request."""

    def __init__(self, world: World, crowd: Traveller) -> None:
        plan, access = world.plan, world.scenario.access
        self._crowd = crowd
        self._barrier = plan["barrier"].data
        self._checks = [
            (stage, plan[name].data, causes)
            for stage, name, causes, settings in (
                (NETWORK_CHECK, "network_check", _OF_CLIENT, (access.network_check, access.fips)),
                (TRUSTED_DEVICE, "trusted_device", _OF_DEVICE, (access.trusted_devices,)),
                (IP_ACCESS, "ip_access", _OF_ADDRESS, (access.ip_access_groups,)),
            )
            if any(setting is not None for setting in settings)
        ]
        self._expired = _spans(world, OutageKind.CERTIFICATE)
        self._directory = _directory(world)
        self._service = plan["directory_service"].data
        self._link = plan["directory_link"].data if plan["directory_link"].any() else None
        self._factor = access.mfa
        self._radius = [
            _Server(access.mfa.servers, _spans(world, OutageKind.MFA, (name, "both")))
            for name in ("first", "second")
            if access.mfa is not None
        ]
        self._mfa = plan["mfa"].data
        self._broker = Line(access.broker.servers) if access.broker else None
        self._broker_service = plan["broker"].data
        self.enter: Action = self._check if self._checks else self._authenticate
        """An attempt begins."""
        self._after_factor: Action = self._broke if self._broker else crowd.request
        self._after_directory = self._ask_factor if self._factor else self._after_factor

    # -- what is checked of the client, rule L1

    def _check(self, person: Person, at: Millis) -> None:
        attempt, row = person.attempt_in_hand, person.row_in_hand
        for stage, times, causes in self._checks:
            attempt.stages[stage] = times[row]
            at += times[row]
            turned_away = self._turned_away(row, causes, at)
            if turned_away != Cause.NONE:
                person.turned_away = turned_away
                self._crowd.go_on(person, at, self._turn_away)
                return
        self._crowd.go_on(person, at, self._authenticate)

    def _turned_away(self, row: int, causes: tuple[Cause, ...], at: Millis) -> Cause:
        if causes == _OF_DEVICE and _lost(self._expired, at):
            return Cause.CERTIFICATE_EXPIRED
        barrier = self._barrier[row]
        return Cause(barrier) if barrier in causes else Cause.NONE

    def _turn_away(self, person: Person, at: Millis) -> None:
        self._crowd.refuse(person, at, person.turned_away)

    # -- the directory (M3, F6)

    def _authenticate(self, person: Person, at: Millis) -> None:
        row = person.row_in_hand
        if not person.fleet.uses_directory:
            self._crowd.go_on(person, at, self._after_factor)
            return
        done = at
        if self._directory:
            service = self._service[row]
            begin = self._directory.begin(at, service)
            stages = person.attempt_in_hand.stages
            stages[DIRECTORY_WAIT] = begin - at
            stages[DIRECTORY_SERVICE] = service
            done = begin + service
            if self._link is not None:
                stages[DIRECTORY_LINK] = self._link[row]
                done += self._link[row]
        self._crowd.go_on(person, done, self._after_directory)

    # -- the second factor (L3)

    def _ask_factor(self, person: Person, at: Millis) -> None:
        """Ask the first RADIUS server, or find that it does not answer."""
        self._ask(person, at, 0)

    def _ask(self, person: Person, at: Millis, number: int) -> None:
        factor = self._factor
        assert factor is not None
        server = self._radius[number]
        stages, row = person.attempt_in_hand.stages, person.row_in_hand
        if _lost(server.lost, at):
            gave_up = at + factor.timeout * (1 + factor.retries)
            stages[MFA_WAIT] += gave_up - at
            if number == 0 and factor.second_server:
                self._crowd.go_on(person, gave_up, self._ask_second)
            else:
                person.turned_away = Cause.MFA_OUTAGE
                self._crowd.go_on(person, gave_up, self._turn_away)
            return
        begin = server.line.begin(at, self._mfa[row])
        stages[MFA_WAIT] += begin - at
        stages[MFA] = self._mfa[row]
        done = begin + self._mfa[row]
        if self._barrier[row] == Cause.MFA_FAILED and person.tries == 1:
            person.turned_away = Cause.MFA_FAILED
            self._crowd.go_on(person, done, self._turn_away)
        else:
            self._crowd.go_on(person, done, self._after_factor)

    def _ask_second(self, person: Person, at: Millis) -> None:
        self._ask(person, at, 1)

    # -- the broker (L4)

    def _broke(self, person: Person, at: Millis) -> None:
        assert self._broker is not None
        service = self._broker_service[person.row_in_hand]
        begin = self._broker.begin(at, service)
        stages = person.attempt_in_hand.stages
        stages[BROKER_WAIT], stages[BROKER] = begin - at, service
        self._crowd.go_on(person, begin + service, self._crowd.request)


class _Server:
    """A RADIUS server: a line, and when it does not answer."""

    def __init__(self, places: int, lost: list[tuple[Millis, Millis]]) -> None:
        self.line = Line(places)
        self.lost = lost


def _directory(world: World) -> Line | LineWithOutages | None:
    """The directory's line; None where authentication takes no time."""
    if not world.servers:
        return None
    outages = world.outages
    rows = np.isin(outages["kind"], (OutageKind.DIRECTORY, OutageKind.LINK))
    if not rows.any():
        return Line(world.servers)
    columns = (outages[name][rows].tolist() for name in ("begin", "end", "servers"))
    return LineWithOutages(world.servers, zip(*columns, strict=True))


def _spans(
    world: World, kind: OutageKind, targets: Iterable[str] | None = None
) -> list[tuple[Millis, Millis]]:
    """Begin and end of the outages of a kind, in order, those that meet made one."""
    outages = world.outages
    rows = outages["kind"] == kind
    if targets is not None:
        rows &= np.isin(outages["target"].astype(str), list(targets))
    return joined(zip(outages["begin"][rows].tolist(), outages["end"][rows].tolist(), strict=True))


def _lost(spans: list[tuple[Millis, Millis]], at: Millis) -> bool:
    return at < lost_until(spans, at)
