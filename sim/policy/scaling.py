"""The policies of one pool together: what they ask for, and what becomes of it (P9).

Alarms (step scaling, target tracking) move one common number, the *reactive target*; continuous
policies (ramp, predictive, the user's own, spare) each have an opinion of their own. The largest
counts, as with AWS: of several policies the one with the most capacity wins. All state is here and
explicit; what happens in the pool comes in as an observation.
"""

from collections.abc import Callable, Iterator, Mapping

from sim.policy.continuous import Ahead, Decide, Forecast, Own, Phases, Ramp
from sim.policy.exact import rounded_up
from sim.policy.observation import Observation
from sim.policy.step import Step
from sim.policy.tracking import Tracking
from sim.record import ScalingSource
from sim.scenario.pools import Pool
from sim.scenario.scaling import (
    OwnPolicy,
    Predictive,
    RampPlan,
    ScheduledAction,
    Spare,
    StepScaling,
    TargetTracking,
)

_HOUR = 60
"""Minutes that a function of the user's own can look back."""

_Opinion = Callable[[Observation], int | None]


class Scaling:
    """The policies of one pool and what they remember.

    Args:
        pool: the settings.
        phases: of each `ramp`, when which phase is in force.
        expected: of each `predictive`, what is expected to be needed.
        functions: of each `policy`, the function.

    All three are keyed by the policy's position in `pool.scaling`.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        phases: Mapping[int, Phases] | None = None,
        expected: Mapping[int, Forecast] | None = None,
        functions: Mapping[int, Decide] | None = None,
    ) -> None:
        self.minimum = pool.minimum
        """Least capacity in force [user sessions]."""
        self.maximum = pool.maximum
        """Greatest capacity in force [user sessions]."""
        self.source = ScalingSource.EDIT
        """Who moved the target last; before anybody did, an administrator, who set the first."""
        self.spare: int | None = None
        """User sessions kept free beyond the demand; None without such a policy."""
        self._size = pool.sessions_per_instance
        self._reactive = pool.initial
        self._mover: tuple[int, ScalingSource] = (-1, ScalingSource.EDIT)
        """Who moved the reactive target last: position among the policies, and kind."""
        self._alarms: dict[int, Step | Tracking] = {}
        self._continuous: dict[int, _Opinion] = {}
        self._sources: dict[int, ScalingSource] = {}
        self._spare_at = -1
        looks_back = [1]
        for position, policy in enumerate(pool.scaling):
            match policy:
                case StepScaling():
                    self._add_alarm(position, Step(policy), ScalingSource.STEP)
                case TargetTracking():
                    self._add_alarm(position, Tracking(policy), ScalingSource.TARGET_TRACKING)
                case RampPlan():
                    ramp = Ramp((phases or {})[position])
                    self._add_opinion(position, ramp.ask, ScalingSource.RAMP)
                case Predictive():
                    ahead = Ahead((expected or {})[position], policy.lead)
                    self._add_opinion(position, ahead.ask, ScalingSource.PREDICTIVE)
                case OwnPolicy():
                    own = Own((functions or {})[position], policy.every)
                    self._add_opinion(position, own.ask, ScalingSource.POLICY)
                    looks_back.append(_HOUR)
                case Spare():
                    self.spare = max(self.spare or 0, policy.sessions)
                    self._spare_at = position
                case ScheduledAction():
                    pass  # Scheduled actions come as new bounds.
        self._opinions = dict.fromkeys(self._continuous, pool.initial)
        looks_back += [alarm.memory_minutes for alarm in self._alarms.values()]
        self.memory_minutes = max(looks_back)
        """Datapoints that an observation must hold, once there are so many."""
        self.looks = bool(self._alarms or self._continuous)
        """Whether the policies want to be asked every minute."""
        self._demand = 0
        self._settle()

    def _add_alarm(self, position: int, alarm: Step | Tracking, source: ScalingSource) -> None:
        self._alarms[position] = alarm
        self._sources[position] = source

    def _add_opinion(self, position: int, opinion: _Opinion, source: ScalingSource) -> None:
        self._continuous[position] = opinion
        self._sources[position] = source

    def target_with(self, demand: int) -> int:
        """The target [user sessions] while `demand` = active + waiting; only `spare` looks at it.

        A multiple of the sessions of an instance, within the bounds. Where the demand moves it, the
        source is `spare`.
        """
        if demand != self._demand:
            if self._target(demand) != self._target(self._demand):
                self.source = ScalingSource.SPARE
            self._demand = demand
        return self._target(demand)

    def _target(self, demand: int) -> int:
        asked = self._asked
        if self.spare is not None and demand + self.spare > asked:
            asked = demand + self.spare
        return self._placed(asked)

    def _placed(self, asked: int) -> int:
        """What is asked for, rounded up to whole instances and clipped."""
        size = self._size
        most = self.maximum // size * size
        return max(min(rounded_up(asked, size), most), rounded_up(self.minimum, size))

    def bounds(
        self,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
        desired: int | None = None,
        source: ScalingSource,
    ) -> None:
        """Change the bounds, and with `desired` the target too, as an edit or a schedule does.

        A minimum above the maximum lifts it, a maximum below the minimum lowers it.
        """
        if minimum is not None:
            self.minimum = minimum
            self.maximum = max(self.maximum, minimum)
        if maximum is not None:
            self.maximum = maximum
            self.minimum = min(self.minimum, maximum)
        before = self._reactive
        self._reactive = self._inside(before if desired is None else desired)
        if self._reactive != before:
            self._mover = (-1, source)
        self.source = source
        self._settle()

    def minute(self, observation: Observation) -> None:
        """Ask all policies, at a full minute."""
        demand = observation.active + observation.waiting
        before = self._target(demand)
        reactive, opinions = self._reactive, list(self._opinions.values())
        self._ask_alarms(observation)
        self._ask_opinions(observation)
        if self._reactive == reactive and list(self._opinions.values()) == opinions:
            return
        self._settle()
        target = self._target(demand)
        if target != before:
            _, self.source = max(
                who for who, asked in self._asking(demand) if self._placed(asked) == target
            )

    def _ask_opinions(self, observation: Observation) -> None:
        for position, opinion in self._continuous.items():
            asked = opinion(observation)
            if asked is not None:
                self._opinions[position] = asked

    def _ask_alarms(self, observation: Observation) -> None:
        """Move the reactive target to the largest of what the alarms ask for."""
        before = self._reactive
        wishes = ((at, alarm.ask(observation, before)) for at, alarm in self._alarms.items())
        asks = {at: self._inside(wanted) for at, wanted in wishes if wanted is not None}
        # Who asks for more than the bounds allow still outdoes who asks for less.
        largest = max(asks.values(), default=before)
        if largest == before:
            return
        self._reactive = largest
        winner = max(position for position, asked in asks.items() if asked == largest)
        self._mover = (winner, self._sources[winner])
        if largest < before:
            for position in asks:
                self._alarms[position].cooldowns.scaled_in(observation.at)
            return
        for alarm in self._alarms.values():
            alarm.cooldowns.end_scale_in()
        # Whoever asked for more waits, even if somebody asked for still more.
        for position, asked in asks.items():
            if asked > before:
                self._alarms[position].cooldowns.scaled_out(observation.at, before)

    def _inside(self, capacity: int) -> int:
        return max(min(capacity, self.maximum), self.minimum)

    def _asking(self, demand: int) -> Iterator[tuple[tuple[int, ScalingSource], int]]:
        """Who asks for how much now, by position and kind."""
        if self._heeds_alarms:
            yield self._mover, self._reactive
        if self.spare is not None:
            yield (self._spare_at, ScalingSource.SPARE), demand + self.spare
        for position, opinion in self._opinions.items():
            yield (position, self._sources[position]), opinion

    @property
    def _heeds_alarms(self) -> bool:
        """Whether the reactive target counts: if there are alarms, or nothing else to go by."""
        return bool(self._alarms) or not (self._continuous or self.spare is not None)

    def _settle(self) -> None:
        """Note what is asked for whatever the demand."""
        asks = [*self._opinions.values(), *([self._reactive] if self._heeds_alarms else [])]
        self._asked = max(asks, default=0)
