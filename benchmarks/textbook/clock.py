"""Whose turn it is: rule M2 as a priority of SimPy's event list.

SimPy orders events of one instant by priority and then by creation. Creation order depends on how
the processes happen to be written, so everything here that a user or a desktop does at an instant
waits for a `Turn`, whose priority says the phase and who it is. SimPy's own events (a process ends,
a resource is granted, an interrupt) have the priorities 0 and 1 and so follow at once.
"""

from collections.abc import Generator
from enum import IntEnum
from typing import Any

from simpy import Environment, Event
from simpy.events import EventPriority

from sim.units import Millis

Steps = Generator[Event, Any, None]
"""What a process is made of."""


class Phase(IntEnum):
    """What comes first at one instant."""

    OPERATION = 1
    """Joiners and leavers before the operations of the scenario."""
    MAINTENANCE = 2
    EXPIRY = 3
    """Timeouts, and whatever a desktop finishes: a stop, a start, a creation, maintenance."""
    CONNECTION = 4
    """Stages of a logon that concern nobody else; before leaving, which may follow at once."""
    LEAVING = 5
    """Users who leave, and disconnections."""
    ARRIVAL = 6
    """First attempts and retries."""
    DIRECTORY = 7
    """The directory has served an attempt and takes the next in line."""
    REQUEST = 8
    """Attempts that have passed the directory, or waited for the desktop."""


class Turn(Event):
    """Happens at an instant, in the order of phases and, within a phase, of `number`.

    Like `simpy.Timeout`, but of an instant instead of a delay and with a priority.
    """

    def __init__(self, env: Environment, at: Millis, phase: Phase, number: int) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, EventPriority(phase << 40 | number), at - int(env.now))
