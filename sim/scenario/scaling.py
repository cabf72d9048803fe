"""How a pool's capacity follows demand: the policies that a scenario may name, as data.

All capacities are user sessions. Scheduled actions, step scaling and target tracking are those of
AWS Application Auto Scaling; `ramp` is the plan of Azure Virtual Desktop, `spare` the rule of most
brokers, `predictive` a forecast from the people themselves, and `policy` the user's own function.
Several may be in force together: what they ask for together is decided in `sim.policy`.
"""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from typing_extensions import TypeAliasType

from sim.scenario.fields import (
    Count,
    Cron,
    Duration,
    FunctionReference,
    Instant,
    Number,
    Positive,
    Share,
    Specification,
    Switch,
    TimeOfDay,
    TimeZone,
    incoherent,
    written,
)
from sim.scenario.forms import Named
from sim.scenario.readings import time_of_day_text, whole_number
from sim.scenario.workload import Weekday
from sim.units import DAY, MINUTE, Millis, format_duration

Metric = Literal[
    "UserSessionsCapacityUtilization", "AvailableUserSessionCapacity", "InsufficientCapacityError"
]
"""CloudWatch metrics of a pool that a policy may watch: active over actual [%], actual less active,
and requests refused for want of capacity. Source: AWS WorkSpaces Administration Guide, "Auto
Scaling for WorkSpaces Pools", 2026."""


def _whole_minutes(length: Millis) -> Millis:
    if not length or length % MINUTE:
        raise ValueError(f"expected whole minutes, got {format_duration(length)}")
    return length


Minutes = Annotated[Duration, AfterValidator(_whole_minutes)]
"""A duration of whole minutes, at least one: metrics are published once a minute."""

LONGEST_ALARM: Millis = 7 * DAY
"""Longest time that an alarm looks back. Source: CloudWatch API reference, PutMetricAlarm: seven
days for periods of an hour or more."""

