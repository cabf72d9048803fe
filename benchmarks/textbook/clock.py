"""Whose turn it is: rule M2 as a priority of SimPy's event list.

SimPy orders events of one instant by priority and then by creation. Creation order depends on how
the processes happen to be written, so everything here that a user or a desktop does at an instant
waits for a `Turn`, whose priority says the phase and who it is. SimPy's own events (a process ends,
a resource is granted, an interrupt) have the priorities 0 and 1 and so follow at once.
"""

from collections.abc import Generator
from enum import IntEnum
from typing import Any

from simpy import Environment, Event, Process
from simpy.events import EventPriority

from sim.units import Millis

Steps = Generator[Event, Any, None]
"""What a process is made of."""


class Phase(IntEnum):
    """What comes first at one instant."""

    OBSERVATION = 1
    """What a pool's monitor sees is what was just before."""
    OPERATION = 2
    """Joiners and leavers before the operations of the scenario."""
    SCALING = 3
    """Edits of a pool's capacity, scheduled actions and policies."""
    MAINTENANCE = 4
    EXPIRY = 5
    """Timeouts, and whatever a desktop finishes: a stop, a start, a creation, maintenance."""
    CONNECTION = 6
    """Stages of a logon that concern nobody else; before leaving, which may follow at once."""
    LEAVING = 7
    """Users who leave, and disconnections."""
    CAPACITY = 8
    """Launches that are tried again, instances that become available, places that became free."""
    PATIENCE = 9
    """Users who leave the line."""
    ARRIVAL = 10
    """First attempts and retries."""
    DIRECTORY = 11
    """The directory has served an attempt and takes the next in line."""
    REQUEST = 12
    """Attempts that have passed the directory, or waited for the desktop."""
    RECORD = 13
    """What an instant has made of a pool's capacity."""


class Turn(Event):
    """Happens at an instant, in the order of phases and, within a phase, of `number`.

    Of two turns of one number in one phase the one marked `second` comes after the other. Like
    `simpy.Timeout`, but of an instant instead of a delay and with a priority.
    """

    def __init__(
        self, env: Environment, at: Millis, phase: Phase, number: int, *, second: bool = False
    ) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, EventPriority(phase << 40 | number << 1 | second), at - int(env.now))


def interrupt(process: Process | None) -> None:
    """Stop a process, if there is one and it has not ended."""
    if process is not None and process.is_alive:
        process.interrupt()
