"""What people do to their own desktops: how often they want to, and who may.

Source: WorkSpaces Administration Guide, "Enable self-service WorkSpace management capabilities for
your users": restart, increase volume size, change compute type, switch running mode and rebuild,
each of them on or off for a directory. How often people make use of it is not published.
"""

from collections.abc import Iterator

from pydantic import model_validator

from sim.scenario.bundles import Bundle, RunningMode, Volumes
from sim.scenario.distributions import Distribution
from sim.scenario.fields import Share, Specification, incoherent, written


class OwnOperation(Specification):
    """An operation that people want on their own desktops."""

    every: Distribution
    """Time from one that a user wants to the next, at least 1 min; the first counts from the
    beginning of the run, or from joining."""
    allowed: Share = written("100 %")
    """Share of users who may do it themselves, drawn once for each. Source: WorkSpaces
    Administration Guide 2023, "Enable self-service WorkSpace management": allowed to all users of a
    directory, or to none."""


class OwnSwitchMode(OwnOperation):
    """Switches of the running mode."""

    to: RunningMode | None = None
    """The mode; the other one when absent."""


class OwnResize(OwnOperation):
    """Larger volumes."""

    to: Volumes | None = None
    """The volumes; the next larger user volume when absent."""


class OwnChangeCompute(OwnOperation):
    """Changes of the bundle."""

    to: Bundle
    """The bundle."""


class SelfService(Specification):
    """What users do to their own desktops while they mean to be at work, each kind optional."""

    help_desk: Distribution | None = None
    """Time after which administrators do what somebody wants who may not; when absent, nobody does.
    Source: assumed: there is none."""
    reboot: OwnOperation | None = None
    """Restarts."""
    switch_mode: OwnSwitchMode | None = None
    """Switches of the running mode."""
    resize: OwnResize | None = None
    """Larger volumes."""
    change_compute: OwnChangeCompute | None = None
    """Changes of the bundle."""
    rebuild: OwnOperation | None = None
    """Rebuilds from the image."""

    @model_validator(mode="after")
    def _coherent(self) -> "SelfService":
        kinds = [name for name in type(self).model_fields if name != "help_desk"]
        if self.help_desk and not any(getattr(self, name) for name in kinds):
            told = f"expected something that people want beside it: {', '.join(kinds)}"
            raise incoherent("help_desk", told)
        return self

    def wanted(self) -> Iterator[tuple[str, OwnOperation]]:
        """The operations that people want at all, by name."""
        for name in type(self).model_fields:
            setting = getattr(self, name)
            if isinstance(setting, OwnOperation):
                yield name, setting