Datapoints = Annotated[int, Field(ge=1, le=LONGEST_ALARM // MINUTE), BeforeValidator(whole_number)]
"""Minutes in a row that an alarm looks at."""


def _within_a_day(length: Millis) -> Millis:
    if length > DAY:
        raise ValueError(f"expected at most 24 h, got {format_duration(length)}")
    return length


class ScheduledAction(Specification):
    """New bounds of the capacity at stated times; the target moves inside them at once.

    Source: Application Auto Scaling User Guide, "Scheduled scaling".
    """

    kind: Literal["schedule"] = "schedule"
    cron: Cron | None = None
    """When, again and again, by the clock of `time_zone`."""
    at: Instant | None = None
    """Or when, once."""
    time_zone: TimeZone = "UTC"
    """IANA time zone of the cron expression. Source: WorkSpaces Administration Guide, "Auto Scaling
    for WorkSpaces Pools", 2026: scheduled actions are in UTC."""
    minimum: Count | None = None
    """Least capacity from then on [user sessions]."""
    maximum: Positive | None = None
    """Greatest capacity from then on [user sessions]."""
    capacity: Count | None = None
    """Both of them: exactly this capacity."""

    @model_validator(mode="after")
    def _coherent(self) -> "ScheduledAction":
        if (self.cron is None) == (self.at is None):
            got = "none" if self.cron is None else "both"
            raise ValueError(f"expected exactly one of 'cron' and 'at', got {got}")
        bounds = (self.minimum, self.maximum)
        if self.capacity is not None and bounds != (None, None):
            raise incoherent(
                "capacity", "expected either 'capacity' or 'minimum' and 'maximum', got both"
            )
        if self.capacity is None and bounds == (None, None):
            raise ValueError("expected 'capacity', 'minimum' or 'maximum', got none")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise incoherent(
                "maximum", f"expected at least minimum, {self.minimum}, got {self.maximum}"
            )
        return self


class Adjustment(Specification):
    """One step: how much to change when the metric lies so far beyond the threshold.

    Of the two bounds the one nearer to the threshold belongs to the step: above a threshold the
    lower one, below it the upper one. Source: Application Auto Scaling API reference,
    StepAdjustment.
    """

    lower: Number | None = None
    """Least distance of the metric from the threshold; no bound when absent."""
    upper: Number | None = None
    """Greatest distance; no bound when absent."""
    add: Annotated[int, BeforeValidator(whole_number)] | None = None
    """Change of the capacity [user sessions]; below zero to scale in."""
    percent: Number | None = None
    """Change of the capacity [% of the target]; below zero to scale in."""
    exact: Count | None = None
    """The capacity itself [user sessions]."""

    @model_validator(mode="after")
    def _coherent(self) -> "Adjustment":
        given = [key for key in ("add", "percent", "exact") if getattr(self, key) is not None]
        if len(given) != 1:
            got = " and ".join(f"'{key}'" for key in given) or "none"
            raise ValueError(f"expected exactly one of 'add', 'percent' and 'exact', got {got}")
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise incoherent(
                "upper", f"expected more than lower, {self.lower:g}, got {self.upper:g}"
            )
        if self.percent is not None and self.percent < -100:
            raise incoherent("percent", f"expected at least -100, got {self.percent:g}")
        return self

    @property
    def span(self) -> tuple[float, float]:
        """Least and greatest distance of the metric from the threshold."""
        lower = float("-inf") if self.lower is None else self.lower
        upper = float("inf") if self.upper is None else self.upper
        return lower, upper


class StepScaling(Specification):
    """An alarm on a metric, and how much to add or take away when it goes off.

    Source: Application Auto Scaling User Guide, "Step scaling policies"; API reference,
    StepScalingPolicyConfiguration.
    """

    kind: Literal["step"] = "step"
    metric: Metric
    """What is watched, once a minute."""
    comparison: Literal[">=", ">", "<=", "<"]
    """How a value breaches the threshold."""
    threshold: Annotated[Number, Field(ge=0)]
    """In the metric's unit: % of utilisation, user sessions, or errors."""
    statistic: Literal["average", "minimum", "maximum", "sum"] | None = None
    """How the minutes of a period become one value; by default `sum` for errors, else `average`."""
    period: Minutes = written("5 min")
    """Length of a period. Source: examples of WorkSpaces Administration Guide, "Auto Scaling for
    WorkSpaces Pools", 2026: 5 min to scale out, 2 min to scale in."""
    evaluation_periods: Positive = 1
    """Periods in a row that must breach. Source: examples of WorkSpaces Administration Guide, "Auto
    Scaling for WorkSpaces Pools", 2026: 1 to scale out, 10 to scale in."""
    steps: list[Adjustment] = Field(min_length=1)
    """Steps by distance from the threshold, without overlap or gap."""
    cooldown: Duration = written("300 s")
    """After a scale-out, the time in which only a larger one follows; after a scale-in, the time
    without another. Source: Application Auto Scaling API reference 2026: 300 s of streaming fleets
    where none is given."""
    minimum_adjustment: Count = 0
    """Least change of a step in per cent [user sessions]. Source: Application Auto Scaling API
    reference 2026: none unless it is given."""

    @model_validator(mode="after")
    def _whole(self) -> "StepScaling":
        for before, after in pairwise(sorted(step.span for step in self.steps)):
            if before[1] != after[0]:
                fault = "an overlap" if after[0] < before[1] else "a gap"
                raise incoherent(
                    "steps",
                    f"expected each step to begin where another ends, got {fault} from "
                    f"{min(before[1], after[0]):g} to {max(before[1], after[0]):g}",
                )
        if not any(map(self._reached, self.steps)):
            side = "at least" if self.comparison.startswith(">") else "at most"
            raise incoherent(
                "steps",
                f"expected a step for a distance of {side} 0, where '{self.comparison}' holds, "
                "got none",
            )
        return self

    @model_validator(mode="after")
    def _sensible(self) -> "StepScaling":
        share = self.metric == "UserSessionsCapacityUtilization"
        if share and (self.threshold > 100 or 0 < self.threshold < 1):
            raise incoherent(
                "threshold", f"expected per cent from 1 to 100, or 0, got {self.threshold:g}"
            )
        if self.evaluation_periods * self.period > LONGEST_ALARM:
            raise incoherent(
                "evaluation_periods",
                f"expected periods of at most 7 d together, got {self.evaluation_periods} of "
                f"{format_duration(self.period)}",
            )
        if self.minimum_adjustment and not any(step.percent is not None for step in self.steps):
            raise incoherent(
                "minimum_adjustment", "expected nothing here without a step in per cent"
            )
        return self

    def _reached(self, step: Adjustment) -> bool:
        """Whether a value that breaches can be as far from the threshold as the step says."""
        lower, upper = step.span
        return upper > 0 if self.comparison.startswith(">") else lower < 0


class TargetTracking(Specification):
    """Keep the utilisation near a target, as a thermostat does: out fast, in slowly.

    Two alarms watch the utilisation. Above the target for `out_periods` minutes the capacity grows
    to where the target would be met; below `in_below` of it for `in_periods` minutes it shrinks to
    there. Source: Application Auto Scaling User Guide, "Target tracking scaling policies"; the
    numbers of minutes and the 90 % are those of the alarms that AWS creates, and the proportional
    step is an assumption, since AWS does not publish its formula.
    """

    kind: Literal["target_tracking"] = "target_tracking"
    utilization: Annotated[Share, Field(gt=0)]
    """Target of active over actual user sessions. Source: example of WorkSpaces Administration
    Guide, "Auto Scaling for WorkSpaces Pools", 2026: 75 %."""
    scale_out_cooldown: Duration = written("300 s")
    """After a scale-out, the time in which only a larger one follows. Source: example of WorkSpaces
    Administration Guide, "Auto Scaling for WorkSpaces Pools", 2026: 300 s."""
    scale_in_cooldown: Duration = written("300 s")
    """After a scale-in, the time without another. Source: example of WorkSpaces Administration
    Guide, "Auto Scaling for WorkSpaces Pools", 2026: 300 s."""
    scale_in: Switch = True
    """Whether the policy takes capacity away. Source: Application Auto Scaling API reference 2026,
    `DisableScaleIn`: it does unless it is told not to."""
    out_periods: Datapoints = 3
    """Minutes in a row above the target that set off a scale-out. Source: Application Auto Scaling
    User Guide, "Target tracking scaling policies", 2026: the alarm that AWS creates."""
    in_periods: Datapoints = 15
    """Minutes in a row below the low alarm that set off a scale-in. Source: Application Auto
    Scaling User Guide, "Target tracking scaling policies", 2026: the alarm that AWS creates."""
    in_below: Annotated[Share, Field(gt=0)] = written("90 %")
    """Where the low alarm lies, as a part of the target. Source: Application Auto Scaling User
    Guide, "Target tracking scaling policies", 2026: the alarm that AWS creates."""


class Phase(Specification):
    """One phase of the day of a ramp plan."""

    start: TimeOfDay
    """Local time at which it begins."""
    threshold: Annotated[Share, Field(gt=0)]
    """Used share of the hosts' sessions above which one more is turned on."""
    minimum: Share = 0.0
    """Share of all hosts that stays on."""


class LaterPhase(Specification):
    """A phase that goes on as the one before it, unless it says otherwise."""

    start: TimeOfDay
    """Local time at which it begins."""
    threshold: Annotated[Share, Field(gt=0)] | None = None
    """As in the phase before, when absent."""
    minimum: Share | None = None
    """As in the phase before, when absent."""


class RampPlan(Specification):
    """Four phases of the working day, each with a threshold and a minimum share of hosts.

    One more instance is turned on while more than the threshold of the sessions of those that are
    on is used; one is turned off if it is not, and still would not be with one fewer. Other days
    are off-peak. Source: Microsoft Learn, "Autoscale scaling plans" of Azure Virtual Desktop.
    """

    kind: Literal["ramp"] = "ramp"
    time_zone: TimeZone = "UTC"
    """IANA time zone of the phases. Source: assumed."""
    days: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]
    """Days that have the four phases. Source: assumed."""
    ramp_up: Phase
    """From before the first people come."""
    peak: LaterPhase
    """While people work."""
    ramp_down: Phase
    """While they leave."""
    off_peak: LaterPhase
    """The rest of the day, until the next ramp-up."""

    @model_validator(mode="after")
    def _in_order(self) -> "RampPlan":
        names = ("ramp_up", "peak", "ramp_down", "off_peak")
        for before, after in pairwise(names):
            if getattr(self, before).start >= getattr(self, after).start:
                start = time_of_day_text(getattr(self, after).start)
                earliest = time_of_day_text(getattr(self, before).start)
                raise incoherent(
                    after, f"expected a start later than that of {before}, {earliest}, got {start}"
                )
        return self


class Predictive(Specification):
    """Capacity for what the people are expected to do, ahead of time.

    The expected number of users at once comes from other draws of the same populations, which the
    run itself does not meet; for a recorded plan, from the record itself. The capacity is that
    quantile of a Poisson number of users with the expected mean.
    """

    kind: Literal["predictive"] = "predictive"
    quantile: Annotated[Share, Field(gt=0, lt=1)] = written("95 %")
    """Chance that the expected demand finds room. Source: assumed; no provider has this policy."""
    lead: Annotated[Duration, AfterValidator(_within_a_day)] = written("30 min")
    """How long ahead capacity is asked for: the time that provisioning takes, and a margin. Source:
    assumed, from the 20 min that provisioning may take."""
    history: Annotated[int, Field(ge=1, le=100), BeforeValidator(whole_number)] = 8
    """Draws of the populations from which the expectation is made. Source: assumed; more draws make
    the expectation smoother."""


class Spare(Specification):
    """As many user sessions as there are users, and some more, at every instant.

    The rule of brokers that keep a number of machines ready. It is carried out at every logon and
    logoff, and not once a minute.
    """

    kind: Literal["spare"] = "spare"
    sessions: Count
    """User sessions that are kept free [user sessions]."""


class OwnPolicy(Specification):
    """A Python function that gets an observation and returns a capacity.

    `decide(observation: sim.policy.Observation) -> int | None`, None for no opinion. It stands in a
    file beside the scenario, which counts among the scenario's files.
    """

    kind: Literal["policy"] = "policy"
    function: FunctionReference
    """`mymodule:decide`: the function `decide` of `mymodule.py` beside the scenario."""
    every: Minutes = written("1 min")
    """How often it is asked. Source: metrics of pools are published once a minute (WorkSpaces
    Administration Guide, "Monitor WorkSpaces Pools", 2026)."""


POLICIES = Named(
    {
        "schedule": ("cron", "capacity"),
        "step": ("metric", "comparison", "threshold", "steps"),
        "target_tracking": ("utilization",),
        "ramp": ("ramp_up", "peak", "ramp_down", "off_peak"),
        "predictive": ("quantile",),
        "spare": ("sessions",),
        "policy": ("function",),
    },
    expected="a policy such as {target_tracking: 75 %} or {schedule: {cron: 0 8 * * mon-fri, "
    "capacity: 80}}; known: schedule, step, target_tracking, ramp, predictive, spare, policy",
)
"""How policies are written: the name of one, and its settings below."""

Law = ScheduledAction | StepScaling | TargetTracking | RampPlan | Predictive | Spare | OwnPolicy

ScalingPolicy = TypeAliasType(
    "ScalingPolicy", Annotated[Annotated[Law, Field(discriminator="kind")], POLICIES]
)
"""What moves a pool's target."""


class CapacityEdit(Specification):
    """What an administrator changes about a pool's capacity, and when."""

    at: Instant
    """When it is asked for; it takes effect `edit_delay` later."""
    minimum: Count | None = None
    """Least capacity from then on [user sessions]."""
    maximum: Positive | None = None
    """Greatest capacity from then on [user sessions]."""
    desired: Count | None = None
    """Target at that instant [user sessions]."""

    @model_validator(mode="after")
    def _coherent(self) -> "CapacityEdit":
        if (self.minimum, self.maximum, self.desired) == (None, None, None):
            raise ValueError("expected 'minimum', 'maximum' or 'desired', got none")
        bounds = {"minimum": self.minimum, "desired": self.desired, "maximum": self.maximum}
        known = [(key, value) for key, value in bounds.items() if value is not None]
        for (lower, least), (upper, got) in pairwise(known):
            if least > got:
                raise incoherent(upper, f"expected at least {lower}, {least}, got {got}")
        return self
