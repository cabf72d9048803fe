"""Columns of the Cost Optimizer's daily reports, and the words that it has for things."""

import numpy as np
from typing_extensions import override

from sim.record.codes import Code, RunningMode
from sim.record.columns import Column, Schema, code, instant, number, text
from sim.record.schemas import DESKTOP, USER


class Change(Code):
    """What the optimizer did about a desktop's running mode."""

    NO_CHANGE = 0
    TO_MONTHLY = 1
    """To AlwaysOn."""
    TO_HOURLY = 2
    """To AutoStop."""
    SKIPPED = 3
    """Tagged, or of a bundle without a limit."""
    FAILED = 4
    """Decided, and refused by the provider."""


class Termination(Code):
    """What it did about a desktop that nobody used."""

    NO = 0
    YES = 1
    DRY_RUN = 2
    """Reported only."""


class ComputeType(Code):
    """Bundles, as the provider's interface spells them.

    Source: WorkSpaces API, Compute (botocore 1.44.5 service model).
    """

    VALUE = 0
    STANDARD = 1
    PERFORMANCE = 2
    POWER = 3
    POWERPRO = 4
    GENERALPURPOSE_4XLARGE = 5
    GENERALPURPOSE_8XLARGE = 6
    GRAPHICS_G4DN = 7
    GRAPHICSPRO_G4DN = 8

    @property
    @override
    def label(self) -> str:
        """The provider's spelling."""
        return self.name

    @classmethod
    def of(cls, bundle: str) -> "ComputeType":
        """The compute type of a bundle as scenarios name it."""
        return cls[bundle.upper().replace(".", "_")]


COST_OPTIMIZER = Schema(
    "cost_optimizer",
    (
        instant("at", "instant of the report"),
        DESKTOP,
        USER,
        instant("since", "instant from which samples were read, up to the report"),
        number("hours", "hours measured in the month so far, as it remembers them"),
        number("limit", "limit of the bundle [h/month]; -1 where there is none"),
        code("bundle", ComputeType, "compute type"),
        code("initial_mode", RunningMode, "running mode before"),
        code("new_mode", RunningMode, "running mode after; in a dry run the one it would have"),
        code("change", Change, "what it did about it"),
        code("terminated", Termination, "whether it deleted the desktop"),
        Column("tagged", np.dtype(np.bool_), "whether the desktop has the tag `Skip_Convert`"),
    ),
)
"""One row per day and desktop of a fleet that the Cost Optimizer looks after."""

OPTIMIZER_HOURS = Schema(
    "cost_optimizer_hours",
    (
        DESKTOP,
        USER,
        text("month", "UTC calendar month, `2026-09`"),
        number("measured_hours", "hours by which the optimizer's estimate grew in the month"),
        Column("billed_hours", np.dtype(np.float64), "hours billed, of maintenance too"),
        Column("alwayson_months", np.dtype(np.float64), "AlwaysOn months charged, a part of one"),
    ),
)
"""One row per desktop and month of a fleet that the Cost Optimizer looks after."""
