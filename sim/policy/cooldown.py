"""Cooldowns: how long a policy waits for what it did to take effect.

An instance that was asked for takes minutes to come, and the alarm that asked for it stays on
meanwhile. Without a cooldown every evaluation would ask for more of the same. Within it the
capacity asked for counts as if it were there: only a *larger* scale-out follows, and it adds what
is missing. Scale-in is cautious: one step, then a pause; but a scale-out ends the pause.

Source: Application Auto Scaling API reference, StepScalingPolicyConfiguration, `Cooldown`, and
TargetTrackingScalingPolicyConfiguration, `ScaleOutCooldown` and `ScaleInCooldown`.
"""

from dataclasses import dataclass

from sim.units import Millis


@dataclass(slots=True)
class Cooldowns:
    """The cooldowns of one policy: the length of each [ms], and until when they last."""

    out: Millis
    into: Millis
    base: int = 0
    """Reactive target before the scale-out that began the cooldown under way."""
    out_until: Millis | None = None
    in_until: Millis | None = None

    def base_at(self, at: Millis, reactive: int) -> int:
        """What a scale-out starts from: within a cooldown, the target before it began."""
        under_way = self.out_until is not None and at < self.out_until
        return self.base if under_way else reactive

    def scales_in_at(self, at: Millis) -> bool:
        """Whether a scale-in may be made."""
        return self.in_until is None or at >= self.in_until

    def scaled_out(self, at: Millis, before: int) -> None:
        """Begin the cooldown of a scale-out from a target; one under way keeps its base."""
        self.base = self.base_at(at, before)
        self.out_until = at + self.out

    def scaled_in(self, at: Millis) -> None:
        """Begin the cooldown of a scale-in."""
        self.in_until = at + self.into

    def end_scale_in(self) -> None:
        """End the cooldown of a scale-in, because somebody scaled out."""
        self.in_until = None
